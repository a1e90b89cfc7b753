"""Columns of drivers with periods, and with ways that compete: what get_rate says on each day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forexhooks
from forexhooks import Driver, ForexError, Observation, Profile, frames

START, END = date(2022, 12, 5), date(2023, 1, 20)
ALL_DAYS = [START + timedelta(number) for number in range(-9, (END - START).days + 10)]
CODES = ("EUR", "USD", "GBP", "HRK")


class Published(Driver):
    """Has these observations, and counts what its tables are asked for."""

    name = "published"

    def __init__(self, observations: Sequence[Observation]) -> None:
        self.profile = Profile(title="Published", pivot="EUR")
        self._observations = observations

    def observations(self, *_asked: object) -> Iterator[Observation]:
        yield from self._observations


def service(driver: Driver) -> forexhooks.ForexService:
    manager = forexhooks.ForexManager()
    manager.register(driver)
    return forexhooks.open("published", manager=manager)


@st.composite
def published(draw: st.DrawFn) -> list[Observation]:
    """Days and periods of some pairs, in either direction; a period overlaps no other."""
    found = []
    pairs = draw(st.sets(st.sampled_from([(a, b) for a in CODES for b in CODES if a != b])))
    for base, quote in sorted(pairs):
        day = START + timedelta(draw(st.integers(0, 20)))
        while day <= END and draw(st.integers(0, 9)):
            value = Decimal(draw(st.integers(100, 120))) / 100
            length = draw(st.sampled_from([None, None, 0, 6, 13]))
            until = None if length is None else day + timedelta(length)
            found.append(Observation(day, base, quote, value, until))
            day = (until or day) + timedelta(draw(st.sampled_from([1, 1, 3, 12])))
    return found


def expected(fx: forexhooks.ForexService, base: str, quote: str, day: date, gap: int | None) -> Any:
    try:
        return float(fx.convert(1000, base, quote, day, max_gap=gap, places=6))
    except ForexError as error:
        return str(error)


@pytest.mark.usefixtures("bundle_is_fresh")
@settings(max_examples=25)
@given(published(), st.none() | st.integers(0, 5))
def test_every_day_is_as_it_is_alone(observations: list[Observation], gap: int | None) -> None:
    try:
        fx = service(Published(observations))
        fx.get_table(CODES, START, END)
    except ForexError:
        return  # both directions of a pair contradict each other
    rows = [(1000.0, a, b, day) for a in CODES for b in CODES for day in ALL_DAYS]
    frame = pl.DataFrame(rows, schema=["amount", "ccy", "to", "on"], orient="row")
    columns: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "to", "on": "on"}
    converter = frames.Converter(fx, places=6, max_gap=gap)
    for part in (frame[::97], frame):
        done, failures = converter.convert(part, into="found", **columns)
        found: list[Any] = done["found"].to_list()
        for row, error in failures:
            found[row] = str(error)
        assert found == [expected(fx, base, quote, day, gap) for _, base, quote, day in part.rows()]


def months(codes: Sequence[str], year: int) -> Iterator[Observation]:
    for month in range(1, 13):
        first = date(year, month, 1)
        last = (first + timedelta(31)).replace(day=1) - timedelta(1)
        for number, code in enumerate(codes):
            yield Observation(first, "EUR", code, Decimal(100 + month + number) / 100, last)


@pytest.mark.usefixtures("bundle_is_fresh")
def test_a_month_is_asked_for_once_and_not_day_by_day(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[date] = []
    answer = forexhooks.RateTable.get_rate

    def counted(table: forexhooks.RateTable, base: str, quote: str, on: Any, *gap: Any) -> Any:
        asked.append(on)
        return answer(table, base, quote, on, *gap)

    fx = service(Published([*months(["USD", "GBP"], 2024), *months(["USD", "GBP"], 2025)]))
    monkeypatch.setattr(forexhooks.RateTable, "get_rate", counted)
    listed = frames.rates(
        ["USD", "GBP"], date(2024, 1, 1), date(2025, 12, 31), base="EUR", driver=fx
    )
    assert len(listed) == 2 * 731
    assert len(asked) <= 2 * (24 + 2)
    assert {day.date().replace(day=1) for day in listed["on"]} == {
        day.date() for day in listed["observed"]
    }
