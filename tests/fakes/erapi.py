"""What ExchangeRate-API's open access answers, with a few made-up rates."""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 30)

BODY = """{"result":"success","provider":"https://www.exchangerate-api.com",\
"documentation":"https://www.exchangerate-api.com/docs/free",\
"terms_of_use":"https://www.exchangerate-api.com/terms","time_last_update_unix":1793318551,\
"time_last_update_utc":"Fri, 30 Oct 2026 00:02:31 +0000","time_next_update_unix":1793405421,\
"time_next_update_utc":"Sat, 31 Oct 2026 00:10:21 +0000","time_eol_unix":0,"base_code":"USD",\
"rates":{"USD":1,"BBD":2,"CAD":1.396885,"EUR":0.895095,"FOK":6.679415,"GBP":0.78523,"JPY":152.25}}"""

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "CAD", None, "1.396885"),
    ("BBD", "USD", None, "1/2"),
    ("EUR", "GBP", None, "785230/895095"),
    ("USD", "JPY", TODAY, "152.25"),
]


def answer(asked: Asked) -> Reply:
    if asked.path == "/v6/latest/USD":
        return reply(BODY)
    return reply({"result": "error", "error-type": "unsupported-code"})
