"""The status of each error, and its problem details (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus

import forexhooks
from forexhooks.server.answer import Answer
from forexhooks.server.exact_json import dumped
from forexhooks.server.http_words import in_http_words
from forexhooks.server.limiter import TooSlowError

log: logging.Logger = logging.getLogger("forexhooks.server")

STATUS: dict[type[Exception], int] = {
    forexhooks.ForexError: 500,
    # The question is invalid.
    forexhooks.AmountError: 400,
    forexhooks.CurrencyError: 400,
    forexhooks.DateError: 400,
    # There is no such rate, or no driver of that name.
    forexhooks.UnknownDriverError: 404,
    forexhooks.UnknownSeriesError: 404,
    forexhooks.UnsupportedPairError: 404,
    forexhooks.RateUnavailableError: 404,
    forexhooks.NotLockedError: 404,
    # The provider failed.
    forexhooks.DriverError: 502,
    forexhooks.InvalidRateError: 502,
    # It may work later.
    forexhooks.QuotaError: 503,
    forexhooks.TransientError: 503,
    forexhooks.StaleRateError: 503,
    # The server's configuration is wrong, not the question.
    forexhooks.AuthenticationError: 500,
}
"""The status of each error; one that is not listed has that of its nearest parent."""

_LATER = 503


class BadRequestError(Exception):
    """An invalid request, with the status and headers to refuse it with."""

    def __init__(
        self, message: str, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers: Mapping[str, str] = headers or {}


def status_of(error: Exception) -> int:
    """The status for an error.

    Args:
        error: What was raised.

    Returns:
        The status; if every driver of a chain failed, the highest of theirs.
    """
    if isinstance(error, BadRequestError):
        return error.status
    if isinstance(error, forexhooks.NoDriverAnsweredError):
        return max(map(status_of, error.failures.values()), default=502)
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def shown(error: Exception, status: int) -> str:
    """The message for the caller; if the server itself failed, without the reason.

    The real message may contain paths, and advice for the operator: it is logged.
    """
    if status < 500:
        return in_http_words(error)
    who = getattr(error, "driver", None) or "the server"
    return f"{who} failed ({type(error).__name__}): the server's log says why"


def reason(said: object) -> str:
    """The text for the caller about an error, or about stale data, inside a response."""
    if isinstance(said, Exception) and status_of(said) >= 500:
        return f"{getattr(said, 'driver', None) or 'it'} failed ({type(said).__name__})"
    return in_http_words(said)


def note(error: Exception) -> None:
    """Log a failure of the server or of a provider, with all details.

    That a driver is too busy is left out: it would be logged for each request.
    """
    is_busy = isinstance(error, TooSlowError) and error.driver is not None
    if status_of(error) >= 500 and not is_busy:
        log.warning("%s: %s", type(error).__name__, error)


def problem(error: Exception) -> Answer:
    """The problem details of an error."""
    status = status_of(error)
    content: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": shown(error, status),
        "error": type(error).__name__,
    }
    why = getattr(error, "reason", None)
    if why is not None:
        content["reason"] = getattr(why, "value", str(why))
    if isinstance(error, forexhooks.NoDriverAnsweredError):
        content["failures"] = [
            {"driver": name, "reason": reason(each)} for name, each in error.failures.items()
        ]
    for name in ("driver", "base", "quote", "on"):
        value = getattr(error, name, None)
        if value is not None:
            content[name] = str(value)
    return Answer(
        status,
        dumped(content).encode(),
        content_type="application/problem+json",
        headers=headers_of(error, status),
    )


def headers_of(error: Exception, status: int) -> dict[str, str]:
    """The headers for an error: its own, and when to try again if that may help."""
    headers = dict(getattr(error, "headers", {}))
    if status != _LATER:
        return headers
    seconds = getattr(error, "retry_after", None)
    return headers | {"retry-after": str(max(1, round(30 if seconds is None else seconds)))}
