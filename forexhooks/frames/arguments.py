"""The arguments of a call: which columns, and which constants."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import narwhals as nw

from forexhooks.currencies import MOST_MINOR_UNITS, minor_units
from forexhooks.errors import ColumnError, CurrencyError, did_you_mean
from forexhooks.frames.amounts import check_kind
from forexhooks.frames.calendar import Units
from forexhooks.frames.day_reader import DayReader
from forexhooks.rates.decimals import is_whole
from forexhooks.rates.question import check_options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from forexhooks.frames.calendar import Calendar
    from forexhooks.service.service import ForexService


_MOST_PLACES = 12


class Terms(NamedTuple):
    """How a call converts any frame: the options of `convert`."""

    days: DayReader
    exact: bool
    max_gap: int | None
    places: int | None

    @classmethod
    def of(
        cls,
        *,
        exact: bool = True,
        max_gap: int | None = None,
        places: int | None = None,
        zone: str | None = None,
        days: str | DayReader | None = None,
    ) -> Terms:
        """Check the options. Raises `ColumnError`, and `DateError` for an invalid gap or zone."""
        if max_gap is not None:
            check_options(None, max_gap, None)
        if places is not None and not (is_whole(places) and 0 <= places <= _MOST_PLACES):
            raise ColumnError(f"places is a whole number from 0 to {_MOST_PLACES}, not {places!r}")
        if places is not None and not exact:
            raise ColumnError(
                "places rounds exact results, and exact=False gives floats: leave out one of them"
            )
        reader = days if isinstance(days, DayReader) else DayReader(zone, days)
        return cls(reader, exact, max_gap, places)

    def scale(self, asked: Arguments) -> int:
        """How many decimal places a column of decimals has, whatever its rows."""
        if not isinstance(asked.to, Constant):
            return MOST_MINOR_UNITS if self.places is None else self._unit("") or 0
        return self._unit(asked.to.value) or 0

    def units(self, calendar: Calendar) -> Units:
        """For each pair of the calendar, how many decimal places its results have."""
        key = self.places, self.exact
        if key not in calendar.units:
            places = {quote: self._unit(quote) for _, quote in calendar.cells.pairs}
            calendar.units[key] = Units.of(
                key, [places[quote] for _, quote in calendar.cells.pairs]
            )
        return calendar.units[key]

    def _unit(self, quote: str) -> int | None:
        if self.places is not None or not self.exact:
            return self.places or 0
        return _minor_units(quote)


@cache
def _minor_units(quote: str) -> int | None:
    try:
        return minor_units(quote)
    except CurrencyError:
        return None


class Constant(NamedTuple):
    """A value for all rows: a code or a day."""

    value: Any


class Arguments(NamedTuple):
    """The columns of a call by name, or the constants instead of them."""

    amount: str
    currency: str | Constant
    to: str | Constant
    on: str | Constant
    into: str

    @classmethod
    def of(
        cls,
        schema: Mapping[str, Any],
        service: ForexService,
        days: DayReader,
        *,
        amount: str,
        currency: str,
        to: str,
        on: str | date,
        into: str | None,
    ) -> Arguments:
        """Look the arguments up among the columns of a frame: a string column takes precedence.

        Raises:
            ColumnError: An argument is neither a column nor a constant.
            CurrencyError: A constant is not a known currency.
            DateError: A constant is not a day.
        """
        for role, name in (("amount", amount), ("currency", currency), ("to", to)):
            if not isinstance(name, str):
                raise ColumnError(
                    f"{role}={name!r} is not a string: name a column{_or_code(role)} (and rename "
                    f"columns whose names are not strings); the columns are {_listed(schema)}"
                )
        if amount not in schema:
            raise ColumnError(
                f"there is no column {amount!r} of amounts{_meant(amount, schema)}: "
                f"the columns are {_listed(schema)}"
            )
        check_kind(amount, schema[amount])
        into = _into(schema, amount, to, into)
        sides = (_code("currency", currency, schema, service), _code("to", to, schema, service))
        return cls(amount, *sides, _day(on, schema, days), into)


def _or_code(role: str) -> str:
    return "" if role == "amount" else " or a currency"


def _into(schema: Mapping[str, Any], amount: str, to: str, into: str | None) -> str:
    if into is None:
        into = f"{amount}_{to}"
        if into in schema:
            raise ColumnError(
                f"there is a column {into!r} already: name the new one, into=…; the name of one "
                "that is there replaces it"
            )
    if not isinstance(into, str) or not into:
        raise ColumnError(f"into is the name of the new column, not {into!r}")
    return into


def _code(what: str, name: str, schema: Mapping[str, Any], service: ForexService) -> str | Constant:
    if name in schema and not _holds_no_codes(schema[name]):
        return name
    try:
        return Constant(service.check_code(name))
    except CurrencyError as error:
        if name in schema and schema[name].is_float():
            return name  # as in columns in which everything is missing
        if name in schema:
            raise ColumnError(
                f"the column {what}={name!r} is of {schema[name]}: a code is a string like USD"
            ) from error
        raise ColumnError(
            f"{what}={name!r} is neither a column of codes{_meant(name, schema)} nor a currency; "
            f"the columns are {_listed(schema)}"
        ) from error


def _day(on: str | date, schema: Mapping[str, Any], days: DayReader) -> str | Constant:
    if isinstance(on, str):
        if on in schema:
            return on
        if not any(each.isdigit() for each in on):
            raise ColumnError(
                f"on={on!r} is neither a column{_meant(on, schema)} nor a day like 2026-10-30; "
                f"the columns are {_listed(schema)}"
            )
    return Constant(days.day(on))


def _holds_no_codes(dtype: Any) -> bool:
    return dtype != nw.String and bool(
        dtype.is_numeric() or dtype.is_temporal() or dtype.is_nested() or dtype == nw.Boolean
    )


def _meant(name: str, schema: Mapping[str, Any]) -> str:
    return did_you_mean(name, [each for each in schema if isinstance(each, str)])


def _listed(schema: Mapping[str, Any]) -> str:
    return ", ".join(map(repr, schema)) or "none"
