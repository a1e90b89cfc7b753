"""ForexServer: a real HTTP/1.1 server on this machine with responses that your test chooses."""

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
    """One request, as the server received it. Header names are in lower case."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    method: str = "GET"
    content: bytes = b""


class Reply(NamedTuple):
    """One response, as it is sent."""

    status: int
    headers: dict[str, str]
    content: bytes


class Misbehave(NamedTuple):
    """What to do with a connection instead of responding; it is closed afterwards."""

    with_connection: Callable[[socket.socket], None]


Answer = Callable[[Asked], Reply | Misbehave]
"""A function that takes each request and returns the provider's response."""


def reply(body: object = b"", status: int = 200, **headers: str) -> Reply:
    """Make a response.

    Args:
        body: Bytes or a string are sent as they are, anything else as JSON.
        status: The HTTP status.
        **headers: The headers: `etag='"1"'` is the header ETag; `_` stands for `-`.

    Returns:
        The response.
    """
    if isinstance(body, str):
        body = body.encode()
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(
        status, {name.replace("_", "-"): value for name, value in headers.items()}, content
    )


class ForexServer:
    """A provider on this machine. Made by `serving()`, or by the fixture `forex_server`.

    Set `answer` to a function: it takes each request and returns a `Reply` or a `Misbehave`.
    `asked` has the requests so far, and `connections` counts the connections. `problems` has the
    exceptions that `answer` raised; the driver then gets a 500 response.
    """

    def __init__(self) -> None:
        self.url: str = ""
        """The address of the server, to give to a driver as `base_url`."""
        self.answer: Answer = lambda asked: reply("no page", 404)
        self.asked: list[Asked] = []
        self.connections: int = 0
        self.problems: list[str] = []
        self._lock = threading.Lock()

    @property
    def paths(self) -> list[str]:
        """The paths of the requests so far, in order."""
        return [asked.path for asked in self.asked]

    def connected(self) -> None:
        """Count a connection."""
        with self._lock:
            self.connections += 1

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        """Respond to a request.

        Args:
            handler: The handler that received the request.
        """
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
        """Ignore a client that has closed the connection: tests do that on purpose."""


@contextlib.contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[ForexServer]:
    """Run a provider on this machine.

    Args:
        tls: The certificate to serve HTTPS with; None: serve HTTP.

    Yields:
        The server; `url` is its address.
    """
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
            """Do not log: the test looks at `asked`."""

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
            # A connection wakes it at once; shutdown() would wait for its next poll.
            ended.set()
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", listening.server_port)).close()
            thread.join()
