"""Tests of programs that use forexhooks, and of drivers: `pip install forexhooks[testing]`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forexhooks.testing.fixed import FixedRates

if TYPE_CHECKING:
    from forexhooks.service.opening import default_manager
    from forexhooks.testing.kit import DriverTests
    from forexhooks.testing.local_server import Asked, ForexServer, Misbehave, Reply, reply, serving
    from forexhooks.testing.recording import record
    from forexhooks.testing.replay import Recorded
    from forexhooks.testing.rule_tests import RuleTests
    from forexhooks.testing.trial import isolate

__all__ = [
    "Asked",
    "DriverTests",
    "FixedRates",
    "ForexServer",
    "Misbehave",
    "Recorded",
    "Reply",
    "RuleTests",
    "default_manager",
    "isolate",
    "record",
    "reply",
    "serving",
]

# FixedRates alone needs neither pytest nor a server.
_SERVER = ("Asked", "ForexServer", "Misbehave", "Reply", "reply", "serving")
_LATER = {
    "DriverTests": "testing.kit",
    "Recorded": "testing.replay",
    "RuleTests": "testing.rule_tests",
    "default_manager": "service.opening",
    "isolate": "testing.trial",
    "record": "testing.recording",
    **dict.fromkeys(_SERVER, "testing.local_server"),
}

# What the extra brings, for those that need it.
_NEEDED = {
    "testing.kit": ("pytest", "time_machine"),
    "testing.recording": ("time_machine",),
    "testing.rule_tests": ("pytest", "time_machine"),
    "testing.trial": ("time_machine",),
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'forexhooks.testing' has no attribute {name!r}")
    from importlib import import_module

    from forexhooks.support.optional import imported

    for needed in _NEEDED.get(_LATER[name], ()):
        imported(needed, "'forexhooks[testing]'")
    value = globals()[name] = getattr(import_module(f"forexhooks.{_LATER[name]}"), name)
    return value
