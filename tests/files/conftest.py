"""The command in this process, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from converting import Convert
from forexhooks.cli import main


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
