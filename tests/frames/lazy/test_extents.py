"""What lazy frames are asked beforehand: currencies, and first and last day, or each row's.

If the driver keeps a store, they are asked nothing.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Collection, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

import forexhooks
from forexhooks import ConversionError, Driver, Observation, Profile, frames
from forexhooks.testing import FixedRates

ASKED: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "to", "on": "on"}
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 30)


class Acme(Driver):
    """Has all days of some currencies, and notes what it was asked for."""

    name = "acme"
    profile = Profile(title="Acme", pivot="EUR", history_from=date(2026, 9, 1))

    def __init__(self) -> None:
        self.asked: list[tuple[set[str], date | None, date | None]] = []

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        self.asked.append((set(currencies), start, end))
        first, last = start or LAST, end or LAST
        for day in range(first.toordinal(), last.toordinal() + 1):
            for code in {"USD", "GBP", "JPY"} & set(currencies):
                yield Observation(date.fromordinal(day), "EUR", code, Decimal(day % 7 + 3) / 4)


class DayByDay(Acme):
    profile = Acme.profile._replace(day_by_day=True)


class Stored(Acme):
    def update(self, **_: Any) -> None:
        pass


def of_polars(frame: pl.DataFrame) -> Any:
    return frame.lazy()


def of_dask(frame: pl.DataFrame) -> Any:
    dd = pytest.importorskip("dask.dataframe", reason="dask is not installed")
    return dd.from_pandas(frame.to_pandas(), npartitions=2)


KINDS = pytest.mark.parametrize("kind", [of_polars, of_dask])


def rows(*each: tuple[float | None, str | None, str, date | None]) -> pl.DataFrame:
    schema = {"amount": pl.Float64, "ccy": pl.String, "to": pl.String, "on": pl.Date}
    return pl.DataFrame(each, schema=schema, orient="row")


def service(driver: object) -> forexhooks.ForexService:
    manager = forexhooks.ForexManager()
    manager.register(driver)
    return forexhooks.open("acme", manager=manager)


def result_of(frame: Any) -> list[Any]:
    done = frame.collect() if isinstance(frame, pl.LazyFrame) else frame.compute(scheduler="sync")
    return [None if value != value else value for value in done["result"].to_list()]


@KINDS
def test_a_table_is_asked_for_once(kind: Callable[[pl.DataFrame], Any]) -> None:
    driver = Acme()
    fx = service(driver)
    frame = rows((1.0, "USD", "EUR", FIRST), (2.0, "GBP", "JPY", LAST), (3.0, "usd", "EUR", LAST))
    result = frames.convert(kind(frame), **ASKED, into="result", driver=fx)
    assert [(codes, end) for codes, _, end in driver.asked] == [
        ({"USD", "GBP", "EUR", "JPY"}, LAST)
    ]
    assert result_of(result) == [
        float(fx.convert(amount, ccy, to, on)) for amount, ccy, to, on in frame.iter_rows()
    ]


@KINDS
def test_a_driver_that_pays_for_each_day_is_asked_for_those_that_occur(
    kind: Callable[[pl.DataFrame], Any],
) -> None:
    driver = DayByDay()
    frame = rows((1.0, "USD", "EUR", FIRST), (2.0, "USD", "EUR", LAST))
    frames.convert(kind(frame), **ASKED, into="result", driver=service(driver))
    assert [start for _, start, _ in driver.asked] == [FIRST, LAST]


@KINDS
@pytest.mark.parametrize(
    "row",
    [
        (1.0, None, "EUR", LAST),
        (1.0, "USD", "EUR", None),
        (1.0, "USD", "CHF", LAST),
        (1.0, "XXY", "EUR", LAST),
        (1.0, "USD", "EUR", date(2026, 8, 1)),
    ],
    ids=["no currency", "no day", "no rate", "no code", "before the first day"],
)
def test_rows_that_lack_a_rate_are_told_at_once_or_empty(
    kind: Callable[[pl.DataFrame], Any], row: Any
) -> None:
    fx = service(Acme())
    good = (3.0, "USD", "EUR", FIRST)
    with pytest.raises(ConversionError, match=r"^1 of 2 rows cannot be converted") as caught:
        frames.convert(kind(rows(good, row)), **ASKED, into="result", driver=fx)
    assert len(caught.value.failures) == 1
    left = frames.convert(kind(rows(good, row)), **ASKED, into="result", driver=fx, errors="null")
    assert result_of(left) == [float(fx.convert(3, "USD", "EUR", FIRST)), None]
    # Where there is no amount, nothing is lacking.
    nothing = rows(good, (None, *row[1:]))
    result = frames.convert(kind(nothing), **ASKED, into="result", driver=fx)
    assert result_of(result)[1] is None


@KINDS
def test_pairs_that_no_row_has_may_lack_rates(kind: Callable[[pl.DataFrame], Any]) -> None:
    manager = forexhooks.ForexManager()
    manager.register(FixedRates({"EUR/USD": "1.25", "GBP/JPY": "200"}, on=LAST))
    fx = forexhooks.open("fixed", manager=manager)
    frame = rows((5.0, "EUR", "USD", LAST), (1.0, "GBP", "JPY", LAST))
    result = frames.convert(kind(frame), **ASKED, into="result", driver=fx)
    assert result_of(result) == [6.25, 200.0]


@KINDS
@pytest.mark.parametrize("errors", ["raise", "null"])
def test_a_store_is_asked_when_rows_are_computed(
    kind: Callable[[pl.DataFrame], Any], errors: Any
) -> None:
    driver = Stored()
    fx = service(driver)
    frame = rows((1.0, "USD", "EUR", FIRST), (2.0, "gbp", "JPY", LAST), (None, "XXY", "EUR", LAST))
    asked: dict[str, Any] = {**ASKED, "into": "result", "driver": fx, "errors": errors}
    result = frames.convert(kind(frame), **asked)
    assert not driver.asked
    expected = [float(fx.convert(1, "USD", "EUR", FIRST)), float(fx.convert(2, "GBP", "JPY", LAST))]
    assert result_of(result) == [*expected, None]
    wrong = frames.convert(kind(rows((1.0, "USD", "CHF", LAST))), **asked)
    if errors == "null":
        assert result_of(wrong) == [None]
        return
    with pytest.raises(ConversionError, match=r"a batch cannot .*1 of them: acme has no CHF"):
        result_of(wrong)


def test_tasks_of_dask_that_leave_the_process_have_their_rates() -> None:
    fx = service(Stored())
    parts = of_dask(rows((1.0, "USD", "EUR", FIRST), (2.0, "GBP", "JPY", LAST)))
    result = frames.convert(parts, **ASKED, into="result", driver=fx)
    assert result_of(pickle.loads(pickle.dumps(result))) == result_of(result)  # noqa: S301 # nosec
