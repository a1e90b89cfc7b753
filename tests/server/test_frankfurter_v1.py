"""Frankfurter's API, version 1: what clients of it ask, and what they are told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

import forexhooks
from server_of_ours import Server


@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_the_latest_rates_are_those_that_were_published(
    server: Server, fx: forexhooks.ForexService, prefix: str
) -> None:
    found = server.get(f"{prefix}/latest")
    assert (found["amount"], found["base"]) == (Decimal("1.0"), "EUR")
    day = date.fromisoformat(found["date"])
    published = {
        code: rate.value
        for code in fx.currencies() - {"EUR"}
        if isinstance(rate := fx.rate_or_error("EUR", code), forexhooks.Rate) and rate.on == day
    }
    assert found["rates"] == published
    assert list(found["rates"]) == sorted(published)
    assert server.get(f"{prefix}/current") == found


# Worked by hand from the published 1.1172, 0.8338, 20275.17 and 175.68 of 2026-10-30.
@pytest.mark.parametrize(
    ("query", "rates"),
    [
        ("base=USD&symbols=EUR,GBP", {"EUR": "0.89509", "GBP": "0.74633"}),
        ("from=USD&to=EUR", {"EUR": "0.89509"}),
        ("from=usd&to=eur", {"EUR": "0.89509"}),
        ("amount=10&from=USD&to=EUR,JPY", {"EUR": "8.9509", "JPY": "1572.50"}),
        ("from=IDR&to=EUR,JPY", {"EUR": "0.000049", "JPY": "0.00866"}),
        ("amount=1000000&from=EUR&to=IDR", {"IDR": "20275170000"}),
        ("amount=0.0000001&to=USD", {"USD": "0.00000011172"}),
        ("symbols=USD", {"USD": "1.1172"}),
        ("symbols=USD,XYZ,DEM", {"USD": "1.1172"}),
        ("to=USD&symbols=GBP", {"USD": "1.1172"}),
    ],
)
def test_rates_are_rounded_by_their_size_but_once(
    server: Server, query: str, rates: dict[str, str]
) -> None:
    found = server.get(f"/v1/2026-10-30?{query}")
    assert found["rates"] == {code: Decimal(value) for code, value in rates.items()}
    assert found["date"] == "2026-10-30"


def test_numbers_are_written_with_the_digits_that_they_have(server: Server) -> None:
    body = server.ask("/v1/2026-10-30?symbols=USD,ISK").text
    assert body == (
        '{"amount":1.0,"base":"EUR","date":"2026-10-30","rates":{"ISK":136,"USD":1.1172}}'
    )


def test_a_day_without_rates_is_answered_with_the_last_before_it(server: Server) -> None:
    found = server.get("/v1/2024-01-06?symbols=USD")
    assert found["date"] == "2024-01-05"
    assert server.ask("/v1/1998-12-31").status == 404
    # The ECB had no rate of ISK from 2008-12-10 to 2018-02-01: the last is not carried on for ever.
    assert server.get("/v1/2008-12-23?symbols=USD,ISK")["rates"].keys() == {"USD"}


def test_a_span_has_every_day_that_has_rates(server: Server, fx: forexhooks.ForexService) -> None:
    found = server.get("/v1/2024-01-08..2024-01-12?symbols=USD,GBP")
    assert (found["start_date"], found["end_date"]) == ("2024-01-08", "2024-01-12")
    for code in ("USD", "GBP"):
        history = fx.get_history("EUR", code, date(2024, 1, 8), date(2024, 1, 12))
        assert [(f"{each.on}", each.value) for each in history] == [
            (day, rates[code]) for day, rates in found["rates"].items()
        ]
    # One that begins on a Saturday begins with Friday's, as Frankfurter's do.
    assert list(server.get("/v1/2024-01-06..2024-01-08?symbols=USD")["rates"]) == [
        "2024-01-05",
        "2024-01-08",
    ]
    since = server.get("/v1/2026-10-28..?symbols=USD&base=GBP")
    assert list(since["rates"]) == ["2026-10-28", "2026-10-29", "2026-10-30"]


def test_currencies_are_those_with_a_rate_and_have_names(server: Server) -> None:
    names = server.get("/v1/currencies")
    assert names["USD"] == "US Dollar" and names["EUR"] == "Euro"
    assert "DEM" not in names and "HRK" not in names


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/latest?from=USD&to=USD", 422, "bad currency pair"),
        ("/latest?from=EUR&to=EUR", 422, "bad currency pair"),
        ("/latest?amount=nothing", 422, "invalid amount"),
        ("/latest?amount=-1", 422, "invalid amount"),
        ("/latest?amount=0", 422, "invalid amount"),
        ("/latest?amount=NaN", 422, "invalid amount"),
        ("/2024-13-01", 422, "invalid date"),
        ("/2024-02-30..2024-03-01", 422, "invalid date"),
        ("/2024-01-01..2024-13-01", 422, "invalid date"),
        ("/2024-01-10..2024-01-01", 404, "not found"),
        ("/latest?from=XYZ", 404, "not found"),
        ("/latest?to=XYZ", 404, "not found"),
        ("/nothing", 404, "not found"),
        ("/latest/more", 404, "not found"),
        ("/20240101", 404, "not found"),
        ("/2024-1-1", 404, "not found"),
        ("/%D9%A2%D9%A0%D9%A2%D9%A4-01-01", 404, "not found"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/v1"])
def test_what_cannot_be_answered_says_so(
    server: Server, prefix: str, path: str, status: int, message: str
) -> None:
    reply = server.ask(f"{prefix}{path}")
    assert (reply.status, reply.json) == (status, {"message": message})
    assert reply.headers["cache-control"] == "no-store"
