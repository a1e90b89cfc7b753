"""Your own rates: from a CSV file, or the prices of Beancount, ledger and hledger."""

from __future__ import annotations

import os
import stat
from bisect import bisect_left
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from forexhooks import (
    Driver,
    DriverError,
    MalformedResponseError,
    Profile,
    RateTable,
    Series,
    SettingsError,
    every_day,
)
from forexhooks.support import missing_setting, user_path
from forexhooks_file.rows import SIDES, RowsError, rows_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from forexhooks import Observation
    from forexhooks_file.rows import Row

__all__ = ["RatesFile"]

_MOST_BYTES = 256 * 1024 * 1024

Signature = tuple[int, ...]


class _Read(NamedTuple):
    """What a file had: a table of each side that it has rates of, or what is wrong with it."""

    signature: Signature
    today: date
    tables: dict[str, RateTable]
    codes: frozenset[str]
    problem: str | None = None


class RatesFile(Driver):
    """Rates from a file of yours. It is checked as a whole, and read again when it changes.

    Mid rates are the default; `file:bid` and `file:ask` are those that the file says are. A rate
    without `until` is carried forward for seven days, one with `until` is that of each day of its
    period. Rows of days to come wait for their day. Nothing is ever stale: when your next rate
    should come is not known.

    Args:
        path: The file, where `~` is the home folder.

    Raises:
        SettingsError: No path is given.
    """

    name = "file"
    profile = Profile(
        title="Your own rates",
        publishes="what is in your file",
        key="path: the file of your rates",
        publication_days=every_day,
        series=(Series("mid"), Series("bid", side="bid"), Series("ask", side="ask")),
        terms="your own",
        verified=True,
    )

    def __init__(self, *, path: str | None = None) -> None:
        if path is None or not path.strip():
            raise missing_setting(self.name, "path", self.profile.key)
        self.path: str = user_path(path)
        """The file that is read."""
        self._read: _Read | None = None

    def table(
        self,
        currencies: Collection[str] = (),  # the whole file is read, so there is nothing to look up
        start: date | None = None,
        end: date | None = None,
        series: str | None = None,
    ) -> RateTable:
        """Give the table of all the rates of a side, as the file is now.

        Raises:
            SettingsError: There is no such file.
            MalformedResponseError: Something in the file is wrong; the message says in which lines.
            DriverError: The file cannot be read, or has no rates of this side.
        """
        read, side = self._newest(), series or SIDES[0]
        self.profile.of_series(side)
        if side in read.tables:
            return read.tables[side]
        there_are = " and ".join(f"{self.name}:{each}" for each in read.tables)
        raise DriverError(
            f"{self.name}: {self.path} has no rates of the side {side}: ask {there_are}, or add "
            f"lines with the side {side}",
            driver=self.name,
        )

    def observations(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str | None = None,
    ) -> Iterator[Observation]:
        """Yield all that the file has of a side, whatever is asked for."""
        yield from self.table(series=series).observations()

    def currencies(self) -> Collection[str]:
        """The codes that occur in the file, whatever the side."""
        return self._newest().codes

    def _renew(self) -> None:
        super()._renew()
        self._reading = Lock()

    def _newest(self) -> _Read:
        """What the file has now: it is read if it has changed, or a day has come."""
        read, signature = self._read, self._signature()
        # A new day may have begun in your zone, but not yet in the provider's.
        today = max(date.today(), self.profile.today())  # noqa: DTZ011
        if read is None or (read.signature, read.today) != (signature, today):
            self._renew_after_fork()
            with self._reading:
                read = self._read
                if read is None or (read.signature, read.today) != (self._signature(), today):
                    read = self._read = self._anew(today)
        if read.problem is not None:
            raise MalformedResponseError(read.problem, driver=self.name)
        return read

    def _signature(self) -> Signature:
        try:
            return _signature(os.stat(self.path))
        except OSError as error:
            raise self._unreadable(error) from error

    def _anew(self, today: date) -> _Read:
        try:
            signature, content = _content(self.path)
        except OSError as error:
            raise self._unreadable(error) from error
        except ValueError as error:
            raise DriverError(f"{self.name}: {self.path} {error}", driver=self.name) from error
        try:
            rows = rows_of(self.path, content)
            _checked(rows, self.profile)
        except RowsError as error:
            problem = f"{self.name}: {self.path} cannot be used: {error}"
            return _Read(signature, today, {}, frozenset(), problem)
        here = [row for row in rows if row.observation.on <= today]
        codes = frozenset(
            code for row in rows for code in (row.observation.base, row.observation.quote)
        )
        tables = _tables(here, self.profile, codes)
        sides = {row.side for row in rows}
        return _Read(
            signature, today, {each: tables[each] for each in SIDES if each in sides}, codes
        )

    def _unreadable(self, error: OSError) -> SettingsError | DriverError:
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return SettingsError(
                f"{self.name}: there is no file {self.path}: check FOREXHOOKS_FILE_PATH, or path "
                f"under [drivers.{self.name}] in the config file"
            )
        why = error.strerror or str(error)
        return DriverError(
            f"{self.name}: {self.path} cannot be read: {why}; check what it is, and whether you "
            "may read it",
            driver=self.name,
        )


