"""Who owns files: we do not trust what another user may have put there."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = 0


def ownership_problem(path: str, opened: int | None = None) -> str | None:
    """Find out in which way the file or folder at `path` may be another user's work.

    Links are followed. Each link on the way, in the folders above and to the target, must belong to
    this user or to root, and so must the file or folder itself. Modes are not checked. On Windows,
    where files have no numeric owner, nothing is checked.

    Args:
        path: An absolute path.
        opened: The descriptor, if `path` was opened: its owner then counts.

    Returns:
        What belongs to whom, as part of a message; None if everything is ours or root's.

    Raises:
        OSError: There is nothing at `path`.
    """
    if sys.platform == "win32":
        return None
    trusted = (_ROOT, os.geteuid())
    # This comes first, because it raises an error for links in a loop.
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
