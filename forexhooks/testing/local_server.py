"""ForexServer: a provider on this machine, a real HTTP/1.1 server whose answers a test chooses."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    import ssl


class Asked(NamedTuple):
    """One request as the server saw it; header names in lower case."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    method: str = "GET"
    content: bytes = b""


class Reply(NamedTuple):
    """One answer, as its bytes are sent."""

    status: int
    headers: dict[str, str]
    content: bytes


class Misbehave(NamedTuple):
    """An answer that is none: what to do with the connection, which is closed afterwards."""

    with_connection: Callable[[socket.socket], None]


Answer = Callable[[Asked], Reply | Misbehave]
"""What a provider answers to each request."""


def reply(body: object = b"", status: int = 200, **headers: str) -> Reply:
    """An answer: bytes and text as they are, all else as JSON; `etag='"1"'` is the header ETag."""
    if isinstance(body, str):
        body = body.encode()
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, content
    )


class ForexServer:
    """A provider on this machine. Made by `serving()`, or by the fixture `forex_server`.

    `answer` is asked for every request and gives a `Reply`, or a `Misbehave`; `asked` are the
    requests that came so far, `connections` how many were opened for them, `problems` what
    `answer` raised, which the driver gets as an answer 500.
    """

    def __init__(self) -> None:
        self.url: str = ""
        """The address to give a driver as its `base_url`."""
        self.answer: Answer = lambda asked: reply("no page", 404)
        self.asked: list[Asked] = []
        self.connections: int = 0
        self.problems: list[str] = []
        self._lock = threading.Lock()

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [asked.path for asked in self.asked]

    def connected(self) -> None:
        """Count a connection."""
        with self._lock:
            self.connections += 1

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a request."""
        parts = urlsplit(handler.path)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        content = handler.rfile.read(int(headers.get("content-length", 0)))
        asked = Asked(parts.path, query, headers, handler.command, content)
        with self._lock:
            self.asked.append(asked)
        try:
            answer = self.answer(asked)
        except Exception as error:  # noqa: BLE001 - it is said, and must not end the server
            self.problems.append(f"{type(error).__name__}: {error}")
            answer = reply(self.problems[-1], 500)
        if isinstance(answer, Misbehave):
            handler.close_connection = True
            answer.with_connection(handler.connection)
            return
        handler.send_response(answer.status)
        sent = {"Content-Length": str(len(answer.content)), **answer.headers}
        for name, value in sent.items():
            handler.send_header(name, value)
        handler.end_headers()
        if answer.status != 304:
            handler.wfile.write(answer.content)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, *_: Any) -> None:
        """A client that has gone is part of what is tested."""


@contextlib.contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[ForexServer]:
    """Run a provider on this machine; with `tls` over HTTPS."""
    server = ForexServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            server.connected()

        def do_GET(self) -> None:
            server.respond(self)

        def do_POST(self) -> None:
            server.respond(self)

        def log_message(self, *_: Any) -> None:
            """The test looks at `asked`."""

    with _Server(("127.0.0.1", 0), Handler) as listening:
        if tls is not None:
            listening.socket = tls.wrap_socket(listening.socket, server_side=True)
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                listening.handle_request()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        scheme = "http" if tls is None else "https"
        server.url = f"{scheme}://localhost:{listening.server_port}"
        try:
            yield server
        finally:
            # A connection wakes it at once; shutdown() would wait until it looks again.
            ended.set()
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", listening.server_port)).close()
            thread.join()
