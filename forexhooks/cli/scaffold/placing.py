"""Placing: files written aside, and moved to where they belong when all are there."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from forexhooks.errors import PluginConflictError, PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping


def free_place(texts: Mapping[str, str], into: str | os.PathLike[str]) -> Path:
    """Where one file, or one folder, is to be. Raises `PluginConflictError` if it is there already.

    `texts` are what is to be in the files, by their paths with `/`, all with the same first part.
    """
    [first] = {path.partition("/")[0] for path in texts}
    target = Path(into, first)
    if os.path.lexists(target):
        raise PluginConflictError(
            f"{target} is there already, and is left alone: move it away, or choose another name "
            "or folder"
        )
    return target


def place(texts: Mapping[str, str], into: str | os.PathLike[str]) -> None:
    """Write that file or folder. Raises `PluginError` too, and then leaves nothing behind."""
    target = free_place(texts, into)
    try:
        aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=into))
        try:
            for path, text in texts.items():
                file = aside / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8", newline="\n")
            _move(aside / target.name, target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        free_place(texts, into)  # it may have come meanwhile
        raise PluginError(f"{target} cannot be written: {error}") from error


def _move(made: Path, target: Path) -> None:
    """Rename, never over something. Raises `OSError`."""
    if made.is_dir():
        made.rename(target)  # fails where something is there; an empty folder is no loss
        return
    target.touch(exist_ok=False)  # a file would be replaced
    try:
        made.replace(target)
    except OSError:
        target.unlink()
        raise
