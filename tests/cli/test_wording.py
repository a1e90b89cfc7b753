"""No command advises a call of Python's, or an option that it has not."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from forexhooks import ForexManager
from forexhooks.adapters import agent_answers
from forexhooks.cli import COMMANDS, cli, main
from forexhooks.cli.wording import in_words_of
from forexhooks.testing import default_manager
from sentences import CALL, texts
from test_docs import ROOT

OPTION = re.compile(r"(?<![\w/-])--?[a-z][\w-]*")

# What is said of plugins' code to those who write it, and of calls that no command makes.
NOT_OF_COMMANDS = (
    "forexhooks/cli/",
    "forexhooks/adapters/duckdb.py",
    "forexhooks/frames/export.py",
    "forexhooks/frames/lazy/",
    "forexhooks/plotting/",
    "forexhooks/plugins/preflight.py",
    "forexhooks/plugins/loading/preflight.py",
    "forexhooks/rates/profile.py",
    "forexhooks/support/phrases.py",
    "forexhooks/testing/",
)
TO_AUTHORS = (
    "as wrapper=True, tryfirst=True or trylast=True",
    "is marked wrapper=True and hookwrapper=True",
    "it is not an Observation(",
    "a rate is of a number of units above 0",
    "write value_of(…, decimal=',')",
    "every('x', 'x')",  # the command has choices
    "max_gap must be a number of days",  # the command checks it first
    "give its .date()",  # the command parses days itself
    "try date.fromisoformat()",
    " max_age='x'",  # no command asks so
    "Reply(",  # a repr
    "rate.convert(amount)",  # commands calculate with no rates, and pickle nothing
    "in the other process",
    "list(table.observations())",
    "exact=False gives floats",  # a file is converted exactly
)


def in_options(text: str) -> str:
    every = click.Command("every", params=[each for name in COMMANDS for each in params_of(name)])
    return in_words_of(text, every)


def in_arguments(text: str) -> str:
    return agent_answers.said(text).replace("`max_gap`", "")  # the tools have it


@pytest.mark.parametrize("say", [in_options, in_arguments])
def test_whatever_the_library_says_can_be_said_in_options(say: Callable[[str], str]) -> None:
    left = []
    for folder in ("forexhooks", "builtin_plugins"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(NOT_OF_COMMANDS):
                continue
            left += [
                (name, text)
                for text in texts(path)
                if CALL.search(say(text)) and not any(known in text for known in TO_AUTHORS)
            ]
    assert left == []


def params_of(command: str) -> list[click.Parameter]:
    found = cli.get_command(click.Context(cli), command)
    assert found is not None
    return found.params


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command in this process; its exit code and what it said."""

    def run(*arguments: str) -> tuple[int, str]:
        with (
            ForexManager(discover=True) as manager,
            default_manager(manager),
            warnings.catch_warnings(),
            pytest.raises(SystemExit) as ended,
        ):
            main(arguments)
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.err + said.out

    monkeypatch.setenv("COLUMNS", "300")
    return run


ECB = ("--driver", "ecb", "--offline")
HOLE = "2026-10-25"
COLUMNS = ("--amount", "amount", "--currency", "ccy", "--to", "CAD", "--on", "day")
# By its command, arguments that lead to an error or to a note.
PROBLEMS: dict[str, list[tuple[str, ...]]] = {
    "rate": [
        ("USD", "AED"),
        ("USD", "CAD", "--on", HOLE, "--max-gap", "0"),
        ("USD", "CAD", "--on", "2099-01-01"),
        ("USD", "CAD", "--on", "1990-01-01"),
        ("USD", "RUB"),
        ("USD", "HRK"),
        ("USD", "XXQ"),
        ("USD", "CAD", "--driver", "acme"),
        ("USD", "CAD", "--driver", "nbp", "--offline"),
        ("USD", "CAD", "--driver", "openexchangerates"),
        ("USD", "CAD", "-p", "no:ecb"),
        ("USD", "CAD", "-p", "twice.py", "-p", "twice.py"),
        ("USD", "CAD", "--driver", "nbp", "--driver", "erapi", "--offline"),
        ("TRL", "USD", "--on", "2001-10-17", "--bips"),
        ("USD", "CAD", "--offline"),
    ],
    "convert": [
        ("100", "USD", "AED"),
        ("NaN", "USD", "CAD"),
        ("1e40", "USD", "CAD"),
        ("1", "USD", "CAD", "--places", "1001"),
        ("1e29", "USD", "IDR", "--places", "500"),
        ("1", "USD", "GOLD", "-p", "gold.py", "--driver", "gold", "--on", "2026-10-30"),
        ("1", "USD", "CAD", "--on", HOLE, "--max-gap", "0"),
    ],
    "history": [
        ("USD", "AED"),
        ("USD", "CAD", "--from", HOLE, "--to", HOLE),
        ("USD", "CAD", "AED", "--from", "2026-10-01", "--to", "2026-10-30"),
        ("USD", "CAD", "--from", "2026-10-30", "--to", "2026-10-01"),
        ("TRL", "USD", "--to", "2001-10-30", "--places", "2"),
        ("USD", "CAD", "--offline", "--driver", "nbp"),
    ],
    "compare": [
        ("USD", "CAD", "--on", "2026-11-25", *ECB),
        ("USD", "CAD", "--on", "2010-01-01", *ECB, "--driver", "nbp"),
        ("USD", "XXQ", *ECB),
        ("USD", "CAD", "--driver", "acme"),
    ],
    "currencies": [("--driver", "acme"), ("--driver", "nbp", "--offline")],
    "lock": [
        ("USD/AED", "-o", "a.lock"),
        ("USD/CAD", "--on", HOLE, "--max-gap", "0", "-o", "b.lock"),
        ("USD/CAD", "--on", "2026-10-30", "-o", "locked.lock"),
        ("USD/CAD", "-o", "text.lock", "--update"),
    ],
    "cache": [("--on", "soon")],
    "update": [("nbp", "--offline"), ("acme",), ("--offline",)],
    "doctor": [("--offline",), ("--driver", "acme")],
    "drivers": [("-p", "twice.py", "-p", "twice.py"), ("-p", "broken.py")],
    "convert-file": [
        ("wrong.csv", *COLUMNS),
        ("wrong.csv", *COLUMNS, "--places", "12"),
        ("wrong.csv", *COLUMNS[:-1], "daye"),
        ("wrong.csv", *COLUMNS, "--zone", "nowhere"),
        ("wrong.csv", *COLUMNS, "--into", "ccy"),
        ("gold.csv", "-p", "gold.py", "--driver", "gold", *COLUMNS[:4], "--to", "GOLD",
         "--on", "2026-10-30"),
        ("large.csv", *COLUMNS, "--places", "12"),
    ],
    "install": [("--what",)],
    "uninstall": [("forexhooks",), ("acme",)],
    "new": [("ecb",), ("Json",)],
    "serve": [("--driver", "acme"), ("--watch", "nowhere"), ("--port", "x")],
    "mcp": [("--driver", "acme"), ("--http", "--port", "x"), ("--http", "--host", "")],
    "watch": [("nowhere", "USD", "CAD")],
}  # fmt: skip

