"""A program runs on while pip installs, upgrades and removes what it uses, and leaves nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import plugins_on_disk
from patience import CHILD_LIMIT
from plugins_on_disk import raw, write

from .conftest import Environment, _plain

Ask = Callable[[str], str]

OPEN = "forexhooks.open('acme', manager=manager)"

# It answers expressions, one a line: with what each is, or why it is nothing.
PROGRAM = """
    import sys
    import forexhooks
    manager = forexhooks.ForexManager(discover=True)

    def rate(name="acme"):
        return int(manager.hook.forex_get_rate(driver=name, base="USD", quote="CAD").value)

    def origin(name="acme"):
        return manager.catalog.registrations[name].origin

    def listed(name="acme"):
        return [each.origin for each in manager.drivers() if each.name == name]

    for line in sys.stdin:
        try:
            print(eval(line), flush=True)
        except Exception as error:
            print(f"{type(error).__name__}: {error}".replace("\\n", " "), flush=True)
    manager.close()
"""


@pytest.fixture
def environment(tmp_path: Path, wheel: Path) -> Environment:
    environment = Environment(tmp_path)
    environment.install(wheel)
    return environment


@pytest.fixture
def ask(environment: Environment) -> Iterator[Ask]:
    variables = _plain()
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    variables["TMPDIR"] = str(environment.folder)  # where the copies go
    with subprocess.Popen(
        [str(environment.bin / "python"), "-c", textwrap.dedent(PROGRAM)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=environment.folder,
        env=variables,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        lines, answers = process.stdin, process.stdout

        def ask(expression: str) -> str:
            lines.write(expression + "\n")
            lines.flush()
            return answers.readline().strip()

        yield ask
        lines.close()
        assert process.wait(CHILD_LIMIT) == 0


def pip(environment: Environment, *arguments: str) -> None:
    """Not as `Environment.install` does: what was there before is removed, as users have it."""
    python = str(environment.bin / "python")
    command = [sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=CHILD_LIMIT, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def install(environment: Environment, version: int, text: str | None = None, **more: str) -> None:
    """Install, or upgrade to, a version of the distribution `acme`."""
    wheel = plugins_on_disk.wheel(
        environment.folder,
        {
            "acme/__init__.py": raw("core.VERSION", above="from acme import core"),
            "acme/core.py": text or f"VERSION = {version}\n",
        },
        {"acme": more.pop("entry", "acme:this")},
        version=f"{version}.0",
        **more,  # type: ignore[arg-type]
    )
    pip(environment, "install", "--no-index", "--no-deps", "--quiet", "--upgrade", str(wheel))


def test_installed_upgraded_and_removed_while_it_runs(environment: Environment, ask: Ask) -> None:
    assert ask(OPEN).startswith("UnknownDriverError: ")
    install(environment, 1)
    assert ask("manager.refresh()") == "[]"
    assert (ask("rate()"), ask("origin()")) == ("1", "acme 1.0")
    install(environment, 2)
    assert ask("rate()") == "1"  # until it is told
    assert ask("manager.refresh()") == "['acme']"
    assert (ask("rate()"), ask("origin()"), ask("listed()")) == ("2", "acme 2.0", "['acme 2.0']")
    assert ask("[each[:2] for each in manager.generations()]") == "[('acme', '2.0')]"
    assert ask("manager.refresh()") == "[]"
    install(environment, 3)
    assert (ask("manager.refresh()"), ask("rate()")) == ("['acme']", "3")
    install(environment, 2)  # down again
    assert (ask("manager.refresh()"), ask("rate()")) == ("['acme']", "2")
    pip(environment, "uninstall", "--yes", "acme")
    assert (ask("manager.refresh()"), ask("rate()")) == ("[]", "2")  # it has its copy
    assert ask("manager.unload('acme')") == "None"
    assert ask(OPEN).startswith("UnknownDriverError: ")


def test_an_upgrade_that_is_broken_is_refused(environment: Environment, ask: Ask) -> None:
    install(environment, 1)
    assert ask("rate()") == "1"
    install(environment, 2, "import os; os._exit(1)\n")
    refused = ask("manager.refresh()")
    assert refused.startswith("PluginLoadError: ")
    assert (ask("rate()"), ask("origin()")) == ("1", "acme 1.0")
    install(environment, 3)
    assert (ask("manager.refresh()"), ask("rate()")) == ("['acme']", "3")


def test_what_is_refused_is_named(environment: Environment, ask: Ask) -> None:
    install(environment, 1)
    assert ask("rate()") == "1"
    install(environment, 2, "raise ValueError('no')\n")
    assert "acme 2.0" in ask("manager.refresh()")


def test_an_entry_point_that_names_a_module(environment: Environment, ask: Ask) -> None:
    install(environment, 1, entry="acme")
    assert ask("rate()") == "1"
    install(environment, 2, entry="acme")
    assert (ask("manager.refresh()"), ask("rate()")) == ("['acme']", "2")


def test_what_was_imported_before_the_upgrade_and_is_asked_for_after_it(
    environment: Environment, ask: Ask
) -> None:
    install(environment, 1)
    assert ask("listed()") == "['acme 1.0']"  # it is imported to be looked at
    install(environment, 2)
    ask("manager.refresh()")
    assert (ask("rate()"), ask("origin()")) == ("2", "acme 2.0")


def test_an_upgraded_driver_that_was_removed_is_found_again(
    environment: Environment, ask: Ask
) -> None:
    install(environment, 1)
    assert ask("rate()") == "1"
    install(environment, 2)
    assert ask("manager.refresh()") == "['acme']"
    ask("manager.unload('acme')")
    assert (ask("rate()"), ask("origin()")) == ("2", "acme 2.0")


def test_an_extension_is_upgraded(environment: Environment, ask: Ask) -> None:
    install(environment, 1, group="forexhooks.extensions")
    assert ask("manager.add_extension('acme')") == "None"
    install(environment, 2, group="forexhooks.extensions")
    assert ask("manager.refresh()") == "['acme']"


@pytest.mark.parametrize("load", ["load", pytest.param("ForexManager().load")])
def test_the_copies_go_when_the_program_ends(load: str, tmp_path: Path) -> None:
    path = write(tmp_path / "acme.py", raw(1))
    code = f"import forexhooks; forexhooks.{load}({str(path)!r})"
    (tmp_path / "other").mkdir()
    environment = {**os.environ, "TMPDIR": str(tmp_path / "other")}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=CHILD_LIMIT)
    assert list((tmp_path / "other").iterdir()) == []
