"""The hooks as plain pluggy calls, and the examples in their specs."""

from __future__ import annotations

import inspect
import logging
import textwrap
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from types import ModuleType

import click
import pluggy
import pytest

import forexhooks
from forexhooks import Rate, hookspecs
from forexhooks.testing import FixedRates

DAY = date(2026, 10, 30)
HOOKS = {
    "forex_driver_name": [],
    "forex_get_rate": ["driver", "base", "quote", "on", "max_gap", "series"],
    "forex_get_table": ["driver", "currencies", "start", "end", "series"],
    "forex_driver_profile": ["driver"],
    "forex_driver_rule": ["driver"],
    "forex_currencies": ["driver"],
    "forex_update": ["driver", "full", "progress", "time_limit"],
    "forex_rates_arrived": ["driver", "table"],
    "forex_close": [],
    "forex_add_commands": ["cli"],
}


def plugin(name: str, get_rate: Callable[..., Rate | None]) -> ModuleType:
    """A raw driver: a module with two functions."""
    module = ModuleType(name)
    module.forex_driver_name = forexhooks.hookimpl(lambda: name)  # type: ignore[attr-defined]
    module.forex_get_rate = forexhooks.hookimpl(get_rate)  # type: ignore[attr-defined]
    return module


def peg(name: str, value: int) -> ModuleType:
    """One value for whoever asks: it does not look at the driver's name."""

    def forex_get_rate(base: str, quote: str) -> Rate:
        return Rate(base, quote, Decimal(value), DAY, name)

    return plugin(name, forex_get_rate)


def examples(hook: str) -> Iterator[str]:
    """The blocks of code in the spec's docstring."""
    doc = inspect.getdoc(getattr(hookspecs, hook))
    assert doc is not None
    for part in doc.split("::\n")[1:]:
        lines = part.splitlines()
        yield textwrap.dedent("\n".join(line for line in lines if not line or line[0] == " "))


def test_the_hooks_are_these_with_these_arguments() -> None:
    specs = {
        name: list(inspect.signature(spec).parameters)
        for name, spec in vars(hookspecs).items()
        if name.startswith("forex_")
    }
    assert specs == HOOKS


def test_the_examples_in_the_specs_make_a_driver_and_an_extension(
    caplog: pytest.LogCaptureFixture,
) -> None:
    closed: list[str] = []
    driver, extension = ModuleType("driver"), ModuleType("extension")
    session = ModuleType("session")
    session.close = lambda: closed.append("session")  # type: ignore[attr-defined]

    def ask_acme_for_all(start: date | None, end: date | None) -> list[tuple[date, str, str]]:
        return [(DAY, "CAD", "1.4")]

    names = {
        "forexhooks": forexhooks,
        "Decimal": Decimal,
        "date": date,
        "ask_acme": lambda base, quote: "1.4",
        "ask_acme_for_all": ask_acme_for_all,
        "session": session,
        "click": click,
        "logging": logging,
    }
    driver.__dict__.update(names)
    extension.__dict__.update(names)
    for hook in HOOKS:
        first, *more = examples(hook)
        exec(first, driver.__dict__)  # noqa: S102 - our own examples
        for example in more:
            exec(example, extension.__dict__)  # noqa: S102
    manager = forexhooks.ForexManager()
    assert manager.register(driver) == "acme"
    manager.register(extension)
    fx = forexhooks.open("acme", manager=manager)
    with caplog.at_level("INFO"):
        assert fx.get_rate("USD", "CAD").value == Decimal("1.4")
    assert "1 USD = 1.4 CAD" in caplog.text
    table = manager.hook.forex_get_table(driver="acme", currencies=["CAD"], start=DAY, end=DAY)
    assert table.get_rate("USD", "CAD", DAY).value == Decimal("1.4")
    assert fx.profile.title == "Acme Bank"
    assert fx.currencies() == {"USD", "CAD", "BTC"}
    for hook in ("forex_driver_profile", "forex_currencies"):
        assert getattr(manager.hook, hook)(driver="another") is None
    cli = click.Group()
    manager.hook.forex_add_commands(cli=cli)
    assert list(cli.commands) == ["report"]
    manager.close()
    assert closed == ["session"]


def test_the_last_registered_that_does_not_give_none_answers_a_plain_call() -> None:
    manager = forexhooks.ForexManager()
    manager.register(peg("first", 1))
    manager.register(peg("second", 2))
    manager.register(plugin("silent", lambda driver: None))
    ask = manager.hook.forex_get_rate
    assert ask(driver="second", base="USD", quote="CAD").value == 2


