"""HMRC: a file of a month, which may be amended within it; means and spot rates beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal

import pytest
import time_machine

import forexhooks
from fakes import hmrc as fake
from forexhooks import (
    ForexManager,
    MalformedResponseError,
    MalformedRowWarning,
    RateUnavailableError,
    StaleRateWarning,
    UnsupportedPairError,
)
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_hmrc import HMRC
from providers import Provider, reply


class TestHMRC(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    requests_history = 2  # its ten days are of two months
    reference = {"GBP/AED": "4.91", "GBP/ZWG": "35.8", "GBP/SLE": "30.6"}  # noqa: RUF012

    def make_driver(self, server: ForexServer) -> HMRC:
        return HMRC(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 9, 20, 12, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def manager(provider: Provider) -> Iterator[ForexManager]:
    provider.answer = fake.answer
    with ForexManager() as manager:
        manager.register(HMRC(base_url=provider.url))
        yield manager


def test_a_month_has_one_rate_on_all_of_its_days(manager: ForexManager, provider: Provider) -> None:
    fx = forexhooks.open("hmrc", manager=manager)
    for day in (1, 15, 31):
        rate = fx.get_rate("GBP", "USD", date(2026, 8, day))
        assert (str(rate.value), rate.on, rate.until) == (
            "1.3367",
            date(2026, 8, 1),
            date(2026, 8, 31),
        )
    assert str(fx.get_rate("GBP", "USD").value) == "1.3554"
    assert [path.rpartition("/")[2] for path in provider.paths] == [
        "monthly_csv_2026-8.csv",
        "monthly_csv_2026-9.csv",
    ]


def test_an_amendment_holds_from_its_own_day_on(manager: ForexManager) -> None:
    fx = forexhooks.open("hmrc", manager=manager)
    found = [fx.get_rate("GBP", "VES", date(2026, 9, day)) for day in (1, 14, 15, 20)]
    assert [str(each.value) for each in found] == ["1012.45", "1012.45", "1107.30", "1107.30"]
    spans = [
        (each.on.day, each.until and each.until.day)
        for each in fx.get_history("GBP", "VES", date(2026, 9, 1), date(2026, 9, 20))
    ]
    assert spans == [(1, 14), (15, 30)]


def test_rows_of_countries_that_contradict_each_other_are_no_rate(
    manager: ForexManager, provider: Provider
) -> None:
    body = fake.month("2026-09") + "Elsewhere,Unit,EUR,1.1607,01/09/2026,30/09/2026\n"
    provider.answer = lambda asked: reply(body, content_type="text/csv; charset=utf-8")
    fx = forexhooks.open("hmrc", manager=manager)
    with pytest.warns(
        MalformedRowWarning, match="'1.1606 and 1.1607' is not a rate.*left out: EUR"
    ):
        assert str(fx.get_rate("GBP", "USD").value) == "1.3554"


def test_codes_of_its_own(manager: ForexManager) -> None:
    fx = forexhooks.open("hmrc", manager=manager)
    on = date(2026, 8, 1)
    assert str(fx.get_rate("GBP", "ZWG", on).value) == "35.8198"  # ZIG in the file
    with pytest.raises(RateUnavailableError, match="ECS ended"):
        fx.get_rate("GBP", "ECS", on)
    # The file of November 2022 has the old leone's value under the new one's code.
    assert str(fx.get_rate("GBP", "SLL", date(2022, 11, 5)).value) == "19772.6"
    with pytest.raises(UnsupportedPairError):
        fx.get_rate("GBP", "SLE", date(2022, 11, 5))


def test_the_latest_is_of_the_month_before_where_this_one_is_not_out(
    manager: ForexManager, provider: Provider, now: time_machine.Traveller
) -> None:
    now.move_to(datetime(2026, 10, 1, 12, tzinfo=UTC))
    fx = forexhooks.open("hmrc", manager=manager)
    with pytest.warns(forexhooks.StaleRateWarning, match="the rate of October 2026 should be out"):
        assert fx.get_rate("GBP", "USD").on == date(2026, 9, 1)
    with pytest.raises(RateUnavailableError):
        fx.get_rate("GBP", "USD", date(2026, 10, 1))


def test_a_month_that_is_over_and_not_there_is_a_fault(
    manager: ForexManager, provider: Provider
) -> None:
    fx = forexhooks.open("hmrc", manager=manager)
    with pytest.raises(MalformedResponseError, match=r"monthly_csv_2026-6\.csv answered 404"):
        fx.get_rate("GBP", "USD", date(2026, 6, 1))


def test_means_are_of_twelve_months_and_of_no_other_day(manager: ForexManager) -> None:
    december = forexhooks.open("hmrc:year-average", manager=manager)
    rate = december.get_rate("GBP", "USD", date(2025, 5, 5))
    assert (str(rate.value), rate.on, rate.until) == (
        "1.3156",
        date(2025, 1, 1),
        date(2025, 12, 31),
    )
    assert december.get_rate("GBP", "USD") == rate._replace(requested=None)
    march = forexhooks.open("hmrc:year-average-march", manager=manager)
    rate = march.get_rate("GBP", "USD", date(2025, 5, 5))
    assert (str(rate.value), rate.on, rate.until) == (
        "1.3378",
        date(2025, 4, 1),
        date(2026, 3, 31),
    )
    assert rate.series == "year-average-march"
    for fx in (december, march):
        with pytest.raises(RateUnavailableError):
            fx.get_rate("GBP", "USD", date(2026, 5, 5))  # its year is not over


def test_spot_rates_are_of_two_days(manager: ForexManager) -> None:
    fx = forexhooks.open("hmrc:year-end", manager=manager)
    found = fx.get_history("GBP", "USD", date(2025, 12, 1), date(2026, 9, 20))
    assert [(f"{each.on}", each.until, str(each.value)) for each in found] == [
        ("2025-12-31", None, "1.3454"),
        ("2026-03-31", None, "1.3232"),
    ]
    assert fx.get_rate("GBP", "USD", date(2025, 12, 31)).value == Decimal("1.3454")
    assert fx.get_rate("GBP", "USD").on == date(2026, 3, 31)
    with pytest.raises(RateUnavailableError):
        fx.get_rate("GBP", "USD", date(2026, 1, 1))


def test_nothing_is_stale_that_is_not_due(
    manager: ForexManager, now: time_machine.Traveller
) -> None:
    for series in ("month", "year-average", "year-average-march", "year-end"):
        assert (
            forexhooks.open(f"hmrc:{series}", manager=manager).get_rate("GBP", "USD").stale is None
        )
    # On 15 February the year to December should be out, the one to March is not over.
    now.move_to(datetime(2027, 2, 15, 12, tzinfo=UTC))
    march = forexhooks.open("hmrc:year-average-march", manager=manager)
    assert march.get_rate("GBP", "USD").stale is None
    december = forexhooks.open("hmrc:year-average", manager=manager)
    with pytest.warns(StaleRateWarning, match="up to 2025-12-31; the rate of 2026 should be out"):
        december.get_rate("GBP", "USD")
    now.move_to(datetime(2027, 5, 2, 12, tzinfo=UTC))
    with pytest.warns(StaleRateWarning, match="up to 2026-03-31"):
        march.get_rate("GBP", "USD")


@pytest.mark.parametrize("currency", ["USD", "EUR", "CAD", "JPY"])
def test_the_mean_is_that_of_the_twelve_months(manager: ForexManager, currency: str) -> None:
    """Both files are as HMRC published them: its mean is theirs to four places, half up."""
    months = forexhooks.open("hmrc", manager=manager).get_history(
        "GBP", currency, date(2025, 4, 1), date(2026, 3, 31)
    )
    assert len(months) == 12
    mean = sum((each.value for each in months), Decimal(0)) / 12
    published = forexhooks.open("hmrc:year-average-march", manager=manager).get_rate(
        "GBP", currency, date(2026, 3, 31)
    )
    assert published.value == mean.quantize(Decimal("0.0001"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("month", "wednesday"),
    [(date(2026, 8, 1), date(2026, 7, 22)), (date(2026, 9, 1), date(2026, 8, 19))],
)
def test_a_month_is_set_on_the_penultimate_wednesday_of_the_one_before(
    manager: ForexManager, month: date, wednesday: date
) -> None:
    """Within a hundredth of a cent of the ECB's cross, which is of noon and not of 21:00."""
    rate = forexhooks.open("hmrc", manager=manager).get_rate("GBP", "USD", month)
    cross = forexhooks.open("ecb").get_rate("GBP", "USD", wednesday)
    assert abs(rate.value - cross.value) < Decimal("0.0003")
