"""The NBP's tables A and B, with a few days of 2026; the rouble went from A to B within them."""

from __future__ import annotations

from datetime import date, timedelta

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

# As text: JSON numbers with the digits that are published.
TABLES = {
    "A": {
        date(2026, 6, 15): {"USD": "3.6000", "EUR": "4.2500", "HUF": "0.010500", "RUB": "0.0450"},
        date(2026, 10, 9): {"USD": "3.6500", "EUR": "4.2600", "HUF": "0.010620"},
        date(2026, 10, 14): {"USD": "3.6400", "EUR": "4.2700", "HUF": "0.010640"},
        date(2026, 10, 16): {"USD": "3.6600", "EUR": "4.2800", "HUF": "0.010660"},
    },
    "B": {
        date(2026, 6, 17): {"VND": "0.00013900", "AFN": "0.056100", "RUB": "0.0451"},
        date(2026, 10, 7): {"VND": "0.00014000", "AFN": "0.056500", "RUB": "0.0460"},
        date(2026, 10, 14): {"VND": "0.00014035", "AFN": "0.056626", "RUB": "0.0474"},
    },
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "PLN", None, "3.6600"),
    ("PLN", "USD", None, "1/3.6600"),
    ("EUR", "USD", None, "4.2800/3.6600"),
    ("VND", "PLN", None, "0.00014035"),
    ("EUR", "VND", None, "4.2700/0.00014035"),
    ("USD", "PLN", date(2026, 10, 11), "3.6500"),
]


def answer(asked: Asked) -> Reply:
    kind, letter, *days = asked.path.strip("/").split("/")[2:]
    if kind != "tables" or letter not in TABLES or asked.query != {"format": "json"}:
        return reply("404 NotFound", 404)
    tables = TABLES[letter]
    start, end = map(date.fromisoformat, days) if days else (max(tables), max(tables))
    if end < start:
        return reply("400 BadRequest - Błędny zakres dat / Invalid date range", 400)
    if end - start >= timedelta(93):
        limit = "Przekroczony limit 93 dni / Limit of 93 days has been exceeded"
        return reply(f"400 BadRequest - {limit}", 400)
    found = [table(letter, day, tables[day]) for day in tables if start <= day <= end]
    if not found:
        return reply("404 NotFound - Not Found - Brak danych", 404)
    return reply(f"[{','.join(found)}]", content_type="application/json; charset=utf-8")


def table(letter: str, day: date, mids: dict[str, str]) -> str:
    rates = ",".join(
        f'{{"currency":"{code.lower()}","code":"{code}","mid":{mid}}}' for code, mid in mids.items()
    )
    return (
        f'{{"table":"{letter}","no":"{day:%j}/{letter}/NBP/{day:%Y}",'
        f'"effectiveDate":"{day}","rates":[{rates}]}}'
    )
