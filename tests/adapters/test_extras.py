"""An adapter whose framework is not there says which extra brings it."""

from __future__ import annotations

import importlib
import sys

import pytest

import forexhooks

pytestmark = pytest.mark.one_python


@pytest.mark.parametrize(
    ("adapter", "frameworks"),
    [
        ("beancount", ("beanprice",)),
        ("django", ("djmoney",)),
        ("duckdb", ("duckdb",)),
        ("mcp", ("anyio",)),
        ("mcp", ("anyio", "mcp")),
        ("mcp", ("mcp",)),
    ],
)
def test_the_extra_is_named(
    adapter: str, frameworks: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, f"forexhooks.adapters.{adapter}", raising=False)
    for name in list(sys.modules):
        if name.partition(".")[0] in frameworks:
            monkeypatch.setitem(sys.modules, name, None)
    for name in frameworks:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(forexhooks.MissingExtraError, match=rf"forexhooks\[{adapter}\]"):
        importlib.import_module(f"forexhooks.adapters.{adapter}")
