"""A rule as a service: the day is mapped and the source asked, for that day and no other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

import forexhooks
from forexhooks import Anchor, Observation, Profile, Rate, RateTable, Rule, frames
from forexhooks.testing import FixedRates

NOW = datetime(2026, 10, 14, 9, tzinfo=UTC)  # a Wednesday
TODAY = NOW.date()
BACK = Rule(title="At or before", source="bank", home="PLN", direction="at or before")
BEFORE = Rule(title="Before", source="bank", home="PLN", direction="before")
NEXT = Rule(
    title="Next", source="bank", home="PLN", direction="at or after", anchor=Anchor("month")
)
NEAREST = Rule(title="Nearest", source="bank", home="PLN", direction="nearest")


class Law:
    def __init__(self, rule: object, name: str = "law") -> None:
        self.name = name
        self.rule = rule

    @forexhooks.hookimpl
    def forex_driver_name(self) -> str:
        return self.name

    @forexhooks.hookimpl
    def forex_driver_rule(self, driver: str) -> Any:
        return self.rule if driver == self.name else None


class Bank(forexhooks.Driver):
    """Publishes EUR/PLN on each weekday but `closed`, up to `last`; the value is the day's."""

    name = "bank"
    profile = Profile(title="Bank", pivot="PLN", history_from=date(2026, 7, 1))

    def __init__(self, last: date = TODAY - timedelta(1), *closed: date) -> None:
        first = date(2026, 7, 1)
        days = [first + timedelta(each) for each in range((last - first).days + 1)]
        self.days = [each for each in days if each.weekday() < 5 and each not in closed]
        self.last = last

    def table(self, *_: object) -> RateTable:
        observed = [Observation(day, "EUR", "PLN", value_of(day)) for day in self.days]
        return RateTable(observed, driver=self.name, profile=self.profile, complete_to=self.last)

    def observations(self, *_: object) -> Iterator[Observation]:
        raise AssertionError

    def currencies(self) -> set[str]:
        return {"EUR", "PLN"}


def value_of(day: date) -> Decimal:
    return 4 + Decimal(day.timetuple().tm_yday) / 1000


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def opened(rule: object, *others: object, name: str = "law") -> forexhooks.ForexService:
    manager = forexhooks.ForexManager()
    for plugin in (Law(rule), *(others or [Bank()])):
        manager.register(plugin)
    return forexhooks.open(name, manager=manager)


@pytest.mark.parametrize(
    ("rule", "on", "day"),
    [
        (BACK, date(2026, 10, 13), date(2026, 10, 13)),
        (BACK, date(2026, 10, 11), date(2026, 10, 9)),
        (BEFORE, date(2026, 10, 13), date(2026, 10, 12)),
        (BEFORE, date(2026, 10, 12), date(2026, 10, 9)),
        (BEFORE, date(2026, 10, 14), date(2026, 10, 13)),
        (NEXT, date(2026, 9, 3), date(2026, 9, 30)),
        (NEXT, date(2026, 8, 3), date(2026, 8, 31)),
        (NEAREST, date(2026, 10, 10), date(2026, 10, 9)),
        (NEAREST, date(2026, 10, 11), date(2026, 10, 12)),
        (NEAREST, date(2026, 10, 13), date(2026, 10, 13)),
    ],
)
def test_each_direction_gives_the_rate_of_its_day(rule: Rule, on: date, day: date) -> None:
    rate = opened(rule).get_rate("EUR", "PLN", on=on)
    assert (rate.on, rate.value) == (day, value_of(day))
    assert (rate.requested, rate.driver, rate.rule, rate.kind) == (on, "bank", "law", "derived")
    assert opened(rule).get_rate("PLN", "EUR", on=on).inverse() == rate._replace(requested=on)
    assert opened(rule).convert("100", "EUR", "PLN", on=on) == round(100 * value_of(day), 2)


