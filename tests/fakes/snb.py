"""The Swiss National Bank: its table of months as CSV.

The figures of the euro and the pound in 2026-08 are those that it published, the others are made
up.
"""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 9, 30)

# By month and kind: the mean (M0) and the end (M1).
CODES = ("EUR1", "GBP1", "USD1", "JPY100", "DKK100", "USD3M")
TABLE = """
1914-01 M0 -       25.2315 5.1820  -      139.15  -
1914-01 M1 -       25.2400 5.1850  -      139.20  -
2025-12 M0 0.93612 1.06811 0.79951 0.5133 12.5334 0.79240
2025-12 M1 0.93050 1.06640 0.79210 0.5062 12.4580 0.78510
2026-07 M0 0.93124 1.08012 0.80921 0.5065 12.4762 0.80310
2026-07 M1 0.92841 1.07233 0.81160 0.5083 12.4381 0.80550
2026-08 M0 0.93629 1.09363 0.80615 0.5098 12.5437 0.80011
2026-08 M1 0.9301  1.08544 0.80207 0.5051 12.4608 0.79604
2026-09 M0 0.93412 1.08911 0.81740 0.5212 12.5148 0.81130
2026-09 M1 0.93287 1.09201 0.82156 0.5230 12.4981 0.81544
"""
MONTHS = {(line[:7], line[8:10]): line.split()[2:] for line in TABLE.strip().splitlines()}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("EUR", "CHF", None, "0.93412"),
    ("JPY", "CHF", None, "0.005212"),
    ("GBP", "EUR", date(2026, 8, 31), "1.09363/0.93629"),
    ("USD", "CHF", date(2026, 7, 1), "0.80921"),
]


def document(start: str, end: str) -> str:
    """The table of some months; of one that is not over yet it has rows without a value."""
    rows = [
        f'"{month}";"{kind}";"{code}";' + (f'"{value}"' if value != "-" else "")
        for (month, kind), values in MONTHS.items()
        if start <= month <= end
        for code, value in zip(CODES, values, strict=True)
    ]
    if start <= "2026-10" <= end:
        rows += [f'"2026-10";"{kind}";"EUR1";' for kind in ("M0", "M1")]
    head = (
        '"CubeId";"devkum"',
        '"PublishingDate";"2026-10-01 14:30"',
        "",
        '"Date";"D0";"D1";"Value"',
    )
    return "\ufeff" + "".join(f"{line}\r\n" for line in (*head, *rows))


def answer(asked: Asked) -> Reply:
    if asked.path != "/api/cube/devkum/data/csv/en":
        return reply("", 404)
    body = document(asked.query["fromDate"], asked.query["toDate"])
    return reply(body, content_type="text/csv;charset=UTF-8")
