"""The store: every observation of the ECB in one file that is mapped and read in place.

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

import mmap
import zlib
from datetime import date
from decimal import Decimal
from struct import Struct
from typing import TYPE_CHECKING

from forexhooks import MalformedResponseError, Observation, RateTable
from forexhooks.exact import multiply

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from forexhooks import Profile

MAGIC = b"FXSTORE1"
_HEADER = Struct("<8sIIIII")
_CHECKED_FROM = Struct("<8sI").size
_COLUMN = Struct("<4sHH")
_ROW = Struct("<H")
_VALUE = Struct("<I")
_LONGEST_CODE = 4
_MOST_DAYS = 0xFFFF
_DIGITS = 28
_MOST_DIGITS = (1 << _DIGITS) - 1
_MOST_PLACES = 15
_SCALES = [Decimal((0, (1,), -places)) for places in range(_MOST_PLACES + 1)]


class Store:
    """An open store. `table` answers from it; after `close` it must not be asked any more.

    Raises `MalformedResponseError` naming the file where it is missing, damaged or no store.
    """

    def __init__(self, path: str, driver: str, profile: Profile) -> None:
        try:
            with open(path, "rb") as file:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
            raise _damaged(path, driver, str(error)) from error
        try:
            columns = _columns(self._map)
        except ValueError as error:
            self._map.close()
            raise _damaged(path, driver, str(error)) from error
        series = {("EUR", column.code): column for column in columns}
        self.table = RateTable(driver=driver, profile=profile, series=series)

    def close(self) -> None:
        """Unmap the file."""
        self._map.close()


def _damaged(path: str, driver: str, why: str) -> MalformedResponseError:
    return MalformedResponseError(
        f"{driver}: the store {path} is missing or damaged ({why}): install forexhooks again",
        driver=driver,
    )


def _columns(content: mmap.mmap) -> list[_Column]:
    if len(content) < _HEADER.size:
        raise ValueError(f"only {len(content)} bytes")
    magic, checksum, first, days, rows, columns = _HEADER.unpack_from(content)
    if magic != MAGIC:
        raise ValueError("it does not begin like one")
    with memoryview(content) as view, view[_CHECKED_FROM:] as checked:
        if zlib.crc32(checked) != checksum:
            raise ValueError("its checksum is wrong")
    row_of_day = _HEADER.size + columns * _COLUMN.size
    day_of_row = row_of_day + days * _ROW.size
    values = day_of_row + rows * _ROW.size
    return [
        _Column(
            content,
            first_day=first,
            row_of_day=row_of_day,
            day_of_row=day_of_row,
            values=values + index * rows * _VALUE.size,
            column=_COLUMN.unpack_from(content, _HEADER.size + index * _COLUMN.size),
        )
        for index in range(columns)
    ]


class _Column:
    """One currency's observations: a `Series` of EUR/code."""

    def __init__(
        self,
        content: mmap.mmap,
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
        day = self._day(row)
        while day >= oldest and row >= self._first_row:
            if self._packed(row):
                return day
            row -= 1
            day = self._day(row)
        return None

    def value(self, day: int) -> Decimal:
        """What was observed on a day that `newest` or `days` gave."""
        packed = self._packed(self._row(day))
        return multiply(Decimal(packed & _MOST_DIGITS), _SCALES[packed >> _DIGITS])

    def days(self, start: int, end: int) -> Iterator[int]:
        """The observed days from `start` to `end`, both included, in order."""
        if start > self.last or end < self.first:
            return
        for row in range(self._row(max(start, self.first)), self._row(min(end, self.last)) + 1):
            day = self._day(row)
            if day >= start and self._packed(row):
                yield day

    def _row(self, day: int) -> int:
        at = self._row_of_day + (day - self._first_day) * _ROW.size
        row: int = _ROW.unpack_from(self._content, at)[0]
        return row

    def _day(self, row: int) -> int:
        since_first: int = _ROW.unpack_from(self._content, self._day_of_row + row * _ROW.size)[0]
        return self._first_day + since_first

    def _packed(self, row: int) -> int:
        packed: int = _VALUE.unpack_from(self._content, self._values + row * _VALUE.size)[0]
        return packed


def packed(observations: Iterable[Observation]) -> bytes:
    """The content of a store with these observations, all of base EUR.

    The same observations give the same bytes, in whatever order. Raises `ValueError` for one that
    the format cannot keep exactly, and for none at all.
    """
    values: dict[str, dict[date, int]] = {}
    for on, base, quote, value in observations:
        if base != "EUR":
            raise ValueError(f"an observation of {base}/{quote}: the base must be EUR")
        if not 0 < len(quote) <= _LONGEST_CODE:
            raise ValueError(f"the store cannot keep the code {quote!r}")
        cell = _packed_value(value)
        if values.setdefault(quote, {}).setdefault(on, cell) != cell:
            raise ValueError(f"two values of EUR/{quote} on {on}")
    days = sorted({day for column in values.values() for day in column})
    if not days:
        raise ValueError("no observations")
    if (days[-1] - days[0]).days > _MOST_DAYS:
        raise ValueError(f"the days {days[0]} and {days[-1]} are too far apart for the store")
    since_first = [(day - days[0]).days for day in days]
    row_of_day: list[int] = []
    for row, day in enumerate(since_first):
        row_of_day += [row - 1] * (day - len(row_of_day)) + [row]
    columns, cells = [], []
    for code in sorted(values):
        column = [values[code].get(day, 0) for day in days]
        observed = [row for row, cell in enumerate(column) if cell]
        columns.append(_COLUMN.pack(code.ljust(4).encode("ascii"), observed[0], observed[-1]))
        cells += column
    counts = (days[0].toordinal(), len(row_of_day), len(days), len(columns))
    body = b"".join(
        (
            _HEADER.pack(MAGIC, 0, *counts)[_CHECKED_FROM:],
            *columns,
            *map(_ROW.pack, row_of_day),
            *map(_ROW.pack, since_first),
            *map(_VALUE.pack, cells),
        )
    )
    return _HEADER.pack(MAGIC, zlib.crc32(body), *counts)[:_CHECKED_FROM] + body


def _packed_value(value: Decimal) -> int:
    sign, digits, exponent = value.as_tuple()
    mantissa = int("".join(map(str, digits)) or "0")
    if not isinstance(exponent, int) or sign or not 0 < mantissa <= _MOST_DIGITS:
        raise ValueError(f"the store cannot keep the value {value}")
    if not -_MOST_PLACES <= exponent <= 0:
        raise ValueError(f"the store cannot keep the decimal places of {value}")
    return (-exponent << _DIGITS) | mantissa
