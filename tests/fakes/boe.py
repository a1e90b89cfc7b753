"""The Bank of England: a column of CSV for each series.

The figures from 2026-03-17 to 2026-03-20 are those that it published, the others are made up.
"""

from __future__ import annotations

from datetime import date, datetime

from providers import Asked, Reply, reply

TODAY = date(2026, 3, 20)

SERIES = {
    "XUDLUSS": "USD", "XUDLERS": "EUR", "XUDLJYS": "JPY", "XUDLSFS": "CHF", "XUDLBK33": "HUF",
    "XUDLBK93": "KRW", "XUDLZOS4": "RON",
}  # fmt: skip
TABLE = """
2000-01-04 1.6362 1.5900 168.3900 2.5483 -        -         -
2026-03-05 1.3372 1.1511 210.3310 1.0432 446.1250 1981.0210 5.8634
2026-03-06 1.3401 1.1534 210.9852 1.0449 447.8321 1985.6602 5.8752
2026-03-09 1.3388 1.1540 211.2023 1.0455 448.2210 1984.1175 5.8781
2026-03-10 1.3351 1.1529 211.0467 1.0447 447.0912 1979.9930 5.8725
2026-03-11 1.3367 1.1548 211.5128 1.0462 449.6044 1983.2516 5.8820
2026-03-12 1.3320 1.1551 211.7340 1.0470 450.8832 1980.4409 5.8837
2026-03-13 1.3315 1.1560 211.9055 1.0476 451.3107 1982.6624 5.8883
2026-03-16 1.3329 1.1568 212.0414 1.0479 450.7758 1984.9037 5.8921
2026-03-17 1.3343 1.1577 212.1937 1.0484 450.2329 1986.5526 5.8963
2026-03-18 1.3323 1.1572 212.4739 1.0514 453.5645 1998.788  5.8927
2026-03-19 1.3359 1.1602 211.3327 1.0586 455.6221 1997.0302 5.9136
2026-03-20 1.3302 1.1523 211.833  1.0496 452.5303 2000.9579 5.8721
"""
DAYS = {line[:10]: line.split()[1:] for line in TABLE.strip().splitlines()}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("GBP", "USD", None, "1.3302"),
    ("GBP", "KRW", None, "2000.9579"),
    ("EUR", "USD", None, "1.3302/1.1523"),
    ("GBP", "CHF", date(2026, 3, 15), "1.0476"),
]


def document(start: date, end: date, series: list[str]) -> str:
    """The table; a series that the fake does not have is an empty column."""
    columns = {code: [*SERIES].index(code) for code in series if code in SERIES}
    rows = [
        ",".join(
            [
                f"{date.fromisoformat(day):%d %b %Y}",
                *(values[columns[each]].strip("-") if each in columns else "" for each in series),
            ]
        )
        for day, values in DAYS.items()
        if start <= date.fromisoformat(day) <= end
    ]
    return "".join(f"{line}\r\n" for line in (",".join(["DATE", *series]), *rows))


def answer(asked: Asked) -> Reply:
    query = asked.query
    wanted = {"csv.x": "yes", "UsingCodes": "Y", "CSVF": "TN"}
    if asked.path != "/boeapps/database/_iadb-fromshowcolumns.asp" or not (
        wanted.items() <= query.items()
    ):
        return reply("<html>Error</html>", 404, content_type="text/html")
    start, end = (
        datetime.strptime(query[name], "%d/%b/%Y").date()  # noqa: DTZ007 - a day
        for name in ("Datefrom", "Dateto")
    )
    body = document(start, end, query["SeriesCodes"].split(","))
    return reply(body, content_type="application/csv")
