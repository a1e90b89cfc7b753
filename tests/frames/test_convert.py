"""frames.convert against ForexService.convert, row by row."""

from __future__ import annotations

import math
from collections.abc import Generator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given

import forexhooks
from forexhooks import ConversionError, ForexError, frames
from forexhooks.testing import FixedRates
from frame_rows import DAY, Row, one_by_one, random_rows, rows_of

COLUMNS: dict[str, Any] = {"amount": "amount", "currency": "ccy", "on": "on", "into": "result"}


def fixed(rates: Any, **options: Any) -> forexhooks.ForexService:
    manager = forexhooks.ForexManager()
    manager.register(FixedRates(rates, **options))
    return forexhooks.open("fixed", manager=manager)


@pytest.mark.parametrize("to", ["EUR", "JPY", "to"])
def test_random_rows_are_those_of_convert(to: str) -> None:
    columns = random_rows(20_000 if to == "to" else 5_000)
    table = pa.table(columns)
    fx = forexhooks.open("ecb")
    converted, failures = frames.Converter(fx).convert(table, to=to, **COLUMNS)
    reasons = dict(failures)
    rows = rows_of(columns, None if to == "to" else to)
    results = converted["result"].to_pylist()
    for row, (expected, result) in enumerate(zip(one_by_one(fx, rows), results, strict=True)):
        if isinstance(expected, ForexError):
            assert result is None
            assert type(reasons[row]) is type(expected)
            assert str(reasons[row]) == str(expected)
        else:
            assert result == float(expected)
            assert row not in reasons
    assert 0 < len(failures) < len(table)
    assert converted.select(table.column_names) == table


def test_one_frame_after_the_other_is_as_each_alone() -> None:
    """What is kept of one frame serves the next, which has other currencies and other days."""
    fx = forexhooks.open("ecb")
    columns = random_rows(2_000, seed=3)
    order = np.argsort(columns["ccy"], kind="stable")  # so that each has new currencies
    for part in np.array_split(order, 12):
        for some in (part[:1], part, part[::-5]):
            table = pa.table({name: column[some] for name, column in columns.items()})
            found, _ = frames.Converter(fx).convert(table, to="to", **COLUMNS)
            rows = rows_of({name: column[some] for name, column in columns.items()})
            expected = [
                None if isinstance(each, ForexError) else float(each)
                for each in one_by_one(fx, rows)
            ]
            assert found["result"].to_pylist() == expected
    start, end = date(1998, 12, 28), date(1999, 1, 6)
    listed = frames.rates(["USD", "EUR"], start, end, base="EUR", driver=fx, backend="polars")
    assert listed["on"].min() == date(1999, 1, 4)


def test_decimals_of_pandas_have_the_places_of_their_currency() -> None:
    fx = fixed({"EUR/JPY": "180.55", "EUR/KWD": "0.35", "EUR/USD": "1.1"}, on=DAY)
    large = Decimal(10) ** 25 + Decimal("0.01")
    amounts = [Decimal("1.005"), None, large, Decimal("-3.3"), Decimal("0.00001")]
    frame = pd.DataFrame(
        {"amount": amounts, "ccy": "EUR", "to": ["JPY", "USD", "KWD", "KWD", "JPY"], "on": DAY}
    )
    found = frames.convert(frame, to="to", driver=fx, **COLUMNS)["result"].tolist()
    expected = list(one_by_one(fx, list(map(Row._make, frame.itertuples(index=False)))))
    assert list(map(str, found)) == list(map(str, expected))


class Whims:
    """Adjusts rates by the pair, the day asked for and the day observed, and refuses some."""

    @staticmethod
    def adjust(rate: forexhooks.Rate) -> forexhooks.Rate:
        assert rate.requested is not None
        asked = rate.requested.toordinal()
        if asked % 13 == 0:
            raise forexhooks.TransientError("a whim")
        if asked % 5 == 0:
            return rate
        factor = Decimal(asked % 97 + rate.on.day + len(rate.legs)) / 31
        return rate.adjusted(rate.value * factor)

    @forexhooks.hookimpl(wrapper=True)
    def forex_get_rate(self) -> Generator[None, forexhooks.Rate | None, forexhooks.Rate | None]:
        rate = yield
        return rate and self.adjust(rate)

    @forexhooks.hookimpl(wrapper=True)
    def forex_get_table(
        self,
    ) -> Generator[None, forexhooks.RateTable | None, forexhooks.RateTable | None]:
        table = yield
        return table and table.adjusted(self.adjust)


