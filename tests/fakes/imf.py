"""The IMF: its two reports of a month, tabs between the cells, in blocks of days."""

from __future__ import annotations

from datetime import date

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

_OCTOBER = [date(2026, 10, day) for day in (6, 7, 8, 9, 13, 14, 15, 16)]
_MARCH = [date(2026, 3, 2), date(2026, 3, 3)]

# March 2026 is the Fund's own.
REPORTS: dict[str, tuple[str, dict[str, dict[date, str]]]] = {
    "SDRCV": (
        "SDRs per Currency unit for",
        {
            "Euro": {
                _MARCH[0]: "0.8535140000",
                _MARCH[1]: "0.8512590000",
                **{day: f"0.81{7000 + 3 * day.day}0000" for day in _OCTOBER},
            },
            "Japanese yen": {
                _MARCH[0]: "0.0046651200",
                **{day: f"0.004612{10 + day.day}00" for day in _OCTOBER},
            },
            "U.S. dollar": {
                date(1995, 1, 3): "0.6843890000",
                _MARCH[0]: "0.7296240000",
                _MARCH[1]: "0.7334650000",
                **{day: f"0.73{1000 + 7 * day.day}0000" for day in _OCTOBER},
            },
            "U.A.E. dirham": {_OCTOBER[-1]: "0.1990810000"},
            "Indian rupee": {_MARCH[0]: "0.0079782700", _MARCH[1]: "NA"},
        },
    ),
    "REP": (
        "Representative Exchange Rates for Selected Currencies for",
        {
            "Euro(1)": {_MARCH[0]: "1.169800", _OCTOBER[-1]: "1.125400"},
            "U.S. dollar": {_MARCH[0]: "1.000000", _OCTOBER[-1]: "1.000000"},
            "Japanese yen": {_MARCH[0]: "156.400000", _OCTOBER[-1]: "158.010000"},
            "Korean won": {_MARCH[0]: "NA", _MARCH[1]: "1,435.400000"},
        },
    ),
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("EUR", "XDR", None, "0.8170480000"),
    ("XDR", "USD", None, "1/0.7311120000"),
    ("EUR", "USD", None, "0.8170480000/0.7311120000"),
    ("JPY", "XDR", date(2026, 10, 12), "0.0046121900"),
    ("INR", "XDR", date(2026, 3, 3), "0.0079782700"),
]

MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip


def answer(asked: Asked) -> Reply:
    report = REPORTS.get(asked.query.get("reportType", ""))
    if report is None or asked.path != "/external/np/fin/data/rms_mth.aspx":
        return reply("<html><body>404</body></html>", 404, content_type="text/html")
    last = date.fromisoformat(asked.query["SelectDate"])
    body = document(*report, last)
    return reply(body, content_type="application/vnd.ms-excel")


def document(title: str, rows: dict[str, dict[date, str]], month: date) -> str:
    title = f"{title} {MONTHS[month.month - 1]} {month:%Y}"
    days = sorted(
        {day for each in rows.values() for day in each if f"{day:%Y%m}" == f"{month:%Y%m}"}
    )
    blocks = []
    for block in (days[:6], days[6:]):
        names = "\t".join(f"{MONTHS[day.month - 1]} {day:%d, %Y}" for day in block)
        lines = [
            "\t".join([name, *(of.get(day, "NA") for day in block)]) for name, of in rows.items()
        ]
        if block:
            blocks.append("\r\n".join([f"Currency\t{names}", *lines]))
    notes = "\r\n\r\nNotes:\r\n\r\nThe value of the U.S. dollar in terms of the SDR is …\r\n"
    return f"{title}\r\n" + f"\r\n\r\n{title} Continued\r\n\r\n".join(blocks) + notes
