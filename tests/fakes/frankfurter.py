"""Frankfurter for a made-up week: v1 and v2, its paths, its bodies, its errors."""

from __future__ import annotations

from datetime import date, timedelta

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 30)

# 1 EUR as the ECB published it, and 1 USD in the blend, in which each bank has days of its own.
_ECB = {
    "1999-01-04": {"CAD": "1.8004", "HRK": "7.3412", "USD": "1.1789"},
    "2026-10-23": {"CAD": "1.5533", "JPY": "171.04", "USD": "1.11035"},
    "2026-10-29": {"CAD": "1.5598", "JPY": "171.35", "USD": "1.1164"},
    "2026-10-30": {"CAD": "1.5606", "JPY": "171.39", "USD": "1.1172"},
}
_BLEND = {
    "1948-01-01": {"CAD": "1"},
    "2015-06-30": {"CAD": "1.2369", "EUR": "0.89366"},
    "2026-10-23": {"CAD": "1.399", "EUR": "0.90062", "TWD": "31.913"},
    "2026-10-28": {"CAD": "1.3999", "EUR": "0.89621", "TWD": "31.902"},
    "2026-10-29": {"CAD": "1.3972", "EUR": "0.89574", "TWD": "31.877"},
    "2026-10-30": {"AED": "3.6725", "CAD": "1.3969", "EUR": "0.8951", "IDR": "16632"},
}
_NEVER_HEARD_OF = {"XTS", "XSU"}
_V2_ASKED = {"base", "quotes", "providers", "date", "from", "to", "group", "expand"}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "CAD", None, "1.3969"),
    ("EUR", "USD", None, "1/0.8951"),
    ("EUR", "CAD", None, "1.3969/0.8951"),
    ("CAD", "TWD", None, "31.877/1.3972"),  # the newest day that both have
    ("USD", "CAD", date(2026, 10, 25), "1.399"),
    ("EUR", "CAD", date(2015, 6, 30), "1.2369/0.89366"),
]


def answer(asked: Asked) -> Reply:
    """Answer as the hosted Frankfurter does."""
    if asked.path == "/v2/rates":
        return _v2(asked.query)
    if asked.path.startswith("/v1/"):
        return _v1(asked.path.removeprefix("/v1/"), asked.query)
    return reply({"status": 404, "message": "not found"}, 404)


def _v1(days: str, query: dict[str, str]) -> Reply:
    if query.get("base", "EUR") != "EUR":
        return reply({"message": "the fake converts nothing"}, 422)
    first, _, last = days.partition("..")
    found = _within(_ECB, first if last else str(TODAY), last or str(TODAY), query.get("symbols"))
    if not found:
        return reply({"message": "not found"}, 404)
    head = '{"amount":1.0,"base":"EUR",'
    if not last:
        (day,) = found
        return reply(f'{head}"date":"{day}","rates":{_object(found[day])}}}')
    spans = ",".join(f'"{day}":{_object(rates)}' for day, rates in found.items())
    ends = f'"start_date":"{min(found)}","end_date":"{max(found)}"'
    return reply(f'{head}{ends},"rates":{{{spans}}}}}')


def _v2(query: dict[str, str]) -> Reply:
    unknown = ", ".join(query.keys() - _V2_ASKED)
    if unknown:
        return _refused(f"unknown parameter: {unknown}")
    unheard_of = _NEVER_HEARD_OF.intersection(query.get("quotes", "").split(","))
    if unheard_of:
        return _refused(f"invalid currency: {','.join(sorted(unheard_of))}")
    first, last = date.fromisoformat(query["from"]), date.fromisoformat(query["to"])
    providers = query.get("providers")
    if providers and "quotes" not in query and last - first > timedelta(days=5 * 366):
        return _refused("range too long")
    base, data = ("EUR", _ECB) if providers == "ECB" else ("USD", _BLEND)
    if query.get("base", "EUR") != base:
        return _refused("the fake converts nothing")
    if providers not in (None, "ECB", "BOC,ECB"):
        return reply([])
    rows = [
        row(day, base, quote, rate)
        for day, rates in _within(data, str(first), str(last), query.get("quotes")).items()
        for quote, rate in rates.items()
    ]
    if rows and "quotes" not in query:
        rows.append(row(str(last), base, base, "1.0"))
    return reply(f"[{','.join(rows)}]")


def row(day: str, base: str, quote: str, rate: object) -> str:
    """A row of v2; a rate may be any text that JSON has for it."""
    return f'{{"date":"{day}","base":"{base}","quote":"{quote}","rate":{rate}}}'


def _within(
    data: dict[str, dict[str, str]], first: str, last: str, quotes: str | None
) -> dict[str, dict[str, str]]:
    """The days from first to last, and the one before where there is nothing on the first."""
    if first not in data:
        first = max((day for day in data if day < first), default=first)
    wanted = quotes.split(",") if quotes else None
    found = {
        day: {code: rate for code, rate in rates.items() if wanted is None or code in wanted}
        for day, rates in data.items()
        if first <= day <= last
    }
    return {day: rates for day, rates in found.items() if rates}


def _object(rates: dict[str, str]) -> str:
    return "{" + ",".join(f'"{code}":{rate}' for code, rate in rates.items()) + "}"


def _refused(message: str) -> Reply:
    return reply({"status": 422, "message": message}, 422)
