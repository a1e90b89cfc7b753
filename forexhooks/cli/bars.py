"""Progress bars for people who wait, on stderr."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.progress import Progress


@contextmanager
def progress_bar(what: str, unit: Literal["bytes", "days", "rows"]) -> Iterator[Progress | None]:
    """A progress bar that goes when it is done; None where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich import progress as bars
    from rich.console import Console

    how_much = bars.DownloadColumn() if unit == "bytes" else bars.MofNCompleteColumn()
    columns = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        how_much,
        bars.TextColumn("" if unit == "bytes" else unit),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
