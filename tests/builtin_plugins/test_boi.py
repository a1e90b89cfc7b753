"""The Bank of Israel: rates of 100 and of 10 units become rates of 1 to the digit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine

import forexhooks
from fakes import boi as fake
from forexhooks import MalformedResponseError
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_boi import BOI
from providers import Provider, reply

pytestmark = pytest.mark.one_python


class TestBOI(DriverTests):
    today = fake.TODAY
    samples = fake.SAMPLES
    answer = staticmethod(fake.answer)
    # It has one digit: 0.0003 for 10.
    reference = {"USD/LBP": "103000"}  # noqa: RUF012
    expected_failures = {  # noqa: RUF012
        "test_fault_in_a_history[404]": "how it says that there are no rates is not recorded",
    }

    def make_driver(self, server: ForexServer) -> BOI:
        return BOI(base_url=server.url)


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 10, 17, 12, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = fake.answer
    with forexhooks.ForexManager() as manager:
        manager.register(BOI(base_url=provider.url))
        yield forexhooks.open("boi", manager=manager)


def test_every_value_is_that_of_one_unit(fx: forexhooks.ForexService, provider: Provider) -> None:
    for code, (units, values) in fake.VALUES.items():
        history = fx.get_history(code, "ILS", date(2026, 10, 8), fake.TODAY)
        assert [f"{rate.value.scaleb(units):f}" for rate in history] == values.split()
        assert [f"{rate.on}" for rate in history] == [*fake.DAYS]
    assert len(provider.asked) == 1


def test_days_without_rates_are_no_fault(fx: forexhooks.ForexService) -> None:
    assert fx.get_history("USD", "ILS", date(2026, 10, 10), date(2026, 10, 11)) == []


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        (",OF00,", ",OF01,", "'D.USD.ILS.OF01' was not asked for"),
        ("D,USD,ILS,", "D,USD,EUR,", "'D.USD.EUR.OF00' was not asked for"),
        ("UNIT_MULT", "UNITS", "KeyError: 'UNIT_MULT'"),
    ],
)
def test_rows_of_something_else_are_a_fault(
    fx: forexhooks.ForexService, provider: Provider, was: str, becomes: str, says: str
) -> None:
    provider.answer = lambda asked: reply(fake.answer(asked).content.decode().replace(was, becomes))
    with pytest.raises(MalformedResponseError, match=says):
        fx.get_rate("USD", "ILS", date(2026, 10, 9))
