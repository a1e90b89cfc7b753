"""`forexhooks convert-file` in tests: what most of them ask, and what is there afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

ROLES = ("--amount", "amount", "--currency", "ccy", "--on", "day")
TO_EUR = (*ROLES, "--to", "EUR")
Convert = Callable[..., tuple[int, str, str]]


def names(folder: Path) -> set[str]:
    """The files in a folder, those that are hidden as well."""
    return {each.name for each in folder.iterdir() if each.is_file()}
