"""One contract for every way in: what is held and is short is fetched, or is said to be short."""

from __future__ import annotations

import copy
import pickle
import re
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import time_machine

import forexhooks
from fakes import ecb
from fakes.ecb import LAST_90_DAYS, Ecb
from faults import raw, reset
from forexhooks import (
    ForexManager,
    ForexService,
    NoDriverAnsweredError,
    Observation,
    Profile,
    Rate,
    RateUnavailableError,
    StaleRateError,
    StaleRateWarning,
    TransientError,
    UnavailableReason,
    frames,
)
from forexhooks.http import HttpDriver
from forexhooks.testing import FixedRates
from freshness import (
    FAR,
    HELD,
    NEAR,
    NEWEST,
    NOW,
    OF_A_CHAIN,
    ONE_LINE,
    REMEDY,
    WAYS,
    Answer,
    Desk,
    Outcome,
    Way,
    check_page_has,
    desks,
    eventually,
    is_for_want_of_data,
    outcome,
    usd,
)
from providers import Provider, reply

Make = Callable[..., Desk]
CHAIN = ("ecb", "gold")
BY_WAY = pytest.mark.parametrize(
    ("way", "drivers"),
    [
        *(pytest.param(way, ("ecb",), id=name) for name, way in WAYS.items()),
        *(pytest.param(way, CHAIN, id=f"{name}, of a chain") for name, way in OF_A_CHAIN.items()),
    ],
)
NOT_REFRESHING = {"the default": None, "offline": True}


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(provider: Provider, tmp_path: Path) -> Iterator[Make]:
    with desks(provider, tmp_path) as desk:
        yield desk


def asked(provider: Provider, way: Way, desk: Desk, on: date) -> Outcome:
    return outcome(provider, lambda: way.ask(desk, on))


# Every way in, for each setting.


@BY_WAY
@pytest.mark.parametrize("on", [NEAR, FAR])
def test_with_refresh_it_is_fetched(
    desk: Make, provider: Provider, way: Way, drivers: tuple[str, ...], on: date
) -> None:
    found = asked(provider, way, desk(*drivers, refresh=True), on)
    assert found.error is None and found.value == way.right(on)
    assert found.is_silent
    assert provider.paths == [LAST_90_DAYS]


@BY_WAY
@pytest.mark.parametrize("setting", NOT_REFRESHING)
def test_without_it_says_so(
    desk: Make,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    way: Way,
    drivers: tuple[str, ...],
    setting: str,
) -> None:
    if setting == "offline":
        monkeypatch.setenv("FOREXHOOKS_OFFLINE", "1")
    short = desk(*drivers, refresh=NOT_REFRESHING[setting])
    for on in (NEAR, FAR):
        found = asked(provider, way, short, on)
        if way.is_of_one_day and on == FAR:
            assert is_for_want_of_data(found.error), found
            assert ("offline" in str(found.error)) is (setting == "offline")
            continue
        assert found.error is None
        held = found.value if on == NEAR or not isinstance(found.value, list) else found.value[-1:]
        assert held != way.right(on) and found.value != way.right(on)
        if way.says is not None:
            assert found.stale is not None
        if not way.ask.__name__.startswith("_compared"):
            [_] = asked(provider, way, desk(*drivers, refresh=short.refresh), on).warned
    assert provider.connections == 0


@BY_WAY
def test_what_is_held_whole_asks_nobody_and_says_nothing(
    desk: Make, provider: Provider, way: Way, drivers: tuple[str, ...]
) -> None:
    found = asked(provider, way, desk(*drivers, refresh=True), HELD)
    assert found.error is None and found.value == way.right(HELD)
    assert found.is_silent and provider.connections == 0


@pytest.mark.parametrize("name", ["get_rate", "get_rates", "convert", "compare"])
@pytest.mark.parametrize("refresh", [True, False])
def test_the_latest(desk: Make, provider: Provider, name: str, refresh: bool) -> None:
    way: Any = WAYS[name]
    found = asked(provider, way, desk(refresh=refresh), None)
    assert found.value == way.right(NEWEST if refresh else HELD)
    assert found.is_silent is refresh
    assert len(provider.asked) == refresh


