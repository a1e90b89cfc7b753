"""The header of a CSV file, which also shows its line ends and its encoding."""

from __future__ import annotations

import csv
import io
import re
from typing import IO, NamedTuple

import numpy as np

from forexhooks.cli.files.scanning import CR, LF, marks_of
from forexhooks.errors import ColumnError

BOM = b"\xef\xbb\xbf"
LONGEST = 16 << 20
"""The size limit of a record, in bytes."""

_BLOCK = 1 << 16
_LOOKED_AT = 100
_DELIMITERS = ",;\t|"
_SEPARATOR = re.compile(rb"sep=(.)[\r\n]+", re.DOTALL)


class Header(NamedTuple):
    """The first record: its bytes with BOM and line end, its names, and the file's format.

    `begins` is where its names begin in `content`: after a line `sep=;`, if any. `line_end` is LF,
    CRLF, or CR as on old Macs; `lines` counts the lines so far, with blank ones before it; `rest`
    was read beyond it.
    """

    content: bytes
    begins: int
    names: list[str]
    delimiter: str
    encoding: str
    line_end: bytes
    lines: int
    rest: bytes


def read_header(path: str, file: IO[bytes], delimiter: str | None, skip: int) -> Header:
    """Read it, after `skip` lines. The default delimiter is a comma, or that of `sep=`.

    Raises `ColumnError` for a file without a header, or whose first quote stays open.
    """
    content = b""
    while True:
        block = file.read(_BLOCK)
        content += block
        bom = BOM if content.startswith(BOM) else b""
        start = _after(content, len(bom), skip)
        text = content[start:].lstrip(b"\r\n") if start is not None else b""
        said = _SEPARATOR.match(text)
        prefix = b"" if said is None else said[0]
        found = delimiter or (said[1].decode("latin-1") if said is not None else ",")
        text = text[len(prefix) :]
        end = _end(text, found, is_all=not block) if start is not None else None
        if end is not None or not block:
            break
        if len(content) > LONGEST:
            raise ColumnError(f"{path} has no header: its first line does not end")
    if start is None:
        raise ColumnError(f"--skip leaves out {skip:,} lines, and {path} has no more")
    if b"\0" in text[:end]:
        raise ColumnError(f"{path} is not text: save it as CSV in UTF-8")
    if not text.strip():
        raise ColumnError(f"{path} is empty: it has no header")
    if end is None:
        raise ColumnError(f"{path} has no header: a quote that opens in its first line stays open")
    header, rest = text[:end], text[end:]
    line, encoding = decoded(header)
    try:
        names = next(csv.reader(io.StringIO(line, newline=""), delimiter=found))
    except csv.Error as error:
        raise ColumnError(f"{path} has no header: in its first line, {error}") from error
    names = [name.strip() for name in names]
    line_end = next((sign for sign in (b"\r\n", b"\r") if header.endswith(sign)), b"\n")
    lines = content[: len(content) - len(rest)].count(line_end)
    before = bom + prefix
    return Header(before + header, len(before), names, found, encoding, line_end, lines, rest)


def decoded(content: bytes) -> tuple[str, str]:
    """The text and its encoding: UTF-8, or else that of Windows and Excel."""
    try:
        return content.decode(), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace"), "cp1252"


def hint(header: Header, column: str) -> str:
    """A hint where else the header may be, for an error about a missing column."""
    content, _ = decoded(header.content[header.begins :] + header.rest)
    lines = re.split("\r\n|\r|\n", content)[:_LOOKED_AT]
    others = [each for each in _DELIMITERS if each != header.delimiter]
    for delimiter in (header.delimiter, *others):
        also = "" if delimiter == header.delimiter else f" --delimiter {_named(delimiter)}"
        for number, line in enumerate(lines, header.lines):
            if column in _fields(line, delimiter):
                if number == header.lines and not also:
                    return ""  # it is there more than once
                if number == header.lines:
                    return f"; is it separated by {delimiter!r}? then give{also}"
                skip = f"--skip {number - 1}{also}"
                return f"; line {number} has it: is that the header? then give {skip}"
    first, *following = [len(_fields(line, header.delimiter)) for line in lines[:3]]
    more = next((count for count in following if count > first), None)
    if more is None:
        return ""
    # A title has fewer fields than the table below it.
    return (
        f"; its first line has {count_of(first)}, and a line below it {more}: where the header is "
        "further down, give --skip with the number of lines before it"
    )


def count_of(fields: int) -> str:
    """A number of fields, like "2 fields"."""
    return f"{fields} field{'s' * (fields != 1)}"


def _named(delimiter: str) -> str:
    return {"\t": "tab", ",": ","}.get(delimiter, f"'{delimiter}'")


def _fields(line: str, delimiter: str) -> list[str]:
    try:
        return [each.strip() for each in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error:
        return []


def _after(content: bytes, start: int, lines: int) -> int | None:
    """The position after so many lines; None if the content ends before."""
    end = b"\n" if b"\n" in content else b"\r"
    for _ in range(lines):
        start = content.find(end, start) + 1
        if not start:
            return None
    return start


def _end(content: bytes, delimiter: str, *, is_all: bool) -> int | None:
    """Where the first record ends; None if the content ends before."""
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
