"""compare(): what several drivers say of one pair, and which of them seems to be wrong."""

from __future__ import annotations

from concurrent.futures import Future, wait
from contextvars import copy_context
from datetime import date
from decimal import Decimal
from statistics import median_low
from threading import Thread
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from forexhooks.errors import CurrencyError, DateError, ForexError
from forexhooks.rates.decimals import ONE, add, divide, multiply, round_quotient, subtract
from forexhooks.rates.rate import Rate
from forexhooks.service.opening import open as open_driver
from forexhooks.service.opening import plugin_manager

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forexhooks.plugins.manager import ForexManager
    from forexhooks.support.settings import Refresh

T = TypeVar("T")

BOUND = 200
"""Bips that drivers may differ by before they are said to disagree."""

_LOOK_EVERY = 0.2
_HUNDRED = Decimal(100)
_BIPS = Decimal(10_000)


class Compared(NamedTuple):
    """What one driver answered, and how that compares.

    - `driver`: its name
    - `rate`, `error`: its answer, or why it gave none; the other one is None
    - `seconds`: how long it took
    - `off_by`: how far its value is from the median of all, in bips of the median, to a tenth
    - `suspicion`: what seems to be wrong with it, in words; else None
    """

    driver: str
    rate: Rate | None
    error: ForexError | None
    seconds: float
    off_by: Decimal | None = None
    suspicion: str | None = None


def compare(
    base: str,
    quote: str,
    on: date | None = None,
    *,
    drivers: Sequence[str] = (),
    manager: ForexManager | None = None,
    bound: int = BOUND,
    refresh: Refresh | None = None,
) -> list[Compared]:
    """Ask several drivers at once what 1 unit of `base` costs in `quote`, and compare.

    A value that differs too much from most others is suspicious: inverted, 100 times too large or
    small, or just different. If two drivers differ, both are, as nobody can say which is right.

    Args:
        base: a currency code.
        quote: a currency code.
        on: the day; None: the latest.
        drivers: their names; by default all that are registered or installed.
        manager: where the names are looked up; by default `plugin_manager()`.
        bound: how many bips a value may differ from most others.
        refresh: as for `open`.

    Returns:
        One entry for each driver, in the order of the names.

    Raises:
        CurrencyError: no driver knows one of the codes.
        DateError: the day is invalid.

    >>> from forexhooks import ForexManager
    >>> from forexhooks.testing import FixedRates
    >>> manager = ForexManager()
    >>> for name, value in (("a", "1.40"), ("b", "1.4007"), ("c", "0.714")):
    ...     _ = manager.register(FixedRates({"USD/CAD": value}, name=name))
    >>> for each in compare("USD", "CAD", drivers=["a", "b", "c"], manager=manager):
    ...     print(each.driver, each.off_by, each.suspicion)
    a 0.0 None
    b 5.0 None
    c -4900.0 inverted
    """
    manager = plugin_manager() if manager is None else manager
    names = list(drivers) or [
        each.name
        for each in manager.drivers()
        if each.state in ("registered", "available", "unconfigured")
    ]

    def ask(name: str) -> Compared:
        began = perf_counter()
        try:
            service = open_driver(name, manager=manager, refresh=refresh)
            answer = service.rate_or_error(base, quote, on)
        except ForexError as error:
            answer = error
        took = perf_counter() - began
        if isinstance(answer, ForexError):
            return Compared(name, None, answer, took)
        return Compared(name, answer, None, took)

    rows = all_at_once(ask, names)
    errors = [each.error for each in rows if each.error is not None]
    for error in errors:
        if isinstance(error, DateError):
            raise error
    if (
        errors
        and len(errors) == len(rows)
        and all(isinstance(error, CurrencyError) for error in errors)
    ):
        raise errors[0]
    return judged(rows, bound)


def judged(rows: list[Compared], bound: int) -> list[Compared]:
    """Say how far each answer is from the others, and what seems to be wrong with it."""
    values = {each.driver: each.rate.value for each in rows if each.rate is not None}
    if not values:
        return rows
    ordered = sorted(values.values())
    half = len(ordered) // 2
    median = divide(add(ordered[half], ordered[~half]), Decimal(2))
    return [
        each._replace(
            off_by=_bips(values[each.driver], median, places=1),
            suspicion=_suspicion(
                values[each.driver],
                [value for name, value in values.items() if name != each.driver],
                bound,
            ),
        )
        if each.driver in values
        else each
        for each in rows
    ]


def all_at_once(ask: Callable[[str], T], names: Sequence[str]) -> list[T]:
    """Call `ask` with each name, each in a thread of its own.

    An exception that is raised into the program meanwhile, as by Ctrl-C, is raised at once, and
    the threads are left behind.

    Args:
        ask: What to call.
        names: The names, in the order of the results.

    Returns:
        What `ask` returned for each name.
    """
    outcomes: list[Future[T]] = [Future() for _ in names]

    def work(name: str, outcome: Future[T]) -> None:
        try:
            outcome.set_result(ask(name))
        except BaseException as error:  # noqa: BLE001 - raised by who waits
            outcome.set_exception(error)

    for name, outcome in zip(names, outcomes, strict=True):
        # A pool's threads would be waited for when the interpreter ends.
        run = copy_context().run
        Thread(
            target=run, args=(work, name, outcome), name=f"forexhooks {name}", daemon=True
        ).start()
    while wait(outcomes, timeout=_LOOK_EVERY).not_done:
        pass  # Windows does not interrupt a wait without a limit
    return [outcome.result() for outcome in outcomes]


def _suspicion(value: Decimal, others: list[Decimal], bound: int) -> str | None:
    def is_near(one: Decimal, other: Decimal) -> bool:
        return abs(_bips(min(one, other), max(one, other))) <= bound

    agreeing = sum(is_near(value, other) for other in others)
    if 2 * agreeing >= len(others):
        return None
    typical = median_low(others)
    if is_near(multiply(value, typical), ONE):
        return "inverted"
    if is_near(value, multiply(typical, _HUNDRED)):
        return "100 times too large"
    if is_near(multiply(value, _HUNDRED), typical):
        return "100 times too small"
    return "disagrees"


def _bips(value: Decimal, of: Decimal, places: int = 4) -> Decimal:
    """By how many bips of `of` the value is off."""
    return round_quotient(multiply(subtract(value, of), _BIPS), of, places)
