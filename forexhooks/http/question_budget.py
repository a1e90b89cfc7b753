"""The time that a question has left, and its responses so far: separate for each thread."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests_cache import AnyResponse

    from forexhooks.errors import DriverError
    from forexhooks.plugins.table_cache import SecondHand


class QuestionBudget:
    """The time limit of one question, its responses so far, and why any came from the cache."""

    def __init__(self, deadline: float) -> None:
        self.deadline: float = deadline
        self.answers: list[AnyResponse] = []
        self.second_hand: SecondHand | None = None
        self.without_rates: set[tuple[object, ...]] = set()
        """Requests that had no rates: they are not repeated for other series."""
        self.unread: set[str] = set()
        """Currencies with rows that could not be read."""
        self.postponed: list[DriverError] | None = None
        """Faults that count only if nothing else has rates; None: each counts."""


class Questions(threading.local):
    """The current question of this thread; `budget` is None outside of one."""

    budget: QuestionBudget | None = None
    rows_read: int | None = None

    @contextmanager
    def begun(self, time_limit: float) -> Iterator[QuestionBudget]:
        """In this context all requests share one time limit; a nested question shares it."""
        outer = self.budget
        deadline = monotonic() + time_limit
        if outer is not None:
            deadline = min(outer.deadline, deadline)
        self.budget = budget = QuestionBudget(deadline)
        try:
            yield budget
        finally:
            self.budget = outer
            if outer is not None:
                outer.answers += budget.answers
                outer.second_hand = outer.second_hand or budget.second_hand
                outer.unread |= budget.unread

    def seconds_left(self) -> float:
        """Seconds until the time limit; infinite outside of a question."""
        return float("inf") if self.budget is None else self.budget.deadline - monotonic()

    def got(self, answer: AnyResponse) -> None:
        """Remember a response."""
        if self.budget is not None:
            self.budget.answers.append(answer)

    def is_second_hand(self, why: SecondHand) -> None:
        """Note why a cached response is used."""
        if self.budget is not None:
            self.budget.second_hand = why
