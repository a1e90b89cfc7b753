"""The errors that forexhooks raises, and its warnings.

::

    ForexError
    ├── PluginError
    │   ├── PluginLoadError          a plugin that cannot be imported, or does not fit the hooks
    │   ├── PluginConflictError      the name is already taken
    │   ├── UnknownDriverError       (LookupError) no driver has that name
    │   └── UnknownSeriesError       (LookupError) the driver has no such series
    ├── SettingsError                a setting is missing or invalid
    ├── MissingExtraError            (ImportError) an optional extra is not installed
    ├── AmountError                  (ValueError)
    ├── CurrencyError                (ValueError)
    ├── DateError                    (ValueError)
    ├── ColumnError                  (ValueError) a frame or a column cannot be read
    ├── ConversionError              rows cannot be converted: count, failures
    ├── LockError                    a lock cannot be used, or new rates contradict it
    ├── RateError                    driver, base, quote, on
    │   ├── UnsupportedPairError     the driver never has this pair
    │   ├── RateUnavailableError     not on this day: reason
    │   ├── StaleRateError           older than max_age
    │   ├── NotLockedError           the lock has no answer to this question
    │   ├── InvalidRateError         the driver returned something that is not the rate asked for
    │   └── NoDriverAnsweredError    failures
    └── DriverError                  driver
        ├── AuthenticationError
        ├── QuotaError               retry_after
        ├── TransientError           retry_after
        └── MalformedResponseError

    StaleRateWarning    (UserWarning)    a newer rate should have been published by now
    MalformedRowWarning (UserWarning)    a bad row in a response: its currency is left out
    StoreWarning        (UserWarning)    a store cannot be used: another one answers
    ExtensionWarning    (UserWarning)    an extension failed in the background
    TrustWarning        (UserWarning)    other users can write to a plugin or to one of our files
    DrainWarning        (RuntimeWarning) a plugin was still in use at its deadline
    RetiredHookWarning  (DeprecationWarning) a plugin implements a hook that will be removed
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date


class ForexError(Exception):
    """The base class of all errors that forexhooks raises."""

    # The default reduce would lose keyword-only attributes when an error goes to another process.
    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(
    kind: type[ForexError], args: tuple[Any, ...], attributes: dict[str, Any]
) -> ForexError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


class PluginError(ForexError):
    """A problem with a plugin, not with a rate."""


class PluginLoadError(PluginError):
    """A plugin could not be imported, or does not fit the hooks it claims to implement."""


class PluginConflictError(PluginError):
    """The name is taken by another plugin, or the plugin is registered already."""


class UnknownDriverError(PluginError, LookupError):
    """No driver of that name is registered or installed; the message lists those that are."""


class UnknownSeriesError(PluginError, LookupError):
    """The driver has no series of that name; the message lists those it has."""


class SettingsError(ForexError):
    """A setting is missing, unknown or invalid; the message says where it came from."""


class MissingExtraError(ForexError, ImportError):
    """An optional extra is not installed; the message has the command that installs it."""


class AmountError(ForexError, ValueError):
    """The amount is not an exact, finite number of a reasonable size."""


class CurrencyError(ForexError, ValueError):
    """The string is not a currency code."""


class DateError(ForexError, ValueError):
    """The day is invalid: a `datetime` instead of a `date`, say, or an end before its start."""


class ColumnError(ForexError, ValueError):
    """A frame or a column cannot be read: it does not exist, or has the wrong type."""


class ConversionError(ForexError):
    """Some rows of a frame cannot be converted.

    `count` says how many. `failures` has the first of them: the row's number, counted from 0, and
    the error that `ForexService.convert` raises for it. Rows of a lazy frame have no number: None.
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
    """The file is not a lock, was changed after it was written, or contradicts a driver."""


