"""Write `forexhooks/plugins/built_ins.py` from the entry points, whenever the package is built."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

HEADER = '"""The built-in drivers, by name. Made by `hatch_build.py` from pyproject.toml."""\n\n'


class BuiltIns(BuildHookInterface):  # type: ignore[type-arg,misc]
    """Built-in drivers are found by this table: to read entry points costs more than a rate."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the table, where it is another one than before."""
        targets = self.metadata.core.entry_points["forexhooks"]
        rows = "".join(f'    "{name}": "{targets[name]}",\n' for name in sorted(targets))
        table = f"{HEADER}BUILT_INS = {{\n{rows}}}\n"
        path = Path(self.root, "forexhooks", "plugins", "built_ins.py")
        if not path.exists() or path.read_text(encoding="utf-8") != table:
            path.write_text(table, encoding="utf-8")
