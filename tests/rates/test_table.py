"""RateTable: which observations answer a question, and why there may be no answer."""

from __future__ import annotations

import gc
import weakref
from datetime import UTC, date, datetime, time, timedelta
from decimal import Context, Decimal
from itertools import product
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

import forexhooks
from forexhooks import Observation, Profile, Rate, RateTable, RateUnavailableError
from forexhooks import UnavailableReason as Reason
from forexhooks.rates.decimals import multiply

MONDAY = date(2026, 10, 26)
CODES = ["EUR", "USD", "CAD", "GBP"]


@pytest.fixture(autouse=True, scope="module")
def now() -> object:
    with time_machine.travel(datetime(2026, 11, 2, 12, 0, tzinfo=UTC), tick=False):
        yield


def seen(pair: str, value: str, on: date = MONDAY) -> Observation:
    return Observation(on, *pair.split("/"), Decimal(value))


def table(*observations: Observation, **more: object) -> RateTable:
    return RateTable(observations, driver="test", **more)  # type: ignore[arg-type]


def legs(rate: forexhooks.Rate) -> list[str]:
    return [f"{leg.base}/{leg.quote}" for leg in rate.legs]


@st.composite
def observations(draw: st.DrawFn) -> list[Observation]:
    pairs = draw(
        st.dictionaries(
            st.tuples(
                st.integers(0, 12), st.permutations(CODES).map(lambda codes: tuple(codes[:2]))
            ),
            st.integers(1, 10**6).map(lambda digits: Decimal(digits).scaleb(-3)),
            min_size=1,
            max_size=25,
        )
    )
    for days, (base, quote) in list(pairs):
        # Both directions of a day are of one rate.
        if base < quote and (days, (quote, base)) in pairs:
            pairs[days, (quote, base)] = Context(6).divide(1, pairs[days, (base, quote)])
    return [
        Observation(MONDAY - timedelta(days), base, quote, value)
        for (days, (base, quote)), value in pairs.items()
    ]


def answers(held: RateTable) -> list[object]:
    found: list[object] = []
    for base in CODES:
        for quote in CODES:
            for days in range(14):
                on = MONDAY - timedelta(days)
                try:
                    found.append(held.get_rate(base, quote, on, 5))
                except forexhooks.RateError as error:
                    found.append(str(error))
    return found


@given(observations(), st.randoms())
def test_the_order_of_observations_does_not_matter(
    given_: list[Observation], random: st.random.Random
) -> None:
    shuffled = given_ + given_[:3]  # the same may come twice
    random.shuffle(shuffled)
    assert answers(table(*shuffled)) == answers(table(*given_))


@given(observations(), st.integers(0, 13), st.integers(0, 9))
def test_nothing_after_the_asked_day_nor_beyond_the_gap_is_ever_used(
    given_: list[Observation], days: int, gap: int
) -> None:
    on = MONDAY - timedelta(days)
    held = table(*given_)
    usable = table(*(each for each in given_ if on - timedelta(gap) <= each.on <= on))
    for base in CODES:
        for quote in CODES:
            if base == quote:
                continue
            try:
                rate = held.get_rate(base, quote, on, gap)
            except forexhooks.RateError:
                with pytest.raises(forexhooks.ForexError):
                    usable.get_rate(base, quote, on, gap)
                continue
            assert {leg.on for leg in rate.legs} == {rate.on}
            assert on - timedelta(gap) <= rate.on <= on
            # The smaller table may rightly be called stale.
            assert rate == usable.get_rate(base, quote, on, gap)._replace(stale=rate.stale)


def test_every_observation_is_given_back() -> None:
    given_ = [seen("EUR/USD", "1.10"), seen("EUR/USD", "1.2", MONDAY - timedelta(1))]
    assert sorted(table(*given_).observations()) == sorted(given_)


