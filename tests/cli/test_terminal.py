"""What only a real process at a real terminal shows."""

from __future__ import annotations

import re
import signal
import subprocess
import sys

import pexpect
import pytest

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
    assert "hello       Say hello to rates." in run("-p", "hello", "--help").stdout
    assert run("-p", "hello", "hello").stdout == "hello\n"
    assert run("hello", FOREXHOOKS_EXTENSIONS="hello").stdout == "hello\n"
    assert run("hello").returncode == 2


def test_a_closed_pipe_is_silent(environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "forexhooks", "currencies", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == ""
    process.stderr.close()
    process.wait(60)


def test_ctrl_c_is_quiet(environment: dict[str, str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "forexhooks", "rate", "USD", "CAD", "--driver", "sleepy",
         "-p", "sleepy"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "asleep\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (out.strip(), err.strip(), process.returncode) == ("", "", 130)


def test_the_version_and_completion(run: Run) -> None:
    from importlib.metadata import version

    assert run("--version").stdout == f"forexhooks, version {version('forexhooks')}\n"
    script = run(_FOREXHOOKS_COMPLETE="bash_source").stdout
    assert "complete" in script and "_FOREXHOOKS_COMPLETE=bash_complete" in script


@pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")
def test_at_a_terminal(environment: dict[str, str]) -> None:
    def shown(*arguments: str) -> str:
        child = pexpect.spawn(
            sys.executable,
            ["-m", "forexhooks", *arguments],
            env={**environment, "TERM": "xterm"},
            dimensions=(40, 100),
            encoding="utf-8",
            timeout=60,
        )
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0
        return re.sub(r"\x1b\[[0-9;]*m", "", child.before)

    rate = shown("rate", "USD", "CAD", "--on", "2026-10-30")
    assert rate == "1 USD = 1.39689 CAD (2026-10-30, ecb, cross)\r\n"
    table = shown("drivers")
    assert "Name" in table and "built-in" in table
    assert all(len(line) <= 100 for line in table.splitlines())
