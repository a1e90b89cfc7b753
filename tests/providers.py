"""The provider on this machine that the tests ask: the kit's own server."""

from __future__ import annotations

from forexhooks.plugins.built_ins import BUILT_INS
from forexhooks.testing.local_server import Asked, Misbehave, Reply, reply, serving
from forexhooks.testing.local_server import ForexServer as Provider

__all__ = ["DRIVERS", "Asked", "Misbehave", "Provider", "Reply", "reply", "serving"]

DRIVERS = [name for name, target in BUILT_INS.items() if "forexhooks_rules" not in target]
"""The names of the built-in drivers; the other built-ins are rules."""
