from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import forexhooks
from forexhooks import History, Rate
from forexhooks.frames import from_history

BACKENDS = ("pandas", "polars", "pyarrow")
COLUMNS = ["on", "base", "quote", "value", "driver", "kind"]
START = date(2026, 10, 26)

columns_of: dict[str, Callable[[Any], list[str]]] = {
    "pandas": lambda frame: list(frame.columns),
    "polars": lambda frame: list(frame.columns),
    "pyarrow": lambda frame: list(frame.column_names),
}


def values(frame: Any, column: str) -> list[Any]:
    found = frame[column]
    return list(found.to_pylist() if hasattr(found, "to_pylist") else found.to_list())


def history_of(*given: Decimal) -> History:
    rates = [
        Rate("USD", "CAD", value, START + timedelta(place), "acme")
        for place, value in enumerate(given)
    ]
    return History(rates, base="USD", quote="CAD", driver="acme")


@pytest.fixture(scope="module")
def usd_cad() -> History:
    fx = forexhooks.open("ecb")
    history = fx.get_history("USD", "CAD", date(2026, 10, 1), date(2026, 10, 30))
    assert isinstance(history, History)
    return history


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_frame_has_what_the_rates_have(usd_cad: History, backend: str) -> None:
    frame = from_history(usd_cad, backend)
    assert type(frame).__module__.partition(".")[0] == backend
    assert columns_of[backend](frame) == COLUMNS
    for column in COLUMNS[1:]:
        assert values(frame, column) == [getattr(rate, column) for rate in usd_cad]
    days = [day.date() if isinstance(day, datetime) else day for day in values(frame, "on")]
    assert days == [rate.on for rate in usd_cad]
    assert all(isinstance(value, Decimal) for value in values(frame, "value"))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_frame_without_rows_has_the_same_types(usd_cad: History, backend: str) -> None:
    frame, empty = (from_history(each, backend) for each in (usd_cad, usd_cad[:0]))
    assert len(empty) == 0 and columns_of[backend](empty) == COLUMNS
    for column in set(COLUMNS) - {"value"}:
        types = [
            each.schema.field(column).type if backend == "pyarrow" else each[column].dtype
            for each in (frame, empty)
        ]
        assert types[0] == types[1]
    if backend == "polars":
        assert str(empty["value"].dtype).startswith("Decimal")


def test_it_is_pandas_unless_told_otherwise(usd_cad: History) -> None:
    frame = from_history(usd_cad)
    assert frame.set_index("on").loc["2026-10-30", "value"] == usd_cad[-1].value
    assert frame["on"].dt.month.tolist() == [10] * len(usd_cad)


def test_any_rates_will_do(usd_cad: History) -> None:
    assert len(from_history(rate for rate in usd_cad)) == len(usd_cad)
    assert len(from_history([*usd_cad, *usd_cad], "polars")) == 2 * len(usd_cad)


# What one column of 38 digits has room for: before the point, and after it.
fitting = st.decimals("0.0001", "99999999", allow_nan=False, places=25)


@given(st.lists(fitting, min_size=1, max_size=20), st.sampled_from(BACKENDS))
def test_values_are_exact(given: list[Decimal], backend: str) -> None:
    assert values(from_history(history_of(*given), backend), "value") == given


@given(st.integers(1, 30), st.integers(1, 45), st.sampled_from(["polars", "pyarrow"]))
def test_what_38_digits_have_no_room_for_is_rounded_and_never_lost(
    large: int, small: int, backend: str
) -> None:
    given = [Decimal(10) ** large + Decimal("0.5"), Decimal((0, (1, 5), -small))]
    found = values(from_history(history_of(*given), backend), "value")
    places = max(0, 38 - (large + 1))
    for was, value in zip(given, found, strict=True):
        assert abs(value - was) <= Decimal((0, (5,), -places - 1))


def test_pandas_keeps_all_digits() -> None:
    given = [Decimal(10) ** 20, Decimal("1e-40")]
    assert values(from_history(history_of(*given)), "value") == given


def test_arrow_has_decimal128_for_all_there_is() -> None:
    fx = forexhooks.open("ecb")
    long = fx.get_history("TRL", "USD", date(1999, 1, 1), date(2001, 12, 31))
    kind = from_history(long, "pyarrow").schema.field("value").type
    assert str(kind).startswith("decimal128(")


@pytest.mark.parametrize("backend", ["numpie", "dask", "pandaz", "", 7, None])
def test_another_backend_is_refused(usd_cad: History, backend: Any) -> None:
    with pytest.raises(forexhooks.ColumnError, match=f"no frame of {backend!r}.*pandas, polars"):
        from_history(usd_cad, backend)


def test_duckdb(usd_cad: History) -> None:
    found = from_history(usd_cad, "duckdb")
    assert found.columns == COLUMNS
    assert [row[3] for row in found.order('"on"').fetchall()] == [rate.value for rate in usd_cad]


@pytest.mark.parametrize(
    ("missing", "backend", "install"),
    [("narwhals", "pandas", "'forexhooks[frames]'"), ("polars", "polars", "polars")],
)
def test_what_is_missing_is_named(
    usd_cad: History, monkeypatch: pytest.MonkeyPatch, missing: str, backend: str, install: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(forexhooks.MissingExtraError, match="pip install") as caught:
        from_history(usd_cad, backend)
    assert str(caught.value).endswith(f"pip install {install}")
    assert isinstance(caught.value, ImportError)
