"""Bodies of responses, altered without knowing their format: numbers, days and base.

If there is nothing to change in a body, each function returns it as it was.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import TypeVar

_POINT = re.compile(r"(?<![\w./+-])(?<!\d:)\d+\.\d+(?![\w.:/-])")
_COMMA = re.compile(r"(?<![\w.,/+-])(?<!\d:)\d+,\d+(?![\w.,:/-])")
_DAY = re.compile(r"(?<![\d.])((?:19|20)\d\d)([-./]?)(\d\d)\2(\d\d)(?!\d)")
_DAY_FIRST = re.compile(r"(?<![\d.])(\d\d)([-./])(\d\d)\2((?:19|20)\d\d)(?!\d)")
_SECONDS = re.compile(r"(?<![\w.])(1[0-9]{9}|2[0-9]{9})(000)?(?![\w.])")
_BASE_NAME = r"(?i:\w*base\w*|source|from)"
_BASE = re.compile(rf"(\"{_BASE_NAME}\"\s*:\s*\")([A-Z]{{3}})(?=\")")
_BASE_COLUMN = re.compile(_BASE_NAME)
_CODE = re.compile(r"[A-Z]{3}")
_ANOTHER = "ZAR"
_DAY_SECONDS = 86_400
# Numbers that are not rates.
_VERSION = re.compile(r"<\?.*?\?>|(?i:version)\W{1,4}\d+\.\d+", re.DOTALL)

_T = TypeVar("_T")
Rewrite = Callable[[bytes, Callable[[str], str], Callable[[date], date]], bytes]
"""How a body is rewritten: `rewritten`, or a function of the author's."""


def is_text(body: bytes) -> bool:
    """Whether a body can be altered: it is text in a charset that includes ASCII."""
    return b"\0" not in body


def text_of(body: bytes) -> str:
    """Decode a body so that encoding it again gives the same bytes, whatever its charset."""
    return body.decode("latin-1")


def may_have_rates(body: bytes) -> bool:
    """Whether there may be rates in a body: it has numbers with decimals, or is not text."""
    return not is_text(body) or bool(numbers_in(body))


def numbers_in(body: bytes, rewrite: Rewrite | None = None) -> list[str]:
    """The numbers with decimals in a body, written with a point."""
    found: list[str] = []

    def seen(number: str) -> str:
        found.append(number)
        return number

    (rewrite or rewritten)(body, seen, same)
    return found


def days_in(body: bytes, rewrite: Rewrite | None = None) -> list[date]:
    """The days in a body."""
    found: list[date] = []

    def seen(on: date) -> date:
        found.append(on)
        return on

    (rewrite or rewritten)(body, same, seen)
    return found


def same(value: _T) -> _T:
    """A number or a day, unchanged."""
    return value


def rewritten(body: bytes, number: Callable[[str], str], day: Callable[[date], date]) -> bytes:
    """A body with other numbers and days: those that `number` and `day` return.

    Numbers with decimals are written `1.23` or `1,23`; `number` gets them with a point. Days are
    ISO dates, dates with the day first, or Unix timestamps.
    """
    if not is_text(body):
        return body
    text = text_of(body)
    kept = [found[0] for found in _VERSION.finditer(text)]
    parts = [_rewritten(part, number, day) for part in _VERSION.split(text)]
    together = [parts[0]]
    for version, part in zip(kept, parts[1:], strict=True):
        together += version, part
    return "".join(together).encode("latin-1")


def _rewritten(text: str, number: Callable[[str], str], day: Callable[[date], date]) -> str:
    def moved_seconds(found: re.Match[str]) -> str:
        seconds = int(found[1])
        on = date(1970, 1, 1) + timedelta(seconds=seconds // _DAY_SECONDS * _DAY_SECONDS)
        return f"{seconds + (day(on) - on).days * _DAY_SECONDS}{found[2] or ''}"

    def moved(found: re.Match[str]) -> str:
        year, mark, month, of_month = found.groups()
        return _moved(found[0], year, month, of_month, f"%Y{mark}%m{mark}%d")

    def moved_day_first(found: re.Match[str]) -> str:
        of_month, mark, month, year = found.groups()
        return _moved(found[0], year, month, of_month, f"%d{mark}%m{mark}%Y")

    def _moved(was: str, year: str, month: str, of_month: str, how: str) -> str:
        try:
            on = date(int(year), int(month), int(of_month))
        except ValueError:
            return was
        return was if day(on) == on else day(on).strftime(how)

    # A comma is a decimal separator only if no number in the body has a point.
    if _POINT.search(text):
        text = _POINT.sub(lambda found: number(found[0]), text)
    else:
        text = _COMMA.sub(lambda found: number(found[0].replace(",", ".")).replace(".", ","), text)
    text = _DAY_FIRST.sub(moved_day_first, _DAY.sub(moved, text))
    return _SECONDS.sub(moved_seconds, text)


def with_another_base(body: bytes) -> bytes:
    """A body that names another base, if it names one at all, in JSON or CSV."""
    if not is_text(body):
        return body
    text = _BASE.sub(lambda found: found[1] + _ANOTHER, text_of(body))
    return _csv_with_another_base(text).encode("latin-1")


def _csv_with_another_base(text: str) -> str:
    first = text.removeprefix("ï»¿").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    names = [each.strip() for each in next(csv.reader([first], delimiter=delimiter), [])]
    columns = [at for at, name in enumerate(names) if _BASE_COLUMN.fullmatch(name)]
    if len(names) < 2 or not columns:
        return text
    written = io.StringIO()
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    for row in csv.reader(io.StringIO(text), delimiter=delimiter):
        writer.writerow(
            _ANOTHER if at in columns and _CODE.fullmatch(cell.strip()) else cell
            for at, cell in enumerate(row)
        )
    return written.getvalue()
