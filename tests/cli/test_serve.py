"""`forexhooks serve`, as it is run: in a process of its own, and ended by a signal."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from forexhooks.server.running import listening
from patience import CHILD_LIMIT, HEARING
from plugins_on_disk import raw, write

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX signals")


@contextmanager
def running(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "forexhooks", "serve", "--port", "0", *arguments]
    process = subprocess.Popen([*HEARING, *command], stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        address = re.search(r"http://\S+(?=;)", line)
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
        process.send_signal(signal.SIGTERM)
        assert process.wait(CHILD_LIMIT) in (0, -signal.SIGTERM)


def test_a_folder_of_drivers_is_served(tmp_path: Path) -> None:
    write(tmp_path / "acme.py", raw(7))
    with running("--driver", "acme", "--watch", str(tmp_path)) as (url, _):
        assert asked(f"{url}/latest?to=USD") == {
            "amount": 1.0,
            "base": "EUR",
            "date": "2026-10-30",
            "rates": {"USD": 7},
        }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--driver", "nobody"], "nobody"),
        (["--host", "256.0.0.1"], "256.0.0.1"),
        (["--watch", "/there/is/none"], "does not exist"),
    ],
)
def test_what_cannot_be_served_is_said_at_once(arguments: list[str], said: str) -> None:
    command = [sys.executable, "-m", "forexhooks", "serve", "--port", "0", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CHILD_LIMIT)
    assert done.returncode in (1, 2) and "Traceback" not in done.stderr
    assert "Error" in done.stderr and said in done.stderr


def test_a_response_does_not_wait_for_its_head_to_be_confirmed() -> None:
    """Else the body of each waits 40 ms where a connection is kept."""
    with (
        listening("127.0.0.1", 0) as on,
        socket.create_connection(on.getsockname()),
        on.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
