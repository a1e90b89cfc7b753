"""Computed series: the averages and month ends of a daily driver, however they are asked for."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import time_machine
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import forexhooks
from forexhooks import ForexManager, Observation, Profile, Rate, RateTable, Series, frames
from forexhooks import UnavailableReason as Reason
from forexhooks.cli import cli
from forexhooks.rates.computed import COMPUTED, computed_table

FIGURES = Path(__file__).parent / "figures"
NAMES = [each.name for each in COMPUTED]


@pytest.fixture(autouse=True)
def at_the_time(bundle_is_fresh: time_machine.Traveller) -> None:
    """It is the evening of 2026-10-30."""


@pytest.fixture
def manager() -> ForexManager:
    return ForexManager(discover=True)


def opened(manager: ForexManager, *names: str) -> forexhooks.ForexService:
    return forexhooks.open(*names, manager=manager, refresh=False)


def printed(name: str) -> list[tuple[date, str, Decimal]]:
    lines = [
        line
        for line in (FIGURES / name).read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    return [
        (date.fromisoformat(f"{row['month']}-15"), row["currency"], Decimal(row["per_euro"]))
        for row in csv.DictReader(lines)
    ]


# ------------------------------------------------------------------ what authorities printed


def test_the_averages_of_2025_are_those_that_the_german_ministry_printed(
    manager: ForexManager,
) -> None:
    fx = opened(manager, "ecb:month-average")
    figures = printed("bmf-2025.csv")
    assert len(figures) == 72
    for day, code, value in figures:
        assert (day, code, fx.get_rate("EUR", code, day).value) == (day, code, value)


def test_the_ends_of_months_are_those_of_the_ecbs_own_series(manager: ForexManager) -> None:
    """M.USD.EUR.SP00.E of the ECB's data portal: 1.1596 for August 2026, 1.1355 for September."""
    fx = opened(manager, "ecb:month-end")
    for day, value in ((date(2026, 8, 31), "1.1596"), (date(2026, 9, 30), "1.1355")):
        rate = fx.get_rate("EUR", "USD", day)
        assert (rate.value, rate.on, rate.until, rate.kind) == (Decimal(value), day, None, "direct")


# ------------------------------------------------------------------ where a value comes from


def test_an_average_says_what_it_is_made_of(manager: ForexManager) -> None:
    rate = opened(manager, "ecb:month-average").get_rate("EUR", "USD", date(2025, 2, 10))
    assert (rate.driver, rate.series, rate.kind) == ("ecb", "month-average", "derived")
    assert (rate.on, rate.until) == (date(2025, 2, 1), date(2025, 2, 28))
    [made_of] = rate.inputs
    assert (made_of.source, made_of.series) == ("ecb", None)
    assert (made_of.first, made_of.last) == (date(2025, 2, 3), date(2025, 2, 28))
    assert made_of.observations == 20
    assert f"{rate}" == "1 EUR = 1.0413 USD (2025-02-01 to 2025-02-28, ecb:month-average, derived)"


def test_inverses_and_crosses_are_made_of_the_averages(manager: ForexManager) -> None:
    fx = opened(manager, "ecb:month-average")
    day = date(2025, 2, 10)
    dollar, canadian = (fx.get_rate("EUR", code, day).value for code in ("USD", "CAD"))
    inverse, cross = fx.get_rate("USD", "EUR", day), fx.get_rate("USD", "CAD", day)
    assert Fraction(inverse.value).limit_denominator(10**6) == 1 / Fraction(dollar)
    assert [leg.value for leg in cross.legs] == [dollar, canadian]
    assert len(cross.inputs) == 2 and cross.kind == "derived"
    assert fx.convert(100, "USD", "CAD", day) == Decimal("143.02")


# ------------------------------------------------------------------ what there is no value of


def test_a_period_that_is_not_over_has_no_average_of_a_part(manager: ForexManager) -> None:
    with time_machine.travel("2026-10-30T09:00:00Z", tick=False):  # before the last fixing
        assert opened(manager, "ecb").get_rate("EUR", "USD").on == date(2026, 10, 30)
    year = opened(manager, "ecb:year-average")
    with pytest.raises(forexhooks.RateUnavailableError) as caught:
        year.get_rate("EUR", "USD", date(2026, 10, 30))
    assert caught.value.reason is Reason.NOT_PUBLISHED_YET
    assert year.get_rate("EUR", "USD").until == date(2025, 12, 31)  # the latest there is
    october = opened(manager, "ecb:month-average").get_rate("EUR", "USD")
    assert (october.on, october.until) == (date(2026, 10, 1), date(2026, 10, 31))


def test_a_store_that_is_short_has_no_average_of_what_it_holds(manager: ForexManager) -> None:
    with time_machine.travel("2026-12-15T12:00:00Z", tick=False):
        fx = opened(manager, "ecb:month-average")
        with pytest.raises(forexhooks.RateUnavailableError) as caught:
            fx.get_rate("EUR", "USD", date(2026, 11, 10))
        assert caught.value.reason is Reason.AFTER_LAST_DAY
        assert "November 2026 should be out" in str(caught.value)
        latest = fx.rate_or_error("EUR", "USD")
        assert isinstance(latest, Rate) and latest.until == date(2026, 10, 31)
        assert "November 2026" in (latest.stale or "")


