"""Rows of a response, read one by one: a bad one costs its own currency."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Generic, TypeVar

from forexhooks.currencies import is_currency, is_plausible
from forexhooks.errors import MalformedRowWarning
from forexhooks.http.deadline import check_time
from forexhooks.http.replies import handing_on_bad_values, positive
from forexhooks.rates.rate import Observation
from forexhooks.support.context import note_bad_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from forexhooks.rates.profile import Profile

T = TypeVar("T")

Row = (
    tuple["date | str", str, str, object]
    | tuple["date | str", str, str, object, "str | date | None"]
    | tuple["date | str", str, str, object, "str | date | None", "str | date | None"]
)
"""What a row of a response says: the day, base, quote and value; perhaps the name of its series,
and the last day of its period, in any order."""

_BAD = (ValueError, TypeError, KeyError, AttributeError)


class Rows(Generic[T]):
    """The rows of one response: a bad one costs its own currency, too many of them the response.

    Read each within `of`, and take what is sound in the end:

    >>> rows = Rows[tuple[str, int]]("acme")
    >>> for code, value in {"CAD": "1", "JPY": "157"}.items():
    ...     with rows.of(code):
    ...         rows.add(code, (code, int(value)))
    >>> rows.sound()
    [('CAD', 1), ('JPY', 157)]
    """

    def __init__(self, driver: str, scrubbed: Callable[[str], str] = str) -> None:
        """Begin with no rows.

        Args:
            driver: the name of the driver, for the warning.
            scrubbed: what takes the user's key out of the warning: `HttpClient.scrubbed`.

        """
        self._driver = driver
        self._scrubbed = scrubbed
        self._found: list[tuple[str, T]] = []
        self._bad: dict[str, Exception] = {}
        self._read = self._failed = 0

    @contextmanager
    def of(self, code: object) -> Iterator[None]:
        """Read one row of a currency: if that raises an error, the row is bad."""
        self._read += 1
        try:
            yield
        except _BAD as error:
            self._failed += 1
            self._bad.setdefault(str(code), error)

    def add(self, code: object, value: T) -> None:
        """Add what a row of a currency says."""
        self._found.append((str(code), value))

    @property
    def bad(self) -> frozenset[str]:
        """The codes of bad rows."""
        return frozenset(self._bad)

    def sound(self) -> list[T]:
        """What the rows say, without the currencies that have a bad one.

        Returns:
            What was added, in its order. Where there are bad rows, a `MalformedRowWarning` names
            the driver, their currencies and the reason of the first.

        Raises:
            Exception: more than half of the rows are bad; it is what reading the first raised.

        """
        if not self._bad:
            return [value for _, value in self._found]
        first = next(iter(self._bad.values()))
        if 2 * self._failed > self._read:
            raise first
        codes = ", ".join(f"{code:.10}" for code in sorted(self._bad))
        reason = f"{type(first).__name__}: {first}" if isinstance(first, KeyError) else f"{first}"
        problem = self._scrubbed(
            f"{self._driver}: {self._failed} of {self._read} rows of a response are bad "
            f"({reason:.100}); left out: {codes}"
        )
        note_bad_rows(problem)
        warnings.warn(problem, MalformedRowWarning, stacklevel=2)
        return [value for code, value in self._found if code not in self._bad]


def observations_of(
    read: Iterable[Row],
    rows: Rows[tuple[str | None, Observation]],
    *,
    profile: Profile,
    beyond_iso: bool,
    start: date | None,
    end: date | None,
    unnamed: str | None = None,
    begins_earlier: bool = False,
) -> dict[str | None, list[Observation]]:
    """The observations that rows state, checked one by one, by series.

    Args:
        read: day, base, quote and value of each; perhaps its series, and its period's last day.
        rows: none yet; says what becomes of bad ones.
        profile: says the pivot, whose own name says nothing about a row, and the series.
        beyond_iso: keep codes that ISO 4217 does not list; else their rows are left out.
        start: the first day that was asked for; None: any.
        end: the last.
        unnamed: the series of rows that name none.
        begins_earlier: nothing but rows of days before `start` is no fault.

    Raises:
        ValueError: all rows are of days that were not asked for, or a row is of no series, or too
            many are bad. What lies outside the days that were asked for is left out.

    """
    listed: set[str | None] = {each.name for each in profile.series} or {None}
    others: date | None = None
    is_asked = False
    with handing_on_bad_values():
        for day, base, quote, raw, *more in read:
            check_time()
            on = day if isinstance(day, date) else date.fromisoformat(day)
            until = next((each for each in more if isinstance(each, date)), None)
            last = on if until is None else until
            if begins_earlier and start is not None and last < start:
                continue
            if (start is not None and last < start) or (end is not None and on > end):
                others = on
                continue
            is_asked = True
            named = (each for each in more if not (each is None or isinstance(each, date)))
            series = next(named, unnamed)
            if series not in listed:
                raise ValueError(_no_series(series, profile))
            code = quote if base == profile.pivot else base
            with rows.of(code):
                is_known = [is_currency(checked_code(each)) for each in (base, quote)]
                if not beyond_iso and not all(is_known):
                    continue
                value = positive(raw)
                if base != quote or value != 1:
                    rows.add(code, (series, Observation(on, base, quote, value, until)))
    if others and not is_asked:
        asked = f"{end}" if start in (None, end) else f"{start or 'the first'} to {end}"
        raise ValueError(f"{asked} was asked for, and none of it is there, but {others}")
    by_series: dict[str | None, list[Observation]] = {}
    for series, each in rows.sound():
        by_series.setdefault(series, []).append(each)
    return by_series


def _no_series(series: object, profile: Profile) -> str:
    listed = ", ".join(each.name for each in profile.series)
    if series is None:
        return f"a row names no series: read yields one of {listed} as the fifth of each row"
    return f"a row is of the series {series!r:.40}, and the profile lists {listed or 'none'}"


def checked_code(code: object) -> str:
    """The code. Raises `ValueError` for what is none, or not in upper case."""
    if not isinstance(code, str) or not is_plausible(code):
        raise ValueError(f"{code!r:.40} is no currency code")
    if code != code.upper():
        raise ValueError(f"{code!r} is no currency code: they are in upper case")
    return code
