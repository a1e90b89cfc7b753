"""Which rows make a column stale: those whose own rate should be newer."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import polars as pl
import pytest
import time_machine

from forexhooks import StaleRateWarning, frames

pytestmark = pytest.mark.one_python


@pytest.mark.parametrize(
    ("currency", "day", "is_stale"),
    [
        pytest.param("EUR", "2026-11-03", False, id="a currency in itself"),
        pytest.param("XXY", "2026-11-03", False, id="no currency"),
        pytest.param("HRK", "2026-11-03", False, id="a currency that ended"),
        pytest.param("USD", "2027-11-03", False, id="a day in the future"),
        pytest.param("USD", None, False, id="no day"),
        pytest.param("USD", "2026-11-03", True, id="a rate that was carried forward"),
        pytest.param("GBp", "2026-11-03", True, id="pence"),
        pytest.param("USD", "2026-11-20", True, id="a rate that is missing"),
    ],
)
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame])
@pytest.mark.parametrize("driver", ["ecb", ("ecb", "peg")])
def test_only_rows_that_lack_a_newer_rate_make_a_column_stale(
    driver: Any, make: Any, currency: str, day: str | None, is_stale: bool
) -> None:
    rows = {"amount": [1.0, 2.0], "ccy": ["USD", currency], "day": ["2026-10-30", day]}
    names = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": "day"}
    with (
        time_machine.travel(datetime(2026, 11, 25, 20, tzinfo=UTC), tick=False),
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("always")
        done = frames.convert(make(rows), **names, driver=driver, errors="null")
    assert done["amount_EUR"][0] == 0.9
    assert [each.category for each in warned] == [StaleRateWarning] * is_stale
