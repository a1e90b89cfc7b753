"""Series: one of the things that a driver publishes, in the words of SDMX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Literal, NamedTuple, get_args

from forexhooks.errors import UnknownSeriesError, did_you_mean
from forexhooks.rates.profile import Frequency, is_day

Side = Literal["mid", "bid", "ask"]
Statistic = Literal["fixing", "average", "end"]


class Series(NamedTuple):
    """One of the things that a driver publishes: it lists them in `Profile.series`.

    - `name`: what comes after the colon: `open("acme:ask")`
    - `side`: mid, bid or ask, as seen from the base
    - `frequency`: day, week, month, quarter or year; `None`: the profile's
    - `statistic`: a fixing, the average of a period, or the value at its end
    - `max_gap`: days that its rates are carried forward; `None`: by the frequency
    - `publication_days`, `history_from`, `in_advance`: where they are not the profile's

    >>> Series("ask", side="ask").statistic
    'fixing'
    """

    name: str
    side: Side = "mid"
    frequency: Frequency | None = None
    statistic: Statistic = "fixing"
    max_gap: int | None = None
    publication_days: Callable[[date], bool] | None = None
    history_from: date | None = None
    in_advance: timedelta | None = None


def key_of(driver: str, series: str | None) -> str:
    """The name that opens a series of a driver."""
    return driver if series is None else f"{driver}:{series}"


def are_series(value: object) -> bool:
    """Whether a profile may have these: a tuple of series with different names."""
    if not isinstance(value, tuple) or not all(_is_series(each) for each in value):
        return False
    return len({each.name for each in value}) == len(value)


def unknown_series(driver: str, series: str, known: Sequence[Series]) -> UnknownSeriesError:
    """The error for a series that a driver does not list."""
    names = [each.name for each in known]
    there_is = (
        f"it has {', '.join(f'{driver}:{name}' for name in names)}"
        if names
        else f"it has only one series: open {driver!r}"
    )
    lacks = (
        f"{driver} has no series {series!r}{did_you_mean(series, names)}"
        if series
        else f"'{driver}:' names no series"
    )
    return UnknownSeriesError(f"{lacks}; {there_is}")


def _is_series(value: object) -> bool:
    return (
        isinstance(value, Series)
        and isinstance(value.name, str)
        and value.name.replace("-", "").isalnum()
        and value.side in get_args(Side)
        and (value.frequency is None or value.frequency in get_args(Frequency))
        and value.statistic in get_args(Statistic)
        and (value.max_gap is None or (type(value.max_gap) is int and value.max_gap >= 0))
        and (value.publication_days is None or callable(value.publication_days))
        and (value.history_from is None or is_day(value.history_from))
        and (value.in_advance is None or isinstance(value.in_advance, timedelta))
    )