@pytest.mark.parametrize(
    ("rule", "on", "because"),
    [
        (BACK, TODAY, f"the rate of {TODAY} counts, but bank has not published it"),
        (BACK, date(2026, 10, 15), "the rate of 2026-10-15 counts"),
        (BEFORE, date(2026, 10, 15), f"the rate of {TODAY} counts"),
        (NEXT, TODAY, "the rate of 2026-10-31 counts"),
        (NEAREST, TODAY, f"the rate of {TODAY} counts"),
    ],
)
def test_a_rate_that_is_not_out_yet_is_not_an_earlier_one(
    rule: Rule, on: date, because: str
) -> None:
    fx = opened(rule)
    with pytest.raises(forexhooks.RateUnavailableError, match=because) as missing:
        fx.get_rate("EUR", "PLN", on=on)
    assert missing.value.reason is forexhooks.UnavailableReason.NOT_PUBLISHED_YET
    [answer] = fx.answers({("EUR", "PLN"): [on]}, None).values()
    assert str(answer) == str(missing.value)


def test_the_next_day_may_be_the_one_after_a_weekend_that_has_not_ended() -> None:
    sunday = datetime(2026, 10, 11, 20, tzinfo=UTC)
    rules = NEXT._replace(anchor=Anchor()), NEAREST
    with time_machine.travel(sunday, tick=False):
        for rule in rules:
            fx = opened(rule, Bank(date(2026, 10, 9)))
            with pytest.raises(forexhooks.RateUnavailableError, match="has not published") as error:
                fx.get_rate("EUR", "PLN", on=sunday.date())
            assert error.value.reason is forexhooks.UnavailableReason.NOT_PUBLISHED_YET
        saturday = opened(NEAREST, Bank(date(2026, 10, 9))).get_rate(
            "EUR", "PLN", on=date(2026, 10, 10)
        )
    assert saturday.on == date(2026, 10, 9)


@pytest.mark.parametrize("rule", [BACK, BEFORE, NEAREST])
def test_a_store_that_is_short_answers_nothing_that_it_may_lack(rule: Rule) -> None:
    fx = opened(rule, Bank(date(2026, 10, 7)))
    with pytest.raises(forexhooks.RateUnavailableError, match="2026-10-07") as missing:
        fx.get_rate("EUR", "PLN", on=date(2026, 10, 13))
    assert missing.value.stale is not None
    assert fx.get_rate("EUR", "PLN", on=date(2026, 10, 7)).on <= date(2026, 10, 7)


def test_today_is_that_of_the_rule_s_zone(now: time_machine.Traveller) -> None:
    now.move_to(datetime(2026, 10, 13, 23, 30, tzinfo=UTC))
    warsaw = opened(BEFORE._replace(zone="Europe/Warsaw"))  # where it is the 14th
    assert warsaw.get_rate("EUR", "PLN").on == date(2026, 10, 13)
    assert warsaw.get_rate("EUR", "PLN").requested is None
    assert opened(BEFORE).get_rate("EUR", "PLN").on == date(2026, 10, 12)


def test_what_the_rule_says_nothing_about_is_refused() -> None:
    bank = FixedRates({"EUR/PLN": "4.2", "EUR/USD": "1.1"}, name="bank", on=date(2026, 10, 13))
    rule = BACK._replace(valid_from=date(2026, 10, 1), valid_until=date(2026, 10, 20))
    fx = opened(rule, bank)
    with pytest.raises(forexhooks.UnsupportedPairError, match="a rule for rates of PLN"):
        fx.get_rate("EUR", "USD", on=date(2026, 10, 13))
    for on, said in ((date(2026, 9, 30), "in force from"), (date(2026, 10, 21), "ended on")):
        with pytest.raises(forexhooks.RateUnavailableError, match=said):
            fx.get_rate("EUR", "PLN", on=on)
    with pytest.raises(forexhooks.DateError, match="max_gap is 3, but the rule law itself says"):
        fx.get_rate("EUR", "PLN", max_gap=3)
    with pytest.raises(forexhooks.PluginError, match=r"no table.*open 'bank'"):
        fx.get_table(["EUR"])
    with pytest.raises(forexhooks.CurrencyError, match="unknown currency"):
        fx.get_rate("EUR", "XXQ")


