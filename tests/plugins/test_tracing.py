"""Tracing: which plugin was asked, what it said, how long it took; nothing when it is off."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Generator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

import forexhooks
from forexhooks import Rate
from forexhooks.plugins.tracing import Traced
from forexhooks.testing import FixedRates

DAY = date(2026, 10, 30)
Wrapped = Generator[None, Any, Any]


class Spread:
    @forexhooks.hookimpl(wrapper=True)
    def forex_get_rate(self) -> Wrapped:
        rate = yield
        return rate.adjusted(rate.value * 2)


class Audit:
    @forexhooks.hookimpl(hookwrapper=True)
    def forex_get_rate(self, base: str) -> Generator[None, Any, None]:
        yield


class Cache:
    @forexhooks.hookimpl(tryfirst=True)
    def forex_get_rate(self) -> None:
        return None


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "forexhooks.trace")
    return caplog


@pytest.fixture
def manager() -> forexhooks.ForexManager:
    manager = forexhooks.ForexManager()
    manager.register(FixedRates({"USD/CAD": "1.40"}, on=DAY))
    return manager


def traced(log: pytest.LogCaptureFixture) -> list[Traced]:
    return [each.msg for each in log.records if isinstance(each.msg, Traced)]


def lines(log: pytest.LogCaptureFixture) -> list[str]:
    """What was traced, without the times."""
    return [re.sub(r" \(\d+\.\d\d ms\)$", "", str(each)) for each in traced(log)]


def test_each_plugin_is_seen_being_asked_answering_and_declining(
    manager: forexhooks.ForexManager, log: pytest.LogCaptureFixture
) -> None:
    for extension in (Spread(), Audit(), Cache()):
        manager.register(extension)
    fx = forexhooks.open("fixed", manager=manager)
    manager.enable_tracing()
    rate = fx.get_rate("USD", "CAD", on=DAY)
    answer = "1 USD = 1.40 CAD (2026-10-30, fixed, direct)"
    adjusted = "1 USD = 2.80 CAD (2026-10-30, fixed, adjusted)"
    asked = [each for each in lines(log) if "forex_driver_profile" not in each]
    assert asked[:10] == [
        "fixed: forex_get_rate(base='USD', quote='CAD', on=2026-10-30)",
        "fixed:   > Audit (wraps)",
        "fixed:     > Spread (wraps)",
        "fixed:       > Cache",
        "fixed:       < Cache declined",
        "fixed:       > fixed",
        f"fixed:       < fixed answered {answer}",
        f"fixed:     < Spread answered {adjusted}",
        "fixed:   < Audit done",
        "fixed: forex_get_rate answered",
    ]
    assert str(rate) == adjusted
    by_depth = [each.seconds for each in traced(log)[6:10]]
    assert all(seconds is not None and seconds >= 0 for seconds in by_depth)
    assert by_depth == sorted(by_depth)  # each has what is within it in it  # type: ignore[type-var]


def test_a_traced_manager_answers_as_an_untraced_one(
    manager: forexhooks.ForexManager, log: pytest.LogCaptureFixture
) -> None:
    fx = forexhooks.open("fixed", manager=manager)

    def answers() -> list[object]:
        return [
            fx.get_rate("USD", "CAD", on=DAY),
            fx.get_rates("CAD", ["USD"], on=DAY),
            list(fx.get_history("USD", "CAD", DAY, DAY)),
            fx.currencies(),
            fx.profile,
            manager.hook.forex_get_rate(driver="nobody", base="USD", quote="CAD"),
            manager.hook.forex_driver_name(),
        ]

    plain = answers()
    assert traced(log) == []
    undo = manager.enable_tracing()
    assert answers() == plain
    assert {each.hook for each in traced(log)} >= {
        "forex_get_rate",
        "forex_get_table",
        "forex_currencies",
        "forex_driver_profile",
        "forex_driver_name",
    }
    undo()
    log.clear()
    assert answers() == plain
    assert traced(log) == []


def test_tracing_ends_with_the_last_who_wished_for_it(
    manager: forexhooks.ForexManager, log: pytest.LogCaptureFixture
) -> None:
    first, second = manager.enable_tracing(), manager.enable_tracing()
    first()
    first()  # a second time does no harm
    manager.register(Spread())
    forexhooks.open("fixed", manager=manager).get_rate("USD", "CAD", on=DAY)
    assert "fixed:   > Spread (wraps)" in lines(log)
    second()
    log.clear()
    forexhooks.open("fixed", manager=manager).get_rate("USD", "CAD", on=DAY)
    assert traced(log) == []
    manager.close()
    manager.enable_tracing()
    assert manager.list_name_plugin() == []


def test_without_tracing_a_plugin_is_what_is_called(manager: forexhooks.ForexManager) -> None:
    def plugins() -> set[object]:
        hook = manager.catalog.hook
        return {each.plugin for each in hook.forex_get_rate.get_hookimpls()}

    assert plugins() == manager.get_plugins()
    undo = manager.enable_tracing()
    assert not plugins() & manager.get_plugins()
    undo()
    assert plugins() == manager.get_plugins()


class Failing:
    def __init__(self, error: BaseException) -> None:
        self.error = error

    @forexhooks.hookimpl
    def forex_driver_name(self) -> str:
        return "failing"

    @forexhooks.hookimpl
    def forex_get_rate(self) -> Rate:
        raise self.error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (forexhooks.QuotaError("the limit\nis used up"), "QuotaError: the limit is used up"),
        (ValueError("401 for https://acme.example/?key=s3cret"), "ValueError"),
        (SystemExit(3), "SystemExit"),
    ],
)
def test_an_error_is_seen_with_the_message_only_where_that_is_free_of_keys(
    error: BaseException, said: str, log: pytest.LogCaptureFixture
) -> None:
    manager = forexhooks.ForexManager()
    manager.register(Failing(error))
    manager.register(Spread())
    manager.enable_tracing()
    with pytest.raises(forexhooks.ForexError):
        forexhooks.open("failing", manager=manager).get_rate("USD", "CAD")
    assert f"failing:     < failing raised {said}" in lines(log)
    assert f"failing:   < Spread raised {said}" in lines(log)
    assert f"failing: forex_get_rate raised {type(error).__name__}" in lines(log)
    assert "s3cret" not in log.text
    assert all(each.getMessage() for each in log.records)


def test_a_wrapper_that_answers_in_the_place_of_an_error(log: pytest.LogCaptureFixture) -> None:
    class Rescue:
        @forexhooks.hookimpl(wrapper=True)
        def forex_get_rate(self, base: str, quote: str) -> Wrapped:
            try:
                return (yield)
            except TimeoutError:
                return Rate(base, quote, Decimal(2), DAY, "failing")

    manager = forexhooks.ForexManager()
    manager.register(Failing(TimeoutError()))
    manager.register(Rescue())
    manager.enable_tracing()
    assert forexhooks.open("failing", manager=manager).get_rate("USD", "CAD").value == 2
    asked = lines(log)
    assert asked[3:6] == [
        "failing:     < failing raised TimeoutError",
        "failing:   < Rescue answered 1 USD = 2 CAD (2026-10-30, failing, direct)",
        "failing: forex_get_rate answered",
    ]


def test_a_driver_that_is_found_in_a_plain_call_is_seen(log: pytest.LogCaptureFixture) -> None:
    manager = forexhooks.ForexManager(discover=True)
    manager.register(FixedRates({"USD/CAD": "1.40"}))
    manager.enable_tracing()
    manager.hook.forex_get_rate(driver="ecb", base="EUR", quote="USD", on=DAY)
    asked = lines(log)
    assert "ecb:   < fixed declined" in asked
    assert "ecb:   > forexhooks.finder" in asked
    assert "ecb:       > ecb" in asked
    assert {each.depth for each in traced(log) if each.plugin is None} == {0, 2}


@pytest.mark.parametrize(
    "answer",
    [Rate("USD", "CAD", "no Decimal", DAY, "odd"), "a text", 7, object()],  # type: ignore[arg-type]
)
def test_an_answer_that_is_none_does_not_break_the_trace(
    answer: Any, log: pytest.LogCaptureFixture
) -> None:
    class Odd:
        @forexhooks.hookimpl
        def forex_driver_name(self) -> str:
            return "odd"

        @forexhooks.hookimpl
        def forex_get_rate(self) -> Any:
            return answer

    manager = forexhooks.ForexManager()
    manager.register(Odd())
    manager.enable_tracing()
    with pytest.raises(forexhooks.InvalidRateError):
        forexhooks.open("odd", manager=manager).get_rate("USD", "CAD")
    assert any("< odd answered with" in line for line in lines(log))


def test_many_codes_are_counted_and_a_table_is_summed_up(
    manager: forexhooks.ForexManager, log: pytest.LogCaptureFixture
) -> None:
    manager.enable_tracing()
    codes = [f"X{letter}X" for letter in "ABCDEFGHIJ"]
    manager.hook.forex_get_table(driver="fixed", currencies=codes, start=DAY, end=DAY)
    first, *_, answered, _ = lines(log)
    assert first.endswith("'XFX', … 10 of them}, start=2026-10-30, end=2026-10-30)")
    assert "answered with a table of 2 currencies up to 2026-10-30" in answered


def test_no_call_fails_while_tracing_is_switched_on_and_off(
    manager: forexhooks.ForexManager,
) -> None:
    manager.register(Spread())
    fx = forexhooks.open("fixed", manager=manager)
    ended, failed = threading.Event(), []

    def ask() -> None:
        while not ended.is_set():
            try:
                assert fx.get_rate("USD", "CAD", on=DAY).value == Decimal("2.80")
            except BaseException as error:  # noqa: BLE001 - it is looked at below
                failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        manager.enable_tracing()()
    ended.set()
    for thread in threads:
        thread.join(60)
    assert failed == []


def test_a_plugin_that_was_traced_drains_and_is_closed(manager: forexhooks.ForexManager) -> None:
    closed = []

    class Closing(FixedRates):
        @forexhooks.hookimpl
        def forex_close(self) -> None:
            closed.append(self.name)

    manager.register(Closing({"USD/CAD": "1"}, name="closing"))
    undo = manager.enable_tracing()
    forexhooks.open("closing", manager=manager).get_rate("USD", "CAD")
    manager.unregister(name="closing", drain=15)
    undo()
    assert closed == ["closing"]


def test_the_settings_trace_the_default_manager(
    monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    from forexhooks.service import opening

    monkeypatch.setattr(opening, "_default", None)
    monkeypatch.setenv("FOREXHOOKS_TRACE", "1")
    forexhooks.open("ecb").get_rate("EUR", "USD", on=DAY)
    assert "ecb:   < ecb answered 1 EUR = 1.1172 USD (2026-10-30, ecb, direct)" in lines(log)
