"""The server: requests a second, memory, and swaps under load. On this machine alone, for minutes.

`python benchmarks/server.py`; `--seconds 10` for a shorter one. The server is `forexhooks serve`,
in a process of its own; what asks it is this process, over connections that are kept open.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

CLIENTS = 32
SWAPS, BAD = 100, 20
REQUESTS = 100_000

# The least that answers with these bytes: what a server of ours is compared with.
BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from forexhooks.server.running import listening

body = bytes.fromhex(sys.argv[1])

async def latest(request):
    return Response(body, media_type="application/json")

on = listening("127.0.0.1", 0)
print(f"http://127.0.0.1:{on.getsockname()[1]} ", file=sys.stderr, flush=True)
application = Starlette(routes=[Route("/v1/latest", latest)])
config = uvicorn.Config(application, log_level="critical", access_log=False)
uvicorn.Server(config).run(sockets=[on])
"""

QUOTES = ("AUD", "CAD", "CHF", "GBP", "JPY", "NOK", "PLN", "SEK", "USD")

# All its rates are its version: an answer with two of them is made of two versions.
DRIVER = """
from datetime import date, timedelta
from decimal import Decimal
from forexhooks import Driver, Observation, Profile

class Acme(Driver):
    name = "acme"
    profile = Profile(title="Acme", pivot="EUR")

    def observations(self, currencies, start, end):
        for number in range(10):
            day = date(2026, 10, 19) + timedelta(days=number)
            for quote in {quotes}:
                yield Observation(day, "EUR", quote, Decimal({version}))
"""

# The quotes are in another order each time, so that no answer is the one of a moment ago.
PATHS = (
    "/v1/latest?to={}",
    "/v1/2026-10-19..2026-10-28?to={}",
    "/v2/rates?quotes={}",
    "/v2/rates?from=2026-10-19&to=2026-10-28&quotes={}",
)


class Running:
    """A server in a process of its own; `port` is where it listens."""

    def __init__(self, *command: str) -> None:
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - as long as the server
        self.process = subprocess.Popen([sys.executable, *command], stderr=self._log)
        self.port = 0
        while not self.port:
            self._log.seek(0)
            found = re.search(r"http://127.0.0.1:(\d+) ", said := self._log.read())
            if self.process.poll() is not None:
                raise SystemExit(said)
            self.port = int(found[1]) if found else 0
            time.sleep(0.02)
        Connection(self.port).ask("/v1/latest")

    def mib(self) -> float:
        """The memory that it holds."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


@contextmanager
def running(*command: str) -> Iterator[Running]:
    server = Running(*command)
    try:
        yield server
    finally:
        server.end()


def serve(*options: str) -> tuple[str, ...]:
    common = ("--port", "0", "--no-access-log", "--refresh", "false", "--offline")
    return ("-m", "forexhooks", "serve", *common, *options)


class Connection:
    """A client that keeps its connection, and does as little as it can."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, path: str) -> tuple[int, bytes]:
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._received()
        head, _, body = got.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        while len(body) < length:
            body += self._received()
        return int(head[9:12]), body

    def _received(self) -> bytes:
        part = self._socket.recv(1 << 18)
        if not part:
            raise ConnectionError("closed")
        return part


