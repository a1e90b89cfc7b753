"""A store that ends too early, an ECB that has gone on, and every way to ask a program has.

The ECB of these tests has published up to `NEWEST`; the store in the package ends on `HELD`. Held
rates are carried forward to `NEAR`, and not to `FAR`, a day that only a refresh can answer.
"""

from __future__ import annotations

import re
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

import forexhooks
from fakes import ecb
from fakes.ecb import Ecb
from faults import SLACK
from forexhooks import (
    ConversionError,
    ForexError,
    ForexManager,
    ForexService,
    NoDriverAnsweredError,
    RateUnavailableError,
    StaleRateWarning,
    UnavailableReason,
    frames,
)
from forexhooks.testing import FixedRates
from forexhooks_ecb import ECB
from providers import Provider

HELD = ecb.BUNDLED
NEAR, FAR, NEWEST = (date(2026, 11, day) for day in (4, 9, 26))
NOW = datetime(2026, 11, 26, 20, 0, tzinfo=UTC)

PAGE = Path(__file__).parent.parent / "docs" / "how-fresh.md"

REMEDY = re.compile(r"update|refresh|offline")
"""What an error that is raised for want of data tells a program to do."""

ONE_LINE = 160
"""Characters that a note, a warning, or what `stale` says may have at most."""

AT_ONCE = 2.0
"""Seconds within which an answer comes that waits for nobody: a refresh may take 3."""


class Desk(NamedTuple):
    """A manager, and how its drivers are opened."""

    manager: ForexManager
    drivers: tuple[str, ...] = ("ecb",)
    refresh: Any = None

    @property
    def fx(self) -> ForexService:
        return forexhooks.open(*self.drivers, manager=self.manager, refresh=self.refresh)


@contextmanager
def desks(provider: Provider, folder: Path) -> Iterator[Callable[..., Desk]]:
    """Make desks, each with a store of its own, which is that of the package so far."""
    provider.answer = Ecb(NEWEST).answer
    managers: list[ForexManager] = []

    def desk(*drivers: str, refresh: Any = None, driver: object = None) -> Desk:
        manager = ForexManager()
        store = folder / f"{len(managers)}" / "the.store"
        manager.register(driver or ECB(base_url=provider.url, store=str(store)))
        # One that has no EUR/USD: it cannot answer in the place of another.
        manager.register(FixedRates({"EUR/XAU": "0.0005"}, on=NEWEST, name="gold"))
        managers.append(manager)
        return Desk(manager, drivers or ("ecb",), refresh)

    yield desk
    for manager in managers:
        manager.close()


class Answer(NamedTuple):
    """What an answer is, to be compared, and what it says of its being short."""

    value: object
    stale: str | None = None


class Way(NamedTuple):
    """A way to ask for EUR/USD on a day, or up to it; `right` is what is to come of it.

    `is_of_one_day`: there is no answer to a day that no held rate is carried to.
    """

    ask: Callable[[Desk, date], Answer]
    right: Callable[[date], object]
    is_of_one_day: bool
    says: str | None
    """Where the answer itself says that it is short; None: a warning alone does."""


def usd(on: date) -> Decimal:
    return Decimal(ecb.value("USD", on))


def _days(to: date) -> list[tuple[date, Decimal]]:
    return [(on, usd(on)) for on in ecb.days_of_publication(to)]


def _by_month(to: date) -> list[tuple[date, Decimal]]:
    return list({on.month: (on, value) for on, value in _days(to)}.values())


def _rate(desk: Desk, on: date | None) -> Answer:
    rate = desk.fx.get_rate("EUR", "USD", on)
    return Answer((rate.on, rate.value), rate.stale)


def _rates(desk: Desk, on: date | None) -> Answer:
    rates = desk.fx.get_rates("EUR", ["USD", "CAD"], on)
    assert rates["CAD"].stale == rates["USD"].stale
    return Answer((rates["USD"].on, rates["USD"].value), rates["USD"].stale)


def _convert(desk: Desk, on: date | None) -> Answer:
    return Answer(desk.fx.convert(100, "EUR", "USD", on))


def _history(desk: Desk, to: date) -> Answer:
    history = desk.fx.get_history("EUR", "USD", HELD, to)
    return Answer([(rate.on, rate.value) for rate in history], history.stale)


def _every_month(desk: Desk, to: date) -> Answer:
    history = desk.fx.get_history("EUR", "USD", HELD, to).every("month")
    return Answer([(rate.on, rate.value) for rate in history], history.stale)


def _table(desk: Desk, to: date) -> Answer:
    table = desk.fx.get_table(["EUR", "USD"], HELD, to)
    found = [(rate.on, rate.value) for rate in table.history("EUR", "USD", HELD, to)]
    return Answer(found, table.stale(to))


_COLUMNS: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "USD", "on": "on"}


