from __future__ import annotations

from decimal import Decimal

from forexhooks import Profile
from forexhooks.http import HttpDriver
from providers import Provider, reply


class Acme(HttpDriver):
    name = "acme"
    profile = Profile(title="Acme Bank")
    BASE_URL = "https://rates.acme.example"

    def observations(self, currencies, start, end):
        yield from ()


def test_connections_are_kept(provider: Provider) -> None:
    provider.answer = lambda asked: reply('{"rate": 1.10}')
    acme = Acme(base_url=provider.url)
    for page in range(5):
        assert acme.fetch_json(f"/{page}") == {"rate": Decimal("1.10")}
    assert provider.connections == 1
