"""`forexhooks convert AMOUNT BASE QUOTE`."""

from __future__ import annotations

from datetime import date

import click

from forexhooks.cli.options import asks_a_driver, opened
from forexhooks.cli.printing import echo_json, note_doubts, rate_as_json
from forexhooks.rates.decimals import exact_amount


# A negative amount looks like an unknown option.
@click.command("convert", context_settings={"ignore_unknown_options": True})
@click.argument("amount")
@click.argument("base")
@click.argument("quote")
@click.option("--places", type=int, help="Decimal places.  [default: those of QUOTE]")
@asks_a_driver
@click.pass_context
def command(
    ctx: click.Context,
    *,
    amount: str,
    base: str,
    quote: str,
    on: date | None,
    drivers: tuple[str, ...],
    as_json: bool,
    places: int | None,
) -> None:
    """Convert AMOUNT of BASE into QUOTE, on a day or at the latest rate.

    Rounded once, half-even, to the minor unit of QUOTE.
    """
    exact = exact_amount(amount)
    rate = opened(ctx, drivers).get_rate(base, quote, on)
    converted = rate.convert(exact, places=places)
    if as_json:
        echo_json(
            {
                "amount": f"{exact:f}",
                "converted": f"{converted:f}",
                "rate": rate_as_json(rate),
            }
        )
    else:
        click.echo(
            f"{exact:f} {rate.base} = {converted:f} {rate.quote} "
            f"({rate.on}, {rate.driver}, {rate.kind})"
        )
    note_doubts(rate)
