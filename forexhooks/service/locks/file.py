"""A lock's file: lines of JSON, the first with the digest of the others."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from forexhooks.errors import LockError
from forexhooks.support.atomic import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forexhooks.service.locks.entries import Fields

FORMAT = 2
_KEY = "forexhooks_lock"


def line_of(fields: Fields) -> str:
    """The line of JSON, without its end."""
    return json.dumps(fields, ensure_ascii=False)


def digest(lines: Iterable[str]) -> str:
    """The SHA-256 of the lines, even if version control has changed their line endings."""
    return sha256("\n".join(lines).encode()).hexdigest()


def read_lines(path: str) -> list[str]:
    """The lines of a lock, without the first.

    Raises:
        LockError: It is not a lock, or was changed after it was written.
        OSError: It cannot be opened.
    """
    with open(path, "rb") as file:
        content = file.read()
    try:
        lines = content.decode().replace("\r\n", "\n").rstrip("\n").split("\n")
        head = json.loads(lines[0])
        version, expected = head[_KEY], head["sha256"]
    except (ValueError, TypeError, LookupError, RecursionError):
        _check_merged(path, content)
        raise LockError(
            f"{path} is not a lock: its first line is not what `forexhooks lock` writes; give "
            "another file, or create it again"
        ) from None
    if version not in (1, FORMAT):
        raise LockError(
            f"{path} is a lock of format {version!r}, but this version of forexhooks reads "
            f"{FORMAT}: upgrade forexhooks"
        )
    found = digest(lines[1:])
    if found != expected:
        _check_merged(path, content)
        raise LockError(
            f"{path} was changed since it was written: its digest should be {expected}, but is "
            f"{found}; restore the original file, or create it again"
        )
    return lines[1:]


def _check_merged(path: str, content: bytes) -> None:
    """Raise `LockError` for a file with the conflict markers of an unfinished merge."""
    if any(line.startswith((b"<<<<<<< ", b">>>>>>> ")) for line in content.splitlines()):
        raise LockError(
            f"{path} has a merge conflict: keep one of the two versions, in git with `git "
            f"checkout --ours {path}` or `--theirs`, then add what the other had with `forexhooks "
            f"lock --update -o {path}` and pairs, or -- and a command"
        )


def write_lines(path: str, lines: list[str]) -> None:
    """Write a lock, whole or not at all."""
    head = line_of({_KEY: FORMAT, "sha256": digest(lines)})
    with replacing(path) as (file,):
        file.write("".join(f"{line}\n" for line in [head, *lines]).encode())
