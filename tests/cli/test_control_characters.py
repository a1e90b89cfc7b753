"""Nothing that a provider or a plugin says can control the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from faults import raw
from patience import CHILD_LIMIT
from providers import Provider, reply

SEQUENCES = "\x1b]0;owned\x07\x1b[31m\x9b2J\x08\x7f\u202e\u2066"
QUOTED = ascii(SEQUENCES)[1:-1]

PLUGIN = f"""
import warnings
from datetime import date
from decimal import Decimal
import forexhooks
from forexhooks import Driver, Observation, Profile
EVIL = "{QUOTED}"

class Evil(Driver):
    name = "evil"
    profile = Profile(title="Evil" + EVIL, url=EVIL, attribution=EVIL)

    def currencies(self):
        return ["USD", "CAD"]

    def observations(self, currencies, start, end):
        warnings.warn("a warning" + EVIL, forexhooks.StoreWarning)
        raise forexhooks.DriverError("evil: " + EVIL + "\\nand more", driver="evil")

@forexhooks.hookimpl
def forex_driver_name():
    return "doubtful"

@forexhooks.hookimpl
def forex_get_rate(driver, base, quote):
    if driver == "doubtful":
        return forexhooks.Rate(
            base, quote, Decimal(2), date(2020, 1, 1), driver, stale="stale" + EVIL,
        )
"""

COMMANDS = {
    "rate": ["rate", "USD", "CAD", "--driver", "evil"],
    "rate, traced": ["rate", "USD", "CAD", "--driver", "evil", "--trace"],
    "convert": ["convert", "5", "USD", "CAD", "--driver", "evil"],
    "compare": ["compare", "USD", "CAD", "--driver", "evil", "--driver", "ecb"],
    "compare, as JSON": ["compare", "USD", "CAD", "--driver", "evil", "--json"],
    "history": ["history", "USD", "CAD", "--driver", "evil"],
    "drivers": ["drivers"],
    "drivers, verbose": ["drivers", "--verbose"],
    "drivers, as JSON": ["drivers", "--json"],
    "doctor": ["doctor", "--driver", "evil"],
    "doctor, as JSON": ["doctor", "--driver", "evil", "--json"],
    "update": ["update", "evil"],
    "an option": ["rate", "USD", SEQUENCES.replace("\0", "")],
    "a file": ["convert-file", SEQUENCES, "--amount", "a", "--from", "USD", "--to", "CAD"],
}


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "forexhooks", *arguments],
        capture_output=True,
        timeout=CHILD_LIMIT,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"},
    )
    return (done.stdout + done.stderr).decode()


def controls_in(output: str) -> list[str]:
    return [each for each in output if not (each.isprintable() or each in "\n")]


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_plugin_says(command: str, tmp_path: Path) -> None:
    (tmp_path / "evil.py").write_text(PLUGIN.partition("@forexhooks.hookimpl")[0])
    output = run(*COMMANDS[command], "-p", str(tmp_path / "evil.py"))
    assert controls_in(output) == []
    if command in ("rate", "compare", "doctor"):
        assert r"\x1b]0;owned\x07" in output


def test_what_makes_a_rate_stale(tmp_path: Path) -> None:
    source = "import forexhooks\nfrom datetime import date\nfrom decimal import Decimal\n"
    source += (
        f'EVIL = "{QUOTED}"\n\n@forexhooks.hookimpl' + PLUGIN.partition("@forexhooks.hookimpl")[2]
    )
    (tmp_path / "doubtful.py").write_text(source)
    output = run("rate", "USD", "CAD", "--driver", "doubtful", "-p", str(tmp_path / "doubtful.py"))
    assert controls_in(output) == []
    assert r"stale\x1b]0;owned" in output


ANSWERS = {
    "a reason": lambda said: raw(b"HTTP/1.1 401 " + said + b"\r\nContent-Length: 0\r\n\r\n"),
    "a status line that is none": lambda said: raw(said + b"\r\n\r\n"),
    "a body": lambda said: reply(said, 401),
    "JSON": lambda said: reply(b'{"result": "error", "error-type": "' + said + b'"}'),
    "headers that are none": lambda said: raw(
        b"HTTP/1.1 401 No\r\n" + said + b"\r\n" + said + b": 1\r\nContent-Length: 0\r\n\r\n"
    ),
    "a redirect": lambda said: raw(
        b"HTTP/1.1 302 Go\r\nLocation: " + said + b"://x\r\nContent-Length: 0\r\n\r\n"
    ),
}


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("answer", ANSWERS)
def test_what_a_provider_says(
    answer: str, encoding: str, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = SEQUENCES.replace("\u202e\u2066", "").encode(encoding)
    provider.answer = lambda asked: ANSWERS[answer](said)
    monkeypatch.setenv("FOREXHOOKS_ERAPI_BASE_URL", provider.url)
    monkeypatch.setenv("FOREXHOOKS_ERAPI_TIME_LIMIT", "2")
    output = run("rate", "USD", "CAD", "--driver", "erapi")
    assert output.strip()
    assert controls_in(output) == []
