"""RuleService: the rate that a law or a contract prescribes for a day."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING

from forexhooks.errors import DateError, ForexError, InvalidRateError, PluginError, RateError
from forexhooks.rates.question import check_options
from forexhooks.service.driver_service import DriverService
from forexhooks.service.rule_answers import RuleAnswers
from forexhooks.service.service import ForexService

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from forexhooks.plugins.catalog import Catalog
    from forexhooks.plugins.manager import ForexManager
    from forexhooks.rates.history import History
    from forexhooks.rates.observations import Pair
    from forexhooks.rates.profile import Profile
    from forexhooks.rates.rate import Rate
    from forexhooks.rates.rule import Rule
    from forexhooks.rates.table import RateTable
    from forexhooks.rates.update import Update
    from forexhooks.support.context import Progress
    from forexhooks.support.settings import Refresh


class RuleService(ForexService):
    """A rule of a manager: it maps each day to one of its source's, and asks the source.

    `Rate.rule` names the rule, `Rate.driver` the source. It follows its manager, as the service of
    a driver does. One call uses one version of the rule and one of the source throughout.
    """

    def __init__(self, manager: ForexManager, rule: str, *, refresh: Refresh = False) -> None:
        super().__init__([rule])
        self._manager = manager
        self._refresh = refresh
        self._is_once = False

    @property
    def rule(self) -> Rule:
        """The rule that determines the rates."""
        with self._asked() as asked:
            return asked.rule

    def currencies(self) -> frozenset[str]:
        """List the codes that the source knows."""
        with self._asked() as asked:
            return asked.source.currencies()

    def update(self, *, full: bool = False, progress: Progress | None = None) -> Update:
        """Bring the source's store up to date."""
        with self._asked() as asked:
            return asked.source.update(full=full, progress=progress)

    def refresh_once(self) -> None:
        """From now on, refresh the source at most once in each call."""
        self._is_once = True

    def __repr__(self) -> str:
        return f"<RuleService of {self.driver}>"

    def _profile(self) -> Profile:
        with self._asked() as asked:
            return asked.source.profile

    def _rate(
        self,
        base: str,
        quote: str,
        on: date | None,
        max_gap: int | None,
        max_age: timedelta | None,
    ) -> Rate:
        [answer] = self._rates(base, [quote], on, max_gap, max_age)
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
        self._refuse(max_gap)
        with self._asked() as asked:
            return [_named(asked.answer((base, quote), on), self.driver, on) for quote in codes]

    def _history(
        self, base: str, quote: str, start: date, end: date, progress: Progress | None
    ) -> History:
        from forexhooks.rates.history import History

        pair = self.check_code(base), self.check_code(quote)
        days = _days(start, end)
        found = self._answers({pair: days}, None, progress)
        answers = [found[pair, day] for day in days]
        short = [day for day, each in zip(days, answers, strict=True) if _is_short(each)]
        return History(
            [each for each in answers if not isinstance(each, ForexError)],
            base=pair[0],
            quote=pair[1],
            driver=self.driver,
            stale=_no_rate_for(short, found[pair, short[0]]) if short else None,
        )

    def _table(
        self,
        currencies: Sequence[str],
        start: date | None,
        end: date | None,
        progress: Progress | None,
    ) -> tuple[RateTable, str | None]:
        source = self.rule.source
        raise PluginError(
            f"the rule {self.driver} has no table, as it has no observations of its own: ask for "
            f"rates or a history, or open {source!r} for the table of its source"
        )

    def _answers(
        self,
        questions: Mapping[Pair, Sequence[date]],
        max_gap: int | None,
        progress: Progress | None,
    ) -> dict[tuple[Pair, date], Rate | ForexError]:
        self._refuse(max_gap)
        with self._asked() as asked:
            found = asked.answers(questions, progress)
        return {
            (pair, day): _named(answer, self.driver, day) for (pair, day), answer in found.items()
        }

    def _refuse(self, max_gap: int | None) -> None:
        if max_gap is not None:
            raise DateError(
                f"max_gap is {max_gap}, but the rule {self.driver} itself says which day counts: "
                "leave it out"
            )

    @contextmanager
    def _asked(self) -> Iterator[RuleAnswers]:
        """The rule and its source, with one lease on both."""
        lease = _Lease(self._manager)
        try:
            yield self._of(lease)
        finally:
            lease.let_go()  # a kept traceback must not keep it

    def _of(self, lease: _Lease) -> RuleAnswers:
        rule = DriverService(lease, self.driver).rule_given()
        if rule is None:
            raise PluginError(f"{self.driver} has no rule: its forex_driver_rule returned None")
        driver, _, _ = rule.source.partition(":")
        source = lease.catalog.registrations.get(driver)
        if source is None or source.driver is None:
            lease.find(driver)
            return self._of(lease)
        if source.is_rule:
            raise PluginError(
                f"the rule {self.driver} names {rule.source!r} as its source, which is a rule "
                "itself: a source must be a driver"
            )
        service = DriverService(lease, rule.source, refresh=self._refresh)
        if self._is_once:
            service.refresh_once()
        return RuleAnswers(self.driver, rule, service, DriverService(lease, driver))


class _Lease:
    """A manager that holds one catalog until it is let go: all that `DriverService` needs."""

    def __init__(self, manager: ForexManager) -> None:
        self._manager = manager
        self.catalog: Catalog = manager.catalog
        self.is_offline: bool = manager.is_offline
        self.unknown_driver = manager.unknown_driver

    def find(self, driver: str) -> None:
        """Make sure that a driver is in the catalog, which may become a newer one."""
        self._manager.find(driver)
        self.catalog = self._manager.catalog

    def let_go(self) -> None:
        """Release the catalog."""
        del self.catalog


def _named(answer: Rate | ForexError, rule: str, requested: date | None) -> Rate | ForexError:
    """The answer as one of the rule."""
    if isinstance(answer, ForexError):
        return answer
    return answer._replace(rule=rule, requested=requested)


def _is_short(answer: Rate | ForexError) -> bool:
    """Whether a rate is missing that there should be by now, or the source failed."""
    if isinstance(answer, RateError) and not isinstance(answer, InvalidRateError):
        return answer.stale is not None
    return isinstance(answer, ForexError)


def days_without(service: ForexService, history: History, start: date, end: date) -> str | None:
    """Say which days of a rule's history have no rate, and why; None: all have, or no rule's."""
    from forexhooks.rates.history import day_of

    if service.rule is None:
        return None
    there = {day_of(rate) for rate in history}
    days = [day for day in _days(start, end) if day not in there]
    if not days:
        return None
    return _no_rate_for(days, service.rate_or_error(history.base, history.quote, days[0]))


def _days(start: date, end: date) -> list[date]:
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


def _no_rate_for(days: Sequence[date], reason: object) -> str:
    first, last = days[0], days[-1]
    which = f"{first}" if first == last else f"{len(days)} days from {first} to {last}"
    return f"no rate for {which}: {reason}"
