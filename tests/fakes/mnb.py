"""The Magyar Nemzeti Bank: XML within SOAP.

The figures from 2025-03-24 to 2025-03-28 are those that it published, the others are made up.
"""

from __future__ import annotations

import re
from datetime import date
from html import escape

from providers import Asked, Reply, reply

TODAY = date(2025, 3, 28)

# By currency: for how many units.
UNITS = {"EUR": 1, "USD": 1, "GBP": 1, "CHF": 1, "JPY": 100, "IDR": 100, "KRW": 100}
TABLE = """
2025-03-28 402,61 373,72 484,00 423,43 248,17 2,26 25,45
2025-03-27 400,47 371,80 480,40 420,45 246,34 2,25 25,37
2025-03-26 400,28 370,80 478,67 419,60 247,00 2,24 25,32
2025-03-25 398,94 369,39 477,66 418,00 245,44 2,23 25,17
2025-03-24 398,44 367,60 476,45 416,87 245,77 2,22 25,06
2025-03-21 398,21 367,95 475,52 416,40 246,61 2,23 25,11
2025-03-20 398,65 366,61 475,18 415,81 246,90 2,22 25,02
2025-03-19 399,12 366,14 475,33 416,55 244,46 2,22 25,14
2025-03-18 398,07 364,30 473,60 415,02 243,35 2,22 25,08
2025-03-17 399,80 366,25 474,27 415,84 246,02 2,24 25,33
1999-01-04 252,16 213,33 354,15 -      190,02 -    -
"""
DAYS = {line[:10]: line.split()[1:] for line in TABLE.strip().splitlines()}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("EUR", "HUF", None, "402.61"),
    ("IDR", "HUF", None, "0.0226"),
    ("JPY", "USD", None, "2.4817/373.72"),
    ("USD", "HUF", date(2025, 3, 24), "367.60"),
]


def envelope(result: str) -> str:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<GetExchangeRatesResponse xmlns="http://www.mnb.hu/webservices/" '
        'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><GetExchangeRatesResult>'
        f"{escape(result, quote=False)}"
        "</GetExchangeRatesResult></GetExchangeRatesResponse></s:Body></s:Envelope>"
    )


def document(start: str, end: str, codes: list[str]) -> str:
    days = ""
    for day, values in DAYS.items():
        if start <= day <= end:
            rows = "".join(
                f'<Rate unit="{units}" curr="{code}">{value}</Rate>'
                for (code, units), value in zip(UNITS.items(), values, strict=True)
                if code in codes and value != "-"
            )
            days += f'<Day date="{day}">{rows}</Day>'
    return f"<MNBExchangeRates>{days}</MNBExchangeRates>"


def answer(asked: Asked) -> Reply:
    action = asked.headers.get("soapaction", "").rpartition("/")[2].strip('"')
    if (asked.method, asked.path, action) != ("POST", "/arfolyamok.asmx", "GetExchangeRates"):
        return reply("", 404)
    said = dict(re.findall(r"<web:(\w+)>([^<]*)</web:\1>", asked.content.decode()))
    codes = said["currencyNames"].split(",")
    body = envelope(document(said["startDate"], said["endDate"], codes))
    return reply(body, content_type="text/xml; charset=utf-8")
