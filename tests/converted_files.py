"""What the tests of `convert-file` share: the command in this process, in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from forexhooks.cli import main

ROLES = ("--amount", "amount", "--currency", "ccy", "--on", "day")
TO_EUR = (*ROLES, "--to", "EUR")
Convert = Callable[..., tuple[int, str, str]]


@pytest.fixture
def convert(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Convert:
    monkeypatch.chdir(tmp_path)

    def convert(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["convert-file", *arguments])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return convert


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir() if each.is_file()}
