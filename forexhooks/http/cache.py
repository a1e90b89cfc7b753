"""The cache: the answers that are kept, in a file of SQLite for each driver, as JSON."""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import threading
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from requests_cache.backends.base import BaseCache
from requests_cache.backends.sqlite import SQLiteCache, SQLiteDict
from requests_cache.models.response import CachedResponse
from requests_cache.serializers import json_serializer

from forexhooks.support.folders import user_folder
from forexhooks.support.logs import log
from forexhooks.support.own_files import own_file, own_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

LAST_DAY = "Forexhooks-Last-Day"
"""The header that an answer about past days is kept with: the last of them."""

_OK = 200
_SUFFIX = ".sqlite"
_LARGEST = 64 * 1024 * 1024
_BUSY = 200  # milliseconds
_CLOCKS_DIFFER_BY = timedelta(minutes=1)
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PRIMARY = 0xFF  # the part of SQLite's code that says what went wrong, without the details


class Kept(NamedTuple):
    """One answer that is kept.

    `first` and `last` are the days that were asked for: both None for the latest, `first` alone
    where it is not known. `until` is when it is to be asked for again; None: never.
    """

    driver: str
    first: date | None
    last: date | None
    fetched: datetime
    until: datetime | None
    size: int
    address: str

    def may_have(self, day: date) -> bool:
        """Whether a rate of that day may be in it."""
        last = self.fetched.date() if self.last is None else self.last
        return (self.first is None or self.first <= day) and day <= last


class Cache(SQLiteCache):
    """The answers kept in one file. What cannot be read is a miss, and nothing of it is run.

    Raises `sqlite3.Error` where the file cannot be used.
    """

    def __init__(self, path: str) -> None:
        # Not that of SQLiteCache, whose rows are pickles unless told otherwise.
        super(SQLiteCache, self).__init__(cache_name=path)
        options: dict[str, Any] = {
            "factory": _Connection,
            "busy_timeout": _BUSY,
            "lock": threading.RLock(),
        }
        self.responses: SQLiteDict = _Rows(
            path, table_name="responses", serializer=json_serializer, **options
        )
        self.redirects: SQLiteDict = SQLiteDict(
            path, table_name="redirects", serializer=None, **options
        )

    def make_anew(self) -> None:
        """Remove a file that is damaged, and begin another. Nobody may be reading from it."""
        path = str(self.responses.db_path)
        self.close()  # type: ignore[no-untyped-call]
        _remove(path)
        if own_file(path):
            self.responses.init_db()  # type: ignore[no-untyped-call]
            self.redirects.init_db()  # type: ignore[no-untyped-call]


class _Rows(SQLiteDict):
    def deserialize(self, key: Any, value: Any) -> Any:
        """Read a row; None where it is not one of ours."""
        try:
            answer = json_serializer.loads(value)
        except Exception:  # noqa: BLE001 - damage has many faces, and each is a miss
            return None
        if not isinstance(answer, CachedResponse) or answer.status_code != _OK:
            return None
        answer.cache_key = key
        if _utc(answer.created_at) > datetime.now(UTC) + _CLOCKS_DIFFER_BY:
            # The clock was ahead when it was kept: for how long it is good was wrong too.
            answer.expires = datetime.fromtimestamp(0, UTC)
        return answer


class _Connection(sqlite3.Connection):
    """A connection that gives up on a file that is locked, or on a disk that is full.

    requests-cache begins its transaction again without an end on an `OperationalError`, and has no
    option that ends it: what sqlite3 takes as its `factory` is the only way in.
    """

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        try:
            return super().execute(sql, *parameters)
        except sqlite3.OperationalError as error:
            if sql.startswith("BEGIN"):
                raise sqlite3.DatabaseError(str(error)) from error
            raise

    def __del__(self) -> None:
        # A driver that is dropped unclosed, in a cycle, may lose this before what would close it.
        with contextlib.suppress(sqlite3.Error):
            self.close()


def path_of(driver: str) -> str:
    """The file that a driver's answers are kept in; it need not exist."""
    return os.path.join(user_folder("cache"), driver + _SUFFIX)


def opened(path: str) -> BaseCache:
    """Open the answers kept in the file at `path`; where that cannot be, in memory alone.

    A file that is damaged, or too large, is begun anew: it may be lost.
    """
    try:
        if own_folder("cache") is None or not own_file(path):
            return BaseCache()
        if os.path.getsize(path) > _LARGEST:
            _remove(path)
            own_file(path)
        try:
            return Cache(path)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        warn_of_damage(path)
        _remove(path)
        own_file(path)
        return Cache(path)
    except (OSError, sqlite3.Error):
        return BaseCache()


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says that a file is damaged, or none of its own."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & _PRIMARY in _DAMAGE


def warn_of_damage(path: str) -> None:
    """Say that a file of kept answers was damaged."""
    log().warning("the cache %s was damaged: it is made anew, and providers are asked again", path)


def cached_drivers() -> list[str]:
    """The drivers that there are files of kept answers of."""
    try:
        names = os.listdir(user_folder("cache"))
    except OSError:
        return []
    return sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))


def mend(driver: str) -> str | None:
    """Make a driver's file of kept answers anew, if it is damaged.

    Returns:
        The path of the file, where it was; else None.

    """
    path = path_of(driver)
    if not os.path.exists(path) or own_folder("cache") is None or not own_file(path):
        return None
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=_BUSY / 1000)) as connection:
            if connection.execute("PRAGMA quick_check").fetchone() == ("ok",):
                return None
    except sqlite3.Error as error:
        if not is_damage(error):
            return None  # in use, or not to be opened
    _remove(path)
    return path


def kept_answers(driver: str, *, day: date | None = None, drop: bool = False) -> list[Kept]:
    """The answers of a driver that are kept, the newest first; none of a file that is damaged.

    Args:
        driver: its name.
        day: only those that may have a rate of this day.
        drop: keep them no longer.

    """
    path = path_of(driver)
    if not os.path.exists(path):
        return []
    if mend(driver) is not None:
        warn_of_damage(path)
        return []
    cache = opened(path)
    try:
        found = [
            (key, kept) for key, kept in _each(driver, cache) if day is None or kept.may_have(day)
        ]
        if drop and found:
            cache.delete(*(key for key, _ in found))
    finally:
        cache.close()  # type: ignore[no-untyped-call]
    return sorted((kept for _, kept in found), key=lambda kept: kept.fetched, reverse=True)


def _each(driver: str, cache: BaseCache) -> Iterator[tuple[str, Kept]]:
    for key in list(cache.responses):
        answer = cache.responses.get(key)
        if answer is not None:
            yield key, _described(driver, answer)


def _described(driver: str, answer: CachedResponse) -> Kept:
    address = answer.request.url or ""
    last = _day(answer.headers.get(LAST_DAY, ""))
    days = [day for day in map(_day, re.findall(r"\d{4}-\d\d-\d\d", address)) if day is not None]
    return Kept(
        driver,
        min((day for day in days if last is not None and day <= last), default=None),
        last,
        _utc(answer.created_at),
        None if answer.expires is None else _utc(answer.expires),
        answer.size,
        address,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _remove(path: str) -> None:
    for each in (path, f"{path}-journal"):
        with contextlib.suppress(OSError):
            os.remove(each)
