"""What can go wrong on the wire, in full: the kit has the part that any driver may meet.

Nothing here knows a driver. `FAULTS` make a well provider's answers ill; `AS_PARAMETERS` are the
same for `pytest.mark.parametrize`. `Acme` is a small driver to try them on.
"""

from __future__ import annotations

import contextlib
import gzip
import threading
import time
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any, NamedTuple

import pytest

from forexhooks import Observation, Profile, every_day
from forexhooks.errors import (
    AuthenticationError,
    ForexError,
    MalformedResponseError,
    QuotaError,
    TransientError,
)
from forexhooks.http import HttpDriver
from forexhooks.testing.faults import (
    HTML,
    OK,
    altered,
    always,
    cut_short,
    drip,
    hang,
    raw,
    reset,
    status,
)
from forexhooks.testing.local_server import Answer
from providers import Asked, Misbehave, Reply, reply

__all__ = [
    "AS_PARAMETERS",
    "FAULTS",
    "HTML",
    "KEY",
    "MOST_BYTES",
    "OF_JSON",
    "OK",
    "RATE",
    "SLACK",
    "TIME_LIMIT",
    "Acme",
    "Answer",
    "Fault",
    "altered",
    "always",
    "as_parameters",
    "drip",
    "hang",
    "in_time",
    "no_request_thread",
    "raw",
    "reset",
    "status",
    "well",
]

TIME_LIMIT = 2.0
"""The time limit to give a driver: it fits one retry, and hangs are short."""

SLACK = 40.0
"""Seconds that a slow machine may add: far less than a provider hangs."""

MOST_BYTES = 100_000
"""The bound to put in the place of `http.client.MOST_BYTES`: what is too large exceeds it."""


class Fault(NamedTuple):
    """One fault. `of(well)` makes the answers of a provider that has it out of a well one's.

    `error` is what the question raises; None: the right rate is given all the same. `retry_after`
    are the least and the most seconds that the error says.
    """

    name: str
    of: Callable[[Answer], Answer]
    error: type[ForexError] | None
    retry_after: tuple[float, float] | None = None


def then_well(*first: Reply | Misbehave) -> Callable[[Answer], Answer]:
    """These answers first, and then those of the well provider."""

    def of(well: Answer) -> Answer:
        remaining = list(first)
        return lambda asked: remaining.pop(0) if remaining else well(asked)

    return of


def cut_chunk(given: Reply) -> Misbehave:
    head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{len(given.content):x}\r\n"
    return raw(head.encode() + given.content[:-1])


def cut_gzip(given: Reply) -> Reply:
    """Half of a stream, as a proxy gives that was cut off itself: its length is in order."""
    packed = gzip.compress(given.content, compresslevel=0)
    return reply(packed[: len(packed) - 10], Content_Encoding="gzip")


