"""16 threads call while plugins come, change and go: no call fails, is mixed, or comes too late."""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

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
    plugins = [Versioned(1)]
    manager.register(plugins[0])
    fx = forexhooks.open("versioned", manager=manager)
    outcomes: Counter[str] = Counter()
    kept: list[BaseException] = []  # a caller that keeps its exceptions, and so their frames
    counting = threading.Lock()
    calling = threading.Event()
    calling.set()

    def call(number: int) -> None:
        mine: Counter[str] = Counter()
        for i in range(CALLS // THREADS):
            try:
                if i % 64 == 7:
                    with pytest.raises(forexhooks.DriverError) as failed:
                        fx.get_rate("USD", "JPY")
                    if number == 0:
                        kept.append(failed.value)
                    mine["expected error"] += 1
                    continue
                if i % 4 == 0:
                    rate = manager.hook.forex_get_rate(driver="versioned", base="USD", quote="CAD")
                else:
                    rate = fx.get_rate("USD", "CAD")
                mine["ok" if rate.value == rate.legs[0].value else "mixed"] += 1
            except BaseException as error:  # noqa: BLE001 - counted, and shown below
                mine[repr(error)] += 1
        with counting:
            outcomes.update(mine)

    def change(alias: str) -> None:
        version = 1
        while calling.is_set():
            version += 1
            other = Versioned(version)
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

    callers = [threading.Thread(target=call, args=(number,)) for number in range(THREADS)]
    changers = [threading.Thread(target=change, args=(alias,)) for alias in ("one", "another")]
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

    threads = [threading.Thread(target=find) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [(Decimal("1.1172"), manager.get_plugin("ecb"))] * THREADS
    manager.close()
