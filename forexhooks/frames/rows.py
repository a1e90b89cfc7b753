"""Rows of a frame, as numbers of pairs and days."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forexhooks.currencies import CODES, SUBUNITS, is_currency, parse_code
from forexhooks.errors import CurrencyError, DateError
from forexhooks.frames.arrays import CHUNK, Array, is_missing
from forexhooks.frames.calendar import Cells, key_of
from forexhooks.frames.columns import NO_DAY, Days, Labels
from forexhooks.service.service import ForexService

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from forexhooks.frames.calendar import Span
    from forexhooks.rates.observations import Pair

_DENSE = 200_000
_MOST_IN_INT32 = 1 << 30
NOBODY: Pair = ("", "")
"""The pair of rows without one."""


class Side(NamedTuple):
    """The codes of one side of all rows: `values[codes]`; if `codes` is None, always the first."""

    codes: Array | None
    values: list[str | Wrong]

    @classmethod
    def of(cls, labels: Labels | str, service: ForexService | None, known: dict[Any, Any]) -> Side:
        """The codes of a column or a constant; `known` remembers what labels stand for."""
        if isinstance(labels, str):
            return cls(None, [labels])
        listed: frozenset[str] | None = None
        values: list[str | Wrong] = []
        for label in labels.values:
            if not isinstance(label, str):
                values.append(Wrong(label, service))
                continue
            found = known.get(label)
            if found is None and service is not None and label in CODES:  # as most are
                found = known[label] = label
            if found is None:
                code = None if service is None else _parsed(label)
                if code is not None and service is not None and not _is_iso(code):
                    listed = service.currencies() if listed is None else listed
                    code = code if code in listed else None
                found = known[label] = Wrong(label, service) if code is None else code
            values.append(found)
        return cls(labels.codes, values)

    def of_row(self, row: int) -> str:
        """The code of a row. Raises `CurrencyError` if it has none."""
        found = self.values[0 if self.codes is None else int(self.codes[row])]
        if isinstance(found, str):
            return found
        raise found.error()


class Wrong(NamedTuple):
    """A label that is not a currency. As there may be many, its error is made only when needed."""

    label: Any
    service: ForexService | None

    def error(self) -> CurrencyError:
        """Why it is not a currency."""
        if is_missing(self.label):
            return CurrencyError("the currency is missing")
        if self.service is not None:
            try:
                self.service.check_code(self.label)
            except CurrencyError as error:
                return error
        return CurrencyError(f"the currency {self.label!r} was not there when rates were looked up")


def _parsed(label: str) -> str | None:
    try:
        return parse_code(label)
    except CurrencyError:
        return None


def _is_iso(code: str) -> bool:
    return code in SUBUNITS or is_currency(code)


class Rows:
    """The pair (`pair_of_code` of its code) and the day of each row."""

    def __init__(self, count: int, bases: Side, quotes: Side, days: Days) -> None:
        self.count: int = count
        self.bases: Side = bases
        self.quotes: Side = quotes
        self.days: Days = days
        codes, pair_of_code = self._paired()
        self.codes: Array | None = codes
        """For each row the code of its pair; None: that of the first, always."""
        self.pair_of_code: list[Pair] = pair_of_code

    def _paired(self) -> tuple[Array | None, list[Pair]]:
        bases, quotes = self.bases, self.quotes
        both = paired(bases.values, quotes.values)
        if bases.codes is None or quotes.codes is None:
            return (quotes.codes if bases.codes is None else bases.codes), both
        codes = bases.codes.astype(np.int64) * max(1, len(quotes.values)) + quotes.codes
        seen, codes = _occurring(codes, len(both))
        return codes, [both[code] for code in seen.tolist()]

    def cells(self, pairs: list[Pair], span: Span) -> Cells:
        """Cells for these pairs and days: all, or if those are too many, the needed ones."""
        cells = Cells(pairs, span.first, span.last)
        if cells.size <= max(_DENSE, 4 * self.count):
            return cells
        return cells._replace(keys=np.unique(Places(self, cells).keys(slice(None))))

    def asked(self, row: int) -> tuple[str, str, date]:
        """Base, quote and day of a row. Raises the row's `ForexError` if one of them is invalid."""
        base, quote = self.bases.of_row(row), self.quotes.of_row(row)
        numbers = self.days.numbers
        day = self.days.day(int(numbers[row if len(numbers) > 1 else 0]))
        if isinstance(day, DateError):
            raise day
        return base, quote, day