def clients(many: int, ask: Callable[[int, Connection], bool], port: int) -> float:
    """Have so many clients ask until `ask` returns False; the seconds that took."""

    def work(number: int) -> None:
        connection = Connection(port)
        while ask(number, connection):
            pass

    threads = [threading.Thread(target=work, args=(number,)) for number in range(many)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def requests_a_second(port: int, seconds: float) -> float:
    done = [0] * 8
    until = time.perf_counter() + seconds

    def ask(number: int, connection: Connection) -> bool:
        connection.ask("/v1/latest")
        done[number] += 1
        return time.perf_counter() < until

    took = clients(len(done), ask, port)
    return sum(done) / took


def speed() -> dict[str, float]:
    """How many requests for `/v1/latest` a second, and how many a bare endpoint has."""
    with running(*serve("--driver", "ecb")) as ours:
        _, body = Connection(ours.port).ask("/v1/latest")
        with running("-c", BARE, body.hex()) as bare:
            turns = [
                (requests_a_second(ours.port, 1.5), requests_a_second(bare.port, 1.5))
                for _ in range(9)
            ]
    return {
        "of bare": statistics.median(one / other for one, other in turns),
        "a second": statistics.median(one for one, _ in turns),
    }


def memory(requests: int) -> dict[str, float]:
    """What memory grows by, from a fifth of so many requests to all of them."""
    numbers = count()
    paths = ("/v1/latest?symbols=USD&n={}", "/api/rate?base=EUR&quote=USD&on=2024-01-{:02}",
             "/v1/latest?from=X{}", "/v1/2024-02-{:02}?symbols=USD", "/nowhere/{}")  # fmt: skip

    def ask_up_to(last: int) -> Callable[[int, Connection], bool]:
        def ask(_: int, connection: Connection) -> bool:
            number = next(numbers)
            path = paths[number % len(paths)]
            connection.ask(path.format(number % 28 + 1 if "{:02}" in path else number))
            return number < last

        return ask

    with running(*serve("--driver", "ecb")) as server:
        clients(8, ask_up_to(requests // 5), server.port)
        early = server.mib()
        clients(8, ask_up_to(requests), server.port)
        return {"early MiB": early, "late MiB": server.mib()}


class Load:
    """Clients that ask an `acme` for its version, and what came of that."""

    def __init__(self, port: int) -> None:
        self.ended = threading.Event()
        self.seconds: list[float] = []
        self.newest = 0
        self.failed = self.mixed = self.older = 0
        self._port = port
        self._numbers = count()
        self._last = [0] * CLIENTS
        self._thread = threading.Thread(target=clients, args=(CLIENTS, self._ask, port))

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._thread.join()

    def _ask(self, number: int, connection: Connection) -> bool:
        asked = next(self._numbers)
        quotes = ",".join(random.sample(QUOTES, len(QUOTES))) + "," * (asked % 99)
        path = PATHS[asked % len(PATHS)].format(quotes)
        began = time.perf_counter()
        status, body = connection.ask(path)
        self.seconds.append(time.perf_counter() - began)
        versions = set(map(int, re.findall(rb'(?:"[A-Z]{3}"|"rate"):(\d+)', body)))
        self.failed += status != 200 or not versions
        self.mixed += len(versions) > 1
        self.older += any(version < self._last[number] for version in versions)
        self._last[number] = max(versions, default=self._last[number])
        self.newest = max(self.newest, *versions, 0)
        return not self.ended.is_set()

    def p99(self) -> float:
        return statistics.quantiles(self.seconds, n=100)[98] * 1000


def swaps(seconds: float, many: int, bad: int) -> dict[str, float]:
    """What clients see while a driver is swapped, and while bad versions of it come."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name, "acme.py")

        def write(version: int, more: str = "") -> None:
            partial = file.with_suffix(".tmp")
            partial.write_text(DRIVER.format(quotes=QUOTES, version=version) + more)
            partial.replace(file)

        write(1)
        with running(*serve("--driver", "acme", "--watch", name)) as server:
            with Load(server.port) as calm:
                time.sleep(seconds / 3)
            began = time.perf_counter()
            with Load(server.port) as load:
                for number in range(1, many + bad + 1):
                    is_bad = number % ((many + bad) // bad) == 0
                    write(number + 1, "\n1 / 0\n" if is_bad else "")
                    due = began + seconds * number / (many + bad)
                    late = due + 60
                    while time.perf_counter() < due or (not is_bad and load.newest <= number):
                        time.sleep(0.01)
                        if time.perf_counter() > late:
                            raise SystemExit(f"version {number + 1} is not served")
            took = time.perf_counter() - began
    return {
        "requests": len(load.seconds),
        "seconds": took,
        "failed": load.failed,
        "mixed": load.mixed,
        "older": load.older,
        "newest": load.newest,
        "p99 ms": load.p99(),
        "p99 ms, calm": calm.p99(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="of swaps under load")
    parser.add_argument("--requests", type=int, default=REQUESTS, help="after which memory counts")
    options = parser.parse_args()
    part = min(1.0, options.seconds / 60)
    print(
        json.dumps(
            {
                **speed(),
                **memory(options.requests),
                **swaps(options.seconds, round(SWAPS * part), max(1, round(BAD * part))),
            }
        )
    )


if __name__ == "__main__":
    main()
