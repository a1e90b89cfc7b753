"""`forexhooks uninstall PLUGIN…`."""

from __future__ import annotations

import sys
from collections.abc import Mapping

import click

from forexhooks.cli.install import pip_args_option
from forexhooks.cli.installing import (
    Provided,
    installer,
    pip_arguments,
    provided,
    shown,
)
from forexhooks.cli.options import json_option
from forexhooks.cli.printing import echo, echo_json
from forexhooks.cli.uv_tools import canonical
from forexhooks.errors import PluginError, did_you_mean
from forexhooks.plugins.hookspecs import PROJECT


@click.command("uninstall")
@click.argument("plugins", metavar="PLUGIN...", nargs=-1, required=True)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@pip_args_option
@json_option
def command(
    *, plugins: tuple[str, ...], yes: bool, pip_args: tuple[str, ...], as_json: bool
) -> None:
    """Uninstall plugins, by the names of their packages.

    Nothing but plugins: a package without drivers and extensions is refused, and so is forexhooks
    itself.
    """
    arguments = pip_arguments(pip_args)
    there = provided()
    going = [_plugin(name, there) for name in dict.fromkeys(map(canonical, plugins))]
    program = installer()
    line = program.uninstall([each.distribution for each in going], pip_args=arguments)
    echo("To be removed:", err=True)
    for each in going:
        echo(f"  {each}", err=True)
    if not yes and not _is_confirmed():
        raise PluginError("nothing was removed")
    echo(f"Running: {shown(line)}", err=True)
    program.run(line)
    left = provided().keys() & {canonical(each.distribution) for each in going}
    if left:
        raise PluginError(
            f"{', '.join(sorted(left))}: {program.kind} did not remove it, and says above why"
        )
    if as_json:
        echo_json([each._asdict() for each in going])
    else:
        for each in going:
            echo(f"Removed: {each}")


def _plugin(name: str, there: Mapping[str, Provided]) -> Provided:
    """The plugin of that name. Raises `PluginError` for what is none."""
    found = there.get(name)
    if found is not None:
        return found
    if name == PROJECT:
        raise PluginError(f"{PROJECT} itself is no plugin: remove it as you installed it")
    import importlib.metadata

    holders = [
        each.distribution for each in there.values() if name in (*each.drivers, *each.extensions)
    ]
    if holders:
        raise PluginError(f"{name} is no package: it came with {' and '.join(holders)}; name that")
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        raise PluginError(
            f"{name} is not installed{did_you_mean(name, there)}; "
            f"there {'are' if there else 'is'}: {', '.join(sorted(there)) or 'none'}"
        ) from None
    raise PluginError(
        f"{name} {version} is no plugin, as it has neither drivers nor extensions: "
        "remove it with pip, if it is to go"
    )


def _is_confirmed() -> bool:
    try:
        return click.confirm("Remove?", err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise  # Ctrl-C
        raise PluginError("nothing was removed: nobody is there to ask, give --yes") from None
