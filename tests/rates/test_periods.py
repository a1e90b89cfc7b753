"""Observations that apply to a period: each day of it has the rate, and no other day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise, permutations, product
from math import prod
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

import forexhooks
from forexhooks import ForexManager, Observation, Profile, Rate, RateTable, Series, frames, hookimpl
from forexhooks import UnavailableReason as Reason
from forexhooks.rates.decimals import half_unit_error

CODES = ["CAD", "EUR", "GBP", "USD"]
FIRST = date(2026, 9, 1)
SPAN = 40
NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)

Legs = tuple[Observation, ...]


@pytest.fixture(autouse=True, scope="module")
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def day(number: int) -> date:
    return FIRST + timedelta(number)


def month(number: int) -> tuple[date, date]:
    return date(2026, number, 1), date(2026, number + 1, 1) - timedelta(1)


def of(pair: str, value: str, on: date, until: date | None = None) -> Observation:
    return Observation(on, *pair.split("/"), Decimal(value), until)


def monthly(*numbers: int, pair: str = "EUR/USD") -> list[Observation]:
    return [of(pair, f"1.{number:02}", *month(number)) for number in numbers]


def table(observed: list[Observation], **more: Any) -> RateTable:
    return RateTable(observed, driver="test", **more)


# ------------------------------------------------------------------ an old, slow oracle


@st.composite
def columns(draw: st.DrawFn) -> list[Observation]:
    """Days and periods of some pairs, of which none overlap, some in both directions."""
    found: list[Observation] = []
    pairs = draw(st.lists(st.sampled_from(list(permutations(CODES, 2))), min_size=1, max_size=5))
    calendar_of = {}
    for base, quote in dict.fromkeys(pairs):
        # The same few calendars, so that periods of two pairs are often equal.
        number = draw(st.integers(0, 2))
        if number not in calendar_of:
            calendar_of[number] = draw(
                st.lists(st.tuples(st.integers(0, 4), st.integers(0, 9)), min_size=1, max_size=6)
            )
        at = 0
        for gap, length in calendar_of[number]:
            start, end = at + gap, at + gap + length
            at = end + 1
            places = draw(st.integers(1, 3))
            value = (Decimal(2) if base < quote else Decimal("0.5")).quantize(
                Decimal(10) ** -places
            )
            until = draw(st.sampled_from([day(end), day(end), None]))
            found.append(Observation(day(start), base, quote, value, until))
        if draw(st.booleans()):
            found[-1] = found[-1]._replace(until=date.max)
    return found


def covers(each: Observation, on: date) -> bool:
    return each.on == on if each.until is None else each.on <= on <= each.until


def ways(observed: list[Observation], base: str, quote: str) -> list[list[list[str]]]:
    """The groups of ways, the first of them preferred, each way a list of currencies."""
    known = {frozenset(each[1:3]) for each in observed}
    crosses = [
        [base, code, quote]
        for code in CODES
        if {frozenset((base, code)), frozenset((code, quote))} <= known
        and code not in (base, quote)
    ]
    short = [
        [[base, quote]] if frozenset((base, quote)) in known else [],
        [way for way in crosses if way[1] == "EUR"],
        [way for way in crosses if way[1] != "EUR"],
    ]
    # Else by what one of them is pegged to.
    pegs = {frozenset(each[1:3]) for each in observed if each.until == date.max}
    inner = permutations([code for code in CODES if code not in (base, quote)], 2)
    by_pegs = [
        [base, *codes, quote]
        for codes in inner
        if {frozenset(step) for step in pairwise((base, *codes, quote))} <= known
        and {frozenset((base, codes[0])), frozenset((codes[1], quote))} & pegs
    ]
    return short if any(short) else [by_pegs]


def are_together(legs: Legs) -> bool:
    """Equal periods go together, and whatever is within one that has no end."""
    for one, other in permutations(legs, 2):
        if None in (one.until, other.until) or one[::4] == other[::4] or one.until == date.max:
            continue
        if other.until != date.max or other.on > one.on:
            return False
    return True


def right_legs(
    observed: list[Observation], base: str, quote: str, on: date, gap: int
) -> tuple[date, list[Legs]] | None:
    """The day that counts and the legs that are as good as any, looked for one by one."""
    for group in ways(observed, base, quote):
        for back in range(gap + 1):
            at = on - timedelta(back)
            found = []
            for way in group:
                links = [
                    [each for each in observed if set(each[1:3]) == set(step) and covers(each, at)]
                    for step in pairwise(way)
                ]
                for legs in product(*links):
                    has_day = any(leg.until is None for leg in legs)
                    if are_together(legs) and (has_day or at == on):
                        found.append(legs)
            if found:
                errors = [sum(half_unit_error(leg.value) for leg in legs) for legs in found]
                best = min(errors)
                good = [legs for legs, error in zip(found, errors, strict=True) if error == best]
                return at, good
    return None


@given(columns(), st.integers(0, SPAN + 5), st.integers(0, 9))
@settings(max_examples=300)
def test_what_a_table_with_periods_answers(observed: list[Observation], on: int, gap: int) -> None:
    held = table(observed, profile=Profile(title="t", pivot="EUR"))
    for base, quote in permutations(sorted(held.currencies), 2):
        right = right_legs(observed, base, quote, day(on), gap)
        try:
            rate = held.get_rate(base, quote, day(on), gap)
        except forexhooks.RateUnavailableError:
            assert right is None
            continue
        except forexhooks.UnsupportedPairError:
            assert not any(ways(observed, base, quote))
            continue
        assert any(ways(observed, base, quote))
        assert right is not None
        at, good = right
        assert rate.legs in good
        if rate.until is None:
            assert rate.on == at
        else:
            assert rate.on <= day(on) <= rate.until
            assert rate.on == max(leg.on for leg in rate.legs)
            assert rate.until == min(leg.until or date.min for leg in rate.legs)


@given(columns(), st.integers(0, SPAN), st.integers(0, SPAN))
@settings(max_examples=200)
def test_a_history_has_each_day_and_each_period_once(
    observed: list[Observation], start: int, length: int
) -> None:
    held = table(observed, profile=Profile(title="t", pivot="EUR"))
    for base, quote in permutations(sorted(held.currencies), 2):
        right: list[Rate] = []
        for number in range(start, start + length + 1):
            try:
                rate = held.get_rate(base, quote, day(number), 0)
            except (forexhooks.RateUnavailableError, forexhooks.UnsupportedPairError):
                continue
            rate = rate._replace(requested=rate.on, stale=None)
            if rate not in right:
                right.append(rate)
        assert held.history(base, quote, day(start), day(start + length)) == right


@given(columns(), st.randoms())
def test_the_order_does_not_matter_and_all_is_given_back(
    observed: list[Observation], random: Any
) -> None:
    shuffled = random.sample(observed, len(observed)) + observed[:1]
    assert sorted(table(shuffled).observations()) == sorted(observed)


# ------------------------------------------------------------------ examples


def test_a_period_answers_its_days_and_no_others_whatever_the_gap() -> None:
    held = table(monthly(9, 11))
    for on in (date(2026, 9, 1), date(2026, 9, 17), date(2026, 9, 30)):
        rate = held.get_rate("EUR", "USD", on, 0)
        assert (rate.on, rate.until, rate.value) == (*month(9), Decimal("1.09"))
        assert (rate.requested, rate.kind) == (on, "direct")
    assert str(rate) == "1 EUR = 1.09 USD (2026-09-01 to 2026-09-30, test, direct)"
    for on in (date(2026, 8, 31), date(2026, 10, 1), date(2026, 10, 31)):
        with pytest.raises(forexhooks.RateUnavailableError, match="EUR/USD"):
            held.get_rate("EUR", "USD", on, 99)


def test_what_has_no_end_crosses_with_all_that_is_in_it() -> None:
    pegs = [of("USD/AED", "3.6725", date(1997, 11, 1), date.max)]
    pegs.append(of("USD/SAR", "3.75", date(2026, 9, 16), date.max))
    held = table(pegs)
    rate = held.get_rate("AED", "SAR", date(2026, 10, 17))
    assert (rate.on, rate.until, rate.kind) == (date(2026, 9, 16), date.max, "cross")
    assert rate.fraction() == (Decimal("3.75"), Decimal("3.6725"))
    assert str(rate).endswith("(since 2026-09-16, test, cross)")
    assert held.history("SAR", "AED", date(2026, 9, 1), date(2026, 11, 27))[0].on == rate.on
    with pytest.raises(forexhooks.RateUnavailableError, match="begins on 2026-09-16"):
        held.get_rate("AED", "SAR", date(2026, 9, 15))
    # The rate of a month that began before the peg did is not one of this month.
    held = table([*pegs, *monthly(9, 10)])
    assert held.get_rate("EUR", "AED", date(2026, 9, 20)).until == month(9)[1]
    assert held.get_rate("SAR", "EUR", date(2026, 10, 20)).on == month(10)[0]
    with pytest.raises(forexhooks.RateUnavailableError, match="no common period"):
        held.get_rate("EUR", "SAR", date(2026, 9, 20))


def test_what_is_pegged_has_the_rates_of_what_it_is_pegged_to() -> None:
    friday = date(2026, 10, 30)
    pegs = {"USD/SAR": "3.75", "EUR/XOF": "655.957", "ZAR/NAD": "1"}
    daily = {"EUR/USD": "1.1172", "EUR/GBP": "0.8368", "EUR/ZAR": "18.55"}
    held = table(
        [of(pair, value, friday) for pair, value in daily.items()]
        + [of(pair, value, date(2020, 5, 4), date.max) for pair, value in pegs.items()],
        profile=Profile(title="t", pivot="EUR"),
    )
    value = {pair: Decimal(each) for pair, each in (pegs | daily).items()}
    for base, quote, above, below in (
        ("GBP", "SAR", ["EUR/USD", "USD/SAR"], ["EUR/GBP"]),
        ("SAR", "XOF", ["EUR/XOF"], ["USD/SAR", "EUR/USD"]),
        ("NAD", "SAR", ["EUR/USD", "USD/SAR"], ["ZAR/NAD", "EUR/ZAR"]),
    ):
        rate = held.get_rate(base, quote, friday + timedelta(2))
        assert (rate.on, rate.until, rate.kind) == (friday, None, "cross")
        assert rate.fraction() == (prod(map(value.get, above)), prod(map(value.get, below)))
        assert held.get_rate(quote, base, friday).legs == rate.legs[::-1]
    with pytest.raises(forexhooks.RateUnavailableError):
        held.get_rate("GBP", "SAR", friday - timedelta(1))


def test_a_day_crosses_with_a_period_that_contains_it_and_periods_only_with_equal_ones() -> None:
    friday = date(2026, 10, 30)
    peg = of("USD/AED", "3.6725", date(1997, 11, 1), date.max)
    held = table([of("EUR/USD", "1.1172", friday), peg])
    rate = held.get_rate("EUR", "AED", friday + timedelta(2))
    assert (rate.on, rate.until, rate.kind, len(rate.legs)) == (friday, None, "cross", 2)
    assert rate.value == Decimal("1.1172") * Decimal("3.6725")
    assert held.get_rate("AED", "EUR").on == friday

    equal = table(monthly(9, 10) + monthly(10, 11, pair="EUR/GBP"))
    rate = equal.get_rate("USD", "GBP", date(2026, 10, 9))
    assert (rate.on, rate.until, rate.value) == (*month(10), 1)
    for on in (date(2026, 9, 9), date(2026, 11, 9)):
        with pytest.raises(forexhooks.RateUnavailableError):
            equal.get_rate("USD", "GBP", on)
    unequal = table([*monthly(10), of("EUR/GBP", "0.9", date(2026, 10, 1), date(2026, 12, 31))])
    with pytest.raises(forexhooks.RateUnavailableError, match="no common period") as caught:
        unequal.get_rate("USD", "GBP", date(2026, 10, 9))
    assert caught.value.reason is Reason.HOLE


@pytest.mark.parametrize(
    "other",
    [
        of("EUR/USD", "1.1", date(2026, 9, 30), date(2026, 10, 2)),
        of("EUR/USD", "1.09", date(2026, 9, 1), date(2026, 9, 15)),
        of("EUR/USD", "1.09", date(2026, 9, 1)),
        of("EUR/USD", "1.1", date(2026, 9, 15)),
        of("EUR/USD", "1.1", date(2026, 8, 1), date.max),
    ],
)
def test_periods_of_a_pair_that_overlap_are_refused(other: Observation) -> None:
    for observed in ([*monthly(9), other], [other, *monthly(9)]):
        with pytest.raises(forexhooks.MalformedResponseError, match=r"EUR/USD (on|for) .*2026-09"):
            table(observed)
    assert len(list(table(monthly(9, 9)).observations())) == 1


def test_the_latest_is_the_period_with_today_else_the_newest() -> None:
    ahead = table(monthly(9, 10, 11))
    assert ahead.get_rate("EUR", "USD").on == date(2026, 11, 1)
    assert table(monthly(8, 9)).get_rate("EUR", "USD").on == date(2026, 9, 1)
    open_ended = [of("USD/AED", "3.6725", date(1997, 11, 1), date.max)]
    ended = of("EUR/ATS", "13.7603", date(1999, 1, 1), date(2001, 12, 31))
    assert table([*open_ended, ended]).get_rate("USD", "AED").on == date(1997, 11, 1)
    with time_machine.travel(datetime(2026, 12, 4, tzinfo=UTC)):
        assert table(monthly(9, 10, 11)).get_rate("EUR", "USD").requested is None


def test_a_day_to_come_has_no_rate_though_its_period_has() -> None:
    for held in (table(monthly(11)), table([of("USD/AED", "3.67", FIRST, date.max)])):
        base, quote = next(iter(held.observations()))[1:3]
        assert held.get_rate(base, quote, date(2026, 11, 27))
        with pytest.raises(forexhooks.RateUnavailableError) as caught:
            held.get_rate(base, quote, date(2026, 11, 30))
        assert caught.value.reason is Reason.IN_THE_FUTURE


@pytest.mark.parametrize(
    ("frequency", "held_to", "at", "due"),
    [
        ("month", date(2026, 10, 31), "2026-12-01 10:00", None),
        ("month", date(2026, 10, 31), "2026-12-01 17:00", "November 2026"),
        ("month", date(2026, 9, 30), "2026-11-27 00:00", "October 2026"),
        ("month", date(2026, 10, 31), "2026-11-27 00:00", None),
        ("quarter", date(2026, 6, 30), "2026-11-27 00:00", "the quarter to 2026-09-30"),
        ("year", date(2024, 12, 31), "2026-11-27 00:00", "2025"),
        ("week", date(2026, 11, 15), "2026-11-27 00:00", "the week to 2026-11-22"),
        ("day", date(2026, 11, 25), "2026-11-27 17:00", "2026-11-26"),
        ("month", date.max, "2026-11-27 00:00", None),
    ],
)
def test_which_period_should_be_out(
    frequency: Any, held_to: date, at: str, due: str | None
) -> None:
    profile = Profile(title="t", frequency=frequency, published_at=time(16))
    with time_machine.travel(f"{at}Z", tick=False):
        held = table([of("EUR/USD", "1.1", date(2020, 1, 1), held_to)], profile=profile)
        stale = held.get_rate("EUR", "USD").stale
        says = f"test holds rates up to {held_to}; the rate of {due} should be out"
        assert stale == (None if due is None else says)
        if due is None:
            return
        with pytest.raises(forexhooks.RateUnavailableError, match="should be out") as caught:
            held.get_rate("EUR", "USD", date.fromisoformat(at[:10]) - timedelta(1))
        assert caught.value.reason is Reason.AFTER_LAST_DAY


@pytest.mark.parametrize(
    ("days", "held_to", "at", "due"),
    [
        (5, date(2026, 10, 31), "2026-10-31 23:00", None),
        (5, date(2026, 10, 31), "2026-11-01 00:00", "November 2026"),
        (5, date(2026, 11, 30), "2026-11-30 23:00", None),
        (5, date(2026, 9, 30), "2026-10-05 00:00", "October 2026"),
        # 2026-11-01 is a Sunday: the next publication day is the 2nd, at 16:00.
        (0, date(2026, 10, 31), "2026-11-02 15:00", None),
        (0, date(2026, 9, 30), "2026-11-02 15:00", "October 2026"),
        (0, date(2026, 10, 31), "2026-11-02 16:00", "November 2026"),
    ],
)
def test_what_is_set_in_advance_should_be_out_when_its_period_begins(
    days: int, held_to: date, at: str, due: str | None
) -> None:
    of_profile = Profile(
        title="t", frequency="month", published_at=time(16), in_advance=timedelta(days)
    )
    month = Series("month", frequency="month", in_advance=timedelta(days))
    of_series = Profile(title="t", published_at=time(16), series=(Series("day"), month))
    with time_machine.travel(f"{at}Z", tick=False):
        for profile in (of_profile, of_series.of_series("month")):
            held = table([of("EUR/USD", "1.1", date(2020, 1, 1), held_to)], profile=profile)
            stale = held.get_rate("EUR", "USD").stale
            says = f"test holds rates up to {held_to}; the rate of {due} should be out"
            assert stale == (None if due is None else says)
            assert held.get_rate("EUR", "USD", date(2026, 9, 30)).stale is None


def test_why_a_day_has_none() -> None:
    held = table(monthly(9, 10), profile=Profile(title="t", frequency="month"))
    for on, reason in (
        (date(2026, 8, 1), Reason.BEFORE_FIRST_DAY),
        (date(2026, 11, 2), Reason.NOT_PUBLISHED_YET),
    ):
        with pytest.raises(forexhooks.RateUnavailableError) as caught:
            held.get_rate("EUR", "USD", on)
        assert caught.value.reason is reason
    with pytest.raises(forexhooks.RateUnavailableError, match="has no period with that") as caught:
        table(monthly(8, 10)).get_rate("EUR", "USD", date(2026, 9, 5))
    assert caught.value.reason is Reason.HOLE


# ------------------------------------------------------------------ by the public names


class Customs(forexhooks.Driver):
    """Rates of a month, set in advance, and a bank's own day by day."""

    name = "customs"
    profile = Profile(title="Customs", frequency="month", pivot="EUR", ahead=20)

    def observations(self, currencies: Any, start: Any, end: Any) -> Iterator[Observation]:
        observed = [
            *monthly(8, 9, 10, 11),
            of("EUR/USD", "1.12", date(2026, 12, 1), date(2026, 12, 31)),
            of("EUR/CAD", "1.55", date(2026, 9, 29)),
            of("EUR/CAD", "1.56", date(2026, 10, 30)),
        ]
        for each in observed:
            if start is None or (each.on <= end and (each.until or each.on) >= start):
                yield each


