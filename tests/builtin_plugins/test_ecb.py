"""The ECB driver over the history that comes with it."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext
from pathlib import Path

import pytest
import time_machine

import forexhooks
from fakes import ecb as fake
from forexhooks import Observation, RateTable, UnavailableReason
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_ecb import ECB
from forexhooks_ecb.grid import Grid
from forexhooks_ecb.store import packed
from forexhooks_ecb.target import easter_sunday, is_target_day

NEWEST = date(2026, 10, 30)


class TestECB(DriverTests):
    today = date(2026, 10, 30)
    samples = (
        ("EUR", "USD", None, "1.1172"),
        ("USD", "CAD", None, "1.5606/1.1172"),
        ("EUR", "HRK", date(2022, 12, 31), "7.5365"),
    )

    answer = staticmethod(fake.answer)

    def make_driver(self, server: ForexServer) -> ECB:
        return ECB(base_url=server.url)


@pytest.fixture(scope="module")
def fx() -> Iterator[forexhooks.ForexService]:
    with forexhooks.ForexManager() as manager:
        manager.register(ECB())
        yield forexhooks.open("ecb", manager=manager)


@pytest.fixture(scope="module")
def table() -> Iterator[RateTable]:
    driver = ECB()
    yield driver.table()
    driver.close()


def test_the_whole_history_is_there(table: RateTable) -> None:
    observations = list(table.observations())
    assert len(observations) == 221_702
    assert len({each.on for each in observations}) == 7_126
    assert {each.base for each in observations} == {"EUR"}
    assert len({each.quote for each in observations}) == 41
    assert (min(each.on for each in observations), table.newest) == (date(1999, 1, 4), NEWEST)


@pytest.mark.parametrize(
    ("pair", "on", "value"),
    [
        ("EUR/USD", NEWEST, "1.1172"),
        ("EUR/CAD", NEWEST, "1.5606"),
        ("EUR/JPY", NEWEST, "175.68"),
        ("EUR/ISK", NEWEST, "136"),
        ("EUR/IDR", NEWEST, "20275.17"),
        ("EUR/GBP", date(2026, 10, 29), "0.83578"),
        ("EUR/USD", date(1999, 1, 4), "1.1789"),
        ("EUR/TRL", date(1999, 1, 4), "372274"),
        ("EUR/EEK", date(1999, 1, 4), "15.6466"),
        ("EUR/RUB", date(2015, 2, 13), "72.989"),
    ],
)
def test_values_as_published(fx: forexhooks.ForexService, pair: str, on: date, value: str) -> None:
    rate = fx.get_rate(*pair.split("/"), on=on)
    assert (str(rate.value), rate.on, rate.kind) == (value, on, "direct")


def test_a_cross_in_basis_points(fx: forexhooks.ForexService) -> None:
    rate = fx.get_rate("USD", "CAD", on=NEWEST)
    assert rate.bips == 13969
    assert [str(leg.value) for leg in rate.legs] == ["1.1172", "1.5606"]


def test_random_questions_equal_the_quotient_of_the_observations(
    fx: forexhooks.ForexService, table: RateTable
) -> None:
    observed = {(each.on, each.quote): each.value for each in table.observations()}
    days = sorted({on for on, _ in observed})
    choice = random.Random(4217)  # noqa: S311 - the same questions every time
    asked = 0
    while asked < 2_000:
        day = choice.choice(days)
        base, quote = choice.sample(sorted(table.currencies - {"EUR"}), 2)
        if (day, base) in observed and (day, quote) in observed:
            asked += 1
            with localcontext(prec=34):
                expected = observed[day, quote] / observed[day, base]
            assert fx.get_rate(base, quote, on=day).value == expected


def test_every_answer_is_of_the_newest_day_and_never_from_the_future(
    fx: forexhooks.ForexService, table: RateTable
) -> None:
    observed = sorted(each.on for each in table.observations() if each.quote == "USD")
    day = observed[0]
    while day <= NEWEST:
        newest = observed[bisect_right(observed, day) - 1]
        assert fx.get_rate("EUR", "USD", on=day).on == newest <= day
        day += timedelta(1)


def test_the_first_and_the_last_day_of_currencies_that_ended(table: RateTable) -> None:
    last = {each.quote: each.on for each in table.observations()}  # in order of their days
    ended = {code: day for code, day in last.items() if day != NEWEST}
    assert {code: str(ended[code]) for code in ("BGN", "HRK", "RUB", "TRL", "ROL", "EEK")} == {
        "BGN": "2025-12-31",
        "HRK": "2022-12-30",
        "RUB": "2022-03-01",
        "TRL": "2004-12-31",
        "ROL": "2005-06-30",
        "EEK": "2010-12-31",
    }
    isk = [each.on for each in table.observations() if each.quote == "ISK"]
    assert not [day for day in isk if date(2008, 12, 9) < day < date(2018, 2, 1)]
    assert {date(2008, 12, 9), date(2018, 2, 1), NEWEST} <= set(isk)


def test_weekends_are_carried_over_from_the_friday(fx: forexhooks.ForexService) -> None:
    assert fx.get_rate("EUR", "USD", on=date(2026, 10, 25)).on == date(2026, 10, 23)
    assert fx.get_rate("EUR", "USD", on=date(2012, 4, 9)).on == date(2012, 4, 5)  # Easter Monday


@pytest.mark.parametrize(
    ("pair", "on", "reason"),
    [
        ("EUR/USD", date(1999, 1, 3), UnavailableReason.BEFORE_FIRST_DAY),
        ("USD/EUR", date(1900, 1, 1), UnavailableReason.BEFORE_FIRST_DAY),
        ("EUR/ISK", date(2008, 12, 17), UnavailableReason.HOLE),
        ("EUR/ISK", date(2018, 1, 31), UnavailableReason.HOLE),
        ("EUR/HRK", date(2023, 1, 1), UnavailableReason.RETIRED),
        ("EUR/BGN", date(2026, 1, 1), UnavailableReason.RETIRED),
        ("EUR/BGN", None, UnavailableReason.RETIRED),
        ("EUR/EEK", date(2011, 1, 1), UnavailableReason.RETIRED),
        ("EUR/DEM", date(1999, 6, 1), UnavailableReason.RETIRED),
        ("EUR/RUB", date(2022, 3, 9), UnavailableReason.SUSPENDED),
        ("TRL/TRY", date(2005, 1, 3), UnavailableReason.REDENOMINATED),
        ("EUR/ROL", date(2005, 7, 1), UnavailableReason.REDENOMINATED),
        ("EUR/USD", date(9999, 12, 31), UnavailableReason.IN_THE_FUTURE),
    ],
)
def test_why_there_is_no_rate(
    fx: forexhooks.ForexService, pair: str, on: date | None, reason: UnavailableReason
) -> None:
    with pytest.raises(forexhooks.RateUnavailableError) as missing:
        fx.get_rate(*pair.split("/"), on=on)
    assert missing.value.reason is reason
    assert missing.value.driver == "ecb"


def test_the_last_day_of_a_currency_is_carried_to_the_eve_of_its_conversion(
    fx: forexhooks.ForexService,
) -> None:
    assert fx.get_rate("EUR", "HRK", on=date(2022, 12, 31)).on == date(2022, 12, 30)
    assert fx.get_rate("EUR", "BGN", on=date(2025, 12, 31)).on == date(2025, 12, 31)
    assert fx.get_rate("EUR", "ISK", on=date(2008, 12, 16)).on == date(2008, 12, 9)
    assert fx.get_rate("EUR", "ISK", on=date(2018, 2, 1)).on == date(2018, 2, 1)


def test_what_the_ecb_does_not_publish(fx: forexhooks.ForexService) -> None:
    with pytest.raises(forexhooks.UnsupportedPairError, match="ecb has no AED"):
        fx.get_rate("AED", "USD")
    with pytest.raises(forexhooks.UnsupportedPairError):
        fx.get_rate("AED", "AED")
    assert len(fx.currencies()) == 42


def test_the_history_of_a_cross(fx: forexhooks.ForexService) -> None:
    week = fx.get_history("USD", "CAD", date(2026, 10, 24), NEWEST)
    assert [rate.on.day for rate in week] == [26, 27, 28, 29, 30]
    assert week[-1].value == fx.get_rate("USD", "CAD", on=NEWEST).value
    assert len(fx.get_history("EUR", "USD", date(1999, 1, 1), NEWEST)) == 7_126
    assert len(fx.get_history("TRL", "TRY", date(1999, 1, 1), NEWEST)) == 0


def test_the_calendar_is_that_of_the_published_days_since_2002(table: RateTable) -> None:
    published = {each.on for each in table.observations() if each.quote == "USD"}
    day, closed, open_ = date(2002, 1, 1), set(), set()
    while day <= NEWEST:
        if is_target_day(day) != (day in published):
            (closed if is_target_day(day) else open_).add(day)
        day += timedelta(1)
    # Without exception: what the calendar says is what was published.
    assert (closed, open_) == (set(), set())


@pytest.mark.parametrize(
    "easter", [date(1961, 4, 2), date(2000, 4, 23), date(2024, 3, 31), date(2038, 4, 25)]
)
def test_easter(easter: date) -> None:
    assert easter_sunday(easter.year) == easter
    assert not is_target_day(easter - timedelta(2))
    assert not is_target_day(easter + timedelta(1))
    assert is_target_day(easter + timedelta(2))


@pytest.mark.parametrize(
    ("now", "is_stale"),
    [
        ((2026, 10, 30, 20, 0), False),
        ((2026, 11, 1, 12, 0), False),  # a Sunday
        ((2026, 11, 2, 15, 29), False),  # Monday, 16:29 in Frankfurt
        ((2026, 11, 2, 15, 30), True),
    ],
)
def test_stale_from_half_past_four_in_frankfurt(
    table: RateTable, now: tuple[int, int, int, int, int], is_stale: bool
) -> None:
    with time_machine.travel(datetime(*now, tzinfo=UTC), tick=False):
        assert (table.get_rate("EUR", "USD").stale is not None) is is_stale
        assert table.get_rate("EUR", "USD", NEWEST).stale is None


def test_the_latest_observations() -> None:
    driver = ECB()
    latest = list(driver.observations(["USD", "CAD", "HRK"], None, None))
    assert {(each.quote, each.value) for each in latest} == {
        ("USD", Decimal("1.1172")), ("CAD", Decimal("1.5606")),
    }  # fmt: skip
    day = date(2022, 12, 30)
    assert [each.quote for each in driver.observations(["HRK"], day, day)] == ["HRK"]
    driver.close()


@pytest.mark.parametrize(
    ("newest", "now", "is_stale"),
    [
        (date(2026, 7, 3), (2026, 7, 6, 14, 29), False),  # in summer it is an hour earlier in UTC
        (date(2026, 7, 3), (2026, 7, 6, 14, 30), True),
        (date(2026, 4, 2), (2026, 4, 6, 23, 0), False),  # Good Friday to Easter Monday
        (date(2026, 4, 2), (2026, 4, 7, 14, 30), True),
        (date(2026, 4, 30), (2026, 5, 3, 12, 0), False),  # 1 May and a weekend
    ],
)
def test_stale_by_the_clock_and_the_calendar_of_the_ecb(
    tmp_path: Path, newest: date, now: tuple[int, int, int, int, int], is_stale: bool
) -> None:
    store = tmp_path / "store"
    store.write_bytes(packed(Grid.of([Observation(newest, "EUR", "USD", Decimal("1.1"))])))
    driver = ECB(bundle=str(store))
    with time_machine.travel(datetime(*now, tzinfo=UTC), tick=False):
        assert (driver.table().get_rate("EUR", "USD").stale is not None) is is_stale
    driver.close()


@pytest.mark.parametrize("address", ["", "ftp://example.com", "example.com", "https://"])
def test_a_base_url_that_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(forexhooks.SettingsError, match="base_url"):
        ECB(base_url=address)
