"""Staging: a private copy of what is loaded, that nobody changes afterwards, and what is in it."""

from __future__ import annotations

import atexit
import hashlib
import importlib.machinery
import importlib.metadata
import platform
import re
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.errors import PluginLoadError

if TYPE_CHECKING:
    from collections.abc import Collection
    from importlib.metadata import Distribution

GROUPS = ("forexhooks", "forexhooks.extensions")
PREFIX = "forexhooks-"

_LARGEST_WHEEL = 256 * 1024 * 1024
_ARCHIVES = (".whl", ".zip")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*")


class Target(NamedTuple):
    """A plugin in a staged copy: its name, the module it is in, and the attribute, if it is one.

    `is_extension`: its distribution declares it as one.
    """

    name: str
    module: str
    attribute: str
    is_extension: bool = False


class Staged(NamedTuple):
    """A private copy.

    - `path`: what it is a copy of
    - `home`: the folder of the copy, to be removed by whoever has this
    - `digest`: the SHA-256 of all files in it, in hexadecimal
    - `targets`: the plugins in it
    - `version`: that of the distribution, where it is one
    - `offered`: the names of the extensions in it that were not chosen
    """

    path: Path
    home: Path
    digest: str
    targets: tuple[Target, ...]
    version: str | None
    offered: tuple[str, ...] = ()

    def chosen(self, extensions: Collection[str], blocked: Collection[str]) -> Staged:
        """The same with its drivers, and of its extensions those that are named.

        Where it has no drivers, to name its path was to name them. What a distribution calls by a
        name that is blocked is left out.
        """
        has_drivers = not all(each.is_extension for each in self.targets)
        wanted = [
            each
            for each in self.targets
            if not (has_drivers and each.is_extension and each.name not in extensions)
        ]
        return self._replace(
            targets=tuple(
                each for each in wanted if self.version is None or each.name not in blocked
            ),
            offered=tuple(each.name for each in self.targets if each not in wanted),
        )


def new_home() -> Path:
    """A new folder for a copy, mode 0700; what is left at the end of the process goes then."""
    home = Path(tempfile.mkdtemp(prefix=PREFIX))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


def stage(path: Path, sha256: str | None = None) -> Staged:
    """Copy a file or a folder, or unpack a wheel, into a folder of its own.

    `sha256` is the digest that the copy must have. Raises `PluginLoadError` for what is no plugin,
    has another digest, or requires what is not installed; nothing is left behind then.
    """
    home = new_home()
    try:
        name = _copied(path.resolve(), path, home)
        digest = _digest(home)
        if sha256 is not None and digest != sha256.lower():
            raise PluginLoadError(f"{path}: its sha256 is {digest}, and {sha256} was asked for")
        return _described(path, home, digest, name)
    except BaseException as error:
        shutil.rmtree(home, ignore_errors=True)
        if isinstance(error, PluginLoadError) or not isinstance(error, Exception):
            raise
        # Whatever a file that is not what it says may lead to: damage, encryption, nonsense in it.
        why = " ".join(f"{type(error).__name__}: {error!s:.200}".split())
        raise PluginLoadError(f"{path}: cannot be read: {why}") from error


def stage_distribution(distribution: Distribution) -> Staged:
    """Copy the files of an installed distribution, as `stage` does those of a wheel."""
    path = Path(f"{distribution.name} {distribution.version}")
    home = new_home()
    try:
        for file in distribution.files or ():
            source = Path(str(file.locate()))
            # Not scripts, which are beside the library, nor the bytecode of what was there before.
            if ".." in file.parts or "__pycache__" in file.parts or not source.is_file():
                continue
            target = home.joinpath(*file.parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
        return _described(path, home, _digest(home), None)
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise


def _copied(real: Path, path: Path, home: Path) -> str | None:
    """Copy it; the name of its module, but for a wheel, which says it itself.

    `real` is where `path` led to when its trust was checked: a link may be changed meanwhile.
    """
    if path.suffix in _ARCHIVES:
        _unpack(real, home)
        return None
    if real.is_dir():
        if not (real / "__init__.py").is_file():
            raise PluginLoadError(f"{path}: a folder without __init__.py is no package")
        name = _module_name(path.name)
        shutil.copytree(real, home / name, ignore=_LEFT_OUT, ignore_dangling_symlinks=True)
        return name
    suffixes = (*importlib.machinery.EXTENSION_SUFFIXES, *importlib.machinery.SOURCE_SUFFIXES)
    suffix = next((each for each in suffixes if path.name.endswith(each)), None)
    if suffix is None:
        raise PluginLoadError(
            f"{path}: is no .py file, package, wheel, or extension for this interpreter "
            f"({importlib.machinery.EXTENSION_SUFFIXES[0]})"
        )
    name = _module_name(path.name.removesuffix(suffix))
    shutil.copyfile(real, home / f"{name}{suffix}")
    return name


def _module_name(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _unpack(path: Path, home: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > _LARGEST_WHEEL:
            raise PluginLoadError(f"{path}: unpacks to more than {_LARGEST_WHEEL:,} bytes")
        archive.extractall(home)
    for scheme in ("purelib", "platlib"):
        for data in home.glob(f"*.data/{scheme}"):
            shutil.copytree(data, home, dirs_exist_ok=True)


def _digest(home: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(each for each in home.rglob("*") if each.is_file()):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(home).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _described(path: Path, home: Path, digest: str, module: str | None) -> Staged:
    distribution = next(iter(importlib.metadata.distributions(path=[str(home)])), None)
    if distribution is None:
        names = [module] if module is not None else _top_modules(path, home)
        return Staged(path, home, digest, tuple(Target(name, name, "") for name in names), None)
    _check_requirements(path, distribution)
    targets = tuple(
        Target(entry.name, entry.module, entry.attr or "", entry.group == GROUPS[1])
        for entry in distribution.entry_points
        if entry.group in GROUPS
    )
    if not targets:
        raise PluginLoadError(f"{path}: has no entry point in group {GROUPS[0]}")
    return Staged(path, home, digest, targets, distribution.version)


def _top_modules(path: Path, home: Path) -> list[str]:
    """The module of an archive that does not say which: there must be one."""
    found = [each for each in home.iterdir() if each.suffix == ".py" or each.is_dir()]
    if len(found) != 1:
        listed = ", ".join(sorted(each.name for each in found)) or "nothing"
        raise PluginLoadError(f"{path}: holds {listed}, where one module or package is to be")
    return [found[0].stem]


def _check_requirements(path: Path, distribution: Distribution) -> None:
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    metadata = distribution.metadata
    # Not get(), which its protocol lacks before 3.12.
    python = metadata["Requires-Python"] if "Requires-Python" in metadata else ""  # noqa: SIM401
    if python and not SpecifierSet(python).contains(platform.python_version(), prereleases=True):
        raise PluginLoadError(
            f"{path}: requires Python {python}, and this is {platform.python_version()}"
        )
    for text in distribution.requires or ():
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            installed = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            raise PluginLoadError(
                f"{path}: requires {text}, which is not installed: pip install {requirement.name!r}"
            ) from None
        if not requirement.specifier.contains(installed, prereleases=True):
            raise PluginLoadError(
                f"{path}: requires {text}, and {requirement.name} {installed} is installed"
            )
