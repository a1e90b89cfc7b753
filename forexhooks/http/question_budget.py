"""What one question may still cost, and what was got for it so far: for each thread its own."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from requests_cache import AnyResponse

    from forexhooks.plugins.table_cache import SecondHand


class QuestionBudget:
    """The time limit of one question, the responses so far, and why they were kept ones."""

    def __init__(self, deadline: float) -> None:
        self.deadline: float = deadline
        self.answers: list[AnyResponse] = []
        self.second_hand: SecondHand | None = None
        self.without_rates: set[tuple[object, ...]] = set()
        """What was asked for that there was nothing of: it need not be asked for other series."""


class Questions(threading.local):
    """The question that this thread is at; `budget` is None where it is at none."""

    budget: QuestionBudget | None = None

    @contextmanager
    def begun(self, time_limit: float) -> Iterator[QuestionBudget]:
        """Within it all requests have one time limit; one within another has part in its own."""
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

    def seconds_left(self) -> float:
        """Seconds until the time limit; infinite where there is no question."""
        return float("inf") if self.budget is None else self.budget.deadline - monotonic()

    def got(self, answer: AnyResponse) -> None:
        """Remember a response."""
        if self.budget is not None:
            self.budget.answers.append(answer)

    def is_second_hand(self, why: SecondHand) -> None:
        """Say why what was kept answers."""
        if self.budget is not None:
            self.budget.second_hand = why