class Raw:
    """A driver without tables, that gives the month's rate."""

    until: Any = date(2026, 10, 31)

    @hookimpl
    def forex_driver_name(self) -> str:
        return "raw"

    @hookimpl
    def forex_get_rate(self, driver: str, base: str, quote: str, on: Any) -> Rate | None:
        if driver != "raw":
            return None
        start = date(2026, 10, 1)
        return Rate(base, quote, Decimal("1.1"), start, "raw", (), on, until=self.until)


@pytest.fixture
def manager() -> ForexManager:
    manager = ForexManager(discover=False)
    manager.register(Customs())
    manager.register(Raw())
    return manager


def test_a_service_gives_the_period_and_not_the_one_to_come(manager: ForexManager) -> None:
    fx = forexhooks.open("customs", manager=manager)
    assert fx.get_rate("EUR", "USD").on == date(2026, 11, 1)
    rate = fx.get_rate("USD", "CAD", date(2026, 10, 31))
    assert (rate.on, rate.until) == (date(2026, 10, 30), None)
    history = fx.get_history("USD", "EUR", date(2026, 9, 15), date(2026, 11, 27))
    assert [(each.on, each.until) for each in history] == [month(9), month(10), month(11)]
    year = timedelta(365)
    assert fx.get_rate("EUR", "USD", date(2026, 11, 27), max_age=timedelta(0)).requested
    assert fx.get_rates("EUR", ["USD"], date(2026, 8, 20), max_age=year)["USD"].until == month(8)[1]


