"""What the CDN answers that has fawazahmed0's currency files, with a few made-up ones."""

from __future__ import annotations

import re
from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 30)

# 2026-10-28 is one of the days that are missing.
FILES = {
    "2024-03-02": '"$myro":7.11720875,"btc.b":0.000016,"cad":1.35578123,"eur":0.92278544,"usd":1',
    "2026-10-26": '"cad":1.39511022,"eur":0.89410000,"usd":1',
    "2026-10-27": '"cad":1.39600001,"eur":0.89500000,"usd":1',
    "2026-10-29": '"cad":1.39700012,"eur":0.89612345,"jpy":152.00000001,"usd":1',
    "2026-10-30": '"1inch":9.96631033,"btc":8.7654321e-6,"cad":1.39688504,"eur":0.89509488,'
    '"jpy":152.25123456,"usd":1,"xau":0.00024912345',
}
LATEST = str(TODAY)

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "CAD", None, "1.39688504"),
    ("BTC", "CAD", None, "139688504000000/876543210"),
    ("CAD", "USD", date(2026, 10, 27), "100000000/139600001"),
    ("USD", "CAD", date(2026, 10, 28), "1.39600001"),
    ("EUR", "JPY", date(2026, 10, 29), "15200000001/89612345"),
]


def answer(asked: Asked) -> Reply:
    asked_for = re.search(r"/currency-api@([^/]+)/v1/currencies/([^/]+)\.min\.json$", asked.path)
    if asked_for is None:
        return reply("Couldn't find the requested file.", 404)
    day, code = asked_for.groups()
    day = LATEST if day == "latest" else day
    if day not in FILES:
        return reply(f"Couldn't find the requested release version {day}.", 404)
    if code != "usd":
        return reply(f"Couldn't find the requested file /v1/currencies/{code}.min.json.", 404)
    return file(day)


def file(day: str, rates: str | None = None) -> Reply:
    return reply(f'{{"date":"{day}","usd":{{{FILES[day] if rates is None else rates}}}}}')
