"""What is refused as a plugin, and that a refusal changes nothing."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import ModuleType, SimpleNamespace

import pytest

import forexhooks
from forexhooks.testing import FixedRates

hookimpl = forexhooks.hookimpl


class Named:
    @hookimpl
    def forex_driver_name(self) -> str:
        return "named"


class Acme(Named):
    @hookimpl
    def forex_get_rate(self) -> None:
        return None


class MisspeltHook(Acme):
    @hookimpl
    def forex_get_rates(self) -> None: ...


class ForeignHook(Acme):
    @hookimpl
    def get_rate(self) -> None: ...


class MisspeltArgument(Named):
    @hookimpl
    def forex_get_rate(self, driver: str, base: str, qoute: str) -> None: ...


class MisspeltDefault(Named):
    @hookimpl
    def forex_get_rate(self, driver: str, max_gaap: int = 3) -> None: ...


class TakesAnything(Named):
    @hookimpl
    def forex_get_rate(self, **asked: object) -> None: ...


class Nameless:
    @hookimpl
    def forex_get_rate(self) -> None: ...


class Rateless(Named): ...


class EmptyName(Acme):
    @hookimpl
    def forex_driver_name(self) -> str:
        return " "


class NumberName(Acme):
    @hookimpl
    def forex_driver_name(self) -> int:  # type: ignore[override]
        return 7


class FailingName(Acme):
    @hookimpl
    def forex_driver_name(self) -> str:
        raise OSError("no name today")


class TakesAnyPosition(Named):
    @hookimpl
    def forex_get_rate(self, *asked: object) -> None: ...


class KeywordOnly(Named):
    @hookimpl
    def forex_get_rate(self, *, driver: str) -> None: ...


class NoneName(Acme):
    @hookimpl
    def forex_driver_name(self) -> None:  # type: ignore[override]
        return None


class PaddedName(Acme):
    @hookimpl
    def forex_driver_name(self) -> str:
        return "acme "


class MisspeltSpecname(Acme):
    @hookimpl(specname="forex_get_rte")
    def anything(self) -> None: ...


class NoGenerator:
    @hookimpl(wrapper=True)
    def forex_get_rate(self, driver: str) -> None: ...


class Overriding(FixedRates):
    def forex_get_table(self, *_: object) -> None: ...  # type: ignore[override]


class Cached(Acme):
    forex_currencies = lru_cache(hookimpl(lambda: {"USD"}))


class Unmarked:
    def forex_get_rate(self) -> None: ...


@pytest.mark.parametrize(
    ("plugin", "says"),
    [
        (None, "None is not a plugin"),
        (Acme, r"the class Acme is not a plugin: register a module or an instance, Acme\(\)"),
        (SimpleNamespace(), "implements no hook: a driver needs forex_driver_name"),
        (ModuleType("empty"), "the module empty implements no hook"),
        (Unmarked(), "write @forexhooks.hookimpl above forex_get_rate"),
        (Overriding({"USD/CAD": 1}), "forex_get_table would never be called: write @forexhooks"),
        (Cached(), "forex_currencies is a _lru_cache_wrapper, and only functions and methods"),
        (MisspeltHook(), r"no hook 'forex_get_rates' \(did you mean 'forex_get_rate'\?\)"),
        (ForeignHook(), "no hook 'get_rate'"),
        (MisspeltArgument(), r"no argument 'qoute' \(did you mean 'quote'\?\)"),
        (MisspeltDefault(), r"no argument 'max_gaap' \(did you mean 'max_gap'\?\)"),
        (TakesAnything(), r"\*\*asked"),
        (TakesAnyPosition(), r"\*asked.* cannot be one"),
        (KeywordOnly(), r"called with the arguments it names: driver.* cannot be one"),
        (NoneName(), "must return a name, not None"),
        (PaddedName(), "must return a name, not 'acme '"),
        (MisspeltSpecname(), r"no hook 'forex_get_rte' \(did you mean 'forex_get_rate'\?\)"),
        (Nameless(), "a driver without a name: implement forex_driver_name"),
        (Rateless(), "the driver 'named' must implement forex_get_rate"),
        (EmptyName(), "must return a name, not ' '"),
        (NumberName(), "must return a name, not 7"),
        (FailingName(), "forex_driver_name failed: no name today"),
        (NoGenerator(), "not a generator"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_refused(plugin: object, says: str) -> None:
    manager = forexhooks.ForexManager()
    manager.register(Acme())
    before = manager.catalog
    with pytest.raises(forexhooks.PluginLoadError, match=says):
        manager.register(plugin)
    with pytest.raises(forexhooks.PluginLoadError, match=says):
        manager.replace(plugin)
    assert manager.catalog is before


def test_a_hook_may_be_implemented_under_another_name() -> None:
    class Renamed(Named):
        @hookimpl(specname="forex_get_rate")
        def anything(self, base: str, quote: str) -> forexhooks.Rate:
            return forexhooks.Rate(base, quote, Decimal(2), date(2026, 10, 30), "named")

    manager = forexhooks.ForexManager()
    manager.register(Renamed())
    assert forexhooks.open("named", manager=manager).get_rate("USD", "CAD").value == 2


def test_a_property_is_not_evaluated() -> None:
    class Lazy(Acme):
        @property
        def connection(self) -> None:
            raise AssertionError("evaluated")

    assert forexhooks.ForexManager().register(Lazy()) == "named"


def test_extensions_need_no_name() -> None:
    class Fallback:
        @hookimpl(trylast=True)
        def forex_get_rate(self) -> None: ...

    manager = forexhooks.ForexManager()
    assert manager.register(Fallback())
    assert manager.register(Fallback(), name="second") == "second"
    assert manager.drivers() == []


class OnlyWraps(Named):
    @hookimpl(wrapper=True)
    def forex_get_rate(self) -> Generator[None, object, object]:
        return (yield)


@pytest.mark.parametrize("name", [7, "  ", " acme"])
def test_a_name_given_to_register_is_a_name(name: str) -> None:
    manager = forexhooks.ForexManager()
    before = manager.catalog
    with pytest.raises(forexhooks.PluginError, match="name"):
        manager.register(Acme(), name=name)
    assert manager.catalog is before


def test_a_driver_that_only_wraps_answers_nothing_and_is_refused() -> None:
    with pytest.raises(forexhooks.PluginLoadError, match="must implement forex_get_rate"):
        forexhooks.ForexManager().register(OnlyWraps())


def test_a_refusal_names_what_may_be_declared() -> None:
    with pytest.raises(forexhooks.PluginLoadError) as refused:
        forexhooks.ForexManager().register(MisspeltArgument())
    assert "an instance of MisspeltArgument: forex_get_rate" in str(refused.value)
    assert "it may declare base, driver, max_gap, on, quote" in str(refused.value)


def test_a_refusal_leaves_services_answering() -> None:
    class Two(Named):
        @hookimpl
        def forex_get_rate(self, base: str, quote: str) -> forexhooks.Rate:
            return forexhooks.Rate(base, quote, Decimal(2), date(2026, 10, 30), "named")

    manager = forexhooks.ForexManager()
    manager.register(Two())
    fx = forexhooks.open("named", manager=manager)
    for refused in (MisspeltHook(), Two(), None):
        with pytest.raises(forexhooks.PluginError):
            manager.register(refused)
    assert fx.get_rate("USD", "CAD").value == 2
    assert manager.hook.forex_driver_name() == ["named"]


def test_an_optional_hook_may_be_one_that_there_is_not() -> None:
    class Ahead(Acme):
        @hookimpl(optionalhook=True)
        def forex_of_a_later_release(self, anything: int) -> int:
            return anything

    manager = forexhooks.ForexManager()
    assert manager.register(Ahead()) == "named"
    assert manager.hook.forex_of_a_later_release(anything=3) == [3]
    with pytest.raises(AttributeError, match="there is no hook 'forex_get_rates'"):
        manager.hook.forex_get_rates  # noqa: B018 - a property


def test_a_base_classs_hook_may_be_done_without() -> None:
    class Tableless(FixedRates):
        forex_get_table = None  # type: ignore[assignment]

    manager = forexhooks.ForexManager()
    manager.register(Tableless({"USD/CAD": 2}))
    fx = forexhooks.open("fixed", manager=manager)
    assert fx.get_rates("USD", ["CAD"])["CAD"].value == 2
