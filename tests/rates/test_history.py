from __future__ import annotations

import copy
import pickle
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal, getcontext, localcontext
from fractions import Fraction
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import forexhooks
from forexhooks import History, Observation, Rate
from forexhooks.testing import FixedRates

DAY = date(2026, 10, 30)  # a Friday


def history_of(*values: str | Decimal, start: date = date(2026, 10, 26), step: int = 1) -> History:
    rates = [
        Rate("USD", "CAD", Decimal(value), start + timedelta(step * place), "fixed")
        for place, value in enumerate(values)
    ]
    return History(rates, base="USD", quote="CAD", driver="fixed")


def opened(*drivers: forexhooks.Driver) -> forexhooks.ForexService:
    manager = forexhooks.ForexManager()
    for driver in drivers:
        manager.register(driver)
    return forexhooks.open(*(driver.name for driver in drivers), manager=manager)


def test_a_service_gives_one() -> None:
    fx = opened(FixedRates({DAY: {"USD/CAD": "1.40"}}))
    history = fx.get_history("usd", "cad", DAY, DAY + timedelta(9))
    assert isinstance(history, History) and isinstance(history, Sequence)
    assert (history.base, history.quote, history.driver) == ("USD", "CAD", "fixed")
    assert history == [fx.get_rate("USD", "CAD", on=DAY)]
    empty = fx.get_history("usd", "cad", date(2020, 1, 1), date(2020, 1, 9))
    assert (empty.base, empty.quote, empty.driver, list(empty)) == ("USD", "CAD", "fixed", [])


def test_of_several_drivers_it_has_who_answered() -> None:
    fx = opened(
        FixedRates({date(2020, 1, 1): {"USD/CAD": "1.30"}}, name="one"),
        FixedRates({DAY: {"USD/CAD": "1.40"}}, name="two"),
    )
    history = fx.get_history("USD", "CAD", DAY, DAY)
    assert isinstance(history, History)
    assert (history.driver, [name for name, _ in history[0].failures]) == ("two", ["one"])
    assert fx.get_history("USD", "CAD", date(2020, 1, 1), DAY).driver == "one"
    nothing = fx.get_history("usd", "cad", date(2010, 1, 1), date(2010, 1, 9))
    assert (nothing.base, nothing.quote, nothing.driver, len(nothing)) == ("USD", "CAD", "one", 0)


def test_it_is_an_immutable_sequence() -> None:
    history = history_of("1", "2", "3")
    assert len(history) == 3 and history[0] in history and "USD" not in history
    assert [rate.value for rate in reversed(history)] == [3, 2, 1]
    assert history.index(history[1]) == 1 and history.count(history[1]) == 1
    with pytest.raises(IndexError):
        history[3]
    thing: Any = history
    for change in (
        lambda: thing.__setitem__(0, history[1]),
        lambda: thing.__delitem__(0),
        lambda: setattr(thing, "base", "EUR"),
        lambda: setattr(thing, "anything", 1),
    ):
        with pytest.raises((TypeError, AttributeError)):
            change()


def test_a_slice_is_a_history() -> None:
    history = history_of("1", "2", "3", "4")
    for part in (history[1:3], history[::2], history[9:], history[::-1]):
        assert isinstance(part, History)
        assert (part.base, part.quote, part.driver) == ("USD", "CAD", "fixed")
    assert [rate.value for rate in history[1:3]] == [2, 3]


def test_it_equals_what_has_the_same_rates() -> None:
    history = history_of("1", "2")
    assert history == list(history) and list(history) == history
    assert history == tuple(history) and history == history_of("1", "2")
    assert hash(history) == hash(history_of("1", "2")) == hash(tuple(history))
    assert history != list(history)[:1] and history != history_of("1", "3")
    assert history != "USD" and history != None  # noqa: E711


def test_it_can_be_pickled_and_copied() -> None:
    failed = (("one", forexhooks.QuotaError("used up", driver="one", retry_after=9)),)
    history = history_of("1", "2")
    again = pickle.loads(pickle.dumps(history))  # noqa: S301 - our own
    assert again == history and repr(again) == repr(history)
    assert copy.deepcopy(history) == history
    rates = [rate._replace(failures=failed) for rate in history]
    kept = pickle.loads(  # noqa: S301
        pickle.dumps(History(rates, base="USD", quote="CAD", driver="fixed"))
    )
    assert kept[0].failures[0][1].retry_after == 9


def test_its_repr_says_what_it_is() -> None:
    assert repr(history_of("1", "2")) == (
        "<History of USD/CAD, fixed: 2 rates from 2026-10-26 to 2026-10-27>"
    )
    assert repr(history_of("1")).endswith("1 rate from 2026-10-26 to 2026-10-26>")
    assert repr(history_of()) == "<History of USD/CAD, fixed: 0 rates>"


def test_a_notebook_shows_a_table() -> None:
    table = history_of("1.39689", "1.4")._repr_html_()
    assert table.startswith("<table>") and table.endswith("</table>")
    assert "<th>Day</th><th>CAD</th><th>Kind</th>" in table
    assert "<tr><td>2026-10-26</td><td>1.39689</td><td>direct</td></tr>" in table
    long = history_of(*map(str, range(1, 101)))._repr_html_()
    assert long.count("<tr>") == 12 and "⋮" in long
    assert (
        "<td>2026-10-26</td>" in long and f"<td>{date(2026, 10, 26) + timedelta(99)}</td>" in long
    )
    assert "100 rates" in long
    odd = History([], base="USD", quote="CAD", driver="<b>&")._repr_html_()
    assert "<b>" not in odd and "&lt;b&gt;&amp;" in odd


