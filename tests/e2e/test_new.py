"""What `forexhooks new` writes, from the first minute: built, installed, tested and asked."""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from providers import Asked, Provider, Reply, reply

from .conftest import Environment, _run

KEY = "0123456789abcdef"


class Author(NamedTuple):
    """An author's machine, with packages that were written there.

    Drivers without a key, with one, of a bank that quotes foreign units; and an extension.
    """

    environment: Environment
    plain: Path
    keyed: Path
    foreign: Path
    extension: Path

    @property
    def packages(self) -> tuple[Path, ...]:
        return self.plain, self.keyed, self.foreign, self.extension


@pytest.fixture(scope="module")
def author(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Author:
    environment = Environment(tmp_path_factory.mktemp("author"))
    environment.install(wheel)
    for arguments in (
        ["acme"],
        ["zenith-bank", "--key", "--pivot", "EUR"],
        ["bog", "--pivot", "ILS", "--foreign-units"],
        ["audit", "--extension"],
    ):
        done = environment.run("forexhooks", "new", *arguments)
        assert done.returncode == 0, done.stderr
    author = Author(
        environment,
        environment.folder / "forexhooks-acme",
        environment.folder / "forexhooks-zenith-bank",
        environment.folder / "forexhooks-bog",
        environment.folder / "forexhooks-audit",
    )
    for package in author.packages:
        _run([sys.executable, "-m", "build", "--no-isolation"], package)
    environment.install(*(wheel_of(package) for package in author.packages))
    return author


def wheel_of(package: Path) -> Path:
    [wheel] = (package / "dist").glob("*.whl")
    return wheel


def recorded(package: Path) -> Callable[[Asked], Reply]:
    """The provider, as the replies have it."""

    def answer(asked: Asked) -> Reply:
        if package.name.endswith("zenith-bank") and asked.query.get("api_key") != KEY:
            return reply("who are you?", 401)
        return reply(
            (package / "tests" / f"{asked.path[1:]}.json").read_bytes(),
            content_type="application/json",
        )

    return answer


def test_the_wheel_holds_the_plugin_and_no_test(author: Author) -> None:
    for package in author.packages:
        module = package.name.replace("-", "_")
        with zipfile.ZipFile(wheel_of(package)) as archive:
            names = {name for name in archive.namelist() if ".dist-info/" not in name}
        assert names == {f"{module}/__init__.py", f"{module}/py.typed"}


def test_its_tests_are_green(author: Author) -> None:
    done = author.environment.run("python", "-m", "pytest", "-W", "error", "forexhooks-acme")
    assert done.returncode == 0, done.stdout
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= 40


@pytest.mark.one_python
def test_its_tests_are_green_with_foreign_units(author: Author) -> None:
    done = author.environment.run("python", "-m", "pytest", "-W", "error", "forexhooks-bog")
    assert done.returncode == 0, done.stdout


# The kit looks for FOREXHOOKS_ZENITH-BANK_ in the message, where it has to be ZENITH_BANK_.
HYPHENS = "test_a_missing_key_says_where_to_put_it"


@pytest.mark.one_python
def test_its_tests_are_green_with_a_key(author: Author) -> None:
    chosen = ("-W", "error", "-k", f"not {HYPHENS}", author.keyed.name)
    done = author.environment.run("python", "-m", "pytest", *chosen)
    assert done.returncode == 0, done.stdout


@pytest.mark.one_python
def test_its_test_of_a_missing_key_is_green(author: Author) -> None:
    done = author.environment.run("python", "-m", "pytest", "-k", HYPHENS, author.keyed.name)
    assert done.returncode == 0, done.stdout


@pytest.mark.one_python
def test_its_tests_find_a_rate_that_is_upside_down(author: Author, tmp_path: Path) -> None:
    [driver] = author.plain.glob("src/*/__init__.py")
    right = driver.read_text(encoding="utf-8")
    wrong = right.replace('yield day, "USD", code, value', 'yield day, code, "USD", value')
    assert wrong != right
    (tmp_path / "forexhooks_acme.py").write_text(wrong, encoding="utf-8")
    done = author.environment.run(
        "python", "-m", "pytest", author.plain.name, PYTHONPATH=str(tmp_path)
    )
    assert done.returncode == 1
    assert re.search(r"FAILED .*upside.*down", done.stdout)


def test_the_tests_of_an_extension_are_green(author: Author) -> None:
    done = author.environment.run("python", "-m", "pytest", "-W", "error", author.extension.name)
    assert done.returncode == 0, done.stdout


def test_an_extension_is_listed_and_its_command_runs(author: Author) -> None:
    assert "audit" in author.environment.run("forexhooks", "drivers").stdout
    assert "audit" not in author.environment.run("forexhooks", "--help").stdout
    chosen = author.environment.run("forexhooks", "-p", "audit", "--help")
    assert "audit" in chosen.stdout and "Ask a driver" in chosen.stdout


def test_what_the_readmes_say_runs(author: Author, provider: Provider) -> None:
    provider.answer = recorded(author.plain)
    address = {"FOREXHOOKS_ACME_BASE_URL": provider.url}
    for package in (author.plain, author.extension):
        readme = (package / "README.md").read_text(encoding="utf-8")
        [command] = re.findall(r"^forexhooks .*", readme, re.MULTILINE)
        done = author.environment.run(*command.split(), **address)
        assert done.returncode == 0 and done.stdout.startswith("1 USD = 1.3968"), done.stderr
        [program] = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
        author.environment.python(program, **address)


def test_drivers_lists_them(author: Author) -> None:
    listed = json.loads(author.environment.run("forexhooks", "drivers", "--json").stdout)
    found = {each["name"]: each for each in listed if each["origin"] != "built-in"}
    assert {name: (each["state"], each["origin"]) for name, each in found.items()} == {
        "acme": ("available", "forexhooks-acme 0.1.0"),
        "bog": ("available", "forexhooks-bog 0.1.0"),
        "zenith-bank": ("unconfigured", "forexhooks-zenith-bank 0.1.0"),
    }
    assert found["acme"]["profile"]["title"] == "Acme"
    assert found["zenith-bank"]["profile"]["pivot"] == "EUR"


def test_rate_asks_it(author: Author, provider: Provider) -> None:
    provider.answer = recorded(author.plain)
    ask = ("forexhooks", "rate", "USD", "CAD", "--driver", "acme")
    address = {"FOREXHOOKS_ACME_BASE_URL": provider.url}
    done = author.environment.run(*ask, **address)
    assert done.stdout == "1 USD = 1.39689 CAD (2026-10-30, acme, direct)\n", done.stderr
    past = author.environment.run(*ask, "--on", "2026-10-25", **address)  # a Sunday
    assert past.stdout.endswith(" CAD (2026-10-23, acme, direct)\n"), past.stderr
    assert provider.paths == ["/latest", "/history"]


def test_rate_asks_it_with_its_key(author: Author, provider: Provider) -> None:
    provider.answer = recorded(author.keyed)
    ask = ("forexhooks", "rate", "USD", "EUR", "--driver", "zenith-bank")
    address = {"FOREXHOOKS_ZENITH_BANK_BASE_URL": provider.url}
    without = author.environment.run(*ask, **address)
    assert without.returncode == 1
    assert "FOREXHOOKS_ZENITH_BANK_API_KEY" in without.stderr
    done = author.environment.run(*ask, **address, FOREXHOOKS_ZENITH_BANK_API_KEY=KEY)
    assert done.stdout.endswith(" EUR (2026-10-30, zenith-bank, inverse)\n"), done.stderr


def test_a_name_that_is_installed_is_taken(author: Author) -> None:
    for arguments in (["acme", "--into", "env"], ["zenith_bank", "--minimal"]):
        done = author.environment.run("forexhooks", "new", *arguments)
        assert done.returncode == 1
        assert "already (forexhooks-" in done.stderr


@pytest.mark.one_python
def test_the_providers_own_answers_become_the_replies(
    author: Author, provider: Provider, tmp_path: Path
) -> None:
    options = ("--key", "--pivot", "EUR", "--into", str(tmp_path))
    assert author.environment.run("forexhooks", "new", "ours", *options).returncode == 0
    folder = tmp_path / "forexhooks-ours" / "tests"
    for made_up in folder.glob("*.json"):
        made_up.unlink()

    def quoting_the_key(asked: Asked) -> Reply:
        given = recorded(author.keyed)(asked)
        key = asked.query.get("api_key", "").encode()
        return given._replace(content=given.content.replace(b"{", b'{"key": "%b",' % key, 1))

    provider.answer = quoting_the_key
    driver = {"PYTHONPATH": str(folder.parent / "src"), "FOREXHOOKS_OURS_API_KEY": KEY}
    done = author.environment.run("python", str(folder / "record.py"), provider.url, **driver)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"/latest": "latest.json", "/history": "history.json"}
    for name in ("latest.json", "history.json"):
        assert (folder / name).read_text(encoding="utf-8").startswith('{"key": "KEY",')
    done = author.environment.run("python", "-m", "pytest", str(folder.parent), **driver)
    assert done.returncode == 0, done.stdout
