"""Shared by `install` and `uninstall`: run pip in this environment, and list its plugins.

pipx and uv keep their own list of what an environment contains; their next upgrade would drop what
pip added. There the error names the command to run.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Collection, Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from forexhooks.cli.printing import echo
from forexhooks.errors import PluginError
from forexhooks.plugins.discovery import forget_installed, installed_drivers, installed_extensions

if TYPE_CHECKING:
    from forexhooks.cli.options import Decorator
    from forexhooks.plugins.discovery import Found

pip_args_option: Decorator = click.option(
    "--pip-args",
    metavar="OPTIONS",
    multiple=True,
    help="More options for pip, in one string: --pip-args='--no-index --find-links wheels'.",
)


class Provided(NamedTuple):
    """A distribution with plugins: its name and version, and its plugins' names."""

    distribution: str
    version: str
    drivers: tuple[str, ...]
    extensions: tuple[str, ...]

    def __str__(self) -> str:
        plugins = [f"the driver {name}" for name in self.drivers]
        plugins += [f"the extension {name}" for name in self.extensions]
        return f"{self.distribution} {self.version}: {', '.join(plugins)}"


def provided() -> dict[str, Provided]:
    """The installed distributions with plugins, by canonical name. Looks afresh."""
    forget_installed()
    drivers, extensions = _by_origin(installed_drivers()), _by_origin(installed_extensions())
    found: dict[str, Provided] = {}
    for origin in {**drivers, **extensions}:
        distribution, _, version = origin.rpartition(" ")
        if distribution:  # without one it is built in
            plugins = tuple(drivers.get(origin, ())), tuple(extensions.get(origin, ()))
            found[canonical(distribution)] = Provided(distribution, version, *plugins)
    return found


def _by_origin(plugins: Iterable[Found]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for each in plugins:
        names.setdefault(each.origin, []).append(each.name)
    return names


def canonical(name: str) -> str:
    """The normalized name of a distribution, the same for all its spellings."""
    from packaging.utils import canonicalize_name

    return str(canonicalize_name(name))


def check_for_pip(coming: Sequence[str] = (), going: Collection[str] = ()) -> None:
    """Raise `PluginError` if pip must not change this environment.

    Args:
        coming: the packages to be installed.
        going: the canonical names of those to be removed.

    Raises:
        PluginError: another program made this environment; it names the command to run.
    """
    prefix = Path(sys.prefix)
    if (prefix / "pipx_metadata.json").is_file():
        maker, line = "pipx", ["pipx", "inject" if coming else "uninject", prefix.name]
        line += [*coming, *going]
    elif (prefix / "uv-receipt.toml").is_file():
        # uv cannot add a package to a tool: install the tool again, with all its packages.
        staying = [each.distribution for name, each in provided().items() if name not in going]
        maker, line = "uv", ["uv", "tool", "install", prefix.name]
        line += [part for each in (*staying, *coming) for part in ("--with", each)]
    elif find_spec("pip") is None:
        maker, line = "a program without pip", ["uv", "pip", "install" if coming else "uninstall"]
        line += ["--python", sys.executable, *coming, *going]
    else:
        return
    raise PluginError(f"{maker} made this environment; run: {_shown(line)}")


def run_pip(command: str, packages: Sequence[str], pip_args: Iterable[str], *more: str) -> None:
    """Run pip, with its output on stderr. Raises `PluginError` if it fails."""
    try:
        options = [each for text in pip_args for each in shlex.split(text)]
    except ValueError as error:
        raise PluginError(f"--pip-args cannot be read: {error}") from error
    # -P: do not run a pip.py in the current folder.
    line = [sys.executable, "-P", "-m", "pip", command, *more, *options, "--", *packages]
    echo(f"Running: {_shown(line)}", err=True)
    sys.stderr.flush()
    done = subprocess.run(line, stdout=2, check=False)  # noqa: S603 - what the user asked for
    if done.returncode != 0:
        raise PluginError(f"pip failed with exit code {done.returncode}; its output is above")


def _shown(line: Sequence[str]) -> str:
    """The command, without a user and password in its addresses."""
    return re.sub(r"(?<=://)[^/@\s]*@", "…@", shlex.join(line))
