"""docs/web-service.md: its program under gunicorn, with preload, several workers and some load."""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

import forexhooks
from fakes.ecb import Ecb
from forexhooks import errors
from freshness import HELD, NEWEST, NOW
from providers import Provider
from test_docs import ROOT, examples_in, file_of

PAGE = ROOT / "docs" / "web-service.md"
LONG = 60.0
# The page's own program, and which of the workers answered.
SERVED = f"""
import os
from datetime import datetime
import time_machine
time_machine.travel(datetime.fromisoformat("{NOW.isoformat()}")).start()
from rates_app import application as shown

def application(environ, start_response):
    def start(status, headers):
        start_response(status, [*headers, ("Worker", f"{{os.getpid()}} {{os.getppid()}}")])
    return shown(environ, start)
"""


def program() -> str:
    return next(each.text for each in examples_in(PAGE) if file_of(each) == "rates_app.py")


def asked(port: int, **question: str) -> tuple[int, dict[str, Any], str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=LONG)
    with contextlib.closing(connection):
        connection.request("GET", f"/?{urlencode(question)}")
        reply = connection.getresponse()
        return reply.status, json.load(reply), reply.headers["Worker"]


@pytest.fixture
def server(tmp_path: Path, provider: Provider) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    provider.answer = Ecb(NEWEST).answer
    (tmp_path / "rates_app.py").write_text(program(), encoding="utf-8")
    (tmp_path / "served.py").write_text(SERVED, encoding="utf-8")
    # gunicorn takes the socket over: nobody else can have the port.
    with socket.socket() as listener, (tmp_path / "log").open("wb") as log:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        command = [sys.executable, "-m", "gunicorn", "--preload", "--workers=3", "--threads=4"]
        master = subprocess.Popen(
            [*command, f"--bind=fd://{listener.fileno()}", "--no-control-socket", "served"],
            cwd=tmp_path,
            env={
                **os.environ,
                "FOREXHOOKS_ECB_BASE_URL": provider.url,
                "FOREXHOOKS_OFFLINE": "",
                "PYTHONPATH": str(tmp_path),
                "PYTHONWARNINGS": "ignore",
            },
            pass_fds=[listener.fileno()],
            stderr=log,
        )
        port = listener.getsockname()[1]
    try:
        yield port, master
    finally:
        if master.poll() is None:
            master.kill()
        master.wait()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="gunicorn forks")
def test_preload_and_several_workers_under_load(
    server: tuple[int, subprocess.Popen[bytes]], provider: Provider, tmp_path: Path
) -> None:
    port, master = server
    fx = forexhooks.open("ecb")
    days = ["2026-10-30", "2008-08-08", "1999-01-04"]
    expected = {
        (base, quote, day): fx.get_rate(base, quote, on=date.fromisoformat(day)).value
        for base, quote in [("EUR", "USD"), ("USD", "CAD"), ("JPY", "GBP"), ("SEK", "CHF")]
        for day in days
    }
    questions = list(expected) * 40
    with ThreadPoolExecutor(12) as threads:
        ask = lambda each: asked(port, base=each[0], quote=each[1], on=each[2])  # noqa: E731
        replies = list(threads.map(ask, questions))
        # Which worker accepts is up to the system: go on until each has answered.
        workers = {worker for *_, worker in replies}
        ending = time.monotonic() + LONG
        while len(workers) < 3 and time.monotonic() < ending:
            workers |= {worker for *_, worker in threads.map(ask, questions[:24])}
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert {status for status, *_ in replies} == {200}, log
    assert [Decimal(body["value"]) for _, body, _ in replies] == [expected[q] for q in questions]
    assert len(workers) == 3
    assert {each.split()[1] for each in workers} == {str(master.pid)}

    # So far nobody was asked. The latest is answered at once, and one worker fetches the rest.
    assert provider.asked == []
    status, body, _ = asked(port, base="EUR", quote="USD")
    assert (status, body["on"]) == (200, str(HELD)) and "should be out" in body["stale"]
    fresh = eventually_fresh(port)
    assert len(fresh) == 3
    assert len(provider.asked) <= 2  # the least file, and where that leaves a gap the next

    usd = {"base": "USD", "quote": "CAD"}
    assert asked(port, base="USD")[0] == 400
    assert asked(port, **usd, on="2026-13-01")[0] == 400
    assert asked(port, base="ABQ", quote="CAD")[0] == 400
    assert asked(port, base="USD", quote="XOF")[0] == 404
    assert asked(port, **usd, on="1980-01-01")[0] == 404
    master.send_signal(signal.SIGTERM)
    assert master.wait(LONG) == 0
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert "Traceback" not in log, log
    for worker in workers:
        with pytest.raises(ProcessLookupError):
            os.kill(int(worker.split()[0]), 0)


def eventually_fresh(port: int) -> set[str]:
    """The workers that say what was fetched, all of them if it does not take too long."""
    fresh: set[str] = set()
    ending = time.monotonic() + LONG
    while len(fresh) < 3 and time.monotonic() < ending:
        with ThreadPoolExecutor(12) as threads:
            replies = threads.map(lambda _: asked(port, base="EUR", quote="USD"), range(24))
            fresh |= {worker for _, body, worker in replies if body["on"] == str(NEWEST)}
    return fresh


KINDS = [
    each
    for each in vars(errors).values()
    if inspect.isclass(each)
    and issubclass(each, forexhooks.ForexError)
    and not each.__name__.startswith("_")
]


def test_the_table_has_the_status_of_each_error() -> None:
    names: dict[str, Any] = {"__name__": "rates_app"}
    exec(program(), names)  # noqa: S102 - our own documentation
    page = PAGE.read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `(\w+)` \| (.+?) \|", page, flags=re.M))
    assert set(table) == {each.__name__ for each in KINDS}
    for kind in KINDS:
        if kind is not forexhooks.NoDriverAnsweredError:
            assert table[kind.__name__] == str(names["status_of"](kind.__new__(kind)))
    lacks = forexhooks.UnsupportedPairError("x")
    for failures, status in [
        ({"a": lacks}, 404),
        ({"a": lacks, "b": forexhooks.QuotaError("x", retry_after=7)}, 503),
    ]:
        error = forexhooks.NoDriverAnsweredError("x", failures=failures)
        assert names["status_of"](error) == status


def test_a_later_error_has_the_status_of_its_parent() -> None:
    names: dict[str, Any] = {"__name__": "rates_app"}
    exec(program(), names)  # noqa: S102 - our own documentation
    later = type("LaterError", (forexhooks.DriverError,), {})
    assert names["status_of"](later("x")) == 502
