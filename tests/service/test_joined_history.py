"""A history of several drivers: on each day what `get_rate` gives, of whatever kind they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forexhooks
from forexhooks import (
    Driver,
    ForexError,
    ForexManager,
    ForexService,
    Observation,
    Profile,
    Rate,
    errors,
    every_day,
    frames,
    hookimpl,
)
from forexhooks.testing import FixedRates

FIRST = date(2004, 12, 1)
DAYS = 60
TODAY = datetime.now(UTC).date()
# The lira of before 2005 ends within these days: its last rate is not carried past its end.
PAIRS = [("USD", "CAD"), ("CAD", "USD"), ("USD", "TRL"), ("CAD", "TRL"), ("USD", "NOK")]

Rows = list[tuple[int, str, int]]  # day, quote, length of the period, 0 for none


def day(number: int) -> date:
    return FIRST + timedelta(number)


class Listed(Driver):
    """The observations that a test drew, as a table."""

    def __init__(self, name: str, rows: Rows, **profile: Any) -> None:
        self.name = name
        self.profile = Profile(title=name, publication_days=every_day, **profile)
        self.rows = rows

    def __repr__(self) -> str:
        profile = self.profile
        return f"Listed({self.name!r}, {self.rows}, {profile.frequency}, {profile.history_from})"

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        for number, quote, length in self.rows:
            on, value = day(number), Decimal(100 + number)
            until = day(number + length - 1) if length else None
            if start is None or end is None or (on <= end and (until or on) >= start):
                yield Observation(on, "USD", quote, value, until)


class Raw:
    """The same rates without a table; `carries` says whether it knows of days carried forward."""

    def __init__(self, listed: Listed, *, carries: bool) -> None:
        self.listed, self.carries = listed, carries

    def __repr__(self) -> str:
        return f"Raw({self.listed!r}, carries={self.carries})"

    @hookimpl
    def forex_driver_name(self) -> str:
        return self.listed.name

    @hookimpl
    def forex_driver_profile(self, driver: str) -> Profile | None:
        return self.listed.profile if driver == self.listed.name else None

    @hookimpl
    def forex_get_rate(
        self, driver: str, base: str, quote: str, on: date | None, max_gap: int | None
    ) -> Rate | None:
        if driver != self.listed.name:
            return None
        gap = max_gap if self.carries else 0
        return self.listed.table({base, quote}, None, None).get_rate(base, quote, on, gap)


class Down(FixedRates):
    """It cannot be reached."""

    def table(self, *_: object, **__: object) -> forexhooks.RateTable:
        raise errors.TransientError(f"{self.name} is down", driver=self.name)


@st.composite
def drivers(draw: st.DrawFn) -> list[Any]:
    found: list[Any] = []
    for name in draw(st.permutations(["a", "b", "c"])):
        number = st.integers(0, DAYS)
        quotes = st.sampled_from(["CAD", "TRL", "NOK"])
        kinds = ["table", "table", "day by day", "periods", "raw", "old", "down"]
        kind = draw(st.sampled_from(kinds))
        if kind == "periods":
            length = draw(st.integers(1, 20))
            starts = draw(st.lists(st.integers(0, DAYS // length), unique=True, max_size=4))
            rows = [(each * length, "CAD", length) for each in sorted(starts)]
        else:
            keys = draw(st.lists(st.tuples(number, quotes), unique=True, max_size=25))
            rows = [(*key, 0) for key in sorted(keys)]
        named: dict[str, Any] = {"frequency": draw(st.sampled_from(["day", "day", "week"]))}
        if draw(st.booleans()) and rows:
            named["history_from"] = day(rows[0][0])
        listed = Listed(name, rows, day_by_day=kind == "day by day", **named)
        found.append(
            Raw(listed, carries=kind == "raw")
            if kind in ("raw", "old")
            else Down({"USD/CAD": 1}, name=name)
            if kind == "down"
            else listed
        )
    return found


def chain(*of: Any) -> ForexService:
    manager = ForexManager()
    return forexhooks.open(*[f"{manager.register(each)}" for each in of], manager=manager)


def shown(rate: Rate) -> tuple[object, ...]:
    """All of a rate but which day was asked for, and how the failures are said."""
    failed = [name for name, _ in rate.failures]
    return rate._replace(failures=(), requested=None), failed


def day_by_day(
    fx: ForexService, base: str, quote: str, start: date, end: date
) -> tuple[list[Rate], bool]:
    """What `get_rate` gives for each of the days, without what it carries forward.

    And whether it says of any of them that a driver is short.
    """
    found, is_short = [], False
    for ordinal in range(start.toordinal(), end.toordinal() + 1):
        on = date.fromordinal(ordinal)
        rate = fx.rate_or_error(base, quote, on)
        is_short |= getattr(rate, "stale", None) is not None
        if not isinstance(rate, ForexError):
            is_begun = on == start and rate.until is not None
            if rate.on == on or is_begun:
                found.append(rate)
    return found, is_short


@pytest.mark.one_python
@settings(max_examples=80)
@given(drivers(), st.sampled_from(PAIRS), st.integers(-9, DAYS), st.integers(0, DAYS + 20))
def test_a_history_has_what_get_rate_gives_for_each_of_its_days(
    of: list[Any], pair: tuple[str, str], first: int, many: int
) -> None:
    fx = chain(*of)
    start, end = day(first), day(first + many)
    expected, is_short = day_by_day(fx, *pair, start, end)
    try:
        history = fx.quiet_history(*pair, start, end)
    except ForexError:
        assert expected == []
        return
    assert list(map(shown, history)) == list(map(shown, expected))
    assert history.drivers == tuple(dict.fromkeys(rate.driver for rate in expected)) or (
        not expected and history.drivers[0] in fx.drivers
    )
    # Of a pair that a driver without tables does not have, its first day's error is all there is.
    if not any(isinstance(each, Raw) for each in of):
        assert history.stale is not None or not is_short
    for rate in history:
        assert all(name in f"{error}" for name, error in rate.failures)


@pytest.mark.one_python
@settings(max_examples=80)
@given(
    drivers(),
    st.sampled_from(["USD", "CAD"]),
    st.lists(st.sampled_from(["CAD", "nok", "TRL", "USD", "CAX"]), min_size=1, unique=True),
    st.none() | st.integers(-9, DAYS),
    st.sampled_from([None, 0, 3]),
)
def test_a_batch_has_what_get_rate_gives_for_each_of_its_pairs(
    of: list[Any], base: str, quotes: list[str], number: int | None, max_gap: int | None
) -> None:
    on = None if number is None else day(number)
    fx = chain(*of)
    expected = [fx.rate_or_error(base, quote, on, max_gap=max_gap) for quote in quotes]
    for each in (fx, chain(*of)):  # with its breakers open, and closed
        got = each.rates_or_errors(base, quotes, on, max_gap=max_gap)
        assert list(map(said, got)) == list(map(said, expected))


def said(answer: Rate | ForexError) -> object:
    """A rate as `shown`; that there is none."""
    return shown(answer) if isinstance(answer, Rate) else None


class Counted(Listed):
    """It counts what it is asked for."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.asked: list[tuple[date | None, date | None]] = []

    def observations(self, currencies: Any, start: Any, end: Any) -> Iterator[Observation]:
        self.asked.append((start, end))
        return super().observations(currencies, start, end)


