"""What the Free Forex API answers, with a few made-up rates."""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 30)
MILLISECONDS = "1793361600000"  # 2026-10-30 12:00 UTC

RATES = {
    "AUDUSD": "0.65512",
    "EURGBP": "0.877256",
    "EURUSD": "1.117200",
    "GBPUSD": "1.273512",
    "NZDUSD": "0.572301",
    "USDCAD": "1.396885",
    "USDEUR": "0.895095",
    "USDJPY": "152.251",
    "USDUSD": "1",
    "USDXAU": "0.000365",
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "CAD", None, "1.396885"),
    ("EUR", "GBP", None, "0.877256"),
    ("EUR", "CAD", None, "1.560599922"),
    ("JPY", "CAD", None, "1396885/152251000"),
    ("USD", "EUR", TODAY, "10000/11172"),
]


def answer(asked: Asked) -> Reply:
    if asked.path != "/api/live":
        return reply("<h1>Not Found</h1>", 404)
    if not asked.query.get("pairs"):
        return refusal("'pairs' parameter is required", 1001)
    pairs = asked.query["pairs"].split(",")
    for pair in pairs:
        if pair not in RATES:
            return refusal(f"The currency pair '{pair}' was not recognised or supported", 1002)
    return live({pair: RATES[pair] for pair in pairs})


def live(rates: dict[str, str], timestamp: str = MILLISECONDS) -> Reply:
    rows = ",".join(
        f'"{pair}":{{"rate":{rate},"timestamp":{timestamp}}}' for pair, rate in rates.items()
    )
    return reply(f'{{"rates":{{{rows}}},"code":200}}')


def refusal(message: str, code: int) -> Reply:
    return reply({"message": message, "supportedPairs": list(RATES), "code": code})
