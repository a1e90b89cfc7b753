"""examine(): whether each driver works, and what to do if it does not."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from forexhooks.errors import (
    AuthenticationError,
    DriverError,
    ForexError,
    InvalidRateError,
    MalformedResponseError,
    PluginError,
    QuotaError,
    RateError,
    SettingsError,
    TransientError,
    UnknownDriverError,
    UnsupportedPairError,
)
from forexhooks.rates.rate import Rate
from forexhooks.service.compare import all_at_once
from forexhooks.service.driver_service import DriverService
from forexhooks.service.fallback import is_a_bug
from forexhooks.service.opening import plugin_manager
from forexhooks.support.context import Findings, asking, findings
from forexhooks.support.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from forexhooks.plugins.manager import ForexManager
    from forexhooks.rates.profile import Profile

Check = Literal["importable", "configured", "reachable", "well-formed", "fresh"]

CHECKS: tuple[Check, ...] = ("importable", "configured", "reachable", "well-formed", "fresh")
"""The checks, in this order: after one that fails, the others are unknown."""

# Which check an error fails; the first class that fits counts.
_FAILED: tuple[tuple[type[ForexError], Check], ...] = (
    (PluginError, "importable"),
    (SettingsError, "configured"),
    (AuthenticationError, "configured"),
    (QuotaError, "reachable"),
    (TransientError, "reachable"),
    (MalformedResponseError, "well-formed"),
    (InvalidRateError, "well-formed"),
    (RateError, "well-formed"),
    (ForexError, "reachable"),
)
_MISSING = "check its name, or install it"
_BUG = "there is a bug in the driver: tell its author"

_ADVICE: dict[Check, str] = {
    "importable": "reinstall it, or ask its author",
    "configured": "give the setting that the message names",
    "reachable": "check the network, wait, or ask another driver",
    "well-formed": "its provider may have changed the format: upgrade the driver, tell its author",
    "fresh": "if the driver keeps a store, run `forexhooks update`; else wait for the provider",
}

_ASKED_FIRST = ("USD", "EUR", "GBP", "CAD", "NOK", "PLN")

_A_FEW, _A_MONTH, _FAR_BACK = 7, 31, 366  # days

# What is known of a driver without a rate.
_UNTRIED = ("importable", "configured")


class Examined(NamedTuple):
    """The result of examining one driver.

    - `driver`: its name, with the series if one was examined: `bcb:ask`
    - `failed`: the check in `CHECKS` that failed; `None`: it works
    - `problem`, `advice`: what is wrong, and what to do
    - `rate`: the rate that it was tried with, if there is one
    - `was_reached`: whether its provider was contacted and responded
    - `moved`: if the provider says that it has moved for good, from which host to which
    - `bad_rows`: rows that could not be read, in responses that were usable nevertheless
    - `missed`: days within the last month on which a rate should have been published but is
      missing; for periods, the first days of the gaps within the last year

    `moved` and `bad_rows` cover what was requested. `missed` is filled in only by a `thorough`
    examination.
    """

    driver: str
    failed: Check | None
    problem: str | None = None
    advice: str | None = None
    rate: Rate | None = None
    was_reached: bool = False
    moved: tuple[str, ...] = ()
    bad_rows: tuple[str, ...] = ()
    missed: tuple[date, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether nothing was found at all."""
        return not (self.failed or self.moved or self.bad_rows or self.missed)

    @property
    def checks(self) -> dict[Check, bool | None]:
        """Each check: passed, failed, or (`None`) unknown.

        Checks after a failed one are unknown. Whether the provider can be reached is unknown if it
        was not contacted, which a driver with a store need not do. If a driver returned no rate but
        did not fail either, all that is known is that it can be imported and made.
        """
        if self.failed is None:
            is_tried = self.rate is not None
            known = {each: True if is_tried or each in _UNTRIED else None for each in CHECKS}
        else:
            at = CHECKS.index(self.failed)
            known = {each: None if i > at else i < at for i, each in enumerate(CHECKS)}
        if known["reachable"]:
            known["reachable"] = self.was_reached or None
        return known


