"""Context: how providers are asked, and who is told how far that is, for one thread or task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Asking(NamedTuple):
    """How providers are asked.

    - `offline`: not at all, whatever the settings say
    - `anew`: even where a response that is still good is kept
    - `first_hand`: where a provider fails, older responses that are kept do not count
    - `listing`: which codes there are is asked, and a response of up to a day ago says that too
    """

    offline: bool = False
    anew: bool = False
    first_hand: bool = False
    listing: bool = False


_how: ContextVar[Asking] = ContextVar("how", default=Asking())  # noqa: B039 - immutable


class Findings:
    """What was found out about providers besides their rates.

    Attributes:
        reached: the names of the drivers whose providers responded.
        moved: where a provider says that it is from now on: "old.example to new.example".
        bad_rows: what could not be read of a response that was usable in spite of it.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self.reached: set[str] = set()
        self.moved: list[str] = []
        self.bad_rows: list[str] = []


_findings: ContextVar[Findings | None] = ContextVar("findings", default=None)


@contextmanager
def asking(**how: bool) -> Iterator[None]:
    """Within it, and in this thread, ask as the fields of `Asking` that are given say."""
    token = _how.set(_how.get()._replace(**how))
    try:
        yield
    finally:
        _how.reset(token)


def how() -> Asking:
    """How to ask here."""
    return _how.get()


@contextmanager
def findings() -> Iterator[Findings]:
    """Within it, and in this thread, collect what is found out about providers."""
    found = Findings()
    token = _findings.set(found)
    try:
        yield found
    finally:
        _findings.reset(token)


def note_contact(driver: str, moved: Iterable[str] = ()) -> None:
    """Note that the provider of a driver responded, and where it says that it is from now on."""
    found = _findings.get()
    if found is not None:
        found.reached.add(driver)
        found.moved += (each for each in moved if each not in found.moved)


def note_bad_rows(problem: str) -> None:
    """Note that rows of a response could not be read."""
    found = _findings.get()
    if found is not None and problem not in found.bad_rows:
        found.bad_rows.append(problem)


_stale: ContextVar[list[str] | None] = ContextVar("stale", default=None)


@contextmanager
def collecting_stale() -> Iterator[list[str]]:
    """Within it, and in threads that have its context, collect what would be warned of as stale."""
    found: list[str] = []
    token = _stale.set(found)
    try:
        yield found
    finally:
        _stale.reset(token)


def collected_stale() -> list[str] | None:
    """Where to add what is stale, in place of a warning; None where it is to be warned of."""
    return _stale.get()


Progress = Callable[[int, int | None], None]
"""Called with how much is done, and of how much: bytes or days. None: how much is not known."""

_listener: ContextVar[Progress | None] = ContextVar("progress", default=None)


@contextmanager
def reporting_to(progress: Progress | None) -> Iterator[None]:
    """Within it, and in this thread, `report` calls `progress`."""
    token = _listener.set(progress)
    try:
        yield
    finally:
        _listener.reset(token)


def report(done: int, total: int) -> None:
    """Tell whoever waits, if anyone does."""
    progress = _listener.get()
    if progress is not None:
        progress(done, total)
