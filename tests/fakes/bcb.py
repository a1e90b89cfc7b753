"""The Brazilian central bank's PTAX: its five bulletins of a few days, by currency."""

from __future__ import annotations

import re
from datetime import date, datetime

from providers import Asked, Reply, reply

TODAY = date(2026, 10, 16)

# Of each day what the bank buys and sells at, at its close. The figures of 2018 are the bank's own.
DAYS: dict[str, dict[str, tuple[str, str]]] = {
    "1994-07-01": {"USD": ("0.96800", "0.97000")},
    "2018-03-05": {"EUR": ("4.0156", "4.0174")},
    "2026-10-06": {"USD": ("5.01210", "5.01270"), "EUR": ("5.61630", "5.61840")},
    "2026-10-07": {"USD": ("5.01580", "5.01640"), "EUR": ("5.61990", "5.62160")},
    "2026-10-08": {"USD": ("5.00730", "5.00790"), "EUR": ("5.61170", "5.61380")},
    "2026-10-09": {"USD": ("5.00380", "5.00440"), "EUR": ("5.60730", "5.60890")},
    "2026-10-13": {"USD": ("5.04410", "5.04470"), "EUR": ("5.65140", "5.65310")},
    "2026-10-14": {"USD": ("5.05220", "5.05280"), "EUR": ("5.66050", "5.66220")},
    "2026-10-15": {"USD": ("5.05610", "5.05670"), "EUR": ("5.66690", "5.66860")},
    "2026-10-16": {
        "USD": ("5.08220", "5.08280"),
        "EUR": ("5.71890", "5.72060"),
        "JPY": ("0.032158", "0.032165"),
    },
}

SAMPLES: list[tuple[str, str, date | None, str]] = [
    ("USD", "BRL", None, "5.08280"),
    ("BRL", "USD", None, "1/5.08220"),  # it buys a dollar at that
    ("EUR", "USD", None, "5.72060/5.08220"),
    ("JPY", "BRL", None, "0.032165"),
    ("USD", "BRL", date(2026, 10, 12), "5.00440"),
    ("EUR", "BRL", date(2018, 3, 5), "4.0174"),
    ("USD", "BRL", date(1994, 7, 1), "0.97000"),
]

_BULLETINS = [
    ("Abertura", "10:08:26.528"),
    ("Intermediário", "11:05:54.755"),
    ("Intermediário", "12:03:31.119"),
    ("Intermediário", "13:05:07.46"),
    ("Fechamento", "13:05:07.476"),
]


def answer(asked: Asked) -> Reply:
    """Answer as CotacaoMoedaPeriodo does, with the filter or without it."""
    query = {name: re.sub("^'(.*)'$", r"\1", value) for name, value in asked.query.items()}
    if not asked.path.startswith("/olinda/servico/PTAX/versao/v1/odata/CotacaoMoedaPeriodo("):
        return reply("/ ; /* <html>404</html> */", 404)
    code, is_filtered = query["@moeda"], query.get("$filter") == "tipoBoletim eq 'Fechamento'"
    first, last = (
        datetime.strptime(query[name], "%m-%d-%Y").date().isoformat()  # noqa: DTZ007 - days
        for name in ("@dataInicial", "@dataFinalCotacao")
    )
    rows = [
        row(day, *bulletin, *DAYS[day][code])
        for day in sorted(DAYS)
        if first <= day <= last and code in DAYS[day]
        for bulletin in (_BULLETINS[-1:] if is_filtered else _BULLETINS)
    ]
    return reply(document(rows), content_type="application/json;charset=UTF-8")


def row(day: str, kind: str, at: str, bid: str, ask: str) -> str:
    if kind not in ("Fechamento", "Fechamento PTAX"):
        bid, ask = f"{bid}9", f"{ask}9"  # the others do not count
    return (
        f'{{"paridadeCompra":1.1234,"paridadeVenda":1.1236,"cotacaoCompra":{bid},'
        f'"cotacaoVenda":{ask},"dataHoraCotacao":"{day} {at}","tipoBoletim":"{kind}"}}'
    )


def document(rows: list[str]) -> str:
    context = "https://was-p.bcb.example/olinda/servico/PTAX/odata$metadata#_CotacaoMoedaPeriodo"
    return f'{{"@odata.context":"{context}","value":[{",".join(rows)}]}}'
