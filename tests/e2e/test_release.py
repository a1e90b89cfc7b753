"""What a release must agree on. `tox -e release` does the rest: builds, checks, installs, runs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.one_python

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("tag", "changes", "says"),
    [
        ("v0.2.0", "## 0.1.0 (2026-12-01)", "the tag is v0.2.0, and pyproject.toml says 0.1.0"),
        ("v0.1.0", "## 0.1.0 (unreleased)", "write the day of the release"),
        ("v0.1.0", "## 0.0.9 (2026-01-01)", "CHANGELOG.md has no section for 0.1.0"),
    ],
)
def test_tag_version_and_changelog_must_agree(
    tmp_path: Path, tag: str, changes: str, says: str
) -> None:
    (tmp_path / ".ci").mkdir()
    script = shutil.copy(ROOT / ".ci/release.py", tmp_path / ".ci")
    (tmp_path / "pyproject.toml").write_text('project = {version = "0.1.0"}', encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(f"# Changes\n\n{changes}\n\n- x\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script, str(tmp_path / "dist"), "--tag", tag],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 1 and says in done.stderr
    assert not (tmp_path / "dist").exists()
