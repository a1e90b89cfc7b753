"""Three central banks' habits, as the docs say to write them: SOAP, windows-1251, pages."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine

import forexhooks
from forexhooks import MalformedResponseError, MalformedRowWarning, Observation, Profile
from forexhooks.http import HttpDriver, Row, value_of, xml_of
from forexhooks.http.replies import Reply as Answer
from providers import Asked, Provider, Reply, reply

TODAY = date(2026, 10, 16)  # a Friday


class MNB(HttpDriver):
    """Magyar Nemzeti Bank: XML within the XML of SOAP, decimal commas, units."""

    name = "mnb"
    profile = Profile(title="MNB", pivot="HUF", history_from=date(1949, 1, 3))
    BASE_URL = "https://www.mnb.example"

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> list[Observation]:
        last = end or self.profile.today()
        first = start or last - timedelta(7)
        asked = (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            '<GetExchangeRates xmlns="http://www.mnb.hu/webservices/">'
            f"<startDate>{first}</startDate><endDate>{last}</endDate>"
            f"<currencyNames>{','.join(sorted(set(currencies) - {'HUF'}))}</currencyNames>"
            "</GetExchangeRates></s:Body></s:Envelope>"
        )
        return self.fetch_rows(
            "/arfolyamok.asmx",
            start=start,
            end=end,
            method="POST",
            content=asked,
            headers={"Content-Type": "text/xml; charset=utf-8"},
        )

    def parse(self, reply: Answer) -> Any:
        result = xml_of(reply).findtext(".//{*}GetExchangeRatesResult")
        return xml_of(reply._replace(content=result.encode()))

    def read(self, document: Any) -> Iterator[Row]:
        for day in document.iter("Day"):
            for row in day:
                value = value_of(row.text, per=row.get("unit"), decimal=",")
                yield day.get("date"), row.get("curr"), "HUF", value


class BankOfRussia(HttpDriver):
    """The Bank of Russia: windows-1251, commas, and on Friday the rates of Saturday."""

    name = "cbr"
    profile = Profile(title="Bank of Russia", pivot="RUB", zone="Europe/Moscow", day_by_day=True)
    BASE_URL = "https://www.cbr.example"
    all_at_once = True
    latest = daily = "/scripts/XML_daily.asp?date_req={day:%d/%m/%Y}"

    def read(self, document: Any) -> Iterator[Row]:
        day = datetime.strptime(document.attrib["Date"], "%d.%m.%Y").date()  # noqa: DTZ007
        for row in document.iter("Valute"):
            value = value_of(row.findtext("Value"), per=row.findtext("Nominal"), decimal=",")
            yield day, row.findtext("CharCode"), "RUB", value


class HKMA(HttpDriver):
    """The Hong Kong Monetary Authority: pages of records, a column for each currency."""

    name = "hkma"
    profile = Profile(title="HKMA", pivot="HKD", frequency="month")
    BASE_URL = "https://api.hkma.example"
    all_at_once = True

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        last = end or self.profile.today()
        days = {"from": str(start or last - timedelta(45)), "to": str(last)}
        for page in self.pages():
            asked = {"choose": "end_of_day", **days, "pagesize": "3", "offset": str(3 * page)}
            yield from self.fetch_rows("/er-eeri-daily", asked, start=start, end=end)

    def read(self, document: Any) -> Iterator[Row]:
        for record in document["result"]["records"]:
            for name, value in record.items():
                if len(name) == 3 and value is not None:
                    yield record["end_of_day"], name.upper(), "HKD", value


def mnb(asked: Asked) -> Reply:
    assert b"<currencyNames>EUR,JPY</currencyNames>" in asked.content
    inner = (
        '<MNBExchangeRates><Day date="2026-10-15"><Rate unit="1" curr="EUR">389,71</Rate></Day>'
        '<Day date="2026-10-16"><Rate unit="1" curr="EUR">390,05</Rate>'
        '<Rate unit="100" curr="JPY">220,17</Rate></Day></MNBExchangeRates>'
    )
    escaped = inner.replace("<", "&lt;").replace(">", "&gt;")
    return reply(
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<GetExchangeRatesResponse xmlns="http://www.mnb.hu/webservices/"><GetExchangeRatesResult>'
        f"{escaped}</GetExchangeRatesResult></GetExchangeRatesResponse></s:Body></s:Envelope>",
        content_type="text/xml; charset=utf-8",
    )


def cbr(asked: Asked) -> Reply:
    day = datetime.strptime(asked.query["date_req"], "%d/%m/%Y").date()  # noqa: DTZ007
    published = day - timedelta({6: 1, 0: 2}.get(day.weekday(), 0))
    body = (
        '<?xml version="1.0" encoding="windows-1251"?>'
        f'<ValCurs Date="{published:%d.%m.%Y}" name="Foreign Currency Market">'
        "<Valute ID='R01235'><CharCode>USD</CharCode><Nominal>1</Nominal>"
        "<Name>Доллар США</Name><Value>78,8432</Value></Valute>"
        "<Valute ID='R01820'><CharCode>JPY</CharCode><Nominal>100</Nominal>"
        "<Name>Японских иен</Name><Value>52,1034</Value></Valute></ValCurs>"
    )
    return reply(body.encode("cp1251"), content_type="application/xml; charset=windows-1251")


def hkma(asked: Asked) -> Reply:
    days = [TODAY - timedelta(each) for each in range(8)]
    days = [each for each in days if asked.query["from"] <= str(each) <= asked.query["to"]]
    offset = int(asked.query["offset"])
    records = [
        {"end_of_day": str(each), "usd": 7.7712, "jpy": 0.0498, "dem": None, "neeri_1983": 101.2}
        for each in days[offset : offset + int(asked.query["pagesize"])]
    ]
    return reply({"header": {"success": True}, "result": {"records": records}})


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 10, 16, 16, tzinfo=UTC), tick=False):
        yield


def opened(kind: type[HttpDriver], provider: Provider, answer: Any) -> forexhooks.ForexService:
    provider.answer = answer
    manager = forexhooks.ForexManager()
    manager.register(kind(base_url=provider.url))
    return forexhooks.open(kind.name, manager=manager)


def test_mnb_by_soap(provider: Provider) -> None:
    fx = opened(MNB, provider, mnb)
    rate = fx.get_rate("EUR", "JPY", TODAY)
    assert [str(leg.value) for leg in rate.legs] == ["390.05", "2.2017"] and rate.on == TODAY
    bad = mnb(provider.asked[0])
    provider.answer = lambda asked: bad._replace(content=bad.content.replace(b"220,17", b"220.17"))
    with pytest.warns(MalformedRowWarning, match=r"1 of 3 rows.*'220.17' is not a rate.*JPY"):
        history = fx.get_history("EUR", "HUF", TODAY - timedelta(30), TODAY)
    assert len(history) == 2


def test_bank_of_russia_by_the_day(provider: Provider) -> None:
    fx = opened(BankOfRussia, provider, cbr)
    assert str(fx.get_rate("USD", "RUB").value) == "78.8432"
    assert str(fx.get_rate("JPY", "RUB", date(2026, 10, 13)).value) == "0.521034"
    rate = fx.get_rate("USD", "RUB", date(2026, 10, 12))  # a Monday has the rate of Saturday
    assert (rate.on, rate.requested) == (date(2026, 10, 10), date(2026, 10, 12))
    assert provider.asked[0].query == {"date_req": "16/10/2026"}


def test_hkma_by_pages(provider: Provider) -> None:
    fx = opened(HKMA, provider, hkma)
    assert fx.get_rate("USD", "HKD").on == TODAY
    assert [asked.query["offset"] for asked in provider.asked] == ["0", "3", "6", "9"]
    assert fx.currencies() == {"HKD", "USD", "JPY"}
    assert len(fx.get_history("JPY", "HKD", TODAY - timedelta(4), TODAY)) == 5
    provider.answer = lambda asked: hkma(asked._replace(query={**asked.query, "offset": "0"}))
    with pytest.raises(MalformedResponseError, match=r"hkma: .*page 2 is the same"):
        fx.get_history("JPY", "HKD", TODAY - timedelta(30), TODAY)
