"""16 threads call while a package is swapped again and again: none fails, is mixed, or is late."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
import weakref
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest

import forexhooks
from forexhooks import ForexManager
from plugins_on_disk import DAY, folder, left_behind, manager, package, raw, write

__all__ = ["folder", "manager"]

THREADS = 16
SECONDS = float(os.environ.get("FOREXHOOKS_TEST_HAMMER", "3"))

# Nothing is imported while it is called: a swap fails of that now and then, for the reason that
# the last test here gives.
BELOW = """
    from forexhooks import Observation, RateTable
    from . import late
    state, give = {"closed": 0}, [forex_get_rate]

    @forexhooks.hookimpl
    def forex_get_rate(driver, base, quote):
        if state["closed"]:
            raise RuntimeError("called after close")
        if quote == "JPY":
            raise KeyError(quote)
        if late.VERSION != core.VERSION:
            raise RuntimeError("of two versions")
        rate = give[0](driver, base, quote)
        if state["closed"]:
            raise RuntimeError("closed during a call")
        return rate

    @forexhooks.hookimpl
    def forex_get_table(driver):
        value = Decimal(core.VERSION)
        days = [Observation(date(2026, 10, 30), "USD", code, value) for code in ("CAD", "EUR")]
        return RateTable(days, driver=driver)

    @forexhooks.hookimpl
    def forex_close():
        state["closed"] += 1
"""


@pytest.fixture(autouse=True)
def switch_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-5)
    yield
    sys.setswitchinterval(before)


class Callers:
    """The threads that call, and what came of it. The first keeps its exceptions."""

    def __init__(self, manager: ForexManager) -> None:
        self.manager = manager
        self.outcomes: Counter[str] = Counter()
        self.kept: list[BaseException] = []
        self.calling = threading.Event()
        self.calling.set()
        self.threads = [Thread(target=self.call, args=(number,)) for number in range(THREADS)]
        self._counting = threading.Lock()

    def call(self, number: int) -> None:
        mine: Counter[str] = Counter()
        fx = forexhooks.open("acme", manager=self.manager)
        i = number
        while self.calling.is_set():
            i += 1
            if i % 32 == 0:
                time.sleep(0.005)  # whoever swaps is one thread, and we are many
            try:
                if i % 64 == 7:
                    self.fail(mine, keep=number == 0)
                    continue
                if i % 64 == 9:
                    answers = fx.get_rates("USD", ["CAD", "EUR"], on=DAY)
                    values = {rate.value for rate in answers.values()}
                elif i % 16 == 0:
                    values = self.under_one_lease()
                else:
                    values = {fx.get_rate("USD", "CAD", on=DAY).value}
                mine["ok" if len(values) == 1 else "mixed"] += 1
            except BaseException as error:  # noqa: BLE001 - counted, and shown below
                mine[repr(error)] += 1
        with self._counting:
            self.outcomes.update(mine)

    def fail(self, mine: Counter[str], *, keep: bool) -> None:
        try:
            self.manager.hook.forex_get_rate(driver="acme", base="USD", quote="JPY")
        except KeyError as error:
            mine["expected error"] += 1
            if keep:
                self.kept.append(error)

    def under_one_lease(self) -> set[Any]:
        catalog = self.manager.catalog  # this is the lease, not the hooks
        hook = catalog.hook
        table = hook.forex_get_table(driver="acme", currencies=["CAD"], start=None, end=None)
        rate = hook.forex_get_rate(driver="acme", base="USD", quote="CAD")
        values = {table.get_rate("USD", "CAD", DAY).value, rate.value}
        del catalog
        return values


class Old:
    """A version that was swapped out: what must be closed once, and be gone."""

    def __init__(self, plugin: Any) -> None:
        self.state: dict[str, int] = plugin.state
        parts = (plugin, plugin.forex_get_rate, plugin.Kind, plugin.core)
        self.parts: list[weakref.ref[Any]] = [weakref.ref(part) for part in parts]

    @property
    def is_alive(self) -> bool:
        return any(part() is not None for part in self.parts)


def test_no_call_fails_while_a_package_is_swapped(folder: Path, manager: ForexManager) -> None:
    path = package(folder / "acme", 1, below=BELOW)
    manager.load(path)
    fx = forexhooks.open("acme", manager=manager)
    fx.get_rates("USD", ["CAD", "EUR"], on=DAY)
    fx.get_rate("USD", "CAD", on=DAY)
    callers = Callers(manager)
    for thread in callers.threads:
        thread.start()
    olds: list[Old] = []
    problems: list[str] = []
    version, refused = 1, 0
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if refused < len(olds) // 4:
            write(path / "core.py", "raise ValueError('bad')\n")
            with pytest.raises(forexhooks.PluginLoadError, match="bad"):
                manager.load(path, replace=True, preflight=None)
            refused += 1
            continue
        version += 1
        old = Old(manager.get_plugin("acme"))
        package(path, version, below=BELOW)
        try:
            manager.load(path, replace=True, preflight=None)
        except BaseException as error:  # noqa: BLE001 - counted, and shown below
            problems.append(repr(error))
        olds.append(old)
    callers.calling.clear()
    for thread in callers.threads:
        thread.join(60)
    callers.kept.clear()
    gc.collect()

    assert problems == []
    assert set(callers.outcomes) == {"ok", "expected error"}, callers.outcomes
    assert callers.outcomes.total() > 1000
    assert len(olds) > 4 and refused > 0
    assert {old.state["closed"] for old in olds} == {1}
    assert sum(old.is_alive for old in olds) == 0
    del thread
    manager.unload("acme")
    assert left_behind() == []


class Meanwhile(str):
    """The name of a module, at which another thread imports one just when it is looked at."""

    def startswith(self, *_: Any) -> bool:
        sys.modules["imported_meanwhile"] = ModuleType("imported_meanwhile")
        return False


def test_a_swap_while_another_thread_imports(
    folder: Path, manager: ForexManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(folder / "acme.py", raw(1))
    manager.load(path, preflight=None)
    write(path, raw(2))
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, Meanwhile("meanwhile"), ModuleType("meanwhile"))
        try:
            manager.load(path, replace=True, preflight=None)
        finally:
            sys.modules.pop("imported_meanwhile", None)
