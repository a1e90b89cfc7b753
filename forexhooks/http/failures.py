"""Failures: which error to raise for a request without a response, and what it says."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from requests import exceptions as faults
from urllib3.exceptions import DecodeError, HTTPError, NewConnectionError
from urllib3.exceptions import TimeoutError as UrllibTimeoutError

from forexhooks.errors import (
    LONGEST_RETRY,
    DriverError,
    ForexError,
    MalformedResponseError,
    SettingsError,
    TransientError,
)
from forexhooks.http.deadline import OutOfTimeError
from forexhooks.http.proxies import explained_by_proxy
from forexhooks.http.request import (
    CutShortError,
    NothingKeptError,
    RefusedRedirectError,
    TooLargeError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.http.proxies import Proxy

_TIMEOUTS = (faults.Timeout, TimeoutError, UrllibTimeoutError)

_NOT_REACHED = "cannot be reached; check the network, or try again later:"

# Exceptions of requests without a response, the error to raise, and what to say about the address.
# The first class that fits counts; after a colon the innermost reason is added.
_FAULTS: tuple[tuple[tuple[type[Exception], ...], type[ForexError], str], ...] = (
    (
        (OutOfTimeError,),
        TransientError,
        "did not send a whole response in time; try again later, or ask another driver",
    ),
    ((TooLargeError,), MalformedResponseError, "sent a response that is too large"),
    (
        (RefusedRedirectError,),
        MalformedResponseError,
        "is redirected, which is refused (check base_url):",
    ),
    ((faults.TooManyRedirects,), MalformedResponseError, "redirects endlessly"),
    (
        (faults.SSLError,),
        DriverError,
        "has a certificate that cannot be verified; name further ones in REQUESTS_CA_BUNDLE:",
    ),
    (
        (faults.InvalidSchema,),
        SettingsError,
        "cannot be asked through a SOCKS proxy without PySocks; pip install 'requests[socks]'",
    ),
    (
        (CutShortError,),
        TransientError,
        "sent a response that was cut short; try again later, or ask another driver",
    ),
    (
        (faults.ContentDecodingError, DecodeError),
        MalformedResponseError,
        "sent a response that cannot be decompressed",
    ),
    (
        (faults.InvalidURL, faults.MissingSchema),
        SettingsError,
        "is not an address: check base_url",
    ),
    (
        (faults.RequestException, HTTPError, ConnectionError),
        TransientError,
        _NOT_REACHED,
    ),
    ((Exception,), DriverError, "cannot be asked:"),
)


def explained(error: Exception, proxy: Proxy | None = None) -> tuple[type[ForexError], str]:
    """Choose the error to raise for a request that got no response.

    Args:
        error: What was raised.
        proxy: The proxy of the request; None: there was none.

    Returns:
        The class of the error, and what to say about the address.
    """
    if any(map(_is_timeout, _chain(error))):
        error = OutOfTimeError()  # wherever the time ran out
    # The last retry wraps it.
    error = next((each for each in _chain(error) if isinstance(each, CutShortError)), error)
    kind, what = next((kind, what) for kinds, kind, what in _FAULTS if isinstance(error, kinds))
    if proxy is not None and what is _NOT_REACHED:
        return explained_by_proxy(proxy, _innermost(error))
    if not what.endswith(":"):
        return kind, what
    # urllib3 puts the connection before what happened to it.
    return kind, f"{what} {_innermost(error).rpartition(': ')[2]}"


def _innermost(error: BaseException) -> str:
    return " ".join(str(list(_chain(error))[-1]).split())


def _is_timeout(error: BaseException) -> bool:
    # urllib3 treats refused connections and unknown host names as timeouts.
    return isinstance(error, _TIMEOUTS) and not isinstance(error, NewConnectionError)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and its causes, the innermost last."""
    while error is not None:
        yield error
        about = (getattr(error, "reason", None), *error.args)
        error = next((each for each in about if isinstance(each, BaseException)), None)


def seconds_of(retry_after: str | None) -> float | None:
    """Retry-After in seconds, at most a day, if it is a number or a date (RFC 9110, 10.2.3)."""
    if retry_after is None:
        return None
    if re.fullmatch("[0-9]{1,30}", retry_after.strip()):
        return min(float(retry_after), LONGEST_RETRY)
    try:
        moment = parsedate_to_datetime(retry_after)
        if moment.tzinfo is None:
            return None
        return min(max(0.0, (moment - datetime.now(UTC)).total_seconds()), LONGEST_RETRY)
    except (ValueError, TypeError, OverflowError):
        return None


OF_THE_WIRE = (
    OutOfTimeError,
    TooLargeError,
    NothingKeptError,
    RefusedRedirectError,
    faults.RequestException,
)
"""Exceptions of sending a request, not of the cache."""
