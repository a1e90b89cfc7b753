"""ForexService: what `open()` returns for a driver, for several in order, and for a lock.

It is one class because it is the public face: more than half of it documents its methods.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, NoReturn

from forexhooks.currencies import CODES, SUBUNITS, is_currency, parse_code
from forexhooks.errors import (
    CurrencyError,
    DateError,
    DriverError,
    ForexError,
    LockError,
    RateError,
    StaleRateWarning,
)
from forexhooks.rates.decimals import check_rounding, exact_amount
from forexhooks.rates.question import check_options, check_span, several
from forexhooks.rates.subunits import in_subunits, parent_of
from forexhooks.support.context import asking_for, collected_stale

if TYPE_CHECKING:
    from forexhooks.rates.history import History
    from forexhooks.rates.observations import Pair
    from forexhooks.rates.profile import Profile
    from forexhooks.rates.rate import Rate
    from forexhooks.rates.rule import Rule
    from forexhooks.rates.table import RateTable
    from forexhooks.rates.update import Update
    from forexhooks.service.joined_history import Answered
    from forexhooks.support.context import Progress

Answer = "Rate | ForexError"


class ForexService(ABC):
    """Rates of one driver, of several in order, or of a lock. Made by `open()`.

    Currency codes may be in lower case. Threads may share a service. A stale rate is marked, and
    `StaleRateWarning` is issued once. If a driver raises an exception that is not a `ForexError`,
    you get a `DriverError` with the original as its cause.
    """

    def __init__(self, drivers: Sequence[str]) -> None:
        self.drivers: tuple[str, ...] = tuple(drivers)
        """The names of the drivers in order of preference, with their series if any: `bcb:ask`."""
        name, colon, series = drivers[0].partition(":")
        self.driver: str = name
        """The driver's name without a series; with several drivers, the name of the first."""
        self._series: str | None = series if colon else None
        self._warned: str | None = None

    @property
    def profile(self) -> Profile:
        """What the driver covers, what it needs, and what it asks of its users."""
        return self._profile()

    @property
    def series(self) -> str | None:
        """The series that the service uses.

        With several drivers, the series of the first. None if the driver does not list several.
        """
        listed = self._series or self.profile.series
        return listed if isinstance(listed, str) else listed[0].name if listed else None

    @property
    def rule(self) -> Rule | None:
        """The rule that computes the rates; None for a driver, for several, and for a lock."""
        return None

    @abstractmethod
    def currencies(self) -> frozenset[str]:
        """List the currencies that you can ask for.

        Returns:
            The codes, in upper case; empty if the driver does not list them.

        Raises:
            DriverError: The provider failed.
        """

    def get_rate(
        self,
        base: str,
        quote: str,
        on: date | None = None,
        *,
        max_gap: int | None = None,
        max_age: timedelta | None = None,
    ) -> Rate:
        """Return what 1 unit of `base` costs in `quote`, on a day or the latest.

        A rate that should have been replaced by a newer one is marked `stale`, with one warning.

        Args:
            base: The currency to buy 1 unit of, as an ISO 4217 code like `USD`.
            quote: The currency to pay in.
            on: The day, as a `date`; None: the latest rate.
            max_gap: If there is no rate on that day, how many days to look back for the newest one.
                0: that day only. None: the driver's own, which is 7 for most daily drivers.
            max_age: Raise `StaleRateError` if a stale rate is older than this. If the driver has no
                profile, any rate can be too old. None: stale rates are only marked.

        Returns:
            The rate. `Rate.on` is the day it was published for, which may be earlier than `on`.

        Raises:
            CurrencyError: `base` or `quote` is not a known currency.
            DateError: `on` is not a `date`, or `max_gap` or `max_age` is invalid.
            UnsupportedPairError: The driver never has this pair.
            RateUnavailableError: There is no rate on that day; `reason` says why.
            StaleRateError: The rate is stale, and older than `max_age`.
            InvalidRateError: The driver returned something that is not the rate asked for.
            DriverError: The driver or its provider failed.
            UnknownDriverError: The driver has been unregistered.
        """
        rate = self._one(base, quote, on, max_gap, max_age)
        if rate.stale is not None:
            self.warn_of(rate.stale)
        return rate

    def get_rates(
        self,
        base: str,
        quotes: Iterable[str],
        on: date | None = None,
        *,
        max_gap: int | None = None,
        max_age: timedelta | None = None,
    ) -> dict[str, Rate]:
        """Return what 1 unit of `base` costs in each of `quotes`.

        A driver that publishes tables needs one request for all of them.

        Args:
            base: The currency to buy 1 unit of.
            quotes: The currencies to pay in; duplicates are ignored.
            on: The day; None: the latest rates.
            max_gap: As for `get_rate`, in days.
            max_age: As for `get_rate`.

        Returns:
            A dictionary from each code, in upper case, to its rate.

        Raises:
            ForexError: What `get_rate` raises, for the first quote that has no rate.
        """
        codes = several(quotes)
        check_options(on, max_gap, max_age)
        rates: dict[str, Rate] = {}
        for answer in self.rates_or_errors(base, codes, on, max_gap=max_gap, max_age=max_age):
            if isinstance(answer, ForexError):
                raise answer
            rates[answer.quote] = answer
        for rate in rates.values():
            if rate.stale is not None:
                self.warn_of(rate.stale)
        return rates

    def get_history(
        self,
        base: str,
        quote: str,
        start: date,
        end: date,
        *,
        progress: Progress | None = None,
    ) -> History:
        """Return every rate that was published from `start` to `end`.

        Nothing is carried forward: weekends and holidays are missing. If newer rates should be
        available by now, `History.stale` says so, with one warning.

        Args:
            base: The currency to buy 1 unit of.
            quote: The currency to pay in.
            start: The first day.
            end: The last day, included.
            progress: Called with the days done and their total, if the driver needs many requests.

        Returns:
            The rates in order of their days, as an immutable sequence. It is empty if nothing was
            published in that time; `get_rate` gives the reason.

        Raises:
            DateError: `end` is before `start`, or one of them is not a `date`.
            ForexError: What `get_rate` raises.
        """
        history = self.quiet_history(base, quote, start, end, progress=progress)
        if history.stale is not None:
            self.warn_of(history.stale)
        return history

    def convert(
        self,
        amount: Decimal | int | str | float,
        base: str,
        quote: str,
        on: date | None = None,
        *,
        max_gap: int | None = None,
        max_age: timedelta | None = None,
        places: int | None = None,
        rounding: str = ROUND_HALF_EVEN,
    ) -> Decimal:
        """Convert an amount of `base` into `quote`: one division, rounded once.

        Args:
            amount: How many units of `base`. A float counts as its shortest repr: 0.1 is exactly
                0.1.
            base: The currency of the amount.
            quote: The currency to convert into.
            on: The day; None: the latest rate.
            max_gap: As for `get_rate`, in days.
            max_age: As for `get_rate`.
            places: Decimal places of the result; None: those of the quote currency, as 2 for USD.
            rounding: One of the `decimal` module's rounding modes.

        Returns:
            The amount in `quote`.

        Raises:
            AmountError: `amount` is not a finite number below 1e30, or `places` or `rounding` is
                invalid.
            ForexError: What `get_rate` and `Rate.convert` raise.
        """
        exact = exact_amount(amount)
        check_rounding(rounding)
        rate = self._one(base, quote, on, max_gap, max_age)
        if rate.stale is not None:
            self.warn_of(rate.stale)
        return rate.convert(exact, places=places, rounding=rounding)

    def get_table(
        self,
        currencies: Iterable[str],
        start: date | None = None,
        end: date | None = None,
        *,
        progress: Progress | None = None,
    ) -> RateTable:
        """Return everything that was published for `currencies` from `start` to `end`.

        Give both days or neither.

        Args:
            currencies: The codes. The table may contain others, too.
            start: The first day; None: the latest rates only.
            end: The last day, included; None: the latest rates only.
            progress: Called with the days done and their total, if the driver needs many requests.

        Returns:
            The table. With several drivers, that of the first one that has one.

        Raises:
            CurrencyError: One of `currencies` is not a known currency.
            DateError: `end` is before `start`, or only one of them is given.
            DriverError: The driver has no tables, or failed.
            PluginError: An extension changes single rates and cannot change tables.
        """
        codes = several(currencies)
        if start is not None and end is not None:
            check_span(start, end)
        elif start is not end:
            raise DateError("give both start and end, or neither for the latest")
        table, stale = self._table(list(map(parent_of, codes)), start, end, progress)
        if stale is not None:
            self.warn_of(stale)
        return table

    @abstractmethod
    def update(self, *, full: bool = False, progress: Progress | None = None) -> Update:
        """Bring the driver's local store up to date.

        If it fails, rates still come from what is stored.

        Args:
            full: Download everything again, not only what is new.
            progress: Called with the bytes downloaded and their total.

        Returns:
            What was downloaded and what changed.

        Raises:
            DriverError: The driver keeps no store or cannot write it, or its provider failed.
        """

    # The methods below do not warn: their callers check for stale rates.

    def rates_or_errors(
        self,
        base: str,
        quotes: Sequence[str],
        on: date | None = None,
        *,
        max_gap: int | None = None,
        max_age: timedelta | None = None,
    ) -> list[Rate | ForexError]:
        """As `get_rates`, but return an error for each missing rate, and do not warn.

        Args:
            base: The currency to buy 1 unit of.
            quotes: The currencies to pay in.
            on: The day; None: the latest rates.
            max_gap: As for `get_rate`, in days.
            max_age: As for `get_rate`.

        Returns:
            A rate or an error for each quote, in their order, without duplicates.

        Raises:
            ForexError: The question as a whole is invalid, or the driver failed.
        """
        parents = [parent_of(quote) for quote in quotes]
        if parent_of(base) == base and parents == list(quotes):
            return self._rates(base, quotes, on, max_gap, max_age)
        found: list[Rate | ForexError] = []
        for quote in dict.fromkeys(quotes):
            try:
                found.append(self._one(base, quote, on, max_gap, max_age))
            except RateError as error:
                found.append(error)
        return found

    def quiet_history(
        self,
        base: str,
        quote: str,
        start: date,
        end: date,
        *,
        progress: Progress | None = None,
    ) -> History:
        """As `get_history`, but do not warn if it is stale.

        Args:
            base: The currency to buy 1 unit of.
            quote: The currency to pay in.
            start: The first day.
            end: The last day, included.
            progress: As for `get_history`.

        Returns:
            The rates in order of their days.

        Raises:
            ForexError: What `get_history` raises.
        """
        check_span(start, end)
        parents = parent_of(base), parent_of(quote)
        history = self._history(*parents, start, end, progress)
        if parents != (base, quote):
            history = history.in_subunits(self.check_code(base), self.check_code(quote))
        return history

    def histories_or_errors(
        self, base: str, quotes: Iterable[str], start: date, end: date
    ) -> list[History | ForexError]:
        """As `quiet_history` for each of several quotes, with an error for each that has none.

        A driver that publishes tables needs one request for all of them.

        Args:
            base: The currency to buy 1 unit of.
            quotes: The currencies to pay in.
            start: The first day.
            end: The last day, included.

        Returns:
            A history or an error for each quote, in their order.
        """
        quotes = list(quotes)
        found: list[History | ForexError] = []
        with asking_for(parent_of(code) for code in (base, *quotes)):
            for quote in quotes:
                try:
                    found.append(self.quiet_history(base, quote, start, end))
                except ForexError as error:
                    found.append(error)
        return found

    def rate_or_error(
        self, base: str, quote: str, on: date | None = None, *, max_gap: int | None = None
    ) -> Rate | ForexError:
        """As `get_rate`, but return the error instead of raising it, and do not warn.

        Args:
            base: The currency to buy 1 unit of.
            quote: The currency to pay in.
            on: The day; None: the latest rate.
            max_gap: As for `get_rate`, in days.

        Returns:
            The rate, or the error that `get_rate` raises.
        """
        try:
            return self._one(base, quote, on, max_gap, None)
        except ForexError as error:
            return error

    def _one(
        self,
        base: str,
        quote: str,
        on: date | None,
        max_gap: int | None,
        max_age: timedelta | None,
    ) -> Rate:
        """As `_rate`, but accept subunits such as GBX, too."""
        if base in CODES and quote in CODES:
            return self._rate(base, quote, on, max_gap, max_age)
        rate = self._rate(parent_of(base), parent_of(quote), on, max_gap, max_age)
        return in_subunits(rate, parse_code(base), parse_code(quote))

    def tables_in_turn(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        *,
        progress: Progress | None = None,
    ) -> Iterator[tuple[ForexService, RateTable | ForexError | None]]:
        """Yield each driver's service and its table, in order of preference.

        A driver is asked only when you reach it. The codes are not checked.

        Args:
            currencies: The codes, in upper case and without subunits.
            start: The first day; None: the latest rates only.
            end: The last day, included; None: the latest rates only.
            progress: Called with the days done and their total.

        Yields:
            The service of one driver with its table. None instead of a table: use `answers`, as the
            driver has no tables or needs a request for each day. With several drivers, an error
            instead of a table: that driver failed.

        Raises:
            ForexError: The only driver failed.
        """
        yield self, None

    def answers(
        self,
        questions: Mapping[Pair, Sequence[date]],
        max_gap: int | None,
        progress: Progress | None = None,
    ) -> dict[tuple[Pair, date], Rate | ForexError]:
        """Look up each pair on each of its days.

        Args:
            questions: For each pair of base and quote, its days.
            max_gap: As for `get_rate`, in days.
            progress: Called with the questions answered and their total.

        Returns:
            The rate for each pair and day, or the error that says why there is none.

        Raises:
            ForexError: The driver or the lock cannot be used at all.
        """
        parents = {pair: (parent_of(pair[0]), parent_of(pair[1])) for pair in questions}
        asked: dict[Pair, dict[date, None]] = {}
        for pair, days in questions.items():
            asked.setdefault(parents[pair], {}).update(dict.fromkeys(days))
        found = self._answers({pair: list(days) for pair, days in asked.items()}, max_gap, progress)
        answers: dict[tuple[Pair, date], Rate | ForexError] = {}
        for pair, days in questions.items():
            for day in days:
                answer = found[parents[pair], day]
                if not isinstance(answer, ForexError):
                    answer = in_subunits(answer, *pair)
                answers[pair, day] = answer
        return answers

    def _answers(
        self,
        questions: Mapping[Pair, Sequence[date]],
        max_gap: int | None,
        progress: Progress | None,
    ) -> dict[tuple[Pair, date], Rate | ForexError]:
        found: dict[tuple[Pair, date], Rate | ForexError] = {}
        by_day: dict[date, list[Pair]] = {}
        for pair, days in questions.items():
            for day in days:
                by_day.setdefault(day, []).append(pair)
        total = sum(map(len, by_day.values()))
        for day in sorted(by_day):
            codes = {code for pair in by_day[day] for code in pair}
            with suppress(ForexError):  # one request for the day, if the driver has tables
                self._table(list(codes), day, day, None)
            for pair in by_day[day]:
                try:
                    found[pair, day] = self._rate(*pair, day, max_gap, None)
                except LockError:
                    raise  # it is about no single pair or day
                except ForexError as error:
                    found[pair, day] = error
            if progress is not None:
                progress(len(found), total)
        return found

    def check_code(self, code: str) -> str:
        """Check a currency code and return it in upper case.

        Args:
            code: An ISO 4217 code, a subunit like `GBX`, or another code that the driver lists.

        Returns:
            The code in upper case.

        Raises:
            CurrencyError: Neither ISO 4217 nor the driver knows this code.
        """
        if type(code) is str and code in CODES:  # as most are
            return code
        parsed = parse_code(code)
        if parsed in CODES or is_currency(parsed) or parsed in SUBUNITS:
            return parsed
        known = self.currencies()
        if parsed in known:
            return parsed
        from forexhooks.currencies.suggestions import did_you_mean_code

        raise CurrencyError(
            f"unknown currency {code!r}{did_you_mean_code(parsed, known)}; "
            f"give an ISO 4217 code like USD, or one that {self.driver} lists"
        )

    def __reduce__(self) -> NoReturn:
        names = ", ".join(map(repr, self.drivers))
        raise TypeError(
            f"a service cannot be pickled: call forexhooks.open({names}) in the other process"
        )

    def warn_of(self, stale: str, *, stacklevel: int = 3) -> None:
        """Issue `StaleRateWarning`, unless the last warning said the same.

        Args:
            stale: What is stale: the message of the warning.
            stacklevel: As for `warnings.warn`.
        """
        if stale != self._warned:
            self._warned = stale
            collected = collected_stale()
            if collected is None:
                warnings.warn(stale, StaleRateWarning, stacklevel=stacklevel)
            else:
                collected.append(stale)

    def currencies_or_errors(self) -> tuple[frozenset[str], dict[str, ForexError]]:
        """As `currencies`, with the errors of the drivers that could not list theirs.

        Returns:
            The codes, and for each driver that failed, its name and error.
        """
        return self.currencies(), {}

    def profiles(self) -> list[Profile]:
        """List the profile of each driver that is usable.

        Returns:
            The profiles, in order of preference.
        """
        return [self.profile]

    def noted(self, stale: str) -> str:
        """Add what you can do about stale rates to the description of what is stale.

        Args:
            stale: What a table says is stale.

        Returns:
            The complete message.
        """
        return stale

    def note(self, error: ForexError) -> None:  # noqa: B027 - most have nothing to add
        """Add to a table's error what is missing and what you can do about it.

        Args:
            error: The error; it is changed in place.
        """

    def refresh_once(self) -> None:  # noqa: B027 - most have nothing to refresh
        """Refresh at most once from now on, which keeps all answers consistent."""

    @abstractmethod
    def _profile(self) -> Profile: ...

    @abstractmethod
    def _rate(
        self,
        base: str,
        quote: str,
        on: date | None,
        max_gap: int | None,
        max_age: timedelta | None,
    ) -> Rate:
        """Check the question and answer it."""

    @abstractmethod
    def _rates(
        self,
        base: str,
        quotes: Sequence[str],
        on: date | None,
        max_gap: int | None,
        max_age: timedelta | None,
    ) -> list[Rate | ForexError]:
        """Answer several quotes with a rate or an error for each, in order, without duplicates."""

    @abstractmethod
    def _history(
        self, base: str, quote: str, start: date, end: date, progress: Progress | None
    ) -> History: ...

    def _answered(
        self, base: str, quote: str, start: date, end: date, progress: Progress | None
    ) -> Answered:
        """The history, and the days that `_rate` answers: by default those of the history."""
        from forexhooks.rates.history import day_of
        from forexhooks.service.joined_history import Answered

        history = self._history(base, quote, start, end, progress)
        return Answered(history, {day_of(rate).toordinal() for rate in history})

    def _table(
        self,
        currencies: Sequence[str],
        start: date | None,
        end: date | None,
        progress: Progress | None,
    ) -> tuple[RateTable, str | None]:
        """A table, and what is missing from it. By default the driver has no tables."""
        raise DriverError(
            f"{self.driver} has no tables: ask rate by rate, with get_rate", driver=self.driver
        )
