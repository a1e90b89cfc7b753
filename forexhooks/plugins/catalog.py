"""Catalog: one immutable set of plugins, over pluggy.PluginManagers of its own.

Whoever holds a catalog holds a *lease* on every plugin in it. Each registration has a token that
only catalogs hold; when the last catalog with it is gone, no call can reach the plugin any more
and it has *drained*. That the interpreter frees a catalog with its last reference is what makes
this exact, so nothing in a catalog may refer back to it.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from forexhooks.errors import InvalidRateError, PluginError, RateUnavailableError
from forexhooks.rates.profile import Profile
from forexhooks.rates.rate import Rate
from forexhooks.plugins.registration import CheckedPluginManager
from forexhooks.rates.table import RateTable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from forexhooks.support.context import Progress
    from forexhooks.plugins.registration import Registration, Token
    from forexhooks.rates.rate import Update


class Relay:
    """One driver with the extensions around it: the hooks, typed, answered by that driver alone."""

    def __init__(
        self, driver: Registration, extensions: list[Registration], *, is_traced: bool = False
    ) -> None:
        self._alias = driver.name if driver.is_alias else None
        self._driver = driver.driver
        self._hook = CheckedPluginManager([*extensions, driver], is_traced=is_traced).hook
        # Where a rate is wrapped and a table is not, the table would miss what the wrapper does.
        self._rates_alone = [
            each.name
            for each in extensions
            if each.implements("forex_get_rate") and not each.implements("forex_get_table")
        ]
        self._gives_tables = driver.implements("forex_get_table")
        self._has_table = self._gives_tables and not self._rates_alone

    def get_rate(self, base: str, quote: str, on: date | None, max_gap: int | None) -> Rate | None:
        """Ask `forex_get_rate`."""
        rate: Rate | None = self._hook.forex_get_rate(
            driver=self._driver, base=base, quote=quote, on=on, max_gap=max_gap
        )
        return rate if rate is None else self._labelled(rate)

    def get_rates(
        self, base: str, quotes: Collection[str], on: date | None, max_gap: int | None
    ) -> list[Rate | None]:
        """Ask for several quotes: `forex_get_table` once, or `forex_get_rate` for each."""
        start = None
        if on is not None:
            profile = self._known_profile()
            if profile.day_by_day and max_gap != 0:
                # The days that they may be carried over from cost a request each.
                with suppress(RateUnavailableError):
                    return self.get_rates(base, quotes, on, 0)
            gap = profile.max_gap if max_gap is None else max_gap
            start = date.fromordinal(max(1, on.toordinal() - gap))
        table = self._table({base, *quotes}, start, on)
        if table is None:
            return [self.get_rate(base, quote, on, max_gap) for quote in quotes]
        return [self._labelled(table.get_rate(base, quote, on, max_gap)) for quote in quotes]

    def get_history(self, base: str, quote: str, start: date, end: date) -> list[Rate | None]:
        """Ask for the observed days: `forex_get_table` once, or `forex_get_rate` for each day."""
        table = self._table({base, quote}, start, end)
        if table is not None:
            return [self._labelled(rate) for rate in table.history(base, quote, start, end)]
        from forexhooks.support.context import report

        history = []
        days = self._days_to_ask(base, quote, start, end)
        for done, day in enumerate(days):
            report(done, len(days))
            try:
                rate = self.get_rate(base, quote, day, 0)
            except RateUnavailableError:
                continue
            # A driver may not know of max_gap: what it carried forward is no observation.
            if not isinstance(rate, Rate) or rate.on == day:
                history.append(rate)
        return history

    def get_table(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> RateTable | None:
        """Ask `forex_get_table`; None where the driver has none.

        Raises `PluginError` where an extension wraps rates and not tables.
        """
        if self._gives_tables and self._rates_alone:
            raise PluginError(
                f"{' and '.join(self._rates_alone)}: forex_get_rate is wrapped and forex_get_table "
                f"is not, so that a table of {self._driver} would miss what is done to its rates; "
                "wrap both, or ask rate by rate"
            )
        return self._table(currencies, start, end)

    def _days_to_ask(self, base: str, quote: str, start: date, end: date) -> list[date]:
        # Identity has an answer on every day: which were observed, the driver's table knows.
        table = self._asked_table({base}, start, end) if base == quote else None
        if table is not None:
            return [rate.on for rate in table.history(base, quote, start, end)]
        last = min(end, self._known_profile().today())
        return [date.fromordinal(day) for day in range(start.toordinal(), last.toordinal() + 1)]

    def _table(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> RateTable | None:
        """Ask `forex_get_table`; None too where an extension wraps rates and not tables."""
        return self._asked_table(currencies, start, end) if self._has_table else None

    def _asked_table(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> RateTable | None:
        table = self._hook.forex_get_table(
            driver=self._driver, currencies=currencies, start=start, end=end
        )
        if table is None or isinstance(table, RateTable):
            return table
        raise InvalidRateError(
            f"{self._driver} gave {table!r} where a RateTable was asked for", driver=self._driver
        )

    def _labelled(self, rate: Rate) -> Rate:
        """The rate under the name that the driver goes by here."""
        if self._alias is None or not isinstance(rate, Rate):  # who is asked may give anything
            return rate
        return rate._replace(driver=self._alias)

    def update(
        self, *, full: bool, progress: Progress | None, time_limit: float | None
    ) -> Update | None:
        """Ask `forex_update`."""
        update: Update | None = self._hook.forex_update(
            driver=self._driver, full=full, progress=progress, time_limit=time_limit
        )
        return update

    def profile(self) -> Profile | None:
        """Ask `forex_driver_profile`."""
        profile: object = self._hook.forex_driver_profile(driver=self._driver)
        if profile is None or isinstance(profile, Profile):
            return profile
        raise InvalidRateError(
            f"{self._driver} gave {profile!r} where a Profile was asked for", driver=self._driver
        )

    def _known_profile(self) -> Profile:
        return self.profile() or Profile(title=str(self._driver))

    def currencies(self) -> frozenset[str]:
        """Ask `forex_currencies`; empty where the driver does not say."""
        return frozenset(self._hook.forex_currencies(driver=self._driver) or ())


class Catalog:
    """One immutable set of plugins, in the order of their registration.

    `before` is the catalog that this one comes after: what stays keeps its token. The `finder`
    takes part in plain calls alone, in no relay. Of a traced one each call is logged.
    """

    __slots__ = (
        "__weakref__",
        "_relays",
        "_tokens",
        "blocked",
        "is_traced",
        "plugin_manager",
        "registrations",
    )

    def __init__(
        self,
        registrations: Iterable[Registration] = (),
        blocked: frozenset[str] = frozenset(),
        before: Catalog | None = None,
        finder: Registration | None = None,
        *,
        is_traced: bool = False,
    ) -> None:
        self.registrations: dict[str, Registration] = {each.name: each for each in registrations}
        self.blocked: frozenset[str] = blocked
        self.is_traced: bool = is_traced
        tokens = {} if before is None else before._tokens  # noqa: SLF001 - its own kind
        self._tokens: dict[Registration, Token] = {
            each: tokens.get(each) or each.token() for each in self.registrations.values()
        }
        self.plugin_manager: CheckedPluginManager = CheckedPluginManager(
            (
                each
                for each in (finder, *self.registrations.values())
                if each is not None and not each.is_alias
            ),
            is_traced=is_traced,
        )
        self._relays: dict[str, Relay] = {}

    def drivers(self) -> list[str]:
        """The names of the drivers in it."""
        return [name for name, each in self.registrations.items() if each.driver is not None]

    def relay(self, name: str) -> Relay | None:
        """The relay of a driver; None where there is none of that name."""
        relay = self._relays.get(name)
        if relay is not None:
            return relay
        driver = self.registrations.get(name)
        if driver is None or driver.driver is None:
            return None
        extensions = [each for each in self.registrations.values() if each.driver is None]
        # Two threads may both make one; either serves.
        relay = Relay(driver, extensions, is_traced=self.is_traced)
        return self._relays.setdefault(name, relay)


class CurrentHooks:
    """The hooks of whatever catalog is current, to be called plainly; kept, it holds no lease."""

    __slots__ = ("_current",)

    def __init__(self, current: Callable[[], Catalog]) -> None:
        self._current = current

    def __getattr__(self, name: str) -> CurrentHook:
        hook = CurrentHook(self._current, name)
        hook.spec  # noqa: B018 - an AttributeError for what is no hook, here and not in the call
        return hook


class CurrentHook:
    """One hook of whatever catalog is current; its other attributes are those of pluggy's."""

    __slots__ = ("_current", "_name")

    def __init__(self, current: Callable[[], Catalog], name: str) -> None:
        self._current = current
        self._name = name

    def __call__(self, **arguments: Any) -> Any:
        """Call the hook, under a lease on the catalog of this moment."""
        catalog = self._current()
        try:
            return getattr(catalog.plugin_manager.hook, self._name)(**arguments)
        finally:
            del catalog  # a kept traceback must not keep the lease

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(self._current().plugin_manager.hook, self._name), name)
