"""Dask: the rates go to each partition, which is converted as any frame of pandas is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals as nw

from forexhooks.frames.converter import converted, known_by
from forexhooks.frames.lazy.keys import COUNT, keys_of, looked_up

if TYPE_CHECKING:
    from forexhooks.frames.arguments import Asked
    from forexhooks.frames.lookup import Lookup


def convert_partitions(lookup: Lookup, frame: Any, columns: dict[str, Any], errors: str) -> Any:
    """The frame with its new column, computed partition by partition, wherever those are.

    A merge would lose the index, and dask's expressions are pandas' in any case.
    """
    meta = frame._meta  # noqa: SLF001 - as dask's guests do
    asked = lookup.asked(known_by(meta, eager_only=True).schema, columns)
    keys = keys_of(asked)
    if keys:
        found = frame.map_partitions(_occurring, asked.amount, keys).compute()
    else:
        found = _occurring(frame[[asked.amount]].head(1), asked.amount, keys)
    eager = nw.from_native(found.reset_index(drop=True), eager_only=True)
    _, calendar = looked_up(lookup, eager, asked, errors)
    frozen = lookup.frozen(calendar)
    meta = _convert(meta, asked, frozen, "null")
    return frame.map_partitions(_convert, asked, frozen, errors, meta=meta)


def _occurring(part: Any, amount: str, keys: list[str]) -> Any:
    """The keys of a partition, and how many amounts each has."""
    has_amount = part[amount].notna().astype("int64")
    if not keys:
        return has_amount.to_frame(COUNT)
    # Plain objects: groups of categories would come with all their combinations.
    plain = part[keys].astype(object).assign(**{COUNT: has_amount})
    counted = plain.groupby(keys, dropna=False, as_index=False)[COUNT].sum()
    # Of nothing but missing values it would be any type.
    kinds = part[keys].dtypes.items()
    return counted.astype(
        {name: object if str(kind) == "category" else kind for name, kind in kinds}
    )


def _convert(part: Any, asked: Asked, lookup: Lookup, errors: str) -> Any:
    eager = nw.from_native(part, eager_only=True)
    result, failures = converted(eager, asked, lookup, lambda native: native)
    if errors == "raise":
        failures.check(len(part))
    return result
