"""Rows of a response, read one by one: a bad row makes only its own currency unavailable."""

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
"""One row of a response: day, base, quote and value.

The name of its series and the last day of its period may follow, in any order.
"""

_BAD = (ValueError, TypeError, KeyError, AttributeError)


class Rows(Generic[T]):
    """The rows of a response. A bad one costs its currency; too many cost the whole response.

    Read each row within `of`, and call `sound` at the end:

    >>> rows = Rows[tuple[str, int]]("acme")
    >>> for code, value in {"CAD": "1", "JPY": "157"}.items():
    ...     with rows.of(code):
    ...         rows.add(code, (code, int(value)))
    >>> rows.sound()
    [('CAD', 1), ('JPY', 157)]
    """

    def __init__(self, driver: str, scrubbed: Callable[[str], str] = str) -> None:
        """Start with no rows.

        Args:
            driver: The name of the driver, for the warning.
            scrubbed: Removes the user's key from the warning: `HttpClient.scrubbed`.
        """
        self._driver = driver
        self._scrubbed = scrubbed
        self._found: list[tuple[str, T]] = []
        self._bad: dict[str, Exception] = {}
        self._read = self._failed = 0

    @contextmanager
    def of(self, code: object) -> Iterator[None]:
        """Read one row in this context: if that raises an error, the row is bad.

        Args:
            code: The currency of the row.

        Yields:
            Nothing.
        """
        self._read += 1
        try:
            yield
        except _BAD as error:
            self._failed += 1
            self._bad.setdefault(str(code), error)

    def add(self, code: object, value: T) -> None:
        """Add what was read from a row.

        Args:
            code: The currency of the row.
            value: Anything; `sound` returns it.
        """
        self._found.append((str(code), value))

    @property
    def bad(self) -> frozenset[str]:
        """The codes of the currencies that have a bad row."""
        return frozenset(self._bad)

    def sound(self) -> list[T]:
        """Return what was added, except for currencies that have a bad row.

        If there are bad rows, it issues a `MalformedRowWarning` with the driver, their currencies
        and what is wrong with the first.

        Returns:
            The values, in the order in which they were added.

        Raises:
            Exception: More than half of the rows are bad: the error of the first one.
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
        note_bad_rows(problem, self._bad)
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
    """Check rows one by one and make observations of them, by series.

    Rows of days that were not asked for are left out.

    Args:
        read: The rows: day, base, quote and value; optionally series and last day of the period.
        rows: Collects the results and the bad rows; empty at first.
        profile: The driver's profile, for its pivot and its series.
        beyond_iso: Keep codes that ISO 4217 does not list; otherwise their rows are left out.
        start: The first day that was asked for; None: any.
        end: The last day that was asked for; None: any.
        unnamed: The series of rows that name none.
        begins_earlier: Accept a response that has nothing but days before `start`.

    Returns:
        The observations of each series.

    Raises:
        ValueError: All rows are of days that were not asked for, a row names an unknown series, or
            too many rows are bad.
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
        raise ValueError(f"{asked} was asked for, but the response has only {others}")
    by_series: dict[str | None, list[Observation]] = {}
    for series, each in rows.sound():
        by_series.setdefault(series, []).append(each)
    return by_series


def _no_series(series: object, profile: Profile) -> str:
    listed = ", ".join(each.name for each in profile.series)
    if series is None:
        return f"a row names no series: yield one of {listed} as the fifth element of each row"
    return f"a row is of the series {series!r:.40}, and the profile lists {listed or 'none'}"


def checked_code(code: object) -> str:
    """Return the code. Raises `ValueError` if it is not a currency code in upper case."""
    if not isinstance(code, str) or not is_plausible(code):
        raise ValueError(f"{code!r:.40} is not a currency code")
    if code != code.upper():
        raise ValueError(f"{code!r} is not a currency code: write codes in upper case")
    return code
