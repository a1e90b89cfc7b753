"""What a provider sent, read to the digit."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forexhooks.http import Reply, csv_of, value_of


@given(st.integers(1, 10**40), st.integers(0, 20), st.integers(0, 6), st.data())
def test_a_rate_of_many_units_is_that_of_one_to_the_digit(
    digits: int, places: int, zeros: int, data: st.DataObject
) -> None:
    stated = Decimal((0, tuple(map(int, str(digits))), -places))
    if not -30 <= stated.adjusted() - zeros <= stated.adjusted() <= 30:
        return
    per = data.draw(st.sampled_from([10**zeros, str(10**zeros), Decimal(10**zeros), f"1e{zeros}"]))
    with localcontext(Context(prec=3)):
        value = value_of(f"{stated:f}", per=per)
    with localcontext(Context(prec=100)):
        assert value * 10**zeros == stated


@pytest.mark.parametrize("per", [0, 3, -10, 25, "x", None, "0", Decimal("NaN"), "1e99999999"])
def test_a_number_of_units_that_is_no_power_of_ten_is_refused(per: object) -> None:
    with pytest.raises(ValueError, match=r"^per=.*a power of ten$"):
        value_of("1.4", per=per)


@pytest.mark.parametrize("page", ["<!DOCTYPE html><p>Sign in.", "\n<html>\n<p>a,b\n1,2\n", "<x/>"])
def test_a_page_is_no_csv(page: str) -> None:
    with pytest.raises(ValueError, match="not as CSV"):
        csv_of(Reply(200, {}, page.encode()))


def test_rows_by_their_columns() -> None:
    body = '\ufeffday,rate\r\n2026-10-30,"1,4"\r\n'
    assert csv_of(Reply(200, {}, body.encode())) == [{"day": "2026-10-30", "rate": "1,4"}]
    assert csv_of(Reply(200, {}, body.encode()), ["rate", "day"]) == csv_of(
        Reply(200, {}, body.encode())
    )
    assert csv_of(Reply(200, {}, b"")) == csv_of(Reply(200, {}, b""), ["day"]) == []


def test_columns_that_are_missing_are_named() -> None:
    with pytest.raises(ValueError, match=r"no column RATE, CODE: its first line names DAY, Rate$"):
        csv_of(Reply(200, {}, b"DAY,Rate\n2026-10-30,1.4\n"), ["RATE", "DAY", "CODE"])
