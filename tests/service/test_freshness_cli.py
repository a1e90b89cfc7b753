"""At the command line: what is short is fetched; where it cannot be, one line says what to do."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from fakes import ecb
from fakes.ecb import LAST_90_DAYS, Ecb
from freshness import FAR, HELD, NEAR, ONE_LINE, check_page_has
from patience import CHILD_LIMIT, PATIENT
from providers import Provider, reply

# The command line has the real clock.
NEWEST = ecb.days_of_publication(datetime.now(UTC).date())[-1]
REMEDY = "`forexhooks update ecb`"
OF_A_PROGRAM = re.compile(r"\w\(|refresh=|update=|StaleRate|get_rate")
"""What a program is told, and whoever reads a terminal can do nothing with."""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(provider: Provider, tmp_path: Path) -> Run:
    """Run commands, each with a store of its own unless it is told whose."""
    provider.answer = Ecb(NEWEST).answer
    (tmp_path / "amounts.csv").write_text(f"amount,ccy,on\n100,EUR,{FAR}\n")
    calls = 0

    def run(
        *arguments: str, of: str | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        nonlocal calls
        calls += 1
        own = {f"XDG_{kind}_HOME": str(tmp_path / (of or f"{calls}") / kind.lower())
               for kind in ("DATA", "CACHE")}  # fmt: skip
        local = {"FOREXHOOKS_ECB_BASE_URL": provider.url, "COLUMNS": "100"}
        return subprocess.run(
            [*PATIENT, *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, **local, **own, **variables},
            timeout=CHILD_LIMIT,
            check=False,
        )

    return run


class Command(NamedTuple):
    """A command that needs `FAR`; what its stdout has where it was fetched, and where it was not.

    `code` is the exit code where it was not: 0 where there is a shorter answer.
    """

    line: str
    fetched: str
    held: str
    code: int


def usd(on: date) -> str:
    return ecb.value("USD", on)


A_HUNDRED = f"{100 * float(usd(FAR)):.2f}"
SPAN = f"--from {HELD} --to {FAR}"
COMMANDS = {
    "rate": Command(f"rate EUR USD --on {FAR}", f"1 EUR = {usd(FAR)} USD ({FAR}", "", 1),
    "convert": Command(f"convert 100 EUR USD --on {FAR}", f"= {A_HUNDRED} USD", "", 1),
    "compare": Command(f"compare EUR USD --on {FAR} --driver ecb", usd(FAR), "no answer", 1),
    "history": Command(f"history EUR USD {SPAN}", f"{FAR}  {usd(FAR)}", f"{HELD}  {usd(HELD)}", 0),
    "history --every month": Command(
        f"history EUR USD {SPAN} --every month", f"{FAR}  {usd(FAR)}", f"{HELD}  {usd(HELD)}", 0
    ),
    "convert-file": Command(
        "convert-file amounts.csv --amount amount --currency ccy --to USD --on on",
        f"100,EUR,{FAR},{A_HUNDRED}",
        "",
        1,
    ),
    "lock --on": Command(f"lock EUR/USD --on {FAR} -o {{lock}}", "1 answer", "", 1),
    "lock --from --to": Command(f"lock EUR/USD {SPAN} -o {{lock}}", "18 answers", "", 1),
}  # fmt: skip


def check_said(done: subprocess.CompletedProcess[str], remedy: str) -> None:
    """Fail unless it is said once, in one line, in words for whoever reads a terminal."""
    lines = (done.stdout + done.stderr).splitlines()
    assert sum(remedy in line for line in lines) == 1, lines
    assert not OF_A_PROGRAM.search(done.stderr)
    notes = [line for line in done.stderr.splitlines() if line.startswith("Note: ")]
    for line in notes:
        assert len(line) <= ONE_LINE, line
    if done.returncode == 0:
        assert remedy in done.stderr
        [_] = [each for each in notes if "stale" in each]
    for line in done.stderr.splitlines():
        assert line.startswith(("Note: ", "Error: ")) or line.endswith(" converted")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command(run: Run, provider: Provider, tmp_path: Path, name: str) -> None:
    command = COMMANDS[name]
    rows = {row[0]: row for row in _table()}
    lock = tmp_path / "rates.lock"
    line = command.line.format(lock=lock).split()

    fetched = run(*line)
    assert fetched.returncode == 0 and command.fetched in fetched.stdout
    assert not re.search("stale|update", fetched.stderr)
    assert provider.paths == [LAST_90_DAYS]
    lock.unlink(missing_ok=True)

    connections = provider.connections
    settings = {"FOREXHOOKS_OFFLINE": ("1", "offline")}
    if name in ("rate", "history", "lock --from --to"):  # each of a kind of its own
        settings["FOREXHOOKS_REFRESH"] = ("0", REMEDY)
    for variable, (value, remedy) in settings.items():
        variables = {variable: value}
        held = run(*line, **variables)
        assert held.returncode == command.code
        assert command.held in held.stdout and command.fetched not in held.stdout
        check_said(held, remedy)
        assert not lock.exists()
    assert provider.connections == connections
    assert f"`{name}`" in rows


def _table() -> list[tuple[str, ...]]:
    """The table of `docs/how-fresh.md`: `test_a_command` holds that it is so."""
    head = ("command", "by default", "`FOREXHOOKS_REFRESH=0`, or `--offline`")
    rows = [
        (
            f"`{name}`",
            "fetched",
            "what is held, and a note with the remedy"
            if command.code == 0
            else "nothing is written; exit code 1, and the remedy"
            if "lock" in name
            else "exit code 1, and the remedy",
        )
        for name, command in COMMANDS.items()
    ]
    return [head, *rows]


def test_the_page_has_the_commands() -> None:
    check_page_has(_table())


@pytest.mark.parametrize("name", ["history", "lock --from --to"])
def test_in_the_background_is_at_once_here(
    run: Run, tmp_path: Path, provider: Provider, name: str
) -> None:
    line = COMMANDS[name].line.format(lock=tmp_path / "rates.lock").split()
    done = run(*line, FOREXHOOKS_REFRESH="background")
    assert done.returncode == 0 and COMMANDS[name].fetched in done.stdout
    assert "Note" not in done.stderr and len(provider.asked) == 1


def test_a_rate_that_is_carried_has_its_remedy_in_a_line(run: Run, provider: Provider) -> None:
    done = run("rate", "EUR", "USD", "--on", f"{NEAR}", FOREXHOOKS_REFRESH="0")
    assert done.stdout == f"1 EUR = {usd(HELD)} USD ({HELD}, ecb, direct)\n"
    check_said(done, REMEDY)
    assert f"{HELD}" in done.stderr and f"{NEAR}" in done.stderr
    provider.answer = lambda asked: reply("<h1>Sorry</h1>" + "no rates today " * 99, 503)
    failed = run("rate", "EUR", "USD", "--on", f"{NEAR}")
    assert failed.stdout == done.stdout
    check_said(failed, REMEDY)
    assert "503" in failed.stderr


def test_json_says_it_too(run: Run) -> None:
    rate = json.loads(run("rate", "EUR", "USD", "--json", "--offline").stdout)
    assert rate["on"] == f"{HELD}" and f"{HELD}" in rate["stale"]


def test_no_pair_that_ended_keeps_the_others_from_being_fetched(
    run: Run, provider: Provider
) -> None:
    done = run("history", "USD", "CAD", "RUB", "--from", "2022-02-25", "--format", "csv")
    assert done.returncode == 0
    assert "2022-03-01" in done.stdout and f"{NEWEST}" in done.stdout
    assert len(provider.asked) == 1
    assert REMEDY not in done.stderr
    of_late = run("history", "USD", "CAD", "RUB")
    assert of_late.returncode == 0 and f"{NEWEST}" in of_late.stdout
    assert "RUB" in of_late.stderr and "2022-03-01" in of_late.stderr


def test_an_ended_pair_asks_nobody_and_advises_no_update(run: Run, provider: Provider) -> None:
    done = run("rate", "EUR", "RUB", "--on", f"{FAR}")
    assert done.returncode == 1 and "update" not in done.stderr
    past = run("history", "EUR", "RUB", "--from", "2022-02-25", "--to", f"{FAR}")
    assert past.returncode == 0
    assert "suspended" in past.stderr and "update" not in past.stderr
    assert provider.connections == 0


def test_a_history_without_a_day_is_an_error_with_the_remedy(run: Run) -> None:
    span = ["--from", "2026-11-02", "--to", f"{FAR}"]
    done = run("history", "EUR", "USD", *span, FOREXHOOKS_REFRESH="0")
    assert (done.returncode, done.stdout) == (1, "")
    check_said(done, REMEDY)


def test_a_month_that_is_not_held_is_not_left_out_unsaid(run: Run) -> None:
    done = run("history", "EUR", "USD", "--from", "2026-09-01", "--to", f"{NEWEST}",
               "--every", "month", FOREXHOOKS_REFRESH="0")  # fmt: skip
    assert "2026-09-30" in done.stdout and "2026-11" not in done.stdout
    check_said(done, REMEDY)


def test_the_doctor_does_not_say_what_it_did_not_see(run: Run, provider: Provider) -> None:
    def reachable(*arguments: str) -> dict[str, bool | None]:
        done = run("doctor", "--json", *arguments)
        return {each["driver"]: each["checks"]["reachable"] for each in json.loads(done.stdout)}

    offline = reachable("--offline")
    assert set(offline.values()) == {None}
    assert provider.connections == 0
    shown = run("doctor", "--offline", "--driver", "ecb", "--driver", "nbp")
    head, *rows = shown.stdout.split("\n\n")[0].splitlines()
    at = head.index("Reachable")
    assert [row[at : at + len("Reachable")].strip() for row in rows] == ["", ""]
    assert reachable("--driver", "ecb")["ecb"] is (True if provider.connections else None)


def test_a_driver_without_its_key_is_not_available(run: Run) -> None:
    key = "FOREXHOOKS_OPENEXCHANGERATES_APP_ID"
    listed = {each["name"]: each for each in json.loads(run("drivers", "--json").stdout)}
    without = listed["openexchangerates"]
    assert without["state"] != "available" and key in without["reason"]
    assert listed["ecb"]["state"] == "available"
    with_it = json.loads(run("drivers", "--json", **{key: "secret"}).stdout)
    assert {each["name"]: each["state"] for each in with_it}["openexchangerates"] == "available"


def test_several_drivers_are_the_same(run: Run, provider: Provider) -> None:
    both = ["--driver", "ecb", "--driver", "nbp"]
    away = {"FOREXHOOKS_NBP_BASE_URL": "http://127.0.0.1:9"}
    fetched = run("rate", "EUR", "USD", "--on", f"{FAR}", *both, **away)
    assert (fetched.returncode, fetched.stderr) == (0, "")
    assert fetched.stdout == f"1 EUR = {usd(FAR)} USD ({FAR}, ecb, direct)\n"
    short = run("history", "EUR", "USD", *SPAN.split(), *both, FOREXHOOKS_REFRESH="0", **away)
    assert short.returncode == 0 and f"{HELD}" in short.stdout
    check_said(short, REMEDY)
    assert len(provider.asked) == 1