def outcomes(
    fx: forexhooks.ForexService, columns: dict[str, Any], size: int, **options: Any
) -> list[Any]:
    """Of each row the result, or the error, converted so many rows at a time."""
    converter, found = frames.Converter(fx, **options), list[Any]()
    for start in range(0, len(columns["on"]), size):
        part = pa.table({name: column[start : start + size] for name, column in columns.items()})
        converted, failures = converter.convert(part, to="to", **COLUMNS)
        results = converted["result"].to_pylist()
        for row, error in failures:
            assert results[row] is None
            results[row] = type(error), str(error)
        found += results
    return found


@pytest.mark.parametrize("max_gap", [None, 1])
@pytest.mark.parametrize("size", [4_000, 500])
def test_random_rows_of_an_adjusted_table_are_those_of_convert(
    size: int, max_gap: int | None
) -> None:
    manager = forexhooks.ForexManager(discover=True)
    manager.register(Whims(), name="whims")
    fx = forexhooks.open("ecb", manager=manager)
    columns = random_rows(4_000)
    expected = [
        (type(each), str(each)) if isinstance(each, ForexError) else float(each)
        for each in one_by_one(fx, rows_of(columns), max_gap=max_gap)
    ]
    assert outcomes(fx, columns, size, max_gap=max_gap) == expected
    assert (forexhooks.TransientError, "a whim") in expected


@pytest.mark.parametrize("max_gap", [None, 0, 3])
@pytest.mark.parametrize("size", [3_000, 400])
def test_random_rows_of_a_lock_are_those_of_convert(
    tmp_path: Path, size: int, max_gap: int | None
) -> None:
    lock, whole = tmp_path / "rates.lock", random_rows(3_000)
    columns = {name: column[::3] for name, column in whole.items()}
    rows = rows_of(columns)
    with forexhooks.locking(lock, "ecb") as fx:
        fx.get_history("USD", "EUR", date(1999, 1, 1), DAY)
        for _ in one_by_one(fx, rows, max_gap=max_gap):
            pass
    fx = forexhooks.open(lock=lock)
    expected = [
        (type(each), str(each)) if isinstance(each, ForexError) else float(each)
        for each in one_by_one(fx, rows, max_gap=max_gap)
    ]
    assert outcomes(fx, columns, size, max_gap=max_gap) == expected
    kinds = {each[0] for each in expected if isinstance(each, tuple)}
    assert forexhooks.UnsupportedPairError in kinds
    with pytest.raises(forexhooks.NotLockedError, match=r"rates\.lock has no "):
        outcomes(fx, whole, size, max_gap=max_gap)


@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False)
            | st.decimals(-(10**12), 10**12, places=2).map(float)
            | st.integers(-(10**7), 10**7).map(lambda half: half / 2),
            st.sampled_from(["USD", "EUR", "JPY", "KWD", "IDR", "XYZ"]),
            st.sampled_from(["USD", "EUR", "JPY", "KWD", "IDR"]),
        ),
        min_size=1,
    )
)
def test_any_float_counts_by_its_shortest_repr(rows: list[tuple[float, str, str]]) -> None:
    rates = {"EUR/USD": "1.25", "EUR/JPY": "160.5", "EUR/KWD": "0.35", "EUR/IDR": "20275.20"}
    fx = fixed(rates, on=DAY)
    frame = pl.DataFrame(rows, schema=["amount", "ccy", "to"], orient="row")
    columns = {**COLUMNS, "on": DAY}
    result, failures = frames.Converter(fx).convert(frame, to="to", **columns)
    expected = list(one_by_one(fx, [Row(*row, DAY) for row in rows]))
    wrong = [row for row, each in enumerate(expected) if isinstance(each, ForexError)]
    assert failures.rows.tolist() == wrong
    assert result["result"].to_list() == [
        None if isinstance(each, ForexError) else float(each) for each in expected
    ]


@given(
    st.lists(st.none() | st.decimals(-(10**29), 10**29, places=4), min_size=1),
    st.sampled_from(["1", "1.5", "0.00012345678901234567890123456789", "33333.3333333333333333"]),
    st.sampled_from(["JPY", "USD", "KWD"]),
)
def test_decimals_of_any_size_stay_decimals(
    amounts: list[Decimal | None], rate: str, to: str
) -> None:
    fx = fixed({f"EUR/{to}": rate}, on=DAY)
    expected = [None if each is None else fx.convert(each, "EUR", to, DAY) for each in amounts]
    asked: dict[str, Any] = {"amount": "amount", "currency": "EUR", "to": to, "on": DAY}
    asked |= {"driver": fx, "into": "result"}
    table = pa.table({"amount": pa.array(amounts, pa.decimal128(38, 4))})
    result = frames.convert(table, **asked)["result"]
    assert pa.types.is_decimal(result.type)
    assert result.to_pylist() == expected
    frame = pl.DataFrame({"amount": pl.Series(amounts, dtype=pl.Decimal(38, 4))})
    assert frames.convert(frame, **asked)["result"].to_list() == expected
    objects = pd.DataFrame({"amount": pd.Series(amounts, dtype=object)})
    assert frames.convert(objects, **asked)["result"].tolist() == expected


