"""`forexhooks update [DRIVER]`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from forexhooks.cli import completion
from forexhooks.cli.options import common_options, opened
from forexhooks.cli.printing import echo, echo_json
from forexhooks.cli.progress import progress_bar

if TYPE_CHECKING:
    from forexhooks import Update


@click.command("update")
@click.argument("driver", required=False, shell_complete=completion.drivers)
@click.option(
    "--full", is_flag=True, help="Fetch the whole history again, not only what is missing."
)
@common_options
@click.pass_context
def command(ctx: click.Context, *, driver: str | None, full: bool, as_json: bool) -> None:
    """Bring the rates stored for DRIVER up to date. Default: the settings' driver, else ecb.

    Fetches as little as possible, and writes it to your data folder. If that fails, you keep the
    rates you had.
    """
    service = opened(ctx, () if driver is None else (driver,))
    with progress_bar(service.driver, "bytes", at_once=True) as progress:
        update = service.update(full=full, progress=progress)
    for kept_out in update.kept_out:
        echo(f"Warning: left out: {kept_out}", err=True)
    if as_json:
        echo_json(_as_json(update))
    else:
        echo(update)


def _as_json(update: Update) -> dict[str, object]:
    days = {
        name: day and day.isoformat()
        for name, day in (("before", update.before), ("after", update.after))
    }
    return {**update._asdict(), **days}
