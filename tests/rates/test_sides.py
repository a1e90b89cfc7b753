"""Sides: a leg that is travelled backwards is of the other side, or there is no rate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import forexhooks
from forexhooks import ForexManager, Observation, Profile, Rate, RateTable, Series

DAY = date(2026, 10, 30)
CODES = ("EUR", "CAD", "GBP", "JPY", "USD")
SERIES = (Series("ask", side="ask"), Series("bid", side="bid"), Series("mid"))


def of(pair: str, value: str, on: date = DAY) -> Observation:
    return Observation(on, *pair.split("/"), Decimal(value))


ASKS = [of("EUR/USD", "1.12"), of("EUR/CAD", "1.57"), of("GBP/EUR", "1.16")]
BIDS = [of("EUR/USD", "1.10"), of("EUR/CAD", "1.55"), of("GBP/EUR", "1.14")]


def exact(rate: Rate) -> Fraction:
    return Fraction(*map(Fraction, rate.fraction()))


def test_a_leg_that_is_travelled_backwards_is_of_the_other_side() -> None:
    asks = RateTable(ASKS, driver="bank", opposite=BIDS)
    assert exact(asks.get_rate("EUR", "USD", DAY)) == Fraction("1.12")
    assert exact(asks.get_rate("USD", "EUR", DAY)) == 1 / Fraction("1.10")
    assert exact(asks.get_rate("USD", "CAD", DAY)) == Fraction("1.57") / Fraction("1.10")
    assert exact(asks.get_rate("GBP", "USD", DAY)) == Fraction("1.16") * Fraction("1.12")
    assert exact(asks.get_rate("USD", "GBP", DAY)) == 1 / (Fraction("1.14") * Fraction("1.10"))
    assert [rate.value for rate in asks.history("USD", "EUR", DAY, DAY)] == [
        asks.get_rate("USD", "EUR", DAY).value
    ]
    assert sorted(asks.observations()) == sorted(ASKS)
    for same in (asks.knowing({"CHF"}), asks.adjusted(lambda rate: rate)):
        assert same.get_rate("USD", "EUR", DAY).legs == (BIDS[0],)


def test_without_the_other_side_there_is_no_rate_backwards() -> None:
    before = of("EUR/USD", "1.10", DAY - timedelta(20))
    for opposite in ([], [before]):
        asks = RateTable(ASKS, driver="bank", opposite=opposite)
        assert asks.get_rate("EUR", "USD", DAY).value == Decimal("1.12")
        for base, quote in (("USD", "EUR"), ("USD", "CAD")):
            with pytest.raises(forexhooks.RateUnavailableError):
                asks.get_rate(base, quote, DAY)
    profile = Profile(title="Bank", series=SERIES)
    with pytest.raises(forexhooks.RateUnavailableError):
        RateTable(ASKS, driver="bank", profile=profile).get_rate("USD", "EUR", DAY)


def test_a_bid_above_the_ask_is_refused() -> None:
    profile = Profile(title="Bank", series=SERIES)
    with pytest.raises(forexhooks.MalformedResponseError, match=r"the bid 1\.\d+ above the ask 1"):
        RateTable(BIDS, driver="bank", profile=profile, opposite=ASKS)


prices = st.lists(st.integers(1, 10**6), min_size=3, max_size=3).map(sorted)


@given(st.lists(st.tuples(prices, st.booleans()), min_size=4, max_size=4))
def test_bid_mid_ask_stay_in_order_and_there_and_back_never_gains(
    priced: list[tuple[list[int], bool]],
) -> None:
    sides: dict[str, list[Observation]] = {"bid": [], "mid": [], "ask": []}
    for code, (values, is_flipped) in zip(CODES[1:], priced, strict=True):
        pair = (code, "EUR") if is_flipped else ("EUR", code)
        for side, digits in zip(("bid", "mid", "ask"), values, strict=True):
            sides[side].append(Observation(DAY, *pair, Decimal(digits).scaleb(-3)))
    bids = RateTable(sides["bid"], driver="t", opposite=sides["ask"])
    asks = RateTable(sides["ask"], driver="t", opposite=sides["bid"])
    mids = RateTable(sides["mid"], driver="t")
    for base, quote in permutations(CODES, 2):
        bid, mid, ask = (exact(each.get_rate(base, quote, DAY)) for each in (bids, mids, asks))
        assert bid <= mid <= ask
        assert bid * exact(bids.get_rate(quote, base, DAY)) <= 1
        assert bid * exact(asks.get_rate(quote, base, DAY)) == 1


class Bank(forexhooks.Driver):
    name = "bank"
    profile = Profile(title="Bank", series=SERIES)

    def observations(  # type: ignore[override]
        self, currencies: Any, start: Any, end: Any, series: str
    ) -> Iterator[Observation]:
        yield from {"ask": ASKS, "bid": BIDS, "mid": []}[series]


def test_a_driver_that_lists_both_sides_has_both_in_its_tables() -> None:
    manager = ForexManager()
    manager.register(Bank())
    rates = {
        name: forexhooks.open(f"bank:{name}", manager=manager).get_rate("USD", "EUR", DAY)
        for name in ("ask", "bid")
    }
    assert exact(rates["ask"]) == 1 / Fraction("1.10")
    assert exact(rates["bid"]) == 1 / Fraction("1.12")
    assert {rate.series for rate in rates.values()} == {"ask", "bid"}


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("ask", "bid"),
        ("bid", "ask"),
        ("note-ask", "note-bid"),
        ("note-bid", "note-ask"),
        ("cheque-ask", None),
        ("month-ask", None),  # the bids of a month are not listed
    ],
)
def test_the_other_side_is_of_the_same_kind(name: str, other: str | None) -> None:
    listed = ("ask", "bid", "note-ask", "note-bid", "cheque-ask")
    series = [
        *(Series(each, side="bid" if "bid" in each else "ask") for each in listed),
        Series("month-ask", side="ask", frequency="month"),
    ]
    profile = Profile(title="t", series=tuple(series))
    assert profile.of_series(name).opposite() == other


def test_sides_may_have_any_names() -> None:
    series = (Series("selling", side="ask"), Series("buying", side="bid"))
    assert Profile(title="t", series=series).opposite() == "buying"
