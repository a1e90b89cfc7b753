"""Rows of a file of rates: CSV, or the prices of Beancount, ledger and hledger.

Every row is read or said to be wrong, with its line; nothing is guessed.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from forexhooks import CurrencyError, Observation
from forexhooks.currencies import SUBUNITS, is_currency, is_plausible, parse_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SIDES = ("mid", "bid", "ask")

_NAMES = {"on": ("on", "date"), "base": ("base",), "quote": ("quote",), "value": ("value", "rate")}
_OPTIONAL = {"until": ("until",), "side": ("side",)}
_DAY = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,4})?", re.I)
_BEANCOUNT = re.compile(r"(?P<on>\S+)\s+price\s+(?P<base>\S+)\s+(?P<price>.+)")
_LEDGER = re.compile(
    r"P\s+(?P<on>\S+)\s+(?:[0-9]+:[0-9:]+\s+)?(?P<base>\"[^\"]*\"|\S+)\s+(?P<price>.+)"
)
_LINE = re.compile(r"\r\n|\r|\n")
_PRICE = re.compile(r"[0-9]\S*\s+price\b|P\s+[0-9]")


class Row(NamedTuple):
    """One rate, its side, and the line that it begins on."""

    line: int
    side: str
    observation: Observation


class RowsError(ValueError):
    """What is wrong with a file, in its reader's words."""


class _BadRowError(ValueError):
    pass


def rows_of(path: str, content: bytes) -> list[Row]:
    """All rates in the content of a file. Raises `RowsError` where there is anything wrong."""
    text = _text(content)
    lines = _LINE.split(text)
    first = next(filter(str.strip, lines), "")
    if not first:
        raise RowsError("it is empty: begin with the header on,base,quote,value")
    delimiter = max(",;\t", key=first.count)
    header = [name.strip().lower() for name in first.split(delimiter)]
    is_csv = {"base", "quote"} <= {*header} or not any(map(_PRICE.match, lines))
    if is_csv and "base" not in header and not path.lower().endswith((".csv", ".tsv")):
        raise RowsError(
            "it has neither a header with on, base, quote and value, nor a line with a price of "
            "Beancount, ledger or hledger"
        )
    bad: list[str] = []
    rows = list(_csv(text, delimiter, bad) if is_csv else _prices(lines, bad))
    if bad:
        more = f"; and {len(bad) - 3} more lines" if len(bad) > 3 else ""
        raise RowsError("; ".join(bad[:3]) + more)
    if not rows:
        raise RowsError("it has no rates: add a line for each below the header")
    return rows


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:64]:
        raise RowsError("it is in UTF-16, or not text: save it as UTF-8, in Excel as “CSV UTF-8”")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise RowsError(
            f"line {line}: it is not in UTF-8: save it as UTF-8, in Excel as “CSV UTF-8”"
        ) from error


def _csv(text: str, delimiter: str, bad: list[str]) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    places: dict[str, int] | None = None
    width = line = 0
    try:
        for fields in reader:
            start, line = line + 1, reader.line_num
            if not any(field.strip() for field in fields):
                continue
            if places is None:
                places, width = _places(fields), len(fields)
                continue
            try:
                if len(fields) != width:
                    raise _BadRowError(
                        f"it has {len(fields)} fields, but the header has {width}: write a value "
                        "like 1.0875, with a point"
                    )
                found = {name: fields[at].strip() for name, at in places.items()}
                yield _row(start, found)
            except (_BadRowError, CurrencyError) as problem:
                bad.append(f"line {start}: {problem}")
    except csv.Error as error:
        raise RowsError(f"line {line + 1}: {error}: is a quote not closed?") from error


