"""The files that the ECB publishes, read with suspicion: they come over a network.

`eurofxref-daily.xml` has the newest day, `eurofxref-hist-90d.xml` the last 90 days, and
`eurofxref-hist.zip` one CSV file with every day since 1999.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from defusedxml import DefusedXmlException, ElementTree

from forexhooks import Observation
from forexhooks_ecb.grid import cell_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# All days since 1999 are 2.6 MB of CSV and 310,000 values; 90 days of XML are 2,100 elements.
_LARGEST_CSV = 16 * 1024 * 1024
_MOST_VALUES = 1_000_000
_MOST_ELEMENTS = 100_000
_ABSENT = ("", "N/A")
_MORE = "more"
_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"


def days_of(content: bytes, _since: date | None = None) -> Iterator[Observation]:
    """The observations of one of the XML files. Raises `ValueError` for what is not one."""
    # In memory, each element and attribute takes a hundred times its size.
    if content.count(b"<") + content.count(b"=") > 4 * _MOST_ELEMENTS:
        raise ValueError(f"it has more than {_MOST_ELEMENTS:,} elements")
    try:
        root = ElementTree.fromstring(content, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException) as error:
        raise ValueError(f"it is not the ECB's XML: {error}") from error
    return _checked(
        _observation(day.get("time", ""), rate.get("currency", ""), rate.get("rate", ""))
        for day in root.iterfind(f"{_CUBE}/{_CUBE}")
        for rate in day.iterfind(_CUBE)
    )


def history_of(content: bytes, since: date | None = None) -> Iterator[Observation]:
    """The observations of the zip of one CSV file, from `since` on if it is given.

    Raises `ValueError` for any other file.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (name,) = archive.namelist()
            # The size that the archive states may be wrong.
            with archive.open(name) as file:
                text = file.read(_LARGEST_CSV + 1)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise ValueError(f"it is not a zip of one file: {error}") from error
    if len(text) > _LARGEST_CSV:
        raise ValueError(f"it unpacks to more than {_LARGEST_CSV:,} bytes")
    if text.count(b",") + text.count(b"\n") > _MOST_VALUES:
        raise ValueError(f"it has more than {_MOST_VALUES:,} values")
    if text and not text.endswith(b"\n"):
        # Its last number may be cut off.
        raise ValueError("it is cut off within its last line")
    return _checked(_of_csv(text.decode("ascii"), since))


def _of_csv(text: str, since: date | None) -> Iterator[Observation]:
    oldest = "" if since is None else since.isoformat()
    reader = csv.DictReader(io.StringIO(text), restkey=_MORE)
    named = [code for code in reader.fieldnames or () if code]
    if len(set(named)) != len(named):
        raise ValueError("two of its columns have the same name")
    for row in reader:
        on = row.pop("Date", "")
        if on and on < oldest:
            continue
        if None in row.values():
            raise ValueError(f"the line of {on} is cut off")
        # Every line ends with a comma, which adds a last column without a name.
        if any((row.pop("", None), *row.pop(_MORE, ()))):
            raise ValueError(f"the line of {on} has more values than there are columns")
        for code, value in row.items():
            if value not in _ABSENT:
                yield _observation(on, code, value)


def _observation(on: str, code: str, value: str) -> Observation:
    try:
        if not (re.fullmatch("[A-Z]{3}", code) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value)):
            raise ValueError("that is not a day, a code and a number")
        if code == "EUR":
            raise ValueError("that is the base")
        number = Decimal(value)
        cell_of(number)
        return Observation(date.fromisoformat(on), "EUR", code, number)
    except ValueError as error:
        raise ValueError(f"EUR/{code:.10} on {on:.20} is {value:.20}: {error!s:.60}") from None


def _checked(observations: Iterable[Observation]) -> Iterator[Observation]:
    """Each of them, while the time that there is to read them lasts: whoever takes them counts."""
    values: dict[tuple[date, str], Decimal] = {}
    for each in observations:
        if values.setdefault((each.on, each.quote), each.value) != each.value:
            raise ValueError(f"it has two values of EUR/{each.quote} on {each.on}")
        yield each
    if not values:
        raise ValueError("it holds no observations")
