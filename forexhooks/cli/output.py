"""Files that commands write: whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress

import click


def write_whole(path: str, content: bytes) -> None:
    """Write a file aside and rename it into its place; what is no regular file is written to.

    Raises `click.FileError` where that fails; what was there before then stays.
    """
    try:
        if os.path.exists(path) and not os.path.isfile(path):  # a pipe, /dev/stdout
            with open(path, "wb") as file:
                file.write(content)
        else:
            _replace(os.path.realpath(path), content)
    except OSError as error:
        raise click.FileError(path, hint=error.strerror or str(error)) from error


def _replace(target: str, content: bytes) -> None:
    folder, name = os.path.split(target)
    handle, part = tempfile.mkstemp(dir=folder, prefix=f".{name}.", suffix=".part")
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(part, _mode(target))
        os.replace(part, target)
    except BaseException:
        with suppress(OSError):
            os.remove(part)
        raise


def _mode(target: str) -> int:
    """Who may read and write it: as before, or as of any new file."""
    with suppress(FileNotFoundError):
        return os.stat(target).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
