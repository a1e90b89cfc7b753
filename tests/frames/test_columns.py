"""What columns may be: of every kind of frame, sorted or not, in chunks, missing, or wrong."""

from __future__ import annotations

import math
import pickle
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import forexhooks
from forexhooks import ColumnError, ConversionError, CurrencyError, DateError, frames
from forexhooks.testing import FixedRates
from frame_rows import DAY, Row, one_by_one, plain

AMOUNTS = [10.01, 20.0, None, -30.55, 0.0, 10.01]
CODES = ["USD", "EUR", "JPY", "JPY", "USD", "USD"]
DAYS = [date(2026, 10, 30), date(2026, 10, 2), DAY, date(2026, 10, 30), DAY, date(2026, 10, 2)]
EXPECTED = [12.51, 20.0, None, -0.19, 0.0, 12.46]
ASKED: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": "on"}


@pytest.fixture
def fx() -> forexhooks.ForexService:
    manager = forexhooks.ForexManager()
    old, new = {"USD/EUR": "1.245", "EUR/JPY": "160"}, {"USD/EUR": "1.25", "EUR/JPY": "160.5"}
    manager.register(FixedRates({date(2026, 10, 1): old, DAY: new}))
    return forexhooks.open("fixed", manager=manager)


def table() -> pa.Table:
    return pa.table({"n": list(range(6)), "amount": AMOUNTS, "ccy": CODES, "on": DAYS})


def floats(column: Any) -> list[float | None]:
    values = column.to_pylist() if hasattr(column, "to_pylist") else column.to_list()
    return [None if plain(each) is None else float(each) for each in values]


def arrow_kinds() -> dict[str, pa.Table]:
    whole = table()
    chunked = pa.concat_tables([whole.slice(0, 2), whole.slice(2, 0), whole.slice(2)])
    index = whole.schema.get_field_index("ccy")
    kinds = {
        "plain": whole,
        "chunked": chunked,
        "sliced": pa.concat_tables([whole] * 3).slice(6, 6),
    }
    for name, kind in {
        "large": pa.large_string(),
        "view": pa.string_view(),
        "dictionary": pa.dictionary(pa.int8(), pa.string()),
    }.items():
        kinds[name] = whole.set_column(index, "ccy", whole["ccy"].cast(kind))
    lower = pa.array([code.lower() for code in CODES])
    kinds["lower"] = whole.set_column(index, "ccy", lower)
    for name, kind in {
        "text": pa.string(),
        "moment": pa.timestamp("ms"),
        "date64": pa.date64(),
    }.items():
        kinds[name] = whole.set_column(3, "on", whole["on"].cast(kind))
    return kinds


@pytest.mark.parametrize("kind", arrow_kinds())
def test_arrow(kind: str, fx: forexhooks.ForexService) -> None:
    frame = arrow_kinds()[kind]
    result = frames.convert(frame, **ASKED, driver=fx)
    assert isinstance(result, pa.Table)
    assert result["amount_EUR"].to_pylist() == EXPECTED
    assert result.drop_columns(["amount_EUR"]) == frame


def test_a_record_batch_comes_back_as_one(fx: forexhooks.ForexService) -> None:
    batch = table().to_batches()[0]
    result = frames.convert(batch, **ASKED, driver=fx)
    assert isinstance(result, pa.RecordBatch)
    assert result["amount_EUR"].to_pylist() == EXPECTED
    empty = frames.convert(batch.slice(0, 0), **ASKED, driver=fx)
    assert isinstance(empty, pa.RecordBatch)
    assert (empty.num_rows, empty.schema) == (0, result.schema)


def polars_kinds() -> dict[str, pl.DataFrame]:
    whole = pl.DataFrame(pl.from_arrow(table()))
    ccy, on = pl.col("ccy"), pl.col("on")
    return {
        "plain": whole,
        "chunked": pl.concat([whole[:3], whole[3:]], rechunk=False),
        "categorical": whole.with_columns(ccy.cast(pl.Categorical)),
        "enum": whole.with_columns(ccy.cast(pl.Enum(["XXX", "JPY", "EUR", "USD"]))),
        "text": whole.with_columns(on.cast(pl.String)),
        "moment": whole.with_columns(on.cast(pl.Datetime("ns")) + pl.duration(hours=23)),
        "float32": whole.with_columns(pl.col("amount").cast(pl.Float32)),
    }


