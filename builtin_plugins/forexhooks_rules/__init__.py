"""Rules of tax and customs law: which day's rate of which source counts.

Each is data, and all of them are one table: that is why this file is long. What a rule was checked
against is in its `verified`; docs/official-rates.md says more.
"""

from __future__ import annotations

from datetime import date

import forexhooks
from forexhooks import Anchor, Rule


class Law:
    """One rule under its name, as a plugin."""

    def __init__(self, name: str, rule: Rule) -> None:
        self._name = name
        self._rule = rule

    @forexhooks.hookimpl
    def forex_driver_name(self) -> str:
        """Name the rule."""
        return self._name

    @forexhooks.hookimpl
    def forex_driver_rule(self, driver: str) -> Rule | None:
        """Give the rule."""
        return self._rule if driver == self._name else None


au_tax = Law(
    "au-tax",
    Rule(
        title="Reserve Bank of Australia, the day's rate, else the nearest",
        source="rba",
        home="AUD",
        direction="nearest",
        country="AU",
        purposes=("income-tax", "capital-gains"),
        zone="Australia/Sydney",
        statute="Income Tax Assessment Act 1997, Subdivision 960-C",
        url="https://www.ato.gov.au/tax-rates-and-codes/foreign-exchange-rates-overview",
        verified="the law in a copy; the tax office's rates of 31 December 2023, a Sunday",
        exceptions=(
            "A fair average may do instead; the tax office's are means of the bank's rates.",
        ),
    ),
)

ca_tax = Law(
    "ca-tax",
    Rule(
        title="Bank of Canada, the day's rate",
        source="bankofcanada",
        home="CAD",
        direction="at or before",
        country="CA",
        purposes=("income-tax", "capital-gains"),
        zone="America/Toronto",
        # Until then the law named the rate of noon, which the driver has not.
        valid_from=date(2017, 3, 1),
        statute="Income Tax Act s. 261(1), “relevant spot rate”",
        url="https://laws-lois.justice.gc.ca/eng/acts/I-3.3/section-261.html",
        verified="the law and the tax authority's 2017-0684831I7, in copies; no worked figure",
        exceptions=(
            "Another source that is acceptable to the Minister may be used, consistently.",
            "For income that arises through the year an average may do, for capital gains not.",
        ),
    ),
)

ch_vat = Law(
    "ch-vat",
    Rule(
        title="BAZG, selling rate of the month that the day is in",
        source="bazg:month",
        home="CHF",
        direction="period",
        country="CH",
        purposes=("vat",),
        zone="Europe/Zurich",
        statute="MWSTV art. 45",
        url="https://www.fedlex.admin.ch/eli/cc/2009/828/de",
        verified="the law in a copy; the document of August 2026",
        exceptions=(
            "The daily rate (bazg:day) is the other choice, for a whole tax period at least.",
        ),
    ),
)

cz_vat = Law(
    "cz-vat",
    Rule(
        title="CNB, the fixing in force on the day",
        source="cnb",
        home="CZK",
        # A fixing is in force on its own day and on the days without one that follow it.
        direction="at or before",
        country="CZ",
        purposes=("vat",),
        zone="Europe/Prague",
        statute="VAT Act (235/2004 Coll.) § 4(8)",
        url="https://www.zakonyprolidi.cz/cs/2004-235",
        verified="the law in a copy; the bank's description; its fixings of March and April 2026",
        exceptions=(
            "The day is that of the tax point.",
            "The ECB's rates may be used instead.",
        ),
    ),
)

de_vat = Law(
    "de-vat",
    Rule(
        title="BMF, mean of the month of the supply",
        source="bmf:month-average",
        home="EUR",
        direction="period",
        country="DE",
        purposes=("vat",),
        zone="Europe/Berlin",
        statute="UStG § 16 (6)",
        url="https://www.gesetze-im-internet.de/ustg_1980/__16.html",
        verified="the law in a copy; the ministry's file of 2025 and figures of 2026",
        exceptions=("The tax office may allow the day's rate, or the mean of the month before.",),
    ),
)

