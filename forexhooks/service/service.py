"""ForexService: the typed face of one driver."""

from __future__ import annotations

import sys
import warnings
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from forexhooks.currencies import CODES, is_currency
from forexhooks.errors import (
    CurrencyError,
    DateError,
    DriverError,
    ForexError,
    InvalidRateError,
    StaleRateWarning,
    TransientError,
    UnsupportedPairError,
    did_you_mean,
)
from forexhooks.plugins.relay import Relay
from forexhooks.rates.decimals import exact_amount
from forexhooks.rates.profile import Profile
from forexhooks.rates.question import Question, check_options, check_span, several
from forexhooks.rates.rate import Rate

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from datetime import date, timedelta

    from forexhooks.plugins.manager import ForexManager
    from forexhooks.rates.history import History
    from forexhooks.rates.rate import Update
    from forexhooks.rates.table import RateTable
    from forexhooks.support.context import Progress

P = ParamSpec("P")
T = TypeVar("T")


_LONGEST_TYPO = 6
_is_quiet: ContextVar[bool] = ContextVar("is_quiet", default=False)


@contextmanager
def without_warnings() -> Iterator[None]:
    """Within it, and in this thread, nobody is warned of stale rates: whoever asks looks."""
    token = _is_quiet.set(True)
    try:
        yield
    finally:
        _is_quiet.reset(token)


