"""Official pegs: each with its source, and what follows from them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import ClassVar

import pytest
from click.testing import CliRunner

import forexhooks
from forexhooks import ForexManager, RateUnavailableError, UnavailableReason, UnsupportedPairError
from forexhooks.cli import cli
from forexhooks.currencies import CODES
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_ecb import ECB
from forexhooks_ecb.pegged import PeggedECB
from forexhooks_peg import PEGS, Peg, Pegs
from test_docs import ROOT

TODAY = date(2026, 10, 30)


class TestPegs(DriverTests):
    today = TODAY
    samples = (
        ("USD", "SAR", None, "3.75"),
        ("SAR", "USD", date(2020, 5, 4), "1/3.75"),
        ("SAR", "QAR", None, "3.64/3.75"),
        ("EUR", "XPF", None, "1/0.00838"),
    )
    pairs = (("USD", "SAR"),)
    expected_failures: ClassVar = {
        "test_the_profile_says_what_users_need_to_know": "each peg has a source of its own"
    }

    def make_driver(self, server: ForexServer) -> Pegs:
        return Pegs()


class TestPeggedECB(DriverTests):
    today = TODAY
    samples = (
        ("EUR", "USD", None, "1.1172"),
        ("EUR", "SAR", None, "4.1895"),
        ("XOF", "USD", date(2026, 10, 29), "1.1130/655.957"),
        ("EUR", "HRK", date(2022, 12, 31), "7.5365"),
    )

    def make_driver(self, server: ForexServer) -> PeggedECB:
        return PeggedECB(base_url=server.url)


@pytest.fixture
def fx(bundle_is_fresh: object) -> forexhooks.ForexService:
    return forexhooks.open("peg")


@pytest.mark.parametrize("peg", PEGS, ids=lambda peg: f"{peg.base}/{peg.quote}")
def test_each_peg(fx: forexhooks.ForexService, peg: Peg) -> None:
    assert {peg.base, peg.quote} <= CODES and peg.since < TODAY
    assert peg.url.startswith(("http://", "https://")) and peg.authority and peg.says
    pair = peg.base, peg.quote
    for on in (peg.since, TODAY - timedelta(1), None):
        rate = fx.get_rate(*pair, on)
        assert (rate.on, rate.until, rate.value) == (peg.since, date.max, peg.value)
        assert rate.stale is None
    with pytest.raises(RateUnavailableError) as before:
        fx.get_rate(*pair, peg.since - timedelta(1), max_gap=99)
    assert before.value.reason is UnavailableReason.BEFORE_FIRST_DAY
    # The page that lists them says what the data say.
    row = f"| {peg.base}/{peg.quote} | {peg.value} | {peg.since} | [{peg.authority}]({peg.url}) |"
    assert row in (ROOT / "docs" / "howto" / "pegs.md").read_text(encoding="utf-8")


def test_pegs_to_one_currency_cross_from_the_later_first_day(fx: forexhooks.ForexService) -> None:
    for one, other in combinations([peg for peg in PEGS if peg.base == "USD"], 2):
        rate = fx.get_rate(one.quote, other.quote, TODAY)
        assert (rate.on, rate.until) == (max(one.since, other.since), date.max)
        assert rate.fraction() == (other.value, one.value)
        [only] = fx.get_history(one.quote, other.quote, date(1990, 1, 1), TODAY)
        assert (only.on, only.value) == (rate.on, rate.value)


def test_pegs_to_different_currencies_do_not(fx: forexhooks.ForexService) -> None:
    with pytest.raises(UnsupportedPairError, match="but none that connect them"):
        fx.get_rate("SAR", "XOF")
    assert fx.currencies() == {code for peg in PEGS for code in (peg.base, peg.quote)}


def test_a_chain_and_the_command_line(fx: forexhooks.ForexService) -> None:
    with ForexManager(discover=True) as manager:
        chain = forexhooks.open("ecb", "peg", manager=manager)
        assert chain.get_rate("USD", "SAR", TODAY).driver == "peg"
        assert chain.convert("100", "USD", "SAR", on=TODAY) == Decimal(375)
    asked = ["rate", "EUR", "XOF", "--driver", "peg", "--on", "2026-10-30"]
    assert CliRunner().invoke(cli, asked).stdout == (
        "1 EUR = 655.957 XOF (since 2022-03-10, peg, direct)\n"
    )
    [result] = json.loads(CliRunner().invoke(cli, ["doctor", "--driver", "peg", "--json"]).stdout)
    assert result["checks"]["well-formed"] is True


def test_the_ecb_and_the_pegs_are_one_table(fx: forexhooks.ForexService) -> None:
    both, ecb = forexhooks.open("ecb-peg"), forexhooks.open("ecb")
    assert both.currencies() == ecb.currencies() | fx.currencies()
    rate = both.get_rate("EUR", "SAR")
    assert (rate.on, rate.until, rate.kind) == (TODAY, None, "cross")
    assert rate.legs == (*ecb.get_rate("EUR", "USD").legs, *fx.get_rate("USD", "SAR").legs)
    assert len(both.get_rate("GBP", "SAR").legs) == len(both.get_rate("SAR", "XOF").legs) == 3
    assert len(both.get_rate("NAD", "SAR").legs) == 4
    # A weekend has Friday's, as without a peg; a day before the source of the peg has none.
    sunday = date(2026, 10, 25)
    assert both.get_rate("SAR", "EUR", sunday).on == date(2026, 10, 23)
    with pytest.raises(RateUnavailableError):
        both.get_rate("EUR", "SAR", date(2020, 5, 3))
    days = [each.on for each in ecb.get_history("EUR", "USD", date(2020, 4, 1), TODAY)]
    history = both.get_history("EUR", "SAR", date(2020, 4, 1), TODAY)
    assert [each.on for each in history] == [on for on in days if on >= date(2020, 5, 4)]
    assert both.get_rate("USD", "CAD").value == ecb.get_rate("USD", "CAD").value


def test_the_store_is_that_of_the_ecb(bundle_is_fresh: object) -> None:
    assert PeggedECB().path == ECB().path
    asked = ["rate", "EUR", "SAR", "--driver", "ecb-peg", "--on", "2026-10-30"]
    assert CliRunner().invoke(cli, asked).stdout == (
        "1 EUR = 4.18950 SAR (2026-10-30, ecb-peg, cross)\n"
    )
