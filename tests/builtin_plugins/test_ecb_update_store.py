"""Whatever happens to the store and where it lies, there is one valid store, and rates."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fakes import ecb
from fakes.ecb import HISTORY, MONDAY, Ecb, evening_of
from forexhooks import DriverError, Observation, StoreWarning
from forexhooks_ecb import BUNDLE, ECB
from forexhooks_ecb.grid import Grid
from forexhooks_ecb.store import packed
from patience import CHILD_LIMIT
from providers import Provider

Make = Callable[..., ECB]


@pytest.fixture
def make(provider: Provider, tmp_path: Path) -> Iterator[Make]:
    """Make drivers of one store that ask the local provider."""
    made: list[ECB] = []

    def make(**options: Any) -> ECB:
        path = str(tmp_path / "data" / "mine.store")
        made.append(ECB(**{"base_url": provider.url, "store": path, **options}))
        return made[-1]

    yield make
    for driver in made:
        driver.close()


def latest(driver: ECB, code: str = "USD") -> tuple[date, str]:
    rate = driver.table().get_rate("EUR", code)
    return rate.on, str(rate.value)


OLDER = packed(Grid.of([Observation(date(2026, 10, 29), "EUR", "USD", Decimal("1.2"))]))
BAD_STORES = {"empty": b"", "cut": OLDER[:-1], "something else": bytes(9999), "older": OLDER}


@pytest.mark.parametrize(
    "today",
    [
        pytest.param(MONDAY, id="news"),
        pytest.param(ecb.BUNDLED, id="no news"),
    ],
)
@pytest.mark.parametrize("content", BAD_STORES.values(), ids=BAD_STORES)
def test_a_bad_store_is_named_and_an_update_mends_it(
    make: Make, provider: Provider, content: bytes, today: date
) -> None:
    provider.answer, driver = Ecb(today).answer, make()
    path = Path(driver.path)
    path.parent.mkdir()
    path.write_bytes(content)
    with evening_of(today):
        with pytest.warns(StoreWarning, match=f"{path}.*bundle.*forexhooks update ecb") as warned:
            assert driver.table().get_rate("EUR", "USD", ecb.BUNDLED).on == ecb.BUNDLED
        assert len(warned) == 1
        driver.update()
        assert latest(make()) == (today, ecb.value("USD", today))


@pytest.mark.parametrize("kind", ["the folder is a file", "the store is a folder"])
def test_no_place_to_write(make: Make, provider: Provider, tmp_path: Path, kind: str) -> None:
    provider.answer, driver = Ecb(MONDAY).answer, make(store=str(tmp_path / "in" / "the.store"))
    if kind == "the folder is a file":
        (tmp_path / "in").write_text("")
    else:
        Path(driver.path).mkdir(parents=True)
        with pytest.warns(StoreWarning, match="directory"):
            driver.table()
    with evening_of(MONDAY), pytest.raises(DriverError, match="cannot be written") as raised:
        driver.update()
    assert driver.path in str(raised.value) and "FOREXHOOKS_ECB_STORE" in str(raised.value)
    assert latest(driver) == (ecb.BUNDLED, "1.1172")
    assert not list(tmp_path.rglob("*.part"))


FULL = """
import os, resource, sys
from forexhooks import DriverError
from forexhooks_ecb import ECB
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), resource.RLIM_INFINITY))
driver = ECB(base_url=sys.argv[1], store=sys.argv[2], bundle=sys.argv[4])
try:
    driver.update(full=True)
except DriverError as error:
    print(error)
print(driver.table().get_rate("EUR", "USD").on, os.listdir(os.path.dirname(sys.argv[2])))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit")
@pytest.mark.parametrize(
    "room",
    [
        pytest.param(0),
        5_000,
        500_000,
    ],
)
def test_a_full_disk(provider: Provider, tmp_path: Path, room: int) -> None:
    provider.answer = Ecb(MONDAY).answer
    command = [
        sys.executable,
        "-B",  # or modules are compiled onto that disk, and Python 3.11 takes what fits for whole
        "-c",
        FULL,
        provider.url,
        str(tmp_path / "data" / "the.store"),
        str(room),
        BUNDLE,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=CHILD_LIMIT, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    said, rate = done.stdout.splitlines()
    assert "the.store cannot be written" in said and "File too large" in said
    assert rate == "2026-10-30 ['the.store.lock']"


def test_a_store_without_a_folder(
    make: Make, provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.answer = Ecb(MONDAY).answer
    monkeypatch.chdir(tmp_path)
    with evening_of(MONDAY):
        make(store="mine.store").update()
        assert (tmp_path / "mine.store").exists()


def test_progress_is_told_in_bytes(make: Make, provider: Provider) -> None:
    told: list[tuple[int, int | None]] = []
    provider.answer = Ecb(MONDAY).answer
    with evening_of(MONDAY):
        make().update(full=True, progress=lambda done, total: told.append((done, total)))
    size = len(Ecb(MONDAY).content(HISTORY) or b"")
    assert told[-1] == (size, size)


def test_many_at_once_write_once(make: Make, provider: Provider) -> None:
    provider.answer, drivers = Ecb(MONDAY).answer, [make() for _ in range(8)]
    with evening_of(MONDAY), ThreadPoolExecutor(8) as pool:
        old = drivers[0].table()
        updates = list(pool.map(ECB.update, drivers))
        assert sum(update.path is not None for update in updates) == 1
        assert {latest(driver) for driver in drivers} == {(MONDAY, "1.1173")}
        assert old.get_rate("EUR", "USD").on == ecb.BUNDLED  # who still reads it may


def test_what_a_killed_one_left_is_cleared_away(make: Make, provider: Provider) -> None:
    provider.answer, folder = Ecb(MONDAY).answer, Path(make().path).parent
    folder.mkdir()
    for name in ("mine.store.abc.part", "another.store.abc.part"):
        (folder / name).write_bytes(b"FXSTORE1")
    with evening_of(MONDAY):
        make().update()
    assert {path.name for path in folder.iterdir()} == {
        "mine.store", "mine.store.lock", "another.store.abc.part"
    }  # fmt: skip