def test_of_two_directions_the_more_exact_one_answers_and_a_tie_is_direct() -> None:
    coarse, fine = seen("IDR/CAD", "0.000081"), seen("CAD/IDR", "12345")
    held = table(coarse, fine)
    assert held.get_rate("IDR", "CAD", MONDAY).legs == (fine,)
    assert held.get_rate("CAD", "IDR", MONDAY).legs == (fine,)
    tie = table(seen("USD/CAD", "1"), seen("CAD/USD", "1"))
    assert tie.get_rate("USD", "CAD", MONDAY).kind == "direct"
    assert tie.get_rate("CAD", "USD", MONDAY).kind == "direct"


def test_direct_comes_before_a_newer_cross_and_the_pivot_before_others() -> None:
    older = MONDAY - timedelta(3)
    crossing = [seen("EUR/USD", "1.1"), seen("EUR/CAD", "1.5"),
                seen("GBP/USD", "1.23456"), seen("GBP/CAD", "1.74567")]  # fmt: skip
    held = table(seen("USD/CAD", "1.40", older), *crossing)
    assert legs(held.get_rate("USD", "CAD", MONDAY)) == ["USD/CAD"]
    assert legs(held.get_rate("USD", "CAD", MONDAY, 2)) == ["GBP/USD", "GBP/CAD"]
    by_pivot = table(*crossing, profile=Profile(title="t", pivot="EUR"))
    assert legs(by_pivot.get_rate("USD", "CAD", MONDAY)) == ["EUR/USD", "EUR/CAD"]


def test_of_other_pivots_the_newest_day_then_the_smaller_error_then_the_code() -> None:
    newer = [seen("GBP/USD", "1.2"), seen("GBP/CAD", "1.7")]
    older = [seen("EUR/USD", "1.12345", MONDAY - timedelta(1)),
             seen("EUR/CAD", "1.56789", MONDAY - timedelta(1))]  # fmt: skip
    assert legs(table(*newer, *older).get_rate("USD", "CAD", MONDAY))[0] == "GBP/USD"
    same = [seen("AUD/USD", "1.2"), seen("AUD/CAD", "1.7")]
    assert legs(table(*newer, *same).get_rate("USD", "CAD", MONDAY))[0] == "AUD/USD"


def test_a_cross_never_mixes_days() -> None:
    held = table(
        seen("EUR/USD", "1.1"),
        seen("EUR/USD", "1.2", MONDAY - timedelta(2)),
        seen("EUR/CAD", "1.5", MONDAY - timedelta(1)),
        seen("EUR/CAD", "1.6", MONDAY - timedelta(2)),
    )
    rate = held.get_rate("USD", "CAD", MONDAY)
    assert rate.on == MONDAY - timedelta(2)
    assert {leg.on for leg in rate.legs} == {rate.on}
    with pytest.raises(RateUnavailableError):
        held.get_rate("USD", "CAD", MONDAY, 1)


def test_two_values_of_one_day_and_pair_are_refused_and_equal_ones_are_not() -> None:
    with pytest.raises(forexhooks.MalformedResponseError, match="two values of EUR/USD"):
        table(seen("EUR/USD", "1.1"), seen("EUR/USD", "1.2"))
    for pair in (("1.1", "1.10"), ("1.10", "1.1")):
        held = table(*(seen("EUR/USD", value) for value in pair))
        assert str(held.get_rate("EUR", "USD", MONDAY).legs[0].value) == "1.10"


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ((MONDAY, "EUR", "USD"), "not an Observation"),
        (Observation(datetime(2026, 10, 26), "EUR", "USD", Decimal(1)), "not a date"),  # noqa: DTZ001
        (Observation("2026-10-26", "EUR", "USD", Decimal(1)), "not a date"),  # type: ignore[arg-type]
        (Observation(MONDAY, "EUR", "EUR", Decimal(1)), "both EUR"),
        (Observation(MONDAY, "EUR", "", Decimal(1)), "codes"),
        (Observation(MONDAY, "EUR", "USD", Decimal(0)), "above 0"),
        (Observation(MONDAY, "EUR", "USD", Decimal("NaN")), "above 0"),
        (Observation(MONDAY, "EUR", "USD", 1.1), "above 0"),  # type: ignore[arg-type]
        (Observation(MONDAY, "EUR", "USD", Decimal(1), MONDAY - timedelta(1)), "until"),
        (Observation(MONDAY, "EUR", "USD", Decimal(1), "2026-10-31"), "until"),  # type: ignore[arg-type]
        (Observation(MONDAY, "EUR", "USD", Decimal(1), None, ("ecb",)), "inputs"),  # type: ignore[arg-type]
    ],
)
def test_an_observation_that_is_none(bad: Observation, says: str) -> None:
    with pytest.raises(forexhooks.MalformedResponseError, match=f"^test gave .*{says}"):
        table(bad)


