"""The tests of the kit, run one by one as functions: a pytest of its own costs as much again."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from forexhooks.testing import DriverTests


def cases_of(kind: type[DriverTests]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Each test of a class: its name with what it is given in brackets, itself, and that."""
    for name in dir(kind):
        test = getattr(kind, name)
        if not name.startswith("test_"):
            continue
        marks = [mark for mark in getattr(test, "pytestmark", ()) if mark.name == "parametrize"]
        if not marks:
            yield name, test, {}
        for mark in marks:
            argument, values = mark.args
            for value in values:
                is_named = hasattr(value, "values")
                given = value.values[0] if is_named else value
                yield f"{name}[{value.id if is_named else value}]", test, {argument: given}


def run(
    kind: type[DriverTests], folder: Path, wanted: Callable[[str], object] = bool
) -> tuple[dict[str, str], dict[str, str]]:
    """What failed and what was skipped of the tests of a class, with what each said."""
    failed: dict[str, str] = {}
    skipped: dict[str, str] = {}
    number = itertools.count()
    for name, test, arguments in cases_of(kind):
        if not wanted(name):
            continue
        own = folder / str(next(number))
        with pytest.MonkeyPatch.context() as patch:
            for argument, given in (("monkeypatch", patch), ("tmp_path", own)):
                if argument in test.__code__.co_varnames[: test.__code__.co_argcount]:
                    arguments = {**arguments, argument: given}
            case = kind()
            try:
                with case.on_trial(test, patch, own):
                    test(case, **arguments)
            except pytest.skip.Exception as why:
                skipped[name] = str(why)
            except pytest.fail.Exception as why:
                failed[name] = str(why)
            except Exception as error:  # noqa: BLE001 - it is a failure as well
                failed[name] = f"{type(error).__name__}: {error}"
    return failed, skipped
