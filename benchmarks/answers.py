"""20,000 random questions, compared with an independent reading of the ECB's own file."""

from __future__ import annotations

import csv
import io
import json
import random
import sys
import zipfile
from datetime import date, timedelta
from decimal import Decimal, localcontext

import forexhooks

QUESTIONS = 20_000

with zipfile.ZipFile(sys.argv[1]) as archive:
    text = archive.read(archive.namelist()[0]).decode("ascii")
published: dict[date, dict[str, Decimal]] = {}
for row in csv.DictReader(io.StringIO(text)):
    on = date.fromisoformat(row.pop("Date"))
    published[on] = {
        code: Decimal(value) for code, value in row.items() if code and value not in ("N/A", "")
    } | {"EUR": Decimal(1)}
codes = sorted({code for values in published.values() for code in values})
first, last = min(published), max(published)
ended = forexhooks.currencies.ENDED


def expected(base: str, quote: str, asked: date) -> tuple[date, Decimal] | None:
    """The newest common day of the 7 before, by the file alone."""
    for gap in range(8):
        day = asked - timedelta(gap)
        values = published.get(day, {})
        if base in values and quote in values:
            for code in (base, quote):
                if code in ended and day < ended[code].converted_on <= asked:
                    return None
            with localcontext(prec=34):
                return day, values[quote] / values[base]
    return None


fx = forexhooks.open("ecb")
wrong = refused = 0
for _ in range(QUESTIONS):
    base, quote = random.sample(codes, 2)
    asked = first + timedelta(random.randint(0, (last - first).days))  # noqa: S311
    answer = expected(base, quote, asked)
    try:
        rate = fx.get_rate(base, quote, on=asked)
    except forexhooks.RateUnavailableError:
        refused += 1
        wrong += answer is not None
    else:
        wrong += answer != (rate.on, rate.value)
print(json.dumps({"asked": QUESTIONS, "wrong": wrong, "refused": refused}))
