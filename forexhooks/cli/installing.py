"""What `install` and `uninstall` share: which program changes this environment, and what is in it.

An environment that pipx or uv made of forexhooks knows what belongs into it. A package that pip put
there would be gone with the next upgrade, so the program that made the environment is asked.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.cli import uv_tools
from forexhooks.cli.uv_tools import canonical
from forexhooks.errors import PluginError
from forexhooks.plugins.discovery import forget_installed, installed_drivers, installed_extensions
from forexhooks.plugins.hookspecs import PROJECT

if TYPE_CHECKING:
    from forexhooks.plugins.discovery import Found

_ARCHIVES = (".whl", ".tar.gz", ".zip")


class Wanted(NamedTuple):
    """What is to be installed: as it was given, and the name of its distribution, if that is known.

    A path is absolute: the program that installs may look from elsewhere.
    """

    given: str
    name: str | None


def wanted(given: str) -> Wanted:
    """Look at what is to be installed. Raises `PluginError` for what cannot be."""
    from packaging.requirements import InvalidRequirement, Requirement

    if given.startswith("-"):
        raise PluginError(f"{given} is no plugin: give an option of pip's as --pip-args={given}")
    if (os.sep in given and "://" not in given) or given.endswith(_ARCHIVES) or given == ".":
        path = Path(os.path.expanduser(given)).absolute()
        if not os.path.exists(path):  # a name that is too long is none, and no OSError
            raise PluginError(f"{given} cannot be installed: there is no such file or folder")
        found = Wanted(str(path), _name_of_path(path))
    else:
        try:
            found = Wanted(given, canonical(Requirement(given).name))
        except InvalidRequirement as error:
            raise PluginError(
                f"{given!r} cannot be installed: {str(error).splitlines()[0]}; give the name of a "
                "package, like forexhooks-acme, or a path"
            ) from error
    if found.name == PROJECT:
        raise PluginError(f"{given}: {PROJECT} is no plugin; upgrade it as you installed it")
    return found


def _name_of_path(path: Path) -> str | None:
    from packaging.utils import InvalidSdistFilename, InvalidWheelFilename
    from packaging.utils import parse_sdist_filename as of_sdist
    from packaging.utils import parse_wheel_filename as of_wheel

    try:
        if path.is_file():
            return str((of_wheel if path.suffix == ".whl" else of_sdist)(path.name)[0])
        import tomllib

        project = tomllib.loads((path / "pyproject.toml").read_text(encoding="utf-8"))
        return canonical(project["project"]["name"])
    except (InvalidWheelFilename, InvalidSdistFilename, OSError, ValueError, KeyError, TypeError):
        return None


class Provided(NamedTuple):
    """A distribution with plugins: its name and version, and the names of those."""

    distribution: str
    version: str
    drivers: tuple[str, ...]
    extensions: tuple[str, ...]

    def __str__(self) -> str:
        plugins = [f"the driver {name}" for name in self.drivers]
        plugins += [f"the extension {name}" for name in self.extensions]
        return f"{self.distribution} {self.version}: {', '.join(plugins)}"


def provided() -> dict[str, Provided]:
    """What is installed here besides forexhooks, by canonical name, in a fresh look."""
    forget_installed()
    drivers, extensions = _by_origin(installed_drivers()), _by_origin(installed_extensions())
    found: dict[str, Provided] = {}
    for origin in {**drivers, **extensions}:
        distribution, _, version = origin.rpartition(" ")
        if distribution:  # else it is built in
            plugins = tuple(drivers.get(origin, ())), tuple(extensions.get(origin, ()))
            found[canonical(distribution)] = Provided(distribution, version, *plugins)
    return found


def _by_origin(plugins: Iterable[Found]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for each in plugins:
        names.setdefault(each.origin, []).append(each.name)
    return names


class Installer(NamedTuple):
    """The program that changes this environment.

    - `kind`: `pip`, `uv pip`, `pipx` or `uv tool`
    - `program`: how it is called
    - `environment`: variables that tell it which environment is meant
    """

    kind: str
    program: tuple[str, ...]
    environment: Mapping[str, str] = {}

    def install(
        self, packages: Sequence[Wanted], *, upgrade: bool, pip_args: Sequence[str]
    ) -> list[str]:
        """The command that installs."""
        given = [each.given for each in packages]
        # uv's --upgrade would upgrade everything that these need.
        named = [f"--upgrade-package={each.name}" for each in packages if upgrade and each.name]
        if self.kind == "pip":
            return [*self.program, "install", *["--upgrade"] * upgrade, *pip_args, *given]
        if self.kind == "uv pip":
            return [*self.program, "install", *_uv_python(), *named, *pip_args, *given]
        if self.kind == "pipx":
            # Without it pipx leaves alone what is there already.
            again = ["--force"] if upgrade else []
            pip_args = [*["--upgrade"] * upgrade, *pip_args]
            options = [f"--pip-args={shlex.join(pip_args)}"] if pip_args else []
            return [*self.program, "inject", *again, *options, _environment_name(), *given]
        names = {each.name for each in packages}
        made = uv_tools.made_with(names, pip_args)
        return [*self.program, "install", *made, *named, *_with(given), *pip_args]

    def uninstall(self, names: Sequence[str], *, pip_args: Sequence[str]) -> list[str]:
        """The command that uninstalls, without asking."""
        if self.kind == "pip":
            return [*self.program, "uninstall", "--yes", *pip_args, *names]
        if self.kind == "uv pip":
            return [*self.program, "uninstall", *_uv_python(), *pip_args, *names]
        if self.kind == "pipx":
            return [*self.program, "uninject", *pip_args, _environment_name(), *names]
        made = uv_tools.made_with({canonical(each) for each in names}, pip_args)
        return [*self.program, "install", *made, *pip_args]

    def run(self, command: Sequence[str]) -> None:
        """Run a command, with all that it says on stderr. Raises `PluginError` if it fails."""
        sys.stderr.flush()
        try:
            done = subprocess.run(  # noqa: S603 - what the user asked for
                command, stdout=2, env={**os.environ, **self.environment}, check=False
            )
        except OSError as error:
            raise PluginError(f"{self.kind} cannot be run: {error}") from error
        if done.returncode != 0:
            raise PluginError(
                f"{self.kind} ended with the exit code {done.returncode}; it says above why"
            )


def installer() -> Installer:
    """Find the program that changes this environment, by the marks that its maker left in it.

    Raises `PluginError` where there is none.
    """
    prefix = Path(sys.prefix)
    if (prefix / "pipx_metadata.json").is_file():
        home = {"PIPX_HOME": str(prefix.parent.parent)}
        return Installer("pipx", (_found("pipx", "pipx made this environment"),), home)
    if (prefix / uv_tools.RECEIPT).is_file():
        environment = uv_tools.environment()
        uv = _found("uv", "uv made this environment")
        return Installer("uv tool", (uv, "tool"), environment)
    if find_spec("pip") is not None:
        return Installer("pip", (sys.executable, "-P", "-m", "pip"))
    return Installer(
        "uv pip",
        (_found("uv", "this environment has no pip (python -m ensurepip gives it one)"), "pip"),
    )


def shown(command: Sequence[str]) -> str:
    """The command, without the user and password that may be in an address."""
    return re.sub(r"(?<=://)[^/@\s]*@", "…@", shlex.join(command))


def pip_arguments(texts: Iterable[str]) -> list[str]:
    """The options for pip, from the texts that they were given in. Raises `PluginError`."""
    try:
        return [each for text in texts for each in shlex.split(text)]
    except ValueError as error:
        raise PluginError(f"--pip-args cannot be read: {error}") from error


def _found(program: str, because: str) -> str:
    found = which(program)
    if found is None:
        raise PluginError(f"{because}, and {program} is not on the PATH: put it there")
    return found


def _environment_name() -> str:
    return Path(sys.prefix).name


def _uv_python() -> tuple[str, str]:
    return "--python", sys.executable


def _with(given: Iterable[str]) -> list[str]:
    return [part for each in given for part in ("--with", each)]
