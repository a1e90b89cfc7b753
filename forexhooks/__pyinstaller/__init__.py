"""Hooks for PyInstaller, which finds them by an entry point of the package."""

from __future__ import annotations

import os


def get_hook_dirs() -> list[str]:
    """Name the folder with the hooks.

    Returns:
        The folder, as PyInstaller wants it.
    """
    return [os.path.dirname(__file__)]
