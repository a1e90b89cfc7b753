"""HttpDriver: the session, retries, time limits and error mapping that HTTP drivers share.

One class, as authors subclass it: all that they declare, call and override is on this page.
Nothing of it touches the network, or imports what does, before something is fetched.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from forexhooks.currencies import ENDED, SUSPENDED
from forexhooks.errors import ForexError, SettingsError
from forexhooks.http.addresses import check_declared, declares_any
from forexhooks.http.client import TIME_LIMIT, HttpClient
from forexhooks.http.code_list import CodeList
from forexhooks.http.declared import declared_observations, fetched_rows
from forexhooks.http.replies import csv_of, document_of, json_of
from forexhooks.plugins.driver import Driver, called_as, with_or_without_series
from forexhooks.plugins.hookspecs import hookimpl
from forexhooks.rates.profile import refuse_future
from forexhooks.support.context import how
from forexhooks.support.outside import raise_from_outside
from forexhooks.support.settings import (
    checked_base_url,
    checked_seconds,
    missing_setting,
    read_settings,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import date

    from forexhooks.errors import DriverError
    from forexhooks.http import replies
    from forexhooks.http.bad_rows import Row
    from forexhooks.http.request import Request
    from forexhooks.plugins.table_cache import SecondHand
    from forexhooks.rates.rate import Observation, Rate
    from forexhooks.rates.table import RateTable


class HttpDriver(Driver):
    """A `Driver` whose observations come over HTTP: declare addresses, and `read` what they answer.

    `base_url` asks another host in its place, and then no other one by a redirect either;
    `time_limit` is how many seconds a question may take as a whole. Both are settings:
    `FOREXHOOKS_ACME_BASE_URL`, `FOREXHOOKS_ACME_TIME_LIMIT`. Raises `SettingsError` for what is no
    address or no number above 0, `TypeError` for a class that has neither `observations` nor an
    address to ask for the latest.

    >>> from forexhooks import Profile
    >>> class Acme(HttpDriver):
    ...     name = "acme"
    ...     profile = Profile(title="Acme Bank", pivot="USD")
    ...     BASE_URL = "https://rates.acme.example"
    ...     all_at_once = True
    ...     latest = "/rates"
    ...     between = "/rates?from={start}&to={end}"
    ...
    ...     def read(self, document):
    ...         for row in document["rates"]:
    ...             yield row["day"], "USD", row["code"], row["rate"]
    """

    BASE_URL: str
    """The provider's address, to which the paths are appended."""

    latest: ClassVar[str | None] = None
    """The path of the latest rates; `None`: they are asked for as those of the last days are."""

    recent: ClassVar[tuple[str, int] | None] = None
    """The path of a file of the last days, and how many it is sure to have."""

    between: ClassVar[str | tuple[str, int] | None] = None
    """The path of a span, with `{start}` and `{end}`; and how many days it may have at most."""

    yearly: ClassVar[str | None] = None
    """The path of a year's file, with `{year}`."""

    daily: ClassVar[str | None] = None
    """The path of one day, with `{day}`."""

    no_data: ClassVar[str | None] = None
    """A text by which an answer 400 or 404 says that there are no rates on these days; `""`: any
    404 does."""

    begins_earlier: ClassVar[bool] = False
    """Whether an answer may have nothing but earlier days: it says that there are none."""

    blocked_for: ClassVar[float | None] = None
    """Seconds that the provider refuses after an answer 429 which does not say for how long."""

    beyond_iso: ClassVar[bool] = False
    """Whether rows of codes that ISO 4217 does not list are kept, as those of coins."""

    params: Mapping[str, str] = {}
    """What each declared address is asked with: the user's key, say."""

    headers: Mapping[str, str] = {}
    """What headers it is asked with."""

    def __init_subclass__(cls, **more: Any) -> None:
        """Check what the class declares. Raises `PluginError` naming what is wrong."""
        super().__init_subclass__(**more)
        check_declared(cls)

    def __init__(
        self, *, base_url: str | None = None, time_limit: float | str | None = None
    ) -> None:
        kind = type(self)
        if kind.observations is HttpDriver.observations and not declares_any(kind):
            raise TypeError(
                f"{kind.__name__} has neither observations nor an address to ask for the latest: "
                'give the class one, as latest = "/rates"'
            )
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
        self.http.blocked_for = self.blocked_for
        if kind.sign is not HttpDriver.sign:
            self.http.sign = self.sign
        self._code_list = CodeList()

    def read(self, document: Any) -> Iterable[Row]:
        """Yield the rows of an answer: day, base, quote and the value of 1 unit.

        A rate of a period has its last day besides; the day is the first then.
        `document` is what `parse` made of it. The day may be in ISO's text, and the value be text
        or a number as it came. A bad row costs its own currency, with a warning. Days that were
        not asked for are left out; an answer that has no other days is refused.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method read")

    def parse(self, reply: replies.Reply) -> Any:
        """Make a document of an answer: the root of XML, JSON, or the rows of CSV.

        Which it is its first character says. Override it where that is not all there is to it, as
        with `csv_of(reply, delimiter=";")`.
        """
        return document_of(reply)

    def refused(self, reply: replies.Reply, status: int) -> DriverError:
        """The error for an answer that refuses, by the status that it should have had.

        For `parse` to raise, where the body says what the status does not: 401, 403 for the key,
        429 for a limit that is used up, 503 for a fault that may pass.
        """
        return self.http.refusal(reply._replace(status=status), self.base_url)

    def sign(self, request: Request, key: Callable[[str], str]) -> Mapping[str, str]:
        """Give the headers that a request is signed with, as it is sent; by default none.

        Each request is signed anew, and no log, error, cache or recording has these headers.

        Args:
            request: its method, path with query, and content as they are sent, keys in them.
            key: gives the user's key of a setting that the method `key` was called with.

        Returns:
            The headers.

        """
        return {}

    def content(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> str | None:
        """Give the content that a declared address is asked with by POST; None, by default: GET.

        The days are those of the address, both None for the latest. `headers` says what it is.
        """
        return None

    @with_or_without_series
    def observations(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str | None = None,
    ) -> Iterable[Observation]:
        """Yield what the declared addresses have; `Driver.observations`."""
        return declared_observations(self, currencies, start, end, series)

    def fetch_rows(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        start: date | None = None,
        end: date | None = None,
        read: Callable[[Any], Iterable[Row]] | None = None,
        no_data: str | None = None,
        also: Collection[int] = (),
        series: str | None = None,
        **options: Any,
    ) -> list[Observation]:
        """Get the observations of one answer, by `parse` and `read`, bad rows left out.

        Args:
            path: what is asked for, below `base_url`.
            params: what the query of its address has.
            start: the first day that may be in it; None: any.
            end: the last; None: it is the latest that is asked for.
            read: a function to read it with in place of the method `read`.
            no_data: as the attribute, for this answer.
            also: statuses besides 200 that `parse` understands.
            series: the one to get, of rows that name one; those that name none are of it.
            options: those of `HttpClient.fetch`, which says what is raised.

        """
        by_series = fetched_rows(
            self,
            path,
            params,
            start=start,
            end=end,
            unnamed=series,
            read=read,
            no_data=no_data,
            also=also,
            **options,
        )
        return by_series.get(series, [])

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

    def pages(self, most: int = 100) -> Iterator[int]:
        """Count the pages of an answer, from 0, until you have had the last of them.

        All of them together have the time limit of one question. Raises `MalformedResponseError`
        where there are more than `most`, or one is the same as the one before it.
        """
        for number in range(most):
            last = self.http.last_content()
            yield number
            if number and last is not None and self.http.last_content() == last:
                raise self.http.endless(
                    self.base_url, f"page {number + 1} is the same as the one before it"
                )
        raise self.http.endless(self.base_url, f"there are more than {most} pages")

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

    def months(self, start: date, end: date) -> Iterator[tuple[date, date]]:
        """The months of a span, as `Driver.months`; each of them has the time limit anew."""
        for month in super().months(start, end):
            self.http.go_on()
            yield month

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
            refuse_future(on, self.profile.today(), self.name, base, quote)
        if driver == self.name and on is None and base != quote and not how().anew:
            listed = self._code_list.known(self.currencies)
            # What ended, or was suspended, has an error of its own.
            if not {base, quote} <= {*listed, *ENDED, *SUSPENDED} and listed:
                from forexhooks.rates.unavailable import unsupported

                raise unsupported(self.name, base, quote, on, listed)
        return super().forex_get_rate(driver, base, quote, on, max_gap, series)

    @hookimpl
    def forex_currencies(self, driver: str) -> Collection[str] | None:
        """List `currencies()`, which are asked for once a day."""
        return self._code_list.get(self.currencies) if driver == self.name else None

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
