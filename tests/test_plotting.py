from __future__ import annotations

import io
import pickle
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

import forexhooks
from forexhooks import History, Rate, RateError, SettingsError
from forexhooks.plotting import plot, terminal_plot

START = date(2026, 10, 1)


def history_of(*values: float | str, days: list[int] | None = None) -> History:
    rates = [
        Rate("USD", "CAD", Decimal(str(value)), START + timedelta(day), "acme")
        for day, value in zip(days or range(len(values)), values, strict=True)
    ]
    return History(rates, base="USD", quote="CAD", driver="acme")


def lines(figure: Figure) -> list[Any]:
    return [line for line in figure.axes[0].lines if line.get_marker() != "o"]


def texts_of(svg: bytes) -> list[str]:
    found = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - our own
    return ["".join(text.itertext()) for text in found]


def test_a_picture_shows_the_rates() -> None:
    history = history_of("1.4", "1.41", "1.396885069817400644468313641245972")
    figure = plot(history)
    [axes] = figure.axes
    [line] = lines(figure)
    assert list(line.get_ydata()) == [float(rate.value) for rate in history]
    assert axes.get_title(loc="left") == "USD/CAD, acme"
    assert axes.get_ylabel() == "CAD for 1 USD"
    [marked] = axes.texts
    assert marked.get_text() == "1.39689\n2026-10-03"
    [dot] = [line for line in axes.lines if line.get_marker() == "o"]
    assert list(dot.get_ydata()) == [float(history[-1].value)]


