"""Replies: what a provider answered, and how it is read, never by way of a float."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from forexhooks.rates.decimals import is_positive_decimal

_LARGEST_EXPONENT = 30


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
    name are none.
    """
    import json

    def refused(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    def without_contradiction(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if found.setdefault(name, value) != value:
                raise ValueError(f"{name!r} is there twice: {found[name]!r:.40}, {value!r:.40}")
        return found

    return json.loads(
        reply.content,
        parse_float=Decimal,
        parse_int=Decimal,
        parse_constant=refused,
        object_pairs_hook=without_contradiction,
    )


def value_of(raw: object, per: object = 1) -> Decimal:
    """A rate as a provider sent it: text, or a number of `json_of`.

    `per` is for how many units it is stated, as sent or an int: 1, 10, 100, …; the value is that
    of 1 unit, to the digit, whatever the decimal context. Raises `ValueError` for what is no finite
    number above 0, or of a size that no rate has, and for a `per` that is no power of ten above 0.

    >>> value_of("12.345", per=100)
    Decimal('0.12345')
    """
    try:
        value = Decimal(raw) if isinstance(raw, str) else raw
    except InvalidOperation:
        value = None
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


def csv_of(reply: Reply, columns: Collection[str] = ()) -> list[dict[str, str]]:
    """The rows of a CSV body by the columns its first line names.

    Raises `ValueError` for a row that is longer or shorter than the first line, for a first line
    without one of `columns`, and for a page of HTML. A body that is empty has no rows.
    """
    import csv
    import io

    if reply.text.lstrip().startswith("<"):
        raise ValueError("it begins as HTML or XML does, and not as CSV")
    rows = []
    reader = csv.DictReader(io.StringIO(reply.text))
    named = reader.fieldnames or ()
    missing = [each for each in columns if each not in named]
    if missing and named:
        raise ValueError(
            f"it has no column {', '.join(missing)}: its first line names {', '.join(named):.200}"
        )
    for row in reader:
        if None in row or None in row.values():
            raise ValueError(f"a line has not the columns of the first: {list(row.values())[:3]}")
        rows.append(row)
    return rows
