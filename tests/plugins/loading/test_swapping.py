"""Swaps while calls are under way: who answers, who is closed when, and what is left behind."""

from __future__ import annotations

import gc
import importlib
import shutil
import sys
import threading
import time
import weakref
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest

import forexhooks
from forexhooks import ForexManager
from plugins_on_disk import (
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

# A plugin that says on its own account what happens to it, and whose calls can be held up.
BLOCKING = """
    import threading
    entered, let_go, closed = threading.Event(), threading.Event(), []

    @forexhooks.hookimpl
    def forex_currencies(driver):
        if driver == "acme":
            entered.set()
            assert let_go.wait(60) and not closed
            return [f"V{VERSION}"]

    @forexhooks.hookimpl
    def forex_close():
        closed.append(threading.current_thread().name)
"""


@contextmanager
def blocked_call(manager: ForexManager) -> Iterator[tuple[ModuleType, list[Any]]]:
    """A call that is inside the plugin until it is let go, or the block ends."""
    plugin = manager.get_plugin("acme")
    assert plugin is not None
    answers: list[Any] = []
    thread = Thread(
        target=lambda: answers.append(manager.hook.forex_currencies(driver="acme")), daemon=True
    )
    thread.start()
    assert plugin.entered.wait(60)
    try:
        yield plugin, answers
    finally:
        plugin.let_go.set()
        thread.join(60)
        wait_until(lambda: plugin.closed)


def wait_until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def unload(manager: ForexManager, path: Path, drain: float) -> None:
    manager.unload("acme", drain=drain)


def load(manager: ForexManager, path: Path, drain: float) -> None:
    manager.load(path, replace=True, preflight=None, drain=drain)


CHANGES = {"unload": unload, "load": load}


def test_an_extension_rebuilt_in_place_while_the_old_is_held(
    folder: Path, manager: ForexManager
) -> None:
    path = extension(folder, 1)
    manager.load(path)
    old: Any = manager.get_plugin("acme")
    assert old.version() == 1
    assert extension(folder, 2) == path
    assert manager.load(path, replace=True) == ["acme"]
    assert version_of(manager) == 2
    assert (old.version(), old.forex_get_rate("acme", "USD", "CAD").value) == (1, 1)
    old = weakref.ref(old)
    gc.collect()
    assert old() is None


@pytest.mark.parametrize("change", ["unload", "load"])
def test_a_blocked_call_delays_the_close_past_the_deadline(
    change: str, folder: Path, manager: ForexManager
) -> None:
    path = write(folder / "acme.py", raw(1, below=BLOCKING))
    manager.load(path, preflight=None)
    with blocked_call(manager) as (old, answers):
        write(path, raw(2, below=BLOCKING))
        began = time.monotonic()
        with pytest.warns(forexhooks.DrainWarning, match=r"acme is still in use after 0\.2 s"):
            CHANGES[change](manager, path, 0.2)
        assert 0.2 <= time.monotonic() - began < 60
        states = [(each.name, each.state) for each in manager.generations()]
        if change == "unload":
            assert states == [("acme", "draining")]
            with pytest.raises(forexhooks.UnknownDriverError):
                forexhooks.open("acme", manager=manager)
        else:
            assert states == [("acme", "serving"), ("acme", "draining")]
            assert version_of(manager) == 2
        assert (old.closed, answers) == ([], [])
    assert answers == [["V1"]]  # in peace, though others were served by the next by then
    assert old.closed == ["drain acme"]
    wait_until(lambda: "draining" not in [each.state for each in manager.generations()])


@pytest.mark.parametrize(
    "change",
    [
        "load",
        pytest.param(
            "unload",
        ),
    ],
)
def test_the_drain_warning_points_at_the_caller(
    change: str, folder: Path, manager: ForexManager
) -> None:
    path = write(folder / "acme.py", raw(1, below=BLOCKING))
    manager.load(path, preflight=None)
    with blocked_call(manager):
        write(path, raw(2))
        with pytest.warns(forexhooks.DrainWarning) as warned:
            CHANGES[change](manager, path, 0)
    assert warned[0].filename == __file__


def test_a_draining_version_is_followed_by_many(folder: Path, manager: ForexManager) -> None:
    path = write(folder / "acme.py", raw(1, below=BLOCKING))
    manager.load(path, preflight=None)
    with blocked_call(manager) as (old, _):
        for version in range(2, 6):
            write(path, raw(version))
            with pytest.warns(forexhooks.DrainWarning) if version == 2 else no_warning():
                manager.load(path, replace=True, preflight=None, drain=0.05)
            assert version_of(manager) == version
            assert [each.state for each in manager.generations()] == ["serving", "draining"]
        assert old.closed == []


@contextmanager
def no_warning() -> Iterator[None]:
    yield


def test_nothing_of_the_old_is_left(folder: Path, manager: ForexManager) -> None:
    below = """
        import logging, typing
        logging.getLogger(__name__).debug("here")
        Typed = typing.Optional[Kind]
    """
    path = package(folder / "acme", 1, below=below)
    manager.load(path)
    version_of(manager)
    plugin: Any = manager.get_plugin("acme")
    parts = (plugin, plugin.forex_get_rate, plugin.Kind, plugin.core)
    alive = [weakref.ref(part) for part in parts]
    old = plugin.__name__.partition(".")[0]
    del plugin, parts
    package(path, 2)
    manager.load(path, replace=True)
    gc.collect()
    assert [each() for each in alive] == [None] * 4
    assert not [name for name in sys.modules if name.partition(".")[0] == old]
    assert len([each for each in left_behind() if each.startswith("forexhooks-")]) == 1


@pytest.mark.parametrize("ask", ["plainly", "service"])
def test_who_keeps_an_exception_does_not_delay_the_close(
    ask: str, folder: Path, manager: ForexManager
) -> None:
    above = "closed = []\ndef refuse(quote):\n    if quote == 'JPY': raise KeyError(quote)"
    text = raw(1, above=above).replace("    if driver", "    refuse(quote)\n    if driver")
    text += "\n@forexhooks.hookimpl\ndef forex_close():\n    closed.append(1)\n"
    manager.load(write(folder / "acme.py", text), preflight=None)
    plugin: Any = manager.get_plugin("acme")
    with pytest.raises((KeyError, forexhooks.DriverError)) as kept:
        if ask == "plainly":
            manager.hook.forex_get_rate(driver="acme", base="USD", quote="JPY")
        else:
            forexhooks.open("acme", manager=manager).get_rate("USD", "JPY")
    manager.unload("acme", drain=5)
    assert (plugin.closed, left_behind()) == ([1], [])
    assert kept.value.__traceback__ is not None


CLOSING = """
    closed = []

    @forexhooks.hookimpl
    def forex_close():
        closed.append(1)
"""


def drivers(names: str) -> str:
    """The source of a file with these drivers."""
    text = "import forexhooks\nfrom datetime import date\nfrom decimal import Decimal\n"
    for name in names.split():
        text += (
            f"class {name.title()}(forexhooks.Driver):\n"
            f"    name = {name!r}\n    profile = forexhooks.Profile(title='T')\n"
            "    def observations(self, currencies, start, end): return []\n"
        )
    return text


GONE = {
    "renamed": ("acme", "other", ["other"]),
    "one fewer": ("acme other", "other", ["other"]),
    "one more": ("acme", "acme other", ["acme", "other"]),
    "exchanged": ("acme other", "other third", ["other", "third"]),
}


@pytest.mark.parametrize("preflight", [None, 10.0])
@pytest.mark.parametrize(("old", "new", "left"), GONE.values(), ids=GONE)
def test_what_the_file_no_longer_has_leaves(
    old: str,
    new: str,
    left: list[str],
    preflight: float | None,
    folder: Path,
    manager: ForexManager,
) -> None:
    path = write(folder / "file.py", drivers(old))
    beside = write(folder / "beside.py", drivers("beside"))
    manager.load(beside, preflight=None)
    manager.load(path, preflight=None)
    write(path, drivers(new))
    assert manager.load(path, replace=True, preflight=preflight) == new.split()
    assert sorted(manager.catalog.drivers()) == sorted(["beside", *left])
    assert {each.state for each in manager.generations()} == {"serving"}
    assert manager.load(path, replace=True, preflight=None) == []
    assert sorted(manager.catalog.drivers()) == sorted(["beside", *left])


def test_what_leaves_with_its_file_is_drained_and_closed(
    folder: Path, manager: ForexManager
) -> None:
    path = write(folder / "acme.py", raw(1, below=BLOCKING))
    manager.load(path, preflight=None)
    with blocked_call(manager) as (old, answers):
        write(path, raw(2, "other"))
        with pytest.warns(forexhooks.DrainWarning, match=r"acme is still in use"):
            manager.load(path, replace=True, preflight=None, drain=0)
        assert [(each.name, each.state) for each in manager.generations()] == [
            ("other", "serving"),
            ("acme", "draining"),
        ]
        assert (old.closed, answers) == ([], [])
    assert (answers, old.closed) == ([["V1"]], ["drain acme"])


def test_what_is_under_another_name_stays(folder: Path, manager: ForexManager) -> None:
    path = write(folder / "acme.py", raw(1))
    manager.load(path, name="acme@1", preflight=None)
    assert manager.load(path, replace=True, preflight=None) == ["acme"]  # the same, beside it
    write(path, raw(2, "other"))
    assert manager.load(path, replace=True, preflight=None) == ["other"]
    assert sorted(manager.catalog.registrations) == ["acme@1", "other"]
    # And it is replaced alone.
    assert manager.load(path, name="acme@1", replace=True, preflight=None) == ["acme@1"]
    assert sorted(manager.catalog.registrations) == ["acme@1", "other"]


def test_what_is_not_to_be_replaced_stays(folder: Path, manager: ForexManager) -> None:
    path = write(folder / "file.py", drivers("one two three"))
    manager.load(path, preflight=None)
    write(path, drivers("one"))
    assert manager.load(path, replace=["one", "two"], preflight=None) == ["one"]
    assert manager.catalog.drivers() == ["one", "three"]


def test_another_file_takes_no_more_than_its_names(folder: Path, manager: ForexManager) -> None:
    manager.load(write(folder / "file.py", drivers("one two")), preflight=None)
    other = write(folder / "other.py", drivers("one"))
    assert manager.load(other, replace=True, preflight=None) == ["one"]
    assert manager.catalog.drivers() == ["one", "two"]


def test_an_older_version_beside_the_same_content_leaves(
    folder: Path, manager: ForexManager
) -> None:
    path = write(folder / "acme.py", raw(1))
    manager.load(path, preflight=None)
    write(path, raw(2, "other"))
    manager.load(path, preflight=None)
    assert manager.catalog.drivers() == ["acme", "other"]
    assert manager.load(path, replace=True, preflight=None) == ["other"]
    assert manager.catalog.drivers() == ["other"]


def pair(folder: Path, version: int, *names: str) -> Path:
    files = {f"{name}.py": raw(version, name, below=CLOSING) for name in names}
    entries = {name: f"{name}:this" for name in names}
    return wheel(folder, files, entries, version=f"{version}.0")


def test_the_next_version_of_a_wheel_has_another_path(folder: Path, manager: ForexManager) -> None:
    manager.load(pair(folder, 1, "one", "two"), preflight=None)
    gone: Any = manager.get_plugin("two")
    assert manager.load(pair(folder, 2, "one", "three"), replace=True) == ["one", "three"]
    assert (manager.catalog.drivers(), gone.closed) == (["one", "three"], [1])
    del gone
    assert {each.version for each in manager.generations()} == {"2.0"}


@pytest.mark.parametrize("kind", ["file", "wheel"])
def test_the_old_leaves_though_the_new_is_blocked(
    kind: str, folder: Path, manager: ForexManager
) -> None:
    def make(name: str) -> Path:
        if kind == "wheel":
            return pair(folder, 1, name)
        return write(folder / "acme.py", raw(1, name))

    manager.load(make("acme"), preflight=None)
    manager.set_blocked("other")
    assert manager.load(make("other"), replace=True, preflight=None) == []
    assert (manager.list_name_plugin(), left_behind()) == ([], [])


def test_what_an_upgrade_no_longer_has_leaves(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    monkeypatch.syspath_prepend(str(site))

    def install(version: int, *names: str) -> None:
        shutil.rmtree(site, ignore_errors=True)
        with zipfile.ZipFile(pair(folder, version, *names)) as archive:
            archive.extractall(site)

    install(1, "one", "two", "third")
    with ForexManager(discover=True) as manager:
        for name in ("one", "two"):
            assert version_of(manager, name) == 1
        manager.register(importlib.import_module("third"))
        gone: Any = manager.get_plugin("two")
        install(2, "one", "third", "fourth")
        assert manager.refresh(preflight=None) == ["one"]
        assert (manager.catalog.drivers(), gone.closed) == (["one", "third"], [1])
        assert [version_of(manager, name) for name in ("one", "third", "fourth")] == [2, 1, 2]
        assert manager.refresh(preflight=None) == []
    for name in ("one", "two", "third", "fourth"):
        sys.modules.pop(name, None)
    assert left_behind() == []


def test_several_are_replaced_by_one_assignment(folder: Path, manager: ForexManager) -> None:
    def pair(version: int) -> Path:
        files = {f"{name}.py": raw(version, name) for name in ("one", "two")}
        return wheel(folder, files, {"one": "one:this", "two": "two:this"})

    manager.load(pair(1), preflight=None)
    seen: list[tuple[Any, ...]] = []
    swapping = threading.Event()
    swapping.set()

    def read() -> None:
        while swapping.is_set():
            catalog = manager.catalog  # the lease
            ask = catalog.hook.forex_get_rate
            one, two, again = (
                ask(driver=name, base="USD", quote="CAD").value for name in ("one", "two", "one")
            )
            seen.append((one, two, again))
            del ask, catalog

    readers = [Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for version in range(2, 14):
        manager.load(pair(version), replace=True, preflight=None)
    swapping.clear()
    for reader in readers:
        reader.join(60)
    assert len(set(seen)) > 5
    assert not [each for each in set(seen) if len(set(each)) != 1]
    assert manager.list_name_plugin()[0][0] == "one"
