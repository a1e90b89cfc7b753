"""Random questions, compared with an independent reading of the ECB's own file."""

from __future__ import annotations

import csv
import io
import json
import random
import sys
import warnings
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
# When the euro or a new unit took the place of a currency, by the law: it is not carried past it.
ENDED = {
    "TRL": date(2005, 1, 1),
    "ROL": date(2005, 7, 1),
    "SIT": date(2007, 1, 1),
    "CYP": date(2008, 1, 1),
    "MTL": date(2008, 1, 1),
    "SKK": date(2009, 1, 1),
    "EEK": date(2011, 1, 1),
    "LVL": date(2014, 1, 1),
    "LTL": date(2015, 1, 1),
    "HRK": date(2023, 1, 1),
    "BGN": date(2026, 1, 1),
}


def expected(base: str, quote: str, asked: date) -> tuple[date, Decimal] | None:
    """The newest common day of the 7 before, by the file alone."""
    for gap in range(8):
        day = asked - timedelta(gap)
        values = published.get(day, {})
        if base in values and quote in values:
            if any(day < ENDED.get(code, date.max) <= asked for code in (base, quote)):
                return None
            with localcontext(prec=34):
                return day, values[quote] / values[base]
    return None


def answered(base: str, quote: str, asked: date) -> tuple[date, Decimal] | None:
    try:
        rate = fx.get_rate(base, quote, on=asked)
    except forexhooks.RateUnavailableError:
        return None
    return rate.on, rate.value


warnings.simplefilter("ignore", forexhooks.StaleRateWarning)
random.seed(1999)
fx = forexhooks.open("ecb")
found = {"observed": 0, "wrong": 0, "other": 0, "other wrong": 0, "refused": 0}
while found["observed"] < QUESTIONS:
    base, quote = random.sample(codes, 2)
    asked = first + timedelta(random.randint(0, (last - first).days))  # noqa: S311
    right, answer = expected(base, quote, asked), answered(base, quote, asked)
    if right is not None and right[0] == asked:
        found["observed"] += 1
        found["wrong"] += answer != right
    else:
        found["other"] += 1
        found["other wrong"] += answer != right
        found["refused"] += answer is None
print(json.dumps(found))