eu_customs = Law(
    "eu-customs",
    Rule(
        title="ECB, second-last Wednesday of the month before",
        source="ecb",
        home="EUR",
        direction="at or before",
        anchor=Anchor("month", before=1, weekday=2, last=2),
        country="EU",
        purposes=("customs",),
        zone="Europe/Brussels",
        valid_from=date(2016, 5, 1),
        statute="Implementing Regulation (EU) 2015/2447 art. 146",
        url="https://eur-lex.europa.eu/eli/reg_impl/2015/2447/oj",
        verified="the law in a copy; 42 figures that the Irish Revenue published",
        exceptions=(
            "States without the euro use the rates of their own authority.",
            "Where none was published on that Wednesday, the most recent one counts.",
        ),
    ),
)

it_income = Law(
    "it-income",
    Rule(
        title="ECB, average of the month",
        source="ecb:month-average",
        home="EUR",
        direction="period",
        country="IT",
        purposes=("income-tax",),
        zone="Europe/Rome",
        statute="DPR 917/1986 (TUIR) art. 110(9)",
        url="https://www.agenziaentrate.gov.it",
        places=(("CZK", 4),),
        verified="7 averages that Agenzia delle Entrate published for December 2023; the article "
        "was not read",
        exceptions=("What counts is what Agenzia delle Entrate publishes by its provvedimento.",),
    ),
)

it_vat = Law(
    "it-vat",
    Rule(
        title="ECB, the day's rate, else the nearest before",
        source="ecb",
        home="EUR",
        direction="at or before",
        country="IT",
        purposes=("vat",),
        zone="Europe/Rome",
        statute="DPR 633/1972 art. 13(4)",
        url="https://www.normattiva.it/uri-res/N2Ls?urn:nir:stato:decreto.del.presidente.della."
        "repubblica:1972-10-26;633",
        verified="the law in a copy; no worked figure",
        exceptions=(
            "The day is that of the operation; where the invoice does not name it, the invoice's.",
            "The ECB's rates may be used where they are used for all operations of the year.",
        ),
    ),
)

mx = Law(
    "mx",
    Rule(
        title="Banxico, FIX that the official gazette printed the day before",
        # The bank has it by the day that it is for; a day without one goes by the next.
        source="banxico:settlement",
        home="MXN",
        direction="at or after",
        country="MX",
        purposes=("income-tax", "vat"),
        zone="America/Mexico_City",
        statute="Código Fiscal de la Federación art. 20",
        url="https://www.diputados.gob.mx/LeyesBiblio/pdf/CFF.pdf",
        verified="the law in a copy; the bank's two series of November 2020, and its FIX of 18 "
        "August 2026, printed on the 19th",
        exceptions=(
            "Of a day without a FIX, as a Sunday, the rate is here from the next banking day on.",
            "Other currencies than the dollar go by the bank's table of the month.",
        ),
    ),
)

no_vat = Law(
    "no-vat",
    Rule(
        title="Norges Bank, the day's rate, else the latest",
        source="norgesbank",
        home="NOK",
        direction="at or before",
        country="NO",
        purposes=("vat",),
        zone="Europe/Oslo",
        statute="Bookkeeping Regulation (FOR-2004-12-01-1558) § 4-2 and § 5-1-1",
        url="https://lovdata.no/dokument/SF/forskrift/2004-12-01-1558",
        verified="secondary sources alone: an article by the chair of the bookkeeping standards "
        "board (Revisjon og Regnskap 1/2025) and an accountants' handbook that cites § 4-2; nobody "
        "read the regulation for it; no worked figure",
        exceptions=(
            "The day is that of invoicing.",
            "The ECB's rates are accepted as well.",
            "Imports, and services bought from abroad, are converted at the customs rate.",
            "Of such services it is that of the day of delivery (VAT Act § 4-12(2), in a copy).",
        ),
    ),
)

oss = Law(
    "oss",
    Rule(
        title="ECB, last day of the quarter, else the next published",
        source="ecb",
        home="EUR",
        direction="at or after",
        anchor=Anchor("quarter"),
        country="EU",
        purposes=("vat",),
        zone="Europe/Brussels",
        statute="Directive 2006/112/EC art. 366 and 369h",
        url="https://eur-lex.europa.eu/eli/dir/2006/112/oj",
        verified="the law in a copy; the quarter to 2023-12-31",
        exceptions=("The import scheme (IOSS) has months and not quarters.",),
    ),
)

