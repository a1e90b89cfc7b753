"""frames.rates: the calendar as a frame."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

import forexhooks
from forexhooks import ColumnError, DateError, ForexError, UnsupportedPairError, frames

START, END = date(2026, 10, 21), date(2026, 10, 30)


def rows(frame: Any) -> list[tuple[Any, ...]]:
    return [
        (day.date(), base, quote, rate, observed.date())
        for day, base, quote, rate, observed in frame.itertuples(index=False)
    ]


@pytest.mark.parametrize("fill", [True, False, 1])
def test_every_rate_is_that_of_get_rate(fill: bool | int) -> None:
    fx = forexhooks.open("ecb")
    expected = []
    for quote in ("USD", "GBP", "CAD"):
        for number in range((END - START).days + 1):
            day = START + timedelta(number)
            try:
                rate = fx.get_rate("GBP", quote, day, max_gap=None if fill is True else int(fill))
            except ForexError:
                continue
            expected.append((day, "GBP", quote, float(rate.value), rate.on))
    got = frames.rates(["usd", "GBP", "CAD"], START, END, base="GBP", driver="ecb", fill=fill)
    assert list(got.columns) == ["on", "base", "quote", "value", "observed"]
    assert rows(got) == expected


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow", "duckdb", "dask"])
def test_any_backend(backend: str) -> None:
    if backend == "dask":
        pytest.importorskip("dask", reason="dask is not installed")
    frame = frames.rates(["USD", "JPY"], START, END, base="EUR", driver="ecb", backend=backend)
    kind = type(frame).__module__.split(".")[0].strip("_")
    assert kind == backend
    frame = frame.compute() if backend == "dask" else frame
    frame = frame.to_arrow_table() if backend == "duckdb" else frame
    values = (
        frame["value"].to_pylist() if hasattr(frame["value"], "to_pylist") else list(frame["value"])
    )
    expected = frames.rates(["USD", "JPY"], START, END, base="EUR", driver="ecb")
    assert values == list(expected["value"])


def test_days_before_the_first_and_after_today_have_no_rows() -> None:
    got = frames.rates(["USD"], date(1990, 1, 1), date(1999, 1, 6), base="EUR", driver="ecb")
    assert [day for day, *_ in rows(got)] == [date(1999, 1, 4), date(1999, 1, 5), date(1999, 1, 6)]
    assert rows(frames.rates(["USD"], date(1990, 1, 1), date(1990, 2, 1), base="EUR")) == []
    assert rows(frames.rates([], START, END, base="EUR")) == []


def test_the_first_day_there_is() -> None:
    got = frames.rates(["USD", "EUR"], date.min, date.min, base="EUR", driver="ecb")
    assert len(got) == 0


def test_currencies_that_are_repeated_and_the_base_among_them() -> None:
    got = frames.rates(["usd", "EUR", "USD"], END, END, base="EUR", driver="ecb")
    assert list(got["quote"]) == ["USD", "EUR"]


@pytest.mark.usefixtures("bundle_is_fresh")
def test_days_to_come_have_no_rows() -> None:
    asked = {"currencies": ["USD", "EUR"], "base": "EUR", "driver": "ecb"}
    assert rows(frames.rates(start=date(2027, 1, 1), end=date(2027, 2, 1), **asked)) == []
    got = frames.rates(start=date(2026, 10, 30), end=date(2027, 2, 1), **asked)
    # In the easternmost zone it is the 31st.
    assert {day for day, *_ in rows(got)} == {date(2026, 10, 30), date(2026, 10, 31)}


@pytest.mark.parametrize(
    ("backend", "missing", "install"),
    [
        ("pandas", "pandas", "pandas"),
        ("polars", "polars", "polars"),
        ("pyarrow", "pyarrow", "pyarrow"),
        ("duckdb", "duckdb", "duckdb pyarrow"),
        ("dask", "dask.dataframe", r"'dask\[dataframe\]'"),
        ("pyspark", "pyspark", "pyspark pyarrow"),
    ],
)
def test_a_backend_that_is_not_installed(
    backend: str, missing: str, install: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(forexhooks.MissingExtraError, match=f"{missing}.*: pip install {install}$"):
        frames.rates(["USD"], START, END, base="EUR", driver="ecb", backend=backend)


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"backend": "panda"}, ColumnError, "did you mean 'pandas'"),
        ({"backend": None}, ColumnError, "backend=None is not one of pandas, polars"),
        ({"fill": -1}, ColumnError, "fill is"),
        ({"fill": "all"}, ColumnError, "fill is"),
        ({"end": date(2020, 1, 1)}, DateError, "before"),
        ({"base": "XYZ"}, forexhooks.CurrencyError, "XYZ"),
        ({"currencies": "USD"}, forexhooks.CurrencyError, "a list of codes"),
        ({"currencies": ["KWD"]}, UnsupportedPairError, "ecb has no KWD"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, Any], error: type[Exception], said: str) -> None:
    asked = {"currencies": ["USD"], "start": START, "end": END, "base": "EUR", "driver": "ecb"}
    with pytest.raises(error, match=said):
        frames.rates(**{**asked, **change})


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow", "duckdb"])
def test_exact_values_are_those_of_get_rate(backend: str) -> None:
    fx = forexhooks.open("ecb")
    asked = {"base": "GBP", "driver": fx, "backend": backend, "exact": True}
    frame = frames.rates(["USD", "GBP", "EUR"], START, END, **asked)
    columns = frame.to_arrow_table() if backend == "duckdb" else frame
    found = list(zip(*(list(columns[name]) for name in ("quote", "on", "value")), strict=True))
    assert len(found) == 3 * ((END - START).days + 1)
    for cell in found:
        quote, on, value = (each.as_py() if hasattr(each, "as_py") else each for each in cell)
        day = on.date() if isinstance(on, datetime) else on
        assert isinstance(value, Decimal)
        exact = fx.get_rate("GBP", quote, day).value
        # A column of 38 digits has one scale for all.
        assert abs(Fraction(value) - Fraction(exact)) <= Fraction(backend != "pandas", 10**33)
    assert len(frames.rates(["USD"], date.min, date.min, **asked)) == 0


def test_names_are_those_of_from_history() -> None:
    fx = forexhooks.open("ecb")
    history = fx.get_history("EUR", "USD", START, END)
    columns = ["on", "base", "quote", "value"]
    for exact in (True, False):
        ours = frames.rates(["USD"], START, END, base="EUR", driver=fx, fill=False, exact=exact)
        theirs = frames.from_history(history, exact=exact)
        assert list(ours.columns)[:4] == list(theirs.columns)[:4] == columns
        for name in columns:
            assert list(ours[name]) == list(theirs[name])
        assert isinstance(theirs["value"][0], Decimal if exact else float)
