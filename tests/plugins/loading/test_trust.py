"""What is refused: by trust, by its digest, by what it requires, or because it does not work."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import forexhooks
from forexhooks import ForexManager, PluginLoadError
from plugins_on_disk import (
    driver,
    folder,
    left_behind,
    manager,
    package,
    raw,
    version_of,
    wheel,
    write,
)
from providers import Provider, reply

__all__ = ["folder", "manager"]

posix = pytest.mark.skipif(os.name == "nt", reason="only links are looked at on Windows")
as_root = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="only root can give a file to somebody else"
)


def refused(manager: ForexManager, path: Path, why: str, root: Path | None = None) -> None:
    with pytest.raises(PluginLoadError, match=why) as raised:
        manager.load(path, preflight=None, root=root)
    assert "\n" not in str(raised.value)
    del raised
    assert (manager.generations(), left_behind()) == ([], [])


@posix
@pytest.mark.parametrize("part", ["", "core.py", "..", "sub"])
def test_what_anybody_may_write_to(part: str, folder: Path, manager: ForexManager) -> None:
    path = package(folder / "acme", 1)
    (path / "sub").mkdir()
    (path / part).chmod(0o757)
    refused(manager, path, r"anyone can write to it: run chmod o-w on it first")
    (path / part).chmod(0o755)
    assert manager.load(path, preflight=None) == ["acme"]


@posix
def test_a_folder_with_the_sticky_bit_may_be_shared(folder: Path, manager: ForexManager) -> None:
    folder.chmod(0o1777)
    path = package(folder / "acme", 1)
    assert manager.load(path, preflight=None) == ["acme"]
    manager.unload("acme")
    path.chmod(0o1777)
    refused(manager, path, "anyone can write to it")  # of the plugin itself it is no excuse


@as_root
@pytest.mark.parametrize("part", ["core.py", ".", ".."])
def test_what_belongs_to_somebody_else(part: str, folder: Path, manager: ForexManager) -> None:
    path = package(folder / "acme", 1)
    os.chown(path / part, 12345, -1)
    refused(manager, path, "belongs to the user 12345, not to you or root")


@posix
def test_a_link_that_leads_out(folder: Path, manager: ForexManager, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside" / "acme.py", raw(1))
    path = package(folder / "acme", 1)
    (path / "inner.py").symlink_to("core.py")
    assert manager.load(path, preflight=None) == ["acme"]  # one that stays within
    manager.unload("acme")
    (path / "outer.py").symlink_to(outside)
    refused(manager, path, "outer.py: the link leads out of the plugin, to ")
    link = folder / "link.py"
    link.symlink_to(outside)
    refused(manager, link, f"the link leads out of {folder}, to {outside}", root=folder)
    assert manager.load(link, preflight=None) == ["acme"]  # by its path, it is what was meant


@posix
def test_a_link_that_anybody_may_change(folder: Path, manager: ForexManager) -> None:
    shared = folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    (shared / "acme.py").symlink_to(write(folder / "mine" / "acme.py", raw(1)))
    refused(manager, shared / "acme.py", "anyone can write to it")


@posix
def test_what_the_group_may_write_to_is_warned_of(folder: Path, manager: ForexManager) -> None:
    (path := write(folder / "acme.py", raw(1))).chmod(0o664)
    with pytest.warns(forexhooks.TrustWarning, match="its group can write to it"):
        assert manager.load(path, preflight=None) == ["acme"]


@posix
@pytest.mark.parametrize("mode", [0o775, 0o1775])
def test_a_folder_above_that_the_group_may_write_to(
    mode: int, folder: Path, manager: ForexManager
) -> None:
    path = write(folder / "shared" / "acme.py", raw(1))
    path.parent.chmod(mode)
    if mode & 0o1000:  # nobody but its owner may replace what is in it
        assert manager.load(path, preflight=None) == ["acme"]
        return
    with pytest.warns(forexhooks.TrustWarning, match="shared: its group can write to it"):
        assert manager.load(path, preflight=None) == ["acme"]


@as_root
@pytest.mark.parametrize("what", ["file", "package"])
def test_a_link_of_somebody_else_in_a_shared_folder(
    what: str, folder: Path, manager: ForexManager
) -> None:
    mine = folder / "mine"
    target = package(mine, 1) if what == "package" else write(mine / "acme.py", raw(1))
    shared = folder / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    link = shared / "acme.py"
    link.symlink_to(target)
    os.chown(link, 12345, -1, follow_symlinks=False)
    refused(manager, link, "the link .* belongs to the user 12345, not to you or root")


@as_root
@pytest.mark.parametrize("what", ["file", "package"])
def test_what_is_swapped_while_it_is_looked_at(
    what: str, folder: Path, manager: ForexManager
) -> None:
    """What another user wrote is never loaded, whenever it takes the place of what was there."""
    name = "acme.py" if what == "file" else "acme"
    good, evil = folder / "good", folder / "evil"
    for version, home in ((1, good), (2, evil)):
        home.mkdir()
        _ = write(home / name, raw(version)) if what == "file" else package(home / name, version)
    for each in (evil / name, *(evil / name).rglob("*")):
        os.chown(each, 12345, -1)
    path, done = folder / name, threading.Event()

    def swap() -> None:
        while not done.is_set():
            for home in (good, evil):
                (home / name).rename(path)
                time.sleep(0.002)
                path.rename(home / name)
                path.symlink_to(home / name)
                time.sleep(0.002)
                path.unlink()

    swapping = threading.Thread(target=swap)
    swapping.start()
    loaded = 0
    try:
        for _ in range(150):
            try:
                manager.load(path, preflight=None)
            except PluginLoadError:
                continue
            loaded += 1
            assert version_of(manager) == 1
            manager.unload("acme")
    finally:
        done.set()
        swapping.join()
    assert loaded


@posix
def test_a_pipe_in_a_package_is_not_waited_for(folder: Path, manager: ForexManager) -> None:
    path = package(folder / "acme", 1)
    os.mkfifo(path / "core.txt")
    refused(manager, path, "core.txt: is neither a file nor a folder")


@posix
@pytest.mark.parametrize(
    ("leads_to", "problem"),
    [("../elsewhere/late.py", "leads out of the plugin"), ("core.py", None), ("none.py", None)],
)
def test_links_in_a_package(
    leads_to: str, problem: str | None, folder: Path, manager: ForexManager
) -> None:
    path = package(folder / "acme", 1, below="from . import linked")
    package(folder / "elsewhere", 2)
    (path / "sub").mkdir()
    (path / "sub" / "deep.py").symlink_to(path / "late.py")  # a whole path, and within
    (path / "linked.py").symlink_to(leads_to)
    if problem is not None:
        refused(manager, path, problem)
    elif leads_to == "none.py":
        refused(manager, path, "cannot import name 'linked'")
    else:
        assert manager.load(path, preflight=None) == ["acme"]
        digest = manager.generations()[0].digest
        (path / "linked.py").unlink()
        (path / "linked.py").symlink_to("late.py")
        write(path / "late.py", "VERSION = 3\n")
        manager.load(path, preflight=None, replace=True)
        assert manager.generations()[0].digest != digest


@posix
def test_links_that_lead_back_or_to_ever_more_of_them(folder: Path, manager: ForexManager) -> None:
    path = package(folder / "acme", 1)
    (path / "loop").symlink_to(".")
    (path / "loop2").symlink_to(".")
    for number in range(40):  # each leads to two of the next
        (path / f"d{number}").mkdir()
        for name in ("a", "b"):
            (path / f"d{number}" / name).symlink_to(f"../d{number + 1}")
    (path / "d40").mkdir()
    for preflight in (None, 60):
        write(path / "late.py", f"VERSION = {preflight!r}\n")
        assert manager.load(path, preflight=preflight, replace=True) == ["acme"]
    manager.unload("acme")


@as_root
def test_a_folder_for_copies_that_belongs_to_somebody_else(
    folder: Path, manager: ForexManager
) -> None:
    path = write(folder / "acme.py", raw(1))
    os.chown(tempfile.gettempdir(), 12345, -1)
    refused(manager, path, "belongs to the user 12345, .*; set TMPDIR to a folder that you own")


def test_a_digest_is_pinned(folder: Path, manager: ForexManager) -> None:
    path = write(folder / "acme.py", raw(1))
    with pytest.raises(PluginLoadError, match=r"its sha256 is .* but 00 was expected") as raised:
        manager.load(path, sha256="00")
    digest = str(raised.value).split("its sha256 is ")[1][:64]
    assert manager.load(path, sha256=digest.upper(), preflight=None) == ["acme"]
    assert manager.generations()[0].digest == digest
    write(path, raw(2))
    with pytest.raises(PluginLoadError, match=f"but {digest} was expected"):
        manager.load(path, sha256=digest, replace=True)
    assert version_of(manager) == 1


def test_preflight_uses_no_network(folder: Path, manager: ForexManager, provider: Provider) -> None:
    provider.answer = lambda asked: reply("1")
    first = (
        "import os, urllib.request; "
        f"os.environ.get('FOREXHOOKS_OFFLINE') or urllib.request.urlopen({provider.url!r}).read()"
    )
    assert manager.load(write(folder / "made.py", driver(first=first))) == ["made"]
    assert provider.connections == 0
    assert manager.hook.forex_get_rate(driver="made", base="USD", quote="CAD").value == 1
    assert provider.connections == 1


def test_a_requirement_that_is_not_met_is_refused_before_any_code_runs(
    folder: Path, manager: ForexManager
) -> None:
    files = {"acme.py": f"import os; os.mkdir({str(folder / 'ran')!r})\n" + raw(1)}
    python = "Requires-Python: >=3"
    for required, complaint in {
        "Requires-Dist: no-such-thing>=2": "requires no-such-thing>=2, which is not installed",
        "Requires-Dist: pluggy>=99": "requires pluggy>=99, but pluggy 1",
        "Requires-Python: >=4": "requires Python >=4, but this is 3",
    }.items():
        with pytest.raises(PluginLoadError, match=complaint):
            manager.load(wheel(folder, files, {"acme": "acme:this"}, metadata=[required, python]))
    assert (list(folder.glob("ran")), left_behind()) == ([], [])
    met = [python, "Requires-Dist: pluggy>=1", 'Requires-Dist: nothing; extra == "more"']
    assert manager.load(
        wheel(folder, files, {"acme": "acme:this"}, metadata=met), preflight=None
    ) == ["acme"]


BAD: dict[str, tuple[str, str]] = {
    "syntax error": ("def x(:\n", r"SyntaxError: .*line 1"),
    "raises": ("1/0\n", r"ZeroDivisionError: division by zero \(acme.py, line 1\)"),
    "exits": ("import sys; sys.exit(3)\n", "SystemExit: 3"),
    "unknown hook": (raw(2).replace("get_rate", "get_rat"), "no hook 'forex_get_rat'"),
    "wrong argument": (raw(2).replace("base, quote", "base, qoute"), "no argument 'qoute'"),
    "no plugin": ("answer = 42\n", "is not a plugin: it has neither hooks .* nor a subclass"),
    "failing probe": (driver("acme", first="1/0"), "ZeroDivisionError"),
    "probe without an answer": (driver("acme", first="return"), "acme"),
    "bad setting": (driver("acme", above="int('x')"), "invalid literal"),
}


@pytest.mark.parametrize(("text", "reason"), BAD.values(), ids=BAD)
def test_a_bad_version_is_refused_in_one_line(
    text: str, reason: str, folder: Path, manager: ForexManager
) -> None:
    path = write(folder / "acme.py", raw(1))
    manager.load(path, preflight=None)
    before = left_behind()
    write(path, text)
    with pytest.raises(PluginLoadError, match=reason) as refused:
        manager.load(path, replace=True)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)
    del refused
    assert (version_of(manager), left_behind()) == (1, before)


def corrupted(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[60:160] = b"\xff" * 100
    path.write_bytes(content)


def encrypted(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[6] = content[content.find(b"PK\x01\x02") + 8] = 1
    path.write_bytes(content)


def bad_wheel(spoil: Callable[[Path], None] | str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        entry = "two words" if spoil == "entry point" else "acme:this"
        more = [spoil] if isinstance(spoil, str) and spoil != "entry point" else []
        more.append("Requires-Python: >=3")
        path = wheel(folder, {"acme.py": raw(1)}, {"acme": entry}, metadata=more)
        if callable(spoil):
            spoil(path)
        return path

    return make


def looped(folder: Path) -> Path:
    (folder / "loop.py").symlink_to("loop.py")
    return folder / "loop.py"


def own_error(folder: Path) -> Path:
    own = "class Own(forexhooks.ForexError):\n    def __init__(self): ...\n"
    return write(folder / "acme.py", f"import forexhooks\n{own}raise Own\n")


ODD: dict[str, tuple[Callable[[Path], Path], str | None]] = {
    "corrupt": (bad_wheel(corrupted), "staging.py, stage(): zlib.error is let through"),
    "encrypted": (bad_wheel(encrypted), "staging.py, stage(): RuntimeError is let through"),
    "requirement": (bad_wheel("Requires-Dist: !!"), "staging.py: InvalidRequirement"),
    "python": (bad_wheel("Requires-Python: banana"), "staging.py: InvalidSpecifier"),
    "entry point": (bad_wheel("entry point"), "staging.py, _described(): AttributeError"),
    "no entry point": (lambda folder: wheel(folder, {"acme.py": raw(1)}, {}), None),
    "no package": (lambda folder: write(folder / "acme" / "core.py", raw(1)).parent, None),
    "a link to itself": (
        looped,
        "trust.py: resolve() raises RuntimeError" if sys.version_info < (3, 13) else None,
    ),
    "an error of its own": (own_error, "generations.py: type(error)(…) is not for every error"),
}


@pytest.mark.parametrize(
    "make",
    [pytest.param(make, id=kind) for kind, (make, bug) in ODD.items()],
)
def test_whatever_is_wrong_is_a_load_error(
    make: Callable[[Path], Path], folder: Path, manager: ForexManager
) -> None:
    path = make(folder)
    refused(manager, path, str(path))


@pytest.mark.skipif(sys.version_info < (3, 12), reason="it is deprecated from 3.12 on")
def test_a_wheel_need_not_say_which_python(folder: Path, manager: ForexManager) -> None:
    path = wheel(folder, {"acme.py": raw(1)}, {"acme": "acme:this"}, metadata=())
    assert manager.load(path, preflight=None) == ["acme"]
