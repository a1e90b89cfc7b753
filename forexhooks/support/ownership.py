"""Whose files these are: what another user put in place is not ours."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = 0


def ownership_problem(path: str, opened: int | None = None) -> str | None:
    """Say in what way the file or folder at `path` may be another user's work.

    Links are followed. Each one on the way, of the folders above and of what a link leads to, must
    belong to this user or to root, as must the file or folder that they lead to. Modes are not
    looked at. On Windows, where files have no owner's number, nothing is checked.

    Args:
        path: an absolute path.
        opened: the descriptor of what was opened at `path`, if it was: then its owner counts.

    Returns:
        What belongs to whom, as part of a message; None where all is ours or root's.

    Raises:
        OSError: there is nothing at `path`.

    """
    if os.name == "nt":
        return None
    trusted = (_ROOT, os.geteuid())
    # This first: links in a loop are an error here.
    owner = os.stat(path if opened is None else opened).st_uid
    if owner not in trusted:
        return f"{path} belongs to the user {owner}, not to you or root"
    for link in _links(path):
        owner = os.lstat(link).st_uid
        if owner not in trusted:
            return f"the link {link} belongs to the user {owner}, not to you or root"
    return None


def _links(path: str) -> Iterator[str]:
    """The links that are followed on the way to `path`."""
    folder, name = os.path.split(path)
    if name:
        yield from _links(folder)
    if stat.S_ISLNK(os.lstat(path).st_mode):
        yield path
        yield from _links(os.path.join(folder, os.readlink(path)))