def test_identity_is_one_on_the_day_asked_for_or_today() -> None:
    held = table(seen("EUR/USD", "1.1"))
    assert held.get_rate("USD", "USD", date(2020, 2, 2)).on == date(2020, 2, 2)
    today = held.get_rate("USD", "USD")
    assert (today.value, today.on, today.legs) == (1, date(2026, 11, 2), ())
    with pytest.raises(forexhooks.UnsupportedPairError):
        held.get_rate("CAD", "CAD")
    with pytest.raises(forexhooks.CurrencyError):
        held.get_rate("XYZ", "XYZ")


def test_the_latest_is_within_the_gap_of_the_tables_newest_day() -> None:
    held = table(seen("EUR/USD", "1.1"), seen("EUR/CAD", "1.5", MONDAY - timedelta(7)),
                 seen("EUR/GBP", "0.8", MONDAY - timedelta(8)))  # fmt: skip
    assert held.get_rate("EUR", "CAD").on == MONDAY - timedelta(7)
    assert held.get_rate("EUR", "CAD").requested is None
    with pytest.raises(RateUnavailableError):
        held.get_rate("EUR", "GBP")


def reason(
    held: RateTable, pair: str, on: date | None, gap: int | None = None
) -> tuple[Reason, str]:
    with pytest.raises(RateUnavailableError) as missing:
        held.get_rate(*pair.split("/"), on, gap)
    return missing.value.reason, str(missing.value)


def test_why_there_is_no_rate() -> None:
    held = table(
        seen("EUR/USD", "1.1", date(2020, 1, 2)),
        seen("EUR/USD", "1.1", date(2022, 6, 1)),
        seen("EUR/CAD", "1.1", date(2021, 6, 1)),
        seen("EUR/USD", "1.1", date(2026, 10, 30)),
    )
    why, text = reason(held, "EUR/USD", date(2019, 12, 31))
    assert (why, "EUR/USD begins on 2020-01-02" in text) == (Reason.BEFORE_FIRST_DAY, True)
    why, text = reason(held, "USD/EUR", date(2021, 6, 1))
    assert (why, "2020-01-02 and 2022-06-01" in text) == (Reason.HOLE, True)
    why, text = reason(held, "EUR/CAD", date(2022, 6, 1))
    assert (why, "the last day of EUR/CAD is 2021-06-01" in text) == (Reason.AFTER_LAST_DAY, True)
    why, text = reason(held, "EUR/USD", date(2026, 11, 2), 2)
    assert (why, "the newest rate is for 2026-10-30" in text) == (Reason.NOT_PUBLISHED_YET, True)
    why, _ = reason(held, "EUR/USD", date(2026, 10, 31), 0)  # a Saturday
    assert why is Reason.HOLE
    why, text = reason(held, "EUR/USD", date(2026, 11, 4))
    assert (why, "today is 2026-11-02" in text) == (Reason.IN_THE_FUTURE, True)
    old = table(seen("EUR/USD", "1.1", date(2026, 9, 1)))
    why, text = reason(old, "EUR/USD", date(2026, 10, 1))
    assert (why, "rates end on 2026-09-01" in text) == (Reason.AFTER_LAST_DAY, True)


