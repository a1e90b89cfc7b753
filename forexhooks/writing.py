"""Writing files whole or not at all."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replacing(*paths: str) -> Iterator[list[IO[bytes]]]:
    """Files to write into, which take the places of those at `paths` when all is written.

    Each is written beside its place and renamed in the end; after an exception none is, and what
    was there stays. A place that is no regular file, such as a pipe, is written to as it is.
    """
    with ExitStack() as stack:
        files: list[IO[bytes]] = []
        moves: list[tuple[str, str]] = []
        for path in paths:
            target = os.path.realpath(path)
            if os.path.exists(path) and not os.path.isfile(path):
                files.append(stack.enter_context(_open(path, "wb")))
                continue
            # Not by tempfile, whose files nobody else may read.
            folder, name = os.path.split(target)
            beside = os.path.join(folder, f".{name}.{os.urandom(6).hex()}.part")
            stack.callback(_remove, beside)
            files.append(stack.enter_context(_open(beside, "xb")))
            moves.append((beside, target))
        yield files
        for file in files:
            file.flush()
            with suppress(OSError):  # a pipe
                os.fsync(file.fileno())
            file.close()
        for beside, target in moves:
            with suppress(FileNotFoundError):
                os.chmod(beside, os.stat(target).st_mode & 0o7777)
            os.replace(beside, target)


def _open(path: str, how: str) -> IO[bytes]:
    return open(path, how)


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.remove(path)
