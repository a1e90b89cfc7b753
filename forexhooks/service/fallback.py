"""FallbackService: several drivers in order of preference; the first that can answers."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from forexhooks.errors import (
    AmountError,
    CurrencyError,
    DateError,
    DriverError,
    ForexError,
    NoDriverAnsweredError,
    RateError,
    SettingsError,
)
from forexhooks.plugins.breaker import bare
from forexhooks.rates.question import check_options, check_span, several
from forexhooks.service.service import ForexService
from forexhooks.support.context import asking

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import date, timedelta

    from forexhooks.plugins.manager import ForexManager
    from forexhooks.rates.history import History
    from forexhooks.rates.rate import Rate, Update
    from forexhooks.rates.table import RateTable
    from forexhooks.support.context import Progress

T = TypeVar("T")
Failures = dict[str, ForexError]


class FallbackService(ForexService):
    """Several drivers of a manager, in order of preference. Made by `open()` with their names.

    Each question goes to the first, and to the next where that fails; `Rate.failures` says why
    those before it did not answer. A driver that failed with a `TransientError` or `QuotaError`
    is not asked again for as long as it said, else for half a minute or five. Where none answers,
    `NoDriverAnsweredError.failures` has all reasons. What is wrong with the question itself, or
    with a driver's code, is raised at once.
    """

    def __init__(
        self,
        manager: ForexManager,
        drivers: Sequence[str],
        *,
        refresh: bool = False,
        unusable: Mapping[str, ForexError] | None = None,
    ) -> None:
        super().__init__(manager, drivers[0], refresh=refresh)
        self.drivers: tuple[str, ...] = tuple(drivers)
        self._unusable = unusable or {}
        self._services = [ForexService(manager, name, refresh=refresh) for name in drivers]

    def currencies(self) -> frozenset[str]:
        """The codes that any of the drivers knows, of those that can be asked."""
        known: frozenset[str] = frozenset()
        for service in self._services:
            answer = self._asked(service, lambda each: each.currencies())
            if not isinstance(answer, ForexError):
                known |= answer
        return known

    def get_rates(
        self,
        base: str,
        quotes: Iterable[str],
        on: date | None = None,
        *,
        max_gap: int | None = None,
        max_age: timedelta | None = None,
    ) -> dict[str, Rate]:
        """Return the rate of each quote: of the first driver that has all, else one by one."""
        codes = several(quotes)
        check_options(on, max_gap, max_age)
        try:
            rates, failures = self._first(
                lambda service: service.get_rates(
                    base, codes, on, max_gap=max_gap, max_age=max_age
                ),
                f"{base} in {', '.join(map(str, codes))}",
                base=base,
                on=on,
            )
        except NoDriverAnsweredError:
            each = (self._rate(base, code, on, max_gap, max_age) for code in codes)
            return {rate.quote: rate for rate in each}
        return {code: _with(failures, rate) for code, rate in rates.items()}

    def get_history(
        self,
        base: str,
        quote: str,
        start: date,
        end: date,
        *,
        progress: Progress | None = None,
    ) -> History:
        """Return the history of the first driver that has observed any of these days.

        Empty where one answered, and none has observed any.
        """
        from forexhooks.rates.history import History

        check_span(start, end)
        empty: list[History] = []

        def observed(service: ForexService) -> History:
            history = service.get_history(base, quote, start, end, progress=progress)
            if not history:
                empty.append(history)
                raise RateError(
                    f"{service.driver} has no {base}/{quote} from {start} to {end}",
                    driver=service.driver,
                )
            return history

        try:
            history, failures = self._first(
                observed, f"{base}/{quote} from {start} to {end}", base=base, quote=quote
            )
        except NoDriverAnsweredError:
            if empty:
                return empty[0]
            raise
        return History(
            (_with(failures, rate) for rate in history),
            base=history.base,
            quote=history.quote,
            driver=history.driver,
        )

    def get_table(
        self,
        currencies: Iterable[str],
        start: date | None = None,
        end: date | None = None,
        *,
        progress: Progress | None = None,
    ) -> RateTable:
        """Return the table of the first driver that gives one."""
        codes = several(currencies)
        table, _ = self._first(
            lambda service: service.get_table(codes, start, end, progress=progress),
            f"a table of {', '.join(map(str, codes))}",
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
        """Each driver's own service with its table, or why it gave none, each asked in its turn."""
        asked = (currencies, start, end, progress)
        failed = []
        for service in self._services:
            with asking("at first hand"):
                answer = self._asked(service, lambda each: each._table_at_once(*asked))  # noqa: SLF001
            if isinstance(answer, ForexError):
                failed.append(service)
            yield service, answer
        for service in failed:
            try:
                with asking("kept"):
                    kept = service._table_at_once(*asked)  # noqa: SLF001
            except ForexError:
                continue
            yield service, kept

    def update(self, *, full: bool = False, progress: Progress | None = None) -> Update:
        """Bring the store of the first driver that keeps one up to date."""
        failures: Failures = {}
        for service in self._services:
            # What an update comes to says nothing of the rates that are there.
            try:
                return service.update(full=full, progress=progress)
            except DriverError as error:
                failures[service.driver] = bare(error)
        raise self._no_answer(failures, "an update")

    def __repr__(self) -> str:
        return f"<FallbackService of {', '.join(self.drivers)}>"

    def _rate(
        self,
        base: str,
        quote: str,
        on: date | None,
        max_gap: int | None,
        max_age: timedelta | None,
    ) -> Rate:
        check_options(on, max_gap, max_age)
        rate, failures = self._first(
            lambda service: service.get_rate(base, quote, on, max_gap=max_gap, max_age=max_age),
            f"{base}/{quote} on {on or 'the latest day'}",
            base=base,
            quote=quote,
            on=on,
        )
        return _with(failures, rate)

    def _first(
        self, ask: Callable[[ForexService], T], what: str, **asked: Any
    ) -> tuple[T, Failures]:
        """The first answer, and why those before it gave none."""
        failures: Failures = {}
        for service in self._services:
            # What a driver has kept of before must not stand in the way of one that can answer.
            with asking("at first hand"):
                answer = self._asked(service, ask)
            if not isinstance(answer, ForexError):
                return answer, failures
            failures[service.driver] = answer
        for service in self._services:
            with asking("kept"), suppress(ForexError):
                return ask(service), failures
        if all(isinstance(error, CurrencyError) for error in failures.values()):
            raise next(iter(failures.values()))
        raise self._no_answer(failures, what, **asked)

    def _no_answer(self, failures: Failures, what: str, **asked: Any) -> NoDriverAnsweredError:
        reasons = "; ".join(str(error) for error in failures.values())
        return NoDriverAnsweredError(
            f"no driver of {', '.join(self.drivers)} answered {what}: {reasons}",
            failures=failures,
            **asked,
        )

    def _asked(self, service: ForexService, ask: Callable[[ForexService], T]) -> T | ForexError:
        """What a driver answers, unless it rests, or why it does not."""
        if service.driver in self._unusable:
            return bare(self._unusable[service.driver])
        driver = self._manager.catalog.registrations.get(service.driver)
        resting = self._manager.resting
        reason = None if driver is None else resting.reason(driver)
        if reason is not None:
            return reason
        try:
            answer = ask(service)
        except (AmountError, DateError, SettingsError):
            raise  # the question is wrong, whoever is asked
        except ForexError as error:
            if is_a_bug(error):
                raise
            reason = bare(error)
        if driver is not None:
            resting.note(driver, reason)
        return answer if reason is None else reason


def is_a_bug(error: ForexError) -> bool:
    """Whether it stands for an exception that only a mistake in the driver's code explains."""
    cause = error.__cause__
    return type(error) is DriverError and not isinstance(cause, ForexError | OSError | None)


def _with(failures: Failures, rate: Rate) -> Rate:
    return rate._replace(failures=tuple(failures.items())) if failures else rate
