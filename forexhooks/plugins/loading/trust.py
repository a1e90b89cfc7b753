"""Trust: code runs with the rights of this process, so nobody else may have had a hand in it.

This is no sandbox: a plugin that is loaded may do whatever the program may.
"""

from __future__ import annotations

import os
import stat
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from forexhooks.errors import PluginLoadError, TrustWarning

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = 0


def check_trust(path: Path, root: Path | None = None) -> None:
    """Check that only this user and root could have written what is at `path`.

    Raises `PluginLoadError` for a file or folder, or a folder above it, that is world-writable
    (but for one with the sticky bit) or belongs to somebody else, and for a link that leads out of
    the plugin, or out of `root`. Warns with `TrustWarning` of what the group may write. On Windows
    only links are looked at.
    """
    try:
        real = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself, before 3.13
        raise PluginLoadError(f"{path}: cannot be read: {error}") from error
    if root is not None and not real.is_relative_to(root.resolve()):
        raise PluginLoadError(f"{path}: the link leads out of {root}, to {real}")
    _check_writers(real, real.lstat(), may_be_shared=False)
    for part in _inside(real) if real.is_dir() else ():
        if part.is_symlink() and os.path.exists(part.path):
            leads_to = Path(part.path).resolve()
            if not leads_to.is_relative_to(real):
                raise PluginLoadError(
                    f"{part.path}: the link leads out of the plugin, to {leads_to}"
                )
        _check_writers(Path(part.path), part.stat(follow_symlinks=False), may_be_shared=False)
    for folder in {*real.parents, *path.parents}:
        _check_writers(folder, folder.lstat(), may_be_shared=True)


def _inside(folder: str | Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith("."):  # those are left out
                yield entry
                if entry.is_dir(follow_symlinks=False):
                    yield from _inside(entry.path)


def _check_writers(path: Path, found: os.stat_result, *, may_be_shared: bool) -> None:
    if os.name == "nt":
        return
    if stat.S_ISLNK(found.st_mode):
        return
    if found.st_uid not in (_ROOT, os.geteuid()):
        raise PluginLoadError(
            f"{path}: belongs to the user {found.st_uid}, not to you or root: copy it, or chown it"
        )
    is_shared = may_be_shared and bool(found.st_mode & stat.S_ISVTX)
    if found.st_mode & stat.S_IWOTH and not is_shared:
        raise PluginLoadError(f"{path}: anybody may write to it: chmod o-w it first")
    if found.st_mode & stat.S_IWGRP and not may_be_shared:
        warnings.warn(f"{path}: its group may write to it", TrustWarning, stacklevel=2)
