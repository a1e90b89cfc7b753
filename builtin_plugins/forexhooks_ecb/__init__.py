"""The euro foreign exchange reference rates of the European Central Bank, offline.

The whole history since 1999 comes with the package, in one file that is mapped, not read.
"""

from __future__ import annotations

import os
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from forexhooks import Driver, Profile
from forexhooks.settings import checked_base_url
from forexhooks_ecb.store import Store
from forexhooks_ecb.target import is_target_day

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks import Observation, RateTable

__all__ = ["BASE_URL", "BUNDLE", "ECB"]

BASE_URL = "https://www.ecb.europa.eu/stats/eurofxref"
"""Where the ECB publishes its files."""

BUNDLE = os.path.join(os.path.dirname(__file__), "eurofxref.store")
"""The store that comes with the package."""


class ECB(Driver):
    """The ECB's euro reference rates: one a day for each currency, EUR as base.

    `store` is the path of the store to answer from, by default the one in the package; `base_url`
    where the ECB's files are, for when they are fetched: nothing is yet. Raises `SettingsError`
    for a `base_url` that is no address.
    """

    name = "ecb"
    profile = Profile(
        title="European Central Bank, euro foreign exchange reference rates",
        url="https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/",
        publishes="reference rates",
        pivot="EUR",
        history_from=date(1999, 1, 4),
        # "usually updated around 16:00 CET on every working day, except on TARGET closing days"
        published_at=time(16, 0),
        zone="Europe/Berlin",
        grace=timedelta(minutes=30),
        publication_days=is_target_day,
        attribution="Source: European Central Bank",
        terms="free to use where the source is named; for information, not for transactions",
        verified=True,
    )

    def __init__(self, *, store: str = BUNDLE, base_url: str = BASE_URL) -> None:
        self._path = store
        self.base_url: str = checked_base_url(base_url, self.name)
        self._store: Store | None = None

    def table(
        self,
        currencies: Collection[str] = (),  # the store holds all, so nothing need be looked up
        start: date | None = None,
        end: date | None = None,
    ) -> RateTable:
        """Give the table of everything in the store."""
        store = self._store
        if store is None:
            store = self._store = Store(self._path, self.name, self.profile)
        return store.table

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        """Yield what the ECB published, as the store has it."""
        table = self.table()
        for observation in table.observations():
            is_wanted = (
                observation.on == table.newest
                if start is None or end is None
                else start <= observation.on <= end
            )
            if is_wanted and observation.quote in currencies:
                yield observation

    def currencies(self) -> Collection[str]:
        """EUR and the 41 codes that have ever been published."""
        return self.table().currencies

    def close(self) -> None:
        """Unmap the store."""
        if self._store is not None:
            self._store.close()
            self._store = None
