"""Logging, imported when there is something to log: a first rate must not wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from logging import Logger


def log() -> Logger:
    """The logger `forexhooks`; it prints nothing unless the program configures it."""
    import logging

    logger = logging.getLogger("forexhooks")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return logger
