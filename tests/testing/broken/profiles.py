"""Drivers whose profiles say what is not so."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from broken.well import FIRST, Acme, Breakage

_ZONE = "test_it_publishes_by_day_where_its_currency_is"


def _with(says: str, name: str, found_by: str, **fields: Any) -> Breakage:
    profile = Acme.profile._replace(**fields)
    driver = type("Misdescribed", (Acme,), {"profile": profile})
    return Breakage(name, driver, frozenset({found_by} - {""}), says)


class OneByOne(Acme):
    """It has one answer for all currencies, and asks for it again for each of them."""

    all_at_once = False


_LATE = _with("samples", "its first day too late", "test_samples", history_from=date(2010, 1, 11))

ALL = (
    _with("", "the zone of New York", "", published_at=time(13), zone="America/New_York"),
    _with("the time zone of the provider", "the zone of Tokyo", _ZONE, zone="Asia/Tokyo"),
    _with("the time zone of the provider", "the zone of Auckland", _ZONE, zone="Pacific/Auckland"),
    _with(
        "the time zone of the provider", "a bank in UTC", _ZONE, published_at=time(13), zone="UTC"
    ),
    _with(
        "at night",
        "out at half past midnight",
        _ZONE,
        published_at=time(0, 30),
        zone="America/New_York",
    ),
    _with(
        "the first day that the provider has",
        "its first day too early",
        "test_the_first_day_is_that_of_the_profile",
        history_from=date(1999, 1, 4),
    ),
    _LATE._replace(given={"samples": [("USD", "CAD", FIRST, "1.3969")]}),
    _with(
        "set it to the first day that the provider has",
        "its first day after the newest",
        "test_the_latest_is_answered",
        history_from=date(2027, 1, 4),
    ),
    _with(
        "leave day_by_day out",
        "day by day, it says",
        "test_a_history_that_takes_one_request_is_not_day_by_day",
        day_by_day=True,
    ),
    _with(
        "that key= names",
        "another setting's key",
        "test_a_missing_key_says_where_to_put_it",
        key="token: https://acme.example/signup",
    ),
    Breakage(
        "currencies one by one",
        OneByOne,
        frozenset({"test_one_answer_for_all_currencies_is_asked_for_once"}),
        "all_at_once = True",
    ),
)