def test_the_defaults_of_a_spec_are_filled_in() -> None:
    asked: list[tuple[object, ...]] = []

    def forex_get_rate(
        driver: str, base: str, quote: str, on: date | None, max_gap: int | None
    ) -> None:
        asked.append((driver, base, quote, on, max_gap))

    manager = forexhooks.ForexManager()
    manager.register(plugin("acme", forex_get_rate))
    manager.hook.forex_get_rate(driver="acme", base="USD", quote="CAD")
    manager.hook.forex_get_rate(driver="acme", base="USD", quote="CAD", on=DAY, max_gap=3)
    assert asked == [("acme", "USD", "CAD", None, None), ("acme", "USD", "CAD", DAY, 3)]


@pytest.mark.parametrize(
    "get_rate",
    [
        lambda: Rate("USD", "CAD", Decimal(2), DAY, "few"),
        lambda quote: Rate("USD", quote, Decimal(2), DAY, "few"),
        lambda quote, base: Rate(base, quote, Decimal(2), DAY, "few"),
    ],
    ids=["none", "one", "two, in another order"],
)
def test_an_implementation_may_declare_fewer_arguments(get_rate: Callable[..., Rate]) -> None:
    manager = forexhooks.ForexManager()
    manager.register(plugin("few", get_rate))
    expected = Rate("USD", "CAD", Decimal(2), DAY, "few")
    assert manager.hook.forex_get_rate(driver="few", base="USD", quote="CAD") == expected
    assert forexhooks.open("few", manager=manager).get_rate("USD", "CAD", on=DAY) == expected


def test_a_driver_that_does_not_check_its_name_answers_for_others_in_plain_calls_alone() -> None:
    manager = forexhooks.ForexManager()
    manager.register(FixedRates({"USD/CAD": 1}, on=DAY))
    manager.register(peg("greedy", 666))
    assert manager.hook.forex_get_rate(driver="fixed", base="USD", quote="CAD").value == 666
    fixed = forexhooks.open("fixed", manager=manager)
    assert fixed.get_rate("USD", "CAD").value == 1
    assert fixed.get_rates("USD", ["CAD"])["CAD"].value == 1
    assert fixed.get_history("USD", "CAD", DAY, DAY)[0].value == 1
    assert fixed.profile.title == "Fixed rates"
    assert forexhooks.open("greedy", manager=manager).get_rate("USD", "CAD").value == 666


def test_what_a_driver_raises_is_raised_as_it_is_by_a_plain_call() -> None:
    def forex_get_rate() -> None:
        raise OSError("no line")

    manager = forexhooks.ForexManager()
    manager.register(plugin("broken", forex_get_rate))
    with pytest.raises(OSError, match="no line"):
        manager.hook.forex_get_rate(driver="broken", base="USD", quote="CAD")


def test_hooks_that_are_kept_follow_the_manager_and_hold_no_lease() -> None:
    manager = forexhooks.ForexManager()
    old = FixedRates({"USD/CAD": "1.40"})
    closed: list[str] = []
    old.close = lambda: closed.append("old")  # type: ignore[method-assign]
    manager.register(old)
    hooks = manager.hook
    hook = hooks.forex_get_rate
    assert hook(driver="fixed", base="USD", quote="CAD").value == Decimal("1.40")
    assert len(hook.get_hookimpls()) == 1
    manager.replace(FixedRates({"USD/CAD": "1.41"}), drain=5)
    assert closed == ["old"]
    assert hook(driver="fixed", base="USD", quote="CAD").value == Decimal("1.41")
    assert hooks.forex_driver_name() == ["fixed"]
    with pytest.raises(AttributeError, match="forex_get_rates"):
        hooks.forex_get_rates  # noqa: B018 - looked up


def test_a_driver_serves_a_stock_pluggy_manager_too() -> None:
    stock = pluggy.PluginManager("forexhooks")
    stock.add_hookspecs(hookspecs)
    stock.register(FixedRates({"USD/CAD": "1.40"}, on=DAY))
    stock.check_pending()
    assert stock.hook.forex_driver_name() == ["fixed"]
    rate = stock.hook.forex_get_rate(driver="fixed", base="USD", quote="CAD")
    assert rate.value == Decimal("1.40")
    assert stock.hook.forex_get_rate(driver="other", base="USD", quote="CAD") is None
