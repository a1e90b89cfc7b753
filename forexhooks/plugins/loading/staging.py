"""Staging: a private copy of what is loaded, which nobody changes later, and its contents."""

from __future__ import annotations

import atexit
import hashlib
import importlib.machinery
import importlib.metadata
import os
import platform
import re
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from forexhooks.errors import PluginLoadError
from forexhooks.plugins.loading.copying import copy_file, copy_folder
from forexhooks.plugins.loading.targets import Order, Staged, Target
from forexhooks.plugins.loading.trust import Trust
from forexhooks.support.ownership import ownership_problem

if TYPE_CHECKING:
    from importlib.metadata import Distribution

    from forexhooks.plugins.loading.trust import Opened

GROUPS = ("forexhooks", "forexhooks.extensions")
PREFIX = "forexhooks-"

_LARGEST_WHEEL = 256 * 1024 * 1024
_ARCHIVES = (".whl", ".zip")


# The existing copies, and the process that made each: a forked child removes none of them.
_homes: dict[Path, int] = {}


def new_home() -> Path:
    """Make a folder for a copy, with mode 0700. It is removed when the process ends.

    Raises:
        PluginLoadError: It would be inside a folder of another user.
    """
    folder = tempfile.gettempdir()
    problem = ownership_problem(folder)
    if problem is not None:
        raise PluginLoadError(
            f"plugins cannot be copied to {folder}: {problem}; set TMPDIR to a folder that you own"
        )
    home = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
    _homes[home] = os.getpid()
    return home


def remove(home: Path) -> None:
    """Remove a copy, if this process made it."""
    if _homes.get(home) == os.getpid():
        shutil.rmtree(home, ignore_errors=True)
    _homes.pop(home, None)


@atexit.register
def _remove_all() -> None:
    for home in list(_homes):
        remove(home)


def staged_by(order: Order, home: Path) -> Staged | None:
    """Check what is ordered, and copy it into `home`; None if the same is already loaded.

    Raises:
        PluginLoadError: It cannot be loaded. The caller must then remove `home`.
    """
    if order.distribution is not None:
        return _stage_distribution(order, home)
    staged = _stage(order.path, home, order.sha256, order.root).chosen(
        order.extensions, order.blocked
    )
    digests = [digest for path, digest in order.serving if path == str(staged.path)]
    # If an earlier version serves beside it, that one has yet to go.
    is_served = digests.count(staged.digest) == len(digests) >= len(staged.targets)
    return None if is_served else staged


def _stage(path: Path, home: Path, sha256: str | None, root: Path | None) -> Staged:
    """Copy a file or a folder, or unpack a wheel.

    Only this user and root may be able to change it. It is copied from what was opened and checked,
    and must not lead out of `root`. Group-writable files cause a `TrustWarning`.

    Raises:
        PluginLoadError: It is not trustworthy or not a plugin, its digest is not `sha256`, or it
            requires something that is not installed.
    """
    trust = Trust()
    try:
        real = trust.resolved(path, root)
        with trust.opened(real) as opened:
            name = _copied(opened, real, path, home, trust)
        trust.warn()
        digest = _digest(home)
        if sha256 is not None and digest != sha256.lower():
            raise PluginLoadError(f"{path}: its sha256 is {digest}, but {sha256} was expected")
        return _described(path, home, digest, name)
    except PluginLoadError:
        raise
    except Exception as error:
        # Whatever a bad archive may cause: it may be damaged, encrypted or nonsense.
        why = " ".join(f"{type(error).__name__}: {error!s:.200}".split())
        raise PluginLoadError(f"{path}: cannot be read: {why}") from error


def _stage_distribution(order: Order, home: Path) -> Staged:
    """Copy the files of an installed distribution, as `_stage` copies those of a wheel."""
    assert order.distribution is not None  # noqa: S101 - checked by the caller
    for file in importlib.metadata.distribution(order.distribution).files or ():
        source = Path(str(file.locate()))
        # Without scripts, which are outside the library, and bytecode of earlier versions.
        if ".." in file.parts or "__pycache__" in file.parts or not source.is_file():
            continue
        target = home.joinpath(*file.parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    return _described(order.path, home, _digest(home), None)


def _copied(opened: Opened, real: Path, path: Path, home: Path, trust: Trust) -> str | None:
    """Copy what was opened; return the name of its module, or None for a wheel, which names it.

    `real` is where `path` led: a link may change in the meantime.
    """
    if opened.is_folder:
        name = _module_name(path.name)
        copy_folder(opened.file, real, home / name, trust)
        if not (home / name / "__init__.py").is_file():
            raise PluginLoadError(f"{path}: a folder without __init__.py is not a package")
        return name
    if path.suffix in _ARCHIVES:
        _unpack(opened.file, path, home)
        return None
    suffixes = (*importlib.machinery.EXTENSION_SUFFIXES, *importlib.machinery.SOURCE_SUFFIXES)
    suffix = next((each for each in suffixes if path.name.endswith(each)), None)
    if suffix is None:
        raise PluginLoadError(
            f"{path}: is not a .py file, package, wheel, or extension for this interpreter "
            f"({importlib.machinery.EXTENSION_SUFFIXES[0]})"
        )
    name = _module_name(path.name.removesuffix(suffix))
    copy_file(opened.file, home / f"{name}{suffix}")
    return name


def _module_name(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _unpack(opened: int | Path, path: Path, home: Path) -> None:
    with (
        open(opened, "rb", closefd=not isinstance(opened, int)) as file,
        zipfile.ZipFile(file) as archive,
    ):
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
    files = tuple(str(each.relative_to(home)) for each in home.rglob("*") if each.is_file())
    distribution = next(iter(importlib.metadata.distributions(path=[str(home)])), None)
    if distribution is None:
        names = [module] if module is not None else _top_modules(path, home)
        targets = tuple(Target(name, name, "") for name in names)
        return Staged(path, home, digest, targets, files, None)
    _check_requirements(path, distribution)
    targets = tuple(
        Target(entry.name, entry.module, entry.attr or "", entry.group == GROUPS[1])
        for entry in distribution.entry_points
        if entry.group in GROUPS
    )
    if not targets:
        raise PluginLoadError(f"{path}: has no entry point in group {GROUPS[0]}")
    version, name = distribution.version, distribution.name
    return Staged(path, home, digest, targets, files, version, name)


def _top_modules(path: Path, home: Path) -> list[str]:
    """The only module of an archive that does not name its modules."""
    found = [each for each in home.iterdir() if each.suffix == ".py" or each.is_dir()]
    if len(found) != 1:
        listed = ", ".join(sorted(each.name for each in found)) or "nothing"
        raise PluginLoadError(f"{path}: contains {listed}, but must contain one module or package")
    return [found[0].stem]


def _check_requirements(path: Path, distribution: Distribution) -> None:
    from packaging.requirements import Requirement
    from packaging.specifiers import SpecifierSet

    metadata = distribution.metadata
    # Not get(): the protocol lacks it before 3.12.
    python = metadata["Requires-Python"] if "Requires-Python" in metadata else ""  # noqa: SIM401
    if python and not SpecifierSet(python).contains(platform.python_version(), prereleases=True):
        raise PluginLoadError(
            f"{path}: requires Python {python}, but this is {platform.python_version()}"
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
                f"{path}: requires {text}, but {requirement.name} {installed} is installed"
            )
