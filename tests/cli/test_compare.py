"""`compare`, `doctor` and several drivers, as processes of their own."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import forexhooks
from faults import always, hang, raw, well
from providers import Asked, Provider, Reply, reply

from .conftest import Run

ON = ("--on", "2026-10-30")
USD_CAD = ("USD", "CAD", *ON)
Write = Callable[..., tuple[str, ...]]

DRIVER = """
from datetime import date
from decimal import Decimal
import forexhooks

@forexhooks.hookimpl
def forex_driver_name():
    return "{name}"

@forexhooks.hookimpl
def forex_currencies(driver):
    return ["USD", "CAD"]

@forexhooks.hookimpl
def forex_get_rate(driver, base, quote):
    if driver == "{name}":
        {what}
"""
RATE = 'return forexhooks.Rate(base, quote, Decimal("{}"), date(2026, 10, 30), "{}")'
FAIL = 'raise forexhooks.{}("{} does not answer", driver="{}")'


@pytest.fixture
def write(plugins: Path) -> Write:
    """Write drivers that give a value, or raise an error; give the options that load them."""

    def write(**drivers: str) -> tuple[str, ...]:
        for name, value in drivers.items():
            what = (
                RATE.format(value, name) if value[0].isdigit() else FAIL.format(value, name, name)
            )
            source = DRIVER.format(name=name, what=what)
            (plugins / f"plugin_{name}.py").write_text(source, encoding="utf-8")
        return tuple(part for name in drivers for part in ("-p", f"plugin_{name}"))

    return write


def named(*drivers: str) -> tuple[str, ...]:
    return tuple(part for name in drivers for part in ("--driver", name))


def test_compare_is_a_table_and_the_reasons_below(run: Run, write: Write) -> None:
    loaded = write(one="1.40", two="0.7143", three="TransientError", four="140", five="1.41")
    done = run("compare", *USD_CAD, *loaded, *named("one", "ecb", "two", "three", "four", "five"))
    assert (done.returncode, done.stderr) == (0, "")
    heading, *lines = done.stdout.splitlines()
    assert heading.split() == ["Driver", "CAD", "Day", "Kind", "ms", "Bips", "off", "Suspicion"]
    words = {line.split()[0]: line.split() for line in lines if line}
    assert words["one"][1:4] == ["1.40", "2026-10-30", "direct"]
    assert words["ecb"][1:4] == ["1.39689", "2026-10-30", "cross"]
    assert words["one"][5:] == ["0.0"]
    assert words["two"][6:] == ["inverted"]
    assert words["four"][6:] == ["100", "times", "too", "large"]
    assert words["five"][6:] == []
    assert ["three", "no", "answer"] in [line.split()[:3] for line in lines]
    assert lines[-1] == "three does not answer"


def test_compare_as_json(run: Run, write: Write) -> None:
    loaded = write(one="1.40", two="1.50", three="QuotaError")
    done = run("compare", *USD_CAD, *loaded, *named("one", "two", "three"), "--json")
    one, two, three = json.loads(done.stdout)
    assert set(one) == {"driver", "rate", "error", "milliseconds", "off_by", "suspicion"}
    assert (one["rate"]["value"], one["off_by"], one["suspicion"]) == (
        "1.40",
        "-344.8",
        "disagrees",
    )
    assert (two["driver"], two["error"], two["milliseconds"] >= 0) == ("two", None, True)
    assert three["rate"] is three["off_by"] is three["suspicion"] is None
    assert three["error"] == {"type": "QuotaError", "message": "three does not answer"}
    wide = run("compare", *USD_CAD, *loaded, *named("one", "two"), "--bound", "1000", "--json")
    assert [row["suspicion"] for row in json.loads(wide.stdout)] == [None, None]


def test_compare_asks_all_there_are(run: Run) -> None:
    done = run("compare", *USD_CAD, "-p", "raw_acme", "-p", "no:nbp", "--json")
    rows = {row["driver"]: row for row in json.loads(done.stdout)}
    assert done.returncode == 0
    assert {"acme", "ecb", "frankfurter", "openexchangerates"} <= rows.keys()
    assert "nbp" not in rows
    assert rows["openexchangerates"]["error"]["type"] == "SettingsError"
    assert rows["ecb"]["rate"]["kind"] == "cross"


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("USD", "CAX", *named("ecb")), 1, "unknown currency 'CAX'"),
        (("USD", "CAD", "--on", "soon"), 2, "'soon' is not a day"),
        (("USD", "CAD", "--bound", "-1"), 2, "--bound"),
        (("USD",), 2, "a quote is missing after USD"),
    ],
)
def test_compare_asked_wrongly(run: Run, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = run("compare", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr


def test_compare_fails_where_none_answers(run: Run, write: Write) -> None:
    loaded = write(three="TransientError")
    done = run("compare", *USD_CAD, *loaded, *named("three", "nobody"))
    assert done.returncode == 1
    assert "three does not answer" in done.stdout and "unknown driver 'nobody'" in done.stdout


def test_compare_without_a_driver_is_an_error_and_no_traceback(run: Run) -> None:
    off = [part for each in forexhooks.drivers() for part in ("-p", f"no:{each.name}")]
    done = run("compare", "USD", "CAD", *off)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_doctor_says_what_to_do_about_each_fault(
    provider: Provider, run: Run, write: Write
) -> None:
    provider.answer = lambda asked: reply("<title>hotel</title>")
    loaded = write(fine="1.40", dead="TransientError", keyless="AuthenticationError")
    drivers = ("fine", "dead", "keyless", "nbp", "openexchangerates", "nobody")
    variables = {"FOREXHOOKS_NBP_BASE_URL": provider.url}
    done = run("doctor", *loaded, *named(*drivers), **variables)
    assert (done.returncode, done.stderr) == (1, "")
    heading, *lines = done.stdout.splitlines()
    assert heading.split() == [
        "Driver", "Importable", "Configured", "Reachable", "Well-formed", "Fresh"
    ]  # fmt: skip
    assert [line.split() for line in lines[:6]] == [
        ["fine", "yes", "yes", "yes", "yes"],  # it has no provider that could be reached
        ["dead", "yes", "yes", "NO"],
        ["keyless", "yes", "NO"],
        ["nbp", "yes", "yes", "yes", "NO"],
        ["openexchangerates", "yes", "NO"],
        ["nobody", "NO"],
    ]
    assert done.stdout.count("\n  -> ") == 5
    assert "FOREXHOOKS_OPENEXCHANGERATES_APP_ID" in done.stdout
    results = json.loads(run("doctor", *loaded, *named(*drivers), "--json", **variables).stdout)
    failed = [None, "reachable", "configured", "well-formed", "configured", "importable"]
    assert [each["failed"] for each in results] == failed
    assert set(results[0]) == {
        *("driver", "checks", "failed", "problem", "advice", "rate"),
        *("moved", "bad_rows", "missed"),
    }
    assert results[3]["checks"]["well-formed"] is False and results[3]["checks"]["fresh"] is None


def test_doctors_exit_code_is_for_scripts(run: Run, write: Write) -> None:
    fine = write(fine="1.40")
    assert run("doctor", *fine, *named("fine")).returncode == 0
    assert run("doctor", *named("openexchangerates")).returncode == 1
    off = [
        part
        for each in forexhooks.drivers()
        if each.name != "openexchangerates"
        for part in ("-p", f"no:{each.name}")
    ]
    unnamed = run("doctor", *fine, *off)  # it lacks its key, and nobody has asked for it
    assert unnamed.returncode == 0 and "APP_ID" in unnamed.stdout
    offline = run("doctor", *fine, *off, FOREXHOOKS_OPENEXCHANGERATES_APP_ID="k")
    assert offline.returncode == 0 and "the network is switched off" in offline.stdout


def test_drivers_as_json_are_objects(run: Run) -> None:
    listed = json.loads(run("drivers", "--json", "-p", "raw_acme", "-p", "no:nbp").stdout)
    assert all({"name", "state", "origin", "profile"} <= set(each) for each in listed)
    by_name: dict[str, Any] = {each["name"]: each for each in listed}
    assert {name: by_name[name]["state"] for name in ("acme", "ecb", "nbp")} == {
        "acme": "registered", "ecb": "available", "nbp": "blocked"
    }  # fmt: skip
    assert by_name["ecb"]["origin"] == "built-in"
    assert by_name["openexchangerates"]["profile"]["key"].startswith("app_id: ")


def test_several_drivers_are_asked_in_order(run: Run, write: Write) -> None:
    loaded = write(dead="TransientError", live="1.50")
    chosen = (*ON, *loaded, *named("dead", "live", "ecb"))
    done = run("rate", "USD", "CAD", *chosen)
    assert (done.returncode, done.stderr) == (0, "Note: dead does not answer\n")
    assert done.stdout == "1 USD = 1.50 CAD (2026-10-30, live, direct)\n"
    as_json = json.loads(run("rate", "USD", "CAD", *chosen, "--json").stdout)
    assert as_json["failures"] == [{"driver": "dead", "reason": "dead does not answer"}]
    assert run("convert", "2", "USD", "CAD", *chosen).stdout.startswith("2 USD = 3.00 CAD")
    assert '"EUR"' in run("currencies", *loaded, *named("dead", "ecb"), "--json").stdout
    none = run("rate", "USD", "CAD", *loaded, *named("dead", "dead"))
    assert (none.returncode, none.stdout) == (1, "")
    default = {"FOREXHOOKS_DEFAULT_DRIVER": "dead, live"}
    assert run("rate", "USD", "CAD", *ON, *loaded, **default).stdout == done.stdout


def test_a_dead_first_choice_is_said_and_does_not_matter(provider: Provider, run: Run) -> None:
    provider.answer = always(raw(b"", hang))(well)
    variables = {"FOREXHOOKS_NBP_BASE_URL": provider.url, "FOREXHOOKS_NBP_TIME_LIMIT": "0.3"}
    done = run("rate", "EUR", "USD", *ON, *named("nbp", "ecb"), **variables)
    assert done.stdout == "1 EUR = 1.1172 USD (2026-10-30, ecb, direct)\n"
    assert done.stderr.startswith("Note: nbp: ") and done.stderr.count("\n") == 1


def test_the_doctor_finds_variables_that_are_no_setting(run: Run, write: Write) -> None:
    fine = write(fine="1.40")
    done = run(
        *("doctor", *fine, *named("fine")),
        FOREXHOOKS_ECB_STOER="s3cret",
        FOREXHOOKS_ECB_STORE="/nowhere",
        FOREXHOOKS_FINE_ANYTHING="a module reads what it likes",
    )
    (warning,) = done.stderr.splitlines()
    assert warning.startswith(
        "Warning: FOREXHOOKS_ECB_STOER is not a setting of ecb "
        "(did you mean 'FOREXHOOKS_ECB_STORE'?); it has: FOREXHOOKS_ECB_BASE_URL, "
    )
    assert "s3cret" not in done.stderr + done.stdout


def test_the_doctor_finds_settings_of_no_driver(run: Run, write: Write, plugins: Path) -> None:
    config = plugins / "mine.toml"
    config.write_text('[drivers.frankfuter]\nversion = "v1"\n', encoding="utf-8")
    done = run("doctor", *write(fine="1.40"), *named("fine"), FOREXHOOKS_CONFIG=str(config))
    assert "[drivers.frankfuter]" in done.stderr and "did you mean 'frankfurter'" in done.stderr


BANK = """
from datetime import date, timedelta
import forexhooks
from forexhooks.http import HttpDriver

