"""LockedService: the service of a lock.

It is one class, as its siblings `DriverService` and `FallbackService` are: each method looks into
the lock first, and then asks the source. `lock.py` keeps the contents.
"""

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
from forexhooks.service.driver_service import DriverService
from forexhooks.service.locks.entries import LockedQuestion, Subject, profile_fields
from forexhooks.service.service import ForexService

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date, timedelta

    from forexhooks.plugins.manager import ForexManager
    from forexhooks.rates.observations import Pair
    from forexhooks.rates.table import RateTable
    from forexhooks.service.locks.entries import Answer
    from forexhooks.service.locks.lock import Lock
    from forexhooks.support.context import Progress

# "No rate" is recorded as an answer; an outage is not.
_ANSWERS = (UnsupportedPairError, RateUnavailableError, StaleRateError)
_NAMED = 5


def _is_answer(error: ForexError) -> bool:
    if isinstance(error, NoDriverAnsweredError):
        return all(map(_is_answer, error.failures.values()))
    return isinstance(error, _ANSWERS)


class LockedService(ForexService):
    """A service that answers from a lock only; or, with a `source`, from the lock first.

    What the source answers is added to the lock: from the first time it is asked, a question has
    one answer. If the source's store is not up to date, it raises `LockError` and adds nothing.
    Without a source, a question that is not in the lock raises `NotLockedError`, which says how to
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
        """List the codes that the drivers listed when they were asked, else those in the lock."""
        if self._source is None:
            return self._lock.currencies(self.drivers)
        codes = sorted(self._source.currencies())
        self._lock.add_fact({"drivers": list(self.drivers), "currencies": codes})
        return self._lock.currencies(self.drivers)

    def tables_in_turn(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        *,
        progress: Progress | None = None,
    ) -> Iterator[tuple[ForexService, RateTable | ForexError | None]]:
        """Yield no table: columns must ask rate by rate, for the lock to hold what they used.

        The source is asked for its tables nevertheless: it then has the rates at hand.
        """
        if self._source is not None:
            with suppress(ForexError):
                for _ in self._source.tables_in_turn(currencies, start, end, progress=progress):
                    pass
        yield self, None

    def _answers(
        self,
        questions: Mapping[Pair, Sequence[date]],
        max_gap: int | None,
        progress: Progress | None,
    ) -> dict[tuple[Pair, date], Rate | ForexError]:
        """What the lock says of each pair on each of its days: a rate, or that there is none.

        The codes are not checked. If a locked history has no observation on a day and nothing may
        be carried forward, there is no rate on that day.

        Raises:
            NotLockedError: The lock lacks some of them.
        """
        if self._source is not None:
            return super()._answers(questions, max_gap, progress)
        found: dict[tuple[Pair, date], Rate | ForexError] = {}
        lacking: dict[Pair, list[date]] = {}
        for (base, quote), days in questions.items():
            subject = Subject(self.drivers, base, quote)
            for day in days:
                answer = self._known(subject, day, max_gap, None)
                if answer is not None:
                    found[(base, quote), day] = answer
                elif max_gap == 0 and base != quote and self._lock.covers(subject, (day, day)):
                    found[(base, quote), day] = RateUnavailableError(
                        f"{self._lock.path} has no observation of {base}/{quote} on that day",
                        reason=UnavailableReason.HOLE,
                        driver=self.driver,
                        base=base,
                        quote=quote,
                    )
                else:
                    lacking.setdefault((base, quote), []).append(day)
        if lacking:
            missing = [day for days in lacking.values() for day in days]
            first, last = min(missing), max(missing)
            what, when = f"on {first}", f"--on {first}"
            if first != last:
                what = f"{len(missing):,} rates from {first} to {last}"
                when = f"--from {first} --to {last}"
            raise self._not_locked(list(lacking), what, when, first, max_gap)
        return found

    def update(self, *, full: bool = False, progress: Progress | None = None) -> Update:
        """Update the source's store; a lock alone does not change."""
        if self._source is not None:
            return self._source.update(full=full, progress=progress)
        newest = self._lock.newest()
        return Update(self.driver, before=newest, after=newest, source=self._lock.path)

    def __repr__(self) -> str:
        return f"<LockedService of {', '.join(self.drivers)}: {self._lock.path}>"

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
        subject = self._subject(base, quote)
        question = LockedQuestion.rate(subject, on, max_gap, max_age)
        answer = self._known(subject, on, max_gap, max_age)
        if answer is None and self._source is not None:
            try:
                given: Rate | RateError = self._source._rate(  # noqa: SLF001
                    subject.base, subject.quote, on, max_gap, max_age
                )
            except RateError as error:
                given = error
            answer = self._add(question, given)
        if answer is None:
            day, when = ("", "") if on is None else ("on ", f"--on {on}")
            raise self._not_locked([subject[1:]], f"{day}{question.what}", when, on, max_gap)
        if isinstance(answer, ForexError):
            raise bare(answer)
        return answer

    def _rates(
        self,
        base: str,
        quotes: Sequence[str],
        on: date | None,
        max_gap: int | None,
        max_age: timedelta | None,
    ) -> list[Rate | ForexError]:
        subjects = dict.fromkeys(self._subject(base, quote) for quote in quotes)
        if self._source is not None:
            asked = {each: LockedQuestion.rate(each, on, max_gap, max_age) for each in subjects}
            missing = [each.quote for each in subjects if self._lock.answer(asked[each]) is None]
            # Quotes without a rate are retried one by one below.
            with suppress(*_ANSWERS):
                for answer in self._source.rates_or_errors(
                    self.check_code(base), missing, on, max_gap=max_gap, max_age=max_age
                ):
                    if isinstance(answer, Rate):
                        self._add(asked[self._subject(base, answer.quote)], answer)
        found: list[Rate | ForexError] = []
        for _, base, quote in subjects:
            try:
                found.append(self._rate(base, quote, on, max_gap, max_age))
            except RateError as error:
                found.append(error)
        return found

    def _history(
        self, base: str, quote: str, start: date, end: date, progress: Progress | None
    ) -> History:
        """All days must be in what was locked as a history."""
        subject, span = self._subject(base, quote), (start, end)
        _, base, quote = subject
        if not self._lock.covers(subject, span):
            if self._source is None:
                what, when = f"history from {start} to {end}", f"--from {start} --to {end}"
                raise self._not_locked([(base, quote)], what, when)
            from forexhooks.service.rule_service import days_without

            found = self._source._history(base, quote, start, end, progress)  # noqa: SLF001
            self._check_whole(found.stale or days_without(self._source, found, start, end))
            self._note_sources(map(subject.source_of, found))
            self._lock.add_history(subject, span, found)
        rates = self._lock.history(subject, span)
        driver = rates[0].driver if rates else self.driver
        return History(rates, base=base, quote=quote, driver=driver)

    def _subject(self, base: str, quote: str) -> Subject:
        return Subject(self.drivers, self.check_code(base), self.check_code(quote))

    def _known(
        self, subject: Subject, on: date | None, max_gap: int | None, max_age: timedelta | None
    ) -> Answer | None:
        """The lock's answer to this question, or to one that must have the same answer."""
        answer = self._lock.answer(LockedQuestion.rate(subject, on, max_gap, max_age))
        if answer is not None or len(self.drivers) > 1:  # which of them answers may depend on all
            return answer
        if max_age is not None:
            # A rate that was not stale by its driver's calendar is never too old.
            answer = self._lock.answer(LockedQuestion.rate(subject, on, max_gap, None))
            is_fresh = isinstance(answer, Rate) and answer.stale is None
            return answer if is_fresh and self._lock.profile(self.drivers[0]) else None
        if on is None or max_gap is None:
            return None
        if subject.base == subject.quote:  # 1 on its own day, however far others are carried
            return self._lock.answer(LockedQuestion.rate(subject, on, None, None))
        if max_gap > 0:
            return None
        answer = self._lock.observed(subject, on)
        return answer._replace(requested=on) if isinstance(answer, Rate) else answer

    def _add(self, question: LockedQuestion, answer: Rate | RateError) -> Answer:
        """Lock what the source answered; raise errors that do not count as an answer."""
        self._check_whole(answer.stale)
        if isinstance(answer, Rate):
            self._note_sources([question.subject.source_of(answer)])
        elif _is_answer(answer):
            self._note_sources()
        else:
            raise answer
        return self._lock.add(question, answer)

    def _check_whole(self, stale: str | None) -> None:
        """Raise `LockError` if data is missing: later, the answer would be different."""
        if stale is not None:
            raise LockError(f"not written to {self._lock.path}: {stale}")

    def _note_sources(self, drivers: Iterable[str] = ()) -> None:
        """Lock the profiles of the drivers that answered, and of the first."""
        for name in {self.drivers[0], *drivers}:
            if self._manager is not None and not self._lock.has_source(name):
                service = DriverService(self._manager, name)
                with suppress(ForexError):
                    profile = service._ask(lambda relay: relay.profile())  # noqa: SLF001
                    kept = {} if profile is None else profile_fields(profile)
                    self._lock.add_fact({"source": name, **kept})

    def _not_locked(
        self,
        pairs: Sequence[Pair],
        what: str,
        when: str,
        on: date | None = None,
        max_gap: int | None = None,
    ) -> NotLockedError:
        """The error for what the lock lacks, with the command that adds it."""
        path, named = self._lock.path, [f"{base}/{quote}" for base, quote in pairs]
        more = f" and {len(named) - _NAMED} more" if len(named) > _NAMED else ""
        gap = "" if max_gap is None else f"--max-gap {max_gap}"
        of = [f"--driver {name}" for name in self.drivers]
        command = " ".join(filter(None, ["forexhooks lock", *named, when, gap, *of]))
        others = [", ".join(each) for each in self._lock.drivers() if each != self.drivers]
        only = f", only of {' and of '.join(others)}" if others else ""
        return NotLockedError(
            f"{path} has no {', '.join(named[:_NAMED])}{more}, {what}, of "
            f"{', '.join(self.drivers)}{only}; add it with `{command} --update -o {path}`, or run "
            f"your program under `forexhooks lock --update -o {path} -- COMMAND`",
            driver=self.driver,
            base=pairs[0][0],
            quote=pairs[0][1],
            on=on,
        )


def _only_drivers(lock: Lock) -> tuple[str, ...]:
    drivers = lock.drivers()
    if len(drivers) == 1:
        return drivers[0]
    if not drivers:
        raise LockError(f"{lock.path} has no rates: add some, or use another lock")
    choices = " or ".join(f"open({', '.join(map(repr, each))}, …)" for each in drivers)
    raise LockError(f"{lock.path} has answers of several services: choose one with {choices}")
