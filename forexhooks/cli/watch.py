"""`forexhooks watch DIR BASE QUOTE…`."""

from __future__ import annotations

import json
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

import forexhooks
from forexhooks.cli.options import State, common_options
from forexhooks.cli.pairs import pairs_of, quotes_argument
from forexhooks.cli.printing import echo, rate_as_json
from forexhooks.cli.wording import said
from forexhooks.rates.decimals import shown
from forexhooks.runtime import Event, watch
from forexhooks.support.text import in_one_line

if TYPE_CHECKING:
    from forexhooks import ForexManager, Rate

Watched = dict[tuple[str, str], "Rate | str"]
"""By driver and quote: a rate, or the reason why there is none."""
_WAITED_FOR = 1.0
Show = Callable[[list[Event], Watched], None]


@click.command("watch")
@click.argument("directory", type=click.Path(exists=True, file_okay=False))
@quotes_argument
@click.option(
    "--every",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    help="Seconds between two rounds of questions.",
)
@common_options
@click.pass_context
def command(
    ctx: click.Context,
    *,
    directory: str,
    codes: tuple[str, ...],
    every: float,
    as_json: bool,
) -> None:
    """Show what BASE costs in each QUOTE, by the drivers in DIRECTORY as they come and go.

    Every plugin in the folder is loaded. If its file changes, it is replaced; if its file is
    deleted, it is unloaded. On a terminal you see a table; otherwise, or with --json, a line for
    each event and each new rate. Press Ctrl-C to stop.
    """
    pairs = pairs_of(codes)
    manager = State.of(ctx).manager()
    events: queue.SimpleQueue[Event] = queue.SimpleQueue()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    asking = _Asking(manager, pairs)
    if as_json or not sys.stdout.isatty():
        show, end = _lines(as_json=as_json)
    else:
        show, end = _table(directory)
    try:
        with watch(directory, manager, report=events.put):
            while True:
                happened = _happened(events, every)
                rows = asking.rows(_WAITED_FOR)
                # Show a swap before the rates that follow from it.
                show(happened + _at_once(events), rows)
    finally:
        end()
        manager.close(drain=_WAITED_FOR)


def _happened(events: queue.SimpleQueue[Event], every: float) -> list[Event]:
    """Wait up to `every` seconds for an event; it, and those queued behind it."""
    try:
        return [events.get(timeout=every), *_at_once(events)]
    except queue.Empty:
        return []


def _at_once(events: queue.SimpleQueue[Event]) -> list[Event]:
    return [events.get() for _ in range(events.qsize())]


class _Asking:
    """Asks each driver in a thread of its own, so a slow one holds up no other."""

    def __init__(self, manager: ForexManager, pairs: list[tuple[str, str]]) -> None:
        self._manager = manager
        self._pairs = pairs
        self._rows: Watched = {}
        self._under_way: dict[str, threading.Thread] = {}

    def rows(self, within: float) -> Watched:
        """The newest answer of each registered driver, within so many seconds."""
        deadline = time.monotonic() + within
        # Keep only the names: a reference to the catalog would keep its plugins open.
        names = self._manager.catalog.drivers()
        for name in names:
            if name not in self._under_way or not self._under_way[name].is_alive():
                asking = threading.Thread(target=self._ask, args=(name,), daemon=True)
                self._under_way[name] = asking
                asking.start()
        for name in names:
            self._under_way[name].join(max(0.0, deadline - time.monotonic()))
            if self._under_way[name].is_alive():
                for _, quote in self._pairs:
                    self._rows[name, quote] = f"{name} has not answered yet"
        return {key: row for key, row in list(self._rows.items()) if key[0] in names}

    def _ask(self, driver: str) -> None:
        for base, quote in self._pairs:
            try:
                row: Rate | str
                refresh = self._manager.settings.refresh is not False
                service = forexhooks.open(driver, manager=self._manager, refresh=refresh)
                row = service.get_rate(base, quote)
            except forexhooks.ForexError as error:
                row = said(error)
            except SystemExit as error:
                row = f"{driver} tried to end the program: SystemExit: {error}"
            self._rows[driver, quote] = row


def _lines(*, as_json: bool) -> tuple[Show, Callable[[], None]]:
    """A line for each event, and for each rate that changed."""
    before: Watched = {}

    def show(happened: list[Event], rows: Watched) -> None:
        for event in happened:
            echo(json.dumps(_event_as_json(event)) if as_json else event)
        for key, row in rows.items():
            if before.get(key) != row:
                echo(json.dumps(_row_as_json(key, row)) if as_json else _line(key, row))
        before.clear()
        before.update(rows)
        sys.stdout.flush()

    return show, lambda: None


def _line(key: tuple[str, str], row: Rate | str) -> str:
    return f"failed: {key[0]}: {row}" if isinstance(row, str) else f"rate: {row}"


def _event_as_json(event: Event) -> dict[str, object]:
    return {
        "event": event.kind,
        "path": str(event.path),
        "names": event.names,
        "reason": event.reason,
    }


def _row_as_json(key: tuple[str, str], row: Rate | str) -> dict[str, object]:
    driver, quote = key
    if isinstance(row, str):
        return {"event": "failed", "driver": driver, "quote": quote, "reason": row}
    return {"event": "rate", "rate": rate_as_json(row)}


def _table(directory: str) -> tuple[Show, Callable[[], None]]:
    """A live table, with the last event of each plugin below it."""
    from rich.console import Group
    from rich.live import Live
    from rich.table import Table
    from rich.text import Text

    last: dict[str, Text] = {}
    live = Live(Text(f"Watching {directory}"), auto_refresh=False)
    live.start(refresh=True)

    def cell(text: object) -> Text:
        return Text(in_one_line(text))

    def show(happened: list[Event], rows: Watched) -> None:
        for event in happened:
            last[event.path.name] = cell(event)
        table = Table("Driver", "Rate", "Day", "Kind", box=None)
        for (driver, quote), row in rows.items():
            if isinstance(row, str):
                table.add_row(cell(driver), cell(f"{quote}: {row}"), "", "")
            else:
                rate = f"1 {row.base} = {shown(row.value)} {row.quote}"
                table.add_row(cell(driver), cell(rate), f"{row.on}", row.kind)
        live.update(Group(table, Text(""), *last.values()), refresh=True)

    return show, live.stop
