"""An updater that is killed at any moment leaves one valid store; so do several at once."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock

import pytest

from fakes import ecb
from fakes.ecb import Ecb
from forexhooks_ecb import ECB
from patience import CHILD_LIMIT
from providers import Asked, Provider, Reply

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is needed"),
    pytest.mark.one_python,
]

# Each line of input is how many seconds an updater lives. What it needs is imported before it
# begins, so that it spends them on updates: one after the other, of the whole history.
NURSERY = """
import os, signal, sys, time
import forexhooks.http.session, forexhooks_ecb.updating
from forexhooks_ecb import ECB

for seconds in sys.stdin:
    child = os.fork()
    if child == 0:
        driver = ECB(base_url=sys.argv[1])
        while True:
            driver.update()
    time.sleep(float(seconds))
    os.kill(child, signal.SIGKILL)
    print(os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)
"""

NEWEST = ecb.days_of_publication(datetime.now(UTC).date())[-1]
BUNDLED = (ecb.BUNDLED, ecb.LAST["USD"], ecb.LAST["CAD"])
# Published in turn, so that there is always something to write.
IN_TURN = (
    (NEWEST, ecb.value("USD", NEWEST), ecb.value("CAD", NEWEST)),
    (NEWEST, "1.2", "1.7"),
)


@pytest.fixture
def provider(provider: Provider) -> Provider:
    files = [Ecb(on, USD=usd, CAD=cad) for on, usd, cad in IN_TURN]
    counting = Lock()
    asked_for = 0

    def answer(asked: Asked) -> Reply:
        nonlocal asked_for
        with counting:
            asked_for += 1
        return files[asked_for % 2].answer(asked)

    provider.answer = answer
    return provider


@pytest.fixture
def store() -> Path:
    return Path(ECB().path)


class Nursery:
    """A process that has updaters, and kills each when its time has come."""

    def __init__(self, provider: Provider) -> None:
        command = [sys.executable, "-c", NURSERY, provider.url]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def start(self, seconds: float) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{seconds}\n")

    def killed(self) -> None:
        """Wait for the kill; one that had ended by itself failed."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "9\n"


@contextmanager
def nurseries(count: int, provider: Provider) -> Iterator[list[Nursery]]:
    made = [Nursery(provider) for _ in range(count)]
    try:
        yield made
    finally:
        for nursery in made:
            nursery.process.communicate(timeout=CHILD_LIMIT)


def answered() -> tuple[date | None, str, str]:
    """What another process finds in the store; that it is damaged is a warning, here an error."""
    with closing(ECB()) as driver:
        table = driver.table()
        assert str(table.get_rate("EUR", "USD", date(1999, 1, 4)).value) == "1.1789"
        usd, cad = (str(table.get_rate("EUR", code).value) for code in ("USD", "CAD"))
        return table.newest, usd, cad


def test_killed_at_200_random_moments(provider: Provider, store: Path) -> None:
    found, half_written = [], 0
    with nurseries(1, provider) as [nursery]:
        reach = 0.15
        # At least 200, and until one came while it mattered most: a slow machine needs more.
        for kill in range(1000):
            if kill >= 200 and half_written and {*found} & {*IN_TURN}:
                break
            reach *= 1 if store.exists() else 1.01
            nursery.start(random.uniform(0, reach))  # noqa: S311 - a seed is wanted
            nursery.killed()
            found.append(answered())
            assert found[-1] in (IN_TURN if store.exists() else [BUNDLED])
            half_written += len(list(store.parent.glob("*.part")))
    assert {*found} & {*IN_TURN}  # updates that came to their end, between kills
    assert half_written > 0
    with closing(ECB(base_url=provider.url)) as driver:
        driver.update()
    assert {path.name for path in store.parent.iterdir()} == {store.name, f"{store.name}.lock"}


def test_three_at_once_killed_at_random_moments(provider: Provider, store: Path) -> None:
    found = set()
    with nurseries(3, provider) as three:
        for _ in range(12):
            for nursery in three:
                nursery.start(random.uniform(0.05, 0.4))  # noqa: S311
            for nursery in three:
                nursery.killed()
                if store.exists():
                    found.add(answered())  # while the others are at it
    assert found <= {*IN_TURN}
    with closing(ECB(base_url=provider.url)) as driver:
        driver.update()
    assert answered() in IN_TURN


def test_the_command_is_killed(provider: Provider, store: Path) -> None:
    environment = {**os.environ, "FOREXHOOKS_ECB_BASE_URL": provider.url}
    command = [sys.executable, "-m", "forexhooks", "update"]
    for _ in range(8):
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as updater:
            time.sleep(random.uniform(0.1, 0.7))  # noqa: S311
            updater.kill()
        assert answered() in (IN_TURN if store.exists() else [BUNDLED])
    subprocess.run(
        command, env=environment, stdout=subprocess.DEVNULL, timeout=CHILD_LIMIT, check=True
    )
    assert answered() in IN_TURN