GOLD = """
from datetime import date
from decimal import Decimal
from forexhooks import Driver, Observation, Profile

class Gold(Driver):
    name = "gold"
    profile = Profile(title="Gold")

    def observations(self, currencies, start, end):
        yield Observation(date(2026, 10, 30), "USD", "GOLD", Decimal(3))
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Callable[..., Any]) -> None:
    monkeypatch.chdir(tmp_path)
    for name, source in (
        ("gold", GOLD),
        ("twice", GOLD.replace("gold", "twice")),
        ("broken", "1/0"),
    ):
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    header = "amount,ccy,day\n"
    for name, rows in (
        ("wrong", "1,USD,2026-10-25\nx,USD,2026-10-30\n1,XXQ,2026-10-30\n1,USD,2099-01-01\n"),
        ("gold", "1,USD,2026-10-30\n"),
        ("large", "9e28,USD,2026-10-30\n"),
    ):
        (tmp_path / f"{name}.csv").write_text(header + rows, encoding="utf-8")
    (tmp_path / "text.lock").write_text("no lock", encoding="utf-8")
    assert run("lock", "EUR/USD", "--on", "2026-10-30", "-o", "locked.lock")[0] == 0


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("command", "arguments"),
    [(command, arguments) for command, all_of in PROBLEMS.items() for arguments in all_of],
    ids=lambda each: each if isinstance(each, str) else " ".join(each),
)
def test_a_problem_is_said_in_words_of_the_command(
    command: str, arguments: tuple[str, ...], run: Callable[..., Any]
) -> None:
    code, said = run(command, *arguments)
    assert said.strip()
    assert code in (0, 1, 2)
    assert CALL.findall(said) == []
    known = {option for each in params_of(command) for option in each.opts} | {"--help"}
    # Another command's options stand with its name, and Python's with its own.
    of_others = re.findall(r"`[^`]*`|pip install \S+|-- COMMAND", said)
    for text in (*of_others, *(each for each in arguments if len(each) > 2)):
        said = said.replace(text, "")
    assert [option for option in OPTION.findall(said) if option not in known] == []


def test_each_command_has_problems() -> None:
    assert set(PROBLEMS) == set(COMMANDS)


@pytest.mark.parametrize("arguments", ["driver, base, quote, max_gapp", "driver, base, quote, *on"])
def test_what_is_wrong_with_a_hook_names_its_arguments_as_they_are(
    tmp_path: Path, arguments: str
) -> None:
    """They are Python's, whatever options the command has."""
    plugin = tmp_path / "wrong.py"
    plugin.write_text(
        "import forexhooks\n"
        "@forexhooks.hookimpl\n"
        "def forex_driver_name(): return 'wrong'\n"
        "@forexhooks.hookimpl\n"
        f"def forex_get_rate({arguments}): return None\n"
    )
    for command in (["rate", "USD", "CAD"], ["drivers"]):
        done = CliRunner().invoke(cli, [*command, "-p", f"{plugin}"])
        assert "it may declare base, driver, max_gap, on, quote" in " ".join(done.output.split())
