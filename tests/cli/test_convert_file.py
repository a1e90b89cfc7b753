"""convert-file: each row as `convert` gives it, all else untouched, whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forexhooks
from forexhooks.cli import main

from .conftest import Run

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

ROLES = ("--amount", "amount", "--currency", "ccy", "--on", "day")
TO_EUR = (*ROLES, "--to", "EUR")
Convert = Callable[..., tuple[int, str, str]]

CSV = """id,amount,ccy,day,note
1,"9.99",USD,2026-10-30,"hello, ""world""
second line"
2,1000,JPY,2026-10-25,x
3,"1,234.50",USD,2026-10-30,x
4,5,XXX,2026-10-30,
5,5,USD,1990-01-01,5" pipe

6,,USD,2026-10-30,no amount
7,5,USD
8,1e3,usd,2026-10-30, spaces\x20
9,-0.125,GBP,2026-10-30,
10,nan,GBP,2026-10-30,
11,5,GBP,30.10.2026,
12,5,,2026-10-30,
13,5,GBP,,
"""

CONVERTED = """id,amount,ccy,day,note,amount_EUR
1,"9.99",USD,2026-10-30,"hello, ""world""
second line",8.94
2,1000,JPY,2026-10-25,x,5.70
6,,USD,2026-10-30,no amount,
8,1e3,usd,2026-10-30, spaces\x20,895.09
9,-0.125,GBP,2026-10-30,,-0.15
"""


@pytest.fixture
def convert(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Convert:
    monkeypatch.chdir(tmp_path)

    def convert(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["convert-file", *arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return convert


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir() if each.is_file()}


def test_csv(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    code, out, err = convert("a.csv", *TO_EUR, "-o", "b.csv", "--rejects", "r.csv")
    assert (code, out) == (3, "")
    assert err == "5 rows converted: b.csv\n8 rows rejected: r.csv\n"
    assert (tmp_path / "b.csv").read_text() == CONVERTED
    with (tmp_path / "r.csv").open(newline="") as file:
        header, *rejects = csv.reader(file)
    assert header == ["row", "reason", "id", "amount", "ccy", "day", "note"]
    assert [(row, *rest[:1]) for row, _, *rest in rejects] == [
        (number, number) for number in ("3", "4", "5", "7", "10", "11", "12", "13")
    ]
    reasons = {row: reason for row, reason, *_ in rejects}
    for row, words in {
        "3": "'1,234.50' is not written like 1234.56: say how it is, with --thousands",
        "4": "unknown currency 'XXX'",
        "5": "before the first day",
        "7": "it has 3 fields, and the header 5",
        "10": "not a finite number",
        "11": "'30.10.2026' is no day: write it like 2026-10-30",
        "12": "the currency is missing",
        "13": "the day is missing",
    }.items():
        assert words in reasons[row]
    assert names(tmp_path) == {"a.csv", "b.csv", "r.csv"}


def test_without_rejects_the_first_bad_rows_are_an_error(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(CSV)
    (tmp_path / "b.csv").write_text("before")
    code, out, err = convert("a.csv", *TO_EUR, "-o", "b.csv")
    assert (code, out) == (1, "")
    assert "a.csv has rows that cannot be converted: row 3: the amount '1,234.50'" in err
    assert "3 more near them; nothing was written; --rejects FILE" in err
    assert (tmp_path / "b.csv").read_text() == "before"
    assert names(tmp_path) == {"a.csv", "b.csv"}


def test_a_clean_file_empties_the_rejects_of_before(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("amount,ccy,day\n1,USD,2026-10-30\n")
    (tmp_path / "r.csv").write_text("before")
    code, _, err = convert("a.csv", *TO_EUR, "-o", "a.csv", "--rejects", "r.csv")
    assert (code, err) == (0, "1 row converted: a.csv\n")
    assert (tmp_path / "a.csv").read_text() == "amount,ccy,day,amount_EUR\n1,USD,2026-10-30,0.90\n"
    assert (tmp_path / "r.csv").read_text() == "row,reason,amount,ccy,day\n"


@pytest.mark.parametrize(
    ("content", "options", "converted"),
    [
        pytest.param(
            b"\xef\xbb\xbfamount,ccy,day\n1,USD,2026-10-30\n",
            (),
            b"\xef\xbb\xbfamount,ccy,day,amount_EUR\n1,USD,2026-10-30,0.90\n",
            id="BOM",
        ),
        pytest.param(
            b"day;amount;ccy\r\n2026-10-30;1;USD\r\n\r\n2026-10-30;2;USD",
            ("--delimiter", ";"),
            b"day;amount;ccy;amount_EUR\r\n2026-10-30;1;USD;0.90\r\n2026-10-30;2;USD;1.79\r\n",
            id="semicolons, CRLF, no end",
        ),
        pytest.param(
            b"amount,ccy,day\n1,USD,2026-10-30\r\n2,USD,2026-10-30\n",
            (),
            b"amount,ccy,day,amount_EUR\n1,USD,2026-10-30,0.90\r\n2,USD,2026-10-30,1.79\n",
            id="mixed line ends",
        ),
        pytest.param(
            b"amount\tccy\tday\n1\tUSD\t2026-10-30\n",
            ("--delimiter", "tab"),
            b"amount\tccy\tday\tamount_EUR\n1\tUSD\t2026-10-30\t0.90\n",
            id="tabs",
        ),
        pytest.param(
            b"amount,ccy,day,caf\xe9\n1,USD,2026-10-30,na\xefve\n",
            (),
            b"amount,ccy,day,caf\xe9,amount_EUR\n1,USD,2026-10-30,na\xefve,0.90\n",
            id="latin-1",
        ),
        pytest.param(
            b'a"b,amount,ccy,day\n6" pipe,1,USD,2026-10-30\n"x"y",2,USD,2026-10-30\n',
            (),
            b'a"b,amount,ccy,day,amount_EUR\n6" pipe,1,USD,2026-10-30,0.90\n'
            b'"x"y",2,USD,2026-10-30,1.79\n',
            id="quotes within fields",
        ),
        pytest.param(b"amount,ccy,day\n", (), b"amount,ccy,day,amount_EUR\n", id="header only"),
        pytest.param(b"amount,ccy,day", (), b"amount,ccy,day,amount_EUR\n", id="header, no end"),
        pytest.param(
            b'"amount","ccy","day"\n"1","USD","2026-10-30"\n',
            ("--into", 'in "EUR", rounded'),
            b'"amount","ccy","day","in ""EUR"", rounded"\n"1","USD","2026-10-30",0.90\n',
            id="a name in quotes",
        ),
        pytest.param(
            b"amount;ccy;day\n1.234,50;USD;2026-10-30\n-,5;USD;2026-10-30\n12;USD;2026-10-30\n",
            ("--delimiter", ";", "--decimal", ",", "--thousands", "."),
            b"amount;ccy;day;amount_EUR\n1.234,50;USD;2026-10-30;1104,99\n-,5;USD;2026-10-30;-0,45\n"
            b"12;USD;2026-10-30;10,74\n",
            id="decimal commas",
        ),
        pytest.param(
            b'amount,ccy,day\n"1,50",USD,2026-10-30\n',
            ("--decimal", ","),
            b'amount,ccy,day,amount_EUR\n"1,50",USD,2026-10-30,"1,34"\n',
            id="decimal commas among commas",
        ),
        pytest.param(
            b"amount,ccy,day\n 1.5 , USD,2026-10-30 \n",
            ("--places", "8"),
            b"amount,ccy,day,amount_EUR\n 1.5 , USD,2026-10-30 ,1.34264232\n",
            id="places, blanks around",
        ),
    ],
)
def test_dialects(
    convert: Convert, tmp_path: Path, content: bytes, options: tuple[str, ...], converted: bytes
) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    code, _, err = convert("a.csv", *TO_EUR, *options, "-o", "b.csv")
    assert code == 0, err
    assert (tmp_path / "b.csv").read_bytes() == converted


@pytest.mark.parametrize(
    ("amount", "options"),
    [
        ("1,23", ("--thousands", ",")),
        ("1,2345", ("--thousands", ",")),
        ("1.5", ("--decimal", ",")),
        ("1'000", ()),
        ("$5", ()),
        ("5 USD", ()),
        ("(5)", ()),
        ("1e400", ()),
        ("1" * 31, ()),
        ("0." + "1" * 41, ()),
        ("Infinity", ()),
        ("--5", ()),
        (".", ()),
        ("", ("--decimal", ",")),
    ],
)
def test_amounts_are_never_guessed(
    convert: Convert, tmp_path: Path, amount: str, options: tuple[str, ...]
) -> None:
    (tmp_path / "a.csv").write_text(f'amount,ccy,day\n"{amount}",USD,2026-10-30\n')
    code, _, _ = convert("a.csv", *TO_EUR, *options, "-o", "b.csv", "--rejects", "r.csv")
    converted = (tmp_path / "b.csv").read_text().splitlines()[1:]
    if amount == "":  # none is no wrong one
        assert (code, converted) == (0, ['"",USD,2026-10-30,'])
    else:
        assert (code, converted) == (3, [])
        assert amount[:30] in (tmp_path / "r.csv").read_text()


def test_each_row_into_its_own_currency(convert: Convert, tmp_path: Path) -> None:
    rows = [("1234.5678", "USD", "JPY"), ("10", "JPY", "usd"), ("3", "EUR", "EUR"), ("", "", "")]
    lines = [",".join(row) + ",2026-10-30" for row in rows]
    (tmp_path / "a.csv").write_text("\n".join(["amount,ccy,target,day", *lines]) + "\n")
    code, _, _ = convert("a.csv", *ROLES, "--to", "target", "-o", "b.csv")
    assert code == 0
    fx = forexhooks.open("ecb")
    values = [line.rpartition(",")[2] for line in (tmp_path / "b.csv").read_text().splitlines()]
    assert values == ["amount_target"] + [
        str(fx.convert(*row, date(2026, 10, 30))) if row[0] else "" for row in rows
    ]


def test_all_rows_of_one_currency_on_one_day(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("paid\n9.99\n\n5\n")
    asked = ("--amount", "paid", "--currency", "eur", "--to", "USD", "--on", "2026-10-31")
    assert convert("a.csv", *asked)[:2] == (0, "paid,paid_USD\n9.99,11.16\n,\n5,5.59\n")


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=6)
# More than 40 decimal places are refused.
AMOUNT = st.decimals(-(10**9), 10**9, allow_nan=False).filter(
    lambda amount: int(amount.as_tuple().exponent) >= -40
)
ROW = st.tuples(
    TEXT,
    AMOUNT.map(str) | st.just("") | TEXT,
    st.sampled_from(["USD", "JPY", "EUR", "", "ZZZ"]),
    st.dates(date(1998, 12, 1), date(2026, 10, 30)).map(str) | st.just("x"),
    TEXT,
)


@given(
    rows=st.lists(ROW, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    block=st.sampled_from([1, 7, 64, 1 << 20]),
)
@settings(max_examples=80)
def test_whatever_a_csv_holds(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, ...]],
    delimiter: str,
    line_end: str,
    quoting: Any,
    block: int,
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    header = ["a", "amount", "ccy", "day", "b"]

    def written(rows: list[tuple[str, ...]]) -> str:
        buffer = io.StringIO(newline="")
        writer = csv.writer(
            buffer, delimiter=delimiter, lineterminator=line_end, quoting=quoting, strict=True
        )
        writer.writerows(rows)
        return buffer.getvalue()

    (folder / "a.csv").write_bytes((written([tuple(header)]) + written(rows)).encode())
    source, out, bad = (str(folder / name) for name in ("a.csv", "b.csv", "r.csv"))
    with pytest.MonkeyPatch.context() as patched, pytest.raises(SystemExit) as ended:
        patched.setattr("forexhooks.files.csvs._BLOCK", block)
        asked = (*TO_EUR, "--delimiter", delimiter)
        main(["convert-file", source, *asked, "-o", out, "--rejects", bad])
    fx = forexhooks.open("ecb")
    good: list[tuple[str, ...]] = []
    values: list[str] = []
    rejected: list[tuple[str, ...]] = []
    for number, row in enumerate(rows, 1):
        try:
            value = ""
            if row[1].strip():
                amount = Decimal(row[1].strip()) if row[1].isascii() else row[1].strip()
                converted = fx.convert(amount, row[2], "EUR", date.fromisoformat(row[3]))
                value = str(converted or abs(converted))  # a column has no -0.00
        except (forexhooks.ForexError, ValueError, ArithmeticError):
            rejected.append((str(number), *row))
        else:
            good.append(row)
            values.append(value)
    assert (ended.value.code or 0) == (3 if rejected else 0)
    with open(out, newline="", encoding="utf-8") as file:
        content = file.read()
    lines = [written([row]).removesuffix(line_end) for row in [tuple(header), *good]]
    assert content == "".join(
        f"{line}{delimiter}{value}{line_end}"
        for line, value in zip(lines, ["amount_EUR", *values], strict=True)
    )
    with open(bad, newline="", encoding="utf-8") as file:
        _, *found = csv.reader(file, delimiter=delimiter)
    assert [(row[0], *row[2:]) for row in found] == rejected


def test_a_quote_that_is_never_closed(
    convert: Convert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = 'amount,ccy,day\n1,USD,2026-10-30\n"2,USD,2026-10-30\n3,USD,2026-10-30\n'
    (tmp_path / "a.csv").write_text(content)
    code, _, _ = convert("a.csv", *TO_EUR, "-o", "b.csv", "--rejects", "r.csv")
    assert code == 3
    assert (tmp_path / "b.csv").read_text().splitlines()[1:] == ["1,USD,2026-10-30,0.90"]
    assert "2,its last quote is not closed," in (tmp_path / "r.csv").read_text()
    monkeypatch.setattr("forexhooks.files.csvs._LONGEST", 20)
    monkeypatch.setattr("forexhooks.files.csvs._BLOCK", 8)
    code, _, err = convert("a.csv", *TO_EUR, "-o", "c.csv", "--rejects", "r2.csv")
    assert (code, "a row does not end" in err) == (2, True)
    assert names(tmp_path) == {"a.csv", "b.csv", "r.csv"}


NDJSON = """{"amount": 9.990, "ccy": "USD", "day": "2026-10-30", "big": 1.00000000000000000001}
{ "ccy":"JPY","amount":"1e3",  "day":"2026-10-30","n":{"a":[1,"}"]} }

