"""Rates: one rounding, and the laws that follow."""

from __future__ import annotations

import decimal
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import forexhooks
from forexhooks import Observation, Rate, RateTable
from forexhooks.rates import Input

DAY = date(2026, 10, 30)
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

published = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(1, 9_999_999),
    st.integers(0, 6),
)
amounts = st.one_of(
    st.integers(-(10**12), 10**12),
    st.decimals(-(10**9), 10**9, places=4),
    st.integers(-200_001, 200_001).map(lambda thousandths: Decimal(thousandths).scaleb(-3)),
)


@st.composite
def rates(draw: st.DrawFn) -> Rate:
    """A direct, inverse or cross rate of a table."""
    table = RateTable(
        [
            Observation(DAY, "EUR", "USD", draw(published)),
            Observation(DAY, "EUR", "CAD", draw(published)),
        ],
        driver="test",
    )
    base, quote = draw(st.permutations(["EUR", "USD", "CAD"]))[:2]
    return table.get_rate(base, quote, DAY)


def exact(rate: Rate) -> Fraction:
    """What the legs say, computed apart from the library."""
    value, reached = Fraction(1), rate.base
    for leg in rate.legs:
        forth = leg.base == reached
        value *= Fraction(leg.value) if forth else 1 / Fraction(leg.value)
        reached = leg.quote if forth else leg.base
    assert reached == rate.quote
    return value


def rounded(value: Fraction, places: int, rounding: str = decimal.ROUND_HALF_EVEN) -> Decimal:
    """`value` rounded once, by integers: the remainder decides, as the decimal module defines."""
    scaled = value * Fraction(10) ** places
    down = abs(scaled.numerator) // scaled.denominator
    rest = abs(scaled) - down
    half = Fraction(1, 2)
    up = {
        decimal.ROUND_CEILING: rest > 0 and scaled > 0,
        decimal.ROUND_DOWN: False,
        decimal.ROUND_FLOOR: rest > 0 and scaled < 0,
        decimal.ROUND_HALF_DOWN: rest > half,
        decimal.ROUND_HALF_EVEN: rest > half or (rest == half and down % 2 == 1),
        decimal.ROUND_HALF_UP: rest >= half,
        decimal.ROUND_UP: rest > 0,
        decimal.ROUND_05UP: rest > 0 and down % 5 == 0,
    }[rounding]
    digits = down + up
    return Decimal(f"{digits if scaled >= 0 else -digits}e{-places}")


def to_34_digits(value: Fraction) -> Decimal:
    """A positive value rounded half-even to 34 significant digits, by integers."""
    places = 34 - len(str(value.numerator)) + len(str(value.denominator))
    while value * Fraction(10) ** places >= 10**34:
        places -= 1
    return Decimal(f"{round(value * Fraction(10) ** places)}E{-places}")


@given(rates())
def test_a_value_is_the_quotient_of_its_legs_to_34_digits(rate: Rate) -> None:
    assert rate.value == to_34_digits(exact(rate))
    assert {leg.on for leg in rate.legs} == {rate.on}


@given(rates())
def test_the_inverse_of_the_inverse_is_the_rate(rate: Rate) -> None:
    assert rate.inverse().inverse() == rate
    assert rate.inverse().value == to_34_digits(1 / exact(rate))
    assert (rate.inverse().base, rate.inverse().quote) == (rate.quote, rate.base)


@given(rates(), amounts, st.sampled_from(ROUNDINGS), st.integers(-3, 12))
def test_convert_is_exact_arithmetic_rounded_once(
    rate: Rate, amount: int | Decimal, rounding: str, places: int
) -> None:
    converted = rate.convert(amount, places=places, rounding=rounding)
    assert converted == rounded(Fraction(amount) * exact(rate), places, rounding)
    assert converted.as_tuple().exponent == -places


@given(st.integers(-999, 999), st.sampled_from(ROUNDINGS))
def test_convert_rounds_ties_as_the_mode_says(eighths: int, rounding: str) -> None:
    rate = Rate("USD", "CAD", Decimal("0.125"), DAY, "test")
    assert rate.convert(eighths, rounding=rounding) == rounded(Fraction(eighths, 8), 2, rounding)


@given(rates())
def test_bips_are_ten_thousandths_rounded_half_even(rate: Rate) -> None:
    expected = rounded(exact(rate), 4) * 10_000
    if expected == 0:
        with pytest.raises(forexhooks.RateError, match="use the rate's value"):
            rate.bips  # noqa: B018 - a property
    else:
        assert rate.bips == expected


@contextmanager
def hostile_context() -> Iterator[decimal.Context]:
    """Five digits, another rounding, and traps on what the library does all the time."""
    with decimal.localcontext(
        prec=5,
        rounding=decimal.ROUND_UP,
        Emax=9,
        Emin=-9,
        traps=[decimal.Inexact, decimal.Rounded, decimal.FloatOperation, decimal.Subnormal],
    ) as context:
        context.clear_flags()  # those of the context it was copied from
        yield context


@given(rates(), amounts)
def test_the_callers_decimal_context_changes_nothing(rate: Rate, amount: int | Decimal) -> None:
    def everything() -> object:
        table = RateTable(rate.legs, driver="test")
        again = table.get_rate(rate.base, rate.quote, DAY)
        bips = rate.bips if rate.value > 1 else None
        return again, rate.inverse(), rate.convert(amount), rate.convert(0.1), bips, str(rate)

    expected = everything()
    with hostile_context() as context:
        assert everything() == expected
        assert not any(context.flags.values())


