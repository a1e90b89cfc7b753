"""Long columns of codes: each row keeps its own, whatever its letters are."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forexhooks.currencies import CODES as CODES_OF_ISO
from forexhooks.frames.columns import labels_of
from forexhooks.frames.frame_columns import FrameColumns

ROWS = 5_000
CODES = [f"{a}{b}{c}" for a in "ABCDEFGH" for b in "KLMNOPQRST" for c in "UVWXYZ"]
ODD = ["abc", "€", "ß1", "1.5", "\0\0\1", "US", "USDT", "", " US", "a longer label than a view has"]


def kinds(texts: list[str]) -> dict[str, Any]:
    arrow = pa.array(["ab", *texts, "c"])
    return {
        "string": pa.chunked_array([pa.array(texts)]),
        "slice": pa.chunked_array([arrow[1:-1]]),
        "large": pa.chunked_array([pa.array(texts, pa.large_string())]),
        "chunks": pa.chunked_array([texts[:3_500], texts[3_500:]], pa.string()),
        "view": pl.Series(texts),
    }


def read(column: Any) -> list[str]:
    frame = pl.DataFrame if isinstance(column, pl.Series) else pa.table
    codes, values = labels_of(FrameColumns(frame({"ccy": column})).column("ccy"))
    return [values[code] for code in codes.tolist()]


@pytest.mark.parametrize("count", [1, 12, 100, 480])
def test_any_number_of_codes(count: int) -> None:
    random = np.random.default_rng(count)
    texts = np.array(CODES)[random.integers(0, count, ROWS)].tolist()
    for kind, column in kinds(texts).items():
        assert read(column) == texts, kind


@settings(max_examples=15)
@given(st.lists(st.sampled_from([*CODES[:4], *ODD]), min_size=1, max_size=9), st.integers(0, ROWS))
def test_any_letters(some: list[str], first: int) -> None:
    texts = ["USD"] * first + (some * ROWS)[: ROWS - first]
    for kind, column in kinds(texts).items():
        assert read(column) == texts, kind


@settings(max_examples=30)
@example([""])
@given(st.lists(st.sampled_from([*sorted(CODES_OF_ISO), *ODD]), min_size=1, max_size=300))
def test_few_rows(texts: list[str]) -> None:
    for kind, column in kinds(texts).items():
        assert read(column) == texts, kind


def test_few_rows_of_published_codes_in_any_order() -> None:
    texts = sorted(CODES_OF_ISO, key=lambda code: code[::-1])
    for kind, column in kinds(texts).items():
        assert read(column) == texts, kind


def test_codes_that_are_all_different() -> None:
    texts = [f"{number:03}"[-3:] for number in range(ROWS)]
    for kind, column in kinds(texts).items():
        assert read(column) == texts, kind
