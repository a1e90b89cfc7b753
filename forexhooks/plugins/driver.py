"""Driver: from one method, `observations`, to every hook.

One class, as authors subclass it: all that they call and override is on this page, with the way
from `observations` to a table. `table_cache` keeps the tables, `rates/table.py` answers from them.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from datetime import date, timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Self

from forexhooks.currencies import CODES
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
    """Have pluggy give all the arguments that `names` has.

    It gives none that has a default; and one that was added has a default, for subclasses that
    hand on what they know of.
    """

    def marked(function: _Function) -> _Function:
        vars(function)["__wrapped__"] = names
        return function

    return marked


def with_or_without_series(
    method: _Method[_Self, _More, _Given],
) -> _Method[_Self, ..., _Given]:
    """Have type checkers accept overrides that declare `series`, and such as do not.

    A driver of one series needs no such argument; one of several is given it with each call.
    """
    return method


class _NoRatesError(MalformedResponseError):
    """Among the latest of all currencies there is not one rate."""


class Driver(ABC):
    """A driver made of one method: give it a `name`, a `profile` and `observations`.

    Latest, on a day, batch, history, inverse and cross all follow from what `observations` yields.
    Tables are kept, the least recently used dropped: the latest for the profile's
    `time_to_live`; a past day for good, once it is a week ago and an observation on or after that
    day exists; that there is nothing at all, never for good.

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
    """What the driver covers, needs and asks of its users."""

    all_at_once: ClassVar[bool] = False
    """Whether `observations` yields all currencies whatever is asked: one table serves them all."""

    _tables: TableCache
    _tables_of: dict[str, TableCache]
    _process: int

    # Not in __init__, which a subclass may well forget to call.
    def __new__(cls, *_args: Any, **_settings: Any) -> Self:
        """Make a driver that holds no tables yet."""
        self = super().__new__(cls)
        self._tables = TableCache()
        self._tables_of = {}  # of other series than the first
        self._renew()
        return self

    def _renew(self) -> None:
        """Make the locks."""
        for tables in (self._tables, *self._tables_of.values()):
            tables.renew()
        self._process = os.getpid()

    def _renew_after_fork(self) -> None:
        """Make the locks anew after a fork: those of the parent may be held for ever."""
        if self._process != os.getpid():
            self._renew()

    @with_or_without_series
    @abstractmethod
    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterable[Observation]:
        """Yield what was published for `currencies` from `start` to `end`, both included.

        `start` and `end` both `None`: the latest. In the direction published, in any order; more
        than was asked for does no harm. Of periods all that have one of these days, also those that
        begin before. Where the profile lists several series, each call has the name of one besides,
        as `series`; else the method needs no such argument. Raises `DriverError` where the provider
        failed.
        """

    def currencies(self) -> Collection[str]:
        """The codes the driver knows. By default those among its latest observations."""
        return self.table(CODES, None, None).currencies

    def windows(self, start: date, end: date, days: int) -> Iterator[tuple[date, date]]:
        """Cut the days from `start` to `end` into spans of at most `days`, in order.

        For providers that answer so many at once; whoever waits is told how far it has come.
        """
        from forexhooks.support.context import report

        for first in range(start.toordinal(), end.toordinal() + 1, days):
            last = min(end.toordinal(), first + days - 1)
            yield date.fromordinal(first), date.fromordinal(last)
            report(last - start.toordinal() + 1, end.toordinal() - start.toordinal() + 1)

    def years(self, start: date, end: date) -> Iterator[tuple[date, date]]:
        """The years with days from `start` to `end`, each as its first day and its last, in order.

        For providers that have a file for each: its last day is the `end` of `fetch`. Whoever waits
        is told how far it has come.
        """
        from forexhooks.support.context import report

        for year in range(start.year, end.year + 1):
            yield date(year, 1, 1), date(year, 12, 31)
            report(year - start.year + 1, end.year - start.year + 1)

    def months(self, start: date, end: date) -> Iterator[tuple[date, date]]:
        """The months with days from `start` to `end`, each as its first and its last day, in order.

        As `years`, for providers that have a file for each month.
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
        """Bring a local store up to date. By default there is none: returns `None`.

        `full` asks for all of it anew; `progress` is called with the bytes so far and of how many;
        `time_limit` is in seconds for all of it.
        """
        return None

    def close(self) -> None:  # noqa: B027 - most drivers hold nothing
        """Give back what the driver holds. By default nothing."""

    @with_or_without_series
    def table(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str | None = None,
    ) -> RateTable:
        """The observations for these currencies and days, from memory where they are held.

        `series` is one of those that the profile lists, by default the first.
        """
        profile = self.profile.of_series(series)
        if profile.series:
            series = profile.series[0].name
        if profile.latest_only:
            start = end = None
        if start is not None and profile.history_from is not None:
            # Of the days before there is nothing to ask for.
            start = max(start, profile.history_from)
        codes = CODES if self.all_at_once else frozenset(currencies)
        table = self._kept(codes, start, end, series)
        unknown = frozenset(currencies) - table.currencies
        if codes is CODES and start is not None and unknown:
            return table.knowing(self._known_among(unknown, start))
        return table

    def _known_among(self, unobserved: frozenset[str], start: date | None) -> frozenset[str]:
        """Those of the codes that the driver may have: nothing on some days is not nothing ever."""
        from forexhooks.currencies.ended import ENDED

        try:
            return unobserved.intersection({*self.currencies(), *ENDED})
        except _NoRatesError:
            if start is None:
                raise
            # Which there are the latest does not say; of the days asked for there is none.
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
        # Not those that come while this one is fetched: they may know of days it lacks.
        before = tables.held
        now = monotonic()
        table = self._fetch(codes, start, end, series)
        may_change = end is None or end >= self.profile.today() - self.profile.corrected_within
        second_hand = self._second_hand()
        if second_hand is not None:
            expires = now + second_hand.seconds
        elif (
            may_change
            or table.newest is None
            or not has_seen(end, (table, *(each.table for each in before)))
        ):
            expires = now + self.profile.time_to_live.total_seconds()
        else:
            expires = FOR_GOOD
        is_second_hand = second_hand is not None
        tables.keep(Held(codes, start, end, table, expires, is_second_hand))
        return table

    def _second_hand(self) -> SecondHand | None:
        """Why what was just observed is what was kept from before; None where it is not."""
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
            log().warning("%s gave less than before: what it gave before is used", self.name)
            return longer
        if codes is CODES and start is None and table.newest is None:
            raise _NoRatesError(
                f"{self.name} gave no rate at all, asked for the latest of all currencies; "
                "upgrade the driver, or ask another",
                driver=self.name,
            )
        today = self.profile.today()
        if table.newest is not None and table.newest > today:
            if table.newest > today + timedelta(days=self.profile.ahead):
                raise MalformedResponseError(
                    f"{self.name} gave an observation of {table.newest}, a day that has not come: "
                    f"today is {today}; the clock of this machine is wrong, or the provider is",
                    driver=self.name,
                )
            observations = [each for each in observations if each.on <= today]  # others wait
            table = table_of()
        unobserved = codes - table.currencies
        if unobserved and codes is not CODES:
            return table_of(currencies=self._known_among(unobserved, start))
        return table

    def _observed(
        self, codes: frozenset[str], start: date | None, end: date | None, series: str | None
    ) -> list[Observation]:
        """What `observations` yields, of a series where there are several."""
        named = {} if series is None else {"series": series}
        return list(self.observations(codes, start, end, **named))

    def _is_complete(self, end: date | None, tables: TableCache, profile: Profile) -> bool:
        """Whether nothing more is to come for the days up to `end`.

        By what the provider has shown, and not by the clock alone: it may be late.
        """
        if end is None or self._second_hand() is not None or end >= profile.newest_due():
            return False
        is_long_ago = end < self.profile.today() - self.profile.corrected_within
        return is_long_ago or has_seen(end + _ONE_DAY, (each.table for each in tables.held))

    @hookimpl
    def forex_driver_name(self) -> str:
        """Name the driver. Raises `TypeError` where the class lacks its name or its profile."""
        for needed in ("name", "profile"):
            if not hasattr(self, needed):
                raise TypeError(f"{type(self).__name__} has no {needed}: give the class one")
        return self.name

    @hookimpl
    def forex_driver_profile(self, driver: str) -> Profile | None:
        """Give the profile."""
        return self.profile if driver == self.name else None

    @hookimpl
    def forex_currencies(self, driver: str) -> Collection[str] | None:
        """List `currencies()`."""
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
        """Give the table of these currencies and days."""
        if driver != self.name:
            return None
        return self.table(currencies, start, end, **self._named(series))

    def _named(self, series: str | None) -> dict[str, str]:
        """The series as an argument, where there are several."""
        listed = self.profile.series
        if listed:
            return {"series": series or listed[0].name}
        if series is not None:
            self.profile.of_series(series)  # which says what there is
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
        """Answer from the table of the days that the rate may be carried over."""
        if driver != self.name:
            return None
        profile = self.profile
        named = self._named(series) if profile.series or series is not None else {}
        if named:
            profile = profile.of_series(series)
        if profile.day_by_day and on is not None and max_gap != 0:
            # The days that it may be carried over from cost a request each.
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
        """Update the driver's store, if it has one."""
        if driver != self.name:
            return None
        return self.update(full=full, progress=progress, time_limit=time_limit)

    @hookimpl
    def forex_close(self) -> None:
        """Close the driver."""
        self.close()


def made(driver: type[Driver], settings: Settings) -> Driver:
    """Make a driver; its keyword arguments are its settings. Raises what its constructor raises."""
    return driver(**settings.of_driver(driver.name, settings_of(driver)))


def settings_of(driver: type[Driver]) -> list[str]:
    """The names of a driver's settings: the keyword arguments it is made with."""
    import inspect

    accepted: list[str] = []
    for kind in driver.__mro__:
        if "__init__" in vars(kind) and kind is not object:
            parameters = inspect.signature(vars(kind)["__init__"]).parameters.values()
            named = [each.name for each in parameters if each.kind is each.KEYWORD_ONLY]
            plain = [each.name for each in parameters if each.kind is each.POSITIONAL_OR_KEYWORD]
            accepted += [*named, *plain[1:]]
            if not any(each.kind is each.VAR_KEYWORD for each in parameters):
                break  # what it does not name it does not pass on
    return accepted
