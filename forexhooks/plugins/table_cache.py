"""The tables that a driver keeps in memory, and those being fetched."""

from __future__ import annotations

from datetime import date
from threading import Event, Lock, get_ident
from time import monotonic
from typing import TYPE_CHECKING

from forexhooks.errors import DriverError, ForexError
from forexhooks.support.context import Asking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from forexhooks.rates.table import RateTable
TABLES_KEPT = 32
FOR_GOOD = float("inf")

Key = tuple[frozenset[str], date | None, date | None, Asking]
"""Codes, first and last day, and how the provider is asked."""


class SecondHand:
    """An answer came from the cache: why, and for how many seconds it is used."""

    __slots__ = ("because", "seconds")

    def __init__(self, because: str, seconds: float) -> None:
        self.because: str = because
        self.seconds: float = seconds


class Held:  # not a NamedTuple: defining one would slow down every start
    """A table, the question it answers, and until when (`time.monotonic`)."""

    __slots__ = ("codes", "end", "expires", "is_second_hand", "start", "table")

    def __init__(
        self,
        codes: frozenset[str],
        start: date | None,
        end: date | None,
        table: RateTable,
        expires: float,
        is_second_hand: bool = False,
    ) -> None:
        self.codes: frozenset[str] = codes
        self.start: date | None = start
        self.end: date | None = end
        self.table: RateTable = table
        self.expires: float = expires
        self.is_second_hand: bool = is_second_hand

    def covers(self, codes: frozenset[str], start: date | None, end: date | None) -> bool:
        """Whether the table answers for these codes and days."""
        if not codes <= self.codes:
            return False
        if self.start is None or self.end is None or start is None or end is None:
            return self.start is self.end is start is end
        return self.start <= start and end <= self.end


class Flight:
    """A table that is being fetched: by which thread, and with what result."""

    def __init__(self) -> None:
        self.pilot: int = get_ident()
        self.ended: Event = Event()
        self.table: RateTable | None = None
        self.error: Exception | None = None

    def landed(self, driver: str) -> RateTable:
        """Wait for the table. Raises the exception of the thread that fetched it."""
        self.ended.wait()
        if self.table is not None:
            return self.table
        from copy import copy

        # Each thread raises a copy of its own: a traceback belongs to one thread.
        if isinstance(self.error, ForexError | OSError):
            raise copy(self.error)
        raise DriverError(
            f"{driver} failed in another thread: {type(self.error).__name__}: {self.error}",
            driver=driver,
        ) from self.error


class TableCache:
    """The tables of one driver: the least recently used is dropped; none is fetched twice at once.

    Threads may share it. After a fork, call `renew`.
    """

    def __init__(self) -> None:
        self.held: tuple[Held, ...] = ()
        self.renew()

    def renew(self) -> None:
        """Make new locks: those of a parent process may be held for ever."""
        self._flights: dict[Key, Flight] = {}
        self._writing = Lock()

    def find(
        self, codes: frozenset[str], start: date | None, end: date | None, *, first_hand: bool
    ) -> RateTable | None:
        """A table that still answers for these codes and days, if there is one."""
        now = monotonic()
        for held in self.held:
            if first_hand and held.is_second_hand:
                continue
            if held.expires > now and held.covers(codes, start, end):
                if held is not self.held[0]:
                    self.keep(held)
                return held.table
        return None

    def longer(
        self, table: RateTable, codes: frozenset[str], start: date | None, end: date | None
    ) -> RateTable | None:
        """A kept table for these codes and days that has more than `table`, if there is one.

        A provider that returns less than before is more often wrong than right.
        """
        for held in self.held:
            if held.covers(codes, start, end) and _is_longer(held.table, table, codes):
                return held.table
        return None

    def keep(self, held: Held) -> None:
        """Put a table first."""
        with self._writing:
            others = (each for each in self.held if each is not held)
            self.held = (held, *others)[:TABLES_KEPT]

    def in_one_flight(self, key: Key, fetch: Callable[[], RateTable], driver: str) -> RateTable:
        """Fetch a table; if several threads want the same, one fetches it and the others wait."""
        with self._writing:
            flight = self._flights.get(key)
            is_pilot = flight is None
            if flight is None:
                flight = self._flights[key] = Flight()
        if not is_pilot and flight.pilot != get_ident():
            return flight.landed(driver)
        try:
            flight.table = fetch()
        except Exception as error:
            flight.error = error
            raise
        finally:
            if is_pilot:
                with self._writing:
                    del self._flights[key]
                flight.ended.set()
        return flight.table


def _is_longer(one: RateTable, other: RateTable, codes: frozenset[str]) -> bool:
    if one.newest is None or other.newest is None:
        return one.newest is not None
    if one.newest != other.newest:
        return one.newest > other.newest
    return bool((one.observed & codes) - other.observed)


def has_seen(day: date | None, tables: Iterable[RateTable]) -> bool:
    """Whether any of the tables has an observation on or after that day."""
    newest = (table.newest for table in tables)
    return day is not None and any(each is not None and each >= day for each in newest)
