"""The Czech National Bank: its document of each year.

The figures of 2026 are those that it published, the others are made up.
"""

from __future__ import annotations

import json
from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 4, 2)

# By currency: for how many units.
UNITS = {"EUR": 1, "USD": 1, "GBP": 1, "CHF": 1, "HUF": 100, "JPY": 100, "IDR": 1000, "XDR": 1}
TABLE = """
1991-01-02 -       28.010  53.910  21.780  -       20.645  -       -
2025-12-30 24.240  20.607  27.816  26.013  6.271   13.187  1.228   28.225
2025-12-31 24.245  20.632  27.784  26.035  6.290   13.175  1.232   28.240
2026-01-02 24.170  20.611  27.718  25.997  6.304   13.141  1.233   28.227
2026-01-05 24.195  20.742  27.880  26.063  6.291   13.226  1.239   28.385
2026-03-20 24.505  21.204  28.342  26.934  6.244   13.353  1.249   28.807
2026-03-23 24.445  21.089  28.280  26.795  6.281   13.299  1.242   28.751
2026-03-24 24.475  21.138  28.279  26.762  6.277   13.303  1.245   28.791
2026-03-25 24.445  21.091  28.250  26.700  6.280   13.268  1.247   28.765
2026-03-26 24.475  21.208  28.300  26.742  6.307   13.288  1.255   28.938
2026-03-27 24.545  21.315  28.299  26.747  6.297   13.328  1.256   28.984
2026-03-30 24.555  21.398  28.295  26.734  6.304   13.416  1.259   29.073
2026-03-31 24.515  21.333  28.232  26.666  6.360   13.372  1.255   28.966
2026-04-01 24.520  21.129  28.147  26.696  6.414   13.343  1.244   28.659
2026-04-02 24.540  21.291  28.125  26.635  6.392   13.338  1.253   29.042
"""
DAYS = {line[:10]: line.split()[1:] for line in TABLE.strip().splitlines()}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("EUR", "CZK", None, "24.540"),
    ("HUF", "CZK", None, "0.06392"),
    ("IDR", "CZK", None, "0.001253"),
    ("JPY", "USD", None, "0.13338/21.291"),
    ("USD", "CZK", date(2026, 3, 29), "21.315"),
    ("EUR", "CZK", date(2026, 1, 2), "24.170"),
]


def document(year: int) -> str:
    rows = ",".join(
        f'{{"currencyCode":{json.dumps(code)},"amount":{units},"validFor":"{day}","rate":{value}}}'
        for day, values in DAYS.items()
        if day.startswith(f"{year}-")
        for (code, units), value in zip(UNITS.items(), values, strict=True)
        if value != "-"
    )
    return f'{{"rates":[{rows}]}}'


def answer(asked: Asked) -> Reply:
    if asked.path != "/cnbapi/exrates/daily-year" or asked.query["lang"] != "EN":
        return reply("", 404)
    return reply(document(int(asked.query["year"])), content_type="application/json")
