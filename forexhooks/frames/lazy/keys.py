"""The keys of frames that are not in memory: which currencies and days their rows have.

They are asked for once, beforehand: one table is then fetched, and errors are raised at once, while
the amounts stay where they are. The currencies and the first and last day are enough if a table has
a rate for each currency on all those days.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw
import numpy as np

from forexhooks.errors import AmountError, ConversionError
from forexhooks.frames.frame_columns import FrameColumns
from forexhooks.frames.rows import Places, paired

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from forexhooks.errors import ForexError
    from forexhooks.frames.arguments import Arguments
    from forexhooks.frames.arrays import Array
    from forexhooks.frames.calendar import Calendar
    from forexhooks.frames.converter import Failures
    from forexhooks.frames.day_reader import DayReader
    from forexhooks.frames.lazy.engines import Engine
    from forexhooks.frames.lookup import Lookup
    from forexhooks.frames.rows import Rows

DAY, COUNT, WRONG, LARGEST = (
    f"__forexhooks_{name}" for name in ("day", "count", "wrong", "largest")
)
LARGEST_AMOUNT = 1e30
_SHOWN = 5
_LOOKED_AT = 1000


def with_days(
    engine: Engine,
    frame: nw.LazyFrame[Any],
    asked: Arguments,
    schema: Mapping[str, Any],
    days: DayReader,
) -> tuple[nw.LazyFrame[Any], Arguments]:
    """The frame with a column for the days of its moments, if it has moments."""
    if not isinstance(asked.on, str) or not isinstance(schema[asked.on], nw.Datetime):
        return frame, asked
    has_zone = schema[asked.on].time_zone is not None
    if has_zone and days.zone is None:
        raise days.zone_needed(asked.on, schema[asked.on].time_zone)
    frame = engine.with_day(frame, asked.on, DAY, days.zone if has_zone else None)
    return frame, asked._replace(on=DAY)


def keys_of(asked: Arguments) -> list[str]:
    """The columns of currencies and days, without duplicates."""
    return list(dict.fromkeys(each for each in asked[1:4] if isinstance(each, str)))


def occurring(frame: nw.LazyFrame[Any], keys: list[str], number: nw.Expr) -> nw.LazyFrame[Any]:
    """The keys that occur, each with its number of amounts, of invalid amounts, and the largest.

    `number` is the amount as a float64.
    """
    is_usable = number.is_finite() & (number.abs() < LARGEST_AMOUNT)
    numbered = frame.select(
        *keys,
        (~number.is_null()).cast(nw.Int64).alias(COUNT),
        nw.when(number.is_null() | is_usable).then(0).otherwise(1).alias(WRONG),
        nw.when(is_usable).then(number.abs()).otherwise(0.0).alias(LARGEST),
    )
    totals = (nw.col(COUNT).sum(), nw.col(WRONG).sum(), nw.col(LARGEST).max())
    found = numbered.group_by(keys).agg(*totals) if keys else numbered.select(*totals)
    # A sum may have more bits than arrow's integers: decimals, which are objects to numpy.
    return found.with_columns(nw.col(COUNT, WRONG).cast(nw.Int64))


class Extent(NamedTuple):
    """What the rows of a frame have in common.

    `labels` are those of the currencies and of the currencies to convert into. `days` are the first
    and the last, counted from 1970-01-01. `is_sound` says that no row with an amount lacks one of
    them, and that all amounts are numbers.
    """

    labels: tuple[list[Any] | str, list[Any] | str]
    days: tuple[int, int]
    is_sound: bool


def calendar_of(lookup: Lookup, extent: Extent, errors: str) -> Calendar | None:
    """The calendar for all possible rows; None if each row must be looked at.

    That is necessary if a driver is asked rate by rate, or if a rate may be missing, unless
    `errors` is "null".
    """
    bases, quotes = map(lookup.side, extent.labels)
    first, last = extent.days
    if errors == "raise" and not (
        extent.is_sound and all(isinstance(each, str) for each in bases.values + quotes.values)
    ):
        return None
    calendar = lookup.calendar_of_all(bases, quotes, first, last)
    if calendar is None or errors == "null":
        return calendar
    cells = calendar.cells
    rows = [cells.pairs.index(pair) for pair in paired(bases.values, quotes.values)]
    at = calendar.at.reshape(-1, cells.width)[rows]
    at = at[:, first - cells.first + 1 : last - cells.first + 2]
    is_whole = cells.first <= first and last <= cells.last and at.all()
    units = lookup.terms.units(calendar)
    return calendar if is_whole and not units.lacking[rows].any() else None


def looked_up(
    lookup: Lookup, found: nw.DataFrame[Any], asked: Arguments, errors: str
) -> tuple[Places, Calendar]:
    """The cells of the keys that occur, and their calendar.

    Raises:
        ConversionError: Amounts have no rate, or are invalid, and `errors` is not "null".
    """
    rows = lookup.rows(FrameColumns(found.to_native()), asked)
    calendar = lookup.calendar(rows)
    places = Places(rows, calendar.cells)
    if errors == "raise":
        _check(found, lookup, rows, places, calendar)
    return places, calendar


def _check(
    found: nw.DataFrame[Any], lookup: Lookup, rows: Rows, places: Places, calendar: Calendar
) -> None:
    counts = found[COUNT].to_numpy()
    lacking = calendar.at[places.index(slice(None))] == 0
    lacking |= lookup.terms.units(calendar).lacking[places.pair_rows(slice(None))]
    wrong = int(found[WRONG].to_numpy()[~lacking].sum()) if WRONG in found.columns else 0
    bad = np.flatnonzero(lacking & (counts > 0))
    bad = bad[np.argsort(-counts[bad], kind="stable")]
    count = int(counts[bad].sum()) + wrong
    if count:
        raise _failed(count, counts, bad, wrong, lookup, rows, calendar)


def _failed(
    count: int,
    counts: Array,
    bad: Array,
    wrong: int,
    lookup: Lookup,
    rows: Rows,
    calendar: Calendar,
) -> ConversionError:
    reasons = [
        (int(counts[row]), lookup.reason(rows, calendar, row)) for row in bad[:_LOOKED_AT].tolist()
    ]
    if wrong:
        reasons.append((wrong, AmountError("the amount is not a finite number below 1e30")))
    which = f"{count:,} of {int(counts.sum()):,} rows"
    return _refused(which, count, reasons, is_all=len(bad) <= _LOOKED_AT)


def check_batch(failures: Failures, rows: int) -> None:
    """Raise `ConversionError` if rows of a batch failed; their numbers mean nothing to users."""
    if len(failures):
        reasons = [(1, failures.error(row)) for row in failures.rows[:_LOOKED_AT].tolist()]
        which = f"{len(failures):,} of the {rows:,} rows of a batch"
        raise _refused(which, len(failures), reasons, is_all=len(failures) <= _LOOKED_AT)


def _refused(
    which: str, count: int, reasons: Iterable[tuple[int, ForexError]], *, is_all: bool
) -> ConversionError:
    """The error for rows without numbers: how many there are for each reason."""
    numbers: dict[str, tuple[int, ForexError]] = {}
    for number, error in reasons:
        before, _ = numbers.get(str(error), (0, error))
        numbers[str(error)] = before + number, error
    first = sorted(numbers.values(), key=lambda each: -each[0])[:_SHOWN]
    said = "; ".join(f"{number:,} of them: {error}" for number, error in first)
    more = "" if is_all and len(numbers) <= _SHOWN else "; and others"
    return ConversionError(
        f"{which} cannot be converted (errors='null' leaves them empty): {said}{more}",
        count=count,
        failures=[(None, error) for _, error in first],
    )
