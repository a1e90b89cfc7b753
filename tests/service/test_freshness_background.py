"""A refresh behind the answer, and one that is waited for: for 3 seconds, whatever it does."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine

import forexhooks
from fakes.ecb import Ecb, days_of_publication
from faults import SLACK, hang, raw
from forexhooks import (
    Driver,
    ForexManager,
    Observation,
    Profile,
    RateTable,
    SettingsError,
    StaleRateWarning,
    Update,
)
from freshness import (
    AT_ONCE,
    FAR,
    HELD,
    NEAR,
    NEWEST,
    NOW,
    WAYS,
    Desk,
    Way,
    desks,
    eventually,
    is_for_want_of_data,
    outcome,
    usd,
)
from patience import CHILD_LIMIT
from providers import Asked, Provider, Reply, reply

Make = Callable[..., Desk]
WITHIN = 3.0
"""Seconds that a question waits at most for a refresh."""


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(provider: Provider, tmp_path: Path, clock: time_machine.Traveller) -> Iterator[Make]:
    with desks(provider, tmp_path) as desk:
        yield desk


class Held:
    """A provider that answers when it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def answer(self, asked: Asked) -> Reply:
        assert self.go.wait(60)
        return Ecb(NEWEST).answer(asked)


@pytest.fixture
def held(provider: Provider, desk: Make) -> Iterator[Held]:
    """The ECB, silent until it is let go."""
    held = Held()
    provider.answer = held.answer
    yield held
    held.go.set()


def quietly(ask: Callable[[], object]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StaleRateWarning)
        ask()


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_the_answer_comes_at_once_and_the_refresh_behind_it(
    desk: Make, provider: Provider, held: Held, way: Way
) -> None:
    short, whole = desk(refresh="background"), WAYS["get_rate"]
    first = outcome(provider, lambda: way.ask(short, FAR))
    assert not first.is_silent and first.seconds < AT_ONCE
    if way.is_of_one_day:
        assert is_for_want_of_data(first.error)
    else:
        assert first.error is None
    eventually(lambda: provider.asked)
    held.go.set()
    eventually(lambda: outcome(provider, lambda: whole.ask(short, FAR)).value == whole.right(FAR))
    again = outcome(provider, lambda: way.ask(short, FAR))
    assert again.is_silent and again.value == way.right(FAR)
    assert len(provider.asked) == 1


def test_nobody_waits_for_a_provider_that_hangs(desk: Make, provider: Provider, held: Held) -> None:
    fx = desk(refresh="background").fx

    def ask(_: int) -> float:
        began = time.monotonic()
        fx.get_rate("EUR", "USD", NEAR)
        return time.monotonic() - began

    with warnings.catch_warnings(), ThreadPoolExecutor(16) as pool:
        warnings.simplefilter("ignore", StaleRateWarning)
        assert max(pool.map(ask, range(64))) < AT_ONCE
    assert len(provider.asked) <= 1


def test_the_question_that_comes_meanwhile_is_not_kept_waiting(
    desk: Make, provider: Provider, held: Held
) -> None:
    fx = desk(refresh="background").fx
    quietly(lambda: fx.get_rate("EUR", "USD"))
    eventually(lambda: provider.asked)
    began = time.monotonic()
    quietly(lambda: [fx.get_rate("EUR", "USD") for _ in range(9)])
    assert time.monotonic() - began < AT_ONCE and len(provider.asked) == 1


def test_not_again_for_15_minutes(
    desk: Make, provider: Provider, clock: time_machine.Traveller, tmp_path: Path
) -> None:
    provider.answer = lambda asked: reply("gone", 404)
    fx = desk(refresh="background").fx
    quietly(lambda: fx.get_rate("EUR", "USD"))
    stamp = tmp_path / "cache" / "forexhooks" / "refreshed" / "ecb.json"
    eventually(lambda: stamp.exists() and "404" in stamp.read_text())
    with pytest.warns(StaleRateWarning, match="fail.*404"):
        fx.get_rate("EUR", "USD")
    clock.shift(timedelta(minutes=14))
    quietly(lambda: fx.get_rate("EUR", "USD"))
    time.sleep(0.2)
    assert len(provider.asked) == 1
    clock.shift(timedelta(minutes=2))
    quietly(lambda: fx.get_rate("EUR", "USD"))
    eventually(lambda: len(provider.asked) == 2)