def test_a_gap_in_the_source_is_bounded_as_the_source_bounds_it() -> None:
    closed = [date(2026, 8, 3) + timedelta(each) for each in range(26)]
    for rule in (BACK, NEAREST, NEXT._replace(anchor=Anchor())):
        fx = opened(rule, Bank(TODAY, *closed))
        with pytest.raises(forexhooks.RateUnavailableError) as missing:
            fx.get_rate("EUR", "PLN", on=date(2026, 8, 14))
        assert missing.value.reason is forexhooks.UnavailableReason.HOLE


@pytest.mark.filterwarnings("error::forexhooks.StaleRateWarning")
def test_a_history_has_each_calendar_day_and_is_not_stale_for_one_that_is_not_due() -> None:
    fx = opened(BACK)
    history = fx.get_history("EUR", "PLN", date(2026, 10, 9), TODAY)
    assert [(each.requested, each.on) for each in history] == [
        (date(2026, 10, day), date(2026, 10, of))
        for day, of in ((9, 9), (10, 9), (11, 9), (12, 12), (13, 13))
    ]
    assert history.stale is None
    next_quarter = opened(NEXT._replace(anchor=Anchor("quarter")))
    history = next_quarter.get_history("EUR", "PLN", date(2026, 9, 29), date(2026, 10, 2))
    assert ([each.requested for each in history], history.stale) == (
        [date(2026, 9, 29), date(2026, 9, 30)],
        None,
    )


def test_a_history_is_stale_for_the_days_that_its_source_should_have() -> None:
    fx = opened(BACK, Bank(date(2026, 10, 7)))
    said = "no rate for 7 days from 2026-10-08 to 2026-10-14: .*should be out"
    with pytest.warns(forexhooks.StaleRateWarning, match=said):
        history = fx.get_history("EUR", "PLN", date(2026, 10, 6), TODAY)
    assert [each.requested for each in history] == [date(2026, 10, 6), date(2026, 10, 7)]


def test_the_error_of_a_day_names_no_other_day() -> None:
    fx = opened(BACK._replace(anchor=Anchor("month")), Bank(date(2026, 9, 10)))
    days = [date(2026, 9, 1), date(2026, 9, 2)]
    found = fx.answers({("EUR", "PLN"): days}, None)
    for day in days:
        assert str(found[("EUR", "PLN"), day]).count(" counts; ") <= 1
        assert str(found[("EUR", "PLN"), day]) == str(fx.rate_or_error("EUR", "PLN", day))


def test_a_history_says_that_its_source_failed() -> None:
    fx = opened(BACK, Unreachable({}, name="bank"))
    with pytest.warns(forexhooks.StaleRateWarning, match=r"no rate for 2026-10-12: .*was asked"):
        assert not fx.get_history("EUR", "PLN", date(2026, 10, 12), date(2026, 10, 12))


def test_a_history_that_will_have_more_days_is_not_locked(tmp_path: Path) -> None:
    path = tmp_path / "rates.lock"
    manager = forexhooks.ForexManager()
    for plugin in (Law(BACK), Bank()):
        manager.register(plugin)
    with (
        pytest.raises(forexhooks.LockError, match=r"no rate for 2026-10-14: .*not published"),
        forexhooks.locking(path, "law", manager=manager) as fx,
    ):
        fx.get_history("EUR", "PLN", date(2026, 10, 13), TODAY)


def test_plain_calls_for_its_name_give_none_and_its_rule() -> None:
    manager = forexhooks.ForexManager()
    manager.register(Law(BACK))
    manager.register(Bank())
    hook = manager.hook
    assert hook.forex_get_rate(driver="law", base="EUR", quote="PLN") is None
    assert hook.forex_driver_profile(driver="law") is None
    assert hook.forex_driver_rule(driver="law") == BACK
    assert hook.forex_driver_rule(driver="bank") is None
    assert [each.name for each in manager.drivers()] == ["bank"]
    assert [(each.name, each.rule) for each in manager.rules()] == [("law", BACK)]


