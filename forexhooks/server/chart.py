"""A chart of a history, drawn as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from forexhooks.rates.decimals import shown

if TYPE_CHECKING:
    from forexhooks import Rate

WIDTH, HEIGHT = 640, 200
_LEFT, _BOTTOM, _TOP = 8, 28, 16
_MOST_POINTS = 800


def drawn(rates: Sequence[Rate]) -> str:
    """The chart of a history as an SVG element; empty if it has fewer than two rates.

    It uses the page's colours: the line is `currentColor`.
    """
    if len(rates) < 2:
        return ""
    step = -(-len(rates) // _MOST_POINTS)
    points = [(rate.on.toordinal(), float(rate.value)) for rate in (*rates[::step], rates[-1])]
    days, values = zip(*points, strict=True)
    low, high = min(values), max(values)
    across, up = days[-1] - days[0] or 1, high - low or 1

    def at(day: int, value: float) -> str:
        x = _LEFT + (WIDTH - 2 * _LEFT) * (day - days[0]) / across
        y = _TOP + (HEIGHT - _BOTTOM - _TOP) * (high - value) / up
        return f"{x:.1f},{y:.1f}"

    line = " ".join(at(*point) for point in points)
    first, last = rates[0], rates[-1]
    title = f"1 {last.base} in {last.quote} from {first.on} to {last.on}"
    lowest, highest = (shown(pick(rates, key=lambda rate: rate.value).value) for pick in (min, max))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>"
        f'<polyline points="{line}" fill="none" stroke="currentColor" stroke-width="1.5"/>'
        f'<text x="{_LEFT}" y="12">{highest}</text>'
        f'<text x="{_LEFT}" y="{HEIGHT - _BOTTOM + 12}">{lowest}</text>'
        f'<text x="{_LEFT}" y="{HEIGHT - 2}">{first.on}</text>'
        f'<text x="{WIDTH - _LEFT}" y="{HEIGHT - 2}" text-anchor="end">{last.on}</text>'
        "</svg>"
    )
