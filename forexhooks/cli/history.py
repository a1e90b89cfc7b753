"""`forexhooks history BASE QUOTE…`."""

from __future__ import annotations

import os
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from forexhooks.cli import completion
from forexhooks.cli.books import check_is_no_book
from forexhooks.cli.history_formats import BY_SUFFIX, FORMATS, TAKERS, About, value_of
from forexhooks.cli.history_spans import histories_of, note_parts
from forexhooks.cli.history_style import Style, style_options
from forexhooks.cli.options import (
    Day,
    common_options,
    driver_option,
    opened,
)
from forexhooks.cli.output import write_whole
from forexhooks.cli.pairs import base_and_quotes, quotes_argument
from forexhooks.cli.printing import can_show, echo, echo_table, note_doubts, note_stale
from forexhooks.rates.decimals import shown
from forexhooks.rates.history import day_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forexhooks import History, Rate
    from forexhooks.rates.history import Period, Take

_IN_THE_TERMINAL = "-"
_PICTURES = ".png", ".svg", ".pdf"


class _Picture(click.ParamType[str]):
    """The file of a picture, or the terminal."""

    name = "picture"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the suffix: the word after --plot may be meant as a currency."""
        picture = str(value)
        if picture != _IN_THE_TERMINAL and not picture.lower().endswith(_PICTURES):
            self.fail(
                f"{picture!r} is not a .png, .svg or .pdf file; to draw in the terminal, put "
                "--plot last",
                param,
                ctx,
            )
        return picture


@click.command("history")
@quotes_argument
@click.option(
    "--from",
    "start",
    type=Day(),
    metavar="DAY",
    help="The first day.  [default: 30 days before the last; with --every about a year before it, "
    "at the start of a period]",
)
@click.option(
    "--to",
    "end",
    type=Day(),
    metavar="DAY",
    help="The last day, included.  [default: the latest with a rate]",
)
@click.option(
    "--every",
    type=click.Choice(["week", "month", "quarter", "year"]),
    help="One rate for each week, month, quarter or year.",
)
@click.option(
    "--take",
    type=click.Choice(["first", "last", "mean"]),
    help="With --every: take the first rate, the last one, or the mean.  [default: last]",
)
@click.option(
    "--plot",
    type=_Picture(),
    is_flag=False,
    flag_value=_IN_THE_TERMINAL,
    metavar="[FILE]",
    shell_complete=completion.files,
    help="Plot it in the terminal, or to a .png, .svg or .pdf file.",
)
@click.option(
    "--format",
    "named",
    type=click.Choice(list(FORMATS)),
    help="Print it for a program.  [default: a table; with -o from the file's name]",
)
@click.option("--places", type=click.IntRange(min=0), help="Decimal places.  [default: all digits]")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=completion.files,
    help="Write to a file; if that fails, the old file stays.",
)
@style_options
@driver_option
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    *,
    codes: tuple[str, ...],
    start: date | None,
    end: date | None,
    every: Period | None,
    take: Take | None,
    plot: str | None,
    named: str | None,
    places: int | None,
    output: str | None,
    style: Style,
    drivers: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show what 1 unit of BASE cost in each QUOTE, day by day.

    Shows the days with a rate between --from and --to: as a table, as a picture with --plot, or
    for another program with --format.
    """
    base, quotes = base_and_quotes(codes)
    if take and not every:
        raise click.UsageError("--take needs --every")
    named = _format(named, output, as_json=as_json)
    if plot and (named or places is not None):
        raise click.UsageError("--plot cannot be used with --format, --json, --places or -o")
    if places is not None and named and not FORMATS[named].rounds:
        rounded = _listed(name for name, each in FORMATS.items() if each.rounds)
        raise click.UsageError(f"{named} always has all digits: use --places with {rounded}")
    style.check(named, TAKERS)
    if unused := style.names.keys() - {base, *quotes}:
        raise click.UsageError(
            f"--commodity {min(unused)}: you asked for {', '.join((base, *quotes))}"
        )
    if named == "parquet" and output is None and sys.stdout.isatty():
        raise click.UsageError("parquet is binary: write it with -o FILE")
    if output is not None and named is not None:
        check_is_no_book(output, named)
    service = opened(ctx, drivers)
    histories = histories_of(service, base, quotes, start, end, every)
    note = ""
    if every:
        take = take or "last"
        note = f"{take} of each {every}"
        note_parts(service, histories, every, start, end)
        histories = [history.every(every, take) for history in histories]
    if plot:
        _plot(histories, plot, note)
    elif named is None:
        _table(histories, places, note)
    else:
        about = About(note, {each.name: each.side for each in service.profile.series}, style)
        _write(FORMATS[named].write(histories, places, about), output)
    note_doubts(*(history[-1]._replace(stale=None) for history in histories))
    for stale in dict.fromkeys(history.stale for history in histories):
        note_stale(stale)


def _format(named: str | None, output: str | None, *, as_json: bool) -> str | None:
    """The format that --json, --format or -o asks for; None: a table."""
    if as_json and named not in (None, "json"):
        raise click.UsageError(f"use --json or --format {named}, not both")
    named = "json" if as_json else named
    if named is None and output is not None:
        named = BY_SUFFIX.get(os.path.splitext(output)[1].lower())
        if named is None:
            raise click.UsageError(
                f"the name of {output} does not tell its format: add --format, or end it in one "
                f"of {_listed(BY_SUFFIX)}"
            )
    return named


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


def _table(histories: list[History], places: int | None, note: str) -> None:
    kinds = dict.fromkeys(rate.kind for history in histories for rate in history)
    drivers = dict.fromkeys(name for history in histories for name in history.drivers)
    quotes = [history.quote for history in histories]
    by_day = [{day_of(rate): _cell(rate, places) for rate in history} for history in histories]
    days = sorted({day for values in by_day for day in values})
    sources = ", ".join([*drivers, note or " and ".join(kinds)])
    echo(f"1 {histories[0].base} in {', '.join(quotes)} ({sources})\n")
    rows = ([f"{day}", *(values.get(day) for values in by_day)] for day in days)
    if echo_table(("Day", *quotes), rows):
        echo(
            "Note: the table is wider than the terminal; ask for fewer quotes, or use --format csv",
            err=True,
        )


def _cell(rate: Rate, places: int | None) -> str:
    return shown(rate.value) if places is None else value_of(rate, places)


def _write(content: str | bytes, output: str | None) -> None:
    if output is None:
        _show(content)
    else:
        write_whole(output, content if isinstance(content, bytes) else content.encode())


def _show(content: str | bytes) -> None:
    """Print it, without control characters if it goes to a terminal."""
    if isinstance(content, str) and sys.stdout.isatty():
        echo(content, nl=False)
    else:
        click.echo(content, nl=False)


def _plot(histories: list[History], picture: str, note: str) -> None:
    from forexhooks import plotting

    if picture == _IN_THE_TERMINAL:
        import shutil

        columns, lines = shutil.get_terminal_size()
        height = min(20, max(8, lines // len(histories) - 2))
        colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        drawn = plotting.terminal_plot(
            histories, width=columns, height=height, colour=colour, note=note
        )
        if not can_show(drawn):
            raise click.ClickException(
                f"stdout is in {sys.stdout.encoding}, which cannot show the picture: set "
                "PYTHONIOENCODING=utf-8, or name a file, like --plot rates.png"
            )
        click.echo(drawn)
    else:
        import io

        content = io.BytesIO()
        suffix = os.path.splitext(picture)[1][1:].lower()
        plotting.plot(histories, content, format=suffix, note=note)
        write_whole(picture, content.getvalue())
