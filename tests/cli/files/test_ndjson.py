"""NDJSON: each line as it is, with one more member."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from converted_files import TO_EUR, Convert, names

pytest.importorskip("pyarrow")

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
        (4, "it is not JSON"),
        (5, "its member 'amount' is true"),
        (6, "it is not a JSON object but list"),
        (7, "it has no member 'day'"),
        (8, "its member 'day' is the number 20261030"),
        (9, "it is not JSON"),
    ]
    assert rejects[0]["text"] == "bad"
    assert rejects[3]["record"] == {"amount": 1, "ccy": "USD"}


@pytest.mark.parametrize("content", ["", "\n", "bad\n"])
def test_ndjson_without_anything(convert: Convert, tmp_path: Path, content: str) -> None:
    (tmp_path / "a.ndjson").write_text(content)
    code, _, _ = convert("a.ndjson", *TO_EUR, "-o", "b.ndjson", "--rejects", "r.ndjson")
    assert code == (3 if content.strip() else 0)
    assert (tmp_path / "b.ndjson").read_text() == ""


@pytest.mark.parametrize("row", [1, 2, 1500, 2999])
def test_ndjson_that_has_the_new_member_already(
    convert: Convert, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row: int
) -> None:
    monkeypatch.setattr("forexhooks.cli.files.ndjson._BYTES", 50_000)
    record = {"amount": 1, "ccy": "USD", "day": "2026-10-30"}
    lines = [json.dumps(record)] * 3000
    lines[row - 1] = json.dumps(record | {"amount_EUR": 5})
    (tmp_path / "a.ndjson").write_text("\n".join(lines))
    asked = ("a.ndjson", *TO_EUR, "-o", "b.ndjson", "--rejects", "r.ndjson")
    code, _, err = convert(*asked)
    assert code == 2
    said = f"row {row} of a.ndjson has a column 'amount_EUR' already: give the new one another name"
    assert said in " ".join(err.split())
    assert names(tmp_path) == {"a.ndjson"}
    assert convert(*asked, "--into", "eur")[0] == 0


RECORD = '{"amount":1,"ccy":"USD","day":"2026-10-30"}'


@pytest.mark.parametrize(
    ("content", "options", "converted"),
    [
        pytest.param(
            f"\ufeff{RECORD}\r\n{RECORD}\r\n",
            (),
            f'\ufeff{RECORD[:-1]}, "amount_EUR": 0.90}}\r\n{RECORD[:-1]}, "amount_EUR": 0.90}}\r\n',
            id="BOM, CRLF",
        ),
        pytest.param(
            RECORD.replace("1,", '"1\u00a0234,50",') + "\n" + RECORD.replace("1,", "1.5e1,"),
            ("--decimal", ",", "--thousands", " "),
            RECORD.replace("1,", '"1\u00a0234,50",')[:-1]
            + ', "amount_EUR": "1104,99"}\n'
            + RECORD.replace("1,", "1.5e1,")[:-1]
            + ', "amount_EUR": 13.43}\n',
            id="the style is that of texts",
        ),
        pytest.param(
            RECORD.replace("{", '{"x":"\\ud800","y":"}",'),
            (),
            RECORD.replace("{", '{"x":"\\ud800","y":"}",')[:-1] + ', "amount_EUR": 0.90}\n',
            id="half a sign elsewhere",
        ),
    ],
)
def test_ndjson_dialects(
    convert: Convert, tmp_path: Path, content: str, options: tuple[str, ...], converted: str
) -> None:
    (tmp_path / "a.ndjson").write_bytes(content.encode())
    code, _, err = convert("a.ndjson", *TO_EUR, *options, "-o", "b.ndjson")
    assert code == 0, err
    assert (tmp_path / "b.ndjson").read_bytes().decode() == converted


@pytest.mark.parametrize(
    ("line", "reason", "kept"),
    [
        (f"\ufeff{RECORD}".replace("USD", "XXX").encode(), "unknown currency 'XXX'", "record"),
        (RECORD.replace("USD", "\\ud800").encode(), "its member 'ccy' has half a sign", "record"),
        (RECORD.replace("1,", '"\\ud800",').encode(), "its member 'amount' has half", "record"),
        (RECORD.replace("1,", "9" * 5000 + ",").encode(), "is too large", "record"),
        (RECORD.replace("1,", "NaN,").encode(), "NaN is not a number", "text"),
        (RECORD.replace("USD", "\xe9").encode("latin-1"), "it is not JSON", "text"),
        (f"[{RECORD},".encode(), "write each object on a line of its own", "text"),
        (b"{", "write each object on a line of its own", "text"),
    ],
)
def test_ndjson_rejects_are_ndjson(
    convert: Convert, tmp_path: Path, line: bytes, reason: str, kept: str
) -> None:
    (tmp_path / "a.ndjson").write_bytes(line)
    assert convert("a.ndjson", *TO_EUR, "-o", "b.ndjson", "--rejects", "r.ndjson")[0] == 3
    (reject,) = (tmp_path / "r.ndjson").read_text(encoding="utf-8").splitlines()
    found = json.loads(reject, parse_int=str)
    assert reason in found["reason"]
    assert kept in found


def test_ndjson_with_moments_and_another_way_to_write_days(
    convert: Convert, tmp_path: Path
) -> None:
    (tmp_path / "a.ndjson").write_text(RECORD.replace("2026-10-30", "2026-10-28T23:30:00Z"))
    code, _, err = convert("a.ndjson", *TO_EUR)
    assert (code, "has a zone: give --zone Europe/Berlin" in " ".join(err.split())) == (1, True)
    code, out, _ = convert("a.ndjson", *TO_EUR, "--zone", "Europe/Berlin")
    assert (code, json.loads(out)["amount_EUR"]) == (0, 0.9)
    (tmp_path / "a.ndjson").write_text(RECORD.replace("2026-10-30", "30.10.2026"))
    assert convert("a.ndjson", *TO_EUR, "--days", "%d.%m.%Y")[0] == 0


def test_ndjson_in_utf_16(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(f"{RECORD}\n".encode("utf-16"))
    code, _, err = convert("a.ndjson", *TO_EUR, "-o", "b.ndjson")
    assert code == 0, err
    assert json.loads((tmp_path / "b.ndjson").read_text("utf-8-sig"))["amount_EUR"] == 0.9


def test_ndjson_with_the_currency_in_the_cell(convert: Convert, tmp_path: Path) -> None:
    lines = ['{"paid": "USD 5", "day": "2026-10-30"}', '{"paid": 5, "day": "2026-10-30"}']
    (tmp_path / "a.ndjson").write_text("\n".join(lines))
    asked = ("--amount", "paid", "--currency-from", "paid", "--to", "EUR", "--on", "day")
    code, out, _ = convert("a.ndjson", *asked, "--rejects", "r.ndjson")
    assert (code, json.loads(out)["paid_EUR"]) == (3, "4.48")
    assert "the number 5" in (tmp_path / "r.ndjson").read_text()


@pytest.mark.parametrize(
    "line",
    [
        '{"amount":1,"ccy":"USD","day":"2026-10-30","note":"\\ud800"}',
        '{"amount":"1","ccy":"US\\u0044","day":"2026-10-30"}',
        '{"amount":"\\u0031","ccy":"USD","day":"2026-10-30"}',
        ' { "day" : "2026-10-30" , "ccy" : "USD" , "amount" : 1 } ',
        '{"amount":2,"ccy":"USD","day":"2026-10-30","amount":1}',
        '{"amount":1.0000,"ccy":" USD ","day":"2026-10-30","x":[{"amount":"}"}]}',
    ],
)
def test_ndjson_that_is_written_unusually(convert: Convert, tmp_path: Path, line: str) -> None:
    plain = RECORD + "\n"
    (tmp_path / "a.ndjson").write_text(plain + line + "\n" + plain)
    code, _, err = convert("a.ndjson", *TO_EUR, "-o", "b.ndjson")
    assert code == 0, err
    first, second, third = (tmp_path / "b.ndjson").read_text().splitlines()
    assert first == third == RECORD[:-1] + ', "amount_EUR": 0.90}'
    number = '"0.90"' if '"amount":"' in line and "[" not in line else "0.90"
    assert second == line.rstrip()[:-1].rstrip() + f', "amount_EUR": {number}}}'
