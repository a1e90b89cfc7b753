"""HttpDriver: the session, retries, time limits and error mapping that HTTP drivers share.

It is one class because authors subclass it: everything they declare, call or override is on this
page. Until something is fetched, it neither uses the network nor imports what does.
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
    """A `Driver` for a provider's web API: declare its addresses, and `read` its responses.

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

    Args:
        base_url: An address to ask instead of `BASE_URL`; redirects to other hosts are then
            refused. None: the setting `FOREXHOOKS_ACME_BASE_URL` (for the driver `acme`), else
            `BASE_URL`.
        time_limit: How many seconds a question may take as a whole. None: the setting
            `FOREXHOOKS_ACME_TIME_LIMIT`, else 10.

    Raises:
        SettingsError: `base_url` is not an address, or `time_limit` is not a number above 0.
        TypeError: The class has neither `observations` nor an address for the latest rates.
    """

    BASE_URL: str
    """The provider's address; the paths are appended to it."""

    latest: ClassVar[str | None] = None
    """The path of the latest rates; `None`: they are requested as rates of the last days."""

    recent: ClassVar[tuple[str, int] | None] = None
    """The path of a file with the last days, and how many days it has at least."""

    between: ClassVar[str | tuple[str, int] | None] = None
    """The path of a span of days, with `{start}` and `{end}`; optionally, its most days."""

    yearly: ClassVar[str | None] = None
    """The path of a file with one year, with `{year}`."""

    daily: ClassVar[str | None] = None
    """The path of one day, with `{day}`."""

    no_data: ClassVar[str | None] = None
    """A string in a 400 or 404 response that means there are no rates on these days.

    `""`: any 404 response means that.
    """

    empty_means_no_data: ClassVar[bool] = False
    """Whether an empty body with status 200 means that there are no rates on these days."""

    begins_earlier: ClassVar[bool] = False
    """Whether a response with nothing but earlier days means that there are no rates."""

    blocked_for: ClassVar[float | None] = None
    """For how many seconds the provider refuses requests after a 429 response that does not say."""

    beyond_iso: ClassVar[bool] = False
    """Whether to keep rows of codes that ISO 4217 does not list, such as cryptocurrencies."""

    params: Mapping[str, str] = {}
    """Query parameters to add to each declared address and by `fetch_rows`, such as a key."""

    headers: Mapping[str, str] = {}
    """Headers to send with each request to a declared address or by `fetch_rows`."""

    def __init_subclass__(cls, **more: Any) -> None:
        """Check what the class declares.

        Raises:
            PluginError: A declaration is wrong; the message says which.
        """
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
        """The provider's address, or the one that replaces it."""
        self.http.blocked_for = self.blocked_for
        if kind.sign is not HttpDriver.sign:
            self.http.sign = self.sign
        self._code_list = CodeList()

    def read(self, document: Any) -> Iterable[Row]:
        """Yield the rows of a response: day, base, quote and the value of 1 unit of base.

        The day may be a `date` or an ISO string, and the value a string or a number as received.
        For a rate that applies to a period, yield its first day as the day, and its last day as a
        fifth element. A bad row makes its currency unavailable, with a warning. Days outside the
        question are dropped; a response that has no others is refused.

        Args:
            document: What `parse` returned.

        Returns:
            The rows.
        """
        raise NotImplementedError(f"{type(self).__name__} has no method read")

    def parse(self, reply: replies.Reply) -> Any:
        """Parse a response: XML, JSON or CSV, depending on its first character.

        Override it if you need options, as in `csv_of(reply, delimiter=";")`.

        Args:
            reply: The response.

        Returns:
            The root element of XML, the document of JSON, or the rows of CSV.

        Raises:
            ValueError: The response is malformed.
        """
        return document_of(reply)

    def refused(self, reply: replies.Reply, status: int) -> DriverError:
        """Make the error for a response that is a refusal despite its status.

        Raise it in `parse` if only the body says that the request was refused.

        Args:
            reply: The response.
            status: The status that it should have had: 401 or 403 for a bad key, 429 for a limit
                that was reached, 503 for a temporary failure.

        Returns:
            The error, for you to raise.
        """
        return self.http.refusal(reply._replace(status=status), self.base_url)

    def sign(self, request: Request, key: Callable[[str], str]) -> Mapping[str, str]:
        """Return the headers that sign a request; by default none.

        Each request is signed when it is sent. These headers never appear in logs, errors, caches
        or recordings.

        Args:
            request: Its method, path with query, and content as they are sent, with the keys in
                them.
            key: Returns the user's key for a setting that you have passed to the method `key`
                before.

        Returns:
            The headers.
        """
        return {}

    def content(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> str | None:
        """Return the body to send to a declared address by POST; by default None, for GET.

        Declare its content type in `headers`.

        Args:
            currencies: The codes, in upper case.
            start: The first day of the address; None: the latest rates.
            end: The last day of the address; None: the latest rates.

        Returns:
            The body; None: send a GET request.
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
        """Yield the observations from the declared addresses, as `Driver.observations` does.

        Args:
            currencies: The codes, in upper case.
            start: The first day; None: the latest observations.
            end: The last day, included; None: the latest observations.
            series: One of the series that the profile lists; None: it lists none.

        Returns:
            The observations.

        Raises:
            DriverError: The provider failed.
        """
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
        """Fetch one response and read it with `parse` and `read`. Bad rows are left out.

        Args:
            path: The path, appended to `base_url`.
            params: Query parameters, besides those in the attribute `params`.
            start: The first day that was asked for; None: any.
            end: The last day that was asked for; None: the latest rates.
            read: A function to use instead of the method `read`.
            no_data: For this response, instead of the attribute `no_data`.
            also: Statuses besides 200 that `parse` handles.
            series: The series to return. Rows that name no series belong to it.
            **options: Passed on to `HttpClient.fetch`; `headers` besides those in the attribute.

        Returns:
            The observations.

        Raises:
            DriverError: The provider failed; `HttpClient.fetch` lists the kinds of failure.
        """
        by_series = fetched_rows(
            self,
            path,
            params,
            start=start,
            end=end,
            unnamed=series,
            read=read,
            no_data=self.no_data if no_data is None else no_data,
            also=also,
            **options,
        )
        return by_series.get(series, [])

    def key(self, setting: str, value: str | None) -> str:
        """Return a placeholder to put in `params` or `headers` where the user's key belongs.

        Args:
            setting: The name of the setting that has the key.
            value: The key; None: read it from the setting.

        Returns:
            The placeholder.

        Raises:
            SettingsError: There is no key, or it has invalid characters. The message says where to
                put it.
        """
        if value is None:
            value = read_settings().setting(self.name, setting)
        if value is None or not value.strip():
            raise missing_setting(self.name, setting, self.profile.key)
        if not (value.isascii() and value.strip().isprintable()):
            raise SettingsError(
                f"{self.name}: {setting} has characters that are not allowed in a key"
            )
        self.http.own_host = True  # the key must not be sent to any other host
        return self.http.hide(setting, value.strip())

    def fetch_json(self, path: str, params: Mapping[str, str] | None = None, **options: Any) -> Any:
        """Fetch a JSON document. Its numbers are Decimals.

        The same document may be returned again later: do not change it.

        Args:
            path: The path, appended to `base_url`.
            params: Query parameters.
            **options: Passed on to `HttpClient.fetch`.

        Returns:
            The document.

        Raises:
            DriverError: The provider failed; `HttpClient.fetch` lists the kinds of failure.
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
        """Fetch a CSV file.

        Args:
            path: The path, appended to `base_url`.
            params: Query parameters.
            columns: The columns that it must have.
            open_end: Whether the provider's files have no newline after the last line.
            **options: Passed on to `HttpClient.fetch`.

        Returns:
            The rows, as dictionaries from column to cell.

        Raises:
            MalformedResponseError: A column is missing, or the file is malformed.
            DriverError: The provider failed; `HttpClient.fetch` lists the kinds of failure.
        """
        parse = partial(csv_of, columns=tuple(columns), open_end=open_end)
        return self.http.fetch(path, params, parse=parse, **options)

    def pages(self, most: int = 100) -> Iterator[int]:
        """Count the pages of a paginated response, from 0, until `fetch_rows` finds one empty.

        Never compare the length of what `fetch_rows` returns with that of a full page: bad rows,
        unknown codes and days that were not asked for are left out of it. If you do not use
        `fetch_rows`, leave the loop after the last page. All pages together
        share the time limit of one question.

        Args:
            most: How many pages there may be.

        Yields:
            The number of the page to fetch.

        Raises:
            MalformedResponseError: There are more than `most` pages, or two in a row are the same.
        """
        for number in range(most):
            last = self.http.last_content()
            self.http.rows_read = None
            yield number
            if self.http.rows_read == 0:
                return
            if number and last is not None and self.http.last_content() == last:
                raise self.http.endless(
                    self.base_url, f"page {number + 1} is the same as the page before"
                )
        raise self.http.endless(self.base_url, f"there are more than {most} pages")

    def windows(self, start: date, end: date, days: int) -> Iterator[tuple[date, date]]:
        """Cut a long span, as `Driver.windows` does. The time limit starts anew for each part.

        Args:
            start: The first day.
            end: The last day, included.
            days: How many days a part has at most.

        Yields:
            The first and last day of each part.
        """
        for window in super().windows(start, end, days):
            self.http.go_on()
            yield window

    def years(self, start: date, end: date) -> Iterator[tuple[date, date]]:
        """Yield the years of a span, as `Driver.years` does. The time limit starts anew for each.

        Args:
            start: The first day.
            end: The last day, included.

        Yields:
            January 1 and December 31 of each year.
        """
        for year in super().years(start, end):
            self.http.go_on()
            yield year

    def months(self, start: date, end: date) -> Iterator[tuple[date, date]]:
        """Yield the months of a span, as `Driver.months` does. The time limit starts anew for each.

        Args:
            start: The first day.
            end: The last day, included.

        Yields:
            The first and last day of each month.
        """
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
        """Look up a rate as `Driver` does. The provider is never contacted for a future date.

        Args:
            driver: The name of the driver that is asked.
            base: The currency to buy 1 unit of, in upper case.
            quote: The currency to pay in, in upper case.
            on: The day; None: the latest.
            max_gap: How many days the rate may be older than `on`; None: as the profile says.
            series: One of the series that the profile lists; None: the first.

        Returns:
            The rate; None: another driver is asked.
        """
        if driver == self.name and on is not None:
            refuse_future(on, self.profile.today(), self.name, base, quote)
        if driver == self.name and on is None and base != quote and not how().anew:
            listed = self._code_list.known(self.currencies)
            # Ended and suspended currencies have an error of their own.
            if not {base, quote} <= {*listed, *ENDED, *SUSPENDED} and listed:
                from forexhooks.rates.unavailable import unsupported

                raise unsupported(self.name, base, quote, on, listed)
        return super().forex_get_rate(driver, base, quote, on, max_gap, series)

    @hookimpl
    def forex_currencies(self, driver: str) -> Collection[str] | None:
        """List the codes that the driver knows: `currencies()`, fetched at most once a day.

        Args:
            driver: The name of the driver that is asked.

        Returns:
            The codes; None: another driver is asked.
        """
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
                # `observations` may parse a response itself, instead of in `parse` and `read`.
                malformed = self.http.malformed("an answer", error)
            raise malformed

    def _observed(
        self, codes: frozenset[str], start: date | None, end: date | None, series: str | None
    ) -> list[Observation]:
        # The latest of a suspended currency may be empty, but not those of all currencies.
        with self.http.postponing() as faults:
            observed = super()._observed(codes, start, end, series)
        if faults and not observed:
            raise faults[0]
        return observed

    def _second_hand(self) -> SecondHand | None:
        return self.http.second_hand()

    def _unread(self) -> set[str]:
        return self.http.unread()

    def close(self) -> None:
        """Close the connections."""
        self.http.close()


def _is_of_the_machine(error: Exception) -> bool:
    """Whether the error is about this machine, not a response: no time zone or home folder."""
    from zoneinfo import ZoneInfoNotFoundError

    return isinstance(error, ZoneInfoNotFoundError) or (
        isinstance(error, RuntimeError) and "home directory" in str(error)
    )
