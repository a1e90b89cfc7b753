"""`forexhooks convert AMOUNT BASE QUOTE…`."""

from __future__ import annotations

from datetime import date

import click

from forexhooks.cli import completion
from forexhooks.cli.explain import echo_explained, explain_option
from forexhooks.cli.options import asks_a_driver, opened, rates_of
from forexhooks.cli.pairs import base_and_quotes
from forexhooks.cli.printing import (
    echo,
    echo_json,
    locale_option,
    localized,
    note_doubts,
    origin_of,
    rate_as_json,
)
from forexhooks.rates.decimals import exact_amount


class _InOrder(click.Command):
    """A command that keeps its arguments in the order they were typed."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the arguments, then parse them."""
        ctx.meta["line"] = list(args)
        return super().parse_args(ctx, args)


# A negative amount looks like an unknown option.
@click.command("convert", cls=_InOrder, context_settings={"ignore_unknown_options": True})
@click.argument(
    "words",
    metavar="AMOUNT BASE QUOTE...",
    nargs=-1,
    required=True,
    shell_complete=completion.codes_after_the_first,
)
@click.option(
    "--to",
    metavar="QUOTE",
    multiple=True,
    shell_complete=completion.codes,
    help="Another way to name a QUOTE. May be given several times.",
)
@click.option(
    "--places",
    type=int,
    help="Decimal places; -3 rounds to thousands.  [default: those of QUOTE]",
)
@locale_option
@explain_option
@asks_a_driver
@click.pass_context
def command(
    ctx: click.Context,
    *,
    words: tuple[str, ...],
    to: tuple[str, ...],
    on: date | None,
    max_gap: int | None,
    drivers: tuple[str, ...],
    as_json: bool,
    places: int | None,
    locale: str | None,
    explain: bool,
) -> None:
    """Convert AMOUNT of BASE into each QUOTE, on a day or at the latest rate.

    The result is rounded once, half-even, to the minor unit of QUOTE.
    """
    amount, *codes = words
    for word in words:
        if word.startswith("--" if word is amount else "-"):
            raise click.NoSuchOption(word, ctx=ctx)
    if as_json and explain:
        raise click.UsageError("use --explain or --json, not both: the JSON has it too")
    if as_json and locale:
        raise click.UsageError("use --json or --locale, not both: JSON is for programs")
    exact = exact_amount(amount)
    base, quotes = base_and_quotes((*codes[:1], *_as_given(ctx, (*codes[1:], *to))))
    service = opened(ctx, drivers)
    rates = rates_of(service, base, quotes, on, max_gap)
    results = [(rate, rate.convert(exact, places=places)) for rate in rates]
    if as_json:
        documents = [
            {"amount": f"{exact:f}", "converted": f"{converted:f}", "rate": rate_as_json(rate)}
            for rate, converted in results
        ]
        echo_json(documents if len(quotes) > 1 else documents[0])
    else:
        for rate, converted in results:
            money = f"{exact:f} {rate.base} = {converted:f} {rate.quote}"
            if locale:
                money = localized(rate, locale, exact, places)
            echo(f"{money} ({origin_of(rate, service)})")
            if explain:
                to_what = (
                    f"the minor unit of {rate.quote}" if places is None else f"{places} places"
                )
                rounded = f"once, half-even, to {to_what}"
                echo_explained(rate, service, max_gap, more=[("rounded", rounded)])
    note_doubts(*rates)


def _as_given(ctx: click.Context, quotes: tuple[str, ...]) -> list[str]:
    """The quotes in the order they were typed, with --to or without."""
    line = [word.removeprefix("--to=") for word in ctx.meta["line"]]
    return sorted(quotes, key=line.index)
