"""How amounts are written in text: by the options, and never guessed."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converted_files import TO_EUR, Convert
from forexhooks.cli import main

pytest.importorskip("pyarrow")

SPACES = " \u00a0\u2007\u2009\u202f"


def converted(convert: Convert, amount: str, *options: str) -> tuple[str | None, str]:
    """The amount in EUR as it was, or the reason why not."""
    path = Path("a.csv")
    path.write_text(f'amount,ccy,day\n"{amount}",EUR,2026-10-30\n', encoding="utf-8")
    code, _, err = convert("a.csv", *TO_EUR, *options, "-o", "b.csv", "--rejects", "r.csv")
    assert code in (0, 3), err
    with open("b.csv" if code == 0 else "r.csv", encoding="utf-8", newline="") as file:
        _, row = csv.reader(file)
    return (row[-1], "") if code == 0 else (None, row[1])


@pytest.mark.parametrize("space", SPACES)
@pytest.mark.parametrize("option", SPACES)
def test_a_space_between_thousands_is_one_of_any_kind(
    convert: Convert, space: str, option: str
) -> None:
    options = ("--decimal", ",", "--thousands", option)
    for amount, value in [
        (f"1{space}234,56", "1234,56"),
        (f"-12{space}345{space}678,90", "-12345678,90"),
        (f"{space}1234,5{space}", "1234,50"),
        (f"123{space}456", "123456,00"),
    ]:
        assert converted(convert, amount, *options) == (value, "")
    for amount in (f"12{space}34,56", f"1{space}{space}234,56", f"1{space}2345", f"1234{space}567"):
        value, reason = converted(convert, amount, *options)
        assert value is None
        assert repr(amount) in reason


@pytest.mark.parametrize("space", SPACES)
def test_a_space_is_between_thousands_only_where_that_is_said(convert: Convert, space: str) -> None:
    amount = f"1{space}234,56"
    value, reason = converted(convert, amount, "--decimal", ",")
    assert value is None
    assert reason == (
        f"the amount {amount!r} is not written like 1234,56: say how it is, with --thousands and "
        "--decimal; --thousands ' ' is a space of any kind"
    )


def test_no_break_spaces_of_excel(convert: Convert, tmp_path: Path) -> None:
    content = "Montant;ccy;day\r\n1\u00a0234,56;EUR;2026-10-30\r\n".encode("cp1252")
    (tmp_path / "a.csv").write_bytes(content)
    style = ("--delimiter", ";", "--decimal", ",", "--thousands", " ")
    code, out, err = convert("a.csv", "--amount", "Montant", *TO_EUR[2:], *style, "-o", "b.csv")
    assert (code, out) == (0, ""), err
    assert (tmp_path / "b.csv").read_bytes() == (
        b"Montant;ccy;day;Montant_EUR\r\n1\xa0234,56;EUR;2026-10-30;1234,56\r\n"
    )


@pytest.mark.parametrize(
    ("options", "like"),
    [
        ((), "1234.56"),
        (("--decimal", ","), "1234,56"),
        (("--decimal", ",", "--thousands", "."), "1.234,56"),
        (("--thousands", "'"), "1'234.56"),
        (("--decimal", ",", "--thousands", "\u202f"), "1 234,56"),
    ],
)
def test_reasons_quote_the_file_in_its_own_notation(
    convert: Convert, options: tuple[str, ...], like: str
) -> None:
    for amount in ("12,5 EUR", "abc", "$5", ",", "."):
        value, reason = converted(convert, amount, *options)
        assert value is None
        assert reason == (
            f"the amount {amount!r} is not a number: write it like {like}, without a currency sign"
        )
    for amount in ("1.2,3", "1'2'3"):
        value, reason = converted(convert, amount, *options)
        assert value is None
        assert reason.startswith(f"the amount {amount!r} is not written like {like}: say how it is")


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("1" * 31, f"the amount '{'1' * 31}' is too large: it must be below 1e30"),
        ("0," + "1" * 41, f"the amount '0,{'1' * 41}' has 41 decimal places: 40 at most"),
        ("1,5e3", "the amount '1,5e3' is not a number: write it like 1.234,56, without"),
    ],
)
def test_reasons_of_other_kinds(convert: Convert, amount: str, reason: str) -> None:
    value, said = converted(convert, amount, "--decimal", ",", "--thousands", ".")
    assert value is None
    assert said.startswith(reason)


STYLES = [
    (decimal, mark) for decimal in ".," for mark in ("", "'", " ", ".", ",") if mark != decimal
]


@given(amount=st.decimals(-(10**12), 10**12, places=2), style=st.sampled_from(STYLES))
def test_an_amount_in_a_style_is_read_exactly(
    tmp_path_factory: pytest.TempPathFactory, amount: object, style: tuple[str, str]
) -> None:
    decimal, mark = style
    folder = tmp_path_factory.mktemp("styles")
    written = f"{amount:,}".replace(",", "_").replace(".", decimal).replace("_", mark)
    source, target = folder / "a.csv", folder / "b.csv"
    source.write_text(f'amount\n"{written}"\n')
    asked = ("--amount", "amount", "--currency", "EUR", "--to", "EUR", "--on", "2026-10-30")
    with pytest.raises(SystemExit) as ended:
        options = ("--decimal", decimal, "--thousands", mark)
        main(["convert-file", str(source), *asked, *options, "-o", str(target)])
    assert not ended.value.code
    with target.open(newline="") as file:
        *_, (_, value) = csv.reader(file)
    assert value == str(amount).replace("-0.00", "0.00").replace(".", decimal)
