"""Lock: questions with their answers, as they are read from a file or come in."""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from forexhooks.errors import ForexError, LockError
from forexhooks.rates.decimals import ONE
from forexhooks.rates.rate import Observation, Rate
from forexhooks.rates.series import key_of
from forexhooks.service.locks.entries import (
    Answer,
    Asked,
    Fields,
    Pair,
    Span,
    answer_fields,
    answer_of,
    contradiction_in,
    pair_of,
    profile_fields,
    profile_of,
    strings_of,
)
from forexhooks.service.locks.file import (
    cannot_be_written,
    digest,
    exists,
    line_of,
    read_lines,
    saving,
    write_lines,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from forexhooks.rates.profile import Profile

Drivers = tuple[str, ...]

# What comes of reading a line that is none of a lock's.
_NO_LINE = (
    ArithmeticError,
    AttributeError,
    ForexError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class Lock:
    """Questions with their answers. Shared by threads.

    What is in it stays: a question that has an answer is not answered otherwise, and an observation
    with another value than there is already is a `LockError`. `on_line` is called with the line of
    each thing that is new.
    """

    def __init__(self, path: str, *, on_line: Callable[[str], None] | None = None) -> None:
        self.path = path
        self._on_line = on_line
        self._answers: dict[Asked, Answer] = {}
        self._spans: dict[Pair, list[Span]] = {}
        self._periods: dict[Pair, set[Span]] = {}  # those in histories
        self._profiles: dict[str, Fields] = {}
        self._currencies: dict[Drivers, frozenset[str]] = {}
        self._pairs: dict[Pair, None] = {}
        self._observed: dict[tuple[str, Observation], Observation] = {}
        self._to_ask_anew: set[Asked] = set()
        self._with_news: set[str] = set()
        self._read: list[str] | None = None
        self._changing = threading.RLock()

    @classmethod
    def read(cls, path: str) -> Lock:
        """Read a lock to answer from. Raises `LockError` where there is none, or it is damaged."""
        lock = cls(path)
        try:
            lock._read = read_lines(path)
        except FileNotFoundError:
            raise LockError(
                f"there is no lock {path}: write it with `forexhooks lock USD/CAD -o {path}`, or "
                f"`forexhooks lock -o {path} -- COMMAND`"
            ) from None
        except OSError as error:
            raise LockError(f"the lock {path} cannot be read: {error}") from error
        lock.merge(lock._read)
        lock._with_news.clear()
        return lock

    @classmethod
    def to_record(
        cls, path: str, *, update: bool, on_line: Callable[[str], None] | None = None
    ) -> Lock:
        """A lock to add to: a new one, or with `update` that which is there.

        Raises `LockError` where there is one, and it is not to be updated, and where there cannot
        be one: before anything is asked. What it says of rates
        that there were not, or that were stale, is asked anew: there may be some by now.
        """
        folder = os.path.dirname(os.path.realpath(path))
        if not os.path.isdir(folder):
            raise cannot_be_written(path, f"there is no folder {folder}")
        if os.path.isdir(path):
            raise cannot_be_written(path, "it is a folder")
        if not exists(path):
            return cls(path, on_line=on_line)
        if not update:
            raise LockError(
                f"there is a lock {path} already: add to it with --update (update=True), or "
                "remove it to make it anew"
            )
        self = cls.read(path)
        self._on_line = on_line
        self._to_ask_anew = {
            asked
            for asked, answer in self._answers.items()
            if isinstance(answer, ForexError) or answer.stale is not None
        }
        return self

    def answer(self, asked: Asked) -> Answer | None:
        """The answer to a question; None where there is none."""
        return None if asked in self._to_ask_anew else self._answers.get(asked)

    def history(self, pair: Pair, span: Span) -> list[Rate] | None:
        """The rates of the days that were observed; None where the lock does not cover all days."""
        if not self.covers(pair, span):
            return None
        start, end = span
        days = map(date.fromordinal, range(start.toordinal(), end.toordinal() + 1))
        earlier = [on for on, until in self._periods.get(pair, ()) if on < start <= until]
        found = (self._answers.get(Asked.in_history(pair, day, span)) for day in (*earlier, *days))
        return [rate for rate in found if isinstance(rate, Rate)]

    def covers(self, pair: Pair, span: Span) -> bool:
        """Whether there is a history of these days; of several drivers: of exactly these."""
        covered = self._spans.get(pair, [])
        start, end = span
        return span in covered or (
            len(pair.drivers) == 1
            and any(first <= start and end <= last for first, last in covered)
        )

    def observed(self, pair: Pair, on: date) -> Rate | None:
        """The rate of one day, where a history of one driver has it."""
        if len(pair.drivers) > 1:  # which of them answers may depend on the other days
            return None
        days = [first for first, until in self._periods.get(pair, ()) if first <= on <= until]
        rate = self.answer(Asked.in_history(pair, days[0] if days else on, (on, on)))
        return rate._replace(requested=on) if isinstance(rate, Rate) else None

    def profile(self, driver: str) -> Profile | None:
        """What was kept of a driver's profile."""
        fields = self._profiles.get(driver)
        return None if fields is None else profile_of(fields)

    def currencies(self, drivers: Drivers) -> frozenset[str]:
        """The codes that the drivers listed when they were asked, else those that occur."""
        if drivers in self._currencies:
            return self._currencies[drivers]
        return frozenset(
            code
            for pair in list(self._pairs)
            if pair.drivers == drivers
            for code in (pair.base, pair.quote)
        )

    def drivers(self) -> list[Drivers]:
        """Who was asked: the drivers of each service."""
        return sorted({*(pair.drivers for pair in list(self._pairs)), *self._currencies})

    def newest(self) -> date | None:
        """The newest day of a rate."""
        days = (each.on for each in list(self._answers.values()) if isinstance(each, Rate))
        return max(days, default=None)

    @property
    def sha256(self) -> str:
        """The digest of what there is."""
        return digest(self.lines())

    def without_rate(self) -> int:
        """How many of the answers say that there is no rate."""
        return sum(isinstance(each, ForexError) for each in list(self._answers.values()))

    def __len__(self) -> int:
        return len(self._answers)

    def add(self, asked: Asked, answer: Answer) -> Answer:
        """Add an answer, and return that which holds: it may have been there already."""
        with self._changing:
            known = self.answer(asked)
            if known is not None:
                return known
            self._check(answer)
            self._to_ask_anew.discard(asked)
            self._answers[asked] = answer
            self._pairs[asked.pair] = None
            if isinstance(answer, Rate) and answer.until is not None and asked.is_of_a_history():
                self._periods.setdefault(asked.pair, set()).add((answer.on, answer.until))
            if isinstance(answer, Rate):
                self._with_news.add(asked.pair.source_of(answer))
            if self._on_line is not None:
                self._say({**answer_fields(asked, answer), "asked": [asked.what]})
        return answer

    def add_history(self, pair: Pair, span: Span, history: Iterable[Rate]) -> None:
        """Add the rates of those of the days that were observed."""
        with self._changing:
            for rate in history:
                self.add(Asked.in_history(pair, rate.on, span), rate)
            self._cover(pair, span)
            self._say(_span_fields(pair, span))

    def add_profile(self, driver: str, profile: Callable[[], Profile | None]) -> None:
        """Add what is kept of the driver's profile, unless it is there."""
        if driver not in self._profiles:
            found = profile()
            with self._changing:
                if driver not in self._profiles:
                    self._profiles[driver] = {} if found is None else profile_fields(found)
                    self._with_news.add(driver)
                    self._say({"source": driver, **self._profiles[driver]})

    def add_currencies(self, drivers: Drivers, codes: frozenset[str]) -> frozenset[str]:
        """Add the codes that the drivers list, and return those that hold."""
        with self._changing:
            if drivers not in self._currencies:
                self._currencies[drivers] = codes
                self._say({"drivers": list(drivers), "currencies": sorted(codes)})
            return self._currencies[drivers]

    def merge(self, lines: Iterable[str]) -> None:
        """Add what lines say. Raises `LockError` where that is not what the lock has."""
        for line in lines:
            try:
                fields = json.loads(line)
                with self._changing:
                    self._merge(fields)
            except LockError:
                raise
            except _NO_LINE as error:
                raise LockError(
                    f"{self.path} has a line that is none of a lock's ({error!r}): {line[:100]}"
                ) from error

    def save(self) -> bool:
        """Write the file, if there is anything new; whether it was written.

        Raises `LockError` where the file is not as it was when it was read, or cannot be written.
        """
        if not self._with_news and self._read is not None and self.lines() == self._read:
            return False
        with saving(self.path):
            there = read_lines(self.path) if exists(self.path) else None
            if there != self._read:
                raise LockError(f"{self.path} was written by another meanwhile: do it again")
            now = datetime.now(UTC).isoformat(timespec="seconds")
            for driver in self._with_news:
                self._profiles.setdefault(driver, {})["recorded"] = now
            lines = self.lines()
            write_lines(self.path, lines)
        self._with_news.clear()
        self._read = lines
        return True

    def lines(self) -> list[str]:
        """All lines, in an order that does not depend on when what came."""
        with self._changing:
            sources = [{"source": name, **self._profiles[name]} for name in sorted(self._profiles)]
            currencies = [
                {"drivers": list(drivers), "currencies": sorted(codes)}
                for drivers, codes in sorted(self._currencies.items())
            ]
            spans = [
                _span_fields(pair, span)
                for pair, spans in sorted(self._spans.items())
                for span in spans
            ]
            return [
                *map(line_of, [*sources, *currencies, *spans]),
                *self._lines_of_answers(),
            ]

    def _lines_of_answers(self) -> list[str]:
        """One line for each answer, with all the questions that it answers."""
        said = [
            (asked.pair, _day_of(answer), line_of(answer_fields(asked, answer)), asked.what)
            for asked, answer in self._answers.items()
        ]
        return [
            f"{line[:-1]}, {line_of({'asked': [what for *_, what in questions]})[1:]}"
            for (_, _, line), questions in groupby(sorted(said), key=lambda each: each[:3])
        ]

    def _merge(self, fields: Fields) -> None:
        if "source" in fields:
            name = fields.pop("source")
            self._profiles.setdefault(name, fields)
        elif "currencies" in fields:
            codes = frozenset(map(str, fields["currencies"]))
            self._currencies.setdefault(strings_of(fields, "drivers"), codes)
        elif "history" in fields:
            start, end = fields["history"]
            self._cover(pair_of(fields), (date.fromisoformat(start), date.fromisoformat(end)))
        else:
            for what in fields["asked"]:
                asked = Asked(pair_of(fields), what)
                answer = answer_of(fields, asked)
                held = self.add(asked, answer)
                if _core(held) != _core(answer):
                    pair = f"{asked.pair.base}/{asked.pair.quote} of {', '.join(fields['drivers'])}"
                    raise LockError(
                        f"two answers to one question, {pair}, {what}: {held} and {answer}; "
                        f"{self.path} can have one: ask for a day, or do it again"
                    )

    def _check(self, answer: Answer) -> None:
        """Raise `LockError` where a rate contradicts itself, or an observation what is held."""
        if not isinstance(answer, Rate):
            return
        contradiction = contradiction_in(answer)
        if contradiction is not None:
            raise LockError(
                f"{answer.driver} has {answer.base}/{answer.quote} on {answer.on} with "
                f"{contradiction}: tell the author of the driver, or, where it is {self.path} that "
                "says so, make it anew"
            )
        for leg in answer.legs:
            key = key_of(answer.driver, answer.series), leg._replace(value=ONE)
            held = self._observed.setdefault(key, leg)
            if held.value != leg.value:
                raise LockError(
                    f"{answer.driver} has {leg.base}/{leg.quote} {leg.value} on {leg.on}, and "
                    f"{self.path} has {held.value}: the provider corrected it; keep the lock, or "
                    "remove it to make it anew"
                )

    def _cover(self, pair: Pair, span: Span) -> None:
        """Add a span of days; of one driver those that touch are joined."""
        joined: list[Span] = []
        for first, last in sorted({*self._spans.get(pair, ()), span}):
            if (
                len(pair.drivers) == 1
                and joined
                and first.toordinal() <= joined[-1][1].toordinal() + 1
            ):
                joined[-1] = joined[-1][0], max(last, joined[-1][1])
            else:
                joined.append((first, last))
        self._spans[pair] = joined
        self._pairs[pair] = None

    def _say(self, fields: Fields) -> None:
        if self._on_line is not None:
            self._on_line(line_of(fields))


def _span_fields(pair: Pair, span: Span) -> Fields:
    return {
        "drivers": list(pair.drivers),
        "pair": [pair.base, pair.quote],
        "history": [day.isoformat() for day in span],
    }


def _day_of(answer: Answer) -> str:
    return answer.on.isoformat() if isinstance(answer, Rate) else ""


def _core(answer: Answer) -> object:
    """What two answers to one question must agree in."""
    if isinstance(answer, Rate):
        return answer._replace(stale=None, failures=())
    return type(answer)
