"""The Bank of Israel's statistics server, with a few days of 2026: its own columns, no keys."""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

PATH = "/FusionEdgeServer/sdmx/v2/data/dataflow/BOI.STATISTICS/EXR/1.0/"

HEADER = (
    "SERIES_CODE,FREQ,BASE_CURRENCY,COUNTER_CURRENCY,UNIT_MEASURE,DATA_TYPE,DATA_SOURCE,"
    "TIME_COLLECT,CONF_STATUS,PUB_WEBSITE,UNIT_MULT,COMMENTS,TIME_PERIOD,OBS_VALUE,RELEASE_STATUS"
)

# By currency: the power of ten that it is stated for, and the values of `DAYS`.
DAYS = ("2026-10-08", "2026-10-09", "2026-10-12", "2026-10-13", "2026-10-14", "2026-10-15",
        "2026-10-16")  # fmt: skip
VALUES = {
    "USD": (0, "3.077 3.057 3.07 3.075 3.077 3.102 3.095"),
    "EUR": (0, "3.4423 3.426 3.432 3.4404 3.4443 3.4769 3.4822"),
    "GBP": (0, "4.0642 4.0419 4.0626 4.0734 4.0816 4.1093 4.1266"),
    "JPY": (2, "1.944 1.932 1.935 1.945 1.942 1.964 1.958"),
    "LBP": (1, "0.0003 0.0003 0.0003 0.0003 0.0003 0.0003 0.0003"),
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "ILS", None, "3.095"),
    ("ILS", "USD", None, "1/3.095"),
    ("JPY", "ILS", date(2026, 10, 11), "0.01932"),
    ("LBP", "ILS", date(2026, 10, 12), "0.00003"),
    ("EUR", "JPY", date(2026, 10, 15), "3.4769/0.01964"),
]


def answer(asked: Asked) -> Reply:
    given = {**asked.query}
    start, end = given.pop("startperiod", ""), given.pop("endperiod", "9999")
    if asked.path != PATH or given != {"c[DATA_TYPE]": "OF00", "format": "csv"}:
        return reply("<html>The page was not found</html>", 404, content_type="text/html")
    lines = [
        f"RER_{code}_ILS,D,{code},ILS,ILS,OF00,BOI_MRKT,V,F,Y,{units},,{day},{value},YP"
        for code, (units, values) in VALUES.items()
        for day, value in zip(DAYS, values.split(), strict=True)
        if start <= day <= end
    ]
    if not lines:
        return reply("", 404)
    return reply("\n".join([HEADER, *lines, ""]), content_type="text/csv; charset=utf-8")
