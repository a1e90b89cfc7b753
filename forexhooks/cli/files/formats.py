"""What a format does for a job, and what they share."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import IO, Any, NamedTuple, Protocol

from forexhooks.errors import ColumnError, did_you_mean

Texts = dict[str, Any]
"""Arrays of arrow by what they are for: `amount`, `currency`, `to`, `on`, `sign`."""


class Paths(NamedTuple):
    """The file that is read, the one that is written, and where rejects go, if they may."""

    source: str
    output: str
    rejects: str | None = None


class Columns(NamedTuple):
    """Which columns a job reads, by their names or by their numbers from 1 on.

    Each of `currency`, `to` and `on` may be a constant: then it is no column. `sign` is a column of
    what is debit and what credit, if there is one. With `has_code` the currency is a word within
    its cells, as in EUR 12.50.
    """

    amount: str
    currency: str
    to: str
    on: str
    sign: str | None = None
    has_code: bool = False

    def among(self, names: list[str], path: str) -> dict[str, int]:
        """The places of those that are columns, by what they are for. A name comes first.

        There must be one of amounts; what else is no column must make sense as a constant, which is
        for others to say. Raises `ColumnError` for a name that several columns have.
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
        """Their names by what they are for."""
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
    # A currency is no number, and neither is a day that anybody writes in so few digits.
    if name.isascii() and name.isdigit() and 1 <= int(name) <= len(names):
        return int(name) - 1
    return None


def label_of(place: int, names: list[str]) -> str:
    """What a column is called where names must differ: by its name, or by its number."""
    name = names[place]
    return name if name and names.count(name) == 1 else str(place + 1)


def missing(what: str, name: str, names: list[str], path: str) -> ColumnError:
    """The error for a column that is not there: it names those that are."""
    nameless = "; one without a name is named by its number, from 1 on" if "" in names else ""
    return ColumnError(
        f"{path} has no column {name!r} of {what}{did_you_mean(name, names)}; its columns are "
        f"{', '.join(map(repr, names)) or 'none'}{nameless}"
    )


def check_new(into: str, names: Container[str], path: str) -> None:
    """Raise `ColumnError` for a new column that is there already: nothing is overwritten."""
    if into in names:
        raise ColumnError(
            f"{path} has a column {into!r} already: give the new one another name, --into NAME"
        )


def reject_names(names: list[str]) -> tuple[str, str]:
    """What the number and the reason of a reject are called, beside columns of these names."""
    row, reason = "row", "reason"
    while row in names or reason in names:
        row, reason = f"{row}_", f"{reason}_"
    return row, reason


class Style(NamedTuple):
    """How a file writes amounts and days, and separates fields.

    The first `skip` lines are no part of it. With `signs` an amount may have a minus after it,
    parentheses, a currency sign, or what says debit or credit: to "accounting" credit is negative,
    to "bank" debit is. `days` is the format of days, `year` the one that it lacks, `zone` where a
    moment's day is.
    """

    delimiter: str | None = None
    skip: int = 0
    decimal: str = "."
    thousands: str = ""
    signs: str | None = None
    days: str | None = None
    year: int | None = None
    zone: str | None = None


class Batch(NamedTuple):
    """Some rows of a file.

    - `columns`: what is to be converted; amounts in text are written as programs do
    - `problems`: the rows that cannot be read, with the reason; their amounts are missing
    - `native`: the rows as the format has them
    - `read`: how much of the file has been read by now
    """

    columns: Texts
    problems: dict[int, str]
    native: Any
    read: int


class Format(Protocol):
    """One file that is read, and the two that are written, in one format."""

    columns: dict[str, str]
    """What the columns that are read are called in errors, by what they are for."""
    names: list[str]
    """All columns, where the format knows them beforehand."""
    size: int | None
    """How much there is to be read, in `unit`s."""
    unit: Any

    def batches(self) -> Iterator[Batch]:
        """Read the rows, from the first to the last."""

    def begin(
        self, out: IO[bytes], rejects: IO[bytes] | None, into: str, scale: int | None
    ) -> None:
        """Begin the files that are written; the new column is `into`.

        `scale` is how many decimal places it has; None: those of each row's currency.
        """

    def write(self, batch: Batch, values: Any, reasons: Mapping[int, str], first: int) -> None:
        """Write a batch: its rows with their new values, and those that have reasons aside.

        `values` is an array of arrow. `first` is the number of the batch's first row.
        """

    def end(self) -> None:
        """Write what is left to be written; also after an exception."""