@pytest.mark.parametrize(
    ("rule", "error", "said"),
    [
        (BACK._replace(source="law"), forexhooks.PluginError, "which is a rule itself"),
        (BACK._replace(source="nobody"), forexhooks.UnknownDriverError, "nobody"),
        (None, forexhooks.PluginError, "has no rule"),
        ({"source": "bank"}, forexhooks.InvalidRateError, "not a Rule"),
    ],
)
def test_a_rule_that_leads_nowhere(rule: object, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        opened(rule).get_rate("EUR", "PLN", on=date(2026, 10, 13))


def test_extensions_are_around_the_source_s_rate_once() -> None:
    seen: list[Rate] = []

    class Doubling:
        @forexhooks.hookimpl(wrapper=True)
        def forex_get_rate(self) -> Any:
            rate = yield
            seen.append(rate)
            return rate.adjusted(rate.value * 2)

    rate = opened(BACK, Bank(), Doubling()).get_rate("EUR", "PLN", on=date(2026, 10, 13))
    assert (len(seen), rate.value) == (1, 2 * value_of(rate.on))
    assert (rate.kind, rate.rule) == ("adjusted", "law")


def test_in_a_chain_the_next_answers_where_the_rule_says_nothing() -> None:
    manager = forexhooks.ForexManager()
    for plugin in (Law(BACK), Bank(), FixedRates({"EUR/USD": "1.1"}, on=TODAY)):
        manager.register(plugin)
    fx = forexhooks.open("law", "fixed", manager=manager)
    assert fx.get_rate("EUR", "PLN", on=date(2026, 10, 12)).rule == "law"
    other = fx.get_rate("EUR", "USD", on=TODAY)
    assert (other.driver, other.rule, other.failures[0][0]) == ("fixed", None, "law")


def test_columns_and_locks_give_what_single_calls_give(tmp_path: Path) -> None:
    manager = forexhooks.ForexManager()
    for plugin in (Law(BEFORE), Bank()):
        manager.register(plugin)
    days = [date(2026, 10, day) for day in (8, 12, 12, 9, 10)]
    frame = pd.DataFrame({"amount": [100] * 5, "of": ["EUR"] * 5, "on": days})
    fx = forexhooks.open("law", manager=manager)
    wanted = [fx.convert(100, "EUR", "PLN", on=day) for day in days]
    converted = frames.convert(frame, amount="amount", currency="of", to="PLN", on="on", driver=fx)
    assert list(converted.iloc[:, -1]) == [float(each) for each in wanted]
    path = tmp_path / "rates.lock"
    with forexhooks.locking(path, "law", manager=manager) as recorded:
        rates = [recorded.get_rate("EUR", "PLN", on=day) for day in days]
        history = recorded.get_history("EUR", "PLN", days[0], days[1])
    locked = forexhooks.open("law", lock=path)
    assert len(history) == 5 and locked.get_history("EUR", "PLN", days[0], days[1]) == history
    assert [locked.get_rate("EUR", "PLN", on=day) for day in days] == rates
    assert rates[0].rule == "law"


def test_no_call_fails_while_the_source_and_the_rule_are_swapped() -> None:
    manager = forexhooks.ForexManager()
    manager.register(Law(BACK))
    manager.register(Bank())
    fx = forexhooks.open("law", manager=manager)
    failed: list[BaseException] = []
    ended = threading.Event()

    def ask() -> None:
        while not ended.is_set():
            try:
                fx.get_rate("EUR", "PLN", on=date(2026, 10, 13))
            except BaseException as error:  # noqa: BLE001 - whatever it is, it counts
                failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(30):
        manager.replace(Bank())
        manager.replace(Law(BACK))
    ended.set()
    for thread in threads:
        thread.join(60)
    assert failed == []


def test_a_departed_source_is_closed_also_after_a_call_that_failed() -> None:
    closed: list[str] = []

    class Closing(Bank):
        @forexhooks.hookimpl
        def forex_close(self) -> None:
            closed.append(self.name)

    manager = forexhooks.ForexManager()
    manager.register(Law(BACK))
    manager.register(Closing())
    fx = forexhooks.open("law", manager=manager)
    with pytest.raises(forexhooks.RateUnavailableError) as kept:
        fx.get_rate("EUR", "PLN", on=date(2025, 1, 1))
    manager.unregister(name="bank", drain=5)
    assert closed == ["bank"]
    assert kept.value.reason is forexhooks.UnavailableReason.BEFORE_FIRST_DAY


RULES = st.builds(
    lambda direction, *anchor: BACK._replace(direction=direction, anchor=Anchor(*anchor)),
    st.sampled_from(["at or before", "before", "at or after", "nearest"]),
    st.sampled_from([None, "month", "quarter"]),
    st.integers(0, 1),
    st.none() | st.integers(0, 6),
    st.integers(1, 4),
)
AUTUMN = st.dates(date(2026, 7, 20), date(2026, 10, 31))


@given(RULES, AUTUMN, st.sets(AUTUMN, max_size=40))
def test_any_rule_gives_what_an_oracle_that_looks_at_each_day_gives(
    rule: Rule, on: date, closed: set[date]
) -> None:
    bank = Bank(TODAY, *closed)
    answer = opened(rule, bank).rate_or_error("EUR", "PLN", on)
    start = rule.anchor.of(on)
    gaps = {
        "at or before": range(0, -8, -1),
        "before": range(-1, -9, -1),
        "at or after": range(8),
        "nearest": sorted(range(-7, 8), key=lambda gap: (abs(gap), gap)),
    }[rule.direction]
    # The first day in the order of the rule that has a rate, if none before it is still to come:
    # today too may have one later.
    for day in (start + timedelta(gap) for gap in gaps):
        if day in bank.days:
            assert isinstance(answer, Rate), answer
            assert (answer.on, answer.value) == (day, value_of(day))
            return
        if day >= TODAY and (day.weekday() < 5 or rule.direction in ("at or before", "before")):
            break
    assert isinstance(answer, forexhooks.RateUnavailableError)


def test_a_history_is_written_by_the_days_that_were_asked_for() -> None:
    history = opened(BACK).get_history("EUR", "PLN", date(2026, 10, 9), date(2026, 10, 13))
    wanted = [date(2026, 10, day) for day in range(9, 14)]
    assert list(frames.from_history(history)["on"].dt.date) == wanted
    assert repr(history).endswith("5 rates from 2026-10-09 to 2026-10-13>")
    assert [each.on for each in history.every("week")] == [date(2026, 10, 9), date(2026, 10, 13)]


@pytest.mark.parametrize("rule", [BACK, BEFORE, NEXT, NEAREST])
@pytest.mark.parametrize("anchor", [Anchor(), Anchor("month", before=1), Anchor("year", before=2)])
@pytest.mark.parametrize("on", [date.min, date(1, 1, 2), date(1, 3, 1), date.max])
def test_the_first_and_the_last_days_of_the_calendar(rule: Rule, anchor: Anchor, on: date) -> None:
    fx = opened(rule._replace(anchor=anchor))
    with pytest.raises(forexhooks.ForexError):
        fx.get_rate("EUR", "PLN", on=on)
    [answer] = fx.answers({("EUR", "PLN"): [on]}, None).values()
    assert isinstance(answer, forexhooks.DateError | forexhooks.RateUnavailableError)


class Unreachable(FixedRates):
    """A source that must not be asked."""

    def table(self, *_: object, **__: object) -> RateTable:
        raise TimeoutError("the source was asked")


@pytest.mark.parametrize("rule", [BACK, BEFORE, NEXT, NEAREST])
def test_the_home_currency_in_itself_needs_no_source(rule: Rule, tmp_path: Path) -> None:
    on, home = date(2026, 9, 3), ("PLN", "PLN")
    fx = opened(rule, Unreachable({}, name="bank"))
    rate = fx.get_rate(*home, on=on)
    assert (rate.value, rate.on, rate.requested) == (1, min(rule.source_day(on), on), on)
    assert (rate.driver, rate.rule, rate.legs) == ("bank", "law", ())
    assert fx.answers({home: [on]}, None) == {(home, on): rate}
    assert list(fx.get_history(*home, on, on)) == [rate]
    with pytest.raises(forexhooks.DriverError, match="the source was asked"):
        fx.get_rate("EUR", "PLN", on=on)
    with pytest.raises(forexhooks.RateUnavailableError, match="counts"):
        fx.get_rate(*home, on=TODAY + timedelta(10))


@pytest.mark.parametrize(
    "direction", ["at or before", "before", "period", "at or after", "nearest"]
)
@pytest.mark.parametrize("period", [None, "month", "quarter", "year"])
def test_the_home_currency_in_itself_waits_for_nothing(direction: Any, period: Any) -> None:
    rule = BACK._replace(direction=direction, anchor=Anchor(period), valid_from=date(2026, 10, 1))
    home = ("PLN", "PLN")
    fx = opened(rule, Unreachable({}, name="bank"))
    for on in (None, TODAY, date(2026, 10, 1), date(2026, 9, 30), date(2020, 2, 29)):
        rate = fx.get_rate(*home, on=on)
        assert (rate.value, rate.requested) == (1, on)
        assert rate.on <= (on or TODAY)
        assert fx.convert(100, *home, on) == 100
    assert len(fx.get_history(*home, date(2026, 10, 1), TODAY)) == TODAY.day


@given(
    RULES,
    st.lists(
        st.tuples(st.sampled_from(["EUR", "PLN"]), st.dates(date(2026, 5, 1), date(2027, 1, 31))),
        min_size=1,
        max_size=20,
    ),
)
def test_columns_give_what_single_calls_give_on_any_day(
    rule: Rule, rows: list[tuple[str, date]]
) -> None:
    fx = opened(rule)
    singly: list[float | None] = []
    for code, day in rows:
        rate = fx.rate_or_error(code, "PLN", day)
        singly.append(float(rate.convert(100)) if isinstance(rate, Rate) else None)
    frame = pl.DataFrame({"of": [code for code, _ in rows], "on": [day for _, day in rows]})
    converted = frames.convert(
        frame.with_columns(amount=100.0),
        amount="amount",
        currency="of",
        to="PLN",
        on="on",
        driver=fx,
        errors="null",
    )
    assert converted["amount_PLN"].to_list() == singly


def test_a_frame_of_rates_has_no_days_to_come() -> None:
    fx = opened(BACK._replace(anchor=Anchor("month", before=1)))
    assert fx.get_rate("EUR", "PLN", on=TODAY + timedelta(10)).on == date(2026, 9, 30)
    found = frames.rates(["PLN"], TODAY, TODAY + timedelta(10), base="EUR", driver=fx)
    assert list(found["on"].dt.date) == [TODAY]


@pytest.mark.parametrize(
    ("rule", "because"),
    [(BACK, "its source, the driver 'bank', does not exist"), (None, "returned None")],
)
def test_a_rule_that_cannot_be_used_is_listed_with_the_reason(rule: Any, because: str) -> None:
    manager = forexhooks.ForexManager()
    manager.register(Law(rule))
    [listed] = [*manager.rules(), *manager.drivers()]
    assert (listed.name, listed.state) == ("law", "registered")
    assert because in (listed.reason or "")
    if rule is not None:
        manager.register(Bank())
        assert [each.reason for each in manager.rules()] == [None]
