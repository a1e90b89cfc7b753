"""Lazy frames of polars: converted batch by batch, as eager frames are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import forexhooks
from forexhooks import ColumnError, ConversionError, frames
from forexhooks.testing import FixedRates
from frame_rows import DAY, random_rows

ASKED: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": DAY}
OF_ROWS: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "to", "on": "on"}


def test_each_engine_of_polars_gives_what_eager_frames_do(tmp_path: Path) -> None:
    whole = pl.DataFrame({"n": range(250_000), **random_rows(250_000)})
    path = tmp_path / "invoices.parquet"
    whole.write_parquet(path, row_group_size=50_000)
    asked: dict[str, Any] = {**OF_ROWS, "driver": "ecb", "errors": "null"}
    expected = frames.convert(whole, **asked)
    lazy = frames.convert(pl.scan_parquet(path), **asked)
    assert lazy.collect().equals(expected)
    assert lazy.collect(engine="streaming").sort("n").equals(expected)
    lazy.sink_parquet(tmp_path / "converted.parquet")
    assert pl.read_parquet(tmp_path / "converted.parquet").sort("n").equals(expected)


def test_what_is_not_wanted_is_not_computed() -> None:
    frame = pl.LazyFrame({"amount": [1.0, 2.0], "ccy": "EUR", "more": [1, 2]})
    result = frames.convert(frame, **ASKED, driver="ecb")
    assert "python" in result.explain().lower()
    assert "python" not in result.filter(pl.col("more") > 1).select("more").explain().lower()
    assert result.filter(pl.col("more") > 1).collect()["amount_EUR"].to_list() == [2.0]
    assert result.filter(pl.col("amount_EUR") > 1).collect()["more"].to_list() == [2]


@pytest.mark.parametrize(
    "values",
    [
        ["9.99", None, "-0.005", " 1e3 "],
        [Decimal("9.99"), None, Decimal("123456789012345678901234567.89"), Decimal(0)],
        [1e17, 0.1 + 0.2, None, 2.0**-40],
        [None, None, None, None],
        [2**62, None, -1, 0],
    ],
    ids=["texts", "decimals", "floats", "nulls", "integers"],
)
@pytest.mark.parametrize("exact", [True, False])
def test_amounts_are_those_of_eager_frames(values: list[Any], exact: bool) -> None:
    frame = pl.DataFrame({"amount": values, "ccy": ["USD", "GBP", "EUR", "JPY"]})
    result = frames.convert(frame.lazy(), **ASKED, driver="ecb", exact=exact)
    expected = frames.convert(frame, **ASKED, driver="ecb", exact=exact)
    assert result.collect_schema() == expected.schema
    assert_frame_equal(result.collect(), expected, check_exact=exact, rel_tol=1e-15)


def test_strings_that_are_no_amounts() -> None:
    frame = pl.LazyFrame({"amount": ["1", "1,5", "x", None], "ccy": ["USD", "USD", "XYZ", "XYZ"]})
    with pytest.raises(
        ConversionError, match=r"rows of a batch cannot .*1 of them: the amount '"
    ) as told:
        frames.convert(frame, **ASKED, driver="ecb").collect()
    assert told.value.count == len(told.value.failures) > 0
    result = frames.convert(frame, **ASKED, driver="ecb", errors="null").collect()
    assert result["amount_EUR"].to_list() == [Decimal("0.90"), None, None, None]


def test_what_is_no_amount_at_all_is_refused() -> None:
    frame = pl.LazyFrame({"amount": [True], "ccy": ["USD"]})
    with pytest.raises(ColumnError, match="an amount is a number"):
        frames.convert(frame, **ASKED, driver="ecb")


@pytest.mark.parametrize("to", ["EUR", "to"])
def test_categories_that_no_row_has_are_no_matter(to: str) -> None:
    codes = pl.Enum(["CHF", "USD", "no currency", "GBP"])
    frame = pl.DataFrame({"amount": [1.0, 2.0], "ccy": ["USD", "GBP"], "to": ["GBP", "USD"]})
    frame = frame.with_columns(pl.col("ccy", "to").cast(codes))
    asked = {**ASKED, "to": to, "driver": "ecb"}
    assert frames.convert(frame.lazy(), **asked).collect().equals(frames.convert(frame, **asked))


def test_a_frame_without_any_day_has_no_results() -> None:
    frame = pl.LazyFrame(
        {"amount": [1.0], "ccy": ["USD"], "on": [None]}, schema_overrides={"on": pl.Date}
    )
    result = frames.convert(frame, **{**ASKED, "on": "on"}, driver="ecb", errors="null")
    assert result.collect()["amount_EUR"].to_list() == [None]


@pytest.mark.parametrize("into", ["amount", "ccy", "on", "new"])
def test_the_new_column_may_replace_any(into: str) -> None:
    frame = pl.DataFrame({"amount": [1.5], "ccy": ["USD"], "on": [date(2026, 10, 30)]})
    asked: dict[str, Any] = {**ASKED, "on": "on", "into": into, "driver": "ecb"}
    assert frames.convert(frame.lazy(), **asked).collect().equals(frames.convert(frame, **asked))


def test_rows_that_came_since_are_failures_of_the_computation() -> None:
    """The frame is another one when it is computed than it was when it was asked for its keys."""
    rows: list[Callable[[], str]] = [lambda: "USD", lambda: "GBP"]
    frame = pl.LazyFrame({"amount": [1.0]}).with_columns(
        ccy=pl.col("amount").map_batches(lambda column: pl.Series([rows.pop(0)()]), pl.String)
    )
    manager = forexhooks.ForexManager()
    manager.register(FixedRates({"USD/EUR": "1.25", "GBP/EUR": "1.5"}, on=DAY))
    fx = forexhooks.open("fixed", manager=manager)
    result = frames.convert(frame, **ASKED, driver=fx)
    with pytest.raises(ConversionError, match="'GBP' was not there when rates were looked up"):
        result.collect()
