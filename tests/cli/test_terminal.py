"""What only a real process at a real terminal shows."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from patience import CHILD_LIMIT

from .conftest import Run


def test_help_lists_the_commands_and_imports_none(run: Run, environment: dict[str, str]) -> None:
    shown = run("--help").stdout
    for name in ("rate", "convert", "currencies", "drivers"):
        assert f"\n  {name} " in shown
    code = (
        "import sys, forexhooks.cli as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit: pass\n"
        "commands = [f'forexhooks.cli.{name}' for name in c.COMMANDS]\n"
        "assert not set(commands) & set(sys.modules)\n"
        "assert 'rich' not in sys.modules and 'forexhooks_ecb' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_help_lines_are_those_of_the_commands(run: Run) -> None:
    from forexhooks.cli import COMMANDS

    for name in COMMANDS:
        done = run(name, "--help")
        assert done.returncode == 0
        assert f"Usage: forexhooks {name}" in done.stdout


def test_a_plugin_adds_a_command(run: Run) -> None:
    assert "hello         Say hello to rates." in run("-p", "hello", "--help").stdout
    assert run("-p", "hello", "hello").stdout == "hello\n"
    assert run("hello", FOREXHOOKS_EXTENSIONS="hello").stdout == "hello\n"
    assert run("hello").returncode == 2


def test_a_plugin_cannot_take_a_command_of_ours(run: Run, plugins: Path) -> None:
    file = plugins / "hello.py"
    source = file.read_text(encoding="utf-8").replace("def hello", "def rate")
    file.write_text(source, encoding="utf-8")
    ours = run("-p", "hello", "rate", "EUR", "USD", "--on", "2026-10-30").stdout
    assert ours == "1 EUR = 1.1172 USD (2026-10-30, ecb, direct)\n"
    assert run("-p", "hello", "--help").stdout.count("\n  rate ") == 1


def test_a_plugin_that_cannot_add_its_commands(run: Run, plugins: Path) -> None:
    source = """
import forexhooks

@forexhooks.hookimpl
def forex_add_commands(cli):
    raise ValueError("no commands today")
"""
    (plugins / "unable.py").write_text(source, encoding="utf-8")
    done = run("-p", "unable", "--help")
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "  rate " in done.stdout and done.stderr.startswith("Note: ")
    assert "no commands today" in done.stderr
    done = run("-p", "unable", "report")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("Error: ") and "no commands today" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of another kind")
@pytest.mark.parametrize(
    "command",
    ["currencies", "currencies --json", "drivers", "rate EUR USD --on 2026-10-30", "--help"],
)
def test_a_closed_pipe_is_silent(environment: dict[str, str], command: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)  # as `| head -1` does once it has its line
    try:
        done = subprocess.run(
            [sys.executable, "-m", "forexhooks", *command.split()],
            stdout=writer,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            timeout=CHILD_LIMIT,
            check=False,
        )
    finally:
        os.close(writer)
    assert done.stderr == ""


@pytest.mark.parametrize(
    "command",
    [("rate", "USD", "CAD"), ("compare", "USD", "CAD"), ("doctor",), ("history", "USD", "CAD")],
    ids=" ".join,
)
def test_ctrl_c_is_quiet_and_at_once(command: tuple[str, ...], environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "forexhooks", *command, "--driver", "sleepy", "-p", "sleepy"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "asleep\n"
    process.send_signal(signal.SIGINT)
    # It sleeps for longer: where that is waited for, this is too short.
    out, err = process.communicate(timeout=CHILD_LIMIT)
    assert (out.strip(), err.strip(), process.returncode) == ("", "", 130)


def test_the_version_and_completion(run: Run) -> None:
    from importlib.metadata import version

    assert run("--version").stdout == f"forexhooks, version {version('forexhooks')}\n"
    script = run(_FOREXHOOKS_COMPLETE="bash_source").stdout
    assert "complete" in script and "_FOREXHOOKS_COMPLETE=bash_complete" in script
    words = {"COMP_WORDS": "forexhooks c", "COMP_CWORD": "1"}
    completed = run(_FOREXHOOKS_COMPLETE="bash_complete", **words).stdout
    assert completed.splitlines() == [
        f"plain,{name}" for name in ("convert", "convert-file", "compare", "currencies", "cache")
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")
def test_at_a_terminal(environment: dict[str, str]) -> None:
    def shown(*arguments: str) -> str:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "forexhooks", *arguments],
            env={**environment, "TERM": "xterm"},
            dimensions=(40, 100),
            encoding="utf-8",
            timeout=CHILD_LIMIT,
        )
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0
        return re.sub(r"\x1b\[[0-9;]*m", "", child.before)

    rate = shown("rate", "USD", "CAD", "--on", "2026-10-30")
    assert rate == "1 USD = 1.39689 CAD (2026-10-30, ecb, cross)\r\n"
    table = shown("drivers")
    head, *rows = [re.split(r"\s{2,}", line.strip()) for line in table.splitlines()]
    [row] = [row for row in rows if row[0] == "ecb"]
    assert head == ["Name", "State", "Origin", "What it is, or what is wrong"]
    assert row[:3] == ["ecb", "available", "built-in"]
    assert row[3].startswith("European Central Bank")
    assert all(len(line) <= 100 for line in table.splitlines())


def test_help_is_there_where_a_plugin_is_broken(run: Run) -> None:
    done = run("--help", FOREXHOOKS_EXTENSIONS="nowhere.at_all")
    assert done.returncode == 0 and "  rate " in done.stdout
    assert done.stderr.startswith("Note: the commands of plugins are not listed: ")
    assert "No module named 'nowhere'" in done.stderr and done.stderr.count("\n") == 1
