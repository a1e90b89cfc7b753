"""Columns of objects: each value counts as it is, whatever stands beside it, and in any frame."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forexhooks
import forexhooks.testing
from forexhooks import AmountError, ColumnError, ConversionError, CurrencyError, DateError, frames
from frame_rows import DAY, plain

ASKED: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": "on"}
NIGHT = datetime(2026, 10, 29, 23, 30, tzinfo=UTC)
GOOD: dict[str, list[Any]] = {
    "amount": [1, 2.5, Decimal("3.00"), "4.5", None],
    "ccy": ["USD", "GBP", None],
    "on": [
        DAY,
        "2026-10-01",
        pd.Timestamp("2026-10-02 23:59"),
        np.datetime64("2026-10-05"),
        datetime(2026, 10, 6, 12),  # noqa: DTZ001
        NIGHT,
        NIGHT - timedelta(1),
        pd.NaT,
    ],
}
BAD: dict[str, list[Any]] = {
    "amount": [10**30, {"a": 1}, "\ud800", True, np.True_, b"1", [1], np.array([1, 2]), 1j],
    "ccy": [b"USD", {"a": 1}, "\ud800", 1, True, ["USD"], np.array(["USD", "EUR"]), object()],
    "on": [b"2026-10-30", {"a": 1}, "\ud800", 20261030, np.datetime64("2026"), pd.Period("2026")],
}
ERRORS = {"amount": AmountError, "ccy": CurrencyError, "on": DateError}
PLAIN = {"amount": 1.5, "ccy": "USD", "on": DAY}


def of_pandas(column: str, values: list[Any]) -> pd.DataFrame:
    frame = pd.DataFrame({name: [each] * len(values) for name, each in PLAIN.items()})
    content = np.empty(len(values), object)
    for row, value in enumerate(values):
        content[row] = value
    frame[column] = pd.Series(content, dtype=object)
    return frame


def of_polars(column: str, values: list[Any]) -> pl.DataFrame:
    frame = pl.DataFrame({name: [each] * len(values) for name, each in PLAIN.items()})
    return frame.with_columns(pl.Series(column, values, dtype=pl.Object))


def results(frame: Any, **options: Any) -> tuple[list[Any], list[int], list[forexhooks.ForexError]]:
    converter = frames.Converter("ecb", zone="Europe/Berlin", **options)
    done, failures = converter.convert(frame, **ASKED)
    values = [plain(each) for each in done["amount_EUR"].to_list()]
    numbers = [None if each is None else float(each) for each in values]
    return numbers, failures.rows.tolist(), [error for _, error in failures]


@pytest.mark.parametrize("make", [of_pandas, of_polars])
@pytest.mark.parametrize("column", BAD)
@pytest.mark.parametrize("exact", [True, False])
def test_what_is_none_fails_alone_and_by_its_row(make: Any, column: str, exact: bool) -> None:
    for good, bad in itertools.product(GOOD[column][:1], BAD[column]):
        for at, values in ((1, [good, bad]), (0, [bad, good])):
            frame = make(column, values)
            numbers, rows, errors = results(frame, exact=exact)
            assert rows == [at]
            assert isinstance(errors[0], ERRORS[column])
            assert numbers[at] is None and numbers[1 - at] is not None
            with pytest.raises(ConversionError, match=f"row {at} of '{column}': "):
                frames.convert(frame, **ASKED, driver="ecb", exact=exact)
            assert len(frames.convert(frame, **ASKED, driver="ecb", errors="null")) == 2


@settings(max_examples=60)
@given(st.data())
def test_a_value_counts_as_it_does_alone(data: st.DataObject) -> None:
    column = data.draw(st.sampled_from([*GOOD]))
    choices = st.sampled_from([*GOOD[column], *BAD[column]])
    values = data.draw(st.lists(choices, min_size=1, max_size=6))
    for make in (of_pandas, of_polars):
        numbers, rows, errors = results(make(column, values))
        alone = [results(make(column, [each])) for each in values]
        assert numbers == [number for (number,), _, _ in alone]
        assert rows == [row for row, (_, failed, _) in enumerate(alone) if failed]
        assert list(map(str, errors)) == [str(error) for _, _, found in alone for error in found]


@pytest.mark.parametrize("values", [[DAY, NIGHT], [NIGHT, DAY]])
def test_categories_are_looked_at_as_objects_are(values: list[Any]) -> None:
    plainly = of_pandas("on", values)
    coded = plainly.assign(on=pd.Categorical(values))
    assert results(coded) == results(plainly)
    with pytest.raises(ConversionError, match=r"of 'on': the moment .* has a zone"):
        frames.convert(coded, **ASKED, driver="ecb")


def test_a_wrong_value_does_not_change_the_type_of_the_others() -> None:
    for bad in BAD["amount"]:
        if isinstance(bad, str):
            continue  # among strings results are decimals
        frame = of_pandas("amount", [1.5, bad])
        done = frames.convert(frame, **ASKED, driver="ecb", errors="null")
        assert done["amount_EUR"].dtype == "float64"


def test_decimals_of_a_negative_scale_are_refused_where_they_are_asked_for() -> None:
    thousands = pa.array([1000]).cast(pa.decimal128(20, 0)).cast(pa.decimal128(10, -3))
    frame = pa.table({"amount": thousands, "ccy": ["USD"], "on": [DAY]})
    for errors in ("raise", "null"):
        with pytest.raises(ColumnError, match=r"'amount' is of decimal128\(10, -3\).*cast it"):
            frames.convert(frame, **ASKED, driver="ecb", errors=errors)  # type: ignore[arg-type]
    other = pa.table({"amount": [1.5], "ccy": ["USD"], "on": [DAY], "other": thousands})
    assert frames.convert(other, **ASKED, driver="ecb")["other"] == other["other"]


class Invoices(pd.DataFrame):  # type: ignore[misc]
    @property
    def _constructor(self) -> type[Invoices]:
        return Invoices


def test_a_class_of_ones_own_and_its_attributes_stay() -> None:
    frame = Invoices(of_pandas("ccy", ["USD", "GBP"]))
    frame.attrs["source"] = "till 3"
    done = frames.convert(frame, **ASKED, driver="ecb")
    assert type(done) is Invoices
    assert done.attrs == {"source": "till 3"}
    assert "amount_EUR" not in frame.columns
    over = frames.convert(frame, **ASKED, driver="ecb", into="amount")
    assert frame["amount"].tolist() == [1.5, 1.5] and over["amount"].tolist() != [1.5, 1.5]


@pytest.mark.parametrize("amount", [1e30, -1e30, 1e300, float("inf")])
@pytest.mark.parametrize("exact", [True, False])
def test_an_amount_is_refused_whatever_its_rate(amount: float, exact: bool) -> None:
    manager = forexhooks.ForexManager()
    manager.register(forexhooks.testing.FixedRates({"USD/EUR": "0.000000001"}, on=DAY))
    fx = forexhooks.open("fixed", manager=manager)
    frame = pa.table({"amount": [amount, 1.0], "ccy": ["USD"] * 2, "on": [DAY] * 2})
    failures = frames.Converter(fx, exact=exact).convert(frame, **ASKED).failures
    assert [(row, type(error)) for row, error in failures] == [(0, AmountError)]


def test_places_are_for_exact_results() -> None:
    with pytest.raises(ColumnError, match="places rounds exact results"):
        frames.Converter("ecb", places=2, exact=False)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_a_float32_counts_as_its_shortest_decimal(values: list[float]) -> None:
    numbers = np.array(values, np.float32)
    shortest = np.array([float(str(each)) for each in numbers])
    asked: dict[str, Any] = {"amount": "a", "currency": "USD", "to": "EUR", "on": date(2026, 10, 1)}
    done = [
        frames.convert(pa.table({"a": each}), **asked, driver="ecb", errors="null")["a_EUR"]
        for each in (numbers, shortest)
    ]
    assert done[0].to_pylist() == done[1].to_pylist()
