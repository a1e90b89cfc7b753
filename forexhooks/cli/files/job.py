"""A job: converts one file into another; if it fails, nothing is written."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from forexhooks.cli.files.csvs import Csv
from forexhooks.cli.files.formats import Columns, Format, Paths, Style, check_given, missing
from forexhooks.cli.files.ndjson import Ndjson
from forexhooks.cli.files.number_format import NumberFormat
from forexhooks.cli.files.open_file import STANDARD, name_of, opened
from forexhooks.cli.files.parquet import Parquet
from forexhooks.cli.wording import said
from forexhooks.currencies import CODES, minor_units
from forexhooks.errors import AmountError, ConversionError, CurrencyError, DateError, ForexError
from forexhooks.frames.converter import converted
from forexhooks.frames.frame_columns import FrameColumns
from forexhooks.support.atomic import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.frames.lookup import Lookup
    from forexhooks.support.context import Progress

_FORMATS: dict[str, type[Csv | Ndjson | Parquet]] = {
    "csv": Csv,
    "ndjson": Ndjson,
    "parquet": Parquet,
}
_SHOWN = 5


class Done(NamedTuple):
    """How many rows were read and rejected, and notes for the user."""

    rows: int
    rejected: int
    notes: list[str]


class Job(NamedTuple):
    """Which columns to convert and how: see `forexhooks convert-file`."""

    paths: Paths
    format: str
    columns: Columns
    style: Style
    into: str | None = None
    places: int | None = None

    def run(self, lookup: Lookup, progress: Progress | None = None) -> Done:
        """Run the job. `progress` is called with how much was read, in the format's unit.

        Raises `ColumnError` if the file as a whole is wrong, `ConversionError` for bad rows if
        there is no file for rejects, and what `ForexService` raises; then nothing is written. An
        `OSError` has the path in its `filename`, or None for stdout.
        """
        named = name_of(self.paths.source)
        if self.format != "csv":
            check_given("csv files", self.style, self.columns, f"{named} is {self.format}")
        with ExitStack() as stack:
            file, size = opened(self.paths.source, self.format, stack)
            amounts = NumberFormat(self.style, self.columns, lookup.service.check_code)
            source: Format = _FORMATS[self.format](named, file, size, self.columns, amounts)
            constants = self._constants(source, lookup)
            into = self.into or f"{self.columns.amount}_{self.columns.to}"
            scale = self.places
            if scale is None and "to" in constants:
                scale = minor_units(constants["to"])
            out, rejects = stack.enter_context(_targets(self.paths))
            source.begin(out, rejects, into, scale)
            stack.callback(source.end)
            # By their names in the file, for errors.
            names = dict(source.columns)
            if self.columns.has_code:
                names["currency"] += " (its currency)"
            asked = {role: names.get(role, constants.get(role)) for role in _ROLES}
            notes = self._hidden(source)
            try:
                done = self._run(source, lookup, amounts, {**asked, "into": into}, progress)
            except ConversionError as error:
                raise type(error)("; ".join([str(error), *notes]), count=error.count) from error
            if (note := amounts.note()) is not None:
                notes.append(note)
            return Done(*done, notes)

    def _run(
        self,
        source: Format,
        lookup: Lookup,
        amounts: NumberFormat,
        asked: dict[str, Any],
        progress: Any,
    ) -> tuple[int, int]:
        rows = rejected = 0
        for batch in source.batches():
            columns = {asked[role]: column for role, column in reversed(batch.columns.items())}
            read = FrameColumns(pa.table(columns))
            of_frame = lookup.asked(read, asked)
            frame, failures = converted(read, of_frame, lookup)
            lookup.warn(1)
            reasons = dict(batch.problems)
            for row, error in failures:
                if row not in reasons:
                    text = batch.columns["amount"][row].as_py()
                    reasons[row] = _reason(error, text, amounts)
            if reasons and self.paths.rejects is None:
                raise self._refused(reasons, rows)
            source.write(batch, frame[of_frame.into].combine_chunks(), reasons, rows + 1)
            rows += len(frame)
            rejected += len(reasons)
            if progress is not None:
                progress(batch.read, source.size)
        return rows, rejected

    def _refused(self, reasons: dict[int, str], before: int) -> ConversionError:
        first = [
            f"row {before + row + 1}: {reason}" for row, reason in sorted(reasons.items())[:_SHOWN]
        ]
        more = f"; and {len(reasons) - _SHOWN:,} more near them" if len(reasons) > _SHOWN else ""
        nothing = "" if self.paths.output == STANDARD else "nothing was written; "
        return ConversionError(
            f"{name_of(self.paths.source)} has rows that cannot be converted: {'; '.join(first)}"
            f"{more}; {nothing}--rejects FILE puts such rows aside",
            count=len(reasons),
        )

    def _constants(self, source: Format, lookup: Lookup) -> dict[str, Any]:
        """The constants, checked."""
        constants: dict[str, Any] = {}
        named = name_of(self.paths.source)
        for role in ("currency", "to"):
            if role not in source.columns:
                name = getattr(self.columns, role)
                try:
                    constants[role] = lookup.service.check_code(name)
                except CurrencyError as error:
                    what = "codes, nor is it a code"
                    raise missing(what, name, source.names, named) from error
        if "on" not in source.columns:
            try:
                constants["on"] = lookup.terms.days.day(self.columns.on)
            except DateError as error:
                more = f"; and {error}"
                raise missing("days", self.columns.on, source.names, named, more) from error
        return constants

    def _hidden(self, source: Format) -> list[str]:
        """Columns that are named like a currency: the option may mean either."""
        found = []
        for role in ("currency", "to"):
            name = getattr(self.columns, role)
            if source.columns.get(role) == name and name in CODES:
                found.append(
                    f"--{role} {name} is the column {name!r}: for the currency itself give "
                    f"--{role} {name.lower()}"
                )
        return found


_ROLES = Columns._fields[:4]


def _reason(error: ForexError, amount: Any, amounts: NumberFormat) -> str:
    if isinstance(error, AmountError) and isinstance(amount, str):
        return amounts.reason(amount, error)
    return said(error)


@contextmanager
def _targets(wanted: Paths) -> Iterator[tuple[IO[bytes], IO[bytes] | None]]:
    # Rename the rejects first: they are there once the new file is.
    target, rejects = wanted.output, wanted.rejects
    paths = [path for path in (rejects, target) if path is not None and path != STANDARD]
    with replacing(*paths) as files:
        of = dict(zip(paths, files, strict=True))
        out = sys.stdout.buffer if target == STANDARD else of[target]
        yield out, of.get(rejects or "")
        if target == STANDARD:
            out.flush()