class Bank(HttpDriver):
    name = "bank"
    BASE_URL = "https://rates.bank.example"
    all_at_once = True
    latest, between = "/latest/{series}", "/{series}/{start}/{end}"
    profile = forexhooks.Profile(
        title="A bank", pivot="CAD", history_from=date(2020, 1, 1),
        publication_days=forexhooks.every_day,
        series=(forexhooks.Series("bid", side="bid"), forexhooks.Series("ask", side="ask")),
    )

    def read(self, document):
        for day, code, value in document:
            yield day, code, "CAD", value
"""


def test_doctor_looks_at_each_series_and_the_month(
    provider: Provider, run: Run, plugins: Path
) -> None:
    today = datetime.now(UTC).date()

    def answer(asked: Asked) -> Reply:
        days = [today - timedelta(back) for back in range(40) if back != 9]
        return reply(
            [[f"{day}", code, "1.4"] for day in days for code in ("USD", "EUR")]
            + [[f"{today}", "JPY", "n/a"]]
        )

    provider.answer = answer
    (plugins / "plugin_bank.py").write_text(BANK, encoding="utf-8")
    chosen = ("-p", "plugin_bank:Bank", "--driver", "bank")
    at = {"FOREXHOOKS_BANK_BASE_URL": provider.url}
    done = run("doctor", "--all", *chosen, **at)
    assert done.returncode == 1
    assert [line.split()[0] for line in done.stdout.splitlines()[:3]] == [
        "Driver",
        "bank:bid",
        "bank:ask",
    ]
    missed = today - timedelta(9)
    assert (
        f"bank:ask: the provider has no rates for {missed}\n  -> the driver does not know a holiday"
        in done.stdout
    )
    assert "left out: JPY\n  -> the provider may be changing its format" in done.stdout
    listed = json.loads(run("doctor", "--all", "--json", *chosen, **at).stdout)
    assert [(each["driver"], each["failed"], each["missed"]) for each in listed] == [
        ("bank:bid", None, [f"{missed}"]),
        ("bank:ask", None, [f"{missed}"]),
    ]
    assert listed[0]["moved"] == [] and "JPY" in listed[0]["bad_rows"][0]
