"""A chain as it is chosen by settings, what it imports, and what a dead provider in it costs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import platformdirs
import pytest

import forexhooks
from faults import SLACK, TIME_LIMIT, Acme, always, hang, raw, status, well
from forexhooks import Driver, ForexManager, ForexService, errors
from forexhooks.testing import FixedRates
from forexhooks_openexchangerates import OpenExchangeRates
from providers import Provider, reply

RATES = {"EUR/USD": "1.10", "USD/CAD": "1.40"}
KEY = "FOREXHOOKS_OPENEXCHANGERATES_APP_ID"


@pytest.fixture
def manager() -> Iterator[ForexManager]:
    with ForexManager(discover=True) as manager:
        yield manager


@pytest.fixture
def config() -> Path:
    """The config file, in the place where it is looked for."""
    folder = Path(platformdirs.user_config_dir("forexhooks", appauthor=False))
    folder.mkdir(parents=True)
    return folder / "forexhooks.toml"


def asked_key(provider: Provider, manager: ForexManager) -> str:
    """The key that reaches the provider."""
    with pytest.raises(errors.AuthenticationError):
        forexhooks.open("openexchangerates", manager=manager).get_rate("USD", "CAD")
    return provider.asked[-1].query["app_id"]


def test_keyword_then_environment_then_file(
    provider: Provider, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.answer = lambda asked: reply({}, 401)
    table = f'[drivers.openexchangerates]\napp_id = "filed"\nbase_url = "{provider.url}"\n'
    config.write_text(table, encoding="utf-8")
    with ForexManager(discover=True) as manager:
        assert asked_key(provider, manager) == "filed"
    monkeypatch.setenv(KEY, "s3cret")
    with ForexManager(discover=True) as manager:
        assert asked_key(provider, manager) == "s3cret"
        assert "s3cret" not in repr(manager.settings)
    with ForexManager(discover=True) as manager:
        manager.register(OpenExchangeRates(app_id="keyword", base_url=provider.url))
        assert asked_key(provider, manager) == "keyword"


def test_a_missing_key_says_where_to_put_it(manager: ForexManager, config: Path) -> None:
    with pytest.raises(errors.SettingsError) as missing:
        forexhooks.open("openexchangerates", manager=manager)
    said = str(missing.value)
    for part in (KEY, "app_id = ", "[drivers.openexchangerates]", f"{config}", "/signup"):
        assert part in said


def test_a_driver_made_by_hand_finds_its_key_in_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(KEY, "environment")
    assert OpenExchangeRates(time_limit=3).name == "openexchangerates"


@pytest.mark.parametrize("content", ['["frankfurter", "ecb"]', '"frankfurter, ecb"'])
def test_a_chain_may_be_the_default(
    config: Path, manager: ForexManager, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text(f"default_driver = {content}", encoding="utf-8")
    fx = forexhooks.open(manager=manager)
    rate = fx.get_rate("EUR", "USD", date(2026, 10, 30))  # offline
    [(name, reason)] = rate.failures
    assert (rate.driver, name) == ("ecb", "frankfurter")
    assert "the network is switched off" in str(reason)
    monkeypatch.setenv("FOREXHOOKS_DEFAULT_DRIVER", "ecb, nbp")
    with ForexManager(discover=True) as manager:
        assert forexhooks.open(manager=manager).drivers == ("ecb", "nbp")
        assert forexhooks.open("nbp", "nbp", manager=manager).drivers == ("nbp",)


def test_a_default_driver_named_twice_is_asked_once(
    manager: ForexManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREXHOOKS_DEFAULT_DRIVER", "ecb,ecb")
    assert forexhooks.open(manager=manager).drivers == ("ecb",)


@pytest.mark.parametrize(
    ("code", "imported"),
    [
        ("", ""),
        ("forexhooks.plugin_manager()", ""),
        ("forexhooks.open('ecb').get_rate('EUR', 'USD', date(2026, 10, 30))", "ecb"),
        ("forexhooks.open('nbp', 'ecb').get_rate('EUR', 'USD', date(2026, 10, 30))", "ecb nbp"),
        ("forexhooks.plugin_manager().hook.forex_driver_profile(driver='ecb')", "ecb"),
        ("forexhooks.open('ebc')", ""),
        ("forexhooks.open()", "ecb"),
    ],
)
def test_a_drivers_module_is_imported_only_when_named(code: str, imported: str) -> None:
    script = f"""if True:
        import sys, forexhooks
        from datetime import date
        try:
            {code or "pass"}
        except forexhooks.UnknownDriverError:
            pass
        tops = sorted({{name.partition(".")[0] for name in sys.modules}})
        print(*(top[11:] for top in tops if top.startswith("forexhooks_")))
    """
    done = subprocess.run(
        [sys.executable, "-c", script], env=os.environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == imported


Chain = Callable[..., ForexService]


@pytest.fixture
def chain(manager: ForexManager) -> Chain:
    """Drivers in this order, and at last `fixed`."""

    def chain(*drivers: Driver) -> ForexService:
        fixed = FixedRates(RATES)
        names = [manager.register(driver) for driver in (*drivers, fixed)]
        return forexhooks.open(*filter(None, names), manager=manager)

    return chain


def test_a_dead_first_choice_costs_one_time_limit_over_a_thousand_calls(
    chain: Chain, provider: Provider
) -> None:
    provider.answer = always(raw(b"", hang))(well)
    fx = chain(Acme(base_url=provider.url))
    began = time.monotonic()
    rates = [fx.get_rate("EUR", "USD", max_gap=number % 9) for number in range(1000)]
    assert time.monotonic() - began < TIME_LIMIT + SLACK
    assert {rate.driver for rate in rates} == {"fixed"}
    assert {type(rate.failures[0][1]) for rate in rates} == {errors.TransientError}
    assert len(provider.asked) == 1


def test_a_provider_that_is_used_up_is_left_alone_as_long_as_it_says(
    chain: Chain, provider: Provider
) -> None:
    provider.answer = status(429, Retry_After="1")(well)
    fx = chain(Acme(base_url=provider.url))
    with ThreadPoolExecutor(16) as threads:
        [*rates] = threads.map(lambda _: fx.get_rate("EUR", "USD"), range(160))
    # What is left of it.
    assert all(0 < rate.failures[0][1].retry_after <= 1 for rate in rates)  # type: ignore[attr-defined]
    asked = len(provider.asked)
    assert asked <= 16
    provider.answer = well
    time.sleep(1.05)
    assert fx.get_rate("EUR", "USD").driver == "acme"
    assert len(provider.asked) == asked + 1


class Away(FixedRates):
    """Its table is out of reach: it fails with `error`, while that is not None."""

    error: Exception | None = errors.TransientError("busy")
    asked = 0

    def table(self, *_: object) -> forexhooks.RateTable:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return super().table()


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (errors.TransientError("busy"), 30),
        (errors.QuotaError("used up"), 300),
        (errors.TransientError("busy", retry_after=7), 7),
        (errors.QuotaError("used up", retry_after=1e12), 24 * 3600),
    ],
)
def test_how_long_a_driver_rests(
    chain: Chain, monkeypatch: pytest.MonkeyPatch, error: Exception, seconds: float
) -> None:
    now = 1000.0
    monkeypatch.setattr("forexhooks.plugins.breaker.monotonic", lambda: now)
    away = Away(RATES, name="away")
    away.error = error
    fx = chain(away)
    said = [str(fx.get_rate("USD", "CAD").failures[0][1])]
    now = 1000 + seconds - 0.001
    said += [str(fx.get_rate("USD", "CAD").failures[0][1]) for _ in range(2)]
    later = f"away was not asked: it failed {seconds:.0f} s ago: {error}"
    assert said == [str(error), later, later]
    assert away.asked == 1
    away.error = None
    now += 0.002
    assert [fx.get_rate("USD", "CAD").failures for _ in range(2)] == [(), ()]


def test_what_will_not_pass_is_asked_each_time_and_zero_seconds_are_none(chain: Chain) -> None:
    away = Away(RATES, name="away")
    fx = chain(away)
    for count, error in enumerate(
        [
            errors.TransientError("busy", retry_after=0),
            errors.AuthenticationError("no key"),
            errors.MalformedResponseError("html"),
            errors.UnsupportedPairError("no CAD"),
            OSError("no disk"),
        ]
    ):
        away.error = error
        [(_, reason)] = fx.get_rate("USD", "CAD").failures
        assert str(error) in str(reason)
        assert away.asked == count + 1


def test_a_wrong_question_is_wrong_while_a_driver_rests(chain: Chain) -> None:
    fx = chain(Away(RATES, name="away"))
    assert fx.get_rate("USD", "CAD").driver == "fixed"
    with pytest.raises(errors.CurrencyError, match="a list of codes"):
        fx.get_rates("USD", "CAD")


def test_one_without_its_key_is_passed_over_in_a_chain() -> None:
    manager = ForexManager(discover=True)
    fx = forexhooks.open("openexchangerates", "ecb", manager=manager)
    rate = fx.get_rate("USD", "CAD", date(2026, 10, 30))
    [(driver, reason)] = rate.failures
    assert (rate.driver, driver) == ("ecb", "openexchangerates")
    assert isinstance(reason, forexhooks.SettingsError) and "APP_ID" in str(reason)


def test_a_failed_update_says_nothing_of_the_rates() -> None:
    manager = ForexManager(discover=True)
    fx = forexhooks.open("ecb", "nbp", manager=manager)
    with pytest.raises(forexhooks.NoDriverAnsweredError):
        fx.update()  # there is no network
    assert fx.get_rate("USD", "CAD", date(2026, 10, 30)).driver == "ecb"
