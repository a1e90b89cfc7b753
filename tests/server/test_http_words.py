"""Who asks by HTTP is told of parameters and routes: of no call of Python's, and of no command."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

import forexhooks
from forexhooks import ForexManager, errors, hookimpl
from forexhooks.server.http_words import in_http_words
from forexhooks.server.problems import STATUS
from forexhooks.testing import FixedRates
from sentences import CALL, texts
from server_of_ours import Server, serving
from test_docs import ROOT

COMMAND = re.compile(r"forexhooks (rate|update|lock|drivers)|(?<![\w/-])--?[a-z][\w-]*|\bpip\b")
FOLDERS = ("forexhooks/rates", "forexhooks/currencies", "forexhooks/service", "builtin_plugins")
MODULES = ("forexhooks/plugins/listing.py", "forexhooks/http/client.py")
# What is raised where nobody asks by HTTP, or is hidden as the server's own.
NOT_SAID = (
    "service/locks/",
    "service/doctor.py",
    "rates/profile.py",
    "builtin_plugins/pytest_forexhooks.py",
)
OF_PYTHON = (
    "every('x', 'x')",  # the server checks it first
    "max_gap must be a number of days",
    "give its .date()",
    "try date.fromisoformat()",
    "rate.convert(amount)",
    "be pickled",
    "repairs it",  # a warning
    "python -m forexhooks_ecb.pack",
    "without --offline",  # the end of a sentence that is left out
)


def test_whatever_the_library_says_can_be_said_by_http() -> None:
    left = []
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    for path in (*paths, *(ROOT / each for each in MODULES)):
        name = path.relative_to(ROOT).as_posix()
        if any(each in name for each in NOT_SAID):
            continue
        for text in texts(path):
            said = (
                in_http_words(text).replace("='x'", "=x").replace("max_gap", "")
            )  # which is a parameter
            if CALL.search(said) or COMMAND.search(said):
                left.append((name, said))
    assert [each for each in left if not any(known in each[1] for known in OF_PYTHON)] == []


class Refusing:
    """A driver that raises what it is given."""

    error: Exception

    @hookimpl
    def forex_driver_name(self) -> str:
        return "refusing"

    @hookimpl
    def forex_currencies(self, driver: str) -> set[str] | None:
        return {"EUR", "USD"} if driver == "refusing" else None

    @hookimpl
    def forex_get_rate(self, driver: str) -> None:
        if driver == "refusing":
            raise self.error


def all_classes(kind: type = forexhooks.ForexError) -> Iterator[type[Exception]]:
    yield kind
    for each in kind.__subclasses__():
        if each.__module__ == errors.__name__:
            yield from all_classes(each)


# What the library itself says of a rate that is not there, with its advice.
ADVICE = (
    "refusing has no USD: ask another driver, or list what it has with currencies()",
    (
        "refusing holds rates up to 2026-10-30; the rate of 2026-11-02 should be out: "
        "run `forexhooks update refusing` without --offline"
    ),
    "nothing was published; a larger max_gap carries an older rate, if there is one",
    "there is no rate; add it with `forexhooks lock USD/CAD --update -o rates.lock`, or run your",
    (
        "the network is switched off: leave out --offline, or unset FOREXHOOKS_OFFLINE and "
        "the setting offline"
    ),
)


def made(kind: type[Exception], said: str) -> Exception:
    named: dict[str, Any] = {}
    if kind is errors.RateUnavailableError:
        named["reason"] = errors.UnavailableReason.HOLE
    if kind is errors.NoDriverAnsweredError:
        named["failures"] = {"refusing": errors.UnsupportedPairError(said)}
    return kind(said, **named)


@pytest.fixture(scope="module")
def refusing() -> Iterator[tuple[Server, Refusing]]:
    with ForexManager() as manager:
        driver = Refusing()
        manager.register(driver)
        manager.register(FixedRates({"EUR/CHF": 1}, on=date(2026, 10, 30)))
        with serving(manager, "refusing") as server:
            yield server, driver


@pytest.mark.parametrize("kind", list(all_classes()), ids=lambda each: each.__name__)
def test_no_error_advises_what_is_not_of_http(
    refusing: tuple[Server, Refusing], kind: type[Exception]
) -> None:
    server, driver = refusing
    for number, said in enumerate(ADVICE):
        driver.error = made(kind, said)
        for path in (
            "/api/rate?base=EUR&quote=USD",
            "/api/rate?base=EUR&quote=USD&driver=refusing,fixed",
            "/api/convert?amount=1&base=EUR&quote=USD",
            "/api/history?base=EUR&quote=USD&start=2026-10-29&end=2026-10-30",
            "/api/compare?base=EUR&quote=USD&drivers=refusing",
            "/v1/latest?symbols=USD",
            "/v2/rates?quotes=USD",
            "/v2/rate/EUR/USD",
        ):
            reply = server.ask(f"{path}{'&' * (number + 1)}" if number else path)
            told = reply.text.replace("max_gap", "")
            assert not CALL.search(told) and not COMMAND.search(told), (path, told)
            if path.startswith("/api/rate") and "driver=" not in path:
                expected = next(STATUS[each] for each in kind.__mro__ if each in STATUS)
                if kind is not errors.NoDriverAnsweredError:
                    assert (reply.status, reply.json["error"]) == (expected, kind.__name__)


REAL = {
    "/api/rate?base=EUR&quote=AED": "or see /v2/currencies?scope=all&providers=ecb",
    "/api/rate?base=EUR&quote=USD&on=2026-10-25&max_gap=0": "a larger max_gap carries",
    "/api/rate?base=EUR&quote=USD&driver=nobody": "see /api/drivers",
    "/api/rate?base=EUR&quote=USD&on=2099-01-01": "leave out on for the latest",
    "/api/rate?base=USD&quote=CAD&driver=ecb:x": "ecb has no series 'x'",
    "/api/rate?base=EUR&quote=USD": "the rate of",
    "/api/rate?base=EUR&quote=AED&driver=ecb,nbp": "nbp failed (",
    "/readyz": "the rate of",
}


@pytest.mark.parametrize("path", REAL)
def test_real_answers_say_what_can_be_done_by_http(server: Server, path: str) -> None:
    reply = server.ask(path)
    told = reply.text.replace("max_gap", "")
    assert REAL[path] in reply.text
    assert not CALL.search(told) and not COMMAND.search(told), told
