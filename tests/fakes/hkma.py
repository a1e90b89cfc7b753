"""The Hong Kong Monetary Authority: its records of days, the newest first.

The figures from 2026-02-25 on are those that it published, the others are made up.
"""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 2, 28)

COLUMNS = ("usd", "gbp", "jpy", "cny", "krw", "eur", "idr", "special_drawing_rights")
TABLE = """
2026-02-28 7.8245000000000005 10.549 0.05012 1.14015 0.005433 9.245 0.0004666 null
2026-02-27 7.825 10.536 0.05015 1.1417 0.005433 9.236 0.0004666 10.75757525
2026-02-26 7.825 10.6045 0.05013 1.14465 0.005485 9.247 0.000467 10.76430475
2026-02-25 7.822 10.578 0.0502 1.13945 0.005473 9.235 0.0004659 10.7563
2026-02-24 7.8205 10.561 0.05031 1.13822 0.005451 9.229 0.0004654 10.7502
2026-02-23 7.819 10.549 0.05044 1.13752 0.005432 9.221 0.0004649 10.7461
2026-02-21 7.8175 10.538 0.05035 1.13611 0.005421 9.211 0.0004642 null
2026-02-20 7.8165 10.533 0.05033 1.13543 0.005418 9.205 0.0004640 10.7350
2026-02-16 7.8155 10.669 0.05112 1.13120 0.005422 9.264 0.0004641 10.7410
2026-02-14 7.8150 10.662 0.05109 1.13105 0.005420 9.261 0.0004640 null
2026-02-13 7.8150 10.661 0.05110 1.13101 0.005419 9.260 0.0004639 10.7400
1981-01-02 5.1300 12.270 0.02529 null null null null null
"""
DAYS = {line[:10]: line.split()[1:] for line in TABLE.strip().splitlines()}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "HKD", None, "7.8245000000000005"),
    ("IDR", "HKD", None, "0.0004666"),
    ("JPY", "EUR", None, "0.05012/9.245"),
    ("GBP", "HKD", date(2026, 2, 22), "10.538"),
]


def document(start: str, end: str, most: int) -> str:
    days = [day for day in DAYS if start <= day <= end][:most]
    records = ",".join(
        f'{{"end_of_day":"{day}",'
        + ",".join(f'"{name}":{value}' for name, value in zip(COLUMNS, DAYS[day], strict=True))
        + ',"dem":null,"neeri_2020_trade_wgt":101.2}'
        for day in days
    )
    return (
        '{"header":{"success":true,"err_code":"0000","err_msg":"No error found"},'
        f'"result":{{"datasize":{len(days)},"records":[{records}]}}}}'
    )


def answer(asked: Asked) -> Reply:
    if not asked.path.endswith("/monthly-statistical-bulletin/er-ir/er-eeri-daily"):
        return reply("", 404)
    query = {"from": "1980-01-01", "to": "9999-12-31", **asked.query}
    assert (query["choose"], query["sortorder"], query["offset"]) == ("end_of_day", "desc", "0")
    body = document(query["from"], query["to"], int(query["pagesize"]))
    return reply(body, content_type="application/json")
