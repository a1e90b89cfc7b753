"""The chart of columns: million rows a second by each way, on a scale of powers of ten."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.figure import Figure

OURS, PEERS, LIMIT = "#1f5fa8", "#b0b7bf", "#d98c2b"
_PEERS = ("CurrencyConverter", "pandas merge_asof", "polars join_asof", "DuckDB ASOF")


def draw(speeds: dict[str, dict[str, float]], path: str) -> None:
    """Draw the fastest on top: a bar for a million rows, or the most measured, with its figure."""
    sizes = sorted({size for each in speeds.values() for size in each}, key=int)
    shown = "1000000" if "1000000" in sizes else sizes[-1]
    ways = sorted((each[shown], name) for name, each in speeds.items() if shown in each)
    mpl.rcParams["svg.hashsalt"] = "forexhooks"
    figure = Figure(figsize=(9, 0.36 * len(ways) + 1.1), layout="constrained")
    axes = figure.add_subplot()
    for place, (speed, name) in enumerate(ways):
        color = LIMIT if name.startswith("limit") else PEERS if name.startswith(_PEERS) else OURS
        axes.barh(place, speed, color=color, height=0.7)
        axes.text(speed * 1.08, place, f"{speed:.3g}", va="center", fontsize=9)
    axes.set_yticks(range(len(ways)), [name for _, name in ways])
    axes.set_xscale("log")
    axes.set_xlim(right=ways[-1][0] * 3)
    axes.set_xlabel(
        f"million rows a second, of {int(shown):,} rows (blue: forexhooks.frames.convert)"
    )
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
    figure.savefig(path, metadata={"Date": None})
