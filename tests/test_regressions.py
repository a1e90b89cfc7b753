"""Faults that were found once, and stay found."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

import forexhooks
from forexhooks import Driver, Observation, Profile, UnavailableReason

MONDAY = date(2024, 10, 7)


class Acme:
    """A raw driver that counts how often it was closed."""

    def __init__(self, name: str = "acme") -> None:
        self.name = name
        self.closed = 0

    @forexhooks.hookimpl
    def forex_driver_name(self) -> str:
        return self.name

    @forexhooks.hookimpl
    def forex_get_rate(self, base: str, quote: str) -> forexhooks.Rate | None:
        return forexhooks.Rate(base, quote, Decimal(2), MONDAY, self.name)

    @forexhooks.hookimpl
    def forex_close(self) -> None:
        self.closed += 1


class Slow(Acme):
    """Its calls wait until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered, self.let_go = threading.Event(), threading.Event()

    @forexhooks.hookimpl
    def forex_get_rate(self, base: str, quote: str) -> forexhooks.Rate | None:
        self.entered.set()
        assert self.let_go.wait(60)
        return super().forex_get_rate(base, quote)


class Sparse(Driver):
    """EUR/USD on each weekday of October 2024; of CAD also what nobody asked for, one day of it."""

    name = "sparse"
    profile = Profile(title="Sparse", pivot="EUR")

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        first, last = start or date(2024, 10, 31), end or date(2024, 10, 31)
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            if day.weekday() < 5 and date(2024, 10, 1) <= day <= date(2024, 10, 31):
                yield Observation(day, "EUR", "USD", Decimal("1.1"))
                if "CAD" in currencies or day == date(2024, 10, 1):
                    yield Observation(day, "EUR", "CAD", Decimal(day.day))
            if day == date(2022, 12, 23):
                yield Observation(day, "EUR", "HRK", Decimal("7.5"))


@pytest.fixture
def fx() -> forexhooks.ForexService:
    manager = forexhooks.ForexManager()
    manager.register(Sparse())
    return forexhooks.open("sparse", manager=manager)


def test_what_came_unasked_does_not_answer_later_questions(fx: forexhooks.ForexService) -> None:
    fx.get_history("EUR", "USD", date(2024, 10, 1), date(2024, 10, 31))
    assert fx.get_rate("EUR", "CAD", on=date(2024, 10, 8)).on == date(2024, 10, 8)


def test_the_reason_does_not_depend_on_what_is_held(fx: forexhooks.ForexService) -> None:
    def reason(on: date) -> UnavailableReason:
        with pytest.raises(forexhooks.RateUnavailableError) as missing:
            fx.get_rate("EUR", "USD", on=on, max_gap=0)
        return missing.value.reason

    days = (date(2024, 10, 6), date(2024, 10, 27))
    cold = [reason(day) for day in days]
    fx.get_history("EUR", "USD", date(2024, 10, 5), date(2024, 10, 27))
    assert [reason(day) for day in days] == cold == [UnavailableReason.HOLE] * 2


def test_an_ended_currency_is_not_unsupported_between_its_days(
    fx: forexhooks.ForexService,
) -> None:
    assert fx.get_history("EUR", "HRK", date(2022, 12, 24), date(2022, 12, 25)) == []
    with pytest.raises(forexhooks.RateUnavailableError):
        fx.get_rate("EUR", "HRK", on=date(2022, 12, 25), max_gap=1)
    assert fx.get_rate("EUR", "HRK", on=date(2022, 12, 25)).on == date(2022, 12, 23)


def test_a_weekend_after_the_last_day_held_is_no_hole() -> None:
    with time_machine.travel(datetime(2026, 11, 24, 12, tzinfo=UTC), tick=False):
        manager = forexhooks.ForexManager(discover=True)
        for day in (date(2026, 11, 14), date(2026, 11, 16)):  # a Saturday, a Monday
            with pytest.raises(forexhooks.RateUnavailableError) as missing:
                forexhooks.open("ecb", manager=manager).get_rate("EUR", "USD", on=day)
            assert missing.value.reason is UnavailableReason.AFTER_LAST_DAY


