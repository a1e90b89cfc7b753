"""The options of `forexhooks convert-file` that describe a file."""

from __future__ import annotations

import click

from forexhooks.cli import completion
from forexhooks.cli.files.formats import Columns, Paths, Style
from forexhooks.cli.options import Decorator, grouped

_SPACES_SAID = "\u00a0\u2007\u2009\u202f"


def _columns(
    amount: str,
    currency: str | None,
    currency_from: str | None,
    to: str,
    on: str,
    sign_column: str | None,
) -> Columns:
    if (currency is None) == (currency_from is None):
        raise click.UsageError(
            "give either --currency COLUMN|CODE or, for cells like EUR 12.50, "
            "--currency-from COLUMN"
        )
    return Columns(amount, currency or currency_from or "", to, on, sign_column, currency is None)


def _style(
    delimiter: str | None,
    skip: int,
    decimal: str,
    thousands: str,
    signs: str | None,
    days: str | None,
    year: int | None,
    zone: str | None,
) -> Style:
    if len(thousands) > 1 or thousands.isalnum() or thousands in ("+", "-", decimal):
        raise click.UsageError(
            f"--thousands is one character like , . ' or a space, not {thousands!r}"
            f"{', which is the decimal sign: give --decimal' if thousands == decimal else ''}"
        )
    if thousands and thousands in _SPACES_SAID:
        thousands = " "
    if delimiter is not None:
        delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
    thousands = thousands.replace("\u2019", "'")
    return Style(delimiter, skip, decimal, thousands, signs, days, year, zone)


paths_options: Decorator = grouped(
    "paths",
    Paths,
    click.argument("source", metavar="FILE", shell_complete=completion.files),
    click.option(
        "-o",
        "--output",
        metavar="FILE",
        default="-",
        shell_complete=completion.files,
        help="The file to write.  [default: stdout]",
    ),
    click.option(
        "--rejects",
        metavar="FILE",
        shell_complete=completion.files,
        help="Where to write the rows that cannot be converted, with the reason.  [default: the "
        "first of them is an error]",
    ),
)

columns_options: Decorator = grouped(
    "columns",
    _columns,
    click.option("--amount", required=True, metavar="COLUMN", help="The column of amounts."),
    click.option(
        "--currency",
        metavar="COLUMN|CODE",
        shell_complete=completion.codes,
        help="The column of their currencies.",
    ),
    click.option(
        "--currency-from",
        metavar="COLUMN",
        help="Instead of --currency: a column whose cells contain the currency, like EUR 12.50; "
        "it may be that of the amounts.",
    ),
    click.option(
        "--to",
        required=True,
        metavar="COLUMN|CODE",
        shell_complete=completion.codes,
        help="The currency to convert them into.",
    ),
    click.option("--on", required=True, metavar="COLUMN|DAY", help="The days, like 2026-10-30."),
    click.option(
        "--sign-column", metavar="COLUMN", help="The column of S and H, D and C, or DR and CR."
    ),
)

style_options: Decorator = grouped(
    "style",
    _style,
    click.option(
        "--delimiter", metavar="CHAR", help="The character between the fields of a csv file."
    ),
    click.option(
        "--skip",
        type=click.IntRange(0),
        default=0,
        metavar="N",
        help="Leave out the first N lines of a csv file, before its header.",
    ),
    click.option(
        "--decimal",
        type=click.Choice([".", ","]),
        default=".",
        help="The decimal separator of amounts.",
    ),
    click.option(
        "--thousands", metavar="CHAR", default="", help="The thousands separator of amounts."
    ),
    click.option(
        "--signs",
        type=click.Choice(["accounting", "bank"]),
        help="Read 5-, (5), 5 DR, 5 CR and currency symbols: in accounting CR is negative, "
        "on a bank statement DR is.",
    ),
    click.option(
        "--days", metavar="FORMAT", help="How days are written, like %d.%m.%Y for 30.10.2026."
    ),
    click.option(
        "--year",
        type=click.IntRange(1, 9999),
        help="The year of days that are written without one.",
    ),
    click.option(
        "--zone",
        metavar="NAME",
        help="The time zone in which a date and time has its day, like Europe/Berlin.",
    ),
)
