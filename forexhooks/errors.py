"""Everything forexhooks raises, and what it warns of: one page, as the tree is one.

::

    ForexError
    ├── PluginError
    │   ├── PluginLoadError          a plugin that cannot be imported, or does not fit the hooks
    │   ├── PluginConflictError      a name that is taken
    │   ├── UnknownDriverError       (LookupError) nobody by that name
    │   └── UnknownSeriesError       (LookupError) the driver has none of that name
    ├── SettingsError                a setting that is missing or makes no sense
    ├── MissingExtraError            (ImportError) an optional extra is not installed
    ├── AmountError                  (ValueError)
    ├── CurrencyError                (ValueError)
    ├── DateError                    (ValueError)
    ├── ColumnError                  (ValueError) a frame or a column that cannot be read
    ├── ConversionError              rows that cannot be converted: count, failures
    ├── LockError                    a lock that cannot be used, or that rates contradict
    ├── RateError                    driver, base, quote, on
    │   ├── UnsupportedPairError     the driver never has this pair
    │   ├── RateUnavailableError     not on this day: reason
    │   ├── StaleRateError           older than max_age
    │   ├── NotLockedError           a question that the lock has no answer to
    │   ├── InvalidRateError         what the driver gave is no rate, or not the one asked for
    │   └── NoDriverAnsweredError    failures
    └── DriverError                  driver
        ├── AuthenticationError
        ├── QuotaError               retry_after
        ├── TransientError           retry_after
        └── MalformedResponseError

    StaleRateWarning    (UserWarning)    a rate that should have a successor by now
    MalformedRowWarning (UserWarning)    a bad row in a response: its currency is left out
    StoreWarning        (UserWarning)    a store that cannot be used: another answers
    TrustWarning        (UserWarning)    others may write to a plugin, or to a file of ours
    DrainWarning        (RuntimeWarning) a plugin was still in use at its deadline
    RetiredHookWarning  (DeprecationWarning) a plugin implements what a later release will not have
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date


class ForexError(Exception):
    """Whatever forexhooks raises of its own is one of these."""

    # Keyword-only attributes would be lost by the default reduce: errors cross process borders.
    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(
    kind: type[ForexError], args: tuple[Any, ...], attributes: dict[str, Any]
) -> ForexError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


class PluginError(ForexError):
    """Something about a plugin, not about a rate."""


class PluginLoadError(PluginError):
    """A plugin could not be imported, or does not fit the hooks it claims to implement."""


class PluginConflictError(PluginError):
    """The name is taken by another plugin, or the plugin is registered already."""


class UnknownDriverError(PluginError, LookupError):
    """No driver of that name is registered or installed; the message lists those that are."""


class UnknownSeriesError(PluginError, LookupError):
    """The driver has no series of that name; the message lists those it has."""


class SettingsError(ForexError):
    """A setting is missing, unknown or makes no sense; the message says where it came from."""


class MissingExtraError(ForexError, ImportError):
    """What an optional extra brings is not installed; the message has the command that does it."""


class AmountError(ForexError, ValueError):
    """An amount that is not an exact, finite number of a sane size."""


class CurrencyError(ForexError, ValueError):
    """A code that is no currency code."""


class DateError(ForexError, ValueError):
    """Not a day: a `datetime` where a `date` is meant, an end before its start."""


class ColumnError(ForexError, ValueError):
    """A frame or a column that cannot be read: none of that name, or of another kind."""


class ConversionError(ForexError):
    """Rows of a frame that cannot be converted.

    `count` says how many, `failures` are the first of them, each with its number from 0 on and the
    error that `ForexService.convert` raises for it. A lazy frame has no numbers: None. Where an
    engine raises the error anew, as polars does from within a computation, the message alone is
    left: `count` is 0.
    """

    def __init__(
        self,
        message: str,
        *,
        count: int = 0,
        failures: Sequence[tuple[int | None, ForexError]] = (),
    ) -> None:
        super().__init__(message)
        self.count: int = count
        self.failures: Sequence[tuple[int | None, ForexError]] = failures


class LockError(ForexError):
    """A lock that is none, was changed since it was written, or has another value than a driver."""


class RateError(ForexError):
    """A rate could not be given, or not in the form asked for.

    `driver`, `base`, `quote` and `on` (`None`: the latest) say which; `stale` says what the driver
    should hold by now and does not, where that may be the reason.
    """

    def __init__(
        self,
        message: str,
        *,
        driver: str | None = None,
        base: str | None = None,
        quote: str | None = None,
        on: date | None = None,
        stale: str | None = None,
    ) -> None:
        super().__init__(message)
        self.driver = driver
        self.base = base
        self.quote = quote
        self.on = on
        self.stale = stale


class UnsupportedPairError(RateError):
    """The driver never has a rate for this pair, on any day."""


class UnavailableReason(Enum):
    """Why there is no rate on the day asked for; the value says it in words."""

    BEFORE_FIRST_DAY = "before the first day"
    HOLE = "hole"
    AFTER_LAST_DAY = "after the last day"
    SUSPENDED = "suspended"
    REDENOMINATED = "redenominated"
    RETIRED = "retired"
    NOT_PUBLISHED_YET = "not published yet"
    IN_THE_FUTURE = "in the future"


class RateUnavailableError(RateError):
    """The driver has this pair, but not on this day; `reason` is an `UnavailableReason`."""

    def __init__(self, message: str, *, reason: UnavailableReason, **asked: Any) -> None:
        super().__init__(message, **asked)
        self.reason = reason


class StaleRateError(RateError):
    """The newest rate held is stale, and older than the `max_age` that was given."""


class NotLockedError(RateError):
    """A lock answers, and has no answer to this question; the message says how to add it."""


class InvalidRateError(RateError):
    """A driver's answer is no rate, or does not answer the question that was asked."""


