"""Run time: what a lease, a swap and a watched folder cost, and a long hammer."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import forexhooks
from forexhooks.runtime import Watch
from forexhooks.runtime.watching import INTERVAL
from forexhooks.testing import FixedRates

THREADS = 16

SOURCE = """
from datetime import date
from decimal import Decimal
import forexhooks

VERSION = {version!r}
closed = False

@forexhooks.hookimpl
def forex_driver_name():
    return "acme"

@forexhooks.hookimpl
def forex_get_rate(driver, base, quote):
    if driver == "acme":
        if closed:
            raise RuntimeError("after close")
        return forexhooks.Rate(base, quote, Decimal(VERSION), date(2026, 10, 30), "acme")

@forexhooks.hookimpl
def forex_close():
    global closed
    closed = True
"""


def nanoseconds(call, calls: int = 200_000) -> float:
    start = time.perf_counter_ns()
    for _ in range(calls):
        call()
    return (time.perf_counter_ns() - start) / calls


def lease() -> float:
    """What taking the catalog and letting it go adds to a call, in nanoseconds."""

    class Holder:
        catalog = object()

        def without(self):
            return held

        def leased(self):
            catalog = self.catalog
            try:
                return catalog
            finally:
                del catalog

    held = Holder.catalog
    holder = Holder()
    turns = [(nanoseconds(holder.leased), nanoseconds(holder.without)) for _ in range(9)]
    return statistics.median(leased - without for leased, without in turns)


def swaps(file: Path, preflight: float | None, turns: int) -> float:
    """How long an idle swap takes, in milliseconds."""
    manager = forexhooks.ForexManager()
    file.write_text(SOURCE.format(version="1.0"))
    manager.load(file, preflight=None)
    took = []
    for number in range(turns):
        file.write_text(SOURCE.format(version=f"1.{number + 1}"))
        start = time.perf_counter()
        manager.load(file, replace=True, preflight=preflight)
        took.append((time.perf_counter() - start) * 1000)
    manager.close()
    return statistics.median(took)


def fixed(value: int) -> FixedRates:
    return FixedRates({"USD/CAD": value + 1}, name="fixed")


@contextmanager
def busy(manager: forexhooks.ForexManager, threads: int) -> Iterator[list[int]]:
    """So many threads that ask without a pause, and how often each has asked."""
    services = [forexhooks.open(name, manager=manager) for name in ("acme", "fixed")]
    ended = threading.Event()
    asked = [0] * threads

    def ask(number: int) -> None:
        while not ended.is_set():
            for fx in services:
                fx.get_rate("USD", "CAD")
            asked[number] += 2

    workers = [threading.Thread(target=ask, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    try:
        yield asked
    finally:
        ended.set()
        for worker in workers:
            worker.join()


def latencies(file: Path, threads: int) -> dict[str, float]:
    """How long a load and a replace take, in milliseconds, while so many threads are busy."""
    manager = forexhooks.ForexManager()
    file.write_text(SOURCE.format(version="1.0"))
    manager.load(file, preflight=None)
    manager.register(fixed(0))
    with busy(manager, threads):
        loads, replaces = [], []
        for number in range(9):
            file.write_text(SOURCE.format(version=f"2.{number}"))
            start = time.perf_counter()
            manager.load(file, replace=True)
            loads.append(time.perf_counter() - start)
            for value in range(3):
                other = fixed(value + 1)
                time.sleep(0.01)
                start = time.perf_counter()
                manager.replace(other, drain=None)
                replaces.append(time.perf_counter() - start)
    manager.close()
    return {
        "load ms": statistics.median(loads) * 1000,
        "replace ms": statistics.median(replaces) * 1000,
    }


def share_lost(file: Path, seconds: float) -> float:
    """What part of their calls 16 busy threads lose by swaps, 100 a minute."""
    manager = forexhooks.ForexManager()
    file.write_text(SOURCE.format(version="1.0"))
    manager.load(file, preflight=None)
    manager.register(fixed(0))

    def calls(swapping: bool) -> float:
        with busy(manager, THREADS) as asked:
            begun = start = time.perf_counter()
            for _ in range(round(seconds * 100 / 60)):
                if swapping:
                    file.write_text(SOURCE.format(version=f"{time.time_ns()}"))
                    manager.load(file, replace=True)
                begun += 0.6
                time.sleep(max(begun - time.perf_counter(), 0))
            return sum(asked) / (time.perf_counter() - start)

    turns = [calls(swapping=True) / calls(swapping=False) for _ in range(5)]
    manager.close()
    return 1 - statistics.median(turns)


def watching(folder: Path, files: int = 500, looks: int = 40) -> float:
    """The share of one core that looking at so many files takes."""
    for number in range(files):
        (folder / f"plugin{number}.py").write_text("1 / 0")
    watch = Watch(folder, forexhooks.ForexManager(), preflight=None)
    watch.look(), watch.look()  # each is refused, once
    start = time.process_time()
    for _ in range(looks):
        watch.look()
    return (time.process_time() - start) / looks / INTERVAL


def hammer(file: Path, swaps: int, seconds: float) -> dict[str, float]:
    """16 threads ask, while the driver is swapped, for a good version or a bad one.

    So often, or for so long: a busy machine lets a swap wait for its turns.
    """
    manager = forexhooks.ForexManager()
    file.write_text(SOURCE.format(version="1.0"))
    manager.load(file, preflight=None)
    fx = forexhooks.open("acme", manager=manager)
    ended = threading.Event()
    asked = [0] * THREADS
    failed: list[BaseException] = []

    def ask(number: int) -> None:
        while not ended.is_set():
            for _ in range(100):
                try:
                    fx.get_rate("USD", "CAD")
                except BaseException as error:  # noqa: BLE001 - whatever it is, it counts
                    failed.append(error)  # kept, with its traceback
            asked[number] += 100

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    refused = done = 0
    end = time.monotonic() + seconds
    while done < swaps and time.monotonic() < end:
        done += 1
        source = SOURCE.format(version=f"1.{done}")
        bad = done % 5 == 0
        file.write_text(source + ("\n1 / 0\n" if bad else ""))
        try:
            manager.load(file, replace=True, preflight=None)
        except forexhooks.PluginLoadError:
            refused += 1
    ended.set()
    for thread in threads:
        thread.join()
    manager.close()
    left = sum(name.startswith("forexhooks_g") for name in sys.modules)
    return {
        "calls": sum(asked),
        "failed": len(failed),
        "swaps": done - refused,
        "refused": refused,
        "left": left,
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "watched").mkdir()
        idle, loaded = (latencies(folder / "acme.py", threads) for threads in (0, THREADS))
        print(
            json.dumps(
                {
                    "lease ns": lease(),
                    "swap ms": swaps(folder / "acme.py", None, 25),
                    "swap with preflight ms": swaps(folder / "acme.py", 10, 9),
                    "load, busy to idle": loaded["load ms"] / idle["load ms"],
                    "replace, busy to idle": loaded["replace ms"] / idle["replace ms"],
                    "share lost": share_lost(folder / "acme.py", 6),
                    "watch share": watching(folder / "watched"),
                    **hammer(folder / "acme.py", 250, 60),
                }
            )
        )


if __name__ == "__main__":
    main()