@pytest.mark.parametrize("where", ["environment", "file"])
def test_the_setting(
    desk: Make,
    provider: Provider,
    held: Held,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    where: str,
) -> None:
    if where == "environment":
        monkeypatch.setenv("FOREXHOOKS_REFRESH", "background")
    else:
        file = tmp_path / "mine.toml"
        file.write_text('refresh = "background"\n')
        monkeypatch.setenv("FOREXHOOKS_CONFIG", str(file))
    found = outcome(provider, lambda: WAYS["get_rate"].ask(desk(), NEAR))
    assert found.stale is not None and found.seconds < AT_ONCE
    eventually(lambda: provider.asked)
    quietly(lambda: desk(refresh=False).fx.get_rate("EUR", "USD"))  # the program's word counts
    assert len(provider.asked) == 1


@pytest.mark.parametrize("wrong", ["behind", "", 1, 0, "True"])
def test_another_setting_is_refused(desk: Make, wrong: object) -> None:
    with pytest.raises(SettingsError, match=r"refresh.*background"):
        desk(refresh=wrong).fx  # noqa: B018


def test_another_word_in_the_environment_is_refused(
    desk: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREXHOOKS_REFRESH", "sometimes")
    with pytest.raises(SettingsError, match=r"FOREXHOOKS_REFRESH.*background"):
        desk().fx  # noqa: B018


@pytest.mark.parametrize("refresh", [True, "background"])
def test_a_refresh_and_its_failure_are_logged(
    desk: Make,
    provider: Provider,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    refresh: object,
) -> None:
    caplog.set_level(logging.INFO, "forexhooks")

    def logged(level: int, what: str) -> bool:
        return any(
            each.name.startswith("forexhooks")
            and each.levelno >= level
            and "ecb" in each.getMessage()
            and what in each.getMessage()
            for each in caplog.records
        )

    fx = desk(refresh=refresh).fx
    quietly(lambda: fx.get_rate("EUR", "USD"))
    eventually(lambda: logged(logging.INFO, f"{NEWEST}"))
    assert not logged(logging.WARNING, "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "another"))  # who has not refreshed yet
    provider.answer = lambda asked: reply("gone", 404)
    other = desk(refresh=refresh).fx
    quietly(lambda: other.get_rate("EUR", "USD"))
    eventually(lambda: logged(logging.WARNING, "404"))


# Within 3 seconds.


class Slow(Driver):
    """Keeps a store, and takes its time to update it, whatever it is told."""

    name = "slow"
    profile = Profile(title="Slow", pivot="EUR", publication_days=forexhooks.every_day)

    def __init__(self) -> None:
        self.go = threading.Event()
        self.updates = 0
        self.newest = HELD

    def table(self, *_: object) -> RateTable:
        return RateTable(self.observations(), driver=self.name, profile=self.profile)

    def observations(self, *_: object) -> Iterator[Observation]:
        for on in (date(2026, 10, 29), self.newest):
            yield Observation(on, "EUR", "USD", Decimal("1.1"))

    def update(self, **_: object) -> Update:
        self.updates += 1
        self.go.wait(60)
        self.newest = NEWEST
        return Update(self.name, HELD, NEWEST, "nowhere")


@pytest.fixture
def slow(provider: Provider) -> Iterator[Slow]:  # with the network allowed
    slow = Slow()
    # Where it is waited for without an end, the test is to fail, and not to hang.
    released = threading.Timer(WITHIN + SLACK, slow.go.set)
    released.start()
    yield slow
    released.cancel()
    slow.go.set()


@pytest.mark.usefixtures("within_3_seconds")
def test_all_of_it_is_within_3_seconds(clock: time_machine.Traveller, slow: Slow) -> None:
    """Whatever takes the time: the network, reading what came, the disk, or the driver's code."""
    with ForexManager() as manager:
        manager.register(slow)
        fx = forexhooks.open("slow", manager=manager, refresh=True)
        with pytest.warns(StaleRateWarning):
            assert fx.get_rate("EUR", "USD").on == HELD
        quietly(lambda: fx.get_history("EUR", "USD", HELD, NEWEST))  # nor is it waited for again
        assert not slow.go.is_set(), "the question waited for the update"
        slow.go.set()
        eventually(lambda: fx.get_rate("EUR", "USD").stale is None)  # what came late counts
        assert slow.updates == 1


HOLDING = """
import sys, filelock
with filelock.FileLock(sys.argv[1]):
    print(flush=True)
    input()
"""


@pytest.mark.usefixtures("within_3_seconds")
def test_another_process_that_is_at_it_is_waited_for_once(
    desk: Make, provider: Provider, tmp_path: Path
) -> None:
    folder = tmp_path / "cache" / "forexhooks" / "refreshed"
    folder.mkdir(parents=True)
    (folder / "ecb.json").write_text(f'{{"at": {NOW.timestamp() - 3600}, "failure": null}}')
    command = [sys.executable, "-c", HOLDING, str(folder / "ecb.json.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        fx = desk(refresh=True).fx
        began = time.monotonic()
        quietly(lambda: [fx.get_rate("EUR", "USD") for _ in range(7)])
        took = time.monotonic() - began
        holder.communicate(b"\n")
    assert took < WITHIN + SLACK  # and not so long for each of them


# Processes.

PROGRAM = """
import os, sys, threading, time, warnings
import forexhooks
from forexhooks_ecb import ECB
warnings.simplefilter("ignore")
manager = forexhooks.ForexManager()
known = os.environ.get("FOREXHOOKS_ECB_BUNDLE")
manager.register(ECB(base_url=sys.argv[1], store=sys.argv[2], bundle=known))
fx = forexhooks.open("ecb", manager=manager, refresh="background")
print(fx.get_rate("EUR", "USD").on, flush=True)
"""

FORKING = (
    PROGRAM
    + """
while not os.path.exists(sys.argv[2] + ".asked"):  # until the refresh is on its way
    time.sleep(0.01)
child = os.fork()
if child == 0:
    os.environ["XDG_CACHE_HOME"] = sys.argv[2] + ".cache"  # another user's, who knows of nothing
    fx = forexhooks.open("ecb", manager=manager, refresh=sys.argv[3] == "True" or "background")
    for _ in range(200):
        rate = fx.get_rate("EUR", "USD")
        if rate.stale is None:
            break
        time.sleep(0.05)
    print("the child:", rate.on, flush=True)
    os._exit(0)
os.waitpid(child, 0)
os._exit(0)
"""
)


def started(program: str, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_the_end_of_a_program_does_not_wait_for_it(provider: Provider, tmp_path: Path) -> None:
    provider.answer = lambda asked: raw(b"", hang)
    with started(PROGRAM, provider.url, str(tmp_path / "the.store")) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == f"{HELD}\n"
        began = time.monotonic()
        assert program.wait(CHILD_LIMIT) == 0
        assert time.monotonic() - began < AT_ONCE


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.parametrize("refresh", ["True", "background"])
def test_a_child_refreshes_though_its_parent_was_at_it(
    provider: Provider, tmp_path: Path, refresh: str
) -> None:
    of_the_parent = threading.Event()
    newest = days_of_publication(date.today())[-1]  # noqa: DTZ011 - the program has the real clock

    def answer(asked: Asked) -> Reply:
        if of_the_parent.is_set():
            return Ecb(newest).answer(asked)
        of_the_parent.set()
        (tmp_path / "the.store.asked").touch()
        time.sleep(0.3)
        return reply("gone", 404)

    provider.answer = answer
    with started(FORKING, provider.url, str(tmp_path / "the.store"), refresh) as program:
        said, _ = program.communicate(timeout=CHILD_LIMIT)
    assert said == f"{HELD}\nthe child: {newest}\n"


def test_a_store_that_was_refreshed_behind_is_whole(desk: Make) -> None:
    fx = desk(refresh="background").fx
    quietly(lambda: fx.get_rate("EUR", "USD"))
    eventually(lambda: fx.get_rate("EUR", "USD").stale is None)
    assert fx.get_rate("EUR", "USD", FAR).value == usd(FAR)
    assert fx.get_rate("EUR", "USD", HELD).value == usd(HELD)
