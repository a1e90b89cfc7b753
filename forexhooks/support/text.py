"""Strings from others, made safe to display: control characters are escaped."""

from __future__ import annotations

import re

_USER = re.compile(r"(?<=//)[^/@\s]*@")


def printable(text: str) -> str:
    r"""The string with every unprintable character escaped, as in `\x1b`.

    That includes line ends and characters that change the writing direction.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def in_one_line(text: object) -> str:
    """The string on one line, safe to display."""
    return printable(" ".join(str(text).split()))


def in_lines(text: object) -> str:
    """The string, safe to display, with its lines and tabs."""
    lines = str(text).split("\n")
    return "\n".join("\t".join(map(printable, line.split("\t"))) for line in lines)


def without_passwords(text: str) -> str:
    """The string without the users and passwords of the addresses in it."""
    return _USER.sub("…@", text)
