"""The exit codes are those of the table in the docs."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from patience import CHILD_LIMIT, HEARING
from test_docs import ROOT

from .conftest import Run

DAY = ("--on", "2026-10-30")
FILE = ("a.csv", "--amount", "a", "--currency", "USD", "--to", "CAD", "--on", "2026-10-30")

ASK = """
from datetime import date
import forexhooks
forexhooks.open("ecb").get_rate("USD", "CAD", date(2026, 10, 30))
"""

# By its code, command lines that end with it; or the signal that does, sent to the last of them.
ENDS: dict[int, list[tuple[str, ...]]] = {
    0: [
        ("rate", "USD", "CAD", *DAY),
        ("rate", "USD", "CAD"),
        ("rate", "USD", "CAD", "AED", *DAY),
        ("history", "USD", "CAD", "AED", "--from", "2026-10-28", "--to", "2026-10-30"),
        ("compare", "USD", "CAD", *DAY, "--driver", "ecb", "--driver", "nbp"),
        ("doctor", "--driver", "fresh", "-p", "fresh.py"),
        ("--help",),
        ("convert-file", *FILE, "--rejects", "none.csv"),
        ("lock", "-o", "a.lock", "--", sys.executable, "-c",
         ASK),
    ],
    1: [
        ("rate", "USD", "AED", *DAY),
        ("rate", "USD", "CAD", "--driver", "nobody"),
        ("convert", "x", "USD", "CAD"),
        ("history", "USD", "AED", "AFN"),
        ("compare", "USD", "CAD", *DAY, "--driver", "nbp"),
        ("doctor", "--driver", "nobody"),
        ("update", "nbp"),
        ("lock", "USD/AED", "-o", "b.lock"),
        ("convert-file", "b.csv", *FILE[1:]),
        ("new", "ecb"),
        ("uninstall", "nothing-of-this-name"),
    ],
    2: [
        ("rate", "USD"),
        ("rate", "USD", "CAD", "--on", "soon"),
        ("convert", "1", "USD", "CAD", "--what"),
        ("history", "USD", "CAD", "--take", "mean"),
        ("convert-file", *FILE[:4], "wrong", *FILE[5:]),
        ("nothing",),
    ],
    3: [("convert-file", "b.csv", *FILE[1:], "--rejects", "some.csv")],
    129: [("convert-file", "-", *FILE[1:], "--format", "csv")],
    130: [("rate", "USD", "CAD", "--driver", "sleepy", "-p", "sleepy")],
    131: [("convert-file", "-", *FILE[1:], "--format", "csv")],
    143: [
        ("convert-file", "-", *FILE[1:], "--format", "csv"),
        ("watch", ".", "USD", "CAD", "--json"),
    ],
}  # fmt: skip
SIGNALS = {129: "SIGHUP", 130: "SIGINT", 131: "SIGQUIT", 143: "SIGTERM"}

FRESH = """
from datetime import date
from decimal import Decimal
from forexhooks import Driver, Observation, Profile, every_day

class Fresh(Driver):
    name = "fresh"
    profile = Profile(title="Fresh", publication_days=every_day)

    def observations(self, currencies, start, end):
        yield Observation(self.profile.today(), "USD", "CAD", Decimal(1))
"""


def test_the_table_in_the_docs_has_these_codes() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    table = page.partition("## Exit codes")[2].partition("\n## ")[0]
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.M)] == list(ENDS)


@pytest.fixture
def files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("a\n1\nx\n", encoding="utf-8")
    (tmp_path / "fresh.py").write_text(FRESH, encoding="utf-8")


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("code", "arguments"),
    [(code, each) for code, lines in ENDS.items() if code not in SIGNALS for each in lines],
    ids=lambda each: str(each) if isinstance(each, int) else " ".join(each)[:60],
)
def test_a_command_ends_with(code: int, arguments: tuple[str, ...], run: Run) -> None:
    done = run(*arguments)
    assert done.returncode == code, done.stderr


def test_lock_ends_with_the_code_of_its_command(run: Run) -> None:
    failing = sys.executable, "-c", "raise SystemExit(7)"
    assert run("lock", "-o", "a.lock", "--", *failing).returncode == 7


@pytest.mark.skipif(sys.platform == "win32", reason="no such signals")
@pytest.mark.parametrize(
    ("code", "arguments"),
    [(code, each) for code in SIGNALS for each in ENDS[code]],
    ids=lambda each: str(each) if isinstance(each, int) else each[0],
)
def test_a_signal_ends_a_command_with(
    code: int, arguments: tuple[str, ...], environment: dict[str, str], tmp_path: Path
) -> None:
    with subprocess.Popen(
        [*HEARING, sys.executable, "-m", "forexhooks", "--trace", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd=tmp_path,
    ) as running:
        assert running.stdin is not None
        if arguments[0] == "convert-file":
            running.stdin.write(b"a\n1\n")
            running.stdin.flush()
        if arguments[0] == "rate":
            assert running.stdout is not None
            running.stdout.readline()
        else:
            wait_for_handler(running.pid, SIGNALS[code])
        running.send_signal(signal.Signals[SIGNALS[code]])
        assert running.wait(CHILD_LIMIT) == code


def wait_for_handler(pid: int, name: str) -> None:
    """Until the process handles the signal itself."""
    bit = 1 << (signal.Signals[name].value - 1)
    deadline = time.monotonic() + CHILD_LIMIT
    while time.monotonic() < deadline:
        status = Path(f"/proc/{pid}/status")
        if not status.exists():  # not Linux
            time.sleep(3)
            return
        [caught] = re.findall(r"^SigCgt:\s*([0-9a-f]+)", status.read_text(), re.M)
        if int(caught, 16) & bit:
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("it never handles the signal")
