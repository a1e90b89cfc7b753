"""`forexhooks install PLUGIN…`."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import click

import forexhooks
from forexhooks.cli import completion
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


@click.command("install")
@click.argument(
    "plugins", metavar="PLUGIN...", nargs=-1, required=True, shell_complete=completion.files
)
@click.option("--upgrade", "-U", is_flag=True, help="Replace an older version that is installed.")
@pip_args_option
@json_option
def command(
    *, plugins: tuple[str, ...], upgrade: bool, pip_args: tuple[str, ...], as_json: bool
) -> None:
    """Install plugins into forexhooks' environment, with pip: from names, wheels or folders.

    Lists the drivers and extensions that were added. A driver can be used at once; an extension
    runs when you choose it. If pipx or uv made the environment, it says what to run instead.
    """
    check_for_pip(coming=plugins)
    names = _installed(plugins, pip_args, *(["--upgrade"] if upgrade else []))
    # pip skips a version that is installed already. A path means this very file, so force it.
    left = [path for path in plugins if os.path.isfile(path) and names[path] is None]
    if left:
        names |= _installed(left, pip_args, "--force-reinstall", "--no-deps")
    there = provided()
    came = [there[name] for name in dict.fromkeys(filter(None, names.values())) if name in there]
    broken = _broken(came)
    if as_json:
        echo_json(
            [
                each._asdict() | {"broken": {n: broken[n] for n in each.drivers if n in broken}}
                for each in came
            ]
        )
    else:
        for each in came:
            echo(each)
    if not came:
        echo("Warning: pip added no driver and no extension", err=True)
    for name, reason in broken.items():
        echo(f"Warning: {name} cannot be used: {reason}", err=True)


def _installed(
    plugins: Collection[str], pip_args: tuple[str, ...], *more: str
) -> dict[str, str | None]:
    """Install them; map addresses to the names of what pip installed (None: a path it skipped)."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        run_pip("install", tuple(plugins), pip_args, *more, "--report", str(report))
        installed: list[dict[str, Any]] = json.loads(report.read_bytes())["install"]
    found = {
        each["download_info"]["url"]: canonical(each["metadata"]["name"]) for each in installed
    }
    paths = {path: found.get(Path(path).absolute().as_uri()) for path in plugins}
    return {**paths, **found}


def _broken(came: Collection[Provided]) -> dict[str, str]:
    """The new drivers and rules that cannot be used, with the reason."""
    if not came:
        return {}
    distributions = {each.distribution for each in came}
    return {
        each.name: each.reason or ""
        for each in (*forexhooks.drivers(), *forexhooks.rules())
        if each.origin.rpartition(" ")[0] in distributions and each.state in ("broken", "shadowed")
    }
