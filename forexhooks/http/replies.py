"""Replies: responses of providers, and how to read them without ever using floats."""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Context, Decimal, InvalidOperation
from typing import Any, NamedTuple

from forexhooks.http.deadline import check_time
from forexhooks.rates.decimals import LARGEST_EXPONENT, is_positive_decimal

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_MOST_DIGITS = 400
_MOST_VALUES = 2_000_000
_MOST_IN_XML = 1_000_000  # an element takes some 350 bytes of memory, however short it is
_BYTES_BETWEEN_LOOKS = 65_536
_ROWS_BETWEEN_LOOKS = 1000
_LAST_MOMENT = 253_402_300_800  # seconds to the end of the year 9999
_COMMA_NUMBER = re.compile(
    r"[0-9]{1,3}([. \u00a0\u202f][0-9]{3})+(,[0-9]+)?|[0-9]+(,[0-9]+)?([eE][+-]?[0-9]+)?"
)
_OF_ONE = Context(prec=28, traps=[InvalidOperation])

_hands_on: ContextVar[bool] = ContextVar("hands_on", default=False)


class NoRate(Decimal):
    """A placeholder for a bad value, which costs only its own row: NaN, and why it is bad."""

    reason: str


def no_rate(reason: str) -> NoRate:
    """Make a placeholder for a bad value, for code that reads row by row."""
    bad = NoRate("NaN")
    bad.reason = reason
    return bad


@contextmanager
def handing_on_bad_values() -> Iterator[None]:
    """In this context, `value_of` returns a `NoRate` instead of raising an error."""
    token = _hands_on.set(True)
    try:
        yield
    finally:
        _hands_on.reset(token)


