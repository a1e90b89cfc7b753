"""The status of each error, and its problem details (RFC 9457)."""

from __future__ import annotations

import logging
from http import HTTPStatus

import forexhooks
from forexhooks.server.answer import Answer
from forexhooks.server.exact_json import dumped

log: logging.Logger = logging.getLogger("forexhooks.server")

STATUS: dict[type[Exception], int] = {
    forexhooks.ForexError: 500,
    # The question makes no sense.
    forexhooks.AmountError: 400,
    forexhooks.CurrencyError: 400,
    forexhooks.DateError: 400,
    # There is no such rate, or nobody by that name.
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
    """An invalid request, and the status to refuse it with."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


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
    """The message for the caller; if the server itself failed, only that it did.

    The real message may contain paths, and advice for the operator: it is logged.
    """
    if status < 500:
        return " ".join(str(error).split())
    who = getattr(error, "driver", None) or "the server"
    return f"{who} failed ({type(error).__name__}): the server's log says why"


def note(error: Exception) -> None:
    """Log a failure of the server or of a provider, with all details."""
    if status_of(error) >= 500:
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
    reason = getattr(error, "reason", None)
    if reason is not None:
        content["reason"] = getattr(reason, "value", str(reason))
    for name in ("driver", "base", "quote", "on"):
        value = getattr(error, name, None)
        if value is not None:
            content[name] = str(value)
    return Answer(
        status,
        dumped(content).encode(),
        content_type="application/problem+json",
        headers=retry_after(error, status),
    )


def retry_after(error: Exception, status: int) -> dict[str, str]:
    """The header that says when to try again, if that may help."""
    if status != _LATER:
        return {}
    seconds = getattr(error, "retry_after", None)
    return {"retry-after": str(max(1, round(30 if seconds is None else seconds)))}
