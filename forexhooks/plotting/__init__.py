"""Plots of a history: on matplotlib's axes, to a file, or in the terminal. Extra: `plot`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from itertools import pairwise
from statistics import median
from threading import Lock
from typing import IO, TYPE_CHECKING, Any, cast

from forexhooks.errors import RateError, SettingsError
from forexhooks.rates.decimals import shown
from forexhooks.rates.history import History, day_of
from forexhooks.support.optional import imported

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Onto = str | os.PathLike[str] | IO[bytes] | Axes

_INCHES = 10, 5
_COLOUR = "#1f5fa8"
_ROWS = 20  # of a plot in the terminal, by default
_WIDEST = 160
_AROUND = 3  # days shown on each side of a single day
_terminal = Lock()  # plotext draws on one figure, which all threads share


def plot(
    *histories: History | Iterable[History] | Onto,
    onto: Onto | None = None,
    format: str | None = None,  # noqa: A002 - matplotlib's word
    note: str = "",
) -> Figure:
    """Plot a history, or several below each other.

    The title has base, quote, driver and the note. The last value is marked. If days are missing
    for long, the line has a gap. The global state of pyplot is neither used nor changed.

    Args:
        *histories: The histories, one by one or in a list. `onto` may follow them.
        onto: A file to write, by name or open, or the axes to draw a single history on; None: a new
            figure.
        format: One of matplotlib's formats: png, svg, pdf; None: the suffix of the file's name,
            else png.
        note: Words to add to the title.

    Returns:
        matplotlib's figure. Notebooks display it.

    Raises:
        MissingExtraError: matplotlib is not installed.
        RateError: A history has no rates, or something given is not a history.
        SettingsError: There are several histories for one pair of axes, or matplotlib does not know
            the format.
    """
    if onto is None and len(histories) > 1 and _is_place(histories[-1]):
        *given, last = histories
        histories, onto = tuple(given), cast("Onto", last)
    several = _several(histories)
    matplotlib: Any = imported("matplotlib", "'forexhooks[plot]'")
    from matplotlib.axes import Axes

    from forexhooks.plotting.figure import SelfShowingFigure

    if isinstance(onto, Axes):
        theirs = onto.get_figure(root=True)
        if theirs is None or len(several) > 1:
            raise SettingsError("axes must belong to a figure, and take a single history")
        _draw(several[0], onto, note)
        return theirs
    height = _INCHES[1] if len(several) == 1 else 3.2 * len(several)
    figure = SelfShowingFigure(figsize=(_INCHES[0], height), layout="constrained")
    panels = figure.subplots(len(several), sharex=True, squeeze=False)[:, 0]
    for history, panel in zip(several, panels, strict=True):
        _draw(history, panel, note)
    if onto is not None:
        # Keep text as text in an SVG, so that it can be searched and read aloud.
        with matplotlib.rc_context({"svg.fonttype": "none"}):
            try:
                figure.savefig(onto, dpi=150, format=format)
            except ValueError as error:
                raise SettingsError(f"the plot cannot be saved: {error}") from error
    return figure


def _draw(history: History, axes: Axes, note: str) -> None:
    dates: Any = imported("matplotlib.dates", "'forexhooks[plot]'")
    for run in _runs(history):
        days = dates.date2num([day_of(rate) for rate in run])
        marker = "." if len(run) == 1 else None
        axes.plot(days, [float(rate.value) for rate in run], color=_COLOUR, lw=1.4, marker=marker)
    last = history[-1]
    place = dates.date2num(day_of(last)), float(last.value)
    axes.plot(*place, "o", color=_COLOUR)
    axes.annotate(
        f"{shown(last.value)}\n{day_of(last)}",
        place,
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        annotation_clip=False,
    )
    if day_of(history[0]) == day_of(last):
        axes.set_xlim(place[0] - _AROUND, place[0] + _AROUND)
    locator = dates.AutoDateLocator(minticks=3, maxticks=9)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.set_title(_title(history, note), loc="left", fontweight="bold")
    axes.set_ylabel(f"{history.quote} for 1 {history.base}")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def terminal_plot(
    *histories: History | Iterable[History],
    width: int = 80,
    height: int | None = None,
    colour: bool = False,
    note: str = "",
) -> str:
    """Draw a history, or several below each other, with characters.

    It looks like `plot`'s figure.

    Args:
        *histories: The histories, one by one or in a list.
        width: The width in characters, from 40 to 160.
        height: The height of each history in characters, at least 8; None: 20.
        colour: Whether to use colours, by escape sequences.
        note: Words to add to the title.

    Returns:
        The plot, as a string of several lines.

    Raises:
        MissingExtraError: plotext is not installed.
        RateError: A history has no rates, or something given is not a history.
    """
    several = _several(histories)
    plotext = imported("plotext", "'forexhooks[plot]'")
    size = max(40, min(width, _WIDEST)), max(8, _ROWS if height is None else height)
    return "\n".join(_drawn(plotext, history, *size, note, colour=colour) for history in several)


def _drawn(
    plotext: Any, history: History, width: int, height: int, note: str, *, colour: bool
) -> str:
    values = [float(rate.value) for rate in history]
    low, high = _room(min(values), max(values))
    first, last = day_of(history[0]).toordinal(), day_of(history[-1]).toordinal()
    start, end = _room(first, last) if first == last else (first, last)
    heights = _spread(low, high, min(5, height // 3))
    scale, marked = [_short(each) for each in heights], _short(values[-1])
    room = width - len(marked) - max(map(len, scale))
    evenly = _spread(first, last, max(1, room // 14), inside=True)
    days = list(dict.fromkeys(map(round, evenly)))
    with _cleared(plotext) as figure:
        figure.plot_size(width, height)
        figure.title(_title(history, note))
        pixel = "blue" if colour else None
        for run in _runs(history):
            run_days = [day_of(rate).toordinal() for rate in run]
            marker = plotext.marker("braille", pixel=pixel)
            figure.draw(
                figure.signal(run_days, [float(rate.value) for rate in run], marker=marker).lines()
            )
        dot = plotext.marker("●", pixel=pixel)
        figure.draw(figure.signal([last], values[-1:], marker=dot, yside="right"))
        figure.ruler("x").lim(start, end)
        for side in ("left", "right"):
            figure.ruler("y", side).lim(low, high)
        figure.ruler("y", "right").ticks([values[-1]], [marked])
        figure.ruler("y").ticks(heights, scale)
        figure.ruler("x").ticks(days, [f"{date.fromordinal(each)}" for each in days])
        drawn: str = figure.build().string(colorless=not colour)
    return "\n".join(line.rstrip() for line in drawn.splitlines())


@contextmanager
def _cleared(plotext: Any) -> Iterator[Any]:
    """Plotext's figure: empty before and after, of any size, without colours."""
    with _terminal:
        figure = plotext.figure
        figure.clear()
        figure.theme("colorless")
        plotext.terminal.limit(width=False, height=False)
        try:
            yield figure
        finally:
            plotext.terminal.limit(width=True, height=True)
            figure.clear()


