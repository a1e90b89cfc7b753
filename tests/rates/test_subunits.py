"""Pence, agorot and cents: rates of their parents, one leg longer, however they are written."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import forexhooks
from forexhooks import CurrencyError, ForexManager, Observation, Rate, frames
from forexhooks.currencies import CODES, SUBUNITS
from forexhooks.testing import FixedRates
from patience import CHILD_LIMIT

DAY = date(2026, 10, 30)
PENCE = Observation(DAY, "GBP", "GBX", Decimal(100))
SPELLED = [*SUBUNITS, *(code.lower() for code in SUBUNITS if code.isupper())]


@pytest.fixture(scope="module")
def fx() -> forexhooks.ForexService:
    return forexhooks.open("ecb", manager=ForexManager(discover=True))


def test_pence(fx: forexhooks.ForexService) -> None:
    rate = fx.get_rate("GBp", "EUR", DAY)
    pounds = fx.get_rate("GBP", "EUR", DAY)
    assert (rate.base, rate.quote, rate.kind) == ("GBX", "EUR", pounds.kind)
    assert rate.legs == (PENCE, *pounds.legs)
    assert fx.convert(100, "GBp", "EUR", DAY) == fx.convert(1, "GBP", "EUR", DAY)
    assert fx.convert(1, "EUR", "gbx", DAY) == 83  # there are no parts of a penny
    assert rate.inverse().legs == rate.legs[::-1]


@pytest.mark.parametrize("spelled", SPELLED)
def test_however_it_is_written(spelled: str) -> None:
    subunit = SUBUNITS.get(spelled) or SUBUNITS[spelled.upper()]
    manager = ForexManager()
    manager.register(FixedRates({f"{subunit.parent}/CHF": "2"}, on=DAY))
    service = forexhooks.open("fixed", manager=manager)
    for base, quote, value in (
        (spelled, "CHF", Decimal(2) / subunit.per_parent),
        ("CHF", spelled, Decimal(subunit.per_parent) / 2),
        (spelled, subunit.parent, Decimal(1) / subunit.per_parent),
        (subunit.parent, spelled, Decimal(subunit.per_parent)),
        (spelled, spelled, Decimal(1)),
    ):
        rate = service.get_rate(base, quote, DAY)
        codes = {spelled: subunit.code}
        assert (rate.base, rate.quote) == (codes.get(base, base), codes.get(quote, quote))
        assert rate.value == value
        assert service.get_rates(base, [quote], DAY) == {rate.quote: rate}


def test_what_is_wrapped_stays_adjusted() -> None:
    class Spread:
        @forexhooks.hookimpl(wrapper=True)
        def forex_get_rate(self) -> Any:
            rate = yield
            return rate and rate.adjusted(rate.value * 2)

    manager = ForexManager()
    manager.register(FixedRates({"GBP/EUR": "1.2"}, on=DAY))
    manager.register(Spread(), "spread")
    rate = forexhooks.open("fixed", manager=manager).get_rate("GBX", "EUR", DAY)
    assert (rate.kind, rate.value, rate.unadjusted) == (
        "adjusted",
        Decimal("0.024"),
        Decimal("0.012"),
    )
    assert rate.convert(100) == Decimal("2.40")


def test_history_and_batches(fx: forexhooks.ForexService) -> None:
    history = fx.get_history("GBp", "USD", date(2026, 10, 1), DAY)
    assert (history.base, history.quote) == ("GBX", "USD")
    pounds = fx.get_history("GBP", "USD", date(2026, 10, 1), DAY)
    assert [rate.convert(100, places=9) for rate in history] == [
        rate.convert(1, places=9) for rate in pounds
    ]
    assert list(fx.get_rates("EUR", ["GBp", "GBP", "USD"], DAY)) == ["GBX", "GBP", "USD"]


@given(
    st.lists(st.sampled_from(["GBp", "GBX", "gbx", "GBP", "ZAc", "ILA", "USD"]), min_size=1),
    st.sampled_from(["EUR", "GBX", "USX", "GBP"]),
)
def test_columns_are_as_rows(codes: list[str], to: str) -> None:
    service = forexhooks.open("ecb")
    frame = pd.DataFrame({"amount": ["1234.5"] * len(codes), "ccy": codes})
    done = frames.convert(frame, amount="amount", currency="ccy", to=to, on=DAY, driver=service)
    expected = [service.convert("1234.5", code, to, DAY) for code in codes]
    assert [Decimal(each) for each in done[f"amount_{to}"]] == expected


def test_rates_as_a_frame() -> None:
    found = frames.rates(["GBp"], DAY, DAY, base="EUR", driver="ecb")
    assert found[["quote", "value"]].to_numpy().tolist() == [["GBX", 83.38]]


def test_locks(tmp_path: Path) -> None:
    path = tmp_path / "rates.lock"
    with forexhooks.locking(path, "ecb") as fx:
        recorded = fx.get_rate("GBp", "EUR", DAY)
    locked = forexhooks.open(lock=path)
    assert locked.get_rate("gbx", "EUR", DAY) == recorded
    assert recorded.base == "GBX"


def test_the_command_line(tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "forexhooks", *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
            timeout=CHILD_LIMIT,
        )
        return done.stdout + done.stderr

    on = ("--on", "2026-10-30")
    assert run("convert", "100", "GBp", "EUR", *on).startswith("100 GBX = 1.20 EUR (")
    assert "write GBP, or GBX" in run("rate", "Gbp", "EUR", *on)
    (tmp_path / "a.csv").write_text("amount,ccy\n100,GBp\n100,GBP\n")
    columns = ("--amount", "amount", "--currency", "ccy", "--to", "EUR")
    assert "2 rows" in run("convert-file", "a.csv", *columns, *on, "-o", "b.csv")
    assert (
        tmp_path / "b.csv"
    ).read_text() == "amount,ccy,amount_EUR\n100,GBp,1.20\n100,GBP,119.93\n"


@given(st.sampled_from(sorted(CODES)), st.integers(1, 6))
def test_mixed_case_is_a_subunit_or_refused(code: str, which: int) -> None:
    mixed = "".join(each.lower() if which >> at & 1 else each for at, each in enumerate(code))
    service = forexhooks.open("ecb")
    try:
        found: Rate | str = service.get_rate(mixed, "EUR", DAY)
    except CurrencyError as error:
        found = str(error)
    except forexhooks.RateError:
        return  # a subunit of what the ECB does not have
    if isinstance(found, Rate):
        assert mixed in SUBUNITS or mixed.islower()
    else:
        assert "mixes upper and lower case" in found
