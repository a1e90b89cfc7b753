"""The ECB's data portal, with a few days and periods of 2026, and one currency that ended."""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

HEADER = (
    "KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,"
    "OBS_CONF,TIME_FORMAT,DECIMALS,TITLE,UNIT,UNIT_MULT"
)

CURRENCIES = ("USD", "JPY", "HUF", "GBP", "IDR")

# By frequency and suffix: the periods with the values of `CURRENCIES`, as the ECB published them;
# averages are the means of its daily rates.
VALUES: dict[str, dict[str, str]] = {
    "D.A": {
        "2026-09-29": "1.1355 178.41 366.38 0.85718 20350.09",
        "2026-09-30": "1.1355 178.27 366.2 0.85463 20315.34",
        "2026-10-07": "1.1177 176.85 366.75 0.84645 19974.25",
        "2026-10-08": "1.1186 177.05 366.25 0.84698 20045.31",
        "2026-10-09": "1.1206 177.34 365.08 0.84763 20036.94",
        "2026-10-12": "1.1181 177.33 365.13 0.84478 20036.18",
        "2026-10-15": "1.1208 177.06 363.6 0.8461 20112.25",
        "2026-10-16": "1.1253 177.82 363.08 0.84385 20290.28",
    },
    "M.A": {
        "2026-08": "1.1593095238095 184.1019047619048 363.382380952381 0.8560557142857 "
        "20641.1147619047619",
        "2026-09": "1.1513227272727 180.0440909090909 364.9259090909091 0.858125 "
        "20426.1809090909091",
    },
    "M.E": {
        "2026-08": "1.1596 185.22 364.35 0.85648 20536.52",
        "2026-09": "1.1355 178.27 366.2 0.85463 20315.34",
    },
    "Q.A": {
        "2026-Q2": "1.1628838709677 185.3358064516129 360.1687096774194 0.8661525806452 "
        "20418.7259677419355",
        "2026-Q3": "1.1505272727273 183.2501515151515 362.5328787878788 0.8559995454545 "
        "20542.5951515151515",
    },
    "Q.E": {"2026-Q3": "1.1355 178.27 366.2 0.85463 20315.34"},
    "A.A": {
        "2025": "1.1299831372549 169.0434509803922 397.7674901960784 0.8567923137255 "
        "18623.0583529411765"
    },
    "A.E": {"2025": "1.175 184.09 385.15 0.8726 19640.83"},
}
ENDED = {"D.A": {"2022-12-29": "7.5363", "2022-12-30": "7.5365"}}  # HRK

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("EUR", "USD", None, "1.1253"),
    ("USD", "EUR", None, "1/1.1253"),
    ("USD", "JPY", None, "177.82/1.1253"),
    ("EUR", "IDR", date(2026, 10, 11), "20036.94"),
    ("EUR", "HRK", date(2022, 12, 31), "7.5365"),
]


def answer(asked: Asked) -> Reply:
    *path, key = asked.path.split("/")
    frequency, codes, *rest, suffix = key.split(".")
    if path != ["", "service", "data", "EXR"] or rest != ["EUR", "SP00"]:
        return reply({"title": "Not Found", "status": 404}, 404)
    if asked.query.get("format") != "csvdata":
        return reply("<mes:GenericData/>", content_type="application/vnd.sdmx.genericdata+xml")
    wanted = codes.split("+") if codes else [*CURRENCIES, "HRK"]
    start, end = asked.query.get("startPeriod", ""), asked.query.get("endPeriod", "9999")
    newest = int(asked.query.get("lastNObservations", 0))
    lines = []
    for code in wanted:
        values = {}
        if code in CURRENCIES:
            by_period = VALUES[f"{frequency}.{suffix}"].items()
            values = {at: row.split()[CURRENCIES.index(code)] for at, row in by_period}
        elif code == "HRK":
            values = ENDED.get(f"{frequency}.{suffix}", {})
        periods = sorted(at for at in values if start <= at <= end)[-newest:]
        lines += [_line(f"{frequency}.{code}.EUR.SP00.{suffix}", at, values[at]) for at in periods]
    if not lines:
        detail = {"type": asked.path, "title": "Not Found", "detail": "No results found."}
        return reply({**detail, "status": 404, "instance": asked.path}, 404)
    return reply("\n".join([HEADER, *lines, ""]), content_type="text/csv")


def _line(key: str, at: str, value: str) -> str:
    dimensions = key.replace(".", ",")
    code = key.split(".")[1]
    title = f'"ECB reference exchange rate, {code}/Euro, 2.15 pm (C.E.T.)"'
    return f"EXR.{key},{dimensions},{at},{value},A,F,P1{key[0]},4,{title},{code},0"