{"amount": null, "ccy": "USD", "day": "2026-10-30", "amount_EUR_of_before": 1}
bad
{"amount": true, "ccy": "USD", "day": "2026-10-30"}
[1]
{"amount": 1, "ccy": "USD"}
{"amount": 1, "ccy": "USD", "day": 20261030}
{"amount": NaN, "ccy": "USD", "day": "2026-10-30"}
{"amount": 12345678901234567890.5, "ccy": "EUR", "day": "2026-10-30"}"""


def test_ndjson(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(NDJSON)
    code, _, err = convert("a.jsonl", *TO_EUR, "-o", "b.jsonl", "--rejects", "r.jsonl")
    assert (code, err) == (3, "4 rows converted: b.jsonl\n6 rows rejected: r.jsonl\n")
    before = NDJSON.split("\n")
    assert (tmp_path / "b.jsonl").read_text().splitlines() == [
        before[0][:-1] + ', "amount_EUR": 8.94}',
        before[1][:-2] + ', "amount_EUR": "5.69"}',
        before[3][:-1] + ', "amount_EUR": null}',
        before[10][:-1] + ', "amount_EUR": 12345678901234567890.50}',
    ]
    rejects = [json.loads(line) for line in (tmp_path / "r.jsonl").read_text().splitlines()]
    assert [(each["row"], each["reason"].split(":")[0]) for each in rejects] == [
        (4, "it is no JSON"),
        (5, "its member 'amount' is true"),
        (6, "it is no object of JSON, but list"),
        (7, "it has no member 'day'"),
        (8, "its member 'day' is the number 20261030"),
        (9, "it is no JSON"),
    ]
    assert rejects[0]["text"] == "bad"
    assert rejects[3]["record"] == {"amount": 1, "ccy": "USD"}


@pytest.mark.parametrize("content", ["", "\n", "bad\n"])
def test_ndjson_without_anything(convert: Convert, tmp_path: Path, content: str) -> None:
    (tmp_path / "a.ndjson").write_text(content)
    code, _, _ = convert("a.ndjson", *TO_EUR, "-o", "b.ndjson", "--rejects", "r.ndjson")
    assert code == (3 if content.strip() else 0)
    assert (tmp_path / "b.ndjson").read_text() == ""


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


def test_a_file_that_is_not_there(run: Run, tmp_path: Path) -> None:
    done = run("convert-file", "no.csv", *TO_EUR)
    assert (done.returncode, "no.csv" in done.stderr) == (1, True)
    (tmp_path / "a.csv").write_text("amount,ccy,day\n")
    done = run("convert-file", "a.csv", *TO_EUR, "-o", "no/b.csv")
    assert (done.returncode, "no/" in done.stderr) == (1, True)


def test_from_stdin_to_stdout(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "forexhooks", "convert-file", "-", "--format", "csv", *TO_EUR],
        input=b"amount,ccy,day\r\n1,USD,2026-10-30\r\n",
        capture_output=True,
        env=environment,
        timeout=60,
        check=False,
    )
    assert done.stdout == b"amount,ccy,day,amount_EUR\r\n1,USD,2026-10-30,0.90\r\n"
    assert (done.returncode, done.stderr) == (0, b"1 row converted\n")


def test_with_a_lock(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("amount,ccy,day\n1,USD,2026-10-30\n100,JPY,2026-10-25\n")
    ask = ("convert-file", "a.csv", *TO_EUR, "-o")
    command = (sys.executable, "-m", "forexhooks", *ask, "b.csv")
    done = run("lock", "-o", "rates.lock", "--", *command)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "rates.lock: 2 answers, 2 of them new\n"
    done = run(*ask, "c.csv", "--lock", "rates.lock")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "c.csv").read_text() == (tmp_path / "b.csv").read_text()
    (tmp_path / "a.csv").write_text("amount,ccy,day\n1,GBP,2026-10-30\n")
    done = run(*ask, "d.csv", "--lock", "rates.lock")
    assert done.returncode == 1
    assert "rates.lock has no GBP/EUR, on 2026-10-30" in done.stderr


def test_stale_rates_are_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text(
        "from datetime import date, timedelta; import forexhooks\n"
        "from forexhooks.testing import FixedRates\n"
        "class Late(FixedRates):\n"
        "    name = 'late'\n"
        "    def __init__(self):\n"
        "        super().__init__({'USD/EUR': '2'}, on=date.today() - timedelta(5), name='late')\n"
        "        self._table = forexhooks.RateTable(\n"
        "            self._observations, driver='late', profile=self.profile)\n"
        "late = Late()\n"
    )
    today = date.today().isoformat()  # noqa: DTZ011 - as the plugin
    (tmp_path / "a.csv").write_text(f"amount,ccy,day\n1,USD,{today}\n")
    done = run("convert-file", "a.csv", *TO_EUR, "-p", "./plugin.py", "--driver", "late")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("Note: stale: late holds rates up to")


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_ctrl_c_leaves_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    read, write = os.pipe()
    arguments = ("convert-file", "-", "--format", "csv", *TO_EUR, "-o", "b.csv")
    running = subprocess.Popen(
        [sys.executable, "-m", "forexhooks", *arguments, "--rejects", "r.csv"],
        stdin=read,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment,
    )
    with running:
        os.close(read)
        # More than the command reads at once, so that it has begun to write.
        os.write(write, b"amount,ccy,day\n")
        for _ in range(3000):
            os.write(write, b"1,USD,2026-10-30\n" * 200)
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=30)
        os.close(write)
    assert running.returncode == 130
    assert names(tmp_path) == set()


# Not what getrusage says, which a process takes over from the one that started it.
MEASURE = """
import re, sys
from forexhooks.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    assert not ended.code
with open("/proc/self/status") as status:
    print(1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read())[1]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measured as Linux does")
