"""ForexService: what `open()` returns, whoever answers: a driver, several in order, or a lock.

One class, as it is the public face: more than half of it is what its methods promise.
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
from forexhooks.support.context import collected_stale

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

    Codes may be given in lower case. May be shared by threads. A rate that is stale is marked, and
    warned of with `StaleRateWarning` once. What a driver raises that is no `ForexError` is raised
    as `DriverError`, with the original as its cause.
    """

    def __init__(self, drivers: Sequence[str]) -> None:
        self.drivers: tuple[str, ...] = tuple(drivers)
        """The names of the drivers, in order of preference, each as it is opened: `bcb:ask`."""
        self.driver: str = drivers[0].partition(":")[0]
        """The driver's name, without that of a series; of several that of the first."""
        self._series: str | None = drivers[0].partition(":")[2] or None
        self._warned: str | None = None

    @property
    def profile(self) -> Profile:
        """What the driver covers, needs and asks of its users."""
        return self._profile()

    @property
    def series(self) -> str | None:
        """The series it answers with; of several drivers the first's; None where one is all."""
        listed = self._series or self.profile.series
        return listed if isinstance(listed, str) else listed[0].name if listed else None

    @property
    def rule(self) -> Rule | None:
        """The rule that it answers by; None for that of a driver, of several, or of a lock."""
        return None

    @abstractmethod
    def currencies(self) -> frozenset[str]:
        """The codes that can be asked for; empty where the driver does not say."""

    def get_rate(
        self,
        base: str,
        quote: str,
        on: date | None = None,
        *,
        max_gap: int | None = None,
        max_age: timedelta | None = None,
    ) -> Rate:
        """Return what 1 unit of `base` costs in `quote`, on a day or (`on=None`) the latest.

        Where there was none on that day, the newest of the `max_gap` days before is carried
        forward (`None`: 7 for a daily driver), and `Rate.on` says its day. A rate that should
        have a successor by now is marked `stale` and warned of once; with `max_age` it raises
        `StaleRateError` if it is older than that.

        Raises `CurrencyError`, `DateError`, `UnsupportedPairError`, `RateUnavailableError` with
        its reason, `InvalidRateError` for an answer that is none, `DriverError` where the driver
        failed, `UnknownDriverError` where it is gone.
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
        """Return the rate of each quote, by its code: one request where the driver has tables.

        Raises as `get_rate` does, for the first quote that cannot be answered.
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
        """Return a rate for each day from `start` to `end`, both included, that was observed.

        In order of their days, nothing carried forward, as an immutable sequence; empty where no
        day was observed, whatever the reason: `get_rate` says it. Where days should be out by now
        that are not held, `History.stale` says so, and you are warned once.
        `progress(done, total)` is called with days where the driver needs many requests. Raises
        `DateError` where `end` is before `start`, else as `get_rate`.
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

        A float counts as its shortest repr. The result has the quote currency's minor units, or
        `places` decimal places. Raises `AmountError` for an amount that is not a finite number
        below 1e30, else as `get_rate` and `Rate.convert` do.
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
        """Return all that was observed for `currencies` from `start` to `end`, both included.

        Without days, the latest. It may hold more than was asked for, and of several drivers it is
        that of the first that gives one. `progress(done, total)` is
        called with days where the driver needs many requests. Raises `PluginError` where an
        extension wraps rates and not tables, `DriverError` where the driver has no tables or
        failed, `CurrencyError`, `DateError`.
        """
        codes = several(currencies)
        if start is not None and end is not None:
            check_span(start, end)
        elif start is not end:
            raise DateError("a table is of the days from start to end, or without both the latest")
        table, stale = self._table(list(map(parent_of, codes)), start, end, progress)
        if stale is not None:
            self.warn_of(stale)
        return table

    @abstractmethod
    def update(self, *, full: bool = False, progress: Progress | None = None) -> Update:
        """Bring the driver's local store up to date, and say what came of it.

        `full` fetches all of it anew; `progress(done, total)` is called with bytes. Raises
        `DriverError` where the driver keeps no store or cannot write it, and as the driver does
        where its provider fails; rates are then answered from what there is.
        """

    # What follows warns of nothing: whoever calls it looks at what is stale.

    def rates_or_errors(
        self,
        base: str,
        quotes: Sequence[str],
        on: date | None = None,
        *,
        max_gap: int | None = None,
        max_age: timedelta | None = None,
    ) -> list[Rate | ForexError]:
        """As `get_rates`, with the error in place of each rate that there is not.

        Raises what is wrong with the question as a whole, or with the driver.
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
        """As `get_history`, without a warning of what is stale."""
        check_span(start, end)
        parents = parent_of(base), parent_of(quote)
        history = self._history(*parents, start, end, progress)
        if parents != (base, quote):
            history = history.in_subunits(self.check_code(base), self.check_code(quote))
        return history

    def rate_or_error(
        self, base: str, quote: str, on: date | None = None, *, max_gap: int | None = None
    ) -> Rate | ForexError:
        """As `get_rate`, with the error where there is no rate, or the driver failed."""
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
        """As `_rate`, also of subunits."""
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
        """Each driver's own service with its table, in order of preference, each asked in its turn.

        In place of a table is None where it is to be asked with `answers`: there is none, or each
        day of it would cost a request; and of several drivers the error of one that failed. That of
        a single one is raised. The codes are taken as they are.
        """
        yield self, None

    def answers(
        self,
        questions: Mapping[Pair, Sequence[date]],
        max_gap: int | None,
        progress: Progress | None = None,
    ) -> dict[tuple[Pair, date], Rate | ForexError]:
        """The rate of each pair on each of its days, or why there is none; day after day."""
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
            with suppress(ForexError):  # one request for the day, where the driver has tables
                self._table(list(codes), day, day, None)
            for pair in by_day[day]:
                try:
                    found[pair, day] = self._rate(*pair, day, max_gap, None)
                except LockError:
                    raise  # it is of no pair and day
                except ForexError as error:
                    found[pair, day] = error
            if progress is not None:
                progress(len(found), total)
        return found

    def check_code(self, code: str) -> str:
        """The code in upper case. Raises `CurrencyError` for one that nobody lists."""
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
        """Warn of what is stale, once; `stacklevel` as `warnings.warn` has it."""
        if stale != self._warned:
            self._warned = stale
            collected = collected_stale()
            if collected is None:
                warnings.warn(stale, StaleRateWarning, stacklevel=stacklevel)
            else:
                collected.append(stale)

    def currencies_or_errors(self) -> tuple[frozenset[str], dict[str, ForexError]]:
        """As `currencies`, with the error of each driver of several that could not say."""
        return self.currencies(), {}

    def profiles(self) -> list[Profile]:
        """The profile of each driver that can be asked."""
        return [self.profile]

    def noted(self, stale: str) -> str:
        """What a table says is stale, with what to do about it."""
        return stale

    def note(self, error: ForexError) -> None:  # noqa: B027 - most have nothing to add
        """Have an error of a table say what is lacking, and what to do about it."""

    def refresh_once(self) -> None:  # noqa: B027 - most have nothing to refresh
        """Refresh at most once from now on, so that all answers are of one state of the store."""

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
        """Answer several quotes, in their order, each once: a rate or its error."""

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
        """A table, and what should be in it and is not. By default there is none to give."""
        raise DriverError(
            f"{self.driver} gives no tables: ask rate by rate, with get_rate", driver=self.driver
        )
