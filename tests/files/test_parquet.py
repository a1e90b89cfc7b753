"""Parquet: the same columns with one more."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from converted_files import TO_EUR, Convert

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def parquet(path: Path, amounts: Any, **more: Any) -> Any:
    count = len(amounts)
    columns = {
        "id": list(range(count)),
        "amount": amounts,
        "ccy": pa.array((["USD", "GBP", "JPY", "XXX"] * count)[:count]).dictionary_encode(),
        "day": [date(2026, 10, 30)] * count,
        "nested": [{"a": [n]} for n in range(count)],
    }
    table = pa.table(columns | more).replace_schema_metadata({"made": "by hand"})
    pq.write_table(table, path, compression="zstd")
    return table


@pytest.mark.parametrize(
    "amounts",
    [
        pa.array([Decimal("9.99"), Decimal("-0.01"), None], pa.decimal128(12, 2)),
        pa.array(["9.99", " -0.01", None]),
    ],
)
def test_parquet(convert: Convert, tmp_path: Path, amounts: Any) -> None:
    table = parquet(tmp_path / "a.parquet", amounts)
    code, _, err = convert("a.parquet", *TO_EUR, "-o", "b.parquet")
    assert code == 0, err
    found = pq.read_table(tmp_path / "b.parquet")
    assert found.drop_columns(["amount_EUR"]).equals(table)
    assert found.schema.metadata[b"made"] == b"by hand"
    assert found["amount_EUR"].to_pylist() == [Decimal("8.94"), Decimal("-0.01"), None]
    assert pq.ParquetFile(tmp_path / "b.parquet").metadata.row_group(0).column(0).compression == (
        "ZSTD"
    )


def test_parquet_of_floats_and_rejects(convert: Convert, tmp_path: Path) -> None:
    table = parquet(tmp_path / "a.parquet", [9.99, None, 1000.0, 5.0])
    code, _, err = convert("a.parquet", *TO_EUR, "-o", "b.parquet", "--rejects", "r.parquet")
    assert code == 3, err
    assert pq.read_table(tmp_path / "b.parquet")["amount_EUR"].to_pylist() == [8.94, None, 5.69]
    rejects = pq.read_table(tmp_path / "r.parquet")
    assert rejects["row"].to_pylist() == [4]
    assert "unknown currency 'XXX'" in rejects["reason"][0].as_py()
    assert rejects["nested"].to_pylist() == table["nested"].to_pylist()[3:]


def test_parquet_with_moments(convert: Convert, tmp_path: Path) -> None:
    moments = pa.array([1793401200] * 2, pa.timestamp("s", "UTC"))  # 2026-10-30 23:00
    parquet(tmp_path / "a.parquet", [1.0, 2.0], day=moments)
    code, _, err = convert("a.parquet", *TO_EUR, "-o", "b.parquet")
    assert code == 2
    assert "zone" in err
    zone = ("--zone", "Europe/Berlin", "--max-gap", "0")
    code, _, err = convert("a.parquet", *TO_EUR, *zone, "-o", "b.parquet")
    assert code == 1  # there it is Saturday
    assert "2026-10-31" in err
    assert convert("a.parquet", *TO_EUR, "--zone", "UTC", "-o", "b.parquet")[0] == 0
