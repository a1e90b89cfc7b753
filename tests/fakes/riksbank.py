"""Sveriges Riksbank: the series of its group 130, one after another.

The figures from 2026-03-24 to 2026-03-27 are those that it published, the others are made up.
"""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 3, 27)

CODES = ("EUR", "USD", "GBP", "JPY", "HUF", "IDR")
TABLE = """
2023-11-27 11.4110 10.4261 13.1402 0.06993 0.03005 0.00067
2026-03-13 10.8012 9.41203 12.48133 0.05911 0.02781 0.00056
2026-03-16 10.7955 9.40255 12.47361 0.05902 0.02779 0.00056
2026-03-17 10.7901 9.39012 12.46650 0.05897 0.02777 0.00055
2026-03-18 10.7833 9.37551 12.45721 0.05890 0.02770 0.00055
2026-03-19 10.7990 9.38104 12.46882 0.05893 0.02772 0.00055
2026-03-20 10.8104 9.37922 12.48010 0.05899 0.02774 0.00055
2026-03-23 10.8171 9.36120 12.49533 0.05891 0.02775 0.00055
2026-03-24 10.8238 9.35344 12.50714 0.05885 0.02776 0.00055
2026-03-25 10.7715 9.29218 12.44426 0.05845 0.02768 0.00055
2026-03-26 10.8405 9.39466 12.5302 0.05885 0.02791 0.00056
2026-03-27 10.878 9.44517 12.54382 0.05907 0.02791 0.00056
"""
DAYS = {line[:10]: line.split()[1:] for line in TABLE.strip().splitlines()}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("EUR", "SEK", None, "10.878"),
    ("IDR", "SEK", None, "0.00056"),
    ("JPY", "USD", None, "0.05907/9.44517"),
    ("USD", "SEK", date(2026, 3, 22), "9.37922"),
]


def document(start: str, end: str) -> str:
    days = [day for day in DAYS if start <= day <= end]
    of = {f"SEK{code}PMI": [DAYS[day][n] for day in days] for n, code in enumerate(CODES)}
    of["SEKETT"] = ["1"] * len(days)
    rows = ",".join(
        f'{{"seriesId":"{series}","date":"{day}","value":{value}}}'
        for series, values in sorted(of.items())
        for day, value in zip(days, values, strict=True)
    )
    return f"[{rows}]"


def answer(asked: Asked) -> Reply:
    group, _, days = asked.path.partition("/130/")
    if group != "/swea/v1/Observations/ByGroup":
        return reply('{"statusCode": 404, "message": "Resource not found"}', 404)
    body = document(*days.split("/"))
    if body == "[]":
        return reply("", 204)
    return reply(body, content_type="application/json; charset=utf-8")
