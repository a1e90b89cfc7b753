"""The interface of a format, and what the formats share."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import IO, Any, NamedTuple, Protocol

from forexhooks.errors import ColumnError, did_you_mean

Texts = dict[str, Any]
"""Arrow arrays by role: `amount`, `currency`, `to`, `on`, `sign`."""


class Paths(NamedTuple):
    """The input, the output, and the file for rejected rows, if any."""

    source: str
    output: str
    rejects: str | None = None


class Columns(NamedTuple):
    """Which columns a job reads, by name or by number, counted from 1.

    `currency`, `to` and `on` may be constants instead of columns. `sign` is the column that marks
    debits and credits, if there is one. With `has_code` the currency is a word in its cells, as in
    EUR 12.50.
    """

    amount: str
    currency: str
    to: str
    on: str
    sign: str | None = None
    has_code: bool = False

    def among(self, names: list[str], path: str) -> dict[str, int]:
        """The positions of the columns, by role. A name is tried before a number.

        There must be one of amounts; what else is not a column is a constant, checked elsewhere.
        Raises `ColumnError` for a name that several columns have.
        """
        found = {}
        for role, name in self.by_role().items():
            place = _place_of(name, names, path)
            if place is not None:
                found[role] = place
            elif role in ("amount", "sign") or (role == "currency" and self.has_code):
                raise missing(_WHAT[role], name, names, path)
        return found

    def by_role(self) -> dict[str, str]:
        """Their names, by role."""
        names = zip(self._fields, self, strict=True)
        return {role: name for role, name in names if isinstance(name, str)}


_WHAT = {"amount": "amounts", "sign": "signs", "currency": "cells with codes"}


def _place_of(name: str, names: list[str], path: str) -> int | None:
    places = [place for place, each in enumerate(names) if each == name]
    if len(places) > 1:
        numbers = " and ".join(str(place + 1) for place in places)
        raise ColumnError(
            f"{path} has {len(places)} columns {name!r}: name one by its number, {numbers}"
        )
    if places:
        return places[0]
    # A currency is not a number, and nobody writes a day in so few digits.
    if name.isascii() and name.isdigit() and 1 <= int(name) <= len(names):
        return int(name) - 1
    return None


def label_of(place: int, names: list[str]) -> str:
    """The unique label of a column: its name, or its number."""
    name = names[place]
    return name if name and names.count(name) == 1 else str(place + 1)


def missing(what: str, name: str, names: list[str], path: str, more: str = "") -> ColumnError:
    """The error for an unknown column; it lists the columns."""
    nameless = "; give the number of a column without a name, counted from 1" if "" in names else ""
    return ColumnError(
        f"{path} has no column {name!r} of {what}{did_you_mean(name, names)}; its columns are "
        f"{', '.join(map(repr, names)) or 'none'}{nameless}{more}"
    )


def check_new(into: str, names: Container[str], path: str) -> None:
    """Raise `ColumnError` if the new column exists already: nothing is overwritten."""
    if into in names:
        raise ColumnError(
            f"{path} has a column {into!r} already: give the new one another name, --into NAME"
        )


def reject_names(names: list[str]) -> tuple[str, str]:
    """Names for the row number and the reason of a reject that no column has."""
    row, reason = "row", "reason"
    while row in names or reason in names:
        row, reason = f"{row}_", f"{reason}_"
    return row, reason


class Style(NamedTuple):
    """How amounts and days are written in a file, and how its fields are separated.

    The first `skip` lines are left out. With `signs` an amount may have a minus after it,
    parentheses, a currency sign, or a mark for debit or credit: with "accounting" a credit is
    negative, with "bank" a debit. `days` is the format of days, `year` the year that it lacks,
    `zone` the time zone in which a moment's day counts.
    """

    delimiter: str | None = None
    skip: int = 0
    decimal: str = "."
    thousands: str = ""
    signs: str | None = None
    days: str | None = None
    year: int | None = None
    zone: str | None = None


# What each option is for, if not for every file.
_IS_FOR = {
    "delimiter": "csv files",
    "skip": "csv files",
    "decimal": "amounts in text",
    "thousands": "amounts in text",
    "signs": "amounts in text",
    "currency-from": "amounts in text",
    "days": "days in text",
}


def check_given(what: str, style: Style, columns: Columns, why: str) -> None:
    """Raise `ColumnError` if an option was given that is for `what`, which the file does not have.

    It would have no effect. `why` says what the file has instead.
    """
    given = {name: value != Style._field_defaults[name] for name, value in style._asdict().items()}
    given["currency-from"] = columns.has_code
    for option, needed in _IS_FOR.items():
        if needed == what and given[option]:
            raise ColumnError(f"--{option} is for {what}, and {why}: leave it out")


class Batch(NamedTuple):
    """Some rows of a file.

    - `columns`: the columns to convert; amounts in text are rewritten as programs write them
    - `problems`: the rows that cannot be read, with the reason; their amounts are null
    - `native`: the rows in the format's own form
    - `read`: how much of the file has been read so far
    """

    columns: Texts
    problems: dict[int, str]
    native: Any
    read: int


class Format(Protocol):
    """The input and the two outputs in one format."""

    columns: dict[str, str]
    """The names of the input columns for errors, by role."""
    names: list[str]
    """All columns, if the format knows them before it reads rows."""
    size: int | None
    """The size of the input, in `unit`s."""
    unit: Any

    def batches(self) -> Iterator[Batch]:
        """Read the rows, from the first to the last."""

    def begin(
        self, out: IO[bytes], rejects: IO[bytes] | None, into: str, scale: int | None
    ) -> None:
        """Begin the outputs; the new column is `into`.

        `scale` is its number of decimal places; None: those of each row's currency.
        """

    def write(self, batch: Batch, values: Any, reasons: Mapping[int, str], first: int) -> None:
        """Write a batch: its rows with their new values; rows with a reason go to the rejects.

        `values` is an arrow array. `first` is the number of the batch's first row.
        """

    def end(self) -> None:
        """Write what is left; also called after an exception."""