class RateError(ForexError):
    """There is no such rate.

    `driver`, `base`, `quote` and `on` (`None`: the latest) say which was asked for. `stale` says
    what the driver should have by now but lacks, if that may be the reason.
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
    """Why there is no rate on the day asked for; the value says so in words."""

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
    """The newest rate is stale, and older than the `max_age` you gave."""


class NotLockedError(RateError):
    """The lock has no answer to this question; the message says how to add one."""


class InvalidRateError(RateError):
    """The driver returned something that is not a rate, or not the rate you asked for."""


class NoDriverAnsweredError(RateError):
    """None of several drivers gave a rate; `failures` maps each driver's name to its error."""

    def __init__(self, message: str, *, failures: Mapping[str, ForexError], **asked: Any) -> None:
        super().__init__(message, **asked)
        self.failures: dict[str, ForexError] = dict(failures)


class DriverError(ForexError):
    """A driver, or the provider behind it, failed; `driver` names it."""

    def __init__(self, message: str, *, driver: str | None = None) -> None:
        super().__init__(message)
        self.driver = driver


class AuthenticationError(DriverError):
    """The provider refused the key, or you gave none."""


LONGEST_RETRY = 24 * 60 * 60.0
"""The longest pause before a driver is asked again, in seconds, whatever its provider says."""


class _RetryableError(DriverError):
    def __init__(
        self, message: str, *, driver: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message, driver=driver)
        self.retry_after = retry_after

    @property
    def retry_after(self) -> float | None:
        """In how many seconds to ask again, at most a day; None if not known."""
        seconds: float | None = self.__dict__["retry_after"]
        return seconds

    @retry_after.setter
    def retry_after(self, seconds: float | None) -> None:
        # A plugin may give anything. NaN fails the comparison.
        is_known = isinstance(seconds, int | float) and seconds >= 0
        self.__dict__["retry_after"] = min(float(seconds or 0), LONGEST_RETRY) if is_known else None


class QuotaError(_RetryableError):
    """The provider's limit is used up; `retry_after` says in how many seconds to ask again."""


class TransientError(_RetryableError):
    """The provider could not be reached, or failed; `retry_after` as in `QuotaError`."""


class MalformedResponseError(DriverError):
    """The response, or the store, is not in the expected format."""


class StaleRateWarning(UserWarning):
    """The provider should have published a newer rate than the one you got."""


class MalformedRowWarning(UserWarning):
    """A response has rows that cannot be read: their currencies are left out."""


class StoreWarning(UserWarning):
    """A driver's store is damaged, or older than another one, which answers instead."""


class ExtensionWarning(UserWarning):
    """An extension failed in the background, as in `forex_rates_arrived`."""


class TrustWarning(UserWarning):
    """Other users can write to a plugin that was loaded, or own one of our files.

    A store, a cache or a settings file that another user may have written is ignored.
    """


class DrainWarning(RuntimeWarning):
    """A plugin was still in use when it was to be closed; it is closed when its last call ends."""


class RetiredHookWarning(DeprecationWarning):
    """A plugin implements a hook, or declares an argument, that will be removed.

    The message says what to write instead, and which release removes it; file and line are those
    of the implementation.
    """


_LONGEST_CLAUSE = 90
_NOT_ASKED = re.compile(r"^\S+ was not asked: it failed [^:]* ago: ")


def reason_of(error: ForexError) -> str:
    """The error's message, without how long ago it happened, which differs each time."""
    return _NOT_ASKED.sub("", f"{error}")


def in_short(error: ForexError) -> str:
    """The error's message in one clause, without addresses and advice."""
    said = re.sub(r"https?://\S+", "the provider", reason_of(error))
    said = said.partition("; ")[0].partition(": '")[0]
    driver = getattr(error, "driver", None)
    said = " ".join(said.removeprefix(f"{driver}: ").split())
    return said if len(said) <= _LONGEST_CLAUSE else f"{said[:_LONGEST_CLAUSE]}…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return " (did you mean …?)" for a message about an unknown word, or an empty string.

    Case does not matter: ECB finds ecb. For currency codes, use `did_you_mean_code`.
    """
    import difflib

    by_fold = {each.casefold(): each for each in known}
    nearest = difflib.get_close_matches(word.casefold(), by_fold, n=1)
    return f" (did you mean {by_fold[nearest[0]]!r}?)" if nearest else ""
