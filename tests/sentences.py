"""The sentences in the source, and what in them is a call of Python's."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

CALL = re.compile(
    r"(?<![\w.`(])[a-z_][\w.]*\([^)]*\)|(?<![-\w&?])[a-z_]{2,}=(?=…|'|True|False)|\bmax_gap\b"
)


def texts(path: Path) -> Iterator[str]:
    """The strings of a module that are sentences, with 'x' for what is filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parts: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            parts.add(id(node.value))  # a docstring
        if isinstance(node, ast.JoinedStr):
            parts.update(id(each) for each in ast.walk(node) if each is not node)
    for node in ast.walk(tree):
        if id(node) in parts:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(each.value) if isinstance(each, ast.Constant) else "'x'" for each in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.value
