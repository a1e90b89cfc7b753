"""Declared addresses: which of them a question asks, and what the base makes of the rows read."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
import time_machine

import forexhooks
from forexhooks import MalformedResponseError, MalformedRowWarning, Profile, RateUnavailableError
from forexhooks.http import HttpDriver, Row, value_of
from providers import Asked, Provider, Reply, reply

TODAY = date(2026, 10, 16)  # a Friday


class Acme(HttpDriver):
    name = "acme"
    profile = Profile(title="Acme Bank", pivot="USD", history_from=date(2020, 1, 1))
    BASE_URL = "https://rates.acme.example"
    all_at_once = True
    latest = "/latest"

    def read(self, document: Any) -> Iterator[Row]:
        for row in document:
            yield row["day"], "USD", row["code"], value_of(row["rate"], per=row.get("per", 1))


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 10, 16, 22, tzinfo=UTC), tick=False):
        yield


def row(rate: object, code: object = "CAD", day: object = TODAY, **more: object) -> dict[str, Any]:
    return {"day": str(day), "code": code, "rate": rate, **more}


def every_weekday(asked: Asked) -> Reply:
    """Each weekday of the days that the address names; of a year, or of the last ten days."""
    days = [date(2024, 1, 1) + timedelta(each) for each in range((TODAY - date(2024, 1, 1)).days)]
    parts = asked.path.strip("/").split("/")
    if len(parts) == 2 and len(parts[1]) == 4:
        first, last = date(int(parts[1]), 1, 1), date(int(parts[1]), 12, 31)
    elif len(parts) >= 2:
        first, last = date.fromisoformat(parts[1]), date.fromisoformat(parts[-1])
    else:
        first, last = TODAY - timedelta(10), TODAY
    days = [day for day in [*days, TODAY] if first <= day <= last and day.weekday() < 5]
    if not days:
        return reply("nothing on these days", 404)
    return reply([row("1.4", day=each) for each in days])


def opened(provider: Provider, **declared: object) -> forexhooks.ForexService:
    kind: Any = type("Declared", (Acme,), declared)
    manager = forexhooks.ForexManager()
    manager.register(kind(base_url=provider.url))
    return forexhooks.open("acme", manager=manager)


LATEST_ALONE = {"latest": None}
BETWEEN: dict[str, object] = {"between": "/span/{start}/{end}"}


@pytest.mark.parametrize(
    ("declared", "start", "asked"),
    [
        ({"recent": ("/recent", 10)}, TODAY - timedelta(9), "/recent"),
        ({"recent": ("/recent", 10), **BETWEEN}, TODAY - timedelta(9), "/recent"),
        ({"recent": ("/recent", 10), **BETWEEN}, TODAY - timedelta(10), "/span/10-06/10-16"),
        (BETWEEN, date(2026, 9, 1), "/span/09-01/10-16"),
        (
            {"between": ("/span/{start}/{end}", 30)},
            date(2026, 9, 1),
            "/span/09-01/09-30 /span/10-01/10-16",
        ),
        ({"yearly": "/year/{year}"}, date(2025, 5, 5), "/year/2025 /year/2026"),
        ({"daily": "/day/{day:%Y-%m-%d}"}, date(2026, 10, 14), "/day/10-14 /day/10-15 /day/10-16"),
        ({}, date(2026, 10, 14), "/latest"),
    ],
)
def test_a_span_asks_the_addresses_that_have_its_days(
    provider: Provider, declared: dict[str, object], start: date, asked: str
) -> None:
    provider.answer = every_weekday
    fx = opened(provider, **declared)
    history = fx.get_history("USD", "CAD", start, TODAY)
    assert [rate.on for rate in history] == [
        start + timedelta(each)
        for each in range((TODAY - start).days + 1)
        if (start + timedelta(each)).weekday() < 5
    ]
    assert " ".join(provider.paths).replace("/2026-", "/") == asked


@pytest.mark.parametrize(
    ("declared", "asked"),
    [
        ({}, "/latest"),
        ({"latest": None, "recent": ("/recent", 10)}, "/recent"),
        ({"latest": None, **BETWEEN}, "/span/10-09/10-16"),
        ({"latest": None, "yearly": "/year/{year}"}, "/year/2026"),
    ],
)
def test_the_latest(provider: Provider, declared: dict[str, object], asked: str) -> None:
    provider.answer = every_weekday
    assert opened(provider, **declared).get_rate("USD", "CAD").on == TODAY
    assert " ".join(provider.paths).replace("/2026-", "/") == asked


def test_codes_params_and_headers(provider: Provider) -> None:
    provider.answer = lambda asked: reply([row("1.4"), row("0.9", "EUR")])
    fx = opened(
        provider,
        all_at_once=False,
        latest="/rates/{codes:+}?format=json",
        params={"app": "1"},
        headers={"X-App": "2"},
    )
    fx.get_rates("USD", ["EUR", "CAD"])
    assert provider.asked[0].path == "/rates/CAD+EUR"
    assert provider.asked[0].query == {"format": "json", "app": "1"}
    assert provider.asked[0].headers["x-app"] == "2"


def test_own_requests_have_the_params_and_headers_too(provider: Provider) -> None:
    class Own(Acme):
        params = MappingProxyType({"app": "1", "format": "json"})
        headers = MappingProxyType({"X-App": "2", "Accept": "text/csv"})

    provider.answer = lambda asked: reply([row("1.4")])
    driver = Own(base_url=provider.url)
    driver.fetch_rows("/own", {"format": "csv"}, headers={"Accept": "text/xml"})
    [asked] = provider.asked
    assert asked.query == {"app": "1", "format": "csv"}
    assert (asked.headers["x-app"], asked.headers["accept"]) == ("2", "text/xml")
    elsewhere = provider.url.rpartition(":")[2]
    driver = Own(base_url=provider.url.removesuffix(elsewhere) + elsewhere[:-1])
    driver.fetch_rows(f"{elsewhere[-1]}/own")  # the path completes the port
    assert provider.asked[1].query == {} and "x-app" not in provider.asked[1].headers


def test_no_data_is_what_the_driver_says_it_is(provider: Provider) -> None:
    provider.answer = every_weekday
    fx = opened(provider, **BETWEEN, no_data="nothing on these days")
    assert fx.get_history("USD", "CAD", date(2026, 10, 10), date(2026, 10, 11)) == []
    provider.answer = lambda asked: reply("we have moved", 404)
    with pytest.raises(MalformedResponseError, match="nothing is there"):
        fx.get_history("USD", "CAD", date(2026, 10, 3), date(2026, 10, 4))
    provider.answer = lambda asked: reply("there is nothing on these days", 400)
    assert fx.get_history("USD", "CAD", date(2026, 9, 12), date(2026, 9, 13)) == []
    provider.answer = lambda asked: reply("what do you want?", 400)
    for no_data in ("nothing on these days", ""):
        fx = opened(provider, **BETWEEN, no_data=no_data)
        with pytest.raises(MalformedResponseError, match="answered 400: 'what do you want"):
            fx.get_history("USD", "CAD", date(2026, 9, 5), date(2026, 9, 6))
    provider.answer = lambda asked: reply("we have moved", 404)
    fx = opened(provider, **BETWEEN, no_data="")
    assert fx.get_history("USD", "CAD", date(2026, 10, 3), date(2026, 10, 4)) == []
    days = {"start": date(2026, 10, 3), "end": date(2026, 10, 4)}
    driver = type("Declared", (Acme,), {"no_data": "moved"})(base_url=provider.url)
    assert driver.fetch_rows("/own", **days) == []
    with pytest.raises(MalformedResponseError, match="nothing is there"):
        driver.fetch_rows("/own", **days, no_data="other words")
    fx = opened(provider, latest="/other", no_data="")  # of the latest it is a fault
    with pytest.raises(MalformedResponseError, match="nothing is there"):
        fx.get_rate("USD", "CAD")


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (row("n/a", "EUR"), "'n/a' is not a rate"),
        (row(None, "EUR"), "None is not a rate"),
        (row("0", "EUR"), "'0' is not a rate"),
        (row("0.9", "EUR", per=0), "per=0"),
        (row("0.9", "eur"), "'eur' is not a currency code: write codes in upper case"),
        (row("0.9", "€"), "'€' is not a currency code"),
        (row("0.9", 978), "not a currency code"),
        (row("0.9", None), "None is not a currency code"),
    ],
)
def test_a_bad_row_costs_its_own_currency(
    provider: Provider, bad: dict[str, Any], says: str
) -> None:
    provider.answer = lambda asked: reply([row("1.4"), bad, row("157", "JPY")])
    fx = opened(provider)
    with pytest.warns(MalformedRowWarning, match=f"acme: 1 of 3 rows .*{says}"):
        assert str(fx.get_rate("USD", "CAD").value) == "1.4"
    known = {"EUR"} if bad["code"] == "EUR" else set()  # the provider has it
    assert fx.currencies() == {"USD", "CAD", "JPY"} | known
    provider.answer = lambda asked: reply([bad])
    with pytest.raises(MalformedResponseError, match=says):
        opened(provider, latest="/other").get_rate("USD", "CAD")


def test_what_is_computed_of_a_bad_value_is_bad(provider: Provider) -> None:
    def read(self: Acme, document: Any) -> Iterator[Row]:
        for each in document:
            yield each["day"], "USD", each["code"], (value_of(each["rate"]) + 1) / 2

    provider.answer = lambda asked: reply([row("1"), row("-", "EUR"), row("157", "JPY")])
    with pytest.warns(MalformedRowWarning, match="left out: EUR"):
        assert opened(provider, read=read).get_rate("USD", "JPY").value == 79
    with pytest.raises(ValueError, match="is not a rate"):
        value_of("-")


def test_codes_of_no_currency_are_left_out_unless_wanted(provider: Provider) -> None:
    provider.answer = lambda asked: reply([row("1.4"), row("0.00001", "BTC"), row("1", "USD")])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert opened(provider).currencies() == {"USD", "CAD"}
        assert opened(provider, beyond_iso=True).currencies() == {"USD", "CAD", "BTC"}


@pytest.mark.parametrize(
    ("declared", "day", "says"),
    [
        (
            BETWEEN,
            "2026-09-30",
            "2026-10-01 to 2026-10-08 was asked for, but the response has only 2026-09-30",
        ),
        (
            BETWEEN,
            "2026-10-09",
            "2026-10-01 to 2026-10-08 was asked for, but the response has only 2026-10-09",
        ),
        (
            {"daily": "/day/{day}"},
            "2026-10-09",
            "was asked for, but the response has only 2026-10-09",
        ),
        (BETWEEN, "9 October", "9 October"),
    ],
)
def test_other_days_than_were_asked_for_cost_the_response(
    provider: Provider, declared: dict[str, object], day: str, says: str
) -> None:
    provider.answer = lambda asked: reply([row("1.4", day=day)])
    with pytest.raises(MalformedResponseError, match=says):
        opened(provider, **declared).get_rate("USD", "CAD", date(2026, 10, 8))


def test_days_beyond_those_that_were_asked_for_are_left_out(provider: Provider) -> None:
    days = ("2026-09-30", "2026-10-08", "2026-10-09")
    provider.answer = lambda asked: reply([row("1.4", day=day) for day in days])
    day = date(2026, 10, 8)
    history = opened(provider, **BETWEEN).get_history("USD", "CAD", date(2026, 10, 1), day)
    assert [rate.on for rate in history] == [day]


def test_an_earlier_day_in_the_answer_of_one_day_is_a_rate_of_that_day(provider: Provider) -> None:
    def answer(asked: Asked) -> Reply:
        return reply([row("1.4", day=min(asked.path[-10:], "2026-10-09"))])

    provider.answer = answer
    fx = opened(provider, latest="/day/2026-10-09", daily="/day/{day}")
    assert fx.get_rate("USD", "CAD", date(2026, 10, 11)).on == date(2026, 10, 9)
    with pytest.raises(RateUnavailableError):
        fx.get_rate("USD", "CAD", date(2026, 10, 11), max_gap=0)


@pytest.mark.parametrize(
    "body",
    [
        '\ufeff <rates><rate day="2026-10-16" code="CAD">1.4</rate></rates>',
        '[{"day": "2026-10-16", "code": "CAD", "rate": 1.4}]',
        "day,code,rate\n2026-10-16,CAD,1.4\n",
    ],
)
def test_the_format_is_seen_from_the_body(provider: Provider, body: str) -> None:
    def read(self: Acme, document: Any) -> Iterator[Row]:
        for each in document:
            yield each.get("day"), "USD", each.get("code"), each.get("rate") or each.text

    provider.answer = lambda asked: reply(body.lstrip() if body[1] != " " else body)
    assert str(opened(provider, read=read).get_rate("USD", "CAD").value) == "1.4"


def test_a_driver_without_an_address_or_a_reader_is_told_so(provider: Provider) -> None:
    with pytest.raises(TypeError, match="Declared has neither observations nor an address"):
        opened(provider, latest=None)
    provider.answer = every_weekday
    with pytest.raises(forexhooks.DriverError, match="has no method read"):
        opened(provider, read=HttpDriver.read).get_rate("USD", "CAD")


@pytest.mark.parametrize(("days", "asked"), [(7, 1), (60, 2)])
def test_past_days_are_asked_for_again_while_they_may_be_corrected(
    provider: Provider, days: int, asked: int
) -> None:
    provider.answer = every_weekday
    profile = Acme.profile._replace(corrected_within=timedelta(days))
    on = date(2026, 9, 15)
    for hour in (9, 12):
        with time_machine.travel(datetime(2026, 10, 16, hour, tzinfo=UTC), tick=False):
            fx = opened(provider, profile=profile, **BETWEEN)
            fx.get_history("USD", "CAD", on, on)
    assert len([path for path in provider.paths if path.startswith("/span")]) == asked


def test_a_row_that_comes_twice_counts_once_and_two_values_of_one_day_cost_the_response(
    provider: Provider,
) -> None:
    provider.answer = lambda asked: reply([row("1.4"), row("1.40"), row("1.4")])
    assert opened(provider).get_rate("USD", "CAD").value == Decimal("1.4")
    provider.answer = lambda asked: reply([row("1.4"), row("1.5")])
    fx = opened(provider, latest="/other")
    with pytest.raises(MalformedResponseError, match=r"two values of USD/CAD on 2026-10-16: 1.4"):
        fx.get_rate("USD", "CAD")
    provider.answer = lambda asked: reply([row("1.5")])
    assert fx.get_rate("USD", "CAD").value == Decimal("1.5")  # the bad one was not kept


@pytest.mark.parametrize(("days", "is_refused"), [(1, False), (10, False), (11, True)])
def test_rows_ahead_wait_for_their_day(provider: Provider, days: int, is_refused: bool) -> None:
    ahead = TODAY + timedelta(days)
    provider.answer = lambda asked: reply([row("1.4"), row("1.5", day=ahead)])
    fx = opened(provider)
    if is_refused:
        with pytest.raises(MalformedResponseError, match=f"{ahead}, which is in the future"):
            fx.get_rate("USD", "CAD")
        return
    assert fx.get_rate("USD", "CAD").on == TODAY
    with time_machine.travel(datetime(2026, 10, 16, 22, tzinfo=UTC) + timedelta(days), tick=False):
        assert opened(provider).get_rate("USD", "CAD").on == ahead


def test_rows_of_earlier_days_are_left_out_where_answers_begin_earlier(provider: Provider) -> None:
    provider.answer = lambda asked: reply(
        [row("1.3", day="2026-09-30"), row("1.4", day="2026-10-01")]
    )
    fx = opened(provider, **BETWEEN, begins_earlier=True)
    history = fx.get_history("USD", "CAD", date(2026, 10, 1), date(2026, 10, 2))
    assert [(rate.on.day, str(rate.value)) for rate in history] == [(1, "1.4")]
    with pytest.raises(RateUnavailableError):  # nothing but earlier days is no fault of it
        fx.get_rate("USD", "CAD", date(2026, 10, 3), max_gap=0)
    with pytest.raises(MalformedResponseError, match="the response has only 2026-10-01"):
        fx.get_history("USD", "CAD", date(2026, 9, 28), date(2026, 9, 29))


def test_declared_addresses_are_asked_by_post_where_there_is_content(provider: Provider) -> None:
    def content(self: Acme, currencies: object, start: date | None, end: date | None) -> str | None:
        return None if start is None else f"{start}<{end}"

    def answer(asked: Asked) -> Reply:
        return reply([row("1.4", day=asked.content.decode()[-10:] or TODAY)])

    provider.answer = answer
    fx = opened(provider, between="/data", content=content, headers={"Content-Type": "text/plain"})
    assert fx.get_rate("USD", "CAD").on == TODAY
    fx.get_history("USD", "CAD", date(2026, 10, 1), date(2026, 10, 2))
    fx.get_history("USD", "CAD", date(2026, 9, 1), date(2026, 9, 2))
    assert [(asked.method, asked.path, asked.content.decode()) for asked in provider.asked] == [
        ("GET", "/latest", ""),
        ("POST", "/data", "2026-10-01<2026-10-02"),
        ("POST", "/data", "2026-09-01<2026-09-02"),
    ]
    assert provider.asked[1].headers["content-type"] == "text/plain"


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (
            401,
            forexhooks.AuthenticationError,
            "check the setting app_id, and what your plan includes",
        ),
        (429, forexhooks.QuotaError, "ask again in 90 s"),
        (503, forexhooks.TransientError, "ask again later"),
        (400, MalformedResponseError, "check base_url"),
    ],
)
def test_a_refusal_that_only_the_body_tells(
    provider: Provider, status: int, kind: type[forexhooks.DriverError], says: str
) -> None:
    def parse(self: Acme, answered: Any) -> Any:
        raise self.refused(answered, status)

    profile = Acme.profile._replace(key="app_id: see acme.example")
    provider.answer = lambda asked: reply({"error": "we do not like you"})
    fx = opened(provider, parse=parse, blocked_for=90, profile=profile)
    with pytest.raises(kind, match=f"^acme: .*answered {status}: .*like you.*{says}") as error:
        fx.get_rate("USD", "CAD")
    assert getattr(error.value, "retry_after", None) == (90 if status == 429 else None)


class OneByOne(Acme):
    all_at_once = False

    def observations(
        self, currencies: Any, start: date | None, end: date | None, series: str | None = None
    ) -> Iterator[forexhooks.Observation]:
        for code in sorted({*currencies} - {"USD"}):
            yield from self.fetch_rows(f"/{code}", start=start, end=end)

    def currencies(self) -> set[str]:
        return {"USD", "CAD", "EUR", "JPY"}


WAYS: dict[str, dict[str, Any]] = {
    "all_at_once": BETWEEN,
    "all_at_once_from_one_address": {},
    "by_codes": {"all_at_once": False, "latest": "/latest/{codes}", **BETWEEN},
    "one_by_one": {
        each: vars(OneByOne)[each] for each in ("all_at_once", "observations", "currencies")
    },
}


@pytest.mark.parametrize("way", WAYS)
def test_no_content_means_that_there_are_no_rates(provider: Provider, way: str) -> None:
    provider.answer = lambda asked: reply("", 204)
    fx = opened(provider, **WAYS[way])
    assert fx.get_history("USD", "CAD", date(2026, 9, 1), date(2026, 9, 4)) == []
    with pytest.raises(RateUnavailableError):
        fx.get_rate("USD", "CAD", date(2026, 9, 4))
    with pytest.raises(forexhooks.ForexError) as error:
        fx.get_rate("USD", "CAD")
    if way == "one_by_one":
        assert isinstance(error.value, RateUnavailableError)
    else:  # of all currencies, none
        assert "no rates when asked for the latest of all" in str(error.value)


@pytest.mark.parametrize("body", ["", " \n"])
@pytest.mark.parametrize("day", [None, date(2026, 9, 4)])
@pytest.mark.parametrize("way", WAYS)
def test_an_empty_body_is_said_to_be_empty(
    provider: Provider, way: str, day: date | None, body: str
) -> None:
    provider.answer = lambda asked: reply(body)
    with pytest.raises(MalformedResponseError, match="the response is empty"):
        opened(provider, **WAYS[way]).get_rate("USD", "CAD", day)


def one_suspended(asked: Asked) -> Reply:
    code = asked.path[1:]
    return reply([] if code == "EUR" else [row("1.4", code)])


def test_a_suspended_currency_costs_only_itself(provider: Provider) -> None:
    provider.answer = one_suspended
    fx = opened(provider, **WAYS["one_by_one"])
    found = fx.rates_or_errors("USD", ["CAD", "EUR", "JPY"])
    assert [type(each) for each in found] == [
        forexhooks.Rate,
        RateUnavailableError,
        forexhooks.Rate,
    ]
    assert "USD/EUR" in str(found[1])
    with pytest.raises(RateUnavailableError, match="USD/EUR"):
        fx.get_rates("USD", ["CAD", "EUR"])
    with pytest.raises(RateUnavailableError, match="USD/EUR"):
        fx.get_rate("USD", "EUR")  # from memory


def test_if_no_currency_has_rates_the_format_may_have_changed(provider: Provider) -> None:
    provider.answer = lambda asked: reply([])
    for _ in range(2):  # not remembered
        fx = opened(provider, **WAYS["one_by_one"])
        with pytest.raises(MalformedResponseError, match=r"/CAD .*there are no rates in it"):
            fx.get_rates("USD", ["CAD", "EUR"])
        with pytest.raises(MalformedResponseError, match=r"/EUR .*there are no rates in it"):
            fx.get_rate("USD", "EUR")
