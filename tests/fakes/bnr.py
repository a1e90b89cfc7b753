"""The National Bank of Romania: its file of the day, of ten days and of each year."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

# By day: codes, values, and for how many units.
DAYS: dict[str, dict[str, tuple[str, str]]] = {
    "2005-01-03": {"EUR": ("3.9481", "1"), "USD": ("2.9067", "1")},
    "2025-12-31": {"EUR": ("5.0985", "1"), "USD": ("4.3417", "1")},
    "2026-10-08": {
        "EUR": ("5.0921", "1"),
        "USD": ("4.3960", "1"),
        "HUF": ("1.3041", "100"),
        "JPY": ("2.8711", "100"),
    },
    "2026-10-15": {
        "EUR": ("5.0899", "1"),
        "USD": ("4.3688", "1"),
        "HUF": ("1.3062", "100"),
        "JPY": ("2.8835", "100"),
    },
    "2026-10-16": {
        "EUR": ("5.0905", "1"),
        "USD": ("4.3703", "1"),
        "HUF": ("1.3070", "100"),
        "JPY": ("2.8816", "100"),
        "XAU": ("588.4712", "1"),
        "XDR": ("5.9514", "1"),
    },
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("EUR", "RON", None, "5.0905"),
    ("HUF", "RON", None, "0.013070"),
    ("JPY", "USD", None, "0.028816/4.3703"),
    ("USD", "RON", date(2026, 10, 10), "4.3960"),
    ("EUR", "RON", date(2026, 1, 2), "5.0985"),
    ("EUR", "RON", date(2005, 1, 3), "3.9481"),
]


def document(days: Iterable[str]) -> str:
    cubes = ""
    for day in days:
        rows = "".join(
            f'<Rate currency="{code}"'
            + (f' multiplier="{units}"' if units != "1" else "")
            + f">{value}</Rate>"
            for code, (value, units) in DAYS[day].items()
        )
        cubes += f'<Cube date="{day}">{rows}</Cube>'
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<DataSet xmlns="https://www.bnr.ro/xsd">'
        "<Header><Publisher>National Bank of Romania</Publisher>"
        f"<PublishingDate>{TODAY}</PublishingDate><MessageType>DR</MessageType></Header>"
        "<Body><Subject>Reference rates</Subject><OrigCurrency>RON</OrigCurrency>"
        f"{cubes}</Body></DataSet>"
    )


def answer(asked: Asked) -> Reply:
    days = sorted(DAYS)
    files = {"/nbrfxrates.xml": days[-1:], "/nbrfxrates10days.xml": days[-3:]}
    for year in range(2005, 2027):
        # A year's file has the days before today.
        of_year = [day for day in days if day.startswith(str(year)) and day < str(TODAY)]
        files[f"/files/xml/years/nbrfxrates{year}.xml"] = of_year
    if asked.path not in files:
        return reply("<html><body>404</body></html>", 404, content_type="text/html")
    return reply(document(files[asked.path]), content_type="text/xml")
