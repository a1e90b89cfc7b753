"""A lock is made of one state of the store, and of nothing that is short."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import time_machine

import forexhooks
from fakes import ecb
from fakes.ecb import Ecb
from forexhooks import (
    DriverError,
    ForexService,
    LockError,
    RateUnavailableError,
    UnavailableReason,
    UnknownDriverError,
    frames,
)
from forexhooks.testing import FixedRates
from freshness import FAR, HELD, NEAR, NEWEST, NOW, OF_A_CHAIN, REMEDY, Desk, Way, desks, usd
from patience import CHILD_LIMIT, PATIENT
from providers import Provider

Make = Callable[..., Desk]
Run = Callable[..., subprocess.CompletedProcess[str]]
CHAIN = ("ecb", "gold")


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(provider: Provider, tmp_path: Path, clock: time_machine.Traveller) -> Iterator[Make]:
    with desks(provider, tmp_path) as desk:
        yield desk


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rates.lock"


def recording(path: Path, desk: Desk, *, update: bool = False) -> Any:
    return forexhooks.locking(
        path, *desk.drivers, update=update, manager=desk.manager, refresh=desk.refresh
    )


# In a program. A way to ask takes a desk: that of a lock gives the service that records, or reads.


class Recording(Desk):
    """The desk of a lock: whatever is asked goes to this service."""

    service: ForexService

    @classmethod
    def of(cls, service: ForexService) -> Recording:
        self = cls(None)
        self.service = service
        return self

    @property
    def fx(self) -> ForexService:
        return self.service


LOCKED = {name: way for name, way in OF_A_CHAIN.items() if name != "get_table"}
BY_WAY = pytest.mark.parametrize(
    ("way", "drivers"),
    [
        *(pytest.param(way, ("ecb",), id=name) for name, way in LOCKED.items()),
        *(pytest.param(way, CHAIN, id=f"{name}, of a chain") for name, way in LOCKED.items()),
    ],
)


@BY_WAY
def test_with_refresh_a_question_is_fetched_and_locked(
    desk: Make, path: Path, provider: Provider, way: Way, drivers: tuple[str, ...]
) -> None:
    with recording(path, desk(*drivers, refresh=True)) as fx:
        recorded = way.ask(Recording.of(fx), FAR)
    assert recorded == (way.right(FAR), None)
    assert way.ask(Recording.of(forexhooks.open(lock=path)), FAR) == recorded
    assert len(provider.asked) == 1


@pytest.mark.parametrize("where", ["argument", "setting"])
def test_in_the_background_is_at_once_here(
    desk: Make, path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    if where == "setting":
        monkeypatch.setenv("FOREXHOOKS_REFRESH", "background")
    refresh = "background" if where == "argument" else None
    with recording(path, desk(refresh=refresh)) as fx:
        assert fx.get_rate("EUR", "USD", FAR).value == usd(FAR)
        assert fx.get_history("EUR", "USD", HELD, FAR)[-1].on == FAR


@BY_WAY
@pytest.mark.parametrize("on", [NEAR, FAR])
def test_without_a_question_that_is_short_is_refused(
    desk: Make, path: Path, provider: Provider, way: Way, drivers: tuple[str, ...], on: date
) -> None:
    with pytest.raises(LockError) as raised, recording(path, desk(*drivers)) as fx:
        fx.get_rate("EUR", "USD", HELD)
        way.ask(Recording.of(fx), on)
    assert REMEDY.search(str(raised.value)) and f"{HELD}" in str(raised.value)
    assert not path.exists() and provider.connections == 0


def test_the_latest_that_is_short_is_refused(desk: Make, path: Path) -> None:
    for ask in (
        lambda fx: fx.get_rate("EUR", "USD"),
        lambda fx: fx.get_rates("EUR", ["USD", "CAD"]),
        lambda fx: fx.convert(1, "EUR", "USD"),
        lambda fx: fx.get_rate("EUR", "USD", max_age=timedelta(days=90)),
    ):
        with pytest.raises(LockError), recording(path, desk()) as fx:
            ask(fx)
        assert not path.exists()


def test_what_is_refused_is_not_in_the_lock(desk: Make, path: Path) -> None:
    """A program that goes on after the refusal has locked the rest."""
    with recording(path, desk()) as fx:
        assert fx.get_rate("EUR", "USD", HELD).value == usd(HELD)
        with suppress(LockError):
            fx.get_history("EUR", "USD", HELD, FAR)
        with suppress(LockError):
            fx.get_rate("EUR", "USD", NEAR)
    locked = forexhooks.open(lock=path)
    assert locked.get_rate("EUR", "USD", HELD).value == usd(HELD)
    for ask in (
        lambda: locked.get_history("EUR", "USD", HELD, FAR),
        lambda: locked.get_rate("EUR", "USD", NEAR),
    ):
        with pytest.raises(forexhooks.NotLockedError):
            ask()


def test_offline_is_no_refresh(
    desk: Make, path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREXHOOKS_OFFLINE", "1")
    with pytest.raises(LockError, match="offline"), recording(path, desk(refresh=True)) as fx:
        fx.get_rate("EUR", "USD", FAR)
    assert not path.exists() and provider.connections == 0


def test_one_state_of_the_store(
    desk: Make, path: Path, provider: Provider, clock: time_machine.Traveller
) -> None:
    """Whatever is published, and asked for, while it is recorded."""
    clock.move_to(NOW - timedelta(days=1))
    earlier = NEWEST - timedelta(days=1)
    provider.answer = Ecb(earlier).answer
    with recording(path, desk(refresh=True)) as fx:
        history = fx.get_history("EUR", "USD", HELD, earlier)
        provider.answer = Ecb(NEWEST, USD="1.2").answer
        clock.move_to(NOW)
        days = {rate.on: rate for rate in history}
        for on in ecb.days_of_publication(earlier):
            assert fx.get_rate("EUR", "USD", on).value == days[on].value == usd(on)
        with pytest.raises(LockError):  # it is short by now, and no other state may come in
            fx.get_rate("EUR", "USD")
        assert fx.get_rate("EUR", "USD", earlier).on == earlier
    assert len(provider.asked) == 1
    locked = forexhooks.open(lock=path)
    assert locked.get_history("EUR", "USD", HELD, earlier) == history


def test_the_state_is_the_same_whatever_is_asked_first(
    desk: Make, path: Path, provider: Provider
) -> None:
    """Not the old store for what is asked before something is missed, and the new one after."""
    with recording(path, desk(refresh=True)) as fx:
        assert fx.get_rate("EUR", "USD", HELD).on == HELD
        assert fx.get_rate("EUR", "USD", NEAR).on == NEAR
        assert [rate.on for rate in fx.get_history("EUR", "USD", HELD, FAR)] == list(
            ecb.days_of_publication(FAR)
        )
    assert len(provider.asked) == 1


def test_days_without_a_rate_are_locked_as_such(desk: Make, path: Path) -> None:
    saturday, before = date(2026, 10, 24), date(1998, 1, 1)
    with recording(path, desk()) as fx:
        for on, max_gap in ((saturday, 0), (before, None)):
            with pytest.raises(RateUnavailableError):
                fx.get_rate("EUR", "USD", on, max_gap=max_gap)
        with pytest.raises(RateUnavailableError):
            fx.get_rate("EUR", "RUB", FAR)  # it ended: there is nothing to wait for
        assert fx.get_history("EUR", "RUB", date(2022, 2, 25), FAR)[-1].on == date(2022, 3, 1)
    locked = forexhooks.open(lock=path)
    with pytest.raises(RateUnavailableError) as raised:
        locked.get_rate("EUR", "USD", saturday, max_gap=0)
    assert raised.value.reason is UnavailableReason.HOLE
    with pytest.raises(RateUnavailableError) as ended:
        locked.get_rate("EUR", "RUB", FAR)
    assert ended.value.reason is UnavailableReason.SUSPENDED
    assert locked.get_history("EUR", "RUB", date(2022, 2, 25), FAR).stale is None


def test_a_chain_locks_what_the_next_driver_has(desk: Make, path: Path) -> None:
    chain = desk("ecb", "second", refresh=False)
    chain.manager.register(FixedRates({FAR: {"EUR/USD": 9}}, name="second"))
    with recording(path, chain) as fx:
        assert fx.get_rate("EUR", "USD", FAR).driver == "second"
    assert forexhooks.open(lock=path).get_rate("EUR", "USD", FAR).value == 9


def test_a_column_with_a_day_that_is_short_is_refused_whole(desk: Make, path: Path) -> None:
    frame = pl.DataFrame({"amount": [1.0, 1.0], "ccy": ["EUR", "EUR"], "on": [HELD, NEAR]})
    columns = {"amount": "amount", "currency": "ccy", "to": "USD", "on": "on"}
    for errors in ("raise", "null"):
        with pytest.raises(LockError), recording(path, desk()) as fx:
            frames.convert(frame, driver=fx, errors=errors, **columns)
        assert not path.exists()


def test_a_lock_gives_no_tables_and_says_so(desk: Make, path: Path) -> None:
    span = ["EUR", "USD"], date(2026, 10, 1), HELD

    def refused(fx: ForexService) -> None:
        with pytest.raises((DriverError, LockError)) as raised:
            fx.get_table(*span)
        assert not isinstance(raised.value, UnknownDriverError)
        assert "get_history" in str(raised.value) or "get_rate" in str(raised.value)

    with recording(path, desk()) as fx:
        fx.get_rate("EUR", "USD", HELD)
        refused(fx)  # what it gave would not be in the lock
    refused(forexhooks.open(lock=path))


# At the command line.

SPAN = ["--from", f"{HELD}", "--to", f"{FAR}"]


@pytest.fixture
def run(provider: Provider, tmp_path: Path) -> Run:
    provider.answer = Ecb(ecb.days_of_publication(date.today())[-1]).answer  # noqa: DTZ011

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        import os

        local = {"FOREXHOOKS_ECB_BASE_URL": provider.url}
        return subprocess.run(
            [*PATIENT, "lock", *arguments, "-o", "rates.lock"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, **local, **variables},
            timeout=CHILD_LIMIT,
            check=False,
        )

    return run


def check_is_right(path: Path) -> None:
    """Fail unless the lock of `SPAN` has each day and the history as they are."""
    locked = forexhooks.open(lock=path)
    published = ecb.days_of_publication(FAR)
    history = locked.get_history("EUR", "USD", HELD, FAR)
    assert [(rate.on, rate.value) for rate in history] == [(on, usd(on)) for on in published]
    assert history.stale is None
    for day in range(HELD.toordinal(), FAR.toordinal() + 1):
        on = date.fromordinal(day)
        rate = locked.get_rate("EUR", "USD", on)
        assert rate.on == max(each for each in published if each <= on)
        assert (rate.value, rate.stale) == (usd(rate.on), None)


def test_a_span_is_of_one_state(run: Run, path: Path, provider: Provider) -> None:
    done = run("EUR/USD", *SPAN)
    assert (done.returncode, done.stderr) == (0, "")
    check_is_right(path)
    assert len(provider.asked) == 1


@pytest.mark.parametrize("what", [SPAN, []], ids=["a span", "the latest"])
def test_offline_nothing_that_is_short_is_written(
    run: Run, path: Path, provider: Provider, what: list[str]
) -> None:
    done = run("EUR/USD", *what, "--offline")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1
    assert "offline" in done.stderr and f"{HELD}" in done.stderr
    assert not path.exists() and provider.connections == 0


def test_other_days_without_a_rate_are_counted(run: Run, path: Path, tmp_path: Path) -> None:
    span = ["--from", "2026-10-24", "--to", "2026-10-30", "--max-gap", "0"]
    done = run("EUR/USD", *span, "--offline")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"\b2\b[^,;]* without a rate", done.stdout), done.stdout
    path.unlink()
    ended = run("EUR/RUB", "--from", "2022-02-28", "--to", "2022-03-31", "--json")
    assert ended.returncode == 0 and json.loads(ended.stdout)["without_rate"] == 23


COMMAND = """
import warnings
from datetime import date
import forexhooks
warnings.simplefilter("ignore")
fx = forexhooks.open("ecb")
fx.get_rate("EUR", "USD", date(2026, 10, 30))
print([f"{rate.on}" for rate in fx.get_history("EUR", "USD", date(2026, 10, 30), date(2026, 11, 9))][-1])
"""  # noqa: E501


def test_what_a_command_asks_for_is_refused_too(
    run: Run, path: Path, provider: Provider, tmp_path: Path
) -> None:
    (tmp_path / "report.py").write_text(COMMAND)
    command = ["--", sys.executable, "report.py"]

    def lock(**variables: str) -> subprocess.CompletedProcess[str]:
        import os

        local = {"FOREXHOOKS_ECB_BASE_URL": provider.url}
        return subprocess.run(
            [*PATIENT, "lock", "-o", "rates.lock", *command],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, **local, **variables},
            timeout=CHILD_LIMIT,
            check=False,
        )

    refused = lock()
    assert refused.returncode == 1 and not path.exists()
    assert "LockError" in refused.stderr and REMEDY.search(refused.stderr)
    assert provider.connections == 0
    done = lock(FOREXHOOKS_REFRESH="background")  # at once: a lock cannot be mended later
    assert (done.returncode, done.stdout.split()[0]) == (0, f"{FAR}")
    assert forexhooks.open(lock=path).get_history("EUR", "USD", HELD, FAR)[-1].value == usd(FAR)


# Locks of before, as they were written when the contract was another.


def lines_of(path: Path, *lines: dict[str, object]) -> None:
    """Write a lock of the format 1."""
    texts = [json.dumps(line) for line in lines]
    head = {"forexhooks_lock": 1, "sha256": sha256("\n".join(texts).encode()).hexdigest()}
    path.write_text("\n".join([json.dumps(head), *texts]) + "\n")


OF = {"drivers": ["ecb"], "pair": ["EUR", "USD"]}
SOURCE = {"source": "ecb", "title": "ECB", "pivot": "EUR", "recorded": "2026-11-26T08:00:00+00:00"}


def rate_line(on: date, *asked: str, stale: date | None = None) -> dict[str, object]:
    said = (
        {"stale": f"ecb holds rates up to {on}; the rate of {stale} should be out"} if stale else {}
    )
    leg = [f"{on}", "EUR", "USD", f"{usd(on)}"]
    value = {"driver": "ecb", "on": f"{on}", "value": f"{usd(on)}", "legs": [leg]}
    return {**OF, **value, **said, "asked": list(asked)}


def test_the_latest_that_was_locked_stale_is_asked_anew(desk: Make, path: Path) -> None:
    lines_of(path, SOURCE, rate_line(HELD, "latest", stale=NEAR))
    with recording(path, desk(refresh=True), update=True) as fx:
        assert fx.get_rate("EUR", "USD").on == NEWEST
    assert forexhooks.open(lock=path).get_rate("EUR", "USD").on == NEWEST


def test_an_update_keeps_what_was_not_short(desk: Make, path: Path, provider: Provider) -> None:
    kept = rate_line(HELD, f"{HELD}", "latest")
    ended = {
        "drivers": ["ecb"],
        "pair": ["EUR", "RUB"],
        "error": "RateUnavailableError",
        "message": "ecb has no EUR/RUB on 2026-11-09: suspended; ask another driver",
        "reason": "suspended",
        "asked": [f"{FAR}"],
    }
    lines_of(path, SOURCE, kept, ended)
    with recording(path, desk(refresh=True), update=True) as fx:
        assert fx.get_rate("EUR", "USD").on == HELD  # it was the latest when it was locked
        with pytest.raises(RateUnavailableError):
            fx.get_rate("EUR", "RUB", FAR)
    assert provider.connections == 0


def test_what_an_old_lock_holds_as_stale_it_says(path: Path, clock: time_machine.Traveller) -> None:
    lines_of(path, SOURCE, rate_line(HELD, f"{NEAR}", stale=NEAR))
    assert isinstance(NOW, datetime)
    with pytest.warns(forexhooks.StaleRateWarning):
        assert forexhooks.open(lock=path).get_rate("EUR", "USD", NEAR).stale is not None
