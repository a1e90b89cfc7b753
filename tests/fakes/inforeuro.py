"""InforEuro: the rates of a month, with figures that it published; a few, made up, are older."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 1)

# By month: country, code and value, with the digits that are published.
MONTHS: dict[tuple[int, int], list[tuple[str, str, str]]] = {
    (1998, 12): [
        ("Germany", "DEM", "1.96028"),
        ("United States", "USD", "1.15074"),
        ("Congo (Democratic Republic of)", "FRC", "2.90741"),
        ("Turkey", "TRL", "347563"),
    ],
    (2026, 9): [
        ("Belgium", "EUR", "1"),
        ("Japan", "JPY", "177.85"),
        ("United States", "USD", "1.1402"),
    ],
    (2026, 10): [
        ("Belgium", "EUR", "1"),
        ("Germany", "EUR", "1"),
        ("Japan", "JPY", "178.41"),
        ("United Kingdom", "GBP", "0.85718"),
        ("Guernsey", "GBP", "0.85718"),
        ("United States", "USD", "1.1355"),
        ("Zambia", "ZMW", "22.2019"),
        ("Zimbabwe", "ZIG", "30.4175"),
    ],
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("EUR", "USD", None, "1.1355"),
    ("USD", "EUR", None, "1/1.1355"),
    ("GBP", "JPY", None, "178.41/0.85718"),
    ("EUR", "JPY", date(2026, 9, 30), "177.85"),
    ("XEU", "DEM", date(1998, 12, 15), "1.96028"),
]


def document(rows: list[tuple[str, str, str]]) -> str:
    """The answer: numbers as they are written."""
    texts = [
        f'{{"country":{json.dumps(country)},"currency":"","isoA3Code":"{code}",'
        f'"isoA2Code":"","value":{value},"comment":""}}'
        for country, code, value in rows
    ]
    return f"[{','.join(texts)}]"


def answer(asked: Asked) -> Reply:
    query: dict[str, Any] = asked.query
    if asked.path != "/budg/inforeuro/api/public/monthly-rates" or query.get("lang") != "EN":
        return reply("Not Found", 404)
    rows = MONTHS.get((int(query["year"]), int(query["month"])))
    if rows is None:
        return reply('{"code":5,"message":"No rates published for period"}', 404)
    return reply(document(rows), content_type="application/json;charset=UTF-8")
