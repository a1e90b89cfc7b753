"""Parquet: the same columns, and one more, of decimals if the amounts are exact."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from forexhooks.cli.files.formats import (
    Batch,
    Columns,
    check_given,
    check_new,
    label_of,
    reject_names,
)
from forexhooks.cli.files.number_format import trimmed
from forexhooks.currencies import MOST_MINOR_UNITS
from forexhooks.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from forexhooks.cli.files.number_format import NumberFormat

_ROWS = 1 << 17
_GROUP = 1 << 17
_PRECISION = 38


class Parquet:
    """A Parquet file."""

    unit: Literal["rows"] = "rows"

    def __init__(
        self, path: str, file: IO[bytes], size: int | None, columns: Columns, amounts: NumberFormat
    ) -> None:
        self._path = path
        self._amounts = amounts
        try:
            self._source = pq.ParquetFile(file, pre_buffer=False)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise ColumnError(f"{path} is not a Parquet file: {error}") from error
        self._schema = self._source.schema_arrow
        self.size: int | None = self._source.metadata.num_rows
        self.names: list[str] = list(self._schema.names)
        self._places = columns.among(self.names, path)
        self.columns: dict[str, str] = {
            role: label_of(place, self.names) for role, place in self._places.items()
        }
        kind = self._kind_of("amount")
        self._is_text = _is_text(kind)
        self._is_exact = self._is_text or pa.types.is_decimal(kind)
        self._read = 0
        for role in self._places.keys() & {"currency", "to"}:
            self._check_codes(role)
        for role, what in (("amount", "amounts in text"), ("on", "days in text")):
            if role in self._places and not _is_text(self._kind_of(role)):
                why = f"the column {self.columns[role]!r} of {path} is of {self._kind_of(role)}"
                check_given(what, amounts.style, columns, why)

    def batches(self) -> Iterator[Batch]:
        """Read some rows at a time."""
        for native in self._source.iter_batches(batch_size=_ROWS, use_threads=False):
            self._read += len(native)
            columns = {role: native.column(place) for role, place in self._places.items()}
            problems: dict[int, str] = {}
            if self._is_text:
                for role in columns.keys() & {"amount", "currency", "sign"}:
                    columns[role] = trimmed(_as_text(columns[role]))
                columns, problems = self._amounts.read(columns)
            yield Batch(columns, problems, native, self._read)

    def begin(
        self, out: IO[bytes], rejects: IO[bytes] | None, into: str, scale: int | None
    ) -> None:
        """Begin the files with their schemas."""
        check_new(into, self.names, self._path)
        self._kind = pa.float64()
        if self._is_exact:
            self._kind = pa.decimal128(_PRECISION, MOST_MINOR_UNITS if scale is None else scale)
        self._rejects = None
        if rejects is not None:
            row, reason = reject_names(self.names)
            ours = [pa.field(row, pa.int64()), pa.field(reason, pa.string())]
            self._rejects_schema = pa.schema([*ours, *self._schema])
            self._rejects = pq.ParquetWriter(rejects, self._rejects_schema)
        schema = self._schema.append(pa.field(into, self._kind))
        self._out = pq.ParquetWriter(out, schema, compression=self._compression(), version="2.6")

    def write(self, batch: Batch, values: Any, reasons: Mapping[int, str], first: int) -> None:
        """Write the rows with their values."""
        native = batch.native
        if reasons:
            rows = sorted(reasons)
            if self._rejects is not None:
                bad = native.take(pa.array(rows))
                numbers = pa.array([first + row for row in rows], pa.int64())
                why = pa.array([reasons[row] for row in rows], pa.string())
                self._rejects.write_table(
                    pa.table([numbers, why, *bad.columns], schema=self._rejects_schema)
                )
            kept = np.ones(len(native), bool)
            kept[rows] = False
            native, values = native.filter(pa.array(kept)), values.filter(pa.array(kept))
        table = pa.table([*native.columns, values.cast(self._kind)], schema=self._out.schema)
        self._out.write_table(table, row_group_size=_GROUP)

    def end(self) -> None:
        """Write the footers."""
        for writer in (self._out, self._rejects):
            if writer is not None:
                writer.close()

    def _kind_of(self, role: str) -> Any:
        return self._schema.field(self._places[role]).type

    def _check_codes(self, role: str) -> None:
        kind = self._kind_of(role)
        if not _is_text(kind):
            raise ColumnError(
                f"the column {self.columns[role]!r} of {self._path} is of {kind}: a currency is a "
                "text like USD"
            )

    def _compression(self) -> str:
        metadata = self._source.metadata
        if not metadata.num_row_groups:
            return "snappy"
        found: str = metadata.row_group(0).column(0).compression.lower()
        return "none" if found == "uncompressed" else found


def _as_text(array: Any) -> Any:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array.cast(pa.string())


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    # A column without any value may have been one of text.
    return bool(is_text or kind == pa.string_view() or pa.types.is_null(kind))
