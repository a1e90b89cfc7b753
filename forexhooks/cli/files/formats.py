"""What a format does for a job, and what they share."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import IO, Any, NamedTuple, Protocol

from forexhooks.errors import ColumnError


class Columns(NamedTuple):
    """Which columns a job reads. Each of the last three may be a constant: then it is no column."""

    amount: str
    currency: str
    to: str
    on: str

    def among(self, names: list[str], path: str) -> dict[str, str]:
        """Those that are columns, by what they are for. Raises `ColumnError` for one named twice.

        There must be one of amounts; what else is no column must make sense as a constant, which is
        for others to say.
        """
        if self.amount not in names:
            raise missing("amounts", self.amount, names, path)
        found = {role: name for role, name in self._asdict().items() if name in names}
        for name in found.values():
            if names.count(name) > 1:
                raise ColumnError(
                    f"{path} has {names.count(name)} columns {name!r}: name them apart"
                )
        return found


def missing(what: str, name: str, names: list[str], path: str) -> ColumnError:
    """The error for a column that is not there: it names those that are."""
    from forexhooks.errors import did_you_mean

    return ColumnError(
        f"{path} has no column {name!r} of {what}{did_you_mean(name, names)}; its columns are "
        f"{', '.join(map(repr, names)) or 'none'}"
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


class Batch(NamedTuple):
    """Some rows of a file.

    - `table`: a pyarrow Table of what is to be converted, its columns named by what they are for
    - `problems`: the rows that cannot be read, with the reason; their amounts are missing
    - `native`: the rows as the format has them
    - `read`: how much of the file has been read by now
    """

    table: Any
    problems: dict[int, str]
    native: Any
    read: int


class Style(NamedTuple):
    """How a file writes numbers and separates fields."""

    delimiter: str | None = None
    decimal: str = "."
    thousands: str = ""


class Format(Protocol):
    """One file that is read, and the two that are written, in one format."""

    columns: dict[str, str]
    """The columns that are read, by what they are for."""
    names: list[str]
    """All columns, where the format knows them beforehand."""
    size: int | None
    """How much there is to be read, in `unit`s."""
    unit: Any

    def batches(self) -> Iterator[Batch]:
        """Read the rows, from the first to the last."""

    def begin(self, out: IO[bytes], rejects: IO[bytes] | None, into: str) -> None:
        """Begin the files that are written; the new column is `into`."""

    def write(self, batch: Batch, values: Any, reasons: Mapping[int, str], first: int) -> None:
        """Write a batch: its rows with their new values, and those that have reasons aside.

        `values` is a pyarrow array, of texts where the format is one of text. `first` is the number
        of the batch's first row.
        """

    def end(self) -> None:
        """Write what is left to be written; also after an exception."""
