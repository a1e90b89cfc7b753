"""Replies: what a provider answered, and how it is read, never by way of a float."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from forexhooks.http.deadline import check_time
from forexhooks.rates.decimals import is_positive_decimal

_LARGEST_EXPONENT = 30
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_MOST_DIGITS = 400
_MOST_VALUES = 2_000_000
_ROWS_BETWEEN_LOOKS = 1000
_LAST_MOMENT = 253_402_300_800  # seconds to the end of the year 9999


class Reply(NamedTuple):
    """What the provider answered: the status, the headers by lower-case name, and the body."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def __repr__(self) -> str:
        # Not the body: a provider may quote the key, and a traceback shows what is at hand.
        return f"Reply({self.status}, {len(self.content)} bytes)"

    @property
    def text(self) -> str:
        """The body as UTF-8; what is none is replaced."""
        return self.content.decode("utf-8-sig", "replace")


def json_of(reply: Reply) -> Any:
    """The JSON document of a body, numbers as Decimals, never by way of a float.

    Raises `ValueError` for what is no JSON; NaN, Infinity and an object with two values of one
    name are none. So are numbers that a double has no place for, which would be long in becoming an
    int; a document nested too deeply; and one of more than two million values.
    """
    import json

    def refused(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    def without_contradiction(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        check_time()
        found: dict[str, Any] = {}
        for name, value in pairs:
            if found.setdefault(name, value) != value:
                raise ValueError(f"{name!r} is there twice: {found[name]!r:.40}, {value!r:.40}")
        return found

    _check_size(reply.content, b",[{")
    try:
        return json.loads(
            reply.content,
            parse_float=_number,
            parse_int=_number,
            parse_constant=refused,
            object_pairs_hook=without_contradiction,
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _number(text: str) -> Decimal:
    """A number of moderate size. Raises `ValueError` for what is none."""
    try:
        value = Decimal(text) if len(text) <= _MOST_DIGITS else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
        raise ValueError(f"{text:.40} is no number of a size that can be meant")
    return value


def _check_size(content: bytes, signs: bytes) -> None:
    """Raise `ValueError` for a body of so many values that it would fill the memory."""
    if sum(map(content.count, (bytes([each]) for each in signs))) > _MOST_VALUES:
        raise ValueError(f"it has more than {_MOST_VALUES:,} values")


def moment_of(timestamp: object, *, milliseconds: bool = False) -> datetime:
    """The moment of a Unix timestamp as a provider sent it: digits, or a number of `json_of`.

    It is in seconds since 1970, or in milliseconds. Raises `ValueError` for anything else, for
    less than a second, and for what lies after the year 9999.

    >>> moment_of("1793361600").date()
    datetime.date(2026, 10, 30)
    """
    if isinstance(timestamp, str) and re.fullmatch("[0-9]{1,18}", timestamp):
        timestamp = Decimal(timestamp)
    second = 1000 if milliseconds else 1
    if not (
        isinstance(timestamp, Decimal)
        and timestamp.is_finite()
        and second <= timestamp < _LAST_MOMENT * second
    ):
        shown = str(timestamp) if isinstance(timestamp, Decimal) else repr(timestamp)
        raise ValueError(f"{shown:.40} is no timestamp")
    return datetime.fromtimestamp(int(timestamp) // second, UTC)


def value_of(raw: object, per: object = 1) -> Decimal:
    """A rate as a provider sent it: text, or a number of `json_of`.

    `per` is for how many units it is stated, as sent or an int: 1, 10, 100, …; the value is that
    of 1 unit, to the digit, whatever the decimal context. Raises `ValueError` for what is no finite
    number above 0, or of a size that no rate has, and for a `per` that is no power of ten above 0.

    >>> value_of("12.345", per=100)
    Decimal('0.12345')
    """
    value: object = raw
    if isinstance(raw, str):
        # Python's own numbers may have underscores, and digits of any script.
        value = _number(raw.strip()) if _NUMBER.fullmatch(raw.strip()) else None
    if (
        isinstance(value, Decimal)
        and is_positive_decimal(value)
        and abs(value.adjusted()) <= _LARGEST_EXPONENT
    ):
        return value if per == 1 else _of_one(value, per)
    shown = str(raw) if isinstance(raw, Decimal) else repr(raw)
    raise ValueError(f"{shown:.40} is no rate")


def _of_one(value: Decimal, per: object) -> Decimal:
    shown = str(per) if isinstance(per, Decimal) else repr(per)
    wrong = ValueError(f"per={shown:.40}: a rate is of 1, 10, 100, … units, a power of ten")
    try:
        units = value_of(Decimal(per) if isinstance(per, int) else per)
    except ValueError:
        raise wrong from None
    power = units.adjusted()
    if units != Decimal((0, (1,), power)):
        raise wrong
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - it is finite
    return value_of(Decimal((sign, digits, exponent - power)))


def csv_of(
    reply: Reply, columns: Collection[str] = (), *, open_end: bool = False
) -> list[dict[str, str]]:
    """The rows of a CSV body by the columns its first line names.

    A last line without an end may be cut off, within a number too: it is refused, unless the
    provider's files are all so (`open_end`). Raises `ValueError` for that, for a row that is longer
    or shorter than the first line, for a first line without one of `columns`, for more than two
    million values, and for a page of HTML. A body that is empty has no rows.
    """
    import csv
    import io

    _check_size(reply.content, b",\n\r")
    text = reply.text
    if text.lstrip().startswith("<"):
        raise ValueError("it begins as HTML or XML does, and not as CSV")
    if text.strip() and not text.endswith(("\n", "\r")) and not open_end:
        raise ValueError("its last line has no end: it may be cut off")
    rows: list[dict[str, str]] = []
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        named = reader.fieldnames or ()
        missing = [each for each in columns if each not in named]
        if missing and named:
            raise ValueError(
                f"it has no column {', '.join(missing)}: its first line names "
                f"{', '.join(named):.200}"
            )
        for row in reader:
            if None in row or None in row.values():
                cells = list(row.values())[:3]
                raise ValueError(f"a line has not the columns of the first: {cells!r:.200}")
            rows.append(row)
            if not len(rows) % _ROWS_BETWEEN_LOOKS:
                check_time()
    except csv.Error as error:
        raise ValueError(f"it is no CSV: {error}") from None
    return rows
