"""Connections: guarded, retried while there is time, and with limits on what they read."""

from __future__ import annotations

import contextlib
import http.client
import io
import logging
from socket import gaierror
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import quote

import requests
import requests.adapters
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    LocationParseError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ResponseError,
)
from urllib3.util import Retry

from forexhooks.http.cache import LAST_DAY
from forexhooks.http.failures import seconds_of
from forexhooks.http.happy_eyeballs import connect
from forexhooks.http.proxies import check_certificates, proxy_of
from forexhooks.http.request import NothingKeptError, Request, here
from forexhooks.http.whole_response import whole_response
from forexhooks.support.text import printable

if TYPE_CHECKING:
    import urllib3

    from forexhooks.http.request import Attempt


POOL = 16
"""How many connections to a host stay open: so many threads can ask without new ones."""

RETRIES = 2
"""How often a request is repeated after a temporary failure."""

FAULTS_THAT_MAY_PASS = frozenset({408, 425, 429, *range(500, 600)})
"""The statuses of temporary failures."""

_BACKOFF = 0.2
_LIMIT_USED_UP = 429
_PACKED = "content-encoding"  # a transport's body is already decompressed
_PROXY_WANTS_A_USER = 407


class Adapter(requests.adapters.HTTPAdapter):
    """Reads each body within its limits, and decides how long the response may be cached."""

    def __init__(self) -> None:
        super().__init__(
            pool_connections=4,
            pool_maxsize=POOL,
            max_retries=_Retry(
                total=RETRIES,
                backoff_factor=_BACKOFF,
                status_forcelist=FAULTS_THAT_MAY_PASS,
                allowed_methods={"GET", "POST"},  # POST asks questions here, too: retry it
                raise_on_status=False,
                respect_retry_after_header=True,
            ),
        )

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools, with guarded connections."""
        super().init_poolmanager(*args, **kwargs)
        _guard(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> urllib3.ProxyManager:
        """Make the pools through a proxy, with guarded connections."""
        is_new = proxy not in self.proxy_manager
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        if is_new:
            _guard(manager)
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        """Send one request, and read its whole response."""
        attempt = here.attempt
        if not attempt.may_send:
            raise NothingKeptError
        kwargs["stream"] = True
        try:
            attempt.proxy = proxy_of(request.url or "", kwargs.get("proxies") or {})
            if attempt.proxy is not None:
                kwargs["proxies"] = {"all": attempt.proxy.address}
            if (request.url or "").startswith("https:"):
                check_certificates(kwargs.get("verify"))
            if attempt.transport is None:
                response = super().send(request, *args, **kwargs)
            else:
                carried = whole_response(_carried(request, attempt), attempt)
                response = self.build_response(request, carried)
            if attempt.proxy is not None and response.status_code == _PROXY_WANTS_A_USER:
                raise requests.exceptions.ProxyError(
                    f"Tunnel connection failed: {response.status_code} {response.reason}"
                )
        except Exception as error:
            attempt.fault = error
            raise
        attempt.answer = response
        # The key already includes what a driver sends, and the cache is private.
        response.headers.pop("Vary", None)
        # requests-cache obeys this header above all else.
        response.headers["Cache-Control"] = _keeping(
            response.headers.get("Cache-Control", ""), attempt.keep
        )
        response.headers.pop(LAST_DAY, None)
        if attempt.last_day is not None:
            response.headers[LAST_DAY] = attempt.last_day.isoformat()
        return response


def _carried(request: requests.PreparedRequest, attempt: Attempt) -> HTTPResponse:
    """The response of an injected transport to a request, as the network would deliver it."""
    assert attempt.transport is not None  # noqa: S101 - for the type checker
    attempt.wait_its_turn()
    keys, method = attempt.keys, request.method or "GET"
    url = keys.revealed(request.url or "", _quoted)
    headers = {name: keys.revealed(str(value)) for name, value in request.headers.items()}
    headers |= attempt.signature(method, "/" + url.split("/", 3)[3])
    answer = attempt.transport(Request(url, headers, method, attempt.content()))
    kept = {name: value for name, value in answer.headers.items() if name.lower() != _PACKED}
    return HTTPResponse(
        io.BytesIO(answer.content), HTTPHeaderDict(kept), answer.status, preload_content=False
    )


def _shown(record: logging.LogRecord) -> bool:
    """A log filter: rewrites urllib3's messages about our requests without secrets."""
    attempt = getattr(here, "attempt", None)
    if attempt is not None:
        record.msg = printable(attempt.keys.concealed(record.getMessage()))
        record.args = record.exc_info = record.exc_text = None
    return True


