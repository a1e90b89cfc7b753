"""Errors about a provider's failures. Their messages never contain a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forexhooks.errors import (
    AuthenticationError,
    DriverError,
    ForexError,
    MalformedResponseError,
    QuotaError,
    TransientError,
)
from forexhooks.support.text import printable, without_passwords

if TYPE_CHECKING:
    from collections.abc import Collection

    from forexhooks.http.api_keys import Keys
    from forexhooks.http.proxies import Proxy
    from forexhooks.http.replies import Reply
    from forexhooks.rates.profile import Profile

_LIMIT_USED_UP = 429
_EXCERPT = 120  # characters
_READ = 16 * 1024  # bytes, for them

# What the status of a failed request means, and what to do. The first that fits counts.
_REFUSALS: tuple[tuple[Collection[int], type[DriverError], str], ...] = (
    ((401, 403), AuthenticationError, "check the key, and what your plan includes"),
    ((429,), QuotaError, "ask again later, or ask another driver"),
    ((408, 425, *range(500, 600)), TransientError, "ask again later, or ask another driver"),
    (
        range(1000),
        MalformedResponseError,
        "check base_url, upgrade the driver, or ask another driver",
    ),
)


class ProviderErrors:
    """The errors of one driver about its provider, with the keys hidden."""

    def __init__(self, driver: str, profile: Profile, keys: Keys) -> None:
        self._driver = driver
        self._profile = profile
        self._keys = keys
        self.blocked_for: float | None = None
        """How many seconds the provider refuses requests after a 429 response that does not say."""

    def scrubbed(self, text: str) -> str:
        """The text, safe to display: without keys and terminal control characters."""
        return printable(self._keys.concealed(text))

    def malformed(self, what: str, error: Exception, excerpt: str = "") -> MalformedResponseError:
        """The error for a response that could not be read because of `error`, without keys."""
        malformed = MalformedResponseError(
            f"{self._driver}: {what} is not in the format it should be "
            f"({type(error).__name__}: {self.scrubbed(str(error))}){excerpt}; "
            "upgrade the driver, or ask another",
            driver=self._driver,
        )
        # Its cause may quote a key that the provider has quoted.
        malformed.__cause__ = None if self._keys else error
        return malformed

    def endless(self, base_url: str, why: str) -> MalformedResponseError:
        """The error for a sequence of pages that does not end."""
        return MalformedResponseError(
            f"{self._driver}: {base_url} sends pages without an end ({why}): upgrade the "
            "driver, or ask another driver",
            driver=self._driver,
        )

    def refusal(self, reply: Reply, address: str) -> DriverError:
        """The error for a response whose status is not 200."""
        from forexhooks.http.session import seconds_of

        retry_after = seconds_of(reply.headers.get("retry-after"))
        if retry_after is None and reply.status == _LIMIT_USED_UP:
            retry_after = self.blocked_for
        kind, advice = next(
            (kind, advice) for statuses, kind, advice in _REFUSALS if reply.status in statuses
        )
        setting = (self._profile.key or "").partition(":")[0]
        if setting.isidentifier():
            advice = advice.replace("the key", f"the setting {setting}")
        when = "" if retry_after is None else f" in {retry_after:.0f} s"
        said = (
            f"{self._driver}: {address} answered {reply.status}: {self.excerpt(reply)}; "
            f"{advice.replace(' later', when or ' later')}"
        )
        error = kind(said, driver=self._driver)
        if isinstance(error, QuotaError | TransientError):
            error.retry_after = retry_after
        return error

    def excerpt(self, reply: Reply) -> str:
        """The beginning of a body, for a message."""
        beginning = self._keys.concealed(reply._replace(content=reply.content[:_READ]).text)
        text = "".join(filter(str.isprintable, " ".join(beginning.split())))
        text = self._keys.concealed(text)
        return repr(text[:_EXCERPT] + "…" if len(text) > _EXCERPT else text)

    def _fault(self, error: Exception, address: str, proxy: Proxy | None) -> ForexError:
        """The error for a request that got no response."""
        from forexhooks.http.session import explained

        if isinstance(error, ForexError):
            return error
        kind, what = explained(error, proxy)
        message = self.scrubbed(f"{self._driver}: {address} {without_passwords(what)}")
        if issubclass(kind, DriverError):
            return kind(message, driver=self._driver)
        return kind(message)
