"""Context: how to ask providers, and where to report progress, for one thread or task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Asking(NamedTuple):
    """How to ask providers.

    - `offline`: not at all, whatever the settings say
    - `anew`: even if a cached response has not expired
    - `first_hand`: if a provider fails, do not use expired cached responses
    - `listing`: only the list of codes is wanted; a response that is up to a day old will do
    """

    offline: bool = False
    anew: bool = False
    first_hand: bool = False
    listing: bool = False


_how: ContextVar[Asking] = ContextVar("how", default=Asking())  # noqa: B039 - immutable


Limiter = Callable[[str], AbstractContextManager[None]]
"""A function that gives the context to ask a driver in, which may wait or raise a `ForexError`."""

_limiter: ContextVar[Limiter | None] = ContextVar("limiter", default=None)


@contextmanager
def limited_by(limit: Limiter) -> Iterator[None]:
    """In this context, and in threads that copy it, ask each driver in the context of `limit`."""
    token = _limiter.set(limit)
    try:
        yield
    finally:
        _limiter.reset(token)


def limiter() -> Limiter | None:
    """What gives the contexts to ask drivers in; None: nothing limits them."""
    return _limiter.get()


_codes: ContextVar[frozenset[str]] = ContextVar("codes", default=frozenset())


@contextmanager
def asking_for(codes: Iterable[str]) -> Iterator[None]:
    """In this context, in this thread, a request for a history is for all these codes at once."""
    token = _codes.set(frozenset(codes))
    try:
        yield
    finally:
        _codes.reset(token)


def asked_for() -> frozenset[str]:
    """The codes that a request should include, as they will be needed next."""
    return _codes.get()


class Findings:
    """What was found out about providers besides their rates.

    Attributes:
        reached: The names of the drivers whose providers responded.
        moved: Where providers have moved, according to them: "old.example to new.example".
        bad_rows: Rows that could not be read, in responses that were usable nevertheless.
    """

    def __init__(self) -> None:
        """Start with nothing."""
        self.reached: set[str] = set()
        self.moved: list[str] = []
        self.bad_rows: list[str] = []


_findings: ContextVar[Findings | None] = ContextVar("findings", default=None)


@contextmanager
def asking(**how: bool) -> Iterator[None]:
    """In this context, in this thread, ask with these fields of `Asking`."""
    token = _how.set(_how.get()._replace(**how))
    try:
        yield
    finally:
        _how.reset(token)


def how() -> Asking:
    """How to ask in this context."""
    return _how.get()


@contextmanager
def findings() -> Iterator[Findings]:
    """In this context, in this thread, collect what is found out about providers."""
    found = Findings()
    token = _findings.set(found)
    try:
        yield found
    finally:
        _findings.reset(token)


def note_contact(driver: str, moved: Iterable[str] = ()) -> None:
    """Note that a driver's provider responded, and where it says that it has moved."""
    found = _findings.get()
    if found is not None:
        found.reached.add(driver)
        found.moved += (each for each in moved if each not in found.moved)


def note_bad_rows(problem: str, codes: Iterable[str]) -> None:
    """Note that rows of a response could not be read, and their currencies."""
    found, unread = _findings.get(), _unread.get()
    if found is not None and problem not in found.bad_rows:
        found.bad_rows.append(problem)
    if unread is not None:
        unread.update(codes)


_unread: ContextVar[set[str] | None] = ContextVar("unread", default=None)


@contextmanager
def collecting_unread() -> Iterator[set[str]]:
    """In this context, in this thread, collect the currencies of rows that could not be read."""
    found: set[str] = set()
    token = _unread.set(found)
    try:
        yield found
    finally:
        _unread.reset(token)


_stale: ContextVar[list[str] | None] = ContextVar("stale", default=None)


@contextmanager
def collecting_stale() -> Iterator[list[str]]:
    """In this context, and in threads that copy it, collect warnings of stale data."""
    found: list[str] = []
    token = _stale.set(found)
    try:
        yield found
    finally:
        _stale.reset(token)


def collected_stale() -> list[str] | None:
    """The list to add stale data to instead of warning; None: warn."""
    return _stale.get()


Progress = Callable[[int, int | None], None]
"""A function that is called with the work done and the total, in bytes or days; None: unknown."""

_listener: ContextVar[Progress | None] = ContextVar("progress", default=None)


class reporting_to:  # noqa: N801 - read as a function, like those of contextlib
    """In this context, in this thread, `report` calls `progress`."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress

    def __enter__(self) -> None:
        self._token = _listener.set(self._progress)

    def __exit__(self, *_: object) -> None:
        _listener.reset(self._token)


def report(done: int, total: int) -> None:
    """Report progress, if anyone is listening."""
    progress = _listener.get()
    if progress is not None:
        progress(done, total)
