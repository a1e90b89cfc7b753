"""Driver: write one method, `observations`, and every hook follows.

It is one class because authors subclass it: everything they call or override is on this page.
`table_cache` keeps the tables, and `rates/table.py` answers from them.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from datetime import date, timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Self

from forexhooks.currencies import CODES, is_currency
from forexhooks.errors import (
    MalformedResponseError,
    RateUnavailableError,
    UnavailableReason,
)
from forexhooks.plugins.hookspecs import hookimpl
from forexhooks.plugins.table_cache import FOR_GOOD, Held, SecondHand, TableCache, has_seen
from forexhooks.rates.table import RateTable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from typing import Concatenate, ParamSpec, TypeVar

    from forexhooks.rates.profile import Profile
    from forexhooks.rates.rate import Observation, Rate
    from forexhooks.rates.update import Update
    from forexhooks.support.context import Progress
    from forexhooks.support.settings import Settings

    _Function = TypeVar("_Function", bound=Callable[..., object])
    _Self = TypeVar("_Self")
    _More = ParamSpec("_More")
    _Given = TypeVar("_Given")
    _Method = Callable[Concatenate[_Self, Collection[str], date | None, date | None, _More], _Given]

_ONE_DAY = timedelta(days=1)


def called_as(names: Callable[..., None]) -> Callable[[_Function], _Function]:
    """Have pluggy pass all the arguments that `names` declares.

    Pluggy passes no argument that has a default. An argument that was added later has one, for the
    sake of older subclasses.
    """

    def marked(function: _Function) -> _Function:
        vars(function)["__wrapped__"] = names
        return function

    return marked


def with_or_without_series(
    method: _Method[_Self, _More, _Given],
) -> _Method[_Self, ..., _Given]:
    """Have type checkers accept overrides with the argument `series` and without it.

    Only a driver that lists several series needs it; such a driver gets it with each call.
    """
    return method


class _NoRatesError(MalformedResponseError):
    """There is not one rate among the latest of all currencies."""


class Driver(ABC):
    """The base class of drivers: give yours a `name`, a `profile` and `observations`.

    The latest rate, the rate of a day, batches, histories, inverse and cross rates all come from
    what `observations` yields. Tables are kept in memory; the least recently used are dropped
    first. The latest table is kept for the profile's `time_to_live`. A past day is kept for good
    once it is a week old and an observation for that day or a later one exists. An empty table is
    never kept for good.

    >>> from datetime import date
    >>> from decimal import Decimal
    >>> from forexhooks import Observation, Profile
    >>> class Acme(Driver):
    ...     name = "acme"
    ...     profile = Profile(title="Acme Bank", pivot="USD")
    ...
    ...     def observations(self, currencies, start, end):
    ...         yield Observation(date(2026, 10, 30), "USD", "CAD", Decimal("1.3969"))
    """

    name: str
    """The driver's name: what `open()` takes."""

    profile: Profile
    """What the driver covers, what it needs, and what it asks of its users."""

    all_at_once: ClassVar[bool] = False
    """Whether `observations` always yields all currencies: one table then serves every question."""

    _tables: TableCache
    _tables_of: dict[str, TableCache]
    _process: int

    # Not in __init__: a subclass may forget to call that.
    def __new__(cls, *_args: Any, **_settings: Any) -> Self:
        """Make a driver that holds no tables yet."""
        self = super().__new__(cls)
        self._tables = TableCache()
        self._tables_of = {}  # for series other than the first
        self._renew()
        return self

    def _renew(self) -> None:
        """Make the locks."""
        for tables in (self._tables, *self._tables_of.values()):
            tables.renew()
        self._process = os.getpid()

    def _renew_after_fork(self) -> None:
        """Make new locks after a fork: those of the parent may be held for ever."""
        if self._process != os.getpid():
            self._renew()

    @with_or_without_series
    @abstractmethod
    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterable[Observation]:
        """Yield what was published for `currencies` from `start` to `end`.

        Yield each observation in the direction in which it was published. Their order does not
        matter, and you may yield more than was asked for. If the profile lists several series, add
        an argument `series`: each call passes the name of one.

        Args:
            currencies: The codes, in upper case.
            start: The first day; None: the latest observations.
            end: The last day, included; None: the latest observations.

        Returns:
            The observations. If they apply to periods, all whose period includes one of the days,
            even if it begins before `start`.

        Raises:
            DriverError: The provider failed.
        """

    def currencies(self) -> Collection[str]:
        """List the codes that the driver knows: by default those of its latest observations.

        Returns:
            The codes, in upper case.

        Raises:
            DriverError: The provider failed.
        """
        return self.table(CODES, None, None).currencies

    def windows(self, start: date, end: date, days: int) -> Iterator[tuple[date, date]]:
        """Cut the days from `start` to `end` into spans of at most `days` days, in order.

        Use it if the provider limits how many days you can ask for at once. It reports progress to
        the caller.

        Args:
            start: The first day.
            end: The last day, included.
            days: How many days a span has at most.

        Yields:
            The first and last day of each span.
        """
        from forexhooks.support.context import report

        for first in range(start.toordinal(), end.toordinal() + 1, days):
            last = min(end.toordinal(), first + days - 1)
            yield date.fromordinal(first), date.fromordinal(last)
            report(last - start.toordinal() + 1, end.toordinal() - start.toordinal() + 1)

    def years(self, start: date, end: date) -> Iterator[tuple[date, date]]:
        """Yield the years that have days from `start` to `end`, in order.

        Use it if the provider has a file for each year; pass its last day to `fetch` as `end`. It
        reports progress to the caller.

        Args:
            start: The first day.
            end: The last day, included.

        Yields:
            January 1 and December 31 of each year.
        """
        from forexhooks.support.context import report

        for year in range(start.year, end.year + 1):
            yield date(year, 1, 1), date(year, 12, 31)
            report(year - start.year + 1, end.year - start.year + 1)

    def months(self, start: date, end: date) -> Iterator[tuple[date, date]]:
        """Yield the months that have days from `start` to `end`, in order.

        Use it as `years`, if the provider has a file for each month.

        Args:
            start: The first day.
            end: The last day, included.

        Yields:
            The first and last day of each month.
        """
        from forexhooks.support.context import report

        first, last = (12 * day.year + day.month - 1 for day in (start, end))
        for month in range(first, last + 1):
            begins, after = (date(each // 12, each % 12 + 1, 1) for each in (month, month + 1))
            yield begins, after - _ONE_DAY
            report(month - first + 1, last - first + 1)

    def update(
        self,
        *,
        full: bool = False,
        progress: Progress | None = None,
        time_limit: float | None = None,
    ) -> Update | None:
        """Bring the driver's local store up to date. By default a driver has none.

        Args:
            full: Download everything again, not only what is new.
            progress: Call it with the bytes downloaded and their total.
            time_limit: How many seconds the update may take; None: as long as you like.

        Returns:
            What was downloaded and what changed; None: there is no store.

        Raises:
            DriverError: The provider failed, or the store cannot be written.
        """
        return None

    def close(self) -> None:  # noqa: B027 - most drivers hold nothing
        """Release what the driver holds, such as connections. By default it holds nothing."""

    @with_or_without_series
    def table(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str | None = None,
    ) -> RateTable:
        """Return the observations for these currencies and days, from memory if they are there.

        Args:
            currencies: The codes, in upper case.
            start: The first day; None: the latest observations.
            end: The last day, included; None: the latest observations.
            series: One of the series that the profile lists; None: the first.

        Returns:
            The table, which may contain more than was asked for.

        Raises:
            UnknownSeriesError: The profile does not list `series`.
            DriverError: The provider failed.
        """
        profile = self.profile.of_series(series)
        if profile.series:
            series = profile.series[0].name
        if profile.latest_only:
            start = end = None
        if start is not None and profile.history_from is not None:
            # There are no rates before that day.
            start = max(start, profile.history_from)
        codes = CODES if self.all_at_once else frozenset(currencies)
        table = self._kept(codes, start, end, series)
        unknown = frozenset(currencies) - table.currencies
        if codes is CODES and start is not None and unknown:
            return table.knowing(self._known_among(unknown, start))
        return table

    def _known_among(self, unobserved: frozenset[str], start: date | None) -> frozenset[str]:
        """Those of the codes that the driver may know: it may have rates on other days."""
        from forexhooks.currencies.ended import ENDED

        try:
            return unobserved.intersection({*self.currencies(), *ENDED})
        except _NoRatesError:
            if start is None:
                raise
            # The latest rates do not say which codes exist, and these days have no rates.
            return unobserved

    def _tables_for(self, series: str | None) -> TableCache:
        if series is None or series == self.profile.series[0].name:
            return self._tables
        return self._tables_of.setdefault(series, TableCache())

    def _kept(
        self, codes: frozenset[str], start: date | None, end: date | None, series: str | None
    ) -> RateTable:
        from forexhooks.support.context import how

        tables = self._tables_for(series)
        if not how().anew:
            table = tables.find(codes, start, end, first_hand=how().first_hand)
            if table is not None:
                return table
        if end is not None:
            end = min(end, self.profile.today())
        self._renew_after_fork()
        fetch = partial(self._fetched, codes, start, end, series)
        return tables.in_one_flight((codes, start, end, how()), fetch, self.name)

    def _fetched(
        self, codes: frozenset[str], start: date | None, end: date | None, series: str | None
    ) -> RateTable:
        tables = self._tables_for(series)
        # Without tables that arrive during this fetch: they may have days that this one lacks.
        before = tables.held
        now = monotonic()
        table = self._fetch(codes, start, end, series)
        unread = self._unread()
        if unread:  # the driver has these currencies
            table = table.knowing({code for code in unread if is_currency(code)}, unread=True)
        may_change = end is None or end >= self.profile.today() - self.profile.corrected_within
        second_hand = self._second_hand()
        if second_hand is not None:
            expires = now + second_hand.seconds
        elif (
            may_change
            or unread
            or table.newest is None
            or not has_seen(end, (table, *(each.table for each in before)))
        ):
            expires = now + self.profile.time_to_live.total_seconds()
        else:
            expires = FOR_GOOD
        is_second_hand = second_hand is not None
        tables.keep(Held(codes, start, end, table, expires, is_second_hand))
        return table

    def _unread(self) -> set[str]:
        """Currencies of the last result that the provider has, in rows that cannot be read."""
        return set()

    def _second_hand(self) -> SecondHand | None:
        """Why the last result came from a cache, as the provider failed; None if it did not."""
        return None

    def _fetch(
        self, codes: frozenset[str], start: date | None, end: date | None, series: str | None
    ) -> RateTable:
        from forexhooks.support.context import how
        from forexhooks.support.logs import log

        if start is not None and end is not None and start > end:
            return RateTable(
                driver=self.name, profile=self.profile, currencies=codes, series=series
            )
        tables, profile = self._tables_for(series), self.profile.of_series(series)
        observations = self._observed(codes, start, end, series)
        other = profile.opposite()
        if other is not None:
            opposite = self._observed(codes, start, end, other)
        second_hand = self._second_hand()
        table_of = partial(
            lambda **more: RateTable(observations, **more),
            driver=self.name,
            profile=profile,
            series=series,
            opposite=None if other is None else opposite,
            is_extract=start is not None,
            complete_to=end if self._is_complete(end, tables, profile) else None,
            kept_because=None if second_hand is None else second_hand.because,
        )
        table = table_of()
        longer = None if how().anew else tables.longer(table, codes, start, end)
        if longer is not None:
            log().warning("%s returned less than before: the earlier result is kept", self.name)
            return longer
        if codes is CODES and start is None and table.newest is None:
            raise _NoRatesError(
                f"{self.name} returned no rates when asked for the latest of all currencies; "
                "upgrade the driver, or ask another",
                driver=self.name,
            )
        today = self.profile.today()
        if table.newest is not None and table.newest > today:
            if table.newest > today + timedelta(days=self.profile.ahead):
                raise MalformedResponseError(
                    f"{self.name} returned an observation for {table.newest}, which is in the "
                    f"future: today is {today}; the clock of this machine or of the provider is "
                    "wrong",
                    driver=self.name,
                )
            observations = [
                each for each in observations if each.on <= today
            ]  # keep only days that have begun
            table = table_of()
        unobserved = codes - table.currencies
        if unobserved and codes is not CODES:
            return table_of(currencies=self._known_among(unobserved, start))
        return table

    def _observed(
        self, codes: frozenset[str], start: date | None, end: date | None, series: str | None
    ) -> list[Observation]:
        """What `observations` yields, with the argument `series` if there are several."""
        named = {} if series is None else {"series": series}
        return list(self.observations(codes, start, end, **named))

    def _is_complete(self, end: date | None, tables: TableCache, profile: Profile) -> bool:
        """Whether all observations up to `end` have been published.

        It depends on what the provider has shown, not on the clock alone: a provider may be late.
        """
        if end is None or self._second_hand() is not None or end >= profile.newest_due():
            return False
        is_long_ago = end < self.profile.today() - self.profile.corrected_within
        return is_long_ago or has_seen(end + _ONE_DAY, (each.table for each in tables.held))

    @hookimpl
    def forex_driver_name(self) -> str:
        """Return the driver's name.

        Returns:
            The name that the class declares.

        Raises:
            TypeError: The class has no `name` or no `profile`.
        """
        for needed in ("name", "profile"):
            if not hasattr(self, needed):
                raise TypeError(f"{type(self).__name__} has no {needed}: give the class one")
        return self.name

    @hookimpl
    def forex_driver_profile(self, driver: str) -> Profile | None:
        """Return the profile.

        Args:
            driver: The name of the driver that is asked.

        Returns:
            The profile; None: another driver is asked.
        """
        return self.profile if driver == self.name else None

    @hookimpl
    def forex_currencies(self, driver: str) -> Collection[str] | None:
        """List the codes that the driver knows: `currencies()`.

        Args:
            driver: The name of the driver that is asked.

        Returns:
            The codes; None: another driver is asked.
        """
        return self.currencies() if driver == self.name else None

    @hookimpl
    @called_as(lambda self, driver, currencies, start, end, series: None)
    def forex_get_table(
        self,
        driver: str,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str | None = None,
    ) -> RateTable | None:
        """Return the table of these currencies and days: `table()`.

        Args:
            driver: The name of the driver that is asked.
            currencies: The codes, in upper case.
            start: The first day; None: the latest.
            end: The last day, included; None: the latest.
            series: One of the series that the profile lists; None: the first.

        Returns:
            The table; None: another driver is asked.
        """
        if driver != self.name:
            return None
        return self.table(currencies, start, end, **self._named(series))

    def _named(self, series: str | None) -> dict[str, str]:
        """The series as a keyword argument, if there are several."""
        listed = self.profile.series
        if listed:
            return {"series": series or listed[0].name}
        if series is not None:
            self.profile.of_series(series)  # raises an error that lists the series
        return {}

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
        """Look up a rate in the table of the days that it may be carried forward from.

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
        if driver != self.name:
            return None
        profile = self.profile
        named = self._named(series) if profile.series or series is not None else {}
        if named:
            profile = profile.of_series(series)
        if profile.day_by_day and on is not None and max_gap != 0:
            # Each day that it may be carried forward from costs a request.
            try:
                return self.table((base, quote), on, on, **named).get_rate(base, quote, on, 0)
            except RateUnavailableError as error:
                if error.reason is UnavailableReason.IN_THE_FUTURE:
                    raise
        gap = profile.max_gap if max_gap is None else max_gap
        start = on
        if on is not None:
            first = on.toordinal() - gap
            start = date.fromordinal(first if first > 0 else 1)
        pair = base, quote
        table = self.table(pair, start, on, **named) if named else self.table(pair, start, on)
        return table.get_rate(base, quote, on, max_gap)

    @hookimpl
    def forex_update(
        self, driver: str, full: bool, progress: Progress | None, time_limit: float | None
    ) -> Update | None:
        """Update the driver's store, if it has one: `update()`.

        Args:
            driver: The name of the driver that is asked.
            full: Download everything again, not only what is new.
            progress: Called with the bytes downloaded and their total.
            time_limit: How many seconds the update may take; None: no limit.

        Returns:
            What changed; None: there is no store, or another driver is asked.
        """
        if driver != self.name:
            return None
        return self.update(full=full, progress=progress, time_limit=time_limit)

    @hookimpl
    def forex_close(self) -> None:
        """Close the driver: `close()`."""
        self.close()


def made(driver: type[Driver], settings: Settings) -> Driver:
    """Make a driver, with its settings as keyword arguments. Raises what its constructor raises."""
    return driver(**settings.of_driver(driver.name, settings_of(driver)))


def settings_of(driver: type[Driver]) -> list[str]:
    """The names of a driver's settings: the keyword arguments of its constructor."""
    import inspect

    accepted: list[str] = []
    for kind in driver.__mro__:
        if "__init__" in vars(kind) and kind is not object:
            parameters = inspect.signature(vars(kind)["__init__"]).parameters.values()
            named = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
            plain = [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
            accepted += [*named, *plain[1:]]
            if not any(each.kind is each.VAR_KEYWORD for each in parameters):
                break  # arguments it does not name are not passed on
    return accepted