def test_a_currency_that_began_or_ended_amidst_a_month_has_no_average_of_it(
    manager: ForexManager,
) -> None:
    fx = opened(manager, "ecb:month-average")
    assert fx.get_rate("EUR", "HRK", date(2022, 12, 5)).until == date(2022, 12, 31)
    for code, day in (("RUB", date(2022, 3, 1)), ("ISK", date(2008, 12, 5))):
        answer = fx.rate_or_error("EUR", code, day)
        assert isinstance(answer, forexhooks.RateUnavailableError), answer
    assert isinstance(fx.rate_or_error("EUR", "RUB", date(2022, 2, 5)), Rate)


class Acme(forexhooks.Driver):
    """Daily rates of two currencies, from a table of days."""

    name = "acme"
    profile = Profile(title="Acme", pivot="EUR", history_from=date(2026, 1, 15))

    def __init__(self, values: dict[date, str] | None = None) -> None:
        self.asked: list[tuple[date | None, date | None]] = []
        self.values = values or {
            date(2026, 1, 15) + timedelta(number): f"1.{number:03}" for number in range(289)
        }

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterable[Observation]:
        self.asked.append((start, end))
        for day, value in self.values.items():
            if (start is None or start <= day) and (end is None or day <= end) and _is_week(day):
                yield Observation(day, "EUR", "USD", Decimal(value))


def _is_week(day: date) -> bool:
    return day.weekday() < 5


def test_a_driver_is_asked_for_whole_periods_and_its_first_is_left_out(
    manager: ForexManager,
) -> None:
    driver = Acme()
    manager.register(driver)
    fx = opened(manager, "acme:month-average")
    assert fx.get_rate("EUR", "USD", date(2026, 3, 10)).inputs[0].observations == 22
    assert driver.asked == [(date(2026, 3, 1), date(2026, 3, 31))]
    january = fx.rate_or_error("EUR", "USD", date(2026, 1, 20))  # it begins on the 15th
    assert isinstance(january, forexhooks.RateUnavailableError)
    history = fx.get_history("EUR", "USD", date(2026, 1, 1), date(2026, 10, 30))
    assert [f"{each.on:%m}" for each in history] == [f"{number:02}" for number in range(2, 11)]


class Published(Acme):
    name = "published"
    profile = Profile(
        title="Published",
        series=(Series("fixing"), Series("month-average", frequency="month", statistic="average")),
    )

    def observations(  # type: ignore[override]
        self, currencies: Any, start: Any, end: Any, series: str
    ) -> Iterable[Observation]:
        if series == "month-average":
            return [
                Observation(date(2026, 9, 1), "EUR", "USD", Decimal("7.7"), until=date(2026, 9, 30))
            ]
        return super().observations(currencies, start, end)


def test_a_series_that_is_published_wins(manager: ForexManager) -> None:
    manager.register(Published())
    rate = opened(manager, "published:month-average").get_rate("EUR", "USD", date(2026, 9, 5))
    assert (rate.value, rate.inputs) == (Decimal("7.7"), ())
    computed = opened(manager, "published:month-end").get_rate("EUR", "USD", date(2026, 9, 30))
    assert computed.on == date(2026, 9, 30)


def test_who_has_no_daily_history_has_no_computed_series(manager: ForexManager) -> None:
    for name in ("erapi:month-average", "ecb:month"):
        with pytest.raises(forexhooks.UnknownSeriesError) as caught:
            opened(manager, name)
        assert ("ecb:month-average" in str(caught.value)) == name.startswith("ecb")


# ------------------------------------------------------------------ every way in


def test_columns_files_and_histories(manager: ForexManager, tmp_path: Path) -> None:
    fx = opened(manager, "ecb:month-average")
    days = [date(2025, 1, 31), date(2025, 2, 1), date(2025, 12, 31)]
    frame = pl.DataFrame({"amount": ["100"] * 3, "currency": ["USD"] * 3, "day": days})
    found = frames.convert(
        frame, amount="amount", currency="currency", on="day", to="EUR", driver=fx
    )
    assert found.to_series(-1).to_list() == [fx.convert(100, "USD", "EUR", day) for day in days]
    history = fx.get_history("EUR", "USD", date(2025, 1, 15), date(2025, 3, 15))
    assert [(f"{each.on}", f"{each.value}") for each in history] == [
        ("2025-01-01", "1.0354"),
        ("2025-02-01", "1.0413"),
        ("2025-03-01", "1.0807"),
    ]
    assert fx.get_rates("EUR", ["USD", "GBP"], days[1])["GBP"].value == Decimal("0.83071")


