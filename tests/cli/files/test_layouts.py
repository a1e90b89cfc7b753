"""Exports that people really have, converted by options alone.

The header lines are those that the source named beside each shows; all figures are made up. The
options of each are those of docs/exports.md, so that page and tests cannot differ.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import shlex
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from markdown_it import MarkdownIt

import forexhooks
from converted_files import Convert

pytest.importorskip("pyarrow")

PAGE = Path(__file__).parents[3] / "docs" / "exports.md"


class Layout(NamedTuple):
    """An export: what it holds, and its rows as they are understood.

    `rows` are those that are converted: amount, currency and day (None: without an amount);
    `rejected` is what is said of the others.
    """

    source: str
    content: str
    rows: list[tuple[str, str, str] | None]
    rejected: tuple[str, ...] = ()
    encoding: str = "utf-8"
    to: str = "EUR"


STRIPE = Layout(
    "simonmichael/hledger: examples/csv/other/stripe.csv",
    '"balance_transaction_id","created_utc","available_on_utc","currency","gross","fee","net",'
    '"reporting_category","description"\n'
    '"txn_1","2026-10-01 09:15:22","2026-10-05 00:00:00","usd","12.00","0.65","11.35","charge",\n'
    '"txn_2","2026-10-02 23:59:59","2026-10-05 00:00:00","usd","-0.77","0.00","-0.77","refund",\n',
    [("11.35", "USD", "2026-10-01"), ("-0.77", "USD", "2026-10-02")],
)
PAYPAL_US = Layout(
    "simonmichael/hledger: examples/csv/other/paypal-custom.csv",
    '"Date","Time","TimeZone","Name","Type","Status","Currency","Gross","Fee","Net",'
    '"From Email Address","To Email Address","Transaction ID","Item Title","Item ID",'
    '"Reference Txn ID","Receipt ID","Balance","Note"\n'
    '"10/01/2026","03:46:20","PDT","A","Payment","Completed","USD","1,250.00","-36.55","1,213.45",'
    '"","","1A","","","","","1,213.45",""\n'
    '"10/19/2026","03:02:12","PDT","B","Payment","Completed","GBP","-2.00","0.00","-2.00",'
    '"","","2B","","","","","1,211.45",""\n',
    [("1213.45", "USD", "2026-10-01"), ("-2.00", "GBP", "2026-10-19")],
)
PAYPAL_DE = Layout(
    "nils-werner/beancount-paypal: "
    "tests/testdata/test_e2e/test_e2e_german_paypal_import/input.csv",
    "Datum,Uhrzeit,Zeitzone,Name,Typ,Status,Währung,Brutto,Gebühr,Netto,Absender E-Mail-Adresse,"
    "Empfänger E-Mail-Adresse,Transaktionscode,Status Gegenpartei,Adress-Status,"
    "Artikelbezeichnung,Artikelnummer,Option 1 Name,Option 1 Wert,Option 2 Name,Option 2 Wert,"
    "Zugehöriger Transaktionscode,Zollnummer,Anzahl,Empfangsnummer,Guthaben,Telefon,Betreff,"
    "Hinweis,Auswirkung auf Guthaben,E-Börse des Käufers\n"
    '15.09.2026,14:32:15,CEST,A,Zahlung,Abgeschlossen,USD,"1.025,50","1,5","1.024,00",,,1A'
    + ("," * 13) + '"1.024,00",,,,Haben,\n'
    "20.09.2026,09:15:42,CEST,B,Einkauf,Abgeschlossen,EUR,-50,2,-52,,,2B"
    + ("," * 13) + '"71,50",,,,Soll,\n',
    [("1025.50", "USD", "2026-09-15"), ("-50", "EUR", "2026-09-20")],
    to="GBP",
)  # fmt: skip
WISE = Layout(
    "Evernight/beancount-importers: src/beancount_importers/import_wise.py names these columns, "
    "and reads the day first",
    "TransferWise ID,Date,Amount,Currency,Description,Payment Reference,Running Balance,"
    "Exchange From,Exchange To,Exchange Rate,Payer Name,Payee Name,Payee Account Number,Merchant\n"
    "CARD-1,05-08-2026,-20.00,GBP,Card transaction,,480.00,,,,,,,Cafe\n"
    "TRANSFER-2,31-07-2026,500.00,USD,Received money,,500.00,,,,A,,,\n",
    [("-20.00", "GBP", "2026-08-05"), ("500.00", "USD", "2026-07-31")],
)
REVOLUT = Layout(
    "c-vigo/beancount-importers: tests/revolut/Revolut_CHF_Sample.csv",
    "Type,Product,Started Date,Completed Date,Description,Amount,Fee,Currency,State,Balance\n"
    "TOPUP,Current,2026-10-01 10:00:00,2026-10-01 10:00:01,A,500.00,0.00,CHF,COMPLETED,500.00\n"
    "CARD_PAYMENT,Current,2026-10-15 23:30:00,2026-10-16 07:30:02,B,-25.50,0.00,CHF,COMPLETED,"
    "474.50\n"
    "CARD_PAYMENT,Current,2026-10-20 08:00:00,,C,-3.00,0.00,CHF,PENDING,\n",
    [("500.00", "CHF", "2026-10-01"), ("-25.50", "CHF", "2026-10-16")],
    ("the day is missing",),
)
N26 = Layout(
    "c-vigo/beancount-importers: tests/data/N26_Sample.csv",
    '"Booking Date","Value Date","Partner Name","Partner Iban",Type,"Payment Reference",'
    '"Account Name","Amount (EUR)","Original Amount","Original Currency","Exchange Rate"\n'
    '2026-10-15,2026-10-15,"A",,Presentment,,"Main Account",-4.50,4.50,EUR,1\n'
    '2026-10-18,2026-10-18,"B",DE00,"Credit Transfer","Salary","Main Account",2500.00,,,\n',
    [("-4.50", "EUR", "2026-10-15"), ("2500.00", "EUR", "2026-10-18")],
    to="USD",
)
TRADING_212 = Layout(
    "KapJI/capital-gains-calculator: tests/trading212/data/2026/inputs/transactions.csv",
    "Action,Time,ISIN,Ticker,Name,Notes,ID,No. of shares,Price / share,Currency (Price / share),"
    "Exchange rate,Result,Currency (Result),Total,Currency (Total),Withholding tax,"
    "Currency (Withholding tax),Stamp duty reserve tax,Currency (Stamp duty reserve tax),"
    "Currency conversion fee,Currency (Currency conversion fee)\n"
    "Deposit,2026-05-01 00:10:00.000,,,,,X1,,,,,,,10000.00,GBP,,,,,,\n"
    "Market buy,2026-05-04 14:30:05.123,US1,A,A Corp,,X2,10.0000000000,150.00,USD,1.25,,,1201.80,"
    "GBP,,,,,1.80,GBP\n",
    [("10000.00", "GBP", "2026-05-01"), ("1201.80", "GBP", "2026-05-04")],
)
SHOPIFY = Layout(
    "docs.xbp.app/docs/development/integrations/shopify/order-format (rows and their meaning); "
    "webtoffee.com/shopify-orders-available-columns-for-export-and-import (columns)",
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,"
    "Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,"
    "Created at,Lineitem quantity,Lineitem name,Lineitem price\n"
    "#1001,a@example.com,paid,2026-10-07 23:50:26 -0400,fulfilled,,yes,USD,53.91,0.00,0.00,53.91,"
    ",0.00,Express,2026-10-07 23:50:20 -0400,1,Mask,34.90\n"
    "#1001,a@example.com,,,,,,,,,,,,,,2026-10-07 23:50:20 -0400,1,Soap,19.01\n",
    [("53.91", "USD", "2026-10-08"), None],
)
SETTLEMENT = (
    "settlement-id\tsettlement-start-date\tsettlement-end-date\tdeposit-date\ttotal-amount\t"
    "currency\ttransaction-type\torder-id\tmerchant-order-id\tadjustment-id\tshipment-id\t"
    "marketplace-name\tamount-type\tamount-description\tamount\tfulfillment-id\tposted-date\t"
    "posted-date-time\torder-item-code\tmerchant-order-item-id\tmerchant-adjustment-item-id\tsku\t"
    "quantity-purchased\tpromotion-id\n"
)
AMAZON_COM = Layout(
    "xieyi138-star/amazon-settlement-parser: sample/settlement-sample.txt",
    SETTLEMENT
    + "1\t2026-06-16 00:00:00 UTC\t2026-06-30 23:59:59 UTC\t2026-07-02 00:00:00 UTC\t582.89\tUSD"
    + "\t" * 18 + "\n"
    + "1\t\t\t\t\tUSD\tOrder\t11-1\t\t\tD1\tamazon.com\tItemPrice\tPrincipal\t129.99\tAFN\t"
    "2026-06-17 00:00:00 UTC\t2026-06-17 08:14:22 UTC\t5\t\t\tNX\t1\t\n"
    "1\t\t\t\t\tUSD\tOrder\t11-1\t\t\tD1\tamazon.com\tItemFees\tCommission\t-19.50\tAFN\t"
    "2026-06-17 00:00:00 UTC\t2026-06-17 23:14:22 UTC\t5\t\t\tNX\t1\t\n",
    [None, ("129.99", "USD", "2026-06-17"), ("-19.50", "USD", "2026-06-18")],
)  # fmt: skip
AMAZON_DE = Layout(
    "developer-docs.amazon.com/sp-api/docs/report-type-values-settlement: the columns are those of "
    "all marketplaces",
    SETTLEMENT
    + "1\t16.06.2026 00:00:00 UTC\t30.06.2026 23:59:59 UTC\t02.07.2026 00:00:00 UTC\t1582,89\tEUR"
    + "\t" * 18 + "\n"
    + "1\t\t\t\t\t\tOrder\t30-1\t\t\tD1\tAmazon.de\tItemPrice\tPrincipal\t1129,99\tAFN\t"
    "17.06.2026\t17.06.2026 22:14:22 UTC\t5\t\t\tNX\t1\t\n"
    "1\t\t\t\t\t\tOrder\t30-1\t\t\tD1\tAmazon.de\tItemFees\tCommission\t-19,50\tAFN\t"
    "17.06.2026\t17.06.2026 08:14:22 UTC\t5\t\t\tNX\t1\t\n",
    [None, ("1129.99", "EUR", "2026-06-18"), ("-19.50", "EUR", "2026-06-17")],
    to="USD",
)  # fmt: skip
IBKR_FLEX = Layout(
    "dickwolff/Export-To-Ghostfolio: samples/ibkr-trades-export.csv",
    '"Buy/Sell","TradeDate","ISIN","Quantity","TradePrice","TradeMoney","CurrencyPrimary",'
    '"IBCommission","IBCommissionCurrency"\n'
    '"BUY","20261001","CH1","7","282.7","1978.9","CHF","-5","CHF"\n'
    '"Buy/Sell","TradeDate","ISIN","Quantity","TradePrice","TradeMoney","CurrencyPrimary",'
    '"IBCommission","IBCommissionCurrency"\n'
    '"SELL","20261002","","-8000","1.1173","-8938.4","USD","-1.79924","CHF"\n',
    [("1978.9", "CHF", "2026-10-01"), ("-8938.4", "USD", "2026-10-02")],
    ("it repeats the header",),
)
IBKR_ACTIVITY = Layout(
    "JohanLarsson/IbkrToSru: IbkrToSruTests/CsvTests.cs",
    "Statement,Header,Field Name,Field Value\n"
    "Statement,Data,BrokerName,Interactive Brokers\n"
    "Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,"
    "C. Price,Proceeds,Comm/Fee,Basis,Realized P/L,MTM P/L,Code\n"
    'Trades,Data,Order,Stocks,USD,A,"2026-10-01, 12:46:38",50,39.83,39.16,"-1,991.50",-1,1992.5,0,'
    "-33.5,O\n"
    'Trades,Data,Order,Stocks,SEK,B,"2026-10-02, 09:30:00",-5,100,99,500,-1,-499,0,1,C\n'
    'Trades,SubTotal,,Stocks,USD,A,,50,,,"-1,991.50",-1,1992.5,0,-33.5,\n'
    'Trades,Total,,Stocks,USD,,,,,,"-1,991.50",-1,1992.5,0,-33.5,\n'
    "Dividends,Header,Currency,Date,Description,Amount\n"
    "Dividends,Data,USD,2026-10-02,A Cash Dividend,12.50\n",
    [("-1991.50", "USD", "2026-10-01"), ("500", "SEK", "2026-10-02")],
    ("the day is missing", "the day is missing", "it has 6 fields", "it has 6 fields"),
)
COINBASE = Layout(
    "dickwolff/Export-To-Ghostfolio: samples/coinbase-export.csv",
    "\nTransactions\nUser,A,1\n"
    "ID,Timestamp,Transaction Type,Asset,Quantity Transacted,Price Currency,Price at Transaction,"
    "Subtotal,Total (inclusive of fees and/or spread),Fees and/or Spread,Notes\n"
    "1,2026-10-01 16:57:02 UTC,Staking Income,ETH,0.0000378,EUR,€3343.11229989,€0.12649,€0.12649,"
    "€0.00,\n"
    "2,2026-10-02 23:30:00 UTC,Send,ETH,-0.18,USD,$3302.65,-$597.49846,-$597.49846,$0.00,Sent\n"
    '3,2026-10-05 06:45:27 UTC,Buy,BTC,0.1,USD,"$39,999.33","$3,999.93","$4,002.92",$2.99,Bought\n',
    [
        ("0.12649", "EUR", "2026-10-01"),
        ("-597.49846", "USD", "2026-10-03"),
        ("4002.92", "USD", "2026-10-05"),
    ],
    to="GBP",
)
QUICKBOOKS = Layout(
    "dustinmichels/GAS-snippets: snippets/quickbooks-macro/README.md",
    ",Type,Date,Num,Adj,Name,Memo,Split,Debit,Credit,Balance\n"
    "5013 · Another Thing,,,,,,,,,,0.00\n"
    ',Bill,10/1/2026,123,,name,,2000 · Accounts Payable,"1,100.00",,"1,100.00"\n'
    ',Bill,10/12/2026,124,,name,,2000 · Accounts Payable,$200.00,,"1,300.00"\n'
    'Total 5013 · Another Thing,,,,,,,,"1,300.00",0.00,"1,300.00"\n',
    [None, ("1100.00", "USD", "2026-10-01"), ("200.00", "USD", "2026-10-12")],
    ("the day is missing",),
)
DATEV = Layout(
    "ledermann/datev: examples/EXTF_Buchungsstapel.csv",
    "EXTF;510;21;Buchungsstapel;7;20261031152500000;;XY;CAO;;123;456;20260101;4;20261001;20261031;"
    "Beispiel-Buchungen;;1;;;EUR;;;;;;;;;\r\n"
    "Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;WKZ Umsatz;Kurs;Basisumsatz;"
    "WKZ Basisumsatz;Konto;Gegenkonto (ohne BU-Schlüssel);BU-Schlüssel;Belegdatum;Belegfeld 1;"
    "Belegfeld 2;Skonto;Buchungstext\r\n"
    "24,95;H;USD;;;;1200;4940;8;2110;;;;Fachbuch\r\n"
    "5950,00;S;GBP;;;;10000;8400;;110;RE-135;;;Honorar für Seminar\r\n",
    [("-24.95", "USD", "2026-10-21"), ("5950.00", "GBP", "2026-10-01")],
    encoding="cp1252",
)
DEGIRO = Layout(
    "dickwolff/Export-To-Ghostfolio: src/converters/degiroConverterV2.test.ts",
    "Datum,Tijd,Valutadatum,Product,ISIN,Omschrijving,FX,Mutatie,,Saldo,,Order Id\n"
    '16-10-2026,04:51,16-10-2026,,,iDEAL storting,,EUR,"2500,00",EUR,"2500,00",\n'
    '15-10-2026,10:00,15-10-2026,A,US1,Koop,,USD,"-1.012,50",USD,"-1.012,50",1\n',
    [("2500.00", "EUR", "2026-10-16"), ("-1012.50", "USD", "2026-10-15")],
    to="GBP",
)
SAP = Layout(
    "ZS-Weng/Data_Engineering: Data_Cleaning/data/Sample SAP Format.txt (the list, here with "
    "amounts besides); sapdatasheet.org/abap/dtel/signe.html (their signs)",
    "27.11.2026           Dynamic List Display           1\n"
    "-----------------------------------------------------\n"
    "|DocumentNo|Year|Itm|Doc. Date |        Amount|Crcy |Text                |\n"
    "-----------------------------------------------------\n"
    "|10002001  |2026|001|01.10.2026|     1.234,56-|USD  |Item 1              |\n"
    "|10002002  |2026|001|02.10.2026|        99,00 |GBP  |Item 2              |\n"
    "|10002003  |2026|002|05.10.2026|     2.000,00 |USD  |Item A|ID:01        |\n"
    "-----------------------------------------------------\n",
    [("-1234.56", "USD", "2026-10-01"), ("99.00", "GBP", "2026-10-02")],
    ("it has 1 field", "it has 10 fields", "it has 1 field"),
)
EXCEL_DE = Layout(
    "Excel in German: CSV with a line for itself",
    "sep=;\r\nBetrag;Währung;Tag\r\n1.234,50 €;EUR;1.10.2026\r\n-12,00 €;EUR;02.10.2026\r\n",
    [("1234.50", "EUR", "2026-10-01"), ("-12.00", "EUR", "2026-10-02")],
    encoding="cp1252",
    to="USD",
)
EXCEL_FR = Layout(
    "Excel in French: Unicode text",
    "Montant\tDevise\tJour\r\n1\u202f234,50\tUSD\t01/10/2026\r\n-12,00\tUSD\t02/10/2026\r\n",
    [("1234.50", "USD", "2026-10-01"), ("-12.00", "USD", "2026-10-02")],
    encoding="utf-16",
)
EXCEL_CH = Layout(
    "Excel in Swiss German: typographic apostrophes",
    "Betrag;Tag\r\nCHF 1\u2019234.50;01.10.2026\r\nCHF -12.00;02.10.2026\r\n",
    [("1234.50", "CHF", "2026-10-01"), ("-12.00", "CHF", "2026-10-02")],
)
EXCEL_IN = Layout(
    "Excel in Indian English: lakhs, and accounts' parentheses",
    'Amount,Currency,Day\r\n"12,34,567.89",INR,01-10-2026\r\n(500.00),INR,02-10-2026\r\n',
    [("1234567.89", "INR", "2026-10-01"), ("-500.00", "INR", "2026-10-02")],
)
LAYOUTS = {
    "Stripe": STRIPE,
    "PayPal (US)": PAYPAL_US,
    "PayPal (German)": PAYPAL_DE,
    "Wise": WISE,
    "Revolut": REVOLUT,
    "N26": N26,
    "Shopify": SHOPIFY,
    "Amazon settlement (.com)": AMAZON_COM,
    "Amazon settlement (.de)": AMAZON_DE,
    "Trading 212": TRADING_212,
    "IBKR Flex": IBKR_FLEX,
    "IBKR Activity": IBKR_ACTIVITY,
    "DEGIRO": DEGIRO,
    "Coinbase": COINBASE,
    "QuickBooks": QUICKBOOKS,
    "DATEV": DATEV,
    "SAP": SAP,
    "Excel (German)": EXCEL_DE,
    "Excel (French)": EXCEL_FR,
    "Excel (Swiss)": EXCEL_CH,
    "Excel (Indian)": EXCEL_IN,
}


def commands() -> dict[str, list[str]]:
    """The options of each export, as the page has them: its headings, and the block below each."""
    found: dict[str, list[str]] = {}
    heading = ""
    tokens = MarkdownIt().parse(PAGE.read_text(encoding="utf-8"))
    for before, token in itertools.pairwise(tokens):
        if before.type == "heading_open":
            heading = token.content
        elif token.type == "fence" and token.content.startswith("forexhooks convert-file"):
            found[heading] = shlex.split(token.content.replace("\\\n", " "))[2:]
    return found


def test_the_page_has_all_of_them() -> None:
    assert list(commands()) == list(LAYOUTS)


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_export(convert: Convert, tmp_path: Path, name: str) -> None:
    layout = LAYOUTS[name]
    source, *options = commands()[name]
    (tmp_path / source).write_bytes(layout.content.encode(layout.encoding))
    code, out, err = convert(source, *options, "-o", "out.csv", "--rejects", "rejects.csv")
    assert (code, out) == (3 if layout.rejected else 0, ""), err
    encoding = "utf-8-sig" if layout.encoding == "utf-16" else layout.encoding
    delimiter = dict(itertools.pairwise(options)).get("--delimiter", "")
    delimiter = {"tab": "\t", "": ";" if layout.content.startswith("sep=") else ","}.get(
        delimiter, delimiter
    )
    text = (tmp_path / "out.csv").read_bytes().decode(encoding)
    header, *rows = csv.reader(io.StringIO(text.removeprefix("sep=;\r\n")), delimiter=delimiter)
    assert header[-1] == f"{options[options.index('--amount') + 1]}_{layout.to}"
    fx = forexhooks.open("ecb")
    expected = [
        ""
        if row is None
        else str(fx.convert(row[0], row[1], layout.to, on=date.fromisoformat(row[2])))
        for row in layout.rows
    ]
    assert [row[-1].replace(",", ".") for row in rows] == expected
    rejects = (tmp_path / "rejects.csv").read_bytes().decode(encoding)
    _, *bad = csv.reader(io.StringIO(rejects.removeprefix("sep=;\r\n")), delimiter=delimiter)
    assert len(bad) == len(layout.rejected)
    for row, reason in zip(bad, layout.rejected, strict=True):
        assert row[1].startswith(reason)


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_export_without_its_options_says_what_to_give(
    convert: Convert, tmp_path: Path, name: str
) -> None:
    """Each option that is left out is missed by name, or was never needed."""
    layout = LAYOUTS[name]
    source, *options = commands()[name]
    (tmp_path / source).write_bytes(layout.content.encode(layout.encoding))
    keep = ("--amount", "--currency", "--currency-from", "--to", "--on", "--format")
    keep += ("--sign-column",)  # amounts without their signs look like any
    pairs = list(zip(options[::2], options[1::2], strict=True))
    for left_out, _ in pairs:
        if left_out in keep:
            continue
        rest = [word for pair in pairs if pair[0] != left_out for word in pair]
        code, _, err = convert(source, *rest, "-o", "out.csv")
        assert code in (1, 2), (left_out, err)
        assert re.search(rf"{left_out}\b", err), (left_out, err)
