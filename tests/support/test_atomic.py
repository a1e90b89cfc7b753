from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from forexhooks.support.atomic import replacing


@pytest.mark.skipif(os.name == "nt", reason="modes as POSIX has them")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_what_is_being_written_is_for_those_that_may_read_the_file(
    mode: int, tmp_path: Path
) -> None:
    path = tmp_path / "salaries.csv"
    path.write_bytes(b"before")
    path.chmod(mode)
    with replacing(str(path)) as (file,):
        file.write(b"after")
        part = next(each for each in tmp_path.iterdir() if each != path)
        assert stat.S_IMODE(part.stat().st_mode) & ~mode == 0
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"after", mode)
