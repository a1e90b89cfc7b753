"""The store: every observation of the ECB in one file, read whole and answered from memory.

All numbers are little-endian and unsigned. In this order::

    header      MAGIC, crc32 of all that follows it, day of row 0 (a proleptic ordinal),
                number of days up to that of the last row, of rows, of columns
    columns     for each currency: its code, the first and the last row it was observed in
    day -> row  for each day since that of row 0: the row of the newest day not after it
    row -> day  for each row: its day, counted from that of row 0
    values      column by column, for each row: 0 for no observation, else the digits published,
                without the point, and in the top four bits how many of them stand behind it
"""

from __future__ import annotations

import os
import stat
import zlib
from datetime import date
from struct import Struct, error, pack, unpack_from
from typing import TYPE_CHECKING

from forexhooks import MalformedResponseError, Observation, RateTable
from forexhooks.rates import Scaled
from forexhooks_ecb.grid import Grid, scaled, value_of
from forexhooks_ecb.packaged import from_archive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal

    from forexhooks import Profile

MAGIC = b"FXSTORE1"
_HEADER = Struct("<8sIIIII")
_CHECKED_FROM = Struct("<8sI").size
_COLUMN = Struct("<4sHH")
_ROW = Struct("<H")
_VALUE = Struct("<I")
_MOST_DAYS = 0xFFFF
_MOST_BYTES = 64 * 1024 * 1024


class Store:
    """A store that was read. `table` answers from it, whatever becomes of the file.

    `more` are observations that the table has besides.
    Raises `MalformedResponseError` naming the file where it is missing, damaged or no store; with
    `must_be_ours` also where it may be another user's work.
    """

    def __init__(
        self,
        path: str,
        driver: str,
        profile: Profile,
        *,
        must_be_ours: bool = False,
        more: Iterable[Observation] = (),
    ) -> None:
        self.path = path
        try:
            self._content, self.signature = _read(path, must_be_ours=must_be_ours)
            columns = _columns(self._content)
        except (OSError, ValueError) as problem:
            raise MalformedResponseError(
                f"{driver}: the store {path} cannot be used: {problem}", driver=driver
            ) from problem
        self.columns: dict[str, Column] = {column.code: column for column in columns}
        of_pairs = {("EUR", code): column for code, column in self.columns.items()}
        self.newest_day: date = date.fromordinal(max(column.last for column in columns))
        self.table = RateTable(more, driver=driver, profile=profile, columns=of_pairs)

    def grid(self) -> Grid:
        """All of it, to make another store from."""
        _, _, first, days, rows, columns = _HEADER.unpack_from(self._content)
        day_of_row = _HEADER.size + columns * _COLUMN.size + days * _ROW.size
        since_first = unpack_from(f"<{rows}H", self._content, day_of_row)
        return Grid(
            [first + day for day in since_first],
            {column.code: column.cells(rows) for column in _columns(self._content)},
        )

    def newest(self, code: str, on: date) -> Observation | None:
        """The newest observation of EUR/`code` that is not after `on`."""
        column = self.columns.get(code)
        day = None if column is None else column.newest(on.toordinal(), column.first)
        if column is None or day is None:
            return None
        return Observation(date.fromordinal(day), "EUR", code, column.value(day))

    def value(self, code: str, on: date) -> Decimal | None:
        """What EUR/`code` was on that day, if it was observed."""
        newest = self.newest(code, on)
        return newest.value if newest is not None and newest.on == on else None


def signature_at(path: str) -> tuple[int, ...]:
    """What changes with the file at a path; empty where there is none."""
    try:
        return _signature(os.stat(path))
    except OSError:
        return ()


def _signature(found: os.stat_result) -> tuple[int, ...]:
    return found.st_ino, found.st_size, found.st_mtime_ns


def _read(path: str, *, must_be_ours: bool) -> tuple[bytes, tuple[int, ...]]:
    """The content of a file, and its signature before it was read."""
    packed_in = from_archive(path)
    if packed_in is not None:
        return packed_in, ()
    with open(path, "rb", buffering=0, opener=_open) as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise ValueError("it is not a file")
        if found.st_size > _MOST_BYTES:
            raise ValueError(f"it has more than {_MOST_BYTES:,} bytes")
        if must_be_ours:
            # Skipped for the bundle, which is read at every start.
            from forexhooks.support import ownership_problem

            # The folder's owner may have put an older store of ours there.
            folder = os.path.dirname(os.path.abspath(path))
            if problem := ownership_problem(path, file.fileno()) or ownership_problem(folder):
                raise ValueError(problem)
        return file.read(), _signature(found)


def _open(path: str, flags: int) -> int:
    # Opening a pipe without a writer would block.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _columns(content: bytes) -> list[Column]:
    if len(content) < _HEADER.size:
        raise ValueError(f"it has only {len(content)} bytes")
    magic, checksum, first, days, rows, columns = _HEADER.unpack_from(content)
    if magic != MAGIC:
        raise ValueError("it does not begin like a store")
    if zlib.crc32(memoryview(content)[_CHECKED_FROM:]) != checksum:
        raise ValueError("its checksum is wrong")
    row_of_day = _HEADER.size + columns * _COLUMN.size
    day_of_row = row_of_day + days * _ROW.size
    values = day_of_row + rows * _ROW.size
    if not columns or len(content) != values + columns * rows * _VALUE.size:
        raise ValueError("its size is not what its header says")
    if not 0 < first <= date.max.toordinal() - days:
        raise ValueError("its days are invalid")
    found = []
    for index in range(columns):
        entry = _COLUMN.unpack_from(content, _HEADER.size + index * _COLUMN.size)
        if not entry[1] <= entry[2] < rows:
            raise ValueError(f"it has no rows {entry[1]} to {entry[2]}")
        column = Column(
            content,
            first_day=first,
            row_of_day=row_of_day,
            day_of_row=day_of_row,
            values=values + index * rows * _VALUE.size,
            column=entry,
        )
        if not column.first <= column.last < first + days:
            raise ValueError(f"the days of {column.code} are not in order")
        found.append(column)
    return found


