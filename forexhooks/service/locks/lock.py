"""Lock: questions with their answers, read from a file or added one by one.

It is one class: asking, adding and saving share the same few dictionaries, under one guard.
`entries.py` makes the lines, `file.py` the file.
"""

from __future__ import annotations

import json
import os
import threading
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from forexhooks.errors import ForexError, LockError
from forexhooks.rates.decimals import ONE
from forexhooks.rates.history import day_of
from forexhooks.rates.rate import Observation, Rate
from forexhooks.rates.series import key_of
from forexhooks.service.locks.entries import (
    CODES,
    SOURCE,
    Answer,
    Drivers,
    Fields,
    LockedQuestion,
    Span,
    Subject,
    answer_fields,
    answer_of,
    contradiction_in,
    fact_key,
    profile_of,
)
from forexhooks.service.locks.file import digest, line_of, read_lines, write_lines
from forexhooks.support.own_files import one_at_a_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from forexhooks.rates.profile import Profile

_PATIENCE = 60  # seconds to wait for another that writes the same file


class Lock:
    """Questions with their answers. Threads may share it.

    Its contents do not change: a question that has an answer keeps it, and adding an observation
    with another value than before is a `LockError`. `on_line` is called with the line of each new
    entry.
    """

    def __init__(self, path: str, *, on_line: Callable[[str], None] | None = None) -> None:
        self.path = path
        self._on_line = on_line
        self._answers: dict[LockedQuestion, Answer] = {}
        self._spans: dict[Subject, list[Span]] = {}
        self._facts: dict[tuple[int, Any], Fields] = {}
        self._periods: dict[Subject, set[Span]] = {}  # those in histories
        self._observed: dict[tuple[str, Observation], Observation] = {}
        self._to_ask_anew: set[LockedQuestion] = set()
        self._with_news: set[str] = set()
        self._read: list[str] | None = None
        self._changing = threading.RLock()

    @classmethod
    def read(cls, path: str) -> Lock:
        """Read a lock to answer from. Raises `LockError` if there is none, or it is damaged."""
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
        """A lock to add to: a new one, or with `update` the existing one.

        With `update`, rates that were missing or stale are asked for again: they may exist by now.

        Raises:
            LockError: There is one already and `update` is not given, or none can be written there.
                It is raised before any question is asked.
        """
        folder = os.path.dirname(os.path.realpath(path))
        if not os.path.isdir(folder):
            raise _cannot_be_written(path, f"there is no folder {folder}")
        if os.path.isdir(path):
            raise _cannot_be_written(path, "it is a folder")
        if not os.path.lexists(path):
            return cls(path, on_line=on_line)
        if not update:
            raise LockError(
                f"the lock {path} already exists: add to it with --update (update=True), or "
                "remove it first"
            )
        self = cls.read(path)
        self._on_line = on_line
        self._to_ask_anew = {
            question
            for question, answer in self._answers.items()
            if isinstance(answer, ForexError) or answer.stale is not None
        }
        return self

    def answer(self, question: LockedQuestion) -> Answer | None:
        """The answer to a question; None if there is none."""
        return None if question in self._to_ask_anew else self._answers.get(question)

    def history(self, subject: Subject, span: Span) -> list[Rate]:
        """The rates of those of the days that were observed."""
        start, end = span
        days = map(date.fromordinal, range(start.toordinal(), end.toordinal() + 1))
        earlier = [on for on, until in self._periods.get(subject, ()) if on < start <= until]
        questions = (LockedQuestion.in_history(subject, day, span) for day in (*earlier, *days))
        return [rate for rate in map(self._answers.get, questions) if isinstance(rate, Rate)]

    def covers(self, subject: Subject, span: Span) -> bool:
        """Whether there is a history of these days; of several drivers, only of exactly these."""
        spans = self._spans.get(subject, ())
        if len(subject.drivers) > 1:
            return span in spans
        return any(first <= span[0] and span[1] <= last for first, last in spans)

    def has_source(self, driver: str) -> bool:
        """Whether the lock has the driver's profile."""
        return (SOURCE, driver) in self._facts

    def observed(self, subject: Subject, on: date) -> Answer | None:
        """The rate of a day in the history of one driver, if there is one."""
        days = [first for first, until in self._periods.get(subject, ()) if first <= on <= until]
        return self.answer(LockedQuestion.in_history(subject, days[0] if days else on, (on, on)))

    def profile(self, driver: str) -> Profile | None:
        """What the lock has of a driver's profile."""
        return profile_of(self._facts.get((SOURCE, driver), {}))

    def currencies(self, drivers: Drivers) -> frozenset[str]:
        """The codes that the drivers listed when they were asked, else those that occur."""
        if (CODES, drivers) in self._facts:
            return frozenset(self._facts[CODES, drivers]["currencies"])
        pairs = (each[1:] for each in self._subjects() if each.drivers == drivers)
        return frozenset(code for pair in pairs for code in pair)

    def drivers(self) -> list[Drivers]:
        """The drivers of each service that was asked."""
        listed = {who for kind, who in list(self._facts) if kind == CODES}
        return sorted(listed.union(each.drivers for each in self._subjects()))

    def newest(self) -> date | None:
        """The newest day of a rate."""
        days = (each.on for each in list(self._answers.values()) if isinstance(each, Rate))
        return max(days, default=None)

    @property
    def sha256(self) -> str:
        """The digest of the contents."""
        return digest(self.lines())

    def without_rate(self) -> int:
        """How many of the answers say that there is no rate."""
        return sum(isinstance(each, ForexError) for each in list(self._answers.values()))

    def __len__(self) -> int:
        return len(self._answers)

    def add(self, question: LockedQuestion, answer: Answer) -> Answer:
        """Add an answer, and return the one that counts: there may have been one already."""
        with self._changing:
            known = self.answer(question)
            if known is not None:
                return known
            if isinstance(answer, Rate):
                self._check(answer)
                self._with_news.add(question.subject.source_of(answer))
                if answer.until is not None and question.is_of_a_history():
                    periods = self._periods.setdefault(question.subject, set())
                    periods.add((answer.on, answer.until))
            self._to_ask_anew.discard(question)
            self._answers[question] = answer
            if self._on_line is not None:
                self._say({**answer_fields(question, answer), "asked": [question.what]})
        return answer

    def add_history(self, subject: Subject, span: Span, history: Iterable[Rate]) -> None:
        """Add the rates of those of the days that were observed."""
        with self._changing:
            for rate in history:
                self.add(LockedQuestion.in_history(subject, day_of(rate), span), rate)
            start, end = span
            apart = []
            for first, last in self._spans.get(subject, ()):
                gap = max(start.toordinal() - last.toordinal(), first.toordinal() - end.toordinal())
                if len(subject.drivers) == 1 and gap <= 1:  # adjacent ones of one driver are joined
                    start, end = min(start, first), max(end, last)
                else:
                    apart.append((first, last))
            self._spans[subject] = sorted({*apart, (start, end)})
            self._say(_span_fields(subject, span))

    def add_fact(self, fields: Fields) -> None:
        """Add a line that is about no pair, unless it is there already."""
        key = fact_key(fields)
        with self._changing:
            if key not in self._facts:
                self._facts[key] = fields
                if key[0] == SOURCE:
                    self._with_news.add(key[1])
                self._say(fields)

    def merge(self, lines: Iterable[str]) -> None:
        """Add the entries of these lines. Raises `LockError` if they contradict the lock."""
        for line in lines:
            try:
                self._merge(json.loads(line))
            except LockError:
                raise
            except Exception as error:
                raise LockError(
                    f"{self.path} has an invalid line ({error!r}): {line[:100]}"
                ) from error

    def save(self) -> None:
        """Write the file, if there is anything new.

        Only one thread or process of a user does it at a time.

        Raises:
            LockError: Another one takes too long, the file was changed after it was read, or it
                cannot be written.
        """
        if not self._with_news and self.lines() == self._read:
            return
        from filelock import Timeout

        # Its guard file stays for ever, so it is not put beside the lock.
        guard = sha256(os.path.realpath(self.path).encode()).hexdigest()[:32]
        try:
            with one_at_a_time("saving", guard, within=_PATIENCE):
                there = read_lines(self.path) if os.path.lexists(self.path) else None
                if there != self._read:
                    raise LockError(
                        f"{self.path} was written by another process meanwhile: try again"
                    )
                now = datetime.now(UTC).isoformat(timespec="seconds")
                for driver in self._with_news:
                    self._facts.setdefault((SOURCE, driver), {"source": driver})["recorded"] = now
                lines = self.lines()
                write_lines(self.path, lines)
        except Timeout:
            raise LockError(f"{self.path} is being written by another process: try again") from None
        except OSError as error:
            raise _cannot_be_written(self.path, error) from error
        self._with_news.clear()
        self._read = lines

    def lines(self) -> list[str]:
        """All lines, in an order that does not depend on when each was added.

        There is one line for each answer, with all the questions that it answers.
        """
        with self._changing:
            facts = [self._facts[key] for key in sorted(self._facts)]
            spans = [
                _span_fields(subject, span)
                for subject in sorted(self._spans)
                for span in self._spans[subject]
            ]
            answers: dict[tuple[Subject, str, str], Fields] = {}
            for question in sorted(self._answers):
                fields = answer_fields(question, self._answers[question])
                key = question.subject, fields.get("on", ""), line_of(fields)
                answers.setdefault(key, {**fields, "asked": []})["asked"].append(question.what)
            in_order = [answers[key] for key in sorted(answers)]
        return list(map(line_of, [*facts, *spans, *in_order]))

    def _subjects(self) -> set[Subject]:
        return {*list(self._spans), *(each.subject for each in list(self._answers))}

    def _merge(self, fields: Fields) -> None:
        if "history" in fields:
            start, end = map(date.fromisoformat, fields["history"])
            self.add_history(Subject.of(fields), (start, end), ())
        elif "asked" not in fields:
            self.add_fact(fields)
        else:
            for what in fields["asked"]:
                question = LockedQuestion(Subject.of(fields), what)
                answer = answer_of(fields, question)
                held = self.add(question, answer)
                if _core(held) != _core(answer):
                    drivers, base, quote = question.subject
                    raise LockError(
                        f"two answers to one question, {base}/{quote} of {', '.join(drivers)}, "
                        f"{what}: {held} and {answer}; {self.path} can hold only one: ask for a "
                        "day, or try again"
                    )

    def _check(self, rate: Rate) -> None:
        """Raise `LockError` if a rate contradicts itself, or an observation the lock."""
        contradiction = contradiction_in(rate)
        if contradiction is not None:
            raise LockError(
                f"{rate.driver} has {rate.base}/{rate.quote} on {rate.on} with "
                f"{contradiction}: tell the author of the driver, or, where it is {self.path} that "
                "says so, make it anew"
            )
        for leg in rate.legs:
            key = key_of(rate.driver, rate.series), leg._replace(value=ONE)
            held = self._observed.setdefault(key, leg)
            if held.value != leg.value:
                raise LockError(
                    f"{rate.driver} has {leg.base}/{leg.quote} {leg.value} on {leg.on}, and "
                    f"{self.path} has {held.value}: the provider corrected it; keep the lock, or "
                    "remove it and create it again"
                )

    def _say(self, fields: Fields) -> None:
        if self._on_line is not None:
            self._on_line(line_of(fields))


def _cannot_be_written(path: str, problem: object) -> LockError:
    return LockError(f"the lock {path} cannot be written: {problem}; choose another path")


def _span_fields(subject: Subject, span: Span) -> Fields:
    return {**subject.fields(), "history": [day.isoformat() for day in span]}


def _core(answer: Answer) -> object:
    """The part in which two answers to one question must agree."""
    if isinstance(answer, Rate):
        return answer._replace(stale=None, failures=())
    return type(answer)
