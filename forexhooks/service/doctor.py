"""examine(): whether each driver works, and what to do about it where it does not."""

from __future__ import annotations

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
    UnsupportedPairError,
)
from forexhooks.rates.rate import Rate
from forexhooks.service.compare import all_at_once
from forexhooks.service.driver_service import DriverService
from forexhooks.service.fallback import is_a_bug
from forexhooks.service.opening import plugin_manager
from forexhooks.support.context import asking, contacts
from forexhooks.support.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from forexhooks.plugins.manager import ForexManager

Check = Literal["importable", "configured", "reachable", "well-formed", "fresh"]

CHECKS: tuple[Check, ...] = ("importable", "configured", "reachable", "well-formed", "fresh")
"""What is looked at, in this order: after the first that fails, the others cannot be known."""

# Which check it is that an error fails; the first kind that fits.
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
_BUG = "it is a mistake in the driver's code: tell its author"

_ADVICE: dict[Check, str] = {
    "importable": "install it again, or ask its author",
    "configured": "give the setting that the message names",
    "reachable": "check the network, wait, or ask another driver",
    "well-formed": "the provider may have changed its format: upgrade the driver, tell its author",
    "fresh": "a driver that keeps a store is updated by `forexhooks update`; else wait for the "
    "provider",
}

_ASKED_FIRST = ("USD", "EUR", "GBP", "CAD", "NOK", "PLN")

# What is known of a driver without a rate.
_UNTRIED = ("importable", "configured")


class Examined(NamedTuple):
    """How one driver is.

    - `driver`: its name
    - `failed`: the check of `CHECKS` that failed; `None`: it works
    - `problem`, `advice`: what is wrong, and what to do
    - `rate`: the rate that it was tried with, if there is one
    - `was_reached`: whether its provider was asked, and responded
    """

    driver: str
    failed: Check | None
    problem: str | None = None
    advice: str | None = None
    rate: Rate | None = None
    was_reached: bool = False

    @property
    def checks(self) -> dict[Check, bool | None]:
        """Each check: passed, failed, or (`None`) not known.

        After one that failed the others are not known; nor is it whether a provider can be reached
        that was not asked, as a driver with a store does not need to. Of a driver that gave no
        rate, and did not fail, only that it can be imported and made.
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


def examine(drivers: Sequence[str] = (), *, manager: ForexManager | None = None) -> list[Examined]:
    """Try each driver, all at once: import it, make it, ask it for its latest rate of a pair.

    `drivers` are their names, by default all that are registered or installed and not blocked.
    Raises nothing: what goes wrong is the result.
    """
    manager = plugin_manager() if manager is None else manager
    names = list(drivers) or list(
        dict.fromkeys(each.name for each in manager.drivers() if each.state != "blocked")
    )
    return all_at_once(lambda name: _examined(name, manager), names)


def _examined(name: str, manager: ForexManager) -> Examined:
    known: frozenset[str] | None = None
    with asking(anew=True), contacts() as reached:
        try:
            manager.find(name)
            # Not open(): under FOREXHOOKS_LOCK that answers from the lock, and it is the driver
            # that is examined.
            service = DriverService(manager, name, refresh=False)
            known = service.currencies()
            profile = service.profile
            base, quote, _ = profile.example or (*_pair(profile.pivot, known), None)
            rate = service.rate_or_error(base, quote)
            if isinstance(rate, ForexError):
                raise rate
        except ForexError as error:
            return _failure(name, error, known, was_reached=bool(reached), manager=manager)
    if rate.stale is not None:
        return Examined(name, "fresh", rate.stale, _ADVICE["fresh"], rate, bool(reached))
    return Examined(name, None, rate=rate, was_reached=bool(reached))


def _failure(
    name: str,
    error: ForexError,
    known: frozenset[str] | None,
    *,
    was_reached: bool,
    manager: ForexManager,
) -> Examined:
    if isinstance(error, UnsupportedPairError) and not known:
        return Examined(name, None, was_reached=was_reached)  # it does not say what it has
    if is_a_bug(error):
        return Examined(name, "well-formed", str(error), _BUG, was_reached=was_reached)
    is_offline = manager.is_offline or read_settings().offline
    if is_offline and type(error) is DriverError:
        return Examined(name, None, str(error), _ADVICE["reachable"])
    failed = next(check for kind, check in _FAILED if isinstance(error, kind))
    return Examined(name, failed, str(error), _ADVICE[failed], was_reached=was_reached)


def _pair(pivot: str | None, known: Collection[str]) -> tuple[str, str]:
    """Two currencies that the driver knows: its pivot if it has one, and a usual one."""
    known = known or {"USD", "EUR"}
    usual = [code for code in _ASKED_FIRST if code in known] + sorted(known)
    base = pivot or usual[0]
    return base, next((code for code in usual if code != base), base)