for _name in ("urllib3.connection", "urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_shown)


def _keeping(said: str, keep: float | None) -> str:
    """The Cache-Control to obey: the provider's, if it is stricter than ours."""
    directives = dict(
        part.strip().lower().partition("=")[::2] for part in said.split(",") if part.strip()
    )
    if "no-store" in directives:
        return "no-store"
    if keep is None:
        return "immutable"
    if "no-cache" in directives:
        return "no-cache, max-age=0"
    with contextlib.suppress(KeyError, ValueError):
        keep = min(keep, int(directives["max-age"]))
    return f"max-age={max(0, int(keep))}"


class _Retry(Retry):
    """Retries as long as the wait ends before the deadline."""

    def get_retry_after(self, response: Any) -> float | None:
        return seconds_of(response.headers.get("Retry-After"))

    def increment(
        self,
        method: Any = None,
        url: Any = None,
        response: Any = None,
        error: Any = None,
        *more: Any,
        **rest: Any,
    ) -> Self:
        following = super().increment(method, url, response, error, *more, **rest)
        said = None if response is None else self.get_retry_after(response)
        wait = following.get_backoff_time() if said is None else said
        if response is not None and response.status == _LIMIT_USED_UP and said is None:
            wait = float("inf")  # asking again at once is what the provider complains about
        if wait >= here.attempt.seconds_left():
            raise MaxRetryError(cast("Any", None), url, error or ResponseError("no time to retry"))
        return following


def _quoted(key: str) -> str:
    return quote(key, safe="")


class _Guard:
    """A connection that inserts the keys, and that can be cut when time is up."""

    sock: Any

    def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        attempt = here.attempt
        attempt.wait_its_turn()
        target = attempt.keys.revealed(url, _quoted)
        super().putrequest(method, target, *args, **kwargs)  # type: ignore[misc]
        for header, value in attempt.signature(method, target).items():
            super().putheader(header, value)  # type: ignore[misc]

    def putheader(self, header: str, *values: Any) -> None:
        reveal = here.attempt.keys.revealed
        content = here.attempt.content()
        if content is not None and header.lower() == "content-length":
            values = (str(len(content)),)
        revealed = (reveal(each) if isinstance(each, str) else each for each in values)
        super().putheader(header, *revealed)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        attempt = here.attempt
        if data is attempt.sent.content:
            data = attempt.content()
        super().send(data)  # type: ignore[misc]

    def _new_conn(self) -> Any:
        theirs = super()._new_conn  # type: ignore[misc]
        # Connections through a SOCKS proxy are made differently.
        is_plain = theirs.__func__ is HTTPConnection._new_conn  # noqa: SLF001
        connected = self._first_to_answer() if is_plain else theirs()
        # At once: a proxy may send byte by byte before there is any response.
        here.attempt.uses(connected)
        return connected

    def _first_to_answer(self: Any) -> Any:
        try:
            return connect(
                self._dns_host.strip("[]"),
                self.port,
                within=self.timeout,
                options=self.socket_options or (),
                source=self.source_address,
            )
        except gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except UnicodeError:
            raise LocationParseError(f"{self.host!r}, label empty or too long") from None
        except TimeoutError as error:
            raise ConnectTimeoutError(self, str(error)) from error
        except OSError as error:
            raise NewConnectionError(
                self, f"Failed to establish a new connection: {error}"
            ) from error

    def _tunnel(self) -> None:
        super()._tunnel()  # type: ignore[misc]
        # A proxy that is cut while responding seems to have finished its response.
        here.attempt.remaining()

    def getresponse(self) -> Any:
        attempt = here.attempt
        attempt.uses(self.sock)
        try:
            return super().getresponse()  # type: ignore[misc]
        except http.client.HTTPException as error:
            # It quotes the bad line, and other errors quote it again.
            error.args = (printable(attempt.keys.concealed(str(error))),)
            if isinstance(error, http.client.BadStatusLine):
                error.line = error.args[0]  # type: ignore[attr-defined]
            raise


class _Pool:
    """A pool that reads each body within limits and removes all keys, as part of the request.

    So a body that is cut short is retried like any other failure.
    """

    def urlopen(self, *args: Any, **options: Any) -> Any:
        # The body has been read by the time this returns: the pool may have the connection back.
        return super().urlopen(*args, **{**options, "release_conn": True})  # type: ignore[misc]

    def _make_request(self, *args: Any, **options: Any) -> Any:
        return whole_response(super()._make_request(*args, **options), here.attempt)  # type: ignore[misc]


def _guard(manager: Any) -> None:
    """Make a manager use guarded connections, whatever their kind."""
    guarded = {}
    for scheme, pool in manager.pool_classes_by_scheme.items():
        connection = type(pool.ConnectionCls.__name__, (_Guard, pool.ConnectionCls), {})
        guarded[scheme] = type(pool.__name__, (_Pool, pool), {"ConnectionCls": connection})
    manager.pool_classes_by_scheme = guarded