def test_halves_go_to_the_even_neighbour() -> None:
    fx = fixed({"EUR/USD": "0.5", "EUR/JPY": "0.5"}, on=DAY)
    frame = pd.DataFrame({"amount": [0.01, 0.03, 0.05, -0.01, -0.03, 0.02, 1.0]})
    for to in ("USD", "JPY"):
        result = frames.convert(frame, amount="amount", currency="EUR", to=to, on=DAY, driver=fx)
        assert result[f"amount_{to}"].tolist() == [
            float(fx.convert(each, "EUR", to, DAY)) for each in frame["amount"]
        ]
    table = frames.convert(frame, amount="amount", currency="EUR", to="USD", on=DAY, driver=fx)
    assert table["amount_USD"].tolist()[:5] == [0.0, 0.02, 0.02, -0.0, -0.02]


def test_amounts_beyond_64_bits_are_exact() -> None:
    fx = fixed({"EUR/IDR": "20275.23"}, on=DAY)
    amounts = [Decimal("987654321987654321987654321.05"), Decimal("-0.05"), Decimal("9e29")]
    for frame in (pd.DataFrame({"amount": amounts}), pa.table({"amount": amounts})):
        result = frames.convert(frame, amount="amount", currency="EUR", to="IDR", on=DAY, driver=fx)
        assert list(map(str, nulls(result["amount_IDR"]))) == [
            str(fx.convert(each, "EUR", "IDR", DAY)) for each in amounts
        ]
    integers = pl.DataFrame({"amount": [2**62, -(2**63), 2**53 + 1]})
    result = frames.convert(integers, amount="amount", currency="EUR", to="IDR", on=DAY, driver=fx)
    assert result["amount_IDR"].to_list() == [
        float(fx.convert(each, "EUR", "IDR", DAY)) for each in integers["amount"]
    ]


def nulls(column: Any) -> list[Any]:
    return column.to_pylist() if isinstance(column, pa.ChunkedArray) else column.tolist()


def test_not_exact_is_the_product_in_float64() -> None:
    fx = fixed({"EUR/BTC": "0.00001234", "EUR/USD": "1.25"}, on=DAY)
    frame = pl.DataFrame({"amount": [100.0, None, 3.0], "to": ["BTC", "USD", "USD"]})
    asked: dict[str, Any] = {"amount": "amount", "currency": "EUR", "to": "to", "on": DAY}
    result = frames.convert(frame, **asked, driver=fx, exact=False)["amount_to"]
    assert result.to_list() == pytest.approx([0.001234, None, 3.75])
    decimals = frame.with_columns(pl.col("amount").cast(pl.Decimal(10, 2)))
    result = frames.convert(decimals, **asked, driver=fx, exact=False)["amount_to"]
    assert result.dtype == pl.Float64
    assert result.to_list() == pytest.approx([0.001234, None, 3.75])


def test_what_has_no_minor_unit_needs_places() -> None:
    fx = fixed({"EUR/BTC": "0.00001234"}, on=DAY)
    frame = pl.DataFrame({"amount": [100.0]})
    asked: dict[str, Any] = {"amount": "amount", "currency": "EUR", "to": "BTC", "on": DAY}
    with pytest.raises(ConversionError, match="BTC has no minor unit"):
        frames.convert(frame, **asked, driver=fx)
    result = frames.convert(frame, **asked, driver=fx, places=8)
    assert result["amount_BTC"].to_list() == [0.001234]


def test_identity_goes_for_any_day_that_has_come(bundle_is_fresh: object) -> None:
    days = [date(1, 1, 1), date(1970, 1, 1), DAY, DAY + timedelta(2), date(9999, 12, 31)]
    frame = pa.table({"amount": [1.005] * 5, "on": days})
    asked: dict[str, Any] = {"amount": "amount", "currency": "USD", "to": "USD", "on": "on"}
    converted, failures = frames.Converter("ecb").convert(frame, **asked)
    assert converted["amount_USD"].to_pylist() == [1.0, 1.0, 1.0, None, None]
    assert failures.rows.tolist() == [3, 4]
    assert "in the future" in str(failures.error(3))


def test_a_rate_is_carried_as_far_as_max_gap() -> None:
    days = [date(2026, 10, 23) + timedelta(n) for n in range(4)]  # Friday to Monday
    frame = pl.DataFrame({"amount": [100.0] * 4, "on": days})
    asked: dict[str, Any] = {"amount": "amount", "currency": "USD", "to": "EUR", "on": "on"}
    fx = forexhooks.open("ecb")
    for gap in (0, 1, None):
        result = frames.convert(frame, **asked, max_gap=gap, errors="null")["amount_EUR"]
        expected = one_by_one(fx, [Row(100, "USD", "EUR", day) for day in days], max_gap=gap)
        assert result.to_list() == [
            None if isinstance(each, ForexError) else float(each) for each in expected
        ]


