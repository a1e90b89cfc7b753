"""Dask: the rates go to each partition, which is converted as any frame of pandas is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from forexhooks.frames.arguments import FrameColumns
from forexhooks.frames.columns import labels_of
from forexhooks.frames.converter import converted_by, known_by
from forexhooks.frames.lazy.keys import COUNT, keys_of, looked_up

if TYPE_CHECKING:
    from forexhooks.frames.lookup import Frozen, Lookup


def convert_partitions(lookup: Lookup, frame: Any, columns: dict[str, Any], errors: str) -> Any:
    """The frame with its new column, computed partition by partition, wherever those are.

    A merge would lose the index, and dask's expressions are pandas' in any case.
    """
    meta = frame._meta  # noqa: SLF001 - as dask's guests do
    asked = lookup.asked(FrameColumns(known_by(meta)), columns)
    keys = keys_of(asked)
    if keys:
        found = frame.map_partitions(_occurring, asked.amount, keys).compute()
    else:
        found = _occurring(frame[[asked.amount]].head(1), asked.amount, keys)
    eager = nw.from_native(found.reset_index(drop=True), eager_only=True)
    _, calendar = looked_up(lookup, eager, asked, errors)
    frozen = lookup.frozen(asked, calendar)
    meta = _convert(meta, frozen, "null")
    return frame.map_partitions(_convert, frozen, errors, meta=meta)


def _occurring(part: Any, amount: str, keys: list[str]) -> Any:
    """The keys of a partition, each once, and how many amounts it has."""
    has_amount = part[amount].notna().to_numpy(bool)
    if not keys:
        return part[[]].assign(**{COUNT: has_amount.astype(np.int64)})
    code = np.zeros(len(part), np.int64)
    for name in keys:
        labels = labels_of(nw.from_native(part[name], series_only=True))
        code = code * max(1, len(labels.values)) + labels.codes
        _, code = np.unique(code, return_inverse=True)
    _, first = np.unique(code, return_index=True)
    counts = np.bincount(code, has_amount).astype(np.int64)
    return part[keys].iloc[first].assign(**{COUNT: counts})


def _convert(part: Any, frozen: Frozen, errors: str) -> Any:
    result, failures = converted_by(frozen, part)
    if errors == "raise":
        failures.check(len(part))
    return result
