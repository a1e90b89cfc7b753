"""Watching: keeps a manager in step with a folder, plugin by plugin.

It looks at the folder again and again instead of listening for events: a missed or repeated event
then changes nothing. It acts on a change once two looks in a row agree on it.
"""

from __future__ import annotations

import importlib.machinery
import logging
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from forexhooks.errors import ForexError, PluginConflictError, PluginError

if TYPE_CHECKING:
    from collections.abc import Callable

    from forexhooks.plugins.manager import ForexManager

INTERVAL = 0.25
"""Seconds between two looks."""

PREFLIGHT = 5.0
DRAIN = 10.0

_SUFFIXES = (".py", ".whl", ".zip", *importlib.machinery.EXTENSION_SUFFIXES)
_UNFINISHED = ("~", ".tmp", ".swp", ".part")

Fingerprint = tuple[object, ...]


class Event(NamedTuple):
    """Something that happened in a watched folder.

    - `kind`: `loaded`; `swapped` for a newer version; `unloaded`; `refused` if a file cannot be
      loaded and the old version stays; `lost` and `found` for the folder itself
    - `path`: the file or folder
    - `names`: the plugins affected
    - `reason`: why it was refused or lost
    - `error`: the class of the error for which it was refused
    """

    kind: Literal["loaded", "swapped", "unloaded", "refused", "lost", "found"]
    path: Path
    names: tuple[str, ...] = ()
    reason: str | None = None
    error: str | None = None

    def __str__(self) -> str:
        about = f" ({', '.join(self.names)})" if self.names else ""
        return f"{self.kind}: {self.reason or self.path}{about}"


