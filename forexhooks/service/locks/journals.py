"""Recording: what `forexhooks lock -- COMMAND` shares with the processes that it starts.

They share a folder, which an environment variable names. It names the lock to be written, and each
process leaves there what it asked. The command puts the lock together when all have ended.
"""

from __future__ import annotations

import os
import threading
from functools import partial
from typing import TYPE_CHECKING

from forexhooks.errors import LockError
from forexhooks.service.locks.lock import Lock

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORD = "FOREXHOOKS_RECORD"
"""The environment variable that names the folder."""

_TARGET = "target"
_recorders: dict[str, Lock] = {}
_making = threading.Lock()


def prepare(folder: str, path: str) -> dict[str, str]:
    """Prepare a folder to record the lock at `path`; return the environment variables to set."""
    with open(os.path.join(folder, _TARGET), "w", encoding="utf-8") as file:
        file.write(os.path.abspath(path))
    return {RECORD: folder}


def recorder(folder: str) -> Lock:
    """This process's lock for such a folder; it writes whatever is added to it at once."""
    with _making:
        if folder not in _recorders:
            try:
                with open(os.path.join(folder, _TARGET), encoding="utf-8") as file:
                    path = file.read()
            except OSError as error:
                raise LockError(
                    f"{RECORD} is {folder!r}, but nothing is being recorded there: "
                    "`forexhooks lock -- COMMAND` sets it; unset it"
                ) from error
            _recorders[folder] = Lock.to_record(path, update=True, on_line=partial(_note, folder))
        return _recorders[folder]


def _note(folder: str, line: str) -> None:
    """Write a line at once, as a process may end at any time; a forked one has its own file."""
    path = os.path.join(folder, f"{os.getpid()}.jsonl")
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(file, f"{line}\n".encode())
    finally:
        os.close(file)


def recorded(folder: str) -> Iterator[list[str]]:
    """What the processes left in a folder, one after the other."""
    for name in sorted(os.listdir(folder)):
        if name.endswith(".jsonl"):
            with open(os.path.join(folder, name), encoding="utf-8", newline="\n") as file:
                yield file.read().rstrip("\n").split("\n")
