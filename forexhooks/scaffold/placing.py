"""Placing: files written aside, and moved to where they belong when all are there."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from forexhooks.errors import PluginConflictError, PluginError

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping


def placed(texts: Mapping[str, str], into: str | os.PathLike[str]) -> Path:
    """Write one file, or one folder, into a folder; the path of that file or folder.

    `texts` are what is to be in the files, by their paths with `/`, all with the same first part.
    Raises `PluginConflictError` where that is there already, `PluginError` where it cannot be
    written. Nothing is then left behind.
    """
    [first] = {path.partition("/")[0] for path in texts}
    target = Path(into, first)
    _check_absent(target)
    try:
        aside = Path(tempfile.mkdtemp(prefix=f".{first}-", dir=into))
        try:
            for path, text in texts.items():
                file = aside / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8", newline="\n")
            _move(aside / first, target)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        _check_absent(target)  # it may have come meanwhile
        raise PluginError(f"{target} cannot be written: {error}") from error
    return target


def _check_absent(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise PluginConflictError(
            f"{target} is there already, and is left alone: move it away, or choose another name "
            "or folder"
        )


def _move(made: Path, target: Path) -> None:
    """Rename, never over something. Raises `OSError`."""
    if made.is_file():
        target.touch(exist_ok=False)  # else it would be replaced; a folder is not, unless empty
    made.replace(target)
