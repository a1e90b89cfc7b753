from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

import forexhooks
from patience import CHILD_LIMIT

from .conftest import Run

REPORT = """
import sys
from datetime import date
from multiprocessing import get_context
import forexhooks

def total(days):
    fx = forexhooks.open("ecb")
    return [str(fx.convert("100", "USD", "CAD", date(2026, 10, day))) for day in days]

if __name__ == "__main__":
    with get_context(sys.argv[1]).Pool(2) as pool:
        print(pool.map(total, [range(1, 9), range(5, 20)]), total([21]))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rates.lock"


def test_a_set_of_rates(run: Run, path: Path) -> None:
    span = ("--from", "2026-10-24", "--to", "2026-10-30")
    done = run("lock", "usd/cad", "EUR/JPY", *span, "--on", "2008-08-08", "-o", "rates.lock")
    # 7 days, 5 in the history, and one more, for each pair.
    assert (done.stdout, done.stderr) == ("rates.lock: 26 answers, 26 of them new\n", "")
    locked, ecb = forexhooks.open(lock=path), forexhooks.open("ecb")
    for pair in (("USD", "CAD"), ("EUR", "JPY")):
        for on in (date(2008, 8, 8), *(date(2026, 10, day) for day in range(24, 31))):
            assert locked.get_rate(*pair, on) == ecb.get_rate(*pair, on)
        days = date(2026, 10, 24), date(2026, 10, 30)
        assert locked.get_history(*pair, *days) == ecb.get_history(*pair, *days)


def test_the_latest_and_what_the_error_says_to_do(run: Run, path: Path) -> None:
    made = ("lock", "USD/CAD", "--on", "2026-10-30", "-o", "rates.lock", "--json", "--offline")
    first = json.loads(run(*made).stdout)
    assert (first["answers"], first["added"]) == (1, 1)
    assert json.loads(path.read_text().split("\n")[0])["sha256"] == first["sha256"]
    locked = {"FOREXHOOKS_LOCK": "rates.lock"}
    line = "1 USD = 1.39689 CAD (2026-10-30, ecb, cross)\n"
    assert run("rate", "USD", "CAD", "--on", "2026-10-30", **locked).stdout == line
    missing = run("rate", "CAD", "GBP", "--on", "2026-10-30", **locked)
    assert missing.returncode == 1
    command = missing.stderr.split("`")[1].split()
    assert command[0] == "forexhooks"
    assert run(*command[1:], **locked).returncode == 0
    done = run("convert", "100", "CAD", "GBP", "--on", "2026-10-30", **locked)
    assert done.stdout == run("convert", "100", "CAD", "GBP", "--on", "2026-10-30").stdout
    assert run("rate", "USD", "CAD", "--on", "2026-10-30", **locked).stdout == line


@pytest.mark.parametrize("start", ["spawn", "fork"])
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_what_a_program_asked_in_all_its_processes(run: Run, path: Path, start: str) -> None:
    (path.parent / "report.py").write_text(REPORT)
    program = (sys.executable, "-W", "ignore", "report.py", start)
    done = run("lock", "-o", "rates.lock", "--", *program)
    assert done.returncode == 0, done.stderr
    report, said = done.stdout.splitlines()
    assert said == "rates.lock: 20 answers, 20 of them new"
    again = subprocess.run(
        program,
        cwd=path.parent,
        env=os.environ | {"FOREXHOOKS_LOCK": str(path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=CHILD_LIMIT,
    )
    assert again.stdout.splitlines() == [report]


def test_a_program_with_a_lock_of_its_own_fills_it(run: Run, path: Path) -> None:
    report = path.parent / "report.py"
    report.write_text(
        "import forexhooks, sys; from datetime import date\n"
        "fx = forexhooks.open(lock='rates.lock')\n"
        "for day in sys.argv[1:]: print(fx.get_rate('USD', 'CAD', date.fromisoformat(day)))\n"
    )
    program = ("--", sys.executable, "report.py", "2026-10-30")
    assert run("lock", "-o", "rates.lock", *program).returncode == 0
    before = path.read_bytes()
    assert run("lock", "-o", "rates.lock", *program).returncode == 1
    assert path.read_bytes() == before
    done = run("lock", "-o", "rates.lock", "--update", *program, "2026-10-29")
    assert done.stdout.endswith("rates.lock: 2 answers, 1 of them new\n")


@pytest.mark.parametrize(
    ("code", "exit_code", "message"),
    [
        ("raise SystemExit(3)", 3, "ended with exit code 3: rates.lock was not written"),
        ("pass", 1, "the command asked for no rate: rates.lock was not written"),
        pytest.param(
            "import os, signal; os.kill(os.getpid(), signal.SIGTERM); '3'",
            143,
            "ended by SIGTERM: rates.lock was not written",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them"),
        ),
    ],
)
def test_a_program_that_fails_or_asks_for_nothing(
    run: Run, path: Path, code: str, exit_code: int, message: str
) -> None:
    ask = (
        "import forexhooks; forexhooks.open('ecb').get_rate('EUR', 'EUR'); " if "3" in code else ""
    )
    done = run("lock", "-o", "rates.lock", "--", sys.executable, "-c", ask + code)
    assert (done.returncode, done.stdout) == (exit_code, "")
    assert done.stderr == f"Error: {sys.executable} {message}\n" or exit_code == 1
    assert message in done.stderr
    assert not path.exists()


def test_an_exit_code_that_is_accepted(run: Run, path: Path) -> None:
    ask = (
        "import datetime, forexhooks\n"
        "forexhooks.open('ecb').get_rate('EUR', 'USD', datetime.date(2026, 10, 30))\n"
        "raise SystemExit(3)"
    )
    program = ("--", sys.executable, "-c", ask)
    done = run("lock", "-o", "rates.lock", "--accept", "2", *program)
    assert (done.returncode, path.exists()) == (3, False)
    done = run("lock", "-o", "rates.lock", "--accept", "2", "--accept", "3", *program)
    assert (done.returncode, done.stdout) == (3, "rates.lock: 1 answer, 1 of them new\n")
    assert path.exists()
    done = run("lock", "-o", "more.lock", "--accept", "3", "EUR/USD")
    assert (done.returncode, "needs a command" in done.stderr) == (2, True)


def test_a_program_that_is_not_there(run: Run) -> None:
    done = run("lock", "-o", "rates.lock", "--", "no-such-program")
    assert done.returncode == 1
    assert "cannot run no-such-program" in done.stderr


@pytest.mark.parametrize(
    ("place", "problem"),
    [("no/x.lock", "there is no folder "), (".", "it is a folder")],
)
def test_a_place_where_no_lock_can_be(run: Run, path: Path, place: str, problem: str) -> None:
    code = "open('ran', 'w')"
    for asked in (["USD/CAD"], ["--update", "--", sys.executable, "-c", code]):
        options = ["--update"] if "--update" in asked else []
        rest = [each for each in asked if each != "--update"]
        arguments = [*options, "-o", place, *rest]
        done = run("lock", *arguments)
        assert done.returncode == 1
        assert f"the lock {place} cannot be written: {problem}" in done.stderr
    assert not (path.parent / "ran").exists()


ADDING = """
import forexhooks, sys
from datetime import date

