"""Every built-in driver, found, made and asked as a user's program does it.

By its name, with settings from the environment, by one program after another. What any driver
owes is tested by the conformance kit, in the file of each.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import date, timedelta
from importlib import import_module
from itertools import permutations, product
from typing import Any, NamedTuple

import pytest

import forexhooks
from fakes import ecb, openexchangerates
from forexhooks import ForexManager, ForexService, Rate, UnavailableReason
from forexhooks import errors as e
from providers import DRIVERS, Provider

KEY = openexchangerates.APP_ID
KEYS = {"openexchangerates": "app_id", "banxico": "token"}  # the setting of those that need one
OF_NO_AUTHORITY = {
    *("bis", "currencyapi", "erapi", "frankfurter", "freeforex", "imf", "openexchangerates")
}

# The pivot, and further codes that the fake has on its newest day.
CODES = {
    "bankofcanada": "CAD USD EUR JPY IDR", "bnr": "RON EUR USD HUF",
    "boe": "GBP USD EUR JPY",
    "cnb": "CZK USD EUR HUF",
    "bis": "USD EUR JPY DKK",
    "boi": "ILS USD EUR JPY",
    "currencyapi": "USD CAD EUR JPY", "danmarksnationalbank": "DKK USD EUR JPY",
    "ecb": "EUR USD CAD JPY", "ecb-data": "EUR USD JPY HUF", "erapi": "USD CAD EUR GBP BBD",
    "frankfurter": "USD CAD EUR AED IDR", "freeforex": "USD CAD EUR GBP JPY",
    "hkma": "HKD USD EUR JPY",
    "hnb": "EUR USD GBP HUF",
    "hmrc": "GBP USD EUR CAD JPY", "inforeuro": "EUR USD GBP JPY", "bmf": "EUR USD GBP PLN",
    "ustreasury": "USD EUR JPY KRW GBP",
    "mnb": "HUF USD EUR JPY",
    "riksbank": "SEK USD EUR HUF",
    "snb": "CHF USD EUR JPY",
    "nbp": "PLN USD EUR HUF", "norgesbank": "NOK USD EUR JPY",
    "openexchangerates": "USD CAD EUR JPY",
    "bcb": "BRL USD EUR JPY", "cbr": "RUB USD EUR HUF", "nbu": "UAH USD EUR JPY",
    "tcmb": "TRY USD EUR JPY", "banxico": "MXN USD EUR JPY", "rba": "AUD USD EUR JPY",
    "boj": "USD JPY EUR", "imf": "XDR USD EUR JPY",
}  # fmt: skip
# How many requests the latest of its codes takes, and a day of them, where that is not one each.
REQUESTS = {"bcb": (3, 3), "cbr": (1, 5)}


class Opened(NamedTuple):
    """A driver that a program has opened, the provider it asks, and that one's data."""

    name: str
    provider: Provider
    codes: list[str]
    pair: tuple[str, str]
    today: date
    plugin: Any
    fx: ForexService
    again: Callable[[], Opened]  # in another program of the same user


