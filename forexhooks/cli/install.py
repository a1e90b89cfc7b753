"""`forexhooks install PLUGIN…`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping

import click

from forexhooks.cli import completion
from forexhooks.cli.installing import (
    Provided,
    installer,
    pip_arguments,
    provided,
    shown,
    wanted,
)
from forexhooks.cli.options import Decorator, json_option
from forexhooks.cli.printing import echo, echo_json

_AUTOLOAD = "FOREXHOOKS_DISABLE_PLUGIN_AUTOLOAD"

pip_args_option: Decorator = click.option(
    "--pip-args",
    metavar="OPTIONS",
    multiple=True,
    help="More options for the program that does it, in one text: "
    "--pip-args='--no-index --find-links wheels'.",
)


@click.command("install")
@click.argument(
    "plugins", metavar="PLUGIN...", nargs=-1, required=True, shell_complete=completion.files
)
@click.option("--upgrade", "-U", is_flag=True, help="Also where it is there in an older version.")
@pip_args_option
@json_option
def command(
    *, plugins: tuple[str, ...], upgrade: bool, pip_args: tuple[str, ...], as_json: bool
) -> None:
    """Install plugins where forexhooks is: from names, wheels or folders.

    With pip; where pipx or uv made the environment, with that. Then it says which drivers and
    extensions came. A driver is there at once; an extension runs when it is chosen.
    """
    packages = [wanted(each) for each in plugins]
    arguments = pip_arguments(pip_args)
    before = provided()
    program = installer()
    line = program.install(packages, upgrade=upgrade, pip_args=arguments)
    echo(f"Running: {shown(line)}", err=True)
    program.run(line)
    after = provided()
    asked_for = {each.name for each in packages}
    came = [each for name, each in after.items() if before.get(name) != each or name in asked_for]
    broken = _broken(came)
    if as_json:
        echo_json(
            [
                {**each._asdict(), "broken": {name: broken[name] for name in _in(each, broken)}}
                for each in came
            ]
        )
    else:
        for each in came:
            echo(each)
    for package in packages:
        if package.name is not None and package.name not in after:
            echo(f"Warning: no driver and no extension came with {package.name}", err=True)
    if not came and any(package.name is None for package in packages):
        echo("Warning: no driver and no extension came", err=True)
    for name, reason in broken.items():
        echo(f"Warning: {name} cannot be used: {reason}", err=True)


def _in(provided: Provided, broken: Mapping[str, str]) -> Iterable[str]:
    return (name for name in provided.drivers if name in broken)


def _broken(came: Iterable[Provided]) -> dict[str, str]:
    """The drivers that came and are not to be used, with the reason, as a new process sees it."""
    names = {name for each in came for name in each.drivers}
    distributions = {each.distribution for each in came}
    if not names:
        return {}
    environment = {name: value for name, value in os.environ.items() if name != _AUTOLOAD}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "forexhooks", "drivers", "--json"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**environment, "PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        return dict.fromkeys(names, said[-1] if said else "forexhooks itself does not run")
    return {
        each["name"]: each["reason"]
        for each in json.loads(done.stdout)
        if each["distribution"] in distributions and each["state"] in ("broken", "shadowed")
    }
