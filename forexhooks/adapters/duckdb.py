"""Amounts and rates in DuckDB's own SQL: `register(connection)`.

Needs the extra `duckdb`: `pip install forexhooks[duckdb]`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

from forexhooks.errors import ColumnError, ConversionError
from forexhooks.rates.decimals import ONE, round_quotient
from forexhooks.support.optional import imported

for _needed in ("duckdb", "pyarrow"):
    imported(_needed, "'forexhooks[duckdb]'")

import duckdb  # noqa: E402
import pyarrow as pa  # noqa: E402

from forexhooks.currencies import MOST_MINOR_UNITS  # noqa: E402
from forexhooks.frames import Converter, rates  # noqa: E402

if TYPE_CHECKING:
    from forexhooks.service.service import ForexService

__all__ = ["register"]

_DIGITS, _PLACES = 38, 24
_COLUMNS = ("amount", "currency", "to", "day")
_RATE = pa.struct(
    [
        ("on", pa.date32()),
        ("base", pa.string()),
        ("quote", pa.string()),
        ("value", pa.decimal128(_DIGITS, _PLACES)),
        ("observed", pa.date32()),
    ]
)
_RATES = """
CREATE OR REPLACE TEMP MACRO forex_rates(base, quotes, first_day, last_day) AS TABLE
SELECT rate."on", rate.base, rate.quote, rate.value, rate.observed FROM (
    SELECT unnest(forex_rates_list(base, quotes, first_day::date, last_day::date)) AS rate
)"""
_LIST = f"""STRUCT("on" DATE, base VARCHAR, quote VARCHAR, value DECIMAL({_DIGITS}, {_PLACES}), \
observed DATE)[]"""


def register(
    connection: duckdb.DuckDBPyConnection,
    driver: str | Sequence[str] | ForexService | None = None,
    *,
    max_gap: int | None = None,
    places: int | None = None,
    zone: str | None = None,
    errors: Literal["raise", "null"] = "raise",
) -> None:
    """Add the functions `forex_convert` and `forex_rates` to a connection.

    `forex_convert(amount, currency, to, day)` returns the amount in the currency `to`, at the rate
    of its day, as a `DECIMAL(38, 4)` rounded once to the currency's minor unit. `FROM
    forex_rates(base, quotes, first, last)` has the rates of a list of quotes for each day, with the
    day that each was published for.

    Args:
        connection: The connection. Functions registered before are replaced.
        driver: As for `forexhooks.frames.convert`.
        max_gap: How many days a rate may be carried forward; None: the driver's own.
        places: Decimal places of results; None: those of the currency.
        zone: The time zone in which moments that have a time zone become days.
        errors: `"raise"`: a row that cannot be converted fails the query. `"null"`: it is null.

    Raises:
        ColumnError: An option is invalid.
        ForexError: The driver cannot be opened.
    """
    if errors not in ("raise", "null"):
        raise ColumnError(f"errors must be 'raise' or 'null', not {errors!r}")
    converter = Converter(driver, max_gap=max_gap, places=places, zone=zone)
    scale = MOST_MINOR_UNITS if places is None else places
    kind, one_at_a_time = pa.decimal128(_DIGITS, scale), threading.Lock()

    def convert(*columns: Any) -> Any:
        if len(columns) != len(_COLUMNS):
            raise ColumnError("forex_convert needs four arguments: amount, currency, to, day")
        batch = pa.table(dict(zip(_COLUMNS, columns, strict=True)))
        with one_at_a_time:  # all of DuckDB's threads call it
            frame, failures = converter.convert(
                batch, amount="amount", currency="currency", to="to", on="day", into="converted"
            )
        if errors == "raise" and len(failures):
            _, error = failures[0]
            raise ConversionError(
                f"{error}; register(…, errors='null') leaves such rows empty",
                count=len(failures),
                failures=[failures[0]],
            ) from error
        return frame["converted"].cast(kind)

    def listed(bases: Any, quotes: Any, first: Any, last: Any) -> Any:
        asked = zip(*(each.to_pylist() for each in (bases, quotes, first, last)), strict=True)
        service = converter.service
        found = [_rows(*each, service=service, max_gap=max_gap) for each in asked]
        return pa.array(found, pa.list_(_RATE))

    _replace(connection, "forex_convert", convert, None, f"DECIMAL({_DIGITS}, {scale})")
    arguments = ["VARCHAR", "VARCHAR[]", "DATE", "DATE"]
    _replace(connection, "forex_rates_list", listed, arguments, _LIST)
    connection.execute(_RATES)


def _rows(
    base: str,
    quotes: list[str],
    first: date,
    last: date,
    *,
    service: ForexService,
    max_gap: int | None,
) -> list[dict[str, Any]]:
    fill = True if max_gap is None else max_gap
    found = rates(
        quotes, first, last, base=base, driver=service, exact=True, fill=fill, backend="pyarrow"
    )
    return [
        {**each, "value": round_quotient(each["value"], ONE, _PLACES)} for each in found.to_pylist()
    ]


def _replace(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    function: Callable[..., Any],
    arguments: list[str] | None,
    result: str,
) -> None:
    with suppress(duckdb.InvalidInputException):  # it was not registered
        connection.remove_function(name)
    connection.create_function(
        name, function, arguments, result, type="arrow", null_handling="special"
    )
