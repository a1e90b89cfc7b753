"""A table that was given stays good: when its driver leaves, and when its file is overwritten."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import forexhooks
from forexhooks import ForexManager, ForexService, Observation, RateTable, StoreWarning, frames
from forexhooks_ecb import BUNDLE, ECB
from forexhooks_ecb.store import Store, packed
from patience import CHILD_LIMIT

if TYPE_CHECKING:
    from time_machine import Traveller

pytestmark = pytest.mark.usefixtures("bundle_is_fresh")

START, END = date(2026, 10, 1), date(2026, 10, 30)
AMOUNTS = pd.DataFrame({"amount": ["100"] * 22, "ccy": "USD", "on": pd.bdate_range(START, END)})

Ask = Callable[[ForexService], object]


def converted(fx: ForexService) -> object:
    columns = {"amount": "amount", "currency": "ccy", "on": "on", "into": "cad"}
    return list(frames.convert(AMOUNTS, to="CAD", driver=fx, **columns)["cad"])


def listed(fx: ForexService) -> object:
    return list(frames.rates(["CAD", "JPY"], START, END, base="USD", driver=fx)["value"])


def history(fx: ForexService) -> object:
    return [rate.value for rate in fx.get_history("USD", "CAD", START, END)]


ASKED: dict[str, Ask] = {"convert": converted, "rates": listed, "history": history}


@pytest.fixture
def manager() -> Iterator[ForexManager]:
    with ForexManager() as manager:
        manager.register(ECB())
        yield manager


@pytest.mark.parametrize("ask", [converted, listed])
def test_no_call_fails_while_the_driver_is_replaced(manager: ForexManager, ask: Ask) -> None:
    fx = forexhooks.open("ecb", manager=manager)
    expected, outcomes, is_over = ask(fx), [], threading.Event()

    def call() -> None:
        while not is_over.is_set():
            try:
                outcomes.append(ask(fx) == expected or "other values")
            except Exception as error:  # noqa: BLE001 - collected, and shown below
                outcomes.append(repr(error))

    caller = threading.Thread(target=call)
    caller.start()
    until = time.monotonic() + CHILD_LIMIT
    swaps = 0
    while swaps < 1000 or (len(outcomes) <= 10 and time.monotonic() < until):
        manager.replace(ECB())
        swaps += 1
    is_over.set()
    caller.join()
    assert len(outcomes) > 10
    assert set(outcomes) == {True}


class ClosedAtOnce(ECB):
    """Its last call has left, and it is closed, before anybody looks into what it gave."""

    def table(self, *asked: Any) -> RateTable:
        table = super().table(*asked)
        self.close()
        return table


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_driver_that_was_closed_before_its_table_is_read(manager: ForexManager, ask: Ask) -> None:
    fx = forexhooks.open("ecb", manager=manager)
    expected = ask(fx)
    manager.replace(ClosedAtOnce())
    assert ask(fx) == expected


def answers(table: RateTable) -> list[object]:
    """All that a table can be asked, in short."""
    rates = [table.get_rate("USD", "JPY", END - timedelta(days)) for days in range(30)]
    series = [each.scaled(1, date.max.toordinal()) for each in table._columns.values()]
    return [
        *rates,
        *table.history("GBP", "CAD", START, END),
        *islice(table.observations(), 1000),
        sum(int(each.digits.sum()) for each in series),
    ]


LEAVES: dict[str, Callable[[ForexManager], object]] = {
    "is closed": lambda manager: manager.get_plugin("ecb").close(),
    "is replaced": lambda manager: manager.replace(ECB()),
    "is unregistered": lambda manager: manager.unregister(name="ecb"),
    "leaves with its manager": ForexManager.close,
}


@pytest.mark.parametrize("leave", LEAVES.values(), ids=LEAVES)
def test_a_table_outlives_its_driver(
    manager: ForexManager, leave: Callable[[ForexManager], object]
) -> None:
    kept = forexhooks.open("ecb", manager=manager).get_table(["USD"], None, None)
    assert kept is not None
    before = answers(kept)
    leave(manager)
    assert answers(kept) == before


def a_store(*of_usd: str) -> bytes:
    """The bundle's history and further days of USD, from the Monday after it on."""
    days = (END + timedelta(days=3 + number) for number in range(len(of_usd)))
    news = [
        Observation(day, "EUR", "USD", Decimal(value))
        for day, value in zip(days, of_usd, strict=True)
    ]
    return packed(Store(BUNDLE, "ecb", ECB.profile).grid().merged(news))


OVERWRITTEN = """
import sys, warnings
from datetime import date
from forexhooks import StoreWarning
from forexhooks_ecb import ECB

path, way, bundle = sys.argv[1:]
new = sys.stdin.buffer.read()
warnings.simplefilter("ignore", StoreWarning)

def asked(table):
    usd = [str(table.get_rate("EUR", "USD", date(2026, 11, day)).value) for day in (2, 3)]
    series = [each.scaled(1, 999_999) for each in table._columns.values()]
    return *usd, sum(int(each.digits.sum()) for each in series)

driver = ECB(store=path, bundle=bundle)
table = driver.table()
unused = driver.table()
before, found, looked = asked(table), set(), set()

def look():
    found.add(asked(table))
    looked.add(asked(driver.table(end=date.max)))  # the newest: the file is looked at again

with open(path, "r+b") as file:
    if way == "truncated":
        file.truncate(0)
        look()
    written = len(new) // 2 if way == "left half-written" else len(new)
    for at in range(0, written, 100_000):
        file.write(new[at:at + 100_000])
        file.flush()
        look()
after = before if way == "left half-written" else asked(ECB(store=path, bundle=bundle).table())
assert found == {before}, found
assert looked <= {before, after}, looked
print(*asked(unused), asked(driver.table(end=date.max)) == after)
"""


@pytest.mark.parametrize("way", ["truncated", "from its beginning", "left half-written"])
def test_a_store_that_is_overwritten_in_place(tmp_path: Path, way: str) -> None:
    store = tmp_path / "store"
    store.write_bytes(a_store("1.25", "1.26"))
    # By far newer rates are overdue, so that each question has the file looked at.
    command = [sys.executable, "-c", OVERWRITTEN, str(store), way, BUNDLE]
    new = a_store("1.35", "1.36")
    done = subprocess.run(command, input=new, capture_output=True, timeout=CHILD_LIMIT, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    usd, digits, is_new = done.stdout.decode().rsplit(maxsplit=2)
    assert (usd, is_new) == ("1.25 1.26", "True")
    assert int(digits) > 0


def test_what_was_read_before_answers_where_the_file_is_damaged_meanwhile(
    tmp_path: Path, bundle_is_fresh: Traveller
) -> None:
    bundle_is_fresh.move_to(datetime(2026, 11, 9, 20, tzinfo=UTC))  # the file is looked at anew
    store, day = tmp_path / "store", END + timedelta(days=3)
    store.write_bytes(a_store("1.25"))
    driver = ECB(store=str(store))
    assert driver.table().get_rate("EUR", "USD", day).value == Decimal("1.25")
    store.write_bytes(a_store("1.35")[:-1])
    with pytest.warns(StoreWarning, match=f"{store}.*the copy read earlier") as warned:
        assert driver.table().get_rate("EUR", "USD", day).value == Decimal("1.25")
    assert len(warned) == 1
    with pytest.warns(StoreWarning, match=f"{store}.*the bundle answers instead"):
        assert ECB(store=str(store)).table().newest == END