def test_chains_comparisons_and_the_command_line(manager: ForexManager) -> None:
    chain = opened(manager, "erapi", "ecb:month-average")
    rate = chain.get_rate("EUR", "USD", date(2025, 2, 10))
    assert (rate.series, [name for name, _ in rate.failures]) == ("month-average", ["erapi"])
    rows = forexhooks.compare(
        "EUR",
        "USD",
        date(2025, 2, 10),
        drivers=["ecb", "ecb:month-average"],
        manager=manager,
        refresh=False,
    )
    assert [row.rate is not None for row in rows] == [True, True]
    said = CliRunner().invoke(
        cli, ["rate", "EUR", "USD", "--on", "2025-02-10", "--driver", "ecb:month-average"]
    )
    assert said.output == (
        "1 EUR = 1.0413 USD (2025-02-01 to 2025-02-28, ecb:month-average, derived)\n"
    )


def test_a_lock_answers_as_the_series_did(manager: ForexManager, tmp_path: Path) -> None:
    path, day = tmp_path / "rates.lock", date(2025, 2, 10)
    with forexhooks.locking(path, "ecb:month-average", manager=manager) as fx:
        recorded = [fx.get_rate(*pair, day) for pair in (("EUR", "USD"), ("USD", "CAD"))]
    locked = forexhooks.open("ecb:month-average", lock=path)
    assert [locked.get_rate(rate.base, rate.quote, day) for rate in recorded] == recorded


def test_an_extension_adjusts_an_average_once(manager: ForexManager) -> None:
    class Dearer:
        @forexhooks.hookimpl(wrapper=True)
        def forex_get_rate(self) -> Any:
            rate = yield
            return rate and rate.adjusted(rate.value * 2)

        @forexhooks.hookimpl(wrapper=True)
        def forex_get_table(self) -> Any:
            table = yield
            return table and table.adjusted(lambda rate: rate.adjusted(rate.value * 2))

    manager.register(Dearer())
    rate = opened(manager, "ecb:month-average").get_rate("EUR", "USD", date(2025, 2, 10))
    assert (rate.value, rate.kind, rate.unadjusted) == (
        Decimal("2.0826"),
        "adjusted",
        Decimal("1.0413"),
    )


# ------------------------------------------------------------------ an old, slow oracle


@st.composite
def tables(draw: st.DrawFn) -> RateTable:
    first = date(2026, 1, 1) + timedelta(draw(st.integers(0, 40)))
    number = draw(st.integers(1, 200))
    found = []
    for code in draw(st.sampled_from([["USD"], ["USD", "CAD"]])):
        for day in (first + timedelta(each) for each in range(number)):
            if _is_week(day) and draw(st.integers(0, 30)):
                value = Decimal(draw(st.integers(1, 99_999))).scaleb(-4)
                found.append(Observation(day, "EUR", code, value))
    profile = Profile(title="test", pivot="EUR", history_from=first)
    return RateTable(found, driver="test", profile=profile)


@settings(max_examples=60)
@given(tables(), st.sampled_from(COMPUTED[:2]), st.integers(1, 9))
def test_every_day_has_the_mean_of_all_days_of_its_month_or_nothing(
    source: RateTable, series: Series, month: int
) -> None:
    begin = date(2026, month, 1)
    end = date(2026, month + 1, 1) - timedelta(1)
    table = computed_table(source, series, ["EUR", "USD", "CAD"], begin, end)
    observed: dict[str, list[Observation]] = {}
    for each in source.observations():
        if begin <= each.on <= end:
            observed.setdefault(each.quote, []).append(each)
    everyones = sorted({each.on for days in observed.values() for each in days})
    work = [begin + timedelta(n) for n in range(31) if _is_week(begin + timedelta(n))]
    work = [day for day in work if day <= end]
    history_from = source.profile.history_from
    for code in source.currencies - {"EUR"}:
        days = sorted(each.on for each in observed.get(code, []))
        is_whole = (
            bool(days)
            and (days[0], days[-1]) == (everyones[0], everyones[-1])
            and source.newest is not None
            and source.newest >= work[-1]
            and history_from is not None
            and history_from <= work[0]
            and max((days[0] - work[0]).days, (work[-1] - days[-1]).days) <= 5
        )
        for on in (begin, end) if series.statistic == "average" else days[-1:]:
            try:
                rate = table.get_rate("EUR", code, on, 0)
            except forexhooks.ForexError:
                assert not is_whole
                continue
            assert is_whole
            values = [each.value for each in observed[code]]
            if series.statistic == "end":
                assert (rate.value, rate.on) == (values[-1], days[-1])
                continue
            mean = sum(map(Fraction, values), Fraction()) / len(values)
            places = max(
                -each.value.as_tuple().exponent
                for each in source.observations()
                if each.quote == code
            )
            # Rounded half up, by whole numbers.
            rounded = (mean * 10**places * 2 + 1) // 2
            assert rate.value == Decimal(int(rounded)).scaleb(-places)
            assert rate.inputs[0].observations == len(values)
