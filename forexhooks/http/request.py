"""Attempts: one request, with what it may cost and what it must hide."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

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
    """The body is larger than it may be."""


class NothingKeptError(Exception):
    """Nothing is kept, and nothing may be sent."""


class RefusedRedirectError(Exception):
    """The server sends to an address that is not to be asked."""


class Request(NamedTuple):
    """What is sent: the address (below the host, as `HttpDriver.sign` has it), and the rest."""

    url: str
    headers: Mapping[str, str]
    method: str = "GET"
    content: bytes | None = None

    def __repr__(self) -> str:
        # There may be keys in the rest, and a traceback shows what is at hand.
        return f"Request({self.method})"


Sign = Callable[[Request, Callable[[str], str]], Mapping[str, str]]
"""What gives the headers that a request is signed with: `HttpDriver.sign`."""


Transport = Callable[[Request], "Reply"]
"""What carries a request, keys in it: `HttpClient.transport`."""


class Attempt:
    """One request, with its retries and redirects: what it may cost, and what it must hide.

    `sent` is the request, `within` in seconds for all of it, `most_bytes` for the body after
    decompression, `keep` for how many seconds the answer may be kept (`None`: for good), `last_day`
    the last day that is asked for (`None`: the latest), `keys` what takes the place of its
    stand-ins in the bytes sent, and nowhere else. `own_host` refuses redirects to another host;
    `transport` carries requests in the place of the network;
    `sign` gives headers for each request as it is sent, `limits` are those of the provider;
    without `may_send` what is kept will do, or nothing. Once sent, `answer` is what came last, or
    `fault` why nothing did, `proxy` what it went through, and `moved` which hosts say that they
    have moved for good, and where to.
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
        """Seconds until the deadline, 0 or less past it."""
        return 0.0 if self._is_given_up else self.deadline - monotonic()

    def wait_its_turn(self) -> None:
        """Wait until the provider may be asked once more.

        Raises `QuotaError` where that is not before the deadline, `OutOfTimeError` past it.
        """
        if self.limits is not None:
            self.limits.wait(self.remaining())
        self.remaining()

    def signature(self, method: str, target: str) -> Mapping[str, str]:
        """The headers that a request with this target, keys in it, is signed with."""
        if self.sign is None:
            return {}
        # Through a proxy the target is a whole address.
        path = target if target.startswith("/") else "/" + target.split("/", 3)[3]
        return self.sign(Request(path, {}, method, self.content()), self.keys.key)

    def content(self) -> bytes | None:
        """The content as it is sent, with the keys in it."""
        if self.sent.content is None:
            return None
        kinds = (
            value for name, value in self.sent.headers.items() if name.lower() == _CONTENT_TYPE
        )
        return self.keys.revealed_in(self.sent.content, next(kinds, "").lower())

    def uses(self, connected: Any) -> None:
        """Remember the socket to cut when time is up; None where it is in no more use."""
        self._socket = connected
        if self._is_given_up:
            self._cut()

    def run(self, send: Callable[[], AnyResponse]) -> AnyResponse:
        """Send in a thread of its own, and wait for it until the deadline.

        Looking up a host's name and reading a header that drips know no limit: only a thread that
        can be left behind does. What it hangs on is cut, so that it ends too.
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
gives each attempt a thread of its own, which ends with it: no other can be taken for it.
"""
