"""The provider on this machine that the tests ask: the kit's own server."""

from __future__ import annotations

from forexhooks.plugins.built_ins import BUILT_INS
from forexhooks.testing.local_server import Asked, Misbehave, Reply, reply, serving
from forexhooks.testing.local_server import ForexServer as Provider

__all__ = ["DRIVERS", "Asked", "Misbehave", "Provider", "Reply", "reply", "serving"]

_OWN = {"forexhooks_ecb.pegged", "forexhooks_file", "forexhooks_peg"}

_PACKAGES = {name: target.partition(":")[0] for name, target in BUILT_INS.items()}

DRIVERS = [name for name, each in _PACKAGES.items() if each not in {*_OWN, "forexhooks_rules"}]
"""The names of the built-in drivers that have a provider."""

OWN = [name for name, each in _PACKAGES.items() if each in _OWN]
"""Those whose rates are the user's own, or come along whole."""
