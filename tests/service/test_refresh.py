"""A stale rate may be refreshed when it is asked for: once, in time, and not again too soon."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

import forexhooks
from fakes import ecb
from fakes.ecb import LAST_90_DAYS, TODAY, Ecb
from faults import SLACK, hang, raw
from forexhooks import ForexService, StaleRateWarning
from forexhooks_ecb import ECB
from freshness import eventually
from providers import Asked, Provider, Reply, reply

NOW = datetime(2026, 11, 5, 20, 0, tzinfo=UTC)
FRESH = (TODAY, ecb.value("USD", TODAY))
STALE = (ecb.BUNDLED, "1.1172")
Open = Callable[..., ForexService]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def opened(provider: Provider, clock: time_machine.Traveller) -> Iterator[Open]:
    """Open ecb, as a program that has just started does."""
    provider.answer = Ecb(TODAY).answer
    managers: list[forexhooks.ForexManager] = []

    def opened(**options: Any) -> ForexService:
        managers.append(forexhooks.ForexManager())
        managers[-1].register(ECB(base_url=provider.url))
        return forexhooks.open("ecb", manager=managers[-1], **options)

    yield opened
    for manager in managers:
        manager.close()


@pytest.fixture
def stamp(tmp_path: Path) -> Path:
    """Where it is remembered when the last attempt was."""
    return tmp_path / "cache" / "forexhooks" / "refreshed" / "ecb.json"


def latest(fx: ForexService) -> tuple[object, str]:
    rate = fx.get_rate("EUR", "USD")
    return rate.on, str(rate.value)


def stale(fx: ForexService) -> str:
    """Why the latest rate is stale; it is warned of too."""
    with pytest.warns(StaleRateWarning) as warned:
        rate = fx.get_rate("EUR", "USD")
    assert (rate.on, str(rate.value)) == STALE
    assert rate.stale == str(warned[0].message)
    return rate.stale


@pytest.mark.parametrize("refresh", [True, "background"])
def test_what_a_refresh_keeps_out_is_said(
    opened: Open, provider: Provider, stamp: Path, refresh: Any
) -> None:
    provider.answer = Ecb(TODAY, CAD="3.9").answer
    fx = opened(refresh=refresh)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        eventually(lambda: latest(fx) == FRESH)
        latest(fx)
    [said] = [each for each in warned if "kept out" in str(each.message)]
    before = ecb.days_of_publication(TODAY)[-2]
    assert said.category is StaleRateWarning and said.filename == __file__
    for text in ("ecb: ", "EUR/CAD 3.9 ", str(TODAY), ecb.value("CAD", before), str(before)):
        assert text in str(said.message)


ASKED: dict[str, Callable[[ForexService], object]] = {
    "get_rate": lambda fx: fx.get_rate("EUR", "USD").value,
    "get_rates": lambda fx: fx.get_rates("EUR", ["USD", "CAD"])["USD"].value,
    "convert": lambda fx: fx.convert(1, "EUR", "USD", places=4),
    "a day of which nothing is held": lambda fx: fx.get_rate("EUR", "USD", TODAY).value,
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_a_stale_answer_is_refreshed_once(
    opened: Open, provider: Provider, ask: Callable[[ForexService], object]
) -> None:
    fx = opened(refresh=True)
    assert str(ask(fx)) == FRESH[1]
    assert latest(fx) == latest(opened()) == FRESH
    assert provider.paths == [LAST_90_DAYS]


def test_what_is_not_stale_asks_nobody(opened: Open, provider: Provider) -> None:
    fx = opened(refresh=True)
    assert fx.get_rate("EUR", "USD", ecb.BUNDLED).on == ecb.BUNDLED
    assert fx.get_rate("EUR", "USD", ecb.BUNDLED + timedelta(days=1)).on == ecb.BUNDLED
    assert provider.asked == []


@pytest.mark.parametrize("refresh", [False, None])
def test_never_without_being_asked(
    opened: Open, provider: Provider, refresh: bool | None, stamp: Path
) -> None:
    assert stale(opened(refresh=refresh)) == (
        "ecb holds rates up to 2026-10-30; the rate of 2026-11-04 should be out: "
        "run `forexhooks update ecb`"
    )
    assert provider.connections == 0
    assert not stamp.exists()


@pytest.mark.parametrize("where", ["environment", "file"])
def test_the_setting(
    opened: Open, provider: Provider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("refresh = true\n")
    monkeypatch.setenv("FOREXHOOKS_CONFIG", str(file))
    monkeypatch.setenv("FOREXHOOKS_REFRESH", "0")  # it comes before the file
    stale(opened())
    if where == "environment":
        monkeypatch.setenv("FOREXHOOKS_REFRESH", "1")
        file.write_text("refresh = false\n")
    else:
        monkeypatch.delenv("FOREXHOOKS_REFRESH")
    stale(opened(refresh=False))
    assert provider.asked == []
    assert latest(opened()) == FRESH


def test_offline_asks_nobody(
    opened: Open, provider: Provider, monkeypatch: pytest.MonkeyPatch, stamp: Path
) -> None:
    monkeypatch.setenv("FOREXHOOKS_OFFLINE", "1")
    stale(opened(refresh=True))
    assert provider.connections == 0
    assert not stamp.exists()


def test_not_again_for_15_minutes(
    opened: Open, provider: Provider, clock: time_machine.Traveller
) -> None:
    provider.answer = Ecb(ecb.WEDNESDAY).answer  # that of today is not out
    fx = opened(refresh=True)
    with pytest.warns(StaleRateWarning, match="2026-11-04; the rate of 2026-11-05 should be out"):
        fx.get_rate("EUR", "USD")
    provider.answer = Ecb(TODAY).answer
    clock.shift(timedelta(minutes=14, seconds=59))
    assert latest(fx)[0] == ecb.WEDNESDAY
    assert len(provider.asked) == 1
    clock.shift(timedelta(seconds=1))
    assert latest(fx) == FRESH
    assert len(provider.asked) == 2


def test_a_failure_is_said_and_remembered(
    opened: Open, provider: Provider, clock: time_machine.Traveller, stamp: Path
) -> None:
    provider.answer = lambda asked: reply("<p>Gone.", 404)
    fx = opened(refresh=True)
    said = stale(fx)
    assert said == (
        "ecb holds rates up to 2026-10-30; the rate of 2026-11-04 should be out "
        "(the refresh failed: the provider answered 404): run `forexhooks update ecb`"
    )
    assert json.loads(stamp.read_text())["failure"] in said
    assert stale(opened(refresh=True)) == said  # as another process would
    assert len(provider.asked) == 1
    provider.answer = Ecb(TODAY).answer
    clock.shift(timedelta(minutes=15))
    assert latest(fx) == FRESH


def test_one_of_16_threads_asks(opened: Open, provider: Provider) -> None:
    fx = opened(refresh=True)

    def slow(asked: Asked) -> Reply:
        time.sleep(0.2)
        return Ecb(TODAY).answer(asked)

    provider.answer = slow
    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(lambda _: latest(fx), range(16))) == {FRESH}
    assert len(provider.asked) == 1


@pytest.mark.usefixtures("within_3_seconds")
def test_it_takes_3_seconds_at_most(opened: Open, provider: Provider) -> None:
    provider.answer = lambda asked: raw(b"", hang)
    began = time.monotonic()
    assert "a whole response in time" in stale(opened(refresh=True))
    assert 2.5 < time.monotonic() - began < 3 + SLACK


STAMPS = {
    "empty": "",
    "cut": '{"at": 1795',
    "no text": "\0\xff\xfe",
    "null": "null",
    "a list": "[1]",
    "nothing in it": "{}",
    "no time": '{"at": null, "failure": null}',
    "NaN": '{"at": "nan", "failure": null}',
    "infinite": '{"at": 1e999, "failure": null}',
    "in the future": f'{{"at": {NOW.timestamp() + 60}, "failure": "x"}}',
    "15 minutes ago": f'{{"at": {NOW.timestamp() - 900}, "failure": "x"}}',
    "400 digits": f'{{"at": {"9" * 400}, "failure": null}}',
    "nested": "[" * 200_000,
}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(
            content,
            id=name,
        )
        for name, content in STAMPS.items()
    ],
)
def test_a_stamp_that_says_nothing(opened: Open, stamp: Path, content: str) -> None:
    stamp.parent.mkdir(parents=True)
    stamp.write_bytes(content.encode("latin-1"))
    assert latest(opened(refresh=True)) == FRESH
    assert json.loads(stamp.read_text()) == {"at": NOW.timestamp(), "failure": None}


@pytest.mark.parametrize("kind", ["the folder is a file", "the stamp is a folder"])
def test_no_place_to_remember_it(opened: Open, provider: Provider, stamp: Path, kind: str) -> None:
    if kind == "the folder is a file":
        stamp.parent.parent.mkdir(parents=True)
        stamp.parent.write_text("")
    else:
        stamp.mkdir(parents=True)
    provider.answer = lambda asked: reply("", 404)
    assert stale(opened(refresh=True)) == stale(opened(refresh=True))
    assert len(provider.asked) == 1