def rows(*numbers: int) -> Rows:
    return [(number, "CAD", 0) for number in numbers]


def test_each_driver_is_asked_once_and_for_what_the_ones_before_lack() -> None:
    first, second, third = (
        Counted("a", rows(*range(20, 40))),
        Counted("b", rows(*range(10, 60))),
        Counted("c", rows(*range(60))),
    )
    fx = chain(first, second, third)
    history = fx.quiet_history("USD", "CAD", day(10), day(40))
    assert [rate.driver for rate in history] == ["b"] * 10 + ["a"] * 20
    assert (history.driver, history.drivers) == ("a", ("b", "a"))
    assert f"{history!r}" == f"<History of USD/CAD, b, a: 30 rates from {day(10)} to {day(39)}>"
    assert [first.asked, second.asked, third.asked] == [
        [(day(3), day(40))],
        [(day(3), day(19))],
        [],
    ]
    [(name, error)] = history[0].failures
    assert (name, f"{error}") == ("a", f"a has no USD/CAD for 10 days from {day(10)} to {day(19)}")
    assert history[-1].failures == ()


def test_a_failure_in_the_middle_is_kept_beside_what_the_others_have() -> None:
    fx = chain(Listed("a", rows(5)), Down({"USD/CAD": 1}, name="b"), Listed("c", rows(1, 5)))
    history = fx.quiet_history("USD", "CAD", day(0), day(9))
    assert [(rate.driver, rate.on) for rate in history] == [("c", day(1)), ("a", day(5))]
    assert [name for name, _ in history[0].failures] == ["a", "b"]
    assert isinstance(dict(history[0].failures)["b"], errors.TransientError)


def test_of_a_currency_that_nobody_knows_it_is_the_code_that_is_wrong() -> None:
    with pytest.raises(errors.CurrencyError, match="unknown currency 'CAX'"):
        chain(Listed("a", rows(5)), Listed("b", rows(5))).get_history("USD", "CAX", day(0), day(1))


WAYS: dict[str, Callable[[ForexService, date, date], dict[date, Decimal]]] = {
    "get_history": lambda fx, start, end: {
        rate.on: rate.value for rate in fx.quiet_history("USD", "CAD", start, end)
    },
    "frames.rates": lambda fx, start, end: {
        row.on.date(): row.value
        for row in frames.rates(
            ["CAD"], start, end, base="USD", driver=fx, exact=True, fill=False
        ).itertuples()
    },
    "columns": lambda fx, start, end: _of_a_column(fx, start, end),
    "answers": lambda fx, start, end: {
        on: rate.value
        for (_, on), rate in fx.answers({("USD", "CAD"): list(_days(start, end))}, 0).items()
        if isinstance(rate, Rate)
    },
}


def _days(start: date, end: date) -> list[date]:
    return [date.fromordinal(each) for each in range(start.toordinal(), end.toordinal() + 1)]


def _of_a_column(fx: ForexService, start: date, end: date) -> dict[date, Decimal]:
    import pandas as pd

    days = _days(start, end)
    frame = pd.DataFrame({"amount": [1] * len(days), "ccy": "USD", "day": days})
    done = frames.convert(
        frame, amount="amount", currency="ccy", to="CAD", on="day", into="cad", driver=fx, max_gap=0
    )
    return dict(zip(days, done["cad"], strict=True))


@pytest.mark.filterwarnings("ignore::forexhooks.StaleRateWarning")
@pytest.mark.parametrize("ask", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("known", [True, False], ids=["its first day known", "not known"])
def test_no_way_to_ask_loses_the_days_before_the_first_drivers(
    ask: Callable[[ForexService, date, date], dict[date, Decimal]], known: bool
) -> None:
    """Not even where the first driver's profile says when it begins."""
    named = {"history_from": day(20)} if known else {}
    fx = chain(Listed("a", rows(*range(20, 40)), **named), Listed("b", rows(*range(40))))
    assert ask(fx, day(0), day(39)) == {day(each): 100 + each for each in range(40)}
