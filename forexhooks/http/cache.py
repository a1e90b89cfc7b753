"""The cache of responses: an SQLite file for each driver, with JSON in it."""

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
"""A header that cached responses about past days have: their last day."""

_OK = 200
_SUFFIX = ".sqlite"
_LARGEST = 64 * 1024 * 1024
_BUSY = 200  # milliseconds
_CLOCKS_DIFFER_BY = timedelta(minutes=1)
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_PRIMARY = 0xFF  # the part of SQLite's code that says what went wrong, without the details


class Kept(NamedTuple):
    """One cached response.

    `first` and `last` are the days that were asked for: both None for the latest rates, only
    `first` if the first day is unknown. `until` is when the response expires; None: never.
    """

    driver: str
    first: date | None
    last: date | None
    fetched: datetime
    until: datetime | None
    size: int
    address: str

    def may_have(self, day: date) -> bool:
        """Whether it may contain a rate of that day."""
        last = self.fetched.date() if self.last is None else self.last
        return (self.first is None or self.first <= day) and day <= last


class Cache(SQLiteCache):
    """The responses in one file. Unreadable entries count as absent; none is run as code.

    Raises:
        sqlite3.Error: The file cannot be used.
    """

    def __init__(self, path: str) -> None:
        # Not SQLiteCache's own, whose rows are pickles by default.
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
        """Remove a damaged file and create a new one. Nobody may be reading from it."""
        path = str(self.responses.db_path)
        self.close()  # type: ignore[no-untyped-call]
        _remove(path)
        if own_file(path):
            self.responses.init_db()  # type: ignore[no-untyped-call]
            self.redirects.init_db()  # type: ignore[no-untyped-call]


class _Rows(SQLiteDict):
    def deserialize(self, key: Any, value: Any) -> Any:
        """Read a row; None if we did not write it."""
        try:
            answer = json_serializer.loads(value)
        except Exception:  # noqa: BLE001 - damage has many faces, and each is a miss
            return None
        if not isinstance(answer, CachedResponse) or answer.status_code != _OK:
            return None
        answer.cache_key = key
        if _utc(answer.created_at) > datetime.now(UTC) + _CLOCKS_DIFFER_BY:
            # The clock was ahead when it was cached: its expiry is wrong, too.
            answer.expires = datetime.fromtimestamp(0, UTC)
        return answer


class _Connection(sqlite3.Connection):
    """A connection that gives up on a locked file or a full disk.

    requests-cache restarts its transaction forever on an `OperationalError` and has no option to
    stop: a `factory` for sqlite3 is the only way to stop it.
    """

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        try:
            return super().execute(sql, *parameters)
        except sqlite3.OperationalError as error:
            if sql.startswith("BEGIN"):
                raise sqlite3.DatabaseError(str(error)) from error
            raise

    def __del__(self) -> None:
        # A driver freed in a cycle, without being closed, may lose this before its closer.
        with contextlib.suppress(sqlite3.Error):
            self.close()


def path_of(driver: str) -> str:
    """The cache file of a driver; it need not exist."""
    return os.path.join(user_folder("cache"), driver + _SUFFIX)


def opened(path: str) -> BaseCache:
    """Open the cache file at `path`; if that is impossible, a cache in memory.

    A file that is damaged or too large is replaced by an empty one: a cache may be lost.
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
    """Whether SQLite says that a file is damaged or not a database."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(code, int) and code & _PRIMARY in _DAMAGE


def warn_of_damage(path: str) -> None:
    """Log that a cache file was damaged."""
    log().warning(
        "the cache %s was damaged; it was replaced by an empty one, and providers are asked again",
        path,
    )


def cached_drivers() -> list[str]:
    """The drivers that have cache files."""
    try:
        names = os.listdir(user_folder("cache"))
    except OSError:
        return []
    return sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))


def mend(driver: str) -> str | None:
    """Replace a driver's cache file by an empty one if it is damaged.

    Returns:
        The path of the file if it was damaged, else None.
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
    """The cached responses of a driver, newest first; none if the file is damaged.

    Args:
        driver: The driver's name.
        day: Only those that may contain a rate of this day; None: all.
        drop: Whether to remove them from the cache.
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