def test_what_became_of_a_currency() -> None:
    held = table(
        seen("EUR/HRK", "7.5345", date(2022, 12, 30)),
        seen("EUR/TRL", "1836200", date(2004, 12, 31)),
        seen("EUR/RUB", "117.201", date(2022, 3, 1)),
        seen("EUR/USD", "1.1", date(2026, 10, 30)),
    )
    why, text = reason(held, "EUR/HRK", date(2023, 1, 1))
    assert why is Reason.RETIRED
    assert "HRK ended 2022-12-30; 1 EUR = 7.53450 HRK from 2023-01-01" in text
    assert held.get_rate("EUR", "HRK", date(2022, 12, 31)).on == date(2022, 12, 30)
    why, text = reason(held, "TRL/EUR", date(2005, 1, 1))
    assert (why, "1 TRY = 1,000,000 TRL" in text) == (Reason.REDENOMINATED, True)
    assert held.get_rate("EUR", "RUB", date(2022, 3, 8)).on == date(2022, 3, 1)
    why, text = reason(held, "EUR/RUB", date(2022, 3, 9))
    assert (why, "suspended" in text) == (Reason.SUSPENDED, True)
    why, text = reason(held, "USD/DEM", None)
    assert (why, "1 EUR = 1.95583 DEM" in text) == (Reason.RETIRED, True)
    assert "DEM ended 1999-01-01; 1 EUR" in text
    why, text = reason(held.knowing(["SLL"]), "USD/SLL", date(2023, 1, 1))
    assert (why, "SLL ended 2022-07-01; 1 SLE" in text) == (Reason.REDENOMINATED, True)
    with pytest.raises(forexhooks.UnsupportedPairError, match="no DEM"):
        held.get_rate("USD", "DEM", date(1998, 12, 31))


SINCE_2000 = Profile(title="Since 2000", history_from=date(2000, 1, 3))
LATEST = Profile(title="The latest only", latest_only=True)


@pytest.mark.parametrize(
    ("observed", "listed", "profile", "has_it"),
    [
        pytest.param(["EUR/DEM"], [], None, True, id="observed"),
        pytest.param([], ["DEM"], None, True, id="listed"),
        pytest.param([], [], None, False, id="unknown"),
        pytest.param([], ["DEM"], SINCE_2000, False, id="begins later"),
        pytest.param([], ["DEM"], LATEST, False, id="has no past days"),
    ],
)
@pytest.mark.parametrize("pair", ["DEM/USD", "USD/DEM"])
def test_earlier_days_are_advised_only_where_the_currency_may_be_had(
    observed: list[str], listed: list[str], profile: Profile | None, has_it: bool, pair: str
) -> None:
    marks = [seen(each, "1.95583", date(1998, 12, 31)) for each in observed]
    held = table(*marks, seen("EUR/USD", "1.1"), currencies=listed, profile=profile)
    why, text = reason(held, pair, date(2001, 3, 1))
    assert why is Reason.RETIRED
    assert "ask for EUR" in text
    assert ("a day before 1999-01-01" in text) == has_it


def test_a_providers_own_observation_is_never_blocked() -> None:
    held = table(
        seen("EUR/HRK", "7.5345", date(2023, 1, 2)), seen("EUR/USD", "1", date(2023, 1, 9))
    )
    assert held.get_rate("EUR", "HRK", date(2023, 1, 4)).on == date(2023, 1, 2)


def test_stale_is_what_should_have_a_successor() -> None:
    profile = Profile(title="t", published_at=time(16, 0), zone="Europe/Berlin")
    friday = table(seen("EUR/USD", "1.1", date(2026, 10, 30)), profile=profile)
    assert friday.get_rate("EUR", "USD").stale is None  # it is Monday noon
    assert friday.get_rate("EUR", "USD", date(2026, 11, 1)).stale is None
    thursday = table(seen("EUR/USD", "1.1", date(2026, 10, 29)), profile=profile)
    stale = thursday.get_rate("EUR", "USD").stale
    assert stale == "test holds rates up to 2026-10-29; the rate of 2026-10-30 should be out"
    assert thursday.get_rate("EUR", "USD", date(2026, 10, 30)).stale == stale
    assert thursday.get_rate("EUR", "USD", date(2026, 10, 29)).stale is None


