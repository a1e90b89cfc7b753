"""Writing files completely or not at all."""

from __future__ import annotations

import io
import os
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_USUAL = 0o666  # before the umask is applied


@contextmanager
def replacing(*paths: str) -> Iterator[list[IO[bytes]]]:
    """Open files to write to, which replace those at `paths` once all of them are written.

    Each is written to a temporary file beside its path and renamed at the end. After an exception
    none is renamed, and the existing files stay. A path that is not a regular file, such as a pipe,
    is written to directly.

    Args:
        *paths: The paths.

    Yields:
        A binary file for each path, in the same order.

    Raises:
        OSError: A file cannot be written. Its `filename` is the path that was given.
    """
    with ExitStack() as stack:
        files: list[IO[bytes]] = []
        moves: list[tuple[str, str, str]] = []
        for path in paths:
            target = os.path.realpath(path)
            if os.path.exists(path) and not os.path.isfile(path):
                files.append(stack.enter_context(_open(path, "wb", path)))
                continue
            # tempfile would make private files; this keeps the old file's mode.
            folder, name = os.path.split(target)
            beside = os.path.join(folder, f".{name}.{os.urandom(6).hex()}.part")
            stack.callback(_remove, beside)
            files.append(stack.enter_context(_open(beside, "xb", path, _mode_of(target))))
            moves.append((beside, target, path))
        yield files
        for file in files:
            file.flush()
            with suppress(OSError):  # a pipe
                os.fsync(file.fileno())
            file.close()
        for beside, target, path in moves:
            with _told_of(path):
                with suppress(FileNotFoundError):
                    os.chmod(beside, os.stat(target).st_mode & 0o7777)
                os.replace(beside, target)


class _File(io.FileIO):
    """A file whose errors name another path."""

    def __init__(self, path: str, how: str, told: str, mode: int) -> None:
        self._told = told
        with _told_of(told):
            super().__init__(path, how, opener=lambda path, flags: os.open(path, flags, mode))

    def write(self, content: Any, /) -> int | None:  # type: ignore[override]
        with _told_of(self._told):
            return super().write(content)


def _open(path: str, how: str, told: str, mode: int = _USUAL) -> IO[bytes]:
    return io.BufferedWriter(_File(path, how, told, mode))


def _mode_of(path: str) -> int:
    """The mode of an existing file, else the default one."""
    try:
        return os.stat(path).st_mode & 0o777
    except OSError:
        return _USUAL


@contextmanager
def _told_of(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from error


def _remove(path: str) -> None:
    with suppress(OSError):  # report the first error
        os.remove(path)
