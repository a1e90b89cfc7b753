"""The house: floors hold, modules have names of their own, and no driver is known by name."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

from test_docs import ROOT

HOUSE = ROOT / "forexhooks"
BUILT_INS = {
    each.name for each in (ROOT / "builtin_plugins").iterdir() if (each / "__init__.py").exists()
}


def test_modules_have_names_of_their_own() -> None:
    """A command may be called as what it is about, and a public name as what it stands for."""
    commands = {f"{each.stem}.py" for each in (HOUSE / "cli").glob("*.py")}
    shims = {"hookspecs.py", "tracing.py"}
    names = Counter(
        each.name
        for each in HOUSE.rglob("*.py")
        if each.parent != HOUSE / "cli" and not (each.parent == HOUSE and each.name in shims)
    )
    del names["__init__.py"]
    assert commands and [name for name, times in names.items() if times > 1] == []


def test_the_house_knows_no_driver() -> None:
    """Neither by an import nor by a string, but for the table that is made."""
    known = []
    for path in HOUSE.rglob("*.py"):
        if path.name == "built_ins.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named: list[str] = []
            if isinstance(node, ast.ImportFrom):
                named = [node.module or ""]
            elif isinstance(node, ast.Import):
                named = [each.name for each in node.names]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                named = [node.value]
            known += [(path.name, name) for name in named if name.partition(".")[0] in BUILT_INS]
    assert BUILT_INS and known == []


def test_the_contracts_bite(tmp_path: Path) -> None:
    for folder in ("forexhooks", "builtin_plugins"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    with (tmp_path / "forexhooks" / "rates" / "rate.py").open("a", encoding="utf-8") as module:
        module.write("\nimport forexhooks.plugins.manager\n")
    (tmp_path / "builtin_plugins" / "forexhooks_ecb" / "late.py").write_text(
        "from forexhooks.service.opening import open\n", encoding="utf-8"
    )
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "The floors of the house BROKEN" in ended.stdout
    assert "Built-in drivers use what any third party may use BROKEN" in ended.stdout
