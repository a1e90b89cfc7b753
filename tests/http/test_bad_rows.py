"""A bad row costs its own currency; a response that is bad in most rows is refused."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

import forexhooks
from forexhooks import MalformedRowWarning, Observation, Profile, RateUnavailableError
from forexhooks.http import HttpDriver, Row, Rows, json_of, value_of
from providers import Provider, reply

DAY = date(2026, 10, 30)


class Acme(HttpDriver):
    name = "acme"
    profile = Profile(title="Acme Bank", pivot="USD")
    all_at_once = True
    BASE_URL = "https://rates.acme.example"

    def observations(
        self, currencies: object, start: date | None, end: date | None
    ) -> list[Observation]:
        return self.http.fetch("/latest", parse=self._read)

    def _read(self, answer: object) -> list[Observation]:
        rows = Rows[Observation](self.name, self.http.scrubbed)
        for row in json_of(answer):  # type: ignore[arg-type]
            with rows.of(row["code"]):
                rows.add(row["code"], Observation(DAY, "USD", row["code"], value_of(row["value"])))
        return rows.sound()


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    with forexhooks.ForexManager() as manager:
        manager.register(Acme(base_url=provider.url))
        yield forexhooks.open("acme", manager=manager)


def rows(**values: object) -> list[dict[str, object]]:
    return [{"code": code, "value": value} for code, value in values.items()]


@pytest.mark.parametrize("bad", [None, 0, -1, "", "1_5", True, [], {}, "n/a"])
def test_one_bad_row_costs_its_own_currency(
    bad: object, fx: forexhooks.ForexService, provider: Provider
) -> None:
    provider.answer = lambda asked: reply(rows(CAD="1.4", JPY=bad, EUR="0.9"))
    with pytest.warns(MalformedRowWarning, match=r"acme: 1 of 3 rows .* left out: JPY"):
        assert str(fx.get_rate("USD", "CAD", on=DAY).value) == "1.4"
    with pytest.raises(forexhooks.RateError):
        fx.get_rate("USD", "JPY", on=DAY)


class AcmeDays(HttpDriver):
    """Has a response for each span of days, which is cached."""

    name = "acme"
    profile = Profile(title="Acme Bank", pivot="USD", history_from=DAY)
    all_at_once = True
    BASE_URL = "https://rates.acme.example"
    latest = "/latest"
    between = "/days/{start}/{end}"

    def read(self, content: Any) -> Iterator[Row]:
        for row in content:
            yield row.get("day", f"{DAY}"), "USD", row["code"], row["value"]


@pytest.mark.filterwarnings("ignore::forexhooks.MalformedRowWarning")
def test_what_could_not_be_read_is_asked_for_again(provider: Provider) -> None:
    with time_machine.travel(datetime(2027, 6, 1, 12, tzinfo=UTC), tick=False) as clock:
        for value, asked in (("n/a", 1), ("n/a", 1), ("1.43", 2), ("1.5", 2)):
            provider.answer = lambda _, value=value: reply(rows(CAD=value, JPY="157", EUR="0.9"))
            with forexhooks.ForexManager() as manager:  # what is in memory is gone, too
                manager.register(AcmeDays(base_url=provider.url))
                fx = forexhooks.open("acme", manager=manager)
                assert fx.get_rate("USD", "JPY", on=DAY).value == 157
                if value == "n/a":
                    says = "the provider has CAD, but not all of it can be read"
                    with pytest.raises(RateUnavailableError, match=says):
                        fx.get_rate("USD", "CAD", on=DAY)
                    with pytest.raises(RateUnavailableError, match=says):
                        fx.get_rate("CAD", "EUR", on=DAY)
                else:
                    assert fx.get_rate("USD", "CAD", on=DAY).value == Decimal("1.43")
            assert len(provider.asked) == asked
            if asked == 1:
                clock.shift(timedelta(minutes=31))  # half the profile's time to live, and more


def test_a_currency_with_a_bad_row_is_left_out_whole() -> None:
    read = Rows[int]("acme")
    for code, value in (("CAD", "1"), ("JPY", "2"), ("JPY", "x"), ("EUR", "3")):
        with read.of(code):
            read.add(code, int(value))
    with pytest.warns(MalformedRowWarning):
        assert read.sound() == [1, 3]


def test_a_response_that_is_bad_in_most_rows_is_refused(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    provider.answer = lambda asked: reply(rows(CAD="1.4", JPY=None, EUR=None))
    with pytest.raises(forexhooks.MalformedResponseError, match="None is not a rate") as error:
        fx.get_rate("USD", "CAD", on=DAY)
    assert error.value.driver == "acme"


def test_good_rows_are_not_warned_of(fx: forexhooks.ForexService, provider: Provider) -> None:
    provider.answer = lambda asked: reply(rows(CAD="1.4", JPY="157"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert fx.get_rate("USD", "JPY", on=DAY).value == 157
