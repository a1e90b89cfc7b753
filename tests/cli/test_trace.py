from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import Run

ASK = ("rate", "EUR", "USD", "--on", "2026-10-30")
LINE = "1 EUR = 1.1172 USD (2026-10-30, ecb, direct)"


def without_times(text: str) -> str:
    return re.sub(r" \(\d+\.\d\d ms\)$", "", text, flags=re.M)


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (("--trace", *ASK), {}),
        ((*ASK, "--trace"), {}),
        (ASK, {"FOREXHOOKS_TRACE": "1"}),
    ],
)
def test_who_was_asked_is_shown_on_stderr(
    arguments: tuple[str, ...], variables: dict[str, str], run: Run
) -> None:
    done = run(*arguments, **variables)
    assert (done.returncode, done.stdout) == (0, f"{LINE}\n")
    assert without_times(done.stderr).splitlines() == [
        "trace: ecb: forex_get_rate(base='EUR', quote='USD', on=2026-10-30)",
        "trace: ecb:   > ecb",
        f"trace: ecb:   < ecb answered {LINE}",
        "trace: ecb: forex_get_rate answered",
    ]


@pytest.mark.parametrize(
    "command",
    [
        ("convert", "1", "EUR", "USD"),
        ("currencies",),
        ("compare", "EUR", "USD", "--driver", "ecb"),
        ("doctor", "--driver", "ecb"),
        ("update",),
    ],
)
def test_every_command_that_asks_can_be_traced(command: tuple[str, ...], run: Run) -> None:
    done = run(*command, "--offline", "--trace")
    assert "trace: ecb:   > ecb\n" in done.stderr
    assert "trace" not in run(*command, "--offline").stderr


def test_the_wrappers_of_extensions_are_shown(run: Run, plugins: Path) -> None:
    source = """
import forexhooks

@forexhooks.hookimpl(wrapper=True)
def forex_get_rate():
    rate = yield
    return rate.adjusted(rate.value * 2)
"""
    (plugins / "spread.py").write_text(source, encoding="utf-8")
    done = run(*ASK, "--trace", "-p", "spread")
    asked = without_times(done.stderr).splitlines()
    assert "trace: ecb:   > spread (wraps)" in asked
    adjusted = "1 EUR = 2.2344 USD (2026-10-30, ecb, adjusted)"
    assert f"trace: ecb:   < spread answered {adjusted}" in asked
    assert done.stdout == f"{adjusted}\n"


def test_no_key_is_shown(run: Run, plugins: Path) -> None:
    source = """
import forexhooks

class Keyed(forexhooks.Driver):
    name = "keyed"
    profile = forexhooks.Profile(title="Keyed", key="app_id: see keyed.example")

    def __init__(self, *, app_id):
        self.app_id = app_id

    def observations(self, currencies, start, end):
        raise OSError(f"https://keyed.example/?app_id={self.app_id}")
"""
    (plugins / "keyed.py").write_text(source, encoding="utf-8")
    asked = (*ASK, "-p", "keyed:Keyed", "--driver", "keyed", "--trace")
    traced = [
        line
        for line in run(*asked, FOREXHOOKS_KEYED_APP_ID="s3cret").stderr.splitlines()
        if line.startswith("trace")
    ]
    assert any("< keyed raised OSError" in line for line in traced)
    assert "s3cret" not in "".join(traced)
