"""HMRC: its files of a month, of a mean and of a spot rate, with figures that it published.

From the monthly and yearly files of 2025 and 2026 (Open Government Licence v3.0). September 2026
is made up: its bolívar is amended from a Tuesday on.
"""

from __future__ import annotations

from datetime import date, timedelta

from providers import Asked, Reply, reply

TODAY = date(2026, 8, 1)

COUNTRIES = {
    "AED": ("Abu Dhabi", "Dubai", "UAE"), "VES": ("Venezuela",), "CAD": ("Canada",),
    "EUR": ("Eurozone",), "JPY": ("Japan",), "SLE": ("Sierra Leone",), "USD": ("USA",),
    "ZIG": ("Zimbabwe",), "ZWG": ("Zimbabwe",), "ECS": ("Ecuador",),
}  # fmt: skip

_YEAR = [f"2025-{month:02}" for month in range(4, 13)] + ["2026-01", "2026-02", "2026-03"]
_OF_THE_YEAR = {
    "USD": "1.2978 1.3271 1.3412 1.3451 1.3541 1.3473 1.3647 1.3328 1.3126 1.3329 1.3410 1.3573",
    "EUR": "1.1897 1.1680 1.1846 1.1689 1.1547 1.1573 1.1528 1.1506 1.1328 1.1382 1.1448 1.1469",
    "CAD": "1.8585 1.8475 1.8632 1.8373 1.8385 1.8691 1.8773 1.8697 1.8382 1.8382 1.8546 1.8517",
    "JPY": "194.4474 189.3407 192.8257 194.8485 197.9633 198.7858 199.7140 202.2715 204.8929 "
    "207.3164 211.7892 208.6276",
}

MONTHS: dict[str, dict[str, str]] = {
    "2022-11": {"USD": "1.1235", "SLE": "19772.6"},
    **{
        month: {code: values.split()[number] for code, values in _OF_THE_YEAR.items()}
        for number, month in enumerate(_YEAR)
    },
    "2026-07": {"USD": "1.3404", "EUR": "1.1564", "CAD": "1.8781", "JPY": "214.8908"},
    "2026-08": {
        "USD": "1.3367", "EUR": "1.1719", "CAD": "1.8835", "JPY": "217.9907", "AED": "4.9091",
        "ZIG": "35.8198", "SLE": "30.6308", "ECS": "33417.5",
    },
    "2026-09": {"USD": "1.3554", "EUR": "1.1606"},
}  # fmt: skip

# The rows that amend a month: code, first day, value.
AMENDED = {"2026-09": [("VES", "01/09/2026", "1012.45"), ("VES", "15/09/2026", "1107.30")]}

AVERAGES = {
    "2024-12": {"USD": ("0.7829", "1.2773"), "EUR": ("0.8464", "1.1815")},
    "2025-12": {
        "AED": ("0.2070", "4.8317"), "CAD": ("0.5435", "1.8399"), "EUR": ("0.8535", "1.1717"),
        "JPY": ("0.0051", "196.1751"), "USD": ("0.7601", "1.3156"),
    },
    "2026-3": {
        "AED": ("0.2035", "4.9131"), "CAD": ("0.5395", "1.8537"), "EUR": ("0.8640", "1.1574"),
        "JPY": ("0.0050", "200.2353"), "USD": ("0.7475", "1.3378"), "ZWG": ("0.0281", "35.6145"),
    },
}  # fmt: skip
SPOTS = {
    "2025-12": {"CAD": ("0.5423", "1.8438"), "USD": ("0.7433", "1.3454")},
    "2026-3": {"CAD": ("0.5423", "1.8439"), "USD": ("0.7558", "1.3232")},
}  # fmt: skip

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("GBP", "USD", None, "1.3367"),
    ("USD", "GBP", None, "1/1.3367"),
    ("EUR", "USD", None, "1.3367/1.1719"),
    ("GBP", "JPY", date(2026, 7, 31), "214.8908"),
    ("GBP", "ZWG", None, "35.8198"),
    ("GBP", "SLL", date(2022, 11, 30), "19772.6"),
]


def month(key: str) -> str:
    """The file of a month: a row for each country, and one for each amendment."""
    first = date.fromisoformat(f"{key}-01")
    last = (first + timedelta(31)).replace(day=1) - timedelta(1)
    stated = [(code, f"{first:%d/%m/%Y}", value) for code, value in MONTHS[key].items()]
    rows = [
        f"{country},Unit,{code},{value},{start},{last:%d/%m/%Y}\n"
        for code, start, value in sorted([*stated, *AMENDED.get(key, [])])
        for country in COUNTRIES[code]
    ]
    return (
        "Country/Territories,Currency,Currency Code,Currency Units per £1,Start date,End date\n"
        + "".join(rows)
    )


def year(values: dict[str, tuple[str, str]]) -> str:
    """The file of a mean or of a spot rate."""
    rows = [
        f"{country},Unit,{code},{sterling},{units}\n"
        for code, (sterling, units) in values.items()
        for country in COUNTRIES[code]
    ]
    return (
        "Country,Unit Of Currency,Currency Code,Sterling value of Currency Unit £,"
        "Currency Units per £1\n" + "".join(rows)
    )


def answer(asked: Asked) -> Reply:
    kind, _, key = asked.path.rpartition("/")[2].removesuffix(".csv").partition("_csv_")
    of_year, _, of_month = key.partition("-")
    files = {
        "monthly": {f"{each[:4]}-{int(each[5:])}": month(each) for each in MONTHS},
        "average": {each: year(values) for each, values in AVERAGES.items()},
        "spot": {each: year(values) for each, values in SPOTS.items()},
    }
    body = files.get(kind, {}).get(f"{of_year}-{of_month}")
    if body is None or not asked.path.startswith("/uk/api/exchange_rates/files/"):
        return reply("", 404)
    return reply(body, content_type="text/csv; charset=utf-8")
