"""What the commands print: rates, tables, JSON, and notes on stderr."""

from __future__ import annotations

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
    """Print text that others may have had a hand in: what would control a terminal is written out.

    For all that the commands say, but for what they draw, and data as it is.
    """
    click.echo(in_lines(text), err=err, nl=nl)


# Spaces that no line is broken at, and marks of the direction of writing.
_PLAIN = {0xA0: " ", 0x202F: " ", 0x200E: None, 0x200F: None, 0x061C: None}

locale_option: Callable[[Any], Any] = click.option(
    "--locale",
    metavar="NAME",
    help="Write numbers and currencies as in this locale, like de_DE.  "
    "[default: as in 1234.56 USD]",
)


def localized(
    rate: Rate, locale: str, amount: Decimal | None = None, places: int | None = None
) -> str:
    """The rate, or an amount converted at it, as the people of a place write money."""
    return rate.format(amount, locale=locale, places=places).translate(_PLAIN)


def note_doubts(*rates: Rate) -> None:
    """Say on stderr which drivers did not answer, and what is stale, each once."""
    for doubt in dict.fromkeys(said(error) for rate in rates for _, error in rate.failures):
        echo(f"Note: {doubt}", err=True)
    for stale in dict.fromkeys(rate.stale for rate in rates):
        note_stale(stale)


def origin_of(rate: Rate, service: ForexService) -> str:
    """The day of a rate, who gave it, and how it was made, or by which rule it counts."""
    from forexhooks.service.explained import rule_of

    rule = rule_of(rate, service)
    if rule is None:
        return f"{rate}".rpartition(" (")[2].removesuffix(")")
    law = "" if rule.statute is None else f"; {rule.statute}"
    return f"{rate.on}, {rate.rule}: {rule.title}{law}"


def note_stale(stale: str | None) -> None:
    """Say on stderr what is stale, and what mends it, if anything is."""
    if stale is not None:
        echo(f"Note: stale: {said(stale)}", err=True)


def rate_as_json(rate: Rate) -> dict[str, object]:
    """The rate with all its digits, as strings, in the command line's words."""
    return as_json.rate_as_json(rate, said)


def echo_table(columns: Sequence[str], rows: Iterable[Sequence[str | None]]) -> bool:
    """Print a table: on a terminal within its width, else each row on one line.

    Returns whether it had to be folded.
    """
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table

    table = Table(*columns, box=None)
    for row in rows:
        table.add_row(*(in_lines(cell or "") for cell in row))
    for column in table.columns:
        column.overflow = "fold"  # nothing is cut off
    # What plugins say is no markup.
    console = Console(markup=False, emoji=False)
    wanted = Measurement.get(console, console.options.update(max_width=1_000_000), table).maximum
    if not console.is_terminal:
        console.width = max(console.width, wanted)
    console.print(table)
    return wanted > console.width


def echo_json(content: object) -> None:
    """Print as JSON."""
    import json

    # Beyond those that JSON escapes anyway there are others that a terminal may heed.
    text = json.dumps(content, indent=2, ensure_ascii=False)
    if not text.replace("\n", "").isprintable():
        text = json.dumps(content, indent=2)
    click.echo(text)
