"""`forexhooks cache`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from forexhooks.cli.options import Day, State, drivers_option, json_option
from forexhooks.cli.printing import echo, echo_json, echo_table

if TYPE_CHECKING:
    from datetime import datetime

    from forexhooks.http.cache import Kept


@click.command("cache")
@drivers_option
@click.option(
    "--on", type=Day(), metavar="DAY", help="Only responses that may have a rate of this day."
)
@click.option("--drop", is_flag=True, help="Delete them, so the provider is asked again.")
@json_option
@click.pass_context
def command(
    ctx: click.Context, *, drivers: tuple[str, ...], on: date | None, drop: bool, as_json: bool
) -> None:
    """List the cached responses of the providers, or delete them.

    Responses about days more than a week ago are kept for good. If a provider has corrected such
    a rate since, delete it with --driver NAME --on DAY --drop. Programs that are running also
    keep rates in memory: restart them.
    """
    from forexhooks.http.cache import cached_drivers, kept_answers

    cached = cached_drivers()
    for name in drivers:
        if name not in cached:  # a removed driver may have left cached responses
            State.of(ctx).manager().find(name)
    names = drivers or cached
    found = [each for name in names for each in kept_answers(name, day=on, drop=drop)]
    if as_json:
        echo_json([_as_json(each) for each in found])
    elif drop:
        echo(f"{len(found)} {'response' if len(found) == 1 else 'responses'} deleted")
    elif found:
        columns = ("Driver", "Days", "Fetched", "Expires", "Bytes", "Address")
        echo_table(columns, map(_cells, found))


def _cells(kept: Kept) -> tuple[str, ...]:
    return (
        kept.driver,
        _days(kept),
        _shown(kept.fetched),
        "never" if kept.until is None else _shown(kept.until),
        f"{kept.size}",
        kept.address,
    )


def _days(kept: Kept) -> str:
    if kept.last is None:
        return "the latest"
    if kept.first is None:
        return f"to {kept.last}"
    return f"{kept.last}" if kept.first == kept.last else f"{kept.first} to {kept.last}"


def _shown(moment: datetime) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def _as_json(kept: Kept) -> dict[str, object]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in kept._asdict().items()
    }
