"""A driver that hangs, or is slow, ends the kit in one failure that names what hung."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from broken import hanging
from broken.running import run
from broken.well import Breakage
from forexhooks.testing.kit.base import Base
from patience import CHILD_LIMIT

_LIMITS = (1.0, 4.0, 16.0, 64.0)

_MODULE = """
    from broken import hanging

    [broken] = [each for each in hanging.ALL if each.name == {name!r}]

    class TestBroken(broken.tests):
        time_limit = {limit}
"""


def test_the_limit_is_three_minutes() -> None:
    assert Base.time_limit == 180


@pytest.mark.parametrize("by", ["a signal", "another thread"])
@pytest.mark.parametrize("broken", [pytest.param(each, id=each.name) for each in hanging.ALL])
def test_what_hangs_is_one_failure_that_names_it(
    broken: Breakage, by: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if by == "another thread":
        if broken.name in ("a sleep", "a deadlock"):
            pytest.skip("what waits in the system is woken by a signal alone")
        monkeypatch.setattr("signal.getitimer", lambda _: (1.0, 0.0), raising=False)  # in use
    first = next(iter(broken.found_by))
    for limit in _LIMITS:  # on a busy machine its time may be over before it hangs
        kind = type("Hurried", (broken.tests,), {"time_limit": limit})
        failed, skipped = run(kind, tmp_path / f"{limit}", lambda name: name >= first)
        [said] = failed.values()
        if broken.says in said:
            break
    assert set(failed) == broken.found_by
    assert broken.says in said and f"after {limit:g} s {first} was still in" in said
    assert "set a longer time_limit" in said
    assert skipped and all(f"see {first}" in each for each in skipped.values())


def test_pytest_ends_with_one_short_failure(tmp_path: Path) -> None:
    module = _MODULE.format(name="a sleep", limit=_LIMITS[0])
    path = tmp_path / "test_hanging.py"
    path.write_text("\n".join(line[4:] for line in module.splitlines()), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    ended = subprocess.run(
        [*command, str(path)],
        capture_output=True,
        text=True,
        timeout=CHILD_LIMIT,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )
    lines = ended.stdout.splitlines()
    assert ended.returncode == 1, ended.stdout
    assert "1 failed" in lines[-1] and len(lines) < 15, ended.stdout
