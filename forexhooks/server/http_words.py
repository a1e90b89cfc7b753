"""The library's messages in terms of HTTP requests, without Python calls and commands."""

from __future__ import annotations

import re

from forexhooks.support.phrases import in_options

_PARAMETERS = {"--max-gap": "max_gap", "--on": "on", "--places": "places"}
_PHRASES = (
    (r"see `forexhooks currencies --driver (\S+)`", r"see /v2/currencies?scope=all&providers=\1"),
    (r"([^;]*`pip install [^;]*; )?install a driver with `forexhooks install`", "see /api/drivers"),
    (r": leave out -p no:\S+", ": ask another driver"),
    (r"it has only one series: open '([^']*)'", r"it has only one series: give driver=\1"),
    # Only the operator of the server can update a store or change a lock, not its clients.
    (r": run `forexhooks [^`]*`( without --offline)?", ""),
    (r"; add it with `forexhooks lock .*", ""),
    (r": (leave out --offline, or )?unset FOREXHOOKS_OFFLINE and the setting offline", ""),
)


def in_http_words(text: object) -> str:
    """Rewrite a message of the library for users of the server.

    Args:
        text: An error, or a message.

    Returns:
        The message on one line, with the server's parameters and routes instead of Python calls and
        commands.
    """
    said = in_options(" ".join(str(text).split()), _PARAMETERS)
    for phrase, words in _PHRASES:
        said = re.sub(phrase, words, said)
    for option, parameter in _PARAMETERS.items():
        said = re.sub(rf"(?<![\w-]){option}\b", parameter, said)
    return said
