"""CSV: each record as it is, with one more field."""

from __future__ import annotations

import csv
import io
from typing import IO, TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forexhooks.errors import ColumnError
from forexhooks.files.formats import Batch, Columns, Style, check_new
from forexhooks.files.scanning import Array, Marks, Records, gathered, marks_of, unquoted
from forexhooks.files.texts import amounts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BLOCK = 4 << 20
_LONGEST = 16 << 20
_BOM = b"\xef\xbb\xbf"
_UTF_16 = b"\xff\xfe", b"\xfe\xff"


class _Native(NamedTuple):
    data: Array
    records: Records


class Csv:
    """A CSV file with a header: any delimiter, quotes and line ends, UTF-8 or like it."""

    unit: Literal["bytes"] = "bytes"

    def __init__(
        self, path: str, file: IO[bytes], size: int | None, columns: Columns, style: Style
    ) -> None:
        self._path = path
        self._file = file
        self.size: int | None = size
        self._style = style
        delimiter = style.delimiter or ("\t" if path.endswith(".tsv") else ",")
        self._delimiter = delimiter.encode()
        self._left, self._read = b"", 0
        self._header, names = self._read_header(delimiter)
        self.names: list[str] = names
        self._line_end = b"\r\n" if self._header.endswith(b"\r\n") else b"\n"
        try:
            self.columns: dict[str, str] = columns.among(self.names, path)
        except ColumnError as error:
            other = next((sign for sign in ";\t|," if sign in self.names[0]), None)
            if other is None or len(self.names) > 1:
                raise
            raise ColumnError(
                f"{error}; is it separated by {other!r}? then give --delimiter"
            ) from None

    def batches(self) -> Iterator[Batch]:
        """Read about 4 MB at a time."""
        while True:
            block = self._file.read(_BLOCK)
            self._read += len(block)
            content = self._left + block
            if not block and content and not content.endswith(b"\n"):
                content += self._line_end
            if not content:
                return
            data = np.frombuffer(content, np.uint8)
            marks = marks_of(data, self._delimiter[0])
            if len(marks.ends):
                records = Records.of(data, marks)
                self._left = content[int(records.nexts[-1]) :]
                yield self._batch(data, marks, records)
            elif not block:
                self._left = b""
                yield self._unclosed(content)
                return
            else:
                self._left = content
            if len(self._left) > _LONGEST:
                raise ColumnError(
                    f"{self._path}: a row does not end within {_LONGEST >> 20} MiB: a quote is "
                    f"open that begins with {self._left[:40]!r}"
                )

    def begin(self, out: IO[bytes], rejects: IO[bytes] | None, into: str) -> None:
        """Write the headers."""
        check_new(into, self.names, self._path)
        self._out, self._rejects = out, rejects
        header = self._header.rstrip(b"\r\n")
        out.write(header + self._delimiter + self._quoted(into) + self._line_end)
        if rejects is not None:
            bom = _BOM if header.startswith(_BOM) else b""
            names = [b"row", b"reason", header.removeprefix(_BOM)]
            rejects.write(bom + self._delimiter.join(names) + self._line_end)

    def write(self, batch: Batch, values: Any, reasons: Mapping[int, str], first: int) -> None:
        """Write the records as they are, each with its value after it."""
        data, records = batch.native
        texts = pc.fill_null(values, "")
        if self._style.decimal != ".":
            texts = pc.replace_substring(texts, ".", self._style.decimal)
            if self._style.decimal.encode() == self._delimiter:
                texts = pc.if_else(
                    pc.equal(texts, ""), texts, pc.binary_join_element_wise('"', texts, '"', "")
                )
        if self._rejects is not None:
            for row in sorted(reasons):
                record = data[records.starts[row] : records.ends[row]].tobytes()
                fields = [str(first + row).encode(), self._quoted(reasons[row]), record]
                self._rejects.write(self._delimiter.join(fields) + self._line_end)
        is_whole = len(records.starts) and (
            records.starts[0] == 0 and (records.starts[1:] == records.nexts[:-1]).all()
        )
        if is_whole and not reasons:
            self._write_whole(data, records, texts)
        else:
            kept = np.ones(len(records.starts), bool)
            kept[list(reasons)] = False
            self._write_some(data, records.take(kept), texts.filter(pa.array(kept)))

    def end(self) -> None:
        """Nothing is left."""

    def _read_header(self, delimiter: str) -> tuple[bytes, list[str]]:
        if len(delimiter) != 1 or not delimiter.isascii() or delimiter.isalnum():
            raise ColumnError(f"a delimiter is one sign like , or ; not {delimiter!r}")
        if delimiter in '".+-\r\n':
            raise ColumnError(f"{delimiter!r} cannot be a delimiter: numbers or quotes have it")
        while True:
            block = self._file.read(1 << 16)
            self._read += len(block)
            self._left += block
            if self._left.startswith(_UTF_16):
                raise ColumnError(f"{self._path} is in UTF-16: save it as UTF-8")
            data = np.frombuffer(self._left, np.uint8)
            start = len(_BOM) if self._left.startswith(_BOM) else 0
            ends = marks_of(data[start:], ord(delimiter)).ends
            if len(ends) or not block:
                break
            if len(self._left) > _LONGEST:
                raise ColumnError(f"{self._path} has no header: its first line does not end")
        if not self._left[start:].strip():
            raise ColumnError(f"{self._path} is empty: it has no header")
        end = start + int(ends[0]) + 1 if len(ends) else len(self._left)
        header, self._left = self._left[:end], self._left[end:]
        text = header[start:].decode("utf-8", "replace")
        return header, next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))

    def _batch(self, data: Array, marks: Marks, records: Records) -> Batch:
        width = len(self.names)
        if width > 1:
            is_blank = records.ends == records.starts
            if is_blank.any():
                records = records.take(~is_blank)
        fits = records.fields == width
        problems = {
            row: f"it has {int(records.fields[row])} fields, and the header {width}"
            for row in np.flatnonzero(~fits).tolist()
        }
        return self._batch_of(data, marks, records, fits, problems)

    def _batch_of(
        self, data: Array, marks: Marks, records: Records, fits: Array, problems: dict[int, str]
    ) -> Batch:
        width, whole = len(self.names), records
        if problems:
            records = records.take(fits)
        columns = {}
        for role, name in self.columns.items():
            starts, ends = records.field(self.names.index(name), width, marks)
            texts = _texts(data, *unquoted(data, starts, ends))
            if problems:  # in the rows that do not fit, nothing
                places = np.cumsum(fits) - 1
                texts = texts.take(pa.array(places, mask=~fits))
            columns[role] = texts
        amounts, wrong = amounts_of(columns["amount"], self._style)
        columns["amount"] = amounts
        for role in columns.keys() - {"amount"}:
            columns[role] = pc.utf8_trim_whitespace(columns[role])
            columns[role] = pc.if_else(pc.equal(columns[role], ""), None, columns[role])
        return Batch(pa.table(columns), problems | wrong, _Native(data, whole), self._read)

    def _unclosed(self, content: bytes) -> Batch:
        """A record that never ends, at the end of the file."""
        data = np.frombuffer(content.rstrip(b"\r\n"), np.uint8)
        size = np.array([len(data)], np.int64)
        records = Records(size * 0, size, size, size, size)
        nothing = {role: pa.array([None], pa.string()) for role in self.columns}
        problems = {0: "its last quote is not closed"}
        return Batch(
            pa.table(nothing | {"amount": pa.array([None], pa.decimal128(38, 2))}),
            problems,
            _Native(data, records),
            self._read,
        )

    def _write_whole(self, data: Array, records: Records, texts: Any) -> None:
        """All records of the bytes: what is between two values is there in one piece."""
        offsets = np.concatenate([[0], records.ends]).astype(np.int32)
        between = pa.Array.from_buffers(
            pa.binary(), len(texts), [None, pa.py_buffer(offsets), pa.py_buffer(data)]
        )
        self._out.write(self._joined(between, texts))
        self._out.write(data[int(records.ends[-1]) : int(records.nexts[-1])].tobytes())

    def _write_some(self, data: Array, records: Records, texts: Any) -> None:
        if not len(records.starts):
            return
        offsets, content = gathered(data, records.starts, records.ends)
        bodies = pa.Array.from_buffers(
            pa.binary(),
            len(texts),
            [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(content)],
        )
        ended = pc.binary_join_element_wise(texts, self._line_end.decode(), "")
        self._out.write(self._joined(bodies, ended))

    def _joined(self, records: Any, texts: Any) -> Any:
        joined = pc.binary_join_element_wise(
            records, texts.cast(pa.binary()), pa.scalar(self._delimiter, pa.binary())
        )
        _, offsets, content = joined.buffers()
        end = int(np.frombuffer(offsets, np.int32, len(joined) + 1, joined.offset * 4)[-1])
        return memoryview(content)[:end]

    def _quoted(self, text: str) -> bytes:
        content = text.encode()
        if any(sign in content for sign in (b'"', b"\n", b"\r", self._delimiter)):
            return b'"' + content.replace(b'"', b'""') + b'"'
        return content


def _texts(data: Array, starts: Array, ends: Array) -> Any:
    offsets, content = gathered(data, starts, ends)
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(content)]
    texts = pa.Array.from_buffers(pa.string(), len(starts), buffers)
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:  # no UTF-8
        pieces = texts.cast(pa.binary()).to_pylist()
        return pa.array([piece.decode("utf-8", "replace") for piece in pieces], pa.string())
    return texts
