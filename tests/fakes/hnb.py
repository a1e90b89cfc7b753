"""The Croatian National Bank: its lists per euro. The figures are those that it published."""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2023, 1, 6)

# By day, of each currency: what the bank sells it at, the middle, and what it buys it at.
CODES = ("USD", "GBP", "CHF", "JPY", "HUF", "BAM")
TABLE = """
2023-01-02 1,065000 1,066600 1,068200 0,885600 0,886930 0,888260 0,983200 0,984700 0,986200 \
140,450000 140,660000 140,870000 400,270000 400,870000 401,470000 1,952900 1,955830 1,958760
2023-01-03 1,066700 1,068300 1,069900 0,884970 0,886300 0,887630 0,985800 0,987300 0,988800 \
139,410000 139,620000 139,830000 400,430000 401,030000 401,630000 1,952900 1,955830 1,958760
2023-01-04 1,052900 1,054500 1,056100 0,879160 0,880480 0,881800 0,986400 0,987900 0,989400 \
137,720000 137,930000 138,140000 402,730000 403,330000 403,930000 1,952900 1,955830 1,958760
2023-01-05 1,058300 1,059900 1,061500 0,879440 0,880760 0,882080 0,982800 0,984300 0,985800 \
138,530000 138,740000 138,950000 395,260000 395,850000 396,440000 1,952900 1,955830 1,958760
2023-01-06 1,058500 1,060100 1,061700 0,881710 0,883030 0,884350 0,982400 0,983900 0,985400 \
140,740000 140,950000 141,160000 396,280000 396,880000 397,480000 1,952900 1,955830 1,958760
"""
SERIES = ("bid", "mid", "ask")
DAYS = {line[:10]: line.split()[1:] for line in TABLE.strip().splitlines()}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("EUR", "USD", None, "1.060100"),
    ("EUR", "JPY", None, "140.950000"),
    ("GBP", "USD", None, "1.060100/0.883030"),
    ("EUR", "HUF", date(2023, 1, 4), "403.330000"),
]


def of(day: str, code: str, series: str) -> str:
    """The figure as it was published."""
    return DAYS[day][3 * CODES.index(code) + SERIES.index(series)]


def document(start: str, end: str) -> str:
    rows = ",".join(
        f'{{"broj_tecajnice":"{number}","datum_primjene":"{day}","drzava":"-","drzava_iso":"-",'
        f'"kupovni_tecaj":"{of(day, code, "ask")}","prodajni_tecaj":"{of(day, code, "bid")}",'
        f'"sifra_valute":"000","srednji_tecaj":"{of(day, code, "mid")}","valuta":"{code}"}}'
        for number, day in enumerate(DAYS, 1)
        if start <= day <= end
        for code in CODES
    )
    return f"[{rows}]"


def answer(asked: Asked) -> Reply:
    if asked.path != "/tecajn-eur/v3":
        return reply("", 404)
    body = document(asked.query["datum-primjene-od"], asked.query["datum-primjene-do"])
    return reply(body, content_type="application/json;charset=UTF-8")