def test_the_page_says_what_was_seen_to_happen(
    desk: Make, provider: Provider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The tables of `docs/how-fresh.md` are made here: each cell is what came of asking so."""
    settings = {"False": False, "True": True, '"background"': "background", "offline": True}
    head = ("way in", *(f"`refresh={setting}`" for setting in list(settings)[:3]), "offline")
    for on in (FAR, NEAR):
        table = [head]
        for name, way in WAYS.items():
            if on == NEAR and not way.is_of_one_day:
                continue  # they have no other answer to it
            called, comma, of = name.partition(", ")
            row = [f"`{called}`{comma}{of}"]
            for setting, refresh in settings.items():
                with monkeypatch.context() as patch:
                    # Each as the first that asks: when the last refresh was is kept here.
                    patch.setenv("XDG_CACHE_HOME", str(tmp_path / f"{on}-{len(table)}-{len(row)}"))
                    if setting == "offline":
                        patch.setenv("FOREXHOOKS_OFFLINE", "1")
                    row.append(_in_words(provider, way, desk(refresh=refresh), on))
            if row[3] == f"{row[1]}, and fetched behind it":
                row[3] = "the same at once; fetched behind it"
            table.append(tuple(row))
        check_page_has(table)


def _in_words(provider: Provider, way: Way, desk: Desk, on: date) -> str:
    """What comes of asking for a day that is not held."""
    before = len(provider.asked)
    found = asked(provider, way, desk, on)
    if found.error is None and found.value == way.right(on):
        assert found.is_silent and found.requests == 1
        return "fetched"
    if found.error is not None:
        said = f"`{type(found.error).__name__}`"
        said += " with the remedy" if is_for_want_of_data(found.error) else ""
    elif found.stale is not None:
        said = f"what is held, and `{way.says}`"
    else:
        said = "what is held, and a warning" if found.warned else "what is held, unsaid"
    if desk.refresh == "background":
        eventually(lambda: asked(provider, way, desk, on).value == way.right(on))
        assert len(provider.asked) == before + 1
        return f"{said}, and fetched behind it"
    return f"{said}, and fetched" if len(provider.asked) > before else said


# What is needed, and by whom.


@pytest.mark.parametrize("refresh", [True, False])
@pytest.mark.parametrize("code", ["RUB", "HRK", "TRL"])
def test_a_pair_needs_nothing_after_its_end(
    desk: Make, provider: Provider, code: str, refresh: bool
) -> None:
    fx = desk(refresh=refresh).fx
    for on in (HELD, NEAR, FAR, None):
        with pytest.raises(RateUnavailableError) as raised:
            fx.get_rate("EUR", code, on)
        assert not REMEDY.search(str(raised.value))
    history = fx.get_history("EUR", code, date(2001, 1, 1), NEWEST)
    assert history and history.stale is None
    assert not fx.get_history("EUR", code, HELD, NEWEST).stale
    assert provider.connections == 0


@pytest.mark.parametrize("codes", [["USD", "RUB"], ["HRK", "CAD", "RUB"]], ids="/".join)
@pytest.mark.parametrize("drivers", [("ecb",), CHAIN], ids=["one", "a chain"])
@pytest.mark.parametrize("on", [None, FAR])
def test_a_pair_that_ended_does_not_switch_it_off_for_the_others(
    desk: Make, provider: Provider, codes: list[str], drivers: tuple[str, ...], on: date | None
) -> None:
    fx = desk(*drivers, refresh=True).fx
    with pytest.raises(forexhooks.RateError):
        fx.get_rates("EUR", codes, on)
    assert len(provider.asked) == 1
    assert fx.get_rate("EUR", "USD").on == NEWEST


def test_a_column_with_a_pair_that_ended_is_fetched_for_the_others(
    desk: Make, provider: Provider
) -> None:
    frame = pl.DataFrame({"amount": [100.0, 100.0], "ccy": ["RUB", "EUR"], "on": [FAR, FAR]})
    columns = {"amount": "amount", "currency": "ccy", "to": "USD", "on": "on"}
    done = frames.convert(frame, driver=desk(refresh=True).fx, errors="null", **columns)
    assert done["amount_USD"].to_list() == [None, float(round(100 * usd(FAR), 2))]
    assert len(provider.asked) == 1


def test_the_days_of_a_column_decide(desk: Make, provider: Provider) -> None:
    frame = pl.DataFrame({"amount": [1.0], "ccy": ["EUR"], "on": [HELD]})
    columns = {"amount": "amount", "currency": "ccy", "to": "USD", "on": "on"}
    found = outcome(
        provider,
        lambda: Answer(frames.convert(frame, driver=desk(refresh=True).fx, **columns).rows()),
    )
    assert found.is_silent and found.requests == 0


def test_a_day_that_has_not_come_asks_nobody(desk: Make, provider: Provider) -> None:
    fx = desk(refresh=True).fx
    with pytest.raises(RateUnavailableError) as raised:
        fx.get_rate("EUR", "USD", NEWEST + timedelta(days=9))
    assert raised.value.reason is UnavailableReason.IN_THE_FUTURE
    assert provider.connections == 0


def test_the_remedy_of_an_error_is_one_line(desk: Make) -> None:
    with pytest.raises(RateUnavailableError) as raised:
        desk().fx.get_rate("EUR", "USD", FAR)
    said = str(raised.value)
    assert raised.value.reason is UnavailableReason.AFTER_LAST_DAY
    assert REMEDY.search(said) and f"{HELD}" in said and f"{FAR}" in said and "\n" not in said


def test_max_age_is_about_what_came_of_the_refresh(desk: Make) -> None:
    age = timedelta(days=3)
    assert desk(refresh=True).fx.get_rate("EUR", "USD", max_age=age).on == NEWEST
    with pytest.raises(StaleRateError) as raised:
        desk().fx.get_rate("EUR", "USD", max_age=age)
    assert REMEDY.search(str(raised.value))


# What an answer says of itself.


@pytest.fixture
def short(desk: Make) -> forexhooks.History:
    with pytest.warns(StaleRateWarning):
        return desk().fx.get_history("EUR", "USD", date(2026, 9, 1), NEWEST)


@pytest.mark.parametrize(
    "made",
    [
        lambda history: history[2:5],
        lambda history: history[:0],
        lambda history: history[::-1],
        lambda history: history.every("month"),
        lambda history: history.every("week", "mean"),
        lambda history: pickle.loads(pickle.dumps(history)),  # noqa: S301
        copy.copy,
        copy.deepcopy,
    ],
)
def test_what_is_made_of_a_short_history_is_short(
    short: forexhooks.History, made: Callable[[forexhooks.History], forexhooks.History]
) -> None:
    assert isinstance(short.stale, str) and f"{HELD}" in short.stale
    assert made(short).stale == short.stale


def test_equal_histories_may_differ_in_when_they_were_asked_for(
    desk: Make, short: forexhooks.History
) -> None:
    held = desk().fx.get_history("EUR", "USD", date(2026, 9, 1), HELD)
    assert held.stale is None and held == short


@pytest.mark.parametrize("drivers", [("ecb",), CHAIN], ids=["one", "a chain"])
def test_an_empty_history_says_why(desk: Make, drivers: tuple[str, ...]) -> None:
    with pytest.warns(StaleRateWarning):
        history = desk(*drivers).fx.get_history("EUR", "USD", HELD + timedelta(days=1), NEWEST)
    assert not history and history.stale is not None
    whole = desk(*drivers, refresh=True).fx.get_history("EUR", "USD", FAR, NEWEST)
    assert whole[0].on == FAR and whole[-1].on == NEWEST and whole.stale is None


def test_a_table_says_it_of_a_day(desk: Make) -> None:
    with pytest.warns(StaleRateWarning):
        table = desk().fx.get_table(["EUR", "USD"], HELD, NEWEST)
    assert table.stale(HELD) is None
    for on in (NEAR, FAR, None):
        assert isinstance(table.stale(on), str)


def test_it_is_warned_of_once(desk: Make, provider: Provider) -> None:
    for drivers in (("ecb",), CHAIN):
        fx = desk(*drivers).fx
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            for _ in range(3):
                fx.get_rate("EUR", "USD", NEAR)
                fx.get_rates("EUR", ["USD", "CAD"], NEAR)
                fx.get_history("EUR", "USD", HELD, NEAR)
                fx.get_table(["EUR", "USD"], HELD, NEAR)
        assert len(warned) == 1
        assert warned[0].filename == __file__
    assert provider.connections == 0


def test_a_failure_is_said_in_a_line(desk: Make, provider: Provider) -> None:
    provider.answer = lambda asked: reply("<p>Sorry, " + "no rates to-day. " * 99, 503)
    fx = desk(refresh=True).fx
    with pytest.warns(StaleRateWarning) as warned:
        rate = fx.get_rate("EUR", "USD", NEAR)
    for said in (rate.stale, str(warned[0].message)):
        assert said is not None and "fail" in said and "503" in said
        assert "\n" not in said and len(said) <= ONE_LINE
    with pytest.raises(RateUnavailableError) as raised:
        fx.get_rate("EUR", "USD", FAR)
    assert is_for_want_of_data(raised.value) and "503" in str(raised.value)
    assert len(str(raised.value)) <= 2 * ONE_LINE
    with pytest.warns(StaleRateWarning):
        history = fx.get_history("EUR", "USD", HELD, FAR)
    assert history.stale is not None and "503" in history.stale
    assert len({asked.path for asked in provider.asked}) == 1


# Several drivers in order.


def test_of_a_chain_a_short_answer_wins_marked_and_none_moves_on(
    desk: Make, provider: Provider
) -> None:
    chain = desk("ecb", "second", refresh=False)
    days = {on: {"EUR/USD": 9} for on in (HELD, NEAR, FAR, NEWEST)}
    chain.manager.register(FixedRates(days, name="second"))
    with pytest.warns(StaleRateWarning):
        near = chain.fx.get_rate("EUR", "USD", NEAR)
    assert (near.driver, near.on, near.failures) == ("ecb", HELD, ()) and near.stale
    far = chain.fx.get_rate("EUR", "USD", FAR)
    assert (far.driver, far.value, far.stale) == ("second", 9, None)
    [(name, why)] = far.failures
    assert name == "ecb" and is_for_want_of_data(why)
    with pytest.warns(StaleRateWarning):
        history = chain.fx.get_history("EUR", "USD", HELD, FAR)
    assert (
        history.driver == "ecb" and history.stale and [rate.on for rate in history] == [HELD, FAR]
    )
    beyond = chain.fx.get_history("EUR", "USD", FAR, NEWEST)
    assert beyond.driver == "second" and beyond.stale is None
    assert provider.connections == 0


def test_of_a_chain_the_first_is_refreshed_before_the_next_is_asked(
    desk: Make, provider: Provider
) -> None:
    chain = desk("ecb", "second", refresh=True)
    chain.manager.register(FixedRates({FAR: {"EUR/USD": 9}}, name="second"))
    rate = chain.fx.get_rate("EUR", "USD", FAR)
    assert (rate.driver, rate.value, rate.failures) == ("ecb", usd(FAR), ())
    assert len(provider.asked) == 1


class Away:
    """A raw driver that cannot be reached, and says for what it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    @forexhooks.hookimpl
    def forex_driver_name(self) -> str:
        return "away"

    @forexhooks.hookimpl
    def forex_get_rate(self, driver: str, base: str, quote: str, on: date | None) -> Rate | None:
        if driver != "away":
            return None
        self.asked += 1
        raise TransientError(f"away cannot be reached for {base}/{quote} on {on}", driver="away")


def test_a_driver_that_was_not_asked_again_is_said_to_have_failed_before(
    clock: time_machine.Traveller,
) -> None:
    away = Away()
    with ForexManager() as manager:
        manager.register(away)
        manager.register(FixedRates({"EUR/USD": "1.1", "EUR/CAD": "1.5"}))
        fx = forexhooks.open("away", "fixed", manager=manager)
        [(_, first)] = fx.get_rate("EUR", "USD").failures
        assert str(first) == "away cannot be reached for EUR/USD on None"
        [(_, second)] = fx.get_rate("EUR", "CAD", NEWEST).failures
        assert away.asked == 1
    assert isinstance(second, TransientError)
    assert re.search(r"\bago\b|just now", str(second)), second


# Drivers without a store: they are asked as always, and what they lack is marked.


LATE = Profile(title="Late", pivot="USD", publication_days=forexhooks.every_day)
"""Of a provider that ought to have published up to yesterday, and has not."""


@pytest.mark.parametrize("refresh", [False, True, "background"])
@pytest.mark.parametrize("raw_driver", [False, True])
def test_a_driver_without_a_store_is_asked_as_always_and_marked(
    provider: Provider, refresh: Any, raw_driver: bool
) -> None:
    class Published(forexhooks.Driver):
        name = "late"
        profile = LATE
        asked = 0

        def observations(self, *_: object) -> Iterator[Observation]:
            type(self).asked += 1
            for on in (HELD, HELD + timedelta(days=1)):
                yield Observation(on, "USD", "CAD", Decimal("1.4"))

    class Raw:
        @forexhooks.hookimpl
        def forex_driver_name(self) -> str:
            return "late"

        @forexhooks.hookimpl
        def forex_driver_profile(self, driver: str) -> Profile | None:
            return LATE if driver == "late" else None

        @forexhooks.hookimpl
        def forex_get_rate(self, driver: str, on: date | None) -> Rate | None:
            if driver != "late":
                return None
            if on is not None and on > HELD:
                raise RateUnavailableError(
                    f"late has nothing on {on}", driver="late", reason=UnavailableReason.HOLE
                )
            return Rate("USD", "CAD", Decimal("1.4"), on or HELD, "late")

    with ForexManager() as manager:
        manager.register(Raw() if raw_driver else Published())
        fx = forexhooks.open("late", manager=manager, refresh=refresh)
        with pytest.warns(StaleRateWarning):
            history = fx.get_history("USD", "CAD", HELD, NEWEST)
        assert history and history.stale is not None
        with pytest.warns(StaleRateWarning):
            rate = forexhooks.open("late", manager=manager, refresh=refresh).get_rate("USD", "CAD")
        assert rate.stale is not None
        assert not REMEDY.search(rate.stale)  # it keeps no store: there is nothing to update
        if not raw_driver:
            assert Published.asked == 2  # the days, and the latest
    assert provider.connections == 0


class Brief(HttpDriver):
    """Is asked again after a second."""

    name = "brief"
    BASE_URL = "https://brief.example"
    profile = LATE._replace(title="Brief", time_to_live=timedelta(seconds=1))

    def observations(
        self, currencies: object, start: date | None, end: date | None
    ) -> Iterator[Observation]:
        for day, value in self.fetch_json("/days", {"to": f"{end}"}, end=end).items():
            yield Observation(date.fromisoformat(day), "USD", "CAD", Decimal(value))


LONGER = {"2026-11-24": "1.4", "2026-11-25": "1.5"}
SHORTER = {"2026-11-24": "1.4"}


def days_of(fx: ForexService) -> list[int]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StaleRateWarning)
        history = fx.get_history("USD", "CAD", date(2026, 11, 24), date(2026, 11, 26))
    return [rate.on.day for rate in history]


