"""The provider on this machine that the tests ask: the kit's own server."""

from __future__ import annotations

from forexhooks.testing.local_server import Asked, Misbehave, Reply, reply, serving
from forexhooks.testing.local_server import ForexServer as Provider

__all__ = ["Asked", "Misbehave", "Provider", "Reply", "reply", "serving"]
