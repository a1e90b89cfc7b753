"""Several drivers in order of preference: who answers, and why those before did not."""

from __future__ import annotations

import gc
import pickle
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier, Thread

import pytest

import forexhooks
from forexhooks import Driver, ForexManager, ForexService, Observation, Profile, errors
from forexhooks.testing import FixedRates

THREADS = 16
LONG_AGO = date(2020, 1, 2)
TODAY = datetime.now(UTC).date()
RATES = {"USD/CAD": "1.40", "BTC/USD": "70000"}
Ask = Callable[[ForexService], object]
QUESTIONS: dict[str, Ask] = {
    "rate": lambda fx: fx.get_rate("USD", "CAD"),
    "batch": lambda fx: fx.get_rates("USD", ["CAD"]),
    "history": lambda fx: fx.quiet_history("USD", "CAD", LONG_AGO, TODAY),
    "convert": lambda fx: fx.convert(100, "USD", "CAD"),
}


class Away(FixedRates):
    """Its table is out of reach: it fails with `error`, unless that is None."""

    def __init__(self, error: Exception | None = None, name: str = "away") -> None:
        super().__init__({"USD/CAD": "1.50", "USD/NOK": "11"}, name=name)
        self.error = error
        self.asked = self.closed = 0

    def table(self, *_: object) -> forexhooks.RateTable:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return super().table()

    def currencies(self) -> Collection[str]:
        return self.table().currencies

    def close(self) -> None:
        self.closed += 1


def dead(name: str = "away") -> Away:
    return Away(errors.TransientError(f"{name} is dead", driver=name), name)


def chain(*drivers: Driver) -> tuple[ForexService, ForexManager]:
    """These in this order, and at last `fixed`; with their manager."""
    fixed = FixedRates({TODAY: RATES, LONG_AGO: {"USD/CAD": "1.30"}})
    manager = ForexManager()
    names = [manager.register(driver) for driver in (*drivers, fixed)]
    return forexhooks.open(*filter(None, names), manager=manager), manager


def test_the_first_that_can_answers_and_says_why_not_those_before() -> None:
    quota = errors.QuotaError("used up", driver="second", retry_after=60)
    fx, _ = chain(dead(), Away(quota, "second"), Away(name="third"))
    rate = fx.get_rate("usd", "cad")
    assert (rate.driver, rate.value) == ("third", Decimal("1.50"))
    assert [name for name, _ in rate.failures] == ["away", "second"]
    (_, reason), (_, limit) = rate.failures
    assert type(reason) is errors.TransientError and str(reason) == "away is dead"
    assert isinstance(limit, errors.QuotaError) and limit.retry_after == 60
    assert str(pickle.loads(pickle.dumps(rate)).failures) == str(rate.failures)  # noqa: S301


def test_a_conversion_goes_to_the_next_too() -> None:
    assert chain(dead())[0].convert(100, "USD", "CAD") == 140


def test_where_none_answers_all_reasons_are_kept() -> None:
    fx, _ = chain(dead(), Away(errors.MalformedResponseError("no rates in it"), "second"))
    with pytest.raises(errors.NoDriverAnsweredError, match="away is dead; no rates in it") as kept:
        fx.get_rate("USD", "CAD", date(2020, 3, 1))
    failures = pickle.loads(pickle.dumps(kept.value)).failures  # noqa: S301
    assert [*failures] == ["away", "second", "fixed"]
    assert failures["fixed"].reason is errors.UnavailableReason.HOLE


def test_the_error_knows_what_was_asked() -> None:
    with pytest.raises(errors.NoDriverAnsweredError) as kept:
        chain(dead())[0].get_rate("USD", "CAD", date(2020, 3, 1))
    assert (kept.value.base, kept.value.quote, kept.value.on) == ("USD", "CAD", date(2020, 3, 1))


def test_a_stale_answer_fails_the_driver_only_under_max_age() -> None:
    class Stale(Driver):
        name = "stale"
        profile = Profile(title="Stale", publication_days=forexhooks.every_day)

        def observations(self, *_: object) -> Iterator[Observation]:
            yield Observation(TODAY - timedelta(5), "USD", "CAD", Decimal("1.60"))

    fx, _ = chain(Stale())
    with pytest.warns(forexhooks.StaleRateWarning) as warned:
        assert fx.get_rate("USD", "CAD").driver == "stale"
    assert warned[0].filename == __file__
    [(name, reason)] = fx.get_rate("USD", "CAD", max_age=timedelta(2)).failures
    assert (name, type(reason)) == ("stale", errors.StaleRateError)
    assert fx.get_rates("USD", ["CAD"], max_age=timedelta(2))["CAD"].driver == "fixed"


@pytest.mark.parametrize("mistake", [KeyError("x"), TypeError("x"), ZeroDivisionError()], ids=repr)
@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS)
def test_a_mistake_in_a_drivers_code_is_not_swallowed(ask: Ask, mistake: Exception) -> None:
    with pytest.raises(errors.DriverError, match="away failed") as raised:
        ask(chain(Away(mistake))[0])
    assert raised.value.__cause__ is mistake


def test_a_mistake_is_not_swallowed_by_currencies() -> None:
    with pytest.raises(errors.DriverError, match="away failed"):
        chain(Away(KeyError("x")))[0].currencies()


