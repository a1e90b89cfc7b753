"""Converts one column of amounts, chunk by chunk, exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from forexhooks.errors import AmountError, ForexError
from forexhooks.frames.amounts import refused
from forexhooks.frames.arrays import CHUNK
from forexhooks.frames.results import PRECISION, Decimals, Floats
from forexhooks.frames.rounding import exactly, parts, quotient, rounded

if TYPE_CHECKING:
    from forexhooks.frames.amounts import Amounts
    from forexhooks.frames.arrays import Array
    from forexhooks.frames.calendar import Calendar, Units
    from forexhooks.frames.rows import Places

_LARGEST = 1e30
_NO_ROWS = np.empty(0, np.int64)


class Conversion:
    """A column of amounts, the cells of its rows in a calendar, and the rates."""

    def __init__(
        self,
        amounts: Amounts,
        places: Places,
        calendar: Calendar,
        units: Units,
        scale: int,
        *,
        exact: bool,
    ) -> None:
        self.amounts: Amounts = amounts
        self.places: Places = places
        self.calendar: Calendar = calendar
        self.exact: bool = exact
        self.units: Array = units.places
        self.rates: Array = calendar.rates(units, amounts.scale)
        # The smallest result of an amount that is too large.
        self._limit = 0.0 if exact else _LARGEST * calendar.least(units, amounts.scale)
        self.in_decimals: bool = exact and amounts.is_decimal
        self.scale: int = scale
        # Whether all results have the same number of places: rows then need no distinction.
        self.is_uniform: bool = {units.listed[row] for row in places.used_pairs} <= {scale}
        self.words: Array = np.empty((places.count if self.in_decimals else 0, 2), np.int64)
        # For decimals, the low halves.
        self.numbers: Array = self.words[:, 0] if self.in_decimals else np.empty(places.count)

    def run(self) -> tuple[Floats | Decimals, Array]:
        """Convert; return the new column, and the rows without a rate."""
        found = self._by_floats()
        missing = self.amounts.missing
        if not found and not self.amounts.special:
            return self._column(missing), _NO_ROWS
        doubtful: Array = np.concatenate([_NO_ROWS, *found])
        if missing is not None:
            doubtful = doubtful[~missing[doubtful]]
        elif self.amounts.nan_is_missing and len(doubtful):
            is_missing = np.isnan(self.amounts.numbers[doubtful])
            if is_missing.any():
                missing = np.isnan(self.amounts.numbers)
                doubtful = doubtful[~is_missing]
        self._refuse(doubtful)
        if self.amounts.special:
            special = np.array(list(self.amounts.special), np.int64)
            doubtful = doubtful[~np.isin(doubtful, special)]
        index = self.places.index(doubtful)
        has_none = np.isnan(self.rates[index])
        failed = [doubtful[has_none]]
        if self.exact:
            again = ~has_none
            self._exactly(doubtful[again], index[again])
        for row, amount in list(self.amounts.special.items()):
            if isinstance(amount, ForexError) or not self._alone(row, amount):
                failed.append(np.array([row]))
        bad = np.sort(np.concatenate(failed)).astype(np.int64)
        if len(bad):
            missing = np.zeros(self.places.count, bool) if missing is None else missing.copy()
            missing[bad] = True
        return self._column(missing), bad

    def _column(self, missing: Array | None) -> Floats | Decimals:
        if not self.in_decimals:
            return Floats(self.numbers, missing)
        places = None
        if not self.is_uniform:
            places = self.units[self.places.pair_rows(slice(None))]
        return Decimals(self.words, self.scale, missing, places)

    def _refuse(self, doubtful: Array) -> None:
        """Find floats that are not amounts: they are among those that are looked at again."""
        numbers = self.amounts.numbers
        if numbers.dtype != np.float64:
            return
        for row in doubtful[~(np.abs(numbers[doubtful]) < _LARGEST)].tolist():
            problem = refused(float(numbers[row]))
            if problem is not None:
                self.amounts.special[row] = problem

    def _by_floats(self) -> list[Array]:
        """Convert all rows; return the numbers of those to look at again, in order."""
        count = self.places.count
        size = min(CHUNK, count)
        index, whole = np.empty(size, self.places.kind), np.empty(size)
        scratch = np.empty(size if self.in_decimals else 0)
        numbers, rates, places = self.amounts.numbers, self.rates, self.places
        tens, scales = 10.0**self.scale, None if self.is_uniform else 10.0**self.units
        limit = self._limit
        doubtful = []
        with np.errstate(all="ignore"):
            for start in range(0, count, CHUNK):
                end = min(start + CHUNK, count)
                chunk, part = slice(start, end), slice(end - start)
                out = self.numbers[chunk]
                if not self.exact:
                    at = places.index(chunk, index[part])
                    rates.take(at, out=out, mode="clip")
                    out *= numbers[chunk]
                    out += 0.0  # -0.0 becomes 0.0
                    if not (out.min() > -limit and out.max() < limit):  # NaN is neither
                        doubtful.append(np.flatnonzero(~(np.abs(out) < limit)) + start)
                    continue
                at = places.index(chunk, index[part])
                product = scratch[part] if self.in_decimals else out
                rates.take(at, out=product, mode="clip")
                factors = numbers[chunk]
                if factors.dtype != np.float64:  # converting them to floats first is faster
                    np.copyto(whole[part], factors)
                    factors = whole[part]
                product *= factors
                open_rows = rounded(product, whole[part])
                if len(open_rows):
                    doubtful.append(open_rows + start)
                if self.in_decimals:
                    self._fill_words(chunk, whole[part])
                elif scales is None:
                    np.divide(whole[part], tens, out=out)
                else:
                    np.divide(whole[part], scales[places.pair_rows(chunk)], out=out)
        return doubtful

    def _fill_words(self, chunk: slice, whole: Array) -> None:
        low, high = self.words[chunk].T
        np.copyto(low, whole, casting="unsafe")
        if not self.is_uniform:
            low *= 10 ** (self.scale - self.units[self.places.pair_rows(chunk)])
        np.right_shift(low, 63, out=high)

    def _exactly(self, rows: Array, index: Array) -> None:
        """Convert these rows again, in exact integers."""
        if not len(rows):
            return
        units = self.units[self.places.pair_rows(rows)]
        results, beyond = exactly(
            self.amounts.numbers[rows],
            self.amounts.scale,
            self.calendar.fractions,
            self.calendar.at[index],
            units,
        )
        # Small enough for the steps below: float64 has all integers up to here.
        small = np.abs(results.astype(np.float64)) < (2.0**46 if self.in_decimals else 2.0**53)
        small[list(beyond)] = False
        if self.in_decimals:
            low = results[small] * 10 ** (self.scale - units[small])
            self.words[rows[small]] = np.stack((low, low >> 63), axis=1)
        else:
            self.numbers[rows[small]] = results[small] / 10.0 ** units[small]
        for row in np.flatnonzero(~small).tolist():
            self._put(int(rows[row]), beyond.get(row, int(results[row])), int(units[row]))

    def _alone(self, row: int, amount: Any) -> bool:
        """Convert one row by itself; return False if it has no rate."""
        cell = self.places.index(np.array([row]))
        if np.isnan(self.rates[cell][0]):
            return False
        at = self.calendar.at[cell[0]]
        _, top, bottom, exponent = self.calendar.fractions
        number, power = parts(amount)
        above, power = number * int(top[at]), power + int(exponent[at])
        unit = int(self.units[self.places.pair_rows(np.array([row]))[0]])
        if not self.exact:
            tens = 10 ** abs(power)
            below = int(bottom[at])
            self.numbers[row] = above * tens / below if power > 0 else above / (below * tens)
            return True
        return self._put(row, quotient(above, int(bottom[at]), power + unit), unit)

    def _put(self, row: int, number: int, unit: int) -> bool:
        """Store one result. If it has too many digits, store an error and return False."""
        if not self.in_decimals:
            self.numbers[row] = number / 10**unit
            return True
        number *= 10 ** (self.scale - unit)
        if abs(number) >= 10**PRECISION:
            self.amounts.special[row] = AmountError(
                f"the result has more than {PRECISION} digits, {self.scale} of them decimal "
                "places: more than a column of decimals holds; give fewer places, or exact=False"
            )
            return False
        self.words[row] = np.frombuffer(number.to_bytes(16, "little", signed=True), np.int64)
        return True