def test_every_week_and_month() -> None:
    history = history_of(*map(str, range(1, 15)), start=date(2026, 10, 22))  # Thu to Wed
    weeks = [[(rate.on, rate.value) for rate in history.every("week", take)] for take in (
        "first", "last", "mean"
    )]  # fmt: skip
    ends = [date(2026, 10, 25), date(2026, 11, 1), date(2026, 11, 4)]
    assert weeks[0] == [(date(2026, 10, 22), 1), (date(2026, 10, 26), 5), (date(2026, 11, 2), 12)]
    assert weeks[1] == list(zip(ends, (4, 11, 14), strict=True))
    assert weeks[2] == list(zip(ends, (Decimal("2.5"), 8, 13), strict=True))
    assert history.every("week") == history.every("week", "last")
    months = history.every("month", "mean")
    assert isinstance(months, History) and months.driver == "fixed"
    assert [rate.value for rate in months] == [Decimal("5.5"), Decimal("12.5")]
    assert [rate.on.month for rate in history_of(*"12345", step=80).every("quarter")] == [
        10,
        1,
        6,
        9,
    ]
    assert [rate.on.year for rate in history_of(*"1234567", step=80).every("year")] == [
        2026,
        2027,
        2028,
    ]
    assert history_of().every("month", "mean") == []


def test_a_week_is_that_of_the_year_it_belongs_to() -> None:
    new_year = history_of("1", "2", "3", start=date(2026, 12, 31))  # Thu, Fri, Sat of week 53
    assert [rate.value for rate in new_year.every("week")] == [3]
    assert [rate.value for rate in history_of("1", "2", step=364).every("week")] == [1, 2]


def test_a_mean_says_that_it_is_none_of_the_published() -> None:
    mean = history_of("1", "2").every("month", "mean")[0]
    assert (mean.kind, mean.value, mean.unadjusted) == ("adjusted", Decimal("1.5"), 2)
    assert mean.convert("9.99") == Decimal("14.98")
    [alone] = history_of("1.4").every("week", "mean")
    assert alone == history_of("1.4")[0]


@pytest.mark.parametrize(
    ("period", "take"),
    [("day", "last"), ("week", "median"), ("", ""), (7, "last"), (["week"], "last")],
)
def test_another_period_or_take_is_refused(period: Any, take: Any) -> None:
    with pytest.raises(forexhooks.DateError, match=r"week, month, .*first, last, mean"):
        history_of("1").every(period, take)


def test_a_period_or_take_that_is_misspelt() -> None:
    with pytest.raises(forexhooks.ForexError, match=r"'months' is unknown \(did you mean 'month'"):
        history_of("1").every("months")  # type: ignore[arg-type]
    with pytest.raises(forexhooks.ForexError, match=r"'meen' is unknown \(did you mean 'mean'"):
        history_of("1").every("month", "meen")  # type: ignore[arg-type]


def crosses(numbers: list[tuple[int, int]]) -> History:
    """Rates by way of the euro, as the ECB's are."""
    rates = []
    for place, (cad, usd) in enumerate(numbers):
        on = date(2026, 9, 28) + timedelta(place)
        legs = (
            Observation(on, "EUR", "USD", Decimal(usd) / 10_000),
            Observation(on, "EUR", "CAD", Decimal(cad) / 10_000),
        )
        value = Decimal(cad) / Decimal(usd)
        rates.append(Rate("USD", "CAD", value, on, "ecb", legs))
    return History(rates, base="USD", quote="CAD", driver="ecb")


numbers = st.integers(1, 10**9)


@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=40))
def test_a_mean_is_rounded_once(pairs: list[tuple[int, int]]) -> None:
    history = crosses(pairs)
    means = history.every("month", "mean")
    groups = [list(group) for _, group in groupby(history, lambda rate: rate.on.month)]
    assert len(means) == len(groups)
    for mean, group in zip(means, groups, strict=True):
        exact = sum(
            (Fraction(rate.legs[1].value) / Fraction(rate.legs[0].value) for rate in group),
            Fraction(),
        ) / len(group)
        assert mean.on == group[-1].on
        with localcontext(prec=34):
            expected = Decimal(exact.numerator) / Decimal(exact.denominator)
        assert mean.value == expected or len(set(group)) == 1


def test_nobodys_decimal_context_is_read_or_touched() -> None:
    history = crosses([(15606, 11172), (15607, 11173), (15601, 11170)])
    expected = history.every("week", "mean")
    with localcontext(prec=3) as context:
        context.clear_flags()
        assert [rate.value for rate in history.every("week", "mean")] == [
            rate.value for rate in expected
        ]
        assert not any(context.flags.values())
    assert len(str(expected[-1].value)) > 30 and getcontext().prec == 28


def test_a_raw_driver_that_is_asked_day_by_day_tells_how_far_it_is() -> None:
    class Raw:
        @forexhooks.hookimpl
        def forex_driver_name(self) -> str:
            return "raw"

        @forexhooks.hookimpl
        def forex_get_rate(self, driver: str, base: str, quote: str, on: date) -> Rate | None:
            return Rate(base, quote, Decimal(1), on, "raw") if driver == "raw" else None

    manager = forexhooks.ForexManager()
    manager.register(Raw())
    told: list[tuple[int, int | None]] = []
    forexhooks.open("raw", manager=manager).get_history(
        "USD", "CAD", DAY, DAY + timedelta(2), progress=lambda *how_far: told.append(how_far)
    )
    assert told == [(0, 3), (1, 3), (2, 3)]
