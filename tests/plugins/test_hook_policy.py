"""What `docs/hook-policy.md` promises of the hooks: who wrote against the first release goes on."""

from __future__ import annotations

import inspect
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import first_release
import forexhooks
from first_release import BEFORE, DAY, REQUIRED, SPECS
from forexhooks.plugins import hookspecs
from forexhooks.testing import FixedRates
from patience import CHILD_LIMIT

RETIRED = forexhooks.RetiredHookWarning(
    "forex_get_rate: `max_gap` is retired and goes with 9.0; write `days` instead"
)


def arguments(function: Any) -> dict[str, object]:
    """The arguments of a spec with their defaults."""
    return {
        name: REQUIRED if each.default is each.empty else each.default
        for name, each in inspect.signature(function).parameters.items()
    }


@pytest.mark.parametrize("hook", SPECS)
def test_nothing_that_the_first_release_had_was_taken_away_or_changed(hook: str) -> None:
    was, today = SPECS[hook], getattr(hookspecs, hook)
    now = arguments(today)
    assert today.forexhooks_spec["firstresult"] is was.firstresult
    assert today.forexhooks_spec["historic"] is False
    assert {name: now.get(name, "taken away") for name in was.arguments} == was.arguments
    added = {name: default for name, default in now.items() if name not in was.arguments}
    assert REQUIRED not in added.values(), f"{hook}: an argument that is added needs a default"


def test_until_the_first_release_is_out_what_is_frozen_is_what_there_is() -> None:
    changes = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
    if "## 0.1.0 (unreleased)" in changes:
        assert {
            name: first_release.Spec(spec.forexhooks_spec["firstresult"], arguments(spec))
            for name, spec in vars(hookspecs).items()
            if name.startswith("forex_")
        } == SPECS


def test_the_first_releases_plugins_use_all_its_hooks_and_arguments() -> None:
    for hook, spec in SPECS.items():
        mine = arguments(getattr(first_release.Full(), hook))
        assert list(mine) == list(spec.arguments)


@pytest.fixture(params=["Full", "WithoutSeries", "Minimal", "Subclass", "Overriding"])
def plugin(request: pytest.FixtureRequest) -> Any:
    return getattr(first_release, request.param)()


@pytest.mark.usefixtures("bundle_is_fresh")
def test_a_driver_of_the_first_release_is_registered_and_answers(plugin: Any) -> None:
    manager = forexhooks.ForexManager()
    assert manager.register(plugin) == "acme"
    fx = forexhooks.open("acme", manager=manager)
    rate = fx.get_rate("USD", "CAD")
    assert (rate.value, rate.on, rate.driver) == (Decimal("1.40"), DAY, "acme")
    assert fx.get_rate("USD", "CAD", on=DAY, max_gap=3).on == DAY
    assert fx.convert(100, "USD", "CAD") == Decimal("140.00")
    assert fx.get_rates("USD", ["CAD"])["CAD"].value == Decimal("1.40")
    assert manager.hook.forex_get_rate(driver="acme", base="USD", quote="CAD").on == DAY
    assert manager.hook.forex_get_rate(driver="another", base="USD", quote="CAD") is None
    manager.replace(type(plugin)())
    assert fx.get_rate("USD", "CAD").value == Decimal("1.40")
    manager.unregister(name="acme")


@pytest.mark.usefixtures("bundle_is_fresh")
@pytest.mark.parametrize("kind", ["Full", "WithoutSeries", "Subclass", "Overriding"])
def test_a_driver_of_the_first_release_with_a_table_gives_batch_and_history(kind: str) -> None:
    manager = forexhooks.ForexManager()
    manager.register(getattr(first_release, kind)())
    fx = forexhooks.open("acme", manager=manager)
    assert fx.profile.title == "Acme Bank"
    assert fx.currencies() == {"USD", "CAD", "JPY"}
    assert fx.get_rate("CAD", "JPY").kind == "cross"
    assert [rate.on for rate in fx.get_history("USD", "CAD", BEFORE, DAY)] == [BEFORE, DAY]
    assert {code: rate.on for code, rate in fx.get_rates("USD", ["CAD", "JPY"]).items()} == {
        "CAD": DAY,
        "JPY": DAY,
    }


