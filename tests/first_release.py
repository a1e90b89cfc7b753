"""The hooks of the first release, and plugins written against them: never to be changed.

Who released a driver for 0.1.0 wrote what is here. `docs/hook-policy.md` promises that it goes on.
"""

from __future__ import annotations

from collections.abc import Collection, Generator
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import click

import forexhooks
from forexhooks import Observation, Profile, Rate, RateTable, Rule, Update, hookimpl

REQUIRED = "must be given"


class Spec(NamedTuple):
    """A hook as it was: its arguments with their defaults, and whether the first result counts."""

    firstresult: bool
    arguments: dict[str, object]


SPECS = {
    "forex_driver_name": Spec(False, {}),
    "forex_get_rate": Spec(
        True,
        {
            "driver": REQUIRED,
            "base": REQUIRED,
            "quote": REQUIRED,
            "on": None,
            "max_gap": None,
            "series": None,
        },
    ),
    "forex_get_table": Spec(
        True,
        {
            "driver": REQUIRED,
            "currencies": REQUIRED,
            "start": REQUIRED,
            "end": REQUIRED,
            "series": None,
        },
    ),
    "forex_driver_profile": Spec(True, {"driver": REQUIRED}),
    "forex_driver_rule": Spec(True, {"driver": REQUIRED}),
    "forex_currencies": Spec(True, {"driver": REQUIRED}),
    "forex_update": Spec(
        True, {"driver": REQUIRED, "full": False, "progress": None, "time_limit": None}
    ),
    "forex_rates_arrived": Spec(False, {"driver": REQUIRED, "table": REQUIRED}),
    "forex_close": Spec(False, {}),
    "forex_add_commands": Spec(False, {"cli": REQUIRED}),
}

DAY = date(2026, 10, 30)
BEFORE = date(2026, 10, 29)
ROWS = [
    Observation(BEFORE, "USD", "CAD", Decimal("1.39")),
    Observation(BEFORE, "USD", "JPY", Decimal("157")),
    Observation(DAY, "USD", "CAD", Decimal("1.40")),
    Observation(DAY, "USD", "JPY", Decimal("158")),
]


