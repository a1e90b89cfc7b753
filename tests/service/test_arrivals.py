"""`forex_rates_arrived`: extensions are told what an update brought, and nobody waits for them."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import psycopg
import pytest
import time_machine

import forexhooks
from fakes.ecb import Ecb, days_of_publication
from forexhooks import ExtensionWarning, RateTable
from freshness import HELD, NEWEST, NOW, Desk, desks, eventually, usd
from patience import CHILD_LIMIT
from providers import Provider
from test_docs import ROOT, Example, examples_in, file_of

Make = Callable[..., Desk]
NEW_DAYS = [day for day in days_of_publication(NEWEST) if day > HELD]


class Told:
    """An extension that keeps what it is told, once it is let go."""

    def __init__(self) -> None:
        self.tables: list[tuple[str, RateTable]] = []
        self.asked = threading.Event()
        self.go = threading.Event()
        self.go.set()

    @forexhooks.hookimpl
    def forex_rates_arrived(self, driver: str, table: RateTable) -> None:
        self.asked.set()
        assert self.go.wait(CHILD_LIMIT)
        self.tables.append((driver, table))

    def observed(self) -> dict[date, Decimal]:
        """EUR/USD by its day, as told last."""
        eventually(lambda: self.tables)
        driver, table = self.tables[-1]
        assert driver == table.driver
        return {each.on: each.value for each in table.observations() if each.quote == "USD"}


class Failing:
    @forexhooks.hookimpl
    def forex_rates_arrived(self) -> None:
        raise ValueError("the disk is full")


@pytest.fixture
def desk(provider: Provider, tmp_path: Path) -> Iterator[Make]:
    with time_machine.travel(NOW, tick=False), desks(provider, tmp_path) as desk:
        yield desk


def test_an_update_tells_once_of_the_days_that_are_new(desk: Make) -> None:
    at, told = desk(), Told()
    at.manager.register(told)
    at.fx.update()
    assert told.observed() == {day: usd(day) for day in NEW_DAYS}
    at.fx.update()  # which brings nothing
    at.fx.update(full=True)
    eventually(lambda: len(told.tables) == 2)
    assert min(told.observed()) == date(1999, 1, 4)


def test_a_refresh_tells_once_and_no_question_waits_for_it(desk: Make) -> None:
    at, told = desk(refresh=True), Told()
    at.manager.register(told)
    told.go.clear()
    with ThreadPoolExecutor(8) as pool:
        rates = set(pool.map(lambda _: at.fx.get_rate("EUR", "USD", NEWEST).value, range(8)))
    assert rates == {usd(NEWEST)}
    assert told.asked.wait(CHILD_LIMIT) and not told.tables
    told.go.set()
    assert told.observed() == {day: usd(day) for day in NEW_DAYS}
    assert len(told.tables) == 1


def test_one_that_fails_is_blamed_by_name_and_others_are_told(desk: Make) -> None:
    at, told = desk(), Told()
    at.manager.register(told)
    at.manager.register(Failing(), "to-disk")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert at.fx.update().after == NEWEST
        assert told.observed()
        eventually(lambda: caught)
    [warning] = caught
    assert warning.category is ExtensionWarning
    assert "to-disk" in str(warning.message) and "the disk is full" in str(warning.message)


@pytest.mark.parametrize(("changed", "days"), [(0, [29, 30]), (1, [28, 29, 30])])
def test_a_driver_of_anyones_tells_too_and_after_corrections_all(
    changed: int, days: list[int]
) -> None:
    class Acme(forexhooks.Driver):
        name = "acme"
        profile = forexhooks.Profile(title="Acme", history_from=date(2026, 10, 1))

        def observations(self, *_: object) -> Iterator[forexhooks.Observation]:
            for day in (28, 29, 30):
                yield forexhooks.Observation(date(2026, 10, day), "USD", "CAD", Decimal("1.4"))

        def update(self, **_: object) -> forexhooks.Update:
            before, after = date(2026, 10, 28), date(2026, 10, 30)
            return forexhooks.Update("acme", before, after, source="x", changed=changed)

    with forexhooks.ForexManager() as manager:
        told = Told()
        manager.register(Acme())
        manager.register(told)
        forexhooks.open("acme", manager=manager).update()
        eventually(lambda: told.tables)
        [(_, table)] = told.tables
        assert sorted(each.on.day for each in table.observations()) == days


# The example of docs/extensions.md.


def example() -> Example:
    page = ROOT / "docs" / "extensions.md"
    return next(each for each in examples_in(page) if file_of(each) == "to_database.py")


def into(desk: Make, plugin: ModuleType) -> None:
    at = desk()
    told = Told()
    at.manager.register(plugin)
    at.manager.register(told)  # after it
    at.fx.update()
    assert told.observed()


def loaded(source: str) -> ModuleType:
    module = ModuleType("to_database")
    exec(source, vars(module))  # noqa: S102 - our own documentation
    return module


@pytest.mark.one_python
def test_into_sqlite(desk: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rates.db"
    monkeypatch.setenv("RATES_DATABASE", str(path))
    for _ in range(2):  # written again, it stays one row each
        into(desk, loaded(example().text))
    with closing(sqlite3.connect(path)) as database:
        asked = "SELECT day, CAST(value AS text) FROM rates WHERE quote = 'USD' ORDER BY day"
        rows = database.execute(asked).fetchall()
    assert [(date.fromisoformat(day), Decimal(value)) for day, value in rows] == [
        (day, usd(day)) for day in NEW_DAYS
    ]


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    """A server of PostgreSQL on a socket of its own."""
    found = [shutil.which(name) for name in ("initdb", "pg_ctl")]
    if None in found or sys.platform == "win32":
        pytest.skip("PostgreSQL is not installed: there is no initdb and pg_ctl")
    initdb, pg_ctl = map(str, found)
    user: dict[str, Any] = {}
    if os.geteuid() == 0:  # it refuses to run as root
        user = {"user": "postgres"}
    # The path of a socket has 107 bytes at most.
    folder = Path(tempfile.mkdtemp())
    if user:
        shutil.chown(folder, **user)
    run = {"check": True, "cwd": folder, "stdout": subprocess.DEVNULL, **user}
    data = str(folder / "data")
    options = f"-k {folder} -c listen_addresses='' -c fsync=off"
    try:
        subprocess.run([initdb, "-D", data, "-U", "rates", "--no-sync"], **run)
        log = str(folder / "log")
        subprocess.run([pg_ctl, "-D", data, "-w", "-l", log, "-o", options, "start"], **run)
        try:
            yield f"host={folder} user=rates dbname=postgres"
        finally:
            subprocess.run([pg_ctl, "-D", data, "-m", "immediate", "stop"], **run)
    finally:
        shutil.rmtree(folder)


@pytest.mark.one_python
def test_into_postgresql(desk: Make, postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATES_DATABASE", postgres)
    source = example().text.replace("(?, ?, ?, ?, ?)", "(%s, %s, %s, %s, %s)")
    source = source.replace("sqlite3.connect", "psycopg.connect").replace("sqlite3", "psycopg")
    into(desk, loaded(source))
    with psycopg.connect(postgres) as database:
        asked = "SELECT day, value FROM rates WHERE quote = 'USD' ORDER BY day"
        assert database.execute(asked).fetchall() == [(day, usd(day)) for day in NEW_DAYS]


@pytest.mark.one_python
def test_the_command_waits_for_who_is_told(provider: Provider, tmp_path: Path) -> None:
    provider.answer = Ecb(NEWEST).answer
    (tmp_path / "slow.py").write_text(
        "import time, pathlib, forexhooks\n"
        "@forexhooks.hookimpl\n"
        "def forex_rates_arrived(driver, table):\n"
        "    time.sleep(0.5)\n"
        "    pathlib.Path('told').write_text(f'{driver} {table.newest}')\n"
    )
    command = [sys.executable, "-m", "forexhooks", "update", "ecb", "-p", str(tmp_path / "slow.py")]
    environment = {**os.environ, "FOREXHOOKS_ECB_BASE_URL": provider.url}
    subprocess.run(command, cwd=tmp_path, env=environment, timeout=CHILD_LIMIT, check=True)
    assert (tmp_path / "told").read_text() == f"ecb {NEWEST}"
