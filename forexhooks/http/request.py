"""Attempts: one request, with its limits and its secrets."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from urllib3.exceptions import ProtocolError

from forexhooks.http.deadline import OutOfTimeError

if TYPE_CHECKING:
    from datetime import date

    import requests
    from requests_cache import AnyResponse

    from forexhooks.http.api_keys import Keys
    from forexhooks.http.proxies import Proxy
    from forexhooks.http.replies import Reply
    from forexhooks.http.request_limits import RequestLimits


_CONTENT_TYPE = "content-type"


class TooLargeError(Exception):
    """The body exceeds the size limit."""


class CutShortError(ProtocolError):
    """The connection ended before the body did."""


class NothingKeptError(Exception):
    """Nothing is cached, and nothing may be sent."""


class RefusedRedirectError(Exception):
    """The server redirects to an address that must not be requested."""


class Request(NamedTuple):
    """What is sent: the address (below the host, as for `HttpDriver.sign`), and the rest."""

    url: str
    headers: Mapping[str, str]
    method: str = "GET"
    content: bytes | None = None

    def __repr__(self) -> str:
        # The rest may contain keys, and tracebacks may show local values.
        return f"Request({self.method})"


Sign = Callable[[Request, Callable[[str], str]], Mapping[str, str]]
"""Returns the headers that sign a request: `HttpDriver.sign`."""


Transport = Callable[[Request], "Reply"]
"""Carries a request, with the keys in it: `HttpClient.transport`."""


class Attempt:
    """One request, with its retries and redirects, its limits and its secrets.

    Once it was sent, `answer` is the last response, or `fault` says why there is none. `proxy` is
    the proxy it went through, and `moved` lists hosts that say they have moved for good, and where
    to.

    Args:
        sent: The request.
        within: How many seconds it may take, with retries and redirects.
        most_bytes: The size limit of the body after decompression.
        keep: How many seconds the response may be cached; None: for good.
        last_day: The last day that was asked for; None: the latest rates.
        keys: Replaces placeholders by keys, only in the bytes that are sent.
        own_host: Whether to refuse redirects to other hosts.
        transport: Carries requests instead of the network.
        sign: Returns headers for each request when it is sent.
        limits: How many requests the provider allows.
        progress: Called with the bytes received and their total.
        may_send: False: use the cache only.
    """

    def __init__(
        self,
        sent: Request,
        *,
        within: float,
        most_bytes: int,
        keep: float | None,
        last_day: date | None,
        keys: Keys,
        own_host: bool,
        transport: Transport | None = None,
        sign: Sign | None = None,
        limits: RequestLimits | None = None,
        progress: Callable[[int, int | None], None] | None = None,
        may_send: bool = True,
    ) -> None:
        self.sent: Request = sent
        self._within = within
        self.deadline: float = monotonic() + within
        self.most_bytes: int = most_bytes
        self.keep: float | None = keep
        self.last_day: date | None = last_day
        self.own_host: bool = own_host
        self.transport: Transport | None = transport
        self.sign: Sign | None = sign
        self.limits: RequestLimits | None = limits
        self.progress: Callable[[int, int | None], None] | None = progress
        self.may_send: bool = may_send
        self.answer: requests.Response | None = None
        self.fault: Exception | None = None
        self.proxy: Proxy | None = None
        self.moved: list[str] = []
        self.keys: Keys = keys
        self._socket: Any = None
        self._is_given_up = False

    def remaining(self) -> float:
        """Seconds until the deadline. Raises `OutOfTimeError` past it."""
        seconds = self.seconds_left()
        if seconds <= 0:
            raise OutOfTimeError
        return seconds

    def seconds_left(self) -> float:
        """Seconds until the deadline; 0 or less past it."""
        return 0.0 if self._is_given_up else self.deadline - monotonic()

    def wait_its_turn(self) -> None:
        """Wait until the provider allows another request.

        Raises:
            QuotaError: That is not before the deadline.
            OutOfTimeError: The deadline has passed.
        """
        if self.limits is not None:
            self.limits.wait(self.remaining())
        self.remaining()

    def signature(self, method: str, target: str) -> Mapping[str, str]:
        """The headers that sign a request with this target, which has the keys in it."""
        if self.sign is None:
            return {}
        # Through a proxy, the target is a full address.
        path = target if target.startswith("/") else "/" + target.split("/", 3)[3]
        return self.sign(Request(path, {}, method, self.content()), self.keys.key)

    def content(self) -> bytes | None:
        """The body as it is sent, with the keys in it."""
        if self.sent.content is None:
            return None
        kinds = (
            value for name, value in self.sent.headers.items() if name.lower() == _CONTENT_TYPE
        )
        return self.keys.revealed_in(self.sent.content, next(kinds, "").lower())

    def uses(self, connected: Any) -> None:
        """Remember the socket to cut when time is up; None: it is no longer in use."""
        self._socket = connected
        if self._is_given_up:
            self._cut()

    def run(self, send: Callable[[], AnyResponse]) -> AnyResponse:
        """Send the request in a thread, and wait for it until the deadline.

        Name lookups, and headers that arrive byte by byte, ignore time limits: only a thread can be
        left behind. Its socket is cut, to make it end, too.
        """
        outcome: list[AnyResponse | BaseException] = []

        def work() -> None:
            here.attempt = self
            try:
                outcome.append(send())
            except BaseException as error:  # noqa: BLE001 - raised by who waits
                outcome.append(error)

        thread = threading.Thread(target=work, name="forexhooks request", daemon=True)
        thread.start()
        try:
            thread.join(self._within)
        except BaseException:
            self._give_up()
            raise
        if not outcome:
            self._give_up()
            raise OutOfTimeError
        if isinstance(outcome[0], BaseException):
            raise outcome[0]
        return outcome[0]

    def _give_up(self) -> None:
        self._is_given_up = True
        self._cut()

    def _cut(self) -> None:
        # Not connected yet, or not any more.
        with contextlib.suppress(AttributeError, OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


class _Here(threading.local):
    attempt: Attempt


here: _Here = _Here()
"""What the request that runs in this thread may do: its `attempt`.

It cannot be handed on: requests copies a request for each redirect and drops what it does not know,
and urllib3 calls connections, retries and its log without any word of the request. `Attempt.run`
gives each attempt a thread of its own, which ends with it, so threads tell attempts apart.
"""
