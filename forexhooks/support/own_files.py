"""The files of forexhooks itself: in folders that only this user can read, if they are ours."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from forexhooks.errors import TrustWarning
from forexhooks.support.folders import user_folder
from forexhooks.support.ownership import ownership_problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.support.folders import Kind

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600

_warned: set[str] = set()


def is_ours(path: str) -> bool:
    """Whether we may use what is at `path`, if anything: it and its folder are ours or root's.

    If it may be another user's work, it warns, once in this process.
    """
    for part in (os.path.dirname(path), path):
        with suppress(FileNotFoundError, NotADirectoryError):  # nothing there can mislead us
            problem = ownership_problem(part)
            if problem is not None:
                _warn(path, problem)
                return False
    return True


def _warn(path: str, problem: str) -> None:
    if problem in _warned:
        return
    _warned.add(problem)
    import warnings

    warnings.warn(
        f"{path} is ignored: {problem}; remove it, or have forexhooks use another folder",
        TrustWarning,
        stacklevel=3,
    )


def own_folder(kind: Kind, name: str = "") -> str | None:
    """Make the user's folder for files of this kind, and the one called `name` in it.

    Nobody else can read them.

    Args:
        kind: `"config"`, `"data"` or `"cache"`.
        name: The name of the folder inside; empty: none.

    Returns:
        The path; None if it may be another user's work.

    Raises:
        OSError: It cannot be made.
    """
    path = user_folder(kind)
    for part in (path, os.path.join(path, name)) if name else (path,):
        os.makedirs(part, mode=_FOLDER_MODE, exist_ok=True)
        if not is_ours(part):
            return None
        _keep_from_others(part, _FOLDER_MODE)
        path = part
    return path


def own_file(path: str) -> bool:
    """Make sure that `path` is a file of ours, in a folder of ours, which nobody else can read.

    Returns:
        Whether it is; False if it may be another user's work.

    Raises:
        OSError: It cannot be made.
    """
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, _FILE_MODE))
    except FileExistsError:
        # Do not open it: closing it would release the locks that this process has on it.
        if not is_ours(path):
            return False
        _keep_from_others(path, _FILE_MODE)
    return True


def read_own(path: str) -> bytes | None:
    """Read a file of ours.

    Args:
        path: Its path.

    Returns:
        The content; None if it may be another user's work.

    Raises:
        OSError: It cannot be read.
    """
    if not is_ours(path):
        return None
    with open(path, "rb") as file:
        return file.read()


def write_own(path: str, content: bytes) -> None:
    """Write a file of ours, completely. A link in its place is replaced, not followed.

    Args:
        path: Its path.
        content: What to write.

    Raises:
        OSError: It cannot be written.
    """
    part = f"{path}.{os.urandom(6).hex()}.part"
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE), "wb") as file:
            file.write(content)
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            os.remove(part)
        raise


@contextmanager
def one_at_a_time(folder: str, name: str, *, within: float) -> Iterator[None]:
    """A context in which only one thread or process of this user is at a time, for each name.

    If the lock file cannot be created, it locks nobody out.

    Args:
        folder: The folder for the lock file, inside the cache folder.
        name: What must not be done twice at once.
        within: How many seconds to wait for another.

    Yields:
        Nothing.

    Raises:
        Timeout: Another takes longer (filelock's).
    """
    from filelock import FileLock, Timeout

    with ExitStack() as held:
        try:
            place = own_folder("cache", folder)
            if place is not None:
                guard = os.path.join(place, f"{name}.lock")
                held.enter_context(FileLock(guard, timeout=within))
        except Timeout:
            raise
        except OSError:
            pass
        yield


def _keep_from_others(path: str, mode: int) -> None:
    if sys.platform == "win32":
        return
    found = os.stat(path)
    if found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) & ~mode:
        with suppress(OSError):
            os.chmod(path, stat.S_IMODE(found.st_mode) & mode)
