"""HttpDriver: the session, retries, time limits and error mapping that HTTP drivers share.

Nothing of it touches the network, or imports what does, before something is fetched.
"""

from __future__ import annotations

from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

from forexhooks.currencies import ENDED, SUSPENDED
from forexhooks.errors import ForexError, SettingsError
from forexhooks.http.client import LISTED_FOR, TIME_LIMIT, HttpClient
from forexhooks.http.replies import csv_of, json_of
from forexhooks.plugins.driver import Driver, called_as
from forexhooks.plugins.hookspecs import hookimpl
from forexhooks.rates.profile import latest_today
from forexhooks.support.context import asking, how
from forexhooks.support.outside import raise_from_outside
from forexhooks.support.settings import (
    checked_base_url,
    checked_seconds,
    missing_setting,
    read_settings,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from forexhooks.plugins.table_cache import SecondHand
    from forexhooks.rates.rate import Rate
    from forexhooks.rates.table import RateTable


class HttpDriver(Driver):
    """A `Driver` whose observations come over HTTP; `BASE_URL` is the provider's address.

    `base_url` asks another host in its place, and then no other one by a redirect either;
    `time_limit` is how many seconds a question may take as a whole. Both are settings:
    `FOREXHOOKS_ACME_BASE_URL`, `FOREXHOOKS_ACME_TIME_LIMIT`. Raises `SettingsError` for what is no
    address or no number above 0.

    >>> from datetime import date
    >>> from decimal import Decimal, InvalidOperation
    >>> from forexhooks import Observation, Profile
    >>> class Acme(HttpDriver):
    ...     name = "acme"
    ...     profile = Profile(title="Acme Bank", pivot="USD")
    ...     BASE_URL = "https://rates.acme.example"
    ...
    ...     def observations(self, currencies, start, end):
    ...         for row in self.fetch_json("/rates", {"day": str(end or "latest")}, end=end):
    ...             on = date.fromisoformat(row["day"])
    ...             yield Observation(on, "USD", row["code"], row["rate"])
    """

    BASE_URL: str
    """The provider's address, to which the paths are appended."""

    _codes: tuple[frozenset[str], float] = (frozenset(), 0.0)
    _looked_up_codes: bool = False

    def __init__(
        self, *, base_url: str | None = None, time_limit: float | str | None = None
    ) -> None:
        settings = read_settings()
        if base_url is None:
            base_url = settings.setting(self.name, "base_url")
        if time_limit is None:
            time_limit = settings.setting(self.name, "time_limit") or TIME_LIMIT
        self.http: HttpClient = HttpClient(
            self.name,
            self.profile,
            checked_base_url(self.BASE_URL if base_url is None else base_url, self.name),
            own_host=base_url is not None,
            time_limit=checked_seconds(time_limit, self.name, "time_limit"),
        )
        """The connections to the provider."""
        self.base_url: str = self.http.base_url
        """The address that is asked."""

    def key(self, setting: str, value: str | None) -> str:
        """A text to write where the user's key belongs, in `params` or `headers`.

        Raises `SettingsError` saying where to put the key if there is none.
        """
        if value is None:
            value = read_settings().setting(self.name, setting)
        if value is None or not value.strip():
            raise missing_setting(self.name, setting, self.profile.key)
        if not (value.isascii() and value.strip().isprintable()):
            raise SettingsError(f"{self.name}: {setting} has characters in it that no key has")
        self.http.own_host = True  # who has the key is asked, and nobody else
        return self.http.hide(setting, value.strip())

    def fetch_json(self, path: str, params: Mapping[str, str] | None = None, **options: Any) -> Any:
        """Get a JSON document; its numbers are Decimals. `options` and raises: `HttpClient.fetch`.

        The same document may be returned again: do not change it.
        """
        return self.http.fetch(path, params, parse=json_of, **options)

    def fetch_csv(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        columns: Collection[str] = (),
        open_end: bool = False,
        **options: Any,
    ) -> list[dict[str, str]]:
        """Get a CSV file: its rows by column. `options` and raises: `HttpClient.fetch`.

        `columns` are those that it must have: `MalformedResponseError` names the ones missing.
        `open_end`: the provider's files have no line end after their last line.
        """
        parse = partial(csv_of, columns=tuple(columns), open_end=open_end)
        return self.http.fetch(path, params, parse=parse, **options)

    def windows(self, start: date, end: date, days: int) -> Iterator[tuple[date, date]]:
        """Cut a long span, as `Driver.windows`; each part of it has the time limit anew."""
        for window in super().windows(start, end, days):
            self.http.go_on()
            yield window

    def years(self, start: date, end: date) -> Iterator[tuple[date, date]]:
        """The years of a span, as `Driver.years`; each of them has the time limit anew."""
        for year in super().years(start, end):
            self.http.go_on()
            yield year

    @hookimpl
    @called_as(lambda self, driver, base, quote, on, max_gap, series: None)
    def forex_get_rate(
        self,
        driver: str,
        base: str,
        quote: str,
        on: date | None,
        max_gap: int | None,
        series: str | None = None,
    ) -> Rate | None:
        """Answer as `Driver` does; of a day that has not come nobody is asked."""
        if driver == self.name and on is not None:
            today = self.profile.today()
            if on > today and on > latest_today():
                from forexhooks.rates.unavailable import in_the_future

                raise in_the_future(self.name, base, quote, on, today)
        if driver == self.name and on is None and base != quote and not how().anew:
            listed = self._listed()
            # What ended, or was suspended, has an error of its own.
            if not {base, quote} <= {*listed, *ENDED, *SUSPENDED} and listed:
                from forexhooks.rates.unavailable import unsupported

                raise unsupported(self.name, base, quote, on, listed)
        return super().forex_get_rate(driver, base, quote, on, max_gap, series)

    @hookimpl
    def forex_currencies(self, driver: str) -> Collection[str] | None:
        """List `currencies()`, which are asked for once a day."""
        if driver != self.name:
            return None
        listed = frozenset() if how().anew else self._listed()
        if not listed:
            listed = frozenset(self.currencies())
            self._codes = listed, monotonic() + LISTED_FOR
        return listed

    def _listed(self) -> frozenset[str]:
        """The codes as they were listed within a day; empty where they were not. Asks nobody."""
        codes, until = self._codes
        if codes and monotonic() < until:
            return codes
        if not self._looked_up_codes:
            self._looked_up_codes = True
            try:
                with asking(listing=True, offline=True):
                    codes = frozenset(self.currencies())
            except Exception as error:  # noqa: BLE001 - whatever it is, nothing is known
                raise_from_outside(error)
                return frozenset()
            self._codes = codes, monotonic() + LISTED_FOR
            return codes
        return frozenset()

    def _fetched(
        self, codes: frozenset[str], start: date | None, end: date | None, series: str | None
    ) -> RateTable:
        with self.http.question() as answers:
            try:
                table = super()._fetched(codes, start, end, series)
                if table.newest is None:
                    self.http.doubt(answers)
                return table
            except (ForexError, OSError):
                raise
            except Exception as error:
                raise_from_outside(error)
                if _is_of_the_machine(error):
                    raise
                # To read an answer in `observations` is as good as in a function of its own.
                malformed = self.http.malformed("an answer", error)
            raise malformed

    def _second_hand(self) -> SecondHand | None:
        return self.http.second_hand()

    def close(self) -> None:
        """Close the connections."""
        self.http.close()


def _is_of_the_machine(error: Exception) -> bool:
    """Whether it says what this machine lacks, a time zone or a home folder: no answer did that."""
    from zoneinfo import ZoneInfoNotFoundError

    return isinstance(error, ZoneInfoNotFoundError) or (
        isinstance(error, RuntimeError) and "home directory" in str(error)
    )
