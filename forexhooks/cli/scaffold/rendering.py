"""Texts: what the files of a new driver say, made of the templates."""

from __future__ import annotations

import re
from importlib.metadata import version
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.cli.scaffold.sample import LAST_DAY, Replies
from forexhooks.errors import SettingsError
from forexhooks.support.settings import checked_base_url

if TYPE_CHECKING:
    from forexhooks.cli.scaffold.names import Names

# Where a file belongs, and the template of what it says.
_PACKAGE = {
    "pyproject.toml": "pyproject.toml",
    "tox.ini": "tox.ini",
    "README.md": "README.md",
    ".gitignore": "gitignore",
    ".github/workflows/tests.yml": "tests.yml",
    "src/$module/__init__.py": "driver.py",
    "src/$module/py.typed": "py.typed",
    "tests/test_$word.py": "driver_tests.py",
    "tests/record.py": "record.py",
}
_FILE = {"$word.py": "minimal.py"}

_CONDITION = re.compile(r"^(no )?(key|foreign)\|(.*\n)", re.MULTILINE)
_LONGEST_URL = 70
_NO_URL_CHARACTER = re.compile(r"[^!-~]|[\"\\@?#]")


class Texts(NamedTuple):
    """What the files of a new driver say, by their paths; and what its author does next.

    That has `$path` in it, where the files are.
    """

    files: dict[str, str]
    next_steps: str


def package_texts(
    names: Names, *, base_url: str | None, pivot: str, foreign_units: bool, key: bool
) -> Texts:
    """The texts of a package. Raises as `new_package`."""
    replies = Replies.of(pivot, foreign_units=foreign_units)
    address = _base_url(names, base_url)
    values = {
        **names.values(),
        **replies.values(),
        "base_url": address,
        "page": f"https://{address.split('/')[2]}",
        "version": version("forexhooks"),
    }
    chosen = {"key": key, "foreign": foreign_units}
    files = {
        **_rendered(_PACKAGE, values, chosen),
        "tests/latest.json": replies.body(LAST_DAY),
        "tests/history.json": replies.body(),
    }
    inside = {f"{names.distribution}/{path}": text for path, text in files.items()}
    return Texts(inside, _text("next_package", values, chosen))


def file_texts(names: Names) -> Texts:
    """The texts of a driver in one file."""
    files = _rendered(_FILE, names.values(), {})
    return Texts(files, _text("next_file", names.values(), {}))


def _rendered(
    table: dict[str, str], values: dict[str, str], chosen: dict[str, bool]
) -> dict[str, str]:
    return {
        Template(path).substitute(values): _text(template, values, chosen)
        for path, template in table.items()
    }


def _text(template: str, values: dict[str, str], chosen: dict[str, bool]) -> str:
    """The text of a template, whose lines `key|…` are there where `key` is chosen."""

    def kept(line: re.Match[str]) -> str:
        return line[3] if chosen[line[2]] != bool(line[1]) else ""

    file = files("forexhooks.cli.scaffold") / "templates" / f"{template}.template"
    lines = _CONDITION.sub(kept, file.read_text(encoding="utf-8"))
    return Template(lines).substitute(values)


def _base_url(names: Names, given: str | None) -> str:
    if given is None:
        return f"https://rates.{names.word.replace('_', '-')}.example"
    url = checked_base_url(given, names.driver)
    if _NO_URL_CHARACTER.search(url) or len(url) > _LONGEST_URL:
        raise SettingsError(
            f"{names.driver}: the address will be part of the program: write at most "
            f"{_LONGEST_URL} characters without spaces, user, password and query, like "
            "https://rates.example.com/v1"
        )
    return url
