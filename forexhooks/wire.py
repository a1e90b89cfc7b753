"""The wire: one request over HTTP, bounded in time and size, with keys put in at the last moment.

Imported when something is fetched, never before: requests costs more than a first rate.
"""

from __future__ import annotations

import contextlib
import http.cookiejar
import os
import re
import socket
import sqlite3
import threading
import zlib
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from hashlib import sha256
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
    from collections.abc import Callable, Iterator, Mapping

    import urllib3
    from requests_cache import AnyResponse

    from forexhooks.keys import Keys

POOL = 16
"""Connections that are kept open to one host: as many threads may ask at once without a new one."""

RETRIES = 2
"""How often a request is made again after a fault that may pass."""

_BACKOFF = 0.2
_NOT_MODIFIED = 304
_LARGEST_CACHE = 64 * 1024 * 1024
_MOST_REDIRECTS = 5
_CACHE_BUSY = 200  # milliseconds
_GZIP = 16 + zlib.MAX_WBITS
_NOT_ITS_OWN = {
    "accept-encoding",
    "cache-control",
    "connection",
    "if-modified-since",
    "if-none-match",
    "user-agent",
}
_LIMIT_USED_UP = 429
_CONNECT_WITHIN = 5.0
_CHUNK = 16 * 1024


class OutOfTimeError(Exception):
    """The deadline passed before the whole answer was there."""


class TooLargeError(Exception):
    """The body is larger than it may be."""


class NothingKeptError(Exception):
    """Nothing is kept, and nothing may be sent."""


class RefusedRedirectError(Exception):
    """The server sends to an address that is not to be asked."""


class Attempt:
    """One request, with its retries and redirects: what it may cost, and what it must hide.

    `within` is in seconds for all of it, `most_bytes` for the body after decompression, `keep` for
    how many seconds the answer may be kept (`None`: for good), `keys` what takes the place of its
    stand-ins in the bytes sent, and nowhere else. `own_host` refuses redirects to another host;
    without `may_send` what is kept will do, or nothing. Once sent, `answer` is what came last, or
    `fault` why nothing did.
    """

    def __init__(
        self,
        url: str,
        *,
        within: float,
        most_bytes: int,
        keep: float | None,
        keys: Keys,
        own_host: bool,
        progress: Callable[[int, int | None], None] | None = None,
        may_send: bool = True,
    ) -> None:
        self.url: str = url
        self._within = within
        self.deadline: float = monotonic() + within
        self.most_bytes: int = most_bytes
        self.keep: float | None = keep
        self.own_host: bool = own_host
        self.progress: Callable[[int, int | None], None] | None = progress
        self.may_send: bool = may_send
        self.answer: requests.Response | None = None
        self.fault: Exception | None = None
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
            _here.attempt = self
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


