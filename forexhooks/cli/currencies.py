"""`forexhooks currencies`."""

from __future__ import annotations

import click

from forexhooks.cli.options import (
    driver_option,
    json_option,
    offline_option,
    opened,
    plugin_option,
    trace_option,
)
from forexhooks.cli.printing import echo_json, echo_table
from forexhooks.currencies import ENDED, name_of


@click.command("currencies")
@driver_option
@json_option
@offline_option
@plugin_option
@trace_option
@click.pass_context
def command(ctx: click.Context, *, drivers: tuple[str, ...], as_json: bool) -> None:
    """List the currencies that a driver knows, with their names, and what became of those ended."""
    codes = sorted(opened(ctx, drivers).currencies())
    rows = [(code, name_of(code), str(ENDED[code]) if code in ENDED else None) for code in codes]
    if as_json:
        echo_json([{"code": code, "name": name, "ended": ended} for code, name, ended in rows])
        return
    echo_table(("Code", "Name", "Ended"), rows)
