"""`forexhooks currencies`."""

from __future__ import annotations

import click

from forexhooks.cli.options import (
    common_options,
    driver_option,
    opened,
)
from forexhooks.cli.printing import echo_json, echo_table
from forexhooks.currencies import ENDED, SUSPENDED, name_of


@click.command("currencies")
@driver_option
@common_options
@click.pass_context
def command(ctx: click.Context, *, drivers: tuple[str, ...], as_json: bool) -> None:
    """List the currencies that a driver knows, with their names.

    Currencies that ended are marked, with their successor; so are suspended ones.
    """
    codes = sorted(opened(ctx, drivers).currencies())
    rows = [(code, name_of(code), *_state(code)) for code in codes]
    if as_json:
        keys = "code", "name", "ended", "suspended"
        echo_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    echo_table(
        ("Code", "Name", "State"),
        [(code, name, _in_words(ended, suspended)) for code, name, ended, suspended in rows],
    )


def _state(code: str) -> tuple[str | None, str | None]:
    """How a currency ended, or was suspended."""
    since, why = SUSPENDED.get(code, (None, ""))
    ended = str(ENDED[code]) if code in ENDED else None
    return ended, f"{why} from {since}" if since else None


def _in_words(ended: str | None, suspended: str | None) -> str | None:
    return f"ended: {ended}" if ended else suspended and f"suspended: {suspended}"
