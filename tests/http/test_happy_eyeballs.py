"""A host of several addresses, some of which lead nowhere, as with a broken IPv6."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Iterator

import pytest

from faults import Acme, in_time, well
from forexhooks.errors import TransientError
from providers import Provider

HOST = "rates.acme.example"
DEAD = tuple(f"127.0.0.{each}" for each in range(2, 8))
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs 127.0.0.2, and full queues")


@contextlib.contextmanager
def dead(address: str, port: int) -> Iterator[None]:
    """Make an address answer nothing, not even with a refusal: its queue is full."""
    with contextlib.ExitStack() as held, socket.socket() as full:
        full.bind((address, port))
        full.listen(0)
        for _ in range(4):
            waiting = held.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex((address, port))
        yield


def resolve(monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]) -> None:
    """Let the host have these addresses, in this order."""
    theirs = socket.getaddrinfo

    def getaddrinfo(host: str, port: int, *more: int) -> list[tuple[object, ...]]:
        if host != HOST:
            return list(theirs(host, port, *more))
        kind = socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, ""
        return [(*kind, (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture
def acme(provider: Provider) -> Iterator[Acme]:
    provider.answer = well
    driver = Acme(base_url=f"http://{HOST}:{provider.url.rpartition(':')[2]}")
    yield driver
    driver.close()


def port_of(acme: Acme) -> int:
    return int(acme.base_url.rpartition(":")[2])


def test_addresses_that_lead_nowhere_leave_time_for_one_that_answers(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, (*DEAD[:4], "127.0.0.1"))
    with contextlib.ExitStack() as deads:
        for address in DEAD[:4]:
            deads.enter_context(dead(address, port_of(acme)))
        with in_time():
            assert acme.fetch_json("/latest")


def test_an_address_that_refuses_is_passed_over_at_once(
    acme: Acme, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, (*DEAD, "127.0.0.1"))
    assert acme.fetch_json("/latest")
    assert len(provider.asked) == 1


def test_where_all_refuse_it_is_said(acme: Acme, monkeypatch: pytest.MonkeyPatch) -> None:
    resolve(monkeypatch, DEAD)
    with in_time(), pytest.raises(TransientError, match=r"cannot be reached.*refused"):
        acme.fetch_json("/latest")


def test_where_none_answers_it_is_a_lack_of_time(
    acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve(monkeypatch, DEAD[:2])
    one, other = (dead(address, port_of(acme)) for address in DEAD[:2])
    with one, other, in_time(), pytest.raises(TransientError, match="in time"):
        acme.fetch_json("/latest")
