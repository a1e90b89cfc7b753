"""What is measured, as tables of the README beside this file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

README = Path(__file__).parent / "README.md"


class Figure(NamedTuple):
    """A figure, its goal, and whether that is met; None: there is none."""

    what: str
    goal: str
    measured: str
    met: bool | None

    def row(self) -> str:
        met = {True: "yes", False: "**no**", None: ""}[self.met]
        return f"| {self.what} | {self.goal} | {self.measured} | {met} |"


def listed(figures: Sequence[Figure]) -> str:
    """The figures as a table."""
    heading = ["| what | goal | measured | met |", "|---|---|---|---|"]
    return "\n".join([*heading, *(figure.row() for figure in figures)])


def speeds_table(sizes: list[int], speeds: dict[str, dict[str, float]]) -> str:
    """Speeds by their ways and numbers of rows, as a table."""
    heading = " | ".join(f"{size:,} rows" for size in sizes)
    rows = [f"| million rows a second | {heading} |", "|---|" + "---|" * len(sizes)]
    for name, each in speeds.items():
        cells = (f"{each[str(size)]:.3g}" if str(size) in each else "" for size in sizes)
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def put(mark: str, text: str) -> None:
    """Put a text into the README between `<!-- mark -->` and `<!-- end of mark -->`."""
    between = rf"(?<=<!-- {mark} -->\n).*(?=<!-- end of {mark} -->)"
    before = README.read_text(encoding="utf-8")
    after = re.sub(between, lambda _: f"\n{text}\n\n", before, flags=re.DOTALL)
    README.write_text(after, encoding="utf-8")
