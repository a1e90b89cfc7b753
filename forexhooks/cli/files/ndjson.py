"""NDJSON: each line is an object; it stays as it is, with one more member.

msgspec finds the members to read, and keeps numbers as written; it is the fastest parser that does.
Lines that it refuses are parsed again by Python's `json`, which tells why.
"""

from __future__ import annotations

import json
from contextlib import suppress
from operator import attrgetter
from typing import IO, TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forexhooks.cli.files.formats import Batch, Columns, check_new, label_of
from forexhooks.cli.files.headers import BOM
from forexhooks.cli.files.number_format import NumberFormat, content_of, texts_of, trimmed
from forexhooks.cli.wording import said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from forexhooks.cli.files.formats import Texts

_BYTES = 4 << 20
_LOOKED_AT = 1000
_ONE_A_LINE = "; write each object on a line of its own, as jq -c '.[]' does"


class _Number(str):
    """The digits of a number, as written."""

    __slots__ = ()


class _RowError(Exception):
    """One row is wrong."""


class _Native(NamedTuple):
    lines: Any
    is_number: Any


class Ndjson:
    """A file with an object of JSON on each line."""

    unit: Literal["bytes"] = "bytes"

    def __init__(
        self, path: str, file: IO[bytes], size: int | None, columns: Columns, amounts: NumberFormat
    ) -> None:
        self._path = path
        self._file = file
        self.size: int | None = size
        self._amounts = amounts
        self._read = self._rows = 0
        self._first = self._piece()
        self.names: list[str] = _names(self._first[:_LOOKED_AT])
        # If no line can be read, the names of its members are unknown.
        self.columns: dict[str, str] = columns.by_role()
        if self.names:
            places = columns.among(self.names, path)
            self.columns = {role: label_of(place, self.names) for role, place in places.items()}

    def batches(self) -> Iterator[Batch]:
        """Read some lines at a time."""
        lines, self._first = self._first, []
        while lines:
            rows = [line for line in lines if line.strip()]
            if rows:
                yield self._batch(rows)
                self._rows += len(rows)
            lines = self._piece()

    def begin(
        self, out: IO[bytes], rejects: IO[bytes] | None, into: str, scale: int | None
    ) -> None:
        """Keep the outputs."""
        self._out, self._rejects, self._into, self._scale = out, rejects, into, scale
        self._member = f", {json.dumps(into, ensure_ascii=False)}: "
        members = list(dict.fromkeys(self.columns.values()))
        self._fields = {role: f"f{members.index(name)}" for role, name in self.columns.items()}
        self._row = _row_of(members, into)
        self._decode = msgspec.json.Decoder(self._row).decode

    def write(self, batch: Batch, values: Any, reasons: Mapping[int, str], first: int) -> None:
        """Write the lines as they are, each with its value before the last brace."""
        lines, is_number = batch.native
        targets = batch.columns.get("to") if self._scale is None else None
        texts = texts_of(values, targets)
        if reasons:
            for row in sorted(reasons):
                if self._rejects is not None:
                    self._rejects.write(_reject(first + row, reasons[row], lines[row].as_py()))
            kept = np.ones(len(lines), bool)
            kept[list(reasons)] = False
            lines, is_number, texts = (
                each.filter(pa.array(kept)) for each in (lines, is_number, texts)
            )
        lines = lines.cast(pa.string())
        body = pc.ascii_rtrim_whitespace(lines).cast(pa.binary())
        head = pc.ascii_rtrim_whitespace(pc.binary_slice(body, 0, -1).cast(pa.string()))
        decimal = pc.replace_substring(texts, ".", self._amounts.style.decimal)
        quoted = pc.binary_join_element_wise('"', decimal, '"', "")
        written = pc.fill_null(pc.if_else(is_number, texts, quoted), "null")
        end = pc.if_else(pc.ends_with(lines, "\r\n"), "}\r\n", "}\n")
        self._out.write(
            content_of(pc.binary_join_element_wise(head, self._member, written, end, ""))
        )

    def end(self) -> None:
        """Do nothing: all is written."""

    def _piece(self) -> list[bytes]:
        lines = self._file.readlines(_BYTES)
        self._read += sum(map(len, lines))
        return lines

    def _batch(self, lines: list[bytes]) -> Batch:
        rows, others = self._decoded(lines)
        new = map(attrgetter("into" if hasattr(self._row, "into") else "f0"), rows)
        taken = next((row for row, each in enumerate(new) if each is not msgspec.UNSET), None)
        if taken is not None:
            self._refuse_into(taken)
        columns = {
            role: pa.array(map(attrgetter(field), rows), pa.string())
            for role, field in self._fields.items()
            if field != "f0"
        }
        raw = pa.array([bytes(row.f0) for row in rows], pa.binary()).cast(pa.string())
        is_number = pc.match_substring_regex(raw, "^[-0-9]")
        is_plain = pc.match_substring_regex(raw, r'^(?:[-0-9].*|null|"[^"\\]*")$')
        text = pc.if_else(pc.equal(raw, "null"), None, pc.utf8_slice_codeunits(raw, 1, -1))
        amounts = pc.if_else(is_number, raw, text)
        shared = [role for role, field in self._fields.items() if field == "f0"]
        columns |= dict.fromkeys(shared, amounts)
        others |= set(pc.indices_nonzero(pc.invert(is_plain)).to_pylist())
        if len(shared) > 1:  # a number is not a currency
            others |= set(pc.indices_nonzero(is_number).to_pylist())
        problems: dict[int, str] = {}
        if others:
            columns, is_number, problems = self._one_by_one(lines, others, columns, is_number)
        columns = {role: trimmed(column) for role, column in columns.items()}
        columns, wrong = self._amounts.read(columns, plain=is_number)
        native = _Native(pa.array(lines, pa.binary()), is_number)
        return Batch(columns, problems | wrong, native, self._read)

    def _decoded(self, lines: list[bytes]) -> tuple[list[Any], set[int]]:
        """The rows that msgspec reads, and those that it refuses."""
        try:
            b"".join(lines).decode()  # it looks only at what is read
            return [self._decode(line) for line in lines], set()
        except (msgspec.MsgspecError, UnicodeDecodeError):
            pass
        nothing = self._row(msgspec.Raw(b"null"), *[None] * (len(set(self._fields.values())) - 1))
        rows, refused = [], set()
        for row, line in enumerate(lines):
            try:
                line.decode()
                rows.append(self._decode(line))
            except (msgspec.MsgspecError, UnicodeDecodeError):
                rows.append(nothing)
                refused.add(row)
        return rows, refused

    def _one_by_one(
        self, lines: list[bytes], which: set[int], columns: Texts, is_number: Any
    ) -> tuple[Texts, Any, dict[int, str]]:
        """The columns of rows that Python reads, and what is wrong with the others."""
        found = {role: column.to_pylist() for role, column in columns.items()}
        numbers = is_number.to_pylist()
        problems = {}
        for row in sorted(which):
            try:
                record = _record(lines[row])
                values = self._values(record)
                if self._into in record:
                    self._refuse_into(row)
            except _RowError as error:
                problems[row] = said(error)
                values = dict.fromkeys(self.columns)
            for role, value in values.items():
                found[role][row] = value
            numbers[row] = type(values["amount"]) is _Number
        arrays = {role: pa.array(column, pa.string()) for role, column in found.items()}
        return arrays, pa.array(numbers, pa.bool_()), problems

    def _refuse_into(self, row: int) -> None:
        where = f"row {self._rows + row + 1} of {self._path}"
        check_new(self._into, [self._into], where)

    def _values(self, record: dict[str, Any]) -> dict[str, str | None]:
        """The members to read. Raises `_RowError` if one is missing or of the wrong type."""
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
            values[role] = value
        return values


