"""The euro foreign exchange reference rates of the European Central Bank, offline.

The whole history since 1999 comes with the package, in one file that is read into memory; an
update writes a newer one for the user.
"""

from __future__ import annotations

import os
import warnings
from datetime import date, time, timedelta
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from forexhooks import Driver, MalformedResponseError, Profile, StoreWarning
from forexhooks.support import checked_base_url, user_folder, user_path, without_user
from forexhooks_ecb.store import Store, newest_day, signature_at
from forexhooks_ecb.target import is_target_day

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from forexhooks import Observation, Progress, RateTable, Update
    from forexhooks.http import HttpClient

__all__ = ["BASE_URL", "BUNDLE", "ECB"]

BASE_URL = "https://www.ecb.europa.eu/stats/eurofxref"
"""Where the ECB publishes its files."""

BUNDLE = os.path.join(os.path.dirname(__file__), "eurofxref.store")
"""The store that comes with the package."""

_STORE = "eurofxref.store"
_LOOK_EVERY = 60.0


class ECB(Driver):
    """The ECB's euro reference rates: one a day for each currency, EUR as base.

    Rates come from the newest of two stores: `bundle`, the one in the package, and `store`, the one
    that `update()` writes, by default in the user's data folder. `base_url` is where the ECB's
    files are fetched from when an update is asked for; with it no other host is asked. Raises
    `SettingsError` if `base_url` is not an address. A `store` that is damaged, or older than
    the bundle, is warned of with `StoreWarning`, and the bundle answers; so is one in the user's
    data folder that belongs to another user, or is reached through another user's link.
    """

    name = "ecb"
    profile = Profile(
        title="European Central Bank, euro foreign exchange reference rates",
        url="https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/",
        country="EU",
        publishes="reference rates",
        pivot="EUR",
        history_from=date(1999, 1, 4),
        # "usually updated around 16:00 CET on every working day, except on TARGET closing days"
        published_at=time(16, 0),
        zone="Europe/Berlin",
        grace=timedelta(minutes=30),
        publication_days=is_target_day,
        attribution="Source: European Central Bank",
        terms="free to use if you name the source; for information, not for transactions",
        verified=True,
    )

    def __init__(
        self, *, store: str | None = None, bundle: str | None = None, base_url: str | None = None
    ) -> None:
        self.path: str = user_path(store or os.path.join(user_folder("data"), ECB.name, _STORE))
        """The store that `update()` writes."""
        self._must_be_ours = store is None  # one that was named is what was meant
        address = checked_base_url(BASE_URL if base_url is None else base_url, self.name)
        self.base_url: str = without_user(address)[0]
        """Where the ECB's files are."""
        self._connected = _connecting(
            self.name, self.profile, address, own_host=base_url is not None
        )
        self._bundle = user_path(bundle or BUNDLE)
        self._store: Store | None = None
        self._signature: tuple[int, ...] = ()
        self._look_at = 0.0
        self._is_overdue = False
        self._http: HttpClient | None = None

    def table(
        self,
        currencies: Collection[
            str
        ] = (),  # the store has everything, so there is nothing to look up
        start: date | None = None,
        end: date | None = None,
        series: str | None = None,
    ) -> RateTable:
        """Give the table of everything in the newest store."""
        store = self._store
        if store is None or end is None or end > store.newest_day:
            store = self._looked_at()
        return store.table

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        """Yield what the ECB published, as the store has it."""
        table = self.table()
        for observation in table.observations():
            last = observation.until or observation.on
            is_wanted = (
                observation.on == table.newest or last == date.max
                if start is None or end is None
                else start <= last and observation.on <= end
            )
            if is_wanted and observation.quote in currencies:
                yield observation

    def currencies(self) -> Collection[str]:
        """EUR and the 41 codes that have ever been published."""
        return self.table().currencies

    def update(
        self,
        *,
        full: bool = False,
        progress: Progress | None = None,
        time_limit: float | None = None,
    ) -> Update:
        """Fetch the least of the ECB's files that closes the gap, and write a newer store.

        `full` fetches the whole history. `time_limit` is in seconds for all of it, by default 60.
        Raises `DriverError` where the store cannot be written, and what `HttpClient.fetch` raises;
        the store is then as it was.
        """
        from forexhooks_ecb.updating import TIME_LIMIT, Updater

        updater = Updater(
            self.path,
            self.profile,
            self._client(),
            self.name,
            self._newest_store,
            must_be_ours=self._must_be_ours,
        )
        try:
            return updater.run(full=full, progress=progress, time_limit=time_limit or TIME_LIMIT)
        finally:
            self._newest_store()

    def _renew(self) -> None:
        super()._renew()
        self._opening = Lock()

    def _client(self) -> HttpClient:
        with self._opening:
            if self._http is None:
                self._http = self._connected()
            return self._http

    def close(self) -> None:
        """Close the connections if there are any. Tables that were given go on answering."""
        if self._http is not None:
            self._http.close()
        self._store = None

    def _looked_at(self) -> Store:
        """The store, where there may be a newer one: of what is overdue at any moment."""
        store = self._store
        if store is None or self._is_overdue or monotonic() >= self._look_at:
            return self._newest_store()
        return store

    def _newest_store(self) -> Store:
        """The newest store there is now: an update may have come from another process."""
        self._renew_after_fork()
        with self._opening:
            signature = signature_at(self.path)
            if self._store is None or signature != self._signature:
                self._store = self._opened() if signature else self._opened_bundle()
                self._signature = signature
            self._look_at = monotonic() + _LOOK_EVERY
            self._is_overdue = self.profile.overdue(self._store.newest_day) is not None
            return self._store

    def _opened(self) -> Store:
        """The user's store; where that is damaged, the copy read earlier, or the bundle."""
        before = self._store
        if before is not None and before.path != self.path:
            before = None
        try:
            store = self._read(self.path, must_be_ours=self._must_be_ours)
        except MalformedResponseError as error:
            problem = str(error)
        else:
            newest, bundled = store.newest_day, newest_day(self._bundle)
            if bundled is None or newest >= bundled:
                return store
            before = None
            problem = (
                f"{self.name}: the store {self.path} ends on {newest}, but the bundle that came "
                f"with forexhooks on {bundled}"
            )
        answering = "the bundle" if before is None else "the copy read earlier"
        warnings.warn(
            f"{problem}; {answering} answers instead: `forexhooks update {self.name}` repairs it",
            StoreWarning,
            stacklevel=2,
        )
        return before or self._opened_bundle()

    def _read(self, path: str, *, must_be_ours: bool = False) -> Store:
        """The store at a path, with the table that answers."""
        return Store(path, self.name, self.profile, must_be_ours=must_be_ours)

    def _opened_bundle(self) -> Store:
        try:
            return self._read(self._bundle)
        except MalformedResponseError as error:
            raise MalformedResponseError(
                f"{error}: it came with forexhooks; reinstall forexhooks", driver=self.name
            ) from error


def _connecting(
    name: str, profile: Profile, address: str, *, own_host: bool
) -> Callable[[], HttpClient]:
    """What makes the client. The address may have a password in it: no attribute shows it."""

    def connected() -> HttpClient:
        from forexhooks.http import HttpClient

        return HttpClient(name, profile, address, own_host=own_host)

    return connected
