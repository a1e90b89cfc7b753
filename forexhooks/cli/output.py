"""Files that commands write: whole, or not at all."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from forexhooks.writing import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def ending_cleanly() -> Iterator[None]:
    """Let what ends a process from outside end it as Ctrl-C does, so that nothing is left behind.

    The exit code is that of the shells, 128 and the signal's number.
    """
    before = {}
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # not everywhere
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            before[number] = signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def write_whole(path: str, content: bytes) -> None:
    """Write a file aside and rename it into its place; what is no regular file is written to.

    Raises `click.FileError` where that fails; what was there before then stays.
    """
    try:
        with replacing(path) as (file,):
            file.write(content)
    except OSError as error:
        raise click.FileError(path, hint=error.strerror or str(error)) from error
