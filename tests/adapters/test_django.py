"""django-money in the real Django: the project in `shop/`, with its migrations, on SQLite."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from patience import CHILD_LIMIT

pytestmark = pytest.mark.one_python


def test_a_project(tmp_path: Path) -> None:
    shop = shutil.copytree(Path(__file__).with_name("shop"), tmp_path / "shop")
    done = subprocess.run(
        [sys.executable, "-W", "error", "manage.py", "test"],
        cwd=shop,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=CHILD_LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Ran 8 tests" in done.stderr


def test_the_adapter_can_be_imported_without_a_project() -> None:
    """As the settings of one do, and what reads docstrings."""
    done = subprocess.run(
        [sys.executable, "-c", "from forexhooks.adapters.django import ForexhooksBackend"],
        timeout=CHILD_LIMIT,
        check=False,
    )
    assert done.returncode == 0
