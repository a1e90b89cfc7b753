"""Bringing the user's store up to date from the ECB's files: the least of them that will do."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from filelock import FileLock, Timeout

from forexhooks import DriverError, MalformedResponseError, Observation, TransientError, Update
from forexhooks.rates import divide
from forexhooks.support import ownership_problem
from forexhooks_ecb.files import days_of, history_of
from forexhooks_ecb.store import Store, packed, signature_at

if TYPE_CHECKING:
    from collections.abc import Collection

    from forexhooks import Profile, Progress
    from forexhooks.http import HttpClient, Reply

TIME_LIMIT = 60.0
"""Seconds that an update may take at most, unless told otherwise."""

LARGEST_MOVE = 2
"""By what factor a currency may move from one day to the next, unless the day after confirms it.

The largest real move is 1.68: TRL on 2001-02-22.
"""

_READABLE_BY_ALL = 0o644
_LOOKED_BACK = timedelta(days=90)  # for what was corrected
_ONE_DAY = timedelta(days=1)


Read = Callable[[bytes, date | None], Iterator[Observation]]


class File(NamedTuple):
    """One of the ECB's files: its name, how many days back it goes, and how it is read."""

    name: str
    reaches_back: int | None
    read: Read


DAILY = File("eurofxref-daily.xml", 0, days_of)
LAST_90_DAYS = File("eurofxref-hist-90d.xml", 85, days_of)
HISTORY = File("eurofxref-hist.zip", None, history_of)


