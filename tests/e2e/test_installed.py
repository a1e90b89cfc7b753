"""The built wheel in a fresh environment, alone and beside distributions of third parties."""

from __future__ import annotations

import json
import tomllib
import zipfile
from datetime import date
from importlib.metadata import distribution
from pathlib import Path

from forexhooks.plugins.built_ins import BUILT_INS
from forexhooks_ecb.store import newest_day
from providers import DRIVERS, OWN

from .conftest import ROOT, Environment

LINE = "1 USD = 1.39689 CAD (2026-10-30, ecb, cross)\n"


def test_the_table_of_built_ins_is_what_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["forexhooks"] == BUILT_INS
    installed = distribution("forexhooks").entry_points.select(group="forexhooks")
    assert {each.name: each.value for each in installed} == BUILT_INS


def test_the_wheel_holds_what_it_should(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        store = archive.getinfo("forexhooks_ecb/eurofxref.store")
        newest = newest_day(archive.extract(store, tmp_path))
    assert {name.partition("/")[0] for name in names} == {
        "forexhooks", "forexhooks-0.1.0.dist-info", "pytest_forexhooks.py",
        *(target.partition(":")[0].partition(".")[0] for target in BUILT_INS.values()),
    }  # fmt: skip
    assert {"forexhooks/py.typed", "forexhooks_ecb/py.typed"} <= names
    assert newest is not None
    days = (newest - date(1999, 1, 4)).days  # a month more each month
    assert 10 * days < store.compress_size <= 49 * days
    assert not [name for name in names if "/test_" in name or "__pycache__" in name]


def test_it_is_the_wheel_that_runs(stock: Environment) -> None:
    printed = stock.python(
        "import forexhooks, forexhooks_ecb as e; print(forexhooks, e, sep='\\n')"
    )
    assert printed.count(str(stock.folder)) == 2


def test_the_main_job(stock: Environment) -> None:
    done = stock.run("forexhooks", "rate", "USD", "CAD", "--offline")
    assert (done.returncode, done.stdout) == (0, LINE)
    module = stock.run("python", "-m", "forexhooks", "rate", "USD", "CAD", "--on", "2026-10-30")
    assert (module.returncode, module.stdout, module.stderr) == (0, LINE, "")


def test_stock_pluggy_sees_the_built_ins(stock: Environment) -> None:
    printed = stock.python("""
        import pluggy
        manager = pluggy.PluginManager("forexhooks")
        manager.load_setuptools_entrypoints("forexhooks")
        print(dict(manager.list_name_plugin())["ecb"])
    """)
    assert printed == "<class 'forexhooks_ecb.ECB'>\n"


def test_drivers_of_third_parties_are_found_by_name(crowded: Environment) -> None:
    chosen = ("--on", "2026-10-30", "--driver")
    acme = crowded.run("forexhooks", "rate", "USD", "CAD", *chosen, "acme")
    assert acme.stdout == "1 USD = 1.5 CAD (2026-10-30, acme, direct)\n"
    instance = crowded.run("forexhooks", "rate", "USD", "CAD", *chosen, "instance")
    assert instance.stdout == "1 USD = 3 CAD (2026-10-30, instance, direct)\n"
    made = crowded.run(
        "forexhooks", "rate", "CAD", "USD", *chosen, "made", FOREXHOOKS_MADE_APP_ID="1234"
    )
    assert made.stdout == "1 CAD = 0.25 USD (2026-10-30, made, inverse)\n"
    without = crowded.run("forexhooks", "rate", "CAD", "USD", *chosen, "made")
    assert (without.returncode, without.stderr.count("\n")) == (1, 1)
    assert "acme-made 1.2" in without.stderr and "app_id" in without.stderr


def state_of(name: str) -> str:
    """That of a built-in driver, where no key is given."""
    return "unconfigured" if name in ("banxico", "file", "openexchangerates") else "available"


def test_broken_ones_harm_nobody_and_are_listed_with_the_reason(crowded: Environment) -> None:
    assert crowded.run("forexhooks", "rate", "USD", "CAD").stdout == LINE
    listed = json.loads(crowded.run("forexhooks", "drivers", "--json").stdout)
    states = {(each["name"], each["origin"]): each["state"] for each in listed}
    assert states == {
        **{(name, "built-in"): state_of(name) for name in (*DRIVERS, *OWN)},
        ("ecb", "acme-shadow 1.2"): "shadowed",
        ("acme", "acme-module 1.2"): "available",
        ("instance", "acme-instance 1.2"): "available",
        ("made", "acme-made 1.2"): "available",
        ("broken", "acme-broken 1.2"): "broken",
        ("exits", "acme-exits 1.2"): "broken",
        ("one", "acme-misnamed 1.2"): "broken",
    }
    reasons = {each["name"]: each["reason"] for each in listed if each["reason"]}
    assert "OSError: no disk" in reasons["broken"]
    assert "SystemExit: 3" in reasons["exits"]
    assert "'two'" in reasons["one"]
    assert "built-in comes first" in reasons["ecb"]


def test_a_broken_one_is_raised_for_those_who_ask_for_it(crowded: Environment) -> None:
    printed = crowded.python("""
        import forexhooks
        for name in ("broken", "exits", "one"):
            try:
                forexhooks.open(name)
            except forexhooks.PluginLoadError as error:
                print(name, error)
        hook = forexhooks.plugin_manager().hook
        print(hook.forex_get_rate(driver="acme", base="USD", quote="CAD"))
        print(hook.forex_get_rate(driver="nobody", base="USD", quote="CAD"))
        try:
            hook.forex_get_rate(driver="broken", base="USD", quote="CAD")
        except forexhooks.PluginLoadError as error:
            print("plain", error.__cause__)
        print([name for name, _ in forexhooks.plugin_manager().list_name_plugin()])
    """)
    assert [line.split()[0] for line in printed.splitlines()[:3]] == ["broken", "exits", "one"]
    assert "of acme-broken 1.2 cannot be imported: OSError: no disk" in printed
    assert "1 USD = 1.5 CAD (2026-10-30, acme, direct)\nNone\nplain no disk\n['acme']" in printed


def test_an_unknown_driver_is_told_what_is_installed(crowded: Environment) -> None:
    done = crowded.run("forexhooks", "rate", "USD", "CAD", "--driver", "acmee")
    assert "did you mean 'acme'" in done.stderr
    assert all(name in done.stderr for name in ("acme,", "broken,", "exits,", "instance,", "ecb,"))


def test_without_autoload_the_built_ins_alone_are_there(crowded: Environment) -> None:
    off = {"FOREXHOOKS_DISABLE_PLUGIN_AUTOLOAD": "1"}
    listed = crowded.run("forexhooks", "drivers", "--json", **off)
    assert {each["name"]: each["state"] for each in json.loads(listed.stdout)} == {
        name: state_of(name) for name in (*DRIVERS, *OWN)
    }
    assert listed.stderr.startswith("Note: ")
    assert "FOREXHOOKS_DISABLE_PLUGIN_AUTOLOAD" in listed.stderr
    assert "FOREXHOOKS_DISABLE" not in crowded.run("forexhooks", "drivers").stderr
    ask = ("forexhooks", "rate", "EUR", "USD", "--on", "2026-10-30")
    assert crowded.run(*ask, **off).stdout.startswith("1 EUR = 1.1172 USD")
    driver = crowded.run(*ask, "--driver", "acme", **off)
    extension = crowded.run(*ask, "-p", "double", **off)
    for done in (driver, extension):
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert "FOREXHOOKS_DISABLE_PLUGIN_AUTOLOAD" in done.stderr
    assert "Error: unknown driver 'acme'; there are: au-tax, bankofcanada, " in driver.stderr
    assert "acme," not in driver.stderr
    # What is named by its module is chosen, and not loaded by itself.
    assert "adjusted" in crowded.run(*ask, "-p", "acme_double", **off).stdout
    printed = crowded.python(
        """
        import forexhooks
        print(forexhooks.plugin_manager().hook.forex_get_rate(driver="acme", base="A", quote="B"))
        """,
        **off,
    )
    assert printed == "None\n"


def test_where_each_driver_comes_from(crowded: Environment) -> None:
    listed = json.loads(crowded.run("forexhooks", "drivers", "--json").stdout)
    sources = {
        (each["name"], each["origin"]): (each["distribution"], each["version"], each["target"])
        for each in listed
    }
    assert sources["ecb", "built-in"] == ("forexhooks", "0.1.0", "forexhooks_ecb:ECB")
    assert sources["ecb", "acme-shadow 1.2"] == ("acme-shadow", "1.2", "acme_shadow")
    assert sources["made", "acme-made 1.2"] == ("acme-made", "1.2", "acme_made:Made")
    assert sources["broken", "acme-broken 1.2"] == ("acme-broken", "1.2", "acme_broken")
    for each in listed:
        assert each["path"].startswith(str(crowded.folder)), each
    assert {each["name"]: each["settings"] for each in listed}["made"] == ["app_id"]
    verbose = crowded.run("forexhooks", "drivers", "--verbose").stdout
    assert "broken: broken\n  reason      the plugin 'broken' of acme-broken 1.2 cannot" in verbose
    assert "  from        acme-broken 1.2\n  code        acme_broken\n" in verbose


def test_what_is_installed_can_be_switched_off_without_a_note(crowded: Environment) -> None:
    ask = ("forexhooks", "rate", "EUR", "USD", "--on", "2026-10-30")
    assert crowded.run(*ask, "-p", "no:acme", "-p", "no:double").stderr == ""
    noted = crowded.run(*ask, "-p", "no:acmee").stderr
    assert noted == "Note: -p no:acmee: there is no plugin 'acmee' (did you mean 'acme'?)\n"


def test_an_extension_runs_when_it_is_chosen(crowded: Environment) -> None:
    ask = ("forexhooks", "rate", "EUR", "USD", "--on", "2026-10-30")
    plain, double = "1 EUR = 1.1172 USD", "1 EUR = 2.2344 USD (2026-10-30, ecb, adjusted)\n"
    assert crowded.run(*ask).stdout.startswith(plain)
    assert crowded.run(*ask, "-p", "double").stdout == double
    assert crowded.run(*ask, FOREXHOOKS_EXTENSIONS="double").stdout == double
    off = crowded.run(*ask, "-p", "no:double", FOREXHOOKS_EXTENSIONS="acme_double")
    assert off.stdout == double  # that module goes by its own name
    off = crowded.run(*ask, "-p", "no:double", FOREXHOOKS_EXTENSIONS="double")
    assert off.stdout.startswith(plain)
    off = crowded.run(*ask, "-p", "no:acme_double", FOREXHOOKS_EXTENSIONS="acme_double")
    assert off.stdout.startswith(plain)
