"""A job: one file converted into another, whole or not at all."""

from __future__ import annotations

import io
import os
import sys
from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from forexhooks.cli.files.compressed import check_unpacked
from forexhooks.cli.files.csvs import Csv
from forexhooks.cli.files.formats import Columns, Format, Style, missing
from forexhooks.cli.files.ndjson import Ndjson
from forexhooks.cli.files.number_format import texts_of
from forexhooks.cli.files.parquet import Parquet
from forexhooks.currencies import MOST_MINOR_UNITS, minor_units
from forexhooks.errors import (
    ConversionError,
    CurrencyError,
    DateError,
)
from forexhooks.frames import Converter
from forexhooks.frames.columns import day_of
from forexhooks.support.atomic import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.service.service import ForexService
    from forexhooks.support.context import Progress

STANDARD = "-"
"""The path that stands for the standard input or output."""

_FORMATS: dict[str, type[Csv | Ndjson | Parquet]] = {
    "csv": Csv,
    "ndjson": Ndjson,
    "parquet": Parquet,
}

_PRECISION = 38
_SHOWN = 5


class Done(NamedTuple):
    """How many rows were read, and how many of them were rejected."""

    rows: int
    rejected: int


class Job(NamedTuple):
    """What is to be done: see `forexhooks convert-file`."""

    source: str
    target: str
    format: str
    columns: Columns
    into: str | None
    rejects: str | None
    style: Style
    max_gap: int | None
    places: int | None
    zone: str | None

    @property
    def named(self) -> str:
        """What errors call the file that is read."""
        return "stdin" if self.source == STANDARD else self.source

    def run(self, service: ForexService, progress: Progress | None) -> Done:
        """Do it. `progress` is called with how much is read, in the format's unit.

        Raises `ColumnError` for what is wrong with the file as a whole, `ConversionError` for rows
        where there is no file for rejects, and as `ForexService` does; nothing is written then.
        An `OSError` has the path in its `filename`, and none where it is the standard output.
        """
        with ExitStack() as stack:
            file, size = _opened(self.source, stack)
            check_unpacked(self.named, self.format, file.peek(8))
            source: Any = _FORMATS[self.format](self.named, file, size, self.columns, self.style)
            if self.format == "parquet":
                source.check_days(self.zone)
            constants = self._constants(source, service)
            converter = Converter(service, max_gap=self.max_gap, places=self.places, zone=self.zone)
            into = self.into or f"{self.columns.amount}_{self.columns.to}"
            out, rejects = stack.enter_context(_targets(self.target, self.rejects))
            source.begin(out, rejects, into)
            stack.callback(source.end)
            if self.format == "parquet":
                source.open_with(self._kind(source, constants))
            return self._run(source, converter, constants, into, progress)

    def _run(
        self,
        source: Format,
        converter: Converter,
        constants: dict[str, Any],
        into: str,
        progress: Any,
    ) -> Done:
        rows = rejected = 0
        # By their names in the file, so that errors have those.
        names = source.columns
        asked: dict[str, Any] = {
            role: names.get(role, constants.get(role)) for role in self.columns._fields
        }
        for batch in source.batches():
            table = pa.table({names[role]: batch.table[role] for role in reversed(names)})
            frame, failures = converter.convert(table, into=into, **asked)
            reasons = dict(batch.problems)
            for row, error in failures:
                reasons.setdefault(row, " ".join(str(error).split()))
            if reasons and self.rejects is None:
                raise self._refused(reasons, rows)
            values = frame[into].combine_chunks()
            if self.format != "parquet":
                by_row = "to" in names and self.places is None
                values = texts_of(values, frame[names["to"]].combine_chunks() if by_row else None)
            source.write(batch, values, reasons, rows + 1)
            rows += len(batch.table)
            rejected += len(reasons)
            if progress is not None:
                progress(batch.read, source.size)
        return Done(rows, rejected)

    def _refused(self, reasons: dict[int, str], before: int) -> ConversionError:
        first = [
            f"row {before + row + 1}: {reason}" for row, reason in sorted(reasons.items())[:_SHOWN]
        ]
        more = f"; and {len(reasons) - _SHOWN:,} more near them" if len(reasons) > _SHOWN else ""
        nothing = "" if self.target == STANDARD else "nothing was written; "
        return ConversionError(
            f"{self.named} has rows that cannot be converted: {'; '.join(first)}{more}; {nothing}"
            "--rejects FILE puts such rows aside",
            count=len(reasons),
        )

    def _constants(self, source: Format, service: ForexService) -> dict[str, Any]:
        """What is no column, checked."""
        constants: dict[str, Any] = {}
        for role in ("currency", "to"):
            if role not in source.columns:
                name = getattr(self.columns, role)
                try:
                    constants[role] = service.check_code(name)
                except CurrencyError as error:
                    what = "codes, nor is it a code"
                    raise missing(what, name, source.names, self.named) from error
        if "on" not in source.columns:
            try:
                constants["on"] = day_of(self.columns.on)
            except DateError as error:
                what = "days, nor is it a day like 2026-10-30"
                raise missing(what, self.columns.on, source.names, self.named) from error
        return constants

    def _kind(self, source: Parquet, constants: dict[str, Any]) -> Any:
        if not source.is_exact:
            return pa.float64()
        scale = self.places
        if scale is None and "to" in constants:
            scale = minor_units(constants["to"])
        return pa.decimal128(_PRECISION, MOST_MINOR_UNITS if scale is None else scale)


class _StandardInput(io.RawIOBase):
    """The standard input in a way that Ctrl-C ends at once, in whichever moment it comes.

    Reading much of a pipe at once, Python looks for signals only while it waits.
    """

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            return os.readv(sys.stdin.fileno(), [buffer])
        except OSError as error:
            raise OSError(error.errno, error.strerror, STANDARD) from error


def _opened(path: str, stack: ExitStack) -> tuple[io.BufferedReader, int | None]:
    if path == STANDARD:
        return io.BufferedReader(_StandardInput(), 1 << 16), None
    file = io.FileIO(path)
    stack.callback(file.close)
    return io.BufferedReader(file), os.fstat(file.fileno()).st_size or None


@contextmanager
def _targets(target: str, rejects: str | None) -> Iterator[tuple[IO[bytes], IO[bytes] | None]]:
    # Whoever sees the new file is to find the rejects beside it: they are renamed first.
    paths = [path for path in (rejects, target) if path is not None and path != STANDARD]
    with replacing(*paths) as files:
        of = dict(zip(paths, files, strict=True))
        out = sys.stdout.buffer if target == STANDARD else of[target]
        yield out, of.get(rejects or "")
        if target == STANDARD:
            out.flush()
