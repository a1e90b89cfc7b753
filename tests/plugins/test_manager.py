from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from decimal import Decimal

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


def ask(manager: forexhooks.ForexManager, driver: str = "acme") -> forexhooks.Rate | None:
    rate: forexhooks.Rate | None = manager.hook.forex_get_rate(
        driver=driver, base="USD", quote="CAD"
    )
    return rate


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
    assert manager.project_name == "forexhooks"
    assert manager.get_canonical_name(acme) == str(id(acme))
    hooks = manager.get_hookcallers(acme)
    assert hooks is not None
    assert {each.name for each in hooks} == {"forex_driver_name", "forex_get_rate", "forex_close"}
    assert manager.get_hookcallers(Acme()) is None
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
    with pytest.raises(forexhooks.PluginConflictError, match="already registered, as 'acme'"):
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


def test_a_driver_that_is_installed_but_was_unloaded_is_not_called_unknown() -> None:
    with forexhooks.ForexManager(discover=True) as manager:
        fx = forexhooks.open("ecb", manager=manager)
        manager.unload("ecb")
        for ask in (fx.currencies, lambda: fx.get_rate("USD", "CAD", on=DAY)):
            with pytest.raises(forexhooks.UnknownDriverError, match="not loaded: open it again"):
                ask()
        forexhooks.open("ecb", manager=manager)
        assert fx.get_rate("USD", "CAD", on=DAY).on == DAY


def test_an_unknown_driver_is_answered_with_what_there_is() -> None:
    manager = forexhooks.ForexManager(discover=True)
    manager.register(Acme())
    with pytest.raises(forexhooks.UnknownDriverError) as unknown:
        forexhooks.open("acmee", manager=manager)
    message = str(unknown.value)
    assert "did you mean 'acme'?" in message
    assert "acme, au-tax, bankofcanada" in message
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


def test_a_plugin_cannot_replace_itself() -> None:
    manager = forexhooks.ForexManager()
    acme = Acme()
    manager.register(acme)
    with pytest.raises(forexhooks.PluginConflictError, match="already registered"):
        manager.replace(acme)  # it would be closed, and asked all the same
    assert acme.closed == 0


def test_a_blocked_driver_cannot_come_by_replace() -> None:
    manager = forexhooks.ForexManager()
    manager.set_blocked("acme")
    with pytest.raises(forexhooks.UnknownDriverError, match="'acme' is blocked: unblock it"):
        manager.replace(Acme())
    assert manager.unblock("acme") is True
    assert manager.register(Acme()) == "acme"


def test_an_extension_that_leaves_is_closed_alone() -> None:
    class Extension:
        closed = 0

        @forexhooks.hookimpl
        def forex_close(self) -> None:
            self.closed += 1

    manager = forexhooks.ForexManager()
    acme, extension = Acme(), Extension()
    manager.register(acme)
    assert manager.register(extension, name="bystander") == "bystander"
    assert manager.get_name(extension) == "bystander"
    with pytest.raises(forexhooks.UnknownDriverError, match="bystander"):
        forexhooks.open("bystander", manager=manager)
    assert manager.unregister(extension) is extension
    assert (extension.closed, acme.closed) == (1, 0)
    manager.close()
    manager.close()
    assert (extension.closed, acme.closed) == (1, 1)


def test_each_failed_change_leaves_the_catalog_in_force() -> None:
    change: Callable[[], object]
    manager = forexhooks.ForexManager()
    acme = Acme()
    manager.register(acme)
    manager.register(Acme(name="other"))
    before = manager.catalog
    for change in (
        lambda: manager.register(object()),
        lambda: manager.register(Acme()),
        lambda: manager.replace(object()),
        lambda: manager.replace(acme, name="other"),
        lambda: manager.replace(Acme(name="nobody")),
        lambda: manager.unregister(object()),
        lambda: manager.unregister(name="nobody"),
        lambda: manager.add_extension("no_such_module_anywhere"),
        lambda: manager.find("nobody"),
    ):
        with pytest.raises(forexhooks.PluginError):
            change()
        assert manager.catalog is before
    assert acme.closed == 0


def test_a_closed_manager_refuses_every_change() -> None:
    change: Callable[[], object]
    manager = forexhooks.ForexManager(discover=True)
    manager.close()
    for change in (
        lambda: manager.register(Acme()),
        lambda: manager.replace(Acme()),
        lambda: manager.set_blocked("acme"),
        lambda: forexhooks.open("ecb", manager=manager),
    ):
        with pytest.raises(forexhooks.PluginError, match="closed"):
            change()
    assert ask(manager, "ecb") is None
    assert manager.list_name_plugin() == []


