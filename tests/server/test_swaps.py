"""Drivers are swapped while they are asked: no request fails, none is answered by two versions."""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from forexhooks import Driver, ForexManager, Observation, Profile
from patience import CHILD_LIMIT
from plugins_on_disk import raw, write
from server_of_ours import Reply, serving

QUOTES = ("CAD", "CHF", "GBP", "USD")
FIRST = 6
DAYS = (date(2026, 10, 29), date(2026, 10, 30))


@pytest.fixture
def manager() -> Iterator[ForexManager]:
    """One with the drivers of the test alone."""
    with ForexManager() as made:
        yield made


def versions_in(reply: Reply) -> set[int]:
    """The versions that an answer is of: all rates of a driver are its version."""
    return set(map(int, re.findall(r'(?:"[A-Z]{3}"|"rate"|"value"):"?(\d+)', reply.text)))


class Versioned(Driver):
    """Its rates are its version. The first that is asked is replaced while it answers."""

    name = "acme"
    profile = Profile(title="Acme", pivot="EUR")

    def __init__(self, manager: ForexManager, version: int = FIRST) -> None:
        self.manager = manager
        self.version = version

    def currencies(self) -> frozenset[str]:
        return frozenset({"EUR", *QUOTES})

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterable[Observation]:
        if self.version == FIRST:
            self.manager.replace(Versioned(self.manager, FIRST + 1), drain=None)
        for on, quote in itertools.product(DAYS, QUOTES):
            yield Observation(on, "EUR", quote, Decimal(self.version))


@pytest.mark.parametrize(
    "path",
    [
        "/v1/2026-10-30?",
        "/v1/2026-10-29..2026-10-30?",
        "/v2/rates?date=2026-10-30",
        "/v2/rates?from=2026-10-29&to=2026-10-30",
        "/v2/rates.csv?from=2026-10-29&to=2026-10-30",
        "/api/rate?base=EUR&quote=USD&on=2026-10-30",
        "/api/history?base=EUR&quote=USD&start=2026-10-29&end=2026-10-30",
    ],
)
def test_an_answer_is_of_the_version_that_was_there_when_it_was_asked(
    manager: ForexManager, path: str
) -> None:
    manager.register(Versioned(manager))
    with serving(manager, "acme") as server:
        for version in (FIRST, FIRST + 1):
            reply = server.ask(path + "&base=EUR" * (version - FIRST))  # asked, not kept
            assert (reply.status, versions_in(reply) - {1, version}) == (200, set())


def test_an_answer_that_is_over_keeps_no_version_from_being_closed(manager: ForexManager) -> None:
    closed = threading.Event()

    class Closed(Versioned):
        def close(self) -> None:
            closed.set()

    manager.register(Closed(manager, 3))
    with serving(manager, "acme") as server:
        for path in ("/v1/2026-10-30", "/v2/rate/EUR/PLN", "/api/rate?base=EUR&quote=USD&on=2020"):
            server.ask(path)
        manager.unregister(name="acme", drain=CHILD_LIMIT)
        assert closed.wait(CHILD_LIMIT)


def test_versions_come_good_and_bad_and_no_request_fails(
    manager: ForexManager, tmp_path: Path
) -> None:
    folder = tmp_path / "drivers"
    folder.mkdir()
    file = write(folder / "acme.py", raw(1))
    seen: set[int] = set()
    wrong: list[Reply] = []
    asked = itertools.count()
    ended = threading.Event()
    with serving(manager, "acme", watch=folder) as server, ThreadPoolExecutor(8) as threads:

        def ask() -> None:
            while not ended.is_set():
                # In another way each time, so that it is not the answer of a moment ago.
                path = f"/v1/latest?to={','.join(QUOTES)}{',' * (next(asked) % 3000)}"
                reply = server.ask(path)
                versions = versions_in(reply)
                if reply.status != 200 or len(versions) != 1:
                    wrong.append(reply)
                seen.update(versions)

        asking = [threads.submit(ask) for _ in range(8)]
        try:
            for version in range(2, 8):
                is_bad = version in (3, 6)
                text = raw(version, below="1 / 0" if is_bad else "")
                write(folder / ".acme.tmp", text).replace(file)
                if is_bad:
                    refused = f'error="PluginLoadError",event="refused"}} {version // 3}.0'
                    wait_for(lambda: refused in server.ask("/metrics").text)  # noqa: B023
                else:
                    wait_for(lambda: version in seen or wrong)  # noqa: B023
        finally:
            ended.set()
        for each in asking:
            each.result()
    assert wrong == []
    assert seen == {1, 2, 4, 5, 7}


def test_no_route_loads_code(manager: ForexManager, tmp_path: Path) -> None:
    write(tmp_path / "acme.py", raw(1))
    with serving(manager, "acme", watch=tmp_path) as server:
        for path in ("/api/drivers", "/api/load", "/drivers", "/watch"):
            assert server.ask(path, "POST").status in (404, 405), path


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + CHILD_LIMIT
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)