def test_each_argument_arrives_and_the_driver_is_closed_once() -> None:
    full = first_release.Full()
    with forexhooks.ForexManager() as manager:
        manager.register(full)
        fx = forexhooks.open("acme", manager=manager)
        fx.get_rate("USD", "CAD", on=DAY, max_gap=2)
        fx.get_history("USD", "CAD", BEFORE, DAY)
        assert fx.update(full=True).added == 2
        asked = {question[0]: question[1:] for question in full.asked}
        assert asked["rate"] == ("acme", "USD", "CAD", DAY, 2)
        assert asked["table"][0] == "acme"
        assert {"USD", "CAD"} <= asked["table"][1]
        assert asked["update"][:2] == ("acme", True)
    assert full.closed == 1


@pytest.mark.parametrize("kind", ["Wrapping", "WrappingWithoutSeries"])
def test_an_extension_of_the_first_release_is_around_every_answer(kind: str) -> None:
    wrapping = getattr(first_release, kind)()
    manager = forexhooks.ForexManager()
    manager.register(first_release.Full())
    manager.register(wrapping)
    fx = forexhooks.open("acme", manager=manager)
    fx.get_rate("USD", "CAD", on=DAY)
    fx.get_history("USD", "CAD", BEFORE, DAY)
    fx.update()
    assert set(wrapping.saw) == {"acme USD/CAD", "acme table", "acme update"}


