"""16 threads call while plugins come, change and go: no call fails, is mixed, or comes too late."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest

import forexhooks

CALLS = int(os.environ.get("FOREXHOOKS_TEST_CALLS", "60000"))
THREADS = 16
DAY = date(2026, 10, 30)


class Versioned:
    """A driver whose answers say their version, and that notices calls after its close."""

    def __init__(self, version: int) -> None:
        self.version = version
        self.closed = 0

    @forexhooks.hookimpl
    def forex_driver_name(self) -> str:
        return "versioned"

    @forexhooks.hookimpl
    def forex_get_rate(self, driver: str, base: str, quote: str) -> forexhooks.Rate | None:
        if driver != "versioned":
            return None
        if self.closed:
            raise RuntimeError("called after close")
        if quote == "JPY":
            raise KeyError(quote)
        leg = forexhooks.Observation(DAY, base, quote, Decimal(self.version))
        rate = forexhooks.Rate(base, quote, Decimal(self.version), DAY, "versioned", (leg,))
        if self.closed:
            raise RuntimeError("closed during a call")
        return rate

    @forexhooks.hookimpl
    def forex_close(self) -> None:
        self.closed += 1


class Tabled(Versioned):
    """With tables too: what comes of one table has one version."""

    @forexhooks.hookimpl
    def forex_get_table(self, driver: str) -> forexhooks.RateTable | None:
        if driver != "versioned":
            return None
        if self.closed:
            raise RuntimeError("called after close")
        value = Decimal(self.version)
        observed = (forexhooks.Observation(DAY, "USD", code, value) for code in ("CAD", "EUR"))
        return forexhooks.RateTable(observed, driver="versioned")


class Misspelt(Versioned):
    @forexhooks.hookimpl
    def forex_get_rates(self) -> None: ...


@pytest.fixture(autouse=True)
def switch_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-5)
    yield
    sys.setswitchinterval(before)


def test_no_call_fails_while_drivers_are_swapped() -> None:
    manager = forexhooks.ForexManager()
    plugins: list[Versioned] = [Tabled(1)]
    manager.register(plugins[0])
    fx = forexhooks.open("versioned", manager=manager)
    outcomes: Counter[str] = Counter()
    kept: list[BaseException] = []  # a caller that keeps its exceptions, and so their frames
    counting = threading.Lock()
    calling = threading.Event()
    calling.set()

    def call(number: int) -> None:
        mine: Counter[str] = Counter()
        ask = manager.hook.forex_get_rate
        rates: Iterable[forexhooks.Rate]
        for i in range(CALLS // THREADS):
            try:
                if i % 64 == 7:
                    with pytest.raises(forexhooks.DriverError) as failed:
                        fx.get_rate("USD", "JPY")
                    if number == 0:
                        kept.append(failed.value)
                    mine["expected error"] += 1
                    continue
                if i % 64 == 9:
                    rates = fx.get_rates("USD", ["CAD", "EUR"], on=DAY).values()
                elif i % 4 == 0:
                    rates = [ask(driver="versioned", base="USD", quote="CAD")]
                else:
                    rates = [fx.get_rate("USD", "CAD")]
                versions = {each for rate in rates for each in (rate.value, rate.legs[0].value)}
                mine["ok" if len(versions) == 1 else "mixed"] += 1
            except BaseException as error:  # noqa: BLE001 - counted, and shown below
                mine[repr(error)] += 1
        with counting:
            outcomes.update(mine)

    def change(alias: str) -> None:
        version = 1
        while calling.is_set():
            version += 1
            other = Tabled(version)
            plugins.append(other)
            if version % 3:
                manager.replace(other)
            else:
                manager.register(other, name=alias)
                manager.unregister(name=alias)
            with pytest.raises(forexhooks.PluginLoadError):
                manager.register(Misspelt(version))
            with pytest.raises(forexhooks.PluginConflictError):
                manager.register(Versioned(version))

    callers = [Thread(target=call, args=(number,)) for number in range(THREADS)]
    changers = [Thread(target=change, args=(alias,)) for alias in ("one", "another")]
    for thread in callers + changers:
        thread.start()
    for thread in callers:
        thread.join()
    calling.clear()
    for thread in changers:
        thread.join()
    manager.close()

    assert set(outcomes) == {"ok", "expected error"}, outcomes
    assert sum(outcomes.values()) == CALLS // THREADS * THREADS
    assert len(plugins) > 20
    assert len(kept) > 1
    assert {plugin.closed for plugin in plugins} == {1}


def test_threads_find_one_driver_between_them() -> None:
    manager = forexhooks.ForexManager(discover=True)
    found: list[object] = []
    together = threading.Barrier(THREADS)

    def find() -> None:
        together.wait()
        rate = forexhooks.open("ecb", manager=manager).get_rate("EUR", "USD", on=DAY)
        found.append((rate.value, manager.get_plugin("ecb")))

    threads = [Thread(target=find) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(Decimal("1.1172"), manager.get_plugin("ecb"))] * THREADS
    manager.close()


class Slow(Versioned):
    """Its calls wait until they are let go."""

    def __init__(self) -> None:
        super().__init__(1)
        self.entered = threading.Event()
        self.let_go = threading.Event()

    @forexhooks.hookimpl
    def forex_get_rate(self, driver: str, base: str, quote: str) -> forexhooks.Rate | None:
        self.entered.set()
        assert self.let_go.wait(60)
        return super().forex_get_rate(driver, base, quote)


@contextmanager
def in_background(call: Callable[[], object]) -> Iterator[Thread]:
    thread = Thread(target=call)
    thread.start()
    yield thread
    thread.join(60)
    assert not thread.is_alive()


Change = Callable[[forexhooks.ForexManager], object]
CHANGES: dict[str, Change] = {
    "unregister": lambda manager: manager.unregister(name="versioned"),
    "replace": lambda manager: manager.replace(Versioned(2)),
    "set_blocked": lambda manager: manager.set_blocked("versioned"),
    "close": lambda manager: manager.close(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("plain", [True, False], ids=["plain call", "service"])
def test_a_call_under_way_ends_before_the_driver_is_closed(plain: bool, change: Change) -> None:
    manager = forexhooks.ForexManager()
    slow = Slow()
    manager.register(slow)
    fx = forexhooks.open("versioned", manager=manager)
    answers: list[forexhooks.Rate] = []

    def call() -> None:
        ask = manager.hook.forex_get_rate
        rate = ask(driver="versioned", base="USD", quote="CAD") if plain else None
        answers.append(rate or fx.get_rate("USD", "CAD"))

    with in_background(call):
        assert slow.entered.wait(60)
        with in_background(lambda: change(manager)) as changer:
            changer.join(0.05)
            assert changer.is_alive()
            assert slow.closed == 0
            slow.let_go.set()
    assert slow.closed == 1
    assert [rate.value for rate in answers] == [1]


@pytest.mark.parametrize("history", [True, False], ids=["history", "batch"])
def test_a_table_is_read_to_its_end_before_the_driver_is_closed(history: bool) -> None:
    closed = threading.Event()
    changers: list[Thread] = []
    manager = forexhooks.ForexManager()

    class Table(forexhooks.RateTable):
        """As one whose numbers are in a file that is mapped: of no use once that is closed."""

        def get_rate(self, *asked: Any, **more: Any) -> forexhooks.Rate:
            assert not closed.wait(0.1), "closed while it is read"
            return super().get_rate(*asked, **more)

        def history(self, *asked: Any) -> list[forexhooks.Rate]:
            assert not closed.wait(0.1), "closed while it is read"
            return super().history(*asked)

    class Mapped(Versioned):
        @forexhooks.hookimpl
        def forex_get_table(self) -> forexhooks.RateTable:
            changers.append(Thread(target=manager.replace, args=(Versioned(2),)))
            changers[0].start()
            while manager.is_registered(self):  # until the other one is in its place
                time.sleep(0.001)
            return Table(
                [forexhooks.Observation(DAY, "USD", "CAD", Decimal(1))], driver="versioned"
            )

        @forexhooks.hookimpl
        def forex_close(self) -> None:
            closed.set()

    manager.register(Mapped(1))
    fx = forexhooks.open("versioned", manager=manager)
    try:
        if history:
            [rate] = fx.get_history("USD", "CAD", DAY, DAY)
        else:
            rate = fx.get_rates("USD", ["CAD"], on=DAY)["CAD"]
    finally:
        changers[0].join(60)
    assert rate.value == 1
    assert closed.is_set()


def test_past_the_deadline_there_is_a_warning_and_a_close_later() -> None:
    manager = forexhooks.ForexManager()
    slow = Slow()
    manager.register(slow)
    fx = forexhooks.open("versioned", manager=manager)
    with in_background(lambda: fx.get_rate("USD", "CAD")):
        assert slow.entered.wait(60)
        with pytest.warns(forexhooks.DrainWarning, match="versioned is still in use") as warned:
            manager.replace(Versioned(2), drain=0.01)
        assert fx.get_rate("USD", "CAD").value == 2  # new calls do not wait for the old
        assert slow.closed == 0
        slow.let_go.set()
    assert warned[0].filename == __file__
    deadline = time.monotonic() + 20
    while not slow.closed and time.monotonic() < deadline:
        time.sleep(0.005)
    assert slow.closed == 1


ASK: dict[str, Callable[[forexhooks.ForexManager, forexhooks.ForexService], object]] = {
    "driver's, from a service": lambda _, fx: fx.get_rate("USD", "JPY"),
    "driver's, from a plain call": lambda manager, _: manager.hook.forex_get_rate(
        driver="versioned", base="USD", quote="JPY"
    ),
    "driver's, from a batch": lambda _, fx: fx.get_rates("USD", ["JPY"]),
    "driver's, from a history": lambda _, fx: fx.get_history("USD", "JPY", DAY, DAY),
    "name taken": lambda manager, _: manager.register(Versioned(2)),
    "misspelt": lambda manager, _: manager.register(Misspelt(2)),
    "nothing to replace": lambda manager, _: manager.replace(Versioned(2), name="nobody"),
    "unknown driver": lambda manager, _: forexhooks.open("nobody", manager=manager),
    "unknown driver, from a service": lambda manager, _: gone(manager).get_rate("USD", "CAD"),
    "no hook": lambda manager, _: manager.hook.forex_get_rates,
}


def gone(manager: forexhooks.ForexManager) -> forexhooks.ForexService:
    """The service of a driver that is not there any more."""
    manager.register(Versioned(3), name="gone")
    fx = forexhooks.open("gone", manager=manager)
    manager.unregister(name="gone")
    return fx


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
def test_a_caller_who_keeps_an_exception_does_not_delay_the_close(
    ask: Callable[[forexhooks.ForexManager, forexhooks.ForexService], object],
) -> None:
    manager = forexhooks.ForexManager()
    driver = Versioned(1)
    manager.register(driver)
    fx = forexhooks.open("versioned", manager=manager)
    with pytest.raises((forexhooks.ForexError, KeyError, AttributeError)) as kept:
        ask(manager, fx)
    gc.collect()
    gc.disable()  # the close must come of itself
    try:
        manager.unregister(name="versioned", drain=2)
    finally:
        gc.enable()
    assert driver.closed == 1
    assert kept.value.__traceback__ is not None


def test_without_drain_a_change_returns_at_once_and_the_close_comes_later(
    recwarn: pytest.WarningsRecorder,
) -> None:
    manager = forexhooks.ForexManager()
    slow = Slow()
    manager.register(slow)
    fx = forexhooks.open("versioned", manager=manager)
    with in_background(lambda: fx.get_rate("USD", "CAD")):
        assert slow.entered.wait(60)
        manager.replace(Versioned(2), drain=None)
        assert fx.get_rate("USD", "CAD").value == 2
        assert slow.closed == 0
        slow.let_go.set()
    deadline = time.monotonic() + 20
    while not slow.closed and time.monotonic() < deadline:
        time.sleep(0.005)
    assert slow.closed == 1
    assert not recwarn.list
