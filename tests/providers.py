"""The provider on this machine that the tests ask: the kit's own server."""

from __future__ import annotations

from forexhooks.plugins.built_ins import BUILT_INS
from forexhooks.testing.local_server import Asked, Misbehave, Reply, reply, serving
from forexhooks.testing.local_server import ForexServer as Provider

__all__ = ["DRIVERS", "Asked", "Misbehave", "Provider", "Reply", "reply", "serving"]

_ASK_NOBODY = {"forexhooks_file", "forexhooks_rules"}

DRIVERS = [name for name, target in BUILT_INS.items() if target.split(":")[0] not in _ASK_NOBODY]
"""The names of the built-in drivers that have a provider."""

OWN = [name for name, target in BUILT_INS.items() if target.startswith("forexhooks_file")]
"""Those whose rates are the user's own, or come along whole."""
