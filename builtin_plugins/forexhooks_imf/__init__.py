"""The International Monetary Fund: what a currency is in SDR, and in US dollars, by month."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from functools import partial
from typing import TYPE_CHECKING

from forexhooks import Profile, Series
from forexhooks.http import HttpDriver

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks import Observation
    from forexhooks.http import Reply, Row

__all__ = ["IMF"]

_SDR, _DOLLARS = "sdr", "representative"
# What the Fund calls a series, and the words that its file begins with.
_REPORTS = {
    _SDR: ("SDRCV", "SDRs per Currency unit"),
    _DOLLARS: ("REP", "Representative Exchange Rates"),
}
_DOLLARS_PER_UNIT = "(1)"  # after the names of currencies quoted this way
_NOT_REPORTED = "NA"
_DAY = re.compile(r"([A-Z][a-z]+) (\d\d), (\d{4})")
_MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip
# By the names in today's files, and by those in older ones.
_NAMES = """\
AED u.a.e. dirham
AUD australian dollar
BHD bahrain dinar
BND brunei dollar
BRL brazilian real
BWP botswana pula
CAD canadian dollar
CHF swiss franc
CLP chilean peso
CNY chinese yuan
COP colombian peso
CZK czech koruna
DKK danish krone
DZD algerian dinar
EUR euro
GBP u.k. pound
GBP u.k. pound sterling
HUF hungarian forint
IDR indonesian rupiah
ILS israeli new shekel
ILS israeli new sheqel
INR indian rupee
IRR iranian rial
ISK icelandic krona
JPY japanese yen
KRW korean won
KWD kuwaiti dinar
KZT kazakhstani tenge
LKR sri lanka rupee
LYD libyan dinar
MUR mauritian rupee
MXN mexican peso
MYR malaysian ringgit
NOK norwegian krone
NPR nepalese rupee
NZD new zealand dollar
OMR omani rial
OMR rial omani
PEN nuevo sol
PEN peruvian sol
PHP philippine peso
PKR pakistani rupee
PLN polish zloty
QAR qatar riyal
QAR qatari riyal
RUB russian ruble
SAR saudi arabian riyal
SEK swedish krona
SGD singapore dollar
THB thai baht
TND tunisian dinar
TTD trinidad and tobago dollar
TTD trinidadian dollar
USD u.s. dollar
UYU peso uruguayo
UYU uruguayan peso
ZAR south african rand
"""
_CODES = {name: code for code, _, name in (line.partition(" ") for line in _NAMES.splitlines())}


class IMF(HttpDriver):
    """The IMF: what a unit of some 35 currencies is in SDR, by the rates the Fund itself uses.

    `imf:sdr` is rounded by the Fund to six significant digits. `imf:representative` is what the
    central banks report: units per US dollar, or dollars per unit, as it was reported. Each month
    is a file.
    """

    name = "imf"
    profile = Profile(
        title="International Monetary Fund, SDR rates",
        url="https://www.imf.org/external/np/fin/data/param_rms_mth.aspx",
        publishes="SDRs per currency unit, and representative rates against the US dollar",
        pivot="XDR",
        # Files of earlier years were not seen.
        history_from=date(1995, 1, 3),
        published_at=time(18, 0),
        zone="America/New_York",
        # Central banks may report this late.
        grace=timedelta(days=4),
        attribution="Source: International Monetary Fund",
        terms="not known; the Fund says more: https://www.imf.org/en/about/copyright-and-terms",
        verified=True,
        series=(Series(_SDR), Series(_DOLLARS)),
    )
    BASE_URL = "https://www.imf.org"
    all_at_once = True

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None, series: str
    ) -> Iterator[Observation]:
        """Yield each month with one of these days; of the latest, those that it is carried over."""
        if start is None or end is None:
            end = self.profile.today()
            start = end - timedelta(days=self.profile.max_gap)
        report, title = _REPORTS[series]
        for first, last in self.months(start, end):
            yield from self.fetch_rows(
                "/external/np/fin/data/rms_mth.aspx",
                {"SelectDate": f"{last}", "reportType": report, "tsvflag": "Y"},
                start=first,
                end=last,
                read=partial(_rows, title),
                series=series,
            )

    def parse(self, reply: Reply) -> list[list[str]]:
        """Split the lines at tabs."""
        return [line.split("\t") for line in reply.text.splitlines()]


def _rows(title: str, document: list[list[str]]) -> Iterator[Row]:
    """The rows of a file: blocks of days, each below a line that names them."""
    first = next((line[0] for line in document if any(line)), "")
    if not first.startswith(title):
        raise ValueError(f"it begins with {first!r:.60}, not with {title!r}")
    days: list[date] = []
    for name, *cells in document:
        if name == "Currency":
            days = [_day(cell) for cell in cells if cell.strip()]
        elif len(cells) >= len(days) > 0:
            stated = name.removesuffix(_DOLLARS_PER_UNIT).strip()
            code = _CODES.get(stated.lower(), stated)
            for day, cell in zip(days, cells, strict=False):
                text = cell.strip().replace(",", "")
                if not text or text == _NOT_REPORTED:
                    continue
                if title == _REPORTS[_SDR][1]:
                    yield day, code, "XDR", text
                elif stated != name.strip():
                    yield day, code, "USD", text
                else:
                    yield day, "USD", code, text


def _day(text: str) -> date:
    found = _DAY.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r:.30} is not a day")
    return date(int(found[3]), _MONTHS.index(found[1]) + 1, int(found[2]))