def _signature(found: os.stat_result) -> Signature:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _content(path: str) -> tuple[Signature, bytes]:
    """A file's content, none of it from before and some from after a change, and its signature."""
    with open(path, "rb", opener=_open) as file:
        for _ in range(10):
            before = os.fstat(file.fileno())
            if not stat.S_ISREG(before.st_mode):
                raise ValueError("is not a file: name the file that has the rates")
            if before.st_size > _MOST_BYTES:
                raise ValueError(f"has more than {_MOST_BYTES:,} bytes: remove old lines")
            file.seek(0)
            content = file.read(_MOST_BYTES + 1)
            if _signature(before) == _signature(os.fstat(file.fileno())):
                return _signature(before), content
    raise ValueError("keeps changing while it is read: replace it by renaming a complete file")


def _open(path: str, flags: int) -> int:
    # Opening a pipe without a writer would block.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _tables(
    rows: Sequence[Row], profile: Profile, codes: Collection[str] = ()
) -> dict[str, RateTable]:
    """The table of each side. Raises `MalformedResponseError` for rows that contradict others."""
    of = {side: [row.observation for row in rows if row.side == side] for side in SIDES}
    opposite = {"mid": None, "bid": of["ask"], "ask": of["bid"]}
    return {
        side: RateTable(
            of[side],
            driver=RatesFile.name,
            profile=profile.of_series(side),
            currencies=codes,
            complete_to=date.max,
            series=side,
            opposite=opposite[side],
        )
        for side in SIDES
    }


def _checked(rows: Sequence[Row], profile: Profile) -> None:
    """Raise `RowsError`, with the lines, for rows that cannot both be right."""
    if not _contradict(rows, profile):
        return
    # Find the shortest part of the file that is wrong: its last line, then its first.
    end = bisect_left(
        range(len(rows)), True, key=lambda end: bool(_contradict(rows[:end], profile))
    )
    start = bisect_left(range(end), True, key=lambda at: not _contradict(rows[at:end], profile)) - 1
    pair = list(dict.fromkeys((rows[start], rows[end - 1])))
    said = _contradict(pair, profile).removeprefix(f"{RatesFile.name} gave ").partition("; ")[0]
    if len(pair) == 1:
        raise RowsError(f"line {pair[0].line}: {said.rpartition('): ')[2]}")
    raise RowsError(f"lines {pair[0].line} and {pair[1].line}: {said}")


def _contradict(rows: Sequence[Row], profile: Profile) -> str:
    try:
        _tables(rows, profile)
    except MalformedResponseError as error:
        return str(error)
    return ""
