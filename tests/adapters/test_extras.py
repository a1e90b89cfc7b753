"""An adapter whose framework is not there says which extra brings it."""

from __future__ import annotations

import importlib
import sys

import pytest

import forexhooks

pytestmark = pytest.mark.one_python


@pytest.mark.parametrize(
    ("adapter", "framework"), [("beancount", "beanprice"), ("django", "djmoney")]
)
def test_the_extra_is_named(adapter: str, framework: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, f"forexhooks.adapters.{adapter}", raising=False)
    monkeypatch.setitem(sys.modules, framework, None)
    with pytest.raises(forexhooks.MissingExtraError, match=rf"forexhooks\[{adapter}\]"):
        importlib.import_module(f"forexhooks.adapters.{adapter}")