def surplus(given: Reply) -> Misbehave:
    """More than was announced: it must not become the answer to the next question."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(given.content)}\r\n\r\n".encode()
    return raw(head + given.content + head + b"9" * len(given.content), hang)


def in_two_minutes(well: Answer) -> Answer:
    when = format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)
    return status(429, Retry_After=when)(well)


BODY = OK + b"Content-Length: 999\r\n\r\n{"
CHUNKS = OK + b"Transfer-Encoding: chunked\r\n\r\n"
ZIPPED = gzip.compress(bytes(50 * MOST_BYTES))

_PLAIN: dict[type[ForexError] | None, dict[str, Callable[[Answer], Answer]]] = {
    TransientError: {
        "reset before the headers": always(raw(b"", reset)),
        "reset in the headers": always(raw(OK + b"Content-Le", reset)),
        "reset in the body": always(raw(BODY, reset)),
        "closed before the headers": always(raw(b"")),
        "hang before the headers": always(raw(b"", hang)),
        "hang in the headers": always(raw(OK + b"Content-Le", hang)),
        "hang in the body": always(raw(BODY, hang)),
        "dripping headers": always(raw(OK + b"X: ", drip)),
        "dripping body": always(raw(BODY, drip)),
        "dripping body without a length": always(raw(OK + b"\r\n{", drip)),
        "no HTTP": always(raw(b"SSH-2.0-OpenSSH_9.6\r\n")),
        "more than 100 headers": always(raw(OK + b"A: b\r\n" * 200 + b"\r\n")),
        "100 Continue": always(raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 99, hang)),
        "body cut short": altered(cut_short),
        "chunk cut short": altered(cut_chunk),
        "chunk without a size": always(raw(CHUNKS + b"zz\r\n")),
        "408": status(408),
        "500": status(500),
        "503": status(503),
        "503 without an end": always(raw(b"HTTP/1.1 503 Busy\r\n\r\n", drip)),
        "520": status(520),
    },
    MalformedResponseError: {
        "gzip that is none": always(reply("{}", Content_Encoding="gzip")),
        "gzip cut short": altered(cut_gzip),
        "gzip bomb": always(reply(ZIPPED, Content_Encoding="gzip")),
        "gzip bomb in gzip": always(reply(gzip.compress(ZIPPED), Content_Encoding="gzip, gzip")),
        "body too large": always(reply(bytes(MOST_BYTES + 1))),
        "HTML with 200": always(reply(HTML, Content_Type="text/html")),
        "empty with 200": always(reply()),
        "204": status(204),
        "206": altered(lambda given: given._replace(status=206)),
        "304 unasked": status(304),
        "400": status(400),
        "404": status(404),
        "redirect to another scheme": status(302, Location="https://localhost:1/"),
        "redirect to a file": status(302, Location="file:///etc/passwd"),
        "redirect to another host": status(302, Location="http://127.0.0.1:1/"),
        "redirect to another port": status(302, Location="//localhost:1/"),
        "redirect without an end": status(302, Location="/again"),
    },
    AuthenticationError: {"401": status(401), "403": status(403)},
    QuotaError: {"429": status(429)},
    None: {
        "more than was announced": altered(surplus),
        "reset, then well": then_well(raw(b"", reset)),
        "503, then well": then_well(reply("", 503)),
        "429, then well": then_well(reply("", 429, Retry_After="0")),
    },
}

FAULTS: tuple[Fault, ...] = (
    *(Fault(name, of, error) for error, rows in _PLAIN.items() for name, of in rows.items()),
    Fault("429, too long to wait", status(429, Retry_After="120"), QuotaError, (120, 120)),
    Fault("429 until a date", in_two_minutes, QuotaError, (100, 120)),
    Fault("429 for 31 years", status(429, Retry_After="999999999"), QuotaError, (86400, 86400)),
    Fault("503 for 31 years", status(503, Retry_After="9" * 30), TransientError, (86400, 86400)),
    Fault("503, too long to wait", status(503, Retry_After="60"), TransientError, (60, 60)),
    *(
        Fault(f"429, {name}", status(429, Retry_After=said), QuotaError)
        for name, said in {
            "words": "soon",
            "below 0": "-5",
            "a date without a zone": "Wed, 21 Oct 2099 07:28:00 -0000",
            "a year too far": "Wed, 21 Oct 99999 07:28:00 GMT",
            "5000 digits": "9" * 5000,
        }.items()
    ),
    Fault(
        "520, then well",
        then_well(reply("", 520)),
        None,
    ),
    Fault(
        "redirect to nonsense",
        status(302, Location="http://[::1"),
        MalformedResponseError,
    ),
)

OF_JSON: tuple[Fault, ...] = tuple(
    Fault(f"JSON: {name}", always(reply(body)), MalformedResponseError)
    for name, body in {
        "cut": b'{"rate": 1.',
        "NaN": b'{"rate": NaN}',
        "Infinity": b'{"rate": -Infinity}',
        "an exponent without bounds": b'{"rate": 1e99999999999999999999}',
        "nested without bounds": b"[" * 50_000,
        "bytes that are no text": b'{"rate": "\xff"}',
    }.items()
)
"""Faults of a body that is to be JSON."""


def as_parameters(faults: Collection[Fault]) -> list[Any]:
    return [pytest.param(fault, id=fault.name) for fault in faults]


AS_PARAMETERS = as_parameters((*FAULTS, *OF_JSON))

KEY = "s3cret/K&y"
RATE = "1.2345678901234567890123456789"  # more digits than a float has


def well(asked: Asked) -> Reply:
    """What Acme's provider answers when it is well."""
    day = datetime.now(UTC).date() if asked.path == "/latest" else asked.path[1:]
    return reply(f'{{"day": "{day}", "rate": {RATE}}}')


class Acme(HttpDriver):
    """A driver with a key, whose provider publishes EUR/USD every day."""

    name = "acme"
    profile = Profile(title="Acme Bank", publication_days=every_day)
    BASE_URL = "https://rates.acme.example"

    def __init__(self, *, app_id: str = KEY, **options: Any) -> None:
        super().__init__(**{"time_limit": TIME_LIMIT, **options})
        self.asking = {"app_id": self.key("app_id", app_id)}

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        document = self.fetch_json(f"/{end or 'latest'}", self.asking, end=end)
        yield Observation(date.fromisoformat(document["day"]), "EUR", "USD", document["rate"])


@contextlib.contextmanager
def in_time(limit: float = TIME_LIMIT) -> Iterator[None]:
    """What is done within must not take longer than the limit, but for a slow machine's slack."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < limit + SLACK


def no_request_thread(within: float = 1) -> bool:
    """Whether the threads that requests are made in all end within these seconds."""
    end = time.monotonic() + within
    while any("forexhooks request" in each.name for each in threading.enumerate()):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
