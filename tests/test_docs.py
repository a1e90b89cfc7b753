"""Every example in README, docs and docstrings is run."""

from __future__ import annotations

import doctest
import importlib
import inspect
import os
import pkgutil
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from markdown_it import MarkdownIt

import forexhooks
from forexhooks.plugins import hookspecs
from patience import CHILD_LIMIT

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")
] + sorted(ROOT.glob("docs/**/*.md"))
# tests/e2e/test_tutorial.py follows it from its first line to its last; the examples in the hooks'
# specs are run below.
RUN_ELSEWHERE = {"tutorial.md", "hooks.md"}

# In an example `expression    # value` says what the expression gives; prose says nothing.
CHECK = """
from decimal import Decimal

def check(value, said):
    try:
        expected = eval(said, globals())
    except (SyntaxError, NameError):
        return
    assert value == expected, f"{value!r}, and the example says {said}"

"""


# The modules of commands in console examples.
MODULES = {"forexhooks": "forexhooks", "bean-price": "beanprice.price --no-cache"}


class Example(NamedTuple):
    document: Path
    line: int
    language: str
    text: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"


def examples(*languages: str) -> list[Example]:
    return [
        example
        for document in DOCUMENTS
        if document.name not in RUN_ELSEWHERE
        for example in examples_in(document)
        if example.language in languages
    ]


def examples_in(document: Path) -> Iterator[Example]:
    for token in MarkdownIt().parse(document.read_text(encoding="utf-8")):
        if token.type == "fence" and token.map is not None:
            language, _, name = token.info.partition(" ")
            yield Example(document, token.map[0] + 1, language, token.content, name)


def file_of(example: Example) -> str | None:
    """The file that an example is: by its first line, "# peg.py", or beside its language."""
    if example.name:
        return example.name
    named = re.match(r"# (\S+\.(?:py|toml))\n", example.text)
    return named and named[1]


def write_files(folder: Path, before: Example) -> None:
    """Write those that stand before an example in its document, as they are there."""
    for earlier in examples_in(before.document):
        name = file_of(earlier)
        if name is not None and earlier.line < before.line:
            (folder / name).write_text(earlier.text, encoding="utf-8")


def checked(program: str) -> str:
    """A program that checks what its comments say."""

    def checking(line: re.Match[str]) -> str:
        return f"check(({line[1]}), {line[2]!r})"

    return CHECK + re.sub(r"^(?!\w+ = )(\S.*?) {2,}# (.*)$", checking, program, flags=re.M)


class Call(NamedTuple):
    """A call of the command line in an example, and what it shows."""

    variables: dict[str, str]
    command: str
    arguments: list[str]
    shown: str

    def is_answered_by(self, done: subprocess.CompletedProcess[str]) -> bool:
        """Whether that is what came: on stdout, or an error on stderr. "…" is anything."""
        failed = self.shown.startswith("Error: ")
        if done.returncode != failed:
            return False
        pattern = re.escape(self.shown).replace("…", "(?:.*)")
        return re.fullmatch(pattern, done.stderr if failed else done.stdout) is not None


def calls_in(example: Example) -> list[Call]:
    found = re.findall(
        r"^\$ ((?:\w+=\S+ )*)(forexhooks|bean-price) (.*)\n((?:(?!\$ ).*\n)*)",
        example.text,
        flags=re.M,
    )
    assert len(found) == len(re.findall(r"^\$ ", example.text, flags=re.M))
    return [
        Call(
            dict(each.split("=") for each in variables.split()),
            command,
            shlex.split(arguments),
            shown,
        )
        for variables, command, arguments, shown in found
    ]


def run(
    arguments: list[str], folder: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "COLUMNS": "80",
        **(variables or {}),
    }
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=CHILD_LIMIT,
        check=False,
    )


