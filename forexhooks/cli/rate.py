"""`forexhooks rate BASE QUOTE…`."""

from __future__ import annotations

from datetime import date

import click

from forexhooks.cli.explain import echo_explained, explain_option
from forexhooks.cli.options import asks_a_driver, opened, rates_of
from forexhooks.cli.pairs import base_and_quotes, quotes_argument
from forexhooks.cli.printing import (
    echo,
    echo_json,
    locale_option,
    localized,
    note_doubts,
    origin_of,
    rate_as_json,
)


@click.command("rate")
@quotes_argument
@click.option("--bips", is_flag=True, help="Print only the rate in basis points, an integer.")
@locale_option
@explain_option
@asks_a_driver
@click.pass_context
def command(
    ctx: click.Context,
    *,
    codes: tuple[str, ...],
    on: date | None,
    max_gap: int | None,
    drivers: tuple[str, ...],
    as_json: bool,
    bips: bool,
    locale: str | None,
    explain: bool,
) -> None:
    """Show what 1 unit of BASE costs in each QUOTE, on a day or at the latest rate.

    The result shows its day, the driver that answered, and how the rate was made: direct,
    inverse or cross.
    """
    if as_json and (bips or explain):
        raise click.UsageError(
            f"use --{'bips' if bips else 'explain'} or --json, not both: the JSON has it too"
        )
    if locale and (bips or as_json):
        raise click.UsageError(f"use --{'bips' if bips else 'json'} or --locale, not both")
    base, quotes = base_and_quotes(codes)
    service = opened(ctx, drivers)
    rates = rates_of(service, base, quotes, on, max_gap)
    if as_json:
        documents = [rate_as_json(rate) for rate in rates]
        echo_json(documents if len(quotes) > 1 else documents[0])
    for rate in rates:
        if not as_json:
            said = localized(rate, locale) if locale else f"{rate}".partition(" (")[0]
            echo(rate.bips if bips else f"{said} ({origin_of(rate, service)})")
        if explain:
            echo_explained(rate, service, max_gap)
    note_doubts(*rates)
