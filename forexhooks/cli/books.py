"""Account books, which `-o` must not overwrite with prices."""

from __future__ import annotations

import os

import click

from forexhooks.cli.history_formats import FORMATS

_MARKS = (b"SQLite format 3\x00", b"\x1f\x8b", b"<?xml", b"<gnc")
"""The first bytes of the files in which GnuCash keeps a book."""


def check_is_no_book(path: str, written_as: str) -> None:
    """Refuse to overwrite an account book with prices.

    Args:
        path: The file to write.
        written_as: The format to write in.

    Raises:
        click.UsageError: The file is a book: it holds more than prices, or GnuCash wrote it.
    """
    if written_as == "gnucash-sql" and path.lower().endswith(".gnucash"):
        raise click.UsageError(
            f"{path}: gnucash-sql writes SQL statements, not a book: write them with -o "
            f"rates.sql, close GnuCash, copy the book, and run `sqlite3 {path} < rates.sql`"
        )
    if not os.path.isfile(path):
        return
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return  # writing it fails too, with a message
    line = FORMATS[written_as].price_line
    if content.startswith(_MARKS) or (line and not all(map(line.fullmatch, _lines(content)))):
        raise click.UsageError(
            f"{path} holds more than prices, and -o would overwrite all of it: write to another "
            f"file and include or import that one, or remove {path} first"
        )


def _lines(content: bytes) -> list[bytes]:
    return list(filter(None, map(bytes.strip, content.splitlines())))
