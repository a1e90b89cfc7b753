"""Books of accounts: what `-o` must not replace with prices alone."""

from __future__ import annotations

import os

import click

from forexhooks.cli.history_formats import FORMATS

_MARKS = (b"SQLite format 3\x00", b"\x1f\x8b", b"<?xml", b"<gnc")
"""What the files begin with that GnuCash keeps a book in."""


def check_is_no_book(path: str, written_as: str) -> None:
    """Refuse to write prices in the place of a book of accounts.

    Args:
        path: The file to write.
        written_as: The format to write in.

    Raises:
        click.UsageError: The file is a book: it holds more than prices, or GnuCash wrote it.
    """
    if written_as == "gnucash-sql" and path.lower().endswith(".gnucash"):
        raise click.UsageError(
            f"{path}: gnucash-sql is SQL that is run on a book, and no book: write it with -o "
            f"rates.sql, close GnuCash, keep a copy, and run `sqlite3 {path} < rates.sql`"
        )
    if not os.path.isfile(path):
        return
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError:
        return  # that it cannot be written either is said by who writes
    line = FORMATS[written_as].price_line
    if content.startswith(_MARKS) or (line and not all(map(line.fullmatch, _lines(content)))):
        raise click.UsageError(
            f"{path} holds more than prices, which -o would replace: write to another file, and "
            "include that or read it in; or remove this one first"
        )


def _lines(content: bytes) -> list[bytes]:
    return list(filter(None, map(bytes.strip, content.splitlines())))
