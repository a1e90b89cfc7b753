"""The National Bank of Ukraine: official rates of a few days, weekends among them."""

from __future__ import annotations

from datetime import date, timedelta

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

# By the day that they hold on: what so many units cost. Those of the weekend are there on Friday.
DAYS: dict[str, dict[str, tuple[str, str]]] = {
    "1996-09-02": {"USD": ("176", "100"), "DEM": ("118.8", "100")},
    "2026-03-16": {"USD": ("44.1398", "1"), "EUR": ("50.6504", "1"), "JPY": ("2.7682", "10")},
    **{
        f"2026-10-{day:02}": {
            "USD": (f"44.{1000 + 13 * day}", "1"),
            "EUR": (f"49.{4000 - 11 * day}", "1"),
            "JPY": (f"2.{7800 + day}", "10"),
            "XAU": (f"181{200 + day}.56", "1"),
        }
        for day in range(5, 19)
        if day != 11  # as if it had been left out
    },
}
DAYS["2026-10-16"] |= {
    "USD": ("44.1208", "1"),
    "EUR": ("49.6491", "1"),
    "VND": ("1.6801", "1000"),
    "XDR": ("60.4455", "1"),
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "UAH", None, "44.1208"),
    ("VND", "UAH", None, "0.0016801"),
    ("JPY", "USD", None, "0.27816/44.1208"),
    ("USD", "UAH", date(2026, 10, 11), "44.1130"),
    ("EUR", "UAH", date(2026, 3, 16), "50.6504"),
    ("USD", "UAH", date(1996, 9, 2), "1.76"),
]


def answer(asked: Asked) -> Reply:
    if asked.path != "/NBU_Exchange/exchange_site" or "json" not in asked.query:
        return reply("<html><body>404</body></html>", 404, content_type="text/html")
    first, last = (
        f"{text[:4]}-{text[4:6]}-{text[6:]}" for text in (asked.query["start"], asked.query["end"])
    )
    rows = [
        row(date.fromisoformat(day), code, *stated)
        for day in sorted(DAYS)
        if first <= day <= last
        for code, stated in DAYS[day].items()
    ]
    body = "[\n" + "\n,".join(rows) + "\n]"
    return reply(body, content_type="application/json; charset=utf-8")


def row(day: date, code: str, value: str, units: str) -> str:
    set_on = day - timedelta(days=max(1, day.weekday() - 3))
    return (
        f'{{ \n"exchangedate":"{day:%d.%m.%Y}","r030":840,"cc":"{code}","txt":"Валюта",'
        f'"enname":"Currency","rate":{value},"units":{units},"rate_per_unit":{value},'
        f'"group":"1","calcdate":"{set_on:%d.%m.%Y}","special":null\n }}'
    )
