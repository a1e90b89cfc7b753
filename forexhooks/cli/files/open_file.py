"""Opens files for reading: also stdin, and UTF-16 as UTF-8."""

from __future__ import annotations

import codecs
import io
import os
import sys
from contextlib import ExitStack
from typing import Any

from forexhooks.cli.files.compressed import check_unpacked
from forexhooks.errors import ColumnError

STANDARD = "-"
"""The path that stands for the standard input or output."""

_PEEKED = 8


def opened(path: str, kind: str, stack: ExitStack) -> tuple[io.BufferedReader, int | None]:
    """The file, which `stack` closes, and its size in bytes if known.

    Raises `ColumnError` for a compressed file, and `OSError`.
    """
    file, size = _opened(path, stack)
    named = name_of(path)
    beginning = file.peek(_PEEKED)[:_PEEKED]
    check_unpacked(named, kind, beginning)
    encoding = None if kind == "parquet" else _wide_encoding(beginning)
    if encoding is None:
        return file, size
    return io.BufferedReader(_Recoded(named, file, encoding)), None


def name_of(path: str) -> str:
    """The name of an input for errors."""
    return "stdin" if path == STANDARD else path


def _opened(path: str, stack: ExitStack) -> tuple[io.BufferedReader, int | None]:
    if path == STANDARD:
        return io.BufferedReader(_StandardInput(), 1 << 16), None
    file = io.FileIO(path)
    stack.callback(file.close)
    return io.BufferedReader(file), os.fstat(file.fileno()).st_size or None


def _wide_encoding(beginning: bytes) -> str | None:
    """Which UTF-16 a file has, by its BOM or by the zeros beside its first letters."""
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(beginning) == _PEEKED and not any(beginning[1::2]):
        return "utf-16-le"
    if len(beginning) == _PEEKED and not any(beginning[::2]):
        return "utf-16-be"
    return None


class _Recoded(io.RawIOBase):
    """A file in UTF-16 as UTF-8 with a BOM, which Excel needs."""

    def __init__(self, named: str, file: io.BufferedReader, encoding: str) -> None:
        self._named = named
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._left = codecs.BOM_UTF8

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            block = self._file.read1(1 << 16)
            try:
                self._left = self._decoder.decode(block, final=not block).encode()
            except UnicodeError as error:
                raise ColumnError(
                    f"{self._named} begins in UTF-16, but does not stay valid"
                ) from error
            if not block:
                break
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


class _StandardInput(io.RawIOBase):
    """The standard input, read so that Ctrl-C always ends it at once.

    While it reads a lot from a pipe, Python handles signals only when it waits.
    """

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            if sys.platform == "win32":  # it has no readv
                content = os.read(sys.stdin.fileno(), len(buffer))
                buffer[: len(content)] = content
                return len(content)
            return os.readv(sys.stdin.fileno(), [buffer])
        except OSError as error:
            raise OSError(error.errno, error.strerror, STANDARD) from error
