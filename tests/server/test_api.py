"""forexhooks' own API: all there is to say of a rate, and what went wrong, as problem details."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

import forexhooks
from forexhooks import ForexManager
from forexhooks.server.problems import STATUS
from server_of_ours import Server, serving


def test_a_rate_says_where_it_comes_from(server: Server) -> None:
    found = server.get("/api/rate?base=USD&quote=CAD&on=2026-10-31")
    assert Decimal(found["value"]).quantize(Decimal("0.00001")) == Decimal("1.39689")
    assert (found["on"], found["requested"], found["kind"]) == (
        "2026-10-30",
        "2026-10-31",
        "cross",
    )
    assert [leg["value"] for leg in found["legs"]] == ["1.1172", "1.5606"]


def test_rules_subunits_and_chains_are_asked_by_name(server: Server) -> None:
    customs = server.get("/api/rate?base=EUR&quote=USD&on=2024-01-10&driver=eu-customs")
    assert (customs["value"], customs["on"], customs["rule"]) == (
        "1.0944",
        "2023-12-20",
        "eu-customs",
    )
    pence = server.get("/api/convert?amount=250&base=GBX&quote=GBP&on=2026-10-30")
    assert pence["result"] == "2.50"
    chain = server.get("/api/rate?base=EUR&quote=USD&on=2026-10-30&driver=nbp,ecb")
    assert chain["driver"] == "ecb" and [each["driver"] for each in chain["failures"]] == ["nbp"]


def test_an_amount_is_converted_exactly(server: Server, fx: forexhooks.ForexService) -> None:
    found = server.get("/api/convert?amount=99.99&base=USD&quote=JPY&on=2026-10-30")
    exact = fx.convert("99.99", "USD", "JPY", date(2026, 10, 30))
    assert (found["result"], found["amount"]) == (f"{exact}", "99.99")
    more = server.get("/api/convert?amount=1&base=USD&quote=JPY&on=2026-10-30&places=6")
    assert more["result"] == "157.250269"


def test_a_history_can_be_taken_by_periods(server: Server) -> None:
    path = "/api/history?base=EUR&quote=USD&start=2026-09-01&end=2026-10-30"
    daily = server.get(path)
    assert len(daily["rates"]) == 44 and daily["rates"][-1]["value"] == "1.1172"
    monthly = server.get(f"{path}&every=month&take=mean")
    assert [each["on"] for each in monthly["rates"]] == ["2026-09-30", "2026-10-30"]
    assert {each["kind"] for each in monthly["rates"]} == {"adjusted"}


def test_drivers_are_compared_and_listed(server: Server) -> None:
    rows = {
        each["driver"]: each
        for each in server.get("/api/compare?base=EUR&quote=USD&on=2026-10-30&drivers=ecb,nbp")
    }
    assert rows["ecb"]["rate"]["value"] == "1.1172" and rows["ecb"]["off_by"] == "0.0"
    assert rows["nbp"]["rate"] is None and rows["nbp"]["error"]["type"] == "DriverError"
    listed = {each["name"]: each for each in server.get("/api/drivers")}
    assert listed["ecb"]["pivot"] == "EUR" and listed["currencyapi"]["state"] == "available"
    rules = {each["name"]: each for each in server.get("/api/rules")}
    assert rules["pl-vat"]["source"] == "nbp" and rules["pl-vat"]["country"] == "PL"


def test_what_is_stale_says_so_in_every_face(server: Server) -> None:
    assert "2026-10-30" in server.get("/api/rate?base=EUR&quote=USD")["stale"]
    for path in ("/latest", "/v1/2026-10-28..", "/v2/rates", "/v2/rate/EUR/USD"):
        assert "2026-10-30" in server.ask(path).headers["forexhooks-stale"], path
    assert "forexhooks-stale" not in server.ask("/v1/2026-10-28").headers


@pytest.mark.parametrize(
    ("path", "status", "error", "said"),
    [
        ("/rate?base=USD", 400, "BadRequestError", "give quote"),
        ("/rate", 400, "BadRequestError", "?base=USD&quote=CAD"),
        ("/rate?base=USD&quote=CAD&day=x", 400, "BadRequestError", "unknown parameter 'day'"),
        ("/rate?base=USD&quote=XYZ", 400, "CurrencyError", "'XYZ'"),
        ("/rate?base=USD&quote=CAD&on=30.10.2026", 400, "BadRequestError", "like 2026-10-30"),
        ("/rate?base=USD&quote=CAD&max_gap=-1", 400, "BadRequestError", "whole number"),
        ("/rate?base=EUR&quote=HRK", 404, "RateUnavailableError", "HRK"),
        ("/rate?base=EUR&quote=USD&on=1990-01-01", 404, "RateUnavailableError", "1999-01-04"),
        ("/rate?base=EUR&quote=AED", 404, "UnsupportedPairError", "AED"),
        ("/rate?base=EUR&quote=USD&driver=nobody", 404, "UnknownDriverError", "nobody"),
        ("/rate?base=EUR&quote=USD&driver=nbp:x", 404, "UnknownSeriesError", "x"),
        ("/convert?amount=x&base=EUR&quote=USD", 400, "AmountError", "'x'"),
        ("/convert?amount=1&base=EUR&quote=USD&places=2000", 400, "AmountError", "1000"),
        ("/history?base=EUR&quote=USD&start=2026-10-30&end=2026-10-01", 400, "DateError", "end"),
        (
            "/history?base=EUR&quote=USD&start=0001-01-01&end=2026-10-01",
            400,
            "BadRequestError",
            "days",
        ),
        (
            "/history?base=EUR&quote=USD&start=2026-10-01&end=2026-10-02&every=fortnight",
            400,
            "BadRequestError",
            "fortnight",
        ),
        ("/nothing", 404, "BadRequestError", "/api/openapi.json"),
        ("/rate?base=EUR&quote=USD&driver=nbp", 502, "DriverError", "log"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(
    server: Server, path: str, status: int, error: str, said: str
) -> None:
    reply = server.ask(f"/api{path}")
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.headers["cache-control"] == "no-store"
    found = reply.json
    assert (reply.status, found["status"], found["error"]) == (status, status, error), found
    assert said in found["detail"]


def test_a_failure_of_the_servers_own_side_is_not_shown(manager: ForexManager) -> None:
    class Broken(forexhooks.Driver):
        name = "broken"
        profile = forexhooks.Profile(title="broken")

        def currencies(self) -> frozenset[str]:
            return frozenset({"EUR", "USD"})

        def observations(self, currencies: object, start: object, end: object) -> list[object]:
            raise RuntimeError("/etc/secret of 2026")

    manager.register(Broken())
    with serving(manager, "broken") as server:
        for path in ("/api/rate?base=EUR&quote=USD", "/v2/rate/EUR/USD", "/latest"):
            reply = server.ask(path)
            assert reply.status == 502 and "secret" not in reply.text, reply
            assert "broken failed (DriverError)" in reply.text


def test_every_error_has_a_status() -> None:
    kinds = [
        kind
        for kind in vars(forexhooks).values()
        if isinstance(kind, type) and issubclass(kind, forexhooks.ForexError)
    ]
    for kind in kinds:
        assert any(parent in STATUS for parent in kind.__mro__)