pl_vat = Law(
    "pl-vat",
    Rule(
        title="NBP table A, last working day before",
        source="nbp",
        home="PLN",
        # NBP publishes on each working day, so its own days are the working days.
        direction="before",
        country="PL",
        purposes=("vat",),
        zone="Europe/Warsaw",
        statute="VAT Act art. 31a",
        url="https://isap.sejm.gov.pl/isap.nsf/DocDetails.xsp?id=WDU20040540535",
        verified="the law in a copy; tables of 2020, 2024 and 2026",
        exceptions=(
            "An invoice that is issued before the tax point counts by its own day.",
            "The ECB's rates may be chosen instead (art. 31a(2a)).",
        ),
    ),
)

se_vat = Law(
    "se-vat",
    Rule(
        title="Riksbank, the latest on the day",
        source="riksbank",
        home="SEK",
        direction="at or before",
        country="SE",
        purposes=("vat",),
        zone="Europe/Stockholm",
        statute="VAT Act (ML 2023:200) ch. 8 §§ 21-23",
        url="https://www.riksdagen.se/sv/dokument-och-lagar/dokument/"
        "svensk-forfattningssamling/mervardesskattelag-2023200_sfs-2023-200/",
        verified="the law in a copy; the bank's rates of March 2026",
        exceptions=(
            "The day is that on which the tax becomes chargeable.",
            "The ECB's rates may be used instead.",
            "Imports go by the customs rate.",
        ),
    ),
)

uk_cgt = Law(
    "uk-cgt",
    Rule(
        title="HMRC, the rate of the month that the day is in",
        source="hmrc:month",
        home="GBP",
        direction="period",
        country="GB",
        purposes=("capital-gains",),
        zone="Europe/London",
        statute="HMRC's Capital Gains Manual CG78310",
        url="https://www.gov.uk/hmrc-internal-manuals/capital-gains-manual/cg78310",
        verified="the manual in a copy, which prescribes no source; HMRC's files of months",
        exceptions=(
            "What you paid and what you got are converted each at its own day, never the gain.",
            "Any other rate that is just and reasonable will do, where it is used consistently.",
        ),
    ),
)

uk_customs = Law(
    "uk-customs",
    Rule(
        title="HMRC, the rate of the month that the day is in, as amended",
        source="hmrc:month",
        home="GBP",
        direction="period",
        country="GB",
        purposes=("customs",),
        zone="Europe/London",
        statute="HMRC's monthly exchange rates for customs declarations",
        url="https://www.trade-tariff.service.gov.uk/exchange_rates",
        verified="HMRC's own description in a copy; its files of August and September 2026 against "
        "the ECB's rates of the penultimate Wednesday before",
        exceptions=(
            "A rate that moved by more than 5 % is amended within the month, from its own day on.",
        ),
    ),
)

uk_vat = Law(
    "uk-vat",
    Rule(
        title="HMRC, the rate of the month of the supply",
        source="hmrc:month",
        home="GBP",
        direction="period",
        country="GB",
        purposes=("vat",),
        zone="Europe/London",
        statute="VAT Act 1994, Schedule 6 paragraph 11",
        url="https://www.gov.uk/guidance/vat-guide-notice-700",
        verified="HMRC's notice in a copy; its files of August and September 2026",
        exceptions=(
            "The market's selling rate at the time of supply is the other choice.",
            "Who uses HMRC's rates goes back to it with HMRC's leave alone.",
            "HMRC may agree to a commercial rate.",
        ),
    ),
)

us_fbar = Law(
    "us-fbar",
    Rule(
        title="US Treasury, the rate of the last day of the year",
        source="ustreasury:quarter",
        home="USD",
        direction="period",
        anchor=Anchor("year"),
        country="US",
        purposes=("reporting",),
        zone="America/New_York",
        statute="FinCEN Form 114 (31 CFR 1010.350), instructions for the maximum account value",
        url="https://www.fincen.gov/report-foreign-bank-and-financial-accounts",
        verified="the instructions in a copy; their example of rounding",
        exceptions=(
            "Where the Treasury has no rate, use another one and name its source.",
            "Amounts are rounded up to the next whole dollar: $15,265.25 is written 15,266.",
        ),
    ),
)
