from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, time, timedelta
from inspect import signature
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from forexhooks import PluginError, Profile, every_day

ECB_LIKE = Profile(
    title="t", published_at=time(16), zone="Europe/Berlin", grace=timedelta(minutes=30)
)


@pytest.mark.parametrize(
    ("frequency", "gap"),
    [("day", 7), ("week", 14), ("month", 45), ("quarter", 106), ("year", 380)],
)
def test_the_frequency_sets_the_gap(frequency: str, gap: int) -> None:
    assert Profile(title="t", frequency=frequency).max_gap == gap  # type: ignore[arg-type]


def test_a_frequency_that_is_none() -> None:
    with pytest.raises(PluginError, match="frequency must be 'day', 'week'"):
        Profile(title="t", frequency="hourly")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", None),
        ("title", 3),
        ("url", b"https://acme.example"),
        ("pivot", "usd"),
        ("pivot", ("USD",)),
        ("pivot", "US dollar"),
        ("history_from", "2010-01-04"),
        ("history_from", datetime(2010, 1, 4, tzinfo=UTC)),
        ("latest_only", "no"),
        ("frequency", ["day"]),
        ("published_at", "16:00"),
        ("zone", ZoneInfo("Europe/Berlin")),
        ("zone", "Europe/Krakow"),
        ("zone", "CET "),
        ("zone", "Europe"),
        ("zone", "../zoneinfo/UTC"),
        ("zone", ""),
        ("country", "Poland"),
        ("country", "pl"),
        ("grace", 30),
        ("request_limits", (5, timedelta(seconds=1))),
        ("request_limits", ((0, timedelta(seconds=1)),)),
        ("request_limits", ((5, 1),)),
        ("request_limits", ((5, timedelta(0)),)),
        ("time_to_live", timedelta(-1)),
        ("publication_days", [0, 1, 2]),
        ("publication_days", None),
        ("example", ("USD", "CAD")),
        ("example", ("USD", "CAD", "2026-10-30")),
    ],
)
def test_a_field_of_another_kind_is_named(field: str, value: object) -> None:
    fields: dict[str, Any] = {"title": "Acme Bank", field: value}
    title = fields["title"]
    with pytest.raises(PluginError, match=rf"^the profile of {title!r}: {field} must be .*, not "):
        Profile(**fields)


def test_a_profile_is_made_by_places_copied_and_pickled() -> None:
    assert Profile("t", None, "mid").publishes == "mid"
    assert pickle.loads(pickle.dumps(ECB_LIKE)) == ECB_LIKE  # noqa: S301
    assert ECB_LIKE._replace(zone="UTC").zone == "UTC"
    assert list(signature(Profile).parameters) == list(Profile._fields)
    with pytest.raises(TypeError, match="max_gap"):
        Profile(title="t", max_gap=3)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ((2026, 7, 1, 14, 29), date(2026, 6, 30)),  # 16:29 in summer
        ((2026, 7, 1, 14, 30), date(2026, 7, 1)),
        ((2026, 12, 1, 15, 29), date(2026, 11, 30)),  # 16:29 in winter
        ((2026, 12, 1, 15, 30), date(2026, 12, 1)),
        ((2026, 11, 1, 20, 0), date(2026, 10, 30)),  # a Sunday
        ((2026, 11, 1, 23, 30), date(2026, 10, 30)),  # Monday in Berlin
    ],
)
def test_what_is_due_at_a_time_of_day(now: tuple[int, int, int, int, int], due: date) -> None:
    with time_machine.travel(datetime(*now, tzinfo=UTC), tick=False):
        assert ECB_LIKE.newest_due() == due
        assert ECB_LIKE.newest_due(date(2026, 5, 3)) == date(2026, 5, 1)


def test_without_a_time_a_day_is_due_when_it_is_over() -> None:
    with time_machine.travel(datetime(2026, 11, 1, 23, 59, tzinfo=UTC), tick=False):
        assert Profile(title="t", publication_days=every_day).newest_due() == date(2026, 10, 31)
        assert Profile(title="t").newest_due() == date(2026, 10, 30)


@pytest.mark.parametrize(("hour", "due"), [(15, date(2026, 10, 22)), (17, date(2026, 10, 23))])
def test_a_day_may_be_out_days_later(hour: int, due: date) -> None:
    profile = ECB_LIKE._replace(grace=timedelta(days=4), zone="UTC")
    with time_machine.travel(datetime(2026, 10, 27, hour, tzinfo=UTC), tick=False):
        assert profile.newest_due() == due  # on Tuesday that of Friday is


def test_other_frequencies_are_due_within_their_length() -> None:
    with time_machine.travel(datetime(2026, 11, 10, 12, tzinfo=UTC), tick=False):
        weekly = Profile(title="t", frequency="week")
        assert weekly.newest_due() == date(2026, 11, 3)
        assert weekly.newest_due(date(2026, 11, 8)) == date(2026, 11, 1)
        assert Profile(title="t", frequency="month").newest_due() == date(2026, 10, 10)


def test_today_is_that_of_the_zone() -> None:
    with time_machine.travel(datetime(2026, 11, 1, 23, 30, tzinfo=UTC), tick=False):
        assert Profile(title="t").today() == date(2026, 11, 1)
        assert ECB_LIKE.today() == date(2026, 11, 2)
        assert Profile(title="t", zone="America/Toronto").today() == date(2026, 11, 1)


@given(
    st.datetimes(datetime(2024, 1, 8), datetime(2027, 12, 31)),  # noqa: DTZ001
    st.one_of(st.none(), st.dates(date(2023, 1, 1), date(2028, 1, 1))),
)
def test_what_is_due_is_a_publication_day_that_has_come(now: datetime, on: date | None) -> None:
    now = now.replace(tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        due = ECB_LIKE.newest_due(on)
        today = ECB_LIKE.today()
    assert due.weekday() < 5
    assert due <= min(today, on or today)
    local = now.astimezone(ZoneInfo("Europe/Berlin"))
    latest = today if local.time() >= time(16, 30) else today - timedelta(1)
    latest = min(latest, on or latest)
    assert 0 <= (latest - due).days <= 2
    assert all((due + timedelta(days)).weekday() > 4 for days in range(1, (latest - due).days + 1))


def test_a_holiday_of_the_provider_is_not_due() -> None:
    profile = Profile(
        title="t", publication_days=lambda day: day.weekday() < 5 and (day.month, day.day) != (5, 1)
    )
    with time_machine.travel(datetime(2026, 5, 3, 12, tzinfo=UTC), tick=False):
        assert profile.newest_due() == date(2026, 4, 30)


def test_only_the_title_must_be_given() -> None:
    profile = Profile(title="t")
    assert (profile.frequency, profile.zone, profile.max_gap, profile.pivot, profile.verified) == (
        "day", "UTC", 7, None, False,
    )  # fmt: skip
    with pytest.raises(TypeError, match="title"):
        Profile()  # type: ignore[call-arg]


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001
    st.dates(date(2025, 12, 20), date(2027, 1, 5)),
    st.none() | st.dates(date(2025, 12, 20), date(2027, 1, 5)),
    st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati", "Pacific/Pago_Pago"]),
)
def test_overdue_is_what_is_due_and_not_held(
    now: datetime, held: date, on: date | None, zone: str
) -> None:
    profile = Profile(title="t", zone=zone, published_at=time(16))
    with time_machine.travel(now.replace(tzinfo=UTC), tick=False):
        due, overdue = profile.newest_due(on), profile.overdue(held, on)
    assert (overdue is not None) is (due > held)
    assert overdue is None or held < overdue <= due
