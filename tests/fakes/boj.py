"""The Bank of Japan's API of time series: whole months, values and days in columns."""

from __future__ import annotations

import calendar
import json
from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

# The days of March 2026 are the bank's own.
SERIES: dict[str, dict[str, str]] = {
    "FXERD04": {
        "1998-01-05": "132.25", "2026-03-02": "156.99", "2026-03-27": "159.95",
        "2026-10-06": "157.81", "2026-10-07": "158.12", "2026-10-08": "158.33",
        "2026-10-09": "158.26", "2026-10-13": "157.99", "2026-10-14": "158.8",
        "2026-10-15": "157.98", "2026-10-16": "158.03",
    },
    "FXERD34": {
        "2026-03-02": "1.1716", "2026-03-27": "1.1518",
        "2026-10-06": "1.1189", "2026-10-07": "1.1201", "2026-10-08": "1.1213",
        "2026-10-09": "1.1207", "2026-10-13": "1.1216", "2026-10-14": "1.1195",
        "2026-10-15": "1.1209", "2026-10-16": "1.1251",
    },
}  # fmt: skip
_SAID = {
    "FXERD04": ("US.Dollar/Yen Spot Rate at 17:00 in JST, Tokyo Market", "Yen per U.S. Dollar"),
    "FXERD34": ("Euro/US.Dollar as of 17:00 in JST, Tokyo Market", "U.S. Dollar per Euro"),
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "JPY", None, "158.03"),
    ("EUR", "USD", None, "1.1251"),
    ("JPY", "USD", None, "1/158.03"),
    ("USD", "JPY", date(2026, 10, 12), "158.26"),
    ("USD", "JPY", date(2026, 3, 28), "159.95"),
    ("USD", "JPY", date(1998, 1, 6), "132.25"),
]


def answer(asked: Asked) -> Reply:
    query = asked.query
    if asked.path != "/api/v1/getDataCode" or query.get("db") != "FM08":
        return error(400, "M181005E", "Invalid parameter")
    codes = query["code"].split(",")
    return reply(document(codes, query["startDate"], query["endDate"]))


def document(codes: list[str], first: str, last: str, **more: object) -> str:
    """The months from one to another, of today's as much as there is."""
    months = range(12 * int(first[:4]) + int(first[4:]) - 1, 12 * int(last[:4]) + int(last[4:]))
    days = [
        date(month // 12, month % 12 + 1, day)
        for month in months
        for day in range(1, calendar.monthrange(month // 12, month % 12 + 1)[1] + 1)
    ]
    series = ",\n".join(
        f'{{\n"SERIES_CODE":"{code}",\n"NAME_OF_TIME_SERIES":"{_SAID[code][0]}",\n'
        f'"UNIT":"{_SAID[code][1]}",\n"FREQUENCY":"DAILY",\n"LAST_UPDATE":{TODAY:%Y%m%d},\n'
        f'"VALUES":{{\n"SURVEY_DATES":[{",".join(f"{day:%Y%m%d}" for day in days)}],\n'
        f'"VALUES":[{",".join(SERIES[code].get(str(day), "null") for day in days)}]\n}}\n}}'
        for code in codes
    )
    said = {"STATUS": 200, "MESSAGEID": "M181000I", "MESSAGE": "Successfully completed"}
    rest = {"NEXTPOSITION": None}
    head = json.dumps(said | rest | more)[:-1]
    return f'{head},\n"RESULTSET":[\n{series}\n]\n}}'


def error(status: int, number: str, message: str) -> Reply:
    """An error: the status of HTTP is 200 all the same."""
    return reply({"STATUS": status, "MESSAGEID": number, "MESSAGE": message})
