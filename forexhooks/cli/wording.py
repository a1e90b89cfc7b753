"""What the library says, in the words of a command: its options in place of Python's calls."""

from __future__ import annotations

import click

from forexhooks.support.phrases import in_options


def in_words_of(text: str, command: click.Command | None) -> str:
    """Put what the library says into the words of a command.

    Args:
        text: What the library says.
        command: The command; None: one that has no options.

    Returns:
        The same, with the options that the command has, and without Python's calls.
    """
    params = command.params if command else ()
    return in_options(
        text, {option for each in params if not each.required for option in each.opts}
    )


def said(problem: object) -> str:
    """Say a problem on one line, in the words of the command that runs.

    Args:
        problem: An error, or a text of the library's.

    Returns:
        The line.
    """
    context = click.get_current_context(silent=True)
    return in_words_of(" ".join(str(problem).split()), context.command if context else None)
