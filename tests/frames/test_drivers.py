"""Whom frames ask, and for what: tables, rates one by one, several drivers, extensions."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Collection, Generator, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

import forexhooks
from forexhooks import (
    ConversionError,
    Driver,
    NoDriverAnsweredError,
    Observation,
    PluginError,
    Profile,
    Rate,
    RateTable,
    StaleRateWarning,
    TransientError,
    frames,
)
from forexhooks.support.context import report
from forexhooks.testing import FixedRates
from frame_rows import DAY

ASKED: dict[str, Any] = {"amount": "amount", "currency": "ccy", "to": "EUR", "on": "on"}


class Acme(Driver):
    """Has every day, and notes what it was asked for."""

    name = "acme"
    profile = Profile(title="Acme", pivot="EUR", history_from=date(2020, 1, 1))

    def __init__(self) -> None:
        self.asked: list[tuple[set[str], date | None, date | None]] = []

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        self.asked.append((set(currencies), start, end))
        first, last = start or DAY, end or DAY
        for day in range(first.toordinal(), last.toordinal() + 1):
            yield Observation(date.fromordinal(day), "EUR", "USD", Decimal(day % 7 + 1) / 4)
            yield Observation(date.fromordinal(day), "EUR", "GBP", Decimal(day % 5 + 1) / 4)
        report(2, 2)


class DayByDay(Acme):
    name = "slow"
    profile = Acme.profile._replace(day_by_day=True)


class NoTables:
    """A raw driver: rates alone."""

    @forexhooks.hookimpl
    def forex_driver_name(self) -> str:
        return "raw"

    @forexhooks.hookimpl
    def forex_get_rate(self, driver: str, base: str, quote: str, on: date) -> Rate | None:
        if driver != "raw" or base != "USD":
            return None
        return Rate(base, quote, Decimal("1.23456789012345678901234567890"), on, "raw")


def doubled(rate: Rate) -> Rate:
    return rate if rate.kind == "identity" else rate.adjusted(rate.value * 2)


class Spread:
    @forexhooks.hookimpl(wrapper=True)
    def forex_get_rate(self) -> Generator[None, Rate | None, Rate | None]:
        rate = yield
        return rate and doubled(rate)


class SpreadOfTables(Spread):
    @forexhooks.hookimpl(wrapper=True)
    def forex_get_table(self) -> Generator[None, RateTable | None, RateTable | None]:
        table = yield
        return table and table.adjusted(doubled)


def service(*plugins: object, names: tuple[str, ...]) -> forexhooks.ForexService:
    manager = forexhooks.ForexManager()
    for plugin in plugins:
        manager.register(plugin)
    return forexhooks.open(*names, manager=manager)


def frame(*rows: tuple[str, date]) -> pl.DataFrame:
    schema = {"amount": pl.Float64, "ccy": pl.String, "on": pl.Date}
    return pl.DataFrame([(100.0, *row) for row in rows], schema=schema, orient="row")


def one_by_one(fx: forexhooks.ForexService, rows: pl.DataFrame) -> list[float]:
    return [float(fx.convert(amount, ccy, "EUR", on)) for amount, ccy, on in rows.iter_rows()]


@pytest.mark.usefixtures("bundle_is_fresh")
def test_one_table_is_asked_for_the_currencies_and_days_that_occur() -> None:
    acme = Acme()
    fx = service(acme, names=("acme",))
    seen: list[tuple[int, int | None]] = []
    rows = frame(("USD", date(2025, 5, 7)), ("GBP", date(2025, 3, 2)), ("usd", date(1900, 1, 1)))
    asked: dict[str, Any] = {**ASKED, "driver": fx, "errors": "null"}
    result = frames.convert(rows, **asked, progress=lambda *done: seen.append(done))
    assert acme.asked == [({"USD", "GBP", "EUR"}, date(2020, 1, 1), date(2025, 5, 7))]
    assert seen == [(2, 2)]
    assert result["amount_EUR"].to_list() == [*one_by_one(fx, rows[:2]), None]


@pytest.mark.usefixtures("bundle_is_fresh")
def test_batches_ask_for_what_is_new_alone() -> None:
    acme = Acme()
    converter = frames.Converter(service(acme, names=("acme",)))
    first = date(2025, 1, 10)
    for day in (first, first - timedelta(3), first + timedelta(60), first, first + timedelta(60)):
        batch, failures = converter.convert(frame(("USD", day)), **ASKED)
        assert not failures
        assert batch["amount_EUR"].to_list() == one_by_one(converter.service, batch[:, :3])
    days = [(start, end) for _, start, end in acme.asked if end is not None and start != end]
    assert len(acme.asked) <= 6, days


@pytest.mark.usefixtures("bundle_is_fresh")
def test_of_a_driver_that_pays_for_each_day_the_days_that_occur_are_asked() -> None:
    slow = DayByDay()
    fx = service(slow, names=("slow",))
    days = [date(2025, 1, 10), date(2025, 6, 10)]
    rows = frame(*((ccy, day) for day in days for ccy in ("USD", "GBP")))
    seen: list[tuple[int, int | None]] = []
    result = frames.convert(rows, **ASKED, driver=fx, progress=lambda *done: seen.append(done))
    assert [(start, end) for _, start, end in slow.asked] == [(day, day) for day in days]
    assert seen[-1] == (4, 4)
    assert result["amount_EUR"].to_list() == one_by_one(fx, rows)


@pytest.mark.usefixtures("bundle_is_fresh")
def test_what_was_asked_rate_by_rate_is_kept_for_the_next_batch() -> None:
    slow = DayByDay()
    converter = frames.Converter(service(slow, names=("slow",)))
    days = [date(2025, 1, 10), date(2025, 1, 6), date(2025, 1, 15), date(2025, 1, 10)]
    for day in (*days, *days):
        rows = frame(("USD", day), ("CAD", day), ("USD", date(1990, 1, 1)))
        batch, failures = converter.convert(rows, **ASKED)
        assert batch["amount_EUR"].to_list()[:1] == one_by_one(converter.service, rows[:1, :3])
        assert failures.rows.tolist() == [1, 2]
    assert [start for _, start, _ in slow.asked].count(days[0]) == 1


class OutOfOrder(DayByDay):
    """Fails at first."""

    def observations(self, *asked: Any) -> Iterator[Observation]:
        self.asked.append(asked)
        if len(self.asked) <= 2:
            raise TransientError("slow is out of order", driver="slow")
        self.asked.pop()
        yield from super().observations(*asked)


@pytest.mark.usefixtures("bundle_is_fresh")
def test_what_failed_is_asked_again_for_the_next_batch() -> None:
    converter = frames.Converter(service(OutOfOrder(), names=("slow",)))
    rows = frame(("USD", date(2025, 1, 10)))
    batch, failures = converter.convert(rows, **ASKED)
    assert len(failures) == 1
    batch, failures = converter.convert(rows, **ASKED)
    assert not failures
    assert batch["amount_EUR"].to_list() == one_by_one(converter.service, rows)


@pytest.mark.usefixtures("bundle_is_fresh")
def test_rates_of_a_driver_that_fails_are_not_left_out() -> None:
    fx = service(OutOfOrder(), names=("slow",))
    span = date(2025, 1, 10), date(2025, 1, 10)
    with pytest.raises(TransientError, match="out of order"):
        frames.rates(["USD"], *span, base="EUR", driver=fx)
    assert len(frames.rates(["USD"], *span, base="EUR", driver=fx)) == 1


@pytest.mark.usefixtures("bundle_is_fresh")
def test_a_driver_without_tables_is_asked_rate_by_rate() -> None:
    fx = service(NoTables(), names=("raw",))
    rows = frame(("USD", DAY), ("USD", date(2025, 1, 1)), ("CAD", DAY))
    converted, failures = frames.Converter(fx).convert(rows, **ASKED)
    assert converted["amount_EUR"].to_list() == [123.46, 123.46, None]
    assert [(row, type(error)) for row, error in failures] == [(2, forexhooks.UnsupportedPairError)]
    assert "raw has no CAD/EUR" in str(failures.error(2))


def test_wrapped_rates_without_wrapped_tables_are_refused_with_the_reason() -> None:
    fx = service(Spread(), FixedRates({"USD/EUR": "1.25"}, on=DAY), names=("fixed",))
    with pytest.raises(PluginError, match="forex_get_rate is wrapped but forex_get_table is not"):
        frames.convert(frame(("USD", DAY)), **ASKED, driver=fx)
    with pytest.raises(PluginError, match="wrap both"):
        fx.get_table(["USD", "EUR"], DAY, DAY)


class Failing(Spread):
    @forexhooks.hookimpl(wrapper=True)
    def forex_get_table(self) -> Generator[None, RateTable | None, RateTable | None]:
        table = yield
        return table and table.adjusted(lambda rate: {}["spread"])


# Where there are several ways from one currency to another, each day is looked up by itself.
@pytest.mark.parametrize("more", [{}, {"GBP/USD": "1.3", "GBP/EUR": "1.2"}])
def test_a_row_for_which_an_extension_fails_says_so(more: dict[str, str]) -> None:
    fx = service(Failing(), FixedRates({"EUR/USD": "1.25", **more}, on=DAY), names=("fixed",))
    for to in ("EUR", "GBP") if more else ("EUR",):
        asked = {**ASKED, "to": to, "into": "converted"}
        says = r"1 of 1 rows .* an extension around fixed failed in test_drivers\.py, line \d+"
        with pytest.raises(forexhooks.ConversionError, match=says):
            frames.convert(frame(("USD", DAY)), **asked, driver=fx)
        _, failures = frames.Converter(fx).convert(frame(("USD", DAY)), **asked)
        assert [type(error) for _, error in failures] == [forexhooks.DriverError]


def test_what_wraps_both_is_in_both() -> None:
    rates = FixedRates({"EUR/USD": "1.25", "EUR/CAD": "1.5"}, on=DAY)
    fx = service(SpreadOfTables(), rates, names=("fixed",))
    rows = frame(("USD", DAY), ("EUR", DAY), ("CAD", DAY + timedelta(days=3)), ("USD", DAY))
    expected = [160.0, 100.0, 133.33, 160.0]
    for _ in range(2):
        result = frames.convert(rows, **ASKED, driver=fx)["amount_EUR"].to_list()
        assert result == one_by_one(fx, rows) == expected
    lazy = frames.convert(rows.lazy(), **ASKED, driver=fx).collect()
    assert lazy["amount_EUR"].to_list() == expected
    listed = frames.rates(["USD"], DAY, DAY, base="EUR", driver=fx, backend="polars")
    assert listed["value"].to_list() == [float(fx.get_rate("EUR", "USD", DAY).value)]
    with pytest.raises(ConversionError):
        frames.convert(frame(("USD", DAY - timedelta(days=1))), **ASKED, driver=fx)


class Down(Acme):
    name = "down"

    def observations(self, *_asked: object) -> Iterator[Observation]:
        raise TransientError("down is down", driver="down")


@pytest.mark.usefixtures("bundle_is_fresh")
def test_of_several_drivers_each_row_has_the_first_that_can() -> None:
    few = FixedRates({date(2025, 1, 10): {"USD/EUR": "2"}}, name="few")
    acme = Acme()
    fx = service(Down(), few, acme, names=("down", "few", "acme"))
    rows = frame(("USD", date(2025, 1, 10)), ("USD", date(2025, 6, 10)), ("GBP", date(2025, 1, 10)))
    converter = frames.Converter(fx)
    with pytest.warns(StaleRateWarning, match="others answered where down failed: down is down"):
        converted, failures = converter.convert(rows, **ASKED)
    again, _ = converter.convert(rows, **ASKED)  # said once
    assert not failures and again.equals(converted)
    assert converted["amount_EUR"].to_list() == one_by_one(fx, rows)
    assert converted["amount_EUR"][0] == 200
    _, failures = converter.convert(frame(("CAD", DAY)), **ASKED)
    error = failures.error(0)
    assert isinstance(error, NoDriverAnsweredError)
    assert set(error.failures) == {"down", "few", "acme"}


def test_where_all_of_several_drivers_fail_that_is_raised() -> None:
    fx = service(Down(), names=("down",))
    with pytest.raises(TransientError, match="down is down"):
        frames.convert(frame(("USD", DAY)), **ASKED, driver=fx)
    other = Down()
    other.name = "other"
    fx = service(Down(), other, names=("down", "other"))
    with pytest.raises(NoDriverAnsweredError, match="down is down"):
        frames.convert(frame(("USD", DAY)), **ASKED, driver=fx)


@pytest.mark.usefixtures("bundle_is_fresh")
def test_a_table_is_not_kept_beyond_its_driver() -> None:
    acme = Acme()
    fx = service(acme, names=("acme",))
    frames.convert(frame(("USD", DAY), ("GBP", date(2025, 1, 1))), **ASKED, driver=fx)
    table = weakref.ref(acme.table(["USD", "GBP", "EUR"], date(2025, 1, 1), DAY))
    assert table() is not None
    del fx, acme
    gc.collect()
    assert table() is None


def test_get_table() -> None:
    fx = service(FixedRates({"USD/EUR": "1.25"}, on=DAY), NoTables(), names=("fixed",))
    table = fx.get_table(["usd", "EUR"], DAY, DAY)
    assert table.get_rate("USD", "EUR", DAY).value == Decimal("1.25")
    assert fx.get_table(["USD"]).newest == DAY
    with pytest.raises(forexhooks.CurrencyError, match="XYZ"):
        fx.get_table(["XYZ"], DAY, DAY)
    with pytest.raises(forexhooks.DateError, match="or neither"):
        fx.get_table(["USD"], DAY)
    raw = service(NoTables(), names=("raw",))
    with pytest.raises(forexhooks.DriverError, match="has no tables"):
        raw.get_table(["USD"], DAY, DAY)


def test_without_a_day_nobody_is_asked() -> None:
    acme = Acme()
    fx = service(acme, names=("acme",))
    assert frames.convert(frame(), **ASKED, driver=fx)["amount_EUR"].to_list() == []
    bad = pl.DataFrame({"amount": [1.0, None], "ccy": ["USD", "GBP"], "on": ["x", None]})
    converted = frames.convert(bad, **ASKED, driver=fx, errors="null")
    assert converted["amount_EUR"].to_list() == [None, None]
    with pytest.raises(ConversionError, match="row 0"):
        frames.convert(bad, **ASKED, driver=fx)
    assert acme.asked == []