class Watch:
    """Loads, replaces and unloads plugins as files in a folder are added, changed and removed.

    It is a context manager. What it loaded stays loaded when it stops.

    Args:
        directory: The folder, which must exist.
        manager: The manager to load into.
        report: Called with each `Event`, in the watching thread.
        interval: Seconds between two looks.
        preflight: How many seconds a first trial in a child process may take; None: no trial.
        drain: How many seconds to wait for the calls of a plugin that is replaced or unloaded.

    Raises:
        PluginError: The folder does not exist.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str],
        manager: ForexManager,
        *,
        report: Callable[[Event], object] | None = None,
        interval: float = INTERVAL,
        preflight: float | None = PREFLIGHT,
        drain: float = DRAIN,
    ) -> None:
        self.directory: Path = Path(os.path.abspath(directory))
        if not self.directory.is_dir():
            raise PluginError(f"{self.directory} is not a folder, so it cannot be watched")
        self._manager = manager
        self._report = report or (lambda event: None)
        self._interval = interval
        self._preflight = preflight
        self._drain = drain
        # The keys are the names of the files in the folder.
        self._seen: dict[str, Fingerprint] = {}
        self._done: dict[str, Fingerprint] = {}
        self._owned: dict[str, list[str]] = {}
        self._in_conflict: set[str] = set()
        self._is_lost = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> Self:
        """Start watching in a thread.

        Returns:
            This object.
        """
        self._thread = threading.Thread(target=self.run, name="forexhooks watch", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop watching, and wait until the current look is finished."""
        self._stopping.set()
        if self._thread not in (None, threading.current_thread()):
            self._thread.join()

    def run(self) -> None:
        """Watch in this thread until another thread calls `stop`."""
        while not self._stopping.is_set():
            self.look()
            self._stopping.wait(self._interval)

    def look(self) -> None:
        """Look once, and act on the changes that the previous look saw, too."""
        try:
            now = _scanned(self.directory)
        except OSError as error:
            # A vanished folder is not an empty one: its plugins stay loaded.
            if not self._is_lost:
                self._is_lost = True
                self._tell("lost", "", reason=f"{self.directory}: {error.strerror}")
            return
        if self._is_lost:
            self._is_lost = False
            self._tell("found", "")
        settled = [
            file
            for file in {*now, *self._done}
            if now.get(file) == self._seen.get(file) and now.get(file) != self._done.get(file)
        ]
        self._seen = now
        # Removed files first: a file may have been renamed.
        for file in sorted(settled, key=lambda each: (each in now, each)):
            if self._stopping.is_set():
                return
            if file in now:
                self._done[file] = now[file]
                self._load(file)
            else:
                del self._done[file]
                self._unload(file, self._owned.pop(file, []))

    def _load(self, file: str) -> None:
        path = self.directory / file
        before = self._owned.get(file)
        self._in_conflict.discard(file)
        try:
            names = self._manager.load(
                path,
                replace=before or False,
                preflight=self._preflight,
                drain=self._drain,
                root=self.directory,
            )
        except ForexError as error:
            if isinstance(error, PluginConflictError):
                self._in_conflict.add(file)
            # Not tried again until the file changes: the problem is in the file.
            reason = str(error) if str(path) in str(error) else f"{path}: {error}"
            self._tell("refused", file, before or [], reason, type(error).__name__)
            return
        gone = [each for each in before or () if not self._manager.has_plugin(each)]
        # Without names it was touched but not changed, or has only what is blocked.
        self._owned[file] = names or [each for each in before or () if each not in gone]
        if names:
            self._tell("swapped" if before else "loaded", file, names)
        self._tell_unloaded(file, gone)

    def _unload(self, file: str, names: list[str]) -> None:
        for name in names:
            try:
                self._manager.unload(name, drain=self._drain)
            except PluginError:
                continue  # somebody else has unloaded it
        self._tell_unloaded(file, names)

    def _tell_unloaded(self, file: str, names: list[str]) -> None:
        if names:
            self._tell("unloaded", file, names)
            # Files whose names were taken may be tried again.
            for waiting in self._in_conflict:
                self._done.pop(waiting, None)

    def _tell(
        self,
        kind: Literal["loaded", "swapped", "unloaded", "refused", "lost", "found"],
        file: str,
        names: list[str] | None = None,
        reason: str | None = None,
        error: str | None = None,
    ) -> None:
        event = Event(kind, self.directory / file, tuple(names or ()), reason, error)
        try:
            self._report(event)
        except Exception:
            # A failing listener must not end the watching.
            logging.getLogger("forexhooks").exception("the report of %s failed", event)

    def __enter__(self) -> Self:
        return self if self._thread is not None else self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def watch(
    directory: str | os.PathLike[str],
    manager: ForexManager,
    *,
    report: Callable[[Event], object] | None = None,
    interval: float = INTERVAL,
    preflight: float | None = PREFLIGHT,
    drain: float = DRAIN,
) -> Watch:
    """Start watching a folder in a thread.

    Args:
        directory: The folder, which must exist.
        manager: The manager to load into.
        report: Called with each `Event`, in the watching thread.
        interval: Seconds between two looks.
        preflight: How many seconds a first trial in a child process may take; None: no trial.
        drain: How many seconds to wait for the calls of a plugin that is replaced or unloaded.

    Returns:
        The `Watch`; call its `stop()` to end it.

    Raises:
        PluginError: The folder does not exist.
    """
    return Watch(
        directory, manager, report=report, interval=interval, preflight=preflight, drain=drain
    ).start()


def _scanned(directory: Path) -> dict[str, Fingerprint]:
    """The possible plugins in the folder by name, each with data that changes when they do."""
    found: dict[str, Fingerprint] = {}
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.startswith((".", "_")) or entry.name.endswith(_UNFINISHED):
                continue
            try:
                if entry.name.endswith(_SUFFIXES):
                    found[entry.name] = _of_file(entry.stat())
                elif entry.is_dir() and os.path.exists(os.path.join(entry.path, "__init__.py")):
                    found[entry.name] = tuple(_of_folder(entry.path))
            except OSError:
                continue  # just removed, or a link that leads nowhere
    return found


def _of_file(file: os.stat_result) -> Fingerprint:
    return file.st_mtime_ns, file.st_size, file.st_ino


def _of_folder(folder: str) -> list[Fingerprint]:
    found: list[Fingerprint] = []
    for where, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__" and name[0] != "."]
        for name in files:
            if name[0] != ".":
                path = os.path.join(where, name)
                found.append((path, *_of_file(os.lstat(path))))
    return sorted(found)
