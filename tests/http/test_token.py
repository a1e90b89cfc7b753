"""Client credentials: a token that is asked for by POST, used for a while, and shown nowhere."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import forexhooks
from forexhooks import Observation, Profile
from forexhooks.http import HttpDriver, Row
from forexhooks.support import user_folder
from providers import Asked, Provider, Reply, reply

SECRET, TOKEN = "a-secret-of-some-length", "eyJhbGciOi.a-token-of-some-length"


class Tokens(HttpDriver):
    name = "tokens"
    profile = Profile(title="Token Bank", pivot="USD", history_from=date(2020, 1, 1))
    BASE_URL = "https://rates.tokens.example"
    all_at_once = True
    latest, between = "/latest", "/span/{start}/{end}"

    def __init__(
        self, *, client_id: str | None = None, client_secret: str | None = None, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self.client = {
            "grant_type": "client_credentials",
            "client_id": self.key("client_id", client_id),
            "client_secret": self.key("client_secret", client_secret),
        }
        self.expires = 0.0

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        if time.monotonic() > self.expires:
            answer = self.fetch_json(
                "/token",
                method="POST",
                content=json.dumps(self.client),
                headers={"Content-Type": "application/json"},
                revalidate=True,
            )
            self.headers = {"Authorization": f"Bearer {self.key('token', answer['access_token'])}"}
            self.expires = time.monotonic() + int(answer["expires_in"]) - 60
        yield from super().observations(currencies, start, end)

    def read(self, document: Any) -> Iterator[Row]:
        yield document["day"], "USD", "CAD", document["rate"]


def answer(asked: Asked) -> Reply:
    if asked.path == "/token":
        if json.loads(asked.content)["client_secret"] != SECRET:
            return reply("who are you?", 401)
        # RFC 6749 has it so: what must not be kept is not.
        return reply({"access_token": TOKEN, "expires_in": 3600}, cache_control="no-store")
    if asked.headers.get("authorization") != f"Bearer {TOKEN}":
        return reply("no", 401)
    return reply({"day": asked.path[-10:] if "span" in asked.path else "2026-10-30", "rate": "1.4"})


def test_a_token_is_asked_for_once_and_shown_nowhere(provider: Provider) -> None:
    provider.answer = answer
    driver = Tokens(base_url=provider.url, client_id="me-myself", client_secret=SECRET)
    with forexhooks.ForexManager() as manager:
        manager.register(driver)
        fx = forexhooks.open("tokens", manager=manager)
        assert "USD" in fx.currencies()
        fx.get_history("USD", "CAD", date(2026, 10, 1), date(2026, 10, 2))
        assert provider.paths == ["/token", "/latest", "/span/2026-10-01/2026-10-02"]
        provider.answer = lambda asked: reply(f"bad token {TOKEN}", 401)
        with pytest.raises(forexhooks.AuthenticationError) as error:
            fx.get_history("USD", "CAD", date(2026, 9, 1), date(2026, 9, 2))
    kept = b"".join(path.read_bytes() for path in Path(user_folder("cache")).iterdir())
    assert b"/latest" in kept
    for secret in (SECRET, TOKEN):
        assert secret not in f"{error.value} {vars(driver)}" and secret.encode() not in kept