class Updater:
    """Updates the store at `path`; `newest_store` opens the one to begin with.

    With `must_be_ours` nothing is written to a folder that may be another user's work.

    One at a time, in this process and others: a lock beside the store sees to that. The new store
    is written whole under another name, checked, and then renamed: whatever happens meanwhile,
    there is one valid store.
    """

    def __init__(
        self,
        path: str,
        profile: Profile,
        client: HttpClient,
        driver: str,
        newest_store: Callable[[], Store],
        *,
        must_be_ours: bool,
    ) -> None:
        self._path = path
        self._profile = profile
        self._client = client
        self._driver = driver
        self._newest_store = newest_store
        self._must_be_ours = must_be_ours

    def run(self, *, full: bool, progress: Progress | None, time_limit: float) -> Update:
        """Fetch what is missing, all of it where `full`, and write it.

        Raises `DriverError` where the store cannot be written, `TransientError` where `time_limit`
        seconds pass, and as `HttpClient.fetch` does; the store is then as it was.
        """
        deadline = monotonic() + time_limit
        try:
            folder = os.path.dirname(self._path)
            os.makedirs(folder, exist_ok=True)
            if self._must_be_ours and (problem := ownership_problem(folder)):
                raise PermissionError(problem)
            with FileLock(f"{self._path}.lock", timeout=time_limit):
                self._clear()
                return self._update(full=full, progress=progress, deadline=deadline)
        except Timeout:
            raise TransientError(
                f"{self._driver}: another update was still running after {time_limit:g} s",
                driver=self._driver,
            ) from None
        except OSError as error:
            raise DriverError(
                f"{self._driver}: the store {self._path} cannot be written: {error}; make room, or "
                "allow writing there, or choose another path with "
                f"FOREXHOOKS_{self._driver.upper()}_STORE. Rates still come from the old store",
                driver=self._driver,
            ) from error

    def _update(self, *, full: bool, progress: Progress | None, deadline: float) -> Update:
        store = self._newest_store()
        held = store.newest_day
        for file in self._files(store, full=full):
            since = held - _LOOKED_BACK if file is HISTORY and not full else None
            published = self._fetched(file, since, progress, deadline)
            first = min(each.on for each in published)
            if self._follows(first, held):
                break
        else:
            raise MalformedResponseError(
                f"{self._driver}: {file.name} begins on {first}, but the store ends on {held}: "
                "days in between are missing, so nothing of it is used",
                driver=self._driver,
            )
        accepted, withheld = self._sane(published, store)
        news = [each for each in accepted if store.value(each.quote, each.on) != each.value]
        changed = sum(store.value(each.quote, each.on) is not None for each in news)
        update = Update(
            driver=self._driver,
            before=held,
            after=max([held, *(each.on for each in news)]),
            source=file.name,
            added=len(news) - changed,
            changed=changed,
            kept_out=tuple(withheld),
        )
        is_displaced = signature_at(self._path) not in ((), store.signature)
        if not news and not is_displaced:
            return update
        self._check_time(deadline, file)
        self._write(packed(store.grid().merged(news)))
        return update._replace(path=self._path)

    def _files(self, store: Store, *, full: bool) -> Iterator[File]:
        """The files to try, the smallest that may close the gap first."""
        held = store.newest_day
        today = self._profile.today()
        due = self._profile.newest_due()
        missing = sum(map(self._is_published_on, _days(held + _ONE_DAY, due)))
        if not full and missing <= 1 and not self._lacks_some(store):
            yield DAILY
        assert LAST_90_DAYS.reaches_back is not None  # noqa: S101 - for the type checker
        if not full and (today - held).days <= LAST_90_DAYS.reaches_back:
            yield LAST_90_DAYS
        yield HISTORY

    def _lacks_some(self, store: Store) -> bool:
        """Whether a currency that was observed lately lacks the newest day: withheld, perhaps."""
        held = store.newest_day.toordinal()
        return any(0 < held - each.last <= self._profile.max_gap for each in store.columns.values())

    def _follows(self, first: date, held: date) -> bool:
        """Whether no day of publication lies between what is held and `first`."""
        return not any(map(self._is_published_on, _days(held + _ONE_DAY, first - _ONE_DAY)))

    def _is_published_on(self, day: date) -> bool:
        return self._profile.publication_days(day)

    def _fetched(
        self, file: File, since: date | None, progress: Progress | None, deadline: float
    ) -> list[Observation]:
        remaining = self._check_time(deadline, file)
        # Make a list, so that a generator is read within the time limit.
        published = self._client.fetch(
            f"/{file.name}",
            parse=partial(
                _read,
                file.read,
                since=since,
                first=self._profile.history_from or date.min,
                today=self._profile.today(),
            ),
            revalidate=True,
            time_limit=remaining,
            progress=progress,
        )
        return list(published)

    def _check_time(self, deadline: float, file: File) -> float:
        """The seconds that are left."""
        remaining = deadline - monotonic()
        if remaining <= 0:
            raise TransientError(
                f"{self._driver}: no time is left for {file.name}", driver=self._driver
            )
        return remaining

    def _sane(
        self, published: Collection[Observation], store: Store
    ) -> tuple[list[Observation], list[str]]:
        """Those to be kept, and those withheld, in words."""
        accepted: list[Observation] = []
        withheld: list[str] = []
        of_code: dict[str, dict[date, Observation]] = defaultdict(dict)
        for each in sorted(published):
            of_code[each.quote][each.on] = each
        for code, by_day in of_code.items():
            rows = list(by_day.values())
            before = store.newest(code, rows[0].on - _ONE_DAY)
            for row, after in zip(rows, [*rows[1:], None], strict=True):
                is_held = store.value(code, row.on) == row.value
                if before is None or is_held or not self._is_doubtful(row, before, after):
                    before = row
                    accepted.append(row)
                else:
                    withheld.append(
                        f"EUR/{code} {row.value} on {row.on}: it was {before.value} on "
                        f"{before.on}; the update after the next publication takes it, if that "
                        "confirms it"
                    )
        of_day = Counter(each.on for each in accepted)
        self._check_complete({each.on: of_day[each.on] for each in published}, store)
        return accepted, withheld

    def _is_doubtful(
        self, row: Observation, before: Observation, after: Observation | None
    ) -> bool:
        """Whether it moved too far since the row before, and the row after does not confirm it."""
        is_recent = (row.on - before.on).days <= self._profile.max_gap
        is_confirmed = after is not None and not _is_leap(row, after)
        return is_recent and _is_leap(before, row) and not is_confirmed

    def _check_complete(self, of_day: dict[date, int], store: Store) -> None:
        """A day with few currencies would seem to be held, and never be asked for again."""
        held = store.newest_day
        usual = sum(store.value(code, held) is not None for code in store.columns)
        for on, count in of_day.items():
            if on > held and count < usual / 2:
                raise MalformedResponseError(
                    f"{self._driver}: the file has {count} currencies for {on} instead of "
                    f"the usual {usual}: nothing of it is used",
                    driver=self._driver,
                )

    def _clear(self) -> None:
        """Remove what updates that were killed left half-written."""
        folder, name = os.path.split(self._path)
        for left in os.listdir(folder):
            if left.startswith(f"{name}.") and left.endswith(".part"):
                with contextlib.suppress(OSError):
                    os.remove(os.path.join(folder, left))

    def _write(self, content: bytes) -> None:
        folder, name = os.path.split(self._path)
        handle, part = tempfile.mkstemp(dir=folder, prefix=f"{name}.", suffix=".part")
        try:
            with open(handle, "wb") as file:
                os.chmod(part, self._mode())
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Store(part, self._driver, self._profile)  # there is no store if it cannot be opened
            os.replace(part, self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.remove(part)
            raise

    def _mode(self) -> int:
        """That of the store that is replaced, unless that may be another user's work."""
        if not os.path.exists(self._path):
            return _READABLE_BY_ALL
        if self._must_be_ours and ownership_problem(self._path):
            return _READABLE_BY_ALL
        return os.stat(self._path).st_mode & 0o777 | 0o600


def _is_leap(one: Observation, other: Observation) -> bool:
    """Whether from one day to another the value moved further than is believed at once."""
    values = sorted((one.value, other.value))
    return divide(values[1], values[0]) > LARGEST_MOVE


def _read(
    read: Read, reply: Reply, *, since: date | None, first: date, today: date
) -> Iterator[Observation]:
    for each in read(reply.content, since):
        if not first <= each.on <= today:
            raise ValueError(
                f"it has rates of {each.on}: the first day is {first}, and today {today}"
            )
        yield each


def _days(start: date, end: date) -> Iterator[date]:
    return map(date.fromordinal, range(start.toordinal(), end.toordinal() + 1))
