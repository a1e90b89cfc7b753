"""Rows to convert, and what `ForexService.convert` says of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

import forexhooks
from forexhooks.frames.arrays import is_missing

DAY = date(2026, 10, 30)


class Row(NamedTuple):
    amount: Any
    currency: Any
    to: Any
    on: Any


def random_rows(count: int, seed: int = 7) -> dict[str, np.ndarray[Any, Any]]:
    """Cents of every currency that the ECB has ever had, and of one it has not, on any day."""
    random = np.random.default_rng(seed)
    codes = np.array([*sorted(forexhooks.open("ecb").currencies()), "XYZ", "KWD"])
    first = np.datetime64("1998-12-20")
    days = int((np.datetime64(DAY) - first).astype(int)) + 1
    return {
        "amount": np.round(random.normal(0, 10_000, count), 2),
        "ccy": codes[random.integers(0, len(codes), count)],
        "to": np.array(["EUR", "USD", "JPY", "IDR", "GBP"])[random.integers(0, 5, count)],
        "on": first + random.integers(0, days, count).astype("m8[D]"),
    }


def one_by_one(fx: forexhooks.ForexService, rows: Sequence[Row], **options: Any) -> Iterator[Any]:
    """The result of each row as a Decimal, None for none, or the error."""
    for amount, currency, to, on in rows:
        if amount is None:
            yield None
            continue
        try:
            yield fx.convert(amount, currency, to, on, **options)
        except forexhooks.ForexError as error:
            yield error


def rows_of(columns: dict[str, np.ndarray[Any, Any]], to: str | None = None) -> list[Row]:
    targets = columns["to"].tolist() if to is None else [to] * len(columns["ccy"])
    lists = columns["amount"].tolist(), columns["ccy"].tolist(), targets, columns["on"].tolist()
    return [Row(*each) for each in zip(*lists, strict=True)]


def plain(value: Any) -> Any:
    """Missing in any frame is None, and a Decimal counts by its value."""
    if is_missing(value):
        return None
    return Decimal(value) if isinstance(value, int) else value
