"""A rate as JSON: all its digits, as strings, and where it comes from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from forexhooks.errors import RateError

if TYPE_CHECKING:
    from forexhooks.rates.rate import Rate


def _same(text: object) -> str:
    return str(text)


def rate_as_json(rate: Rate, said: Callable[[object], str] = _same) -> dict[str, object]:
    """The rate as `json.dumps` takes it.

    Args:
        rate: The rate.
        said: Puts what the library says, in `stale` and `failures`, into other words.

    Returns:
        Its fields; values are strings with all their digits, days as 2026-10-30.
    """
    try:
        bips: int | None = rate.bips
    except RateError:
        bips = None  # below half a basis point
    return {
        "base": rate.base,
        "quote": rate.quote,
        "value": f"{rate.value:f}",
        "bips": bips,
        "on": rate.on.isoformat(),
        "until": rate.until and rate.until.isoformat(),
        "requested": rate.requested and rate.requested.isoformat(),
        "driver": rate.driver,
        "series": rate.series,
        "kind": rate.kind,
        "unadjusted": None if rate.unadjusted is None else f"{rate.unadjusted:f}",
        "stale": rate.stale and said(rate.stale),
        "failures": [{"driver": name, "reason": said(error)} for name, error in rate.failures],
        "rule": rate.rule,
        "inputs": [
            {**each._asdict(), "first": f"{each.first}", "last": f"{each.last}"}
            for each in rate.inputs
        ],
        "legs": [
            {
                "on": leg.on.isoformat(),
                "until": leg.until and leg.until.isoformat(),
                "base": leg.base,
                "quote": leg.quote,
                "value": f"{leg.value:f}",
            }
            for leg in rate.legs
        ],
    }