def _places(fields: Sequence[str]) -> dict[str, int]:
    """Where each column is. Raises `RowsError` for one that is missing, or there twice."""
    header = [field.strip().lower() for field in fields]
    places = {}
    for column, names in (_NAMES | _OPTIONAL).items():
        found = [at for at, name in enumerate(header) if name in names]
        if len(found) > 1:
            raise RowsError(
                f"its header names {' and '.join(header[at] for at in found)}: keep one of them"
            )
        if not found and column in _NAMES:
            raise RowsError(
                f"its header has no {' or '.join(names)}: the first line names the columns on, "
                f"base, quote and value, and is {', '.join(header)[:80]!r}"
            )
        if found:
            places[column] = found[0]
    return places


def _row(line: int, found: dict[str, str]) -> Row:
    on = _day(found["on"])
    until = _day(found["until"]) if found.get("until") else None
    if until is not None and until < on:
        raise _BadRowError(
            f"until, {until}, is before {on}: it is the last day that the rate is for"
        )
    side = found.get("side", "").lower() or "mid"
    if side not in SIDES:
        raise _BadRowError(
            f"the side {found['side']!r} is unknown: write mid, bid or ask, or nothing"
        )
    base, quote = _code(found["base"]), _code(found["quote"])
    if base == quote:
        raise _BadRowError(f"base and quote are both {base}")
    return Row(line, side, Observation(on, base, quote, _value(found["value"]), until))


def _prices(lines: Sequence[str], bad: list[str]) -> Iterator[Row]:
    for line, written in enumerate(lines, 1):
        if not _PRICE.match(written):
            continue  # other directives of an accounting file
        found = (_LEDGER if written.startswith("P") else _BEANCOUNT).match(
            written.partition(";")[0].rstrip()
        )
        try:
            if found is None:
                raise _BadRowError("the price is not written like 2026-10-30 price EUR 1.0875 USD")
            base = found["base"].strip('"')
            if not _is_ours(base):
                continue  # the price of a share, or of another thing that is not a currency
            yield _priced(line, found["on"], base, found["price"])
        except (_BadRowError, CurrencyError) as problem:
            bad.append(f"line {line}: {problem}")


def _is_ours(name: str) -> bool:
    """Whether a price is that of a currency: of a code, or a sign that stands for one."""
    return is_currency(name.upper()) or name in SUBUNITS or _is_sign(name)


def _is_sign(name: str) -> bool:
    return len(name) == 1 and unicodedata.category(name) == "Sc"


def _priced(line: int, on: str, base: str, price: str) -> Row:
    amount = price.replace('"', "").split()
    if len(amount) == 2 and not amount[0][0].isdigit():
        amount.reverse()  # ledger puts the currency on either side
    if len(amount) != 2:
        raise _BadRowError(f"the price {price!r} is not written like 1.0875 USD")
    return _row(line, {"on": on, "base": base, "quote": amount[1], "value": amount[0]})


def _day(written: str) -> date:
    found = _DAY.fullmatch(written)
    try:
        if found is not None:
            return date(*map(int, found.groups()))
    except ValueError:
        pass
    raise _BadRowError(f"the day {written!r} is not a day: write it like 2026-10-30")


def _code(written: str) -> str:
    if _is_sign(written):
        raise _BadRowError(f"{written} is not a currency code: write one like USD")
    code = parse_code(written)
    if code in SUBUNITS:
        parent = SUBUNITS[code].parent
        raise _BadRowError(f"{written} is a part of {parent}: give the rate of 1 {parent}")
    if not code or not is_plausible(code):
        raise _BadRowError(f"{written!r} is not a currency code: write one like USD")
    return code


def _value(written: str) -> Decimal:
    if "," in written:
        raise _BadRowError(
            f"the value {written!r} has a comma: write a point before the decimals, and nothing "
            "between thousands, like 1234.56"
        )
    if not _NUMBER.fullmatch(written):
        raise _BadRowError(f"the value {written!r} is not a number: write it like 1.0875")
    value = Decimal(written)
    if not value > 0:
        raise _BadRowError(f"the value {written} is not above 0")
    return value
