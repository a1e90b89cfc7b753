"""Of a store that was cut off anywhere: what it answers is right, or is said to be short."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest
import time_machine
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import forexhooks
from fakes.ecb import DAILY, HISTORY, LAST_90_DAYS, csv, xml, zipped
from forexhooks import (
    ConversionError,
    ForexError,
    ForexManager,
    ForexService,
    NoDriverAnsweredError,
    RateTable,
    StaleRateWarning,
    frames,
)
from forexhooks.testing import FixedRates
from forexhooks_ecb import BUNDLE, ECB
from forexhooks_ecb.grid import Grid
from forexhooks_ecb.store import Store, packed
from freshness import REMEDY, reasons_of
from providers import Asked, Provider, Reply, reply

# Some of each kind: there from the first day, come later, ended, in a pause of ten years.
CODES = ("EUR", "USD", "CAD", "NOK", "RUB", "HRK", "TRL", "TRY", "ISK", "ILS", "CNY", "RON", "BGN")
LONGEST = 45
"""Days between the end of the store and today, and of a question."""


@cache
def whole() -> Grid:
    return Store(BUNDLE, "ecb", ECB.profile).grid()


@cache
def values() -> dict[date, dict[str, str]]:
    """What the ECB published each day, as its files have it."""
    store = Store(BUNDLE, "ecb", ECB.profile)
    found: dict[date, dict[str, str]] = {}
    for each in store.table.observations():
        found.setdefault(each.on, {})[each.quote] = str(each.value)
    return found


@cache
def cut(rows: int, folder: Path) -> str:
    """The path of a store of the first days alone."""
    grid = whole()
    columns = {code: cells[:rows] for code, cells in grid.columns.items() if any(cells[:rows])}
    path = folder / f"{rows}.store"
    path.write_bytes(packed(Grid(grid.days[:rows], columns)))
    return str(path)


class Case(NamedTuple):
    """The store ends before the row `held`, the ECB has published those before the row `out`."""

    held: int
    out: int
    way: str
    base: str
    quotes: tuple[str, ...]
    start: int
    """Days from the last day that is held, as is `end`."""
    end: int | None
    max_gap: int | None
    period: Any

    def day(self, row: int) -> date:
        return date.fromordinal(whole().days[row - 1])

    def on(self, days: int | None) -> date | None:
        return None if days is None else self.day(self.held) + timedelta(days)

    @property
    def is_of_codes_to_come(self) -> bool:
        """Whether a currency is asked for that was published only after the end of the store."""
        columns = whole().columns
        asked = {self.base, *self.quotes} - {"EUR"}
        return not all(any(columns[code][: self.held]) for code in asked)

    @property
    def needs_more(self) -> bool:
        """Whether anything was published after the end of the store, and is asked for."""
        last = self.on(self.end)
        return self.out > self.held and (last is None or self.day(self.held + 1) <= last)


WAYS = ("rate", "rates", "convert", "history", "every", "table", "columns", "listed", "compare")


@st.composite
def cases(draw: st.DrawFn, longest: int = LONGEST) -> Case:
    rows = len(whole().days)
    held = draw(st.integers(2, rows))
    end_of_store = date.fromordinal(whole().days[held - 1])
    later = [row for row in range(held, rows + 1)
             if whole().days[row - 1] - end_of_store.toordinal() <= longest]  # fmt: skip
    quotes = draw(st.lists(st.sampled_from(CODES), min_size=1, max_size=2, unique=True))
    end = draw(st.none() | st.integers(-9, longest))
    return Case(
        held=held,
        out=draw(st.sampled_from(later)),
        way=draw(st.sampled_from(WAYS)),
        base=draw(st.sampled_from(CODES)),
        quotes=tuple(quotes),
        start=min(draw(st.integers(-20, longest)), longest if end is None else end),
        end=end,
        max_gap=draw(st.sampled_from([None, None, 0, 3, 30])),
        period=draw(st.sampled_from(["week", "month", "quarter"])),
    )


class Said(NamedTuple):
    """An answer or the kind of an error, and whether it was said to be short."""

    answer: object
    is_short: bool


def ask(case: Case, fx: ForexService, manager: ForexManager, refresh: Any) -> tuple[object, Any]:
    """The answer, and what is said of it; `on` and `max_gap` where they are to be given."""
    base, quotes, on = case.base, case.quotes, case.on(case.end)
    today = fx.profile.today()
    first, last = case.on(case.start), on or today
    first = min(first or last, last)
    if case.way == "rate":
        rate = fx.get_rate(base, quotes[0], on, max_gap=case.max_gap)
        return (rate.on, rate.value, rate.legs), rate.stale
    if case.way == "rates":
        rates = fx.get_rates(base, quotes, on, max_gap=case.max_gap)
        found = {code: (rate.on, rate.value, rate.legs) for code, rate in rates.items()}
        return found, next((rate.stale for rate in rates.values() if rate.stale), None)
    if case.way == "convert":
        return fx.convert(100, base, quotes[0], on, max_gap=case.max_gap, places=6), None
    if case.way == "history":
        history = fx.get_history(base, quotes[0], first, last)
        return [(rate.on, rate.value) for rate in history], history.stale
    if case.way == "every":
        history = fx.get_history(base, quotes[0], first, last).every(case.period)
        return [(rate.on, rate.value) for rate in history], history.stale
    if case.way == "table":
        table = fx.get_table([base, *quotes], first, last)
        return [_listed_in(table, base, code, first, last) for code in quotes], table.stale(last)
    if case.way == "columns":
        column = {"amount": [Decimal(100)] * len(quotes), "ccy": list(quotes)}
        done = frames.convert(
            pl.DataFrame(column), amount="amount", currency="ccy", to=base, on=last,
            driver=fx, max_gap=case.max_gap, places=6,
        )  # fmt: skip
        return done[f"amount_{base}"].to_list(), None
    if case.way == "listed":
        fill: Any = True if case.max_gap is None else case.max_gap
        rows = frames.rates(
            list(quotes), first, last, base=base, driver=fx, fill=fill, backend="polars"
        )
        return rows.rows(), None
    [row] = forexhooks.compare(
        base, quotes[0], on, drivers=["ecb"], manager=manager, refresh=refresh
    )
    if row.error is not None:
        raise row.error
    assert row.rate is not None
    return (row.rate.on, row.rate.value), row.rate.stale


def _listed_in(table: RateTable, base: str, quote: str, first: date, last: date) -> object:
    try:
        return [(rate.on, rate.value) for rate in table.history(base, quote, first, last)]
    except ForexError as error:
        return kind_of(error)


def kind_of(error: ForexError) -> object:
    """What two errors for one reason have in common."""
    if isinstance(error, NoDriverAnsweredError | ConversionError):
        return [kind_of(each) for each in reasons_of(error)]
    return type(error), getattr(error, "reason", None)


def said(case: Case, fx: ForexService, manager: ForexManager, refresh: Any) -> Said:
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            answer, stale = ask(case, fx, manager, refresh)
        except ForexError as error:
            is_short = any(REMEDY.search(str(each)) for each in reasons_of(error))
            answer, stale = kind_of(error), is_short or None
    assert {each.category for each in warned} <= {StaleRateWarning}
    return Said(answer, bool(stale or warned))


@contextmanager
def opened(
    store: str, folder: Path, chain: bool, refresh: Any, url: str | None = None
) -> Iterator[tuple[ForexService, ForexManager]]:
    with ForexManager() as manager:
        own = str(folder / "none" / "the.store")
        manager.register(ECB(store=own, bundle=store, base_url=url or "http://127.0.0.1:9"))
        names = ["ecb"]
        if chain:  # with one that has none of these pairs
            manager.register(FixedRates({"XAU/XAG": 80}, name="metals"))
            names.append("metals")
        yield forexhooks.open(*names, manager=manager, refresh=refresh), manager


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stores")


def evening(case: Case, hours: int) -> Any:
    """Travel to when that is published and nothing else is due: that evening, or the next noon."""
    day = case.day(case.out)
    now = datetime.combine(day, time(20), UTC) + timedelta(hours=hours)
    return time_machine.travel(now, tick=False)


FEW = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FEW
@given(
    case=cases(),
    chain=st.booleans(),
    hours=st.integers(0, 16),
    refresh=st.sampled_from([False, True]),
)
def test_right_or_said_to_be_short(
    stores: Path, case: Case, chain: bool, hours: int, refresh: bool
) -> None:
    """Without a network: that of these tests is switched off."""
    chain = chain and case.way != "compare"
    with evening(case, hours):
        assume(ECB.profile.newest_due() == case.day(case.out))  # days that it skipped, long ago
        with opened(cut(case.out, stores), stores, chain, False) as (fx, manager):
            right = said(case, fx, manager, False)
        with opened(cut(case.held, stores), stores, chain, refresh) as (fx, manager):
            found = said(case, fx, manager, refresh)
    assert not right.is_short
    if case.needs_more or not case.is_of_codes_to_come:  # which it cannot know of
        assert found.is_short or found.answer == right.answer
    if not case.needs_more and not case.is_of_codes_to_come:
        assert found == right


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=cases(), chain=st.booleans())
def test_with_refresh_it_is_right(
    stores: Path,
    provider: Provider,
    tmp_path_factory: pytest.TempPathFactory,
    case: Case,
    chain: bool,
) -> None:
    """Whatever is short is fetched, and nothing is said then."""
    chain = chain and case.way != "compare"
    provider.answer = Published(case).answer
    folder = tmp_path_factory.mktemp("own")
    with evening(case, 0), pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        assume(ECB.profile.newest_due() == case.day(case.out))
        with opened(cut(case.out, stores), folder, chain, False) as (fx, manager):
            right = said(case, fx, manager, False)
        before = len(provider.asked)
        with opened(cut(case.held, stores), folder, chain, True, provider.url) as (fx, manager):
            found = said(case, fx, manager, True)
    if case.needs_more or not case.is_of_codes_to_come:
        assert found == right
    if not case.needs_more:
        assert len(provider.asked) == before


class Published:
    """The ECB of that day, of the last months: a file has what its store may lack."""

    def __init__(self, case: Case) -> None:
        days = whole().days[max(0, case.held - 70) : case.out]
        self.days = {date.fromordinal(day): values()[date.fromordinal(day)] for day in days[::-1]}

    def answer(self, asked: Asked) -> Reply:
        newest = next(iter(self.days))
        recent = {on: row for on, row in self.days.items() if (newest - on).days <= 90}
        if asked.path == DAILY:
            return reply(xml({newest: self.days[newest]}))
        if asked.path == LAST_90_DAYS:
            return reply(xml(recent))
        assert asked.path == HISTORY
        return reply(zipped(csv(self.days)))


def test_the_cases_are_what_they_are_meant_to_be(stores: Path) -> None:
    """A store that is cut off has the days before alone; that of all days is the package's."""
    rows = len(whole().days)
    newest = date.fromordinal(whole().days[-1])
    for path, ends in (
        (cut(rows, stores), newest),
        (cut(rows - 9, stores), newest - timedelta(11)),
    ):
        with opened(path, stores, False, False) as (fx, _):
            assert fx.get_rate("EUR", "USD", ends).on == ends
            assert fx.get_table(["EUR", "USD"], ends, ends).newest == ends