def test_two_hundred_currencies_to_each_other_on_any_day() -> None:
    codes = sorted(forexhooks.currencies.CODES)
    others = [code for code in codes if code != "USD"]
    random = np.random.default_rng(3)
    days = [date(2000, 1, 3) + timedelta(7 * week) for week in range(60)]
    rates = {
        day: {f"USD/{code}": str(random.integers(1, 10**6) / 1000) for code in others}
        for day in days
    }
    fx = fixed(rates)
    count = 1000
    frame = pl.DataFrame(
        {
            "amount": np.round(random.uniform(0, 1e6, count), 2),
            "ccy": random.choice(codes, count),
            "to": random.choice(codes, count),
            "on": random.choice(np.array(days, "M8[D]"), count) + random.integers(0, 9, count),
        }
    )
    result = frames.convert(frame, to="to", **COLUMNS, driver=fx, errors="null")["result"]
    for row, got in zip(frame.iter_rows(), result, strict=True):
        (expected,) = one_by_one(fx, [Row(*row)])
        assert got == (None if isinstance(expected, ForexError) else float(expected)), row
    assert 0 < result.null_count() < count


def test_pairs_that_have_several_ways_or_both_directions() -> None:
    fx = fixed(
        {
            date(2026, 10, 1): {"USD/CAD": "1.40", "EUR/USD": "1.1", "EUR/CAD": "1.55"},
            date(2026, 10, 2): {"CAD/USD": "0.71429", "USD/CAD": "1.4"},
            date(2026, 10, 3): {"EUR/GBP": "0.85", "USD/GBP": "0.77", "EUR/CAD": "1.56"},
        }
    )
    rows = [
        Row(123.45, base, quote, date(2026, 9, 30) + timedelta(day))
        for base in ("USD", "CAD", "EUR", "GBP")
        for quote in ("USD", "CAD", "EUR", "GBP")
        for day in range(12)
    ]
    frame = pl.DataFrame(rows, schema=["amount", "ccy", "to", "on"], orient="row")
    result = frames.convert(frame, to="to", **COLUMNS, driver=fx, errors="null")["result"]
    assert result.to_list() == [
        None if isinstance(each, ForexError) else float(each) for each in one_by_one(fx, rows)
    ]


def test_rows_that_cannot_be_converted_raise_one_error_or_are_null() -> None:
    frame = pd.DataFrame(
        {
            "amount": [1.0, 2.0, math.nan, 4.0, 5.0, math.inf],
            "ccy": ["USD", "XYZ", "XYZ", "RUB", None, "USD"],
            "on": pd.to_datetime(["2026-10-30"] * 6),
        },
        index=[5, 5, 1, 0, 9, 9],
    )
    with pytest.raises(ConversionError) as raised:
        frames.convert(frame, to="EUR", **COLUMNS, driver="ecb")
    error = raised.value
    assert error.count == 4
    assert [row for row, _ in error.failures] == [1, 3, 4, 5]
    assert str(error).startswith("4 of 6 rows cannot be converted")
    for said in (
        "row 1 of 'ccy': unknown currency 'XYZ'",
        "row 3: ",
        "suspended",
        "missing",
        "finite",
    ):
        assert said in str(error)
    result = frames.convert(frame, to="EUR", **COLUMNS, driver="ecb", errors="null")
    assert result.index.equals(frame.index)
    assert result["result"].isna().tolist() == [False, True, True, True, True, True]


def test_a_large_frame_is_converted_by_two_threads_as_by_one() -> None:
    columns = random_rows(2_200_000)
    whole = frames.convert(pa.table(columns), to="to", **COLUMNS, errors="null")["result"]
    for start in (0, 1_100_000, 2_190_000):
        part = pa.table(columns).slice(start, 5000)
        piece = frames.convert(part, to="to", **COLUMNS, errors="null")["result"]
        assert piece.to_pylist() == whole.slice(start, 5000).to_pylist()


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pl.LazyFrame])
def test_nothing_is_ever_minus_nothing(make: Any, exact: bool) -> None:
    amounts = [-0.0, -1e-9, 0.0] if exact else [-0.0, 0.0]
    rows = len(amounts)
    frame = make({"amount": amounts, "ccy": ["USD"] * rows, "on": [DAY] * rows})
    converted = frames.convert(frame, to="CAD", driver="ecb", exact=exact, **COLUMNS)
    if isinstance(converted, pl.LazyFrame):
        converted = converted.collect()
    assert [math.copysign(1, each) for each in converted["result"]] == [1] * rows
    assert sum(converted["result"]) == 0