def _is_place(given: object) -> bool:
    """Whether it is a file or axes, not a history."""
    is_path = isinstance(given, str | os.PathLike)
    is_open = hasattr(given, "write")
    is_axes = hasattr(given, "plot") and not isinstance(given, History)
    return is_path or is_open or is_axes


def _several(given: Iterable[object]) -> list[History]:
    several: list[object] = []
    for each in given:
        if isinstance(each, Iterable) and not isinstance(each, History | str | bytes):
            several += each
        else:
            several.append(each)
    if not several:
        raise RateError("nothing to plot: give a history")
    histories = []
    for history in several:
        if not isinstance(history, History):
            raise RateError(
                f"{history!r} is not a History: plot what get_history returns, or a "
                "History(rates, base=…, quote=…, driver=…)"
            )
        if not history:
            raise RateError(
                f"nothing to plot: {history!r} is empty; get_rate says why",
                driver=history.driver,
                base=history.base,
                quote=history.quote,
            )
        histories.append(history)
    return histories


def _title(history: History, note: str) -> str:
    title = f"{history.base}/{history.quote}, {', '.join(history.drivers)}"
    return f"{title}, {note}" if note else title


def _runs(history: History) -> list[History]:
    """Parts of the history with long gaps between them, which the line must not cross."""
    days = [day_of(rate).toordinal() for rate in history]
    gaps = [later - earlier for earlier, later in pairwise(days)]
    usual = max(14, 4 * median(gaps)) if gaps else 0
    ends = [place for place, gap in enumerate(gaps, start=1) if gap > usual]
    edges = [0, *ends, len(days)]
    return [history[start:end] for start, end in pairwise(edges)]


def _room(low: float, high: float) -> tuple[float, float]:
    """The limits of an axis, with some space around a single value."""
    room = 0.0 if low < high else abs(high) / 100
    return low - room, high + room


def _short(value: float) -> str:
    """Six significant digits, in the shorter notation."""
    return min(shown(Decimal(repr(value))), f"{value:.6g}", key=len)


def _spread(low: float, high: float, many: int, *, inside: bool = False) -> list[float]:
    """`many` values evenly spaced from `low` to `high`; `inside`: away from both ends."""
    step = (high - low) / (many if inside else many - 1)
    start = low + step / 2 if inside else low
    return [start + step * place for place in range(many)]