def examine(
    drivers: Sequence[str] = (), *, thorough: bool = False, manager: ForexManager | None = None
) -> list[Examined]:
    """Try all drivers at once: import each, make it, and ask it for the latest rate of a pair.

    Args:
        drivers: Their names, also as `driver:series`; empty: all drivers that are registered or
            installed and not blocked.
        thorough: Whether to try each series of a driver that is named without one, and to look for
            missing days.
        manager: Where to look them up; None: where `open()` does.

    Returns:
        A result for each driver, in the same order. Failures are results: nothing is raised.
    """
    manager = plugin_manager() if manager is None else manager
    names = list(drivers) or list(
        dict.fromkeys(each.name for each in manager.drivers() if each.state != "blocked")
    )

    def examined(name: str) -> list[Examined]:
        first, *others = _series_of(name, manager) if thorough else [name]
        # One after another: if a provider fails for the first, the others are not asked for.
        results = [_examined(first, manager, thorough=thorough)]
        if results[0].failed in (None, "well-formed", "fresh"):
            results += [_examined(each, manager, thorough=True) for each in others]
        return results

    return [each for results in all_at_once(examined, names) for each in results]


def _series_of(name: str, manager: ForexManager) -> list[str]:
    """Each series that a driver lists, the default first; only the name if it lists none."""
    try:
        manager.find(name.partition(":")[0])
        series = () if ":" in name else DriverService(manager, name).profile.series
    except ForexError:
        series = ()  # the examination will find out why
    return [f"{name}:{each.name}" for each in series] or [name]


def _examined(name: str, manager: ForexManager, *, thorough: bool) -> Examined:
    with findings() as found:
        result = _tried(name, manager, found, thorough=thorough)
    return result._replace(
        was_reached=bool(found.reached), moved=(*found.moved,), bad_rows=(*found.bad_rows,)
    )


def _tried(name: str, manager: ForexManager, found: Findings, *, thorough: bool) -> Examined:
    known: frozenset[str] | None = None
    missed: tuple[date, ...] = ()
    with asking(anew=True):
        try:
            manager.find(name.partition(":")[0])
            # Not open(): with FOREXHOOKS_LOCK it would answer from the lock, but the driver is
            # to be examined.
            service = DriverService(manager, name, refresh=False)
            known = service.currencies()
            profile = service.profile
            base, quote, _ = profile.example or (*_pair(profile.pivot, known), None)
            rate = service.rate_or_error(base, quote)
            if isinstance(rate, ForexError):
                raise rate
        except ForexError as error:
            return _failure(name, error, known, manager=manager)
    try:
        if thorough and found.reached and not profile.latest_only:
            missed = (*_missed(service, profile, base, quote),)
    except ForexError as error:
        return _failure(name, error, known, manager=manager)
    if rate.stale is not None:
        return Examined(name, "fresh", rate.stale, _ADVICE["fresh"], rate, missed=missed)
    return Examined(name, None, rate=rate, missed=missed)


def _missed(service: DriverService, profile: Profile, base: str, quote: str) -> Iterator[date]:
    """The days for which a provider should have a rate by now but does not."""
    end = profile.newest_due()
    if profile.frequency != "day":
        periods = service.get_history(base, quote, end - timedelta(days=_FAR_BACK), end)
        for before, after in pairwise(periods):
            gap = (before.until or before.on) + timedelta(days=1)
            if before.until is not None and gap < after.on:
                yield gap
        return
    # With some drivers, each day costs a request.
    start = end - timedelta(days=_A_FEW if profile.day_by_day else _A_MONTH)
    there = {rate.on for rate in service.get_history(base, quote, start, end)}
    for back in range((end - start).days, -1, -1):
        day = end - timedelta(days=back)
        if day not in there and profile.publication_days(day):
            yield day


def _failure(
    name: str,
    error: ForexError,
    known: frozenset[str] | None,
    *,
    manager: ForexManager,
) -> Examined:
    if isinstance(error, UnsupportedPairError) and not known:
        return Examined(name, None)  # it does not list its currencies
    if is_a_bug(error):
        return Examined(name, "well-formed", str(error), _BUG)
    is_offline = manager.is_offline or read_settings().offline
    if is_offline and type(error) is DriverError:
        return Examined(name, None, str(error), _ADVICE["reachable"])
    if isinstance(error, UnknownDriverError):
        return Examined(name, "importable", str(error), _MISSING)
    failed = next(check for kind, check in _FAILED if isinstance(error, kind))
    return Examined(name, failed, str(error), _ADVICE[failed])


def _pair(pivot: str | None, known: Collection[str]) -> tuple[str, str]:
    """Two currencies that the driver knows: its pivot, if it has one, and a common one."""
    known = known or {"USD", "EUR"}
    usual = [code for code in _ASKED_FIRST if code in known] + sorted(known)
    base = pivot or usual[0]
    return base, next((code for code in usual if code != base), base)