def test_a_history_has_observed_days_both_ends_included() -> None:
    days = [date(2026, 10, day) for day in (1, 5, 6, 9)]
    held = table(*(seen("EUR/USD", str(day.day), day) for day in days),
                 *(seen("EUR/CAD", "3", day) for day in days[1:]))  # fmt: skip
    assert [rate.on for rate in held.history("EUR", "USD", days[0], days[2])] == days[:3]
    assert [rate.value for rate in held.history("USD", "CAD", days[0], days[3])] == [
        forexhooks.RateTable(
            [seen("EUR/USD", str(day.day), day), seen("EUR/CAD", "3", day)], driver="test"
        ).get_rate("USD", "CAD", day).value
        for day in days[1:]
    ]  # fmt: skip
    with pytest.raises(forexhooks.DateError):
        held.history("EUR", "USD", days[1], days[0])


def test_the_days_said_to_be_nearest_to_a_hole_of_a_cross_have_both_legs() -> None:
    days = [date(2026, 10, 26), date(2026, 10, 27), date(2026, 10, 28), date(2026, 10, 29)]
    held = table(*(seen("EUR/USD", "1.1", day) for day in days),
                 seen("EUR/CAD", "1.5", days[0]), seen("EUR/CAD", "1.5", days[3]))  # fmt: skip
    for pair in ("USD/CAD", "CAD/USD"):
        why, text = reason(held, pair, days[1], 0)
        assert why is Reason.HOLE
        assert "the nearest days are 2026-10-26 and 2026-10-29" in text


@given(st.dates(date(2023, 1, 1), date(2026, 11, 2)), st.integers(0, 4000))
def test_no_gap_carries_a_retired_currency_beyond_its_conversion(on: date, gap: int) -> None:
    held = table(seen("EUR/HRK", "7.5345", date(2022, 12, 30)), seen("EUR/USD", "1.1"))
    for pair in ("EUR/HRK", "HRK/EUR", "USD/HRK"):
        with pytest.raises(RateUnavailableError):
            held.get_rate(*pair.split("/"), on, gap)
    assert reason(held, "EUR/HRK", None)[0] is Reason.RETIRED


@pytest.mark.parametrize(("frequency", "gap"), [("day", 7), ("week", 14), ("month", 45)])
def test_the_profile_says_how_far_a_rate_is_carried(frequency: str, gap: int) -> None:
    profile = Profile(title="t", frequency=frequency)  # type: ignore[arg-type]
    first = date(2026, 1, 1)
    held = table(seen("EUR/USD", "1.1", first), seen("EUR/USD", "1.1"), profile=profile)
    assert held.get_rate("EUR", "USD", first + timedelta(gap)).on == first
    assert reason(held, "EUR/USD", first + timedelta(gap + 1))[0] is Reason.HOLE


def test_a_history_of_one_currency_has_its_observed_days() -> None:
    held = table(seen("EUR/USD", "1.1"), seen("EUR/CAD", "1.5", MONDAY - timedelta(1)))
    days = [rate.on for rate in held.history("USD", "USD", MONDAY - timedelta(9), MONDAY)]
    assert days == [MONDAY]
    assert [rate.on for rate in held.history("EUR", "USD", MONDAY, MONDAY)] == [MONDAY]


def test_a_day_that_one_way_comes_too_late_for_is_a_hole_of_the_other() -> None:
    held = table(seen("USD/CAD", "1.4", date(2020, 1, 1)), seen("USD/CAD", "1.4"),
                 *(seen(pair, "1.1", date(1999, 1, 4)) for pair in ("EUR/USD", "EUR/CAD")),
                 *(seen(pair, "1.1") for pair in ("EUR/USD", "EUR/CAD")))  # fmt: skip
    assert held.get_rate("USD", "CAD", date(1999, 1, 5)).kind == "cross"
    assert reason(held, "USD/CAD", date(2010, 1, 1))[0] is Reason.HOLE


def test_a_pair_of_which_nothing_is_held_begins_where_the_profile_says() -> None:
    profile = Profile(title="Acme Bank", history_from=date(2010, 1, 4))
    held = table(seen("EUR/USD", "1.1"), currencies=["CAD"], profile=profile)
    assert held.currencies == {"EUR", "USD", "CAD"}
    why, text = reason(held, "EUR/CAD", date(2010, 1, 3))
    assert (why, "Acme Bank begins on 2010-01-04" in text) == (Reason.BEFORE_FIRST_DAY, True)
    assert reason(held, "EUR/CAD", date(2010, 1, 4))[0] is Reason.HOLE


