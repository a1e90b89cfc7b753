"""What a path may hold, and that it loads, is listed and answers; what cannot is refused."""

from __future__ import annotations

import inspect
import linecache
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import forexhooks
from forexhooks import ForexManager, PluginLoadError
from plugins_on_disk import (
    DAY,
    alias_version,
    driver,
    extension,
    folder,
    left_behind,
    manager,
    package,
    raw,
    version_of,
    wheel,
    write,
)

__all__ = ["folder", "manager"]

Make = Callable[[Path], Path]
KINDS: dict[str, Make] = {
    "module": lambda folder: write(folder / "acme.py", raw(1)),
    "package": lambda folder: package(folder / "acme", 1),
    "wheel": lambda folder: wheel(folder, {"acme.py": raw(1)}, {"acme": "acme:this"}),
    "wheel whose entry point names a module": lambda folder: wheel(
        folder, {"acme.py": raw(1)}, {"acme": "acme"}
    ),
    "zip": lambda folder: wheel(folder, {"acme.py": raw(1)}, {"acme": "acme:this"}).rename(
        folder / "acme.zip"
    ),
    "extension": lambda folder: extension(folder, 1),
}


@pytest.mark.parametrize(
    "make",
    [pytest.param(make, id=kind) for kind, make in KINDS.items()],
)
def test_each_kind_loads_is_listed_and_answers(
    make: Make, folder: Path, manager: ForexManager
) -> None:
    path = make(folder)
    before = set(sys.modules)
    assert manager.load(path) == ["acme"]
    assert version_of(manager) == 1
    [generation] = manager.generations()
    assert generation[:3] == ("acme", "1.0" if path.suffix in (".whl", ".zip") else None, path)
    assert (len(generation.digest), generation.state) == (64, "serving")
    assert [(each.name, each.state, each.origin) for each in manager.drivers()] == [
        ("acme", "registered", str(path))
    ]
    new = {name for name in set(sys.modules) - before if "acme" in name}
    assert new and all(name.startswith("forexhooks_g") for name in new)
    manager.unload("acme")
    assert (manager.generations(), left_behind()) == ([], [])
    assert path.exists()


def test_a_rewrite_in_the_same_second_of_the_same_size(folder: Path, manager: ForexManager) -> None:
    path = write(folder / "acme.py", raw(0))
    manager.load(path, preflight=None)
    stamp = path.stat()
    for version in range(1, 10):
        write(path, raw(version))
        os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        assert path.stat().st_size == stamp.st_size
        manager.load(path, replace=True, preflight=None)
        assert version_of(manager) == version
    [module] = [each for name, each in sys.modules.items() if name.endswith(".acme")]
    assert module.__cached__ and Path(module.__cached__).exists()  # bytecode is on


def test_a_second_load_without_replace_is_an_error(folder: Path, manager: ForexManager) -> None:
    path = write(folder / "acme.py", raw(1))
    manager.load(path)
    write(path, raw(2))
    with pytest.raises(forexhooks.PluginConflictError, match="'acme' is taken by a plugin that is"):
        manager.load(path)
    assert version_of(manager) == 1
    assert len(manager.generations()) == 1


def test_two_versions_answer_side_by_side(folder: Path, manager: ForexManager) -> None:
    path = package(folder / "acme", 1)
    manager.load(path)
    package(path, 2)
    assert manager.load(path, name="acme@2") == ["acme@2"]
    assert (version_of(manager), alias_version(manager, "acme@2")) == (1, 2)
    assert [each.name for each in manager.generations()] == ["acme", "acme@2"]
    package(path, 3)
    assert manager.load(path, name="acme@2", replace=True) == ["acme@2"]
    assert (version_of(manager), alias_version(manager, "acme@2")) == (1, 3)
    manager.unload("acme")
    assert alias_version(manager, "acme@2") == 3


@pytest.mark.parametrize("name", ["other", None])
def test_what_serves_in_part_is_loaded(
    name: str | None, folder: Path, manager: ForexManager
) -> None:
    if name is None:  # one of two was unloaded
        path = two_in_a_wheel(folder)
        manager.load(path, preflight=None)
        manager.unload("one")
    else:  # under another name
        path = write(folder / "acme.py", raw(1))
        manager.load(path, preflight=None)
    assert (name or "one") in manager.load(path, name=name, replace=True, preflight=None)


def test_the_same_content_is_not_loaded_again(folder: Path, manager: ForexManager) -> None:
    path = write(folder / "acme.py", raw(1))
    manager.load(path, preflight=None)
    first = manager.get_plugin("acme")
    os.utime(path)
    assert manager.load(path, replace=True, preflight=None) == []
    assert manager.get_plugin("acme") is first
    assert len(left_behind()) == 3  # the copy, its package and its module


