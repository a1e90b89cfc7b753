"""`forexhooks compare BASE QUOTE`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from forexhooks.cli.options import (
    State,
    common_options,
    drivers_option,
    on_option,
)
from forexhooks.cli.pairs import base_and_quote, pair_argument
from forexhooks.cli.printing import echo, echo_json, echo_table, rate_as_json
from forexhooks.cli.wording import said
from forexhooks.rates.decimals import shown
from forexhooks.service.compare import BOUND, compare

if TYPE_CHECKING:
    from forexhooks.service.compare import Compared


@click.command("compare")
@pair_argument
@drivers_option
@on_option
@click.option(
    "--bound",
    type=click.IntRange(min=0),
    default=BOUND,
    show_default=True,
    help="How many bips drivers may differ by.",
)
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    *,
    codes: tuple[str, ...],
    drivers: tuple[str, ...],
    on: date | None,
    bound: int,
    as_json: bool,
) -> None:
    """Ask all drivers at once what 1 unit of BASE costs in QUOTE, and compare.

    Shows how far each rate is from the median, in bips of the median, and marks those that
    disagree, are inverted or are off by a factor of 100. The exit code is 1 if no driver answers.
    """
    base, quote = base_and_quote(codes)
    manager = State.of(ctx).manager()
    rows = compare(
        base,
        quote,
        on,
        drivers=drivers,
        manager=manager,
        bound=bound,
        refresh=manager.settings.refresh is not False,
    )
    if as_json:
        echo_json([_as_json(row) for row in rows])
    else:
        columns = ("Driver", quote, "Day", "Kind", "ms", "Bips off", "Suspicion")
        echo_table(columns, [_cells(row) for row in rows])
        for row in rows:
            doubt = row.error or (row.rate and row.rate.stale)
            if doubt:
                echo(f"\n{said(doubt)}")
    ctx.exit(0 if any(row.rate for row in rows) else 1)


def _cells(row: Compared) -> tuple[str, ...]:
    milliseconds = f"{row.seconds * 1000:.0f}"
    if row.rate is None:
        return (row.driver, "no answer", "", "", milliseconds)
    return (
        row.driver,
        shown(row.rate.value),
        f"{row.rate.on}",
        row.rate.kind,
        milliseconds,
        f"{row.off_by}",
        row.suspicion or "",
    )


def _as_json(row: Compared) -> dict[str, object]:
    return {
        "driver": row.driver,
        "rate": row.rate and rate_as_json(row.rate),
        "error": row.error and {"type": type(row.error).__name__, "message": said(row.error)},
        "milliseconds": round(row.seconds * 1000, 1),
        "off_by": None if row.off_by is None else str(row.off_by),
        "suspicion": row.suspicion,
    }
