"""BAZG: its documents of a month and of a day. All figures are made up: the real ones are SIX's."""

from __future__ import annotations

from datetime import date, datetime

from providers import Asked, Reply, reply

TODAY = date(2026, 8, 1)

_ROOT = "https://www.backend-rates.bazg.admin.ch"

# By month: for how many units, and the value.
MONTHS: dict[str, dict[str, tuple[str, str]]] = {
    "2026-07": {"EUR": ("1", "0.9251"), "USD": ("1", "0.8102"), "JPY": ("100", "0.5077")},
    "2026-08": {
        "EUR": ("1", "0.9262"),
        "USD": ("1", "0.8113"),
        "JPY": ("100", "0.5088"),
        "GBP": ("1", "1.0814"),
    },
}

# By the day they were fixed on: the days they hold on, and the values.
DAYS: dict[str, tuple[tuple[str, ...], dict[str, tuple[str, str]]]] = {
    "2026-07-23": (
        ("24.07.2026",),
        {"EUR": ("1", "0.92731"), "USD": ("1", "0.81145"), "JPY": ("100", "0.50812")},
    ),
    "2026-07-24": (
        ("25.07.2026", "26.07.2026", "27.07.2026"),
        {"EUR": ("1", "0.92742"), "USD": ("1", "0.81156"), "JPY": ("100", "0.50823")},
    ),
    "2026-07-27": (
        ("28.07.2026",),
        {"EUR": ("1", "0.92753"), "USD": ("1", "0.81167"), "JPY": ("100", "0.50834")},
    ),
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("EUR", "CHF", None, "0.9262"),
    ("JPY", "CHF", None, "0.005088"),
    ("USD", "CHF", date(2026, 7, 31), "0.8102"),
]


def _rows(rates: dict[str, tuple[str, str]]) -> str:
    return "".join(
        f'  <devise code="{code.lower()}">\n    <land_de>Land</land_de>\n'
        f"    <waehrung>{units} {code}</waehrung>\n    <kurs>{value}</kurs>\n  </devise>\n"
        for code, (units, value) in rates.items()
    )


def month(key: str) -> str:
    """The document of a month; of one that is not out an empty one."""
    if key not in MONTHS:
        return f'<?xml version="1.0"?>\n<monatsmittelkurs xmlns="{_ROOT}/avgratesmonth"/>\n'
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<monatsmittelkurs xmlns="{_ROOT}/avgratesmonth">'
        f"\n  <monat>{key}</monat>\n{_rows(MONTHS[key])}</monatsmittelkurs>\n"
    )


def day(fixed: str) -> str:
    """The document of the rates that were fixed on a day."""
    holds_on, rates = DAYS[fixed]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<wechselkurse xmlns="{_ROOT}/xmldaily">\n'
        f"  <datum>{date.fromisoformat(fixed):%d.%m.%Y}</datum>\n  <zeit>07:00:04</zeit>\n"
        f"  <gueltigkeit>{','.join(holds_on)}</gueltigkeit>\n{_rows(rates)}</wechselkurse>\n"
    )


def answer(asked: Asked) -> Reply:
    if asked.path == "/api/xmlavgmonth":
        body = month(f"{asked.query['j']}-{asked.query['m']}")
    elif asked.path == "/api/xmldaily":
        wanted = datetime.strptime(asked.query["d"], "%Y%m%d").date()  # noqa: DTZ007 - a day
        # On weekends the last that were fixed.
        fixed = max((each for each in DAYS if each <= f"{wanted}"), default=min(DAYS))
        body = day(fixed)
    else:
        return reply("", 404)
    return reply(body, content_type="application/xml")
