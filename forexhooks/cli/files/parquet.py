"""Parquet: the same columns with one more, of decimals where the amounts are exact."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from forexhooks.cli.files.formats import Batch, Columns, Style, check_new, reject_names
from forexhooks.cli.files.number_format import amounts_of
from forexhooks.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ROWS = 1 << 17
_GROUP = 1 << 17


class Parquet:
    """A Parquet file."""

    unit: Literal["rows"] = "rows"

    def __init__(
        self, path: str, file: IO[bytes], size: int | None, columns: Columns, style: Style
    ) -> None:
        self._path = path
        self._style = style
        try:
            self._source = pq.ParquetFile(file, pre_buffer=False)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise ColumnError(f"{path} is no Parquet file: {error}") from error
        self._schema = self._source.schema_arrow
        self.size: int | None = self._source.metadata.num_rows
        self.names: list[str] = list(self._schema.names)
        self.columns: dict[str, str] = columns.among(self.names, path)
        kind = self._schema.field(self.columns["amount"]).type
        self._is_text = _is_text(kind)
        self.is_exact: bool = self._is_text or pa.types.is_decimal(kind)
        self._read = 0
        for role in self.columns.keys() & {"currency", "to"}:
            self._check_codes(self.columns[role])

    def check_days(self, zone: str | None) -> None:
        """Raise `ColumnError` where the days are moments that need a `zone` and it is not given."""
        if zone is not None or "on" not in self.columns:
            return
        name = self.columns["on"]
        kind = self._schema.field(name).type
        if pa.types.is_timestamp(kind) and kind.tz is not None:
            raise ColumnError(
                f"the column {name!r} of {self._path} has moments in {kind.tz}, and the day of a "
                "moment depends on where one is: say where, --zone Europe/Berlin for instance"
            )

    def batches(self) -> Iterator[Batch]:
        """Read some rows at a time."""
        for native in self._source.iter_batches(batch_size=_ROWS, use_threads=False):
            self._read += len(native)
            columns = {role: native.column(name) for role, name in self.columns.items()}
            problems: dict[int, str] = {}
            if self._is_text:
                texts = columns["amount"]
                if pa.types.is_dictionary(texts.type):
                    texts = texts.dictionary_decode()
                columns["amount"], problems = amounts_of(texts.cast(pa.string()), self._style)
            yield Batch(pa.table(columns), problems, native, self._read)

    def begin(self, out: IO[bytes], rejects: IO[bytes] | None, into: str) -> None:
        """Begin the files with their schemas."""
        check_new(into, self.names, self._path)
        self._into = into
        self._out, self._outs_file = None, out
        self._rejects = None
        if rejects is not None:
            row, reason = reject_names(self.names)
            ours = [pa.field(row, pa.int64()), pa.field(reason, pa.string())]
            self._rejects_schema = pa.schema([*ours, *self._schema])
            self._rejects = pq.ParquetWriter(rejects, self._rejects_schema)

    def open_with(self, kind: Any) -> None:
        """Say of what kind the new column is."""
        self._kind = kind
        schema = self._schema.append(pa.field(self._into, kind))
        self._out = pq.ParquetWriter(
            self._outs_file, schema, compression=self._compression(), version="2.6"
        )

    def write(self, batch: Batch, values: Any, reasons: Mapping[int, str], first: int) -> None:
        """Write the rows with their values."""
        native = batch.native
        assert self._out is not None  # noqa: S101 - the job says the kind first
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
        table = pa.table(
            [*native.columns, values.cast(self._kind)], names=[*self.names, self._into]
        )
        table = table.cast(self._out.schema)
        self._out.write_table(table, row_group_size=_GROUP)

    def end(self) -> None:
        """Write the footers."""
        for writer in (self._out, self._rejects):
            if writer is not None:
                writer.close()

    def _check_codes(self, name: str) -> None:
        kind = self._schema.field(name).type
        if not _is_text(kind) and not pa.types.is_null(kind):
            raise ColumnError(
                f"the column {name!r} of {self._path} is of {kind}: a currency is a text like USD"
            )

    def _compression(self) -> str:
        metadata = self._source.metadata
        if not metadata.num_row_groups:
            return "snappy"
        found: str = metadata.row_group(0).column(0).compression.lower()
        return "none" if found == "uncompressed" else found


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view()
    )
