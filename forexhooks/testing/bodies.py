"""Bodies of answers, altered without knowing their format: their numbers, days and base.

Each function gives the body back as it was where there is nothing of the kind in it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta

_POINT = re.compile(r"(?<![\w./+-])(?<!\d:)\d+\.\d+(?![\w.:/-])")
_COMMA = re.compile(r"(?<![\w.,/+-])(?<!\d:)\d+,\d+(?![\w.,:/-])")
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)(-?)(\d\d)\2(\d\d)(?!\d)")
_DAY_FIRST = re.compile(r"(?<![\d.])(\d\d)([./])(\d\d)\2((?:19|20)\d\d)(?!\d)")
_SECONDS = re.compile(r"(?<![\w.])(1[0-9]{9}|2[0-9]{9})(000)?(?![\w.])")
_BASE_NAME = r"(?i:\w*base\w*|source|from)"
_BASE = re.compile(rf"(\"{_BASE_NAME}\"\s*:\s*\")([A-Z]{{3}})(?=\")")
_BASE_COLUMN = re.compile(_BASE_NAME)
_CODE = re.compile(r"[A-Z]{3}")
_ANOTHER = "ZAR"
_DAY_SECONDS = 86_400


def is_text(body: bytes) -> bool:
    """Whether a body can be altered: it is text in a charset that has ASCII in it."""
    return b"\0" not in body


def text_of(body: bytes) -> str:
    """A body as text that is the same bytes again, whatever its charset."""
    return body.decode("latin-1")


def _number_in(text: str) -> re.Pattern[str]:
    """How a body writes numbers with decimals: with a comma only where none has a point."""
    return _POINT if _POINT.search(text) else _COMMA


def may_have_rates(body: bytes) -> bool:
    """Whether there may be rates in a body: numbers with decimals, or what is no text."""
    return not is_text(body) or _number_in(text_of(body)).search(text_of(body)) is not None


def _on_text(alter: Callable[[str], str]) -> Callable[[bytes], bytes]:
    return lambda body: alter(text_of(body)).encode("latin-1") if is_text(body) else body


def with_numbers(number: str) -> Callable[[bytes], bytes]:
    """A body with `number` in the place of every number that has decimals."""

    def alter(text: str) -> str:
        pattern = _number_in(text)
        return pattern.sub(number.replace(".", "," if pattern is _COMMA else "."), text)

    return _on_text(alter)


def with_more_digits(digits: str) -> Callable[[bytes], bytes]:
    """A body with further digits after every number that has decimals."""
    return _on_text(lambda text: _number_in(text).sub(lambda found: found[0] + digits, text))


def later(days: int) -> Callable[[bytes], bytes]:
    """A body whose days and timestamps are so many days later."""

    def moved(found: re.Match[str]) -> str:
        year, dash, month, day = found.groups()
        try:
            on = date(int(year), int(month), int(day)) + timedelta(days=days)
        except ValueError:
            return found[0]
        return on.strftime(f"%Y{dash}%m{dash}%d")

    def moved_seconds(found: re.Match[str]) -> str:
        return f"{int(found[1]) + days * _DAY_SECONDS}{found[2] or ''}"

    def moved_day_first(found: re.Match[str]) -> str:
        day, dot, month, year = found.groups()
        try:
            on = date(int(year), int(month), int(day)) + timedelta(days=days)
        except ValueError:
            return found[0]
        return on.strftime(f"%d{dot}%m{dot}%Y")

    return _on_text(
        lambda text: _SECONDS.sub(
            moved_seconds, _DAY_FIRST.sub(moved_day_first, _DAY.sub(moved, text))
        )
    )


@_on_text
def with_another_base(text: str) -> str:
    """A body that says another base than it did, where it says one at all, as JSON or CSV."""
    return _csv_with_another_base(_BASE.sub(lambda found: found[1] + _ANOTHER, text))


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
