"""The result of an update; not in `rate.py`, because the first rate does not need it."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Update(NamedTuple):
    """The result of updating a driver's store.

    - `driver`: its name
    - `before`, `after`: the newest day held before and now
    - `source`: the file that was fetched
    - `added`, `changed`: how many observations are new, and how many differ from those held
    - `kept_out`: the observations that were refused, each as a string that says why
    - `path`: the store that was written; `None` if there was nothing to write
    """

    driver: str
    before: date | None
    after: date | None
    source: str
    added: int = 0
    changed: int = 0
    kept_out: tuple[str, ...] = ()
    path: str | None = None

    def __str__(self) -> str:
        if self.path is None:
            news = f"{self.driver} is up to date"
        else:
            news = f"{self.driver}: {self.added} new observations"
            if self.changed:
                news += f", {self.changed} corrected"
        return f"{news}; the newest day is {self.after}"
