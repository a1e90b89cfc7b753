"""Files that commands write: whole, or not at all."""

from __future__ import annotations

import errno
import os

import click

from forexhooks.support.atomic import replacing


def write_whole(path: str, content: bytes) -> None:
    """Write a temporary file and rename it; write straight to a pipe or a device.

    Raises `click.FileError` if that fails; then the old file stays.
    """
    try:
        with replacing(path) as (file,):
            file.write(content)
    except OSError as error:
        raise click.FileError(path, hint=error.strerror or str(error)) from error


_NOT_WRITABLE = "the folder {folder} is not writable: write elsewhere with {option}"
_NO_FOLDER = "there is no folder {folder}: create it first"
_FULL = "the disk is full: free some space, or write elsewhere with {option}"
_WHAT_TO_DO = {
    errno.EACCES: _NOT_WRITABLE,
    errno.EPERM: _NOT_WRITABLE,
    errno.EROFS: _NOT_WRITABLE,
    errno.ENOENT: _NO_FOLDER,
    errno.ENOTDIR: _NO_FOLDER,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EISDIR: "it is a folder: give a file with {option}",
    errno.EBUSY: "it is in use, or mounted as a single file: write elsewhere with {option}",
    errno.EPIPE: "the program that reads it has closed it",
}


def not_read(error: OSError, path: str) -> str:
    """Say why a file could not be read."""
    return f"{path} cannot be read: {_reason(error)}"


def not_written(error: OSError, path: str, option: str) -> str:
    """Say why a file that `option` names could not be written, and what to do."""
    folder = os.path.dirname(path) or "."
    what = _WHAT_TO_DO.get(error.errno or 0, _reason(error))
    if what == _NO_FOLDER and os.path.isdir(folder):
        what = _reason(error)
    return f"{path} cannot be written: {what.format(folder=folder, option=option)}"


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
