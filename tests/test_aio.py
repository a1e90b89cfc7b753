"""The face with `await`: the same answers, on asyncio and on trio, whoever is cancelled."""

from __future__ import annotations

import inspect
import logging
import subprocess
import sys
import threading
import warnings
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest
import time_machine

import forexhooks
from fakes.ecb import Ecb
from forexhooks import ForexManager, ForexService, aio
from forexhooks.service import opening
from forexhooks.testing import FixedRates
from freshness import HELD, NEWEST, NOW, desks, usd
from patience import CHILD_LIMIT, PATIENCE
from providers import Asked, Misbehave, Provider, Reply

DAY = HELD
START = DAY - timedelta(days=30)

Run = Callable[[Callable[[], Awaitable[Any]]], Any]


@pytest.fixture(params=["asyncio", "trio"])
def run(request: pytest.FixtureRequest) -> Run:
    """Run an async function on each of both."""

    def run(main: Callable[[], Awaitable[Any]]) -> Any:
        async def limited() -> Any:
            with anyio.fail_after(PATIENCE):
                return await main()

        return anyio.run(limited, backend=request.param)

    return run


async def until(condition: Callable[[], object]) -> None:
    while not condition():
        await anyio.sleep(0.01)


# The face.


# What the services of the family, and columns, say to one another.
AMONG_THEMSELVES = {"answers", "note", "noted", "refresh_once", "tables_in_turn", "warn_of"}


def arguments(of: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(of).parameters.values())


def test_every_method_is_there_with_its_arguments() -> None:
    for name, method in vars(ForexService).items():
        if name.startswith("_") or name in AMONG_THEMSELVES:
            continue
        other = vars(aio.AsyncForexService)[name]
        if isinstance(method, property):
            assert isinstance(other, property)
            continue
        assert inspect.iscoroutinefunction(other)
        assert inspect.signature(other) == inspect.signature(method)
        assert inspect.getdoc(other) == inspect.getdoc(method)


def test_every_function_that_asks_or_opens_is_there_with_its_arguments() -> None:
    of_opening = {each for each in vars(opening).values() if inspect.isfunction(each)}
    functions = {
        name
        for name in forexhooks.__all__
        if getattr(forexhooks, name) in of_opening or name in ("compare", "examine")
    } - {"plugin_manager"}  # it makes one, and asks nobody
    assert functions == set(aio.__all__) - {"AsyncForexService"}
    for name in functions:
        assert arguments(getattr(aio, name)) == arguments(getattr(forexhooks, name))


def test_all_of_it_answers_as_without_await(run: Run) -> None:
    fx, sync = aio.open("ecb"), forexhooks.open("ecb")
    lacking = ForexManager()

    async def main() -> list[object]:
        return [
            await fx.get_rate("USD", "CAD", DAY),
            await fx.get_rates("USD", ["CAD", "GBP"], on=DAY),
            await fx.convert("100", "USD", "CAD", DAY, places=4),
            await fx.get_history("USD", "CAD", START, DAY),
            list((await fx.get_table(["USD", "CAD"], START, DAY)).observations()),
            await fx.currencies(),
            await fx.check_code("usd"),
            type(await fx.rate_or_error("USD", "AED", DAY)),
            [each.driver for each in await aio.compare("USD", "CAD", DAY, drivers=["ecb"])],
            await aio.drivers() == forexhooks.drivers(),
            (fx.profile, fx.series, fx.rule, fx.driver, fx.drivers),
            len(await aio.examine(manager=lacking)),
        ]

    assert run(main) == [
        sync.get_rate("USD", "CAD", DAY),
        sync.get_rates("USD", ["CAD", "GBP"], on=DAY),
        sync.convert("100", "USD", "CAD", DAY, places=4),
        sync.get_history("USD", "CAD", START, DAY),
        list(sync.get_table(["USD", "CAD"], START, DAY).observations()),
        sync.currencies(),
        "USD",
        forexhooks.UnsupportedPairError,
        ["ecb"],
        True,
        (sync.profile, sync.series, sync.rule, sync.driver, sync.drivers),
        0,
    ]


def test_errors_are_those_of_the_library(run: Run) -> None:
    async def main() -> None:
        with pytest.raises(forexhooks.CurrencyError, match="XXQ"):
            await aio.open("ecb").get_rate("USD", "XXQ")
        with pytest.raises(forexhooks.RateUnavailableError):
            await aio.open("ecb").convert(1, "USD", "CAD", on=date(1990, 1, 1))
        with pytest.raises(forexhooks.UnknownDriverError):
            aio.open("acme")

    run(main)


def test_a_lock_is_written_and_read(run: Run, tmp_path: Path) -> None:
    async def main() -> Decimal:
        async with aio.locking(tmp_path / "rates.lock", "ecb") as fx:
            await fx.get_rate("USD", "CAD", on=DAY)
        return (await aio.open(lock=tmp_path / "rates.lock").get_rate("USD", "CAD", DAY)).value

    assert run(main) == forexhooks.open("ecb").get_rate("USD", "CAD", DAY).value


# Many at once, and some who leave.


class Gate:
    """A driver that answers when it is let go."""

    def __init__(self, name: str = "gate") -> None:
        self.name = name
        self.go = threading.Event()
        self.asked: list[str] = []

    @forexhooks.hookimpl
    def forex_driver_name(self) -> str:
        return self.name

    @forexhooks.hookimpl
    def forex_get_rate(self, driver: str, base: str, quote: str) -> forexhooks.Rate | None:
        if driver != self.name:
            return None
        self.asked.append(quote)
        if quote == "CAD":
            assert self.go.wait(CHILD_LIMIT)
        return forexhooks.Rate(base, quote, Decimal("1.4"), on=DAY, driver=self.name)