def doubled(rate: Rate) -> Rate:
    return rate.adjusted(multiply(rate.value, Decimal(2)))


@given(observations())
def test_an_adjusted_table_answers_every_question_adjusted(observed: list[Observation]) -> None:
    published = table(*observed)
    adjusted = published.adjusted(doubled)
    assert (adjusted.is_adjusted, published.is_adjusted) == (True, False)
    assert list(adjusted.observations()) == list(published.observations())
    assert (adjusted.newest, adjusted.currencies) == (published.newest, published.currencies)
    span = MONDAY - timedelta(12), MONDAY
    for base, quote in product(published.currencies, repeat=2):
        before = published.history(base, quote, *span)
        after = adjusted.history(base, quote, *span)
        assert after == [doubled(each) for each in before]
        assert {each.kind for each in after} <= {"adjusted"}
        for on in [each.on for each in before]:
            assert adjusted.get_rate(base, quote, on) == doubled(
                published.get_rate(base, quote, on)
            )
            assert adjusted.get_rate(base, quote, on, 0) in after


def test_adjustments_of_one_table_come_one_after_the_other_and_stay_when_it_learns_codes() -> None:
    twice = table(seen("EUR/USD", "1")).adjusted(doubled)
    twice = twice.adjusted(lambda rate: rate.adjusted(rate.value + 1))
    assert twice.knowing({"XAU"}).get_rate("EUR", "USD", MONDAY).value == 3
    assert twice.get_rate("EUR", "USD", MONDAY).unadjusted == 1


@pytest.mark.parametrize(
    "adjust",
    [
        lambda rate: None,
        lambda rate: rate.value,
        lambda rate: rate.inverse(),
        lambda rate: rate._replace(on=MONDAY - timedelta(1)),
    ],
)
def test_what_an_adjustment_makes_must_be_a_rate_of_the_same_pair_and_day(adjust: Any) -> None:
    wrong = table(seen("EUR/USD", "1")).adjusted(adjust)
    with pytest.raises(forexhooks.InvalidRateError, match="of the same pair and day"):
        wrong.get_rate("EUR", "USD", MONDAY)
    with pytest.raises(forexhooks.InvalidRateError, match=r"adjusted 1 EUR = 1 USD"):
        wrong.history("EUR", "USD", MONDAY, MONDAY)


def fails(rate: Rate) -> Rate:
    raise KeyError("spread")


@pytest.mark.parametrize("adjust", [fails, lambda rate: fails(rate)])
def test_an_adjustment_that_fails_is_an_error_that_says_where(adjust: Any) -> None:
    for wrong in (
        table(seen("EUR/USD", "1")).adjusted(adjust),
        table(seen("EUR/USD", "1")).adjusted(doubled).adjusted(adjust),
        table(seen("EUR/USD", "1")).adjusted(adjust).adjusted(doubled),
    ):
        says = r"extension around .* failed in test_table\.py, line \d+, .*KeyError: 'spread'"
        with pytest.raises(forexhooks.DriverError, match=says) as error:
            wrong.get_rate("EUR", "USD", MONDAY)
        assert isinstance(error.value.__cause__, KeyError)
        with pytest.raises(forexhooks.DriverError):
            wrong.history("EUR", "USD", MONDAY, MONDAY)


def test_a_table_is_freed_with_its_last_reader() -> None:
    """And not by the garbage collector, at some time: a store's table is large."""
    table = RateTable([seen("EUR/USD", "1.25"), seen("EUR/CAD", "1.5")], driver="acme")
    rate = table.get_rate("USD", "CAD", MONDAY)
    kept = weakref.ref(table)
    gc.disable()
    try:
        del table
        assert kept() is None
    finally:
        gc.enable()
    assert rate.value == Decimal("1.2")
