"""Series of declared addresses: one answer has several, or each has an address of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

import forexhooks
from forexhooks import MalformedResponseError, Profile, Series
from forexhooks.http import HttpDriver, Row
from providers import Provider, reply

TODAY = date(2026, 10, 16)
SIDES = (Series("mid"), Series("bid", side="bid"), Series("ask", side="ask"))


class Bank(HttpDriver):
    name = "bank"
    profile = Profile(
        title="Bank", pivot="USD", series=SIDES, history_from=date(2020, 1, 1),
        time_to_live=timedelta(minutes=5),
    )  # fmt: skip
    BASE_URL = "https://bank.example"
    all_at_once = True
    latest, between = "/latest", "/span/{start}/{end}"

    def read(self, document: Any) -> Iterator[Row]:
        for row in document:
            for side in ("bid", "mid", "ask"):
                yield row["day"], "USD", "CAD", row[side], side


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 10, 16, 22, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def manager() -> Iterator[forexhooks.ForexManager]:
    with forexhooks.ForexManager() as made:
        yield made


def test_declared_observations_are_of_the_series_that_is_asked_for(provider: Provider) -> None:
    provider.answer = lambda asked: reply(ROWS)
    [bid] = Bank(base_url=provider.url).observations({"CAD"}, None, None, series="bid")
    assert str(bid.value) == "1.39"


ROWS = [{"day": str(TODAY), "bid": "1.39", "mid": "1.40", "ask": "1.41"}]


def test_rows_of_one_answer_are_of_the_series_that_they_name(
    provider: Provider, manager: forexhooks.ForexManager
) -> None:
    provider.answer = lambda asked: reply(ROWS)
    manager.register(Bank(base_url=provider.url))
    for name, value in (("bank:bid", "1.39"), ("bank:ask", "1.41"), ("bank", "1.40")):
        assert str(forexhooks.open(name, manager=manager).get_rate("USD", "CAD").value) == value
    # Of an ask the inverse is made of the bid, and all of them came with one answer.
    inverse = forexhooks.open("bank:ask", manager=manager).get_rate("CAD", "USD")
    assert [str(leg.value) for leg in inverse.legs] == ["1.39"]
    assert provider.paths == ["/latest"]
    ask = forexhooks.open("bank:ask", manager=manager)
    assert [str(each.value) for each in ask.get_history("USD", "CAD", TODAY, TODAY)] == ["1.41"]


def test_each_series_has_an_address_of_its_own(
    provider: Provider, manager: forexhooks.ForexManager
) -> None:
    class Own(Bank):
        latest = "/{series}/latest"

        def read(self, document: Any) -> Iterator[Row]:
            for row in document:
                yield row["day"], "USD", "CAD", row["rate"]

    rates = {"/mid/latest": "1.40", "/bid/latest": "1.39", "/ask/latest": "1.41"}
    provider.answer = lambda asked: reply([{"day": str(TODAY), "rate": rates[asked.path]}])
    manager.register(Own(base_url=provider.url))
    assert str(forexhooks.open("bank:ask", manager=manager).get_rate("USD", "CAD").value) == "1.41"
    assert str(forexhooks.open("bank:mid", manager=manager).get_rate("USD", "CAD").value) == "1.40"
    assert sorted(provider.paths) == sorted(rates)


@pytest.mark.parametrize(
    ("series", "more", "says"),
    [
        (SIDES, (), "a row names no series: yield one of mid, bid, ask as the fifth"),
        (SIDES, ("middle",), "a row is of the series 'middle', and the profile lists mid, bid"),
        ((), ("mid",), "a row is of the series 'mid', and the profile lists none"),
    ],
)
def test_a_row_of_no_series_is_no_rate_of_any(
    provider: Provider,
    manager: forexhooks.ForexManager,
    series: tuple[Series, ...],
    more: tuple[str, ...],
    says: str,
) -> None:
    class Unnamed(Bank):
        profile = Bank.profile._replace(series=series)

        def read(self, document: Any) -> Iterator[Row]:
            yield document[0]["day"], "USD", "CAD", "1.4", *more

    provider.answer = lambda asked: reply(ROWS)
    manager.register(Unnamed(base_url=provider.url))
    with pytest.raises(MalformedResponseError, match=says):
        forexhooks.open("bank", manager=manager).get_rate("USD", "CAD")


def test_rows_that_name_none_are_of_the_only_series_and_of_the_one_fetched(
    provider: Provider, manager: forexhooks.ForexManager
) -> None:
    class Only(Bank):
        profile = Bank.profile._replace(series=SIDES[:1])

        def read(self, document: Any) -> Iterator[Row]:
            yield document[0]["day"], "USD", "CAD", document[0]["mid"]

    class Fetching(Bank):
        name = "fetching"

        def observations(self, currencies: Any, start: Any, end: Any, series: str = "") -> Any:
            return self.fetch_rows(f"/{series}", start=start, end=end, series=series)

        read = Only.read

    provider.answer = lambda asked: reply([{**ROWS[0], "mid": ROWS[0].get(asked.path[1:], "1.5")}])
    manager.register(Only(base_url=provider.url))
    manager.register(Fetching(base_url=provider.url))
    assert str(forexhooks.open("bank", manager=manager).get_rate("USD", "CAD").value) == "1.5"
    fx = forexhooks.open("fetching:ask", manager=manager)
    assert str(fx.get_rate("USD", "CAD").value) == "1.41"
