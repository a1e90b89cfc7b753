from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import ModuleType

import pytest

import forexhooks
from forexhooks.testing import FixedRates

DAY = date(2026, 10, 30)


class Acme:
    """A raw driver that counts how often it was closed."""

    def __init__(self, value: str = "1.40", name: str = "acme") -> None:
        self.value = Decimal(value)
        self.name = name
        self.closed = 0

    @forexhooks.hookimpl
    def forex_driver_name(self) -> str:
        return self.name

    @forexhooks.hookimpl
    def forex_get_rate(self, driver: str, base: str, quote: str) -> forexhooks.Rate | None:
        if driver != self.name:
            return None
        return forexhooks.Rate(base, quote, self.value, DAY, self.name)

    @forexhooks.hookimpl
    def forex_close(self) -> None:
        self.closed += 1


class Slow(Acme):
    """Its calls wait until they are let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()
        self.let_go = threading.Event()

    @forexhooks.hookimpl
    def forex_get_rate(self, driver: str, base: str, quote: str) -> forexhooks.Rate | None:
        self.entered.set()
        assert self.let_go.wait(20)
        assert not self.closed
        return super().forex_get_rate(driver, base, quote)


def ask(manager: forexhooks.ForexManager, driver: str = "acme") -> forexhooks.Rate | None:
    rate: forexhooks.Rate | None = manager.hook.forex_get_rate(
        driver=driver, base="USD", quote="CAD"
    )
    return rate


def in_background(call: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=call)
    thread.start()
    return thread


def test_a_plain_call_gets_the_first_result_of_the_named_driver() -> None:
    manager = forexhooks.ForexManager()
    manager.register(Acme("1.40"))
    manager.register(Acme("1.50", "other"))
    first, second = ask(manager), ask(manager, "other")
    assert first is not None and second is not None
    assert (first.value, second.value) == (Decimal("1.40"), Decimal("1.50"))
    assert ask(manager, "nobody") is None


def test_a_module_is_a_plugin() -> None:
    module = ModuleType("peg")
    module.forex_driver_name = forexhooks.hookimpl(lambda: "peg")  # type: ignore[attr-defined]

    def forex_get_rate(base: str, quote: str) -> forexhooks.Rate:
        return forexhooks.Rate(base, quote, Decimal(2), DAY, "peg")

    module.forex_get_rate = forexhooks.hookimpl(forex_get_rate)  # type: ignore[attr-defined]
    manager = forexhooks.ForexManager()
    assert manager.register(module) == "peg"
    assert forexhooks.open("peg", manager=manager).get_rate("USD", "CAD", on=DAY).bips == 20000


def test_hooks_that_are_kept_follow_the_manager_and_hold_no_lease() -> None:
    manager = forexhooks.ForexManager()
    old = Acme("1.40")
    manager.register(old)
    hooks = manager.hook
    hook = hooks.forex_get_rate
    assert hook(driver="acme", base="USD", quote="CAD").value == Decimal("1.40")
    assert len(hook.get_hookimpls()) == 1
    manager.replace(Acme("1.41"), drain=5)
    assert old.closed == 1
    assert hook(driver="acme", base="USD", quote="CAD").value == Decimal("1.41")
    assert hooks.forex_driver_name() == ["acme"]
    with pytest.raises(AttributeError, match="forex_get_rates"):
        hooks.forex_get_rates  # noqa: B018 - looked up


def test_the_surface_of_pluggy() -> None:
    manager = forexhooks.ForexManager()
    acme = Acme()
    assert manager.register(acme) == "acme"
    assert manager.get_plugin("acme") is acme
    assert manager.get_name(acme) == "acme"
    assert manager.has_plugin("acme")
    assert manager.is_registered(acme)
    assert manager.get_plugins() == {acme}
    assert manager.list_name_plugin() == [("acme", acme)]
    manager.check_pending()
    assert manager.unregister(acme) is acme
    assert manager.get_plugin("acme") is None
    assert not manager.has_plugin("acme")


def test_a_name_or_a_plugin_is_taken_once() -> None:
    manager = forexhooks.ForexManager()
    acme = Acme()
    manager.register(acme)
    before = manager.catalog
    with pytest.raises(forexhooks.PluginConflictError, match="'acme' is taken"):
        manager.register(Acme())
    with pytest.raises(forexhooks.PluginConflictError, match="registered already, as 'acme'"):
        manager.register(acme, name="another")
    assert manager.catalog is before


def test_an_alias_is_open_to_open_and_left_out_of_plain_calls() -> None:
    manager = forexhooks.ForexManager()
    manager.register(Acme("1.40"))
    assert manager.register(Acme("1.50"), name="acme@2") == "acme@2"
    rate = forexhooks.open("acme@2", manager=manager).get_rate("USD", "CAD")
    assert (rate.driver, rate.value) == ("acme@2", Decimal("1.50"))
    plain = ask(manager)
    assert plain is not None
    assert (plain.driver, plain.value) == ("acme", Decimal("1.40"))
    assert ask(manager, "acme@2") is None
    fixed = FixedRates({"USD/CAD": 2}, name="acme", on=DAY)
    manager.register(fixed, name="acme@3")
    aliased = forexhooks.open("acme@3", manager=manager)
    assert aliased.get_rates("USD", ["CAD"])["CAD"].driver == "acme@3"
    assert aliased.get_history("USD", "CAD", DAY, DAY)[0].driver == "acme@3"


def test_replace_keeps_the_place_and_open_services_follow() -> None:
    manager = forexhooks.ForexManager()
    old = Acme("1.40")
    manager.register(old)
    manager.register(Acme("9", "other"))
    fx = forexhooks.open("acme", manager=manager)
    assert fx.get_rate("USD", "CAD").value == Decimal("1.40")
    assert manager.replace(Acme("1.41")) == "acme"
    assert fx.get_rate("USD", "CAD").value == Decimal("1.41")
    assert [name for name, _ in manager.list_name_plugin()] == ["acme", "other"]
    assert old.closed == 1


def test_only_what_is_there_can_be_replaced_or_unregistered() -> None:
    manager = forexhooks.ForexManager()
    before = manager.catalog
    with pytest.raises(forexhooks.UnknownDriverError, match="acme"):
        manager.replace(Acme())
    with pytest.raises(forexhooks.PluginError, match="acme"):
        manager.unregister(name="acme")
    assert manager.catalog is before


def test_an_unregistered_driver_is_closed_once_and_unknown() -> None:
    manager = forexhooks.ForexManager()
    acme = Acme()
    manager.register(acme)
    fx = forexhooks.open("acme", manager=manager)
    manager.unregister(name="acme")
    assert acme.closed == 1
    with pytest.raises(forexhooks.UnknownDriverError, match="acme"):
        fx.get_rate("USD", "CAD")
    with pytest.raises(forexhooks.UnknownDriverError):
        fx.profile  # noqa: B018 - a property


@pytest.mark.parametrize("plain", [True, False])
def test_a_call_under_way_ends_before_the_driver_is_closed(plain: bool) -> None:
    manager = forexhooks.ForexManager()
    slow = Slow()
    manager.register(slow)
    fx = forexhooks.open("acme", manager=manager)
    caller = in_background(lambda: ask(manager) if plain else fx.get_rate("USD", "CAD"))
    assert slow.entered.wait(20)
    changer = in_background(lambda: manager.unregister(name="acme"))
    changer.join(0.05)
    assert changer.is_alive()
    assert slow.closed == 0
    slow.let_go.set()
    changer.join(20)
    caller.join(20)
    assert slow.closed == 1


def test_past_the_deadline_there_is_a_warning_and_a_close_later() -> None:
    manager = forexhooks.ForexManager()
    slow = Slow()
    manager.register(slow)
    caller = in_background(lambda: ask(manager))
    assert slow.entered.wait(20)
    with pytest.warns(forexhooks.DrainWarning, match="acme is still in use"):
        manager.replace(Acme(), drain=0.01)
    assert slow.closed == 0
    slow.let_go.set()
    caller.join(20)
    for thread in threading.enumerate():
        if thread.name == "drain acme":
            thread.join(20)
    assert slow.closed == 1


@pytest.mark.parametrize("plain", [True, False])
def test_a_caller_who_keeps_an_exception_does_not_delay_the_close(plain: bool) -> None:
    class Failing(Acme):
        @forexhooks.hookimpl
        def forex_get_rate(self, driver: str) -> None:
            raise KeyError(driver)

    manager = forexhooks.ForexManager()
    failing = Failing()
    manager.register(failing)
    fx = forexhooks.open("acme", manager=manager)
    with pytest.raises((KeyError, forexhooks.DriverError)) as kept:
        if plain:
            ask(manager)
        else:
            fx.get_rate("USD", "CAD")
    with pytest.raises(forexhooks.PluginConflictError) as conflict:
        manager.register(Acme())
    gc.disable()  # the close must come of itself
    try:
        manager.unregister(name="acme", drain=5)
    finally:
        gc.enable()
    assert failing.closed == 1
    assert kept.value and conflict.value


def test_a_close_that_fails_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Clumsy(Acme):
        @forexhooks.hookimpl
        def forex_close(self) -> None:
            raise OSError("no such handle")

    manager = forexhooks.ForexManager()
    manager.register(Clumsy())
    with caplog.at_level(logging.ERROR, logger="forexhooks"):
        manager.unregister(name="acme")
    assert "acme: forex_close failed" in caplog.text
    assert "no such handle" in caplog.text


def test_a_manager_closes_its_plugins_and_refuses_more() -> None:
    acme = Acme()
    with forexhooks.ForexManager() as manager:
        manager.register(acme)
        fx = forexhooks.open("acme", manager=manager)
    assert acme.closed == 1
    with pytest.raises(forexhooks.PluginError, match="closed"):
        manager.register(Acme())
    with pytest.raises(forexhooks.UnknownDriverError, match="closed"):
        fx.get_rate("USD", "CAD")


def test_a_blocked_name_is_out() -> None:
    manager = forexhooks.ForexManager(discover=True)
    acme = Acme()
    manager.register(acme)
    manager.set_blocked("acme")
    manager.set_blocked("ecb")
    assert acme.closed == 1
    assert manager.is_blocked("acme")
    assert manager.register(Acme()) is None
    assert ask(manager, "ecb") is None
    with pytest.raises(forexhooks.UnknownDriverError, match="blocked"):
        forexhooks.open("ecb", manager=manager)
    assert [each.state for each in manager.drivers() if each.name == "ecb"] == ["blocked"]
    assert manager.unblock("ecb") is True
    assert manager.unblock("ecb") is False
    assert forexhooks.open("ecb", manager=manager).get_rate("EUR", "USD", on=DAY).bips == 11172


def test_discovery_is_for_managers_that_discover() -> None:
    assert ask(forexhooks.ForexManager(), "ecb") is None
    with pytest.raises(forexhooks.UnknownDriverError):
        forexhooks.open("ecb", manager=forexhooks.ForexManager())
    discovering = forexhooks.ForexManager(discover=True)
    assert discovering.list_name_plugin() == []
    rate = discovering.hook.forex_get_rate(driver="ecb", base="EUR", quote="USD", on=DAY)
    assert rate.value == Decimal("1.1172")
    assert [name for name, _ in discovering.list_name_plugin()] == ["ecb"]
    other = forexhooks.ForexManager(discover=True)
    assert other.hook.forex_driver_profile(driver="ecb").pivot == "EUR"
    assert "USD" in other.hook.forex_currencies(driver="ecb")
    table = other.hook.forex_get_table(driver="ecb", currencies=["USD"], start=DAY, end=DAY)
    assert table.newest == DAY


def test_an_unknown_driver_is_answered_with_what_there_is() -> None:
    manager = forexhooks.ForexManager(discover=True)
    manager.register(Acme())
    with pytest.raises(forexhooks.UnknownDriverError) as unknown:
        forexhooks.open("acmee", manager=manager)
    message = str(unknown.value)
    assert "did you mean 'acme'?" in message
    assert "acme, ecb" in message
    assert "pip" in message
    assert isinstance(unknown.value, LookupError)


def test_drivers_lists_what_is_registered_and_what_is_installed() -> None:
    manager = forexhooks.ForexManager(discover=True)
    manager.register(Acme())
    listed = {each.name: each for each in manager.drivers()}
    assert (listed["acme"].state, listed["acme"].origin) == ("registered", "registered")
    assert (listed["ecb"].state, listed["ecb"].origin) == ("available", "built-in")
    assert listed["ecb"].profile is not None
    forexhooks.open("ecb", manager=manager)
    states = [(each.name, each.state) for each in manager.drivers()]
    assert states.count(("ecb", "registered")) == 1
    assert ("ecb", "available") not in states


def test_a_driver_whose_profile_fails_hides_no_other() -> None:
    class Profileless(Acme):
        @forexhooks.hookimpl
        def forex_driver_profile(self) -> None:
            raise OSError("no profile today")

    manager = forexhooks.ForexManager()
    manager.register(Profileless())
    manager.register(Acme(name="other"))
    first, second = manager.drivers()
    assert first.reason is not None and "no profile today" in first.reason
    assert (first.state, second.name, second.reason) == ("registered", "other", None)


def test_the_default_manager_is_one() -> None:
    assert forexhooks.plugin_manager() is forexhooks.plugin_manager()
    assert "ecb" in {each.name for each in forexhooks.drivers()}
