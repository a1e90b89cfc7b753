"""DriverService: the service of one driver.

It is one class, as its siblings are: how each question is asked, when the store is refreshed, how
the answer is checked, and which plugin is blamed if it is wrong.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, TypeVar

from forexhooks.errors import (
    DriverError,
    ForexError,
    InvalidRateError,
    RateError,
    RateUnavailableError,
    TransientError,
    UnsupportedPairError,
)
from forexhooks.rates.profile import Profile, latest_today
from forexhooks.rates.question import Question, check_options
from forexhooks.rates.rate import Rate
from forexhooks.service.service import ForexService
from forexhooks.support.context import asked_for, limiter
from forexhooks.support.outside import raise_from_outside
from forexhooks.support.settings import is_offline

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from datetime import timedelta
    from typing import Protocol

    from forexhooks.errors import UnknownDriverError
    from forexhooks.plugins.catalog import Catalog
    from forexhooks.plugins.manager import ForexManager
    from forexhooks.plugins.relay import Relay
    from forexhooks.rates.history import History
    from forexhooks.rates.rule import Rule
    from forexhooks.rates.table import RateTable
    from forexhooks.rates.update import Update
    from forexhooks.service.joined_history import Answered
    from forexhooks.support.context import Progress
    from forexhooks.support.settings import Refresh

    class Plugins(Protocol):
        """What the service of a driver needs of a manager."""

        @property
        def catalog(self) -> Catalog:
            """The catalog to ask."""

        @property
        def is_offline(self) -> bool:
            """Whether no network is to be used."""

        @property
        def unknown_driver(self) -> Callable[[str], UnknownDriverError]:
            """The error to raise for a driver that is not there."""


T = TypeVar("T")


def service_of(manager: ForexManager, name: str, *, refresh: Refresh = False) -> ForexService:
    """The service for a name: of a driver, or of a rule."""
    registration = manager.catalog.registrations.get(name)
    if registration is None or not registration.is_rule:
        return DriverService(manager, name, refresh=refresh)
    from forexhooks.service.rule_service import RuleService

    return RuleService(manager, name, refresh=refresh)


def check_series(manager: ForexManager, name: str) -> str:
    """Check `driver` or `driver:series`, and return the short name if it is the first series.

    Raises:
        UnknownSeriesError: The driver does not list the series.
        ForexError: The driver cannot be used.
    """
    driver, colon, series = name.partition(":")
    if not colon:
        return name
    registration = manager.catalog.registrations.get(driver)
    if registration is not None and registration.is_rule:
        from forexhooks.rates.series import unknown_series

        raise unknown_series(driver, series, ())
    listed = DriverService(manager, driver).profile.series
    DriverService(manager, name).profile  # noqa: B018 - which looks the series up
    return driver if listed and listed[0].name == series else name


class DriverService(ForexService):
    """One driver of a manager.

    It follows its manager: after the driver is replaced, the new one answers; after it is
    unregistered, every question raises `UnknownDriverError`. `refresh` says what to do if the
    driver's store is not up to date: see `service/refresh.py`.
    """

    def __init__(self, manager: Plugins, driver: str, *, refresh: Refresh = False) -> None:
        super().__init__([driver])
        self._key = driver
        self._manager = manager
        self._refresh = refresh
        self._is_once = self._is_done = False
        self._kept_out: tuple[str, ...] = ()

    def keeps_store(self) -> bool:
        """Whether the driver answers from a store, without requests."""
        return self._ask(lambda relay: relay.keeps_store)

    def currencies(self) -> frozenset[str]:
        """List the codes that the driver knows; empty if it does not list them."""
        return self._ask_provider(lambda relay: relay.currencies())

    def tables_in_turn(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        *,
        progress: Progress | None = None,
    ) -> Iterator[tuple[ForexService, RateTable | ForexError | None]]:
        """Yield the driver's table; None if it has none, or needs a request for each day."""
        yield self, self._table_at_once(currencies, start, end, progress)

    def update(self, *, full: bool = False, progress: Progress | None = None) -> Update:
        """Bring the driver's local store up to date, and return what changed."""
        update = self._ask(
            lambda relay: relay.update(full=full, progress=progress, time_limit=None)
        )
        if update is None:
            raise DriverError(
                f"{self.driver} keeps no store: there is nothing to update", driver=self.driver
            )
        self._tell(update, full=full)
        return update

    def _tell(self, update: Update, *, full: bool) -> None:
        """Tell extensions what arrived, if any implements the hook for it."""
        if self._ask(lambda relay: relay.told_of_arrivals()):
            from forexhooks.service.arrivals import tell

            tell(self._ask, update, full=full)

    def rule_given(self) -> Rule | None:
        """The rule that the plugin defines, if it is a rule."""
        return self._ask(lambda relay: relay.rule())

    def __repr__(self) -> str:
        return f"<ForexService of {self.drivers[0]}>"

    def _profile(self) -> Profile:
        return self._ask(lambda relay: relay.profile()) or Profile(title=self.driver)

    def _rate(
        self,
        base: str,
        quote: str,
        on: date | None,
        max_gap: int | None,
        max_age: timedelta | None,
    ) -> Rate:
        base, quote = self.check_code(base), self.check_code(quote)
        question = Question(self.driver, base, quote, on, max_gap, self._series)
        check_options(on, max_gap, max_age)

        def ask(relay: Relay) -> Rate | RateError | None:
            try:
                return relay.get_rate(question.base, question.quote, on, max_gap)
            except RateError as error:
                return error

        answer = self._accepted(self._fresh(ask, _stale), question, max_age)
        if isinstance(answer, ForexError):
            raise answer
        return answer

    def _rates(
        self,
        base: str,
        quotes: Sequence[str],
        on: date | None,
        max_gap: int | None,
        max_age: timedelta | None,
    ) -> list[Rate | ForexError]:
        base = self.check_code(base)
        codes = list(dict.fromkeys(map(self.check_code, quotes)))
        check_options(on, max_gap, max_age)
        questions = [
            Question(self.driver, base, quote, on, max_gap, self._series) for quote in codes
        ]
        for question in questions[:1]:
            question.check_has_come(self._profile)
        answers = self._fresh(
            lambda relay: relay.get_rates(base, codes, on, max_gap),
            lambda found: next(filter(None, map(_stale, found)), None),
        )
        return [
            self._accepted(answer, question, max_age)
            for answer, question in zip(answers, questions, strict=True)
        ]

    def _history(
        self, base: str, quote: str, start: date, end: date, progress: Progress | None
    ) -> History:
        history, _ = self._observed(base, quote, start, end, progress)
        return history

    def _answered(
        self, base: str, quote: str, start: date, end: date, progress: Progress | None
    ) -> Answered:
        from forexhooks.service.joined_history import Answered, days_of

        profile, first = self.profile, start
        if not profile.day_by_day and self._ask(lambda relay: relay.has_table):
            first = date.fromordinal(max(1, start.toordinal() - profile.max_gap))
        history, is_of_table = self._observed(base, quote, first, end, progress)
        gap = profile.max_gap if is_of_table else 0
        days = days_of(history, gap, end)
        # What a table carries forward is known. Without a table, ask for each day.
        asked = [start] if profile.day_by_day and is_of_table else []
        if not is_of_table:
            last = min(end, latest_today()).toordinal()
            asked = list(map(date.fromordinal, range(start.toordinal(), last + 1)))
        for day in asked:
            if day.toordinal() not in days:
                answer = self.rate_or_error(base, quote, day)
                if isinstance(answer, DriverError):
                    raise answer
                if isinstance(answer, Rate):
                    days |= days_of([answer], gap, end) | {day.toordinal()}
        return Answered(history, days)

    def _observed(
        self, base: str, quote: str, start: date, end: date, progress: Progress | None
    ) -> tuple[History, bool]:
        """The days that were observed, and whether they are from a table."""
        from forexhooks.rates.history import History
        from forexhooks.support.context import reporting_to

        base, quote = self.check_code(base), self.check_code(quote)
        wanted = asked_for()
        if wanted:  # not what another driver of a chain has alone
            wanted &= self.currencies()
        with reporting_to(progress):
            rates, stale, is_of_table = self._fresh(
                lambda relay: relay.get_history(base, quote, start, end, wanted),
                lambda found: found[1],
            )
        checked = []
        for rate in rates:
            on = rate.on if isinstance(rate, Rate) else start
            question = Question(self.driver, base, quote, on, 0, self._series)
            checked.append(question.checked(rate, self._profile))
        noted = None if stale is None else self.noted(stale)
        history = History(checked, base=base, quote=quote, driver=self.driver, stale=noted)
        return history, is_of_table

    def _table(
        self,
        currencies: Sequence[str],
        start: date | None,
        end: date | None,
        progress: Progress | None,
    ) -> tuple[RateTable, str | None]:
        codes = [self.check_code(code) for code in currencies]
        table = self._table_or_none(codes, start, end, progress)
        if table is None:
            return super()._table(currencies, start, end, progress)
        stale = table.stale(end)
        return table, None if stale is None else self.noted(stale)

    def _table_at_once(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        progress: Progress | None,
    ) -> RateTable | None:
        if start is not None and self.profile.day_by_day:
            return None
        return self._table_or_none(currencies, start, end, progress)

    def _table_or_none(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        progress: Progress | None,
    ) -> RateTable | None:
        from forexhooks.support.context import reporting_to

        with reporting_to(progress):
            return self._fresh(
                lambda relay: relay.get_table(currencies, start, end),
                lambda table: None if table is None else table.stale(end),
            )

    def _fresh(self, ask: Callable[[Relay], T], stale: Callable[[T], str | None]) -> T:
        """The answer. If the store lacks it, refresh as the user wishes and ask again."""
        answer = self._ask_provider(ask)
        if self._refresh is False:
            return answer
        if stale(answer) is not None:
            answer = self._refreshed(ask, answer)
        if self._kept_out:
            kept_out, self._kept_out = self._kept_out, ()
            if kept_out:  # no other thread has taken them
                self.warn_of(f"{self.driver}: kept out: {'; '.join(kept_out)}", stacklevel=6)
        return answer

    def _refreshed(self, ask: Callable[[Relay], T], answer: T) -> T:
        if self._is_done or self._is_offline() or not self.keeps_store():
            return answer
        from forexhooks.service.refresh import refreshed

        self._is_done = self._is_once
        if refreshed(self.driver, self._update_within, self._refresh):
            return self._ask_provider(ask)
        return answer

    def _update_within(self, seconds: float) -> Update | None:
        from forexhooks.rates.update import Update

        update = self._ask(
            lambda relay: relay.update(full=False, progress=None, time_limit=seconds)
        )
        if isinstance(update, Update):
            self._kept_out = update.kept_out  # the next question mentions them
            self._tell(update, full=False)
        return update

    def refresh_once(self) -> None:
        """Refresh at most once from now on."""
        self._is_once = True

    def _is_offline(self) -> bool:
        return self._manager.is_offline or is_offline()

    def noted(self, stale: str) -> str:
        """Add to what a table says is stale why a refresh failed, and what to do."""
        return stale + self._remedy()

    def note(self, error: ForexError) -> None:
        """Add to an error about missing data what is missing, and what to do."""
        if not isinstance(error, RateError) or error.stale is None:
            return
        # The reason for a missing rate already says what is stored.
        short = "" if isinstance(error, RateUnavailableError) else f"; {error.stale}"
        error.args = (f"{error}{short}{self._remedy()}", *error.args[1:])
        error.stale = self.noted(error.stale)

    def _remedy(self) -> str:
        """What to do about stale data, and why a refresh failed, if one did."""
        if not self.keeps_store():
            return ""
        failure = None
        if self._refresh:
            from forexhooks.service.refresh import last_failure

            failure = last_failure(self.driver)
        because = "" if failure is None else f" ({failure})"
        how = " without --offline"
        return (
            f"{because}: run `forexhooks update {self.driver}`{how if self._is_offline() else ''}"
        )

    def _accepted(
        self, answer: Rate | ForexError | None, question: Question, max_age: timedelta | None
    ) -> Rate | ForexError:
        """The driver's answer if it is valid and not too old, with a note of what is stale."""
        if isinstance(answer, ForexError):
            self.note(answer)
            return answer
        try:
            rate = question.checked(answer, self._profile)
            if rate.stale is not None:
                rate = rate._replace(stale=self.noted(rate.stale))
            if max_age is not None:
                profile = self._ask(lambda relay: relay.profile())
                today = (profile or self._profile()).today()
                question.check_age(rate, max_age, profile, today)
        except (InvalidRateError, UnsupportedPairError) as error:
            return self._blamed(error, question)
        except RateError as error:
            return error
        return rate

    def _ask_provider(self, ask: Callable[[Relay], T]) -> T:
        """As `_ask`, for what the driver may have to ask its provider."""
        limit = limiter()
        if limit is None or self.keeps_store():  # only the server limits; a store is at hand
            return self._ask(ask)
        with limit(self.driver):
            return self._ask(ask)

    def _ask(self, ask: Callable[[Relay], T]) -> T:
        """Ask the driver, holding a lease on the current catalog."""
        catalog, relay = self._manager.catalog, None
        try:
            relay = catalog.relay(self._key)
            if relay is None:
                raise self._manager.unknown_driver(self.driver)
            if self._series is not None:
                relay.check_series()
            if self._manager.is_offline:
                from forexhooks.support.context import asking

                with asking(offline=True):
                    return ask(relay)
            return ask(relay)
        except ForexError as error:
            if error.__context__ is not None:
                raise_from_outside(error)
            raise
        except (Exception, SystemExit) as error:
            raise_from_outside(error)
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

    def _blamed(self, error: RateError, question: Question) -> RateError:
        """The error for a bad answer, blamed on the extension that spoiled it."""
        spoilers = " or ".join(self._ask(lambda relay: relay.spoilt_by(question)))
        if not spoilers:
            return error
        return InvalidRateError(
            f"{error}; but the answer of {question.driver} itself was valid: it was "
            f"changed by {spoilers}, around it; a wrapper must return the rate that its yield "
            "returned, or an adjusted one",
            driver=question.driver,
            base=question.base,
            quote=question.quote,
            on=question.on,
        )


def _stale(answer: object) -> str | None:
    if type(answer) is Rate:  # as most are
        return answer.stale
    # A driver may return anything: it is checked later.
    return answer.stale if isinstance(answer, Rate | RateError) else None
