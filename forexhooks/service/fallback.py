"""FallbackService: several services in order of preference; the first that can answer wins."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from forexhooks.currencies import parse_code
from forexhooks.errors import (
    AmountError,
    CurrencyError,
    DateError,
    DriverError,
    ForexError,
    NoDriverAnsweredError,
    QuotaError,
    RateError,
    SettingsError,
    TransientError,
)
from forexhooks.plugins.breaker import bare, not_asked
from forexhooks.rates.question import check_options
from forexhooks.service.driver_service import service_of
from forexhooks.service.service import ForexService
from forexhooks.support.context import asking

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date, timedelta

    from forexhooks.plugins.manager import ForexManager
    from forexhooks.rates.history import History
    from forexhooks.rates.profile import Profile
    from forexhooks.rates.rate import Rate
    from forexhooks.rates.table import RateTable
    from forexhooks.rates.update import Update
    from forexhooks.support.context import Progress
    from forexhooks.support.settings import Refresh

T = TypeVar("T")
Failures = dict[str, ForexError]


class FallbackService(ForexService):
    """Several drivers of a manager, in order of preference. Made by `open()` with their names.

    Each question goes to the first driver, and if that fails, to the next; `Rate.failures` says why
    earlier ones did not answer. A driver that failed with a `TransientError` or `QuotaError` is
    skipped for as long as the error says, else for 30 seconds or 5 minutes. If none answers, cached
    responses are used, however old; without any, `NoDriverAnsweredError.failures` has all reasons.
    Errors in the question itself, and bugs in a driver's code, are raised at once.
    """

    def __init__(
        self,
        manager: ForexManager,
        drivers: Sequence[str],
        *,
        refresh: Refresh = False,
        unusable: Mapping[str, ForexError] | None = None,
    ) -> None:
        super().__init__(drivers)
        self._manager = manager
        self._unusable = unusable or {}
        self._services = [service_of(manager, name, refresh=refresh) for name in drivers]

    def currencies(self) -> frozenset[str]:
        """List the codes that any of the usable drivers knows."""
        known, _ = self.currencies_or_errors()
        return known

    def currencies_or_errors(self) -> tuple[frozenset[str], dict[str, ForexError]]:
        """As `currencies`, with the error of each driver that could not list its codes."""
        known: frozenset[str] = frozenset()
        failures: Failures = {}
        for service in self._services:
            answer = self._asked(service, lambda each: each.currencies())
            if isinstance(answer, ForexError):
                failures[service.drivers[0]] = answer
            else:
                known |= answer
        return known, failures

    def tables_in_turn(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        *,
        progress: Progress | None = None,
    ) -> Iterator[tuple[ForexService, RateTable | ForexError | None]]:
        """Yield each driver's service with its table, or the reason why it returned none."""

        def table(service: ForexService) -> RateTable | None:
            [(_, found)] = service.tables_in_turn(currencies, start, end, progress=progress)
            if isinstance(found, ForexError):
                raise found
            return found

        return self._in_turn(table)

    def update(self, *, full: bool = False, progress: Progress | None = None) -> Update:
        """Update the store of the first driver that has one."""
        failures: Failures = {}
        for service in self._services:
            # A failed update says nothing about the rates that are stored.
            try:
                return service.update(full=full, progress=progress)
            except DriverError as error:
                failures[service.drivers[0]] = bare(error)
        raise self._no_answer(failures, "an update")

    def refresh_once(self) -> None:
        """Refresh each driver at most once from now on."""
        for service in self._services:
            service.refresh_once()

    def __repr__(self) -> str:
        return f"<FallbackService of {', '.join(self.drivers)}>"

    def profiles(self) -> list[Profile]:
        """List the profile of each driver that is usable."""
        found = (self._asked(service, lambda each: each.profile) for service in self._services)
        return [each for each in found if not isinstance(each, ForexError)]

    def _profile(self) -> Profile:
        """The profile of the first driver; if that is gone, of the next."""
        return next(iter(self.profiles()), None) or self._services[0].profile

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
            lambda service: service._rate(base, quote, on, max_gap, max_age),  # noqa: SLF001
            f"{base}/{quote} on {on or 'the latest day'}",
            base=base,
            quote=quote,
            on=on,
        )
        return _with(failures, rate)

    def _rates(
        self,
        base: str,
        quotes: Sequence[str],
        on: date | None,
        max_gap: int | None,
        max_age: timedelta | None,
    ) -> list[Rate | ForexError]:
        """For each quote, the rate of the first driver that has one, as for `_rate`."""
        check_options(on, max_gap, max_age)
        found: dict[str, Rate] = {}
        failures: dict[str, Failures] = {parse_code(quote): {} for quote in quotes}
        own = parse_code(base)
        if own in failures:  # 1, also by a driver that fails for all others
            with suppress(ForexError):
                found[own] = self._one(base, own, on, max_gap, max_age)

        def lacking() -> list[str]:
            return [quote for quote in failures if quote not in found]

        def ask(service: ForexService) -> list[Rate | ForexError]:
            try:
                return service.rates_or_errors(
                    base, lacking(), on, max_gap=max_gap, max_age=max_age
                )
            except CurrencyError:  # one code that it does not know says nothing about the others
                return [one(service, quote) for quote in lacking()]

        def one(service: ForexService, quote: str) -> Rate | ForexError:
            try:
                return service._one(base, quote, on, max_gap, max_age)  # noqa: SLF001
            except (TransientError, QuotaError):
                raise  # so would all others
            except (CurrencyError, DriverError, RateError) as error:
                if is_a_bug(error):
                    raise
                return error

        for service, answer in self._in_turn(ask) if lacking() else ():
            asked = lacking()
            answers = [answer] * len(asked) if isinstance(answer, ForexError) else answer
            for quote, each in zip(asked, answers, strict=True):
                if isinstance(each, ForexError):
                    failures[quote].setdefault(service.drivers[0], bare(each))
                else:
                    found[quote] = _with(failures[quote], each)
            if not lacking():
                break
        what = f"on {on or 'the latest day'}"
        return [
            found.get(quote)
            or self._no_answer(failed, f"{base}/{quote} {what}", base=base, quote=quote, on=on)
            for quote, failed in failures.items()
        ]

    def _history(
        self, base: str, quote: str, start: date, end: date, progress: Progress | None
    ) -> History:
        """For each day, the rate of the first driver that has one, as for `_rate`.

        Empty if at least one driver answered and none has observed any day.
        """
        from forexhooks.service.joined_history import JoinedHistory

        joined = JoinedHistory(parse_code(base), parse_code(quote), start, end)
        for service, answer in self._in_turn(
            lambda service: service._answered(base, quote, *joined.span, progress)  # noqa: SLF001
        ):
            joined.add(service.drivers[0], answer)
            if joined.is_whole:
                break
        history = joined.joined()
        if history is None:
            what = f"{base}/{quote} from {start} to {end}"
            raise self._no_answer(joined.failures, what, base=base, quote=quote)
        return history

    def _table(
        self,
        currencies: Sequence[str],
        start: date | None,
        end: date | None,
        progress: Progress | None,
    ) -> tuple[RateTable, str | None]:
        table, _ = self._first(
            lambda service: service._table(currencies, start, end, progress),  # noqa: SLF001
            f"a table of {', '.join(map(str, currencies))}",
        )
        return table

    def _first(
        self, ask: Callable[[ForexService], T], what: str, **asked: Any
    ) -> tuple[T, Failures]:
        """The first answer, and why earlier drivers did not answer."""
        failures: Failures = {}
        for service, answer in self._in_turn(ask):
            if not isinstance(answer, ForexError):
                return answer, failures
            failures[service.drivers[0]] = answer
        raise self._no_answer(failures, what, **asked)

    def _in_turn(
        self, ask: Callable[[ForexService], T]
    ) -> Iterator[tuple[ForexService, T | ForexError]]:
        """What each driver answers, or why not; at last, the caches of those that failed.

        A cached answer must not come before a driver that can still answer.
        """
        failed = []
        for service in self._services:
            with asking(first_hand=True):
                answer = self._asked(service, ask)
            if isinstance(answer, TransientError | QuotaError):
                failed.append(service)
            yield service, answer
        for service in failed:
            with asking(offline=True), suppress(ForexError):
                kept = ask(service)
                yield service, kept

    def _no_answer(self, failures: Failures, what: str, **asked: Any) -> ForexError:
        """The error if no driver answered; if none knows the code, the error of the first."""
        errors = failures.values()
        if all(isinstance(error, CurrencyError) for error in errors):
            return next(iter(errors))
        return NoDriverAnsweredError(
            f"none of {', '.join(self.drivers)} answered {what}: {'; '.join(map(str, errors))}",
            failures=failures,
            stale=next((each.stale for each in errors if _is_short(each)), None),
            **asked,
        )

    def _asked(self, service: ForexService, ask: Callable[[ForexService], T]) -> T | ForexError:
        """What a driver answers, or why it does not."""
        if service.drivers[0] in self._unusable:
            return bare(self._unusable[service.drivers[0]])
        driver = self._manager.catalog.registrations.get(service.driver)
        breakers = self._manager.breakers
        breaker = None if driver is None else breakers.of(driver)
        failure = None if breaker is None else breaker.open()
        if failure is not None:
            return not_asked(service.driver, failure)
        reason: ForexError | None = None
        try:
            answer = ask(service)
        except (AmountError, DateError, SettingsError):
            raise  # the question is wrong for every driver
        except ForexError as error:
            if is_a_bug(error):
                raise
            reason = bare(error)
        if driver is not None:
            breakers.report(driver, reason)
        return answer if reason is None else reason


def _is_short(error: ForexError) -> TypeGuard[RateError]:
    return isinstance(error, RateError) and error.stale is not None


def is_a_bug(error: ForexError) -> bool:
    """Whether the error stands for an exception that only a bug in the driver's code explains."""
    cause = error.__cause__
    return type(error) is DriverError and not isinstance(cause, ForexError | OSError | None)


def _with(failures: Failures, rate: Rate) -> Rate:
    return rate._replace(failures=tuple(failures.items())) if failures else rate