def test_an_empty_or_short_answer_does_not_replace_a_longer_one(
    provider: Provider, clock: time_machine.Traveller
) -> None:
    with ForexManager() as manager:
        manager.register(Brief(base_url=provider.url))
        fx = forexhooks.open("brief", manager=manager)
        for answer in (reply(LONGER), reply({}), reply(SHORTER), raw(b"", reset)):
            provider.answer = lambda asked, answer=answer: answer
            assert days_of(fx) == [24, 25]
            clock.shift(timedelta(seconds=2))
            time.sleep(1.05)  # until what is kept in memory has had its time
        assert len(provider.asked) >= 2


def test_a_shorter_file_does_not_shorten_the_store(desk: Make, provider: Provider) -> None:
    fx = desk(refresh=True).fx
    assert fx.get_rate("EUR", "USD").on == NEWEST
    provider.answer = Ecb(date(2026, 11, 4)).answer
    fx.update(full=True)
    assert fx.get_rate("EUR", "USD").on == NEWEST
    assert fx.get_rate("EUR", "USD", FAR).value == usd(FAR)


def test_no_answer_of_one_driver_is_said_with_its_remedy(desk: Make) -> None:
    with pytest.raises(NoDriverAnsweredError) as raised:
        desk(*CHAIN).fx.get_rates("EUR", ["USD", "CAD"], FAR)
    assert is_for_want_of_data(raised.value) and REMEDY.search(str(raised.value))
    assert ecb.BUNDLED == HELD