class Full:
    """A raw driver with every hook and every argument."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.closed = 0

    @hookimpl
    def forex_driver_name(self) -> str:
        return "acme"

    @hookimpl
    def forex_get_rate(
        self,
        driver: str,
        base: str,
        quote: str,
        on: date | None,
        max_gap: int | None,
        series: str | None,
    ) -> Rate | None:
        self.asked.append(("rate", driver, base, quote, on, max_gap))
        if driver != "acme":
            return None
        return RateTable(ROWS, driver="acme").get_rate(base, quote, on, max_gap)

    @hookimpl
    def forex_get_table(
        self,
        driver: str,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str | None,
    ) -> RateTable | None:
        self.asked.append(("table", driver, frozenset(currencies), start, end))
        return RateTable(ROWS, driver="acme") if driver == "acme" else None

    @hookimpl
    def forex_driver_profile(self, driver: str) -> Profile | None:
        return Profile(title="Acme Bank", pivot="USD") if driver == "acme" else None

    @hookimpl
    def forex_driver_rule(self, driver: str) -> Rule | None:
        return None

    @hookimpl
    def forex_currencies(self, driver: str) -> Collection[str] | None:
        return {"USD", "CAD", "JPY"} if driver == "acme" else None

    @hookimpl
    def forex_update(
        self, driver: str, full: bool, progress: Any, time_limit: float | None
    ) -> Update | None:
        self.asked.append(("update", driver, full, time_limit))
        if driver != "acme":
            return None
        return Update("acme", BEFORE, DAY, source="rates.csv", added=2)

    @hookimpl
    def forex_rates_arrived(self, driver: str, table: RateTable) -> None:
        self.arrived = driver, table.newest

    @hookimpl
    def forex_close(self) -> None:
        self.closed += 1

    @hookimpl
    def forex_add_commands(self, cli: click.Group) -> None:
        cli.add_command(click.Command("acme-report"))


class WithoutSeries(Full):
    """A raw driver that knows nothing of series."""

    @hookimpl
    def forex_get_rate(  # type: ignore[override]
        self, driver: str, base: str, quote: str, on: date | None, max_gap: int | None
    ) -> Rate | None:
        return super().forex_get_rate(driver, base, quote, on, max_gap, None)

    @hookimpl
    def forex_get_table(  # type: ignore[override]
        self, driver: str, currencies: Collection[str], start: date | None, end: date | None
    ) -> RateTable | None:
        return super().forex_get_table(driver, currencies, start, end, None)


class Minimal:
    """A raw driver with the least there may be."""

    @hookimpl
    def forex_driver_name(self) -> str:
        return "acme"

    @hookimpl
    def forex_get_rate(self, driver: str, base: str, quote: str) -> Rate | None:
        if driver == "acme" and (base, quote) == ("USD", "CAD"):
            return Rate(base, quote, Decimal("1.40"), DAY, "acme")
        return None


class Subclass(forexhooks.Driver):
    """A driver made of one method."""

    name = "acme"
    profile = Profile(title="Acme Bank", pivot="USD")

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> list[Observation]:
        return ROWS


class Overriding(Subclass):
    """A subclass with its own say in each hook of `Driver`, which knows nothing of series."""

    @hookimpl
    def forex_get_rate(
        self, driver: str, base: str, quote: str, on: date | None, max_gap: int | None
    ) -> Rate | None:
        return super().forex_get_rate(driver, base, quote, on, max_gap)

    @hookimpl
    def forex_get_table(
        self, driver: str, currencies: Collection[str], start: date | None, end: date | None
    ) -> RateTable | None:
        return super().forex_get_table(driver, currencies, start, end)

    @hookimpl
    def forex_driver_profile(self, driver: str) -> Profile | None:
        return super().forex_driver_profile(driver)

    @hookimpl
    def forex_currencies(self, driver: str) -> Collection[str] | None:
        return super().forex_currencies(driver)

    @hookimpl
    def forex_update(
        self, driver: str, full: bool, progress: Any, time_limit: float | None
    ) -> Update | None:
        return super().forex_update(driver, full, progress, time_limit)


class Wrapping:
    """An extension around every hook that gives something, with every argument."""

    def __init__(self) -> None:
        self.saw: list[str] = []

    @hookimpl(wrapper=True)
    def forex_get_rate(
        self,
        driver: str,
        base: str,
        quote: str,
        on: date | None,
        max_gap: int | None,
        series: str | None,
    ) -> Generator[None, Rate, Rate]:
        rate = yield
        self.saw.append(f"{driver} {base}/{quote}")
        return rate

    @hookimpl(wrapper=True)
    def forex_get_table(
        self,
        driver: str,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str | None,
    ) -> Generator[None, RateTable, RateTable]:
        table = yield
        self.saw.append(f"{driver} table")
        return table

    @hookimpl(wrapper=True)
    def forex_update(
        self, driver: str, full: bool, progress: Any, time_limit: float | None
    ) -> Generator[None, Update, Update]:
        update = yield
        self.saw.append(f"{driver} update")
        return update


class WrappingWithoutSeries:
    """An extension that knows nothing of series."""

    def __init__(self) -> None:
        self.saw: list[str] = []

    @hookimpl(wrapper=True)
    def forex_get_rate(
        self, driver: str, base: str, quote: str, on: date | None, max_gap: int | None
    ) -> Generator[None, Rate, Rate]:
        rate = yield
        self.saw.append(f"{driver} {base}/{quote}")
        return rate

    @hookimpl(wrapper=True)
    def forex_get_table(
        self, driver: str, currencies: Collection[str], start: date | None, end: date | None
    ) -> Generator[None, RateTable, RateTable]:
        table = yield
        self.saw.append(f"{driver} table")
        return table

    @hookimpl(wrapper=True)
    def forex_update(
        self, driver: str, full: bool, progress: Any, time_limit: float | None
    ) -> Generator[None, Update, Update]:
        update = yield
        self.saw.append(f"{driver} update")
        return update
