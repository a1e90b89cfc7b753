"""The wire: one HTTP request within its limits of time and size; keys are inserted last.

It is imported only when something is fetched: importing requests costs more than a first rate.
"""

from __future__ import annotations

import contextlib
import http.cookiejar
import sqlite3
import threading
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin, urlsplit

import requests
import requests_cache

from forexhooks.http.cache import Cache, is_damage, opened, warn_of_damage
from forexhooks.http.connections import FAULTS_THAT_MAY_PASS, Adapter
from forexhooks.http.failures import OF_THE_WIRE, explained, seconds_of
from forexhooks.http.request import Attempt, RefusedRedirectError, Request, here

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from requests_cache import AnyResponse

__all__ = ["FAULTS_THAT_MAY_PASS", "Attempt", "Wire", "explained", "seconds_of"]

_NOT_MODIFIED = 304
_MOST_REDIRECTS = 5
_MOVED = frozenset({301, 308})  # permanently
_CONNECT_WITHIN = 5.0
_NOT_ITS_OWN = {
    "accept-encoding",
    "cache-control",
    "connection",
    "if-modified-since",
    "if-none-match",
    "user-agent",
}


class Wire:
    """A session with one provider. The cache is the file `kept_in`, or else in memory."""

    def __init__(self, user_agent: str, kept_in: str) -> None:
        self._session = _Session(
            backend=opened(kept_in),
            cache_control=True,
            allowable_codes=(200,),
            allowable_methods=("GET", "POST"),
            key_fn=_key,
        )
        self._session.headers["User-Agent"] = user_agent
        self._session.headers["Accept-Encoding"] = "gzip"
        self._session.auth = _no_auth
        self._session.max_redirects = _MOST_REDIRECTS
        self._session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
        self._counting = threading.Lock()
        self._users = 0
        self._is_closed = False
        adapter = Adapter()
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def get(self, attempt: Attempt) -> AnyResponse:
        """Return a response from the provider, or the cached one if that has not expired.

        Raises the exceptions of requests, and those of this module.
        """
        read_within = attempt.remaining()
        timeout = (min(_CONNECT_WITHIN, read_within), read_within)
        return attempt.run(
            partial(
                self._got,
                attempt.sent,
                timeout=timeout,
                refresh=attempt.keep == 0,
            )
        )

    def kept(self, attempt: Attempt, *, stale_by: int = 999_999_999) -> AnyResponse | None:
        """The cached response; None if there is none.

        It may have expired up to `stale_by` seconds ago; by default it may be of any age.
        """
        any_age = {"Cache-Control": f"only-if-cached,stale-if-error={stale_by}"}
        try:
            answer = attempt.run(partial(self._got, attempt.sent, any_age))
        except Exception:  # noqa: BLE001 - whatever is wrong with the cache, nothing is kept
            return None
        return answer if answer.from_cache and answer.status_code == 200 else None

    def forget(self, answer: AnyResponse) -> None:
        """Remove a useless response from the cache."""
        if answer.cache_key:
            with contextlib.suppress(sqlite3.Error), self._in_use():
                self._session.cache.delete(answer.cache_key)

    def keep_for(self, answer: AnyResponse, seconds: float) -> None:
        """Cache a response for at most this long, if it was cached for good."""
        if answer.cache_key:
            with contextlib.suppress(sqlite3.Error), self._in_use():
                kept = self._session.cache.responses.get(answer.cache_key)
                if kept is not None and kept.expires is None:
                    kept.expires = datetime.now(UTC) + timedelta(seconds=seconds)
                    self._session.cache.responses[answer.cache_key] = kept

    def close(self) -> None:
        """Close the connections, and the cache file once nobody is using it."""
        requests.Session.close(self._session)
        with self._in_use():
            self._is_closed = True

    def _got(
        self, sent: Request, more: Mapping[str, str] | None = None, **options: Any
    ) -> AnyResponse:
        headers = {**sent.headers, **(more or {})}
        with self._in_use():
            return self._session.request(
                sent.method, sent.url, data=sent.content, headers=headers, **options
            )

    @contextlib.contextmanager
    def _in_use(self) -> Iterator[None]:
        """In this context the cache file stays open: closing it while it is read is a crash."""
        with self._counting:
            self._users += 1
        try:
            yield
        finally:
            with self._counting:
                self._users -= 1
                if self._users == 0:
                    self._session.mend_cache()
                is_last = self._is_closed and self._users == 0
            if is_last:
                self._session.cache.close()  # type: ignore[no-untyped-call]


class _Session(requests_cache.CachedSession):
    """Refuses redirects to unintended addresses, and survives a failing cache."""

    _is_damaged = False

    def mend_cache(self) -> None:
        """Replace a damaged cache file by an empty one. Nobody may be using it."""
        if self._is_damaged and isinstance(self.cache, Cache):
            self._is_damaged = False
            warn_of_damage(str(self.cache.db_path))
            with contextlib.suppress(OSError, sqlite3.Error):
                self.cache.make_anew()

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        target: str | None = super().get_redirect_target(resp)
        if target is None:
            return None
        # It is logged below.
        target = here.attempt.keys.concealed(target)
        try:
            source, there = urlsplit(resp.url), urlsplit(urljoin(resp.url, target))
        except ValueError:
            raise RefusedRedirectError("to something that is not an address") from None
        if there.scheme != source.scheme:
            raise RefusedRedirectError(f"from {source.scheme} to {there.scheme or 'no scheme'}")
        if here.attempt.own_host and there.netloc != source.netloc:
            raise RefusedRedirectError(f"from {source.netloc} to {there.netloc}")
        if resp.status_code in _MOVED and there.hostname != source.hostname:
            here.attempt.moved.append(f"{source.hostname} to {there.hostname}")
        return target

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> AnyResponse:
        attempt = here.attempt
        try:
            return super().send(request, *args, **kwargs)
        except Exception as error:
            if error is attempt.fault or isinstance(error, OF_THE_WIRE) or not attempt.may_send:
                raise
            self._is_damaged |= is_damage(error)
            # A damaged or locked cache must not make a question fail.
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


def _key(request: requests.PreparedRequest, **_: Any) -> str:
    """What distinguishes requests in the cache: the whole address, and what the driver sends."""
    own = sorted(item for item in request.headers.items() if item[0].lower() not in _NOT_ITS_OWN)
    parts: tuple[object, ...] = (request.method, request.url, own)
    if request.body is not None:
        parts = (*parts, request.body)
    return sha256(repr(parts).encode()).hexdigest()


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    # Without it, requests would replace a driver's own header with what ~/.netrc says.
    return request
