"""Who means ill: slow clients, broken requests, storms, and what must cost no provider anything."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterator, Set
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
import uvicorn

from forexhooks import Driver, ForexManager, HttpDriver, Observation, Profile
from forexhooks.server import app, desk, running
from patience import CHILD_LIMIT
from providers import Provider, reply
from server_of_ours import Server


def exchanged(server: Server, sent: bytes) -> bytes:
    """All that the server sends back, up to where it ends the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=CHILD_LIMIT) as connection:
        with contextlib.suppress(ConnectionError):  # it need not take all of it
            connection.sendall(sent)
        got = b""
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(65536):
                got += part
        return got


def request(path: str, *headers: str, method: str = "GET", host: str = "Host: x") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", host, *headers, "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
        (request("/v1/\xff"), 400),
        (request("/healthz", host="X: no host"), 400),
        (request("/healthz", "Host: y"), 400),
        (request("/healthz", "A: " + "a" * 200_000), 400),
        (request("/healthz", "A\x00: a"), 400),
        (request("/v1/latest", "Content-Length: 5", "Content-Length: 6"), 400),
        (request("/v1/latest", "Transfer-Encoding: chunked", method="POST") + b"0\r\n\r\nG", 405),
        (request("/v1/latest", "If-None-Match: " + '"a",' * 10_000), 200),
        (request("/v1/latest", "Upgrade: websocket", "Sec-WebSocket-Key: eA=="), 200),
        (request("/healthz", *(f"A{number}: a" for number in range(2_000))), 200),
        (request("/v1/%2e%2e/%2e%2e/etc/passwd"), 404),
        (request("/v1/2026-10-30%0d%0aSet-Cookie:a"), 404),
        (request("/v1/latest?symbols=USD%0d%0aSet-Cookie:a"), 404),
        (request("/v1/latest?symbols=%00&from=%ff"), 404),
        (request("//v1/latest"), 404),
        (request("/api/../v1/latest"), 404),
        (request("http://elsewhere/v1/latest"), 404),
        (request("*", method="OPTIONS"), 404),
        (request("/v1/latest?" + "&".join(f"a{number}=1" for number in range(5_000))), 414),
        (request("/v1/latest?amount=1e999999"), 422),
        (request("/api/convert?base=EUR&quote=USD&amount=1e999999"), 400),
        (request("/api/convert?base=EUR&quote=USD&amount=1&places=9999"), 400),
        (request("/api/history?base=EUR&quote=USD&start=0001-01-01&end=9999-12-31"), 400),
    ],
)
def test_a_broken_request_is_refused_and_harms_no_other(
    server: Server, sent: bytes, status: int
) -> None:
    got = exchanged(server, sent)
    assert got.startswith(f"HTTP/1.1 {status} ".encode()), got[:200]
    assert b"set-cookie" not in got.lower().partition(b"\r\n\r\n")[0]
    assert b"Traceback" not in got
    assert server.get("/healthz") == {"status": "up"}


def test_head_and_options_say_what_get_would_and_send_nothing(server: Server) -> None:
    paths = ("/", "/events", "/healthz", "/readyz", "/metrics", "/v1/latest", "/v2/rates.csv",
             "/api/rate?base=EUR&quote=USD", "/api/openapi.json", "/nowhere/at/all")  # fmt: skip
    for path in paths:
        head = server.ask(path, "HEAD")
        assert head.body == b"", path
        if path != "/events":  # which goes on
            got = server.ask(path)
            assert (head.status, head.headers.keys()) == (got.status, got.headers.keys()), path
        assert server.ask(path, "OPTIONS").status == (404 if "nowhere" in path else 204), path


def test_many_requests_in_one_connection_and_many_connections(server: Server) -> None:
    many = b"GET /v1/latest HTTP/1.1\r\nHost: x\r\n\r\n" * 200 + request("/healthz")
    assert exchanged(server, many).count(b"HTTP/1.1 200 OK") == 201
    with ThreadPoolExecutor(8) as threads:
        asked = [threads.submit(server.ask, "/v1/latest") for _ in range(200)]
        assert {each.result().status for each in asked} == {200}


class Served(Server):
    """A server, and the connections that it holds."""

    def __init__(self, port: int, connections: Set[object]) -> None:
        super().__init__(port)
        self.connections = connections


