"""Frames of databases: an equality join with the rates of the keys that occur, and expressions.

The engine does the work. It is asked once beforehand which currencies and days occur; their rates
go back to it as a small table, one row for each, so that no engine's idea of an asof join, of
decimals, or of integers that overflow matters: all that is computed is float64, and exact.

A product is rounded where it is far enough from the middle between two minor units, as in
`cents.py`. Where it is not, its remainder is computed without an error: a product of two float64
is the sum of two others (Dekker), and the difference of two products close to each other is exact.
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
    checked,
    is_usable,
    scales_of,
)
from forexhooks.frames.lazy.engines import engine_of
from forexhooks.frames.lazy.keys import (
    keys_of,
    looked_up,
    occurring,
    with_days,
)
from forexhooks.frames.results import PRECISION
from forexhooks.frames.rounding import ERROR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.frames.arguments import Asked
    from forexhooks.frames.arrays import Array
    from forexhooks.frames.calendar import Calendar
    from forexhooks.frames.lookup import Lookup
    from forexhooks.frames.rows import Places

_UNIT, _NUMBER = (f"__forexhooks_{name}" for name in ("unit", "number"))
_FIFTEEN_DIGITS = 1e15  # those that a float64 tells from all others
Step = dict[str, nw.Expr]
_SPLITTER = 2.0**27 + 1


def _check_names(columns: list[str], into: str) -> None:
    """Raise `ColumnError` for names that a database, to which A is a, takes for the same."""
    known: dict[str, str] = {}
    for name in columns:
        if name.casefold() in known:
            raise ColumnError(
                f"the frame has the columns {known[name.casefold()]!r} and {name!r}, which are one "
                "to its engine: name them apart"
            )
        known[name.casefold()] = name
    other = known.get(into.casefold(), into)
    if other != into:
        raise ColumnError(
            f"the new column {into!r} and the column {other!r} are one to the frame's engine: "
            "name it otherwise, into=…"
        )


def convert_lazily(lookup: Lookup, frame: nw.LazyFrame[Any], asked: Asked, errors: str) -> Any:
    """The lazy frame with its new column, to be computed by its own engine."""
    schema = frame.collect_schema()
    _check_names(frame.to_native().columns, asked.into)
    engine = engine_of(frame)
    scales = scales_of(asked.amount, schema[asked.amount])
    order = list(dict.fromkeys((*schema, asked.into)))
    frame, keyed = with_days(engine, frame, asked, schema, lookup.terms.days)
    keys = keys_of(keyed)
    found = engine.collected(occurring(frame, keys, nw.col(asked.amount).cast(nw.Float64)))
    places, calendar = looked_up(lookup, found, keyed, errors)
    priced = _priced(lookup, places, calendar, scales)
    if lookup.terms.exact:
        check_size(found, priced[RATE], scales, asked.amount)
    priced[KNOWN] = np.ones(len(found))
    frame = engine.joined(frame, found.select(keys), priced)
    frame = checked(engine, frame, asked.amount, keys, scales, lookup.terms.exact, errors)
    for step in _steps(asked.amount, asked.into, scales if lookup.terms.exact else None):
        frame = frame.with_columns(
            expression.alias(name if name == asked.into else _temporary(name))
            for name, expression in step.items()
        )
    if lookup.terms.exact and isinstance(schema[asked.amount], nw.Decimal):
        value = _as_decimal(asked.into, np.unique(priced[_UNIT]), lookup.terms.scale(asked))
        frame = frame.with_columns(value.alias(asked.into))
    return engine.finished(frame, order)


def _as_decimal(name: str, units: Array, scale: int) -> nw.Expr:
    """The results as decimals of this scale: each first with the places of its currency.

    A float has that many digits, and not always more.
    """
    kind = nw.Decimal(PRECISION, scale)
    value = nw.lit(None, kind)
    for unit in units.tolist():
        own = nw.col(name).cast(nw.Decimal(PRECISION, round(np.log10(unit)))).cast(kind)
        value = nw.when(nw.col(_UNIT) == unit).then(own).otherwise(value)
    return value


def _temporary(name: str) -> str:
    return name if name.startswith("__forexhooks_") else f"__forexhooks_{name}"


def _priced(
    lookup: Lookup, places: Places, calendar: Calendar, scales: tuple[Scale, ...]
) -> dict[str, Array]:
    """What a row of each key is multiplied with; the rate is NaN where there is none."""
    cells, pairs = places.index(slice(None)), places.pair_rows(slice(None))
    known = np.array([-1 if unit is None else unit for unit in lookup.terms.units(calendar)])[pairs]
    at = calendar.at[cells]
    units = np.maximum(known, 0)
    rates = calendar.rates(np.array([unit or 0 for unit in lookup.terms.units(calendar)], np.int64))
    priced = {
        RATE: np.where(known < 0, np.nan, rates[cells]),
        _UNIT: 10.0**units,
    }
    _, top, bottom, exponent = (part[at] for part in calendar.fractions)
    for scale in scales:
        power = exponent + units - scale.places
        priced[scale.top] = _whole(top, np.maximum(power, 0))
        priced[scale.bottom] = _whole(bottom, np.maximum(-power, 0))
    return priced


def _whole(numbers: Array, power: Array) -> Array:
    """`numbers * 10 ** power` where float64 has it exactly, else NaN."""
    product = numbers.astype(np.float64) * 10.0**power
    if numbers.dtype == object:
        exact = [
            float(number * 10**tens) if number * 10**tens < 2**53 else np.nan
            for number, tens in zip(numbers.tolist(), power.tolist(), strict=True)
        ]
        return np.array(exact, np.float64)
    return np.where(product < ALL_INTEGERS, product, np.nan)


def _steps(amount: str, into: str, scales: tuple[Scale, ...] | None) -> Iterator[Step]:
    """The new column, step by step: what is used twice is a column, so that it is computed once.

    Without scales it is not rounded.
    """
    number, product = nw.col(_NUMBER), nw.col("__forexhooks_product")
    value = nw.col(amount).cast(nw.Float64)
    yield {_NUMBER: value}
    yield {_NUMBER: nw.when(is_usable(number)).then(number)}
    if scales is None:
        yield {into: number * nw.col(RATE) + 0.0}  # -0.0 becomes 0.0
        return
    guess, whole, above, below = (
        nw.col(f"__forexhooks_{name}") for name in ("guess", "whole", "above", "below")
    )
    yield {"product": number * nw.col(RATE)}
    yield {
        "guess": _nearest(product),
        **{f"whole{each.places}": _nearest(number * 10.0**each.places) for each in scales},
    }
    yield _chosen(number, scales)
    distance = (product - guess).abs() + product.abs() * ERROR
    yield {"is_far": distance < 0.5}
    names = ("whole", "above", "guess", "below")
    factors = (whole, above, guess, below)
    yield {f"spread_{name}": each * _SPLITTER for name, each in zip(names, factors, strict=True)}
    spread = {name: nw.col(f"__forexhooks_spread_{name}") for name in names}
    yield {
        f"high_{name}": spread[name] - (spread[name] - each)
        for name, each in zip(names, factors, strict=True)
    }
    high = {name: nw.col(f"__forexhooks_high_{name}") for name in names}
    yield {f"low_{name}": each - high[name] for name, each in zip(names, factors, strict=True)}
    low = {name: nw.col(f"__forexhooks_low_{name}") for name in names}
    yield {"exact": whole * above, "reached": guess * below}
    exact, reached = nw.col("__forexhooks_exact"), nw.col("__forexhooks_reached")

    def error(product: nw.Expr, one: str, other: str) -> nw.Expr:
        outer = high[one] * high[other] - product
        return (outer + high[one] * low[other] + low[one] * high[other]) + low[one] * low[other]

    rest = (exact - reached) + (error(exact, "whole", "above") - error(reached, "guess", "below"))
    yield {"rest": 2 * rest, "odd": guess - 2 * (guess / 2).floor()}
    rest, odd = nw.col("__forexhooks_rest"), nw.col("__forexhooks_odd")
    change = nw.when(rest + odd > below).then(nw.lit(1.0)).otherwise(nw.lit(0.0))
    yield {"change": change}
    change = nw.col("__forexhooks_change")
    yield {
        "change": nw.when(rest - odd < -below).then(nw.lit(-1.0)).otherwise(change),
        "is_far": nw.col("__forexhooks_is_far")
        | whole.is_null()
        | below.is_null()
        | above.is_null(),
    }
    is_far = nw.col("__forexhooks_is_far")
    yield {"rounded": nw.when(is_far).then(guess).otherwise(guess + change)}
    yield {into: nw.col("__forexhooks_rounded") / nw.col(_UNIT)}


def _chosen(number: nw.Expr, scales: tuple[Scale, ...]) -> Step:
    """The amount as a whole number at the first scale that fits, and what it is converted by."""
    chosen: dict[str, nw.Expr] = {}
    for scale in reversed(scales):
        whole = nw.col(f"__forexhooks_whole{scale.places}")
        fits = (whole / 10.0**scale.places == number) & (whole.abs() < _FIFTEEN_DIGITS)
        parts = {"whole": whole, "above": nw.col(scale.top), "below": nw.col(scale.bottom)}
        for name, part in parts.items():
            when = nw.when(fits).then(part)
            chosen[name] = when.otherwise(chosen[name]) if name in chosen else when
    return chosen


def _nearest(value: nw.Expr) -> nw.Expr:
    return (value + 0.5).floor().cast(nw.Float64)
