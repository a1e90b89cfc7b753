"""The Bank of Russia: its rates of a day, and of one currency over days."""

from __future__ import annotations

from datetime import date, datetime

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

# By the day that they are in force from: how many units, and what these cost. That of the 17th, a
# Saturday, is there from Friday on.
DAYS: dict[str, dict[str, tuple[str, str]]] = {
    "1998-01-01": {"USD": ("1", "5,9600"), "DEM": ("1", "3,3324")},
    "1998-01-06": {"USD": ("1", "5,9630"), "DEM": ("1", "3,3019")},
    "2016-08-23": {"USD": ("1", "64,2078"), "HUF": ("100", "23,3712"), "BGN": ("1", "37,0629")},
    "2026-10-06": {"USD": ("1", "80,1135"), "EUR": ("1", "90,2276"), "HUF": ("100", "24,5502")},
    "2026-10-07": {"USD": ("1", "80,2710"), "EUR": ("1", "90,1160"), "HUF": ("100", "24,6003")},
    "2026-10-08": {"USD": ("1", "80,3342"), "EUR": ("1", "90,1954"), "HUF": ("100", "24,6118")},
    "2026-10-09": {"USD": ("1", "80,2918"), "EUR": ("1", "89,9733"), "HUF": ("100", "24,6439")},
    "2026-10-10": {"USD": ("1", "80,3867"), "EUR": ("1", "90,0812"), "HUF": ("100", "24,6741")},
    "2026-10-13": {"USD": ("1", "80,4512"), "EUR": ("1", "90,0977"), "HUF": ("100", "24,7015")},
    "2026-10-14": {"USD": ("1", "80,3006"), "EUR": ("1", "90,0122"), "HUF": ("100", "24,7330")},
    "2026-10-15": {"USD": ("1", "80,5043"), "EUR": ("1", "90,2301"), "HUF": ("100", "24,8162")},
    "2026-10-16": {
        "USD": ("1", "80,6127"),
        "EUR": ("1", "90,6848"),
        "HUF": ("100", "24,9837"),
        "JPY": ("100", "50,9917"),
        "VND": ("10000", "30,7125"),
        "XDR": ("1", "110,4271"),
    },
    "2026-10-17": {"USD": ("1", "80,7035"), "EUR": ("1", "90,8102"), "HUF": ("100", "25,0113")},
}
for _number, _each in enumerate(sorted(DAYS)[3:-2]):
    DAYS[_each]["XDR"] = ("1", f"110,{1003 + 97 * _number}")

NUMBERS = {
    "BGN": "R01100", "HUF": "R01135", "VND": "R01150", "USD": "R01235", "EUR": "R01239",
    "DEM": "R01510", "XDR": "R01589", "JPY": "R01820",
}  # fmt: skip

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "RUB", None, "80.6127"),
    ("HUF", "RUB", None, "0.249837"),
    ("JPY", "USD", None, "0.509917/80.6127"),
    ("VND", "RUB", None, "0.00307125"),
    ("EUR", "RUB", date(2026, 10, 12), "90.0812"),
    ("BGN", "RUB", date(2016, 8, 24), "37.0629"),
    ("USD", "RUB", date(1998, 1, 1), "5.9600"),
]


def answer(asked: Asked) -> Reply:
    if asked.path == "/scripts/XML_daily.asp":
        last = _day(asked.query["date_req"]) if "date_req" in asked.query else max(DAYS)
        return xml(daily(max((day for day in DAYS if day <= last), default=min(DAYS))))
    if asked.path == "/scripts/XML_dynamic.asp":
        first, last = _day(asked.query["date_req1"]), _day(asked.query["date_req2"])
        codes = [code for code, each in NUMBERS.items() if each == asked.query["VAL_NM_RQ"]]
        if codes and first <= last:
            return xml(dynamic(codes[0], first, last))
        return xml("<ValCurs>Error in parameters</ValCurs>")
    return reply("<html><body>404</body></html>", 404, content_type="text/html")


def daily(day: str) -> str:
    rows = "".join(
        f'<Valute ID="{NUMBERS[code]}"><NumCode>036</NumCode><CharCode>{code}</CharCode>'
        f"<Nominal>{units}</Nominal><Name>Валюта</Name><Value>{value}</Value></Valute>"
        for code, (units, value) in DAYS[day].items()
    )
    of_day = date.fromisoformat(day)
    return f'<ValCurs Date="{of_day:%d.%m.%Y}" name="Foreign Currency Market">{rows}</ValCurs>'


def dynamic(code: str, first: str, last: str) -> str:
    number = NUMBERS[code]
    rows = "".join(
        f'<Record Date="{date.fromisoformat(day):%d.%m.%Y}" Id="{number}">'
        f"<Nominal>{units}</Nominal><Value>{value}</Value></Record>"
        for day, (units, value) in ((day, DAYS[day].get(code, ("", ""))) for day in sorted(DAYS))
        if first <= day <= last and value
    )
    return (
        f'<ValCurs ID="{number}" DateRange1="{date.fromisoformat(first):%d.%m.%Y}" '
        f'DateRange2="{date.fromisoformat(last):%d.%m.%Y}" name="Foreign Currency Market Dynamic">'
        f"{rows}</ValCurs>"
    )


def xml(document: str) -> Reply:
    body = f'<?xml version="1.0" encoding="windows-1251"?>{document}'.encode("windows-1251")
    return reply(body, content_type="application/xml; charset=windows-1251")


def _day(text: str) -> str:
    return datetime.strptime(text, "%d/%m/%Y").date().isoformat()  # noqa: DTZ007 - a day