@pytest.mark.parametrize("kind", polars_kinds())
def test_polars(kind: str, fx: forexhooks.ForexService) -> None:
    frame = polars_kinds()[kind]
    result = frames.convert(frame, **ASKED, driver=fx)
    assert isinstance(result, pl.DataFrame)
    assert result["amount_EUR"].to_list() == EXPECTED
    assert result.drop("amount_EUR").equals(frame)


def pandas_kinds() -> dict[str, pd.DataFrame]:
    whole = table().to_pandas().set_index(pd.Index([9, 9, 3, 2, 1, 0], name="key"))
    return {
        "plain": whole,
        "objects": whole.assign(ccy=whole["ccy"].astype(object)),
        "category": whole.assign(ccy=whole["ccy"].astype("category")),
        "moment": whole.assign(on=pd.to_datetime(whole["on"])),
        "text": whole.assign(on=[each.isoformat() for each in DAYS]),
        "nullable": whole.assign(amount=whole["amount"].astype("Float64")),
        "arrow": whole.convert_dtypes(dtype_backend="pyarrow"),
        "mixed": whole.assign(on=[*DAYS[:5], "2026-10-02"]),
    }


@pytest.mark.parametrize("kind", pandas_kinds())
def test_pandas(kind: str, fx: forexhooks.ForexService) -> None:
    frame = pandas_kinds()[kind]
    before = frame.copy()
    result = frames.convert(frame, **ASKED, driver=fx)
    assert floats(result["amount_EUR"]) == EXPECTED
    assert result.index.equals(frame.index)
    pd.testing.assert_frame_equal(result.drop(columns="amount_EUR"), before)
    pd.testing.assert_frame_equal(frame, before)
    wanted = {"nullable": "Float64", "arrow": "double[pyarrow]"}.get(kind, "float64")
    assert str(result["amount_EUR"].dtype) == wanted


@pytest.mark.parametrize(
    "amounts",
    [
        [1, 2, None, -3],
        [Decimal("1.005"), Decimal(2), None, Decimal("-3.0000")],
        ["1.005", " 2 ", None, "-3"],
    ],
    ids=["integers", "decimals", "texts"],
)
@pytest.mark.parametrize("kind", [pa.table, pl.DataFrame, pd.DataFrame])
def test_integers_decimals_and_texts(amounts: Any, kind: Any, fx: forexhooks.ForexService) -> None:
    frame = kind({"amount": amounts})
    asked: dict[str, Any] = {"amount": "amount", "currency": "USD", "to": "EUR", "on": DAY}
    result = frames.convert(frame, **asked, driver=fx)["amount_EUR"]
    values = result.to_pylist() if kind is pa.table else result.to_list()
    expected = [
        None if each is None else fx.convert(str(each).strip(), "USD", "EUR", DAY)
        for each in amounts
    ]
    assert [plain(each) for each in values] == [
        each if each is None or not isinstance(amounts[0], int) else float(each)
        for each in expected
    ]


def test_an_empty_frame_stays_empty(fx: forexhooks.ForexService) -> None:
    for frame in (
        table().slice(0, 0),
        pl.DataFrame(pl.from_arrow(table()))[:0],
        table().to_pandas()[:0],
    ):
        assert len(frames.convert(frame, **ASKED, driver=fx)["amount_EUR"]) == 0


def test_currencies_and_days_that_are_missing_or_wrong(fx: forexhooks.ForexService) -> None:
    frame = pl.DataFrame(
        {
            "amount": [1.0] * 6 + [None],
            "ccy": ["USD", None, "USDX", "USD", "USD", "USD", None],
            "on": [
                "2026-10-30",
                "2026-10-30",
                "2026-10-30",
                None,
                "30.10.2026",
                "1998-01-01",
                None,
            ],
        }
    )
    converted, failures = frames.Converter(fx).convert(frame, **ASKED)
    assert converted["amount_EUR"].to_list() == [1.25] + [None] * 6
    said = {row: (type(error), str(error)) for row, error in failures}
    assert {row: kind for row, (kind, _) in said.items()} == {
        1: CurrencyError,
        2: CurrencyError,
        3: DateError,
        4: DateError,
        5: forexhooks.RateUnavailableError,
    }
    assert "missing" in said[1][1] and "missing" in said[3][1]
    assert "days='%d.%m.%Y'" in said[4][1]


