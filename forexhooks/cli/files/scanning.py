"""Where the fields and records of a CSV file are, by the positions of its bytes."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

_QUOTE, LF, CR = b'"\n\r'


class Marks(NamedTuple):
    """The positions of the delimiters, and of the ends of records.

    `open` are fields whose quote seems to be closed by a quote in another line: text follows it.
    """

    delimiters: Array
    ends: Array
    open: Array


def marks_of(data: Array, delimiter: int, end: int) -> Marks:
    """Find them in bytes that begin with a record. `end` is the byte that ends one: LF or CR."""
    quotes = np.flatnonzero(data == _QUOTE)
    delimiters = np.flatnonzero(data == delimiter)
    ends = np.flatnonzero(data == end)
    if not len(quotes):
        return Marks(delimiters, ends, quotes)
    if not _are_around_fields(data, quotes, delimiter, end):
        return _one_by_one(data.tobytes(), delimiter, end)
    # A byte is inside quotes if an odd number of quotes precedes it.
    return Marks(
        delimiters[np.searchsorted(quotes, delimiters) % 2 == 0],
        ends[np.searchsorted(quotes, ends) % 2 == 0],
        quotes[:0],
    )


def _are_around_fields(data: Array, quotes: Array, delimiter: int, end: int) -> bool:
    """Whether each quote begins or ends a field, or is doubled, as they should be."""
    opening, closing = quotes[::2], quotes[1::2]
    before = data[opening[opening > 0] - 1]
    after = data[closing[closing < len(data) - 1] + 1]
    around = np.array([delimiter, end, _QUOTE], np.uint8)
    return bool(np.isin(before, around).all() and np.isin(after, [*around, CR]).all())


def _one_by_one(content: bytes, delimiter: int, end: int) -> Marks:
    """The same for content with quotes inside unquoted fields, where they mean nothing."""
    ending = re.escape(bytes([end, delimiter]))
    field = re.compile(rb'("[^"]*+(?:""[^"]*+)*+"?+)?+([^' + ending + rb"]*+)")
    delimiters: list[int] = []
    ends: list[int] = []
    opened: list[int] = []
    position = 0
    while position < len(content):
        match = field.match(content, position)
        assert match is not None  # noqa: S101 - it may be empty
        quoted, after = match.groups()
        if quoted and after.strip(b" \t\r") and end in quoted:
            opened.append(position)
        where = match.end()
        if where == len(content):
            break
        (ends if content[where] == end else delimiters).append(where)
        position = where + 1
    return Marks(*(np.array(found, np.int64) for found in (delimiters, ends, opened)))


class Records(NamedTuple):
    """Records in some bytes: where each begins, where its text ends, and where the next begins.

    `fields` is how many each has, `first_mark` the number of its first delimiter.
    """

    starts: Array
    ends: Array
    nexts: Array
    fields: Array
    first_mark: Array

    @classmethod
    def of(cls, data: Array, marks: Marks) -> Records:
        """The records that end within the bytes."""
        nexts = marks.ends + 1
        starts = np.concatenate([[0], nexts[:-1]]).astype(np.int64)[: len(nexts)]
        ends = marks.ends
        while (has_cr := (ends > starts) & (data[ends - 1] == CR)).any():
            ends = ends - has_cr
        first = np.searchsorted(marks.delimiters, starts)
        fields = np.searchsorted(marks.delimiters, marks.ends) - first + 1
        return cls(starts, ends, nexts, fields, first)

    def take(self, which: Array) -> Records:
        """Some of them."""
        return Records(*(column[which] for column in self))

    def field(self, number: int, of: int, marks: Marks) -> tuple[Array, Array]:
        """Where a field begins and ends in records that have `of` fields each."""
        starts = self.starts if number == 0 else marks.delimiters[self.first_mark + number - 1] + 1
        ends = self.ends if number == of - 1 else marks.delimiters[self.first_mark + number]
        return starts, ends


def unquoted(data: Array, starts: Array, ends: Array) -> tuple[Array, Array]:
    """The fields without the quotes around them."""
    if not len(starts):
        return starts, ends
    is_quoted = (ends - starts > 1) & (data[np.minimum(starts, len(data) - 1)] == _QUOTE)
    is_quoted &= data[ends - 1] == _QUOTE
    return starts + is_quoted, ends - is_quoted


def gathered(data: Array, starts: Array, ends: Array) -> tuple[Array, Array]:
    """The pieces joined: their offsets, and their bytes."""
    lengths = ends - starts
    offsets = np.zeros(len(starts) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    index = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
    return offsets, data[index]