def test_five_fields_make_a_rate() -> None:
    rate = Rate(base="USD", quote="CAD", value=Decimal("1.40"), on=DAY, driver="acme")
    assert (rate.kind, rate.bips, rate.legs, rate.requested, rate.stale) == (
        "direct", 14000, (), None, None,
    )  # fmt: skip
    assert str(rate) == "1 USD = 1.40 CAD (2026-10-30, acme, direct)"
    assert rate.inverse().kind == "inverse"
    assert rate.inverse().inverse().value == rate.value
    assert pickle.loads(pickle.dumps(rate)) == rate  # noqa: S301 - our own


def test_a_rate_says_its_series_its_period_what_it_was_made_of_and_by_which_rule() -> None:
    month, october = DAY.replace(day=1), Input("ecb", None, DAY.replace(day=1), DAY, 22)
    mean = Observation(month, "EUR", "USD", Decimal("1.11"), inputs=(october,))
    rate = RateTable([mean], driver="ecb").get_rate("EUR", "USD", month)
    assert (rate.legs, rate.inputs, rate.kind) == ((mean,), (october,), "derived")
    rate = rate._replace(series="month-average", until=DAY.replace(day=31))
    assert str(rate) == ("1 EUR = 1.11 USD (2026-10-01 to 2026-10-31, ecb:month-average, derived)")
    assert pickle.loads(pickle.dumps(rate)) == rate  # noqa: S301 - our own
    assert rate.inverse().inputs == rate.inputs
    assert rate.adjusted(Decimal(2)).kind == "adjusted"
    by_rule = Rate("EUR", "USD", Decimal("1.11"), DAY, "ecb", rule="de-vat")
    assert (by_rule.kind, by_rule.inverse().kind) == ("derived", "derived")


def test_kinds() -> None:
    table = RateTable(
        [
            Observation(DAY, "EUR", "USD", Decimal("1.1172")),
            Observation(DAY, "EUR", "CAD", Decimal("1.5606")),
        ],
        driver="test",
    )
    kinds = {
        pair: table.get_rate(*pair.split("/"), DAY).kind
        for pair in ("EUR/USD", "USD/EUR", "USD/CAD", "USD/USD")
    }
    assert kinds == {
        "EUR/USD": "direct",
        "USD/EUR": "inverse",
        "USD/CAD": "cross",
        "USD/USD": "identity",
    }


def test_an_adjusted_rate_keeps_where_it_came_from() -> None:
    leg = Observation(DAY, "USD", "CAD", Decimal("1.40"))
    rate = Rate("USD", "CAD", Decimal("1.40"), DAY, "acme", (leg,))
    adjusted = rate.adjusted(Decimal("1.41")).adjusted(Decimal("1.42"))
    assert (adjusted.kind, adjusted.legs, adjusted.unadjusted) == ("adjusted", (leg,), rate.value)
    assert adjusted.convert(100) == Decimal("142.00")
    assert adjusted.bips == 14200
    assert adjusted.inverse().kind == "adjusted"
    for bad in (Decimal(0), Decimal("NaN"), Decimal(-1), 1.41, "1.41"):
        with pytest.raises(forexhooks.InvalidRateError, match="cannot be adjusted"):
            rate.adjusted(bad)  # type: ignore[arg-type]


def test_legs_that_lead_elsewhere_are_refused() -> None:
    leg = Observation(DAY, "EUR", "GBP", Decimal(2))
    with pytest.raises(forexhooks.InvalidRateError, match="EUR/GBP do not lead from USD to CAD"):
        Rate("USD", "CAD", Decimal(2), DAY, "acme", (leg,)).convert(1)


@pytest.mark.parametrize(
    ("amount", "converted"),
    [
        (3, "6.00"),
        ("2.005", "4.01"),
        (" 1 ", "2.00"),
        (0.1, "0.20"),
        (2.675, "5.35"),
        (Decimal("1E+2"), "200.00"),
        ("1e29", "2" + 29 * "0" + ".00"),
        ("-0.001", "0.00"),
        ("-0", "0.00"),
        (-0.0, "0.00"),
    ],
)
def test_amounts(amount: Decimal | int | str | float, converted: str) -> None:
    assert str(Rate("EUR", "USD", Decimal(2), DAY, "acme").convert(amount)) == converted


@pytest.mark.parametrize(
    "amount",
    ["abc", "", "1,000", "$5", "NaN", float("nan"), float("inf"), "-Infinity", Decimal("sNaN"),
     "1e30", "-1e30", "1e400", 10**30, None, b"1", [1]],
    ids=repr,
)  # fmt: skip
def test_amounts_that_are_none(amount: str) -> None:
    with pytest.raises(forexhooks.AmountError) as refused:
        Rate("EUR", "USD", Decimal(2), DAY, "acme").convert(amount)
    assert isinstance(refused.value, ValueError)


def test_more_digits_than_are_kept_exact_are_refused() -> None:
    with pytest.raises(forexhooks.AmountError, match="too many digits"):
        Rate("EUR", "USD", Decimal(2), DAY, "acme").convert(1, places=200)


def test_the_result_has_the_minor_units_of_the_quote_currency() -> None:
    def converted(quote: str) -> str:
        return str(Rate("EUR", quote, Decimal("1.23456"), DAY, "acme").convert(1))

    assert [converted(code) for code in ("USD", "JPY", "KWD", "HRK", "CLF")] == [
        "1.23", "1", "1.235", "1.23", "1.2346",
    ]  # fmt: skip
    with pytest.raises(forexhooks.CurrencyError, match="XAU has no minor unit"):
        converted("XAU")
