"""Trust: code runs with the rights of this process; no other user may be able to change it.

This is not a sandbox: a loaded plugin may do whatever the program may do.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.errors import PluginLoadError, TrustWarning

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = 0
_FLAGS = os.O_RDONLY
for _flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):  # not all systems have all
    _FLAGS |= getattr(os, _flag, 0)
_IS_A_LINK = (errno.ELOOP, errno.EMLINK)
_MOST_LINKS = 40  # on the way, as on Linux


class Opened(NamedTuple):
    """An opened file or folder: its descriptor. On Windows, which cannot open folders: its path."""

    file: int | Path
    is_folder: bool


class Trust:
    """The checks for one load, and what is group-writable among the files."""

    def __init__(self) -> None:
        self._of_the_group: list[Path] = []

    def resolved(self, path: Path, root: Path | None = None) -> Path:
        """Follow `path`, and check the links and folders on the way.

        Each is checked after it was opened.

        Raises:
            PluginLoadError: A link or a parent folder belongs to another user, a parent folder is
                world-writable without a sticky bit, or a link leads out of `root`.
        """
        try:
            real = path.resolve(strict=True) if os.name == "nt" else self._walked(path)
        except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself, before 3.13
            raise PluginLoadError(f"{path}: cannot be read: {error}") from error
        if root is not None and not real.is_relative_to(root.resolve()):
            raise PluginLoadError(f"{path}: the link leads out of {root}, to {real}")
        return real

    def _walked(self, path: Path) -> Path:
        """Where the path leads, with a check of each link and folder on the way."""
        real, links = Path(path.anchor), 0
        to_come = [*reversed(path.parts[1:])]
        self._check(real, real.lstat(), may_be_shared=True)
        while to_come:
            name = to_come.pop()
            if name == "..":
                real = real.parent
                continue
            here = real / name
            found = here.lstat()
            if not is_link(found):
                real = here
                if to_come:
                    self._check(here, found, may_be_shared=True)
                continue
            links += 1
            if links > _MOST_LINKS:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
            self._check_owner(here, found, "the link ")
            leads_to = Path(os.readlink(here))
            if leads_to.is_absolute():
                real = Path(leads_to.anchor)
            to_come += reversed(leads_to.parts[1:] if leads_to.is_absolute() else leads_to.parts)
        return real

    @contextmanager
    def opened(self, path: Path, within: int | None = None) -> Iterator[Opened]:
        """Open a file or a folder that is not a link, and check what was opened.

        `within` is the descriptor of the folder that it is in.

        Raises:
            PluginLoadError: It belongs to another user, is world-writable, or is neither a file nor
                a folder.
        """
        if sys.platform == "win32":
            if is_link(path.lstat()):
                raise _is_a_link(path)
            yield Opened(path, path.is_dir())
            return
        try:
            opened = os.open(path if within is None else path.name, _FLAGS, dir_fd=within)
        except OSError as error:
            raise (_is_a_link(path) if error.errno in _IS_A_LINK else error) from None
        try:
            found = os.fstat(opened)
            is_folder = stat.S_ISDIR(found.st_mode)
            if not (is_folder or stat.S_ISREG(found.st_mode)):
                raise PluginLoadError(f"{path}: is neither a file nor a folder")
            self._check(path, found, may_be_shared=False)
            yield Opened(opened, is_folder)
        finally:
            os.close(opened)

    def warn(self) -> None:
        """Issue a `TrustWarning` about what is group-writable."""
        if self._of_the_group:
            first, *others = self._of_the_group
            more = f", and to {len(others)} more files or folders" if others else ""
            warnings.warn(
                f"{first}: its group can write to it{more}: run chmod g-w",
                TrustWarning,
                stacklevel=2,
            )

    def _check(self, path: Path, found: os.stat_result, *, may_be_shared: bool) -> None:
        if sys.platform == "win32":
            return
        self._check_owner(path, found)
        is_shared = may_be_shared and bool(found.st_mode & stat.S_ISVTX)
        if found.st_mode & stat.S_IWOTH and not is_shared:
            raise PluginLoadError(f"{path}: anyone can write to it: run chmod o-w on it first")
        if found.st_mode & stat.S_IWGRP and not is_shared:
            self._of_the_group.append(path)

    @staticmethod
    def _check_owner(path: Path, found: os.stat_result, what: str = "") -> None:
        if sys.platform != "win32" and found.st_uid not in (_ROOT, os.geteuid()):
            raise PluginLoadError(
                f"{what}{path}: belongs to the user {found.st_uid}, not to you or root: copy it, "
                "or chown it"
            )


def is_link(found: os.stat_result) -> bool:
    """Whether it is a link of any kind; on Windows, a reparse point."""
    attributes = getattr(found, "st_file_attributes", 0)
    is_reparse_point = bool(attributes & getattr(stat, "FILE_ATTRIBUTE_REPARSE_POINT", 0))
    return stat.S_ISLNK(found.st_mode) or is_reparse_point


def _is_a_link(path: Path) -> PluginLoadError:
    return PluginLoadError(f"{path}: was replaced by a link while it was being checked: try again")