def test_amounts_that_are_none(fx: forexhooks.ForexService) -> None:
    asked: dict[str, Any] = {"amount": "amount", "currency": "USD", "to": "EUR", "on": DAY}
    for frame in (
        pl.DataFrame({"amount": [1.0, math.nan, math.inf, 1e30]}),
        pa.table({"amount": ["1", "x", "inf", "1e30"]}),
    ):
        converted, failures = frames.Converter(fx).convert(frame, **asked)
        assert floats(converted["amount_EUR"]) == [1.25, None, None, None]
        assert [row for row, error in failures if isinstance(error, forexhooks.AmountError)] == [
            1,
            2,
            3,
        ]


def test_moments_with_a_zone_need_a_zone() -> None:
    manager = forexhooks.ForexManager()
    manager.register(FixedRates({DAY: {"USD/EUR": "1.25"}, DAY - timedelta(1): {"USD/EUR": "2"}}))
    fx = forexhooks.open("fixed", manager=manager)
    moments = [datetime(2026, 10, 29, 23, 30, tzinfo=UTC), datetime(2026, 10, 30, 12, tzinfo=UTC)]
    asked: dict[str, Any] = {"amount": "amount", "currency": "USD", "to": "EUR", "on": "on"}
    for kind in (pa.table, pl.DataFrame, pd.DataFrame):
        frame = kind({"amount": [1.0, 1.0], "on": moments})
        with pytest.raises(ColumnError, match=r"moments in UTC.*give zone="):
            frames.convert(frame, **asked, driver=fx)
        there = frames.convert(frame, **asked, driver=fx, zone="Europe/Berlin")
        assert floats(there["amount_EUR"]) == [1.25, 1.25]
        assert floats(frames.convert(frame, **asked, driver=fx, zone="UTC")["amount_EUR"]) == [
            2.0,
            1.25,
        ]
        with pytest.raises(ColumnError, match="Nowhere/Land"):
            frames.convert(frame, **asked, driver=fx, zone="Nowhere/Land")


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"amount": "amont"}, ColumnError, r"no column 'amont'.*did you mean 'amount'"),
        ({"amount": "ccy"}, ConversionError, "not a number"),
        ({"amount": "on"}, ColumnError, "an amount is a number"),
        ({"currency": "cyc"}, ColumnError, r"neither a column of codes \(did you mean 'ccy'"),
        ({"currency": "n"}, ColumnError, "the column currency='n' is of Int64: a code is a string"),
        ({"to": "XYZ"}, ColumnError, "nor a currency"),
        ({"on": "day"}, ColumnError, "neither a column nor a day"),
        ({"on": "2026-13-01"}, DateError, "write it like"),
        ({"on": datetime(2026, 10, 30, tzinfo=UTC)}, DateError, "moment .* has a zone: give zone="),
        ({"on": pd.NaT}, DateError, "NaT is not a day"),
        ({"on": np.datetime64("2026-10")}, DateError, "is not a day"),
        ({"on": 20261030}, DateError, "20261030 is not a day"),
        ({"amount": 0}, ColumnError, "amount=0 is not a string: name a column"),
        ({"currency": ["ccy"]}, ColumnError, "is not a string: name a column or a currency"),
        ({"to": None}, ColumnError, "to=None is not a string"),
        ({"zone": 5}, ColumnError, "zone=5 is not a time zone"),
        ({"zone": "Mars/Base"}, ColumnError, "is not a time zone: give one like"),
        ({"driver": 5}, forexhooks.UnknownDriverError, "name of a driver must be a string"),
        ({"on": "n"}, ColumnError, "a day is a date"),
        ({"into": ""}, ColumnError, "name of the new column"),
        ({"max_gap": -1}, DateError, "max_gap"),
        ({"places": 99}, ColumnError, "places"),
        ({"errors": "ignore"}, ColumnError, "'raise' or 'null'"),
        ({"driver": "nobody"}, forexhooks.UnknownDriverError, "nobody"),
    ],
)
def test_what_is_wrong_is_said(
    change: dict[str, Any], error: type[Exception], said: str, fx: forexhooks.ForexService
) -> None:
    with pytest.raises(error, match=said):
        frames.convert(table(), **{**ASKED, "driver": fx, **change})