class Places:
    """The cells of rows in a calendar."""

    def __init__(self, rows: Rows, cells: Cells) -> None:
        self.count: int = rows.count
        self._days, self._codes, self._cells = rows.days, rows.codes, cells
        pairs = rows.pair_of_code
        self._is_in_order = pairs == cells.pairs[: len(pairs)]
        if self._is_in_order:
            self._pair_rows: Sequence[int] = range(len(pairs))
        else:
            numbers = {pair: row for row, pair in enumerate(cells.pairs)}
            # An unused category may belong to a pair that has no cells.
            nobody = numbers.get(NOBODY, 0)
            self._pair_rows = [numbers.get(pair, nobody) for pair in pairs]
        self.used_pairs: list[int] = [
            row for row, pair in zip(self._pair_rows, pairs, strict=True) if pair != NOBODY
        ]
        """The numbers of the pairs that rows may have."""
        self.kind: type[Any] = np.int32 if cells.size < _MOST_IN_INT32 else np.int64
        """Of the cells that `index` gives: the smaller is quicker."""
        bounds = rows.days.bounds
        self._within = (
            bounds is not None
            and not rows.days.has_problems
            and cells.first <= bounds[0]
            and bounds[1] <= cells.last
        )

    @cached_property
    def _row_of_code(self) -> Array:
        return np.array(self._pair_rows, np.int32)

    @cached_property
    def _start_of_code(self) -> Array:
        starts = self._row_of_code.astype(np.int64) * self._cells.width - (self._cells.first - 1)
        return starts.astype(self.kind)

    def keys(self, chunk: slice | Array) -> Array:
        """The keys of sparse cells."""
        days = np.clip(self._numbers(chunk), self._cells.first - 1, self._cells.last + 1)
        return key_of(self.pair_rows(chunk), days)

    def _numbers(self, chunk: slice | Array) -> Array:
        """The days of a chunk; invalid days count as after the last."""
        numbers = self._days.numbers
        if len(numbers) == 1:
            numbers = np.broadcast_to(numbers, self.count)
        numbers = numbers[chunk]
        if self._days.has_problems:
            return np.where(numbers < NO_DAY + 1 + len(self._days.problems), 1 << 30, numbers)
        return numbers

    def index(self, chunk: slice | Array, out: Array | None = None) -> Array:
        """The cells of a chunk of rows, or of the rows listed."""
        cells = self._cells
        if cells.keys is not None:
            sparse: Array = np.searchsorted(cells.keys, self.keys(chunk))
            return sparse
        days = self._numbers(chunk)
        if not self._within:
            days = np.clip(days, cells.first - 1, cells.last + 1)
        if self._codes is None:
            dense: Array = np.add(days, self._start_of_code[0], out=out)
            return dense
        if self._is_in_order and isinstance(chunk, slice):
            # A multiplication is faster than looking up where the pair begins.
            cell: Array = np.multiply(self._codes[chunk], cells.width, out=out, dtype=self.kind)
            cell += days
            cell -= cells.first - 1
            return cell
        starts: Array = self._start_of_code.take(self._codes[chunk], out=out, mode="clip")
        starts += days
        return starts

    def pair_rows(self, chunk: slice | Array) -> Array:
        """The numbers of the pairs of a chunk of rows, or of the rows listed."""
        if self._codes is None:
            count = (
                len(range(*chunk.indices(self.count))) if isinstance(chunk, slice) else len(chunk)
            )
            return np.full(count, self._row_of_code[0])
        return self._row_of_code[self._codes[chunk]]

    def needed(self) -> Array:
        """The cells that occur."""
        occurs = np.zeros(self._cells.size, bool)
        for start in range(0, self.count, CHUNK):
            occurs[self.index(slice(start, start + CHUNK))] = True
        return np.flatnonzero(occurs)


def paired(bases: list[str | Wrong], quotes: list[str | Wrong]) -> list[Pair]:
    """Each base with each quote."""
    return [
        (base, quote) if isinstance(base, str) and isinstance(quote, str) else NOBODY
        for base in bases
        for quote in quotes
    ]


def _occurring(codes: Array, size: int) -> tuple[Array, Array]:
    """The numbers from 0 to `size` that occur in `codes`, and `codes` renumbered by them."""
    if size <= max(1 << 20, len(codes)):
        seen = np.flatnonzero(np.bincount(codes, minlength=1)) if len(codes) else codes
        ranks = np.zeros(max(1, size), np.int32)
        ranks[seen] = np.arange(len(seen))
        return seen, ranks[codes]
    seen, codes = np.unique(codes, return_inverse=True)
    return seen, codes.astype(np.int32)
