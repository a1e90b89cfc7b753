"""What is installed, damaged or noisy: it harms nobody but itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from patience import CHILD_LIMIT
from plugins_on_disk import raw, write


def installed(folder: Path, name: str, entry_points: bytes, metadata: str | None = None) -> None:
    """A distribution as an installer leaves it."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "entry_points.txt").write_bytes(entry_points)
    if metadata is None:
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    (info / "METADATA").write_text(metadata)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "forexhooks", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "FOREXHOOKS_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=CHILD_LIMIT,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With one driver that prints whatever it can."""
    noisy = "print('imported')\n"
    write(tmp_path / "noisy.py", noisy + raw(1, "noisy"))
    installed(tmp_path, "noisy", b"[forexhooks]\nnoisy = noisy\n")
    return tmp_path


DAMAGED = {
    "bytes": (b"\xff\xfe\x00[forexhooks\x80", None),
    "a line": (b"[forexhooks]\nno value at all\n", None),
    "no section": (b"lost = lost\n[forexhooks]\nlost = lost\n", None),
    "metadata": (b"[forexhooks]\nlost = lost\n", ""),
    "metadata of bytes": (b"[forexhooks.extensions]\nlost = lost\n", "Name\x00: \n\n"),
}


@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize("command", ["drivers", "doctor", "compare"])
def test_one_damaged_distribution_hides_no_other(folder: Path, damage: str, command: str) -> None:
    installed(folder, "lost", *DAMAGED[damage])
    words = {
        "drivers": ["drivers", "--json"],
        "doctor": ["doctor", "--driver", "noisy", "--json"],
        "compare": ["compare", "USD", "CAD", "--driver", "noisy", "--driver", "ecb", "--json"],
    }[command]
    done = run(folder, *words)
    assert "Traceback" not in done.stderr
    assert "noisy" in json.dumps(json.loads(done.stdout)), done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["drivers", "--json"],
        ["rate", "USD", "CAD", "--driver", "noisy", "--json"],
        ["rate", "USD", "CAD", "--driver", "noisy", "-p", "./noisy.py", "--json"],
    ],
)
def test_a_plugin_that_prints_when_imported_spoils_no_json(folder: Path, words: list[str]) -> None:
    done = run(folder, *words)
    json.loads(done.stdout)
    assert "imported" in done.stderr
