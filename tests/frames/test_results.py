"""The kind of the new column: the same for every batch, whatever its rows are."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import forexhooks
from forexhooks import ConversionError, frames
from frame_rows import DAY

OF_TEXTS = {"amount": pa.string(), "ccy": pa.string(), "to": pa.string()}
BATCHES: list[list[tuple[str | None, str | None, str | None]]] = [
    [],
    [("1.50", "USD", "EUR")],
    [("1.50", "USD", "JPY")],
    [("1.50", "JPY", "JPY"), (None, None, None)],
    [(None, "USD", "USD")],
]


def batch(rows: list[tuple[str | None, str | None, str | None]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([], [], [])
    return pa.table(
        {
            name: pa.array(column, kind)
            for (name, kind), column in zip(OF_TEXTS.items(), columns, strict=True)
        }
    )


@pytest.mark.parametrize(
    ("to", "places", "scale"),
    [
        ("EUR", None, 2),
        ("JPY", None, 0),
        ("KWD", None, 3),
        ("to", None, 4),
        ("to", 7, 7),
        ("USD", 0, 0),
    ],
)
@pytest.mark.parametrize("kind", [pa.string(), pa.decimal128(12, 2)])
def test_batches_have_one_scale(to: str, places: int | None, scale: int, kind: pa.DataType) -> None:
    converter = frames.Converter("ecb", places=places)
    found = []
    for rows in BATCHES:
        table = batch(rows)
        table = table.set_column(0, "amount", table["amount"].cast(kind))
        done, _ = converter.convert(
            table, amount="amount", currency="ccy", to=to, on="2026-10-30", into="new"
        )
        found.append(done["new"])
    assert {column.type for column in found} == {pa.decimal128(38, scale)}
    assert len(pa.chunked_array([chunk for column in found for chunk in column.chunks])) == 5


def test_a_decimal_by_itself_has_the_places_of_its_currency() -> None:
    amounts = [Decimal("1.5"), Decimal("1.5"), None, Decimal(10)]
    frame = pd.DataFrame({"amount": amounts, "to": ["JPY", "EUR", "EUR", "ISK"]})
    done = frames.convert(frame, amount="amount", currency="USD", to="to", on="2026-10-30")
    fx = forexhooks.open("ecb")
    expected = [
        None if amount is None else fx.convert(amount, "USD", to, DAY)
        for amount, to in zip(amounts, frame["to"], strict=True)
    ]
    assert list(map(str, done["amount_to"])) == list(map(str, expected))


HUGE: dict[str, Any] = {"currency": "EUR", "to": "IDR", "on": "2026-10-30", "amount": "amount"}


@pytest.mark.parametrize(
    "frame",
    [
        pa.table({"amount": [Decimal("9e29"), Decimal("-9e29"), Decimal(1)]}),
        pd.DataFrame({"amount": [Decimal("9e29"), Decimal("-9e29"), Decimal(1)]}),
        pl.DataFrame({"amount": ["9e29", "-9e29", "1"]}),
    ],
    ids=["pyarrow", "pandas", "polars"],
)
def test_results_that_no_column_can_hold(frame: Any) -> None:
    with pytest.raises(ConversionError, match=r"2 of 3 rows .* more than 38 digits, 12 of them"):
        frames.convert(frame, **HUGE, places=12)
    done = frames.convert(frame, **HUGE, places=12, errors="null")["amount_IDR"]
    values = done.to_pylist() if hasattr(done, "to_pylist") else list(done)
    assert values == [None, None, Decimal("20275.170000000000")]
    longest = frames.convert(frame, **HUGE, places=3)["amount_IDR"]
    values = longest.to_pylist() if hasattr(longest, "to_pylist") else list(longest)
    assert values[1] == Decimal("-18247653000000000000000000000000000.000")
