"""Trial: a driver on trial, with the provider it asks, isolated from everything else."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import time_machine

from forexhooks.errors import StaleRateWarning
from forexhooks.plugins.manager import ForexManager
from forexhooks.service.opening import open as open_driver

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    import pytest

    from forexhooks.rates.profile import Profile
    from forexhooks.rates.rate import Observation
    from forexhooks.rates.table import RateTable
    from forexhooks.service.service import ForexService
    from forexhooks.testing.local_server import ForexServer

SPAN = timedelta(days=10)
"""The history that is asked for, up to the newest day."""

_ONE_DAY = timedelta(days=1)
_EVENING = time(23, 0)
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE")


def isolate(patch: pytest.MonkeyPatch, folder: Path) -> None:
    """Keep the settings, proxies and files of the person who runs the tests out of the tests.

    Args:
        patch: Changes the environment, and restores it after the test.
        folder: An empty folder for the driver's files.
    """
    for variable in [each for each in os.environ if each.startswith("FOREXHOOKS_")]:
        patch.delenv(variable)
    for variable in _PROXIES:
        patch.delenv(variable, raising=False)
        patch.delenv(variable.lower(), raising=False)
    for kind in ("config", "data", "cache"):
        patch.setenv(f"XDG_{kind.upper()}_HOME", str(folder / kind))


@contextmanager
def without_warnings() -> Iterator[None]:
    """In this context, nothing warns of stale rates: recordings are of past days."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StaleRateWarning)
        yield


@contextmanager
def evening_of(day: date, profile: Profile) -> Iterator[None]:
    """In this context it is the evening of a day at the provider: the day's rates are published."""
    zone = ZoneInfo(profile.zone)
    with time_machine.travel(datetime.combine(day, _EVENING, zone), tick=False):
        yield


def telling(observations: Sequence[Observation]) -> Observation:
    """The most telling observation: the one with the most digits."""
    return max(observations, key=lambda each: len(each.value.as_tuple().digits))


def hole_in(days: Iterable[date]) -> date | None:
    """A day between these on which nothing was published."""
    for before, after in pairwise(days):
        if after - before > _ONE_DAY:
            return after - _ONE_DAY
    return None


class Trial:
    """A driver in a manager of its own."""

    def __init__(self, plugin: object, server: ForexServer) -> None:
        self.server: ForexServer = server
        self.plugin: Any = plugin
        self.manager: ForexManager = ForexManager()
        self.name: str = str(self.manager.register(plugin))
        self.fx: ForexService = open_driver(self.name, manager=self.manager)
        self.hook: Any = self.manager.hook

    @property
    def profile(self) -> Profile:
        """The driver's profile."""
        return self.fx.profile

    def table(
        self, codes: Collection[str] = (), start: date | None = None, end: date | None = None
    ) -> RateTable | None:
        """The driver's table of these currencies, or of all, for the latest day or for a range."""
        codes = frozenset(codes) or self.fx.currencies()
        table: RateTable | None = self.hook.forex_get_table(
            driver=self.name, currencies=codes, start=start, end=end
        )
        return table

    def observations(
        self,
        pairs: Collection[tuple[str, str]] = (),
        codes: Collection[str] = (),
        days: tuple[date, date] | None = None,
    ) -> list[Observation]:
        """The driver's observations, as published; without tables, the rates of pairs.

        They are the latest, or those of a range of days.
        """
        table = self.table(codes, *days or ())
        if table is not None:
            if days:
                return list(table.observations_of(*days))
            return [each for each in table.observations() if each.on == table.newest]
        from forexhooks.rates.rate import Observation

        if days:
            rates = [rate for pair in pairs for rate in self.fx.get_history(*pair, *days)]
        else:
            rates = [self.fx.get_rate(*pair) for pair in pairs]
        return [Observation(each.on, each.base, each.quote, each.value) for each in rates]

    def close(self) -> None:
        """Close the driver."""
        self.manager.close()