class Column:
    """One currency's observations: a `Column` of EUR/code."""

    def __init__(
        self,
        content: bytes,
        *,
        first_day: int,
        row_of_day: int,
        day_of_row: int,
        values: int,
        column: tuple[bytes, int, int],
    ) -> None:
        code, self._first_row, self._last_row = column
        self.code = code.decode("ascii").strip()
        self._content = content
        self._first_day = first_day
        self._row_of_day = row_of_day
        self._day_of_row = day_of_row
        self._values = values
        self.first = self._day(self._first_row)
        self.last = self._day(self._last_row)

    def newest(self, on: int, oldest: int) -> int | None:
        """The newest observed day from `oldest` to `on`, both included."""
        if on < self.first:
            return None
        row = self._row(on) if on < self.last else self._last_row
        while row >= self._first_row:
            day = self._day(row)
            if day < oldest:
                break
            # With a later day, the search for a day that two columns share might never end.
            if day <= on and self._cell(row):
                return day
            row -= 1
        return None

    def value(self, day: int) -> Decimal:
        """What was observed on a day that `newest` or `days` gave."""
        return value_of(self._cell(self._row(day)))

    def days(self, start: int, end: int) -> Iterator[int]:
        """The observed days from `start` to `end`, both included, in order."""
        if start > self.last or end < self.first:
            return
        for row in range(self._row(max(start, self.first)), self._row(min(end, self.last)) + 1):
            day = self._day(row)
            if start <= day <= end and self._cell(row):
                yield day

    def scaled(self, start: int, end: int) -> Scaled:
        """What was observed from `start` to `end`, both included. Needs numpy."""
        import numpy as np

        count = self._last_row - self._first_row + 1
        since_first = np.frombuffer(
            self._content, "<u2", count, self._day_of_row + self._first_row * _ROW.size
        )
        cells = np.frombuffer(
            self._content, "<u4", count, self._values + self._first_row * _VALUE.size
        )
        days = since_first.astype(np.int64) + self._first_day
        wanted = (cells != 0) & (days >= start) & (days <= end)
        return Scaled(days[wanted], *scaled(cells[wanted]))

    def cells(self, rows: int) -> list[int]:
        """The cells of all rows, as they are."""
        return list(unpack_from(f"<{rows}I", self._content, self._values))

    def _row(self, day: int) -> int:
        at = self._row_of_day + (day - self._first_day) * _ROW.size
        row: int = _ROW.unpack_from(self._content, at)[0]
        return row if row < self._last_row else self._last_row

    def _day(self, row: int) -> int:
        since_first: int = _ROW.unpack_from(self._content, self._day_of_row + row * _ROW.size)[0]
        return self._first_day + since_first

    def _cell(self, row: int) -> int:
        cell: int = _VALUE.unpack_from(self._content, self._values + row * _VALUE.size)[0]
        return cell


def packed(grid: Grid) -> bytes:
    """The content of a store of this grid; the same grid gives the same bytes.

    Raises `ValueError` for a grid without an observation, or over too many days.
    """
    days = grid.days
    if not days:
        raise ValueError("no observations")
    if days[-1] - days[0] > _MOST_DAYS:
        first, last = map(date.fromordinal, (days[0], days[-1]))
        raise ValueError(f"the days {first} and {last} are too far apart for the store")
    since_first = [day - days[0] for day in days]
    row_of_day: list[int] = []
    for row, day in enumerate(since_first):
        row_of_day += [row - 1] * (day - len(row_of_day)) + [row]
    columns = []
    for code, cells in sorted(grid.columns.items()):
        observed = [row for row, cell in enumerate(cells) if cell]
        columns.append(_COLUMN.pack(code.ljust(4).encode("ascii"), observed[0], observed[-1]))
    counts = (days[0], len(row_of_day), len(days), len(columns))
    body = b"".join(
        (
            _HEADER.pack(MAGIC, 0, *counts)[_CHECKED_FROM:],
            *columns,
            pack(f"<{len(row_of_day)}H", *row_of_day),
            pack(f"<{len(since_first)}H", *since_first),
            *(pack(f"<{len(days)}I", *cells) for _, cells in sorted(grid.columns.items())),
        )
    )
    return _HEADER.pack(MAGIC, zlib.crc32(body), *counts)[:_CHECKED_FROM] + body


def newest_day(path: str) -> date | None:
    """The newest day of a store by its header alone, unchecked; None where it has no header."""
    try:
        packed_in = from_archive(path)
        if packed_in is None:
            with open(path, "rb") as file:
                packed_in = file.read(_HEADER.size)
        _, _, first, days, _, _ = _HEADER.unpack(packed_in[: _HEADER.size])
        return date.fromordinal(first + days - 1)
    except (OSError, ValueError, OverflowError, error):
        return None
