"""In one process: calls of an open service, as ratios to a bare pluggy call."""

from __future__ import annotations

import json
import random
import statistics
import threading
import time
import warnings
from collections.abc import Callable
from datetime import date
from itertools import cycle

import pluggy

import forexhooks
from forexhooks.testing import FixedRates

warnings.simplefilter("ignore", forexhooks.StaleRateWarning)
random.seed(1999)

DAY = date(2020, 5, 5)
CALLS = 4_000
TURNS = 15


class Spec:
    @pluggy.HookspecMarker("bare")(firstresult=True)
    def forex_get_rate(self, driver, base, quote, on=None, max_gap=None): ...


class Plugin:
    @pluggy.HookimplMarker("bare")
    def forex_get_rate(self, driver, base, quote, on, max_gap):
        return 1


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    for _ in range(CALLS):
        call()
    return (time.perf_counter() - start) / CALLS


def service(others: int) -> forexhooks.ForexService:
    manager = forexhooks.ForexManager(discover=True)
    for number in range(others):
        manager.register(FixedRates({"USD/CAD": "1.4"}, name=f"other{number}"))
    return forexhooks.open("ecb", manager=manager)


def register_ms(beside: int) -> tuple[float, float]:
    """How long registering one more takes, and the first plain call of a hook after it."""
    manager = forexhooks.ForexManager()
    for number in range(beside):
        manager.register(FixedRates({"USD/CAD": "1.4"}, name=f"other{number}"))
    took, called = [], []
    for number in range(9):
        plugin = FixedRates({"USD/CAD": "1.4"}, name=f"more{number}")
        start = time.perf_counter()
        manager.register(plugin)
        registered = time.perf_counter()
        manager.hook.forex_get_rate(driver=plugin.name, base="USD", quote="CAD")
        called.append(time.perf_counter() - registered)
        took.append(registered - start)
        manager.unregister(plugin)
    return statistics.median(took) * 1000, statistics.median(called) * 1000


def calls_per_second(call: Callable[[], object], threads: int) -> float:
    workers = [threading.Thread(target=seconds, args=[call]) for _ in range(threads)]
    start = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return threads * CALLS / (time.perf_counter() - start)


bare = pluggy.PluginManager("bare")
bare.add_hookspecs(Spec)
bare.register(Plugin())
alone, crowded = service(0), service(99)
days = cycle(
    [date.fromordinal(random.randint(730_500, 739_900)) for _ in range(CALLS * TURNS)]  # noqa: S311
)
asked = {
    "bare": lambda: bare.hook.forex_get_rate(
        driver="ecb", base="USD", quote="CAD", on=DAY, max_gap=None
    ),
    "again": lambda: alone.get_rate("USD", "CAD", on=DAY),
    "of 1": lambda: alone.get_rate("USD", "CAD", on=DAY),
    "of 100": lambda: crowded.get_rate("USD", "CAD", on=DAY),
    "random": lambda: alone.get_rate("USD", "CAD", on=next(days)),
    "latest": lambda: alone.get_rate("USD", "CAD"),
    "convert": lambda: alone.convert(100, "USD", "CAD", on=DAY),
}
for call in asked.values():
    call()
turns = [{name: seconds(call) for name, call in asked.items()} for _ in range(TURNS)]
figures = {name: statistics.median(turn[name] / turn["bare"] for turn in turns) for name in asked}
figures["bare us"] = statistics.median(turn["bare"] for turn in turns) * 1e6
figures["register 9 ms"], _ = register_ms(9)
figures["register 100 ms"], figures["first plain ms"] = register_ms(100)
for name, threads in {"1 thread": 1, "16 threads": 16}.items():
    figures[name] = statistics.median(calls_per_second(asked["again"], threads) for _ in range(5))
print(json.dumps(figures))
