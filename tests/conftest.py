"""What all tests share: no settings of the person who runs them, and a clock that can be set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
import time_machine

hypothesis.settings.register_profile("no time limits", deadline=None)
hypothesis.settings.load_profile("no time limits")

# When the newest observation of the bundled history, 2026-10-30, was the newest there was.
BUNDLE_FRESH = datetime(2026, 10, 30, 20, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in list(os.environ):
        if variable.startswith("FOREXHOOKS_"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def bundle_is_fresh() -> Iterator[time_machine.Traveller]:
    """Travel to the evening of 2026-10-30, so that the bundled ECB history is not stale."""
    with time_machine.travel(BUNDLE_FRESH, tick=False) as traveller:
        yield traveller
