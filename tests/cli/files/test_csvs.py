"""CSV: each row as `convert` gives it, all else untouched."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import forexhooks
from converted_files import ROLES, TO_EUR, Convert, names
from forexhooks.cli import main

pytest.importorskip("pyarrow")

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
        "3": "'1,234.50' is not written like 1234.56: give its notation with --thousands",
        "4": "unknown currency 'XXX'",
        "5": "before the first day",
        "7": "it has 3 fields, and the header 5",
        "10": "not a finite number",
        "11": "'30.10.2026' is not a day like 2026-10-30: say how it is to be read, "
        "--days '%d.%m.%Y'",
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


GERMAN = ("--delimiter", ";", "--decimal", ",")


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
            b'amount,ccy,day,note\r1,USD,2026-10-30,"a\rb"\r\r2,USD,2026-10-30,c\r',
            (),
            b'amount,ccy,day,note,amount_EUR\r1,USD,2026-10-30,"a\rb",0.90\r'
            b"2,USD,2026-10-30,c,1.79\r",
            id="CR alone",
        ),
        pytest.param(
            b'"amount","a\nb","ccy","day"\r1,"a\nb",USD,2026-10-30\r2,c"d,USD,2026-10-30',
            (),
            b'"amount","a\nb","ccy","day",amount_EUR\r1,"a\nb",USD,2026-10-30,0.90\r'
            b'2,c"d,USD,2026-10-30,1.79\r',
            id="CR alone, LF within quotes, no end",
        ),
        pytest.param(
            b"\xef\xbb\xbf\r\n\namount,ccy,day\n1,USD,2026-10-30\n",
            (),
            b"\xef\xbb\xbfamount,ccy,day,amount_EUR\n1,USD,2026-10-30,0.90\n",
            id="blank lines before the header",
        ),
        pytest.param(b"amount,ccy,day\r", (), b"amount,ccy,day,amount_EUR\r", id="only a CR"),
        pytest.param(
            b"amount,ccy,day\r\r\n1,USD,2026-10-30\r\r\n2,USD,2026-10-30\r\r\n",
            (),
            b"amount,ccy,day,amount_EUR\r\n1,USD,2026-10-30,0.90\r\r\n2,USD,2026-10-30,1.79\r\r\n",
            id="CRLF made of LF twice",
        ),
        pytest.param(
            'Größe;Währung;Tag\r\n"1,50";USD;2026-10-30\r\n'.encode("cp1252"),
            (*GERMAN, "--amount", "Größe", "--currency", "Währung", "--on", "Tag"),
            'Größe;Währung;Tag;Größe_EUR\r\n"1,50";USD;2026-10-30;1,34\r\n'.encode("cp1252"),
            id="names in Windows-1252",
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
        pytest.param(
            b'note,amount,ccy,day\n"a\nb" ,1,USD,2026-10-30\n',
            (),
            b'note,amount,ccy,day,amount_EUR\n"a\nb" ,1,USD,2026-10-30,0.90\n',
            id="blanks after lines within quotes",
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
AMOUNT = st.decimals(-(10**9), 10**9, allow_nan=False)
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
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
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
    # Within lines that end in CR, Python's writer puts no quotes around LF.
    has_lf = any("\n" in field for row in rows for field in row)
    assume(line_end != "\r" or quoting == csv.QUOTE_ALL or not has_lf)
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
        patched.setattr("forexhooks.cli.files.csvs._BLOCK", block)
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


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"1,USD,2026-10-30,x\r2,USD,2026-10-30,x", "it contains a CR, but the lines of this file"),
        (
            b'1,USD,2026-10-30,"x\n2,USD,2026-10-30,"x"',
            "from line 4 to line 5, with 4 fields",
        ),
        (b'"1,USD,2026-10-30,x\n2,USD,2026-10-30,"x"', "from line 4 to line 5, with 1 field "),
    ],
)
def test_rows_within_a_row_are_noticed(
    convert: Convert, tmp_path: Path, row: bytes, reason: str
) -> None:
    good = b'9,USD,2026-10-30,"two\nlines"\n'
    (tmp_path / "a.csv").write_bytes(b"amount,ccy,day,note\n" + good + row + b"\n" + good)
    code, _, err = convert("a.csv", *TO_EUR, "-o", "b.csv")
    assert code == 1
    assert reason in err
    code, _, err = convert("a.csv", *TO_EUR, "-o", "b.csv", "--rejects", "r.csv")
    assert (code, err) == (3, "2 rows converted: b.csv\n1 row rejected: r.csv\n")
    assert row in (tmp_path / "r.csv").read_bytes()


def test_a_quote_that_is_not_closed_in_the_header(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('"amount,ccy,day\n' + "1,USD,2026-10-30\n" * 10_000)
    code, _, err = convert("a.csv", *TO_EUR)
    assert code == 2
    assert "a quote that opens in its first line stays open" in " ".join(err.split())


def test_a_quote_that_is_never_closed(
    convert: Convert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = 'amount,ccy,day\n1,USD,2026-10-30\n"2,USD,2026-10-30\n3,USD,2026-10-30\n'
    (tmp_path / "a.csv").write_text(content)
    code, _, _ = convert("a.csv", *TO_EUR, "-o", "b.csv", "--rejects", "r.csv")
    assert code == 3
    assert (tmp_path / "b.csv").read_text().splitlines()[1:] == ["1,USD,2026-10-30,0.90"]
    assert "2,the quote that opens in line 3 is not closed," in (tmp_path / "r.csv").read_text()
    monkeypatch.setattr("forexhooks.cli.files.csvs.LONGEST", 20)
    monkeypatch.setattr("forexhooks.cli.files.csvs._BLOCK", 8)
    code, _, err = convert("a.csv", *TO_EUR, "-o", "c.csv", "--rejects", "r2.csv")
    assert (code, "the row in line 3 does not end" in err) == (2, True)
    assert names(tmp_path) == {"a.csv", "b.csv", "r.csv"}


def test_rejects_of_a_file_that_has_a_column_called_row(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("row,amount,ccy,day\n7,x,USD,2026-10-30\n")
    assert convert("a.csv", *TO_EUR, "-o", "b.csv", "--rejects", "r.csv")[0] == 3
    with (tmp_path / "r.csv").open(newline="") as file:
        (reject,) = csv.DictReader(file)
    assert (reject["row_"], reject["row"], reject["amount"]) == ("1", "7", "x")
    assert "not a number" in reject["reason_"]


def test_lines_before_the_header(convert: Convert, tmp_path: Path) -> None:
    content = 'Report,"of"\n\nfrom 1 to 31\namount,ccy,day\n1,USD,2026-10-30\nx,USD,2026-10-30\n'
    (tmp_path / "a.csv").write_text(content)
    code, _, err = convert("a.csv", *TO_EUR)
    assert code == 2
    assert "line 4 has it: is that the header? then give --skip 3" in " ".join(err.split())
    asked = (*TO_EUR, "--skip", "3", "-o", "b.csv", "--rejects", "r.csv")
    assert convert("a.csv", *asked)[0] == 3
    assert (tmp_path / "b.csv").read_text() == "amount,ccy,day,amount_EUR\n1,USD,2026-10-30,0.90\n"
    assert (tmp_path / "r.csv").read_text().startswith("row,reason,amount,ccy,day\n2,")
    # What is said of lines counts as an editor does.
    (tmp_path / "a.csv").write_text(content + '"2,USD,2026-10-30\n')
    convert("a.csv", *asked)
    assert "the quote that opens in line 7 is not closed" in (tmp_path / "r.csv").read_text()


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("Report\n\na,b,c\n1,2,3\n", "its first line has 1 field, and a line below it 3"),
        ("amount;ccy;day\n", "is it separated by ';'? then give --delimiter ';'"),
        ("amount\tccy\tday\n", "is it separated by '\\t'? then give --delimiter tab"),
        ("Report\n amount ;ccy;day\n", "then give --skip 1 --delimiter ';'"),
        ("a,b\n1,2\n", "its columns are 'a', 'b'"),
    ],
)
def test_where_else_the_header_may_be(
    convert: Convert, tmp_path: Path, content: str, hint: str
) -> None:
    (tmp_path / "a.csv").write_text(content)
    code, _, err = convert("a.csv", *TO_EUR)
    assert (code, hint in " ".join(err.split())) == (2, True), err


def test_a_line_for_excel_is_read_and_kept(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(
        b"\xef\xbb\xbfsep=;\r\namount;ccy;day\r\n1;USD;2026-10-30\r\nx;;\r\n"
    )
    assert convert("a.csv", *TO_EUR, "-o", "b.csv", "--rejects", "r.csv")[0] == 3
    assert (tmp_path / "b.csv").read_bytes() == (
        b"\xef\xbb\xbfsep=;\r\namount;ccy;day;amount_EUR\r\n1;USD;2026-10-30;0.90\r\n"
    )
    head = b"\xef\xbb\xbfsep=;\r\nrow;reason;amount;ccy;day\r\n2;"
    assert (tmp_path / "r.csv").read_bytes().startswith(head)
    # What was written can be read again.
    assert convert("b.csv", *TO_EUR, "--into", "again", "-o", "c.csv")[0] == 0


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_comes_out_as_utf_8(convert: Convert, tmp_path: Path, encoding: str) -> None:
    rows = "".join(f"{n},USD,2026-10-30,\u20ac\U0001f600\n" for n in range(1, 9000))
    (tmp_path / "a.csv").write_bytes(("amount,ccy,day,note\n" + rows).encode(encoding))
    code, _, err = convert("a.csv", *TO_EUR, "-o", "b.csv")
    assert code == 0, err
    written = (tmp_path / "b.csv").read_text(encoding="utf-8-sig")
    assert (tmp_path / "b.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert written.startswith(
        "amount,ccy,day,note,amount_EUR\n1,USD,2026-10-30,\u20ac\U0001f600,0.90\n"
    )
    assert written.count("\n") == 9000


def test_columns_by_their_numbers(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("day,,x,x\n2026-10-30,1,USD,7\n")
    asked = ("--amount", "2", "--currency", "3", "--on", "day", "--to", "EUR")
    code, out, _ = convert("a.csv", *asked)
    assert (code, out) == (0, "day,,x,x,2_EUR\n2026-10-30,1,USD,7,0.90\n")
    code, _, err = convert("a.csv", "--amount", "5", *asked[2:])
    assert (code, "no column '5' of amounts" in err) == (2, True)
    # A name comes first.
    (tmp_path / "a.csv").write_text("day,1,2\n2026-10-30,USD,100\n")
    asked = ("--amount", "2", "--currency", "1", "--on", "day", "--to", "EUR")
    assert convert("a.csv", *asked)[1].splitlines()[1] == "2026-10-30,USD,100,89.51"


def test_a_header_that_comes_again(convert: Convert, tmp_path: Path) -> None:
    page = "amount,ccy,day\n1,USD,2026-10-30\n"
    (tmp_path / "a.csv").write_text(page + page + "2,,\n")
    assert convert("a.csv", *TO_EUR, "-o", "b.csv", "--rejects", "r.csv")[0] == 3
    assert (tmp_path / "r.csv").read_text() == (
        "row,reason,amount,ccy,day\n2,it repeats the header,amount,ccy,day\n"
        "4,the currency is missing,2,,\n"
    )


def test_a_column_that_hides_a_currency(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("amount,ccy,day,EUR\n1,USD,2026-10-30,9.99\n")
    said = "--to EUR is the column 'EUR': for the currency itself give --to eur"
    code, _, err = convert("a.csv", *TO_EUR)
    assert (code, said in " ".join(err.split())) == (1, True)
    code, out, err = convert("a.csv", *ROLES, "--to", "eur")
    assert (code, out.splitlines()[1]) == (0, "1,USD,2026-10-30,9.99,0.90")
    assert said not in err
    (tmp_path / "a.csv").write_text("amount,ccy,day,EUR\n1,USD,2026-10-30,JPY\n")
    code, _, err = convert("a.csv", *TO_EUR)
    assert (code, f"Note: {said}" in err) == (0, True)


MOMENTS = """amount,ccy,day
1,USD,2026-10-28 23:30:00
1,USD,2026-10-28T23:30:00Z
1,USD,
"""


def test_moments_in_text(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(MOMENTS)
    asked = ("a.csv", *TO_EUR, "--max-gap", "0", "-o", "b.csv", "--rejects", "r.csv")
    assert convert(*asked)[0] == 3
    rejects = (tmp_path / "r.csv").read_text().splitlines()
    assert "'2026-10-28T23:30:00Z' has a zone: give --zone Europe/Berlin" in rejects[1]
    assert rejects[2].startswith("3,the day is missing,")
    assert convert(*asked, "--zone", "Europe/Berlin")[0] == 3
    fx = forexhooks.open("ecb")
    expected = [str(fx.convert("1", "USD", "EUR", on=date(2026, 10, day))) for day in (28, 29)]
    rows = (tmp_path / "b.csv").read_text().splitlines()[1:]
    assert [row.rpartition(",")[2] for row in rows] == expected


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("30.10.2026", "say how it is to be read, --days '%d.%m.%Y'"),
        ("01/10/2026", "--days '%d/%m/%Y' or --days '%m/%d/%Y'"),
    ],
)
def test_days_name_their_option(convert: Convert, tmp_path: Path, day: str, said: str) -> None:
    (tmp_path / "a.csv").write_text(f"amount,ccy,day\n1,USD,{day}\n")
    code, _, err = convert("a.csv", *TO_EUR)
    assert (code, said in " ".join(err.split())) == (1, True), err
    (format_,) = re.findall(r"--days '([^']*)'", err)[:1]
    assert convert("a.csv", *TO_EUR, "--days", format_, "-o", "b.csv")[0] == 0
