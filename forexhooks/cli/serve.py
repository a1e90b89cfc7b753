"""`forexhooks serve`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import click

import forexhooks
from forexhooks.cli.options import State, driver_option, offline_option, plugin_option, trace_option
from forexhooks.cli.printing import echo
from forexhooks.support.optional import imported

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from forexhooks.support.settings import Refresh

_DRAINED_FOR = 1.0
_REFRESH: dict[str, Refresh] = {"background": "background", "true": True, "false": False}


@click.command("serve")
@driver_option
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port to listen on; 0 takes a free one.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="The number of processes.",
)
@click.option(
    "--watch",
    "folder",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Load the plugins in this folder, and follow changes: new, changed and deleted files.",
)
@click.option(
    "--refresh",
    type=click.Choice(list(_REFRESH)),
    default="background",
    show_default=True,
    help="If a driver's store is out of date: update in the background, wait for the update, "
    "or do neither.",
)
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=30.0,
    show_default=True,
    help="Seconds that a request may take.",
)
@click.option("--no-access-log", is_flag=True, help="Do not log each request.")
@offline_option
@plugin_option
@trace_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    drivers: tuple[str, ...],
    host: str,
    port: int,
    workers: int,
    folder: str | None,
    refresh: str,
    time_limit: float,
    no_access_log: bool,
) -> None:
    """Serve rates over HTTP: Frankfurter's API, and forexhooks' own below /api.

    Press Ctrl-C to stop; requests in progress are still answered.
    """
    imported("uvicorn", "'forexhooks[server]'")
    from forexhooks.server import app
    from forexhooks.server.running import listening, serve, serve_in

    if not host:
        raise click.UsageError("--host is empty: give an address, like 127.0.0.1")
    manager = State.of(ctx).manager()

    def make() -> Starlette:
        return app(manager, drivers, refresh=_REFRESH[refresh], watch=folder, time_limit=time_limit)

    if folder is None:  # with a folder, the processes that serve load the drivers
        forexhooks.open(*drivers, manager=manager)
    with listening(host, port) as on:
        where = f"[{host}]" if ":" in host else host
        address = f"http://{where}:{on.getsockname()[1]}"
        echo(f"Serving at {address} (Ctrl-C to stop)", err=True)
        if workers == 1:
            serve(make, on, access_log=not no_access_log)
        else:
            serve_in(workers, make, on, access_log=not no_access_log)
    with warnings.catch_warnings():  # plugins still in use end with the process
        warnings.simplefilter("ignore", forexhooks.DrainWarning)
        manager.close(drain=_DRAINED_FOR)