def two_in_a_wheel(folder: Path) -> Path:
    lazy = """
        @forexhooks.hookimpl
        def forex_currencies(driver):
            from pair import shared
            import pair.shared as again
            assert again is shared
            return shared.CODES if driver == {name!r} else None
    """
    files = {
        "pair/__init__.py": "",
        "pair/one.py": raw(1, "one", below=lazy.format(name="one")),
        "pair/two.py": raw(1, "two", below=lazy.format(name="two")),
        "pair/shared.py": "CODES = ['CAD']\n",
    }
    return wheel(folder, files, {"one": "pair.one:this", "two": "pair.two:this"})


def test_a_wheel_with_two_plugins(folder: Path, manager: ForexManager) -> None:
    assert manager.load(two_in_a_wheel(folder)) == ["one", "two"]
    assert (version_of(manager, "one"), version_of(manager, "two")) == (1, 1)
    manager.unload("one")
    assert manager.hook.forex_currencies(driver="two") == ["CAD"]  # imports lazily, after that
    manager.unload("two")
    assert left_behind() == []


def test_a_name_cannot_be_of_two_plugins(folder: Path, manager: ForexManager) -> None:
    with pytest.raises(PluginLoadError, match=r"has 2 plugins, and only one can be called 'both'"):
        manager.load(two_in_a_wheel(folder), name="both", preflight=None)
    assert left_behind() == []


def test_absolute_imports_of_itself_stay_within_a_version(
    folder: Path, manager: ForexManager
) -> None:
    path = package(folder / "acme", 1)
    text = raw("acme.core.VERSION", above="import acme.core; from acme import core as again")
    for version in (1, 2):
        write(path / "core.py", f"VERSION = {version}\n")
        write(path / "__init__.py", text)
        manager.load(path, name=f"acme@{version}")
    assert [alias_version(manager, f"acme@{version}") for version in (1, 2)] == [1, 2]
    assert "acme" not in sys.modules and "acme.core" not in sys.modules


