"""What a service asks of drivers, and what it makes of their answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

import forexhooks
from forexhooks import Profile, Rate
from forexhooks.currencies import CAD, USD
from forexhooks.testing import FixedRates

DAY = date(2026, 10, 30)
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)


class Raw:
    """A raw driver that gives what it is told to, whatever it is asked."""

    def __init__(self, answer: Callable[[], object]) -> None:
        self.answer = answer
        self.asked: list[tuple[object, ...]] = []

    @forexhooks.hookimpl
    def forex_driver_name(self) -> str:
        return "raw"

    @forexhooks.hookimpl
    def forex_get_rate(self, base: str, quote: str, on: date | None, max_gap: int | None) -> object:
        self.asked.append((base, quote, on, max_gap))
        return self.answer()


def rate_of(value: object = Decimal("1.40"), on: object = DAY, pair: str = "USD/CAD") -> Rate:
    base, quote = pair.split("/")
    return Rate(base, quote, value, on, "raw")  # type: ignore[arg-type]


def opened(plugin: object) -> forexhooks.ForexService:
    manager = forexhooks.ForexManager()
    name = manager.register(plugin)
    return forexhooks.open(name, manager=manager)


def fail(error: Exception) -> Callable[[], object]:
    def answer() -> object:
        raise error

    return answer


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("1.40", "not a Rate"),
        (rate_of(1.4), r"1.4 \(a float\), which is not a finite Decimal above 0"),
        (rate_of(Decimal(0)), "not a finite Decimal above 0"),
        (rate_of(Decimal("-1")), "not a finite Decimal above 0"),
        (rate_of(Decimal("NaN")), "not a finite Decimal above 0"),
        (rate_of(Decimal("sNaN")), "not a finite Decimal above 0"),
        (rate_of(Decimal("Infinity")), "not a finite Decimal above 0"),
        (rate_of(pair="CAD/USD"), "the pair CAD/USD"),
        (rate_of(on=datetime(2026, 10, 30, tzinfo=UTC)), "not a date"),
        (rate_of(on=DAY + timedelta(1)), "is later"),
        (rate_of(on=DAY - timedelta(8)), "more than 7 days earlier"),
    ],
    ids=repr,
)
def test_an_answer_that_is_none_is_refused(given: object, says: str) -> None:
    fx = opened(Raw(lambda: given))
    with pytest.raises(forexhooks.InvalidRateError, match=f"^raw returned .*{says}") as refused:
        fx.get_rate("USD", "CAD", on=DAY)
    assert (refused.value.driver, refused.value.base, refused.value.on) == ("raw", "USD", DAY)


def test_an_answer_from_the_future_is_refused() -> None:
    with time_machine.travel(NOW, tick=False):
        fx = opened(Raw(lambda: rate_of(on=NOW.date() + timedelta(2))))
        with pytest.raises(forexhooks.InvalidRateError, match="set the clock"):
            fx.get_rate("USD", "CAD")
        carried = opened(Raw(lambda: rate_of(on=NOW.date())))
        with pytest.raises(forexhooks.RateUnavailableError) as future:
            carried.get_rate("USD", "CAD", on=NOW.date() + timedelta(3))
    assert future.value.reason is forexhooks.UnavailableReason.IN_THE_FUTURE


def test_max_gap_bounds_what_a_raw_driver_carries_forward() -> None:
    raw = Raw(lambda: rate_of(on=DAY - timedelta(8)))
    assert opened(raw).get_rate("USD", "CAD", on=DAY, max_gap=8).on == DAY - timedelta(8)
    assert raw.asked == [("USD", "CAD", DAY, 8)]
    with pytest.raises(forexhooks.InvalidRateError, match="more than 2 days"):
        opened(raw).get_rate("USD", "CAD", on=DAY, max_gap=2)


def test_the_gap_of_the_profile_is_the_default() -> None:
    class Weekly(Raw):
        @forexhooks.hookimpl
        def forex_driver_profile(self) -> Profile:
            return Profile(title="Weekly", frequency="week")

    fx = opened(Weekly(lambda: rate_of(on=DAY - timedelta(14))))
    assert fx.get_rate("USD", "CAD", on=DAY).on == DAY - timedelta(14)
    assert fx.profile.title == "Weekly"


@pytest.mark.parametrize(
    ("hook", "ask", "kind"),
    [
        ("forex_driver_profile", lambda fx: fx.profile, "Profile"),
        ("forex_get_table", lambda fx: fx.get_history("USD", "CAD", DAY, DAY), "RateTable"),
        ("forex_update", lambda fx: fx.update(), "Update"),
    ],
)
def test_an_answer_of_another_type_than_the_hook_has_is_refused(
    hook: str, ask: Callable[[forexhooks.ForexService], object], kind: str
) -> None:
    wrong = type("Wrong", (Raw,), {hook: forexhooks.hookimpl(lambda _: {"rows": 3})})
    message = f"raw returned {{'rows': 3}}, not a {kind}"
    with pytest.raises(forexhooks.InvalidRateError, match=message):
        ask(opened(wrong(lambda: None)))


def test_none_is_an_unsupported_pair_and_identity_needs_no_driver() -> None:
    fx = opened(Raw(lambda: None))
    with pytest.raises(forexhooks.UnsupportedPairError, match="raw has no USD/CAD"):
        fx.get_rate("USD", "CAD")
    assert fx.get_rate("USD", "USD", on=DAY) == Rate("USD", "USD", Decimal(1), DAY, "raw", (), DAY)
    wrong = opened(Raw(lambda: rate_of(Decimal(2), pair="USD/USD")))
    with pytest.raises(forexhooks.InvalidRateError, match="which must be 1"):
        wrong.get_rate("USD", "USD", on=DAY)


def test_what_a_driver_raises_is_a_forex_error_with_its_cause() -> None:
    broken = KeyError("rates")
    with pytest.raises(forexhooks.DriverError, match="raw failed: KeyError") as failed:
        opened(Raw(fail(broken))).get_rate("USD", "CAD")
    assert failed.value.__cause__ is broken
    assert failed.value.driver == "raw"
    quota = forexhooks.QuotaError("enough", driver="raw", retry_after=3)
    with pytest.raises(forexhooks.QuotaError) as raised:
        opened(Raw(fail(quota))).get_rate("USD", "CAD")
    assert raised.value is quota


def test_a_driver_that_forgets_its_name_answers_for_nobody_else() -> None:
    manager = forexhooks.ForexManager()
    manager.register(FixedRates({"USD/CAD": "1.40"}, on=DAY))
    manager.register(Raw(lambda: rate_of(Decimal(666))))
    fixed = forexhooks.open("fixed", manager=manager)
    assert fixed.get_rate("USD", "CAD", on=DAY).value == Decimal("1.40")


@pytest.mark.parametrize(
    ("base", "quote", "says"),
    [
        ("UXS", "CAD", r"'UXS'"),
        ("USD", "", "''"),
        ("USD ", "CAD", "did you mean 'USD'"),
        ("USD", "XXX", "'XXX'"),
        ("XYZ", "XYZ", "'XYZ'"),
        (None, "CAD", "not None"),
        (b"USD", "CAD", "b'USD'"),
    ],
)
def test_a_code_that_is_none(base: str, quote: str, says: str) -> None:
    with pytest.raises(forexhooks.CurrencyError, match=says):
        opened(FixedRates({"USD/CAD": "1.40"})).get_rate(base, quote)


def test_codes_are_upper_cased_and_may_be_those_that_the_driver_lists() -> None:
    fx = opened(FixedRates({"btc/USD": "60000", "USD/CAD": "1.4"}, on=DAY))
    assert fx.get_rate("btc", "usd").value == 60000
    assert fx.get_rate(USD, CAD).quote == "CAD"
    assert fx.currencies() == {"BTC", "USD", "CAD"}
    assert fx.convert(1, "BTC", "CAD") == Decimal("84000.00")
    with pytest.raises(forexhooks.CurrencyError, match="BTC has no minor unit"):
        fx.convert(1, "CAD", "BTC")
    assert fx.convert(84, "CAD", "BTC", places=8) == Decimal("0.00100000")


@pytest.mark.parametrize("day", [NOW, "2026-10-30", 20261030])
def test_a_day_that_is_none(day: date) -> None:
    fx = opened(FixedRates({"USD/CAD": "1.40"}))
    with pytest.raises(forexhooks.DateError, match="a day must be a date"):
        fx.get_rate("USD", "CAD", on=day)
    with pytest.raises(forexhooks.DateError, match="a day must be a date"):
        fx.get_rates("USD", ["CAD"], on=day)
    with pytest.raises(forexhooks.DateError, match="a day must be a date"):
        fx.get_history("USD", "CAD", day, DAY)


def test_a_kind_of_date_is_a_day() -> None:
    class Day(date):
        """As test tools and calendars have their own."""

    day = Day(2026, 10, 30)
    rate = opened(Raw(lambda: rate_of(on=day))).get_rate("USD", "CAD", on=day)
    assert (rate.on, rate.requested) == (DAY, None)
    fx = opened(FixedRates({day: {"USD/CAD": 2}}))
    assert fx.get_rate("USD", "CAD", on=Day(2026, 11, 1)).on == DAY


def test_other_bad_input() -> None:
    fx = opened(FixedRates({"USD/CAD": "1.40"}))
    for gap in (-1, 1.5, True):
        with pytest.raises(forexhooks.DateError, match="max_gap"):
            fx.get_rate("USD", "CAD", max_gap=gap)  # type: ignore[arg-type]
    with pytest.raises(forexhooks.DateError, match="max_age"):
        fx.get_rate("USD", "CAD", max_age=3)  # type: ignore[arg-type]
    with pytest.raises(forexhooks.CurrencyError, match="a list of codes"):
        fx.get_rates("USD", "CAD")
    with pytest.raises(forexhooks.DateError, match="before its start"):
        fx.get_history("USD", "CAD", DAY, DAY - timedelta(1))
    with pytest.raises(forexhooks.AmountError, match="abc"):
        fx.convert("abc", "USD", "CAD")
    with pytest.raises(forexhooks.AmountError, match="places"):
        fx.convert(1, "USD", "CAD", places=1.5)  # type: ignore[arg-type]
    with pytest.raises(forexhooks.UnknownDriverError, match="not 3"):
        forexhooks.open(3)  # type: ignore[arg-type]


def test_a_stale_rate_is_warned_of_once(bundle_is_fresh: time_machine.Traveller) -> None:
    manager = forexhooks.ForexManager(discover=True)
    fx = forexhooks.open("ecb", manager=manager)
    assert fx.get_rate("EUR", "USD").stale is None
    bundle_is_fresh.move_to(datetime(2026, 11, 1, 12, 0, tzinfo=UTC))  # a Sunday
    assert fx.get_rate("EUR", "USD", max_age=timedelta(0)).stale is None
    bundle_is_fresh.move_to(datetime(2026, 11, 3, 12, 0, tzinfo=UTC))
    with pytest.warns(forexhooks.StaleRateWarning, match="2026-11-02 should be out"):
        rate = fx.get_rate("EUR", "USD")
    assert rate.stale is not None
    assert fx.get_rate("EUR", "USD").stale == rate.stale  # no second warning, or this would fail
    assert fx.get_rate("EUR", "USD", max_age=timedelta(days=4)).stale
    with pytest.raises(forexhooks.StaleRateError, match="4 days old") as stale:
        fx.get_rate("EUR", "USD", max_age=timedelta(days=3))
    assert stale.value.driver == "ecb"
    assert fx.get_rate("EUR", "USD", on=date(2020, 1, 2), max_age=timedelta(0)).stale is None


def test_the_age_of_a_raw_driver_counts_as_it_is() -> None:
    fx = opened(Raw(rate_of))
    with time_machine.travel(NOW, tick=False):
        assert fx.get_rate("USD", "CAD", max_age=timedelta(days=3)).on == DAY
        with pytest.raises(forexhooks.StaleRateError):
            fx.get_rate("USD", "CAD", max_age=timedelta(days=2))


def test_a_batch_is_a_dict_in_the_order_asked_for() -> None:
    fx = opened(FixedRates({"USD/CAD": "1.40", "USD/JPY": "150"}, on=DAY))
    rates = fx.get_rates("usd", ["JPY", "cad", "USD", "JPY"], on=DAY)
    assert list(rates) == ["JPY", "CAD", "USD"]
    assert rates["CAD"] == fx.get_rate("USD", "CAD", on=DAY)
    with pytest.raises(forexhooks.UnsupportedPairError, match="EUR"):
        fx.get_rates("USD", ["CAD", "EUR"], on=DAY)
    raw = Raw(rate_of)
    assert opened(raw).get_rates("USD", ["CAD"], on=DAY)["CAD"].value == Decimal("1.40")
    assert raw.asked == [("USD", "CAD", DAY, None)]


def test_a_history_has_the_observed_days_alone() -> None:
    days = [date(2026, 10, 26), date(2026, 10, 28), date(2026, 10, 30)]
    fx = opened(FixedRates({day: {"USD/CAD": day.day} for day in days}))
    history = fx.get_history("USD", "CAD", days[0], days[2])
    assert [(rate.on, rate.value) for rate in history] == [(day, day.day) for day in days]
    assert fx.get_history("USD", "CAD", date(2026, 10, 27), date(2026, 10, 27)) == []
    assert [rate.value for rate in fx.get_history("USD", "USD", *days[:2])] == [1, 1]


def test_a_history_of_a_raw_driver_is_asked_day_by_day() -> None:
    raw = Raw(rate_of)
    history = opened(raw).get_history("USD", "CAD", DAY, DAY + timedelta(2))
    assert [rate.on for rate in history] == [DAY]
    assert [asked[2:] for asked in raw.asked] == [(DAY + timedelta(n), 0) for n in range(3)]


def test_the_settings_choose_the_default_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = forexhooks.ForexManager()
    manager.register(FixedRates({"USD/CAD": "1.40"}))
    monkeypatch.setenv("FOREXHOOKS_DEFAULT_DRIVER", "fixed")
    assert forexhooks.open(manager=manager).driver == "fixed"
    assert repr(forexhooks.open(manager=manager)) == "<ForexService of fixed>"


Ask = Callable[[forexhooks.ForexService], object]
ASK: dict[str, Ask] = {
    "get_rate": lambda fx: fx.get_rate("EUR", "USD"),
    "get_rates": lambda fx: fx.get_rates("EUR", ["USD"]),
    "convert": lambda fx: fx.convert(1, "EUR", "USD"),
}


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
def test_a_warning_points_to_the_line_that_asked(
    ask: Ask, bundle_is_fresh: time_machine.Traveller
) -> None:
    fx = forexhooks.open("ecb", manager=forexhooks.ForexManager(discover=True))
    bundle_is_fresh.move_to(datetime(2026, 11, 3, 12, 0, tzinfo=UTC))
    with pytest.warns(forexhooks.StaleRateWarning) as warned:
        ask(fx)
    assert (warned[0].filename, warned[0].lineno) == (__file__, ask.__code__.co_firstlineno)
    ask(fx)  # warned of once


@pytest.mark.parametrize(
    "ask",
    [
        lambda fx, age: fx.get_rate("EUR", "USD", max_age=age),
        lambda fx, age: fx.get_rates("EUR", ["USD"], max_age=age),
        lambda fx, age: fx.convert(1, "EUR", "USD", max_age=age),
    ],
    ids=ASK,
)
def test_max_age_holds_for_every_question(
    ask: Callable[[forexhooks.ForexService, timedelta], object],
    bundle_is_fresh: time_machine.Traveller,
) -> None:
    fx = forexhooks.open("ecb", manager=forexhooks.ForexManager(discover=True))
    bundle_is_fresh.move_to(datetime(2026, 11, 3, 12, 0, tzinfo=UTC))
    with pytest.raises(forexhooks.StaleRateError) as stale:
        ask(fx, timedelta(days=3))
    assert (stale.value.driver, stale.value.base, stale.value.quote) == ("ecb", "EUR", "USD")


@pytest.mark.parametrize(
    "ask",
    [
        lambda fx: fx.get_rate("USD", "CAD", on=DAY),
        lambda fx: fx.get_rates("USD", ["CAD"], on=DAY),
        lambda fx: fx.get_history("USD", "CAD", DAY, DAY),
        lambda fx: fx.convert(1, "USD", "CAD", on=DAY),
    ],
    ids=["get_rate", "get_rates", "get_history", "convert"],
)
@pytest.mark.parametrize("name", ["raw", "alias"])
def test_none_and_wrong_answers_are_told_apart_by_every_question(ask: Ask, name: str) -> None:
    def answered(answer: object) -> forexhooks.ForexService:
        manager = forexhooks.ForexManager()
        manager.register(Raw(lambda: answer), name=name)
        return forexhooks.open(name, manager=manager)

    with pytest.raises(forexhooks.UnsupportedPairError, match=f"{name} has no USD/CAD"):
        ask(answered(None))
    for wrong in (1.4, "1.4", 0, False, rate_of(Decimal(-1)), rate_of(pair="USD/JPY")):
        with pytest.raises(forexhooks.InvalidRateError, match=f"^{name} returned ") as invalid:
            ask(answered(wrong))
        assert invalid.value.driver == name


def test_a_table_that_is_none_is_refused_and_a_driver_may_have_none() -> None:
    class Tabled(Raw):
        table: object = None

        @forexhooks.hookimpl
        def forex_get_table(self) -> object:
            return self.table

    raw = Tabled(rate_of)
    fx = opened(raw)
    assert fx.get_rates("USD", ["CAD"], on=DAY)["CAD"].value == Decimal("1.40")
    assert [rate.on for rate in fx.get_history("USD", "CAD", DAY, DAY)] == [DAY]
    raw.table = {"CAD": 1.4}
    with pytest.raises(forexhooks.InvalidRateError, match=r"^raw returned .* RateTable") as refused:
        fx.get_rates("USD", ["CAD"], on=DAY)
    assert refused.value.driver == "raw"
    with pytest.raises(forexhooks.InvalidRateError, match="RateTable"):
        fx.get_history("USD", "CAD", DAY, DAY)


def test_a_raw_driver_has_a_profile_and_no_currencies_unless_it_says_so() -> None:
    fx = opened(Raw(rate_of))
    assert (fx.profile.title, fx.profile.max_gap) == ("raw", 7)
    assert fx.currencies() == frozenset()
    assert fx.driver == "raw"


def test_what_is_no_error_is_let_through() -> None:
    class Stop(BaseException):
        pass

    def answer() -> object:
        raise Stop

    with pytest.raises(Stop):
        opened(Raw(answer)).get_rate("USD", "CAD")


def test_a_history_ends_today_and_starts_where_it_is_asked_to() -> None:
    raw = Raw(lambda: rate_of(on=NOW.date()))
    with time_machine.travel(NOW, tick=False):
        history = opened(raw).get_history(
            "USD", "CAD", NOW.date() - timedelta(1), NOW.date() + timedelta(400)
        )
        fixed = opened(FixedRates({"USD/CAD": 2}))
        future = (NOW.date() + timedelta(1), NOW.date() + timedelta(9))
        assert list(fixed.get_history("USD", "CAD", *future)) == []
        assert len(raw.asked) == 2 and [rate.on for rate in history] == [NOW.date()]
        with pytest.raises(forexhooks.RateUnavailableError, match="in the future"):
            fixed.get_rates("USD", ["CAD"], on=future[1])


class Saturday(forexhooks.Driver):
    """Publishes tomorrow's rate today, as some central banks do on Fridays."""

    name = "saturday"
    ahead = 1
    profile = forexhooks.Profile(title="Saturday", pivot="USD", zone="Europe/Moscow")

    def observations(self, *_: object) -> Iterator[forexhooks.Observation]:
        today = self.profile.today()
        for days, value in ((0, "1.4"), (self.ahead, "1.5")):
            yield forexhooks.Observation(today + timedelta(days), "USD", "CAD", Decimal(value))


def test_rates_that_are_dated_ahead_wait_for_their_day() -> None:
    with time_machine.travel(NOW, tick=False):
        fx = opened(Saturday())
        rate = fx.get_rate("USD", "CAD")
        assert (rate.on, rate.value) == (Saturday.profile.today(), Decimal("1.4"))
        far = Saturday()
        far.ahead = 11
        with pytest.raises(forexhooks.MalformedResponseError, match="the clock of this machine"):
            opened(far).get_rate("USD", "CAD")


def test_a_day_that_has_begun_anywhere_may_be_asked_for() -> None:
    """At nine in the morning in Sydney it is still yesterday at the ECB."""
    with time_machine.travel(datetime(2026, 10, 29, 22, 30, tzinfo=UTC), tick=False):
        fx = opened(FixedRates({"USD/CAD": "1.4"}, on=date(2026, 10, 29)))
        assert fx.get_rate("USD", "CAD", date(2026, 10, 30)).on == date(2026, 10, 29)
        with pytest.raises(forexhooks.RateUnavailableError, match="2026-10-30 at most elsewhere"):
            fx.get_rate("USD", "CAD", date(2026, 10, 31))
