"""What drivers have stored, as far as it is known without asking a provider."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

import forexhooks
from forexhooks.support.context import asking

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forexhooks import ForexService

_ONE_DAY = timedelta(days=1)


class Held(NamedTuple):
    """The first and last day that are stored; None if unknown."""

    first: date | None = None
    last: date | None = None

    def joined(self, other: Held) -> Held:
        """From the earlier first day to the later last day."""
        return Held(
            min(filter(None, (self.first, other.first)), default=None),
            max(filter(None, (self.last, other.last)), default=None),
        )


def held_by_currency(services: Iterable[ForexService]) -> dict[str, Held]:
    """For each currency, what is stored by drivers that have their whole history at hand."""
    found: dict[str, Held] = {}
    for service in services:
        for code, held in _of_currencies(service).items():
            found[code] = held.joined(found.get(code, Held()))
    return found


def held_by(service: ForexService) -> Held:
    """What a driver has stored: from the first day in its profile to the newest day at hand."""
    table = _table(service, None, None)
    return Held(service.profile.history_from, None if table is None else table.newest)


def publishes_missed(service: ForexService, last: date | None) -> int | None:
    """How many publication days of a daily driver are after `last` and before today."""
    profile = service.profile
    if last is None or profile.frequency != "day" or profile.latest_only:
        return None
    many, day, today = 0, last + _ONE_DAY, profile.today()
    while day < today:
        many += profile.publication_days(day)
        day += _ONE_DAY
    return many


def _of_currencies(service: ForexService) -> dict[str, Held]:
    profile = service.profile
    if profile.history_from is None or profile.latest_only:
        return {}
    table = _table(service, profile.history_from, profile.today())
    if table is None or table.is_extract:
        return {}
    found: dict[str, Held] = {}
    for pair, column in table.columns.items():
        held = Held(date.fromordinal(column.first), date.fromordinal(column.last))
        for code in pair:
            found[code] = held.joined(found.get(code, Held()))
    return found


def _table(
    service: ForexService, start: date | None, end: date | None
) -> forexhooks.RateTable | None:
    """The table that a driver has at hand."""
    with asking(offline=True):
        try:
            [(_, table)] = service.tables_in_turn(sorted(service.currencies()), start, end)
        except forexhooks.ForexError:  # it has stored nothing yet, or asks its provider each time
            return None
    return table if isinstance(table, forexhooks.RateTable) else None
