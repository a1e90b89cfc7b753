"""The codes that a driver lists: fetched once a day, and unlisted codes are not requested."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from forexhooks.http.client import LISTED_FOR
from forexhooks.support.context import asking, how
from forexhooks.support.outside import raise_from_outside

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


class CodeList:
    """The codes that `listing` returns, a driver's `currencies`, remembered for a day."""

    def __init__(self) -> None:
        self._codes: frozenset[str] = frozenset()
        self._until = 0.0
        self._was_looked_up = False

    def get(self, listing: Callable[[], Collection[str]]) -> frozenset[str]:
        """The codes: from memory, if they were listed within the last day."""
        return (frozenset() if how().anew else self.known(listing)) or self._listed(listing)

    def known(self, listing: Callable[[], Collection[str]]) -> frozenset[str]:
        """The codes if they were listed within the last day, else none. Makes no request."""
        if self._codes and monotonic() < self._until:
            return self._codes
        if not self._was_looked_up:
            self._was_looked_up = True
            try:
                with asking(listing=True, offline=True):
                    return self._listed(listing)
            except Exception as error:  # noqa: BLE001 - whatever it is, nothing is known
                raise_from_outside(error)
        return frozenset()

    def _listed(self, listing: Callable[[], Collection[str]]) -> frozenset[str]:
        self._codes = frozenset(listing())
        self._until = monotonic() + LISTED_FOR
        return self._codes
