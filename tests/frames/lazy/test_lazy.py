"""Lazy and distributed frames give what eager ones give, to the cent."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import hypothesis.strategies as st
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings

import forexhooks
from forexhooks import AmountError, ColumnError, ConversionError, ForexError, frames
from forexhooks.testing import FixedRates
from frame_rows import DAY, Row, one_by_one, plain, random_rows

ASKED: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "to", "on": "on"}
ASKED |= {"into": "result"}


def table(count: int = 3000) -> pa.Table:
    """Random rows, some without an amount, a code or a day."""
    whole = pa.table({"n": list(range(count)), **random_rows(count)})
    for position, name, step in ((1, "amount", 7), (2, "ccy", 11), (4, "on", 13)):
        values = whole[name].to_pylist()
        values[::step] = [None] * len(values[::step])
        whole = whole.set_column(position, name, pa.array(values, whole[name].type))
    return whole


def decimals(whole: pa.Table) -> pa.Table:
    return whole.set_column(1, "amount", whole["amount"].cast(pa.decimal128(18, 2)))


def eager(whole: pa.Table, **more: Any) -> list[Any]:
    asked = {**ASKED, **more}
    result = frames.convert(whole, **asked, driver="ecb", errors="null")["result"]
    return result.to_pylist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", [lambda whole: whole, decimals], ids=["floats", "decimals"])
def test_polars(kind: Any) -> None:
    whole = kind(table())
    lazy = pl.DataFrame(pl.from_arrow(whole)).lazy()
    result = frames.convert(lazy, **ASKED, driver="ecb", errors="null")
    assert isinstance(result, pl.LazyFrame)
    done = result.collect()
    assert done.columns == [*whole.column_names, "result"]
    assert done["n"].to_list() == whole["n"].to_pylist()
    assert done["result"].to_list() == eager(whole)


@pytest.mark.parametrize("kind", [lambda whole: whole, decimals], ids=["floats", "decimals"])
def test_duckdb(kind: Any) -> None:
    whole = kind(table())
    connection = duckdb.connect()
    connection.register("invoices", whole)
    result = frames.convert(
        connection.sql("select * from invoices"), **ASKED, driver="ecb", errors="null"
    )
    assert isinstance(result, duckdb.DuckDBPyRelation)
    done = result.to_arrow_table()
    assert done.column_names == [*whole.column_names, "result"]
    assert done["n"].to_pylist() == whole["n"].to_pylist()
    assert done["result"].to_pylist() == eager(whole)


def test_dask() -> None:
    dd = pytest.importorskip("dask.dataframe", reason="dask is not installed")
    for whole in (table(), decimals(table())):
        frame = whole.to_pandas()
        frame.index = frame.index * 3
        parts = dd.from_pandas(frame, npartitions=3)
        result = frames.convert(parts, **ASKED, driver="ecb", errors="null")
        assert isinstance(result, type(parts))
        done = result.compute(scheduler="sync")
        assert done.index.equals(frame.index)
        assert list(map(plain, done["result"])) == eager(whole)
        assert list(result.columns) == list(done.columns)
        nowhere = parts.assign(on=pd.NaT, ccy=parts["ccy"].astype("category"))
        done = frames.convert(nowhere, **ASKED, driver="ecb", errors="null").compute()
        assert done["result"].isna().all()
        with pytest.raises(ConversionError, match="of them: the currency is missing"):
            frames.convert(parts, **ASKED, driver="ecb").compute(scheduler="sync")


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    sql = pytest.importorskip("pyspark.sql", reason="pyspark is not installed")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("there is no Java for Spark")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    session = builder.config("spark.sql.shuffle.partitions", "2").getOrCreate()
    yield session
    session.stop()


@pytest.mark.filterwarnings("ignore")
def test_spark(spark: Any) -> None:
    for whole in (table(2000), decimals(table(500))):
        frame = spark.createDataFrame(whole)
        result = frames.convert(frame, **ASKED, driver="ecb", errors="null")
        assert type(result) is type(frame)
        rows = sorted((row.n, row.result) for row in result.select("n", "result").collect())
        assert [each for _, each in rows] == eager(whole)
    moments = frame.withColumn("on", frame["on"].cast("timestamp"))
    with pytest.raises(ColumnError, match="give zone="):
        frames.convert(moments, **ASKED, driver="ecb", errors="null")
    result = frames.convert(moments, **ASKED, driver="ecb", errors="null", zone="UTC")
    assert result.count() == 500


def service(rates: dict[str, str]) -> forexhooks.ForexService:
    manager = forexhooks.ForexManager()
    manager.register(FixedRates(rates, on=DAY))
    return forexhooks.open("fixed", manager=manager)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.decimals(-(10**7), 10**7, places=2).map(float)
            | st.integers(-(10**7), 10**7).map(lambda half: half / 2),
            st.sampled_from(["USD", "JPY", "KWD", "IDR", "EUR"]),
        ),
        min_size=1,
    )
)
def test_halves_and_all_others_are_rounded_as_convert_does(rows: list[tuple[float, str]]) -> None:
    fx = service({"EUR/USD": "0.5", "EUR/JPY": "0.25", "EUR/KWD": "0.0625", "EUR/IDR": "20275.25"})
    expected = [float(each) for each in one_by_one(fx, [Row(a, "EUR", to, DAY) for a, to in rows])]
    frame = pl.LazyFrame(rows, schema=["amount", "to"], orient="row")
    asked: dict[str, Any] = {"amount": "amount", "currency": "EUR", "to": "to", "on": DAY}
    result = frames.convert(frame, **asked, driver=fx).collect()
    assert result["amount_to"].to_list() == expected
    relation = duckdb.from_arrow(frame.collect().to_arrow())
    result = frames.convert(relation, **asked, driver=fx).to_arrow_table()
    assert result["amount_to"].to_pylist() == expected


@settings(max_examples=40)
@given(st.lists(st.integers(-(10**9), 10**9), min_size=1))
def test_halves_of_what_is_in_the_target_already_go_to_the_even_neighbour(mills: list[int]) -> None:
    expected = [float(round(Decimal(each).scaleb(-3), 2)) for each in mills]
    frame = pl.DataFrame({"amount": [each / 1000 for each in mills], "ccy": "EUR"})
    asked: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": DAY}
    lazy = frames.convert(frame.lazy(), **asked, driver="ecb")
    assert lazy.collect()["amount_EUR"].to_list() == expected
    relation = frames.convert(duckdb.from_arrow(frame.to_arrow()), **asked, driver="ecb")
    assert relation.to_arrow_table()["amount_EUR"].to_pylist() == expected


def test_constants_alone_need_no_join() -> None:
    fx = service({"USD/EUR": "1.25"})
    asked: dict[str, Any] = {"amount": "amount", "currency": "USD", "to": "EUR", "on": DAY}
    frame = pl.LazyFrame({"amount": [1, None, -3]})
    result = frames.convert(frame, **asked, driver=fx).collect()
    assert result["amount_EUR"].to_list() == [1.25, None, -3.75]
    relation = duckdb.sql("select unnest([1.0::double, null, -3.0]) as amount")
    assert frames.convert(relation, **asked, driver=fx).fetchall() == [
        (1.0, 1.25),
        (None, None),
        (-3.0, -3.75),
    ]
    with pytest.raises(ConversionError, match="2 of 2 rows"):
        frames.convert(frame, **{**asked, "on": date(2020, 1, 1)}, driver=fx)


def test_not_exact() -> None:
    fx = service({"USD/EUR": "1.23456"})
    asked: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": DAY}
    frame = pl.LazyFrame({"amount": [Decimal("1.00"), None], "ccy": ["USD", "USD"]})
    result = frames.convert(frame, **asked, driver=fx, exact=False).collect()
    assert result["amount_EUR"].to_list() == [1.23456, None]


def test_moments() -> None:
    moments = [datetime(2026, 10, day, 23 - 11 * (day - 29), 30) for day in (29, 30)]  # noqa: DTZ001
    fx = service({"USD/EUR": "1.25"})
    asked: dict[str, Any] = {"amount": "amount", "currency": "USD", "to": "EUR", "on": "on"}
    frame = pl.LazyFrame({"amount": [1.0, 1.0], "on": moments})
    result = frames.convert(frame, **asked, driver=fx, errors="null").collect()
    assert result["amount_EUR"].to_list() == [None, 1.25]
    here = frame.with_columns(pl.col("on").dt.replace_time_zone("UTC"))
    with pytest.raises(ColumnError, match="give zone="):
        frames.convert(here, **asked, driver=fx)
    result = frames.convert(here, **asked, driver=fx, zone="Europe/Berlin").collect()
    assert result["amount_EUR"].to_list() == [1.25, 1.25]
    relation = duckdb.from_arrow(
        pa.table({"amount": [1.0], "on": pa.array([moments[0].replace(tzinfo=UTC)])})
    )
    try:
        duckdb.sql("load icu")
    except duckdb.Error:
        return
    result = frames.convert(relation, **asked, driver=fx, zone="Europe/Berlin")
    assert result.to_arrow_table()["amount_EUR"].to_pylist() == [1.25]


def test_rows_that_cannot_be_converted() -> None:
    fx = service({"USD/EUR": "1.25"})
    frame = pl.LazyFrame(
        {"amount": [1.0, 2.0, float("inf"), None, 5.0], "ccy": ["USD", "JPY", "USD", "XYZ", "JPY"]}
    )
    asked: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": DAY}
    with pytest.raises(ConversionError) as raised:
        frames.convert(frame, **asked, driver=fx)
    assert raised.value.count == 3
    assert "2 of them: fixed has no JPY" in str(raised.value)
    assert "1 of them: the amount is not a finite number" in str(raised.value)
    assert all(
        row is None and isinstance(error, ForexError) for row, error in raised.value.failures
    )
    result = frames.convert(frame, **asked, driver=fx, errors="null").collect()
    assert result["amount_EUR"].to_list() == [1.25, None, None, None, None]


def test_amounts_that_a_lazy_frame_cannot_convert_exactly() -> None:
    fx = service({"USD/IDR": "20275.25"})
    asked: dict[str, Any] = {"amount": "amount", "currency": "USD", "to": "IDR", "on": DAY}
    with pytest.raises(AmountError, match="cast it to fewer places"):
        frames.convert(duckdb.sql("select 1e15 as amount"), **asked, driver=fx)
    with pytest.raises(ColumnError, match="cast it"):
        frames.convert(duckdb.sql("select '1' as amount"), **asked, driver=fx)


def test_decimals_to_several_currencies_have_one_scale_and_all_their_digits() -> None:
    fx = service({"EUR/USD": "1.0625", "EUR/JPY": "160.5", "EUR/KWD": "0.3125"})
    relation = duckdb.sql(
        "select unnest([123456789012.11, 9007199254740.03, -1.99, 2.5])::decimal(18, 2) as amount, "
        "unnest(['KWD', 'USD', 'JPY', 'EUR']) as target"
    )
    asked: dict[str, Any] = {"amount": "amount", "currency": "EUR", "to": "target", "on": DAY}
    result = frames.convert(relation, **asked, driver=fx).to_arrow_table()
    expected = frames.convert(relation.to_arrow_table(), **asked, driver=fx)
    assert result["amount_target"].type == expected["amount_target"].type == pa.decimal128(38, 4)
    assert result["amount_target"].to_pylist() == expected["amount_target"].to_pylist()


@pytest.mark.parametrize(
    ("columns", "into"),
    [
        ("100.0::double a, 'USD' c, 7.0::double \"A_EUR\"", None),
        ("100.0::double a, 'USD' c", "A"),
        ("1.5 a, 'USD' c, 7.5 a", None),
        ("1.5 a, 'USD' c, 7.5 \"A\"", None),
    ],
)
def test_names_that_are_one_to_a_database_are_refused(columns: str, into: str | None) -> None:
    relation = duckdb.sql(f"select {columns}")
    with pytest.raises(
        ColumnError, match=r"its engine cannot tell apart|in case alone, which the frame's engine"
    ):
        frames.convert(relation, amount="a", currency="c", to="EUR", on="2026-10-30", into=into)


def later(rows: list[tuple[Any, Any]]) -> tuple[Any, Callable[[], None]]:
    """A relation of one row, and what adds these."""
    connection = duckdb.connect()
    connection.sql("create table invoices (amount double, ccy varchar, day date)")
    connection.sql("insert into invoices values (1.5, 'USD', '2026-10-30')")

    def add() -> None:
        for amount, ccy in rows:
            connection.execute("insert into invoices values (?, ?, '2026-10-30')", [amount, ccy])

    return connection.table("invoices"), add


@pytest.mark.parametrize("row", [(1.0, "GBP"), (float("nan"), "USD"), (1e31, "USD")])
def test_rows_that_came_since_fail_in_duckdb(row: tuple[Any, Any]) -> None:
    asked: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": "day"}
    relation, add = later([row])
    result = frames.convert(relation, **asked, driver="ecb")
    left = frames.convert(relation, **asked, driver="ecb", errors="null")
    assert result.fetchall() == left.fetchall()
    add()
    with pytest.raises(duckdb.Error, match="a row was added after"):
        result.fetchall()
    assert [each[-1] for each in left.fetchall()] == [1.34, None]


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("kind", ["double", "decimal(18, 3)", "integer"])
def test_a_database_has_no_negative_zero(kind: str, exact: bool) -> None:
    relation = duckdb.sql(f"select -0.001::{kind} as amount union all select -0.0::{kind}")
    asked: dict[str, Any] = {"amount": "amount", "currency": "JPY", "to": "EUR", "into": "result"}
    asked |= {"on": "2026-10-30", "driver": "ecb", "exact": exact}
    text = frames.convert(relation, **asked).project("result::varchar as text")
    results = [each for (each,) in text.fetchall()]
    assert "-0.0" not in results and "-0.00" not in results
    assert len(results) == 2


def test_rows_that_came_since_and_are_no_failures() -> None:
    asked: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": "day"}
    relation, add = later([(None, "GBP"), (3.0, "USD")])
    result = frames.convert(relation, **asked, driver="ecb")
    add()
    assert [each[-1] for each in result.fetchall()] == [1.34, None, 2.69]


@pytest.mark.parametrize("errors", ["raise", "null"])
def test_amounts_that_grew_since_are_never_inexact(errors: Any) -> None:
    asked: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": "day"}
    relation, add = later([(1e15, "USD")])
    result = frames.convert(relation, **asked, driver="ecb", errors=errors)
    add()
    with pytest.raises(duckdb.Error, match="too large to be converted exactly"):
        result.fetchall()


@pytest.mark.filterwarnings("ignore")
def test_rows_that_came_since_fail_in_spark(spark: Any, tmp_path: Path) -> None:
    file = tmp_path / "invoices.csv"
    file.write_text("1.5,USD,2026-10-30\n")
    rows = spark.read.schema("amount double, ccy string, day date").csv(str(file))
    asked: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": "day"}
    result = frames.convert(rows, **asked, driver="ecb")
    assert [row.amount_EUR for row in result.collect()] == [1.34]
    file.write_text("1.0,GBP,2026-10-30\n")  # as long as it was, which Spark knows
    with pytest.raises(Exception, match="a row was added after"):
        result.collect()


@pytest.mark.filterwarnings("ignore")
def test_the_plan_of_spark_is_one_broadcast_join_without_python(spark: Any) -> None:
    frame = spark.createDataFrame(table(100))
    result = frames.convert(frame, **ASKED, driver="ecb", errors="null")
    plan = result._jdf.queryExecution().executedPlan().toString()
    # A plan may be written twice: as it is, and as it was before it ran.
    final = plan.split("Initial Plan")[0]
    assert final.count("Join") == final.count("BroadcastHashJoin") == 1
    assert "Python" not in plan


@pytest.mark.filterwarnings("ignore")
def test_float32_is_refused_where_its_shortest_decimal_is_not_known(spark: Any) -> None:
    asked: dict[str, Any] = {"amount": "a", "currency": "USD", "to": "EUR", "on": DAY}
    for frame in (duckdb.sql("select 0.1::real as a"), spark.sql("select cast(0.1 as float) as a")):
        with pytest.raises(ColumnError, match=r"'a' is of Float32.*cast it to a decimal"):
            frames.convert(frame, **asked, driver="ecb")


def test_objects_in_a_lazy_frame_are_refused() -> None:
    frame = pl.LazyFrame({"amount": [1.0], "ccy": ["USD"], "on": [DAY], "to": ["EUR"]})
    for name in ("amount", "ccy", "on"):
        odd = frame.with_columns(pl.Series(name, [object()], dtype=pl.Object))
        with pytest.raises(ColumnError, match=f"{name}'.*collect it first"):
            frames.convert(odd, **ASKED, driver="ecb")


def test_objects_in_partitions_of_dask() -> None:
    dd = pytest.importorskip("dask.dataframe", reason="dask is not installed")
    dask = pytest.importorskip("dask")
    whole = pd.DataFrame({"amount": [1.0, 2.0], "to": "EUR", "on": DAY})
    whole["ccy"] = pd.Series(["USD", {"a": 1}], dtype=object)
    with dask.config.set({"dataframe.convert-string": False}):
        parts = dd.from_pandas(whole, npartitions=1)
        with pytest.raises(ConversionError, match="1 of them: a currency code is a string"):
            frames.convert(parts, **ASKED, driver="ecb").compute(scheduler="sync")
        done = frames.convert(parts, **ASKED, driver="ecb", errors="null").compute(scheduler="sync")
    assert list(map(plain, done["result"])) == [0.9, None]


@pytest.mark.filterwarnings("ignore")
def test_the_recipes_in_sql_for_spark(spark: Any) -> None:
    page = Path(__file__).parents[3] / "docs" / "howto" / "sql.md"
    recipes = page.read_text(encoding="utf-8").partition("## Spark")[2]
    make, in_euros, missing, crossed = re.findall(r"```text\n(.*?)```", recipes, re.DOTALL)
    exec(make, {})  # noqa: S102 - our own page
    usd, jpy = (Decimal("9.99"), "USD", "JPY", DAY), (Decimal("120.00"), "JPY", "GBP", DAY)
    invoices = [usd, jpy, (Decimal("7.00"), "CHF", "USD", DAY)]
    columns = "amount decimal(12, 2), currency string, target string, day date"
    spark.createDataFrame(invoices, columns).createOrReplaceTempView("invoices")
    fx = forexhooks.open("ecb")
    done = {row.currency: row.amount_eur for row in spark.sql(in_euros).collect()}
    assert done == {
        "USD": fx.convert("9.99", "USD", "EUR", DAY),
        "JPY": fx.convert("120", "JPY", "EUR", DAY),
        "CHF": None,
    }
    assert [tuple(row) for row in spark.sql(missing).collect()] == [("CHF", DAY, 1)]
    done = {row.currency: row.converted for row in spark.sql(crossed).collect()}
    assert done == {
        "USD": fx.convert("9.99", "USD", "JPY", DAY, places=2),
        "JPY": fx.convert("120", "JPY", "GBP", DAY),
    }
