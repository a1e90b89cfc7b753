"""Signed requests: each as it is sent, and the secret nowhere but in the signature."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import time_machine
from defusedxml import ElementTree

import forexhooks
from forexhooks import Profile
from forexhooks.http import HttpDriver, Request, Row
from forexhooks.support import user_folder
from providers import Asked, Provider, Reply, reply

KEY, SECRET = "a-key-of-some-length", "a-secret/of+some&length"


class Signing(HttpDriver):
    name = "signing"
    profile = Profile(title="Signing Bank", pivot="USD", history_from=date(2020, 1, 1))
    BASE_URL = "https://rates.signing.example"
    all_at_once = True
    latest, between = "/latest?of=all", "/span/{start}/{end}"

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.params = {"app_id": self.key("api_key", KEY)}
        self.key("api_secret", SECRET)
        self.nonces = itertools.count()

    def sign(self, request: Request, key: Callable[[str], str]) -> Mapping[str, str]:
        nonce = str(next(self.nonces))
        return {"X-Nonce": nonce, "X-Signature": signature(nonce, request, key("api_secret"))}

    def read(self, document: Any) -> Iterator[Row]:
        yield document["day"], "USD", "CAD", document["rate"]


def signature(nonce: str, request: Request, secret: str) -> str:
    signed = f"{nonce} {request.method} {request.url}".encode() + (request.content or b"")
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def signed(asked: Asked) -> Reply | None:
    """A refusal where the signature is wrong."""
    query = "&".join(f"{name}={value}" for name, value in asked.query.items())
    sent = Request(asked.path + (f"?{query}" if query else ""), {}, asked.method, asked.content)
    expected = signature(asked.headers["x-nonce"], sent, SECRET)
    return reply("wrong", 401) if asked.headers["x-signature"] != expected else None


def answer(asked: Asked) -> Reply:
    day = asked.path[-10:] if "span" in asked.path else "2026-10-30"
    return signed(asked) or reply({"day": day, "rate": "1.4"})


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 10, 30, 22, tzinfo=UTC)):
        yield


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = answer
    with forexhooks.ForexManager() as manager:
        manager.register(Signing(base_url=provider.url))
        yield forexhooks.open("signing", manager=manager)


def test_each_request_is_signed_as_it_is_sent(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    assert str(fx.get_rate("USD", "CAD").value) == "1.4"
    failing = iter([reply("later", 503), reply("", 302, location="/elsewhere")])
    provider.answer = lambda asked: signed(asked) or next(failing, None) or answer(asked)
    on = date(2026, 10, 1)
    with pytest.raises(forexhooks.DriverError):  # of another day: but it got there
        fx.get_history("USD", "CAD", on, on)
    assert provider.paths == ["/latest", f"/span/{on}/{on}", f"/span/{on}/{on}", "/elsewhere"]
    assert [asked.headers["x-nonce"] for asked in provider.asked] == ["0", "1", "2", "3"]


def test_what_was_signed_is_kept_without_its_signature(
    fx: forexhooks.ForexService, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    on = date(2026, 10, 1)
    fx.get_history("USD", "CAD", on, on)
    with forexhooks.ForexManager() as manager:
        again = Signing(base_url=provider.url)
        manager.register(again)
        forexhooks.open("signing", manager=manager).get_history("USD", "CAD", on, on)
    assert len(provider.asked) == 1  # the cache answers, whatever the signature would be
    kept = b"".join(path.read_bytes() for path in Path(user_folder("cache")).glob("*.sqlite"))
    shown = f"{vars(again)} {caplog.text}"
    assert b"/span" in kept
    for secret in (KEY, SECRET, provider.asked[0].headers["x-signature"]):
        assert secret not in shown and secret.encode() not in kept


def test_a_fault_in_sign_is_an_error_without_the_key(provider: Provider) -> None:
    class Faulty(Signing):
        def sign(self, request: Request, key: Callable[[str], str]) -> Mapping[str, str]:
            raise ValueError(f"cannot sign with {key('api_secret')} {request!r}")

    driver = Faulty(base_url=provider.url)
    with pytest.raises(forexhooks.DriverError, match="cannot sign with -api_secret-") as error:
        driver.table({"CAD"}, None, None)
    assert SECRET not in str(error.value) and KEY not in str(error.value)
    assert not provider.asked


@pytest.mark.parametrize(
    ("kind", "content", "read"),
    [
        ("application/x-www-form-urlencoded", "a=1&b={}", lambda got: parse_qs(got)["b"][0]),
        ("application/json; charset=utf-8", '{{"b": "{}"}}', lambda got: json.loads(got)["b"]),
        ("text/xml", "<b>{}</b>", lambda got: ElementTree.fromstring(got).text or ""),
        ("text/plain", "{}", str),
    ],
)
def test_a_key_in_content_is_written_as_its_type_wants_it(
    provider: Provider, kind: str, content: str, read: Callable[[str], str]
) -> None:
    provider.answer = answer
    driver = Signing(base_url=provider.url)
    written = content.format(driver.key("api_secret", SECRET + '"'))
    driver.http.sign = None
    provider.answer = lambda asked: reply({"day": "2026-10-30", "rate": "1.4"})
    driver.fetch_rows("/post", method="POST", content=written, headers={"Content-Type": kind})
    assert read(provider.asked[0].content.decode()) == SECRET + '"'
