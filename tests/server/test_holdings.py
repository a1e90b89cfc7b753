"""What is held, of which days: said where it is known, and the same however it is asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from forexhooks import ForexManager
from forexhooks.testing import FixedRates
from server_of_ours import Server, serving

TODAY = datetime.now(UTC).date()


def test_currencies_have_the_first_and_the_last_day_that_is_held(server: Server) -> None:
    listed = {each["iso_code"]: each for each in server.get("/v2/currencies?scope=all")}
    days = {code: (each["start_date"], each["end_date"]) for code, each in listed.items()}
    assert days["EUR"] == days["USD"] == ("1999-01-04", "2026-10-30")
    assert days["HRK"] == ("2005-04-01", "2022-12-30")
    assert {each["end_date"] for each in server.get("/v2/currencies")} == {"2026-10-30"}
    assert {each["symbol"] for each in listed.values()} == {None}


def test_providers_have_what_their_profile_and_their_store_say(manager: ForexManager) -> None:
    with serving(manager, "ecb", "nbp") as server:
        ecb, nbp = server.get("/v2/providers")
    assert (ecb["start_date"], ecb["end_date"]) == ("1999-01-04", "2026-10-30")
    assert ecb["country_code"] == "EU" and ecb["publishes_missed"] >= 0
    # It asks its provider each time: what there is of it is not known.
    assert nbp["start_date"] == "2002-01-02" and nbp["end_date"] is None
    assert nbp["publishes_missed"] is None


def test_where_no_driver_knows_it_is_null_but_for_the_day_of_the_latest() -> None:
    with ForexManager() as manager:
        manager.register(FixedRates({TODAY: {"EUR/USD": 1}}))
        with serving(manager, "fixed") as server:
            found = {each["iso_code"]: each for each in server.get("/v2/currencies")}
    assert (found["USD"]["start_date"], found["USD"]["end_date"]) == (None, f"{TODAY}")


@pytest.mark.parametrize(
    "path",
    ["/v1/{on}?symbols=USD", "/{on}", "/v2/rates?date={on}", "/v2/rate/EUR/USD?date={on}"],
)
@pytest.mark.parametrize("age", [3, 40])
def test_a_day_to_come_is_answered_as_today_is(path: str, age: int) -> None:
    """Also where the store is old: its latest rate is not carried as far as today."""
    with ForexManager() as manager:
        manager.register(FixedRates({TODAY - timedelta(age): {"EUR/USD": "1.1"}}))
        with serving(manager, "fixed") as server:
            today = server.ask(path.format(on=TODAY))
            to_come = server.ask(path.format(on="2199-01-01"))
            assert server.ask("/v1/latest?symbols=USD").status == 200
    assert today.status == to_come.status == (200 if age == 3 else 404)
    assert today.body == to_come.body


def test_where_a_store_is_short_not_found_says_so(server: Server) -> None:
    for path in (f"/v1/{TODAY}?symbols=USD", f"/v2/rate/EUR/USD?date={TODAY}"):
        reply = server.ask(path)
        assert reply.status == 404 and "2026-10-30" in reply.headers["forexhooks-stale"]
        assert reply.headers["cache-control"] == "no-store"


HISTORY = "/api/history?base=EUR&quote=USD"


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (date(1990, 1, 1), date(1990, 2, 1), "before the first day"),
        (TODAY - timedelta(3), TODAY, "after the last day"),
        (date(2199, 1, 1), date(2199, 2, 1), "in the future"),
    ],
)
def test_a_history_without_a_day_is_a_problem_with_its_reason(
    server: Server, start: date, end: date, reason: str
) -> None:
    reply = server.ask(f"{HISTORY}&start={start}&end={end}")
    assert (reply.status, reply.json["reason"]) == (404, reason)
    assert reply.headers["cache-control"] == "no-store"


def test_a_weekend_has_no_rates_and_is_no_problem(server: Server) -> None:
    assert server.get(f"{HISTORY}&start=2026-10-24&end=2026-10-25")["rates"] == []
