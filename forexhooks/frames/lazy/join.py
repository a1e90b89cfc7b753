"""Frames of databases: an equality join with the rates of the keys that occur, and expressions.

The engine does the work. It is asked once beforehand which currencies and days occur. Their rates
go back to it as a small table with a row for each. How engines implement asof joins, decimals or
integer overflow does then not matter. The expressions are SQL that means the same to all engines.
They are short, as an engine reads them several times: for few rows, that is most of the work.

A product in float64 is rounded if it is far enough from the midpoint between two minor units, as in
`rounding.py`. For the few other rows, the remainder is computed in integers of 38 digits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from forexhooks.errors import ColumnError
from forexhooks.frames.lazy.amount_limits import (
    RATE,
    Reading,
    check_size,
    reading_of,
    refusals,
)
from forexhooks.frames.lazy.engines import engine_of, number
from forexhooks.frames.lazy.keys import keys_of, looked_up, with_days
from forexhooks.frames.results import PRECISION
from forexhooks.frames.rounding import ERROR

if TYPE_CHECKING:
    from forexhooks.frames.arguments import Arguments
    from forexhooks.frames.arrays import Array
    from forexhooks.frames.calendar import Calendar
    from forexhooks.frames.lazy.engines import Engine, Step
    from forexhooks.frames.lookup import Lookup
    from forexhooks.frames.rows import Places

_UNIT, _TOP, _BOTTOM, _TENS, _PRODUCT, _GUESS, _RESULT = (
    f"__forexhooks_{name}"
    for name in ("unit", "top", "bottom", "tens", "product", "guess", "result")
)
_LARGEST_FACTOR = 2**62  # times a whole amount, it still has at most 38 digits


def _check_names(columns: list[str], into: str) -> None:
    """Raise `ColumnError` for names that are the same to a database, which ignores case."""
    known: dict[str, str] = {}
    for name in columns:
        if name.casefold() in known:
            raise ColumnError(
                f"the frame has the columns {known[name.casefold()]!r} and {name!r}, which its "
                "engine cannot tell apart, as it ignores case: rename one of them"
            )
        known[name.casefold()] = name
    other = known.get(into.casefold(), into)
    if other != into:
        raise ColumnError(
            f"the new column {into!r} and the column {other!r} differ in case alone, which "
            "the frame's engine ignores: give another name, into=…"
        )


def convert_lazily(lookup: Lookup, frame: nw.LazyFrame[Any], asked: Arguments, errors: str) -> Any:
    """The lazy frame with its new column, to be computed by its own engine."""
    schema, terms = frame.collect_schema(), lookup.terms
    _check_names(frame.to_native().columns, asked.into)
    engine = engine_of(frame)
    reading = reading_of(asked.amount, schema[asked.amount])
    frame, keyed = with_days(engine, frame, asked, schema, terms.days)
    keys = keys_of(keyed)
    found = engine.occurring(frame, keys, asked.amount)
    places, calendar = looked_up(lookup, found, keyed, errors)
    amount = engine.quoted(asked.amount)
    if schema[asked.amount] != nw.Float64:
        amount = f"cast({amount} as double)"
    steps: list[Step] = []
    if terms.exact:
        reading = reading.of(found)
        priced = _priced(lookup, places, calendar, reading.places)
        check_size(found, priced[RATE], reading, asked.amount)
        units = np.unique(priced[_UNIT]).tolist()
        unit = f"coalesce({_UNIT}, 1e0)"  # before a division by null, an engine ends
        if len(units) == 1:
            unit = number(units[0])
            del priced[_UNIT]
        step, result = _exactly(engine, amount, reading, errors)
        result = f"{result} / {unit}"
        steps.append(step)
        if isinstance(schema[asked.amount], nw.Decimal):
            steps.append({_RESULT: result})
            result = _as_decimal(_RESULT, units, terms.scale(asked))
    else:
        priced = {RATE: calendar.rates(terms.units(calendar), 0)[places.index(slice(None))]}
        product = f"{amount} * {RATE}"
        cases = refusals(engine, amount, product, None, errors)
        result = f"case{cases} else {product} + 0e0 end"  # -0.0 becomes 0.0
    columns = {name: engine.quoted(name) for name in schema} | {asked.into: result}
    return engine.computed(frame.to_native(), found.select(keys), priced, steps, columns)


def _as_decimal(result: str, units: list[float], scale: int) -> str:
    """The results as decimals of this scale: each first with the places of its currency.

    A float is right to that many digits, but not always to more.
    """
    kind = f"decimal({PRECISION}, {scale})"
    *others, last = (
        f"cast(cast({result} as decimal({PRECISION}, {round(np.log10(unit))})) as {kind})"
        for unit in units or [1.0]
    )
    whens = "".join(
        f" when {_UNIT} = {number(unit)} then {cast}"
        for unit, cast in zip(units, others, strict=False)
    )
    return f"case{whens} else {last} end" if whens else last


def _priced(lookup: Lookup, places: Places, calendar: Calendar, scale: int) -> dict[str, Array]:
    """The factors for a row of each key; the rate is NaN if there is none.

    The whole factors are 0 if they are too large.
    """
    cells, pairs = places.index(slice(None)), places.pair_rows(slice(None))
    known = lookup.terms.units(calendar)
    at, units = calendar.at[cells], known.places[pairs]
    _, top, bottom, exponent = (part[at] for part in calendar.fractions)
    power = exponent + units - scale
    tops, bottoms = _whole(top, np.maximum(power, 0)), _whole(bottom, np.maximum(-power, 0))
    fits = (tops > 0) & (bottoms > 0)
    return {
        RATE: calendar.rates(known, 0)[cells],
        _UNIT: 10.0**units,
        _TOP: np.where(fits, tops, 0),
        _BOTTOM: np.where(fits, bottoms, 0),
    }


def _whole(numbers: Array, power: Array) -> Array:
    """`numbers * 10 ** power` as int64; 0 if it is too large."""
    is_small = numbers.astype(np.float64) * 10.0 ** np.minimum(power, 99) < _LARGEST_FACTOR
    tens = 10 ** np.where(is_small, power, 0)
    product: Array = (np.where(is_small, numbers, 0) * tens).astype(np.int64)
    return product


def _exactly(engine: Engine, amount: str, reading: Reading, errors: str) -> tuple[Step, str]:
    """A step, and then the result of a row: its guess, unless that is too near a midpoint."""
    product = f"{amount} * {RATE}"
    step = {_PRODUCT: product, _GUESS: engine.nearest(product)}
    tens, factor = number(10.0**reading.places), ""
    if reading.places_of_large is not None:
        step[_TENS] = (
            f"case when abs({amount}) < {number(reading.large)} then {tens} when abs({amount})"
            f" < {number(reading.largest)} then {number(10.0**reading.places_of_large)} end"
        )
        tens, factor = _TENS, f" * {engine.whole(f'{tens} / {_TENS}')}"
    whole = engine.nearest(f"{amount} * {tens}")
    # If the whole factors are 0, so is the rest.
    rest = f"{engine.whole(whole)}{factor} * {_TOP} - {engine.whole(_GUESS)} * {_BOTTOM}"
    is_up = f"abs({rest}) * 2 + abs({_GUESS} % 2) > {_BOTTOM}"
    side = f"sign({rest})"
    if reading.is_float:  # it is small enough for the product to be on the side of the exact one
        is_up = f"{whole} / {tens} = {amount} and {is_up}"
        side = f"sign({_PRODUCT} - {_GUESS})"
    result = (
        f"case when abs({_PRODUCT} - {_GUESS}) + abs({_PRODUCT}) * {number(ERROR)} < 0.5e0"
        f" then {_GUESS}{refusals(engine, amount, _PRODUCT, reading, errors)}"
        f" when {is_up} then {_GUESS} + {side} else {_GUESS} end"
    )
    return step, result