def _frame(on: date) -> pl.DataFrame:
    return pl.DataFrame({"amount": [Decimal(100)], "ccy": ["EUR"], "on": [on]})


def _converted(desk: Desk, on: date) -> Answer:
    return Answer(frames.convert(_frame(on), driver=desk.fx, **_COLUMNS)["amount_USD"][0])


def _converted_lazily(desk: Desk, on: date) -> Answer:
    lazy = frames.convert(_frame(on).lazy(), driver=desk.fx, **_COLUMNS)
    return Answer(lazy.collect()["amount_USD"][0])


def _listed(desk: Desk, to: date) -> Answer:
    frame = frames.rates(
        ["USD"], HELD, to, base="EUR", driver=desk.fx, fill=False, backend="polars"
    )
    return Answer(list(zip(frame["on"], frame["value"], strict=True)))


def _compared(desk: Desk, on: date | None) -> Answer:
    [row] = forexhooks.compare(
        "EUR", "USD", on, drivers=desk.drivers, manager=desk.manager, refresh=desk.refresh
    )
    if row.error is not None:
        raise row.error
    assert row.rate is not None
    return Answer((row.rate.on, row.rate.value), row.rate.stale)


def _the_rate(on: date) -> object:
    return on, usd(on)


def _a_hundred(on: date) -> object:
    return round(100 * usd(on), 2)


def _the_listed(to: date) -> object:
    return [(on, float(value)) for on, value in _days(to)]


WAYS = {
    "get_rate": Way(_rate, _the_rate, True, "Rate.stale"),
    "get_rates": Way(_rates, _the_rate, True, "Rate.stale"),
    "convert": Way(_convert, _a_hundred, True, None),
    "get_history": Way(_history, _days, False, "History.stale"),
    'get_history(…).every("month")': Way(_every_month, _by_month, False, "History.stale"),
    "get_table": Way(_table, _days, False, "RateTable.stale(on)"),
    "frames.convert": Way(_converted, _a_hundred, True, None),
    "frames.convert, of a lazy frame": Way(_converted_lazily, _a_hundred, True, None),
    "frames.rates": Way(_listed, _the_listed, False, None),
    "compare": Way(_compared, _the_rate, True, "Rate.stale"),
}
"""Every way in that a program has, by the name of what it calls."""

OF_A_CHAIN = {name: way for name, way in WAYS.items() if name != "compare"}
"""Those that several drivers in order answer together."""


class Outcome(NamedTuple):
    """What came of a question: an answer or an error, what was said, what the ECB was asked."""

    answer: Answer | None
    error: ForexError | None
    warned: list[str]
    requests: int
    seconds: float

    @property
    def value(self) -> object:
        return self.answer and self.answer.value

    @property
    def stale(self) -> str | None:
        return self.answer and self.answer.stale

    @property
    def is_silent(self) -> bool:
        """Whether nothing is said of its being short."""
        return not (self.error or self.stale or self.warned)


def outcome(provider: Provider, ask: Callable[[], Answer]) -> Outcome:
    """Ask, and see what comes of it."""
    before, began = len(provider.asked), time.monotonic()
    answer = error = None
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            answer = ask()
        except ForexError as raised:
            error = raised
    for each in warned:
        assert each.category is StaleRateWarning, each
        assert not each.filename.startswith(forexhooks.__path__[0]), "it is blamed on forexhooks"
    said = [str(each.message) for each in warned]
    return Outcome(answer, error, said, len(provider.asked) - before, time.monotonic() - began)


def reasons_of(error: ForexError) -> list[ForexError]:
    """What an error is made of: that of several drivers of each, that of a column of its rows."""
    if isinstance(error, NoDriverAnsweredError):
        return [each for _, reason in error.failures.items() for each in reasons_of(reason)]
    if isinstance(error, ConversionError):
        return [each for _, reason in error.failures for each in reasons_of(reason)]
    return [error]


def is_for_want_of_data(error: ForexError | None) -> bool:
    """Whether it is raised because what is held ends too early, and tells what to do about that."""
    return error is not None and any(
        isinstance(each, RateUnavailableError)
        and each.reason is UnavailableReason.AFTER_LAST_DAY
        and REMEDY.search(str(each))
        for each in reasons_of(error)
    )


def eventually(has_come: Callable[[], object]) -> None:
    """Wait until it has come."""
    deadline = time.monotonic() + SLACK
    while not has_come():
        assert time.monotonic() < deadline, "it has not come"
        time.sleep(0.01)


def check_page_has(table: list[tuple[str, ...]]) -> None:
    """Fail where `docs/how-fresh.md` has not this table: it says what was seen to happen."""
    head, *rows = (f"| {' | '.join(row)} |" for row in table)
    lines = "\n".join([head, "|" + "---|" * len(table[0]), *rows])
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    assert f"\n{lines}\n" in page, f"{PAGE.name} is to have this table:\n\n{lines}\n"
