"""Running the application: one process, or several on one socket."""

from __future__ import annotations

import asyncio
import copy
import errno
import mmap
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.config import LOGGING_CONFIG

from forexhooks import ForexError
from forexhooks.errors import SettingsError

if TYPE_CHECKING:
    from starlette.applications import Starlette

GRACE = 10
"""Seconds that requests in progress get when the server shuts down."""

SENT_WITHIN = 20.0
"""Seconds that a client has to send a request after the previous one."""

TAKEN_WITHIN = 120.0
"""Seconds after a request until its response must have been received."""

MOST_CONNECTIONS = 1_000
"""How many connections a process accepts; further ones get 503."""

_ENDING = (signal.SIGTERM, signal.SIGINT)
_METRICS = "PROMETHEUS_MULTIPROC_DIR"
_KEPT_ALIVE = 5
_AGAIN_AFTER = 1.0


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens on this address; port 0 is any free port. Raises `SettingsError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        on = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise SettingsError(_refused(host, port, error)) from error
    # Connections inherit it. asyncio does not set it for a socket of this kind, and the body of a
    # response, sent after its head, would wait 40 ms for the client to confirm the head.
    on.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return on


def _refused(host: str, port: int, error: OSError) -> str:
    """What keeps a socket from this address, and what to do."""
    if error.errno == errno.EADDRINUSE:
        what = f"port {port} of {host} is in use: stop the program that uses it"
        return f"{what}, or choose another port with --port"
    if error.errno == errno.EACCES:
        return f"you may not listen on port {port}: choose another with --port, from 1024 on"
    said = str(error.strerror).partition(" (while")[0].lower()
    return f"cannot listen at {host}: {said}; choose another address with --host, like 127.0.0.1"


class _Server(uvicorn.Server):
    """uvicorn, but it ends streams at shutdown, which would end by themselves much later.

    Args:
        config: How to serve.
        application: The application to serve.
        started: Called once it serves.
        parent: The process that it ends with; None: it ends with none.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        application: Starlette,
        started: Callable[[], object],
        parent: int | None = None,
    ) -> None:
        super().__init__(config)
        self._application = application
        self._has_started = started
        self._parent = parent
        # What each connection is doing, and since when.
        self._since: dict[object, tuple[float, object, bool]] = {}

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._has_started()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Only an application that `app` made has streams and questions of its own to end.
        state = self._application.state
        if hasattr(state, "end"):
            state.end()
            # Before uvicorn cuts them off.
            asyncio.get_running_loop().call_later(GRACE * 0.8, state.desk.give_up)
        await super().shutdown(sockets)

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:  # ten counts are a second
            self._cut_slow_clients(time.monotonic())
        # The parent has died: a worker must not keep the port.
        return await super().on_tick(counter) or self._parent not in {None, os.getppid()}

    def _cut_slow_clients(self, now: float) -> None:
        """Close connections that take too long to send a request or to receive its response.

        uvicorn waits for both without limit, and the number of connections is limited.
        """
        since = self._since
        self._since = {}
        for each in self.server_state.connections:
            cycle = getattr(each, "cycle", None)
            is_asking = cycle is None or cycle.response_complete
            began, *what = since.get(each, (now,))
            if what != [cycle, is_asking]:
                began = now
            if now - began > (SENT_WITHIN if is_asking else TAKEN_WITHIN):
                each.transport.abort()
            self._since[each] = (began, cycle, is_asking)


def serve(
    make: Callable[[], Starlette],
    on: socket.socket,
    *,
    access_log: bool = True,
    started: Callable[[], object] = lambda: None,
    parent: int | None = None,
) -> None:
    """Serve in this process until a signal ends it; then return.

    Args:
        make: Makes the application.
        on: The socket to listen on.
        access_log: Whether each request is logged.
        started: Called once it serves.
        parent: The process that it ends with, as a worker does; None: it ends with none.
    """
    try:
        _serve(make, on, access_log, started, parent)
    finally:
        for each in _ENDING:  # another signal during the shutdown ends that
            signal.signal(each, signal.SIG_DFL)


def _serve(
    make: Callable[[], Starlette],
    on: socket.socket,
    access_log: bool,
    started: Callable[[], object],
    parent: int | None,
) -> None:
    for each in _ENDING:
        signal.signal(each, _end)
    _hold_signals(held=False)
    application = make()
    logging = copy.deepcopy(LOGGING_CONFIG)
    logging["loggers"]["forexhooks"] = {"handlers": ["default"], "level": "INFO"}
    config = uvicorn.Config(
        application,
        log_config=logging,
        access_log=access_log,
        timeout_keep_alive=_KEPT_ALIVE,
        timeout_graceful_shutdown=GRACE,
        limit_concurrency=MOST_CONNECTIONS,
        server_header=False,
        lifespan="on",
        ws="none",
    )
    # uvicorn raises the signal that ended it again, for the previous handler.
    with suppress(_EndedBySignal):
        _Server(config, application, started, parent).run(sockets=[on])


def _hold_signals(*, held: bool) -> None:
    """Let the signals that end a process wait, or deliver them."""
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_BLOCK if held else signal.SIG_UNBLOCK, _ENDING)


class _EndedBySignal(SystemExit):
    """A signal ended the process: resources are closed on the way out."""


def _end(number: int, _: object) -> None:
    raise _EndedBySignal(128 + number)


def serve_in(workers: int, make: Callable[[], Starlette], on: socket.socket, **named: bool) -> None:
    """Serve in several processes, forked from this one, until a signal ends it and them.

    One that dies is replaced. Needs `os.fork`.

    Args:
        workers: How many processes.
        make: Makes the application, in each process.
        on: The socket that they share.
        **named: As for `serve`.

    Raises:
        ForexError: One ended before any was serving: another one would, too.
    """
    with _counted_together():
        _serve_in(workers, make, on, **named)


@contextmanager
def _counted_together() -> Iterator[None]:
    """In this context, forked processes count for the metrics in one folder."""
    folder = None
    if not os.environ.get(_METRICS):
        folder = os.environ[_METRICS] = tempfile.mkdtemp(prefix="forexhooks-metrics-")
    made_in = os.getpid()
    try:
        yield
    finally:
        if folder is not None and os.getpid() == made_in:
            shutil.rmtree(folder, ignore_errors=True)


def _serve_in(
    workers: int, make: Callable[[], Starlette], on: socket.socket, **named: bool
) -> None:
    if sys.platform == "win32":
        raise ForexError("Windows cannot fork, so one process serves: leave out --workers")
    own = os.getpid()  # not asked for in a child: its parent may be gone by then
    children: set[int] = set()
    has_served = mmap.mmap(-1, 1)  # shared with the children
    is_ending = False

    def end(_: int = 0, __: object = None) -> None:
        nonlocal is_ending
        is_ending = True
        for child in children:
            os.kill(child, signal.SIGTERM)

    for each in _ENDING:
        signal.signal(each, end)
    failed: int | None = None
    while not is_ending or children:
        while len(children) < workers and not is_ending:
            # Until the child has handlers of its own, those of the parent would lose a signal.
            _hold_signals(held=True)
            child = os.fork()
            if child == 0:
                serve(make, on, started=lambda: has_served.write(b"1"), parent=own, **named)
                return
            children.add(child)
            _hold_signals(held=False)
        ended, status = os.waitpid(-1, 0)
        children.discard(ended)
        if is_ending:
            continue
        if has_served[0] == 0:
            failed = os.waitstatus_to_exitcode(status)
            end()
        else:
            time.sleep(_AGAIN_AFTER)  # do not restart a failing worker in a tight loop
    if failed is not None:
        how = f"exit code {failed}" if failed >= 0 else f"signal {-failed}"
        raise ForexError(f"no worker could start: one ended with {how}; its error is above")
