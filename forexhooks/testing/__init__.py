"""For tests of programs that use forexhooks, and of drivers: `pip install forexhooks[testing]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forexhooks.testing.fixed import FixedRates

if TYPE_CHECKING:
    from forexhooks.testing.kit import DriverTests
    from forexhooks.testing.recording import record
    from forexhooks.testing.replay import Recorded
    from forexhooks.testing.local_server import Asked, ForexServer, Misbehave, Reply, reply, serving

__all__ = [
    "Asked",
    "DriverTests",
    "FixedRates",
    "ForexServer",
    "Misbehave",
    "Recorded",
    "Reply",
    "record",
    "reply",
    "serving",
]

# FixedRates alone needs neither pytest nor a server.
_LATER = {
    "DriverTests": "kit",
    "Recorded": "replies",
    "record": "recording",
    **dict.fromkeys(("Asked", "ForexServer", "Misbehave", "Reply", "reply", "serving"), "server"),
}

# What the extra brings, for those that need it.
_NEEDED = {"kit": ("pytest", "time_machine"), "recording": ("time_machine",)}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'forexhooks.testing' has no attribute {name!r}")
    from importlib import import_module

    from forexhooks.support.optional import imported

    for needed in _NEEDED.get(_LATER[name], ()):
        imported(needed, "'forexhooks[testing]'")
    value = globals()[name] = getattr(import_module(f"forexhooks.testing.{_LATER[name]}"), name)
    return value
