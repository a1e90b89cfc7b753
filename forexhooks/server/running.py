"""Running the application: one process, or several on one socket."""

from __future__ import annotations

import copy
import os
import signal
import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.config import LOGGING_CONFIG

if TYPE_CHECKING:
    from starlette.applications import Starlette

GRACE = 10
"""Seconds that requests under way have when the server ends."""

MOST_CONNECTIONS = 1_000
"""Connections of a process; further ones are answered with 503."""

_KEPT_ALIVE = 5
_AGAIN_AFTER = 1.0


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 is any that is free. Raises `OSError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    on = socket.create_server((host, port), family=family, backlog=2048)
    # Connections inherit it. asyncio does not set it for a socket of this kind, and the body of a
    # response, sent after its head, would wait 40 ms for the client to confirm the head.
    on.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return on


def serve(make: Callable[[], Starlette], on: socket.socket, *, access_log: bool = True) -> None:
    """Serve in this process until a signal ends it.

    Args:
        make: Makes the application.
        on: The socket to listen on.
        access_log: Whether each request is logged.
    """
    logging = copy.deepcopy(LOGGING_CONFIG)
    logging["loggers"]["forexhooks"] = {"handlers": ["default"], "level": "INFO"}
    config = uvicorn.Config(
        make(),
        log_config=logging,
        access_log=access_log,
        timeout_keep_alive=_KEPT_ALIVE,
        timeout_graceful_shutdown=GRACE,
        limit_concurrency=MOST_CONNECTIONS,
        server_header=False,
        lifespan="on",
    )
    uvicorn.Server(config).run(sockets=[on])


def serve_in(workers: int, make: Callable[[], Starlette], on: socket.socket, **named: bool) -> None:
    """Serve in several processes, forked off this one, until a signal ends it.

    One that dies is replaced. Needs `os.fork`.

    Args:
        workers: How many.
        make: Makes the application, in each process.
        on: The socket that they share.
        named: As `serve` has them.
    """
    children: set[int] = set()
    is_ending = False

    def end(_: int, __: object) -> None:
        nonlocal is_ending
        is_ending = True
        for child in children:
            os.kill(child, signal.SIGTERM)

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, end)
    while not is_ending or children:
        while len(children) < workers and not is_ending:
            child = os.fork()
            if child == 0:
                _work(make, on, named)
            children.add(child)
            if is_ending:  # the signal came before it was known
                os.kill(child, signal.SIGTERM)
        ended, _ = os.waitpid(-1, 0)
        children.discard(ended)
        if not is_ending:
            time.sleep(_AGAIN_AFTER)  # one that cannot start is not started without end


def _work(make: Callable[[], Starlette], on: socket.socket, named: dict[str, bool]) -> None:
    status = 1
    try:
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, signal.SIG_DFL)
        serve(make, on, **named)
        status = 0
    finally:
        os._exit(status)
