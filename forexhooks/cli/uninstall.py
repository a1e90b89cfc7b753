"""`forexhooks uninstall PLUGIN…`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click

from forexhooks.cli.installing import (
    Provided,
    canonical,
    check_for_pip,
    pip_args_option,
    provided,
    run_pip,
)
from forexhooks.cli.options import json_option
from forexhooks.cli.printing import echo, echo_json
from forexhooks.errors import PluginError, did_you_mean


@click.command("uninstall")
@click.argument("plugins", metavar="PLUGIN...", nargs=-1, required=True)
@click.option("--yes", "-y", is_flag=True, help="Do not ask for confirmation.")
@pip_args_option
@json_option
def command(
    *, plugins: tuple[str, ...], yes: bool, pip_args: tuple[str, ...], as_json: bool
) -> None:
    """Uninstall plugins with pip, by the names of their packages.

    Only plugins can be uninstalled: other packages are refused, and so is forexhooks itself.
    """
    there = provided()
    going = {name: _plugin(name, there) for name in map(canonical, plugins)}
    check_for_pip(going=going)
    echo("This will remove:", err=True)
    for each in going.values():
        echo(f"  {each}", err=True)
    if not yes and not _is_confirmed():
        raise PluginError("nothing was removed")
    run_pip("uninstall", list(going), pip_args, "--yes")
    left = provided().keys() & going
    if left:
        raise PluginError(f"pip did not remove {', '.join(sorted(left))}; its output is above")
    if as_json:
        echo_json([each._asdict() for each in going.values()])
    else:
        for each in going.values():
            echo(f"Removed: {each}")


def _plugin(name: str, there: Mapping[str, Provided]) -> Provided:
    """The package of that name. Raises `PluginError` if there is none."""
    if name in there:
        return there[name]
    holders = [
        each.distribution for each in there.values() if name in (*each.drivers, *each.extensions)
    ]
    if holders:
        raise PluginError(
            f"{name} is a plugin, not a package: uninstall {' or '.join(holders)}, which has it"
        )
    raise PluginError(
        f"no package {name} with plugins is installed{did_you_mean(name, there)}; "
        f"installed: {', '.join(sorted(there)) or 'none'}"
    )


def _is_confirmed() -> bool:
    try:
        return click.confirm("Remove?", err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise  # Ctrl-C
        raise PluginError(
            "nothing was removed: stdin is not a terminal, so confirm with --yes"
        ) from None
