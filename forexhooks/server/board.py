"""Several drivers' rates for a pair, fetched in the background: slow drivers delay nobody."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING
from weakref import ref

from forexhooks.server.problems import note
from forexhooks.service.compare import BOUND, Compared, judged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forexhooks.plugins.registration import Registration
    from forexhooks.server.desk import Desk

Pair = tuple[str, str]

ASKED_EVERY = 60.0
"""Seconds between two questions to a driver about the same pair."""

_MOST_PAIRS = 50


class _Asked:
    """A question to a driver about a pair: when it was asked, and the answer, if there is one.

    `version` is the driver's version at that time; this does not keep it from being closed.
    """

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.row: Compared | None = None
        self.ended = threading.Event()
        self.version: ref[Registration] | None = None

    def is_due(self, now: Registration | None) -> bool:
        """Whether to ask again: it was long ago, or the driver was replaced since."""
        return self.is_of_another(now) or (
            self.ended.is_set() and time.monotonic() - self.began > ASKED_EVERY
        )

    def is_of_another(self, now: Registration | None) -> bool:
        """Whether the driver was replaced since it was asked."""
        if self.version is None and now is not None:  # it was registered when it was asked
            self.version = ref(now)
        return self.version is not None and now is not None and self.version() is not now


class Board:
    """Asks drivers about a pair, in a thread, and keeps the answers for a minute.

    Args:
        desk: Opens the drivers.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._pairs: OrderedDict[Pair, dict[str, _Asked]] = OrderedDict()
        self._changing = threading.Lock()

    def rows(self, pair: Pair, drivers: Iterable[str], within: float) -> dict[str, Compared | None]:
        """Each driver's rate for a pair; None if it has not answered yet.

        Args:
            pair: Base and quote.
            drivers: The drivers to ask.
            within: How many seconds to wait for drivers that were not asked before.

        Returns:
            The answers by driver, each compared with the others.
        """
        deadline = time.monotonic() + within
        asked = self._asked(pair, drivers)
        for each in asked.values():
            if each.row is None:
                each.ended.wait(max(0.0, deadline - time.monotonic()))
        rows = [each.row for each in asked.values() if each.row is not None]
        compared = {row.driver: row for row in judged(rows, BOUND)}
        return {name: compared.get(name) for name in asked}

    def _asked(self, pair: Pair, drivers: Iterable[str]) -> dict[str, _Asked]:
        """The questions to these drivers; those that are due are asked again."""
        manager = self._desk.manager
        with self._changing:
            before = self._pairs.pop(pair, {})
            found: dict[str, _Asked] = {}
            for name in drivers:
                version = manager.catalog.registrations.get(name.partition(":")[0])
                last = before.get(name)
                if last is None or last.is_due(version):
                    asked = _Asked()
                    if last is not None and not last.is_of_another(version):
                        asked.row = last.row  # until there is a newer answer
                    threading.Thread(
                        target=self._ask, args=(name, pair, asked), daemon=True
                    ).start()
                    last = asked
                found[name] = last
            self._pairs[pair] = before | found
            while len(self._pairs) > _MOST_PAIRS:
                self._pairs.popitem(last=False)
        return found

    def _ask(self, name: str, pair: Pair, asked: _Asked) -> None:
        [asked.row] = self._desk.compared(*pair, None, [name])
        if asked.row.error is not None:
            note(asked.row.error)
        asked.ended.set()
