"""Rewords the library's messages for a command: its options instead of Python calls."""

from __future__ import annotations

import click

from forexhooks.support.phrases import in_options


def in_words_of(text: str, command: click.Command | None) -> str:
    """Reword a message of the library for a command.

    Args:
        text: The message.
        command: The command; None: one without options.

    Returns:
        The message with the command's options, and without Python calls.
    """
    params = command.params if command else ()
    return in_options(
        text, {option for each in params if not each.required for option in each.opts}
    )


def said(problem: object) -> str:
    """A problem on one line, reworded for the command that runs.

    Args:
        problem: An error, or a message of the library.

    Returns:
        The line.
    """
    context = click.get_current_context(silent=True)
    return in_words_of(" ".join(str(problem).split()), context.command if context else None)