@pytest.mark.parametrize(
    ("suffix", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")]
)
def test_a_file_has_the_format_of_its_name(tmp_path: Path, suffix: str, begins: bytes) -> None:
    file = tmp_path / f"usd{suffix}"
    plot(history_of(1, 2), file)
    assert file.read_bytes().startswith(begins)


def test_what_a_picture_says() -> None:
    content = io.BytesIO()
    plot(history_of("1.4", "1.5"), content, format="svg", note="mean of each week")
    said = texts_of(content.getvalue())
    assert "USD/CAD, acme, mean of each week" in said
    assert "1.50000" in said or "1.5" in said
    assert "2026-10-02" in said


def test_the_axis_has_dates() -> None:
    content = io.BytesIO()
    plot(history_of(*range(1, 400)), content, format="svg")
    assert {"2027", "Mar", "Jul"} <= set(texts_of(content.getvalue()))


def test_it_draws_on_axes_that_are_given() -> None:
    figure = Figure()
    left, right = figure.subplots(1, 2)
    assert plot(history_of(1, 2), left) is figure
    assert left.lines and not right.lines
    with pytest.raises(SettingsError, match="a single history"):
        plot([history_of(1), history_of(2)], right)


def test_several_are_drawn_below_each_other() -> None:
    figure = plot([history_of(1, 2), history_of(100, 200), history_of(3)])
    assert len(figure.axes) == 3
    tops = [axes.get_position().y1 for axes in figure.axes]
    assert tops == sorted(tops, reverse=True)


def test_several_may_be_given_one_by_one(tmp_path: Path) -> None:
    one, other = history_of(1, 2), history_of(100, 200)
    assert len(plot(one, other).axes) == 2
    assert len(plot([one, other], tmp_path / "a.png").axes) == 2
    assert len(plot(one, other, str(tmp_path / "b.svg")).axes) == 2
    assert (tmp_path / "a.png").exists() and (tmp_path / "b.svg").exists()
    assert len(terminal_plot(one, other, width=40, height=8).splitlines()) == 16
    for wrong in (("usd.png",), (one, 5), ([one, "usd.png"],), (None,)):
        with pytest.raises(RateError, match="is not a History"):
            plot(*wrong)  # type: ignore[arg-type]


def test_a_history_plots_itself(tmp_path: Path) -> None:
    history = history_of(1, 2)
    assert len(history.plot().axes) == 1
    history.plot(tmp_path / "usd.svg", note="mine")
    assert "USD/CAD, acme, mine" in texts_of((tmp_path / "usd.svg").read_bytes())
    axes = Figure().subplots()
    assert history.plot(axes) is axes.figure


def test_a_notebook_shows_the_figure() -> None:
    figure: Any = history_of(1, 2).plot()
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert pickle.loads(pickle.dumps(figure))._repr_png_() == figure._repr_png_()  # noqa: S301


def test_no_line_crosses_where_days_are_missing_for_long() -> None:
    with_a_gap = history_of(1, 2, 3, 4, days=[0, 1, 400, 401])
    assert [list(line.get_ydata()) for line in lines(plot(with_a_gap))] == [[1, 2], [3, 4]]
    weekend = history_of(1, 2, 3, 4, days=[0, 1, 4, 5])
    assert len(lines(plot(weekend))) == 1
    monthly = history_of(1, 2, 3, 4, days=[0, 31, 61, 92])
    assert len(lines(plot(monthly))) == 1


def test_pyplot_is_left_alone() -> None:
    before = set(sys.modules)
    plot(history_of(1, 2), io.BytesIO())
    assert "matplotlib.pyplot" not in set(sys.modules) - before


def test_the_terminal_shows_the_rates() -> None:
    drawn = terminal_plot(history_of("1.38", "1.41", "1.39689"), width=80, height=20)
    title, *body, days = drawn.splitlines()
    assert title.strip() == "USD/CAD, acme"
    assert len(body) == 18 and max(map(len, [title, *body, days])) <= 80
    assert days.split() == ["2026-10-01", "2026-10-02", "2026-10-03"]
    [marked] = [line for line in body if "●" in line]
    assert marked.endswith("●├1.39689")
    assert body[1].startswith("  1.41┤") and body[-2].startswith("  1.38┤")
    assert "\x1b" not in drawn


def test_the_terminal_has_colours_where_asked_for() -> None:
    plain, coloured = (terminal_plot(history_of(1, 2), colour=each) for each in (False, True))
    assert "\x1b[" in coloured and "\x1b[" not in plain


def test_a_rising_rate_rises() -> None:
    drawn = terminal_plot(history_of(*range(1, 60)), width=60, height=20).splitlines()[2:-2]
    starts = [
        min((place for place, sign in enumerate(line) if "\u2800" < sign < "\u28ff"), default=None)
        for line in drawn
    ]
    seen = [place for place in starts if place is not None]
    assert len(seen) > 12 and seen == sorted(seen, reverse=True)


rates = st.decimals("1e-9", "1e9", allow_nan=False, allow_infinity=False)


@given(st.lists(rates, min_size=1, max_size=30), st.integers(-5, 300), st.integers(-5, 60))
def test_it_fits_whatever_the_terminal_and_the_rates(
    values: list[Decimal], width: int, height: int
) -> None:
    drawn = terminal_plot(history_of(*map(str, values)), width=width, height=height).splitlines()
    assert len(drawn) == max(8, height)
    assert max(map(len, drawn)) <= max(40, min(width, 160))
    assert any("●" in line for line in drawn)


def test_several_in_the_terminal() -> None:
    drawn = terminal_plot([history_of(1, 2), history_of(3, 4)], height=10)
    assert drawn.count("USD/CAD, acme") == 2 and len(drawn.splitlines()) == 20


def test_threads_do_not_draw_into_each_other() -> None:
    histories = [history_of(*range(1, size)) for size in range(3, 40)]
    alone = [terminal_plot(history) for history in histories]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(terminal_plot, histories)) == alone


@pytest.mark.parametrize("draw", [plot, terminal_plot])
@pytest.mark.parametrize("nothing", [history_of(), [], [history_of(1), history_of()]])
def test_nothing_to_plot(draw: Any, nothing: Any) -> None:
    with pytest.raises(RateError, match="nothing to plot"):
        draw(nothing)


@pytest.mark.parametrize("draw", [plot, terminal_plot])
@pytest.mark.parametrize("given", ["x", list(history_of(1, 2))])
def test_what_is_no_history(draw: Any, given: Any) -> None:
    with pytest.raises(RateError, match="is not a History: plot what get_history returns"):
        draw(given)


def test_which_history_is_empty() -> None:
    with pytest.raises(RateError, match="get_rate says why") as raised:
        plot(history_of())
    empty = history_of()
    error = raised.value
    assert (error.driver, error.base, error.quote) == (empty.driver, empty.base, empty.quote)


def test_a_format_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"the plot cannot be saved.*gif2"):
        plot(history_of(1, 2), tmp_path / "x.gif2")
    with pytest.raises(SettingsError, match="the plot cannot be saved"):
        plot(history_of(1, 2), io.BytesIO(), format="gif2")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("draw", "missing"), [(plot, "matplotlib"), (terminal_plot, "plotext")])
def test_without_the_extra(draw: Any, missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(forexhooks.MissingExtraError, match=r"pip install 'forexhooks\[plot\]'"):
        draw(history_of(1, 2))
