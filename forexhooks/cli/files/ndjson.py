"""NDJSON: each line is an object; it stays as it is, with one more member."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, Literal, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from forexhooks.cli.files.formats import Batch, Columns, Style, check_new
from forexhooks.cli.files.headers import BOM
from forexhooks.cli.files.number_format import amounts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BYTES = 4 << 20
_LOOKED_AT = 1000
_ONE_A_LINE = "; each object is to be on a line of its own, as jq -c '.[]' writes them"


class _Number(str):
    """The digits of a number, as they are written."""

    __slots__ = ()


class _RowError(Exception):
    """What is wrong with one row."""


class _Native(NamedTuple):
    lines: list[bytes]
    is_text: list[bool]


class Ndjson:
    """A file with an object of JSON on each line."""

    unit: Literal["bytes"] = "bytes"

    def __init__(
        self, path: str, file: IO[bytes], size: int | None, columns: Columns, style: Style
    ) -> None:
        self._path = path
        self._file = file
        self.size: int | None = size
        self._style = style
        self._read = self._rows = 0
        self._first = self._piece()
        self.names: list[str] = _names(self._first[:_LOOKED_AT])
        # Where no line can be read there is nothing that could be among them.
        self.columns: dict[str, str] = (
            columns.among(self.names, path) if self.names else columns._asdict()
        )

    def batches(self) -> Iterator[Batch]:
        """Read some lines at a time."""
        lines, self._first = self._first, []
        while lines:
            rows = [line for line in lines if line.strip()]
            if rows:
                yield self._batch(rows)
                self._rows += len(rows)
            lines = self._piece()

    def begin(self, out: IO[bytes], rejects: IO[bytes] | None, into: str) -> None:
        """Remember where to write to."""
        self._out, self._rejects, self._into = out, rejects, into
        self._member = f", {json.dumps(into, ensure_ascii=False)}: ".encode()

    def write(self, batch: Batch, values: Any, reasons: Mapping[int, str], first: int) -> None:
        """Write the lines as they are, each with its value before the last brace."""
        lines, is_text = batch.native
        out: list[bytes] = []
        for row, (line, value) in enumerate(zip(lines, values.to_pylist(), strict=True)):
            if row in reasons:
                if self._rejects is not None:
                    self._rejects.write(_reject(first + row, reasons[row], line))
                continue
            head, brace, tail = line.rpartition(b"}")
            written = b"null" if value is None else value.encode()
            if value is not None and is_text[row]:
                written = b'"' + written.replace(b".", self._style.decimal.encode()) + b'"'
            ended = b"\r\n" if tail.endswith(b"\r\n") else b"\n"
            out += (head.rstrip(), self._member, written, brace, ended)
        self._out.write(b"".join(out))

    def end(self) -> None:
        """Nothing is left."""

    def _piece(self) -> list[bytes]:
        lines = self._file.readlines(_BYTES)
        self._read += sum(map(len, lines))
        return lines

    def _batch(self, lines: list[bytes]) -> Batch:
        problems: dict[int, str] = {}
        found: dict[str, list[str | None]] = {role: [] for role in self.columns}
        is_text: list[bool] = []
        for row, line in enumerate(lines):
            try:
                record = _record(line)
                if self._into in record:
                    check_new(self._into, record, f"row {self._rows + row + 1} of {self._path}")
                values = self._values(record)
            except _RowError as error:
                problems[row] = str(error)
                values = dict.fromkeys(self.columns)
            for role, value in values.items():
                found[role].append(value)
            is_text.append(not isinstance(values.get("amount"), _Number))
        columns = {role: pa.array(values, pa.string()) for role, values in found.items()}
        amounts, wrong = amounts_of(
            columns["amount"], self._style, plain=pc.invert(pa.array(is_text))
        )
        columns["amount"] = amounts
        return Batch(pa.table(columns), problems | wrong, _Native(lines, is_text), self._read)

    def _values(self, record: dict[str, Any]) -> dict[str, str | None]:
        """The members that are read. Raises `_RowError` where one is not there, or none of ours."""
        values: dict[str, str | None] = {}
        for role, name in self.columns.items():
            if name not in record:
                raise _RowError(f"it has no member {name!r}")
            value = record[name]
            if value is not None and not isinstance(value, str):
                raise _RowError(f"its member {name!r} is {json.dumps(value)[:40]}")
            if isinstance(value, _Number) and role != "amount":
                raise _RowError(f"its member {name!r} is the number {value}")
            if isinstance(value, str) and not value.isascii():
                _check_unicode(name, value)
            if isinstance(value, str) and not isinstance(value, _Number):
                value = value.strip() or None
            values[role] = value
        return values


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_constant)


def _check_unicode(name: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _RowError(f"its member {name!r} has half a sign, {value!r}") from error


def _record(line: bytes) -> dict[str, Any]:
    """The object on a line. Raises `_RowError` where there is none."""
    try:
        record = _DECODER.decode(line.removeprefix(BOM).decode())
    except (ValueError, RecursionError) as error:
        begins = line.strip()[:2]
        hint = _ONE_A_LINE if begins.startswith(b"[") or begins == b"{" else ""
        raise _RowError(f"it is no JSON: {error}{hint}") from error
    if not isinstance(record, dict):
        raise _RowError(f"it is no object of JSON, but {type(record).__name__}")
    return record


def _names(lines: list[bytes]) -> list[str]:
    names: dict[str, None] = {}
    for line in lines:
        with suppress(_RowError):
            names |= dict.fromkeys(_record(line))
    return list(names)


def _reject(number: int, reason: str, line: bytes) -> bytes:
    head = json.dumps({"row": number, "reason": reason}, ensure_ascii=False)[:-1]
    line = line.removeprefix(BOM).strip()
    try:
        _DECODER.decode(line.decode())
        return f'{head}, "record": '.encode() + line + b"}\n"
    except (ValueError, RecursionError):
        text = json.dumps(line.decode("utf-8", "replace"), ensure_ascii=False)
        return f'{head}, "text": {text}}}\n'.encode()
