"""FallbackService: several drivers in order of preference; the first that can answers."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, TypeVar

from forexhooks.asking import ForexService
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date, timedelta

    from forexhooks.manager import ForexManager
    from forexhooks.progress import Progress
    from forexhooks.rates import Rate
    from forexhooks.updates import Update

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
        self, manager: ForexManager, drivers: Sequence[str], *, refresh: bool = False
    ) -> None:
        super().__init__(manager, drivers[0], refresh=refresh)
        self.drivers = tuple(drivers)
        self._services = [ForexService(manager, name, refresh=refresh) for name in drivers]

    def currencies(self) -> frozenset[str]:
        """The codes that any of the drivers knows, as far as they can be asked."""
        known: set[str] = set()
        for service in self._services:
            try:
                known |= service.currencies()
            except DriverError:
                continue
        return frozenset(known)

    def get_rate(
        self,
        base: str,
        quote: str,
        on: date | None = None,
        *,
        max_gap: int | None = None,
        max_age: timedelta | None = None,
    ) -> Rate:
        """Return the rate of the first driver that has it; as `ForexService.get_rate`.

        Raises `NoDriverAnsweredError` with the `failures` of all, or what is wrong with the
        question.
        """
        rate, failures = self._first(
            lambda service: service.get_rate(base, quote, on, max_gap=max_gap, max_age=max_age),
            f"{base}/{quote} on {on or 'the latest day'}",
        )
        return _with(failures, rate)

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
        codes = quotes if isinstance(quotes, str) else list(quotes)
        try:
            rates, failures = self._first(
                lambda service: service.get_rates(
                    base, codes, on, max_gap=max_gap, max_age=max_age
                ),
                f"{base} in {codes}",
            )
        except NoDriverAnsweredError:
            each = (self.get_rate(base, c, on, max_gap=max_gap, max_age=max_age) for c in codes)
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
    ) -> Sequence[Rate]:
        """Return the history of the first driver that has observed any of these days."""

        def observed(service: ForexService) -> Sequence[Rate]:
            history = service.get_history(base, quote, start, end, progress=progress)
            if not history:
                raise RateError(
                    f"{service.driver} has no {base}/{quote} from {start} to {end}",
                    driver=service.driver,
                )
            return history

        try:
            history, failures = self._first(observed, f"{base}/{quote} from {start} to {end}")
        except NoDriverAnsweredError as error:
            if all(type(failure) is RateError for failure in error.failures.values()):
                return []
            raise
        return [_with(failures, rate) for rate in history]

    def update(self, *, full: bool = False, progress: Progress | None = None) -> Update:
        """Bring the store of the first driver that keeps one up to date."""
        update, _ = self._first(
            lambda service: service.update(full=full, progress=progress), "an update"
        )
        return update

    def __repr__(self) -> str:
        return f"<FallbackService of {', '.join(self.drivers)}>"

    def _first(self, ask: Callable[[ForexService], T], what: str) -> tuple[T, Failures]:
        """The first answer, and why those before it gave none."""
        failures: Failures = {}
        resting = self._manager.resting
        for service in self._services:
            reason = resting.reason(service.driver)
            if reason is None:
                try:
                    answer = ask(service)
                except (AmountError, DateError, SettingsError):
                    raise  # the question is wrong, whoever is asked
                except ForexError as error:
                    if _is_a_bug(error):
                        raise
                    # Without what led to it: a kept traceback would keep the lease.
                    reason = copy(error)
                    resting.note(service.driver, reason)
                else:
                    resting.note(service.driver, None)
                    return answer, failures
            failures[service.driver] = reason
        if all(isinstance(error, CurrencyError) for error in failures.values()):
            raise next(iter(failures.values()))
        reasons = "; ".join(str(error) for error in failures.values())
        raise NoDriverAnsweredError(
            f"no driver of {', '.join(self.drivers)} answered {what}: {reasons}",
            failures=failures,
        )


def _is_a_bug(error: ForexError) -> bool:
    """Whether it stands for an exception that only a mistake in the driver's code explains."""
    cause = error.__cause__
    return type(error) is DriverError and not isinstance(cause, ForexError | OSError | None)


def _with(failures: Failures, rate: Rate) -> Rate:
    return rate._replace(failures=tuple(failures.items())) if failures else rate
