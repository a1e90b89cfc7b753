"""A folder is watched: what each kind of change does, one look after the other."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import forexhooks
from forexhooks import ForexManager
from forexhooks.runtime import Event, Watch, watch
from plugins_on_disk import driver, folder, manager, package, raw, version_of, wheel, write

__all__ = ["folder", "manager"]


class Watched:
    """A folder that is looked at by hand, as often as changes need to settle."""

    def __init__(self, folder: Path, manager: ForexManager) -> None:
        self.events: list[Event] = []
        self.watch = Watch(folder, manager, report=self.events.append, preflight=None)

    def look(self, times: int = 3) -> list[str]:
        """What happened, as `kind name`."""
        for _ in range(times):
            self.watch.look()
        happened = [f"{each.kind} {each.path.name}" for each in self.events]
        self.events.clear()
        return happened


@pytest.fixture
def watched(folder: Path, manager: ForexManager) -> Watched:
    return Watched(folder, manager)


def test_a_file_comes_changes_and_goes(
    watched: Watched, folder: Path, manager: ForexManager
) -> None:
    assert watched.look() == []
    path = write(folder / "acme.py", raw(1))
    assert watched.look(1) == []  # it may not be whole yet
    assert watched.look(1) == ["loaded acme.py"]
    for change, version in CHANGES.items():
        change(path, raw(version))
        assert watched.look() == ["swapped acme.py"], change
        assert version_of(manager) == version
    os.utime(path)
    assert watched.look() == []
    write(path, path.read_text(encoding="utf-8"))
    assert watched.look() == []
    path.unlink()
    assert watched.look(1) == []
    assert watched.look() == ["unloaded acme.py"]
    assert (manager.list_name_plugin(), watched.look()) == ([], [])


def atomically(path: Path, text: str) -> None:
    write(path.parent / ".acme.tmp", text).replace(path)


def as_vim_does(path: Path, text: str) -> None:
    path.rename(f"{path}~")
    write(path, text)
    Path(f"{path}~").unlink()


def in_place(path: Path, text: str) -> None:
    before = path.stat()
    write(path, text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


CHANGES: dict[Callable[[Path, str], object], int] = {
    atomically: 2,
    as_vim_does: 3,
    in_place: 4,
    lambda path, text: [write(path, raw(each)) for each in range(10, 310)] and write(path, text): 5,
}


def test_a_file_that_is_written_in_chunks(
    watched: Watched, folder: Path, manager: ForexManager
) -> None:
    path = write(folder / "acme.py", raw(1))
    watched.look()
    text = raw(2)
    for end in range(0, len(text) + 40, 40):
        write(path, text[:end])
        assert watched.look(1) == []
    assert watched.look() == ["swapped acme.py"]
    assert version_of(manager) == 2


def test_half_a_file(watched: Watched, folder: Path, manager: ForexManager) -> None:
    path = write(folder / "acme.py", raw(1))
    watched.look()
    write(path, raw(2)[:100])
    assert watched.look() == ["refused acme.py"]
    assert (watched.look(), version_of(manager)) == ([], 1)
    write(path, raw(2))
    assert (watched.look(), version_of(manager)) == (["swapped acme.py"], 2)


BAD = {
    "syntax error": "def x(:\n",
    "raise": "1/0",
    "sys.exit": "import sys; sys.exit(0)",
    "os._exit": "import os; os._exit(0)",
    "segfault": "import ctypes; ctypes.string_at(0)",
    "killed": "import os; os.kill(os.getpid(), 9)",
    "hang": "import time; time.sleep(3600)",
    "hang of another kind": "import os, signal, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nif os.fork() >= 0: time.sleep(4)",
    "failing probe": driver("acme", first="1/0"),
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_a_bad_version_is_refused_once(
    text: str, watched: Watched, folder: Path, manager: ForexManager
) -> None:
    path = write(folder / "acme.py", raw(1))
    assert watched.look() == ["loaded acme.py"]
    watched.watch._preflight = 1.5
    write(path, text)
    began = time.monotonic()
    for _ in range(3):
        watched.watch.look()
    assert time.monotonic() - began < 60
    [event] = watched.events
    assert (event.kind, event.path, event.names) == ("refused", path, ("acme",))
    assert event.reason is not None and event.reason.startswith(f"{path}: ")
    assert "\n" not in event.reason
    watched.events.clear()
    assert (watched.look(), version_of(manager)) == ([], 1)


def test_a_folder_that_vanishes_and_comes_back(
    watched: Watched, folder: Path, manager: ForexManager
) -> None:
    path = write(folder / "acme.py", raw(1))
    watched.look()
    folder.rename(folder.parent / "gone")
    assert (watched.look(5), version_of(manager)) == ([f"lost {folder.name}"], 1)
    (folder.parent / "gone").rename(folder)
    assert (watched.look(5), version_of(manager)) == ([f"found {folder.name}"], 1)
    shutil.rmtree(folder)
    watched.look()
    write(path, raw(2))
    assert watched.look() == [f"found {folder.name}", "swapped acme.py"]
    with pytest.raises(forexhooks.PluginError, match="is not a folder, so it cannot be watched"):
        Watch(folder / "none", manager)


def test_packages_wheels_and_what_is_none(
    watched: Watched, folder: Path, manager: ForexManager
) -> None:
    path = package(folder / "acme", 1)
    write(folder / "notes.txt", "no plugin")
    write(folder / "_private.py", "1/0")
    write(folder / "empty" / "core.py", "1/0")
    assert watched.look() == ["loaded acme"]
    write(path / "core.py", "VERSION = 2\n")
    assert (watched.look(), version_of(manager)) == (["swapped acme"], 2)
    shutil.rmtree(path)
    assert watched.look() == ["unloaded acme"]
    files = {"one.py": raw(1, "one"), "two.py": raw(1, "two")}
    wheel(folder, files, {"one": "one:this", "two": "two:this"})
    [name] = [each.name for each in folder.glob("*.whl")]
    assert watched.look() == [f"loaded {name}"]
    wheel(folder, files, {"two": "two:this"})
    assert watched.look() == [f"swapped {name}", f"unloaded {name}"]
    assert manager.catalog.drivers() == ["two"]


def test_a_driver_that_is_renamed_in_its_file(
    watched: Watched, folder: Path, manager: ForexManager
) -> None:
    path = write(folder / "file.py", raw(1))
    watched.look()
    seen: list[list[str]] = []
    watched.watch._report = lambda event: seen.append(
        [event.kind, *event.names, "of", *manager.catalog.drivers()]
    )
    write(path, raw(2, "other"))
    watched.look()
    # By one change: nobody sees both.
    assert seen == [["swapped", "other", "of", "other"], ["unloaded", "acme", "of", "other"]]


def test_a_driver_whose_next_name_is_blocked(
    watched: Watched, folder: Path, manager: ForexManager
) -> None:
    manager.set_blocked("other")
    path = write(folder / "file.py", raw(1))
    watched.look()
    write(path, raw(2, "other"))
    assert (watched.look(), manager.list_name_plugin()) == (["unloaded file.py"], [])
    write(path, raw(3))
    assert (watched.look(), version_of(manager)) == (["loaded file.py"], 3)


def test_a_package_whose_driver_is_in_a_submodule(
    watched: Watched, folder: Path, manager: ForexManager
) -> None:
    path = folder / "pk"
    write(path / "impl.py", driver())
    write(path / "__init__.py", "from .impl import Made\n")
    assert watched.look() == ["loaded pk"]
    write(path / "impl.py", driver("renamed"))
    assert watched.look() == ["swapped pk", "unloaded pk"]
    assert manager.catalog.drivers() == ["renamed"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions and links")
def test_what_is_not_to_be_trusted(watched: Watched, folder: Path, manager: ForexManager) -> None:
    write(folder / "acme.py", raw(1)).chmod(0o666)
    (folder / "link.py").symlink_to(write(folder.parent / "other.py", raw(1, "other")))
    assert watched.look() == ["refused acme.py", "refused link.py"]
    assert manager.list_name_plugin() == []


def test_a_name_that_is_taken_is_tried_again(watched: Watched, folder: Path) -> None:
    first = write(folder / "acme.py", raw(1))
    watched.look()
    write(folder / "same.py", raw(2))
    assert watched.look() == ["refused same.py"]
    first.unlink()
    assert watched.look(5) == ["unloaded acme.py", "loaded same.py"]


def test_a_file_does_not_take_the_name_of_another(
    watched: Watched, folder: Path, manager: ForexManager
) -> None:
    write(folder / "acme.py", raw(1))
    other = write(folder / "other.py", raw(2, "other"))
    watched.look()
    write(other, raw(3, "acme"))
    happened = watched.look()
    assert (happened, version_of(manager)) == (["refused other.py"], 1)


@pytest.mark.skipif(os.name == "nt", reason="links")
@pytest.mark.parametrize("name", [".#core.py", "notes.txt"])
def test_a_link_that_leads_nowhere_unloads_nothing(
    name: str, watched: Watched, folder: Path, manager: ForexManager
) -> None:
    path = package(folder / "acme", 1)
    watched.look()
    (path / name).symlink_to("user@host.1234")  # so Emacs locks a file
    assert watched.look() == []
    assert version_of(manager) == 1


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_a_link_to_itself_harms_no_other(watched: Watched, folder: Path) -> None:
    (folder / "loop.py").symlink_to("loop.py")
    write(folder / "acme.py", raw(1))
    assert "loaded acme.py" in watched.look()


@pytest.fixture
def running(folder: Path, manager: ForexManager) -> Iterator[list[Event]]:
    events: list[Event] = []
    with watch(folder, manager, report=events.append, interval=0.02, preflight=None):
        yield events


def test_a_thread_goes_on_after_a_wheel_that_is_cut_short(
    folder: Path, running: list[Event]
) -> None:
    path = wheel(folder.parent, {"acme.py": raw(1)}, {"acme": "acme:this"})
    path.write_bytes(path.read_bytes()[:-30])
    shutil.copy(path, folder / "bad.whl")
    write(folder / "good.py", raw(1, "good"))
    deadline = time.monotonic() + 20
    while len(running) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert sorted(each.kind for each in running) == ["loaded", "refused"]
