"""What can go wrong between a driver and its provider, as data: one row for each fault.

Nothing here depends on a driver: a fault turns a healthy provider's responses into faulty ones.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from forexhooks.errors import (
    AuthenticationError,
    ForexError,
    InvalidRateError,
    MalformedResponseError,
    QuotaError,
    RateUnavailableError,
    TransientError,
    UnsupportedPairError,
)
from forexhooks.testing import bodies
from forexhooks.testing.bodies import Rewrite, rewritten, same
from forexhooks.testing.local_server import Answer, Asked, Misbehave, Reply, reply

HANGS = 60.0
"""Seconds for which a provider that hangs says nothing: far more than any test waits."""

OK = b"HTTP/1.1 200 OK\r\n"
_CHUNK = b"\n" * (1 << 20)
_CHUNKS = 100

NO_RATE = (MalformedResponseError, InvalidRateError)
NOT_THIS_RATE = (*NO_RATE, UnsupportedPairError, RateUnavailableError)


class Ill(Protocol):
    """Turns the responses of a healthy provider into those of a faulty one."""

    def __call__(self, well: Answer, rewrite: Rewrite = rewritten) -> Answer:
        """Return the function that responds."""


class Fault(NamedTuple):
    """One fault. `of(well)` turns the responses of a healthy provider into faulty ones.

    The second argument of `of` is a function that rewrites bodies. The question must raise one of
    `errors`; if that is empty, it must return the right rate all the same. `retry_after` has the
    smallest and largest number of seconds that the error may give. `is_silent` means that the fault
    lasts as long as the driver waits. `advice` says what the driver's author should do. A body that
    the fault cannot change is returned as it is.
    """

    name: str
    of: Ill
    errors: tuple[type[ForexError], ...]
    advice: str
    retry_after: tuple[float, float] | None = None
    is_silent: bool = False


def always(answer: Reply | Misbehave) -> Ill:
    """The same response to every request."""
    return lambda well, rewrite=rewritten: lambda asked: answer


def status(status: int, **headers: str) -> Ill:
    """A response that is nothing but a status and headers."""
    return always(reply("<p>Sorry.</p>", status, **headers))


def raw(sent: bytes, then: Callable[[socket.socket], None] = lambda _: None) -> Misbehave:
    """Send these bytes instead of a response, and then do something with the connection."""

    def act(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.sendall(sent)
            then(connection)

    return Misbehave(act)


def hang(connection: socket.socket) -> None:
    """Send nothing until the other side has closed the connection."""
    connection.settimeout(HANGS)
    connection.recv(1)


def drip(connection: socket.socket) -> None:
    """Send a little, again and again, until the other side has closed the connection."""
    for _ in range(int(HANGS / 0.05)):
        connection.sendall(b"x")
        time.sleep(0.05)


def reset(connection: socket.socket) -> None:
    """Close the connection with RST, not FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def padded(given: Reply) -> Misbehave:
    """A response followed by more empty lines than any program should accept."""
    length = len(given.content) + _CHUNKS * len(_CHUNK)

    def rest(connection: socket.socket) -> None:
        for _ in range(_CHUNKS):
            connection.sendall(_CHUNK)

    return raw(OK + b"Content-Length: %d\r\n\r\n" % length + given.content, rest)


def altered(alter: Callable[[Reply], Reply | Misbehave]) -> Ill:
    """The healthy provider's responses with status 200, altered."""
    return lambda well, rewrite=rewritten: _altered(well, alter)


def other(number: Callable[[str], str] = same, day: Callable[[date], date] = same) -> Ill:
    """The healthy provider's responses with other numbers or other days."""

    def of(well: Answer, rewrite: Rewrite = rewritten) -> Answer:
        return _altered(
            well, lambda given: given._replace(content=rewrite(given.content, number, day))
        )

    return of


def _altered(well: Answer, alter: Callable[[Reply], Reply | Misbehave]) -> Answer:
    def answer(asked: Asked) -> Reply | Misbehave:
        given = well(asked)
        return alter(given) if isinstance(given, Reply) and given.status == 200 else given

    return answer


def another_base(given: Reply) -> Reply:
    """A response that names another base."""
    return given._replace(content=bodies.with_another_base(given.content))


def cut_short(given: Reply) -> Misbehave:
    """A response that ends before its length."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(given.content)}\r\n\r\n"
    return raw(head.encode() + given.content[:-1])


HTML = "<!DOCTYPE html><title>Welcome to the hotel</title><p>Please sign in."

_TRANSIENT = "raise TransientError: HttpDriver does, then waits and asks again"
_LIMIT = "give each request a time limit, as HttpDriver does, and raise TransientError"
_MALFORMED = "raise MalformedResponseError if a response has another format than it should"
_NOTHING = (
    "raise MalformedResponseError (in `read`: ValueError) if the latest response has no rate at all"
)
_CHECK = "check each value before you yield it, and raise MalformedResponseError"

FAULTS: tuple[Fault, ...] = (
    Fault("timeout", always(raw(b"", hang)), (TransientError,), _LIMIT, is_silent=True),
    Fault(
        "timeout in the body",
        always(raw(OK + b"Content-Length: 999\r\n\r\n{", drip)),
        (TransientError,),
        "limit the time of the whole response, as HttpDriver does: the time limit of requests is "
        "for one read of the socket",
        is_silent=True,
    ),
    Fault("reset", always(raw(b"", reset)), (TransientError,), _TRANSIENT),
    Fault(
        "truncation",
        altered(cut_short),
        (TransientError, MalformedResponseError),
        "compare the length of the body with Content-Length, as HttpDriver does",
    ),
    Fault(
        "429 with Retry-After",
        status(429, Retry_After="120"),
        (QuotaError,),
        "raise QuotaError with retry_after, as HttpDriver does",
        (100, 120),
    ),
    Fault("401", status(401), (AuthenticationError,), "raise AuthenticationError for 401 and 403"),
    Fault("404", status(404), (MalformedResponseError,), _MALFORMED),
    Fault("500", status(500), (TransientError,), _TRANSIENT),
    Fault("HTML with 200", always(reply(HTML, content_type="text/html")), NO_RATE, _MALFORMED),
    Fault("empty with 200", always(reply()), NO_RATE, _NOTHING),
    Fault(
        "redirect to another host",
        status(302, Location="http://127.0.0.1:1/"),
        (MalformedResponseError, TransientError),
        "do not follow redirects to other hosts, which would get the key, too: HttpDriver refuses "
        "them",
    ),
    Fault(
        "oversized body",
        altered(padded),
        NO_RATE,
        "limit the size of a response, as HttpDriver does",
    ),
    Fault("rates of 0", other(lambda _: "0.0000"), NOT_THIS_RATE, _CHECK),
    Fault("rates below 0", other(lambda _: "-1.2345"), NOT_THIS_RATE, _CHECK),
    Fault("rates that are NaN", other(lambda _: "NaN"), NOT_THIS_RATE, _CHECK),
    Fault(
        "wrong base",
        altered(another_base),
        NOT_THIS_RATE,
        "compare the base in the response with the one you asked for, and raise "
        "MalformedResponseError",
    ),
    Fault(
        "future day",
        other(day=lambda on: on + timedelta(days=400)),
        NOT_THIS_RATE,
        "take the day from the response; Driver then refuses a future day",
    ),
)
