"""Copying: files that were opened and checked are copied into a private folder."""

from __future__ import annotations

import fnmatch
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from forexhooks.errors import PluginLoadError
from forexhooks.plugins.loading.trust import is_link

if TYPE_CHECKING:
    from forexhooks.plugins.loading.trust import Trust

_LEFT_OUT = ("__pycache__", ".*")


def copy_file(opened: int | Path, target: Path) -> None:
    """Copy a file that was opened."""
    with (
        open(opened, "rb", closefd=not isinstance(opened, int)) as source,
        target.open("xb") as copy,
    ):
        shutil.copyfileobj(source, copy)


def copy_folder(opened: int | Path, path: Path, target: Path, trust: Trust) -> None:
    """Copy an opened folder, at `path`, without bytecode and hidden files.

    A link inside it stays a link: its target may contain many more links, or itself. Links that
    lead nowhere are left out.

    Raises:
        PluginLoadError: A link leads out of the folder, or something is not trustworthy.
    """
    links = list(_copy(opened, path, target, trust))
    for link, leads_to in links:
        lexical = Path(os.path.normpath(path / link.parent / leads_to))
        if lexical.is_relative_to(path):
            # It leads to the same place in the copy, which nobody changes.
            (target / link).symlink_to(os.path.relpath(lexical, path / link.parent))
        elif lexical.exists():
            raise _leads_out(path / link, lexical)
    for link, _ in links:
        copied = target / link
        if copied.is_symlink():
            if not copied.exists():
                copied.unlink()
            elif not copied.resolve().is_relative_to(target.resolve()):
                raise _leads_out(path / link, copied.resolve())


def _copy(
    opened: int | Path, path: Path, target: Path, trust: Trust, inner: Path = Path()
) -> list[tuple[Path, str]]:
    """Copy everything except links; return the links: where they are, and where they lead."""
    links: list[tuple[Path, str]] = []
    target.joinpath(inner).mkdir()
    within = opened if isinstance(opened, int) else None
    with os.scandir(opened) as entries:
        found = sorted((each.name, _is_link(each)) for each in entries)
    for name, is_a_link in found:
        if any(fnmatch.fnmatch(name, pattern) for pattern in _LEFT_OUT):
            continue
        there = path / inner / name
        if is_a_link:
            leads_to = os.readlink(there if within is None else name, dir_fd=within)
            links.append((inner / name, leads_to))
            continue
        with trust.opened(there, within) as child:
            if child.is_folder:
                links += _copy(child.file, path, target, trust, inner / name)
            else:
                copy_file(child.file, target / inner / name)
    return links


def _is_link(entry: os.DirEntry[str]) -> bool:
    # On POSIX, the folder's descriptor lists it.
    return entry.is_symlink() if os.name != "nt" else is_link(entry.stat(follow_symlinks=False))


def _leads_out(link: Path, leads_to: Path) -> PluginLoadError:
    return PluginLoadError(f"{link}: the link leads out of the plugin, to {leads_to}")