@pytest.mark.parametrize(
    "on",
    [
        pd.Timestamp("2026-10-30 23:00"),
        np.datetime64("2026-10-30"),
        np.datetime64("2026-10-30T12:00"),
        datetime(2026, 10, 30, 23),  # noqa: DTZ001
        datetime(2026, 10, 29, 23, tzinfo=UTC),
    ],
)
def test_one_day_for_all_may_be_a_moment(on: Any, fx: forexhooks.ForexService) -> None:
    frame = pd.DataFrame({"amount": [1.0], "ccy": ["USD"]})
    result = frames.convert(frame, **{**ASKED, "on": on}, driver=fx, zone="Europe/Berlin")
    assert result["amount_EUR"].tolist() == [1.25]


@pytest.mark.parametrize("column", ["ccy", "on"])
@pytest.mark.parametrize(
    "values", [pd.period_range("2026-10-30", periods=1, freq="D"), [["USD"]], [{"code": "USD"}]]
)
def test_columns_of_something_else_are_refused(column: str, values: Any) -> None:
    frame = pd.DataFrame({"amount": [1.0], "ccy": ["USD"], "on": [date(2026, 10, 30)]})
    frame[column] = values
    with pytest.raises((ColumnError, ConversionError), match=f"'{column}'"):
        frames.convert(frame, **ASKED, driver="ecb")


def test_columns_that_are_not_named_by_texts() -> None:
    frame = pd.DataFrame([[1.0, "USD"]])
    with pytest.raises(ColumnError, match=r"rename columns .*; the columns are 0, 1"):
        frames.convert(frame, **{**ASKED, "amount": 0})
    frame.columns = pd.MultiIndex.from_tuples([("paid", "amount"), ("paid", "ccy")])
    with pytest.raises(ColumnError, match="no column 'amount'"):
        frames.convert(frame, **ASKED)


def test_what_is_no_frame_is_refused(fx: forexhooks.ForexService) -> None:
    with pytest.raises(ColumnError, match="a list cannot be converted: give a frame of"):
        frames.convert([1.0], **ASKED, driver=fx)


def test_names_of_columns(fx: forexhooks.ForexService) -> None:
    frame = pl.DataFrame({"amount": [1.0], "EUR": [5], "amount_EUR": [7]})
    asked: dict[str, Any] = {"amount": "amount", "currency": "USD", "to": "EUR", "on": "2026-10-30"}
    with pytest.raises(ColumnError, match=r"a column 'amount_EUR' already.*into="):
        frames.convert(frame, **asked, driver=fx)
    assert frames.convert(frame, **asked, driver=fx, into="EUR")["EUR"].to_list() == [1.25]
    over = frames.convert(frame, **asked, driver=fx, into="amount")
    assert over["amount"].to_list() == [1.25]


def test_everything_the_same_for_all_rows(fx: forexhooks.ForexService) -> None:
    frame = pl.DataFrame({"amount": np.arange(5.0)})
    asked: dict[str, Any] = {"amount": "amount", "currency": "USD", "to": "EUR", "on": DAY}
    result = frames.convert(frame, **asked, driver=fx)
    assert result["amount_EUR"].to_list() == [0.0, 1.25, 2.5, 3.75, 5.0]


def test_two_columns_of_one_name_are_refused() -> None:
    frame = pd.DataFrame([[1.0, 2.0, "USD"]], columns=["amount", "amount", "ccy"])
    with pytest.raises(ColumnError, match=r"several columns of one name.*amount"):
        frames.convert(frame, amount="amount", currency="ccy", to="EUR", on="2026-10-30")


