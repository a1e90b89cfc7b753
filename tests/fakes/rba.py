"""The Reserve Bank of Australia: table F11.1 as CSV, some of its columns, a few of its days."""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

_TITLES = ["A$1=USD", "Trade-weighted Index May 1970 = 100", "A$1=JPY", "A$1=EUR", "A$1=IDR",
           "A$1=AED", "A$1=SDR"]  # fmt: skip
_UNITS = ["USD", "Index", "JPY", "EUR", "IDR", "AED", "SDR"]

# Those of January and December 2023 are the bank's own.
DAYS: dict[str, list[str]] = {
    "2023-01-03": ["0.6828", "61.40", "88.48", "0.6400", "10635", "", "0.5131"],
    "2023-01-04": ["0.6809", "61.50", "89.08", "0.6439", "10634", "", "0.5120"],
    "2023-12-29": ["0.6840", "63.10", "96.77", "0.6177", "10531", "", "0.5098"],
    "2024-01-02": ["0.6820", "62.60", "96.54", "0.6188", "10546", "", "0.5090"],
    **{
        f"2026-10-{day:02}": [
            f"0.{6900 + 3 * day}", "61.90", f"110.{20 + day}", f"0.{6200 + day}", f"{12480 + day}",
            f"2.{5300 + 11 * day}", f"0.{5030 + day}",
        ]
        for day in (6, 7, 8, 9, 12, 13, 14, 15)
    },
    "2026-10-16": ["0.6959", "61.80", "109.96", "0.6184", "12547", "2.5558", "0.5077"],
}  # fmt: skip

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("AUD", "USD", None, "0.6959"),
    ("USD", "JPY", None, "109.96/0.6959"),
    ("AUD", "XDR", None, "0.5077"),
    ("AUD", "USD", date(2023, 12, 31), "0.6840"),
    ("AUD", "JPY", date(2023, 12, 31), "96.77"),
    ("AUD", "IDR", date(2023, 1, 3), "10635"),
]


def answer(asked: Asked) -> Reply:
    if asked.path != "/statistics/tables/csv/f11.1-data.csv":
        return reply("<html><body>404</body></html>", 404, content_type="text/html")
    return reply(document().encode("utf-8-sig"), content_type="application/octet-stream")


def document() -> str:
    count = len(_TITLES)
    lines = [
        ["F11.1  EXCHANGE RATES"],
        ["Title", *_TITLES],
        ["Description", *(f"AUD/{unit} Exchange Rate" for unit in _UNITS)],
        ["Frequency", *["Daily"] * count],
        ["Type", *["Indicative"] * count],
        ["Units", *_UNITS],
        [],
        [],
        ["Source", "WM/Reuters", *["RBA"] * (count - 2), "IMF"],
        ["Publication date", *[_text(TODAY)] * count],
        ["Series ID", *(f"FXR{unit}" for unit in _UNITS)],
        *([_text(date.fromisoformat(day)), *cells] for day, cells in sorted(DAYS.items())),
    ]
    return "\n".join(",".join(line) for line in lines) + "\n" * 20


def _text(day: date) -> str:
    month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    return f"{day:%d}-{month[day.month - 1]}-{day:%Y}"
