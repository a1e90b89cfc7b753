"""Dask: the rates go to each partition, which is converted as any frame of pandas is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw
import numpy as np

from forexhooks.frames.asked import Asked
from forexhooks.frames.converter import converted
from forexhooks.frames.lazy import check_keys

if TYPE_CHECKING:
    from datetime import date

    from forexhooks.frames.lookup import Lookup

_COUNT = "__forexhooks_count"


def convert_partitions(
    lookup: Lookup,
    frame: Any,
    *,
    amount: str,
    currency: str,
    to: str,
    on: str | date,
    into: str | None,
    errors: str,
) -> Any:
    """The frame with its new column, computed partition by partition, wherever those are.

    A merge would lose the index, and dask's expressions are pandas' in any case.
    """
    asked = Asked.of(
        nw.from_native(frame._meta, eager_only=True).schema,  # noqa: SLF001 - as dask's guests do
        lookup.service,
        amount=amount,
        currency=currency,
        to=to,
        on=on,
        into=into,
    )
    keys = list(dict.fromkeys(each for each in asked[1:4] if isinstance(each, str)))
    if keys:
        occurring = frame.map_partitions(_occurring, amount, keys).compute()
    else:
        occurring = _occurring(frame[[amount]].head(1), amount, keys)
    eager = nw.from_native(occurring.reset_index(drop=True), eager_only=True)
    rows = lookup.rows(eager, asked)
    calendar = lookup.calendar(rows)
    if errors == "raise":
        units = np.array([unit is None for unit in lookup.units(calendar)])
        lacking = calendar.at[rows.index(slice(None))] == 0
        lacking |= units[rows.pair_rows(slice(None))]
        check_keys(occurring[_COUNT].to_numpy(), lacking, lookup, rows, calendar)
    frozen = lookup.frozen()
    meta = _convert(frame._meta, asked, frozen, "null")  # noqa: SLF001 - as dask's guests do
    return frame.map_partitions(_convert, asked, frozen, errors, meta=meta)


def _occurring(part: Any, amount: str, keys: list[str]) -> Any:
    """The keys of a partition, and how many amounts each has."""
    has_amount = part[amount].notna().astype("int64")
    if not keys:
        return has_amount.to_frame(_COUNT)
    # Plain objects: groups of categories would come with all their combinations.
    plain = part[keys].astype(object).assign(**{_COUNT: has_amount})
    return plain.groupby(keys, dropna=False, as_index=False)[_COUNT].sum()


def _convert(part: Any, asked: Asked, lookup: Lookup, errors: str) -> Any:
    eager = nw.from_native(part, eager_only=True)
    result, failures = converted(eager, asked, lookup, lambda native: native)
    if errors == "raise":
        failures.check(len(part))
    return result
