"""The grid: observations by day and currency, as cells that a store can hold."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from forexhooks.rates import multiply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forexhooks import Observation

EMPTY = 0
"""The cell of a day without an observation."""

_LONGEST_CODE = 4
_DIGITS = 28
_MOST_DIGITS = (1 << _DIGITS) - 1
_MOST_PLACES = 15
_SCALES = [Decimal((0, (1,), -places)) for places in range(_MOST_PLACES + 1)]


class Grid(NamedTuple):
    """A row for each day that anything was observed, in order; a column for each currency.

    `days` are proleptic ordinals, `columns` have one cell for each of them.
    """

    days: list[int]
    columns: dict[str, list[int]]

    @classmethod
    def of(cls, observations: Iterable[Observation]) -> Grid:
        """The grid of these observations, all of base EUR, in whatever order.

        Raises `ValueError` for one that a cell cannot hold exactly, and for two values of one day.
        """
        return cls([], {}).merged(observations)

    def merged(self, observations: Iterable[Observation]) -> Grid:
        """Add observations; one of a day that is held takes its place. Raises as `of`."""
        arriving: dict[str, dict[int, int]] = {}
        for on, base, quote, value in (each[:4] for each in observations):
            if base != "EUR":
                raise ValueError(f"an observation of {base}/{quote}: the base must be EUR")
            if not 0 < len(quote) <= _LONGEST_CODE:
                raise ValueError(f"the store cannot keep the code {quote!r}")
            cell = cell_of(value)
            if arriving.setdefault(quote, {}).setdefault(on.toordinal(), cell) != cell:
                raise ValueError(f"two values of EUR/{quote} on {on}")
        days = sorted({*self.days, *(day for column in arriving.values() for day in column)})
        columns = {}
        for code in sorted({*self.columns, *arriving}):
            cells = dict(zip(self.days, self.columns.get(code, ()), strict=False))
            cells.update(arriving.get(code, {}))
            columns[code] = [cells.get(day, EMPTY) for day in days]
        return Grid(days, columns)


def value_of(cell: int) -> Decimal:
    """What was published, with its digits."""
    return multiply(Decimal(cell & _MOST_DIGITS), _SCALES[cell >> _DIGITS])


def scaled(cells: Any) -> tuple[Any, Any]:
    """The digits and the decimal places of an array of cells."""
    return cells & _MOST_DIGITS, cells >> _DIGITS


def cell_of(value: Decimal) -> int:
    """The cell that holds a value. Raises `ValueError` where none can, exactly."""
    sign, digits, exponent = value.as_tuple()
    mantissa = int("".join(map(str, digits)) or "0")
    if not isinstance(exponent, int) or sign or not 0 < mantissa <= _MOST_DIGITS:
        raise ValueError(f"the store cannot keep the value {value}")
    if not -_MOST_PLACES <= exponent <= 0:
        raise ValueError(f"the store cannot keep the decimal places of {value}")
    return (-exponent << _DIGITS) | mantissa
