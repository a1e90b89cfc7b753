"""Dask: each partition is converted like any frame of pandas.

If a driver keeps a store and dask computes in this process, rates are looked up then. Otherwise
they are looked up beforehand, and sent to each partition.
"""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import narwhals as nw
import numpy as np
import pandas as pd

from forexhooks.frames.arguments import Constant
from forexhooks.frames.columns import Days, days_of, labels_of
from forexhooks.frames.converter import converted, converted_by
from forexhooks.frames.frame_columns import FrameColumns
from forexhooks.frames.lazy.keys import (
    COUNT,
    Extent,
    calendar_of,
    check_batch,
    keys_of,
    looked_up,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from forexhooks.frames.arguments import Arguments
    from forexhooks.frames.lookup import Frozen, Lookup


_EXTENT = ["bases", "quotes", "first", "last", "is_sound"]


class _Task:
    """A function of a partition and further arguments, with a name of its own.

    dask would otherwise derive a name from all arguments, whole calendars, for each expression.
    """

    def __init__(self, function: Callable[..., Any], *more: Any) -> None:
        self._function, self._more, self._token = function, more, uuid4().hex

    def __call__(self, part: Any) -> Any:
        return self._function(part, *self._more)

    def __dask_tokenize__(self) -> str:
        return self._token


class _Here(_Task):
    """Looks rates up in this process. Sent to another one, it becomes a task that has them."""

    def __init__(self, lookup: Lookup, frame: Any, asked: Arguments, errors: str) -> None:
        super().__init__(_looked_up, lookup, asked, errors)
        self._frame = frame

    @cached_property
    def _elsewhere(self) -> _Task:
        lookup, asked, errors = self._more
        task = _with_rates(lookup, self._frame, asked, errors)
        lookup.warn(4)  # who sends it
        return task

    def __reduce__(self) -> Any:
        return _itself, (self._elsewhere,)


def _itself(task: _Task) -> _Task:
    return task


def convert_partitions(lookup: Lookup, frame: Any, columns: dict[str, Any], errors: str) -> Any:
    """The frame with its new column, computed partition by partition, wherever they are.

    A merge would lose the index, and dask's expressions are pandas' in any case.
    """
    meta = frame._meta  # noqa: SLF001 - as dask's guests do; it has no rows
    asked = lookup.asked(FrameColumns(meta), columns)
    task: _Task
    if lookup.is_at_hand and _is_computed_here(frame):
        task = _Here(lookup, frame, asked, errors)
    else:
        task = _with_rates(lookup, frame, asked, errors)
    return frame.map_partitions(task, meta=task(meta))


def _is_computed_here(frame: Any) -> bool:
    """Whether dask computes a frame in this process, without workers of its own."""
    from dask import threaded
    from dask.base import get_scheduler
    from dask.local import get_sync

    return get_scheduler(collections=[frame]) in (threaded.get, get_sync)


def _with_rates(lookup: Lookup, frame: Any, asked: Arguments, errors: str) -> _Task:
    """A task with the rates of all rows, which are computed to find out which those are."""
    meta, keys = frame._meta, keys_of(asked)  # noqa: SLF001
    extents = _extent(meta, asked, lookup.terms.days)
    if keys:
        parts = frame[keys].map_partitions(_Task(_extent, asked, lookup.terms.days), meta=extents)
        extents = parts.compute()
    extent = _joined(asked, extents)
    calendar = None if extent is None else calendar_of(lookup, extent, errors)
    if calendar is None:
        if keys:
            found = frame.map_partitions(_Task(_occurring, asked.amount, keys)).compute()
        else:
            found = _occurring(frame[[asked.amount]].head(1), asked.amount, keys)
        eager = nw.from_native(found.reset_index(drop=True), eager_only=True)
        _, calendar = looked_up(lookup, eager, asked, errors)
    return _Task(_convert, lookup.frozen(asked, calendar), errors)


def _extent(part: Any, asked: Arguments, reader: Any) -> Any:
    """What the rows of a partition have in common, as a frame of one row."""
    known = FrameColumns(part)
    bases, quotes = (
        name.value if isinstance(name, Constant) else labels_of(known.column(name)).values
        for name in asked[1:3]
    )
    if isinstance(asked.on, Constant):
        days = Days.always(asked.on.value)
    else:
        days = days_of(asked.on, known.column(asked.on), reader)
    first, last = days.bounds or (None, None)
    labels = (*bases, *quotes)
    is_sound: bool | None = not days.has_problems and None not in labels
    if any(each is not None and type(each) is not str for each in labels):
        is_sound = None
    row = (bases, quotes, first, last, is_sound)
    return pd.DataFrame([row], columns=_EXTENT, dtype=object)


def _joined(asked: Arguments, parts: Any) -> Extent | None:
    """What the rows of all partitions have; None if labels are not strings, or there is no day."""
    if parts["is_sound"].isna().any() or parts["first"].isna().all():
        return None
    bases, quotes = (
        name.value if isinstance(name, Constant) else list(dict.fromkeys(chain(*parts[role])))
        for role, name in zip(("bases", "quotes"), asked[1:3], strict=True)
    )
    days = int(parts["first"].min()), int(parts["last"].max())
    return Extent((bases, quotes), days, bool(parts["is_sound"].all()))


def _occurring(part: Any, amount: str, keys: list[str]) -> Any:
    """The keys of a partition, each once, and how many amounts it has."""
    has_amount = part[amount].notna().to_numpy(bool)
    if not keys:
        return part[[]].assign(**{COUNT: has_amount.astype(np.int64)})
    code = np.zeros(len(part), np.int64)
    columns = FrameColumns(part[keys])
    for name in keys:
        labels = labels_of(columns.column(name))
        code = code * max(1, len(labels.values)) + labels.codes
        _, code = np.unique(code, return_inverse=True)
    _, first = np.unique(code, return_index=True)
    counts = np.bincount(code, has_amount).astype(np.int64)
    return part[keys].iloc[first].assign(**{COUNT: counts})


def _convert(part: Any, frozen: Frozen, errors: str) -> Any:
    result, failures = converted_by(frozen, part)
    if errors == "raise":
        check_batch(failures, len(part))
    return result


def _looked_up(part: Any, lookup: Lookup, asked: Arguments, errors: str) -> Any:
    result, failures = converted(FrameColumns(part), asked, lookup)
    if errors == "raise":
        check_batch(failures, len(part))
    if len(part):
        lookup.warn(3)
    return result
