"""Amounts and rates in DuckDB's SQL: as the library has them, to the cent."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest

import forexhooks
from forexhooks.adapters.duckdb import register

pytestmark = pytest.mark.one_python

DAY = date(2026, 10, 30)
CODES = ("USD", "JPY", "EUR", "KWD", "GBp")


@pytest.fixture
def database() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        register(connection, "ecb")
        yield connection


def test_amounts_of_any_kind_are_converted_as_by_the_library(
    database: duckdb.DuckDBPyConnection,
) -> None:
    fx = forexhooks.open("ecb")
    asked = """
        SELECT forex_convert(9.99, 'USD', 'CAD', DATE '2026-10-30'),
               forex_convert(9.99::DOUBLE, 'usd', 'CAD', '2026-10-30'),
               forex_convert(100, 'USD', 'JPY', TIMESTAMP '2026-10-30 23:59:00'),
               forex_convert(NULL::DECIMAL(9, 2), 'USD', 'CAD', DATE '2026-10-30'),
               forex_convert(250, 'GBp', 'EUR', DATE '2026-10-30')
    """
    [found] = database.sql(asked).fetchall()
    assert found == (
        fx.convert("9.99", "USD", "CAD", DAY),
        fx.convert("9.99", "USD", "CAD", DAY),
        fx.convert(100, "USD", "JPY", DAY),
        None,
        fx.convert(250, "GBp", "EUR", DAY),
    )
    assert database.sql(asked).types[0] == "DECIMAL(38,4)"


def test_a_table_larger_than_a_batch_by_several_threads(
    database: duckdb.DuckDBPyConnection,
) -> None:
    draw = random.Random(1999)  # noqa: S311 - amounts
    rows = [
        (
            Decimal(draw.randrange(1, 10**7)).scaleb(-2),
            draw.choice(("USD", "JPY", "GBP")),
            draw.choice(("EUR", "CAD", "JPY")),
            DAY - timedelta(draw.randrange(3_000)),
        )
        for _ in range(300)
    ]
    database.execute("SET threads = 4")
    database.execute("CREATE TABLE few (amount DECIMAL(12, 2), ccy TEXT, target TEXT, day DATE)")
    database.executemany("INSERT INTO few VALUES (?, ?, ?, ?)", rows)
    database.execute("CREATE TABLE many AS SELECT few.* FROM few, range(500)")
    converted = database.sql(
        "SELECT DISTINCT *, forex_convert(amount, ccy, target, day) FROM many"
    ).fetchall()
    fx = forexhooks.open("ecb")
    assert len(converted) == len(set(rows))
    for *asked, result in converted:
        assert result == fx.convert(*asked)


def test_a_row_that_cannot_be_converted_fails_or_is_null(
    database: duckdb.DuckDBPyConnection,
) -> None:
    asked = "SELECT forex_convert(1, 'XXQ', 'CAD', DATE '2026-10-30')"
    with pytest.raises(duckdb.Error, match=r"unknown currency 'XXQ'.*errors='null'"):
        database.sql(asked).fetchall()
    with pytest.raises(duckdb.Error, match="four arguments"):
        database.sql("SELECT forex_convert(1, 'USD')").fetchall()
    register(database, "ecb", errors="null", places=2)
    assert database.sql(asked).fetchall() == [(None,)]
    with pytest.raises(forexhooks.ColumnError, match="'raise' or 'null'"):
        register(database, errors="ignore")  # type: ignore[arg-type]


def test_rates_are_a_table_to_select_from_and_join(database: duckdb.DuckDBPyConnection) -> None:
    fx = forexhooks.open("ecb")
    rows = database.sql(
        "FROM forex_rates('USD', ['CAD', 'JPY'], '2026-10-23', '2026-10-30') ORDER BY quote, \"on\""
    ).fetchall()
    assert len(rows) == 2 * 8
    for on, base, quote, value, observed in rows:
        rate = fx.get_rate(base, quote, on)
        assert observed == rate.on
        assert abs(value - rate.value) < Decimal("1e-23")
    [[only]] = database.sql(
        "SELECT avg(value) FROM forex_rates('USD', ['CAD'], '2026-10-23', '2026-10-30') "
        'WHERE "on" = observed'
    ).fetchall()
    assert 1.39 < only < 1.41
    with pytest.raises(duckdb.Error, match="XXQ"):
        database.sql("FROM forex_rates('USD', ['XXQ'], '2026-10-23', '2026-10-30')").fetchall()
