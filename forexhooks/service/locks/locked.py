"""LockedService: the service of a lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from forexhooks.errors import (
    ForexError,
    LockError,
    NoDriverAnsweredError,
    NotLockedError,
    RateError,
    RateUnavailableError,
    StaleRateError,
    UnavailableReason,
    UnsupportedPairError,
)
from forexhooks.plugins.breaker import bare
from forexhooks.rates.history import History
from forexhooks.rates.profile import Profile
from forexhooks.rates.question import check_options
from forexhooks.rates.rate import Rate
from forexhooks.rates.update import Update
from forexhooks.service.locks.entries import Asked, Pair
from forexhooks.service.service import ForexService

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date, timedelta

    from forexhooks.plugins.manager import ForexManager
    from forexhooks.rates.table import RateTable
    from forexhooks.service.locks.entries import Answer
    from forexhooks.service.locks.lock import Lock
    from forexhooks.support.context import Progress

# That there is no rate is an answer too. That a provider is down is none.
_ANSWERS = (UnsupportedPairError, RateUnavailableError, StaleRateError)
_NAMED = 5


def _is_answer(error: ForexError) -> bool:
    if isinstance(error, NoDriverAnsweredError):
        return all(map(_is_answer, error.failures.values()))
    return isinstance(error, _ANSWERS)


class LockedService(ForexService):
    """A service answered by a lock alone; or, with a `source`, by the lock first.

    What the source is then asked is added to the lock, so that a question has one answer from the
    first time it is asked; what the source is short of raises `LockError` and is not added. Without
    a source, a question that the lock has no answer to raises `NotLockedError`, which says how to
    add it.
    """

    def __init__(
        self,
        lock: Lock,
        drivers: Sequence[str] = (),
        *,
        source: ForexService | None = None,
        manager: ForexManager | None = None,
    ) -> None:
        names = tuple(drivers) if source is None else source.drivers
        super().__init__(names or _only_drivers(lock))
        self._lock = lock
        self._source = source
        self._manager = manager
        if source is not None:
            source.refresh_once()

    def currencies(self) -> frozenset[str]:
        """The codes that the drivers listed when they were asked, else those in the lock."""
        if self._source is None:
            return self._lock.currencies(self.drivers)
        return self._lock.add_currencies(self.drivers, self._source.currencies())

    def tables_in_turn(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        *,
        progress: Progress | None = None,
    ) -> Iterator[tuple[ForexService, RateTable | ForexError | None]]:
        """No table: columns are to ask rate by rate, so that the lock has what they used.

        The source is asked for its tables all the same: it then has the rates at hand.
        """
        if self._source is not None:
            with suppress(ForexError):
                for _ in self._source.tables_in_turn(currencies, start, end, progress=progress):
                    pass
        yield self, None

    def _answers(
        self,
        questions: Mapping[tuple[str, str], Sequence[date]],
        max_gap: int | None,
        progress: Progress | None,
    ) -> dict[tuple[tuple[str, str], date], Rate | ForexError]:
        """What the lock says of each pair on each of its days: a rate, or that there is none.

        The codes are taken as they are. Where a locked history has no observation of a day, and
        nothing is to be carried forward, it says that there is none. Raises `NotLockedError` for
        all that the lock lacks.
        """
        if self._source is not None:
            return super()._answers(questions, max_gap, progress)
        found: dict[tuple[tuple[str, str], date], Rate | ForexError] = {}
        lacking: dict[tuple[str, str], list[date]] = {}
        for pair, days in questions.items():
            for day in days:
                answer = self._said(Pair(self.drivers, *pair), day, max_gap)
                if answer is None:
                    lacking.setdefault(pair, []).append(day)
                else:
                    found[pair, day] = answer
        if lacking:
            raise self._lacking(lacking, max_gap)
        return found

    def _said(self, pair: Pair, day: date, max_gap: int | None) -> Answer | None:
        answer = self._held(Asked.rate(pair, day, max_gap, None), day, max_gap)
        is_nothing = answer is None and max_gap == 0 and pair.base != pair.quote
        if is_nothing and self._lock.covers(pair, (day, day)):
            return RateUnavailableError(
                f"{self._lock.path} has no observation of {pair.base}/{pair.quote} on that day",
                reason=UnavailableReason.HOLE,
                driver=self.driver,
                base=pair.base,
                quote=pair.quote,
            )
        return answer

    def _lacking(
        self, questions: Mapping[tuple[str, str], Sequence[date]], max_gap: int | None
    ) -> NotLockedError:
        """The error for several questions: pairs, each with its days."""
        pairs = [self._pair(*pair) for pair in questions]
        days = [day for days in questions.values() for day in days]
        first, last = min(days), max(days)
        gap = "" if max_gap is None else f" --max-gap {max_gap}"
        if first == last:
            what, options = f"on {first}", f"--on {first}{gap}"
        else:
            what = f"{len(days):,} rates from {first} to {last}"
            options = f"--from {first} --to {last}{gap}"
        return self._not_locked(pairs, what, options, first)

    def update(self, *, full: bool = False, progress: Progress | None = None) -> Update:
        """Bring the source's store up to date; a lock alone stays as it is."""
        if self._source is not None:
            return self._source.update(full=full, progress=progress)
        newest = self._lock.newest()
        return Update(self.driver, before=newest, after=newest, source=self._lock.path)

    def __repr__(self) -> str:
        return f"<LockedService of {', '.join(self.drivers)}: {self._lock.path}>"

    def _pair(self, base: str, quote: str) -> Pair:
        return Pair(self.drivers, base, quote)

    def _profile(self) -> Profile:
        if self._source is not None:
            return self._source.profile
        return self._lock.profile(self.drivers[0]) or Profile(title=self.driver)

    def _rate(
        self,
        base: str,
        quote: str,
        on: date | None,
        max_gap: int | None,
        max_age: timedelta | None,
    ) -> Rate:
        check_options(on, max_gap, max_age)
        pair = self._pair(self.check_code(base), self.check_code(quote))
        asked = Asked.rate(pair, on, max_gap, max_age)
        answer = self._held(asked, on, max_gap if max_age is None else None)
        if answer is None and max_age is not None:
            answer = self._young_enough(Asked.rate(pair, on, max_gap, None))
        if answer is None and self._source is not None:
            answer = self._ask_source(asked, on, max_gap, max_age)
        if answer is None:
            gap = "" if max_gap is None else f" --max-gap {max_gap}"
            what = asked.what if on is None else f"on {asked.what}"
            day = "" if on is None else f" --on {on}"
            raise self._not_locked([pair], what, f"{day}{gap}", on)
        if isinstance(answer, Rate):
            return answer
        raise bare(answer)

    def _rates(
        self,
        base: str,
        quotes: Sequence[str],
        on: date | None,
        max_gap: int | None,
        max_age: timedelta | None,
    ) -> list[Rate | ForexError]:
        codes = list(dict.fromkeys(map(self.check_code, quotes)))
        base = self.check_code(base)
        if self._source is not None:
            missing = [
                code
                for code in codes
                if self._lock.answer(Asked.rate(self._pair(base, code), on, max_gap, max_age))
                is None
            ]
            # What has none is asked below, one by one.
            with suppress(*_ANSWERS):
                for answer in self._source.rates_or_errors(
                    base, missing, on, max_gap=max_gap, max_age=max_age
                ):
                    if isinstance(answer, Rate) and answer.stale is None:
                        pair = self._pair(base, answer.quote)
                        self._add(Asked.rate(pair, on, max_gap, max_age), answer)
        found: list[Rate | ForexError] = []
        for code in codes:
            try:
                found.append(self._rate(base, code, on, max_gap, max_age))
            except RateError as error:
                found.append(error)
        return found

    def _history(
        self, base: str, quote: str, start: date, end: date, progress: Progress | None
    ) -> History:
        """All days must be in what was locked as a history."""
        pair = self._pair(self.check_code(base), self.check_code(quote))
        rates = self._lock.history(pair, (start, end))
        if rates is None and self._source is not None:
            found = self._source._history(pair.base, pair.quote, start, end, progress)  # noqa: SLF001
            self._check_whole(found.stale)
            self._note_profiles(found)
            self._lock.add_history(pair, (start, end), found)
            rates = self._lock.history(pair, (start, end))
        if rates is None:
            raise self._not_locked(
                [pair], f"history from {start} to {end}", f"--from {start} --to {end}", None
            )
        driver = rates[0].driver if rates else self.driver
        return History(rates, base=pair.base, quote=pair.quote, driver=driver)

    def _check_whole(self, stale: str | None) -> None:
        """Raise `LockError` for an answer that is short: another day there would be another."""
        if stale is not None:
            raise LockError(f"not put into {self._lock.path}: {stale}")

    def _held(self, asked: Asked, on: date | None, max_gap: int | None) -> Answer | None:
        """The answer of the lock, to this question or to one that must have the same."""
        answer = self._lock.answer(asked)
        pair = asked.pair
        if answer is not None or on is None or max_gap is None or len(pair.drivers) > 1:
            return answer
        if pair.base == pair.quote:  # 1 on its own day, however far others are carried
            return self._lock.answer(Asked.rate(pair, on, None, None))
        return self._lock.observed(pair, on) if max_gap == 0 else None

    def _ask_source(
        self, asked: Asked, on: date | None, max_gap: int | None, max_age: timedelta | None
    ) -> Answer:
        assert self._source is not None  # noqa: S101 - checked by the caller
        pair = asked.pair
        try:
            rate = self._source._rate(pair.base, pair.quote, on, max_gap, max_age)  # noqa: SLF001
        except RateError as error:
            self._check_whole(error.stale)
            if not _is_answer(error):
                raise
            self._note_profiles(())
            return self._lock.add(asked, error)
        self._check_whole(rate.stale)
        return self._add(asked, rate)

    def _young_enough(self, asked: Asked) -> Answer | None:
        """The answer without a `max_age`, where it was not stale: no age makes it too old."""
        answer = self._lock.answer(asked)
        if isinstance(answer, Rate) and answer.stale is None and len(self.drivers) == 1:
            return answer if self._lock.profile(asked.pair.source_of(answer)) else None
        return None

    def _add(self, asked: Asked, rate: Rate) -> Answer:
        self._note_profiles([rate])
        return self._lock.add(asked, rate)

    def _note_profiles(self, rates: Iterable[Rate]) -> None:
        pair = self._pair("", "")
        for name in {self.drivers[0], *map(pair.source_of, rates)}:
            with suppress(ForexError):
                self._lock.add_profile(name, lambda: self._manager_profile(name))  # noqa: B023

    def _manager_profile(self, name: str) -> Profile | None:
        if self._manager is None:
            return None
        catalog = self._manager.catalog
        try:
            driver, _, series = name.partition(":")
            relay = catalog.relay(driver, series or None)
            if relay is None:
                return None
            relay.check_series()
            return relay.profile()
        finally:
            del catalog

    def _not_locked(
        self, pairs: Sequence[Pair], what: str, options: str, on: date | None
    ) -> NotLockedError:
        path, (drivers, base, quote) = self._lock.path, pairs[0]
        named = " ".join(f"{pair.base}/{pair.quote}" for pair in pairs)
        said = ", ".join(f"{pair.base}/{pair.quote}" for pair in pairs[:_NAMED])
        if len(pairs) > _NAMED:
            said += f" and {len(pairs) - _NAMED} more"
        asked = " ".join(f"--driver {name}" for name in drivers)
        command = f"forexhooks lock {named} {options} {asked}"
        others = [", ".join(each) for each in self._lock.drivers() if each != drivers]
        only = f", only of {' and of '.join(others)}" if others else ""
        return NotLockedError(
            f"{path} has no {said}, {what}, of {', '.join(drivers)}{only}; "
            f"add it with `{' '.join(command.split())} --update -o {path}`, or run what asked for "
            f"it under `forexhooks lock --update -o {path} -- COMMAND`",
            driver=self.driver,
            base=base,
            quote=quote,
            on=on,
        )


def _only_drivers(lock: Lock) -> tuple[str, ...]:
    drivers = lock.drivers()
    if len(drivers) == 1:
        return drivers[0]
    if not drivers:
        raise LockError(f"{lock.path} has no rates: add some, or give another lock")
    choices = " or ".join(f"open({', '.join(map(repr, each))}, …)" for each in drivers)
    raise LockError(f"{lock.path} has answers of several services: say which by {choices}")
