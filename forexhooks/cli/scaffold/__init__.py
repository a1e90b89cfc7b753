"""`forexhooks new`: writes a package with a driver or an extension, or a driver in one file.

The contents are in `templates/`; `rendering.py` maps them to files.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.cli.scaffold.names import Names
from forexhooks.cli.scaffold.placing import free_place, place
from forexhooks.cli.scaffold.rendering import extension_texts, file_texts, package_texts

if TYPE_CHECKING:
    import os

    from forexhooks.cli.scaffold.rendering import Texts

__all__ = ["Written", "new_extension", "new_file", "new_package"]


class Written(NamedTuple):
    """What was written: the folder or file, the paths of all files in `into`, the next steps."""

    path: Path
    files: list[str]
    next_steps: str


def new_package(
    name: str,
    *,
    title: str | None = None,
    base_url: str | None = None,
    pivot: str = "USD",
    foreign_units: bool = False,
    key: bool = False,
    author: str | None = None,
    repository: str | None = None,
    into: str | os.PathLike[str] = ".",
) -> Written:
    """Write a package with a driver of that name, tests and sample responses.

    The folder is `into`/forexhooks-NAME. `title` is the provider's name, `base_url` its address,
    `pivot` the currency on one side of each of its rates, and `key` whether it needs a key. Its
    rates tell what 1 pivot costs in the others; with `foreign_units` what 1 unit of each other
    costs in the pivot, as at many central banks. `author` is a name, optionally with an e-mail
    address in angle brackets, and `repository` the address of the source.

    Raises `PluginConflictError` if a driver or module of that name, or the folder, exists;
    `PluginError` for an unusable name, title or pivot, or if writing fails; `SettingsError` for a
    bad address, `CurrencyError` for a bad code. If it raises, it leaves nothing behind.
    """
    names = Names.of(name, title)
    names.check_class()
    texts = package_texts(
        names,
        base_url=base_url,
        pivot=pivot,
        foreign_units=foreign_units,
        key=key,
        author=author,
        repository=repository,
    )
    return _written(names, names.module, texts, into)


def new_extension(
    name: str,
    *,
    title: str | None = None,
    author: str | None = None,
    repository: str | None = None,
    into: str | os.PathLike[str] = ".",
) -> Written:
    """Write a package with an extension of that name, its command, and tests.

    Raises as `new_package`, `PluginConflictError` also for the name of a command.
    """
    names = Names.of(name, title)
    names.check_command()
    texts = extension_texts(names, author=author, repository=repository)
    return _written(names, names.module, texts, into)


def new_file(name: str, *, title: str | None = None, into: str | os.PathLike[str] = ".") -> Written:
    """Write a driver of that name in one file, `into`/NAME.py. Raises as `new_package`.

    In the file's name, `-` becomes `_`.
    """
    names = Names.of(name, title)
    return _written(names, names.word, file_texts(names), into)


def _written(names: Names, module: str, texts: Texts, into: str | os.PathLike[str]) -> Written:
    path = free_place(texts.files, into)  # before it is found as a module
    names.check_free(module)
    place(texts.files, into)
    steps = Template(texts.next_steps).substitute(path=shlex.quote(str(path)))
    return Written(path, list(texts.files), steps)