def test_commands_of_the_first_release_are_listed(tmp_path: Path) -> None:
    file = tmp_path / "acme.py"
    file.write_text(
        "import click, forexhooks\n"
        "@forexhooks.hookimpl\n"
        "def forex_add_commands(cli):\n"
        "    cli.add_command(click.Command('acme-report'))\n"
    )
    command = [sys.executable, "-m", "forexhooks", "-p", str(file), "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "acme-report" in done.stdout


# What the policy allows a later release to do, with such a release made for the test.


@contextmanager
def evolved(monkeypatch: pytest.MonkeyPatch, spec: Any, **options: Any) -> Iterator[None]:
    """A later release, in which one hook has another spec."""
    with monkeypatch.context() as patch:
        patch.setattr(hookspecs, spec.__name__, hookspecs.hookspec(**options)(spec))
        yield


def forex_get_rate(
    driver: str,
    base: str,
    quote: str,
    on: date | None = None,
    max_gap: int | None = None,
    series: str | None = None,
    days: int = 7,
) -> forexhooks.Rate | None:
    """The hook of a later release: `days` was added."""


def test_an_argument_may_be_added_with_a_default(
    plugin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    got: list[int] = []

    class New(first_release.Minimal):
        @forexhooks.hookimpl
        def forex_driver_name(self) -> str:
            return "new"

        @forexhooks.hookimpl
        def forex_get_rate(self, driver: str, days: int) -> forexhooks.Rate | None:  # type: ignore[override]
            got.append(days)
            return super().forex_get_rate("acme", "USD", "CAD") if driver == "new" else None

    with pytest.raises(forexhooks.PluginLoadError, match="no argument 'days'"):
        forexhooks.ForexManager().register(New())
    with evolved(monkeypatch, forex_get_rate, firstresult=True):
        manager = forexhooks.ForexManager()
        manager.register(plugin)
        manager.register(New())
        old = forexhooks.open("acme", manager=manager)
        assert old.get_rate("USD", "CAD", on=DAY).value == Decimal("1.40")
        assert manager.hook.forex_get_rate(driver="acme", base="USD", quote="CAD").on == DAY
        assert manager.hook.forex_get_rate(driver="new", base="USD", quote="CAD", days=3)
        assert got == [7, 3]


class Declares(first_release.Minimal):
    @forexhooks.hookimpl
    def forex_get_rate(self, driver: str, base: str, quote: str, max_gap: int | None) -> Any:  # type: ignore[override]
        return super().forex_get_rate(driver, base, quote)


def test_who_declares_a_retired_argument_is_told_where_and_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with evolved(
        monkeypatch, forex_get_rate, firstresult=True, warn_on_impl_args={"max_gap": RETIRED}
    ):
        manager = forexhooks.ForexManager()
        with pytest.warns(forexhooks.RetiredHookWarning, match="write `days` instead") as told:
            manager.register(Declares())
        assert [each.filename for each in told] == [__file__]
        code = Declares.forex_get_rate.__code__
        assert [each.lineno for each in told] == [code.co_firstlineno]

        # Once, and not with every catalog and every service; and the driver goes on.
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            manager.register(FixedRates({"USD/CAD": "2"}))
            fx = forexhooks.open("acme", manager=manager)
            assert fx.get_rate("USD", "CAD", on=DAY).value == Decimal("1.40")
        with pytest.warns(forexhooks.RetiredHookWarning):
            manager.replace(Declares())


def test_who_does_not_declare_it_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with evolved(
        monkeypatch, forex_get_rate, firstresult=True, warn_on_impl_args={"max_gap": RETIRED}
    ):
        forexhooks.ForexManager().register(first_release.Minimal())  # a warning would fail it


def test_what_driver_hands_on_is_no_fault_of_its_subclass(monkeypatch: pytest.MonkeyPatch) -> None:
    with evolved(
        monkeypatch, forex_get_rate, firstresult=True, warn_on_impl_args={"max_gap": RETIRED}
    ):
        forexhooks.ForexManager().register(first_release.Subclass())
        with pytest.warns(forexhooks.RetiredHookWarning) as told:
            forexhooks.ForexManager().register(first_release.Overriding())
        assert [each.filename for each in told] == [first_release.__file__]


def test_who_implements_a_retired_hook_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def forex_currencies(driver: str) -> None:
        """A hook that goes."""

    gone = forexhooks.RetiredHookWarning("forex_currencies is retired and goes with 9.0")
    with evolved(monkeypatch, forex_currencies, firstresult=True, warn_on_impl=gone):
        manager = forexhooks.ForexManager()
        with pytest.warns(forexhooks.RetiredHookWarning, match="goes with 9.0"):
            manager.register(first_release.Full())
        assert manager.hook.forex_currencies(driver="acme") == {"USD", "CAD", "JPY"}


def test_a_warning_that_is_made_an_error_leaves_the_catalog_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with evolved(
        monkeypatch, forex_get_rate, firstresult=True, warn_on_impl_args={"max_gap": RETIRED}
    ):
        manager = forexhooks.ForexManager()
        before = manager.catalog
        with pytest.raises(forexhooks.RetiredHookWarning):
            manager.register(Declares())
        assert manager.catalog is before


OLD_DRIVER = """\
from datetime import date
from decimal import Decimal

import forexhooks


@forexhooks.hookimpl
def forex_driver_name():
    return "acme"


@forexhooks.hookimpl
def forex_get_rate(driver, base, quote, max_gap):
    if driver == "acme":
        return forexhooks.Rate(base, quote, Decimal("1.4"), date(2026, 10, 30), "acme")
"""

LATER_RELEASE = """\
import sys

from forexhooks import RetiredHookWarning, hookspecs

sys.path[:0] = {tests!r}
from test_hook_policy import RETIRED, forex_get_rate

spec = hookspecs.hookspec(firstresult=True, warn_on_impl_args={{"max_gap": RETIRED}})
hookspecs.forex_get_rate = spec(forex_get_rate)

from forexhooks.cli import main

main(["rate", "USD", "CAD", "--on", "2026-10-30", "--driver", "acme", "-p", "./acme.py"])
"""


def test_the_command_line_shows_it_to_whoever_tries_a_driver(tmp_path: Path) -> None:
    import subprocess

    (tmp_path / "acme.py").write_text(OLD_DRIVER)
    tests = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
    (tmp_path / "later.py").write_text(LATER_RELEASE.format(tests=tests))
    done = subprocess.run(
        [sys.executable, "later.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=CHILD_LIMIT,
        check=False,
    )
    assert done.stdout == "1 USD = 1.4 CAD (2026-10-30, acme, direct)\n", done.stderr
    assert done.stderr == f"Warning: {RETIRED} (acme.py, line 12)\n"
