"""A transport that is put in carries the requests: all above it is as over the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

import forexhooks
from forexhooks import Profile
from forexhooks.http import HttpDriver, Reply, Request, Row
from forexhooks.support import user_folder

KEY = "a-key/of some&length"


class Acme(HttpDriver):
    name = "acme"
    profile = Profile(
        title="Acme", pivot="USD", history_from=date(2020, 1, 1),
        request_limits=((5, timedelta(days=1)),),
    )  # fmt: skip
    BASE_URL = "https://rates.acme.example/api"
    all_at_once = True
    latest, between = "/latest?of=all", "/span/{start}/{end}"

    def __init__(self, carry: Callable[[Request], Reply]) -> None:
        super().__init__()
        self.params = {"app_id": self.key("app_id", KEY)}
        self.headers = {"X-Key": self.key("app_id", KEY)}
        self.http.transport = carry

    def sign(self, request: Request, key: Callable[[str], str]) -> dict[str, str]:
        return {"X-Signed": f"{request.url} {len(key('app_id'))}"}

    def read(self, document: Any) -> Iterator[Row]:
        yield document["day"], "USD", "CAD", document["rate"]


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("FOREXHOOKS_OFFLINE")
    with time_machine.travel(datetime(2026, 10, 30, 22, tzinfo=UTC)):
        yield


class Carry:
    """Answers by itself, and remembers what was asked."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.reply = Reply(200, {}, b'{"day": "2026-10-30", "rate": "1.4"}')

    def __call__(self, request: Request) -> Reply:
        self.asked.append(request)
        return self.reply


@pytest.fixture
def carry() -> Carry:
    return Carry()


@pytest.fixture
def fx(carry: Carry) -> Iterator[forexhooks.ForexService]:
    with forexhooks.ForexManager() as manager:
        manager.register(Acme(carry))
        yield forexhooks.open("acme", manager=manager)


def test_it_is_given_what_would_be_sent(fx: forexhooks.ForexService, carry: Carry) -> None:
    assert str(fx.get_rate("USD", "CAD").value) == "1.4"
    (asked,) = carry.asked
    target = "/api/latest?of=all&app_id=a-key%2Fof%20some%26length"
    assert (asked.method, asked.url) == ("GET", f"https://rates.acme.example{target}")
    assert asked.headers["X-Key"] == KEY
    assert asked.headers["X-Signed"] == f"{target} {len(KEY)}"


def test_its_replies_are_kept_and_the_keys_hidden(
    fx: forexhooks.ForexService, carry: Carry
) -> None:
    carry.reply = carry.reply._replace(
        headers={"Content-Encoding": "gzip", "X-Said": KEY, "Cache-Control": "max-age=60"},
        content=carry.reply.content[:-1] + f', "key": "{KEY}"}}'.encode(),
    )
    fx.get_rate("USD", "CAD")
    with forexhooks.ForexManager() as manager:
        manager.register(Acme(carry))
        forexhooks.open("acme", manager=manager).get_rate("USD", "CAD")
    assert len(carry.asked) == 1
    kept = b"".join(path.read_bytes() for path in Path(user_folder("cache")).glob("*.sqlite"))
    assert b"latest" in kept and KEY.encode() not in kept


@pytest.mark.parametrize(
    ("reply", "kind", "says"),
    [
        (Reply(401, {}, KEY.encode()), forexhooks.AuthenticationError, "answered 401: '-app_id-'"),
        (Reply(503, {"Retry-After": "9"}, b""), forexhooks.TransientError, "answered 503"),
        (Reply(302, {"Location": "http://elsewhere.example"}, b""),
         forexhooks.MalformedResponseError, "is redirected"),
        (Reply(200, {}, b" " * 33 * 1024 * 1024), forexhooks.MalformedResponseError, "too large"),
        (ConnectionError("gone"), forexhooks.TransientError, "cannot be reached"),
    ],
)  # fmt: skip
def test_its_faults_are_those_of_the_network(
    carry: Carry, reply: Any, kind: Any, says: str
) -> None:
    def failing(request: Request) -> Reply:
        raise reply

    carry.reply = reply
    driver = Acme(failing if isinstance(reply, Exception) else carry)
    with pytest.raises(kind, match=says):
        driver.table({"CAD"}, None, None)


def test_the_limits_of_the_provider_are_kept(carry: Carry) -> None:
    driver = Acme(carry)
    carry.reply = Reply(404, {}, b"")
    for _ in range(5):
        with pytest.raises(forexhooks.MalformedResponseError):
            driver.table({"CAD"}, None, None)
    with pytest.raises(forexhooks.QuotaError):
        driver.table({"CAD"}, None, None)
    assert len(carry.asked) == 5
