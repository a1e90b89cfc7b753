"""`forexhooks update`, and the latest rate of a store that is stale, as real processes."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pexpect
import pytest

from fakes import ecb
from fakes.ecb import DAILY, HISTORY, Ecb
from faults import SLACK, drip, hang, raw, reset
from patience import CHILD_LIMIT
from providers import Asked, Misbehave, Provider, Reply, reply

from .conftest import Run

NEWEST = ecb.days_of_publication(datetime.now(UTC).date())[-1]
USD = ecb.value("USD", NEWEST)
STALE = "1 EUR = 1.1172 USD (2026-10-30, ecb, direct)\n"


@pytest.fixture
def environment(environment: dict[str, str], provider: Provider, tmp_path: Path) -> dict[str, str]:
    """The network is allowed, and the ECB is on this machine."""
    provider.answer = Ecb(NEWEST).answer
    local = {"FOREXHOOKS_ECB_BASE_URL": provider.url}
    return {name: environment[name] for name in environment if name != "FOREXHOOKS_OFFLINE"} | local


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "data" / "forexhooks" / "ecb" / "eurofxref.store"


def test_an_update_and_one_more(run: Run, provider: Provider, store: Path) -> None:
    done = run("update")
    assert (done.returncode, done.stderr) == (0, "")
    news = 29 * (len(ecb.days_of_publication(NEWEST)) - 1)
    assert done.stdout == f"ecb: {news} new observations; the newest day is {NEWEST}\n"
    before = store.read_bytes()
    again = run("update", "ecb")
    assert (again.stdout, again.stderr) == (f"ecb is up to date; the newest day is {NEWEST}\n", "")
    assert provider.paths[-1] == DAILY
    assert store.read_bytes() == before
    assert run("rate", "EUR", "USD").stdout == f"1 EUR = {USD} USD ({NEWEST}, ecb, direct)\n"
    assert len(provider.asked) == 2


def test_json(run: Run, store: Path) -> None:
    done = run("update", "--full", "--json")
    assert json.loads(done.stdout) == {
        "driver": "ecb",
        "before": "2026-10-30",
        "after": str(NEWEST),
        "source": "eurofxref-hist.zip",
        "added": 29 * (len(ecb.days_of_publication(NEWEST)) - 1),
        "changed": 0,
        "kept_out": [],
        "path": str(store),
    }


def test_what_is_kept_out_is_named(run: Run, provider: Provider) -> None:
    provider.answer = Ecb(NEWEST, CAD="156.06").answer
    done = run("update")
    assert done.returncode == 0
    assert done.stderr.startswith(f"Warning: left out: EUR/CAD 156.06 on {NEWEST}: it was 1.5")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--offline"], "the network is switched off"),
        (["ebc"], "did you mean 'ecb'"),
        (["acme", "-p", "raw_acme"], "acme keeps no store: there is nothing to update"),
    ],
)
def test_an_error_is_one_line(
    run: Run, provider: Provider, arguments: list[str], says: str
) -> None:
    done = run("update", *arguments)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("Error: ") and says in done.stderr
    assert provider.asked == []


def test_a_data_folder_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    done = run("update")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert "eurofxref.store cannot be written" in done.stderr
    rate = run("rate", "EUR", "USD")
    assert (rate.returncode, rate.stdout) == (0, STALE)
    assert "(the refresh failed: the store" in rate.stderr


def test_the_latest_rate_is_refreshed_once(run: Run, provider: Provider) -> None:
    done = run("rate", "EUR", "USD")
    assert (done.stdout, done.stderr) == (f"1 EUR = {USD} USD ({NEWEST}, ecb, direct)\n", "")
    assert run("convert", "1", "EUR", "USD").returncode == 0
    assert len(provider.asked) == 1


FAULTS: dict[str, tuple[Reply | Misbehave, str]] = {
    "hang": (raw(b"", hang), "did not send a whole response in time"),
    "drip": (raw(b"HTTP/1.1 200 OK\r\n\r\n<", drip), "did not send a whole response in time"),
    "reset": (raw(b"", reset), "cannot be reached"),
    "HTML": (reply("<html><p>Sign in."), "is not in the format it should be"),
    "503": (reply("", 503), "answered 503"),
}


@pytest.mark.parametrize(("answer", "says"), FAULTS.values(), ids=FAULTS)
def test_a_refresh_that_fails_costs_3_seconds_once(
    run: Run, provider: Provider, store: Path, answer: Reply | Misbehave, says: str
) -> None:
    provider.answer = lambda asked: answer
    impatient = [sys.executable, "-m", "forexhooks", "rate", "EUR", "USD"]
    began = time.monotonic()
    done = run(*impatient, as_it_is=True)
    assert time.monotonic() - began < 3 + SLACK
    assert (done.returncode, done.stdout) == (0, STALE)
    assert done.stderr.startswith("Note: stale: ecb holds rates up to 2026-10-30; the rate of ")
    assert done.stderr.count("\n") == 1
    # On a slow machine the time is over before it is known why.
    assert re.search(rf"\(the refresh failed: .*({says}|longer than 3 s)", done.stderr)
    asked = len(provider.asked)
    began = time.monotonic()
    assert "(the refresh failed" in run("rate", "EUR", "USD").stderr
    assert (len(provider.asked), store.exists()) == (asked, False)


@pytest.mark.parametrize("how", ["--offline", "setting", "a past day"])
def test_no_refresh(run: Run, provider: Provider, how: str) -> None:
    more = {"--offline": ["--offline"], "setting": [], "a past day": ["--on", "2026-10-30"]}[how]
    variables = {"FOREXHOOKS_REFRESH": "no"} if how == "setting" else {}
    assert run("rate", "EUR", "USD", *more, **variables).stdout == STALE
    assert provider.asked == []


def test_a_damaged_store_is_named(run: Run, store: Path) -> None:
    store.parent.mkdir(parents=True)
    store.write_bytes(b"")
    done = run("rate", "EUR", "USD", "--on", "2026-10-30")
    assert (done.returncode, done.stdout) == (0, STALE)
    assert done.stderr.startswith(f"Warning: ecb: the store {store} cannot be used: ")
    assert "the bundle answers instead: `forexhooks update ecb` repairs it" in done.stderr
    assert done.stderr.count("\n") == 1


def slowly(reply: Reply) -> Misbehave:
    """In eight pieces, over a second."""

    def send(connection: socket.socket) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(reply.content)}\r\n\r\n"
        size = len(reply.content) // 8 + 1
        with contextlib.suppress(OSError):
            connection.sendall(head.encode())
            for at in range(0, len(reply.content), size):
                connection.sendall(reply.content[at : at + size])
                time.sleep(0.12)

    return Misbehave(send)


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")
def test_a_progress_bar_at_a_terminal(environment: dict[str, str], provider: Provider) -> None:
    def answer(asked: Asked) -> Misbehave:
        # A zip may have anything before it: here, what makes it worth a progress bar.
        return slowly(reply(bytes(200_000) + Ecb(NEWEST).answer(asked).content))

    provider.answer = answer
    child = pexpect.spawn(
        sys.executable,
        ["-m", "forexhooks", "update", "--full"],
        env={**environment, "TERM": "xterm"},
        dimensions=(40, 100),
        encoding="utf-8",
        timeout=CHILD_LIMIT,
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", child.before)
    assert provider.paths == [HISTORY]
    assert "━" in shown
    assert len(set(re.findall(r"[0-9.]+/[0-9.]+ (?:bytes|kB)", shown))) > 2
    assert shown.rstrip().endswith("new observations; the newest day is " + str(NEWEST))


def test_no_progress_bar_where_nobody_looks(run: Run) -> None:
    assert run("update", "--full").stderr == ""


def test_two_at_once(environment: dict[str, str], provider: Provider, store: Path) -> None:
    command = [sys.executable, "-m", "forexhooks", "update"]
    both = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = sorted(each.communicate(timeout=CHILD_LIMIT)[0] for each in both)
    assert [each.returncode for each in both] == [0, 0]
    assert sum("new observations" in each for each in said) == 1
    assert sum("is up to date" in each for each in said) == 1
    assert [path.name for path in sorted(store.parent.iterdir())] == [
        store.name, f"{store.name}.lock"
    ]  # fmt: skip
