"""The Brazilian central bank's PTAX: what it says of buying and of selling, at the day's close."""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from forexhooks import Profile, Series, working_days
from forexhooks.http import HttpDriver

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks import Observation
    from forexhooks.http import Row

__all__ = ["BCB"]

_CODES = frozenset(["AUD", "CAD", "CHF", "DKK", "EUR", "GBP", "JPY", "NOK", "SEK", "USD"])
_OF_A_CURRENCY = (
    "/olinda/servico/PTAX/versao/v1/odata/CotacaoMoedaPeriodo"
    "(moeda=@moeda,dataInicial=@dataInicial,dataFinalCotacao=@dataFinalCotacao)"
    "?@moeda=%27{code}%27&@dataInicial=%27{start:%m-%d-%Y}%27"
    "&@dataFinalCotacao=%27{end:%m-%d-%Y}%27"
    "&$filter=tipoBoletim%20eq%20%27Fechamento%27&$format=json"
)
# There are five bulletins a day. The bank's addresses have different names for the last one.
_CLOSING = {"Fechamento", "Fechamento PTAX"}


class BCB(HttpDriver):
    """Banco Central do Brasil: what a unit of ten currencies costs in BRL, by the PTAX of closing.

    `bcb:ask`, the selling rate, is what contracts mean by PTAX; `bcb:bid` is the buying rate. The
    day's other bulletins do not count. Each currency is a request, also for a history.
    """

    name = "bcb"
    profile = Profile(
        title="Banco Central do Brasil, PTAX",
        url="https://www.bcb.gov.br/en/statistics",
        publishes="closing PTAX rates: the bank's selling and buying rates",
        pivot="BRL",
        country="BR",
        # Earlier rates are in the currencies before the real.
        history_from=date(1994, 7, 1),
        published_at=time(13, 0),
        zone="America/Sao_Paulo",
        grace=timedelta(minutes=30),
        # Carnival, Good Friday, Corpus Christi.
        publication_days=working_days(
            "01-01 04-21 05-01 09-07 10-12 11-02 11-15 11-20 12-25", {-48, -47, -2, 60}
        ),
        attribution="Source: Banco Central do Brasil",
        terms="not known; see its catalog of open data: https://dadosabertos.bcb.gov.br",
        verified=True,
        series=(Series("ask", side="ask"), Series("bid", side="bid")),
    )
    BASE_URL = "https://olinda.bcb.gov.br"

    def currencies(self) -> Collection[str]:
        """BRL, and those that the bank has a PTAX of."""
        return {"BRL"} | _CODES

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None, series: str
    ) -> Iterator[Observation]:
        """Yield the days of each currency; of the latest, those that it may be carried over."""
        if start is None or end is None:
            end = self.profile.today()
            start = end - timedelta(days=self.profile.max_gap)
        for code in sorted(_CODES.intersection(currencies)):
            self.http.go_on()
            yield from self.fetch_rows(
                _OF_A_CURRENCY.format(code=code, start=start, end=end),
                start=start,
                end=end,
                read=partial(_rows, code),
                series=series,
            )


def _rows(code: str, document: Any) -> Iterator[Row]:
    for row in document["value"]:
        if row["tipoBoletim"] in _CLOSING:
            day = row["dataHoraCotacao"].partition(" ")[0]
            yield day, code, "BRL", row.get("cotacaoVenda"), "ask"
            yield day, code, "BRL", row.get("cotacaoCompra"), "bid"
