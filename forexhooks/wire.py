"""The wire: one request over HTTP, bounded in time and size, with keys put in at the last moment.

Imported when something is fetched, never before: requests costs more than a first rate.
"""

from __future__ import annotations

import contextlib
import http.cookiejar
import os
import socket
import sqlite3
import threading
from time import monotonic
from typing import TYPE_CHECKING, Any, Self, cast
from urllib.parse import quote, urljoin, urlsplit

import requests
import requests.adapters
import requests_cache
from requests import exceptions as faults
from urllib3.exceptions import DecodeError, HTTPError, MaxRetryError, ResponseError
from urllib3.util import Retry

from forexhooks.errors import (
    DriverError,
    ForexError,
    MalformedResponseError,
    SettingsError,
    TransientError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import urllib3
    from requests_cache import AnyResponse

POOL = 16
"""Connections that are kept open to one host: as many threads may ask at once without a new one."""

RETRIES = 2
"""How often a request is made again after a fault that may pass."""

_BACKOFF = 0.2
_LIMIT_USED_UP = 429
_CONNECT_WITHIN = 5.0
_CHUNK = 16 * 1024


class OutOfTimeError(Exception):
    """The deadline passed before the whole answer was there."""


class TooLargeError(Exception):
    """The body is larger than it may be."""


class RefusedRedirectError(Exception):
    """The server sends to an address that is not to be asked."""


class Attempt:
    """One request, with its retries and redirects: what it may cost, and what it must hide.

    `within` is in seconds for all of it, `most_bytes` for the body after decompression, `keep` for
    how many seconds the answer may be kept (`None`: for good), `hidden` the keys by the text that
    stands for them in everything but the bytes sent. `own_host` refuses redirects to another host.
    """

    def __init__(
        self,
        url: str,
        *,
        within: float,
        most_bytes: int,
        keep: float | None,
        hidden: Mapping[str, str],
        own_host: bool,
        progress: Callable[[int, int | None], None] | None = None,
    ) -> None:
        self.url = url
        self._within = within
        self.deadline = monotonic() + within
        self.most_bytes = most_bytes
        self.keep = keep
        self.own_host = own_host
        self.progress = progress
        self._hidden = hidden
        self._socket: Any = None
        self._is_given_up = False

    def concealed(self, text: str) -> str:
        """The text without the keys, however they are quoted in it."""
        for stand_in, key in self._hidden.items():
            for form in {key, quote(key), quote(key, safe="")}:
                text = text.replace(form, stand_in)
        return text

    def remaining(self) -> float:
        """Seconds until the deadline. Raises `OutOfTimeError` past it."""
        seconds = self.deadline - monotonic()
        if seconds <= 0 or self._is_given_up:
            raise OutOfTimeError
        return seconds

    def revealed(self, text: str, quoted: Callable[[str], str] = str) -> str:
        """The text with the keys in it, each `quoted`."""
        for stand_in, key in self._hidden.items():
            text = text.replace(stand_in, quoted(key))
        return text

    def uses(self, connected: Any) -> None:
        """Remember the socket to cut when time is up."""
        self._socket = connected
        self.remaining()

    def run(self, send: Callable[[], AnyResponse]) -> AnyResponse:
        """Send in a thread of its own, and wait for it until the deadline.

        Looking up a host's name and reading a header that drips know no limit: only a thread that
        can be left behind does. What it hangs on is cut, so that it ends too.
        """
        outcome: list[AnyResponse | BaseException] = []

        def work() -> None:
            _here.attempt = self
            try:
                outcome.append(send())
            except BaseException as error:  # noqa: BLE001 - raised by who waits
                outcome.append(error)

        thread = threading.Thread(target=work, name="forexhooks request", daemon=True)
        thread.start()
        thread.join(self._within)
        if not outcome:
            self._give_up()
            raise OutOfTimeError
        if isinstance(outcome[0], BaseException):
            raise outcome[0]
        return outcome[0]

    def _give_up(self) -> None:
        self._is_given_up = True
        # Not connected yet, or not any more.
        with contextlib.suppress(AttributeError, OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


# What came to no answer, the error it is raised as, and what is said of the address. The first
# kind that fits; a colon at the end asks for the innermost reason.
_FAULTS: tuple[tuple[tuple[type[Exception], ...], type[ForexError], str], ...] = (
    ((OutOfTimeError,), TransientError, "gave no whole answer in time; try again later"),
    ((TooLargeError,), MalformedResponseError, "answers with a body that is too large"),
    ((RefusedRedirectError,), MalformedResponseError, "is redirected, which is refused:"),
    ((faults.TooManyRedirects,), MalformedResponseError, "redirects without an end"),
    (
        (faults.SSLError,),
        DriverError,
        "has no certificate that can be verified; name further ones in REQUESTS_CA_BUNDLE:",
    ),
    ((faults.Timeout,), TransientError, "did not answer in time; try again later"),
    (
        (faults.ContentDecodingError, DecodeError),
        MalformedResponseError,
        "answers with a body that cannot be unpacked",
    ),
    (
        (faults.InvalidURL, faults.InvalidSchema, faults.MissingSchema),
        SettingsError,
        "is no address: check base_url",
    ),
    (
        (faults.RequestException, HTTPError, ConnectionError),
        TransientError,
        "cannot be reached; check the network, or try again later:",
    ),
    ((Exception,), DriverError, "cannot be asked:"),
)


def explained(error: Exception) -> tuple[type[ForexError], str]:
    """The kind of error to raise for a request that came to no answer, and what to say."""
    kind, what = next((kind, what) for faults, kind, what in _FAULTS if isinstance(error, faults))
    return kind, f"{what} {_innermost(error)}" if what.endswith(":") else what


def _innermost(error: BaseException) -> str:
    while True:
        inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
        if not isinstance(inner, BaseException):
            # urllib3 puts the connection before what happened to it.
            return str(error).rpartition(": ")[2]
        error = inner


class _Here(threading.local):
    attempt: Attempt


_here = _Here()


class Wire:
    """A session to one provider. Kept answers are in the file `kept_in`, else in memory alone."""

    FAULTS_THAT_MAY_PASS = frozenset({408, 425, 429, 500, 502, 503, 504})

    def __init__(self, user_agent: str, kept_in: str) -> None:
        self._session = _session(kept_in)
        self._session.headers["User-Agent"] = user_agent
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter()
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def get(self, attempt: Attempt, headers: Mapping[str, str]) -> AnyResponse:
        """Get an answer from the provider, or the kept one where that is still good.

        Raises what requests raises, and the errors of this module.
        """
        read_within = attempt.remaining()
        timeout = (min(_CONNECT_WITHIN, read_within), read_within)
        return attempt.run(
            lambda: self._session.get(attempt.url, headers=dict(headers), timeout=timeout)
        )

    def kept(self, attempt: Attempt, headers: Mapping[str, str]) -> AnyResponse | None:
        """The answer that was kept, however old; None where none was."""
        any_age = {"Cache-Control": "only-if-cached,stale-if-error=999999999"}
        answer = attempt.run(
            lambda: self._session.get(attempt.url, headers={**headers, **any_age}, timeout=1)
        )
        return answer if answer.from_cache and answer.status_code == 200 else None

    def forget(self, answer: AnyResponse) -> None:
        """Drop a kept answer that turned out to be worth nothing."""
        if answer.cache_key:
            self._session.cache.delete(answer.cache_key)

    def close(self) -> None:
        """Close the connections and the file of kept answers."""
        self._session.close()  # type: ignore[no-untyped-call]


class _Session(requests_cache.CachedSession):
    """Refuses redirects to where nobody meant to ask; survives a cache that fails."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        target: str | None = super().get_redirect_target(resp)
        if target is None:
            return None
        # What follows logs it.
        target = _here.attempt.concealed(target)
        here, there = urlsplit(resp.url), urlsplit(urljoin(resp.url, target))
        if there.scheme != here.scheme:
            raise RefusedRedirectError(f"from {here.scheme} to {there.scheme or 'no scheme'}")
        if _here.attempt.own_host and there.netloc != here.netloc:
            raise RefusedRedirectError(f"from {here.netloc} to {there.netloc}")
        return target

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> AnyResponse:
        try:
            return super().send(request, *args, **kwargs)
        except sqlite3.Error:
            # A cache that is damaged or locked must not cost an answer.
            return cast("AnyResponse", _as_uncached(requests.Session.send(self, request, **kwargs)))


def _as_uncached(response: requests.Response) -> requests.Response:
    response.from_cache = False  # type: ignore[attr-defined]
    response.cache_key = None  # type: ignore[attr-defined]
    return response


def _session(kept_in: str) -> _Session:
    options: dict[str, Any] = {"cache_control": True, "allowable_codes": (200,)}
    try:
        os.makedirs(os.path.dirname(kept_in), mode=0o700, exist_ok=True)
        return _Session(kept_in, backend="sqlite", busy_timeout=1000, **options)
    except (OSError, sqlite3.Error):
        return _Session(backend="memory", **options)


class _Adapter(requests.adapters.HTTPAdapter):
    """Reads each body within its bounds, and says how long the answer may be kept."""

    def __init__(self) -> None:
        super().__init__(
            pool_connections=4,
            pool_maxsize=POOL,
            max_retries=_Retry(
                total=RETRIES,
                backoff_factor=_BACKOFF,
                status_forcelist=Wire.FAULTS_THAT_MAY_PASS,
                allowed_methods={"GET"},
                raise_on_status=False,
                respect_retry_after_header=True,
            ),
        )

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        _guard(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> urllib3.ProxyManager:
        is_new = proxy not in self.proxy_manager
        manager: urllib3.ProxyManager = super().proxy_manager_for(proxy, **kwargs)
        if is_new:
            _guard(manager)
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        attempt = _here.attempt
        kwargs["stream"] = True
        response = super().send(request, *args, **kwargs)
        _read(response, attempt)
        # requests-cache obeys this header above all else.
        response.headers["Cache-Control"] = _keeping(
            response.headers.get("Cache-Control", ""), attempt.keep
        )
        return response


def _read(response: requests.Response, attempt: Attempt) -> None:
    raw = response.raw
    length = response.headers.get("Content-Length", "")
    total = int(length) if length.isdigit() and "Content-Encoding" not in response.headers else None
    body = bytearray()
    try:
        while chunk := raw.read(_CHUNK, decode_content=True):
            body += chunk
            if len(body) > attempt.most_bytes:
                raise TooLargeError
            if attempt.progress is not None and response.status_code == 200:
                attempt.progress(len(body), total)
            attempt.remaining()
        attempt.remaining()  # a connection that was cut ends like one without a length
    except BaseException:
        raw.close()  # what is still to come would be read as the next answer
        raise
    raw.release_conn()
    # As requests itself leaves a response whose content was read.
    response._content = bytes(body)  # noqa: SLF001
    response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001


def _keeping(said: str, keep: float | None) -> str:
    """What the cache is to obey: the provider's word where it is stricter than ours."""
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
    return f"max-age={int(keep)}"


class _Retry(Retry):
    """Retries as long as waiting ends before the deadline."""

    def increment(
        self, method: Any = None, url: Any = None, response: Any = None, *error: Any, **more: Any
    ) -> Self:
        following = super().increment(method, url, response, *error, **more)
        said = None if response is None else self.get_retry_after(response)
        wait = following.get_backoff_time() if said is None else said
        if response is not None and response.status == _LIMIT_USED_UP and said is None:
            wait = float("inf")  # to ask again at once is what one is told off for
        if wait >= _here.attempt.remaining():
            raise MaxRetryError(cast("Any", None), url, ResponseError("no time to retry"))
        return following


class _Guard:
    """A connection that puts the keys in, and can be cut when time is up."""

    sock: Any

    def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        attempt = _here.attempt
        attempt.remaining()
        super().putrequest(method, attempt.revealed(url, quote), *args, **kwargs)  # type: ignore[misc]

    def putheader(self, header: str, *values: Any) -> None:
        reveal = _here.attempt.revealed
        revealed = (reveal(each) if isinstance(each, str) else each for each in values)
        super().putheader(header, *revealed)  # type: ignore[misc]

    def getresponse(self) -> Any:
        _here.attempt.uses(self.sock)
        return super().getresponse()  # type: ignore[misc]


def _guard(manager: Any) -> None:
    """Make the manager's connections guarded ones, of whatever kind they are."""
    guarded = {}
    for scheme, pool in manager.pool_classes_by_scheme.items():
        connection = type(pool.ConnectionCls.__name__, (_Guard, pool.ConnectionCls), {})
        guarded[scheme] = type(pool.__name__, (pool,), {"ConnectionCls": connection})
    manager.pool_classes_by_scheme = guarded
