"""Output in an encoding that lacks characters, as files and pipes have on Windows."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from patience import CHILD_LIMIT

pytestmark = pytest.mark.one_python


def printed(encoding: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "forexhooks", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, timeout=CHILD_LIMIT, check=False
    )


def test_what_an_encoding_lacks_is_escaped() -> None:
    whole, done = (printed(each, "drivers", "--rules") for each in ("utf-8", "ascii"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert "\u201c" in whole.stdout.decode()
    assert b"\\u201c" in done.stdout


def test_json_stays_json() -> None:
    whole, done = (printed(each, "drivers", "--rules", "--json") for each in ("utf-8", "ascii"))
    assert not whole.stdout.isascii()
    assert json.loads(done.stdout) == json.loads(whole.stdout)


def test_a_picture_that_cannot_be_shown() -> None:
    done = printed("cp1252", "history", "USD", "CAD", "--from", "2026-10-01", "--plot", "-")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"stdout is in cp1252, which cannot show the picture" in done.stderr