def test_a_driver_class_is_made_with_its_settings(
    folder: Path, manager: ForexManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREXHOOKS_MADE_VALUE", "2.5")
    assert manager.load(write(folder / "anything.py", driver())) == ["made"]
    fx = forexhooks.open("made", manager=manager)
    assert str(fx.get_rate("USD", "CAD", on=DAY).value) == "2.5"
    assert fx.get_rate("CAD", "USD", on=DAY).kind == "inverse"


LAYOUTS = {
    "relative": "from .impl import Made",
    "absolute": "from pk.impl import Made",
    "module": "import pk.impl\nMade = pk.impl.Made",
    "star": "from .impl import *",
    "__all__": "from .impl import Made\n__all__ = ['Made']",
    "class and instance": "from .impl import Made\nplugin = Made(value='VERSION')",
    "instance": "from . import impl\nplugin = impl.Made(value='VERSION')",
    "two names": "from .impl import Made\nfrom pk.impl import Made as Again\nAlias = Made",
    "two names of an instance": "from .impl import Made\nplugin = alias = Made(value='VERSION')",
    "re-exported twice": "from .api import Made",
    "with its bases": "from forexhooks import Driver\nfrom .base import Base\n"
    "from .impl import Made",
    "with what others installed": "from elsewhere import Other, other\nfrom .impl import Made",
}


def package_of_a_class(folder: Path, version: int, layout: str) -> Path:
    made = driver(above="from .base import Base").replace("(Driver)", "(Base)")
    write(folder / "impl.py", made.replace('value="1"', f'value="{version}"'))
    write(
        folder / "base.py",
        "import forexhooks\n"
        "class Base(forexhooks.Driver):\n"
        "    def observations(self, currencies, start, end): return []\n",
    )
    write(folder / "api.py", "from .impl import Made\n")
    init = LAYOUTS[layout].replace("VERSION", str(version))
    write(folder / "__init__.py", f'__version__ = "0.{version}"\n{init}\n')
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An installed module with a driver of its own."""
    text = driver("other").replace("class Made", "class Other") + "other = Other()\n"
    write(tmp_path / "site" / "elsewhere.py", text)
    # For the child of a preflight, too.
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    yield
    sys.modules.pop("elsewhere", None)


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_package_imports_its_driver_from_a_submodule(
    layout: str, folder: Path, manager: ForexManager
) -> None:
    path = package_of_a_class(folder / "pk", 1, layout)
    assert manager.load(path) == ["made"]
    assert manager.load(path, replace=True) == []
    package_of_a_class(path, 2, layout)
    assert manager.load(path, name="made@2", preflight=None) == ["made@2"]
    assert [alias_version(manager, name) for name in ("made", "made@2")] == [1, 2]
    assert [each.version for each in manager.generations()] == ["0.1", "0.2"]
    package_of_a_class(path, 3, layout)
    assert manager.load(path, replace=True, preflight=None) == ["made"]
    assert [alias_version(manager, name) for name in ("made", "made@2")] == [3, 2]
    manager.unload("made")
    manager.unload("made@2")
    assert left_behind() == []


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    "imported",
    ["from forexhooks import Driver", "from elsewhere import Other", "from elsewhere import other"],
)
@pytest.mark.parametrize("file", ["pk.py", "pk/__init__.py"])
def test_what_was_imported_from_elsewhere_is_no_plugin_of_the_file(
    file: str, imported: str, folder: Path, manager: ForexManager
) -> None:
    path = write(folder / file, imported + "\n")
    path = path.parent if "/" in file else path
    advice = r"import it in __init__\.py$" if "/" in file else r"with a name$"
    with pytest.raises(PluginLoadError, match=f"pk is not a plugin: .*{advice}"):
        manager.load(path, preflight=None)
    assert left_behind() == []


def test_instances_of_one_class_are_drivers_by_their_names(
    folder: Path, manager: ForexManager
) -> None:
    text = driver().replace("    name = 'made'\n", "").replace('*, value="1"', "name, value")
    text = text.replace("self.value =", "self.name = name\n        self.value =")
    text += "\none, two = Made('one', '1'), Made('two', '2')\n"
    path = write(folder / "several.py", text)
    assert manager.load(path) == ["one", "two"]
    assert [alias_version(manager, name) for name in ("one", "two")] == [1, 2]


TWICE = (
    driver("twin", above="import forexhooks")
    + """
    @forexhooks.hookimpl
    def forex_close(self):
        import {log}; {log}.closed.append(type(self).__name__)

class Next(Made): ...
"""
)


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("preflight", [None, 10.0])
def test_two_drivers_of_one_name_in_one_file(
    preflight: float | None,
    replace: bool,
    folder: Path,
    manager: ForexManager,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    write(tmp_path / "site" / "log_of_twins.py", "closed = []\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    path = write(folder / "two.py", driver("twin"))
    if replace:
        manager.load(path, preflight=None)
    before = left_behind()
    write(path, TWICE.format(log="log_of_twins"))
    with pytest.raises(PluginLoadError) as raised:
        manager.load(path, replace=replace, preflight=preflight)
    assert str(raised.value) == (
        f"{path}: it has two drivers named 'twin', an instance of Made and an instance of Next: "
        "rename one of them, or remove it"
    )
    closed = getattr(sys.modules.pop("log_of_twins", None), "closed", [])
    assert closed == ([] if preflight else ["Made", "Next"])
    assert left_behind() == before


def test_a_driver_and_an_extension_of_one_name_in_one_wheel(
    folder: Path, manager: ForexManager
) -> None:
    files = {"acme.py": raw(1), "acme_twice.py": _DOUBLING}
    path = wheel(folder, files, {"acme": "acme:this"}, extensions={"acme": "acme_twice"})
    with pytest.raises(PluginLoadError, match="it has two plugins named 'acme'"):
        manager.load(path, extensions=["acme"], preflight=None)
    assert left_behind() == []


def test_an_extension_goes_by_the_name_of_its_file(folder: Path, manager: ForexManager) -> None:
    doubling = """
        import forexhooks

        @forexhooks.hookimpl(wrapper=True)
        def forex_get_rate():
            rate = yield
            return rate and rate.adjusted(rate.value * {times})
    """
    manager.load(write(folder / "acme.py", raw(1)))
    path = write(folder / "dou-ble.py", inspect.cleandoc(doubling.format(times=2)))
    assert manager.load(path) == ["dou_ble"]
    assert version_of(manager) == 2
    write(path, inspect.cleandoc(doubling.format(times=3)))
    assert manager.load(path, replace=True) == ["dou_ble"]
    assert version_of(manager) == 3


_DOUBLING = """
import forexhooks

@forexhooks.hookimpl(wrapper=True)
def forex_get_rate():
    rate = yield
    return rate and rate.adjusted(rate.value * 2)
"""


def with_an_extension(folder: Path, entries: dict[str, str] | None = None) -> Path:
    files = {"acme.py": raw(1), "acme_twice.py": _DOUBLING}
    drivers = {"acme": "acme:this"} if entries is None else entries
    return wheel(folder, files, drivers, extensions={"twice": "acme_twice"})


def test_an_extension_in_a_wheel_is_chosen_as_one_that_is_installed(
    folder: Path, manager: ForexManager
) -> None:
    path = with_an_extension(folder)
    assert manager.load(path) == ["acme"]
    assert version_of(manager) == 1
    assert manager.extensions() == [("twice", "available", str(path))]
    manager.unload("acme")
    assert manager.extensions() == []
    assert manager.load(path, extensions=["twice", "another"]) == ["acme", "twice"]
    assert version_of(manager) == 2
    assert manager.extensions() == [("twice", "registered", str(path))]
    # What runs is swapped with its drivers.
    files = {"acme.py": raw(3), "acme_twice.py": _DOUBLING}
    newer = {"acme": "acme:this"}, {"twice": "acme_twice"}
    path = wheel(folder, files, newer[0], extensions=newer[1], version="2.0")
    assert manager.load(path, replace=True) == ["acme", "twice"]
    assert version_of(manager) == 6


def test_a_wheel_with_an_extension_alone_is_named_by_its_path(
    folder: Path, manager: ForexManager
) -> None:
    manager.load(write(folder / "acme.py", raw(1)))
    assert manager.load(with_an_extension(folder, {})) == ["twice"]
    assert version_of(manager) == 2


def test_an_alias_is_of_the_driver_where_a_wheel_has_an_extension_too(
    folder: Path, manager: ForexManager
) -> None:
    assert manager.load(with_an_extension(folder), name="acme@1") == ["acme@1"]


@pytest.mark.parametrize(
    ("blocked", "came"), [("twice", ["acme"]), ("acme", ["twice"]), ("other", ["acme", "twice"])]
)
def test_what_is_blocked_is_left_out(
    blocked: str, came: list[str], folder: Path, manager: ForexManager
) -> None:
    manager.set_blocked(blocked)
    assert manager.load(with_an_extension(folder), extensions=["twice"]) == came
    assert [name for name, _ in manager.list_name_plugin()] == came


def test_a_file_whose_driver_is_blocked_is_left_out(folder: Path, manager: ForexManager) -> None:
    manager.set_blocked("acme")
    assert manager.load(write(folder / "file.py", raw(1))) == []
    assert manager.generations() == []
    manager.unblock("acme")
    assert manager.load(folder / "file.py") == ["acme"]


def test_a_name_that_is_loaded_already_says_how_to_swap_it(
    folder: Path, manager: ForexManager
) -> None:
    path = write(folder / "acme.py", raw(1))
    manager.load(path)
    with pytest.raises(forexhooks.PluginConflictError, match=r"load\(path, replace=True\)"):
        manager.load(path)


def test_a_traceback_of_the_old_shows_the_line_of_the_old(
    folder: Path, manager: ForexManager
) -> None:
    failing = 'raise ValueError("of version {}")'
    path = write(folder / "acme.py", raw(1, above="def fail():\n    " + failing.format(1)))
    manager.load(path)
    old: Any = manager.get_plugin("acme")
    write(path, "# another line\n" * 20 + raw(2, above="def fail():\n    " + failing.format(2)))
    manager.load(path, name="acme@2")
    linecache.checkcache()
    with pytest.raises(ValueError) as raised:
        old.fail()
    shown = "".join(traceback.format_exception(raised.value))
    assert failing.format(1) in shown and failing.format(2) not in shown
    assert "version 1" in inspect.getsource(old.fail)
    del raised, old


def test_dataclasses_pickle_and_resources_work_in_a_copy(
    folder: Path, manager: ForexManager
) -> None:
    below = """
        import dataclasses, importlib.resources, pickle

        @dataclasses.dataclass
        class Point:
            x: "int"

        assert pickle.loads(pickle.dumps(Point(1))) == Point(1)
        assert importlib.resources.files(__package__).joinpath("data.txt").read_text() == "data"
    """
    path = package(folder / "acme", 1, below=below)
    write(path / "data.txt", "data")
    assert manager.load(path) == ["acme"]


def test_the_version_is_that_of_the_module_of_a_driver_class(
    folder: Path, manager: forexhooks.ForexManager
) -> None:
    manager.load(write(folder / "made.py", driver(above='__version__ = "7"')))
    manager.load(write(folder / "acme.py", raw(1, above='__version__ = "8"')))
    versions = {each.name: each.version for each in manager.generations()}
    assert versions == {"made": "7", "acme": "8"}
