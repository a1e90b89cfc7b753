"""What is wrong with a file as a whole."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from converting import ROLES, TO_EUR, Convert, names

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"", TO_EUR, "a.csv is empty: it has no header"),
        (b"\n\n", TO_EUR, "a.csv is empty"),
        (b"amont,ccy,day\n", TO_EUR, "no column 'amount' of amounts (did you mean 'amont'?)"),
        (b"amount;ccy;day\n", TO_EUR, "separated by ';'? then give --delimiter"),
        (b"amount,ccy,day,ccy\n", TO_EUR, "2 columns 'ccy'"),
        (b"amount,ccy,day,amount_EUR\n", TO_EUR, "has a column 'amount_EUR' already"),
        (b"amount,c,day\n", TO_EUR, "no column 'ccy' of codes, nor is it a code"),
        (b"amount,ccy,d\n", TO_EUR, "its columns are 'amount', 'ccy', 'd'"),
        (b"amount,ccy,day\n", (*ROLES, "--to", "EURO"), "no column 'EURO' of codes"),
        ("amount,ccy,day\n".encode("utf-16"), TO_EUR, "is in UTF-16: save it as UTF-8"),
        (b"amount,ccy,day\n", (*TO_EUR, "--delimiter", ", "), "a delimiter is one sign"),
        (b"amount,ccy,day\n", (*TO_EUR, "--delimiter", "."), "cannot be a delimiter"),
        (b"amount,ccy,day\n", (*TO_EUR, "--thousands", "."), "is the decimal sign"),
        (b"amount,ccy,day\n", (*TO_EUR, "--rejects", "b.csv"), "a file of their own"),
        (b"amount,ccy,day\n", (*TO_EUR, "--rejects", "a.csv"), "a file of their own"),
        (b"amount,ccy,day\n", (*TO_EUR, "-o", "b.parquet"), "a.csv is csv, and so is what is"),
        (b"amount,ccy,day\n", TO_EUR[2:], "Missing option '--amount'"),
        (b"ccy,day\n", ("--amount", "ccy", *TO_EUR[2:]), "cannot be that of the amounts and"),
        (gzip.compress(b"amount,ccy,day\n"), TO_EUR, "a.csv is compressed: gunzip -c FILE"),
        (b"PK\3\4 and more", TO_EUR, "a workbook of a spreadsheet: save it as csv"),
    ],
)
def test_wrong_usage(
    convert: Convert, tmp_path: Path, content: bytes, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    code, out, err = convert("a.csv", "-o", "b.csv", *options)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
    assert names(tmp_path) == {"a.csv"}


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("-", (), "say the format of what comes from stdin: --format csv"),
        ("a.csv.gz", (), "a.csv.gz is compressed: gunzip -c a.csv.gz | forexhooks convert-file -"),
        ("a.xlsx", (), "none of .csv, .tsv, .ndjson, .jsonl, .parquet by its name"),
        ("a.parquet", (), "Parquet is read from a file and written to one: give -o FILE"),
        ("a.parquet", ("-o", "b.parquet"), "a.parquet is no Parquet file"),
    ],
)
def test_formats_that_cannot_be(
    convert: Convert, tmp_path: Path, source: str, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / "a.parquet").write_text("amount,ccy,day\n")
    code, _, err = convert(source, *TO_EUR, *options)
    assert code == 2
    assert message in " ".join(err.split())
