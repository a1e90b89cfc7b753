"""Frames of databases: an equality join with the rates of the keys that occur, and expressions.

The engine does the work. It is asked once beforehand which currencies and days occur. Their rates
go back to it as a small table with a row for each. How engines implement asof joins, decimals or
integer overflow does then not matter. The expressions are SQL that means the same to all engines.

A product in float64 is rounded if it is far enough from the midpoint between two minor units, as in
`rounding.py`. Otherwise its remainder is computed in decimals without places, which are integers to
all engines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from forexhooks.errors import ColumnError
from forexhooks.frames.lazy.amount_limits import (
    ALL_INTEGERS,
    KNOWN,
    RATE,
    Scale,
    check_size,
    checked_rate,
    scales_of,
)
from forexhooks.frames.lazy.engines import engine_of, number
from forexhooks.frames.lazy.keys import LARGEST_AMOUNT, keys_of, looked_up, with_days
from forexhooks.frames.results import PRECISION
from forexhooks.frames.rounding import ERROR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.frames.arguments import Arguments
    from forexhooks.frames.arrays import Array
    from forexhooks.frames.calendar import Calendar
    from forexhooks.frames.lazy.engines import Step
    from forexhooks.frames.lookup import Lookup
    from forexhooks.frames.rows import Places

_UNIT, _PRICE, _NUMBER, _AMOUNT, _RESULT = (
    f"__forexhooks_{name}" for name in ("unit", "price", "number", "amount", "result")
)
_FLOATING = {_RESULT: f"{_AMOUNT} * {_PRICE} + {number(0)}"}  # -0.0 becomes 0.0
_FIFTEEN_DIGITS = 1e15  # numbers of 15 digits are distinct as float64


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
    scales = scales_of(asked.amount, schema[asked.amount])
    frame, keyed = with_days(engine, frame, asked, schema, terms.days)
    keys = keys_of(keyed)
    found = engine.occurring(frame, keys, asked.amount)
    places, calendar = looked_up(lookup, found, keyed, errors)
    priced = _priced(lookup, places, calendar, scales)
    if terms.exact:
        check_size(found, priced[RATE], scales, asked.amount)
    priced[KNOWN] = np.ones(len(found))
    quoted_keys = list(map(engine.quoted, keys))
    steps = [
        {_NUMBER: f"cast({engine.quoted(asked.amount)} as double)"},
        {
            _PRICE: checked_rate(
                engine, _NUMBER, quoted_keys, scales if terms.exact else (), errors
            ),
            _AMOUNT: f"case when abs({_NUMBER}) < {number(LARGEST_AMOUNT)} then {_NUMBER} end",
        },
        *(_exactly(scales) if terms.exact else [_FLOATING]),
    ]
    result = _RESULT
    if terms.exact and isinstance(schema[asked.amount], nw.Decimal):
        result = _as_decimal(result, np.unique(priced[_UNIT]), terms.scale(asked))
    columns = {name: engine.quoted(name) for name in schema} | {asked.into: result}
    return engine.computed(frame.to_native(), found.select(keys), priced, steps, columns)


def _as_decimal(result: str, units: Array, scale: int) -> str:
    """The results as decimals of this scale: each first with the places of its currency.

    A float is right to that many digits, but not always to more.
    """
    kind = f"decimal({PRECISION}, {scale})"
    whens = "".join(
        f" when {_UNIT} = {number(unit)}"
        f" then cast(cast({result} as decimal({PRECISION}, {round(np.log10(unit))})) as {kind})"
        for unit in units.tolist()
    )
    return f"case{whens} end"


def _priced(
    lookup: Lookup, places: Places, calendar: Calendar, scales: tuple[Scale, ...]
) -> dict[str, Array]:
    """The factors for a row of each key; the rate is NaN if there is none."""
    cells, pairs = places.index(slice(None)), places.pair_rows(slice(None))
    known = lookup.terms.units(calendar)
    at, units = calendar.at[cells], known.places[pairs]
    priced = {
        RATE: calendar.rates(known, 0)[cells],
        _UNIT: 10.0**units,
    }
    _, top, bottom, exponent = (part[at] for part in calendar.fractions)
    for scale in scales:
        power = exponent + units - scale.places
        priced[scale.top] = _whole(top, np.maximum(power, 0))
        priced[scale.bottom] = _whole(bottom, np.maximum(-power, 0))
    return priced


def _whole(numbers: Array, power: Array) -> Array:
    """`numbers * 10 ** power` if float64 can represent it exactly, else NaN."""
    product = numbers.astype(np.float64) * 10.0**power
    if numbers.dtype == object:
        exact = [
            float(number * 10**tens) if number * 10**tens < 2**53 else np.nan
            for number, tens in zip(numbers.tolist(), power.tolist(), strict=True)
        ]
        return np.array(exact, np.float64)
    return np.where(product < ALL_INTEGERS, product, np.nan)


def _exactly(scales: tuple[Scale, ...]) -> Iterator[Step]:
    """Convert and round, step by step: what is used twice becomes a column, computed once."""
    t = "__forexhooks_"
    wholes = {each: f"{t}whole{each.places}" for each in scales}
    yield {
        f"{t}product": f"{_AMOUNT} * {_PRICE}",
        f"{t}guess": _nearest(f"{_AMOUNT} * {_PRICE}"),
        **{
            whole: _nearest(f"{_AMOUNT} * {number(10.0**each.places)}")
            for each, whole in wholes.items()
        },
    }
    # The amount as a whole number at the first scale that fits, and its conversion factors.
    chosen = dict.fromkeys(("whole", "above", "below"), "case")
    for each, whole in wholes.items():
        fits = f"{whole} / {number(10.0**each.places)} = {_AMOUNT}"
        fits += f" and abs({whole}) < {number(_FIFTEEN_DIGITS)}"
        for name, part in zip(chosen, (whole, each.top, each.bottom), strict=True):
            chosen[name] += f" when {fits} then {part}"
    yield {f"{t}{name}": f"{case} end" for name, case in chosen.items()}
    # The few rows near a midpoint: their remainder is exact in integers.
    whole, above, guess, below = (
        f"cast(cast({t}{name} as bigint) as decimal(19, 0))"
        for name in ("whole", "above", "guess", "below")
    )
    rest, odd = f"({whole} * {above} - {guess} * {below})", f"abs(cast({t}guess as bigint) % 2)"
    yield {
        _RESULT: f"(case when abs({t}product - {t}guess) + abs({t}product) * {number(ERROR)}"
        f" < {number(0.5)} then {t}guess"
        f" when {t}whole is null or {t}above is null or {t}below is null then {t}guess"
        f" when abs({rest}) * 2 + {odd} > {below} then {t}guess + sign({rest})"
        f" else {t}guess end) / {_UNIT}"
    }


def _nearest(value: str) -> str:
    return f"cast(floor({value} + {number(0.5)}) as double)"