day = sys.argv[1]
with forexhooks.locking("rates.lock", "ecb", update=True) as fx:
    fx.get_rate("EUR", "USD", date.fromisoformat(day))
    print("ready", flush=True)
    sys.stdin.readline()
"""


def test_processes_that_write_at_once_lose_nothing_unsaid(
    environment: dict[str, str], run: Run, path: Path
) -> None:
    (path.parent / "adding.py").write_text(ADDING)
    assert run("lock", "EUR/CAD", "--on", "2026-10-30", "-o", "rates.lock").returncode == 0
    for attempt in range(1, 6):
        running = [
            subprocess.Popen(
                [sys.executable, "adding.py", f"2026-10-{attempt * 4 + number:02}"],
                cwd=path.parent,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for number in range(3)
        ]
        for each in running:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        for each in running:
            assert each.stdin is not None
            each.stdin.write("\n")
            each.stdin.flush()
        ends = [each.communicate()[1] for each in running]
        assert all("was written by another process meanwhile" in end for end in ends if end)
        saved = [number for number, end in enumerate(ends) if not end]
        assert saved
        now = path.read_text()
        for number in saved:
            assert f"2026-10-{attempt * 4 + number:02}" in now


def test_processes_that_were_told_different_things(run: Run, path: Path, plugins: Path) -> None:
    (path.parent / "two.py").write_text(
        "import subprocess, sys\n"
        "for value in ('1.5', '1.6'):\n"
        "    subprocess.run([sys.executable, '-m', 'forexhooks', 'rate', 'USD', 'CAD',\n"
        "        '--on', '2026-10-30', '--driver', 'made', '-p', 'made_acme:Made'],\n"
        "        env=__import__('os').environ | {'FOREXHOOKS_MADE_VALUE': value}, check=True)\n"
    )
    done = run("lock", "-o", "rates.lock", "--", sys.executable, "two.py")
    assert done.returncode == 1
    assert "two answers to one question, USD/CAD of made, 2026-10-30" in done.stderr
    assert not path.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "x"), "give either pairs, like USD/CAD, or -- and a command"),
        (("USD/CAD", "-o", "x", "--", "true"), "give either pairs"),
        (("USDCAD", "-o", "x"), "a quote is missing after USDCAD: write USD CAD, or USD/CAD"),
        (("USD/CAD",), "Missing option '-o'"),
        (("USD/CAD", "-o", "x", "--from", "2026-10-01"), "give both --from and --to, or neither"),
        (("-o", "x", "--on", "2026-10-01", "--", "true"), "a command chooses for itself"),
    ],
)
def test_wrong_usage(run: Run, path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = run("lock", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert not (path.parent / "x").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("USD/XYW",), "unknown currency 'XYW'"),
        (("USD/CAD", "--on", "1990-01-01"), "before the first day"),
        (("USD/CAD", "--from", "1990-01-01", "--to", "1990-01-31"), "before the first day"),
        (("USD/CAD", "--on", "2030-01-30"), "in the future"),
        (("USD/CAD", "--from", "2026-10-02", "--to", "2026-10-01"), "is before its start"),
    ],
)
def test_rates_that_there_are_not(
    run: Run, path: Path, arguments: tuple[str, ...], message: str
) -> None:
    days = () if {"--on", "--from"} & {*arguments} else ("--on", "2026-10-30")
    done = run("lock", "EUR/USD", *arguments, *days, "-o", "rates.lock")
    assert (done.returncode, done.stdout) == (1, "")
    assert message in done.stderr
    assert list(path.parent.glob("*.lock*")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_ctrl_c_leaves_nothing(environment: dict[str, str], tmp_path: Path) -> None:
    program = "import forexhooks, time; print('ready', flush=True); time.sleep(1000)"
    running = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "forexhooks",
            "lock",
            "-o",
            "x",
            "--",
            sys.executable,
            "-c",
            program,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment,
        start_new_session=True,
    )
    with running:
        assert running.stdout is not None
        assert running.stdout.readline() == "ready\n"
        time.sleep(0.2)
        os.killpg(running.pid, signal.SIGINT)
        running.communicate(timeout=CHILD_LIMIT)
    assert running.returncode == 130
    assert not (tmp_path / "x").exists()
