"""Norges Bank's data warehouse, with a few days of 2026, one index, and one currency that ended."""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

HEADER = (
    "FREQ,BASE_CUR,QUOTE_CUR,TENOR,DECIMALS,CALCULATED,UNIT_MULT,COLLECTION,TIME_PERIOD,OBS_VALUE"
)

# By series: digits, calculated, exponent of the units; and the values, zeros at the end left out.
SERIES: dict[str, tuple[str, dict[str, str]]] = {
    "USD": (
        "4,false,0",
        {"2026-10-09": "9.7134", "2026-10-14": "9.65", "2026-10-16": "9.6875"},
    ),
    "EUR": (
        "4,false,0",
        {"2026-10-09": "11.149", "2026-10-14": "11.2015", "2026-10-16": "11.225"},
    ),
    "JPY": ("4,false,2", {"2026-10-09": "6.1037", "2026-10-14": "6.006", "2026-10-16": "6.1065"}),
    "IDR": ("6,false,2", {"2026-10-09": "0.057256", "2026-10-16": "0.057"}),
    "XDR": ("5,true,0", {"2026-10-09": "13.19587", "2026-10-16": "13.2271"}),
    "TWI": ("2,true,0", {"2026-10-09": "127.35", "2026-10-16": "127.4"}),
    "HRK": ("2,false,2", {"2022-12-29": "139.12", "2022-12-30": "139.54"}),
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "NOK", None, "9.6875"),
    ("JPY", "NOK", None, "0.061065"),
    ("NOK", "JPY", None, "1/0.061065"),
    ("EUR", "JPY", None, "11.225/0.061065"),
    ("IDR", "NOK", date(2026, 10, 11), "0.00057256"),
    ("HRK", "NOK", date(2022, 12, 31), "1.3954"),
]


def answer(asked: Asked) -> Reply:
    *path, key = asked.path.split("/")
    frequency, bases, *rest = key.split(".")
    known = path == ["", "api", "data", "EXR"] and (frequency, rest) == ("B", ["NOK", "SP"])
    if not known or asked.query.get("format") != "csvdata":
        return reply({"errors": [{"code": 404, "message": "Could not find the dataflow"}]}, 404)
    wanted = bases.split("+") if bases else list(SERIES)
    start, end = asked.query.get("startPeriod", ""), asked.query.get("endPeriod", "9999")
    newest = int(asked.query.get("lastNObservations", 0))
    lines = []
    for base in wanted:
        attributes, values = SERIES.get(base, ("", {}))
        days = sorted(day for day in values if start <= day <= end)
        lines += [f"B,{base},NOK,SP,{attributes},C,{day},{values[day]}" for day in days[-newest:]]
    if not lines:
        flow = "urn:sdmx:org.sdmx.infomodel.datastructure.Dataflow=NB:EXR(1.0)"
        message = f"No data for data query against the dataflow: {flow}"
        return reply({"errors": [{"code": 404, "message": message}]}, 404)
    return reply("\n".join([HEADER, *lines, ""]), content_type="text/csv;charset=UTF-8")