class Reply(NamedTuple):
    """A provider's response: the status, the headers by lower-case name, and the body."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def __repr__(self) -> str:
        # Without the body: a provider may quote the key, and tracebacks may show local values.
        return f"Reply({self.status}, {len(self.content)} bytes)"

    @property
    def text(self) -> str:
        """The body, decoded as its header says, else as UTF-8; invalid bytes are replaced."""
        named = re.search(
            r"charset=[\"']?([\w.:-]+)", self.headers.get("content-type", ""), re.IGNORECASE
        )
        try:
            charset = codecs.lookup(named[1]).name if named else "utf-8"
            text = self.content.decode(charset, "replace")
        except LookupError:  # not a charset, or not one for text
            text = self.content.decode("utf-8", "replace")
        return text.removeprefix("\ufeff")


def json_of(reply: Reply) -> Any:
    """Parse a JSON body. Numbers become Decimals, without passing through float.

    Args:
        reply: The response.

    Returns:
        The document.

    Raises:
        ValueError: It is not JSON. That includes NaN, Infinity and an object with a duplicate name,
            numbers too large for a double, documents nested too deeply, and documents of more than
            two million values.
    """
    import json

    def refused(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    def without_contradiction(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        check_time()
        found: dict[str, Any] = {}
        for name, value in pairs:
            if found.setdefault(name, value) != value:
                raise ValueError(f"{name!r} occurs twice: {found[name]!r:.40}, {value!r:.40}")
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
    """Parse a number of moderate size. Raises `ValueError` if it is not one."""
    try:
        value = Decimal(text) if len(text) <= _MOST_DIGITS else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or abs(value.adjusted()) > _MOST_DIGITS:
        raise ValueError(f"{text:.40} is not a number of a plausible size")
    return value


def _check_size(content: bytes, signs: bytes, most: int = _MOST_VALUES) -> None:
    """Raise `ValueError` for a body with so many values that it would fill the memory."""
    if sum(map(content.count, (bytes([each]) for each in signs))) > most:
        raise ValueError(f"it has more than {most:,} values")


def moment_of(timestamp: object, *, milliseconds: bool = False) -> datetime:
    """Convert a Unix timestamp as a provider sent it.

    >>> moment_of("1793361600").date()
    datetime.date(2026, 10, 30)

    Args:
        timestamp: Seconds since 1970, as digits or as a number from `json_of`.
        milliseconds: Whether it is in milliseconds instead.

    Returns:
        The moment, in UTC.

    Raises:
        ValueError: It is not a number, is less than a second, or is after the year 9999.
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
        raise ValueError(f"{shown:.40} is not a timestamp")
    return datetime.fromtimestamp(int(timestamp) // second, UTC)


def value_of(raw: object, per: object = 1, *, decimal: str = ".") -> Decimal:
    """Read a rate as a provider sent it.

    In `HttpDriver.read` it does not raise: it returns NaN for a bad value, and the row is left out.

    >>> value_of("12.345", per=100)
    Decimal('0.12345')
    >>> value_of("1.234,5", decimal=",")
    Decimal('1234.5')

    Args:
        raw: The value: a string, or a number from `json_of`.
        per: How many units it is for, as sent or as an int.
        decimal: The decimal separator. `","` reads `1.234,56` and `1 234,56`.

    Returns:
        The value of 1 unit. It is exact if `per` is 10, 100, …; for other numbers, such as the
        grams of an ounce, it is rounded to 28 digits.

    Raises:
        ValueError: `raw` or `per` is not a finite number above 0, or is too large or small to be
            real.
    """
    try:
        value = positive(raw, decimal)
        return value if per == 1 else _of_one(value, per, decimal)
    except ValueError as error:
        if not _hands_on.get():
            raise
        return no_rate(str(error))


def positive(raw: object, decimal: str = ".") -> Decimal:
    """Read the value of a rate, as `value_of` does, but always raise `ValueError` for a bad one."""
    value: object = raw
    advice = ""
    if isinstance(raw, str):
        text = raw.strip()
        if decimal == "," and _COMMA_NUMBER.fullmatch(text):
            text = re.sub("[. \u00a0\u202f]", "", text).replace(",", ".")
        elif decimal == ",":
            text = ""
        elif re.fullmatch("[0-9]+,[0-9]+", text):
            advice = "; if the comma is the decimal separator, write value_of(…, decimal=',')"
        # Python accepts underscores, and digits of any script.
        value = _number(text) if _NUMBER.fullmatch(text) else None
    if (
        isinstance(value, Decimal)
        and is_positive_decimal(value)
        and abs(value.adjusted()) <= LARGEST_EXPONENT
    ):
        return value
    if isinstance(raw, NoRate):
        raise ValueError(raw.reason)
    if isinstance(raw, float):
        advice = " but a float, whose digits are not those published: yield the string or Decimal"
    shown = str(raw) if isinstance(raw, Decimal) else repr(raw)
    raise ValueError(f"{shown:.40} is not a rate{advice}")


def _of_one(value: Decimal, per: object, decimal: str) -> Decimal:
    try:
        units = positive(Decimal(per) if type(per) is int else per, decimal)
    except ValueError:
        shown = str(per) if isinstance(per, Decimal) else repr(per)
        raise ValueError(
            f"per={shown:.40}: a rate is of a number of units above 0, mostly a power of ten"
        ) from None
    power = units.adjusted()
    if units != Decimal((0, (1,), power)):
        return positive(_OF_ONE.divide(value, units))
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - it is finite
    return positive(Decimal((sign, digits, exponent - power)))


def document_of(reply: Reply) -> Any:
    """Parse a body by its first character: XML, JSON, or else CSV."""
    first = reply.content[:200].removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    if first == b"<":
        return xml_of(reply)
    return json_of(reply) if first in (b"{", b"[") else csv_of(reply)


def xml_of(reply: Reply) -> Any:
    """Parse an XML body and return its root `Element`.

    It is decoded as its declaration says, else as the header says. defusedxml reads it.

    >>> root = xml_of(Reply(200, {}, b'<rates xmlns="urn:x"><rate>1.4</rate></rates>'))
    >>> [rate.text for rate in root.iterfind("{*}rate")]
    ['1.4']

    Args:
        reply: The response.

    Returns:
        The root element.

    Raises:
        ValueError: It is not XML, is a page of HTML, has entities or a DTD, or has more than a
            million tags and attributes.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml.ElementTree import DefusedXMLParser

    _check_size(reply.content, b"<=", _MOST_IN_XML)
    declares = re.match(rb"\s*(\xef\xbb\xbf)?<\?xml[^>]*encoding", reply.content[:200])
    body = reply.content if declares else reply.text.encode()
    try:
        parser = DefusedXMLParser(forbid_dtd=True)
        for start in range(0, len(body), _BYTES_BETWEEN_LOOKS):
            check_time()
            parser.feed(body[start : start + _BYTES_BETWEEN_LOOKS])
        root = parser.close()
    except (ParseError, LookupError) as error:
        raise ValueError(f"it is not XML: {error}") from None
    if root.tag.rpartition("}")[2].lower() == "html":
        raise ValueError("it is a page of HTML")
    return root


def csv_of(
    reply: Reply,
    columns: Collection[str] = (),
    *,
    open_end: bool = False,
    delimiter: str = ",",
    skip: int = 0,
    encoding: str | None = None,
) -> list[dict[str, str]]:
    """Parse a CSV body into rows, by the column names in its first line.

    Args:
        reply: The response.
        columns: The columns that it must have.
        open_end: Whether the provider's files have no newline after the last line. A file that
            should have one but does not is refused: it may be cut off, even within a number.
        delimiter: The character between cells.
        skip: How many lines come before the line with the column names.
        encoding: The encoding of the file, if its header names none or a wrong one.

    Returns:
        The rows, as dictionaries from column to cell; an empty body has none.

    Raises:
        ValueError: A column of `columns` is missing, a row is longer or shorter than the first
            line, the file is cut off or is a page of HTML, or it has more than two million values.
    """
    import csv
    import io

    _check_size(reply.content, b",\n\r")
    text = reply.text if encoding is None else reply.content.decode(encoding)
    if text.lstrip().startswith("<"):
        raise ValueError("it begins like HTML or XML, not like CSV")
    if text.strip() and not text.endswith(("\n", "\r")) and not open_end:
        raise ValueError("its last line has no line end: it may be cut off")
    rows: list[dict[str, str]] = []
    try:
        lines = io.StringIO(text, newline="")
        for _ in range(skip):
            lines.readline()
        reader = csv.DictReader(lines, strict=True, delimiter=delimiter)
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
        raise ValueError(f"it is not CSV: {error}") from None
    return rows
