"""Observations given one by one: checks each, and puts those of a pair into a column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from forexhooks.errors import MalformedResponseError
from forexhooks.rates.decimals import (
    LARGEST_EXPONENT,
    ONE,
    described,
    half_unit_error,
    is_positive_decimal,
    multiply,
    subtract,
)
from forexhooks.rates.observations import ListedColumn
from forexhooks.rates.profile import is_day
from forexhooks.rates.rate import Input, Observation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from forexhooks.rates.observations import Column, More, Pair

Span = tuple[date, "date | None"]
"""First and last day; the last is None if there is only one."""

_DAY: More = (None, ())


def sides(
    observations: Iterable[Observation],
    opposite: Iterable[Observation],
    driver: str,
    side: str | None,
    columns: Mapping[Pair, Column],
) -> tuple[dict[Pair, Column], dict[Pair, Column]]:
    """The columns of this side and those of the opposite one; `side` is bid or ask, if known.

    Raises `MalformedResponseError` as `RateTable` does, and for a bid above the ask of its day.
    """
    # The two directions of one side are two prices, so they need not agree.
    own, other = (
        listed(observations, driver, one_side=True),
        listed(opposite, driver, one_side=True),
    )
    own |= columns
    bids, asks = (other, own) if side == "ask" else (own, other)
    for pair in bids.keys() & asks.keys() if side in ("bid", "ask") else ():
        bid, ask = bids[pair], asks[pair]
        for day in set(bid.days(bid.first, bid.last)) & set(ask.days(ask.first, ask.last)):
            if bid.value(day) > ask.value(day):
                raise MalformedResponseError(
                    f"{driver} gave {'/'.join(pair)} on {date.fromordinal(day)} with the bid "
                    f"{bid.value(day)} above the ask {ask.value(day)}",
                    driver=driver,
                )
    return own, other


def listed(
    observations: Iterable[Observation], driver: str, *, one_side: bool = False
) -> dict[Pair, Column]:
    """A column of each pair. Raises `MalformedResponseError` as `RateTable` does."""
    values: dict[Pair, dict[int, Decimal]] = {}
    more: dict[Pair, dict[int, More]] = {}
    for given in observations:
        on, base, quote, value, until, inputs = _checked(given, driver)
        of_pair = values.setdefault((base, quote), {})
        day = on.toordinal()
        other = of_pair.get(day)
        if other is not None and other != value:
            raise MalformedResponseError(
                f"{driver} gave two values of {base}/{quote} on {on}: {other} and {value}",
                driver=driver,
            )
        if other is not None:
            known = more.get((base, quote), {}).get(day, (None, ()))[0]
            _check_apart((base, quote), (on, known), (on, until), driver)
        # Of equal values, keep the one with more digits, so that the order does not matter.
        if other is None or half_unit_error(value) < half_unit_error(other):
            of_pair[day] = value
        if until is not None or inputs:
            more.setdefault((base, quote), {})[day] = until, inputs
    for pair, untils in more.items():
        spans = [(date.fromordinal(day), untils.get(day, _DAY)[0]) for day in sorted(values[pair])]
        for before, after in pairwise(spans):
            if after[0] <= (before[1] or before[0]):
                _check_apart(pair, before, after, driver)
    for pair, of_pair in values.items():
        inverse = None if one_side else values.get(pair[::-1])
        if inverse is not None and pair < pair[::-1]:
            # Averages may differ: the inverse of an average is not the average of the inverses.
            derived = {*more.get(pair, ()), *more.get(pair[::-1], ())}
            _check_directions(pair, of_pair, inverse, driver, derived)
    return {pair: ListedColumn(of_pair, more.get(pair, {})) for pair, of_pair in values.items()}


def _check_apart(pair: Pair, one: Span, other: Span, driver: str) -> None:
    """Raise `MalformedResponseError` for two different spans that share days."""
    if one != other:
        which = (f"{on}" if until is None else f"{on} to {until}" for on, until in (one, other))
        raise MalformedResponseError(
            f"{driver} gave {'/'.join(pair)} for {' and for '.join(which)}, which overlap: a day "
            "can have only one value",
            driver=driver,
        )


def _check_directions(
    pair: Pair,
    values: Mapping[int, Decimal],
    inverse: Mapping[int, Decimal],
    driver: str,
    but: Collection[int],
) -> None:
    """Raise `MalformedResponseError` if both directions of a day cannot be the same rate."""
    base, quote = pair
    for day in (values.keys() & inverse.keys()) - set(but):
        value, other = values[day], inverse[day]
        # Each may be off by half a unit in its last place: within that, 1 must be a product.
        least = multiply(_moved(value, 1), _moved(other, 1))
        most = multiply(_moved(value, 0), _moved(other, 0))
        if not least <= ONE <= most:
            raise MalformedResponseError(
                f"{driver} gave {base}/{quote} = {value} and {quote}/{base} = {other} on "
                f"{date.fromordinal(day)}, which contradict each other; ask another driver, or "
                "ask again once the provider has corrected it",
                driver=driver,
            )


def _moved(value: Decimal, sign: int) -> Decimal:
    """The value plus (`sign` 0) or minus (`sign` 1) half a unit in its last place."""
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - observations are finite
    # The operators `-` and `+` would round in the caller's context.
    return subtract(value, Decimal((1 - sign, (5,), exponent - 1)))


def _checked(observation: Observation, driver: str) -> Observation:
    try:
        given = observation if type(observation) is Observation else Observation(*observation)
        on, base, quote, value, until, inputs = given
    except TypeError:
        problem = "it is not an Observation(on, base, quote, value)"
    else:
        if not is_day(on):
            problem = f"its day {on!r} is a {type(on).__name__}, not a date"
        elif not (isinstance(base, str) and isinstance(quote, str) and base and quote):
            problem = "base and quote must be codes"
        elif base == quote:
            problem = f"base and quote are both {base}"
        elif not is_positive_decimal(value):
            problem = f"its value {described(value)} is not a finite Decimal above 0"
        elif abs(value.adjusted()) > LARGEST_EXPONENT:
            problem = f"its value {value!r} is too large or too small for a rate"
        elif until is not None and not (is_day(until) and until >= on):
            problem = f"until must be a date, {on} or later, not {until!r}"
        elif inputs != () and not _are_inputs(inputs):
            problem = f"its inputs {inputs!r} are not a tuple of Input"
        else:
            return given
    raise MalformedResponseError(f"{driver} gave {observation!r}: {problem}", driver=driver)


def _are_inputs(inputs: object) -> bool:
    return isinstance(inputs, tuple) and all(isinstance(each, Input) for each in inputs)