@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    def peak(rows: int) -> int:
        source = tmp_path / f"{rows}.{kind}"
        if kind == "csv":
            line = b"%.2f,USD,2026-10-30," % 123456.78 + b"x" * 60 + b"\n"
            source.write_bytes(b"amount,ccy,day,note\n" + line * rows)
        elif kind == "ndjson":
            record = {"amount": 1.25, "ccy": "USD", "day": "2026-10-30", "note": "x" * 60}
            source.write_bytes((json.dumps(record) + "\n").encode() * rows)
        else:
            table = pa.table(
                {
                    "amount": pa.array([Decimal("1.25")] * 1000),
                    "ccy": ["USD"] * 1000,
                    "day": [date(2026, 10, 30)] * 1000,
                    "note": [os.urandom(40).hex() for _ in range(1000)],
                }
            )
            with pq.ParquetWriter(source, table.schema) as writer:
                for _ in range(rows // 100_000):
                    writer.write_table(pa.concat_tables([table] * 100))
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                MEASURE,
                "convert-file",
                str(source),
                *TO_EUR,
                "-o",
                f"b.{kind}",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return int(done.stdout)

    few, many = (300_000, 900_000) if kind != "ndjson" else (100_000, 300_000)
    assert peak(many) - peak(few) < 40 << 20
    assert peak(many) < 400 << 20