def test_a_period_that_a_driver_gives_is_checked(manager: ForexManager) -> None:
    fx = forexhooks.open("raw", manager=manager)
    assert fx.get_rate("EUR", "USD", date(2026, 10, 20), max_gap=0).until == Raw.until
    history = fx.get_history("EUR", "USD", date(2026, 9, 25), date(2026, 11, 5))
    assert [each.on for each in history] == [date(2026, 10, 1)]
    with pytest.raises(forexhooks.InvalidRateError, match="the period 2026-10-01 to 2026-10-31"):
        fx.get_rate("EUR", "USD", date(2026, 11, 2), max_gap=99)
    for until in (date(2026, 9, 1), "2026-10-31"):
        Raw.until = until
        with pytest.raises(forexhooks.InvalidRateError, match="which is not a period"):
            fx.get_rate("EUR", "USD", date(2026, 10, 20))
    Raw.until = date(2026, 10, 31)


@pytest.mark.parametrize("exact", [True, False])
def test_columns_are_converted_by_the_periods_of_their_days(
    manager: ForexManager, exact: bool
) -> None:
    fx = forexhooks.open("customs", manager=manager)
    days = [date(2026, 8, 1) + timedelta(number) for number in range(118)]
    frame = pl.DataFrame({"day": days, "amount": ["1000.00"] * len(days)})
    for quote in ("USD", "CAD"):
        found = frames.convert(
            frame,
            amount="amount",
            currency="EUR",
            to=quote,
            on="day",
            driver=fx,
            exact=exact,
            errors="null",
        )
        right = []
        for on in days:
            try:
                right.append(fx.convert("1000.00", "EUR", quote, on))
            except forexhooks.RateUnavailableError:
                right.append(None)
        got = found[found.columns[-1]].to_list()
        assert [each and round(float(each), 2) for each in got] == [
            each and float(each) for each in right
        ]
        assert None in right if quote == "CAD" else None not in right


def test_a_lock_replays_periods(manager: ForexManager, tmp_path: Path) -> None:
    path = tmp_path / "rates.lock"
    with forexhooks.locking(path, "customs", manager=manager) as fx:
        history = fx.get_history("EUR", "USD", date(2026, 9, 15), date(2026, 11, 15))
        rate = fx.get_rate("EUR", "USD", date(2026, 8, 9))
    with forexhooks.locking(path, "customs", manager=manager, update=True) as fx:
        fx.get_history("EUR", "USD", date(2026, 10, 15), date(2026, 11, 20))
    locked = forexhooks.open(lock=path)
    assert locked.get_history("EUR", "USD", date(2026, 9, 15), date(2026, 11, 15)) == history
    assert locked.get_history("EUR", "USD", date(2026, 9, 25), date(2026, 10, 2)) == history[:2]
    assert locked.get_rate("EUR", "USD", date(2026, 8, 9)) == rate
    within = locked.get_rate("EUR", "USD", date(2026, 10, 20), max_gap=0)
    assert (within.on, within.requested) == (date(2026, 10, 1), date(2026, 10, 20))
