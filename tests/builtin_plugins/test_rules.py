"""The rules that are built in, against figures that authorities have published."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine

import forexhooks
from fakes import nbp as fake
from forexhooks.cli import main
from forexhooks_nbp import NBP
from providers import Provider

# The Irish Revenue's customs exchange rates, as revenue.ie printed them, one page a month; the day
# of the ECB's rate is ours.
EU_CUSTOMS = """
month   day        USD      GBP      JPY      CHF      SEK      TRY      KRW
2020-05 2020-04-22 1.0867   0.87920  117.01   1.0523   10.9423  7.6008   1339.66
2023-09 2023-08-23 1.0805   0.85653  157.28   0.9524   11.9061  29.4080  1448.26
2023-12 2023-11-22 1.0911   0.8703   162.25   0.9640   11.39    31.4546  1418.1
2024-01 2023-12-20 1.0944   0.86555  157.12   0.946    11.129   31.883   1425.62
2024-07 2024-06-19 1.0749   0.84455  169.78   0.9506   11.2140  34.9750  1484.25
2024-09 2024-08-21 1.1116   0.85303  162.26   0.9503   11.3780  37.6869  1485.55
"""


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 10, 30, 20, tzinfo=UTC), tick=False) as traveller:
        yield traveller


def eu_customs() -> list[list[str]]:
    return [line.split() for line in EU_CUSTOMS.strip().splitlines()]


@pytest.mark.parametrize(("month", "day", "values"), [(*r[:2], r[2:]) for r in eu_customs()[1:]])
def test_eu_customs_is_what_the_irish_revenue_published(
    month: str, day: str, values: list[str]
) -> None:
    fx = forexhooks.open("eu-customs")
    first = date.fromisoformat(f"{month}-01")
    for on in (first, first + timedelta(14), first + timedelta(29)):
        for currency, value in zip(eu_customs()[0][2:], values, strict=True):
            rate = fx.get_rate("EUR", currency, on=on)
            assert (rate.on.isoformat(), rate.value) == (day, Decimal(value))
            assert (rate.driver, rate.rule) == ("ecb", "eu-customs")


def test_eu_customs_begins_with_its_regulation() -> None:
    with pytest.raises(forexhooks.RateUnavailableError, match="in force from 2016-05-01"):
        forexhooks.open("eu-customs").get_rate("EUR", "USD", on=date(2016, 4, 30))


@pytest.mark.parametrize("on", [date(2023, 10, 1), date(2023, 11, 15), date(2023, 12, 31)])
def test_oss_is_the_next_published_after_a_quarter_that_ends_on_a_sunday(on: date) -> None:
    # The guide to the OSS has this quarter: 31 December 2023 was a Sunday, 1 January a holiday.
    rate = forexhooks.open("oss").get_rate("EUR", "USD", on=on)
    assert (rate.on, rate.value) == (date(2024, 1, 2), Decimal("1.0956"))


@pytest.mark.parametrize(
    ("on", "of"),
    [
        (date(2026, 10, 30), date(2026, 10, 30)),
        (date(2026, 10, 25), date(2026, 10, 23)),
        (date(2025, 12, 26), date(2025, 12, 24)),  # the ECB's holidays
        (date(2026, 4, 6), date(2026, 4, 2)),  # Easter
    ],
)
def test_it_vat_is_the_day_s_or_the_nearest_before(on: date, of: date) -> None:
    assert forexhooks.open("it-vat").get_rate("EUR", "USD", on=on).on == of


# Polish supplies and the table that counts, by effective date and number: NBP's own archive.
PL_VAT = [
    (date(2024, 1, 9), date(2024, 1, 8), "005/A/NBP/2024"),
    (date(2024, 1, 8), date(2024, 1, 5), ""),
    (date(2024, 1, 7), date(2024, 1, 5), ""),  # a Sunday
    (date(2024, 1, 3), date(2024, 1, 2), "001/A/NBP/2024"),
    (date(2026, 3, 16), date(2026, 3, 13), ""),
    (date(2026, 3, 18), date(2026, 3, 17), ""),
    (date(2020, 6, 3), date(2020, 6, 2), "106/A/NBP/2020"),
]
# The euro. The values of days that are without a number above are made up.
PUBLISHED = {
    date(2020, 6, 1): "4.4013",
    date(2020, 6, 2): "4.3902",
    date(2024, 1, 2): "4.3434",
    date(2024, 1, 3): "4.3646",
    date(2024, 1, 4): "4.3539",
    date(2024, 1, 5): "4.3516",
    date(2024, 1, 8): "4.3578",
    date(2026, 3, 13): "4.2700",
    date(2026, 3, 16): "4.2710",
    date(2026, 3, 17): "4.2720",
}


@pytest.mark.parametrize(("on", "of", "number"), PL_VAT)
def test_pl_vat_is_the_table_of_the_last_working_day_before(
    on: date, of: date, number: str, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables = {day: {"EUR": value} for day, value in PUBLISHED.items()}
    monkeypatch.setitem(fake.TABLES, "A", tables)
    provider.answer = fake.answer
    manager = forexhooks.ForexManager(discover=True)
    manager.register(NBP(base_url=provider.url))
    rate = forexhooks.open("pl-vat", manager=manager).get_rate("EUR", "PLN", on=on)
    assert (rate.on, rate.value) == (of, Decimal(PUBLISHED[of]))


def test_ca_tax_and_no_vat_name_drivers_that_are_there() -> None:
    names = {each.name for each in forexhooks.drivers()}
    rules = {each.name: each.rule for each in forexhooks.rules()}
    assert set(rules) == {
        "au-tax", "ca-tax", "ch-vat", "cz-vat", "de-vat", "eu-customs", "it-income", "it-vat", "mx",
        "no-vat", "oss", "pl-vat", "se-vat", "uk-cgt", "uk-customs", "uk-vat", "us-fbar",
    }  # fmt: skip
    for rule in rules.values():
        assert rule is not None
        assert rule.source.partition(":")[0] in names
        assert rule.statute
        assert rule.url
        assert rule.verified
    assert not names & set(rules)


# Agenzia delle Entrate, provvedimento of January 2024: averages of December 2023.
IT_INCOME = {
    "CZK": "24.4776",
    "DKK": "7.4556",
    "ISK": "150.55",
    "NOK": "11.5333",
    "SEK": "11.2028",
    "THB": "38.176",
    "USD": "1.0903",
}


def test_it_income_is_what_agenzia_delle_entrate_published() -> None:
    fx, on = forexhooks.open("it-income"), date(2023, 12, 15)
    found = {code: f"{fx.get_rate('EUR', code, on=on).value}" for code in IT_INCOME}
    assert found == IT_INCOME
    assert fx.get_rate("EUR", "USD", on=on).inputs[0].observations == 19


def test_a_rule_rounds_the_exact_mean_once_in_the_direction_published() -> None:
    """CZK has four places there, and three at the ECB: 24.47757894… becomes 24.4776, not 24.478."""
    on = date(2023, 12, 15)
    direct, inverse = (
        forexhooks.open("it-income").get_rate(*pair, on=on)
        for pair in (("EUR", "CZK"), ("CZK", "EUR"))
    )
    assert (direct.kind, direct.value) == ("derived", Decimal("24.4776"))
    assert inverse.legs == direct.legs and inverse.inputs == direct.inputs
    assert [leg.value for leg in direct.legs] == [Decimal("24.4776")]
    assert inverse.convert("24.4776", places=6) == 1
    history = forexhooks.open("it-income").get_history("EUR", "CZK", on, date(2023, 12, 16))
    assert [rate.value for rate in history] == [direct.value] * 2


@pytest.mark.parametrize("rule", ["it-income"])
def test_an_average_of_a_month_that_is_not_over_is_not_out(rule: str) -> None:
    with time_machine.travel(datetime(2026, 11, 2, 9, tzinfo=UTC), tick=False):
        fx = forexhooks.open(rule)
        for on in (None, date(2026, 11, 1)):
            with pytest.raises(forexhooks.RateUnavailableError) as missing:
                fx.get_rate("EUR", "USD", on=on)
            assert missing.value.reason is forexhooks.UnavailableReason.NOT_PUBLISHED_YET
        assert fx.get_rate("EUR", "USD", on=date(2026, 10, 31)).on == date(2026, 10, 1)


def test_a_file_of_invoices_is_converted_by_its_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    invoices = tmp_path / "invoices.csv"
    invoices.write_text(
        "day,amount,currency\n2024-01-31,100.00,USD\n2024-07-01,100.00,USD\n", encoding="utf-8"
    )
    rates = [Decimal("1.0944"), Decimal("1.0749")]
    options = "--amount=amount --currency=currency --on=day --to=EUR --driver=eu-customs"
    with pytest.raises(SystemExit) as ended:
        main(["convert-file", f"{invoices}", *options.split()])
    out = capsys.readouterr().out
    assert ended.value.code in (0, None), out
    for rate in rates:
        assert f"{round(100 / rate, 2)}" in out
