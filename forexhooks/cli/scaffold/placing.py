"""Places files: writes them to a temporary folder, and moves them once all are there."""

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
    """Where the file or folder will be. Raises `PluginConflictError` if it exists already.

    `texts` maps paths with `/`, all with the same first part, to contents.
    """
    [first] = {path.partition("/")[0] for path in texts}
    target = Path(into, first)
    if os.path.lexists(target):
        raise PluginConflictError(
            f"{target} exists already, and was not changed: move it away, or choose another name "
            "or folder"
        )
    return target


def place(texts: Mapping[str, str], into: str | os.PathLike[str]) -> None:
    """Write that file or folder. Raises also `PluginError`, and then leaves nothing behind."""
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
        free_place(texts, into)  # somebody may have created it meanwhile
        raise PluginError(f"{target} cannot be written: {error}") from error


def _move(made: Path, target: Path) -> None:
    """Rename, but never overwrite. Raises `OSError`."""
    if made.is_dir():
        made.rename(target)  # fails if the target exists, unless it is an empty folder
        return
    target.touch(exist_ok=False)  # replace() would overwrite a file
    try:
        made.replace(target)
    except OSError:
        target.unlink()
        raise
