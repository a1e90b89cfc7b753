"""What a test needs of a driver: each function says why a driver lacks it, or returns None."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from forexhooks.http import HttpDriver
from forexhooks.plugins.driver import Driver

if TYPE_CHECKING:
    from forexhooks.testing.kit.base import Base

_Test = TypeVar("_Test", bound=Callable[..., Any])
Need = Callable[["Base"], str | None]

THE_HISTORY = "test_a_history_is_answered"
THE_DIGITS = "test_digits_that_no_float_has"


def needs(*needed: Need) -> Callable[[_Test], _Test]:
    """Mark a test to be skipped, with the reason, if a driver lacks what it needs."""

    def marked(test: _Test) -> _Test:
        test.needs = needed  # type: ignore[attr-defined]
        return test

    return marked


def history(case: Base) -> str | None:
    """Past days."""
    if case.it.profile.latest_only:
        return "its profile says latest_only: leave that out if the provider has past days"
    if case.known.no_history is not None:
        return f"it returns no history: see {THE_HISTORY}"
    return None


def tables(case: Base) -> str | None:
    """Tables, by which many rates are one request."""
    table = case.it.hook.forex_get_table(
        driver=case.it.name, currencies=set(case.pair), start=None, end=None
    )
    if table is not None:
        return None
    return "it returns no tables: write forex_get_table, or a subclass of Driver, to test them"


def network(case: Base) -> str | None:
    """A provider that is asked for the latest rates."""
    if case.known.asked:
        return None
    return "it requested no latest rates: make it with base_url=server.url if it has a provider"


def days_of_its_own(case: Base) -> str | None:
    """A provider that is asked for particular days."""
    if not case.whole_history:
        return None
    return "the test class says whole_history: leave that out if you can ask for single days"


def disk_cache(case: Base) -> str | None:
    """Responses that are cached by the days in them."""
    if isinstance(case.it.plugin, HttpDriver):
        return None
    return "it has a cache of its own: this tests only subclasses of HttpDriver"


def driver(case: Base) -> str | None:
    """A method `observations`."""
    if isinstance(case.it.plugin, Driver):
        return None
    return "it has no observations(): this tests only subclasses of Driver"


def key(case: Base) -> str | None:
    """A key."""
    if case.it.profile.key is not None:
        return None
    return "its profile names no key: set key= if its provider needs one"


def numbers(case: Base) -> str | None:
    """Responses with numbers that can be found in them."""
    if any(case.numbers()):
        return None
    return f"the kit finds no numbers in the responses: see {THE_DIGITS}"


def store(case: Base) -> str | None:
    """A local store that can be updated."""
    plugin = case.it.plugin
    has = (
        type(plugin).update is not Driver.update
        if isinstance(plugin, Driver)
        else hasattr(plugin, "forex_update")
    )
    return None if has else "it has no store: write update() if it should have one"
