"""The StatBank of Statistics Denmark, with a few days of its table DNVALD."""

from __future__ import annotations

import json
import re
from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

# What 100 units cost.
DAYS: dict[str, dict[str, str]] = {
    "1977-01-03": {"USD": "576.6500", "JPY": "1.9690", "DEM": "244.3000"},
    "2026-10-09": {"USD": "641.3800", "EUR": "746.7300", "JPY": "4.2301", "BGN": ".."},
    "2026-10-14": {"USD": "640.2200", "EUR": "746.6900", "JPY": "4.2288", "BGN": ".."},
    "2026-10-16": {"USD": "641.1500", "EUR": "746.7100", "JPY": "4.2337", "BGN": ".."},
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "DKK", None, "6.411500"),
    ("JPY", "DKK", None, "0.042337"),
    ("DKK", "EUR", None, "1/7.467100"),
    ("USD", "EUR", date(2026, 10, 11), "6.413800/7.467300"),
    ("DEM", "DKK", date(1977, 1, 4), "2.443000"),
]


def answer(asked: Asked) -> Reply:
    if (asked.method, asked.path) != ("POST", "/v1/data"):
        return reply("<html><body>404</body></html>", 404)
    table = json.loads(asked.content)
    wanted = {each["code"]: each["values"] for each in table["variables"]}
    kind = (table["table"], table["format"], table["valuePresentation"])
    span = re.fullmatch(r">=(\d{4})M(\d\d)D(\d\d)<=(\d{4})M(\d\d)D(\d\d)", wanted["Tid"][0])
    if kind != ("DNVALD", "BULK", "Code") or wanted["VALUTA"] != ["*"] or span is None:
        return reply({"errorTypeCode": "EXTRACT-NOTFOUND", "message": "no such values"}, 400)
    first, last = "-".join(span.groups()[:3]), "-".join(span.groups()[3:])
    lines = [
        f"{code};KBH;{date.fromisoformat(day):%YM%mD%d};{value}"
        for day, values in sorted(DAYS.items(), reverse=True)
        if first <= day <= last
        for code, value in values.items()
    ]
    body = "\r\n".join(["\ufeffVALUTA;KURTYP;TID;INDHOLD", *lines, ""])
    return reply(body, content_type="text/csv; charset=utf-8")
