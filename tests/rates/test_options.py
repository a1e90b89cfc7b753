"""Options and amounts that make no sense are refused where they enter, in the same words."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pytest

import forexhooks
from forexhooks import AmountError, DateError

DAY = date(2026, 10, 30)


@pytest.fixture(scope="module")
def fx() -> forexhooks.ForexService:
    return forexhooks.open("ecb")


@pytest.mark.parametrize("rounding", [None, "half_up", "ROUND_HALF", 4, ""])
def test_rounding(fx: forexhooks.ForexService, rounding: Any) -> None:
    rate = fx.get_rate("USD", "CAD", DAY)
    for convert in (
        lambda: fx.convert("1", "USD", "CAD", DAY, rounding=rounding),
        lambda: rate.convert("1", rounding=rounding),
    ):
        with pytest.raises(AmountError, match="ROUND_HALF_UP"):
            convert()
    assert fx.convert("1", "USD", "CAD", DAY, rounding=ROUND_HALF_UP) == Decimal("1.40")


@pytest.mark.parametrize("amount", [True, False, np.True_])
def test_a_truth_is_no_amount(fx: forexhooks.ForexService, amount: Any) -> None:
    with pytest.raises(AmountError, match="is a bool"):
        fx.convert(amount, "USD", "CAD", DAY)


def test_integers_of_numpy(fx: forexhooks.ForexService) -> None:
    two, three = np.int64(2), np.int32(3)
    assert fx.convert(np.int64(100), "USD", "CAD", DAY, places=two) == Decimal("139.69")  # type: ignore[arg-type]
    rate = fx.get_rate("USD", "CAD", date(2026, 11, 1), max_gap=three)  # type: ignore[arg-type]
    assert rate.on == DAY


@pytest.mark.parametrize("value", [True, -1, 1.0, "1", np.float64(1)])
def test_a_gap_that_is_none(fx: forexhooks.ForexService, value: Any) -> None:
    with pytest.raises(DateError, match="max_gap must be a number of days"):
        fx.get_rate("USD", "CAD", DAY, max_gap=value)


@pytest.mark.parametrize("value", [True, 1.0, "1"])
def test_places_that_are_none(fx: forexhooks.ForexService, value: Any) -> None:
    with pytest.raises(AmountError, match="places must be a whole number"):
        fx.convert(1, "USD", "CAD", DAY, places=value)


@pytest.mark.parametrize(
    "calculate",
    [
        lambda rate: rate + rate,
        lambda rate: rate * 2,
        lambda rate: 2 * rate,
        lambda rate: sum([rate, rate]),
    ],
)
def test_a_rate_is_no_number(
    fx: forexhooks.ForexService, calculate: Callable[[Any], object]
) -> None:
    with pytest.raises(TypeError, match=r"rate\.convert\(amount\)"):
        calculate(fx.get_rate("USD", "CAD", DAY))


def test_what_can_be_pickled(fx: forexhooks.ForexService) -> None:
    rate = fx.get_rate("USD", "CAD", DAY)
    history = fx.get_history("USD", "CAD", date(2026, 10, 1), DAY)
    assert pickle.loads(pickle.dumps((rate, history))) == (rate, history)  # noqa: S301
    with pytest.raises(TypeError, match=r"forexhooks\.open\('ecb'\) in the other process"):
        pickle.dumps(fx)
    with pytest.raises(TypeError, match=r"table\.observations\(\)"):
        pickle.dumps(fx.get_table(["USD"], DAY, DAY))
