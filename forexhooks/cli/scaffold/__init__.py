"""What `forexhooks new` writes: a package with a driver or an extension, or a driver in one file.

The texts are in `templates/`; `rendering.py` says which becomes which file.
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
    """What was written: the folder or file, the files by their paths in `into`, what to do next."""

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
    """Write a package with a driver of that name, its tests and recorded replies.

    The folder is `into`/forexhooks-NAME. `title` is the provider's name, `base_url` its address,
    `pivot` the currency that is in each of its rates, and `key` whether it needs one. It says what
    1 pivot costs in the others; with `foreign_units` what 1 unit of each other costs in the pivot,
    as many central banks do. `author` is a name, with an address in angle brackets or without, and
    `repository` the address of the source.

    Raises `PluginConflictError` where a driver or module of that name, or the folder, is there
    already; `PluginError` for a name, title or pivot that will not do, and for what cannot be
    written; `SettingsError` for an address, `CurrencyError` for a code that is none. Nothing is
    then left behind.
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
    """Write a package with an extension of that name, a command of that name, and tests.

    Raises as `new_package`, `PluginConflictError` also for the name of a command.
    """
    names = Names.of(name, title)
    names.check_command()
    texts = extension_texts(names, author=author, repository=repository)
    return _written(names, names.module, texts, into)


def new_file(name: str, *, title: str | None = None, into: str | os.PathLike[str] = ".") -> Written:
    """Write a driver of that name in one file, `into`/NAME.py. Raises as `new_package`.

    In the file's name `_` stands where `name` has `-`.
    """
    names = Names.of(name, title)
    return _written(names, names.word, file_texts(names), into)


def _written(names: Names, module: str, texts: Texts, into: str | os.PathLike[str]) -> Written:
    path = free_place(texts.files, into)  # before it is found as a module
    names.check_free(module)
    place(texts.files, into)
    steps = Template(texts.next_steps).substitute(path=shlex.quote(str(path)))
    return Written(path, list(texts.files), steps)
