"""A provider on this machine: a real HTTP/1.1 server, whose answers a test chooses.

Not pytest-httpserver, which closes every connection: here it is counted how many are opened.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


class Reply(NamedTuple):
    """One answer, as its bytes are sent."""

    status: int
    headers: dict[str, str]
    content: bytes


class Misbehave(NamedTuple):
    """An answer that is none: what to do with the connection, which is closed afterwards."""

    with_connection: Callable[[socket.socket], None]


def reply(body: object = b"", status: int = 200, **headers: str) -> Reply:
    """An answer: bytes and text as they are, all else as JSON; `etag='"1"'` is the header ETag."""
    if isinstance(body, str):
        body = body.encode()
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, content
    )


class Provider:
    """The server. `answer` is asked for every request; `asked` are those that came so far."""

    def __init__(self) -> None:
        self.url = ""
        self.answer: Callable[[Asked], Reply | Misbehave] = lambda asked: reply("no page", 404)
        self.asked: list[Asked] = []
        self.connections = 0
        self._lock = threading.Lock()

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [asked.path for asked in self.asked]

    def connected(self) -> None:
        with self._lock:
            self.connections += 1

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers)
        with self._lock:
            self.asked.append(asked)
        answer = self.answer(asked)
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


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Provider]:
    """Run a provider."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            provider.connected()

        def do_GET(self) -> None:
            provider.respond(self)

        def log_message(self, *_: Any) -> None:
            """The test looks at `asked`."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        scheme = "http" if tls is None else "https"
        provider.url = f"{scheme}://localhost:{server.server_port}"
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()
