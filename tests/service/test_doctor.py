"""Whether each driver works, and what to do about it where it does not."""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine

import forexhooks
from faults import TIME_LIMIT, Acme, Answer, always, hang, raw, status, well
from forexhooks import ForexManager, Observation, Profile, Rate, Series
from forexhooks.http import HttpDriver, Row
from forexhooks.service.doctor import CHECKS, Examined, examine
from forexhooks.testing import FixedRates
from providers import Asked, Misbehave, Provider, Reply, reply

TODAY = datetime.now(UTC).date()
EVERY_DAY = Profile(title="A bank", publication_days=forexhooks.every_day)


def examined(driver: object) -> Examined:
    with ForexManager() as manager:
        manager.register(driver)
        [result] = examine(manager=manager)
    return result


class Raw:
    """A driver of two functions, which has USD/CAD alone."""

    def __init__(self, profile: object = None) -> None:
        self.profile = profile

    @forexhooks.hookimpl
    def forex_driver_name(self) -> str:
        return "raw"

    @forexhooks.hookimpl
    def forex_driver_profile(self) -> Any:
        return self.profile

    @forexhooks.hookimpl
    def forex_get_rate(self, base: str, quote: str) -> Rate | None:
        if (base, quote) == ("USD", "CAD"):
            return Rate(base, quote, Decimal("1.4"), TODAY, "raw")
        return None


class Broken(FixedRates):
    def __init__(self, problem: Exception) -> None:
        super().__init__({"USD/CAD": 1}, name="broken")
        self.problem = problem

    def table(self, *_: object) -> forexhooks.RateTable:
        raise self.problem


def test_a_driver_that_works(provider: Provider) -> None:
    provider.answer = well
    for driver in (
        Acme(base_url=provider.url),
        FixedRates({"USD/CAD": "1.40"}),
        FixedRates({"AUD/NZD": "1.10"}),
        FixedRates({"BTC/EUR": "60000"}),
    ):
        result = examined(driver)
        assert (result.failed, result.problem, result.advice) == (None, None, None)
        # Whether a provider can be reached is not known where none was asked.
        is_reached = True if isinstance(driver, Acme) else None
        assert result.checks == dict.fromkeys(CHECKS, True) | {"reachable": is_reached}
        assert result.rate is not None and result.rate.driver == driver.name


def html(_: Answer) -> Answer:
    return lambda asked: reply("<title>Welcome to the hotel</title>")


@pytest.mark.parametrize(
    ("fault", "failed", "problem", "advice"),
    [
        (status(401), "configured", "answered 401", "setting"),
        (status(403), "configured", "answered 403", "setting"),
        (status(429, Retry_After="60"), "reachable", "answered 429", "wait"),
        (status(503, Retry_After="60"), "reachable", "answered 503", "wait"),
        (always(raw(b"", hang)), "reachable", "a whole response in time", "network"),
        (html, "well-formed", "not in the format", "upgrade"),
        (status(404), "well-formed", "answered 404", "upgrade"),
        (always(reply({"day": "2020-01-01", "rate": -1})), "well-formed", "acme gave", "upgrade"),
    ],
)
def test_a_provider_with_a_fault(
    provider: Provider,
    fault: Callable[[Answer], Answer],
    failed: str,
    problem: str,
    advice: str,
) -> None:
    provider.answer = fault(well)
    result = examined(Acme(base_url=provider.url))
    assert result.failed == failed
    assert problem in str(result.problem) and advice in str(result.advice)
    assert "s3cret" not in str(result)
    checks = list(result.checks.values())
    at = CHECKS.index(result.failed)
    assert checks == [True] * at + [False] + [None] * (len(CHECKS) - at - 1)


@pytest.mark.filterwarnings("ignore::forexhooks.StaleRateWarning")
def test_an_old_rate_is_a_fault() -> None:
    class Late(forexhooks.Driver):
        name = "late"
        profile = EVERY_DAY

        def observations(self, *_: object) -> Iterator[Observation]:
            yield Observation(TODAY - timedelta(5), "USD", "CAD", Decimal("1.4"))

    result = examined(Late())
    assert (result.failed, result.rate and result.rate.on) == ("fresh", TODAY - timedelta(5))
    assert "should be out" in str(result.problem) and "forexhooks update" in str(result.advice)


