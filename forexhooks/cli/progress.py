"""Progress bars on stderr."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.support.context import Progress


@contextmanager
def progress_bar(
    what: str, unit: Literal["bytes", "days", "rows"], *, at_once: bool = False
) -> Iterator[Progress | None]:
    """A progress bar that disappears at the end. None if stderr is not a terminal.

    It appears with the first report; `at_once` shows it before that, as the provider may hang.
    """
    if not sys.stderr.isatty():
        yield None
        return
    with ExitStack() as shown:
        advance = _begun(shown, what, unit) if at_once else None

        def progress(done: int, total: int | None) -> None:
            nonlocal advance
            advance = advance or _begun(shown, what, unit)
            advance(done, total)

        yield progress


def _begun(shown: ExitStack, what: str, unit: str) -> Progress:
    from rich import progress as bars
    from rich.console import Console

    how_much = (
        (bars.DownloadColumn(),)
        if unit == "bytes"
        else (bars.MofNCompleteColumn(), bars.TextColumn(unit))
    )
    columns = (
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        *how_much,
        bars.TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    bar = shown.enter_context(bars.Progress(*columns, console=console, transient=True))
    task = bar.add_task(what, total=None)
    return lambda done, total: bar.update(task, completed=done, total=total)