# BAZG sells alone: there is no rate in the other direction, and so no cross.
@pytest.fixture(params=[name for name in DRIVERS if name != "bazg"])
def it(request: Any, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """The driver on the evening of the fake's last day; it was not asked yet."""
    name: str = request.param
    variables = f"FOREXHOOKS_{name}".replace("-", "_").upper()
    monkeypatch.setenv(f"{variables}_BASE_URL", provider.url)
    monkeypatch.setenv(f"{variables}_{KEYS.get(name)}".upper(), KEY)
    fake: Any = import_module(f"fakes.{name.replace('-', '_')}")
    base, quote, *further = CODES[name].split()
    codes, pair = [base, quote, *further], (base, quote)
    provider.answer = fake.answer
    with ecb.evening_of(fake.TODAY), ExitStack() as programs:

        def opened() -> Opened:
            manager = programs.enter_context(ForexManager(discover=True))
            fx, today = forexhooks.open(name, manager=manager), fake.TODAY
            plugin = manager.get_plugin(name)
            return Opened(name, provider, codes, pair, today, plugin, fx, opened)

        it = opened()
        if name == "ecb":
            it.fx.update()
            provider.asked.clear()
        yield it


def raised(kind: type[Exception], question: Callable[..., Any], *asked: Any) -> Any:
    """The error that comes of it, which never shows the key."""
    with pytest.raises(kind) as failure:
        question(*asked)
    error = failure.value
    assert KEY not in f"{error!r} {vars(error)} {traceback.format_exception(error)}"
    return error


def test_before_the_history(it: Opened) -> None:
    profile = it.fx.profile
    first = it.today if profile.latest_only else profile.history_from or date(1900, 1, 1)
    on = first - timedelta(days=1)
    error = raised(e.RateUnavailableError, it.fx.get_rate, *it.pair, on)
    assert error.reason is UnavailableReason.BEFORE_FIRST_DAY
    assert (error.driver, error.on) == (it.name, on) and it.name in str(error)


def test_the_future_costs_no_request(it: Opened) -> None:
    for on in (it.today + timedelta(days=2), date.max):
        for ask, codes in (it.fx.get_rate, it.codes[1]), (it.fx.get_rates, it.codes[1:]):
            error = raised(e.RateUnavailableError, ask, it.codes[0], codes, on)
            assert error.reason is UnavailableReason.IN_THE_FUTURE
    assert it.provider.asked == []


def test_codes_that_it_lacks(it: Opened) -> None:
    pivot, known, *_ = it.codes
    asked = []
    for on in (None, it.today, None, it.today):
        raised(e.CurrencyError, it.fx.get_rate, pivot, "QQQ", on)
        raised(e.CurrencyError, it.fx.get_rate, "QQQ", pivot, on)
        error = raised(e.UnsupportedPairError, it.fx.get_rate, pivot, "KPW", on)
        assert (error.driver, error.quote, error.on) == (it.name, "KPW", on)
        raised(e.UnsupportedPairError, it.fx.get_rates, pivot, [known, "KPW"], on)
        asked.append(len(it.provider.asked))
    assert asked[1] == asked[3]


@pytest.mark.parametrize("are_many", [False, True], ids=["one", "many"])
def test_many_quotes_are_one_request_and_again_none(it: Opened, are_many: bool) -> None:
    base, *quotes = it.codes if are_many else it.codes[1:3]
    for on in (None, it.today):
        it.provider.asked.clear()
        rates = it.fx.get_rates(base, quotes, on)
        asked = len(it.provider.asked)
        most = REQUESTS.get(it.name, (1, 1))[on is not None]
        assert (it.name != "ecb" and on is None) <= asked <= most
        for fx in (it.fx, it.again().fx):
            assert fx.get_rates(base, quotes, on) == rates
            assert all(fx.get_rate(base, each, on) == rates[each] for each in quotes)
        assert len(it.provider.asked) == asked


def test_a_history_has_the_days_observed_in_order(it: Opened) -> None:
    days = [it.today - timedelta(days=each) for each in range(20, -1, -1)]
    history = it.fx.get_history(*it.pair, days[0], days[-1])
    asked = len(it.provider.asked)
    observed = {}
    for on in days:
        with suppress(e.RateUnavailableError):
            rate = it.fx.get_rate(*it.pair, on, max_gap=0)
            observed[rate.on] = rate._replace(requested=rate.on)
    assert history == [*observed.values()]
    assert history[-1].on <= it.today <= (history[-1].until or history[-1].on)
    assert len(it.provider.asked) == asked and it.provider.connections <= 1


def test_16_threads_get_the_answers_of_one(it: Opened) -> None:
    questions = list(product(list(permutations(it.codes, 2))[:10], (None, it.today)))

    def answers(first: int) -> dict[Any, Rate]:
        turned = questions[first:] + questions[:first]
        return {(pair, on): it.fx.get_rate(*pair, on) for pair, on in turned}

    with ThreadPoolExecutor(16) as threads:
        of_each = list(threads.map(answers, range(16)))
    assert it.provider.connections <= 16
    fx = it.again().fx
    alone = {(pair, on): fx.get_rate(*pair, on) for pair, on in questions}
    assert len(alone) == len(questions) and all(each == alone for each in of_each)


def test_offline_is_said_and_nothing_is_asked(it: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREXHOOKS_OFFLINE", "1")
    is_asked: list[Any] = [it.fx.update] if it.name == "ecb" else [it.fx.get_rate, *it.pair]
    error = raised(e.DriverError, *is_asked)
    assert error.driver == it.name and "FOREXHOOKS_OFFLINE" in str(error)
    assert it.provider.asked == []


def test_it_can_be_closed_and_asked_again(it: Opened) -> None:
    for _ in range(2):
        it.plugin.close()
        it.plugin.close()
        rate = it.fx.get_rate(*it.pair)
    assert KEY not in f"{it.plugin} {vars(it.plugin)} {it.fx} {it.fx.profile} {rate} {rate!r}"
    with ForexManager(discover=True) as manager:
        fx = forexhooks.open(it.name, manager=manager)
        assert fx.get_rate(*it.pair) == rate
        manager.unregister(name=it.name)
        raised(e.UnknownDriverError, fx.get_rate, *it.pair)
        assert forexhooks.open(it.name, manager=manager).get_rate(*it.pair) == rate


def test_the_profile_is_complete(it: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = it.fx.profile
    assert profile.title and profile.publishes and profile.pivot == it.codes[0]
    assert str(profile.url).startswith("https://") and (profile.terms or profile.attribution)
    assert profile.latest_only != (profile.history_from is not None)
    assert profile.newest_due() <= profile.today()
    assert (profile.country is None) == (it.name in OF_NO_AUTHORITY)
    assert (profile.key is None) == (it.name not in KEYS)
    if it.name in KEYS:
        variable = f"FOREXHOOKS_{it.name}_{KEYS[it.name]}".upper()
        monkeypatch.delenv(variable)
        assert variable in str(raised(e.SettingsError, it.again))
        assert str(profile.key).startswith(KEYS[it.name])