# What came to no answer, the error it is raised as, and what is said of the address. The first
# kind that fits; a colon at the end asks for the innermost reason.
_FAULTS: tuple[tuple[tuple[type[Exception], ...], type[ForexError], str], ...] = (
    (
        (OutOfTimeError,),
        TransientError,
        "gave no whole answer in time; try again later, or ask another driver",
    ),
    ((TooLargeError,), MalformedResponseError, "answers with a body that is too large"),
    (
        (RefusedRedirectError,),
        MalformedResponseError,
        "is redirected, which is refused (check base_url):",
    ),
    ((faults.TooManyRedirects,), MalformedResponseError, "redirects without an end"),
    (
        (faults.SSLError,),
        DriverError,
        "has no certificate that can be verified; name further ones in REQUESTS_CA_BUNDLE:",
    ),
    (
        (faults.Timeout,),
        TransientError,
        "did not answer in time; try again later, or ask another driver",
    ),
    (
        (faults.InvalidProxyURL, faults.InvalidSchema),
        SettingsError,
        "cannot be asked through the proxy that HTTP_PROXY, HTTPS_PROXY or ALL_PROXY names:",
    ),
    (
        (faults.ChunkedEncodingError,),
        TransientError,
        "broke off in the middle of its answer; try again later, or ask another driver",
    ),
    (
        (faults.ContentDecodingError, DecodeError),
        MalformedResponseError,
        "answers with a body that cannot be unpacked",
    ),
    (
        (faults.InvalidURL, faults.MissingSchema),
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
    kind, what = next((kind, what) for kinds, kind, what in _FAULTS if isinstance(error, kinds))
    return kind, f"{what} {_innermost(error)}" if what.endswith(":") else what


def _innermost(error: BaseException) -> str:
    while True:
        inner = next(
            (
                each
                for each in (getattr(error, "reason", None), *error.args)
                if isinstance(each, BaseException)
            ),
            None,
        )
        if inner is None:
            # urllib3 puts the connection before what happened to it.
            return str(error).rpartition(": ")[2]
        error = inner


_OF_THE_WIRE = (
    OutOfTimeError,
    TooLargeError,
    NothingKeptError,
    RefusedRedirectError,
    faults.RequestException,
)


class _Here(threading.local):
    attempt: Attempt


_here = _Here()


class Wire:
    """A session to one provider. Kept answers are in the file `kept_in`, else in memory alone."""

    FAULTS_THAT_MAY_PASS = frozenset({408, 425, 429, *range(500, 600)})

    def __init__(self, user_agent: str, kept_in: str) -> None:
        self._session = _session(kept_in)
        self._session.headers["User-Agent"] = user_agent
        self._session.headers["Accept-Encoding"] = "gzip"
        self._session.auth = _no_auth
        self._session.max_redirects = _MOST_REDIRECTS
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        self._counting = threading.Lock()
        self._users = 0
        self._is_closed = False
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
            partial(
                self._got,
                attempt.url,
                headers=dict(headers),
                timeout=timeout,
                refresh=attempt.keep == 0,
            )
        )

    def kept(self, attempt: Attempt, headers: Mapping[str, str]) -> AnyResponse | None:
        """The answer that was kept, however old; None where none was."""
        any_age = {"Cache-Control": "only-if-cached,stale-if-error=999999999"}
        try:
            answer = attempt.run(partial(self._got, attempt.url, headers={**headers, **any_age}))
        except Exception:  # noqa: BLE001 - whatever is wrong with the cache, nothing is kept
            return None
        return answer if answer.from_cache and answer.status_code == 200 else None

    def forget(self, answer: AnyResponse) -> None:
        """Drop a kept answer that turned out to be worth nothing."""
        if answer.cache_key:
            with contextlib.suppress(sqlite3.Error), self._in_use():
                self._session.cache.delete(answer.cache_key)

    def close(self) -> None:
        """Close the connections, and the file of kept answers once nobody is in it."""
        requests.Session.close(self._session)
        with self._in_use():
            self._is_closed = True

    def _got(self, url: str, **options: Any) -> AnyResponse:
        with self._in_use():
            return self._session.get(url, **options)

    @contextlib.contextmanager
    def _in_use(self) -> Iterator[None]:
        """Within it the file of kept answers stays open: to close it under a reader is a crash."""
        with self._counting:
            self._users += 1
        try:
            yield
        finally:
            with self._counting:
                self._users -= 1
                is_last = self._is_closed and self._users == 0
            if is_last:
                self._session.cache.close()  # type: ignore[no-untyped-call]


class _Session(requests_cache.CachedSession):
    """Refuses redirects to where nobody meant to ask; survives a cache that fails."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        target: str | None = super().get_redirect_target(resp)
        if target is None:
            return None
        # What follows logs it.
        target = _here.attempt.keys.concealed(target)
        try:
            here, there = urlsplit(resp.url), urlsplit(urljoin(resp.url, target))
        except ValueError:
            raise RefusedRedirectError("to what is no address") from None
        if there.scheme != here.scheme:
            raise RefusedRedirectError(f"from {here.scheme} to {there.scheme or 'no scheme'}")
        if _here.attempt.own_host and there.netloc != here.netloc:
            raise RefusedRedirectError(f"from {here.netloc} to {there.netloc}")
        return target

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> AnyResponse:
        attempt = _here.attempt
        try:
            return super().send(request, *args, **kwargs)
        except Exception as error:
            if error is attempt.fault or isinstance(error, _OF_THE_WIRE) or not attempt.may_send:
                raise
            # A cache that is damaged or locked must not cost an answer.
            answer = attempt.answer
            if answer is None or answer.status_code == _NOT_MODIFIED:
                for validator in ("If-None-Match", "If-Modified-Since"):
                    request.headers.pop(validator, None)
                answer = requests.Session.send(self, request, **kwargs)
            return cast("AnyResponse", _as_uncached(answer))


def _as_uncached(response: requests.Response) -> requests.Response:
    response.from_cache = False  # type: ignore[attr-defined]
    response.cache_key = None  # type: ignore[attr-defined]
    return response


def _session(kept_in: str) -> _Session:
    options: dict[str, Any] = {
        "cache_control": True,
        "allowable_codes": (200,),
        "key_fn": _key,
    }
    try:
        os.makedirs(os.path.dirname(kept_in), mode=0o700, exist_ok=True)
        if os.path.exists(kept_in) and os.path.getsize(kept_in) > _LARGEST_CACHE:
            os.remove(kept_in)  # it may be lost, and would grow without an end
        return _Session(
            kept_in, backend="sqlite", factory=_Connection, busy_timeout=_CACHE_BUSY, **options
        )
    except (OSError, sqlite3.Error):
        return _Session(backend="memory", **options)


class _Connection(sqlite3.Connection):
    """A connection that gives up on a file that is locked, or on a disk that is full.

    requests-cache would begin its transaction again without an end.
    """

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        try:
            return super().execute(sql, *parameters)
        except sqlite3.OperationalError as error:
            if sql.startswith("BEGIN"):
                raise sqlite3.DatabaseError(str(error)) from error
            raise


def _key(request: requests.PreparedRequest, **_: Any) -> str:
    """What tells questions apart: the whole address, and what else the driver sends."""
    own = sorted(item for item in request.headers.items() if item[0].lower() not in _NOT_ITS_OWN)
    return sha256(repr((request.method, request.url, own)).encode()).hexdigest()


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # Without it requests would put what ~/.netrc says in the place of a driver's own header.
    return request


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
        if not attempt.may_send:
            raise NothingKeptError
        kwargs["stream"] = True
        try:
            response = super().send(request, *args, **kwargs)
            _read(response, attempt)
        except Exception as error:
            attempt.fault = error
            raise
        for name, value in response.headers.items():
            response.headers[name] = attempt.keys.concealed(value)
        attempt.answer = response
        # What a driver sends is part of the key already, and the cache is nobody else's.
        response.headers.pop("Vary", None)
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
        unpack = _unpacking(response.headers.get("Content-Encoding", ""), attempt.most_bytes)
        while chunk := raw.read(_CHUNK, decode_content=False):
            body += unpack(chunk)
            if len(body) > attempt.most_bytes:
                raise TooLargeError
            if attempt.progress is not None and response.status_code == 200:
                attempt.progress(len(body), total)
            attempt.remaining()
        attempt.remaining()  # a connection that was cut ends like one without a length
        unpack(b"")
    except BaseException:
        raw.close()  # what is still to come would be read as the next answer
        raise
    attempt.uses(None)
    raw.release_conn()
    # As requests itself leaves a response whose content was read.
    response._content = bytes(body)  # noqa: SLF001
    response._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001


def _unpacking(encoding: str, most_bytes: int) -> Callable[[bytes], bytes]:
    """What unpacks a body piece by piece, and (given nothing) sees to it that its end was there.

    urllib3 takes what was cut off for the whole of it.
    """
    if encoding.strip().lower() in ("", "identity"):
        return bytes
    if encoding.strip().lower() not in ("gzip", "x-gzip"):
        raise DecodeError(f"it is packed as {encoding!r}")
    unpacker = zlib.decompressobj(_GZIP)

    def unpack(chunk: bytes) -> bytes:
        nonlocal unpacker
        unpacked = b""
        if not chunk and not unpacker.eof:
            raise DecodeError("it is cut off")
        try:
            while chunk and len(unpacked) <= most_bytes:
                if unpacker.eof:  # one more member
                    unpacker = zlib.decompressobj(_GZIP)
                unpacked += unpacker.decompress(chunk, most_bytes + 1)
                chunk = unpacker.unconsumed_tail or unpacker.unused_data
        except zlib.error as error:
            raise DecodeError(str(error)) from error
        return unpacked

    return unpack


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
    return f"max-age={max(0, int(keep))}"


class _Retry(Retry):
    """Retries as long as waiting ends before the deadline."""

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
            wait = float("inf")  # to ask again at once is what one is told off for
        if wait >= _here.attempt.seconds_left():
            raise MaxRetryError(cast("Any", None), url, error or ResponseError("no time to retry"))
        return following


def seconds_of(retry_after: str | None) -> float | None:
    """Retry-After in seconds, if it is a number or a date (RFC 9110, 10.2.3)."""
    if retry_after is None:
        return None
    if re.fullmatch("[0-9]{1,9}", retry_after.strip()):
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
        if moment.tzinfo is None:
            return None
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None


def _quoted(key: str) -> str:
    return quote(key, safe="")


class _Guard:
    """A connection that puts the keys in, and can be cut when time is up."""

    sock: Any

    def putrequest(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        attempt = _here.attempt
        attempt.remaining()
        super().putrequest(method, attempt.keys.revealed(url, _quoted), *args, **kwargs)  # type: ignore[misc]

    def putheader(self, header: str, *values: Any) -> None:
        reveal = _here.attempt.keys.revealed
        revealed = (reveal(each) if isinstance(each, str) else each for each in values)
        super().putheader(header, *revealed)  # type: ignore[misc]

    def _new_conn(self) -> Any:
        connected = super()._new_conn()  # type: ignore[misc]
        # At once: a proxy may drip before there is anything to get.
        _here.attempt.uses(connected)
        return connected

    def _tunnel(self) -> None:
        super()._tunnel()  # type: ignore[misc]
        # A proxy that was cut while it answered seems to have ended its answer.
        _here.attempt.remaining()

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
