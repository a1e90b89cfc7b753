"""The Bank of Canada's Valet service, with a few days of 2026 around Thanksgiving."""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

# No rates on Monday 2026-10-12, Thanksgiving. MYR ended long before.
SERIES = {
    "FXUSDCAD": {"10-08": "1.3925", "10-09": "1.3950", "10-14": "1.4010", "10-16": "1.4000"},
    "FXEURCAD": {"10-08": "1.6201", "10-09": "1.6225", "10-14": "1.6310", "10-16": "1.6250"},
    "FXJPYCAD": {"10-08": "0.009120", "10-09": "0.009150", "10-16": "0.009140"},
    "FXCADIDR": {"10-08": "12345.6790", "10-09": "12330.4562", "10-16": "12346.0000"},
}
VALUES = {
    name: {date.fromisoformat(f"2026-{day}"): value for day, value in values.items()}
    for name, values in SERIES.items()
} | {"FXMYRCAD": {date(2024, 5, 1): "0.2889"}}
VALUES["FXUSDCAD"][date(2017, 1, 3)] = "1.3435"

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "CAD", None, "1.4000"),
    ("CAD", "USD", None, "1/1.4000"),
    ("EUR", "USD", None, "1.6250/1.4000"),
    ("CAD", "IDR", None, "12346.0000"),
    ("USD", "CAD", date(2026, 10, 12), "1.3950"),
    ("EUR", "JPY", date(2026, 10, 9), "1.6225/0.009150"),
]


def answer(asked: Asked) -> Reply:
    *_, kind, names, form = asked.path.split("/")
    if (kind, form) != ("observations", "json"):
        return reply("<html>Page not found</html>", 404)
    series = names.split(",")
    for name in series:
        if name not in VALUES:
            docs = "https://www.bankofcanada.ca/valet/docs"
            return reply({"message": f"Series {name} not found.", "docs": docs}, 404)
    start = date.fromisoformat(asked.query.get("start_date", "2017-01-03"))
    end = date.fromisoformat(asked.query.get("end_date", str(TODAY)))
    if end < start:
        return reply({"message": "The End date must be greater than the Start date."}, 400)
    recent = int(asked.query.get("recent", 0))
    rows: dict[date, dict[str, object]] = {}
    for name in series:
        days = sorted(day for day in VALUES[name] if start <= day <= end)
        for day in days[-recent:]:
            rows.setdefault(day, {"d": str(day)})[name] = {"v": VALUES[name][day]}
    detail = {
        name: {
            "label": f"{name[2:5]}/{name[5:]}",
            "description": f"{name[2:5]} to {name[5:]} daily exchange rate",
            "dimension": {"key": "d", "name": "date"},
        }
        for name in series
    }
    return reply(
        {
            "terms": {"url": "https://www.bankofcanada.ca/terms/"},
            "seriesDetail": detail,
            "observations": [rows[day] for day in sorted(rows)],
        }
    )
