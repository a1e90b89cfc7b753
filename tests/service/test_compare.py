"""What several drivers say of one pair, and which of them is off."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, localcontext

import pytest

import forexhooks
from faults import SLACK, TIME_LIMIT, Acme, always, hang, raw, well
from forexhooks import ForexManager, errors
from forexhooks.service.compare import Compared, compare
from forexhooks.testing import FixedRates
from providers import Provider

DAY = date(2026, 10, 30)
NAMES = "abcdefgh"


class Failing(FixedRates):
    def __init__(self, error: BaseException, name: str) -> None:
        super().__init__({"USD/CAD": 1}, name=name)
        self.error = error

    def table(self, *_: object) -> forexhooks.RateTable:
        raise self.error


def managed(*drivers: forexhooks.Driver) -> ForexManager:
    manager = ForexManager()
    for driver in drivers:
        manager.register(driver)
    return manager


def compared(*values: str, bound: int = 200) -> list[Compared]:
    """Drivers a, b, … that say so."""
    drivers = [
        FixedRates({"USD/CAD": value}, on=DAY, name=name)
        for name, value in zip(NAMES, values, strict=False)
    ]
    return compare("USD", "CAD", DAY, manager=managed(*drivers), bound=bound)


def test_a_row_for_each_driver_with_its_answer_or_its_reason() -> None:
    used_up = errors.QuotaError("used up", driver="q", retry_after=9)
    manager = managed(
        FixedRates({"CAD/USD": "0.5"}, on=DAY, name="inverse"),
        FixedRates({"EUR/USD": "1.10", "EUR/CAD": "2.2"}, on=DAY - timedelta(3), name="cross"),
        FixedRates({"EUR/NOK": "11"}, name="without"),
        Failing(used_up, "q"),
        Failing(KeyError("rates"), "mistaken"),
    )
    rows = compare("usd", "cad", DAY, manager=manager)
    assert [row.driver for row in rows] == ["inverse", "cross", "without", "q", "mistaken"]
    rates = [(row.rate.kind, row.rate.on, row.off_by) for row in rows if row.rate]
    assert rates == [("inverse", DAY, Decimal(0)), ("cross", DAY - timedelta(3), Decimal(0))]
    assert all((row.rate is None) is (row.error is not None) for row in rows)
    assert [type(row.error) for row in rows[2:]] == [
        errors.UnsupportedPairError, errors.QuotaError, errors.DriverError
    ]  # fmt: skip
    assert "KeyError" in str(rows[-1].error)
    assert all(0 <= row.seconds < 10 and row.suspicion is None for row in rows)
    chosen = compare("USD", "CAD", DAY, drivers=["cross", "nobody"], manager=manager)
    assert [row.driver for row in chosen] == ["cross", "nobody"]
    assert type(chosen[1].error) is errors.UnknownDriverError
    assert [row.off_by for row in compare("USD", "USD", drivers=["cross"], manager=manager)] == [0]


@pytest.mark.parametrize(
    ("values", "off_by", "suspicions"),
    [
        (["1.40"], "0", [None]),
        (["1.40", "1.40", "1.40"], "0 0 0", [None] * 3),
        (["1.00", "1.01", "1.02"], "-99 0 99", [None] * 3),
        (["1.4000", "1.4007", "1.4014"], "-5 0 5", [None] * 3),
        (["1.40", "1.41", "0.71"], "0 71.4 -4928.6", [None, None, "inverted"]),
        (["1.40", "140", "1.41"], "-70.9 982907.8 0", [None, "100 times too large", None]),
        (["0.014", "1.41", "1.40"], "-9900 71.4 0", ["100 times too small", None, None]),
        (["1.40", "1.40", "1.60"], "0 0 1428.6", [None, None, "disagrees"]),
        (["1.40", "1.40", "0.9"], "0 0 -3571.4", [None, None, "disagrees"]),
        (["1.40", "0.7143"], "3243.2 -3243.2", ["inverted"] * 2),
        (["1.40", "140"], "-9802 9802", ["100 times too small", "100 times too large"]),
        (["1.40", "2.80"], "-3333.3 3333.3", ["disagrees"] * 2),
        (["1.40", "1.41", "1.42", "1.6"], None, [None, None, None, "disagrees"]),
        (["1.40", "1.40", "1.60", "1.60"], None, ["disagrees"] * 4),
        (["1e25", "1e-25", "1e-25"], None, ["inverted", None, None]),
    ],
)  # fmt: skip
def test_who_is_off(values: list[str], off_by: str | None, suspicions: list[str | None]) -> None:
    rows = compared(*values)
    assert [row.suspicion for row in rows] == suspicions
    if off_by is not None:
        assert [round(row.off_by or 0, 1) for row in rows] == list(map(Decimal, off_by.split()))


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("other", "bound", "agree"), [("1.0199", 200, True), ("1.03", 200, False), ("1.03", 300, True)]
)
def test_the_bound(other: str, bound: int, agree: bool, order: int) -> None:
    rows = compared(*["1", other][::order], bound=bound)
    assert [row.suspicion is None for row in rows] == [agree, agree]


def test_of_two_that_differ_both_are_suspicious() -> None:
    first, second = compared("1", "1.0202")
    assert (first.suspicion is None) is (second.suspicion is None)


def test_it_is_exact_whatever_the_callers_context() -> None:
    with localcontext(prec=3):
        assert [row.off_by for row in compared("1.40001", "1.40002", "1.40003")] == [
            Decimal("-0.1"), Decimal("0.0"), Decimal("0.1")
        ]  # fmt: skip


def test_all_are_asked_at_once() -> None:
    together = threading.Barrier(8)

    class Waiting(FixedRates):
        def table(self, *_: object) -> forexhooks.RateTable:
            together.wait(60)
            return super().table()

    rows = compare(
        "USD", "CAD", manager=managed(*(Waiting({"USD/CAD": 1}, name=name) for name in NAMES))
    )
    assert [row.error for row in rows] == [None] * 8


def test_a_dead_provider_holds_nobody_up_beyond_its_time_limit(provider: Provider) -> None:
    provider.answer = always(raw(b"", hang))(well)
    with managed(Acme(base_url=provider.url), FixedRates({"EUR/USD": "1.1"})) as manager:
        dead, fixed = compare("EUR", "USD", manager=manager)
    assert type(dead.error) is errors.TransientError
    assert TIME_LIMIT / 2 < dead.seconds < TIME_LIMIT + SLACK
    assert fixed.error is None and fixed.seconds < dead.seconds


def test_a_code_that_one_alone_knows_is_compared_and_one_that_none_knows_is_refused() -> None:
    manager = managed(FixedRates({"BTC/USD": 9}, name="coins"), FixedRates({"USD/CAD": 1}))
    coins, fixed = compare("btc", "USD", manager=manager)
    assert coins.rate is not None and type(fixed.error) is errors.CurrencyError
    with pytest.raises(errors.CurrencyError, match="'CAX'"):
        compare("USD", "CAX", manager=manager)
    with pytest.raises(errors.DateError):
        compare("USD", "CAD", datetime.now(UTC), manager=manager)


def test_a_day_that_has_not_come_is_a_reason_of_each() -> None:
    [row] = compare("USD", "CAD", date(2999, 1, 1), manager=managed(FixedRates({"USD/CAD": 1})))
    assert isinstance(row.error, errors.RateUnavailableError)


def test_where_there_is_no_driver_there_are_no_rows() -> None:
    assert compare("USD", "CAD", manager=ForexManager()) == []


def test_those_installed_are_asked_unless_they_are_blocked() -> None:
    with ForexManager(discover=True) as manager:
        for name in ("nbp", "ecb-peg"):  # the latter says what ecb says
            manager.set_blocked(name)
        manager.register(FixedRates({"EUR/USD": "1.2"}, on=DAY))
        rows = {row.driver: row for row in compare("EUR", "USD", DAY, manager=manager)}
    assert {"fixed", "ecb", "frankfurter", "openexchangerates"} <= rows.keys()
    assert "nbp" not in rows
    assert "switched off" in str(rows["frankfurter"].error)
    assert type(rows["openexchangerates"].error) is errors.SettingsError
    assert rows["ecb"].suspicion == rows["fixed"].suspicion == "disagrees"


def test_a_driver_does_not_end_the_program() -> None:
    [row] = compare("USD", "CAD", manager=managed(Failing(SystemExit(3), "exiting")))
    assert isinstance(row.error, forexhooks.DriverError) and "SystemExit: 3" in str(row.error)


def test_extensions_are_heard_and_a_driver_may_go_by_an_alias() -> None:
    class Doubled:
        @forexhooks.hookimpl(wrapper=True)
        def forex_get_rate(self):  # type: ignore[no-untyped-def]
            rate = yield
            return rate.adjusted(rate.value * 2)

    manager = managed(FixedRates({"USD/CAD": "1.40"}, name="a"))
    manager.register(FixedRates({"USD/CAD": "1.50"}, name="a"), name="a@2")
    manager.register(Doubled())
    rows = compare("USD", "CAD", manager=manager)
    assert [(row.driver, f"{row.rate.value}", row.rate.kind) for row in rows if row.rate] == [
        ("a", "2.80", "adjusted"),
        ("a@2", "3.00", "adjusted"),
    ]