class ForexService:
    """One driver of a manager, ready to be asked. Made by `open()`.

    It follows its manager: once the driver is replaced the new one answers, once it is
    unregistered every question raises `UnknownDriverError`. What the driver raises that is no
    `ForexError` is raised as `DriverError`, with the original as its cause. Codes may be given in
    lower case. May be shared by threads.
    """

    def __init__(self, manager: ForexManager, driver: str, *, refresh: bool = False) -> None:
        self._manager = manager
        self._refresh = refresh
        self.driver = driver
        """The driver's name; of several that of the first."""
        self.drivers: tuple[str, ...] = (driver,)
        """The names of the drivers, in order of preference."""
        self._warned: str | None = None

    @property
    def profile(self) -> Profile:
        """What the driver covers, needs and asks of its users."""
        return self._profile()

    def currencies(self) -> frozenset[str]:
        """The codes that the driver knows; empty where it does not say."""
        return self._ask(Relay.currencies)

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
        return self._rate(base, quote, on, max_gap, max_age)

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
        quotes = several(quotes)
        base = self.check_code(base)
        codes = list(dict.fromkeys(map(self.check_code, quotes)))
        check_options(on, max_gap, max_age)
        for quote in codes[:1]:
            Question(self.driver, base, quote, on, max_gap).check_has_come(self._profile)
        asked = (base, codes, on, max_gap)
        answers = self._ask(Relay.get_rates, *asked)
        if self._refresh and any(map(_is_stale, answers)):
            answers = self._refreshed(lambda: self._ask(Relay.get_rates, *asked))
        rates = {}
        for quote, rate in zip(codes, answers, strict=True):
            question = Question(self.driver, base, quote, on, max_gap)
            rates[quote] = self._accepted(rate, question, max_age)
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
        day was observed, whatever the reason: `get_rate` says it. `progress(done, total)` is called
        with days where the driver needs many requests. Raises `DateError` where `end` is before
        `start`, else as `get_rate`.
        """
        base, quote = self.check_code(base), self.check_code(quote)
        check_span(start, end)
        from forexhooks.rates.history import History
        from forexhooks.support.context import reporting_to

        with reporting_to(progress):
            history = self._ask(Relay.get_history, base, quote, start, end)
        checked = (
            Question(
                self.driver, base, quote, rate.on if isinstance(rate, Rate) else start, 0
            ).checked(rate, self._profile)
            for rate in history
        )
        return History(checked, base=base, quote=quote, driver=self.driver)

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
        rate = self._rate(base, quote, on, max_gap, max_age)
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
        codes = [self.check_code(code) for code in several(currencies)]
        if start is not None and end is not None:
            check_span(start, end)
        elif start is not end:
            raise DateError("a table is of the days from start to end, or without both the latest")
        table = self._table(codes, start, end, progress)
        if table is None:
            raise DriverError(
                f"{self.driver} gives no tables: ask rate by rate, with get_rate",
                driver=self.driver,
            )
        return table

    def tables_in_turn(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        *,
        progress: Progress | None = None,
    ) -> Iterator[tuple[ForexService, RateTable | ForexError | None]]:
        """Each driver's own service with its table, in order of preference, each asked in its turn.

        In the place of a table is None where the driver has none, or where each day of it would
        cost a request; and of several drivers the error of one that failed. That of a single one
        is raised. The codes are taken as they are.
        """
        yield self, self._table_at_once(currencies, start, end, progress)

    def _table_at_once(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        progress: Progress | None,
    ) -> RateTable | None:
        if start is not None and self.profile.day_by_day:
            return None
        return self._table(currencies, start, end, progress)

    def _table(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        progress: Progress | None,
    ) -> RateTable | None:
        from forexhooks.support.context import reporting_to

        asked = (currencies, start, end)
        with reporting_to(progress):
            table = self._ask(Relay.get_table, *asked)
            if table is not None and self._refresh and table.stale(end):
                table = self._refreshed_table(table, lambda: self._ask(Relay.get_table, *asked))
        if table is not None:
            self._warn(table.stale(end))
        return table

    def _refreshed_table(
        self, table: RateTable, ask: Callable[[], RateTable | None]
    ) -> RateTable | None:
        if self._manager.settings.offline:
            return table
        from forexhooks.service.refresh import refresh

        refresh(self.driver, self._update_within)
        return ask()

    def _update_within(self, seconds: float) -> Update | None:
        return self._ask(Relay.update, full=False, progress=None, time_limit=seconds)

    def update(self, *, full: bool = False, progress: Progress | None = None) -> Update:
        """Bring the driver's local store up to date, and say what came of it.

        `full` fetches all of it anew; `progress(done, total)` is called with bytes. Raises
        `DriverError` where the driver keeps no store or cannot write it, and as the driver does
        where its provider fails; rates are then answered from what there is.
        """
        update = self._ask(Relay.update, full=full, progress=progress, time_limit=None)
        if update is None:
            raise DriverError(
                f"{self.driver} keeps no store: there is nothing to update", driver=self.driver
            )
        return update

    def __repr__(self) -> str:
        return f"<ForexService of {self.driver}>"

    def _profile(self) -> Profile:
        return self._ask(Relay.profile) or Profile(title=self.driver)

    def _rate(
        self,
        base: str,
        quote: str,
        on: date | None,
        max_gap: int | None,
        max_age: timedelta | None,
    ) -> Rate:
        question = Question(self.driver, self.check_code(base), self.check_code(quote), on, max_gap)
        check_options(on, max_gap, max_age)
        rate = self._ask(Relay.get_rate, question.base, question.quote, on, max_gap)
        if self._refresh and _is_stale(rate):
            asked = (question.base, question.quote, on, max_gap)
            (rate,) = self._refreshed(lambda: [self._ask(Relay.get_rate, *asked)])
        return self._accepted(rate, question, max_age)

    def _refreshed(self, ask: Callable[[], list[Rate | None]]) -> list[Rate | None]:
        """What is answered once the driver's store was refreshed, where that is due.

        A rate that is still stale says why the last refresh failed, if it did.
        """
        if self._manager.settings.offline:
            return ask()
        from forexhooks.service.refresh import refresh

        last = refresh(self.driver, self._update_within)
        answers = ask()
        if last.failure is None:
            return answers
        failure = f"the refresh failed {last.ago()}: {last.failure}"
        return [
            rate._replace(stale=f"{rate.stale}; {failure}")
            if rate is not None and _is_stale(rate)
            else rate
            for rate in answers
        ]

    def _ask(
        self, question: Callable[Concatenate[Relay, P], T], *asked: P.args, **more: P.kwargs
    ) -> T:
        """Put a question to the driver, under a lease on the catalog of this moment."""
        catalog = self._manager.catalog
        try:
            relay = catalog.relay(self.driver)
            if relay is None:
                raise self._manager.unknown_driver(self.driver)
            if self._manager.is_offline:
                from forexhooks.support.context import switched_off

                with switched_off():
                    return question(relay, *asked, **more)
            return question(relay, *asked, **more)
        except ForexError:
            raise
        except (Exception, SystemExit) as error:
            raise self._failed(error, relay) from error
        finally:
            del catalog  # a kept traceback must not keep the lease

    def _failed(self, error: BaseException, relay: Relay | None) -> DriverError:
        may_pass = isinstance(error, TimeoutError | ConnectionError)
        kind = TransientError if may_pass else DriverError
        who = self.driver if relay is None else relay.raised_by(error)
        if who != self.driver:
            who = f"the extension {who}, around {self.driver},"
        return kind(f"{who} failed: {type(error).__name__}: {error}", driver=self.driver)

    def check_code(self, code: str) -> str:
        """The code in upper case. Raises `CurrencyError` for one that nobody lists."""
        try:
            upper = code.upper()
        except AttributeError:
            raise CurrencyError(f"a currency code is a text like 'USD', not {code!r}") from None
        if upper in CODES or is_currency(upper):
            return upper
        known = self.currencies()
        if upper in known:
            return upper
        # What is far from any code is none that was meant, and there may be very many of it.
        meant = did_you_mean(upper, CODES | known) if len(upper) <= _LONGEST_TYPO else ""
        raise CurrencyError(
            f"unknown currency {code!r}{meant}; "
            f"give an ISO 4217 code like USD, or one that {self.driver} lists"
        )

    def _accepted(
        self,
        rate: Rate | None,
        question: Question,
        max_age: timedelta | None,
    ) -> Rate:
        """The driver's answer, if it is valid and not too old; warned of if it is stale."""
        try:
            checked = question.checked(rate, self._profile)
        except (InvalidRateError, UnsupportedPairError) as error:
            spoilers = " or ".join(self._ask(Relay.spoilt_by, question))
            if not spoilers:
                raise
            raise InvalidRateError(
                f"{error}; but {question.driver} itself answered well: the fault is of {spoilers}, "
                "around it: an extension that wraps must return the rate that its yield gave, or "
                "an adjusted one",
                driver=question.driver,
                base=question.base,
                quote=question.quote,
                on=question.on,
            ) from error
        if max_age is not None:
            profile = self._ask(Relay.profile)
            today = (profile or self._profile()).today()
            question.check_age(checked, max_age, profile, today)
        self._warn(checked.stale)
        return checked

    def _warn(self, stale: str | None) -> None:
        if stale is not None and stale != self._warned and not _is_quiet.get():
            self._warned = stale
            warnings.warn(stale, StaleRateWarning, stacklevel=_levels_to_the_caller())


def _is_stale(rate: Rate | None) -> bool:
    # What a driver gives may be anything: it is checked later.
    return isinstance(rate, Rate) and rate.stale is not None


def _levels_to_the_caller() -> int:
    """How many calls up the first one is that is not of this package."""
    levels, frame = 1, sys._getframe(1)  # noqa: SLF001 - public by its documentation
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(
        "forexhooks."
    ):
        levels, frame = levels + 1, frame.f_back
    return levels
