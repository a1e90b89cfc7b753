"""RateTable: observations, indexed to answer what one currency costs in another on a day.

The file is long because half of it is docstrings. `routes` has the ways from base to quote,
`periods` has periods, and `unavailable` the errors for missing rates.
"""

from __future__ import annotations

import os
from datetime import date
from functools import lru_cache, partial
from typing import TYPE_CHECKING, NoReturn
from weakref import proxy

from forexhooks.errors import DateError, DriverError, ForexError, InvalidRateError
from forexhooks.rates.decimals import (
    ONE,
    divide,
)
from forexhooks.rates.observations import observation, periods_of
from forexhooks.rates.profile import Profile, refuse_future
from forexhooks.rates.rate import Observation, Rate, fraction
from forexhooks.rates.routes import Link, best_legs, routes_between
from forexhooks.support.outside import raise_from_outside

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from forexhooks.rates.observations import Column, Pair
    from forexhooks.rates.routes import Route

    Adjust = Callable[[Rate], Rate]
    Legs = tuple[Observation, ...]

_ANSWERS_KEPT = 4096


class RateTable:
    """Observations of one driver, indexed to answer questions: direct, inverse or cross.

    Immutable. `currencies` has all codes that it knows, `newest` is the day of its newest
    observation.

    Args:
        observations: The observations, in any order; the same one may come twice.
        driver: The name of the driver that makes the table.
        profile: The driver's profile; None: one with defaults.
        currencies: Codes that the driver knows beyond those observed here.
        complete_to: The day up to which nothing more will be published; None: the day of the
            newest observation.
        is_extract: Whether the driver has other days too, so that a pair may begin earlier or end
            later than here.
        columns: Observations that are indexed already, like those of a store.
        adjust: The function of `adjusted`.
        kept_because: Why the provider could not be asked, if the table is made of responses that
            were cached earlier.
        series: The name of the series, if the driver lists several.
        opposite: If the observations are bids, the asks; if they are asks, the bids. An inverse
            is computed from these, or there is none.

    Raises:
        MalformedResponseError: Something is not an observation, a pair has two different values
            on one day, or its two directions contradict each other on a day.

    >>> from datetime import date
    >>> from decimal import Decimal
    >>> day = date(2026, 10, 30)
    >>> table = RateTable(
    ...     [
    ...         Observation(day, "EUR", "USD", Decimal("1.1172")),
    ...         Observation(day, "EUR", "CAD", Decimal("1.5606")),
    ...     ],
    ...     driver="ecb",
    ... )
    >>> print(table.get_rate("USD", "CAD", day))
    1 USD = 1.39689 CAD (2026-10-30, ecb, cross)
    """

    def __init__(
        self,
        observations: Iterable[Observation] = (),
        *,
        driver: str,
        profile: Profile | None = None,
        currencies: Collection[str] = (),
        complete_to: date | None = None,
        is_extract: bool = False,
        columns: Mapping[Pair, Column] | None = None,
        adjust: Callable[[Rate], Rate] | None = None,
        kept_because: str | None = None,
        series: str | None = None,
        opposite: Iterable[Observation] | None = None,
    ) -> None:
        given = dict(columns or {})
        own = profile.series[0] if profile and profile.series else None
        is_sided = opposite is not None or (own is not None and own.side != "mid")
        self._opposite: Mapping[Pair, Column] | None = None
        if is_sided:
            from forexhooks.rates.listed import sides

            side = None if own is None else own.side
            given, self._opposite = sides(observations, opposite or (), driver, side, given)
        elif observations != ():
            from forexhooks.rates.listed import listed

            given = {**listed(observations, driver), **given}
        self.driver = driver
        self.series: str | None = series
        self.profile: Profile = profile or Profile(title=driver)
        self._columns = given
        self._is_extract = is_extract
        self._kept_because = kept_because
        self._neighbours: dict[str, set[str]] = {code: set() for code in currencies}
        for base, quote in given if self._opposite is None else {**given, **self._opposite}:
            self._neighbours.setdefault(base, set()).add(quote)
            self._neighbours.setdefault(quote, set()).add(base)
        self.currencies: frozenset[str] = frozenset(self._neighbours)
        self._extent = None
        if any(map(periods_of, given.values())):
            from forexhooks.rates.periods import Extent

            self._extent = Extent.of(given.values())
            self.newest: date | None = self._extent.newest
        else:
            last = max((each.last for each in given.values()), default=None)
            self.newest = None if last is None else date.fromordinal(last)
        held = self._extent.last if self._extent else self.newest
        self._complete_to = max(filter(None, (held, complete_to)), default=None)
        self._routes: dict[Pair, list[list[Route]]] = {}
        self._adjust = adjust
        self._unread: frozenset[str] = frozenset()
        # A table never changes, so its answers can be kept; what depends on the clock is added
        # later. The proxy avoids a cycle: a store's table is large, and must be freed at once.
        self._answer = lru_cache(_ANSWERS_KEPT)(partial(RateTable._find, proxy(self)))

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a table of {self.driver} cannot be pickled: send list(table.observations()) "
            "instead, or get the table in the other process"
        )

    def knowing(self, currencies: Collection[str], *, unread: bool = False) -> RateTable:
        """Return a table that knows more codes, without observations of them.

        Args:
            currencies: the further codes.
            unread: whether they lack observations because those could not be read, which errors
                then say.

        Returns:
            A table with the same observations.
        """
        lacking = frozenset(currencies if unread else ())
        return self._but(self.currencies.union(currencies), self._adjust, lacking)

    def adjusted(self, adjust: Callable[[Rate], Rate]) -> RateTable:
        """Return a table whose answers an extension adjusts.

        For extensions that wrap `forex_get_table` as they wrap `forex_get_rate`. The observations
        stay as published. If the table is adjusted already, `adjust` gets the adjusted rates.

        Args:
            adjust: gets every rate that is asked for, that of a currency in itself too, and
                returns it unchanged or `rate.adjusted(value)`. If it returns anything but a rate
                of the same pair and day, the question raises `InvalidRateError`.

        Returns:
            A new table.

        >>> from datetime import date
        >>> from decimal import Decimal
        >>> day = date(2026, 10, 30)
        >>> table = RateTable([Observation(day, "EUR", "USD", Decimal("1.1172"))], driver="ecb")
        >>> dearer = table.adjusted(lambda rate: rate.adjusted(rate.value * 2))
        >>> print(dearer.get_rate("EUR", "USD", day))
        1 EUR = 2.2344 USD (2026-10-30, ecb, adjusted)
        """
        before = self._adjust
        return self._but(
            self.currencies, adjust if before is None else lambda rate: adjust(before(rate))
        )

    def _but(
        self,
        currencies: Collection[str],
        adjust: Adjust | None,
        unread: frozenset[str] = frozenset(),
    ) -> RateTable:
        table = RateTable(
            driver=self.driver,
            profile=self.profile,
            currencies=currencies,
            complete_to=self._complete_to,
            is_extract=self._is_extract,
            columns=self._columns,
            adjust=adjust,
            kept_because=self._kept_because,
            series=self.series,
            opposite=None if self._opposite is None else _observations(self._opposite),
        )
        table._unread = self._unread | unread
        return table

    def with_observations(
        self,
        observations: Iterable[Observation],
        *,
        profile: Profile,
        series: str,
        complete_to: date | None,
    ) -> RateTable:
        """Return a table of a series that was computed from this one, and is adjusted like it.

        Args:
            observations: those of the series.
            profile: the profile as it applies to the series.
            series: its name.
            complete_to: the day up to which nothing more will come.

        Returns:
            A new table.
        """
        return RateTable(
            observations,
            driver=self.driver,
            profile=profile,
            currencies=self.currencies,
            complete_to=complete_to,
            adjust=self._adjust,
            kept_because=self._kept_because,
            series=series,
        )

    @property
    def columns(self) -> Mapping[Pair, Column]:
        """The observations of each pair, in the direction published."""
        return self._columns

    @property
    def is_extract(self) -> bool:
        """Whether the driver has other days too."""
        return self._is_extract

    @property
    def complete_to(self) -> date | None:
        """The day up to which nothing more will be published."""
        return self._complete_to

    @property
    def observed(self) -> frozenset[str]:
        """The codes of which there is an observation."""
        return frozenset(code for pair in self._columns for code in pair)

    @property
    def is_adjusted(self) -> bool:
        """Whether an extension adjusts its answers."""
        return self._adjust is not None

    def observations(self) -> Iterator[Observation]:
        """Yield all observations as published, pair by pair, in order of their days."""
        return self.observations_of(date.min, date.max)

    def observations_of(self, start: date, end: date) -> Iterator[Observation]:
        """Yield the observations of these days, and those of each period that has one of them.

        Args:
            start: the first day.
            end: the last day, included.

        Returns:
            The observations as published, pair by pair, in order of their days.
        """
        first, last = start.toordinal(), end.toordinal()
        for pair, columns in self._columns.items():
            for day in columns.days(max(columns.first, first), min(columns.last, last)):
                yield observation(pair, columns, day)

    def get_rate(
        self, base: str, quote: str, on: date | None = None, max_gap: int | None = None
    ) -> Rate:
        """Return what 1 unit of `base` cost in `quote` on a day, carried forward if necessary.

        Args:
            base: a currency code.
            quote: a currency code.
            on: the day; None: the newest.
            max_gap: how many days an observation is carried forward at most; None: as many as the
                profile says.

        Returns:
            The rate, with the observations it was made of.

        Raises:
            UnsupportedPairError: the table does not know one of the codes.
            RateUnavailableError: there is no rate on that day; `reason` says why.
        """
        newest = self.newest
        if newest is not None and on is not None and on <= newest and base != quote:
            return self._answer(base, quote, on, max_gap)
        # Up to here the clock does not matter.
        if on is not None or base == quote:
            today = self.profile.today()
            if on is not None:
                refuse_future(on, today, self.driver, base, quote)
            if base == quote:
                self._check_known(base, quote, on)
                return self.given(Rate(base, quote, ONE, on or today, self.driver, (), on))
        # Which period is the latest depends on today's date.
        find = self._find if self._extent and on is None else self._answer
        rate = find(base, quote, on, max_gap)
        # If the table is short, its latest rate may not be the latest, even if the pair seems to
        # have ended.
        stale = self.stale() if on is None else self.stale_for(base, quote, on)
        return rate if stale is None else rate._replace(stale=stale)

    def history(self, base: str, quote: str, start: date, end: date) -> list[Rate]:
        """Return the rates of the days, or periods, that were observed.

        Args:
            base: a currency code.
            quote: a currency code.
            start: the first day.
            end: the last day, included.

        Returns:
            One rate for each day that was observed, in order; of periods one for each that has
            any of the days, so the first may begin before `start`.

        Raises:
            DateError: `end` is before `start`.
            UnsupportedPairError: the table does not know one of the codes.
        """
        if start > end:
            raise DateError(f"the end of the history, {end}, is before its start, {start}")
        self._check_known(base, quote, start)
        first, last = start.toordinal(), end.toordinal()
        if base == quote:
            links = [Link([each]) for each in self._columns.items() if base in each[0]]
            observed = {day for link in links for day in link.days(first, last)}
            days = map(date.fromordinal, sorted(observed))
            return [self.given(Rate(base, quote, ONE, on, self.driver, (), on)) for on in days]
        routes = self.routes(base, quote)
        if self._extent:
            from forexhooks.rates.periods import history_legs

            found: Iterable[Legs] = history_legs(routes, base, quote, first, last)
        else:
            links = [route[0] for group in routes for route in group]
            observed = {day for link in links for day in link.days(first, last)}
            found = (best_legs(routes, base, quote, day, day) for day in sorted(observed))
        return [
            self._rate(base, quote, max(leg.on for leg in legs), legs) for legs in found if legs
        ]

    def _find(self, base: str, quote: str, on: date | None, max_gap: int | None) -> Rate:
        self._check_known(base, quote, on)
        asked = on or (self._extent.latest if self._extent else self.newest) or self.profile.today()
        gap = self.profile.max_gap if max_gap is None else max_gap
        day = asked.toordinal()
        legs = best_legs(self.routes(base, quote), base, quote, day, day - gap)
        if on is None and self._extent:
            today = self.profile.today().toordinal()
            legs = best_legs(self.routes(base, quote), base, quote, today, today - gap) or legs
        if not legs:
            routes = [route for group in self.routes(base, quote) for route in group]
            is_whole = self._opposite is None and not self._is_extract
            if not routes and is_whole and {base, quote} <= self.observed:
                from forexhooks.rates.unavailable import unconnected

                raise unconnected(self.driver, base, quote, on)
            # Explain the failure of a way that had begun by then, if there is one.
            begun = (route for route in routes if all(link.first <= day for link in route))
            from forexhooks.rates.unavailable import unavailable

            raise unavailable(
                driver=self.driver,
                profile=self.profile,
                base=base,
                quote=quote,
                on=on,
                asked=asked,
                gap=gap,
                route=next(begun, routes[0] if routes else None),
                complete_to=self._complete_to,
                is_extract=self._is_extract,
                unread=self._unread & {base, quote},
                stale=self.stale_for(base, quote, asked),
            )
        return self._rate(base, quote, on, legs)

    def _check_known(self, base: str, quote: str, on: date | None) -> None:
        known = self._neighbours
        if base not in known or quote not in known:
            from forexhooks.rates.unavailable import unsupported

            raise unsupported(self.driver, base, quote, on, known, self.stale(on))

    def _rate(self, base: str, quote: str, on: date | None, legs: tuple[Observation, ...]) -> Rate:
        value = divide(*fraction(base, quote, legs))
        rate = Rate(base, quote, value, legs[0].on, self.driver, legs, on)
        if self._extent:
            from forexhooks.rates.periods import span_of

            day, until = span_of(legs)
            rate = rate._replace(on=day, until=until)
        inputs = tuple(each for leg in legs for each in leg.inputs)
        return self.given(rate._replace(inputs=inputs) if inputs else rate)

    def given(self, rate: Rate) -> Rate:
        """Return a rate as this table gives it: adjusted, if an extension adjusts it.

        Raises:
            InvalidRateError: the extension did not return a rate of the same pair and day.
            DriverError: the extension failed.
        """
        if self.series is not None:
            rate = rate._replace(series=self.series)
        if self._adjust is None:
            return rate
        try:
            adjusted = self._adjust(rate)
        except ForexError:
            raise
        except Exception as error:
            raise_from_outside(error)
            raise DriverError(
                f"an extension around {self.driver} failed{_place(error)} when it adjusted {rate}: "
                f"{type(error).__name__}: {error}",
                driver=self.driver,
            ) from error
        if isinstance(adjusted, Rate) and adjusted[:2] == rate[:2] and adjusted.on == rate.on:
            return adjusted
        raise InvalidRateError(
            f"{self.driver}: an extension adjusted {rate} to {adjusted}: it must return a rate of "
            "the same pair and day, adjusted or unchanged",
            driver=self.driver,
            base=rate.base,
            quote=rate.quote,
            on=rate.requested,
        )

    def routes(self, base: str, quote: str) -> list[list[Route]]:
        """Return the ways from base to quote, in groups; earlier groups are preferred.

        Within a group, the way with the newest day is taken. The table must know both codes.
        """
        try:
            return self._routes[base, quote]
        except KeyError:
            pass
        columns, pivot = self._columns, self.profile.pivot
        backward = columns if self._opposite is None else self._opposite
        groups = routes_between(columns, backward, self._neighbours, pivot, (base, quote))
        self._routes[base, quote] = groups
        return groups

    def stale(self, on: date | None = None) -> str | None:
        """Say what the table lacks to answer a question.

        Args:
            on: the day of the question; None: the latest.

        Returns:
            What should be published by now but is missing, in words; None if nothing is.
        """
        held = self._complete_to
        if held is None or self.newest is None or (on is not None and on <= held):
            return None
        due: object = self.profile.overdue(held, on)
        up_to = self.newest
        if self._extent and not self._extent.has_days:
            from forexhooks.rates.staleness import overdue_period

            due, up_to = overdue_period(self.profile, held, on), held
        if due is not None:
            said = f"{self.driver} holds rates up to {up_to}; the rate of {due} should be out"
            return said if self._kept_because is None else f"{said} ({self._kept_because})"
        return None

    def stale_for(self, base: str, quote: str, on: date | None = None) -> str | None:
        """Say what the table lacks to answer a question about one pair.

        Args:
            base: a currency code.
            quote: a currency code. A pair that has ended needs nothing after its end.
            on: the day of the question; None: the latest.

        Returns:
            As `stale` does.
        """
        stale, held = self.stale(on), self._complete_to
        if stale is None or held is None:
            return stale
        from forexhooks.rates.staleness import has_ended

        return (
            None if any(has_ended(each, self._columns, held) for each in (base, quote)) else stale
        )


def _place(error: Exception) -> str:
    """Where an extension's function failed, as it has no name of its own."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_code.co_filename == __file__:
        traceback = traceback.tb_next
    if traceback is None:
        return ""
    file = traceback.tb_frame.f_code.co_filename
    return f" in {os.path.basename(file)}, line {traceback.tb_lineno},"


def _observations(columns: Mapping[Pair, Column]) -> Iterator[Observation]:
    for pair, column in columns.items():
        for day in column.days(column.first, column.last):
            yield observation(pair, column, day)
