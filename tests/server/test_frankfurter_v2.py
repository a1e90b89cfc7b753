"""Frankfurter's API, version 2: records, in JSON, in lines of JSON, and as csv."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal

import pytest

import forexhooks
from forexhooks import ForexManager
from plugins_on_disk import raw, write
from server_of_ours import Server, serving


def test_a_record_has_all_digits_of_the_rate(server: Server, fx: forexhooks.ForexService) -> None:
    found = server.get("/v2/rates?base=USD&quotes=EUR,JPY,USD&date=2026-10-30")
    assert found == [
        {"date": "2026-10-30", "base": "USD", "quote": quote, "rate": value}
        for quote, value in (
            ("EUR", fx.get_rate("USD", "EUR", date(2026, 10, 30)).value),
            ("JPY", fx.get_rate("USD", "JPY", date(2026, 10, 30)).value),
            ("USD", Decimal(1)),
        )
    ]
    assert server.get("/v2/rate/usd/jpy?date=2026-10-30") == found[1]
    assert server.get("/v2/rate/USD/USD?date=2026-10-30") == found[2]


def test_all_currencies_are_given_with_the_base_itself(server: Server) -> None:
    found = server.get("/v2/rates")
    quotes = [each["quote"] for each in found]
    assert quotes == sorted(quotes) and {"EUR", "USD", "ZAR"} <= set(quotes)
    assert {each["base"] for each in found} == {"EUR"}
    assert "EUR" not in [each["quote"] for each in server.get("/v2/rates?quotes=USD,GBP")]


def test_a_range_has_a_record_a_day_and_can_be_grouped(
    server: Server, fx: forexhooks.ForexService
) -> None:
    days = server.get("/v2/rates?from=2026-09-01&to=2026-10-30&quotes=USD")
    history = fx.get_history("EUR", "USD", date(2026, 9, 1), date(2026, 10, 30))
    assert [(each["date"], each["rate"]) for each in days] == [
        (f"{each.on}", each.value) for each in history
    ]
    months = server.get("/v2/rates?from=2026-09-01&to=2026-10-30&quotes=USD&group=month")
    assert [each["date"] for each in months] == ["2026-09-01", "2026-10-01"]
    assert months[0]["rate"] == history.every("month", "mean")[0].value
    part = server.get("/v2/rates?from=2026-01-01&to=2026-02-10&quotes=USD&group=month")
    whole = fx.get_history("EUR", "USD", date(2026, 1, 1), date(2026, 2, 28))
    assert [(each["date"], each["rate"]) for each in part] == [
        (f"{each.on.replace(day=1)}", each.value) for each in whole.every("month", "mean")
    ]
    weeks = server.get("/v2/rates?from=2026-10-05&to=2026-10-16&quotes=USD&group=week")
    assert [each["date"] for each in weeks] == ["2026-10-05", "2026-10-12"]
    open_end = server.get("/v2/rates?from=2026-10-29&quotes=USD,EUR")
    assert [(each["date"], each["quote"]) for each in open_end] == [
        ("2026-10-29", "EUR"),
        ("2026-10-29", "USD"),
        ("2026-10-30", "EUR"),
        ("2026-10-30", "USD"),
    ]


def test_lines_and_csv_say_the_same(server: Server) -> None:
    path = "/v2/rates?from=2026-10-28&to=2026-10-30&base=USD&quotes=EUR,GBP"
    records = server.get(path)
    lines = server.ask(path, accept="application/x-ndjson")
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert "accept" in lines.headers["vary"].lower()
    parsed = [json.loads(line, parse_float=Decimal) for line in lines.text.splitlines()]
    assert parsed == records
    table = server.ask(path.replace("/rates?", "/rates.csv?"))
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.text)))
    assert rows == [{name: f"{value}" for name, value in each.items()} for each in records]
    expanded = server.ask("/v2/rates.csv?date=2026-10-30&quotes=USD&expand=providers").text
    assert expanded == "date,base,quote,rate,providers\n2026-10-30,EUR,USD,1.1172,ECB:1.1172\n"


def test_providers_are_drivers_and_are_asked_in_order(manager: ForexManager, tmp_path) -> None:
    manager.load(write(tmp_path / "acme.py", raw(7)), preflight=None)
    with serving(manager, "acme", "ecb") as server:
        keys = [each["key"] for each in server.get("/v2/providers")]
        assert keys == ["ACME", "ECB"]
        path = "/v2/rates?base=EUR&quotes=USD&date=2026-10-30&expand=providers"
        [first] = server.get(path)
        assert (first["rate"], first["providers"][0]["key"]) == (7, "ACME")
        [second] = server.get(f"{path}&providers=ecb,acme")
        assert second == {
            "date": "2026-10-30",
            "base": "EUR",
            "quote": "USD",
            "rate": Decimal("1.1172"),
            "providers": [{"key": "ECB", "date": "2026-10-30", "rate": Decimal("1.1172")}],
        }


def test_currencies_and_providers_are_described(server: Server) -> None:
    current = {each["iso_code"]: each for each in server.get("/v2/currencies")}
    assert current["USD"]["iso_numeric"] == "840" and current["USD"]["name"] == "US Dollar"
    assert "HRK" not in current
    assert "HRK" in {each["iso_code"] for each in server.get("/v2/currencies?scope=all")}
    assert server.get("/v2/currency/jpy")["providers"] == ["ECB"]
    [ecb] = server.get("/v2/providers")
    assert (ecb["key"], ecb["pivot_currency"], ecb["start_date"]) == ("ECB", "EUR", "1999-01-04")
    assert ecb["publish_cadence"] == "daily" and "USD" in ecb["currencies"]


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/rates?provider=ECB", 422, "unknown parameter: provider"),
        ("/rates?date=yesterday", 422, "invalid date"),
        ("/rates?from=2026-02-30", 422, "invalid date"),
        ("/rates?date=2026-10-30&from=2026-10-01", 422, "conflicting params"),
        ("/rates?from=2026-10-01&group=year", 422, "invalid group"),
        ("/rates?expand=all", 422, "invalid expand: all"),
        ("/rates?base=XYZ", 422, "invalid currency: XYZ"),
        ("/rates?quotes=USD,XYZ", 422, "invalid currency: XYZ"),
        ("/rates?providers=nobody", 422, "invalid provider: nobody"),
        ("/rates?date=1998-01-01", 404, "not found"),
        ("/rates?from=2026-10-30&to=2026-10-01", 404, "not found"),
        ("/rate/USD/XYZ", 422, "invalid currency: XYZ"),
        ("/rate/USD", 404, "not found"),
        ("/currency/XYZ", 404, "not found"),
        ("/nothing", 404, "not found"),
        ("/currencies.csv", 406, "/v2/currencies is not available as csv: only /v2/rates.csv is"),
    ],
)
def test_what_cannot_be_answered_says_so(
    server: Server, path: str, status: int, message: str
) -> None:
    reply = server.ask(f"/v2{path}")
    assert (reply.status, reply.json) == (status, {"status": status, "message": message})
    assert reply.headers["cache-control"] == "no-store"
