"""What the commands print: rates, tables, JSON, and notes on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from forexhooks.cli.wording import said
from forexhooks.rates import as_json
from forexhooks.support.text import in_lines

if TYPE_CHECKING:
    from decimal import Decimal

    from forexhooks import ForexService, Rate


def echo(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Print text with its control characters escaped: parts may come from plugins or providers.

    Commands use it for everything except drawings and raw data.
    """
    click.echo(in_lines(text), err=err, nl=nl)


# Non-breaking spaces, and marks of the writing direction.
_PLAIN = {0xA0: " ", 0x202F: " ", 0x200E: None, 0x200F: None, 0x061C: None}

locale_option: Callable[[Any], Any] = click.option(
    "--locale",
    metavar="NAME",
    help="Write numbers and currencies as in this locale, like de_DE.  [default: 1234.56 USD]",
)


def localized(
    rate: Rate, locale: str, amount: Decimal | None = None, places: int | None = None
) -> str:
    """The rate, or an amount converted at it, as the locale writes money."""
    return rate.format(amount, locale=locale, places=places).translate(_PLAIN)


def note_doubts(*rates: Rate) -> None:
    """Note on stderr which drivers did not answer, and what is stale, each once."""
    for doubt in dict.fromkeys(said(error) for rate in rates for _, error in rate.failures):
        echo(f"Note: {doubt}", err=True)
    for stale in dict.fromkeys(rate.stale for rate in rates):
        note_stale(stale)


def origin_of(rate: Rate, service: ForexService) -> str:
    """The day of a rate, its driver, and how it was made, or which rule prescribes it."""
    from forexhooks.service.explained import rule_of

    rule = rule_of(rate, service)
    if rule is None:
        return f"{rate}".rpartition(" (")[2].removesuffix(")")
    law = "" if rule.statute is None else f"; {rule.statute}"
    return f"{rate.on}, {rate.rule}: {rule.title}{law}"


def note_stale(stale: str | None) -> None:
    """Note on stderr what is stale, and the remedy."""
    if stale is not None:
        echo(f"Note: stale: {said(stale)}", err=True)


def rate_as_json(rate: Rate) -> dict[str, object]:
    """The rate with all its digits, as strings; its notes speak of options."""
    return as_json.rate_as_json(rate, said)


def echo_table(columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> bool:
    """Print a table: within the terminal's width, or each row on one line without a terminal.

    Returns whether lines had to be folded.
    """
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table

    table = Table(*columns, box=None)
    for row in rows:
        table.add_row(*(in_lines(cell or "") for cell in row))
    for column in table.columns:
        column.overflow = "fold"  # cut nothing off
    # Strings from plugins are not markup.
    console = Console(markup=False, emoji=False)
    wanted = Measurement.get(console, console.options.update(max_width=1_000_000), table).maximum
    if not console.is_terminal:
        console.width = max(console.width, wanted)
    console.print(table)
    return wanted > console.width


def can_show(text: str) -> bool:
    """Whether the encoding of stdout has all characters of a string."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def echo_json(content: object) -> None:
    """Print as JSON."""
    import json

    # JSON leaves some characters unescaped that control a terminal, or that it cannot show.
    text = json.dumps(content, indent=2, ensure_ascii=False)
    if not text.replace("\n", "").isprintable() or not can_show(text):
        text = json.dumps(content, indent=2)
    click.echo(text)