@contextlib.contextmanager
def serving_as_run(manager: ForexManager, *drivers: str) -> Iterator[Served]:
    """As `forexhooks serve` does, in a thread."""
    with running.listening("127.0.0.1", 0) as on:
        application = app(manager, drivers, refresh=False)
        config = uvicorn.Config(application, log_level="warning", lifespan="on")
        server = running._Server(config, application, lambda: None)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [on]})
        thread.start()
        try:
            yield Served(on.getsockname()[1], server.server_state.connections)
        finally:
            server.should_exit = True
            thread.join(CHILD_LIMIT)
            assert not thread.is_alive()


def test_slow_clients_are_cut_off(manager: ForexManager, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "SENT_WITHIN", 1.0)
    monkeypatch.setattr(running, "TAKEN_WITHIN", 1.0)
    large = request("/v2/rates?from=2010-01-01")
    begun = (b"", b"GET /v1/latest HTTP/1.1\r\nHo", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET",
             b"POST /v1/latest HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\na")  # fmt: skip
    with serving_as_run(manager, "ecb") as server, contextlib.ExitStack() as open_ones:
        address = ("127.0.0.1", server.port)
        for sent in begun * 20:
            connection = open_ones.enter_context(socket.create_connection(address, CHILD_LIMIT))
            with contextlib.suppress(ConnectionError):  # it was cut off by then
                connection.sendall(sent)
        taking = open_ones.enter_context(socket.socket())
        taking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        taking.connect(address)
        taking.sendall(large)
        assert server.get("/healthz") == {"status": "up"}
        wait_for(lambda: not server.connections)  # all were cut off, though nobody left


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + CHILD_LIMIT
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_large_questions_leave_threads_for_the_others(
    manager: ForexManager, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "_LARGE", -1)  # all histories are
    may_go = threading.Event()

    class Slow(Driver):
        name = "slow"
        profile = Profile(title="Slow", pivot="EUR")

        def currencies(self) -> frozenset[str]:
            return frozenset({"EUR", "USD"})

        def observations(
            self, currencies: Collection[str], start: date | None, end: date | None
        ) -> Iterator[Observation]:
            if start is not None and end is not None and (end - start).days > 20:
                may_go.wait(CHILD_LIMIT)
            yield Observation(date(2026, 10, 30), "EUR", "USD", Decimal("1.5"))

    manager.register(Slow())
    with serving_as_run(manager, "slow") as slow, ThreadPoolExecutor(64) as threads:
        paths = [f"/v2/rates?from=2026-10-{day:02}&quotes=USD" for day in range(1, 31)]
        asked = [threads.submit(slow.ask, path) for path in paths]
        try:
            assert slow.get("/readyz")["status"] == "ready"
            wait_for(lambda: sum(each.done() for each in asked) >= 22)
        finally:
            may_go.set()
        statuses = [each.result().status for each in asked]
        assert statuses.count(503) >= 22 and statuses.count(200) >= 1


class Local(HttpDriver):
    """Asks a provider on this machine."""

    name = "local"
    profile = Profile(title="Local", pivot="EUR", publishes="USD")
    BASE_URL = "http://127.0.0.1:9"

    def currencies(self) -> frozenset[str]:
        return frozenset({"EUR", "USD"})

    def observations(self, *_: object) -> Iterator[Observation]:
        row = self.fetch_json("/rates.json")
        yield Observation(date(2026, 10, 30), "EUR", "USD", row["USD"])


def test_a_thousand_bad_questions_cost_the_provider_nothing(provider: Provider) -> None:
    provider.answer = lambda asked: reply('{"USD": 1.5}')
    letters = "ABCDEFGHIJ"
    codes = ["".join(each) for each in itertools.product("QXZ", letters, letters)]
    bad = ["/v2/rate/EUR/{}", "/latest?from={}", "/v1/latest?to={}", "/?base={}",
           "/api/rate?base=EUR&quote={}", "/v2/rates?quotes={}"]  # fmt: skip
    paths = [bad[number % 6].format(code) for number, code in enumerate(codes)]
    # Currencies that the driver lacks; days to come; what is no day.
    paths += [f"/v2/rate/EUR/{code}" for code in ("PLN", "CHF", "XAU", "BTC", "ZWL")]
    paths += [f"/v1/2099-01-{day:02}?to=USD" for day in range(1, 32)]
    paths += [f"/v1/2026-13-{day:02}" for day in range(1, 32)]
    with ForexManager() as manager:
        manager.register(Local(base_url=provider.url))
        with serving_as_run(manager, "local") as server, ThreadPoolExecutor(8) as threads:
            assert server.get("/v1/latest?to=USD")["rates"] == {"USD": Decimal("1.5")}
            before = len(provider.asked)
            replies = list(threads.map(server.ask, paths))
    assert {each.status for each in replies} <= {200, 400, 404, 422}
    assert len(provider.asked) <= before + 1
