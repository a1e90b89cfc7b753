"""Every built-in driver, put through one table of tests against a server that speaks its formats.

What holds for any driver is tested here and nowhere else. Each is found, made and asked as a user's
program does it: by its name, with settings from the environment.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from datetime import date, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from importlib import import_module
from itertools import permutations, product
from typing import Any, NamedTuple

import pytest

import forexhooks
from fakes import ecb, openexchangerates
from faults import AS_PARAMETERS, MOST_BYTES, TIME_LIMIT, Fault, in_time
from forexhooks import ForexManager, ForexService, Rate, UnavailableReason
from forexhooks import errors as e
from forexhooks.discovery import BUILT_INS
from providers import Provider

KEY = openexchangerates.APP_ID
KEYS = {"openexchangerates": "app_id"}  # the setting of those that need one
# Of the others the faults are those of an update: test_ecb_update.py.
OVER_HTTP = sorted(BUILT_INS.keys() - {"ecb"})

# The pivot, and further codes that the fake has on its newest day.
CODES = {
    "bankofcanada": "CAD USD EUR JPY IDR", "currencyapi": "USD CAD EUR JPY",
    "ecb": "EUR USD CAD JPY", "erapi": "USD CAD EUR GBP BBD",
    "frankfurter": "USD CAD EUR AED IDR", "freeforex": "USD CAD EUR GBP JPY",
    "nbp": "PLN USD EUR HUF", "norgesbank": "NOK USD EUR JPY",
    "openexchangerates": "USD CAD EUR JPY",
}  # fmt: skip
OF_THE_ECB = [("EUR", "USD", None, ecb.value("USD", ecb.TODAY))]


class Opened(NamedTuple):
    """A driver that a program has opened, the provider it asks, and that one's data."""

    name: str
    provider: Provider
    fake: Any
    codes: list[str]
    pair: tuple[str, str]
    samples: list[tuple[str, str, date | None, str]]
    today: date
    plugin: Any
    fx: ForexService
    again: Callable[[], Opened]  # in another program of the same user