@pytest.mark.parametrize(
    "amount", ["1e-9999999", "1e-999999999", "0e-999999999", "0e999999999", "-1e-99999"]
)
@pytest.mark.parametrize("exact", [True, False])
def test_texts_with_exponents_that_no_amount_has(amount: str, exact: bool) -> None:
    frame = pd.DataFrame({"amount": [amount, Decimal(1)], "ccy": "USD", "on": "2026-10-30"})
    result = frames.convert(frame, **ASKED, driver="ecb", exact=exact)["amount_EUR"]
    assert result[0] == 0


PLAIN = st.decimals(-(10**8), 10**8, places=2).map(str)
ODD = st.sampled_from([" 1.5 ", "+3", "1e3", ".5", "5.", "1_000", "", "x", "1,5", "nan", "1" * 29])
LONG = st.decimals(allow_nan=False, allow_infinity=False).map(str)


@given(st.lists(PLAIN | ODD | LONG | st.none(), max_size=8))
def test_texts_are_read_as_convert_reads_them(texts: list[str | None]) -> None:
    frame = pa.table({"amount": pa.array(texts, pa.string())})
    asked = {"amount": "amount", "currency": "USD", "to": "JPY", "on": DAY}
    done, failures = frames.Converter("ecb").convert(frame, **asked)  # type: ignore[arg-type]
    fx = forexhooks.open("ecb")
    rows = [Row(text and text.strip(), "USD", "JPY", DAY) for text in texts]
    expected = list(one_by_one(fx, rows))
    wrong = [row for row, each in enumerate(expected) if isinstance(each, forexhooks.ForexError)]
    assert failures.rows.tolist() == wrong
    assert [str(error) for _, error in failures] == [str(expected[row]) for row in wrong]
    for row in wrong:
        expected[row] = None
    assert done["amount_JPY"].to_pylist() == expected


def test_columns_where_all_is_missing(fx: forexhooks.ForexService) -> None:
    frame = pd.DataFrame({"amount": [1.5], "ccy": [np.nan], "on": [np.nan]})
    converter = frames.Converter(fx)
    for known, said in (({"on": DAY}, "the currency is missing"), ({"ccy": "USD"}, "the day is")):
        done, failures = converter.convert(frame.assign(**known), **ASKED)
        assert done["amount_EUR"].isna().all()
        ((row, error),) = failures
        assert row == 0
        assert said in str(error)
    nothing = pd.DataFrame({"amount": [], "ccy": [], "on": []})
    assert list(frames.convert(nothing, **ASKED, driver=fx)["amount_EUR"]) == []
    with pytest.raises(ColumnError, match="'on' is of Float64: a day is a date"):
        converter.convert(frame.assign(on=20261030.0), **ASKED)


def test_failures_are_a_sequence_that_may_travel(fx: forexhooks.ForexService) -> None:
    frame = pd.DataFrame({"amount": [1, 2, 3], "ccy": ["USD", "XYZ", "ZZZ"], "on": [DAY] * 3})
    failures = frames.Converter(fx).convert(frame, **ASKED).failures
    again = pickle.loads(pickle.dumps(failures))  # noqa: S301
    for each in (failures, again):
        assert [row for row, _ in each] == [1, 2]
        assert str(each[-1][1]).startswith("unknown currency 'ZZZ'")
    assert list(map(str, again)) == list(map(str, failures))


def test_many_wrong_codes_are_told_apart(fx: forexhooks.ForexService) -> None:
    codes = [f"id-{number:07}" for number in range(3000)]
    frame = pl.DataFrame({"amount": [1.0] * 3000, "ccy": codes, "on": [DAY] * 3000})
    failures = frames.Converter(fx).convert(frame, **ASKED).failures
    assert len(failures) == 3000
    assert "'id-0002999'" in str(failures[2999][1])


@pytest.mark.parametrize("amount", [Decimal("sNaN"), "１２", "1_000", "2026-W44-5"])  # noqa: RUF001
def test_what_only_python_takes_for_a_number(amount: Any, fx: forexhooks.ForexService) -> None:
    frame = pd.DataFrame({"amount": [amount], "ccy": "USD", "on": DAY})
    with pytest.raises(ConversionError, match=r"is not a (finite )?number"):
        frames.convert(frame, **ASKED, driver=fx)
    with pytest.raises(ConversionError, match="'2026-W44-5' is not a day"):
        frames.convert(frame.assign(amount=1, on="2026-W44-5"), **ASKED, driver=fx)
