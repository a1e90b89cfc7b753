"""The header of a CSV file, which also says how its lines end and in what encoding it is."""

from __future__ import annotations

import csv
import io
from typing import IO, NamedTuple

import numpy as np

from forexhooks.cli.files.scanning import CR, LF, marks_of
from forexhooks.errors import ColumnError

BOM = b"\xef\xbb\xbf"
LONGEST = 16 << 20
"""How long a record may be, in bytes."""

_BLOCK = 1 << 16
_UTF_16 = b"\xff\xfe", b"\xfe\xff"


class Header(NamedTuple):
    """The first record: its bytes with BOM and line end, the names in it, and what it tells.

    `line_end` is LF, CRLF, or CR as old Macs have it; `lines` are those up to here, blank ones
    before it too; `rest` is what was read after it.
    """

    content: bytes
    names: list[str]
    encoding: str
    line_end: bytes
    lines: int
    rest: bytes


def read_header(path: str, file: IO[bytes], delimiter: str) -> Header:
    """Read it. Raises `ColumnError` for a file that has none, or whose first quote stays open."""
    content = b""
    while True:
        block = file.read(_BLOCK)
        content += block
        bom = BOM if content.startswith(BOM) else b""
        text = content[len(bom) :].lstrip(b"\r\n")
        end = _end(text, delimiter, is_all=not block)
        if end is not None or not block:
            break
        if len(content) > LONGEST:
            raise ColumnError(f"{path} has no header: its first line does not end")
    if content.startswith(_UTF_16):
        raise ColumnError(f"{path} is in UTF-16: save it as UTF-8")
    if b"\0" in text[:end]:
        raise ColumnError(f"{path} is no text, or one in UTF-16: save it as UTF-8")
    if not text.strip():
        raise ColumnError(f"{path} is empty: it has no header")
    if end is None:
        raise ColumnError(f"{path} has no header: a quote that opens in its first line stays open")
    header, rest = text[:end], text[end:]
    said, encoding = decoded(header)
    if said.startswith("sep="):
        raise ColumnError(
            f"{path} begins with {said.strip()}, which is for Excel alone: take the line out, and "
            "give --delimiter"
        )
    try:
        names = next(csv.reader(io.StringIO(said, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ColumnError(f"{path} has no header: in its first line, {error}") from error
    line_end = next((sign for sign in (b"\r\n", b"\r") if header.endswith(sign)), b"\n")
    lines = content[: len(content) - len(rest)].count(line_end)
    return Header(bom + header, names, encoding, line_end, lines, rest)


def decoded(content: bytes) -> tuple[str, str]:
    """Text in UTF-8 or, where it is none, as Windows and Excel write it; and which of them."""
    try:
        return content.decode(), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace"), "cp1252"


def _end(content: bytes, delimiter: str, *, is_all: bool) -> int | None:
    """Where the first record ends; None where that is further on."""
    if is_all and not content.endswith((b"\n", b"\r")):
        content += b"\n"
    data = np.frombuffer(content, np.uint8)
    line_feeds = marks_of(data, ord(delimiter), LF).ends[:1]
    first_line = data[: line_feeds[0]] if len(line_feeds) else data
    returned: int
    for returned in marks_of(first_line, ord(delimiter), CR).ends[:1].tolist():
        follows = content[returned:].lstrip(b"\r")
        if not follows and not is_all:
            return None
        if not follows.startswith(b"\n"):
            return returned + 1
    return int(line_feeds[0]) + 1 if len(line_feeds) else None
