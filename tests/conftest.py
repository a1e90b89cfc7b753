"""What all tests share: no settings of the person who runs them, and a clock that can be set."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
import time_machine

from forexhooks.service import opening
from forexhooks.testing import isolate
from known_history import held_until
from patience import PATIENCE
from providers import Provider, serving

pytest_plugins = ["pytester"]

# What does not depend on the Python is run on one: all of the kit's tests of the built-in drivers,
# the broken drivers, the server's, and the tests marked `one_python`. On others the kit is run over
# a driver with a store of its own, one asked by days and one asked by files, and hypothesis tries
# fewer examples.
# FOREXHOOKS_TEST_ALL=1 runs all on any.
WHOLE_ON = (3, 12)
IS_WHOLE = sys.version_info[:2] == WHOLE_ON or bool(os.environ.get("FOREXHOOKS_TEST_ALL"))
KIT_ELSEWHERE = {"TestECB", "TestNBP", "TestCurrencyApi"}

hypothesis.settings.register_profile(
    "no time limits", deadline=None, max_examples=100 if IS_WHOLE else 25
)
hypothesis.settings.register_profile("by hand", deadline=None, max_examples=20_000)
hypothesis.settings.load_profile("no time limits")

# When the newest observation of the bundled history, 2026-10-30, was the newest there was.
BUNDLE_FRESH = datetime(2026, 10, 30, 20, 0, tzinfo=UTC)
# The history in the package grows each month; what the tests expect is what was known by then.
HISTORY = held_until(BUNDLE_FRESH.date())


# Here processes are watched, killed and waited for by the clock: a machine that stands still for
# seconds may fail one of them. Each is tried once more, and the summary says so; elsewhere only
# where a program that a test started did not end in time, as a machine may stand still for minutes.
BY_THE_CLOCK = {
    "test_aio.py",
    "test_arrivals.py",
    "test_attacks.py",
    "test_chain_settings.py",
    "test_doctor.py",
    "test_forks.py",
    "test_freshness_background.py",
    "test_freshness_cli.py",
    "test_freshness_locks.py",
    "test_hammer.py",
    "test_install.py",
    "test_kill.py",
    "test_operation.py",
    "test_outside.py",
    "test_page.py",
    "test_refresh.py",
    "test_refresh_at_once.py",
    "test_request.py",
    "test_serve.py",
    "test_swapping.py",
    "test_swaps.py",
    "test_tutorial.py",
    "test_update.py",
    "test_watch.py",
    "test_watching.py",
}


def _is_of_one_python(item: pytest.Item) -> bool:
    kind = getattr(item, "cls", None)
    # Of the server, what starts processes is run on each: tests/cli/test_serve.py.
    if item.get_closest_marker("one_python") or item.path.parent.name == "server":
        return True
    # Asked of the class as it is, so that the kit is imported only where it is used.
    is_kit = kind is not None and any(each.__name__ == "DriverTests" for each in kind.__mro__)
    return is_kit and "builtin_plugins" in item.path.parts and kind.__name__ not in KIT_ELSEWHERE


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not IS_WHOLE:
        elsewhere = [item for item in items if _is_of_one_python(item)]
        if elsewhere:
            config.hook.pytest_deselected(items=elsewhere)
            items[:] = [item for item in items if not _is_of_one_python(item)]
    for item in items:
        by_the_clock = item.path.name in BY_THE_CLOCK
        causes = {} if by_the_clock else {"only_rerun": ["TimeoutExpired"]}
        item.add_marker(pytest.mark.flaky(reruns=1, **causes))


def pytest_collection_finish() -> None:
    # Modules and tests stay to the end: whoever collects garbage, as tests do that count what is
    # left behind, need not look through them each time.
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_settings_and_no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    isolate(monkeypatch, tmp_path)
    monkeypatch.setenv("FOREXHOOKS_OFFLINE", "1")
    if HISTORY:
        monkeypatch.setenv("FOREXHOOKS_ECB_BUNDLE", HISTORY)


@pytest.fixture(autouse=True)
def own_default_manager(no_settings_and_no_network: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The default manager has the settings and the stores of the test that makes it: no other's."""
    monkeypatch.setattr(opening, "_default", None)
    atexit.unregister(opening._close_at_exit)


@pytest.fixture(autouse=True)
def refreshes_take_their_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh is waited for until it ends, however slow the machine is."""
    monkeypatch.setattr("forexhooks.service.refresh.WITHIN", PATIENCE)


@pytest.fixture
def within_3_seconds(refreshes_take_their_time: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A refresh is waited for as long as users do."""
    monkeypatch.setattr("forexhooks.service.refresh.WITHIN", 3.0)


@pytest.fixture
def bundle_is_fresh() -> Iterator[time_machine.Traveller]:
    """Travel to the evening of 2026-10-30, so that the bundled ECB history is not stale."""
    with time_machine.travel(BUNDLE_FRESH, tick=False) as traveller:
        yield traveller


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    """A provider on this machine, with the network allowed."""
    monkeypatch.delenv("FOREXHOOKS_OFFLINE")
    with serving() as running:
        yield running