def test_a_blocked_driver_that_was_found_is_gone_and_comes_back() -> None:
    manager = forexhooks.ForexManager(discover=True)
    fx = forexhooks.open("ecb", manager=manager)
    found = manager.get_plugin("ecb")
    manager.set_blocked("ecb")
    with pytest.raises(forexhooks.UnknownDriverError, match="-p no:ecb"):
        fx.get_rate("EUR", "USD", on=DAY)
    manager.unblock("ecb")
    assert ask(manager, "ecb") is not None
    assert fx.get_rate("EUR", "USD", on=DAY).bips == 11172
    assert manager.get_plugin("ecb") is not found


def test_an_alias_of_a_driver_hides_it_from_nobody() -> None:
    manager = forexhooks.ForexManager(discover=True)
    manager.register(Acme("9", name="ecb"), name="hot@2")
    assert forexhooks.open("hot@2", manager=manager).get_rate("EUR", "USD", on=DAY).value == 9
    rate = manager.hook.forex_get_rate(driver="ecb", base="EUR", quote="USD", on=DAY)
    assert (rate.driver, rate.value) == ("ecb", Decimal("1.1172"))
    listed = [(each.name, each.state) for each in manager.drivers()]
    assert listed[:2] == [("hot@2", "registered"), ("ecb", "registered")]
    with pytest.raises(forexhooks.PluginConflictError, match="'hot@2' is taken"):
        manager.register(Acme(), name="hot@2")
    manager.replace(Acme("10", name="ecb"), name="hot@2")
    assert forexhooks.open("hot@2", manager=manager).get_rate("EUR", "USD", on=DAY).value == 10


def test_a_registered_driver_shadows_the_installed_one_of_its_name() -> None:
    manager = forexhooks.ForexManager(discover=True)
    manager.register(Acme("9", name="ecb"))
    assert forexhooks.open("ecb", manager=manager).get_rate("EUR", "USD").value == 9
    [first, second] = [each for each in manager.drivers() if each.name == "ecb"]
    assert (first.state, first.origin) == ("registered", "registered")
    assert (second.state, second.origin) == ("shadowed", "built-in")
    assert second.reason == "registered comes first"


def test_an_empty_manager_says_that_there_is_none() -> None:
    with pytest.raises(
        forexhooks.UnknownDriverError, match=r"unknown driver 'ecb'; there is: none"
    ):
        forexhooks.open("ecb", manager=forexhooks.ForexManager())


def test_a_driver_that_has_no_answer_is_asked_once_by_a_plain_call() -> None:
    class Counting(Acme):
        asked = 0

        @forexhooks.hookimpl
        def forex_get_rate(self, driver: str, base: str, quote: str) -> None:
            self.asked += 1

    manager = forexhooks.ForexManager(discover=True)
    acme = Counting()
    manager.register(acme)
    assert ask(manager) is None
    assert acme.asked == 1


def test_plugins_that_are_equal_are_one_plugin_as_for_pluggy() -> None:
    class Equal(Acme):
        def __eq__(self, other: object) -> bool:
            return isinstance(other, Equal)

        __hash__ = None  # type: ignore[assignment]

    manager = forexhooks.ForexManager()
    manager.register(Equal())
    with pytest.raises(forexhooks.PluginConflictError, match="already registered, as 'acme'"):
        manager.register(Equal(), name="acme@2")
    manager.replace(Equal("1.50"))
    rate = ask(manager)
    assert rate is not None and rate.value == Decimal("1.50")


def test_extra_functions_take_part_in_a_call_and_hold_a_lease() -> None:
    manager = forexhooks.ForexManager()
    acme = Acme()
    manager.register(acme)
    closed_within: list[int] = []

    def forex_get_rate(driver: str) -> None:
        with pytest.warns(forexhooks.DrainWarning):
            manager.unregister(acme)
        closed_within.append(acme.closed)

    hook = manager.hook.forex_get_rate
    rate = hook.call_extra([forex_get_rate], {"driver": "acme", "base": "USD", "quote": "CAD"})
    assert rate.value == Decimal("1.40")
    assert closed_within == [0]


@pytest.mark.parametrize("names", ["ecb,nbp", "ecb nbp", "nbp; ecb"])
def test_several_names_in_one_string_are_told_apart(names: str) -> None:
    with pytest.raises(forexhooks.UnknownDriverError, match="2 drivers: give each name by itself"):
        forexhooks.open(names)
