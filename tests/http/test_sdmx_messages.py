"""Periods as SDMX writes them, of every frequency."""

from __future__ import annotations

import pytest

from forexhooks.http.sdmx_messages import TimePeriod
from forexhooks.rates.profile import Frequency

pytestmark = pytest.mark.one_python


@pytest.mark.parametrize(
    ("text", "first", "last", "frequency"),
    [
        ("2026-10-01", "2026-10-01", "2026-10-01", "day"),
        ("2026-W40", "2026-09-28", "2026-10-04", "week"),
        ("2026-W53", "2026-12-28", "2027-01-03", "week"),
        ("2026-10", "2026-10-01", "2026-10-31", "month"),
        ("2024-M02", "2024-02-01", "2024-02-29", "month"),
        ("2026-Q3", "2026-07-01", "2026-09-30", "quarter"),
        ("2026-S1", "2026-01-01", "2026-06-30", None),
        ("2026", "2026-01-01", "2026-12-31", "year"),
        ("9999-Q4", "9999-10-01", "9999-12-31", "quarter"),
    ],
)
def test_periods_of_every_frequency(
    text: str, first: str, last: str, frequency: Frequency | None
) -> None:
    period = TimePeriod.of(text)
    assert (str(period.first), str(period.last), period.frequency) == (first, last, frequency)
    if frequency is not None:
        assert TimePeriod.with_day(period.last, frequency) == period
        assert TimePeriod.of(str(period)) == period


@pytest.mark.parametrize(
    "text",
    ["", "2026-13", "2026-Q5", "2026-S3", "2026-W54", "2026-W00", "26-10", "2026-10-32", "0000",
     "2026-Q0", "20261", "2026-10/P1M", "٢٠٢٦", "2026Q", "2026-D9"],
)  # fmt: skip
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError, match="is no TIME_PERIOD"):
        TimePeriod.of(text)