def test_those_installed(bundle_is_fresh: time_machine.Traveller) -> None:
    with ForexManager(discover=True) as manager:
        manager.set_blocked("nbp")
        results = {each.driver: each for each in examine(manager=manager)}
        [blocked, unknown] = examine(["nbp", "nobody"], manager=manager)
    assert results["ecb"].failed is None
    assert results["openexchangerates"].failed == "configured"
    assert "FOREXHOOKS_OPENEXCHANGERATES_APP_ID" in str(results["openexchangerates"].problem)
    assert results["ecb"].checks["reachable"] is None
    assert results["frankfurter"].failed is None
    assert results["frankfurter"].checks["reachable"] is None
    assert "--offline" in str(results["frankfurter"].problem)
    assert "nbp" not in results
    assert (blocked.failed, unknown.failed) == ("importable", "importable")
    assert unknown.advice == "check its name, or install it"
    assert "blocked" in str(blocked.problem) and "unknown driver" in str(unknown.problem)


def test_one_that_cannot_be_imported(
    bundle_is_fresh: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(forexhooks.plugins.built_ins.BUILT_INS, "gone", "forexhooks_gone:Gone")
    with ForexManager(discover=True) as manager:
        results = {each.driver: each for each in examine(["gone", "ecb"], manager=manager)}
        assert "gone" in {each.driver for each in examine(manager=manager)}
    gone = results["gone"]
    assert gone.failed == "importable" and "No module named" in str(gone.problem)
    assert gone.checks["importable"] is False and gone.checks["configured"] is None


def test_all_are_examined_at_once() -> None:
    class Slow(FixedRates):
        def table(self, *_: object) -> forexhooks.RateTable:
            together.wait(60)
            return super().table()

    together = threading.Barrier(8)
    manager = ForexManager()
    for name in "abcdefgh":
        manager.register(Slow({"USD/CAD": 1}, name=name))
    assert [each.driver for each in examine(manager=manager)] == list("abcdefgh")
    assert not together.broken


def test_a_setting_that_makes_no_sense(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOREXHOOKS_NBP_BASE_URL", "nowhere")
    [nbp] = examine(["nbp"], manager=ForexManager(discover=True))
    assert nbp.failed == "configured" and "base_url is 'nowhere'" in str(nbp.problem)
    assert examine(manager=ForexManager()) == []


def test_a_mistake_in_a_drivers_code_is_no_matter_of_the_network() -> None:
    result = examined(Broken(KeyError("rates")))
    assert result.failed == "well-formed"
    assert "network" not in str(result.advice)


def test_a_driver_that_lists_no_currencies_need_not_have_the_euro() -> None:
    result = examined(Raw())
    assert (result.failed, result.rate) == (None, None)
    # It was not tried: nobody says that it is reachable, or fresh.
    known = {"importable": True, "configured": True}
    assert result.checks == dict.fromkeys(CHECKS) | known


def test_nothing_is_raised_where_a_profile_is_none() -> None:
    assert examined(Raw(profile={"title": "Raw"})).failed is not None


def test_nothing_is_raised_where_warnings_are_errors() -> None:
    with warnings.catch_warnings(), time_machine.travel(datetime(2026, 11, 20, tzinfo=UTC)):
        warnings.simplefilter("error")
        [ecb] = examine(["ecb"], manager=ForexManager(discover=True))
    assert ecb.failed == "fresh"


class Wide(HttpDriver):
    """All its currencies are in one document, which it asks for again after a second."""

    name = "wide"
    BASE_URL = "https://rates.wide.example"
    profile = EVERY_DAY._replace(time_to_live=timedelta(seconds=1))

    def observations(self, *_: object) -> Iterator[Observation]:
        for quote, value in self.fetch_json("/latest").items():
            yield Observation(TODAY, "USD", quote, value)


RATES = dict.fromkeys(("CAD", "EUR", "GBP", "NOK", "PLN"), 2)


def test_a_provider_is_not_reachable_because_its_answer_was_kept(provider: Provider) -> None:
    provider.answer = lambda asked: reply(RATES)
    assert examined(Wide(base_url=provider.url)).failed is None
    provider.answer = status(500)(well)
    assert examined(Wide(base_url=provider.url)).failed in ("reachable", "fresh")


def test_a_dead_first_choice_with_a_kept_answer_costs_one_time_limit(provider: Provider) -> None:
    provider.answer = lambda asked: reply(RATES)
    with ForexManager() as manager:
        manager.register(Wide(base_url=provider.url, time_limit=TIME_LIMIT))
        manager.register(FixedRates({f"USD/{quote}": 3 for quote in RATES}))
        fx = forexhooks.open("wide", "fixed", manager=manager)
        assert fx.get_rate("USD", "CAD").value == 2
        time.sleep(1.05)
        provider.answer = always(raw(b"", hang))(well)
        asked = len(provider.asked)
        for quote in RATES:
            fx.get_rate("USD", quote)
        assert len(provider.asked) == asked + 1


def test_under_a_lock_it_is_the_driver_that_is_examined(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FOREXHOOKS_LOCK", str(tmp_path / "no.lock"))
    result = examined(FixedRates({"USD/CAD": "1.4"}, name="fixed"))
    assert (result.failed, result.problem) == (None, None)
    assert result.rate is not None


class Bank(HttpDriver):
    """A bank with bids and asks, which publishes on every day."""

    name = "bank"
    BASE_URL = "https://rates.bank.example"
    all_at_once = True
    profile = EVERY_DAY._replace(
        pivot="CAD",
        history_from=date(2020, 1, 1),
        series=(Series("bid", side="bid"), Series("ask", side="ask")),
    )
    latest = "/latest/{series}"
    between = "/{series}?from={start}&to={end}"

    def read(self, document: list[list[str]]) -> Iterator[Row]:
        for day, code, value in document:
            yield day, code, "CAD", value


def of_bank(provider: Provider, without: tuple[int, ...] = (), bad: str | None = None) -> Bank:
    """The bank, which has no rates of some days ago, and perhaps one that cannot be read."""

    def answer(asked: Asked) -> Reply:
        if asked.path.startswith("/latest"):
            days = [TODAY, TODAY - timedelta(1)]
        else:
            start, end = (date.fromisoformat(asked.query[each]) for each in ("from", "to"))
            days = [start + timedelta(each) for each in range((end - start).days + 1)]
        days = [day for day in days if (TODAY - day).days not in without]
        rows = [[f"{day}", code, "1.4"] for day in days for code in ("USD", "EUR", "GBP")]
        if bad is not None:
            rows[1][2] = bad
        return reply(rows)

    provider.answer = answer
    return Bank(base_url=provider.url)


def thoroughly(driver: object, *names: str) -> list[Examined]:
    with ForexManager() as manager:
        manager.register(driver)
        return examine(names, thorough=True, manager=manager)


def test_each_series_and_each_day_of_the_month(provider: Provider) -> None:
    bid, ask = thoroughly(of_bank(provider))
    assert (bid.driver, ask.driver) == ("bank:bid", "bank:ask")
    assert bid.is_well and ask.is_well and bid.rate is not None and bid.rate.series == "bid"
    [ask] = thoroughly(of_bank(provider), "bank:ask")
    assert ask.driver == "bank:ask"
    [bank] = examine_all(of_bank(provider))
    assert (bank.driver, bank.missed) == ("bank", ())


def examine_all(driver: object) -> list[Examined]:
    with ForexManager() as manager:
        manager.register(driver)
        return examine(manager=manager)


def test_days_that_were_missed(provider: Provider) -> None:
    bid, _ = thoroughly(of_bank(provider, without=(3, 20)))
    assert (bid.failed, bid.is_well) == (None, False)
    assert bid.missed == (TODAY - timedelta(20), TODAY - timedelta(3))
    [bank] = examine_all(of_bank(provider, without=(3, 20)))
    assert bank.is_well


@pytest.mark.filterwarnings("ignore::forexhooks.MalformedRowWarning")
def test_rows_that_cannot_be_read(provider: Provider) -> None:
    [bank] = examine_all(of_bank(provider, bad="n/a"))
    assert bank.failed is None and not bank.is_well
    assert "1 of 6 rows" in bank.bad_rows[0] and "EUR" in bank.bad_rows[0]


@pytest.mark.parametrize("status", [301, 308, 302, 307])
def test_a_host_that_has_moved(provider: Provider, status: int) -> None:
    of_bank(provider)
    answer, there = provider.answer, provider.url.replace("localhost", "127.0.0.1")

    def moving(asked: Asked) -> Reply | Misbehave:
        if asked.headers["host"].startswith("localhost"):
            return reply("", status, location=there + asked.path)
        return answer(asked)

    class Moving(Bank):
        BASE_URL = provider.url

    provider.answer = moving
    [found] = examine_all(Moving())
    assert found.failed is None
    assert found.moved == (("localhost to 127.0.0.1",) if status in (301, 308) else ())
