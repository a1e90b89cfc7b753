"""Open Exchange Rates for a made-up week: its paths, its bodies, its errors."""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 30)
APP_ID = "0123456789abcdef0123456789abcdef"

# By day: when it was last updated (the 28th at the midnight that ends it), and 1 USD in …
_DAYS = {
    "2001-02-16": (982342800, {"CAD": "1.5332", "EUR": "1.0971", "ZMK": "3650.5"}),
    "2026-10-24": (1792886399, {"BTC": "0.000011", "CAD": "1.4", "EUR": "0.89"}),
    "2026-10-25": (1792972799, {"BTC": "0.000012", "CAD": "1.401", "EUR": "0.891"}),
    "2026-10-28": (1793232000, {"BTC": "0.000015", "CAD": "1.4002", "EUR": "0.8934"}),
    "2026-10-29": (1793318399, {"BTC": "0.000016", "CAD": "1.398", "EUR": "0.894"}),
    "2026-10-30": (
        1793386800,
        {"BTC": "0.000014628", "CAD": "1.397", "EUR": "0.8951", "JPY": "153.4125", "VEF": "2.5e+7"},
    ),
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "CAD", None, "1.397"),
    ("JPY", "USD", None, "1/153.4125"),
    ("EUR", "CAD", None, "1.397/0.8951"),
    ("USD", "BTC", None, "0.000014628"),
    ("EUR", "CAD", date(2026, 10, 28), "1.4002/0.8934"),
    ("USD", "CAD", date(2026, 10, 25), "1.401"),
    ("EUR", "ZMK", date(2001, 2, 16), "3650.5/1.0971"),
]


def answer(asked: Asked) -> Reply:
    """Answer as api/latest.json and api/historical/DAY.json do."""
    app_id = asked.query.get("app_id")
    if app_id != APP_ID:
        message = "invalid_app_id" if app_id else "missing_app_id"
        return error(401, message, "Invalid App ID - please sign up.")
    if asked.query.get("base", "USD") != "USD":
        return error(403, "not_allowed", "Changing the API `base` currency is not in your plan.")
    day = asked.path.removeprefix("/historical/").removesuffix(".json")
    if asked.path == "/latest.json":
        day = str(TODAY)
    elif not asked.path.startswith("/historical/"):
        return error(404, "not_found", "Invalid API endpoint - please check the docs.")
    if day not in _DAYS:
        return error(400, "not_available", "Historical rates for the requested date are not …")
    timestamp, rates = _DAYS[day]
    return reply(body(timestamp, **rates))


def body(timestamp: object, base: str = "USD", **rates: object) -> str:
    """The body of an answer; a rate may be any text that JSON has for it."""
    pairs = ",\n    ".join(f'"{code}": {rate}' for code, rate in (*rates.items(), ("USD", "1")))
    return (
        '{\n  "disclaimer": "Usage subject to terms",\n  "license": "Resale prohibited",\n'
        f'  "timestamp": {timestamp},\n  "base": "{base}",\n  "rates": {{\n    {pairs}\n  }}\n}}'
    )


def error(status: int, message: str, description: str = "") -> Reply:
    """An error, as the provider words it."""
    said = {"error": True, "status": status, "message": message, "description": description}
    return reply(said, status)
