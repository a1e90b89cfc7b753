from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run


def test_a_package_and_what_to_do_next(run: Run, tmp_path: Path) -> None:
    done = run("new", "acme")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("Wrote forexhooks-acme. Next:\n\n    cd forexhooks-acme\n")
    assert "\n    forexhooks rate USD CAD --driver acme\n" in done.stdout
    assert (tmp_path / "forexhooks-acme" / "src" / "forexhooks_acme" / "__init__.py").is_file()


def test_its_options(run: Run, tmp_path: Path) -> None:
    (tmp_path / "my drivers").mkdir()
    options = ("--key", "--pivot", "eur", "--base-url", "https://acme.com/api")
    done = run("new", "acme-bank", *options, "--title", "Bank of Acme", "--into", "my drivers")
    assert "\n    cd 'my drivers/forexhooks-acme-bank'\n" in done.stdout
    assert "\n    export FOREXHOOKS_ACME_BANK_API_KEY=…\n" in done.stdout
    assert "rate EUR CAD --driver acme-bank\n" in done.stdout
    folder = tmp_path / "my drivers" / "forexhooks-acme-bank"
    driver = (folder / "src" / "forexhooks_acme_bank" / "__init__.py").read_text(encoding="utf-8")
    for text in ('BASE_URL = "https://acme.com/api"', 'title="Bank of Acme"', 'pivot="EUR"'):
        assert text in driver
    assert 'self.key("api_key", api_key)' in driver


def test_an_extension_and_what_to_do_next(run: Run, tmp_path: Path) -> None:
    options = ("--extension", "--author", "Ada <ada@acme.example>", "--repository", "https://a.b")
    done = run("new", "audit", *options)
    assert (done.returncode, done.stderr) == (0, "")
    assert "\n    forexhooks -p audit audit USD CAD\n" in done.stdout
    said = json.loads(run("new", "other", "--extension", "--json").stdout)
    assert (said["extension"], said["path"]) == ("other", "forexhooks-other")
    assert not list(tmp_path.glob("*/tests/record.py"))
    taken = run("new", "rate", "--extension")
    assert taken.returncode == 1
    assert "`forexhooks rate` is already a command" in taken.stderr


def test_json(run: Run, tmp_path: Path) -> None:
    said = json.loads(run("new", "acme", "--json").stdout)
    assert (said["driver"], said["path"]) == ("acme", "forexhooks-acme")
    found = [path for path in (tmp_path / "forexhooks-acme").rglob("*") if path.is_file()]
    assert {tmp_path / file for file in said["files"]} == set(found)


def test_one_file_that_runs(run: Run, tmp_path: Path) -> None:
    done = run("new", "acme-bank", "--minimal")
    assert (done.returncode, done.stderr) == (0, "")
    [line] = [line for line in done.stdout.splitlines() if "rate USD CAD" in line]
    assert line == "    forexhooks -p acme_bank.py rate USD CAD --driver acme-bank"
    asked = run(*line.split()[1:])
    assert (asked.returncode, asked.stderr) == (0, "")
    assert asked.stdout.startswith("1 USD = 1.40 CAD (")
    assert asked.stdout.endswith(", acme-bank, direct)\n")
    again = run("new", "acme-bank", "--minimal")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith("Error: acme_bank.py exists already")


def test_a_name_that_is_taken(run: Run, tmp_path: Path) -> None:
    done = run("new", "ecb")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: there is a driver 'ecb' already (built-in)")
    assert not list(tmp_path.glob("forexhooks-*"))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Missing argument 'NAME'"),
        (["acme", "--into", "nowhere"], "does not exist"),
        (["acme", "--minimal", "--key"], "--key applies to a package"),
        (["acme", "--minimal", "--pivot", "EUR"], "--pivot applies to a package"),
        (["acme", "--minimal", "--extension"], "--extension applies to a package"),
        (["acme", "--minimal", "--author", "Ada"], "--author applies to a package"),
        (["acme", "--extension", "--key"], "--key applies to a driver"),
        (["acme", "--minimal", "--foreign-units"], "--foreign-units applies to a package"),
        (["acme", "--minimal", "--base-url", "https://a.example"], "--base-url applies to a"),
    ],
)
def test_wrong_usage(run: Run, arguments: list[str], says: str) -> None:
    done = run("new", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
