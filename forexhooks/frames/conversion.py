"""convert(): one call for any frame."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from forexhooks.errors import ColumnError
from forexhooks.frames.converter import Converter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from forexhooks.asking import ForexService
    from forexhooks.progress import Progress

Frame = TypeVar("Frame")


def convert(
    frame: Frame,
    *,
    amount: str,
    currency: str,
    to: str,
    on: str | date,
    into: str | None = None,
    driver: str | Sequence[str] | ForexService | None = None,
    exact: bool = True,
    max_gap: int | None = None,
    errors: Literal["raise", "null"] = "raise",
    places: int | None = None,
    zone: str | None = None,
    progress: Progress | None = None,
) -> Frame:
    """Convert a column of amounts, each into another currency, as of its day."""
    if errors not in ("raise", "null"):
        raise ColumnError(f"errors is 'raise' or 'null', not {errors!r}")
    converter = Converter(
        driver, exact=exact, max_gap=max_gap, places=places, zone=zone, progress=progress
    )
    result, failures = converter.convert(
        frame, amount=amount, currency=currency, to=to, on=on, into=into
    )
    if errors == "raise":
        failures.check(len(result))
    return result  # type: ignore[no-any-return]
