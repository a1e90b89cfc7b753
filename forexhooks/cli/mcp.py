"""`forexhooks mcp`."""

from __future__ import annotations

import click

from forexhooks.cli.options import State, driver_option, offline_option, plugin_option, trace_option
from forexhooks.cli.printing import echo


@click.command("mcp")
@driver_option
@click.option(
    "--http", "is_http", is_flag=True, help="Serve over HTTP instead of stdin and stdout."
)
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="With --http: the address to listen on."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="With --http: the port to listen on; 0 takes a free one.",
)
@offline_option
@plugin_option
@trace_option
@click.pass_context
def command(
    ctx: click.Context, *, drivers: tuple[str, ...], is_http: bool, host: str, port: int
) -> None:
    """Give rates to an AI agent: a server for the Model Context Protocol.

    The agent starts this command and talks to it over stdin and stdout. With --http it listens
    for any number of agents.
    """
    from forexhooks.adapters.mcp import server

    manager = State.of(ctx).manager()
    found = server(*drivers, manager=manager, refresh=manager.settings.refresh is not False)
    if not is_http:
        found.run()
        return
    from forexhooks.server.running import listening, serve

    if not host:
        raise click.UsageError("--host is empty: give an address, like 127.0.0.1")
    with listening(host, port) as on:
        where = f"[{host}]" if ":" in host else host
        echo(f"Serving at http://{where}:{on.getsockname()[1]}/mcp (Ctrl-C to stop)", err=True)
        serve(lambda: found.streamable_http_app(host=host), on, access_log=False)
    manager.close()
