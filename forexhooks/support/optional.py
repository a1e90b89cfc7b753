"""What optional extras bring: imported where it is needed, or missed by name."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from forexhooks.errors import MissingExtraError

if TYPE_CHECKING:
    from types import ModuleType


def imported(module: str, install: str) -> ModuleType:
    """Import a module that forexhooks does not depend on; `install` is what pip gets it by.

    Raises `MissingExtraError` where it cannot be imported.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"{module} cannot be imported ({error}): pip install {install}"
        ) from error
