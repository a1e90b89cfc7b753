"""Exactness as a caller sees it: one rounding, and nothing of the caller's decimal context."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import forexhooks
from forexhooks import Observation, Rate, RateTable

DAY = date(2026, 10, 28)
ROUNDINGS = [
    decimal.ROUND_CEILING,
    decimal.ROUND_DOWN,
    decimal.ROUND_FLOOR,
    decimal.ROUND_HALF_DOWN,
    decimal.ROUND_HALF_EVEN,
    decimal.ROUND_HALF_UP,
    decimal.ROUND_UP,
    decimal.ROUND_05UP,
]
PIVOTS = [
    Observation(DAY, "EUR", "USD", Decimal("1.3000")),
    Observation(DAY, "EUR", "CAD", Decimal("1.8000")),
    Observation(DAY, "GBP", "USD", Decimal("1.3100")),  # by a little the smaller error
    Observation(DAY, "GBP", "CAD", Decimal("1.8000")),
]
positive = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(1, 10**12),
    st.integers(-3, 15),
)


def half_even(value: Fraction) -> int:
    return round(value)  # of a Fraction: half to even, by integers


def to_34_digits(value: Fraction) -> Fraction:
    """A positive value rounded half-even to 34 significant digits, without the decimal module."""
    exponent = len(str(value.numerator)) - len(str(value.denominator)) - 34
    while value / Fraction(10) ** exponent >= 10**34:
        exponent += 1
    return half_even(value / Fraction(10) ** exponent) * Fraction(10) ** exponent


def rate_of(value: str, quote: str = "USD") -> Rate:
    return Rate("EUR", quote, Decimal(value), DAY, "test")


@given(positive, positive)
def test_a_cross_is_the_quotient_of_its_legs_to_34_digits(one: Decimal, other: Decimal) -> None:
    table = RateTable(
        [Observation(DAY, "EUR", "USD", one), Observation(DAY, "EUR", "CAD", other)], driver="test"
    )
    forth = table.get_rate("USD", "CAD", DAY)
    back = table.get_rate("CAD", "USD", DAY)
    assert Fraction(forth.value) == to_34_digits(Fraction(other) / Fraction(one))
    assert Fraction(back.value) == to_34_digits(Fraction(one) / Fraction(other))
    assert forth.inverse().value == back.value
    assert Fraction(table.get_rate("USD", "EUR", DAY).value) == to_34_digits(1 / Fraction(one))


@given(st.floats(-1e15, 1e15, allow_nan=False))
@example(0.1)
@example(2.675)
@example(5e-324)
def test_a_float_counts_as_its_shortest_repr(amount: float) -> None:
    converted = rate_of("1").convert(amount, places=20)
    assert converted == rate_of("1").convert(repr(amount), places=20)
    assert Fraction(converted) * 10**20 == half_even(Fraction(repr(amount)) * 10**20)


@given(st.integers(-(10**9), 10**9), st.integers(-2, 8))
def test_a_tie_of_a_cross_is_seen_as_a_tie(odd: int, places: int) -> None:
    # 0.7 / 1.5 never ends, and yet the result does: a rounded value in between would show.
    table = RateTable(
        [
            Observation(DAY, "EUR", "USD", Decimal("1.5")),
            Observation(DAY, "EUR", "CAD", Decimal("0.7")),
        ],
        driver="test",
    )
    rate = table.get_rate("USD", "CAD", DAY)
    amount = Decimal(75 * (2 * odd + 1)).scaleb(-places - 1)  # gives 7 * (odd + 1/2) units
    expected = Fraction(7) * (odd + Fraction(1, 2))
    assert Fraction(rate.convert(amount, places=places)) * Fraction(10) ** places == half_even(
        expected
    )


@pytest.mark.parametrize(
    ("rounding", "converted"),
    [
        (decimal.ROUND_CEILING, ["0.13", "0.38", "-0.12"]),
        (decimal.ROUND_DOWN, ["0.12", "0.37", "-0.12"]),
        (decimal.ROUND_FLOOR, ["0.12", "0.37", "-0.13"]),
        (decimal.ROUND_HALF_DOWN, ["0.12", "0.37", "-0.12"]),
        (decimal.ROUND_HALF_EVEN, ["0.12", "0.38", "-0.12"]),
        (decimal.ROUND_HALF_UP, ["0.13", "0.38", "-0.13"]),
        (decimal.ROUND_UP, ["0.13", "0.38", "-0.13"]),
        (decimal.ROUND_05UP, ["0.12", "0.37", "-0.12"]),
    ],
)
def test_a_tie_goes_where_each_mode_sends_it(rounding: str, converted: list[str]) -> None:
    rate = rate_of("0.125")
    assert [str(rate.convert(amount, rounding=rounding)) for amount in (1, 3, -1)] == converted


@pytest.mark.parametrize("zeros", [10, 33, 34, 100, 158, 159, 160, 400])
def test_a_digit_far_behind_a_tie_still_decides(zeros: int) -> None:
    above = Decimal("0.125" + zeros * "0" + "1")
    below = Decimal("0.124" + zeros * "9")
    assert str(rate_of("1").convert(above)) == "0.13"
    assert str(rate_of("1").convert(below)) == "0.12"
    assert str(rate_of("1").convert(above, rounding=decimal.ROUND_HALF_DOWN)) == "0.13"
    assert str(rate_of("1").convert(below, rounding=decimal.ROUND_HALF_UP)) == "0.12"


@pytest.mark.parametrize(
    ("value", "bips"),
    [("1.00005", 10000), ("1.00015", 10002), ("1.00025", 10002), ("0.00015", 2), ("0.00006", 1),
     ("1.39685", 13968), ("1.396850000000000000000000000000000000001", 13969)],
)  # fmt: skip
def test_bips_round_half_to_even(value: str, bips: int) -> None:
    assert rate_of(value).bips == bips


@pytest.mark.parametrize("value", ["0.00005", "0.00000001"])
def test_a_rate_too_small_for_bips_points_to_its_value(value: str) -> None:
    with pytest.raises(forexhooks.RateError, match="use the rate's value") as refused:
        rate_of(value).bips  # noqa: B018 - a property
    assert (refused.value.driver, refused.value.base, refused.value.quote) == (
        "test", "EUR", "USD",
    )  # fmt: skip


class Hostile(NamedTuple):
    prec: int
    rounding: str
    traps: list[type[decimal.DecimalException]]


HOSTILE = [
    Hostile(prec, rounding, traps)
    for prec, rounding in ((1, decimal.ROUND_UP), (2, decimal.ROUND_HALF_EVEN),
                           (5, decimal.ROUND_DOWN))
    for traps in (
        [],
        [decimal.Inexact, decimal.Rounded],
        [decimal.FloatOperation, decimal.Subnormal, decimal.Clamped, decimal.Underflow],
    )
]  # fmt: skip


def outcome(ask: Callable[[], object]) -> object:
    """What is answered, with its digits; or which error says what."""
    try:
        return repr(ask())
    except (forexhooks.ForexError, decimal.DecimalException) as error:
        return type(error), str(error)


QUESTIONS: dict[str, Callable[[], object]] = {
    "a cross by two pivots": lambda: RateTable(PIVOTS, driver="test").get_rate("USD", "CAD", DAY),
    "the inverse": lambda: RateTable(PIVOTS[:2], driver="t").get_rate("USD", "CAD", DAY).inverse(),
    "two directions": lambda: RateTable(
        [Observation(DAY, "USD", "CAD", Decimal("1.4001")),
         Observation(DAY, "CAD", "USD", Decimal("0.714234"))], driver="test",
    ).get_rate("USD", "CAD", DAY),
    "convert": lambda: rate_of("1.23456789").convert("98765.4321"),
    "convert a float": lambda: rate_of("1.23456789").convert(98765.4321),
    "bips": lambda: rate_of("1.23456789").bips,
    "str": lambda: str(rate_of("123456.789")),
    "bips of a small rate": lambda: rate_of("0.0000123456789").bips,
    "no amount": lambda: rate_of("2").convert("abc"),
    "no number": lambda: rate_of("2").convert(Decimal("sNaN")),
    "a large amount": lambda: rate_of("2").convert("123456789012345678901234567890123"),
    "too many places": lambda: rate_of("1.23456789").convert(1, places=200),
    "adjusted": lambda: rate_of("1.23456789").adjusted(Decimal("1.3456789")).inverse(),
    "a ratio": lambda: str(forexhooks.currencies.ENDED["GRD"]),
    "two values": lambda: RateTable(
        [Observation(DAY, "EUR", "USD", Decimal("1.23456781")),
         Observation(DAY, "EUR", "USD", Decimal("1.23456789"))], driver="test",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    "hostile", HOSTILE, ids=lambda each: f"prec {each.prec}, {len(each.traps)} traps"
)
@pytest.mark.parametrize("question", QUESTIONS)
def test_the_callers_decimal_context_is_neither_read_nor_touched(
    question: str, hostile: Hostile
) -> None:
    ask = QUESTIONS[question]
    expected = outcome(ask)
    with decimal.localcontext(
        prec=hostile.prec, rounding=hostile.rounding, traps=hostile.traps
    ) as context:
        context.clear_flags()
        asked_so = outcome(ask)
        flags = [signal for signal, raised in context.flags.items() if raised]
    assert asked_so == expected
    assert flags == []


def test_a_choice_made_under_a_strange_context_is_not_kept_for_later() -> None:
    table = RateTable(PIVOTS, driver="test")
    with decimal.localcontext(prec=2):
        table.get_rate("USD", "CAD", DAY)
    assert table.get_rate("USD", "CAD", DAY).legs[0].base == "GBP"


@pytest.mark.parametrize(
    "amount",
    [10**5000, Decimal("1e5000"), "1" + 5000 * "0"],
    ids=lambda amount: type(amount).__name__,
)
def test_an_amount_of_thousands_of_digits_is_refused(amount: object) -> None:
    with pytest.raises(forexhooks.AmountError, match="too large"):
        rate_of("2").convert(amount)  # type: ignore[arg-type]


@pytest.mark.parametrize("places", [True, 2.0, "2", Decimal(2)], ids=repr)
def test_places_are_a_whole_number(places: object) -> None:
    with pytest.raises(forexhooks.AmountError, match="whole number of decimal places"):
        rate_of("2").convert(1, places=places)  # type: ignore[arg-type]


@pytest.mark.parametrize("quote", ["XAU", "BTC"])
def test_places_serve_where_there_is_no_minor_unit(quote: str) -> None:
    assert str(rate_of("0.000012345", quote).convert(1, places=8)) == "0.00001234"
    with pytest.raises(forexhooks.CurrencyError, match="places="):
        rate_of("0.000012345", quote).convert(1)


@given(positive, st.integers(1, 10**9), st.sampled_from(ROUNDINGS))
@example(Decimal("1.42"), 142, decimal.ROUND_DOWN)
def test_the_inverse_of_an_adjusted_rate_converts_without_a_rounded_value(
    value: Decimal, units: int, rounding: str
) -> None:
    amount = value * units  # costs `units` exactly, so that no mode has anything to round
    back = rate_of("1.40").adjusted(value).inverse()
    assert back.convert(amount, places=2, rounding=rounding) == units


@given(positive)
@example(Decimal("1.42"))
def test_the_inverse_of_the_inverse_of_an_adjusted_rate_is_the_rate(value: Decimal) -> None:
    rate = RateTable(PIVOTS[:2], driver="t").get_rate("USD", "CAD", DAY).adjusted(value)
    assert rate.inverse().inverse() == rate
