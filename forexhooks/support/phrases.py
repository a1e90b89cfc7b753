"""The library's messages, in terms of command-line options instead of Python calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import NamedTuple


class _Phrase(NamedTuple):
    """A phrase of the library, as a pattern, and its replacement.

    `words` replaces it if the `option` exists or none is needed; otherwise `without` does.
    """

    said: str
    words: str | Callable[[re.Match[str]], str]
    option: str | None = None
    without: str = ""


def _drivers(found: re.Match[str]) -> str:
    return " ".join(f"--driver {name}" for name in re.findall(r"'([^']+)'", found[0]))


_INSTALL = "install a driver with `forexhooks install`"
_PHRASES = (
    _Phrase(
        r"(\S+) has no (\S+): ask another driver, or list what it has with currencies\(\)",
        r"\1 has no \2: ask another driver, or see `forexhooks currencies --driver \1`",
    ),
    _Phrase(
        r"; a larger max_gap (carries [^;,]*)(, if there is one)?",
        r"; a larger --max-gap \1\2",
        "--max-gap",
    ),
    _Phrase(r"\bmax_gap\b", "--max-gap", "--max-gap", "the number of days carried forward"),
    _Phrase(r", places=…", ", with --places", "--places"),
    _Phrase(
        r"give fewer places, or exact=False", "give fewer --places", "--places", "give fewer places"
    ),
    _Phrase(
        r"give zone=…(, as zone='Europe/Berlin')?",
        "say where, --zone Europe/Berlin for instance",
        "--zone",
        "say where",
    ),
    _Phrase(r"zone=('[^']*')", r"--zone \1", "--zone", r"the zone \1"),
    _Phrase(r"name (the new one|it otherwise), into=…", r"name \1, --into NAME", "--into"),
    _Phrase(r"\b(on|to|currency|amount)=('[^']*')", r"--\1 \2", "--zone", r"\2"),
    _Phrase(r" \(errors='null' leaves them empty\)| \(update=True\)", ""),
    _Phrase(
        r"(load|replace)\([^)]*\) swaps it, (load|register)\([^)]*\) \w+ it under another name",
        "leave one of them out",
    ),
    _Phrase(
        r"install the driver with pip, or register it with register\(plugin\)|"
        r"or register a driver with register\(plugin\)",
        f"{_INSTALL}, or load one with -p PATH",
        "-p",
        _INSTALL,
    ),
    _Phrase(r"(open\([^)]*, …\)( or )?)+", _drivers, "--driver", "asking a single one"),
    _Phrase(r"; leave the day out for the latest", "; leave out --on for the latest", "--on"),
    _Phrase(r"use the rate's value instead of bips", "leave out --bips", "--bips"),
    _Phrase(r"leave out --offline, or unset", r"\g<0>", "--offline", "unset"),
    _Phrase(r"unblock it, or leave out -p no:", r"leave out -p no:"),
)
_ANY = re.compile("|".join(each.said for each in _PHRASES))

# These messages name arguments of a hook. They are for plugin authors, and stay as they are.
_OF_A_HOOK = re.compile(r"\bforex_\w+ (has no argument|is called with the arguments)\b")


def in_options(text: str, has: Collection[str]) -> str:
    """Rewrite a message of the library for readers who have options instead of Python calls.

    Args:
        text: The message.
        has: The options that exist, like `--max-gap`.

    Returns:
        The message with these options, without Python calls.
    """
    if not _ANY.search(text):  # most messages; there may be one for each row of a file
        return text
    if _OF_A_HOOK.search(text):
        return text
    for phrase in _PHRASES:
        is_had = phrase.option is None or phrase.option in has
        text = re.sub(phrase.said, phrase.words if is_had else phrase.without, text)
    return text
