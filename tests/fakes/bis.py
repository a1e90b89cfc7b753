"""The BIS, with three months of 2026: a row a country, also where several have one currency."""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 9, 30)

HEADER = (
    "DATAFLOW,FREQ,REF_AREA,CURRENCY,COLLECTION,TIME_PERIOD,OBS_VALUE,UNIT_MULT,DECIMALS,"
    "AVAILABILITY,TITLE,OBS_STATUS,OBS_PRE_BREAK,OBS_CONF"
)

MONTHS = ("2026-07", "2026-08", "2026-09")

# By area and currency: the values of `MONTHS`. Members of the euro area are a trap, and so is the
# rate of a currency union that one of its countries states otherwise.
VALUES = {
    "BG EUR": "0.871 0.863 0.881",
    "DE EUR": "0.870701 0.862366 0.880669",
    "XM EUR": "0.870701 0.862366 0.880669",
    "JP JPY": "160.235 159.7275 156.997",
    "DK DKK": "6.508663 6.446275 6.583443",
    "KI AUD": "1.4 1.4 1.4",
    "AU AUD": "1.424902 1.396257 1.435227",
    "TR TRY": "47.525381617242 48.262159720572 49.017701640572",
    "GW XOF": "570 565 577",
    "WA XOF": "571.14251 565.675033 577.680984",
    "NE XOF": "571.14251 565.675033 577.680984",
    "DM XCD": "2.7 2.7 2.7",
    "LC XCD": "2.7 2.7 2.7",
    "US USD": "1 1 1",
    "SL SLL": "22.7 22.7 22.8",
    "ST STD": "21479.9 21500.1 21600.2",
}
FORMER = {
    "HR HRK": {"2022-11": "7.2516", "2022-12": "7.0642"},
    "DK DKK": {"1957-01": "6.907", "1957-02": "6.907"},
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "EUR", None, "0.880669"),
    ("EUR", "JPY", None, "156.997/0.880669"),
    ("USD", "AUD", date(2026, 9, 29), "1.396257"),
    ("USD", "TRY", date(2026, 9, 30), "49.017701640572"),
    ("USD", "XOF", date(2026, 8, 31), "565.675033"),
    ("USD", "HRK", date(2022, 12, 30), "7.2516"),
]


def answer(asked: Asked) -> Reply:
    if asked.headers.get("accept") != "application/vnd.sdmx.data+csv;version=1.0.0":
        return reply("<message:StructureSpecificData/>", content_type="application/xml")
    if asked.path != "/api/v2/data/dataflow/BIS/WS_XRU/1.0/M...E":
        return reply("", 404)
    newest = int(asked.query.get("lastNObservations", 0))
    said = asked.query.get("c[TIME_PERIOD]", "ge:0000+le:9999")
    start, end = (each.partition(":")[2] for each in said.split("+"))
    series = {each: dict(zip(MONTHS, row.split(), strict=True)) for each, row in VALUES.items()}
    lines = []
    for each, former in FORMER.items():
        series[each] = former | series.get(each, {})
    for each, values in series.items():
        area, code = each.split()
        months = sorted(month for month in values if start <= month <= end)[-newest:]
        lines += [
            f"BIS:WS_XRU(1.0),M,{area},{code},E,{month},{values[month]},0,6,A, Exchange rates "
            f"against USD {area} - {code} - Monthly - End of period,A,,F"
            for month in months
        ]
    if not lines:
        return reply("", 404)
    return reply("\n".join([HEADER, *lines, ""]), content_type="text/csv;charset=UTF-8")
