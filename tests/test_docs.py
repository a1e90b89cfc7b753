"""Every example in README, docs and docstrings is run."""

from __future__ import annotations

import doctest
import importlib
import inspect
import os
import pkgutil
import re
import runpy
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from markdown_it import MarkdownIt

import forexhooks
from forexhooks import hookspecs

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md")
] + sorted(ROOT.glob("docs/*.md"))

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


class Example(NamedTuple):
    document: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.document.relative_to(ROOT)}:{self.line}"


def examples(*languages: str) -> list[Example]:
    return list(_examples(*languages))


def _examples(*languages: str) -> Iterator[Example]:
    for document in DOCUMENTS:
        for token in MarkdownIt().parse(document.read_text(encoding="utf-8")):
            if token.type == "fence" and token.map is not None and token.info in languages:
                yield Example(document, token.map[0] + 1, token.info, token.content)


def checking(line: re.Match[str]) -> str:
    return f"check(({line[1]}), {line[2]!r})"


def run(
    arguments: list[str], folder: Path, *, is_online: bool = False
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "80"}
    if is_online:
        del environment["FOREXHOOKS_OFFLINE"]
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("example", examples("python"), ids=str)
def test_python_example_runs_and_gives_what_it_says(example: Example, tmp_path: Path) -> None:
    for earlier in examples("python"):  # those that are a file by name: "# peg.py"
        named = re.match(r"# (\w+\.py)\n", earlier.text)
        if earlier.document == example.document and named:
            (tmp_path / named[1]).write_text(earlier.text, encoding="utf-8")
    script = tmp_path / "example.py"
    checked = re.sub(r"^(?!\w+ = )(\S.*?) {2,}# (.*)$", checking, example.text, flags=re.M)
    script.write_text(CHECK + checked, encoding="utf-8")
    # It may ask a server of its own, on this machine.
    done = run(["-W", "error", str(script)], tmp_path, is_online="serving()" in example.text)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("example", examples("console"), ids=str)
def test_console_example_prints_what_it_shows(example: Example, tmp_path: Path) -> None:
    calls = re.findall(r"^\$ forexhooks (.*)\n((?:(?!\$ ).*\n)*)", example.text, flags=re.M)
    assert calls
    for arguments, shown in calls:
        done = run(["-m", "forexhooks", *arguments.split()], tmp_path)
        assert (done.returncode, done.stdout) == (0, shown), done.stderr


@pytest.mark.parametrize("example", examples("toml"), ids=str)
def test_toml_example_is_toml(example: Example) -> None:
    assert tomllib.loads(example.text)


def test_every_fenced_example_is_of_a_language_that_is_run() -> None:
    assert {each.language for each in examples("", "py", "bash", "json", "pycon")} <= {""}


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


def test_the_page_of_providers_is_what_their_profiles_say() -> None:
    script = runpy.run_path(str(ROOT / "docs" / "make_providers.py"))
    assert (ROOT / "docs" / "providers.md").read_text(encoding="utf-8") == script["page"]()
