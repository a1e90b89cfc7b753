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
        f"the amount {amount!r} is not written like 1234,56: give its notation with "
        "--thousands and "
        "--decimal; --thousands ' ' stands for any kind of space"
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
    for amount, how in (
        ("abc", ", without a currency sign"),
        (",", ", without a currency sign"),
        (".", ", without a currency sign"),
        ("12,5 EUR", "; --currency-from reads cells like EUR 12.50"),
        ("$5", "; --signs accounting reads (5), 5-, 5 CR and currency signs"),
        ("(5)", "; --signs accounting reads (5), 5-, 5 CR and currency signs"),
    ):
        value, reason = converted(convert, amount, *options)
        assert value is None
        assert reason == f"the amount {amount!r} is not a number: write it like {like}{how}"
    for amount in ("1.2,3", "1'2'3"):
        value, reason = converted(convert, amount, *options)
        assert value is None
        assert reason.startswith(f"the amount {amount!r} is not written like {like}: give its")


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        ("1" * 31, f"the amount '{'1' * 31}' is too large: it must be below 1e30"),
        ("1e5", "the amount '1e5' is not a number: write it like 1.234,56, without"),
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


ACCOUNTING = ("--signs", "accounting", "--thousands", ",")


@pytest.mark.parametrize(
    ("amount", "value"),
    [
        ("5-", "-5.00"),
        ("5 -", "-5.00"),
        ("(5)", "-5.00"),
        ("( 1,234.50 )", "-1234.50"),
        ("\u22125", "-5.00"),
        ("5\u2212", "-5.00"),
        ("5 CR", "-5.00"),
        ("5.00Cr.", "-5.00"),
        ("5 DR", "5.00"),
        ("5 H", "-5.00"),
        ("5 S", "5.00"),
        ("$5", "5.00"),
        ("-$5", "-5.00"),
        ("$-5", "-5.00"),
        ("($5)", "-5.00"),
        ("US$ 1,234.50", "1234.50"),
        ("5 \u20ac", "5.00"),
        ("-5,000.00 \u20ac", "-5000.00"),
        ("+5", "5.00"),
        ("5", "5.00"),
        (".5-", "-0.50"),
    ],
)
def test_signs_of_accounts(convert: Convert, amount: str, value: str) -> None:
    assert converted(convert, amount, *ACCOUNTING) == (value, "")
    if amount not in ("-$5", "-5,000.00 \u20ac", "5", "+5"):
        without, reason = converted(convert, amount, "--thousands", ",")
        assert without is None
        assert reason.endswith("; --signs accounting reads (5), 5-, 5 CR and currency signs")


CODE = "; --currency-from reads cells like EUR 12.50"
SIGNS = "; --signs accounting reads (5), 5-, 5 CR and currency signs"
NOTATION = "give its notation with --thousands and --decimal"


@pytest.mark.parametrize(
    ("amount", "options", "end"),
    [
        ("CR 5", (), "; --signs accounting reads a mark after the amount, like 5 CR"),
        ("CR 5", ACCOUNTING, "; --signs accounting reads a mark after the amount, like 5 CR"),
        ("dr.5", ("--signs", "bank"), "; --signs bank reads a mark after the amount, like 5 dr."),
        ("H 5", ACCOUNTING, "; --signs accounting reads a mark after the amount, like 5 H"),
        ("USD 5", (), f"like 1234.56{CODE}"),
        ("USD 5", ACCOUNTING, f"like 1,234.56{CODE}"),
        ("USD 1,234.50-", ("--thousands", ","), f"like 1,234.56{CODE}{SIGNS}"),
        ("USD 1,234.50-", ACCOUNTING, f"like 1,234.56{CODE}"),
        ("kr 5", (), ", without a currency sign"),
        ("kr 5", ACCOUNTING, ", without a currency sign"),
        ("-5-", (), "has two signs: is it negative?"),
        ("-5 H", ACCOUNTING, "has two signs: is it negative?"),
        ("5,00-", ACCOUNTING, NOTATION),
        ("12 34", (), f"{NOTATION}; --thousands ' ' stands for any kind of space"),
        ("12 34", ("--thousands", " "), NOTATION),
    ],
)
def test_reasons_name_the_option_that_helps(
    convert: Convert, amount: str, options: tuple[str, ...], end: str
) -> None:
    value, reason = converted(convert, amount, *options)
    assert value is None
    assert reason.startswith(f"the amount {amount!r} ")
    assert reason.endswith(end)


