"""Banco de México's SIE: its series by number, with the token in a header, errors with 400."""

from __future__ import annotations

import re
from datetime import date

from fakes.openexchangerates import APP_ID as TOKEN
from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

# The figures of November 2020 and the FIX of 18 August 2026 are the bank's own, of determination
# and of settlement; the others are made up.
_FIX = {
    "1991-11-12": "3.0735",
    "2020-11-25": "20.0465", "2020-11-26": "20.0467", "2020-11-27": "20.0777",
    "2026-08-17": "17.0701", "2026-08-18": "17.0638", "2026-08-19": "17.0912",
    "2026-08-20": "17.1144",
    "2026-10-06": "18.1022", "2026-10-07": "18.1547", "2026-10-08": "18.1763",
    "2026-10-09": "18.2017", "2026-10-12": "N/E", "2026-10-13": "18.2933",
    "2026-10-14": "18.4102", "2026-10-15": "18.5221", "2026-10-16": "18.3838",
}  # fmt: skip
_SETTLEMENT = {
    "2020-11-26": "20.0577", "2020-11-27": "20.0465", "2026-08-20": "17.0638",
    "2026-08-21": "17.0912", "2026-08-24": "17.1144",
    "2026-10-13": "18.1763", "2026-10-14": "18.2017", "2026-10-15": "18.2933",
    "2026-10-16": "18.4102", "2026-10-19": "18.5221", "2026-10-20": "18.3838",
}  # fmt: skip
SERIES = {
    "SF43718": _FIX,
    "SF60653": _SETTLEMENT,
    "SF46410": {"2026-10-15": "20.7592", "2026-10-16": "20.6874"},
    "SF46407": {"2026-10-15": "24.5402", "2026-10-16": "24.5155"},
    "SF46406": {"2026-10-15": "0.1172", "2026-10-16": "0.1163"},
    "SF60632": {"2026-10-15": "13.0373", "2026-10-16": "12.9821"},
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "MXN", None, "18.3838"),
    ("MXN", "USD", None, "1/18.3838"),
    ("JPY", "USD", None, "0.1163/18.3838"),
    ("USD", "MXN", date(2026, 10, 12), "18.2017"),
    ("USD", "MXN", date(2020, 11, 26), "20.0467"),
    ("USD", "MXN", date(1991, 11, 12), "3.0735"),
]

NO_TOKEN = {
    "url": "https://www.banxico.org.mx/SieAPIRest/service/v1/token",
    "mensaje": "Token inválido",
    "detalle": "El token enviado no es válido, favor de verificar.",
}
USED_UP = {
    "mensaje": "Límite de consultas superado.",
    "detalle": "Ha superado el límite.",
    "timeReset": "22:15",
    "secondsToReset": 240,
}


def answer(asked: Asked) -> Reply:
    path = re.fullmatch(
        "/SieAPIRest/service/v1/series/([A-Z0-9,]+)/datos/([0-9-]+)/([0-9-]+)", asked.path
    )
    if path is None:
        return reply("<html><body>404</body></html>", 404, content_type="text/html")
    if asked.headers.get("bmx-token") != TOKEN:
        return reply({"error": NO_TOKEN}, 400)
    numbers, first, last = path.groups()
    series = [
        {
            "idSerie": number,
            "titulo": "Tipo de cambio  Pesos por dólar E.U.A.",
            "datos": [
                {"fecha": f"{date.fromisoformat(day):%d/%m/%Y}", "dato": value}
                for day, value in sorted(SERIES[number].items())
                if first <= day <= last
            ],
        }
        for number in numbers.split(",")
    ]
    return reply({"bmx": {"series": series}}, content_type="application/json;charset=UTF-8")
