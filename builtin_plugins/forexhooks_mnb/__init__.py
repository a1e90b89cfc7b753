"""The official rates of the Magyar Nemzeti Bank, by its SOAP service."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from forexhooks import Profile, working_days
from forexhooks.http import HttpDriver, value_of, xml_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from xml.etree.ElementTree import Element

    from forexhooks.http import Reply, Row

__all__ = ["MNB"]

_SERVICE = "http://www.mnb.hu/webservices/"
# It returns only currencies that are named in the request.
_CODES = (
    "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD IDR ILS INR ISK JPY KRW MXN MYR NOK NZD PHP PLN RON "
    "RSD RUB SEK SGD THB TRY UAH USD ZAR"
)
_QUESTION = """\
<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:web="{service}">\
<soap:Body><web:GetExchangeRates><web:startDate>{start}</web:startDate>\
<web:endDate>{end}</web:endDate><web:currencyNames>{codes}</web:currencyNames>\
</web:GetExchangeRates></soap:Body></soap:Envelope>"""


class MNB(HttpDriver):
    """The Magyar Nemzeti Bank: what a unit of 32 currencies costs in HUF, once a day.

    The bank states some of them for 100 units; observations are for 1, with the same digits.
    """

    name = "mnb"
    profile = Profile(
        title="Magyar Nemzeti Bank, official exchange rates",
        url="https://www.mnb.hu/en/statistics/statistical-data-and-information/"
        "statistical-time-series/exchange-rates/fixing-and-publication-of-the-official-exchange-"
        "rates",
        country="HU",
        publishes="official rates, fixed at 11:00",
        pivot="HUF",
        history_from=date(1999, 1, 4),
        published_at=time(11, 0),
        zone="Europe/Budapest",
        grace=timedelta(hours=1),
        # Good Friday, Easter Monday, Whit Monday. Bridge days, which move each year, are not known.
        publication_days=working_days(
            "01-01 03-15 05-01 08-20 10-23 11-01 12-24 12-25 12-26", {-2, 1, 50}
        ),
        attribution="Source: Magyar Nemzeti Bank",
        terms="reproduction of the official rates is permitted, without liability of the bank: "
        "https://www.mnb.hu/en/the-central-bank/practical-issues/disclaimer",
        verified=True,
    )
    BASE_URL = "https://www.mnb.hu"
    all_at_once = True
    between = ("/arfolyamok.asmx", 366)
    headers: Mapping[str, str] = {
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": f"{_SERVICE}MNBArfolyamServiceSoap/GetExchangeRates",
    }

    def content(self, currencies: Collection[str], start: date | None, end: date | None) -> str:
        """Ask for all currencies on these days."""
        codes = ",".join(_CODES.split())
        return _QUESTION.format(service=_SERVICE, start=start, end=end, codes=codes)

    def parse(self, reply: Reply) -> Element:
        """Give the document that is a text within the SOAP envelope."""
        result = xml_of(reply).findtext(".//{*}GetExchangeRatesResult")
        if result is None:
            raise ValueError("it has no GetExchangeRatesResult")
        root: Element = xml_of(reply._replace(content=result.encode(), headers={}))
        return root

    def read(self, document: Element) -> Iterator[Row]:
        """Yield the rows of each day."""
        if document.tag != "MNBExchangeRates":
            raise ValueError(f"it is a document {document.tag!r:.60}")
        for day in document.iterfind("Day"):
            for row in day:
                value = value_of(row.text, per=row.get("unit"), decimal=",")
                yield day.attrib["date"], row.get("curr", ""), "HUF", value
