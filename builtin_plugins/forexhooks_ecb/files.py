"""The files that the ECB publishes, read with suspicion: they come over a network.

`eurofxref-daily.xml` has the newest day, `eurofxref-hist-90d.xml` the last 90 days, and
`eurofxref-hist.zip` one CSV file with every day since 1999.
"""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from defusedxml import ElementTree

from forexhooks import Observation

if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGEST_CSV = 64 * 1024 * 1024
_ABSENT = ("", "N/A")
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


def days_of(content: bytes) -> list[Observation]:
    """The observations of one of the XML files. Raises `ValueError` for what is not one."""
    try:
        root = ElementTree.fromstring(content, forbid_dtd=True)
    except ElementTree.ParseError as error:
        raise ValueError(f"it is no XML: {error}") from error
    observations = [
        _observation(day.get("time", ""), rate.get("currency", ""), rate.get("rate", ""))
        for day in root.iterfind(f"{_CUBE}/{_CUBE}")
        for rate in day.iterfind(_CUBE)
    ]
    return _checked(observations)


def history_of(content: bytes) -> list[Observation]:
    """The observations of the zip of one CSV file. Raises `ValueError` for what is not one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (name,) = archive.namelist()
            # However small the archive says that it is.
            with archive.open(name) as file:
                text = file.read(_LARGEST_CSV + 1)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"it is no zip of one file: {error}") from error
    if len(text) > _LARGEST_CSV:
        raise ValueError(f"it unpacks to more than {_LARGEST_CSV:,} bytes")
    return _checked(list(_of_csv(text.decode("ascii"))))


def _of_csv(text: str) -> Iterator[Observation]:
    for row in csv.DictReader(io.StringIO(text)):
        on = row.pop("Date", "")
        for code, value in row.items():
            # Every line ends with a comma: a last column without a name.
            if code and value is None:
                raise ValueError(f"the line of {on} is cut off")
            if code and value not in _ABSENT:
                yield _observation(on, code, value)


def _observation(on: str, code: str, value: str) -> Observation:
    try:
        day, number = date.fromisoformat(on), Decimal(value)
    except (ValueError, InvalidOperation):
        raise ValueError(f"{on!r}, {code!r}, {value!r} is no day, code and number") from None
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise ValueError(f"{code!r} is no currency code")
    if code == "EUR" or not number.is_finite() or number <= 0:
        raise ValueError(f"EUR/{code} on {day} is {value}")
    return Observation(day, "EUR", code, number)


def _checked(observations: list[Observation]) -> list[Observation]:
    if not observations:
        raise ValueError("it holds no observations")
    values: dict[tuple[date, str], Decimal] = {}
    for on, _, code, value in observations:
        if values.setdefault((on, code), value) != value:
            raise ValueError(f"it has two values of EUR/{code} on {on}")
    return observations