@pytest.fixture(params=BUILT_INS)
def it(request: Any, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """The driver on the evening of the fake's last day; it was not asked yet."""
    name: str = request.param
    monkeypatch.setenv(f"FOREXHOOKS_{name}_BASE_URL".upper(), provider.url)
    monkeypatch.setenv(f"FOREXHOOKS_{name}_{KEYS.get(name)}".upper(), KEY)
    fake: Any = import_module(f"fakes.{name}")
    samples = getattr(fake, "SAMPLES", OF_THE_ECB)
    base, quote, *further = CODES[name].split()
    codes, pair = [base, quote, *further], (base, quote)
    provider.answer = fake.answer
    with ecb.evening_of(fake.TODAY), ExitStack() as programs:

        def opened() -> Opened:
            manager = programs.enter_context(ForexManager(discover=True))
            fx, today = forexhooks.open(name, manager=manager), fake.TODAY
            plugin = manager.get_plugin(name)
            return Opened(name, provider, fake, codes, pair, samples, today, plugin, fx, opened)

        it = opened()
        if name == "ecb":
            it.fx.update()
            provider.asked.clear()
        yield it


def exact(expected: str) -> Decimal:
    numerator, _, denominator = expected.partition("/")
    return Context(34).divide(Decimal(numerator), Decimal(denominator or 1))


def raised(kind: type[Exception], question: Callable[..., Any], *asked: Any) -> Any:
    """The error that comes of it, which never shows the key."""
    with pytest.raises(kind) as failure:
        question(*asked)
    error = failure.value
    assert KEY not in f"{error!r} {vars(error)} {traceback.format_exception(error)}"
    return error


def test_samples_are_exact(it: Opened) -> None:
    for base, quote, on, expected in it.samples:
        rate = it.fx.get_rate(base, quote, on)
        assert rate.value == exact(expected), (base, quote, on)
        assert rate[:2] == (base, quote) and (rate.driver, rate.requested) == (it.name, on)
        assert rate.on <= (on or it.today) and rate.stale is None
        for day, value in [(rate.on, rate.value), *((leg.on, leg.value) for leg in rate.legs)]:
            assert type(value) is Decimal and type(day) is date and day == rate.on
    latest = {code for *pair, on, _ in it.samples for code in pair if on is None}
    assert {*it.codes, *latest} <= it.fx.currencies()


def test_identity_inverse_and_cross(it: Opened) -> None:
    pivot = it.codes[0]
    for base, quote in permutations(it.codes, 2):
        rate = it.fx.get_rate(base, quote)
        assert rate.inverse() == it.fx.get_rate(quote, base) and rate.inverse().inverse() == rate
        if rate.kind == "cross":
            legs = (it.fx.get_rate(pivot, each, rate.on, max_gap=0) for each in (base, quote))
            to_base, to_quote = (Fraction(leg.value) for leg in legs)
            assert abs(Fraction(rate.value) * to_base / to_quote - 1) < Fraction(1, 10**32)
    for code in it.codes:
        same = it.fx.get_rate(code, code)
        assert same.value == 1 and same.kind == "identity" and same.on == it.today


def test_it_answers_to_its_own_name_only(it: Opened) -> None:
    pair = {"base": it.codes[0], "quote": it.codes[1], "on": None, "max_gap": None}
    latest = {"currencies": set(it.codes), "start": None, "end": None}
    alone = ForexManager()
    alone.register(it.plugin)
    for name in ("acme", it.name.upper(), ""):
        assert alone.hook.forex_get_rate(driver=name, **pair) is None
        assert alone.hook.forex_get_table(driver=name, **latest) is None
        assert alone.hook.forex_currencies(driver=name) is None
        assert alone.hook.forex_driver_profile(driver=name) is None
        assert alone.hook.forex_update(driver=name) is None
    assert it.provider.asked == []
    assert alone.hook.forex_get_rate(driver=it.name, **pair) == it.fx.get_rate(*it.pair)


def test_before_the_history(it: Opened) -> None:
    profile = it.fx.profile
    first = it.today if profile.latest_only else profile.history_from or date(1900, 1, 1)
    on = first - timedelta(days=1)
    error = raised(e.RateUnavailableError, it.fx.get_rate, *it.pair, on)
    assert error.reason is UnavailableReason.BEFORE_FIRST_DAY
    assert (error.driver, error.on) == (it.name, on) and it.name in str(error)


def test_the_future_costs_no_request(it: Opened) -> None:
    for on in (it.today + timedelta(days=1), date.max):
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
        assert asked == (it.name != "ecb") if on is None else asked <= 1
        for fx in (it.fx, it.again().fx):
            assert fx.get_rates(base, quotes, on) == rates
            assert all(fx.get_rate(base, each, on) == rates[each] for each in quotes)
        assert len(it.provider.asked) == asked


def test_a_history_has_the_days_observed_in_order(it: Opened) -> None:
    days = [it.today - timedelta(days=each) for each in range(20, -1, -1)]
    history = it.fx.get_history(*it.pair, days[0], days[-1])
    asked = len(it.provider.asked)
    observed = []
    for on in days:
        with suppress(e.RateUnavailableError):
            observed.append(it.fx.get_rate(*it.pair, on, max_gap=0)._replace(requested=on))
    assert history == observed and history[-1].on == it.today
    assert len(it.provider.asked) == asked and it.provider.connections <= 1


@pytest.mark.parametrize("it", OVER_HTTP, indirect=True)
@pytest.mark.parametrize("fault", AS_PARAMETERS)
def test_faults(it: Opened, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    is_silent = fault.error is e.TransientError and not fault.retry_after
    limit = 0.15 if is_silent else TIME_LIMIT
    monkeypatch.setenv(f"FOREXHOOKS_{it.name}_TIME_LIMIT".upper(), str(limit))
    monkeypatch.setattr("forexhooks.client.MOST_BYTES", MOST_BYTES)
    hasty = it.again()
    base, quote, _, right = it.samples[0]
    it.provider.answer = fault.of(it.fake.answer)
    with in_time(limit):
        if fault.error is None:
            assert hasty.fx.get_rate(base, quote).value == exact(right)
        else:
            error = raised(fault.error, hasty.fx.get_rate, base, quote)
            assert (type(error), error.driver) == (fault.error, it.name)
            least, most = fault.retry_after or (0, float("inf"))
            assert least <= (getattr(error, "retry_after", None) or 0) <= most
    it.provider.answer = it.fake.answer
    hasty.plugin.http.time_limit = TIME_LIMIT
    assert hasty.fx.get_rate(base, quote).value == exact(right)  # nothing of it was kept


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
    assert len(alone) == 20 and all(each == alone for each in of_each)


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
    assert (profile.key is None) == (it.name not in KEYS)
    if it.name in KEYS:
        variable = f"FOREXHOOKS_{it.name}_{KEYS[it.name]}".upper()
        monkeypatch.delenv(variable)
        assert variable in str(raised(e.SettingsError, it.again))
        assert str(profile.key).startswith(KEYS[it.name])