@pytest.mark.parametrize("amount", ["(-5)", "-5-", "-5 CR", "(5) DR", "+5-"])
def test_two_signs_are_not_guessed(convert: Convert, amount: str) -> None:
    value, reason = converted(convert, amount, *ACCOUNTING)
    assert (value, reason) == (None, f"the amount {amount!r} has two signs: is it negative?")


@pytest.mark.parametrize("amount", ["(5", "5)", "5 EUR", "5 XR", "CR", "$", "5,00-", "1 2"])
def test_what_accounts_do_not_write(convert: Convert, amount: str) -> None:
    value, reason = converted(convert, amount, *ACCOUNTING)
    assert value is None
    assert repr(amount) in reason


def test_to_a_bank_credit_comes_in(convert: Convert) -> None:
    assert converted(convert, "5 CR", "--signs", "bank") == ("5.00", "")
    assert converted(convert, "5 DR", "--signs", "bank") == ("-5.00", "")
    assert converted(convert, "(5)", "--signs", "bank") == ("-5.00", "")


def sides(convert: Convert, signs: str, *rows: str) -> tuple[list[str], list[str]]:
    """The amounts by the column of their signs, and the reasons of those without."""
    lines = [f"{row},EUR,2026-10-30" for row in rows]
    Path("a.csv").write_text("\n".join(["amount,side,ccy,day", *lines]), encoding="utf-8")
    options = ("--signs", signs, "--sign-column", "side", "-o", "b.csv", "--rejects", "r.csv")
    code, _, err = convert("a.csv", *TO_EUR, *options)
    assert code in (0, 3), err
    good = Path("b.csv").read_text(encoding="utf-8").splitlines()[1:]
    with open("r.csv", encoding="utf-8", newline="") as file:
        _, *bad = csv.reader(file)
    return [row.rpartition(",")[2] for row in good], [row[1] for row in bad]


def test_signs_in_a_column_of_their_own(convert: Convert) -> None:
    rows = ("5,S", "5,H", "5,debit", "5,Cr", "5,-", "5,+", ",")
    assert sides(convert, "accounting", *rows) == (
        ["5.00", "-5.00", "5.00", "-5.00", "-5.00", "5.00", ""],
        [],
    )
    assert sides(convert, "bank", *rows)[0] == [
        "-5.00",
        "5.00",
        "-5.00",
        "5.00",
        "-5.00",
        "5.00",
        "",
    ]
    assert sides(convert, "accounting", "5,X", "5,", "-5,H") == (
        [],
        [
            "the sign 'X' is neither debit (S, D, DR) nor credit (H, C, CR)",
            "the sign is missing",
            "the amount '-5' has a sign besides the one in its column, 'H'",
        ],
    )


@pytest.mark.parametrize("option", ["'", "\u2019"])
@pytest.mark.parametrize("apostrophe", ["'", "\u2019"])
def test_an_apostrophe_is_one_of_any_kind(convert: Convert, option: str, apostrophe: str) -> None:
    amount = f"1{apostrophe}234.50"
    assert converted(convert, amount, "--thousands", option) == ("1234.50", "")


