"""Days as people write them: the same in every frame, and never guessed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import forexhooks
from forexhooks import ColumnError, ConversionError, DateError, frames
from forexhooks.testing import FixedRates

FIRST = date(2026, 1, 1)
# The rate of a day is its number in the year, so that a result tells which day was read.
RATES = {
    FIRST + timedelta(n): {"USD/EUR": str(n + 1)} for n in range((date(2026, 10, 30) - FIRST).days)
}
ASKED: dict[str, Any] = {"amount": "amount", "currency": "USD", "to": "EUR", "on": "on"}


@pytest.fixture
def fx() -> forexhooks.ForexService:
    manager = forexhooks.ForexManager()
    manager.register(FixedRates(RATES))
    return forexhooks.open("fixed", manager=manager)


def read(fx: forexhooks.ForexService, *written: str, **options: Any) -> list[date | None]:
    """The days that are read."""
    frame = pa.table({"amount": [1.0] * len(written), "on": list(written)})
    done = frames.convert(frame, **ASKED, driver=fx, max_gap=0, **options)
    return [
        None if number is None else FIRST + timedelta(number - 1)
        for number in done["amount_EUR"].to_pylist()
    ]


@pytest.mark.parametrize(
    "written",
    [
        "2026-10-01",
        " 2026-10-01 ",
        "2026-10-01 09:15",
        "2026-10-01 09:15:22",
        "2026-10-01T23:59:59.123456789",
        "2026-10-01 23:59:59,123",
    ],
)
def test_moments_without_a_zone_count_as_they_are_written(
    fx: forexhooks.ForexService, written: str
) -> None:
    assert read(fx, written) == [date(2026, 10, 1)]
    assert read(fx, "2026-10-02 00:00:00", written, "2026-09-30") == [
        date(2026, 10, 2),
        date(2026, 10, 1),
        date(2026, 9, 30),
    ]


@pytest.mark.parametrize(
    ("written", "there"),
    [
        ("2026-10-01T23:30:00Z", date(2026, 10, 2)),
        ("2026-10-01 23:30:00 UTC", date(2026, 10, 2)),
        ("2026-10-01 21:59:59 GMT", date(2026, 10, 1)),
        ("2026-10-01 18:30:00 -0400", date(2026, 10, 2)),
        ("2026-10-02T00:30+05:30", date(2026, 10, 1)),
    ],
)
def test_moments_with_a_zone_need_one(
    fx: forexhooks.ForexService, written: str, there: date
) -> None:
    with pytest.raises(ConversionError, match=r"has a zone: give zone='Europe/Berlin'"):
        read(fx, written)
    assert read(fx, written, "2026-10-05 23:30:00", zone="Europe/Berlin") == [
        there,
        date(2026, 10, 5),
    ]


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("01.10.2026", "%d.%m.%Y"),
        ("1.10.2026", "%d.%m.%Y"),
        ("1.10.26", "%d.%m.%y"),
        ("10/01/2026", "%m/%d/%Y"),
        ("20261001", "%Y%m%d"),
        ("20261001;091522", "%Y%m%d;%H%M%S"),
        ("2026-10-01, 09:15:22", "%Y-%m-%d, %H:%M:%S"),
        ("Oct 1, 2026 12:15:22 AM PDT", "%b %d, %Y %I:%M:%S %p %Z"),
        ("Oct 1, 2026, 9:15\u202fPM", "%b %d, %Y, %I:%M %p"),
        ("1 october 2026", "%d %B %Y"),
        ("Thu, 01 Oct 2026", "%a, %d %b %Y"),
        ("1-OCT-2026", "%d-%b-%Y"),
        ("100% 1/10/2026", "100%% %d/%m/%Y"),
    ],
)
def test_days_by_a_format(fx: forexhooks.ForexService, written: str, days: str) -> None:
    assert read(fx, written, days=days) == [date(2026, 10, 1)]
    assert read(fx, written, written, days=days) == [date(2026, 10, 1)] * 2
    # Without it nothing is read, however clear it looks to somebody.
    with pytest.raises(ConversionError, match="is not a day"):
        read(fx, written)


def test_a_format_that_joins_digits_has_one_reading(fx: forexhooks.ForexService) -> None:
    # A spreadsheet takes the zero before the first digit away, and never one within.
    assert read(fx, "1102026", "11102026", "01102026", days="%d%m%Y") == [
        date(2026, 10, 1),
        date(2026, 10, 11),
        date(2026, 10, 1),
    ]


def test_moments_by_a_format_with_others_between(fx: forexhooks.ForexService) -> None:
    days = "%m/%d/%Y %I:%M %p"
    written = [
        "10/01/2026 09:15 AM",
        "10/02/2026 12:00 AM",
        "10/1/2026 11:59 PM",
        " 9/30/2026 1:00 pm ",
    ]
    assert read(fx, *written, days=days) == [
        date(2026, 10, 1),
        date(2026, 10, 2),
        date(2026, 10, 1),
        date(2026, 9, 30),
    ]
    for wrong in (
        "10/01/2026 13:15 AM",
        "10/01/2026 00:15 AM",
        "2/30/2026 09:15 AM",
        "Total of it all",
    ):
        frame = pa.table({"amount": [1.0] * 3, "on": [written[0], wrong, written[1]]})
        done, failures = frames.Converter(fx, days=days).convert(frame, **ASKED)
        assert done["amount_EUR"].to_pylist() == [274.0, None, 275.0]
        assert [(row, repr(wrong) in str(error)) for row, error in failures] == [(1, True)]
    with pytest.raises(ConversionError, match="2 of 2"):
        read(fx, "Total of it all", "Sum of it all", days=days)


def test_a_format_with_an_offset(fx: forexhooks.ForexService) -> None:
    days = "%d.%m.%Y %I:%M:%S %p %z"
    written = ("01.10.2026 11:30:00 PM UTC", "01.10.2026 12:30:00 AM +00:00")
    with pytest.raises(ConversionError, match="has a zone: give zone="):
        read(fx, *written, days=days)
    assert read(fx, *written, days=days, zone="Europe/Berlin") == [
        date(2026, 10, 2),
        date(2026, 10, 1),
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "01/10/2026",
            "say how it is to be read, days='%d/%m/%Y' or days='%m/%d/%Y'",
        ),
        ("10/30/2026", "say how it is to be read, days='%m/%d/%Y'"),
        ("30.10.2026 09:15:22 UTC", "days='%d.%m.%Y %H:%M:%S %z'"),
        ("2026-W44-5", "'2026-W44-5' is not a day: write it like 2026-10-30"),
        ("2026-10-01 24:15", "write it like 2026-10-30"),
        ("2026-02-30", "write it like 2026-10-30"),
        ("0000-01-01", "write it like 2026-10-30"),
        ("Total", "'Total' is not a day: write it like 2026-10-30"),
    ],
)
def test_what_cannot_be_read_names_the_option(
    fx: forexhooks.ForexService, written: str, said: str
) -> None:
    with pytest.raises(ConversionError) as raised:
        read(fx, written)
    assert said in str(raised.value)


@pytest.mark.parametrize(
    "written", ["2026-10-01", "32.10.2026", "1.13.2026", "1.10.2026 09:15", "1.10.26"]
)
def test_what_does_not_fit_the_format(fx: forexhooks.ForexService, written: str) -> None:
    with pytest.raises(ConversionError, match=r"is not a day in the format days='%d.%m.%Y'"):
        read(fx, written, days="%d.%m.%Y")


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ("%d.%m", "has no year"),
        ("%m/%Y", "must have a day"),
        ("%d.%m.%Y %m", "each once"),
        ("%d.%m.%Y %Q", "has %Q"),
        ("%d.%m.%Y %", "has %"),
        ("", "must have a day"),
    ],
)
def test_formats_that_make_no_sense(fx: forexhooks.ForexService, days: str, said: str) -> None:
    with pytest.raises(DateError, match=said):
        read(fx, "x", days=days)
    with pytest.raises(DateError, match=said):
        frames.Converter(fx, days=days)


def zoned(moments: list[datetime]) -> dict[str, Any]:
    """The moments in frames of all kinds."""
    amounts = [1.0] * len(moments)
    stamps = pa.array(moments, pa.timestamp("us", "UTC"))
    typed = pd.array(moments, dtype="datetime64[us, UTC]")
    texts = [each.isoformat() for each in moments]
    return {
        "pyarrow": pa.table({"amount": amounts, "on": stamps}),
        "polars": pl.DataFrame({"amount": amounts, "on": moments}),
        "pandas": pd.DataFrame({"amount": amounts, "on": typed}),
        "pandas, objects": pd.DataFrame(
            {"amount": amounts, "on": pd.Series(moments, dtype=object)}
        ),
        "strings": pa.table({"amount": amounts, "on": texts}),
    }


@pytest.mark.parametrize("kind", zoned([]))
@pytest.mark.parametrize(
    ("edge", "zone"),
    [
        (datetime(9999, 12, 31, 23, 30, tzinfo=UTC), "Europe/Berlin"),
        (datetime(1, 1, 1, 0, 30, tzinfo=UTC), "America/New_York"),
    ],
)
def test_a_day_outside_the_calendar_costs_its_own_row_alone(
    fx: forexhooks.ForexService, kind: str, edge: datetime, zone: str
) -> None:
    frame = zoned([datetime(2026, 1, 5, 12, tzinfo=UTC), edge])[kind]
    converted, failures = frames.Converter(fx, zone=zone).convert(frame, **ASKED)
    assert pa.table(converted)["amount_EUR"][0].as_py() == 5.0
    assert [row for row, _ in failures] == [1]
    with pytest.raises(DateError, match=f"outside the calendar in {zone}"):
        frames.convert(frame, **{**ASKED, "on": edge}, driver=fx, zone=zone)


@pytest.mark.parametrize("zone", [5, "Mars/Base"])
def test_zones_that_make_no_sense(fx: forexhooks.ForexService, zone: Any) -> None:
    with pytest.raises(ColumnError, match=f"zone={zone!r} is not a time zone"):
        read(fx, "2026-10-01", zone=zone)


@pytest.mark.parametrize("lazy", [False, True])
def test_in_every_frame(fx: forexhooks.ForexService, lazy: bool) -> None:
    columns = {"amount": [1.0, 1.0], "on": ["01.10.2026", "30.9.2026"]}
    options: dict[str, Any] = {**ASKED, "driver": fx, "days": "%d.%m.%Y"}
    expected = [274.0, 273.0]
    if lazy:
        frame = pl.LazyFrame(columns)
        assert frames.convert(frame, **options).collect()["amount_EUR"].to_list() == expected
        written = pa.table(columns)  # noqa: F841 - duckdb finds it by its name
        relation = frames.convert(duckdb.sql("select * from written"), **options)
        assert sorted(relation.arrow().read_all()["amount_EUR"].to_pylist()) == sorted(expected)
        return
    assert frames.convert(pd.DataFrame(columns), **options)["amount_EUR"].tolist() == expected
    assert frames.convert(pl.DataFrame(columns), **options)["amount_EUR"].to_list() == expected
    batch = pa.record_batch(columns)
    done, failures = frames.Converter(fx, days="%d.%m.%Y").convert(batch, **ASKED)
    assert done["amount_EUR"].to_pylist() == expected and not failures
    one = {**options, "on": "01.10.2026"}
    assert frames.convert(pd.DataFrame(columns), **one)["amount_EUR"].tolist() == [274.0] * 2


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table])
def test_moments_in_every_frame(fx: forexhooks.ForexService, make: Any) -> None:
    written = ["2026-10-01 09:15:22", None, "2026-10-01 10:15:22", "2026-09-30T23:30:00Z"]
    frame = make({"amount": [1.0, None, 1.0, 1.0], "on": written})
    done = frames.convert(frame, **ASKED, driver=fx, zone="Europe/Berlin")
    found = done["amount_EUR"]
    values = found.to_pylist() if make is pa.table else found.to_list()
    assert [values[row] for row in (0, 2, 3)] == [274.0] * 3


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns", "D"])
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_typed_moments_of_any_unit(make: Any, unit: str) -> None:
    """At the first and the last moment of a day, before 1970 too, and where one is missing."""
    if make is pl.DataFrame and unit == "s":
        pytest.skip("polars has no seconds")
    day = np.datetime64("1969-12-31")
    rates = {date(1969, 12, 30): {"USD/EUR": "1"}, day.item(): {"USD/EUR": "2"}}
    manager = forexhooks.ForexManager()
    manager.register(FixedRates(rates))
    fx = forexhooks.open("fixed", manager=manager)
    one = np.timedelta64(1, unit)
    first = day.astype(f"M8[{unit}]")
    written = np.array([first, first + np.timedelta64(1, "D") - one, first - one], f"M8[{unit}]")
    for moments, expected in (
        (written, [2, 2, 1]),
        (np.append(written, np.datetime64("NaT", unit)), [2, 2, 1, None]),
    ):
        frame = make({"amount": np.ones(len(moments)), "on": moments})
        done = frames.convert(frame, **ASKED, driver=fx, max_gap=0, errors="null")
        found = [None if each != each else each for each in done["amount_EUR"].to_list()]
        assert found == expected
