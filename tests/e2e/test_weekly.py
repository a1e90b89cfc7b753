"""The weekly look at all drivers: what the doctor finds becomes one issue for each driver."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.one_python

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / ".github" / "driver_issues.py"

# It keeps what it is called with, and lists the issues of a file.
GH = """#!{python}
import json, pathlib, sys
here = pathlib.Path(__file__).parent
with open(here / "calls", "a", encoding="utf-8") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1:3] == ["issue", "list"]:
    print((here / "issues").read_text(encoding="utf-8"))
"""

Result = dict[str, Any]
WELL: Result = {"failed": None, "problem": None, "moved": [], "bad_rows": [], "missed": []}


@pytest.fixture
def calls(tmp_path: Path) -> Callable[..., list[list[str]]]:
    """What `gh` is called with, but for listing, where the doctor found this."""
    if sys.platform == "win32":
        pytest.skip("the workflow runs on Linux")
    gh = tmp_path / "gh"
    gh.write_text(GH.format(python=sys.executable), encoding="utf-8")
    gh.chmod(0o755)

    def run(*results: Result, issues: dict[str, str] | None = None) -> list[list[str]]:
        listed = [
            {"number": number, "title": title, "body": body}
            for number, (title, body) in enumerate((issues or {}).items(), 7)
        ]
        (tmp_path / "issues").write_text(json.dumps(listed), encoding="utf-8")
        found = tmp_path / "drivers.json"
        found.write_text(json.dumps([WELL | each for each in results]), encoding="utf-8")
        env = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
        subprocess.run([sys.executable, str(SCRIPT), str(found)], check=True, env=env, timeout=300)
        lines = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
        called = [json.loads(line) for line in lines]
        return [each for each in called if each[:2] not in (["issue", "list"], ["label", "create"])]

    return run


def test_a_fault_becomes_one_issue_with_each_series(calls: Callable[..., list[list[str]]]) -> None:
    [created] = calls(
        {"driver": "nbp:bid", "moved": ["old.example to new.example"]},
        {"driver": "nbp:ask", "failed": "well-formed", "problem": "no JSON"},
        {"driver": "bnr", "missed": []},
        {"driver": "openexchangerates", "failed": "configured", "problem": "no key"},
    )
    assert created[:4] == ["issue", "create", "--title", "Driver nbp"]
    body = created[created.index("--body") + 1]
    assert body.splitlines() == [
        "- `nbp:bid`: the provider has moved from old.example to new.example",
        "- `nbp:ask`: not well-formed: no JSON",
    ]


def test_what_is_known_is_not_said_again(calls: Callable[..., list[list[str]]]) -> None:
    found = {"driver": "bnr", "missed": ["2026-10-01"]}
    said = "- `bnr`: the provider has no rates for 2026-10-01"
    assert calls(found, issues={"Driver bnr": said}) == []


def test_what_has_changed_is_said(calls: Callable[..., list[list[str]]]) -> None:
    found = {"driver": "bnr", "bad_rows": ["bnr: 1 of 5 rows"]}
    comment, edit = calls(found, issues={"Driver nbp": "", "Driver bnr": "something"})
    assert comment[:3] == ["issue", "comment", "8"] and "1 of 5 rows" in comment[-1]
    assert edit[:3] == ["issue", "edit", "8"] and edit[-1] == comment[-1]


def test_one_that_works_again_is_closed(calls: Callable[..., list[list[str]]]) -> None:
    [closed] = calls({"driver": "bnr"}, issues={"Driver bnr": "something", "Driver other": "x"})
    assert closed[:3] == ["issue", "close", "7"]


def test_the_workflow_runs_what_there_is() -> None:
    workflow = (ROOT / ".github/workflows/drivers.yml").read_text(encoding="utf-8")
    assert "forexhooks doctor --all --json" in workflow
    assert f"python {SCRIPT.relative_to(ROOT)} drivers.json" in workflow
