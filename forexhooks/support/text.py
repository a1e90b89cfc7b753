"""Text of others, as it may be shown: what would control a terminal is written out."""

from __future__ import annotations

import re

_USER = re.compile(r"(?<=//)[^/@\s]*@")


def printable(text: str) -> str:
    r"""The text with every character that cannot be printed written out, as `\x1b` is.

    So are line ends and the characters that turn the direction of writing.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def in_one_line(text: object) -> str:
    """The text on one line, as it may be shown."""
    return printable(" ".join(str(text).split()))


def in_lines(text: object) -> str:
    """The text as it may be shown, with its lines and its tabs."""
    lines = str(text).split("\n")
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in lines)


def without_passwords(text: str) -> str:
    """The text without the users and passwords of the addresses in it."""
    return _USER.sub("…@", text)