def test_currencies_obey_a_rest_and_pass_over_who_is_gone() -> None:
    away = dead()
    fx, manager = chain(away, Away(name="second"))
    fx.get_rate("USD", "CAD")
    assert fx.currencies() == {"USD", "CAD", "NOK", "BTC"}
    assert away.asked == 1
    manager.unregister(name="second")
    assert fx.currencies() == {"USD", "CAD", "BTC"}


def test_a_question_that_is_wrong_is_wrong_for_all() -> None:
    fx, _ = chain(Away())
    with pytest.raises(errors.DateError):
        fx.get_rate("USD", "CAD", datetime.now(UTC))
    with pytest.raises(errors.AmountError):
        fx.convert("much", "USD", "CAD")
    for ask in (lambda: fx.get_rate("USD", "CAX"), lambda: fx.get_rates("USD", ["CAX"])):
        with pytest.raises(errors.CurrencyError, match="unknown currency 'CAX'"):
            ask()


def test_a_code_that_the_second_alone_knows() -> None:
    fx, _ = chain(Away())
    assert fx.currencies() == {"USD", "CAD", "NOK", "BTC"}
    rate = fx.get_rate("btc", "USD")
    assert rate.driver == "fixed" and rate.value == 70000
    assert [(name, type(why)) for name, why in rate.failures] == [("away", errors.CurrencyError)]
    both = fx.get_rates("USD", ["CAD", "BTC"])
    assert {code: rate.driver for code, rate in both.items()} == {"CAD": "away", "BTC": "fixed"}
    parted = fx.get_rates("USD", ["BTC", "NOK"])  # nobody has both
    assert {code: rate.driver for code, rate in parted.items()} == {"BTC": "fixed", "NOK": "away"}


def test_a_history_is_of_the_first_that_has_any_of_it() -> None:
    fx, _ = chain(Away())
    [rate] = fx.get_history("USD", "CAD", LONG_AGO, LONG_AGO + timedelta(9))
    assert (rate.driver, rate.on, rate.failures[0][0]) == ("fixed", LONG_AGO, "away")
    assert fx.get_history("USD", "CAD", date(2019, 1, 1), date(2019, 1, 9)) == []


def test_an_empty_history_is_an_answer_where_the_others_have_none() -> None:
    assert chain(Away())[0].get_history("USD", "NOK", LONG_AGO, LONG_AGO) == []


def test_an_update_is_of_the_first_that_keeps_a_store() -> None:
    class Stored(FixedRates):
        def update(self, **_: object) -> forexhooks.Update:
            return forexhooks.Update("stored", None, TODAY, "nowhere")

    assert chain(Away(), Stored(RATES, name="stored"))[0].update().driver == "stored"
    with pytest.raises(errors.NoDriverAnsweredError, match=r"away keeps no.*fixed keeps no"):
        chain(Away())[0].update()


def test_many_threads_get_an_answer_each_and_leave_the_dead_alone() -> None:
    away, together = dead(), Barrier(THREADS)
    fx, _ = chain(away)

    def ask(_: int) -> set[tuple[str, int]]:
        together.wait()
        rates = [fx.get_rate("USD", "CAD") for _ in range(200)]
        return {(rate.driver, len(rate.failures)) for rate in rates}

    with ThreadPoolExecutor(THREADS) as threads:
        assert set.union(*threads.map(ask, range(THREADS))) == {("fixed", 1)}
    assert away.asked <= THREADS


def test_a_driver_that_leaves_or_comes_in_its_place_has_rested() -> None:
    fx, manager = chain(dead())
    assert fx.get_rate("USD", "CAD").driver == "fixed"
    manager.replace(Away())
    assert fx.get_rate("USD", "CAD").failures == ()
    manager.replace(dead())
    assert fx.get_rate("USD", "CAD").driver == "fixed"
    manager.unregister(name="away")
    assert type(fx.get_rate("USD", "CAD").failures[0][1]) is errors.UnknownDriverError
    manager.register(Away())
    assert fx.get_rate("USD", "CAD").driver == "away"


def test_a_new_driver_does_not_rest_for_the_one_before() -> None:
    class Leaving(Away):
        def table(self, *_: object) -> forexhooks.RateTable:
            changer.start()
            while manager.is_registered(self):  # until the other one is in its place
                time.sleep(0.001)
            return super().table()

    fx, manager = chain(Leaving(errors.TransientError("away is dead")))
    changer = Thread(target=manager.replace, args=(Away(),))
    assert fx.get_rate("USD", "CAD").driver == "fixed"
    changer.join(60)
    assert fx.get_rate("USD", "CAD").driver == "away"


def test_who_failed_is_closed_at_once_though_the_reason_is_kept() -> None:
    away, second = dead(), Away(OSError("no disk"), "second")
    fx, manager = chain(away, second)
    kept = [ask(fx) for name, ask in QUESTIONS.items() if name != "convert"]
    kept = [list(each) if isinstance(each, forexhooks.History) else each for each in kept]
    assert all("no disk" in repr(each) for each in kept)
    with pytest.raises(errors.NoDriverAnsweredError) as raised:
        fx.get_rate("USD", "CAD", date(2020, 3, 1))
    gc.collect()
    gc.disable()  # the close must come of itself
    try:
        for driver in (away, second):
            manager.unregister(driver, drain=2)
            assert driver.closed == 1
    finally:
        gc.enable()
    assert list(raised.value.failures) == ["away", "second", "fixed"]
