"""A code that a driver's list lacks costs no request: the list is kept for a day."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

import forexhooks
from forexhooks import (
    CurrencyError,
    ForexManager,
    ForexService,
    HttpDriver,
    Observation,
    Profile,
    UnsupportedPairError,
    every_day,
)
from providers import Asked, Provider, Reply, reply

NOON = datetime(2026, 10, 30, 12, tzinfo=UTC)


class Acme(HttpDriver):
    """A coin and two currencies, in USD; its list is what its latest rates have."""

    name = "acme"
    profile = Profile(title="Acme Bank", pivot="USD", publication_days=every_day)
    BASE_URL = "https://rates.acme.example"

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        path = "/latest" if end is None else f"/{end}"
        for code, value in self.fetch_json(path, end=end).items():
            yield Observation(self.profile.today() - timedelta(days=1), "USD", code, value)


def well(asked: Asked) -> Reply:
    return reply('{"EUR": 0.9, "CAD": 1.4, "COIN": 2.5}')


def dead(asked: Asked) -> Reply:
    return reply("", 503)


def opened(provider: Provider) -> ForexService:
    """The driver in a program of its own."""
    manager = ForexManager()
    manager.register(Acme(base_url=provider.url, time_limit=2))
    return forexhooks.open("acme", manager=manager)


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def test_it_costs_no_request_once_the_list_is_there(provider: Provider) -> None:
    provider.answer = well
    assert opened(provider).get_rate("USD", "COIN").quote == "COIN"
    provider.asked.clear()
    provider.answer = dead
    fx = opened(provider)
    for _ in range(3):
        with pytest.raises(CurrencyError, match="unknown currency 'XXQ'"):
            fx.get_rate("USD", "XXQ")
        with pytest.raises(CurrencyError, match="did you mean 'EUR'"):
            fx.get_rate("USD", "ERU")
        with pytest.raises(UnsupportedPairError, match="acme has no XAF"):
            fx.get_rate("USD", "XAF")
    assert provider.asked == []


def test_the_list_is_kept_longer_than_rates_and_makes_none_of_them_stale(
    provider: Provider, now: time_machine.Traveller
) -> None:
    provider.answer = well
    opened(provider).get_rate("USD", "EUR")
    now.move_to(NOON + timedelta(hours=20))
    provider.asked.clear()
    provider.answer = lambda asked: reply('{"EUR": 0.8, "CAD": 1.5, "COIN": 2.6, "NEW": 1}')
    fx = opened(provider)
    with pytest.raises(UnsupportedPairError, match="acme has no XAF"):
        fx.get_rate("USD", "XAF")
    assert provider.asked == []
    assert str(fx.get_rate("USD", "EUR").value) == "0.8"
    assert len(provider.asked) == 1


def test_after_a_day_it_is_asked_for_again(provider: Provider, now: time_machine.Traveller) -> None:
    provider.answer = well
    opened(provider).get_rate("USD", "EUR")
    now.move_to(NOON + timedelta(hours=26))
    provider.answer = lambda asked: reply('{"EUR": 0.8, "XAF": 600.5}')
    assert str(opened(provider).get_rate("USD", "XAF").value) == "600.5"


def test_a_past_day_may_have_what_the_latest_lacks(provider: Provider) -> None:
    provider.answer = well
    fx = opened(provider)
    fx.get_rate("USD", "EUR")
    provider.answer = lambda asked: reply('{"RUB": 90.5}')
    assert str(fx.get_rate("USD", "RUB", date(2026, 10, 29)).value) == "90.5"


def test_a_chain_refuses_it_without_asking_providers_that_are_dead(provider: Provider) -> None:
    provider.answer = well
    opened(provider).get_rate("USD", "EUR")
    provider.asked.clear()
    provider.answer = dead
    manager = ForexManager()
    manager.register(Acme(base_url=provider.url))
    manager.register(Acme(base_url=provider.url), name="other")
    fx = forexhooks.open("acme", "other", manager=manager)
    with pytest.raises(CurrencyError, match="unknown currency 'XXQ'"):
        fx.get_rate("USD", "XXQ")
    assert provider.asked == []
