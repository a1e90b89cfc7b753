"""Nothing of another user's becomes a rate, and nothing is written where another user leads us."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fakes import ecb
from fakes.ecb import MONDAY, Ecb, evening_of
from forexhooks import DriverError, Observation, StoreWarning
from forexhooks_ecb import BUNDLE, ECB
from forexhooks_ecb.store import Store, packed
from providers import Provider

posix = pytest.mark.skipif(os.name == "nt", reason="files have no such owners or modes there")
as_root = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="only root can give a file to somebody else"
)
ANOTHER = 12345

Make = Callable[..., ECB]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[ECB] = []

    def make(**settings: Any) -> ECB:
        made.append(ECB(**settings))
        return made[-1]

    yield make
    for driver in made:
        driver.close()


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A good store where the driver looks for it, one day newer than the bundle."""
    path = tmp_path / "data" / "forexhooks" / "ecb" / "eurofxref.store"
    path.parent.mkdir(parents=True)
    news = Observation(MONDAY, "EUR", "USD", Decimal("6.66"))
    path.write_bytes(packed(Store(BUNDLE, "ecb", ECB.profile).grid().merged([news])))
    return path


def newest(driver: ECB) -> date | None:
    with evening_of(MONDAY):
        return driver.table().newest


def given(path: Path) -> None:
    """Give a file, a folder or a link to somebody else."""
    os.chown(path, ANOTHER, -1, follow_symlinks=False)


def linked(path: Path, *, is_relative: bool = False) -> Path:
    """Put a link into the place of a file, a folder or a link; it leads to where that is now."""
    moved = path.with_name(f"{path.name}.{len(os.listdir(path.parent))}")
    path.rename(moved)
    path.symlink_to(f"../{path.parent.name}/{moved.name}" if is_relative else moved)
    return path


def through_a_link(store: Path) -> Path:
    """A link of ours that leads to a link of somebody else's."""
    given(linked(store))
    return linked(store)


PLANTED: dict[str, tuple[Callable[[Path], object], str]] = {
    "the store": (given, "eurofxref.store belongs to"),
    "the folder of a store of ours": (lambda store: given(store.parent), "/ecb belongs to"),
    "a link to a store of ours": (lambda store: given(linked(store)), "the link .*eurofxref.store"),
    "the folder is a link": (lambda store: given(linked(store.parent)), "the link .*/ecb belongs"),
    "a folder above is a link": (
        lambda store: given(linked(store.parent.parent)),
        "the link .*/forexhooks belongs",
    ),
    "a link that a link of ours leads to": (through_a_link, "the link .*eurofxref.store.2 belongs"),
    "a store that a link of ours leads to": (
        lambda store: given(linked(store).resolve()),
        "eurofxref.store belongs to",
    ),
}


@as_root
@pytest.mark.parametrize(("plant", "says"), PLANTED.values(), ids=PLANTED)
def test_what_another_user_planted_is_ignored(
    make: Make, store: Path, plant: Callable[[Path], object], says: str
) -> None:
    assert newest(make()) == MONDAY
    plant(store)
    driver = make()
    with pytest.warns(StoreWarning) as warned:
        found = [newest(driver) for _ in range(2)]
    assert found == [ecb.BUNDLED, ecb.BUNDLED]
    [message] = [str(each.message) for each in warned]
    assert message.startswith(f"ecb: the store {store} cannot be used: ")
    assert f"user {ANOTHER}, not to you or root; the bundle answers instead" in message
    assert re.search(says, message)


@posix
@pytest.mark.parametrize("depth", [0, 1, 2])
def test_links_of_ours_are_followed(make: Make, store: Path, depth: int) -> None:
    path = (store, *store.parents)[depth]
    linked(linked(path), is_relative=True)
    assert newest(make()) == MONDAY


@as_root
def test_what_was_named_is_what_was_meant(make: Make, provider: Provider, store: Path) -> None:
    for path in (linked(store), store.resolve(), store.parent):
        given(path)
    assert newest(make(store=str(store))) == MONDAY
    provider.answer = Ecb(MONDAY).answer
    with evening_of(MONDAY):
        assert make(store=str(store), base_url=provider.url).update().path == str(store)


@as_root
def test_an_update_replaces_what_another_user_planted(
    make: Make, provider: Provider, store: Path
) -> None:
    given(linked(store).resolve())
    moved = store.resolve()
    moved.chmod(0o666)
    before = moved.read_bytes()
    provider.answer = Ecb(MONDAY).answer
    driver = make(base_url=provider.url)
    with evening_of(MONDAY), pytest.warns(StoreWarning):
        driver.update()
    assert str(make().table().get_rate("EUR", "USD", MONDAY).value) == ecb.value("USD", MONDAY)
    found = store.lstat()
    assert (stat.S_IFMT(found.st_mode), found.st_uid) == (stat.S_IFREG, os.geteuid())
    assert stat.S_IMODE(found.st_mode) == 0o644  # not that of the other's
    assert moved.read_bytes() == before


@as_root
@pytest.mark.parametrize("link", [False, True], ids=["the folder", "a link to a folder of ours"])
def test_an_update_writes_nothing_to_a_folder_of_another_user(
    make: Make, provider: Provider, store: Path, link: bool
) -> None:
    store.unlink()
    given(linked(store.parent) if link else store.parent)
    provider.answer = Ecb(MONDAY).answer
    with evening_of(MONDAY), pytest.raises(DriverError, match="cannot be written") as raised:
        make(base_url=provider.url).update()
    says = f"{store.parent} belongs to the user {ANOTHER}, not to you or root"
    assert says in str(raised.value) and "FOREXHOOKS_ECB_STORE" in str(raised.value)
    assert list(store.parent.iterdir()) == []
    assert provider.asked == []


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_a_store_keeps_its_mode_and_its_part_has_it(
    make: Make, provider: Provider, store: Path, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    fsync = os.fsync

    def seen(handle: int) -> None:
        parts = store.parent.glob("*.part")
        written.extend(stat.S_IMODE(part.stat().st_mode) for part in parts)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", seen)
    store.chmod(mode)
    provider.answer = Ecb(ecb.TUESDAY, USD="1.2").answer
    with evening_of(ecb.TUESDAY):
        assert make(base_url=provider.url).update().path == str(store)
    assert written == [mode]
    assert stat.S_IMODE(store.stat().st_mode) == mode


@posix
def test_a_pipe_is_not_waited_for(make: Make, store: Path) -> None:
    store.unlink()
    os.mkfifo(store)
    with pytest.warns(StoreWarning, match=f"{store} cannot be used: it is not a file"):
        assert newest(make()) == ecb.BUNDLED


def test_a_file_of_any_size_is_not_read(make: Make, store: Path) -> None:
    with store.open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.warns(StoreWarning, match=f"{store} cannot be used: it has more than"):
        assert newest(make()) == ecb.BUNDLED
