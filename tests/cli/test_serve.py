"""`forexhooks serve`, as it is run: in a process of its own, and ended by a signal."""

from __future__ import annotations

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
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from forexhooks.server.running import listening
from patience import CHILD_LIMIT, HEARING
from plugins_on_disk import raw, write

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX signals")


HURRIED = """
import forexhooks.server.running as running
running.GRACE = 2
from forexhooks.cli import main
main()
"""
"""The command line, with less time for requests under way."""


@contextmanager
def running(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-c", HURRIED, "serve", "--port", "0", *arguments]
    process = subprocess.Popen([*HEARING, *command], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        address = re.search(r"http://\S+", line)
        assert address is not None, line + process.stderr.read()
        yield address[0], process
    finally:
        process.kill()
        process.communicate(timeout=CHILD_LIMIT)


def asked(url: str) -> object:
    with urlopen(url, timeout=CHILD_LIMIT) as reply:  # noqa: S310 - it is ours
        return json.load(reply)


@pytest.mark.parametrize("workers", [1, 2])
def test_it_answers_and_ends_by_a_signal(workers: int) -> None:
    with running("--driver", "ecb", "--workers", str(workers)) as (url, process):
        for _ in range(4):
            assert asked(f"{url}/v2/rate/EUR/USD?date=2026-10-30") == {
                "date": "2026-10-30",
                "base": "EUR",
                "quote": "USD",
                "rate": 1.1172,
            }
        counted = 'count{route="/v2/rate/{base}/{quote}",status="200"} 4.0'
        for _ in range(4):  # of all workers, whichever answers
            with urlopen(f"{url}/metrics", timeout=CHILD_LIMIT) as reply:  # noqa: S310 - it is ours
                assert counted in reply.read().decode()
        process.send_signal(signal.SIGTERM)
        assert process.wait(CHILD_LIMIT) == 0


CLOSED = """
@forexhooks.hookimpl
def forex_close():
    print("closed", file=sys.stderr, flush=True)
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_a_folder_of_drivers_is_served_and_they_are_closed(tmp_path: Path, workers: int) -> None:
    write(tmp_path / "acme.py", raw(7, below=CLOSED))
    options = ("--driver", "acme", "--watch", str(tmp_path), "--workers", str(workers))
    with running(*options) as (url, process):
        assert asked(f"{url}/latest?to=USD") == {
            "amount": 1.0,
            "base": "EUR",
            "date": "2026-10-30",
            "rates": {"USD": 7},
        }
        assert process.stderr is not None
        began = 0
        while began < workers:  # one that has not begun has loaded nothing yet
            began += "startup complete" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(CHILD_LIMIT) == 0
        assert process.stderr.read().count("closed\n") == workers


SLOW = """
import time
from datetime import date
from decimal import Decimal
import forexhooks

@forexhooks.hookimpl
def forex_driver_name():
    return "acme"

@forexhooks.hookimpl
def forex_get_rate(driver, base, quote):
    if driver == "acme":
        if quote == "PLN":
            time.sleep(1000)
        return forexhooks.Rate(base, quote, Decimal(7), date(2026, 10, 30), driver)
"""


@pytest.mark.one_python
@pytest.mark.parametrize("workers", [1, 2])
def test_a_signal_ends_streams_and_questions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    copies = tmp_path / "copies"
    copies.mkdir(mode=0o700)
    monkeypatch.setenv("TMPDIR", str(copies))
    write(tmp_path / "drivers" / "acme.py", SLOW)
    folder = str(tmp_path / "drivers")
    options = ("--driver", "acme", "--watch", folder, "--workers", str(workers), "--offline")
    with running(*options) as (url, process), ThreadPoolExecutor(2) as threads:
        stream = urlopen(f"{url}/events", timeout=CHILD_LIMIT)  # noqa: S310 - it is ours
        while "acme" not in (line := stream.readline().decode()):
            assert line
        late = threads.submit(status, f"{url}/api/rate?base=EUR&quote=PLN")
        assert asked(f"{url}/latest?to=USD")
        process.send_signal(signal.SIGTERM)
        stream.read()  # to its end, which comes as it should
        assert late.result() == 503
        assert process.wait(CHILD_LIMIT) == 0
        assert process.stderr is not None
        said = process.stderr.read()
        assert "Traceback" not in said and "exceeded" not in said and "still in use" not in said
    assert list(copies.iterdir()) == []


def status(url: str) -> int:
    try:
        return int(urlopen(url, timeout=CHILD_LIMIT).status)  # noqa: S310 - it is ours
    except HTTPError as error:
        return error.code


@pytest.mark.parametrize("workers", [2, 3])
def test_workers_that_cannot_start_end_it(tmp_path: Path, workers: int) -> None:
    options = ("--driver", "acme", "--watch", str(tmp_path), "--workers", str(workers))
    command = [sys.executable, "-m", "forexhooks", "serve", "--port", "0", *options]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CHILD_LIMIT)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "unknown driver 'acme'" in done.stderr
    assert "no worker could start: one ended with exit code" in done.stderr


def test_it_outlives_the_shell_that_started_it() -> None:
    """As with `nohup`."""
    command = f"{sys.executable} -m forexhooks serve --port 0 --driver ecb & echo $! >&2"
    started = subprocess.Popen(["sh", "-c", command], stderr=subprocess.PIPE, text=True)  # noqa: S607
    assert started.stderr is not None
    number = int(started.stderr.readline())
    try:
        address = re.search(r"http://\S+", started.stderr.readline())
        assert address is not None
        started.wait(CHILD_LIMIT)
        time.sleep(0.5)  # it looks ten times a second
        assert asked(f"{address[0]}/healthz") == {"status": "up"}
    finally:
        os.kill(number, signal.SIGTERM)
        started.stderr.close()


def test_workers_end_where_the_one_that_started_them_is_gone() -> None:
    with running("--driver", "ecb", "--workers", "2") as (url, process):
        assert asked(f"{url}/healthz") == {"status": "up"}
        process.kill()
        process.wait(CHILD_LIMIT)
        until = time.monotonic() + CHILD_LIMIT
        with pytest.raises(OSError, match="refused"):
            while time.monotonic() < until:
                with suppress(ConnectionResetError):  # it was just ending
                    urlopen(f"{url}/healthz", timeout=CHILD_LIMIT).close()  # noqa: S310 - it is ours
                time.sleep(0.05)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--driver", "nobody"], "nobody"),
        (["--host", "256.0.0.1"], "cannot listen at 256.0.0.1"),
        (["--host", "256.0.0.1"], "choose another address with --host"),
        (["--watch", "/there/is/none"], "does not exist"),
    ],
)
def test_what_cannot_be_served_is_said_at_once(arguments: list[str], said: str) -> None:
    command = [sys.executable, "-m", "forexhooks", "serve", "--port", "0", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CHILD_LIMIT)
    assert done.returncode in (1, 2) and "Traceback" not in done.stderr
    assert "Error" in done.stderr and said in done.stderr


@pytest.mark.parametrize("command", ["serve", "mcp"])
def test_a_port_that_is_in_use_is_said_with_what_to_do(command: str) -> None:
    arguments = [command, "--http"] if command == "mcp" else [command]
    with listening("127.0.0.1", 0) as on:
        port = on.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "forexhooks", *arguments, "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=CHILD_LIMIT,
        )
    assert done.returncode == 1
    assert f"Error: port {port} of 127.0.0.1 is in use" in done.stderr and "--port" in done.stderr


def test_a_response_does_not_wait_for_its_head_to_be_confirmed() -> None:
    """Else the body of each waits 40 ms where a connection is kept."""
    with (
        listening("127.0.0.1", 0) as on,
        socket.create_connection(on.getsockname()),
        on.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
