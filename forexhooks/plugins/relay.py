"""Relay: one driver with the extensions around it, with typed hooks.

It is one class: a method for each hook, with what each must do about series, aliases and wrappers.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from forexhooks.errors import InvalidRateError, PluginError, RateError, RateUnavailableError
from forexhooks.plugins.driver import Driver
from forexhooks.plugins.hooks import Hooks
from forexhooks.rates.profile import Profile
from forexhooks.rates.rate import Rate
from forexhooks.rates.table import RateTable

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import TypeVar

    from pluggy import HookCaller

    from forexhooks.plugins.registration import Registration
    from forexhooks.rates.question import Question
    from forexhooks.rates.rule import Rule
    from forexhooks.rates.series import Series
    from forexhooks.rates.update import Update
    from forexhooks.support.context import Progress

    _Answer = TypeVar("_Answer")


class Relay:
    """One driver with the extensions around it: typed hooks that only this driver answers."""

    def __init__(
        self,
        driver: Registration,
        extensions: list[Registration],
        *,
        is_traced: bool = False,
        series: str | None = None,
    ) -> None:
        self._series = series
        self._lacks: tuple[str, str, tuple[Series, ...]] | None = None
        self._computed: Series | None = None
        self._registrations = (*extensions, driver)
        self._alias = driver.name if driver.is_alias else None
        self._driver = driver.driver
        self._hook = Hooks(self._registrations, is_traced=is_traced)
        if series is not None:
            self._choose(driver, series)
        # If a wrapper changes rates but not tables, a table would lack its changes.
        self._rates_alone = [
            each.name
            for each in extensions
            if each.implements("forex_get_rate") and not each.implements("forex_get_table")
        ]
        self._gives_tables = driver.implements("forex_get_table")
        self.has_table: bool = self._gives_tables and not self._rates_alone
        """Whether it answers from tables."""
        self.keeps_store: bool = any(map(_keeps_store, (*extensions, driver)))
        """Whether there is a store that `update` brings up to date."""

    def check_series(self) -> None:
        """Raise `UnknownSeriesError` if the driver does not have the series."""
        if self._lacks is not None:
            from forexhooks.rates.series import unknown_series

            raise unknown_series(*self._lacks)

    def _choose(self, driver: Registration, series: str) -> None:
        """Ask all hooks for one series."""
        listed = self._profile_of_all()
        known = () if listed is None else listed.series
        if series not in [each.name for each in known]:
            self._choose_computed(driver, series, listed)
        elif series == known[0].name:
            self._series = None  # it is what drivers return if none is named
        elif not driver.gives_other_series("forex_get_rate"):
            self._lacks = driver.name, series, known[:1]
        else:
            is_traced = self._hook.is_traced
            self._hook = Hooks(self._registrations, is_traced=is_traced, other_series=True)
            self._gives_tables = driver.gives_other_series("forex_get_table")

    def _choose_computed(self, driver: Registration, series: str, profile: Profile | None) -> None:
        """Compute a series from the driver's first, if that is possible."""
        from forexhooks.rates.computed import computed_of

        known = () if profile is None else profile.series
        can_be = computed_of(profile) if profile and driver.implements("forex_get_table") else ()
        self._computed = next((each for each in can_be if each.name == series), None)
        self._series = None
        if self._computed is None:
            self._lacks = driver.name, series, (*known, *can_be)

    def get_rate(self, base: str, quote: str, on: date | None, max_gap: int | None) -> Rate | None:
        """Ask `forex_get_rate`; for a computed series, its table."""
        if self._computed is not None:
            return self._computed_rate(base, quote, on, max_gap)
        rate: Rate | None = self._hook.forex_get_rate(
            driver=self._driver,
            base=base,
            quote=quote,
            on=on,
            max_gap=max_gap,
            series=self._series,
        )
        if rate is None:
            return None
        if not self._gives_tables and isinstance(rate, Rate) and rate.base != rate.quote:
            stale = self._overdue(rate.until or rate.on, on) if rate.stale is None else None
            rate = rate if stale is None else rate._replace(stale=stale)
        return rate if self._alias is None else self._labelled(rate)

    def _computed_rate(
        self, base: str, quote: str, on: date | None, max_gap: int | None
    ) -> Rate | None:
        [answer] = self.get_rates(base, [quote], on, max_gap)
        if isinstance(answer, RateError):
            raise answer
        return answer

    def get_rates(
        self, base: str, quotes: Collection[str], on: date | None, max_gap: int | None
    ) -> list[Rate | RateError | None]:
        """Ask for several quotes: `forex_get_table` once, or `forex_get_rate` for each.

        A quote without a rate has its error instead.
        """
        start = None
        if on is not None:
            profile = self.known_profile()
            if profile.day_by_day and max_gap != 0:
                # Each day that they may be carried forward from costs a request.
                answers = self.get_rates(base, quotes, on, 0)
                if not any(isinstance(each, RateUnavailableError) for each in answers):
                    return answers
            gap = profile.max_gap if max_gap is None else max_gap
            start = date.fromordinal(max(1, on.toordinal() - gap))
        table = self._table({base, *quotes}, start, on)
        answers = []
        for quote in quotes:
            try:
                if table is None:
                    answers.append(self.get_rate(base, quote, on, max_gap))
                else:
                    answers.append(self._labelled(table.get_rate(base, quote, on, max_gap)))
            except RateError as error:
                answers.append(error)
        return answers

    def get_history(
        self,
        base: str,
        quote: str,
        start: date,
        end: date,
        others: frozenset[str] = frozenset(),
    ) -> tuple[list[Rate | None], str | None, bool]:
        """Ask for the observed days: `forex_get_table` once, or `forex_get_rate` for each day.

        The table is also asked for the codes `others`: who asks for these next finds it kept.

        Returns:
            The rates, what is missing from these days (or None), and whether they are from a table.
        """
        table = self._table({base, quote, *others}, start, end)
        if table is not None:
            rates: list[Rate | None] = [
                self._labelled(rate) for rate in table.history(base, quote, start, end)
            ]
            return rates, table.stale_for(base, quote, end), True
        from forexhooks.support.context import report

        history: list[Rate | None] = []
        stale = None
        days = self._days_to_ask(base, quote, start, end)
        for done, day in enumerate(days):
            report(done, len(days))
            try:
                rate = self.get_rate(base, quote, day, 0)
            except RateUnavailableError as error:
                stale = error.stale
                continue
            stale = None
            # A driver may ignore max_gap: a rate that it carried forward is not an observation.
            if isinstance(rate, Rate) and type(rate.until) is date and rate.on < day <= rate.until:
                if not _has_period(history, rate):  # whose period began before the history
                    history.append(rate._replace(requested=rate.on))
            elif not isinstance(rate, Rate) or rate.on == day:
                history.append(rate)
        given = [rate.until or rate.on for rate in history if isinstance(rate, Rate)]
        if stale is None and given:
            stale = self._overdue(max(given), end)
        return history, stale, False

    def get_table(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> RateTable | None:
        """Ask `forex_get_table`; None if the driver has no tables.

        Raises:
            PluginError: An extension wraps rates but not tables.
        """
        self._check_tables_are_wrapped()
        return self._table(currencies, start, end)

    def _check_tables_are_wrapped(self) -> None:
        if self._gives_tables and self._rates_alone:
            raise PluginError(
                f"{' and '.join(self._rates_alone)}: forex_get_rate is wrapped but forex_get_table "
                f"is not, so a table of {self._driver} would lack the changes to its rates; "
                "wrap both, or ask rate by rate"
            )

    def _days_to_ask(self, base: str, quote: str, start: date, end: date) -> list[date]:
        # Identity has a rate on every day: only the driver's table knows which were observed.
        table = self._asked_table({base}, start, end) if base == quote else None
        if table is not None:
            return [rate.on for rate in table.history(base, quote, start, end)]
        last = min(end, self.known_profile().today())
        return [date.fromordinal(day) for day in range(start.toordinal(), last.toordinal() + 1)]

    def _table(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> RateTable | None:
        """Ask `forex_get_table`; None also if an extension wraps rates but not tables."""
        if self._computed is not None:
            return self._computed_table(currencies, start, end)
        return self._asked_table(currencies, start, end) if self.has_table else None

    def _computed_table(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> RateTable | None:
        """Compute the table of a series from the driver's own observations."""
        from forexhooks.rates.computed import computed_table, widened

        assert self._computed is not None  # noqa: S101 - whoever asks has seen to it
        first, last = widened(self._computed, start, end, self.known_profile().today())
        self._check_tables_are_wrapped()
        table = self._asked_table(currencies, first, last)
        if table is None:
            return None
        return computed_table(table, self._computed, currencies, first, last)

    def _asked_table(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> RateTable | None:
        table = self._hook.forex_get_table(
            driver=self._driver, currencies=currencies, start=start, end=end, series=self._series
        )
        return self._checked(table, RateTable)

    def _labelled(self, rate: Rate) -> Rate:
        """The rate with the name that the driver has here."""
        if self._alias is None or not isinstance(rate, Rate):  # a plugin may return anything
            return rate
        return rate._replace(driver=self._alias)

    def update(
        self, *, full: bool, progress: Progress | None, time_limit: float | None
    ) -> Update | None:
        """Ask `forex_update`."""
        from forexhooks.rates.update import Update  # not needed for a rate

        update: object = self._hook.forex_update(
            driver=self._driver, full=full, progress=progress, time_limit=time_limit
        )
        return self._checked(update, Update)

    def told_of_arrivals(self) -> list[tuple[str, HookCaller]]:
        """The extensions to tell of new rates: their names, and `forex_rates_arrived` of each."""
        return [
            (each.name, Hooks([each], is_traced=self._hook.is_traced).forex_rates_arrived)
            for each in self._registrations
            if each.implements("forex_rates_arrived")
        ]

    def held_from(self, start: date | None, end: date) -> RateTable:
        """What the driver itself has stored of these days; `start=None`: of all days to `end`."""
        alone = Relay(self._registrations[-1], [])
        profile = alone.known_profile()
        first = start or profile.history_from or date(1970, 1, 1)
        table = alone.get_table(alone.currencies(), first, end)
        observed = () if table is None else table.observations_of(first, end)
        return RateTable(observed, driver=str(self._driver), profile=profile)

    def profile(self) -> Profile | None:
        """Ask `forex_driver_profile`; return the profile of the series."""
        profile = self._profile_of_all()
        if profile is not None and self._computed is not None:
            from forexhooks.rates.computed import computed_profile

            return computed_profile(profile, self._computed)
        return profile.of_series(self._series) if profile and profile.series else profile

    def _profile_of_all(self) -> Profile | None:
        profile: object = self._hook.forex_driver_profile(driver=self._driver)
        return self._checked(profile, Profile)

    def rule(self) -> Rule | None:
        """Ask `forex_driver_rule`."""
        from forexhooks.rates.rule import Rule  # not needed for a rate

        rule: object = self._hook.forex_driver_rule(driver=self._driver)
        return self._checked(rule, Rule)

    def _checked(self, answer: object, kind: type[_Answer]) -> _Answer | None:
        """The plugin's answer, if it has the type that the hook requires."""
        if answer is None or isinstance(answer, kind):
            return answer
        raise InvalidRateError(
            f"{self._driver} returned {answer!r}, not a {kind.__name__}",
            driver=self._driver,
        )

    def _overdue(self, last: date, on: date | None) -> str | None:
        """What a driver without tables should have by now; for days long ago this is unknown."""
        profile = self.profile()
        due = None if profile is None else profile.overdue(last, on)
        if profile is None or due is None or due < profile.today() - profile.corrected_within:
            return None
        return f"{self._driver} gave rates up to {last}; the rate of {due} should be out"

    def known_profile(self) -> Profile:
        """The profile; an empty one if the driver has none."""
        return self.profile() or Profile(title=str(self._driver))

    def raised_by(self, error: BaseException) -> str:
        """The plugin that raised an error: the innermost that it passed through."""
        name_of = {
            code: each.name for each in self._registrations for code in each.implementing_code()
        }
        found = self._registrations[-1].name
        traceback = error.__traceback__
        while traceback is not None:
            found = name_of.get(traceback.tb_frame.f_code, found)
            traceback = traceback.tb_next
        return found

    def spoilt_by(self, question: Question) -> list[str]:
        """The extensions that spoiled a refused answer, if the driver's own is right."""
        *extensions, driver = self._registrations
        wrapping = [each.name for each in extensions if each.implements("forex_get_rate")]
        if not wrapping:
            return []
        relay = Relay(driver, [], series=self._series)
        try:
            answer = relay.get_rate(question.base, question.quote, question.on, question.max_gap)
            if answer is not None:
                question.checked(answer, relay.known_profile)
        except Exception:  # noqa: BLE001 - whatever it is, it is the driver's
            return []
        return [] if answer is None else wrapping

    def currencies(self) -> frozenset[str]:
        """Ask `forex_currencies`; empty if the driver does not list them."""
        return frozenset(self._hook.forex_currencies(driver=self._driver) or ())


def _has_period(history: list[Rate | None], rate: Rate) -> bool:
    last = history[-1] if history else None
    return isinstance(last, Rate) and (last.on, last.until) == (rate.on, rate.until)


def _keeps_store(registration: Registration) -> bool:
    plugin = registration.plugin
    if isinstance(plugin, Driver):  # each has the hook, but few have a store
        return type(plugin).update is not Driver.update
    return registration.implements("forex_update")