def test_a_plugin_that_is_still_leaving_cannot_come_back() -> None:
    manager = forexhooks.ForexManager()
    slow = Slow()
    manager.register(slow)
    caller = threading.Thread(
        target=lambda: manager.hook.forex_get_rate(driver="acme", base="USD", quote="CAD")
    )
    caller.start()
    assert slow.entered.wait(60)
    with pytest.warns(forexhooks.DrainWarning):
        manager.unregister(slow, drain=0.01)
    with pytest.raises(forexhooks.PluginConflictError, match="still leaving"):
        manager.register(slow)
    slow.let_go.set()
    caller.join(60)
    deadline = time.monotonic() + 20
    while not slow.closed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert slow.closed == 1
    assert manager.register(slow) == "acme"


def test_every_plugin_is_closed_whatever_happens_with_the_others() -> None:
    class Exiting(Acme):
        @forexhooks.hookimpl
        def forex_close(self) -> None:
            raise SystemExit(3)

    manager = forexhooks.ForexManager()
    second = Acme(name="second")
    manager.register(Exiting())
    manager.register(second)
    with pytest.raises(SystemExit):
        manager.close()
    assert second.closed == 1


@pytest.mark.parametrize("drain", [math.inf, 1e300, 0, -5])
def test_a_drain_of_any_length_closes(drain: float) -> None:
    manager = forexhooks.ForexManager()
    acme = Acme()
    manager.register(acme)
    manager.unregister(acme, drain=drain)
    assert acme.closed == 1


def test_a_driver_that_is_found_by_a_closed_manager_is_given_back() -> None:
    manager = forexhooks.ForexManager(discover=True)
    manager.close()
    with pytest.raises(forexhooks.PluginError, match="closed"):
        forexhooks.open("ecb", manager=manager)


def test_a_range_fetched_before_publication_is_not_kept_for_good() -> None:
    today = MONDAY + timedelta(1)
    published = {MONDAY: "1.1"}
    fetching, go_on = threading.Event(), threading.Event()

    class Slowly(Driver):
        name = "slowly"
        profile = Profile(title="Slowly", time_to_live=timedelta(0))

        def observations(
            self, currencies: Collection[str], start: date | None, end: date | None
        ) -> Iterator[Observation]:
            held = [Observation(day, "EUR", "USD", Decimal(v)) for day, v in published.items()]
            if start is not None and not go_on.is_set():
                fetching.set()
                go_on.wait(60)
            yield from held

    manager = forexhooks.ForexManager()
    manager.register(Slowly())
    fx = forexhooks.open("slowly", manager=manager)
    with time_machine.travel(datetime(2024, 10, 8, 12, tzinfo=UTC), tick=False):
        asking = threading.Thread(target=lambda: fx.get_rate("EUR", "USD", on=today))
        asking.start()
        assert fetching.wait(60)
        published[today] = "1.2"
        assert fx.get_rate("EUR", "USD").value == Decimal("1.2")
        go_on.set()
        asking.join(60)
        assert fx.get_rate("EUR", "USD", on=today).value == Decimal("1.2")


def test_a_driver_may_not_answer_under_the_name_of_another() -> None:
    class Borrowing(Acme):
        @forexhooks.hookimpl
        def forex_get_rate(self, base: str, quote: str) -> forexhooks.Rate:
            return forexhooks.Rate(base, quote, Decimal(1), MONDAY, "other")

    manager = forexhooks.ForexManager()
    manager.register(Borrowing())
    with pytest.raises(forexhooks.InvalidRateError, match="a rate of the driver 'other'"):
        forexhooks.open("acme", manager=manager).get_rate("USD", "CAD", on=MONDAY)
