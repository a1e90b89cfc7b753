"""What the ECB publishes after the bundle ends, made up: its three files, in their real shape.

Each day each currency is one unit of its last digit above the day before, so that what is right
can be told from the day alone: `value("USD", date(2026, 11, 2))` is `"1.1173"`.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache

import time_machine

from forexhooks_ecb.target import is_target_day
from providers import Asked, Reply, reply

BUNDLED = date(2026, 10, 30)
"""The newest day of the bundle."""

MONDAY, TUESDAY, WEDNESDAY, TODAY = (date(2026, 11, day) for day in (2, 3, 4, 5))
"""The days of publication after it; `TODAY` is the newest that `answer` knows."""

LAST = {
    "USD": "1.1172", "JPY": "175.68", "CZK": "24.353", "DKK": "7.4735", "GBP": "0.8338",
    "HUF": "366.33", "PLN": "4.4038", "RON": "5.3447", "SEK": "10.978", "CHF": "0.9194",
    "ISK": "136", "NOK": "10.312", "TRY": "55.8015", "AUD": "1.5904", "BRL": "6.0692",
    "CAD": "1.5606", "CNY": "7.4326", "HKD": "8.7652", "IDR": "20275.17", "ILS": "3.495",
    "INR": "106.084", "KRW": "1491.76", "MXN": "21.1237", "MYR": "4.5325", "NZD": "1.9823",
    "PHP": "71.143", "SGD": "1.4282", "THB": "37.683", "ZAR": "18.6455",
}  # fmt: skip
"""The newest values of the bundle."""

# Some that ended long ago still have their columns.
COLUMNS = ("USD", "JPY", "BGN", "CYP", *list(LAST)[2:], "HRK", "RUB", "TRL")

Days = Mapping[date, Mapping[str, str]]
"""What was published, by day and currency."""

DAILY, LAST_90_DAYS, HISTORY = (
    "/eurofxref-daily.xml",
    "/eurofxref-hist-90d.xml",
    "/eurofxref-hist.zip",
)


@cache
def days_of_publication(newest: date) -> tuple[date, ...]:
    """Those from the end of the bundle on, itself included, to `newest`."""
    span = (BUNDLED + timedelta(days=each) for each in range((newest - BUNDLED).days + 1))
    return tuple(filter(is_target_day, span))


def value(code: str, on: date) -> str:
    """What EUR/`code` was on a day of publication."""
    last = Decimal(LAST[code])
    exponent = last.as_tuple().exponent
    return str(last + Decimal((0, (1,), int(exponent))) * (len(days_of_publication(on)) - 1))


def published(days: Iterable[date], **other: str) -> dict[date, dict[str, str]]:
    """What is published on these days; `CAD="0"` has another value on the newest of them."""
    of_day = {on: {code: value(code, on) for code in LAST} for on in sorted(days, reverse=True)}
    next(iter(of_day.values())).update(other)
    return of_day


def xml(days: Days) -> bytes:
    """One of the XML files."""
    cubes = "".join(
        f"\t\t<Cube time='{on}'>\n"
        + "".join(f"\t\t\t<Cube currency='{code}' rate='{rate}'/>\n" for code, rate in row.items())
        + "\t\t</Cube>\n"
        for on, row in days.items()
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" \
xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
\t<gesmes:subject>Reference rates</gesmes:subject>
\t<gesmes:Sender>
\t\t<gesmes:name>European Central Bank</gesmes:name>
\t</gesmes:Sender>
\t<Cube>
{cubes}\t</Cube>
</gesmes:Envelope>""".encode()


def csv(days: Days) -> str:
    """The file in the zip: newest first, N/A, and a comma at the end of each line."""
    lines = [("Date", *COLUMNS), *((str(on), *_line(row)) for on, row in days.items())]
    return "".join(",".join(line) + ",\n" for line in lines)


def _line(row: Mapping[str, str]) -> Iterable[str]:
    return (row.get(code, "N/A") for code in COLUMNS)


def zipped(text: str | bytes, *further: str) -> bytes:
    """A zip of that file, and of `further` empty ones."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("eurofxref-hist.csv", text)
        for name in further:
            archive.writestr(name, b"")
    return buffer.getvalue()


class Ecb:
    """The ECB on the evening of `today`. `other` are values of that day, as in `published`."""

    def __init__(self, today: date = TODAY, **other: str) -> None:
        self.today = today
        self.other = other

    def content(self, path: str) -> bytes | None:
        """The file at this path, if there is one."""
        days = days_of_publication(self.today)
        recent = [on for on in days if (self.today - on).days <= 90]
        if path == DAILY:
            return xml(published(days[-1:], **self.other))
        if path == LAST_90_DAYS:
            return xml(published(recent, **self.other))
        if path == HISTORY:
            return zipped(csv(published(days, **self.other)))
        return None

    def answer(self, asked: Asked) -> Reply:
        content = self.content(asked.path)
        if content is None:
            return reply("<!DOCTYPE html><title>404 - Page not found</title>", 404)
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        if asked.headers.get("if-none-match") == etag:
            return reply(status=304, ETag=etag)
        return reply(content, ETag=etag)


def answer(asked: Asked) -> Reply:
    return Ecb().answer(asked)


@contextmanager
def evening_of(day: date, hour: int = 20) -> Iterator[None]:
    """Travel to that day; on a day of publication the ECB has published by then."""
    with time_machine.travel(datetime(day.year, day.month, day.day, hour, tzinfo=UTC), tick=False):
        yield
