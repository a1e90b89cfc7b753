"""docs/web-service.md: its program under gunicorn, with preload, several workers and some load."""

from __future__ import annotations

import inspect
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import forexhooks
from forexhooks import errors
from test_docs import ROOT, examples_in, file_of

PAGE = ROOT / "docs" / "web-service.md"
LONG = 60.0
# The page's own program, and which of the workers answered.
SERVED = """
import os
from rates_app import application as shown

def application(environ, start_response):
    def start(status, headers):
        start_response(status, [*headers, ("Worker", f"{os.getpid()} {os.getppid()}")])
    return shown(environ, start)
"""


def program() -> str:
    return next(each.text for each in examples_in(PAGE) if file_of(each) == "rates_app.py")


def asked(port: int, **question: str) -> tuple[int, dict[str, Any], str]:
    address = f"http://127.0.0.1:{port}/?{urllib.parse.urlencode(question)}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        reply = opener.open(address, timeout=LONG)
    except urllib.error.HTTPError as error:
        reply = error
    with reply:
        return reply.status, json.load(reply), reply.headers["Worker"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
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
            env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONWARNINGS": "ignore"},
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
    server: tuple[int, subprocess.Popen[bytes]], tmp_path: Path
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
