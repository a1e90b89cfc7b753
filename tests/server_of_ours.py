"""A server of our own, in a thread: asked as any client would, over a socket."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import pytest
import uvicorn

import forexhooks
from forexhooks import ForexManager
from forexhooks.server import app
from patience import CHILD_LIMIT


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body, parse_float=Decimal)


class Server:
    """An application that is served, and its address."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, path: str, method: str = "GET", **headers: str) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=CHILD_LIMIT)
        with contextlib.closing(connection):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=named)
            reply = connection.getresponse()
            lowered = {name.lower(): value for name, value in reply.getheaders()}
            return Reply(reply.status, lowered, reply.read())

    def get(self, path: str) -> Any:
        """The JSON at a path that answers."""
        reply = self.ask(path)
        assert reply.status == 200, reply
        return reply.json


@contextlib.contextmanager
def serving(manager: ForexManager, *drivers: str, **named: Any) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as on:
        tls = {name: named.pop(name) for name in ("ssl_certfile", "ssl_keyfile") if name in named}
        application = app(manager, drivers, **{"refresh": False, **named})
        config = uvicorn.Config(application, log_level="warning", lifespan="on", **tls)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [on]})
        thread.start()
        try:
            yield Server(on.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join(CHILD_LIMIT)
            assert not thread.is_alive()


@pytest.fixture
def manager() -> Iterator[ForexManager]:
    with ForexManager(discover=True) as made:
        yield made


@pytest.fixture
def server(manager: ForexManager) -> Iterator[Server]:
    """Serves the ECB's history as it comes with the package."""
    with serving(manager, "ecb") as running:
        yield running


@pytest.fixture
def fx(manager: ForexManager) -> forexhooks.ForexService:
    return forexhooks.open("ecb", manager=manager, refresh=False)
