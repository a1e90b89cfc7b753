"""Official pegs: rates fixed by a central bank or a law, each with where it says so."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from forexhooks import Driver, Observation, Profile, RateTable, every_day

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["PEGS", "Peg", "Pegs"]


class Peg(NamedTuple):
    """One peg: 1 unit of `base` has been `value` units of `quote` since the day `since`.

    That is the first day of which the authority's page says so, and not always the peg's own
    first day. `says` is what the page at `url` says, in short; `quote` is the pegged currency, but
    for one that is stated the other way round.
    """

    since: date
    base: str
    quote: str
    value: Decimal
    authority: str
    url: str
    says: str

    @property
    def observation(self) -> Observation:
        """The peg as a period without an end."""
        return Observation(self.since, self.base, self.quote, self.value, date.max)


PEGS: tuple[Peg, ...] = (
    Peg(
        date(2001, 12, 19),
        "EUR",
        "BAM",
        Decimal("1.95583"),
        "Central Bank of Bosnia and Herzegovina",
        "https://cbbh.ba/press/ShowNews/321?lang=en",
        "the official exchange rate: one euro for 1.95583 convertible marks (notice of 2001-12-19)",
    ),
    Peg(
        date(1975, 7, 5),
        "USD",
        "BBD",
        Decimal("2.00"),
        "Central Bank of Barbados",
        "https://www.centralbank.org.bb/news/general-press-release/fixed-for-forty-one-years",
        "fixed to the US dollar on 5 July 1975 at USD 1.00 to BBD 2.00",
    ),
    Peg(
        date(2012, 6, 21),
        "USD",
        "BHD",
        Decimal("0.376"),
        "Central Bank of Bahrain",
        "http://www.cbb.gov.bh/printpage.php?page=exchange_rate_policy",
        "an exchange rate peg at 0.376 dinars to the US dollar (published on 2012-06-21)",
    ),
    Peg(
        date(1973, 12, 31),
        "USD",
        "BSD",
        Decimal("1.00"),
        "Central Bank of The Bahamas",
        "https://www.centralbankbahamas.com/foreign-exchange",
        "a fixed parity of the two dollars since 1973; its exchange rate page has US$1.00 = B$1.00",
    ),
    Peg(
        date(2022, 2, 16),
        "ZAR",
        "NAD",
        Decimal("1"),
        "Bank of Namibia",
        "http://www.bon.com.na/Bank/Monetary-Policy.aspx",
        "one-to-one parity with the rand; its committee named the link on 2022-02-16",
    ),
    Peg(
        date(2001, 7, 31),
        "USD",
        "QAR",
        Decimal("3.64"),
        "Qatar Central Bank",
        "http://www.qcb.gov.qa/English/PolicyFrameWork/ExchangeRatePolicy/Pages/ExchangeRatePolicy.aspx",
        "QR 3.64 per USD from July 2001 till date, by Amiri Decree 34 of 2001",
    ),
    Peg(
        date(2020, 5, 4),
        "USD",
        "SAR",
        Decimal("3.75"),
        "Saudi Central Bank",
        "http://www.sama.gov.sa/en-US/News/Pages/news-557.aspx",
        "committed to the official rate of 3.75 riyals to the dollar (news of 2020-05-04)",
    ),
    Peg(
        date(1976, 7, 7),
        "USD",
        "XCD",
        Decimal("2.70"),
        "Eastern Caribbean Central Bank",
        "https://www.eccb-centralbank.org/news/view/the-eccb-observes-41st-year-of-ec-dollar-peg-to-us-dollar",
        "pegged on 7 July 1976 at EC$2.70 to US$1.00",
    ),
    Peg(
        date(2022, 3, 10),
        "EUR",
        "XOF",
        Decimal("655.957"),
        "Banque Centrale des Etats de l'Afrique de l'Ouest",
        "https://www.bceao.int/fr/cours/get_all_reference_by_date?dateJour=2026-03-16",
        "1 euro for 655.957 francs in its reference rates; unchanged (communiqué of 2022-03-10)",
    ),
    Peg(
        date(1999, 1, 1),
        "XPF",
        "EUR",
        Decimal("0.00838"),
        "Institut d'émission d'outre-mer",
        "https://www.ieom.fr/ieom/langues/duties-and-activities/article/issuing-the-currency",
        "1,000 F CFP = 8.38 euros; by decree 98-1152 from 1 January 1999",
    ),
)
"""Those for which the authority's own words were found, in a copy. Others are pegged too."""


class Pegs(Driver):
    """Official pegs, each a period without an end that begins on the first day it is known for."""

    name = "peg"
    profile = Profile(
        title="Official currency pegs",
        publishes="rates fixed by a central bank or a law",
        history_from=min(peg.since for peg in PEGS),
        publication_days=every_day,
        terms="laws and statements of central banks; each names its source",
        example=("USD", "SAR", None),
        verified=True,
    )

    def __init__(self) -> None:
        self._table: RateTable = RateTable(
            (peg.observation for peg in PEGS),
            driver=self.name,
            profile=self.profile,
            complete_to=date.max,
        )

    def table(
        self,
        currencies: Collection[str] = (),
        start: date | None = None,
        end: date | None = None,
        series: str | None = None,
    ) -> RateTable:
        """Give the table of all pegs."""
        return self._table

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        """Yield all pegs, whatever is asked for."""
        return (peg.observation for peg in PEGS)

    def currencies(self) -> Collection[str]:
        """The codes of the pegged currencies, and of those that they are pegged to."""
        return self._table.currencies
