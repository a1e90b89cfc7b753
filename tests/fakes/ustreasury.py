"""The US Treasury: two quarters as it published them (a few rows), and an older two, made up.

What was not effective yet is not there yet: it goes by the clock.
"""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 6, 30)

# Record date, effective date where it is another, label, rate.
ROWS: list[tuple[str, str, str, str]] = [
    ("2018-03-31", "", "Mauritania-Ouguiya", "352.5"),
    ("2018-03-31", "", "Euro Zone-Euro", "0.812"),
    ("2018-06-30", "", "Mauritania-Ouguiya", "35.55"),
    ("2018-06-30", "", "Euro Zone-Euro", "0.857"),
    ("2025-12-31", "", "Canada-Dollar", "1.372"),
    ("2025-12-31", "", "Euro Zone-Euro", "0.852"),
    ("2025-12-31", "", "Japan-Yen", "156.5"),
    ("2026-03-31", "", "Benin-Cfa Franc", "567.0"),
    ("2026-03-31", "", "Burkina Faso-Cfa Franc", "567.0"),
    ("2026-03-31", "", "Cameroon-Cfa Franc", "570.79"),
    ("2026-03-31", "", "Gabon-Cfa Franc", "567.0"),
    ("2026-03-31", "", "Canada-Dollar", "1.393"),
    ("2026-03-31", "", "Ecuador-Dolares", "1.0"),
    ("2026-03-31", "", "Euro Zone-Euro", "0.87"),
    ("2026-03-31", "", "Israel-Shekel", "3.165"),
    ("2026-03-31", "2026-05-29", "Israel-Shekel", "2.807"),
    ("2026-03-31", "", "Japan-Yen", "159.41"),
    ("2026-06-30", "", "Euro Zone-Euro", "0.877"),
    ("2026-06-30", "", "Cross Border-Euro", "0.877"),
    ("2026-06-30", "", "Israel-Shekel", "2.977"),
    ("2026-06-30", "", "Japan-Yen", "162.38"),
    ("2026-06-30", "", "Korea-Won", "1550.88"),
    ("2026-06-30", "2026-08-31", "Korea-Won", "1367.46"),
    ("2026-06-30", "", "Mexico-Peso", "17.454"),
    ("2026-06-30", "", "United Kingdom-Pound", "0.756"),
]

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "GBP", None, "0.756"),
    ("GBP", "USD", None, "1/0.756"),
    ("GBP", "JPY", None, "162.38/0.756"),
    ("USD", "ILS", date(2026, 5, 28), "3.165"),
    ("USD", "ILS", date(2026, 5, 29), "2.807"),
    ("USD", "CAD", date(2026, 6, 29), "1.393"),
    ("USD", "MRO", date(2018, 4, 1), "352.5"),
    ("USD", "MRU", date(2018, 7, 1), "35.55"),
]


def document(rows: list[tuple[str, str, str, str]], pages: int = 1) -> dict[str, object]:
    """The answer that has these rows."""
    data = [
        {
            "record_date": record,
            "effective_date": effective or record,
            "country_currency_desc": label,
            "exchange_rate": value,
        }
        for record, effective, label, value in rows
    ]
    count = {"count": len(data), "total-count": len(data), "total-pages": pages if data else 0}
    return {"data": data, "meta": count, "links": {"self": "&page%5Bnumber%5D=1", "next": None}}


def answer(asked: Asked) -> Reply:
    query = asked.query
    if (
        asked.path != "/services/api/fiscal_service/v1/accounting/od/rates_of_exchange"
        or query.get("page[number]") != "1"
        or query.get("page[size]") != "10000"
    ):
        return reply({"error": "Invalid Query Param"}, 400, content_type="application/json")
    bounds = {}
    for each in query["filter"].split(","):
        field, comparison, day = each.split(":")
        bounds[comparison] = day
        if field != "record_date":
            return reply({"error": "Invalid Query Param"}, 400, content_type="application/json")
    today = str(date.today())  # noqa: DTZ011 - the fake provider's own
    rows = [
        row
        for row in ROWS
        if bounds["gte"] <= row[0] <= bounds["lte"] and (row[1] or row[0]) <= today
    ]
    return reply(document(rows), content_type="application/json")
