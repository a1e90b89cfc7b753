"""Rates that look wrong: what the kit holds against the ECB's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from forexhooks import Observation
from forexhooks.testing.references import suspects

RATES = {"USD": 1.1172, "CHF": 0.9332, "GBP": 0.8338, "DKK": 7.4605}
DAY = date(2026, 10, 30)

pytestmark = pytest.mark.one_python


def expected(base: str, quote: str) -> float:
    return RATES.get(quote, 1.0) / RATES.get(base, 1.0)


@pytest.mark.parametrize("is_inverse", [False, True])
@pytest.mark.parametrize(("one", "other"), [("CHF", "GBP"), ("USD", "CHF"), ("USD", "DKK")])
def test_currencies_that_are_swapped_are_found_however_near(
    one: str, other: str, is_inverse: bool
) -> None:
    names = {one: other, other: one}

    def observed(code: str, value: float) -> Observation:
        if is_inverse:
            return Observation(DAY, code, "EUR", Decimal(1 / value))
        return Observation(DAY, "EUR", code, Decimal(value))

    right = [observed(code, value * 1.03) for code, value in RATES.items()]
    assert suspects(right, expected) == []
    wrong = [observed(names.get(code, code), value) for code, value in RATES.items()]
    found = {code for seen, *_ in suspects(wrong, expected) for code in seen[1:3]} - {"EUR"}
    assert found == {one, other}
