"""Anchors and directions: which day a rule looks from, beside an oracle that tries each day."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import forexhooks
from forexhooks import Anchor, Rule

DAYS = st.dates(date(1999, 1, 1), date(2029, 12, 31))
ANCHORS = st.builds(
    Anchor,
    period=st.sampled_from(["month", "quarter", "year"]),
    before=st.integers(0, 2),
    weekday=st.none() | st.integers(0, 6),
    last=st.integers(1, 4),
)
RIGHT: dict[str, Any] = {"title": "A", "source": "ecb", "home": "EUR", "direction": "before"}


def number_of(day: date, period: str) -> int:
    """The number of the period that a day is in."""
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    return (day.year * 12 + day.month - 1) // months


@given(ANCHORS, DAYS)
def test_an_anchor_is_the_nth_such_day_from_the_end_of_its_period(
    anchor: Anchor, day: date
) -> None:
    assert anchor.period is not None
    wanted = number_of(day, anchor.period) - anchor.before
    around = (day + timedelta(days=each) for each in range(-3 * 366, 367))
    such = [
        each
        for each in around
        if number_of(each, anchor.period) == wanted and anchor.weekday in (None, each.weekday())
    ]
    assert anchor.of(day) == such[-anchor.last]


@given(DAYS)
def test_the_anchor_of_a_day_is_by_default_itself(day: date) -> None:
    assert Anchor().of(day) == day
    assert Rule(**{**RIGHT, "direction": "at or before"}).source_day(day) == day
    assert Rule(**RIGHT).source_day(day) == day - timedelta(1)


@pytest.mark.parametrize(
    ("on", "working_day"),
    [
        (date(2026, 1, 7), date(2026, 1, 5)),  # the 6th is Epiphany
        (date(2026, 5, 4), date(2026, 4, 30)),  # the 1st and the 3rd are holidays
        (date(2026, 11, 12), date(2026, 11, 10)),  # the 11th is Independence Day
        (date(2026, 11, 13), date(2026, 11, 12)),
    ],
)
def test_working_days_are_those_of_the_country(on: date, working_day: date) -> None:
    pytest.importorskip("holidays")
    assert Rule(**RIGHT, working_days="PL").source_day(on) == working_day


def test_a_country_that_nobody_knows_the_holidays_of() -> None:
    pytest.importorskip("holidays")
    with pytest.raises(forexhooks.PluginError, match="working_days is 'XX'"):
        Rule(**RIGHT, working_days="XX").source_day(date(2026, 1, 1))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"home": "EURO"}, "home must be a currency code like PLN, not 'EURO'"),
        ({"source": ""}, "source must be a non-empty string"),
        (
            {"country": "Poland"},
            "country must be an ISO 3166 code of two letters, like PL, or EU, not 'Poland'",
        ),
        ({"purposes": "vat"}, "purposes must be words like"),
        ({"purposes": ("vat", "")}, "must be words like"),
        ({"direction": "after"}, "direction must be one of 'at or before'"),
        ({"anchor": "month"}, "anchor must be an Anchor"),
        ({"anchor": Anchor("week")}, "anchor must be an Anchor"),  # type: ignore[arg-type]
        ({"anchor": Anchor("month", weekday=7)}, "weekday from 0 to 6"),
        ({"anchor": Anchor("month", last=0)}, "last from 1 to 4"),
        ({"anchor": Anchor("month", before=-1)}, "before 0 or more"),
        (
            {"zone": "Europe/Krakow"},
            "zone must be a time zone like Europe/Warsaw",
        ),
        ({"direction": "nearest", "working_days": "PL"}, "only applies to the direction 'before'"),
        ({"valid_from": "2016-05-01"}, "valid_from must be a datetime.date, not '2016-05-01'"),
    ],
)
def test_what_makes_no_sense_is_refused_by_the_name_of_its_field(
    wrong: dict[str, object], said: str
) -> None:
    with pytest.raises(forexhooks.PluginError, match=said):
        Rule(**{**RIGHT, **wrong})
