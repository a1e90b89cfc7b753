"""Files that commands write: whole, or not at all."""

from __future__ import annotations

import click

from forexhooks.support.atomic import replacing


def write_whole(path: str, content: bytes) -> None:
    """Write a file aside and rename it into its place; what is no regular file is written to.

    Raises `click.FileError` where that fails; what was there before then stays.
    """
    try:
        with replacing(path) as (file,):
            file.write(content)
    except OSError as error:
        raise click.FileError(path, hint=error.strerror or str(error)) from error
