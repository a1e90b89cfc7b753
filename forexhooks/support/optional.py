"""Modules of optional extras: imported when needed; if missing, the error says what to install."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from forexhooks.errors import MissingExtraError

if TYPE_CHECKING:
    from types import ModuleType


def imported(module: str, install: str) -> ModuleType:
    """Import a module that forexhooks does not depend on; `install` is its name for pip.

    Raises:
        MissingExtraError: It cannot be imported.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"{module} cannot be imported ({error}): pip install {install}"
        ) from error
