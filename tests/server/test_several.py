"""A server with several drivers of which one is down or gone: the others answer, and say so."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal

import pytest
from prometheus_client.parser import text_string_to_metric_families

import forexhooks
from forexhooks import ForexManager, HttpDriver, Observation, Profile, errors
from forexhooks.server import app
from forexhooks.testing import FixedRates
from providers import Provider, reply
from server_of_ours import Server, serving

DAY = date(2026, 10, 29)
NEXT = date(2026, 10, 30)
RATES = {
    DAY: {"EUR/USD": "1.10", "EUR/CAD": "1.50"},
    NEXT: {"EUR/USD": "1.11", "EUR/CAD": "1.51"},
}


class Switched(FixedRates):
    """It has the złoty alone, and can be put out of reach."""

    is_down = False
    knows_codes = True

    def table(self, *args: object, **named: object) -> forexhooks.RateTable:
        if self.is_down:
            raise errors.TransientError(f"{self.name} is down", driver=self.name)
        return super().table()

    def currencies(self) -> frozenset[str]:
        if self.is_down and not self.knows_codes:
            raise errors.TransientError(f"{self.name} is down", driver=self.name)
        return frozenset({"EUR", "PLN", "USD"})


@pytest.fixture
def second() -> Switched:
    days = {on: {"EUR/PLN": "4.25", "EUR/USD": "1.2"} for on in (date(2026, 1, 5), DAY, NEXT)}
    return Switched(days, name="second")


@pytest.fixture
def server(second: Switched) -> Iterator[Server]:
    with ForexManager() as manager:
        manager.register(FixedRates(RATES, name="first"))
        manager.register(second)
        with serving(manager, "first", "second") as running:
            yield running


def failures(server: Server) -> dict[tuple[str, str], float]:
    families = text_string_to_metric_families(server.ask("/metrics").text)
    return {
        (sample.labels["driver"], sample.labels["error"]): sample.value
        for family in families
        for sample in family.samples
        if sample.name == "forexhooks_failures_total"
    }


# By its path, what of it is there while the second driver is down.
ALL_CURRENCIES = {
    "/v1/latest": lambda found: sorted(found["rates"]),
    "/latest?symbols=USD,CAD,PLN": lambda found: sorted(found["rates"]),
    "/v1/2026-10-30": lambda found: sorted(found["rates"]),
    "/v1/2026-10-29..2026-10-30": lambda found: sorted(found["rates"]["2026-10-30"]),
    "/v1/currencies": lambda found: sorted(set(found) - {"EUR"}),
    "/v2/rates": lambda found: [each["quote"] for each in found if each["quote"] != "EUR"],
    "/v2/rates?from=2026-10-29&to=2026-10-29": lambda found: [
        each["quote"] for each in found if each["quote"] != "EUR"
    ],
    "/v2/currencies": lambda found: [
        each["iso_code"] for each in found if each["iso_code"] != "EUR"
    ],
}


@pytest.mark.parametrize("knows_codes", [True, False], ids=["codes known", "codes not known"])
@pytest.mark.parametrize("path", ALL_CURRENCIES)
def test_one_that_is_down_leaves_what_the_others_have_and_is_said(
    server: Server, second: Switched, path: str, *, knows_codes: bool
) -> None:
    there = ALL_CURRENCIES[path]
    whole = server.ask(path)
    assert there(whole.json) == ["CAD", "PLN", "USD"]
    assert "forexhooks-failed" not in whole.headers
    second.is_down, second.knows_codes = True, knows_codes
    reply = server.ask(path + ("&" if "?" in path else "?&"))  # else it is the answer kept
    assert reply.status == 200, reply
    assert there(reply.json) == ["CAD", "USD"]
    assert reply.headers["forexhooks-failed"] == "second (TransientError)"
    assert reply.headers["cache-control"] == "public, max-age=1"
    assert failures(server)["second", "TransientError"] >= 1


def test_only_where_nobody_answers_it_is_an_error(server: Server, second: Switched) -> None:
    second.is_down = True
    for path in ("/v1/latest?symbols=PLN", "/v2/rate/EUR/PLN", "/v2/rates?quotes=PLN"):
        reply = server.ask(path)
        assert reply.status in (502, 503), reply
        assert reply.headers["cache-control"] == "no-store"


def test_a_single_driver_that_is_down_is_an_error(second: Switched) -> None:
    with ForexManager() as manager:
        manager.register(second)
        with serving(manager, "second") as server:
            second.is_down = True
            for path in ("/v1/latest", "/v2/rates", "/v1/2026-10-29..", "/v2/currencies"):
                assert server.ask(path).status == 503, path


def test_the_days_of_the_second_are_in_a_range_or_it_is_said_that_it_failed(
    server: Server, second: Switched
) -> None:
    path = "/api/history?base=EUR&quote=USD&start=2026-01-05&end=2026-10-30"
    found = server.get(path)
    assert [(each["on"], each["driver"]) for each in found["rates"]] == [
        ("2026-01-05", "second"),
        ("2026-10-29", "first"),
        ("2026-10-30", "first"),
    ]
    rates = server.get("/v1/2026-01-05..2026-10-30?symbols=USD")["rates"]
    assert rates["2026-01-05"] == {"USD": Decimal("1.2")} and len(rates) == 3
    second.is_down = True
    found = server.get(f"{path}&driver=first,second")
    assert len(found["rates"]) == 2 and "second failed: second is down" in found["stale"]
    reply = server.ask("/v1/2026-01-05..2026-10-30?symbols=USD&")
    assert reply.status == 200 and len(reply.json["rates"]) == 2
    assert "second failed" in reply.headers["forexhooks-stale"]


PATHS = ("/v1/latest", "/v2/rates", "/v2/providers", "/v2/currency/USD", "/v2/currencies",
         "/v1/2026-10-29..2026-10-30", "/api/rate?base=EUR&quote=USD",
         "/api/history?base=EUR&quote=USD&start=2026-10-01&end=2026-10-30", "/")  # fmt: skip


@pytest.mark.parametrize("gone", ["first", "second"])
def test_of_drivers_of_which_one_is_gone_the_others_answer(gone: str) -> None:
    with ForexManager() as manager:
        for name in ("first", "second"):
            manager.register(FixedRates(RATES, name=name))
        with serving(manager, "first", "second") as server:
            manager.unregister(name=gone)
            for path in PATHS:
                reply = server.ask(path)
                assert reply.status == 200, (path, reply)
            assert server.ask("/v1/latest").headers["forexhooks-failed"] == (
                f"{gone} (UnknownDriverError)"
            )
            ready = server.ask("/readyz")
            assert ready.status == 200
            said = {each["driver"]: each.get("error") for each in ready.json["drivers"]}
            assert said[gone] and not said[{"first", "second"}.difference([gone]).pop()]
            manager.register(FixedRates(RATES, name=gone))
            assert "forexhooks-failed" not in server.ask("/v1/latest?&").headers
            manager.unregister(name="first")
            manager.unregister(name="second")
            assert server.ask("/v1/latest?&&").status == 503
            assert server.ask("/readyz").status == 503


def test_a_name_that_is_wrong_from_the_start_is_an_error() -> None:
    with ForexManager() as manager:
        manager.register(FixedRates(RATES, name="first"))
        with pytest.raises(forexhooks.UnknownDriverError, match="typo"):
            app(manager, ["first", "typo"])


class OverHttp(HttpDriver):
    """Gives the currencies and days that are asked for in one response."""

    name = "remote"
    profile = Profile(title="Remote", pivot="EUR")
    BASE_URL = "http://127.0.0.1:9"

    def currencies(self) -> frozenset[str]:
        return frozenset({"EUR", "USD", "CAD", "NOK"})

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        codes = sorted(set(currencies) - {"EUR"})
        self.fetch_json("/rates.json", {"codes": ",".join(codes), "start": f"{start}"})
        for code in codes:
            for day in (DAY, NEXT):
                yield Observation(day, "EUR", code, Decimal("1.5"))


@pytest.mark.parametrize("names", [("remote",), ("first", "remote")])
def test_a_history_over_several_quotes_is_one_request(
    provider: Provider, names: tuple[str, ...]
) -> None:
    provider.answer = lambda asked: reply("{}")
    with ForexManager() as manager:
        manager.register(FixedRates({DAY: {"EUR/PLN": "4.25"}}, name="first"))
        manager.register(OverHttp(base_url=provider.url))
        with serving(manager, *names) as server:
            path = f"/v2/rates?from={DAY}&to={NEXT}&quotes=USD,CAD,NOK&group=month"
            assert len(server.get(path)) == 3
    assert [each.query["codes"] for each in provider.asked] == ["CAD,NOK,USD"]