@pytest.mark.parametrize("example", examples("python"), ids=str)
def test_python_example_runs_and_gives_what_it_says(example: Example, tmp_path: Path) -> None:
    write_files(tmp_path, example)
    name = file_of(example) or "example.py"
    (tmp_path / name).write_text(checked(example.text), encoding="utf-8")
    how = ["-m", "pytest", "-q", "-p", "no:cacheprovider"] if name.startswith("test_") else []
    # Who serves is asked on this machine.
    variables = {"FOREXHOOKS_OFFLINE": ""} if "serving()" in example.text else {}
    done = run(["-W", "error", *how, name], tmp_path, variables)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("example", examples("console"), ids=str)
def test_console_example_prints_what_it_shows(example: Example, tmp_path: Path) -> None:
    write_files(tmp_path, example)
    calls = calls_in(example)
    assert calls
    for call in calls:
        how = ["-m", *MODULES[call.command].split()]
        done = run([*how, *call.arguments], tmp_path, call.variables)
        assert call.is_answered_by(done), done.stdout + done.stderr


@pytest.mark.parametrize("example", examples("toml"), ids=str)
def test_toml_example_is_toml(example: Example) -> None:
    assert tomllib.loads(example.text)


def test_every_fenced_example_is_of_a_language_that_is_run() -> None:
    languages = {each.language for page in DOCUMENTS for each in examples_in(page)}
    directives = {each for each in languages if each.startswith("{")}  # of the site
    of_files = {"json"}  # which the examples after them read
    run = {"python", "console", "toml"}
    assert languages - directives - of_files - run <= {"sh", "text", "dockerfile", ""}


@pytest.mark.parametrize(
    "name",
    [
        "forexhooks",
        *(each.name for each in pkgutil.walk_packages(forexhooks.__path__, "forexhooks.")),
    ],
)
def test_docstring_examples(name: str) -> None:
    if name.endswith("__main__"):
        return
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert failed == 0


def hooks() -> list[str]:
    return [name for name in vars(hookspecs) if name.startswith("forex_")]


@pytest.mark.parametrize("hook", hooks())
def test_every_hook_has_an_example_that_fits_it(hook: str) -> None:
    documentation = inspect.getdoc(getattr(hookspecs, hook)) or ""
    blocks = re.findall(r"::\n\n((?:    .*\n|\n)+)", documentation + "\n")
    assert blocks
    for block in blocks:
        names: dict[str, Any] = {"forexhooks": forexhooks}
        exec(inspect.cleandoc(block), names)  # noqa: S102 - our own documentation
        plugin = SimpleNamespace(**{hook: names[hook]})
        if not hasattr(names[hook], "forexhooks_impl"):
            pytest.fail(f"the example of {hook} is not marked as an implementation")
        if names[hook].forexhooks_impl["wrapper"]:  # an extension
            assert forexhooks.ForexManager().register(plugin)
            continue
        if hook != "forex_driver_name":
            plugin.forex_driver_name = forexhooks.hookimpl(lambda: "acme")
        if hook != "forex_get_rate":
            plugin.forex_get_rate = forexhooks.hookimpl(lambda: None)
        plugin.__dict__["forex_get_rate"].__name__ = "forex_get_rate"
        assert forexhooks.ForexManager().register(plugin) == "acme"


@pytest.mark.parametrize("page", ["providers", "hooks", "signatures"])
def test_a_page_that_is_made_is_up_to_date(page: str) -> None:
    script = ROOT / "docs" / f"make_{page}.py"
    made = runpy.run_path(str(script))["page"]()
    written = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert written == made, f"run python {script.relative_to(ROOT)}"


def test_the_picture_is_what_the_commands_say() -> None:
    script = ROOT / "docs" / "make_recording.py"
    made = runpy.run_path(str(script))["picture"]()
    drawn = (ROOT / "docs" / "terminal.svg").read_text(encoding="utf-8")
    assert drawn == made, f"run python {script.relative_to(ROOT)}"
