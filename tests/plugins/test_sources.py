"""Where a driver's code is, of every way to come by one."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from types import ModuleType

import pytest

import forexhooks
import forexhooks_ecb
from forexhooks.testing import FixedRates
from plugins_on_disk import driver, folder, manager, raw, write

__all__ = ["folder", "manager"]


def listed(manager: forexhooks.ForexManager) -> dict[str, forexhooks.DriverInfo]:
    return {each.name: each for each in manager.drivers()}


def test_of_a_built_in() -> None:
    ecb = listed(forexhooks.ForexManager(discover=True))["ecb"].source
    assert (ecb.distribution, ecb.version) == ("forexhooks", version("forexhooks"))
    assert (ecb.target, ecb.path) == ("forexhooks_ecb:ECB", forexhooks_ecb.__file__)
    assert ecb.settings == ("base_url", "bundle", "store")


def test_of_a_built_in_that_was_found_it_is_the_same() -> None:
    manager = forexhooks.ForexManager(discover=True)
    available = listed(manager)["ecb"].source
    forexhooks.open("ecb", manager=manager)
    assert listed(manager)["ecb"].source == available


def test_of_an_instance(manager: forexhooks.ForexManager) -> None:
    manager.register(FixedRates({"USD/CAD": "1.40"}))
    fixed = listed(manager)["fixed"]
    assert (fixed.origin, fixed.source.distribution, fixed.source.version) == (
        "registered",
        None,
        None,
    )
    assert fixed.source.target == "forexhooks.testing.fixed:FixedRates"
    assert fixed.source.path == sys.modules["forexhooks.testing.fixed"].__file__


def test_of_a_module_without_a_file(manager: forexhooks.ForexManager) -> None:
    module = ModuleType("made_up")
    named = forexhooks.hookimpl(lambda: "acme")
    module.__dict__.update(
        forex_driver_name=named, forex_get_rate=forexhooks.hookimpl(lambda: None)
    )
    manager.register(module)
    source = listed(manager)["acme"].source
    assert source == (None, None, "made_up", None, None)


def test_of_what_was_loaded_from_a_path(folder: Path, manager: forexhooks.ForexManager) -> None:
    manager.load(write(folder / "acme.py", raw(1, above='__version__ = "7"')))
    manager.load(write(folder / "made.py", driver()))
    acme, made = listed(manager)["acme"], listed(manager)["made"]
    assert (acme.source.path, acme.source.version) == (str(folder / "acme.py"), "7")
    assert (acme.source.target, acme.source.settings) == (None, None)
    assert (made.source.path, made.source.settings) == (str(folder / "made.py"), ("value",))


@pytest.mark.parametrize("target", ["no_such_module", "no_such.package:X", "..", ""])
def test_of_what_cannot_be_found_the_file_is_not_said(target: str) -> None:
    from forexhooks.plugins.sources import source_of

    assert source_of("acme 1.2", target, None) == ("acme", "1.2", target, None, None)
    assert source_of("an unknown distribution", target, None)[:2] == (None, None)
