"""`forexhooks rate BASE QUOTE`."""

from __future__ import annotations

from datetime import date

import click

from forexhooks.cli.options import asks_a_driver, opened
from forexhooks.cli.printing import echo_json, note_doubts, rate_as_json


@click.command("rate")
@click.argument("base")
@click.argument("quote")
@click.option("--bips", is_flag=True, help="Print the rate in basis points, the integer alone.")
@asks_a_driver
@click.pass_context
def command(
    ctx: click.Context,
    *,
    base: str,
    quote: str,
    on: date | None,
    drivers: tuple[str, ...],
    as_json: bool,
    bips: bool,
) -> None:
    """Say what 1 unit of BASE costs in QUOTE, on a day or the latest.

    With the day it is of, the driver who answered, and how it was made: direct, inverse or cross.
    """
    if as_json and bips:
        raise click.UsageError("--bips and --json exclude each other: the JSON has the bips too")
    rate = opened(ctx, drivers).get_rate(base, quote, on)
    if as_json:
        echo_json(rate_as_json(rate))
    else:
        click.echo(rate.bips if bips else rate)
    note_doubts(rate)
