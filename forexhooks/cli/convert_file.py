"""`forexhooks convert-file FILE`."""

from __future__ import annotations

import os
import sys
import warnings
from typing import TYPE_CHECKING, NamedTuple

import click

import forexhooks
from forexhooks import ColumnError, DateError, StaleRateWarning
from forexhooks.cli import completion
from forexhooks.cli.files.compressed import tool_of, unpacking
from forexhooks.cli.files.options import columns_options, paths_options, style_options
from forexhooks.cli.options import (
    driver_option,
    grouped,
    max_gap_option,
    offline_option,
    opened,
    plugin_option,
    trace_option,
)
from forexhooks.cli.output import not_read, not_written
from forexhooks.cli.printing import echo
from forexhooks.cli.progress import progress_bar
from forexhooks.cli.signals import signals_take_back
from forexhooks.cli.wording import said
from forexhooks.support.optional import imported

if TYPE_CHECKING:
    from forexhooks import ForexService
    from forexhooks.cli.files.formats import Columns, Paths, Style

_STANDARD = "-"
_BY_SUFFIX = {
    ".csv": "csv",
    ".tsv": "csv",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".parquet": "parquet",
}
_WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".numbers")
_SOME_REJECTED = 3


class _Rates(NamedTuple):
    """Where the rates come from, and how they are applied."""

    max_gap: int | None
    places: int | None
    lock: str | None
    drivers: tuple[str, ...]


@click.command("convert-file")
@paths_options
@columns_options
@click.option("--into", metavar="NAME", help="The new column.  [default: AMOUNT_TO]")
@click.option(
    "--format",
    "named",
    type=click.Choice(list(dict.fromkeys(_BY_SUFFIX.values()))),
    help="The format of FILE and of the output.  [default: from the file's name]",
)
@style_options
@grouped(
    "rates",
    _Rates,
    max_gap_option,
    click.option(
        "--places", type=click.IntRange(0, 12), help="Decimal places.  [default: the currency's]"
    ),
    click.option(
        "--lock",
        metavar="FILE",
        shell_complete=completion.files,
        help="Take the rates from this lock, not from a driver.",
    ),
    driver_option,
)
@offline_option
@plugin_option
@trace_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    paths: Paths,
    columns: Columns,
    into: str | None,
    named: str | None,
    style: Style,
    rates: _Rates,
) -> None:
    """Convert the amounts in FILE, a csv, ndjson or Parquet file (- for stdin).

    Each result is exactly what `convert` gives, and is written to a new column; all other columns
    stay as they are. The file is read in pieces, so it may be of any size. The result is written
    as a whole or not at all. COLUMN is a name, or a number, counted from 1, if it has no name.

    The exit code is 0, or 3 if rows were written to the --rejects file.
    """
    if columns.sign is not None and style.signs is None:
        raise click.UsageError(
            "--sign-column needs --signs: with --signs accounting a credit is negative, with "
            "--signs bank a debit"
        )
    source, output, rejects = paths
    kind = _format(source, output, named)
    _check_paths(source, output, rejects)
    for module in ("narwhals", "numpy", "pyarrow", "msgspec"):
        imported(module, "'forexhooks[files]'")
    from forexhooks.cli.files.job import Job
    from forexhooks.frames.arguments import Terms
    from forexhooks.frames.day_reader import DayReader, Told
    from forexhooks.frames.lookup import Lookup

    told = Told("--zone {}", "--days {!r}", "--year {}")
    try:
        days = DayReader(style.zone, style.days, style.year, told)
    except (ColumnError, DateError) as error:
        raise click.UsageError(said(error)) from error
    service: ForexService
    if rates.lock is None:
        service = opened(ctx, rates.drivers)
    else:
        service = forexhooks.open(*rates.drivers, lock=rates.lock)
    with signals_take_back(), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always", StaleRateWarning)
        job = Job(paths, kind, columns, style, into, rates.places)
        terms = Terms.of(max_gap=rates.max_gap, places=rates.places, days=days)
        lookup = Lookup(service, terms)
        try:
            with progress_bar(
                os.path.basename(source), "rows" if kind == "parquet" else "bytes"
            ) as progress:
                done = job.run(lookup, progress)
        except ColumnError as error:
            raise click.UsageError(said(error)) from error
        except OSError as error:
            raise _told(error, source, output, rejects) from error
    for each in warned:
        is_of_a_chain = f"{each.message}".startswith("others answered")
        echo(f"Note: {'' if is_of_a_chain else 'stale: '}{each.message}", err=True)
    for note in done.notes:
        echo(f"Note: {note}", err=True)
    written = "" if output == _STANDARD else f": {output}"
    echo(f"{_rows(done.rows - done.rejected)} converted{written}", err=True)
    if done.rejected:
        echo(f"{_rows(done.rejected)} rejected: {rejects}", err=True)
        ctx.exit(_SOME_REJECTED)


def _told(error: OSError, source: str, output: str, rejects: str | None) -> Exception:
    """The error with advice; it stays an `OSError` if stdout cannot be used."""
    path = error.filename
    if path is None:
        return OSError(not_written(error, "stdout", "-o FILE"))
    if path == source:
        return click.ClickException(not_read(error, "stdin" if source == _STANDARD else source))
    options = {rejects: "--rejects FILE", output: "-o FILE"}
    if path not in options:
        return error
    return click.ClickException(not_written(error, path, options[path]) + "; nothing was written")


def _rows(count: int) -> str:
    return f"{count:,} row{'s' * (count != 1)}"


def _format(source: str, output: str, named: str | None) -> str:
    if named is None and source == _STANDARD:
        raise click.UsageError("stdin has no file name: give its format, like --format csv")
    found = named or _by_name(source)
    tool = tool_of(source)
    if found is None and tool is not None:
        inner = _by_name(os.path.splitext(source)[0]) or "csv"
        raise click.UsageError(unpacking(source, tool, inner))
    if found is None and source.lower().endswith(_WORKBOOKS):
        raise click.UsageError(
            f"{source} is a workbook: save its sheet as CSV UTF-8 (File, Save As), and convert "
            "the CSV file"
        )
    if found is None:
        raise click.UsageError(
            f"the name of {source} does not end in {', '.join(_BY_SUFFIX)}: give its format, "
            "like --format csv"
        )
    tool = tool_of(output)
    if tool is not None:
        raise click.UsageError(
            f"the output is never compressed: write to stdout and pipe it, … | {tool} > {output}"
        )
    other = _by_name(output)
    if other is not None and other != found:
        raise click.UsageError(
            f"the output has the format of {source}, {found}: use -o with a name that fits, not "
            f"{output}"
        )
    if found == "parquet" and _STANDARD in (source, output):
        raise click.UsageError(
            "Parquet needs files, not stdin or stdout: name the FILE, and the output with -o FILE"
        )
    return found


def _by_name(path: str) -> str | None:
    return _BY_SUFFIX.get(os.path.splitext(path)[1].lower())


def _check_paths(source: str, output: str, rejects: str | None) -> None:
    if source == _STANDARD and sys.stdin is None:
        raise click.UsageError("stdin is closed: name a FILE")
    if output == _STANDARD and sys.stdout is None:
        raise click.UsageError("stdout is closed: write with -o FILE")
    if rejects is None:
        return
    if rejects == _STANDARD:
        raise click.UsageError("--rejects needs a file of its own, not stdout")
    others = [path for path in (source, output) if path != _STANDARD]
    if os.path.realpath(rejects) in map(os.path.realpath, others):
        raise click.UsageError(
            f"--rejects needs a file of its own: {rejects} is the input or the output"
        )