@pytest.mark.parametrize(
    ("amount", "value"),
    [
        ("12,34,567.89", "1234567.89"),
        ("1,23,45,678", "12345678.00"),
        ("12,345", "12345.00"),
        ("12,34", None),
        ("12,34,56", None),
        ("123,45,678", None),
        ("1,2345,678", None),
    ],
)
def test_groups_of_india(convert: Convert, amount: str, value: str | None) -> None:
    assert converted(convert, amount, "--thousands", ",")[0] == value


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("USD 1,234.56", "1105.05"),
        ("1,234.56 USD", "1105.05"),
        ("usd1,234.56", "1105.05"),
        ("-1,234.56\u00a0USD", "-1105.05"),
        ("1,234.56", "the currency is missing"),
        ("XYZ 5", "unknown currency 'XYZ'"),
        ("USD 5 EUR", "the cell 'USD 5 EUR' names 2 currencies: USD, EUR; leave only that of"),
        ("USD 5 usd", "4.48"),
        ("USD 5 GBp", "names 2 currencies: USD, GBX"),
        ("USD 5 XYZ", "the amount 'USD 5 XYZ' is not a number"),
        ("USD 12,5", "the amount 'USD 12,5' is not written like 1,234.56"),
        ("5 US", "the amount '5 US' is not a number"),
        ("USD", "the amount 'USD' is not a number"),
    ],
)
def test_the_currency_in_the_cell(convert: Convert, tmp_path: Path, cell: str, value: str) -> None:
    (tmp_path / "a.csv").write_text(f'paid,day\n"{cell}",2026-10-30\n', encoding="utf-8")
    asked = ("--amount", "paid", "--currency-from", "paid", "--to", "EUR", "--on", "day")
    code, _, err = convert("a.csv", *asked, "--thousands", ",", "-o", "b.csv")
    if code == 0:
        with open("b.csv", encoding="utf-8", newline="") as file:
            assert next(csv.reader([*file][1:]))[-1] == value
    else:
        assert value in " ".join(err.split())


def test_the_currency_in_the_cell_of_another_column(convert: Convert, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("paid,of,day\n5,Dollar (USD),2026-10-30\n")
    asked = ("--amount", "paid", "--currency-from", "of", "--to", "EUR", "--on", "day")
    code, out, _ = convert("a.csv", *asked)
    assert (code, out.splitlines()[1]) == (0, "5,Dollar (USD),2026-10-30,4.48")
    (tmp_path / "a.csv").write_text("paid,of,day\n5 USD,Dollar (USD),2026-10-30\n")
    assert convert("a.csv", *asked)[0] == 1


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (
            "EUR to USD",
            "the cell 'EUR to USD' names 2 currencies: EUR, USD; leave only that of the",
        ),
        ("USD/EUR", "the cell 'USD/EUR' names 2 currencies: USD, EUR; leave only that of"),
        ("TRY again usd", "names 2 currencies: TRY, USD"),
        ("EUR, USD, EUR or GBP", "names 3 currencies: EUR, USD, GBP"),
        ("USD (usd)", "4.48"),
        ("for the car: USD", "4.48"),
        ("for the car", "unknown currency 'for'"),
    ],
)
def test_a_cell_names_one_known_currency(
    convert: Convert, tmp_path: Path, cell: str, value: str
) -> None:
    plain = '5,USD,2026-10-30\n,"EUR to USD",2026-10-30\n'  # without an amount, none is needed
    (tmp_path / "a.csv").write_text(f'paid,of,day\n{plain}5,"{cell}",2026-10-30\n')
    asked = ("--amount", "paid", "--currency-from", "of", "--to", "EUR", "--on", "day")
    code, _, _ = convert("a.csv", *asked, "-o", "b.csv", "--rejects", "r.csv")
    rows = [each[-1] for each in csv.reader((tmp_path / "b.csv").read_text().splitlines())]
    assert rows[1:3] == ["4.48", ""]
    if code == 0:
        assert rows[3:] == [value]
    else:
        (_, reject) = csv.reader((tmp_path / "r.csv").read_text().splitlines())
        assert (reject[0], value in reject[1]) == ("3", True), reject


NOTE = "Note: all amounts are like 12.500, which was read as 12.5: if the point is between"


@pytest.mark.parametrize(
    ("amounts", "is_noted"),
    [
        (("12.500", "1.250", "500", "0"), True),
        (("12.500", "", "-1.000"), True),
        (("12.500", "12.5"), False),
        (("0.125", "0.500"), False),
        (("1250", "12.500"), False),
        (("500", "7"), False),
        ((), False),
    ],
)
def test_amounts_that_may_be_thousands_are_noted(
    convert: Convert, tmp_path: Path, amounts: tuple[str, ...], is_noted: bool
) -> None:
    rows = [f"{amount},EUR,2026-10-30" for amount in amounts]
    (tmp_path / "a.csv").write_text("\n".join(["amount,ccy,day", *rows, ""]))
    code, _, err = convert("a.csv", *TO_EUR, "-o", "b.csv")
    assert (code, NOTE in err) == (0, is_noted)
    _, _, err = convert("a.csv", *TO_EUR, "--thousands", ",", "-o", "b.csv")
    assert NOTE not in err