def _row_of(members: list[str], into: str) -> type[Any]:
    """What msgspec makes of a line: these members, the first as it is written; `into`, if any."""
    fields: list[Any] = [(f"f{number}", str | None) for number in range(len(members))]
    fields[0] = ("f0", msgspec.Raw)
    names = {f"f{number}": name for number, name in enumerate(members)}
    if into not in members:
        fields.append(("into", msgspec.Raw | msgspec.UnsetType, msgspec.UNSET))
        names["into"] = into
    return msgspec.defstruct("Row", fields, rename=names, gc=False)


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


_DECODER = json.JSONDecoder(parse_float=_Number, parse_int=_Number, parse_constant=_constant)


def _check_unicode(name: str, value: str) -> None:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _RowError(f"its member {name!r} has half a sign, {value!r}") from error


def _record(line: bytes) -> dict[str, Any]:
    """The object on a line. Raises `_RowError` if there is none."""
    try:
        record = _DECODER.decode(line.removeprefix(BOM).decode())
    except (ValueError, RecursionError) as error:
        begins = line.strip()[:2]
        hint = _ONE_A_LINE if begins.startswith(b"[") or begins == b"{" else ""
        raise _RowError(f"it is not JSON: {error}{hint}") from error
    if not isinstance(record, dict):
        raise _RowError(f"it is not a JSON object but {type(record).__name__}")
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
