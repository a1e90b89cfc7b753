"""What a signal handler raises reaches the program, whatever code it interrupted."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from typing import Any

import pytest

import forexhooks
from faults import hang, raw
from forexhooks import Driver, ForexManager, Observation, Profile
from forexhooks.http import HttpDriver
from forexhooks.testing import FixedRates
from providers import Provider, reply

import_module("forexhooks.http.session")  # not while the clock runs

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
PROFILE = Profile(title="Slow", pivot="USD")


class TimeLimitError(Exception):
    """As task queues have one."""


@pytest.fixture
def time_limit() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise TimeLimitError

    before = signal.signal(signal.SIGALRM, ring)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Slow(Driver):
    name = "slow"
    profile = PROFILE

    def observations(self, *_: object) -> Iterator[Observation]:
        time.sleep(30)
        raise AssertionError


class Swallowing(Slow):
    """Catches whatever comes, as careless code does."""

    def observations(self, *_: object) -> Iterator[Observation]:
        try:
            time.sleep(30)
        except Exception as error:
            raise forexhooks.DriverError("slow failed") from error
        raise AssertionError


class Far(HttpDriver):
    name = "slow"
    profile = PROFILE
    BASE_URL = "https://far.example"

    def observations(self, *_: object) -> Iterator[Observation]:
        yield self.fetch_json("/")


class Parsing(Far):
    """Takes its time to read a response."""

    def observations(self, *_: object) -> Iterator[Observation]:
        yield self.http.fetch("/", parse=lambda reply: time.sleep(30))


@pytest.mark.parametrize("kind", [Slow, Swallowing, Far, Parsing])
@pytest.mark.parametrize("is_chain", [False, True])
@pytest.mark.usefixtures("time_limit")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_time_limit_by_signal(provider: Provider, kind: Any, is_chain: bool) -> None:
    provider.answer = lambda asked: reply({}) if kind is Parsing else raw(b"", hang)
    driver = kind(base_url=provider.url) if issubclass(kind, HttpDriver) else kind()
    with ForexManager() as manager:
        manager.register(driver)
        manager.register(FixedRates({"USD/CAD": "1.4"}))
        names = ["slow", "fixed"] if is_chain else ["slow"]
        fx = forexhooks.open(*names, manager=manager)
        with pytest.raises(TimeLimitError):
            # Again and again: where it comes at the wrong moment, it is ignored.
            signal.setitimer(signal.ITIMER_REAL, 0.3, 2.0)
            try:
                fx.get_rate("USD", "CAD", date(2026, 10, 30))
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