def test_who_is_cancelled_frees_the_place_and_another_is_asked(
    run: Run, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While the driver still works for the one who left."""
    monkeypatch.setattr(aio, "AT_ONCE", 2)
    with ForexManager() as manager:
        gate = Gate()
        manager.register(gate)
        manager.register(Gate("other"))
        fx, other = (aio.open(name, manager=manager) for name in ("gate", "other"))

        async def main() -> None:
            async with anyio.create_task_group() as tasks:
                scopes = []

                async def ask(quote: str) -> None:
                    with anyio.CancelScope() as scope:
                        scopes.append(scope)
                        await fx.get_rate("USD", quote, DAY)

                for _ in range(2):
                    tasks.start_soon(ask, "CAD")
                await until(lambda: len(gate.asked) == 2)
                tasks.start_soon(ask, "GBP")
                await until(lambda: len(scopes) == 3)
                # No place is left here, and that keeps nobody from another driver.
                await other.get_rate("USD", "GBP", DAY)
                assert "GBP" not in gate.asked
                scopes[0].cancel()
                await until(lambda: "GBP" in gate.asked)
                assert not gate.go.is_set()
                scopes[1].cancel()
            assert (await fx.get_rate("USD", "EUR", DAY)).value == Decimal("1.4")
            gate.go.set()

        with caplog.at_level(logging.DEBUG):
            run(main)
        gate.go.set()
        assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []


def test_a_time_limit_of_the_callers_ends_the_wait(run: Run) -> None:
    with ForexManager() as manager:
        gate = Gate()
        manager.register(gate)

        async def main() -> None:
            with pytest.raises(TimeoutError), anyio.fail_after(0.05):
                await aio.open("gate", manager=manager).get_rate("USD", "CAD", DAY)
            assert not gate.go.is_set()
            gate.go.set()

        run(main)


def test_the_drivers_own_time_limit_holds(run: Run, provider: Provider) -> None:
    from forexhooks_erapi import ErApi

    hung = threading.Event()
    provider.answer = lambda asked: Misbehave(lambda connection: bool(hung.wait(CHILD_LIMIT)))

    async def main() -> None:
        with ForexManager() as manager:
            manager.register(ErApi(base_url=provider.url, time_limit=0.3))
            with pytest.raises(forexhooks.TransientError, match="in time"):
                await aio.open("erapi", manager=manager).get_rate("USD", "CAD")

    try:
        run(main)
    finally:
        hung.set()


def test_one_refresh_for_all_and_the_first_of_them_may_leave(
    run: Run, provider: Provider, tmp_path: Path
) -> None:
    with time_machine.travel(NOW, tick=False), desks(provider, tmp_path) as desk:
        go = threading.Event()

        def answer(asked: Asked) -> Reply:
            assert go.wait(CHILD_LIMIT)
            return Ecb(NEWEST).answer(asked)

        provider.answer = answer
        fx = aio.open("ecb", manager=desk().manager, refresh=True)
        got: list[Decimal] = []

        async def ask() -> None:
            got.append((await fx.get_rate("EUR", "USD", NEWEST)).value)

        async def main() -> None:
            async with anyio.create_task_group() as tasks:
                with anyio.CancelScope() as leaving:

                    async def leave() -> None:
                        await until(lambda: provider.asked)
                        leaving.cancel()

                    tasks.start_soon(leave)
                    await ask()
                assert leaving.cancelled_caught
                for _ in range(100):
                    tasks.start_soon(ask)
                await anyio.sleep(0)
                go.set()

        run(main)
        assert got == [usd(NEWEST)] * 100
        assert len(provider.asked) == 1


# What is said on the way.


def test_what_is_stale_is_warned_of_where_it_is_awaited_and_once(run: Run) -> None:
    with time_machine.travel(NOW, tick=False):
        fx = aio.open("ecb")

        async def main() -> None:
            for _ in range(2):
                await fx.get_rate("EUR", "USD")

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run(main)
        assert [(each.category, each.filename) for each in caught] == [
            (forexhooks.StaleRateWarning, __file__)
        ]


def test_progress_is_told_in_the_event_loop(run: Run, provider: Provider, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    threads = set()

    def progress(done: int, total: int | None) -> None:
        threads.add(threading.get_ident())
        told.append((done, total))

    with time_machine.travel(NOW, tick=False), desks(provider, tmp_path) as desk:
        fx = aio.open("ecb", manager=desk().manager)

        async def main() -> forexhooks.Update:
            return await fx.update(progress=progress)

        assert run(main).after == NEWEST
    assert told and threads == {threading.get_ident()}


@pytest.mark.one_python
def test_nothing_is_imported_before_it_is_used_and_what_is_lacking_is_named() -> None:
    code = """
import sys, forexhooks
assert "anyio" not in sys.modules
sys.modules["anyio"] = None
try:
    forexhooks.aio
except forexhooks.MissingExtraError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=CHILD_LIMIT
    )
    assert "pip install 'forexhooks[aio]'" in done.stdout, done.stderr


def test_it_can_be_shared_by_tasks_and_loops(run: Run) -> None:
    with ForexManager() as manager:
        manager.register(FixedRates({"USD/CAD": "1.4"}, on=DAY))
        fx = aio.open("fixed", manager=manager)
        assert repr(fx) == "<AsyncForexService of fixed>"

        async def main() -> Decimal:
            return await fx.convert(100, "USD", "CAD", DAY)

        assert [run(main), run(main)] == [Decimal("140.00")] * 2
