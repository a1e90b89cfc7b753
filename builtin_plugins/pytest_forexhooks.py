"""Fixtures for tests of drivers, and of programs that use forexhooks.

A module of its own, outside the package, so that who uses none of them imports nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from forexhooks import ForexManager
    from forexhooks.testing import ForexServer


@pytest.fixture
def forex_manager(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ForexManager]:
    """The process's default manager for the time of a test: empty, and closed afterwards.

    `forexhooks.open("acme")` finds what is registered here and nothing else. The network is
    switched off, and no settings or files of the person who runs the test are seen.
    """
    import forexhooks
    from forexhooks.testing import default_manager, isolate

    isolate(monkeypatch, tmp_path / "forexhooks")
    monkeypatch.setenv("FOREXHOOKS_OFFLINE", "1")
    with forexhooks.ForexManager() as manager, default_manager(manager):
        yield manager


@pytest.fixture
def forex_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ForexServer]:
    """A provider on this machine: a real HTTP server, whose answers the test chooses.

    `forex_server.answer = lambda asked: reply({"rate": 1.4})`, and a driver is made with
    `base_url=forex_server.url`. The network is allowed, and no settings or files of the person
    who runs the test are seen.
    """
    from forexhooks.testing import isolate, serving

    isolate(monkeypatch, tmp_path / "forexhooks")
    with serving() as server:
        yield server
