"""`forexhooks watch` and `-p PATH`, as processes of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest

from patience import CHILD_LIMIT
from plugins_on_disk import Watching, driver, package, raw, wheel, write

from .conftest import Run

posix = pytest.mark.skipif(os.name == "nt", reason="signals and terminals of POSIX")


Start = Callable[..., Watching]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "drivers").mkdir(mode=0o755)
    (tmp_path / "staging").mkdir()
    return tmp_path / "drivers"


@pytest.fixture
def variables(folder: Path) -> dict[str, str]:
    without = ("PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    plain = {name: value for name, value in os.environ.items() if name not in without}
    return {**plain, "TMPDIR": str(folder.parent / "staging"), "COLUMNS": "200"}


@pytest.fixture
def start(folder: Path, variables: dict[str, str]) -> Iterator[Start]:
    with stopping() as processes:

        def start(*options: str) -> Watching:
            process = subprocess.Popen(
                [sys.executable, "-m", "forexhooks", "watch", str(folder), "USD", "CAD",
                 "--every", "0.3", *options],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=variables,
                text=True,
            )  # fmt: skip
            processes.append(process)
            return Watching(process)

        yield start


@contextmanager
def stopping() -> Iterator[list[subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()


def rate(version: int) -> str:
    return f"rate: 1 USD = {version} CAD (2026-10-30, acme, direct)"


def test_events_and_rates_on_lines(start: Start, folder: Path) -> None:
    path = write(folder / "acme.py", raw(1))
    watching = start()
    watching.expect_all(f"loaded: {path} (acme)", rate(1))
    assert watching.more(1) == []  # the same rate is not said again
    for version in range(2, 302):
        write(path, raw(version))
    # The last version, whichever others were seen on the way, and none was refused.
    lines = [*watching.expect(rate(301)), *watching.more(1)]
    assert {line for line in lines if not line.startswith("rate:")} == {f"swapped: {path} (acme)"}
    write(path, "import os; os._exit(0)")
    line = watching.expect("refused:")[-1]
    assert line.startswith(f"refused: {path}: ") and line.endswith("(acme)")
    write(folder / ".acme.tmp", raw(5)).replace(path)
    watching.expect_all(f"swapped: {path} (acme)", rate(5))
    folder.rename(folder.parent / "gone")
    assert watching.expect("lost:") == [f"lost: {folder}: No such file or directory"]
    (folder.parent / "gone").rename(folder)
    assert watching.expect("found:") == [f"found: {folder}"]
    path.unlink()
    assert watching.expect("unloaded:") == [f"unloaded: {path} (acme)"]
    assert watching.ended(signal.SIGTERM) == (143, [], "")


@posix
@pytest.mark.parametrize("crash", ["os.abort()", "os.kill(os.getpid(), 9)", "time.sleep(1000)"])
def test_a_crash_or_a_hang_is_the_childs(crash: str, start: Start, folder: Path) -> None:
    path = package(folder / "acme", 1)
    watching = start()
    watching.expect("rate:")
    write(path / "core.py", f"import os, time; {crash}")
    assert watching.expect("refused:")[-1].startswith(f"refused: {path}: ")
    watching.more(0)
    write(path / "core.py", "VERSION = 2")
    watching.expect_all(f"swapped: {path} (acme)", rate(2))
    assert watching.ended(signal.SIGTERM) == (143, [], "")
    assert list((folder.parent / "staging").iterdir()) == []


def test_json_lines(start: Start, folder: Path) -> None:
    path = wheel(folder, {"one.py": raw(1, "one")}, {"one": "one:this"})
    watching = start("--json")
    [loaded] = watching.expect('{"event": "loaded"')
    names = {"names": ["one"], "reason": None}
    assert json.loads(loaded) == {"event": "loaded", "path": str(path), **names}
    event: dict[str, Any] = json.loads(watching.expect('{"event": "rate"')[-1])
    assert (event["rate"]["driver"], event["rate"]["value"]) == ("one", "1")
    failing = raw(1, "two").replace("    if driver", "    raise KeyError('down')\n    if driver")
    write(folder / "two.py", failing)
    failed = json.loads(watching.expect('{"event": "failed"')[-1])
    assert (failed["driver"], failed["quote"]) == ("two", "CAD")
    assert "down" in failed["reason"]
    assert watching.more(1) == []
    assert watching.ended(signal.SIGTERM) == (143, [], "")


@posix
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_ctrl_c_is_quiet(options: tuple[str, ...], start: Start, folder: Path) -> None:
    write(folder / "acme.py", raw(1))
    watching = start(*options)
    watching.expect("{" if options else "rate:")
    code, _, errors = watching.ended(signal.SIGINT)
    assert (code, errors.strip()) == (130, "")
    assert list((folder.parent / "staging").iterdir()) == []


@posix
@pytest.mark.parametrize("misdeed", ["import time; time.sleep(1000)", "raise SystemExit(3)"])
def test_a_driver_does_not_stop_the_others(misdeed: str, start: Start, folder: Path) -> None:
    path = write(folder / "acme.py", raw(1))
    watching = start()
    watching.expect("rate:")
    bad = write(
        folder / "bad.py", raw(1, "bad").replace("    if driver", f"    {misdeed}\n    if driver")
    )
    watching.expect(f"loaded: {bad}")
    write(path, raw(2))
    watching.expect(rate(2))
    assert watching.ended(signal.SIGINT)[0] == 130


@posix
def test_ctrl_c_ends_it_though_a_driver_hangs(start: Start, folder: Path) -> None:
    above = f"import pathlib, time; asked = pathlib.Path({str(folder / 'asked')!r})"
    hang = "    asked.touch(); time.sleep(1000)\n    if driver"
    write(folder / "acme.py", raw(1, above=above).replace("    if driver", hang))
    watching = start()
    deadline = time.monotonic() + CHILD_LIMIT
    while not (folder / "asked").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    watching.process.send_signal(signal.SIGINT)
    assert watching.process.wait(CHILD_LIMIT) == 130


def at_a_terminal(folder: Path, variables: dict[str, str], *options: str) -> Any:
    return pexpect.spawn(
        sys.executable,
        ["-m", "forexhooks", "watch", str(folder), "usd", "cad", *options],
        env={**variables, "TERM": "xterm"},
        dimensions=(40, 200),
        encoding="utf-8",
        timeout=CHILD_LIMIT,
    )


@posix
def test_a_table_at_a_terminal(folder: Path, variables: dict[str, str]) -> None:
    path = write(folder / "acme.py", raw(1))
    child = at_a_terminal(folder, variables, "--every", "0.3")
    child.expect(r"Driver.+Rate.+Day.+Kind")
    child.expect(r"acme +1 USD = 1 CAD +2026-10-30 +direct")
    child.expect_exact("loaded: ")
    write(path, raw(2))
    child.expect(r"acme +1 USD = 2 CAD")
    child.expect_exact("swapped: ")
    write(path, "def x(:")
    child.expect_exact("refused: ")
    child.sendintr()
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130
    assert "Traceback" not in child.before
    assert "\x1b[?25h" in child.before  # the cursor is there again


@posix
def test_a_terminal_shows_at_once_that_it_is_watching(
    folder: Path, variables: dict[str, str]
) -> None:
    child = at_a_terminal(folder, variables, "--every", "1000")
    try:
        child.expect_exact("Watching", timeout=CHILD_LIMIT)
    finally:
        child.close(force=True)


def test_wrong_usage(run: Run, folder: Path) -> None:
    assert run("watch", str(folder / "none"), "USD", "CAD").returncode == 2
    assert run("watch", str(folder), "USD").returncode == 2
    assert run("watch", str(folder), "USD", "CAD", "--every", "0").returncode == 2


def test_a_path_for_p(run: Run, folder: Path) -> None:
    asked = ("rate", "USD", "CAD", "--on", "2026-10-30", "--driver")
    write(folder / "acme.py", raw(3))
    package(folder / "other", 4, "other")
    write(folder / "made.py", driver())
    built = wheel(folder, {"one.py": raw(5, "one")}, {"one": "one:this"})
    staging = {"TMPDIR": str(folder.parent / "staging")}
    shutil.copytree(folder, folder.parent, dirs_exist_ok=True)  # the folder that it runs in
    plugins = {"acme.py": "acme", "./other": "other", built.name: "one", "made.py": "made"}
    for value, (path, name) in enumerate(plugins.items(), 3):
        done = run("-p", path, *asked, name, FOREXHOOKS_MADE_VALUE="6", **staging)
        assert (done.stdout, done.stderr) == (
            f"1 USD = {value} CAD (2026-10-30, {name}, direct)\n",
            "",
        )
    for text in ("1/0", "import sys; sys.exit(0)", "answer = 42", "def x(:"):
        path = str(write(folder / "bad.py", text))
        done = run(*asked, "acme", "-p", path, **staging)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert done.stderr.startswith(f"Error: {path}: ")
    assert list((folder.parent / "staging").iterdir()) == []
