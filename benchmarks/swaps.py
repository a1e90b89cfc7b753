"""Run time: what a lease, a swap and a watched folder cost, and a long hammer."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import forexhooks
from forexhooks.runtime import Watch
from forexhooks.runtime.watching import INTERVAL

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


def hammer(file: Path, swaps: int, calls: int) -> dict[str, float]:
    """16 threads ask, while the driver is swapped, for a good version or a bad one."""
    manager = forexhooks.ForexManager()
    file.write_text(SOURCE.format(version="1.0"))
    manager.load(file, preflight=None)
    fx = forexhooks.open("acme", manager=manager)
    sys.setswitchinterval(0.0005)  # else whoever swaps waits for 16 turns of 5 ms each
    ended = threading.Event()
    asked = [0] * 16
    failed: list[BaseException] = []

    def ask(number: int) -> None:
        while not ended.is_set():
            for _ in range(100):
                try:
                    fx.get_rate("USD", "CAD")
                except BaseException as error:  # noqa: BLE001 - whatever it is, it counts
                    failed.append(error)  # kept, with its traceback
            asked[number] += 100

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    refused = done = 0
    while done < swaps or sum(asked) < calls:
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
        print(
            json.dumps(
                {
                    "lease ns": lease(),
                    "swap ms": swaps(folder / "acme.py", None, 25),
                    "swap with preflight ms": swaps(folder / "acme.py", 10, 9),
                    "watch share": watching(folder / "watched"),
                    **hammer(folder / "acme.py", 250, 1_000_000),
                }
            )
        )


if __name__ == "__main__":
    main()
