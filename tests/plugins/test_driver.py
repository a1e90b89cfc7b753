"""Driver: from `observations` alone every hook, each question asked once."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

import forexhooks
from forexhooks import Driver, Observation, Profile, UnavailableReason

NOW = datetime(2026, 11, 4, 12, 0, tzinfo=UTC)  # a Wednesday
TODAY = NOW.date()


@pytest.fixture(autouse=True)
def now() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


class Acme(Driver):
    """Publishes on weekdays up to yesterday; USD as base, CAD since 2026-10-01, JPY always."""

    name = "acme"
    profile = Profile(title="Acme", pivot="USD", history_from=date(2026, 1, 1))

    def __init__(self) -> None:  # a subclass may well forget to call ours
        self.asked: list[tuple[set[str], date | None, date | None]] = []
        self.closed = 0

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        self.asked.append((set(currencies), start, end))
        newest = TODAY - timedelta(1)
        first, last = (start, min(end, newest)) if start and end else (newest, newest)
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            if day.weekday() < 5 and day >= date(2026, 1, 1):
                if day >= date(2026, 10, 1) and "CAD" in currencies:
                    yield Observation(day, "USD", "CAD", Decimal("1.40"))
                if "JPY" in currencies:
                    yield Observation(day, "USD", "JPY", Decimal(150))

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def acme() -> Acme:
    return Acme()


@pytest.fixture
def fx(acme: Acme) -> forexhooks.ForexService:
    manager = forexhooks.ForexManager()
    manager.register(acme)
    return forexhooks.open("acme", manager=manager)


def test_one_method_gives_every_answer(fx: forexhooks.ForexService) -> None:
    assert fx.get_rate("USD", "CAD").on == date(2026, 11, 3)
    assert fx.get_rate("CAD", "USD", on=date(2026, 11, 1)).kind == "inverse"
    assert fx.get_rate("CAD", "JPY", on=date(2026, 11, 1)).on == date(2026, 10, 30)
    assert len(fx.get_history("USD", "JPY", date(2026, 10, 1), date(2026, 10, 31))) == 22
    assert set(fx.get_rates("USD", ["CAD", "JPY"])) == {"CAD", "JPY"}
    assert fx.currencies() == {"USD", "CAD", "JPY"}
    assert fx.profile is Acme.profile


def test_it_answers_to_its_own_name_alone(acme: Acme) -> None:
    manager = forexhooks.ForexManager()
    manager.register(acme)
    hook = manager.hook
    assert hook.forex_driver_name() == ["acme"]
    assert hook.forex_get_rate(driver="other", base="USD", quote="CAD") is None
    assert hook.forex_get_table(driver="other", currencies=["CAD"], start=None, end=None) is None
    assert hook.forex_driver_profile(driver="other") is None
    assert hook.forex_currencies(driver="other") is None
    assert acme.asked == []


def test_a_second_question_asks_nobody(fx: forexhooks.ForexService, acme: Acme) -> None:
    day = date(2026, 10, 15)
    fx.get_rate("USD", "CAD", on=day)
    assert acme.asked == [({"USD", "CAD"}, day - timedelta(7), day)]
    fx.get_rate("CAD", "USD", on=day)
    fx.get_rate("USD", "CAD", on=day - timedelta(2), max_gap=3)
    fx.get_history("USD", "CAD", day - timedelta(3), day)
    assert len(acme.asked) == 1


def test_a_batch_is_one_request(fx: forexhooks.ForexService, acme: Acme) -> None:
    fx.get_rates("USD", ["CAD", "JPY", "USD"], on=date(2026, 10, 15))
    assert len(acme.asked) == 1


def test_the_latest_is_kept_for_its_time_to_live(fx: forexhooks.ForexService, acme: Acme) -> None:
    fx.get_rate("USD", "CAD")
    fx.get_rate("USD", "CAD")
    assert acme.asked == [({"USD", "CAD"}, None, None)]
    acme.profile = Acme.profile._replace(time_to_live=timedelta(0))
    fx.get_rate("USD", "JPY")
    fx.get_rate("USD", "JPY")
    assert acme.asked[1:] == [({"USD", "JPY"}, None, None)] * 2


def test_a_past_day_is_kept_for_good_and_an_open_one_for_its_time(
    fx: forexhooks.ForexService, acme: Acme
) -> None:
    acme.profile = Acme.profile._replace(time_to_live=timedelta(0))
    fx.get_rate("USD", "CAD", on=date(2026, 10, 15))
    fx.get_rate("USD", "CAD", on=date(2026, 10, 15))
    assert len(acme.asked) == 1
    fx.get_rate("USD", "CAD", on=TODAY)  # not published yet: yesterday's, for now
    fx.get_rate("USD", "CAD", on=TODAY)
    assert len(acme.asked) == 3


def test_nobody_is_asked_about_the_future(fx: forexhooks.ForexService, acme: Acme) -> None:
    with pytest.raises(forexhooks.RateUnavailableError) as future:
        fx.get_rate("USD", "CAD", on=TODAY + timedelta(30))
    assert future.value.reason is UnavailableReason.IN_THE_FUTURE
    assert acme.asked == []


def test_nothing_on_these_days_is_not_nothing_ever(fx: forexhooks.ForexService) -> None:
    with pytest.raises(forexhooks.RateUnavailableError) as missing:
        fx.get_rate("USD", "CAD", on=date(2026, 5, 5))
    assert missing.value.reason is UnavailableReason.HOLE
    with pytest.raises(forexhooks.RateUnavailableError) as early:
        fx.get_rate("USD", "JPY", on=date(2025, 5, 5))
    assert early.value.reason is UnavailableReason.BEFORE_FIRST_DAY
    with pytest.raises(forexhooks.UnsupportedPairError):
        fx.get_rate("USD", "GBP", on=date(2026, 10, 5))


def test_it_is_closed_with_its_manager(acme: Acme) -> None:
    with forexhooks.ForexManager() as manager:
        manager.register(acme)
    assert acme.closed == 1


def test_observations_must_be_written() -> None:
    class Empty(Driver):
        name = "empty"
        profile = Profile(title="Empty")

    with pytest.raises(TypeError, match="observations"):
        Empty()  # type: ignore[abstract]


def test_a_name_and_a_profile_must_be_given() -> None:
    class Profileless(Driver):
        name = "profileless"

        def observations(
            self, currencies: Collection[str], start: date | None, end: date | None
        ) -> Iterator[Observation]:
            yield from ()

    class Nameless(Profileless):
        profile = Profile(title="Nameless")
        name = property()  # type: ignore[assignment]  # as good as none

    with pytest.raises(forexhooks.PluginLoadError, match="Nameless has no name"):
        forexhooks.ForexManager().register(Nameless())
    with pytest.raises(forexhooks.PluginLoadError, match="Profileless has no profile"):
        forexhooks.ForexManager().register(Profileless())


def test_the_latest_is_asked_for_again_after_its_time_to_live(
    fx: forexhooks.ForexService, acme: Acme
) -> None:
    acme.profile = Acme.profile._replace(time_to_live=timedelta(seconds=0.05))
    fx.get_rate("USD", "CAD")
    assert len(acme.asked) == 1
    time.sleep(0.06)
    fx.get_rate("USD", "CAD")
    assert len(acme.asked) == 2


def test_a_pair_that_there_never_was_is_asked_for_once(
    fx: forexhooks.ForexService, acme: Acme
) -> None:
    for _ in range(2):
        with pytest.raises(forexhooks.UnsupportedPairError):
            fx.get_rate("USD", "GBP", on=date(2026, 10, 5))
    # once for the days, and once for the currencies there are
    assert [asked[1:] for asked in acme.asked] == [
        (date(2026, 9, 28), date(2026, 10, 5)),
        (None, None),
    ]


def test_the_currencies_are_those_of_the_latest_and_may_be_declared(acme: Acme) -> None:
    assert acme.currencies() == {"USD", "CAD", "JPY"}
    assert [asked[1:] for asked in acme.asked] == [(None, None)]
    acme.currencies()
    assert len(acme.asked) == 1

    class Declared(Acme):
        def currencies(self) -> Collection[str]:
            return {"USD", "CAD", "JPY", "GBP"}

    declared = Declared()
    manager = forexhooks.ForexManager()
    manager.register(declared)
    fx = forexhooks.open("acme", manager=manager)
    assert fx.currencies() == {"USD", "CAD", "JPY", "GBP"}
    assert declared.asked == []
    with pytest.raises(forexhooks.RateUnavailableError) as never:
        fx.get_rate("USD", "GBP", on=date(2026, 10, 5))
    assert never.value.reason is UnavailableReason.HOLE


def test_a_driver_whose_currencies_come_later_knows_them_early(
    fx: forexhooks.ForexService,
) -> None:
    with pytest.raises(forexhooks.RateUnavailableError) as batch:
        fx.get_rates("USD", ["JPY", "CAD"], on=date(2026, 9, 1))
    assert batch.value.quote == "CAD"
    assert fx.get_history("USD", "CAD", date(2026, 9, 1), date(2026, 9, 30)) == []
    with pytest.raises(forexhooks.UnsupportedPairError):
        fx.get_history("USD", "GBP", date(2026, 9, 1), date(2026, 9, 30))


def test_answers_are_the_same_whatever_was_asked_before(acme: Acme) -> None:
    def answers(driver: Acme, days: list[date]) -> dict[date, forexhooks.Rate]:
        manager = forexhooks.ForexManager()
        manager.register(driver)
        service = forexhooks.open("acme", manager=manager)
        return {day: service.get_rate("CAD", "JPY", on=day) for day in days}

    days = [date(2026, 10, 8) + timedelta(n) for n in range(28)]
    assert answers(acme, days) == answers(Acme(), days[::-1])


def test_tables_that_are_kept_are_bounded(fx: forexhooks.ForexService, acme: Acme) -> None:
    days = [date(2026, 10, 30) - timedelta(n) for n in range(0, 200, 2)]
    for day in days:
        fx.get_rate("USD", "JPY", on=day, max_gap=3)
    fx.get_rate("USD", "JPY", on=days[-1], max_gap=3)
    assert len(acme.asked) == len(days)  # the last is held
    fx.get_rate("USD", "JPY", on=days[0], max_gap=3)
    assert len(acme.asked) == len(days) + 1  # the first is not any more


def test_a_table_may_be_asked_for_plainly(acme: Acme) -> None:
    manager = forexhooks.ForexManager()
    manager.register(acme)
    table = manager.hook.forex_get_table(
        driver="acme", currencies=["CAD"], start=date(2026, 10, 1), end=date(2026, 10, 7)
    )
    assert len(list(table.observations())) == 5
    assert (table.driver, table.newest) == ("acme", date(2026, 10, 7))
    rate = manager.hook.forex_get_rate(driver="acme", base="JPY", quote="CAD", on=TODAY)
    assert (rate.kind, rate.on) == ("cross", date(2026, 11, 3))


def test_what_observations_raises_reaches_the_caller() -> None:
    class Offline(Acme):
        def observations(
            self, currencies: Collection[str], start: date | None, end: date | None
        ) -> Iterator[Observation]:
            raise forexhooks.TransientError("no line", driver="acme", retry_after=3)

    class Wrong(Acme):
        def observations(
            self, currencies: Collection[str], start: date | None, end: date | None
        ) -> Iterator[Observation]:
            yield Observation(TODAY, "USD", "CAD", Decimal(0))

    for driver, expected in (
        (Offline(), forexhooks.TransientError),
        (Wrong(), forexhooks.MalformedResponseError),
    ):
        manager = forexhooks.ForexManager()
        manager.register(driver)
        service = forexhooks.open("acme", manager=manager)
        for _ in range(2):  # a failure is not kept
            with pytest.raises(expected) as failed:
                service.get_rate("USD", "CAD")
            assert failed.value.driver == "acme"


class AllAtOnce(Driver):
    """Every currency, or nothing, in one answer."""

    name = "all"
    profile = Acme.profile
    all_at_once = True
    rates: tuple[Observation, ...] = ()

    def observations(self, *_: object) -> Iterator[Observation]:
        yield from self.rates


def test_the_latest_of_all_is_not_nothing_and_not_kept() -> None:
    driver, manager = AllAtOnce(), forexhooks.ForexManager()
    manager.register(driver)
    fx = forexhooks.open("all", manager=manager)
    for _ in range(2):
        with pytest.raises(forexhooks.MalformedResponseError, match="returned no rates"):
            fx.get_rate("USD", "CAD")
    driver.rates = (Observation(TODAY, "USD", "CAD", Decimal("1.4")),)
    assert fx.get_rate("USD", "CAD").value == Decimal("1.4")


class Silent(Acme):
    """It has no rate at all, for whatever it is asked."""

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        self.asked.append((set(currencies), start, end))
        return iter(())


def test_days_without_any_rate_do_not_say_that_a_currency_is_unknown() -> None:
    manager = forexhooks.ForexManager()
    manager.register(Silent())
    fx = forexhooks.open("acme", manager=manager)
    with pytest.raises(forexhooks.RateUnavailableError, match="no rate of this pair") as none:
        fx.get_rate("USD", "CAD", on=date(2026, 5, 5))
    assert none.value.reason is UnavailableReason.HOLE
    assert fx.get_history("USD", "CAD", date(2026, 5, 1), date(2026, 5, 31)) == []
    with pytest.raises(forexhooks.MalformedResponseError, match="returned no rates"):
        fx.get_rate("USD", "CAD")


@pytest.mark.parametrize("all_at_once", [True, False])
@pytest.mark.parametrize("day_by_day", [True, False])
def test_nobody_is_asked_about_days_before_the_first(all_at_once: bool, day_by_day: bool) -> None:
    class Asked(Acme):
        profile = Acme.profile._replace(day_by_day=day_by_day)

    Asked.all_at_once = all_at_once
    acme, manager = Asked(), forexhooks.ForexManager()
    manager.register(acme)
    fx = forexhooks.open("acme", manager=manager)
    with pytest.raises(forexhooks.RateUnavailableError, match="begins on 2026-01-01") as early:
        fx.get_rate("USD", "JPY", on=date(2025, 12, 31))
    assert early.value.reason is UnavailableReason.BEFORE_FIRST_DAY
    assert fx.get_history("USD", "JPY", date(2025, 1, 1), date(2025, 12, 31)) == []
    assert acme.asked == []
    assert fx.get_rate("USD", "JPY", on=date(2026, 1, 2)).value == 150
    assert all(start is None or start >= date(2026, 1, 1) for _, start, _ in acme.asked)
