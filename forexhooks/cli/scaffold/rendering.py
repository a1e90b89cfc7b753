"""Renders the templates into the files of a new driver."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.cli.scaffold.sample import LAST_DAY, Replies
from forexhooks.errors import PluginError, SettingsError
from forexhooks.support.settings import checked_base_url

if TYPE_CHECKING:
    from forexhooks.cli.scaffold.names import Names

# The path of each file, and its template.
_COMMON = {
    "pyproject.toml": "pyproject.toml",
    "tox.ini": "tox.ini",
    "CHANGELOG.md": "CHANGELOG.md",
    "LICENSE": "LICENSE",
    ".gitignore": "gitignore",
    ".github/dependabot.yml": "dependabot.yml",
    ".github/workflows/publish.yml": "publish.yml",
    ".github/workflows/tests.yml": "tests.yml",
    "src/$module/py.typed": "py.typed",
}
_PACKAGE = {
    **_COMMON,
    "README.md": "README.md",
    "AGENTS.md": "AGENTS.md",
    "src/$module/__init__.py": "driver.py",
    "tests/test_$word.py": "driver_tests.py",
    "tests/record.py": "record.py",
}
_EXTENSION = {
    **_COMMON,
    "README.md": "extension_README.md",
    "AGENTS.md": "extension_AGENTS.md",
    "src/$module/__init__.py": "extension.py",
    "tests/test_$word.py": "extension_tests.py",
}
_FILE = {"$word.py": "minimal.py"}

_CONDITION = re.compile(r"^(no )?(key|foreign|extension|repository)\|(.*\n)", re.MULTILINE)
_LONGEST_URL = 70
_NO_URL_CHARACTER = re.compile(r"[^!-~]|[\"\\@?#]")
_AUTHOR = re.compile(r'([^<>"\\]{1,80}?)(?: *<([^<>"\\@\s]{1,60}@[^<>"\\@\s]{1,60})>)?')


class Texts(NamedTuple):
    """The contents of a new driver's files by path, and the next steps for its author.

    In the steps, `$path` stands for the folder.
    """

    files: dict[str, str]
    next_steps: str


def package_texts(
    names: Names,
    *,
    base_url: str | None,
    pivot: str,
    foreign_units: bool,
    key: bool,
    author: str | None,
    repository: str | None,
) -> Texts:
    """The texts of a package with a driver. Raises as `new_package`."""
    replies = Replies.of(pivot, foreign_units=foreign_units)
    address = _base_url(names, base_url)
    values = {
        **names.values(),
        **_of_the_project(names, author, repository),
        **replies.values(),
        "base_url": address,
        "page": f"https://{address.split('/')[2]}",
        "description": "exchange rates, a driver for forexhooks",
        "what": f"The driver `{names.driver}`",
    }
    chosen = {
        "key": key,
        "foreign": foreign_units,
        "extension": False,
        "repository": repository is not None,
    }
    files = {
        **_rendered(_PACKAGE, values, chosen),
        "tests/latest.json": replies.body(LAST_DAY),
        "tests/history.json": replies.body(),
    }
    return Texts(_in_folder(names, files), _text("next_package", values, chosen))


def extension_texts(names: Names, *, author: str | None, repository: str | None) -> Texts:
    """The texts of a package with an extension. Raises as `new_extension`."""
    values = {
        **names.values(),
        **_of_the_project(names, author, repository),
        "description": "an extension of forexhooks",
        "what": f"The extension `{names.driver}`, and its command",
    }
    chosen = {"extension": True, "repository": repository is not None}
    files = _rendered(_EXTENSION, values, chosen)
    return Texts(_in_folder(names, files), _text("next_extension", values, chosen))


def file_texts(names: Names) -> Texts:
    """The texts of a driver in one file."""
    files = _rendered(_FILE, names.values(), {})
    return Texts(files, _text("next_file", names.values(), {}))


def _of_the_project(names: Names, author: str | None, repository: str | None) -> dict[str, str]:
    """The values about the author and the project. Raises `PluginError` and `SettingsError`."""
    found = _AUTHOR.fullmatch((author or f"the {names.distribution} authors").strip())
    if found is None or not found[0].isprintable():
        raise PluginError(
            f"{author!r} cannot be an author: write a name, or a name and an e-mail address, like "
            "'Ada Lovelace <ada@acme.example>'"
        )
    name, email = found.groups()
    address = (repository or "").rstrip("/")
    if repository is not None and (
        not address.startswith(("http://", "https://"))
        or _NO_URL_CHARACTER.search(address)
        or len(address) > _LONGEST_URL
    ):
        raise SettingsError(
            f"{names.driver}: the repository is not valid: give an address of at most "
            f"{_LONGEST_URL} characters, like https://github.com/you/{names.distribution}, without "
            "user, password or query"
        )
    return {
        "author": name,
        "author_entry": f'{{ name = "{name}"' + (f', email = "{email}" }}' if email else " }"),
        "repository": address,
        "version": version("forexhooks"),
        "year": str(datetime.now(UTC).year),
    }


def _in_folder(names: Names, files: dict[str, str]) -> dict[str, str]:
    return {f"{names.distribution}/{path}": text for path, text in files.items()}


def _rendered(
    table: dict[str, str], values: dict[str, str], chosen: dict[str, bool]
) -> dict[str, str]:
    return {
        Template(path).substitute(values): _text(template, values, chosen)
        for path, template in table.items()
    }


def _text(template: str, values: dict[str, str], chosen: dict[str, bool]) -> str:
    """Fill in a template; lines that begin with `key|` stay only if `key` is chosen."""

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
            f"{names.driver}: the address becomes part of the program: write at most "
            f"{_LONGEST_URL} characters without spaces, user, password or query, like "
            "https://rates.example.com/v1; the rest of a path belongs in the driver's `latest` "
            "and `between`"
        )
    return url
