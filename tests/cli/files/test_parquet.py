"""Parquet: the same columns with one more."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from converted_files import TO_EUR, Convert, names

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
    parquet(tmp_path / "a.parquet", [1.0, 2.0], paid=moments)
    asked = ("a.parquet", *TO_EUR[:4], "--to", "EUR", "--on", "paid", "-o", "b.parquet")
    code, _, err = convert(*asked)
    assert code == 2
    assert (
        "the column 'paid' has moments in UTC, and their day depends on the time zone: "
        "give --zone Europe/Berlin, for instance, or a column of dates"
    ) in " ".join(err.split())
    code, _, err = convert(*asked, "--zone", "Europe/Berlin", "--max-gap", "0")
    assert code == 1  # there it is Saturday
    assert "2026-10-31" in err
    code, _, err = convert(*asked, "--zone", "Europe/Bonn")
    assert (code, "--zone Europe/Bonn is not a time zone" in err) == (2, True)
    assert names(tmp_path) == {"a.parquet"}
    assert convert(*asked, "--zone", "UTC")[0] == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--amount", "flag"), "the column 'flag' is of Boolean"),
        (("--on", "id"), "the column 'id' is of Int64"),
        (("--on", "nested"), "the column 'nested' is of Struct"),
        (("--currency", "id"), "the column 'id' of a.parquet is of int64: a currency is a text"),
        (("--currency", "list"), "the column 'list' of a.parquet is of list<"),
        (("--to", "bytes"), "the column 'bytes' of a.parquet is of binary: a currency is a text"),
    ],
)
def test_parquet_columns_of_another_kind(
    convert: Convert, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    parquet(tmp_path / "a.parquet", [1.0], flag=[True], list=[["USD"]], bytes=[b"USD"])
    code, _, err = convert("a.parquet", *TO_EUR, *options, "-o", "b.parquet")
    assert (code, message in " ".join(err.split())) == (2, True), err
    assert names(tmp_path) == {"a.parquet"}


@pytest.mark.parametrize(
    ("options", "column"),
    [
        (("--decimal", ","), "'amount' of a.parquet is of double"),
        (("--thousands", ","), "'amount' of a.parquet is of double"),
        (("--signs", "bank"), "'amount' of a.parquet is of double"),
        (("--days", "%d.%m.%Y"), "'day' of a.parquet is of date32[day]"),
    ],
)
def test_options_of_text_need_text(
    convert: Convert, tmp_path: Path, options: tuple[str, ...], column: str
) -> None:
    parquet(tmp_path / "a.parquet", [1.0])
    code, _, err = convert("a.parquet", *TO_EUR, *options, "-o", "b.parquet")
    what = "days" if "day" in column else "amounts"
    said = f"{options[0]} is for {what} in text, and the column {column}: leave it out"
    assert (code, said in " ".join(err.split())) == (2, True), err
    assert names(tmp_path) == {"a.parquet"}
    # Where there are no values, nobody knows of which type they would be.
    nothing = pa.nulls(1)
    parquet(tmp_path / "a.parquet", nothing, day=nothing)
    code, _, err = convert("a.parquet", *TO_EUR, *options, "-o", "b.parquet")
    assert code == 0, err
    assert pq.read_table(tmp_path / "b.parquet")["amount_EUR"].to_pylist() == [None]


def test_parquet_with_one_column_for_two_things(convert: Convert, tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", [1.5, 2.0])
    asked = ("--amount", "amount", "--currency", "ccy", "--to", "ccy", "--on", "day")
    code, _, err = convert("a.parquet", *asked, "-o", "b.parquet")
    assert code == 0, err
    assert pq.read_table(tmp_path / "b.parquet")["amount_ccy"].to_pylist() == [1.5, 2.0]


def test_rejects_of_parquet_that_has_columns_of_their_names(
    convert: Convert, tmp_path: Path
) -> None:
    parquet(tmp_path / "a.parquet", ["x"], row=[7], reason=["paid"], reason_=["late"])
    code, _, err = convert("a.parquet", *TO_EUR, "-o", "b.parquet", "--rejects", "r.parquet")
    assert code == 3, err
    (reject,) = pq.read_table(tmp_path / "r.parquet").to_pylist()
    assert (reject["row__"], reject["row"]) == (1, 7)
    assert (reject["reason"], reject["reason_"]) == ("paid", "late")
    assert "not a number" in reject["reason__"]


def test_parquet_all_rows_of_one_currency_on_one_day(convert: Convert, tmp_path: Path) -> None:
    parquet(tmp_path / "a.parquet", ["9.99", "5"])
    asked = ("--amount", "amount", "--currency", "eur", "--to", "USD", "--on", "2026-10-31")
    code, _, err = convert("a.parquet", *asked, "-o", "b.parquet")
    assert code == 0, err
    values = pq.read_table(tmp_path / "b.parquet")["amount_USD"].to_pylist()
    assert values == [Decimal("11.16"), Decimal("5.59")]