class NoDriverAnsweredError(RateError):
    """No driver of several gave a rate; `failures` maps each driver's name to its error."""

    def __init__(self, message: str, *, failures: Mapping[str, ForexError], **asked: Any) -> None:
        super().__init__(message, **asked)
        self.failures: dict[str, ForexError] = dict(failures)


class DriverError(ForexError):
    """A driver, or the provider behind it, failed; `driver` names it."""

    def __init__(self, message: str, *, driver: str | None = None) -> None:
        super().__init__(message)
        self.driver = driver


class AuthenticationError(DriverError):
    """The provider refused the key, or none was given."""


LONGEST_RETRY = 24 * 60 * 60.0
"""Seconds that a driver is left alone at most, whatever its provider says."""


class _RetryableError(DriverError):
    def __init__(
        self, message: str, *, driver: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, driver=driver)
        self.retry_after = retry_after

    @property
    def retry_after(self) -> float | None:
        """Seconds after which to ask again, a day at most; None: not known."""
        seconds: float | None = self.__dict__["retry_after"]
        return seconds

    @retry_after.setter
    def retry_after(self, seconds: float | None) -> None:
        # What a plugin says may be anything; NaN is not 0 or more.
        is_known = isinstance(seconds, int | float) and seconds >= 0
        self.__dict__["retry_after"] = min(float(seconds or 0), LONGEST_RETRY) if is_known else None


class QuotaError(_RetryableError):
    """The provider's limit is used up; `retry_after` is in seconds, a day at most, if known."""


class TransientError(_RetryableError):
    """The provider could not be reached or failed; `retry_after` as in `QuotaError`."""


class MalformedResponseError(DriverError):
    """What the provider sent, or what is stored, is not what its format promises."""


class StaleRateWarning(UserWarning):
    """The provider should have published something newer than the rate that was given."""


class MalformedRowWarning(UserWarning):
    """A provider's response has bad rows: their currencies are left out."""


class StoreWarning(UserWarning):
    """A driver's store is damaged, or older than another: that other one answers."""


class TrustWarning(UserWarning):
    """Others, the group, may write to a plugin that was loaded; or a file of ours is another's.

    The store, the cache, the settings: what may be another user's work is ignored.
    """


class DrainWarning(RuntimeWarning):
    """A departing plugin was still in use at its deadline; it is closed when its last call ends."""


class RetiredHookWarning(DeprecationWarning):
    """A plugin implements a hook, or declares an argument of one, that is on its way out.

    The message says what to write instead and which release will not have it any more; file and
    line are those of the implementation.
    """


_LONGEST_CLAUSE = 90
_NOT_ASKED = re.compile(r"^\S+ was not asked: it failed [^:]* ago: ")


def reason_of(error: ForexError) -> str:
    """What an error says, without how long ago it was: that is another text each time."""
    return _NOT_ASKED.sub("", f"{error}")


def in_short(error: ForexError) -> str:
    """What an error says in one clause, without addresses and advice: part of another message."""
    said = re.sub(r"https?://\S+", "the provider", reason_of(error))
    said = said.partition("; ")[0].partition(": '")[0]
    driver = getattr(error, "driver", None)
    said = " ".join(said.removeprefix(f"{driver}: ").split())
    return said if len(said) <= _LONGEST_CLAUSE else f"{said[:_LONGEST_CLAUSE]}…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a part of a message about an unknown word: " (did you mean …?)", or nothing.

    Upper and lower case are the same: ECB finds ecb. `did_you_mean_code` is for currency codes.
    """
    import difflib

    by_fold = {each.casefold(): each for each in known}
    nearest = difflib.get_close_matches(word.casefold(), by_fold, n=1)
    return f" (did you mean {by_fold[nearest[0]]!r}?)" if nearest else ""
