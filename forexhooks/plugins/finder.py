"""The finder: in direct hook calls, finds drivers that are not registered yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from forexhooks.errors import UnknownDriverError
from forexhooks.plugins.hooks import Hooks
from forexhooks.plugins.hookspecs import hookimpl

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from forexhooks.plugins.catalog import Catalog


class Finder:
    """Asked last: finds the driver, and passes the call on to it.

    Drivers that are `known` have been asked already: they take part in the call.
    """

    def __init__(
        self,
        find: Callable[[str], object],
        current: Callable[[], Catalog],
        known: Collection[str],
    ) -> None:
        self._find = find
        self._current = current
        self._known = known

    @hookimpl(trylast=True)
    def forex_get_rate(
        self, driver: str, base: str, quote: str, on: Any, max_gap: Any, series: Any
    ) -> Any:
        """Pass the question on."""
        asked = {"base": base, "quote": quote, "on": on, "max_gap": max_gap, "series": series}
        return self._hand_on("forex_get_rate", driver, **asked)

    @hookimpl(trylast=True)
    def forex_get_table(
        self, driver: str, currencies: Any, start: Any, end: Any, series: Any
    ) -> Any:
        """Pass the question on."""
        asked = {"currencies": currencies, "start": start, "end": end, "series": series}
        return self._hand_on("forex_get_table", driver, **asked)

    @hookimpl(trylast=True)
    def forex_driver_profile(self, driver: str) -> Any:
        """Pass the question on."""
        return self._hand_on("forex_driver_profile", driver)

    @hookimpl(trylast=True)
    def forex_driver_rule(self, driver: str) -> Any:
        """Pass the question on."""
        return self._hand_on("forex_driver_rule", driver)

    @hookimpl(trylast=True)
    def forex_currencies(self, driver: str) -> Any:
        """Pass the question on."""
        return self._hand_on("forex_currencies", driver)

    @hookimpl(trylast=True)
    def forex_update(self, driver: str, full: Any, progress: Any, time_limit: Any) -> Any:
        """Pass the question on."""
        asked = {"full": full, "progress": progress, "time_limit": time_limit}
        return self._hand_on("forex_update", driver, **asked)

    def _hand_on(self, hook: str, driver: str, **asked: Any) -> Any:
        if driver in self._known:
            return None
        try:
            self._find(driver)
        except UnknownDriverError:
            return None
        catalog = self._current()
        try:
            registration = catalog.registrations.get(driver)
            if registration is None or registration.is_alias:
                return None
            # Extensions already wrap the call: ask only the driver itself.
            driver_alone = Hooks([registration], is_traced=catalog.is_traced)
            caller, arguments = driver_alone.to_call(hook, {"driver": driver, **asked})
            return caller(**arguments)
        finally:
            del catalog
