"""Messages of SDMX: rows of SDMX-JSON, and the periods of its rates."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from forexhooks.rates.profile import Frequency

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MISSING = frozenset("HKLMOQ")
"""Values of OBS_STATUS that mean "no rate": a holiday, not collected, suppressed, …"""

_ONE_DAY = timedelta(days=1)
# How many months each part of a year has, by the letter before its number in SDMX.
_PARTS = {"A": 12, "S": 6, "T": 4, "Q": 3, "M": 1}
_FREQUENCIES: dict[int, Frequency] = {1: "month", 3: "quarter", 12: "year"}
_MONTHS_OF = {frequency: months for months, frequency in _FREQUENCIES.items()}
_PERIOD = re.compile(r"([0-9]{4})(?:-([0-9]{2})|-?([ASTQM])([0-9]{1,2})|-?W([0-9]{1,2}))?")


class TimePeriod(NamedTuple):
    """The period of a rate. `frequency` is None for thirds and halves of a year."""

    first: date
    last: date
    frequency: Frequency | None

    @classmethod
    def of(cls, text: str) -> TimePeriod:
        """Read a TIME_PERIOD.

        Args:
            text: `2026-10-01`, `2026-W40`, `2026-10`, `2026-Q3`, `2026-S1` or `2026`.

        Returns:
            The period.

        Raises:
            ValueError: It is not a TIME_PERIOD.

        >>> str(TimePeriod.of("2026-Q3").last), str(TimePeriod.of("2026-W40").first)
        ('2026-09-30', '2026-09-28')
        """
        if not isinstance(text, str):
            raise ValueError(f"{text!r:.40} is no TIME_PERIOD")
        found = _PERIOD.fullmatch(text)
        try:
            if found is None:
                day = date.fromisoformat(text)
                return cls(day, day, "day")
            year, month, part, number, week = found.groups()
            if week is not None:
                monday = date.fromisocalendar(int(year), int(week), 1)
                return cls(monday, monday + 6 * _ONE_DAY, "week")
            months = _PARTS[part or ("A" if month is None else "M")]
            return cls._of_months(int(year), int(number or month or 1), months)
        except ValueError:
            raise ValueError(f"{text!r:.40} is no TIME_PERIOD") from None

    @classmethod
    def with_day(cls, day: date, frequency: Frequency) -> TimePeriod:
        """The period of this frequency that contains a day."""
        if frequency == "day":
            return cls(day, day, "day")
        if frequency == "week":
            monday = date.fromordinal(day.toordinal() - day.weekday())
            return cls(monday, monday + 6 * _ONE_DAY, "week")
        months = _MONTHS_OF[frequency]
        return cls._of_months(day.year, (day.month - 1) // months + 1, months)

    @classmethod
    def _of_months(cls, year: int, number: int, months: int) -> TimePeriod:
        first = date(year, (number - 1) * months + 1, 1)
        after = first.year * 12 + first.month - 1 + months
        is_last = after // 12 > date.max.year
        last = date.max if is_last else date(after // 12, after % 12 + 1, 1) - _ONE_DAY
        return cls(first, last, _FREQUENCIES.get(months))

    def __str__(self) -> str:
        year = f"{self.first.year:04}"
        if self.frequency == "week":
            of_year, number, _ = self.first.isocalendar()
            return f"{of_year:04}-W{number:02}"
        if self.frequency == "month":
            return f"{year}-{self.first.month:02}"
        if self.frequency == "quarter":
            return f"{year}-Q{self.last.month // 3}"
        return year if self.frequency == "year" else f"{self.first}"


def rows_of_json(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The observations of an SDMX-JSON message as rows, with the columns that SDMX-CSV has.

    Series and observations refer to their dimensions and attributes by index into the structure.
    Attributes that are null, or omitted at the end, are absent. Since version 1.0 the message is
    wrapped in `data`.
    """
    document = document.get("data", document)
    structure = document["structure"]
    dimensions, attributes = structure["dimensions"], structure.get("attributes", {})
    for data_set in document["dataSets"]:
        shared = {each["id"]: _named(each, 0) for each in dimensions.get("dataSet", ())}
        for key, series in data_set["series"].items():
            row = {
                **shared,
                **_coded(dimensions["series"], key.split(":")),
                **_coded(attributes.get("series", ()), series.get("attributes") or ()),
            }
            for at, (value, *more) in series["observations"].items():
                yield {
                    **row,
                    **_coded(dimensions["observation"], at.split(":")),
                    **_coded(attributes.get("observation", ()), more),
                    "OBS_VALUE": value,
                }


def _coded(components: Sequence[Mapping[str, Any]], indices: Sequence[Any]) -> dict[str, Any]:
    return {
        component["id"]: _named(component, index)
        for component, index in zip(components, indices, strict=False)
        if index is not None
    }


def _named(component: Mapping[str, Any], index: Any) -> Any:
    values = component["values"]
    if int(index) not in range(len(values)):
        raise ValueError(f"{component['id']:.40} has no value number {index}")
    value = values[int(index)]
    return value.get("id", value.get("name"))
