"""A history as a frame."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from forexhooks.errors import ColumnError, did_you_mean
from forexhooks.rates.decimals import ONE, round_quotient
from forexhooks.support.optional import imported
from forexhooks.rates.rate import Rate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A row for a frame without any, which goes again: so it has its types too.
_NONE = Rate("XXX", "XXX", ONE, date(2000, 1, 1), "")
_BACKENDS = ("pandas", "polars", "pyarrow", "modin", "cudf", "duckdb")
_DIGITS = 38  # of a decimal128, which is what Arrow, polars and Parquet share


def from_history(history: Iterable[Rate], backend: str = "pandas") -> Any:
    """Make a frame of a history: `on`, `base`, `quote`, `value`, `driver` and `kind` of each rate.

    `backend` is one of narwhals' names: `pandas`, `polars`, `pyarrow`, `modin`, `cudf`, `duckdb`.
    The native frame comes back. `on` is a date, in
    pandas a datetime64.

    Values are exact decimals, never floats: in pandas a column of `Decimal`; elsewhere a
    decimal128 with as many decimal places as occur, which all have. Where its 38 digits do not
    suffice, because a history has both very large and very small values, they are rounded half-even
    to as many places as do.

    Raises `MissingExtraError` where narwhals or the backend is not installed, `ColumnError` for
    another backend.
    """
    nw = imported("narwhals", "'forexhooks[frames]'")
    if not isinstance(backend, str) or backend not in _BACKENDS:
        raise ColumnError(
            f"no frame of {backend!r} can be made{did_you_mean(f'{backend}', _BACKENDS)}: the "
            f"backends are {', '.join(_BACKENDS)}"
        )
    chosen = nw.Implementation.from_backend(backend)
    is_eager = not chosen.is_duckdb()
    imported(backend, backend)
    held = list(history)
    for each in held:
        if not isinstance(each, Rate):
            raise ColumnError(f"a history has rates, and not {each!r}: get_history gives one")
    rates = held or [_NONE]
    columns: dict[str, list[Any]] = {
        "on": [rate.on for rate in rates],
        "base": [rate.base for rate in rates],
        "quote": [rate.quote for rate in rates],
        "value": [rate.value for rate in rates],
        "driver": [rate.driver for rate in rates],
        "kind": [rate.kind for rate in rates],
    }
    if chosen.is_pandas_like():
        columns["on"] = [datetime.combine(day, time()) for day in columns["on"]]
    else:
        columns["value"] = _of_one_scale(columns["value"])
    frame = nw.from_dict(columns, backend=chosen if is_eager else "pyarrow").head(len(held))
    return (frame if is_eager else frame.lazy(backend=chosen)).to_native()


def _of_one_scale(values: Sequence[Decimal]) -> list[Decimal]:
    """The values with as many decimal places as any has, or as a decimal128 has room for."""
    places = max(0, *(-_exponent(value) for value in values))
    before_the_point = max(1, *(value.adjusted() + 1 for value in values))
    places = min(places, _DIGITS - before_the_point)
    return [round_quotient(value, ONE, places) for value in values]


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)  # noqa: S101 - rates are finite
    return exponent
