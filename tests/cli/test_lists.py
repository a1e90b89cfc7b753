from __future__ import annotations

import json
from pathlib import Path

from .conftest import Run


def test_currencies(run: Run) -> None:
    lines = run("currencies").stdout.splitlines()
    assert len(lines) == 43
    assert lines[0].split() == ["Code", "Name", "Ended"]
    ended = "1 EUR = 7.53450 HRK from 2023-01-01"
    assert any("Croatian kuna" in line and ended in line for line in lines)
    listed = json.loads(run("currencies", "--json").stdout)
    assert {"code": "USD", "name": "US Dollar", "ended": None} in listed
    assert len(listed) == 42


def test_currencies_of_another_driver(run: Run) -> None:
    chosen = ("--driver", "made", "-p", "made_acme:Made", "--json")
    listed = json.loads(run("currencies", *chosen, FOREXHOOKS_MADE_VALUE="2").stdout)
    assert [each["code"] for each in listed] == ["CAD", "USD"]


def test_drivers(run: Run) -> None:
    done = run("drivers", "-p", "raw_acme")
    words = [line.split()[:3] for line in done.stdout.splitlines()]
    assert ["acme", "registered", "module"] in words
    assert ["ecb", "available", "built-in"] in words


def test_drivers_as_json(run: Run) -> None:
    listed = {each["name"]: each for each in json.loads(run("drivers", "--json").stdout)}
    ecb = listed["ecb"]
    assert (ecb["name"], ecb["state"], ecb["origin"]) == ("ecb", "available", "built-in")
    assert ecb["profile"]["pivot"] == "EUR"
    assert ecb["profile"]["history_from"] == "1999-01-04"
    listed = json.loads(run("drivers", "--json", "-p", "no:ecb").stdout)
    [blocked] = [each for each in listed if each["name"] == "ecb"]
    assert (blocked["state"], blocked["profile"]) == ("blocked", None)
    assert set(ecb) == {"name", "state", "origin", "reason", "profile"}
    assert ecb["profile"]["grace"] == 1800


def test_what_a_plugin_says_is_shown_as_it_is(run: Run, plugins: Path) -> None:
    title = "Bank [/vault] [bold]of Acme :bank:"
    profile = f"""
@forexhooks.hookimpl
def forex_driver_profile(driver):
    return forexhooks.Profile(title={title!r})
"""
    file = plugins / "raw_acme.py"
    file.write_text(file.read_text(encoding="utf-8") + profile, encoding="utf-8")
    done = run("drivers", "-p", "raw_acme")
    assert (done.returncode, done.stderr) == (0, "")
    assert title in done.stdout


def test_lists_of_a_driver_that_is_not_there(run: Run) -> None:
    done = run("currencies", "--driver", "nobody")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("Error: unknown driver 'nobody'")
