"""CSV: each record stays as it is, with one more field."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forexhooks.cli.files.formats import Batch, Columns, check_new, label_of, reject_names
from forexhooks.cli.files.headers import LONGEST, count_of, decoded, hint, read_header
from forexhooks.cli.files.number_format import NumberFormat, content_of, texts_of, trimmed
from forexhooks.cli.files.scanning import Array, Marks, Records, gathered, marks_of, unquoted
from forexhooks.errors import ColumnError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BLOCK = 4 << 20


class _Native(NamedTuple):
    data: Array
    records: Records


class Csv:
    """A CSV file with a header: any delimiter, quotes and line ends, UTF-8 or Windows' own."""

    unit: Literal["bytes"] = "bytes"

    def __init__(
        self, path: str, file: IO[bytes], size: int | None, columns: Columns, amounts: NumberFormat
    ) -> None:
        self._path = path
        self._file = file
        self.size: int | None = size
        self._amounts = amounts
        style = amounts.style
        delimiter = style.delimiter or ("\t" if path.endswith(".tsv") else None)
        if delimiter is not None:
            _check_delimiter(delimiter)
        header = read_header(path, file, delimiter, style.skip)
        _check_delimiter(header.delimiter)
        self._delimiter = header.delimiter.encode()
        self._header, self._left = header.content, header.rest
        self.names: list[str] = header.names
        self._encoding, self._line_end = header.encoding, header.line_end
        self._end = self._line_end[-1]
        self._begins = header.begins
        self._read = len(self._header) + len(self._left)
        # The number of the next line, counted from 1.
        self._line = 1 + header.lines
        try:
            self._places = columns.among(self.names, path)
        except ColumnError as error:
            raise ColumnError(f"{error}{hint(header, columns.amount)}") from None
        self.columns: dict[str, str] = {
            role: label_of(place, self.names) for role, place in self._places.items()
        }

    def batches(self) -> Iterator[Batch]:
        """Read about 4 MB at a time."""
        while True:
            block = self._file.read(_BLOCK)
            self._read += len(block)
            content = self._left + block
            if not block and content and not content.endswith(self._line_end[-1:]):
                content += self._line_end
            if not content:
                return
            data = np.frombuffer(content, np.uint8)
            marks = marks_of(data, self._delimiter[0], self._end)
            if len(marks.ends):
                records = Records.of(data, marks)
                end = int(records.nexts[-1])
                self._left = content[end:]
                yield self._batch(data, marks, records)
                self._line += content.count(self._line_end[-1:], 0, end)
            elif not block:
                self._left = b""
                yield self._unclosed(content, marks)
                return
            else:
                self._left = content
            if len(self._left) > LONGEST:
                raise ColumnError(
                    f"{self._path}: the row in line {self._line} does not end within "
                    f"{LONGEST >> 20} MiB: close the quote in it"
                )

    def begin(
        self, out: IO[bytes], rejects: IO[bytes] | None, into: str, scale: int | None
    ) -> None:
        """Write the headers."""
        check_new(into, self.names, self._path)
        self._out, self._rejects, self._scale = out, rejects, scale
        try:
            into.encode(self._encoding)
        except UnicodeEncodeError as error:
            raise ColumnError(
                f"{self._path} is in Windows-1252, which cannot write {into!r}: save it as UTF-8, "
                "or give the new column another name, --into NAME"
            ) from error
        header = self._header.rstrip(b"\r\n")
        out.write(header + self._delimiter + self._quoted(into) + self._line_end)
        if rejects is not None:
            at = self._begins
            ours = [name.encode() for name in reject_names(self.names)]
            rejects.write(header[:at] + self._delimiter.join([*ours, header[at:]]) + self._line_end)

    def write(self, batch: Batch, values: Any, reasons: Mapping[int, str], first: int) -> None:
        """Write the records as they are, each with its value after it."""
        data, records = batch.native
        targets = batch.columns.get("to") if self._scale is None else None
        texts = pc.fill_null(texts_of(values, targets), "")
        decimal = self._amounts.style.decimal
        if decimal != ".":
            texts = pc.replace_substring(texts, ".", decimal)
            if decimal.encode() == self._delimiter:
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
        """Do nothing: all is written."""

    def _batch(self, data: Array, marks: Marks, records: Records) -> Batch:
        width = len(self.names)
        if width > 1:
            is_blank = records.ends == records.starts
            if is_blank.any():
                records = records.take(~is_blank)
        fits = records.fields == width
        if len(marks.open):
            fits &= np.searchsorted(marks.open, records.starts) == np.searchsorted(
                marks.open, records.ends
            )
        problems: dict[int, str] = {}
        if not fits.all():
            breaks = np.flatnonzero(data == self._end)
            problems = {
                row: self._problem(data, breaks, records, row)
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
        for role, place in self._places.items():
            starts, ends = records.field(place, width, marks)
            texts = _texts(data, *unquoted(data, starts, ends))
            if problems:  # in the rows that do not fit, nothing
                places = np.cumsum(fits) - 1
                texts = texts.take(pa.array(places, mask=~fits))
            columns[role] = trimmed(texts)
        read, wrong = self._amounts.read(columns)
        problems |= wrong
        name = self.names[self._places["amount"]]
        if name and not name[0].isdigit():  # some reports repeat the header on each page
            for row in pc.indices_nonzero(pc.equal(columns["amount"], name)).to_pylist():
                problems[row] = "it repeats the header"
        return Batch(read, problems, _Native(data, whole), self._read)

    def _problem(self, data: Array, breaks: Array, records: Records, row: int) -> str:
        """Why a record does not fit the header."""
        start, end = int(records.starts[row]), int(records.ends[row])
        found, width = int(records.fields[row]), len(self.names)
        first, last = (self._line + np.searchsorted(breaks, [start, end])).tolist()
        if last > first:
            return (
                f"it goes from line {first} to line {last}, with {count_of(found)} where the "
                f"header has {width}: is a quote in it not closed?"
            )
        hint = ""
        if b"\r" in data[start:end].tobytes():
            hint = ": it contains a CR, but the lines of this file do not end in one"
        return f"it has {count_of(found)}, and the header {width}{hint}"

    def _lines(self, content: bytes) -> int:
        return content.count(self._line_end[-1:])

    def _unclosed(self, content: bytes, marks: Marks) -> Batch:
        """A record that never ends, at the end of the file."""
        field = int(marks.delimiters[-1]) + 1 if len(marks.delimiters) else 0
        line = self._line + self._lines(content[:field])
        data = np.frombuffer(content.rstrip(b"\r\n"), np.uint8)
        size = np.array([len(data)], np.int64)
        records = Records(size * 0, size, size, size, size)
        nothing = {role: pa.array([None], pa.string()) for role in self.columns if role != "sign"}
        problems = {0: f"the quote that opens in line {line} is not closed"}
        return Batch(nothing, problems, _Native(data, records), self._read)

    def _write_whole(self, data: Array, records: Records, texts: Any) -> None:
        """All records of the bytes: the bytes between two values stay in one piece."""
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
        return content_of(joined)

    def _quoted(self, text: str) -> bytes:
        content = text.encode(self._encoding, "replace")
        if any(sign in content for sign in (b'"', b"\n", b"\r", self._delimiter)):
            return b'"' + content.replace(b'"', b'""') + b'"'
        return content


def _check_delimiter(delimiter: str) -> None:
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter.isalnum():
        raise ColumnError(f"a delimiter is one character like , or ; not {delimiter!r}")
    if delimiter in '".+-\r\n':
        raise ColumnError(f"{delimiter!r} cannot be a delimiter: it occurs in numbers or quotes")


def _texts(data: Array, starts: Array, ends: Array) -> Any:
    offsets, content = gathered(data, starts, ends)
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(content)]
    texts = pa.Array.from_buffers(pa.string(), len(starts), buffers)
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:  # it is not UTF-8
        pieces = texts.cast(pa.binary()).to_pylist()
        return pa.array([decoded(piece)[0] for piece in pieces], pa.string())
    return texts
