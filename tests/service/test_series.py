"""Series: a driver that publishes several, opened as driver:series at every entrance."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from click.testing import CliRunner

import first_release
import forexhooks
from forexhooks import (
    ForexManager,
    Observation,
    PluginError,
    PluginLoadError,
    Profile,
    Rate,
    RateTable,
    Series,
    UnknownSeriesError,
    frames,
    hookimpl,
    server,
)
from forexhooks.cli import cli
from forexhooks.testing import FixedRates

if TYPE_CHECKING:
    import time_machine

DAY = date(2026, 10, 30)
BEFORE = date(2026, 10, 29)
VALUES = {"mid": "1.40", "bid": "1.39", "ask": "1.41", "month": "1.38"}

SERIES = (
    Series("mid"),
    Series("bid", side="bid"),
    Series("ask", side="ask", max_gap=1),
    Series("month", frequency="month", statistic="average"),
)


class Bank(forexhooks.Driver):
    name = "bank"
    profile = Profile(title="Bank", pivot="USD", series=SERIES)

    def __init__(self) -> None:
        self.asked: list[str] = []

    def observations(self, currencies: Any, start: Any, end: Any, series: str) -> Any:  # type: ignore[override]
        self.asked.append(series)
        value = Decimal(VALUES[series])
        if series == "month":
            yield Observation(date(2026, 10, 1), "USD", "CAD", value, date(2026, 10, 31))
        else:
            yield Observation(DAY, "USD", "CAD", value)
            yield Observation(BEFORE, "USD", "CAD", value - Decimal("0.1"))


class Law:
    """A rule whose source is a series without a name."""

    @hookimpl
    def forex_driver_name(self) -> str:
        return "law"

    @hookimpl
    def forex_driver_rule(self, driver: str) -> forexhooks.Rule | None:
        if driver != "law":
            return None
        return forexhooks.Rule(title="Law", source="bank:", home="CAD", direction="at or before")


class Raw(first_release.Full):
    """A raw driver that lists series."""

    series: str | None = None

    @hookimpl
    def forex_driver_profile(self, driver: str) -> Profile | None:
        return Profile(title="Acme Bank", series=SERIES[:3]) if driver == "acme" else None

    @hookimpl
    def forex_get_rate(
        self, driver: str, base: str, quote: str, on: Any, max_gap: Any, series: str | None
    ) -> Rate | None:
        if driver != "acme":
            return None
        value = Decimal(VALUES[series or "mid"])
        return Rate(base, quote, value, DAY, "acme", series=self.series or series)

    forex_get_table = None  # type: ignore[assignment]


class Listing(first_release.WithoutSeries):
    """It lists series, and its hooks know nothing of them."""

    @hookimpl
    def forex_driver_profile(self, driver: str) -> Profile | None:
        return Profile(title="Acme Bank", series=SERIES) if driver == "acme" else None


@pytest.fixture(autouse=True)
def at_the_time(bundle_is_fresh: time_machine.Traveller) -> None:
    bundle_is_fresh.move_to(datetime(2026, 11, 1, 20, tzinfo=UTC))


@pytest.fixture
def manager() -> ForexManager:
    manager = ForexManager()
    manager.register(Bank())
    manager.register(FixedRates({"USD/CAD": "1.5"}, on=DAY))
    return manager


def opened(manager: ForexManager, *names: str) -> forexhooks.ForexService:
    return forexhooks.open(*names, manager=manager)


# ------------------------------------------------------------------ answers


@pytest.mark.parametrize("name", ["bid", "ask", "month"])
def test_every_way_to_ask_gives_the_series(manager: ForexManager, name: str) -> None:
    fx = opened(manager, f"bank:{name}")
    assert (fx.driver, fx.series, fx.drivers) == ("bank", name, (f"bank:{name}",))
    value = Decimal(VALUES[name])
    rates = [
        fx.get_rate("USD", "CAD"),
        fx.get_rate("USD", "CAD", DAY),
        fx.get_rates("USD", ["CAD"])["CAD"],
        fx.get_history("USD", "CAD", BEFORE, DAY)[-1],
        fx.get_table(["USD", "CAD"], BEFORE, DAY).get_rate("USD", "CAD", DAY),
    ]
    for rate in rates:
        assert (rate.driver, rate.series, rate.value) == ("bank", name, value)
    assert fx.convert(100, "USD", "CAD", DAY) == value * 100
    assert fx.get_rate("USD", "USD", DAY).series == name
    assert f"bank:{name}" in str(rates[0])


def test_the_first_is_the_default_and_both_share_one_key(manager: ForexManager) -> None:
    plain, first = opened(manager, "bank"), opened(manager, "bank:mid")
    assert first.drivers == plain.drivers == ("bank",)
    assert plain.series == first.series == "mid"
    assert plain.get_rate("USD", "CAD", DAY) == first.get_rate("USD", "CAD", DAY)
    assert plain.get_rate("USD", "CAD", DAY).series == "mid"
    bank = manager.get_plugin("bank")
    assert bank.asked.count("mid") == 1
    assert opened(manager, "bank", "bank:mid").drivers == ("bank",)
    assert opened(manager, "fixed").series is None
    assert opened(manager, "fixed").get_rate("USD", "CAD", DAY).series is None


def test_tables_are_kept_by_series(manager: ForexManager) -> None:
    bank = manager.get_plugin("bank")
    for _ in range(3):
        for name in ("bank", "bank:ask", "bank:bid"):
            opened(manager, name).get_rate("USD", "CAD", DAY)
    # Each table of a side has the other side too.
    assert sorted(bank.asked) == ["ask", "ask", "bid", "bid", "mid"]


def test_a_series_has_a_gap_and_a_frequency_of_its_own(manager: ForexManager) -> None:
    ask, month = opened(manager, "bank:ask"), opened(manager, "bank:month")
    assert (ask.profile.max_gap, month.profile.max_gap) == (1, 45)
    assert (ask.profile.frequency, month.profile.frequency) == ("day", "month")
    assert [each.name for each in month.profile.series] == ["month", "mid", "bid", "ask"]
    sunday = date(2026, 11, 1)
    assert opened(manager, "bank").get_rate("USD", "CAD", sunday).on == DAY
    with pytest.raises(forexhooks.RateUnavailableError):
        ask.get_rate("USD", "CAD", sunday)


def test_an_unknown_series_lists_those_there_are(manager: ForexManager) -> None:
    for names in (("bank:asks",), ("fixed", "bank:asks")):
        with pytest.raises(UnknownSeriesError, match=r"bank has no series 'asks'.*bank:ask"):
            opened(manager, *names)
    with pytest.raises(
        UnknownSeriesError, match="fixed has no series 'ask'; it has fixed:month-average"
    ):
        opened(manager, "fixed:ask")
    with pytest.raises(forexhooks.UnknownDriverError, match="unknown driver 'bonk'"):
        opened(manager, "bonk:ask")
    fx = opened(manager, "bank:ask")
    with pytest.raises(LookupError) as kept:  # which does not keep the driver in use
        opened(manager, "bank:asks")
    assert isinstance(kept.value, PluginError)
    manager.replace(FixedRates({"USD/CAD": "1.5"}, on=DAY, name="bank"))
    with pytest.raises(UnknownSeriesError, match="bank has no series 'ask'"):
        fx.get_rate("USD", "CAD")


@pytest.mark.parametrize("name", ["bank:x", ":", "a:"])
def test_no_driver_and_no_alias_has_a_colon(manager: ForexManager, name: str) -> None:
    with pytest.raises(PluginLoadError, match="has a colon"):
        manager.register(FixedRates({"USD/CAD": "1"}, name=name))
    with pytest.raises(PluginLoadError, match="has a colon"):
        manager.register(FixedRates({"USD/CAD": "1"}, name="other"), name=name)


@pytest.mark.parametrize(
    "series",
    [
        [Series("mid")],
        (Series("mid"), Series("mid")),
        ("mid",),
        (Series("a:b"),),
        (Series("mid", side="sell"),),  # type: ignore[arg-type]
        (Series("mid", frequency="daily"),),  # type: ignore[arg-type]
        (Series("mid", statistic="mean"),),  # type: ignore[arg-type]
        (Series("mid", max_gap=-1),),
    ],
)
def test_series_that_are_none(series: Any) -> None:
    with pytest.raises(PluginError, match=r"series must be a tuple of forexhooks.Series"):
        Profile(title="t", series=series)


def test_an_alias_has_the_series_too(manager: ForexManager) -> None:
    manager.register(Bank(), name="house")
    rate = opened(manager, "house:ask").get_rate("USD", "CAD", DAY)
    assert (rate.driver, rate.series, rate.value) == ("house", "ask", Decimal("1.41"))


# ------------------------------------------------------------------ hooks


def plainly(manager: ForexManager, series: str | None, **more: Any) -> Any:
    asked = {"driver": "acme", "base": "USD", "quote": "CAD"}
    return manager.hook.forex_get_rate(**asked, series=series, **more)


def test_a_raw_driver_is_given_the_series_and_what_it_gives_is_checked() -> None:
    manager = ForexManager()
    manager.register(raw := Raw())
    assert opened(manager, "acme:ask").get_rate("USD", "CAD").value == Decimal("1.41")
    assert opened(manager, "acme").get_rate("USD", "CAD").value == Decimal("1.40")
    assert plainly(manager, "ask").series == "ask"
    assert plainly(manager, "mid").series is plainly(manager, None).series is None
    raw.series = "mid"
    assert opened(manager, "acme").get_rate("USD", "CAD").series == "mid"
    with pytest.raises(forexhooks.InvalidRateError, match="the series 'mid' instead of 'ask'"):
        opened(manager, "acme:ask").get_rate("USD", "CAD")
    raw.series = "bid"
    with pytest.raises(forexhooks.InvalidRateError, match="the series 'bid'"):
        opened(manager, "acme").get_rate("USD", "CAD")


def test_who_does_not_declare_series_is_asked_for_the_first_alone() -> None:
    manager = ForexManager()
    manager.register(listing := Listing())
    assert opened(manager, "acme").get_rate("USD", "CAD").value == Decimal("1.40")
    assert opened(manager, "acme:mid").get_rate("USD", "CAD").value == Decimal("1.40")
    assert plainly(manager, "mid").value == Decimal("1.40")
    listing.asked.clear()
    with pytest.raises(UnknownSeriesError, match="acme has no series 'ask'"):
        opened(manager, "acme:ask")
    assert plainly(manager, "ask") is None
    table = {"driver": "acme", "currencies": {"USD"}, "start": None, "end": None}
    assert manager.hook.forex_get_table(**table, series="ask") is None
    assert manager.hook.forex_get_table(**table).newest == DAY
    assert [kind for kind, *_ in listing.asked] == ["table"]


class Cached:
    """An extension that answers for any driver, and knows nothing of series."""

    @hookimpl(tryfirst=True)
    def forex_get_rate(self, driver: str, base: str, quote: str) -> Rate | None:
        return Rate(base, quote, Decimal("9"), DAY, driver)


class Noting:
    def __init__(self) -> None:
        self.saw: list[str | None] = []

    @hookimpl(wrapper=True)
    def forex_get_rate(self, series: str | None) -> Generator[None, Rate, Rate]:
        self.saw.append(series)
        return (yield)


def test_extensions_around_a_series() -> None:
    manager = ForexManager()
    manager.register(Raw())
    manager.register(noting := Noting())
    manager.register(old := first_release.WrappingWithoutSeries())
    manager.register(Cached())
    assert opened(manager, "acme").get_rate("USD", "CAD").value == 9
    assert opened(manager, "acme:ask").get_rate("USD", "CAD").value == Decimal("1.41")
    assert plainly(manager, "ask").value == Decimal("1.41")
    assert noting.saw[:1] == [None]
    assert set(noting.saw) == {None, "ask"}
    assert old.saw == ["acme USD/CAD"] * 3


def test_a_call_with_functions_besides_and_one_that_is_traced(manager: ForexManager) -> None:
    got = []

    def besides(driver: str, series: str | None) -> None:
        got.append(series)

    asked = {"driver": "bank", "base": "USD", "quote": "CAD", "series": "ask"}
    rate = manager.hook.forex_get_rate.call_extra([besides], asked)
    assert (rate.value, got) == (Decimal("1.41"), ["ask"])
    manager.enable_tracing()
    assert manager.hook.forex_get_rate(**asked).value == Decimal("1.41")
    assert opened(manager, "bank:bid").get_rate("USD", "CAD", DAY).value == Decimal("1.39")


# ------------------------------------------------------------------ entrances


def test_chains_settings_compare_and_the_command_line(
    manager: ForexManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREXHOOKS_DEFAULT_DRIVER", "bank:bid")
    chain = opened(manager, "bank:ask", "bank:bid", "fixed")
    assert chain.get_rate("USD", "CAD", DAY).value == Decimal("1.41")
    sunday = chain.get_rate("USD", "CAD", date(2026, 11, 1))
    assert (sunday.series, [name for name, _ in sunday.failures]) == ("bid", ["bank:ask"])
    rows = forexhooks.compare("USD", "CAD", drivers=["bank:ask", "bank:bid"], manager=manager)
    assert [(each.driver, each.rate and each.rate.value) for each in rows] == [
        ("bank:ask", Decimal("1.41")),
        ("bank:bid", Decimal("1.39")),
    ]
    with forexhooks.service.opening.default_manager(manager):
        run = CliRunner()
        done = run.invoke(cli, ["rate", "USD", "CAD", "--driver", "bank:ask", "--json"])
        said = json.loads(done.stdout)
        assert (said["driver"], said["series"], said["value"]) == ("bank", "ask", "1.41")
        done = run.invoke(cli, ["rate", "USD", "CAD", "--on", f"{DAY}"])
        assert done.stdout.startswith("1 USD = 1.39 CAD"), (done, done.output, done.exc_info)
        failed = run.invoke(cli, ["rate", "USD", "CAD", "--driver", "bank:asks"])
        assert "bank:ask, bank:month" in failed.stderr


def test_an_empty_series_is_refused_at_every_entrance(
    manager: ForexManager, tmp_path: Path
) -> None:
    said = "'bank:' names no series; it has bank:mid"
    manager.register(Law())
    frame = pl.DataFrame({"amount": ["100.00"]})
    columns = {"amount": "amount", "currency": "USD", "to": "CAD", "on": DAY}
    with forexhooks.service.opening.default_manager(manager):
        entrances: dict[str, Callable[[], object]] = {
            "open": lambda: forexhooks.open("bank:"),
            "a chain": lambda: forexhooks.open("fixed", "bank:"),
            "a rule": lambda: forexhooks.open("law").get_rate("USD", "CAD", DAY),
            "columns": lambda: frames.convert(frame, driver="bank:", **columns),
            "a lock": lambda: forexhooks.locking(tmp_path / "a.lock", "bank:").__enter__(),
            "the server": lambda: server.app(manager, ["bank:"]),
        }
        for name, enter in entrances.items():
            with pytest.raises(UnknownSeriesError) as refused:
                enter()
            assert said in str(refused.value), name
        [row] = forexhooks.compare("USD", "CAD", drivers=["bank:"])
        assert said in str(row.error)
        for command in ("rate USD CAD --driver bank:", "currencies --driver bank:", "update bank:"):
            failed = CliRunner().invoke(cli, command.split())
            assert said in failed.stderr, command


def test_columns(manager: ForexManager) -> None:
    frame = pl.DataFrame({"amount": ["100.00"], "day": [DAY]})
    for name in VALUES:
        found = frames.convert(
            frame,
            amount="amount",
            currency="USD",
            to="CAD",
            on="day",
            driver=opened(manager, f"bank:{name}"),
        )
        assert Decimal(str(found[found.columns[-1]][0])) == Decimal(VALUES[name]) * 100


def test_a_lock_keeps_answers_by_series(manager: ForexManager, tmp_path: Path) -> None:
    path = tmp_path / "rates.lock"
    recorded = {}
    for name in ("bank", "bank:ask", "bank:bid", "bank:month"):
        with forexhooks.locking(path, name, manager=manager, update=True) as fx:
            recorded[name] = [
                fx.get_rate("USD", "CAD", DAY),
                *fx.get_history("USD", "CAD", BEFORE, DAY),
            ]
    for name, answers in recorded.items():
        fx = forexhooks.open(name, lock=path)
        assert [fx.get_rate("USD", "CAD", DAY), *fx.get_history("USD", "CAD", BEFORE, DAY)] == (
            answers
        )
        live = opened(manager, name)
        assert (fx.driver, fx.series, fx.profile.max_gap) == (
            "bank",
            live.series,
            live.profile.max_gap,
        )
    with pytest.raises(forexhooks.NotLockedError, match="fixed"):
        forexhooks.open("fixed", lock=path).get_rate("USD", "CAD", DAY)


def test_a_table_says_its_series_whatever_becomes_of_it() -> None:
    observed = [Observation(DAY, "USD", "CAD", Decimal("1.4"))]
    table = RateTable(observed, driver="bank", series="ask")
    for each in (table, table.knowing({"EUR"}), table.adjusted(lambda rate: rate)):
        assert each.get_rate("CAD", "USD", DAY).series == "ask"
        assert each.history("CAD", "USD", DAY, DAY)[0].series == "ask"
