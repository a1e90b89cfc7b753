from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run


def test_for_people_one_line(run: Run) -> None:
    done = run("rate", "usd", "CAD", "--on", "2026-10-31")
    assert done.stdout == "1 USD = 1.39689 CAD (2026-10-30, ecb, cross)\n"
    assert (done.returncode, done.stderr) == (0, "")


def test_the_latest_says_on_stderr_that_it_is_stale(run: Run) -> None:
    done = run("rate", "EUR", "USD", "--offline")
    assert done.stdout == "1 EUR = 1.1172 USD (2026-10-30, ecb, direct)\n"
    assert done.stderr.startswith("Note: stale: ecb holds rates up to 2026-10-30")
    assert done.stderr.count("\n") == 1


def test_json_has_all_digits_as_strings(run: Run) -> None:
    done = run("rate", "USD", "CAD", "--json", "--on", "2026-10-31")
    assert json.loads(done.stdout) == {
        "base": "USD",
        "quote": "CAD",
        "value": "1.396885069817400644468313641245972",
        "bips": 13969,
        "on": "2026-10-30",
        "requested": "2026-10-31",
        "driver": "ecb",
        "kind": "cross",
        "unadjusted": None,
        "stale": None,
        "failures": [],
        "legs": [
            {"on": "2026-10-30", "base": "EUR", "quote": "USD", "value": "1.1172"},
            {"on": "2026-10-30", "base": "EUR", "quote": "CAD", "value": "1.5606"},
        ],
    }
    latest = json.loads(run("rate", "USD", "USD", "--json").stdout)
    assert (latest["requested"], latest["kind"], latest["legs"]) == (None, "identity", [])


def test_json_of_a_rate_without_bips_and_with_an_exponent(run: Run) -> None:
    tiny = json.loads(run("rate", "TRL", "USD", "--on", "2001-10-17", "--json").stdout)
    assert tiny["bips"] is None
    assert tiny["value"].startswith("0.00000")
    done = run("rate", "TRL", "USD", "--on", "2001-10-17", "--bips")
    assert done.returncode == 1
    assert "rounds to 0 basis points" in done.stderr


def test_bips_are_the_integer_alone(run: Run) -> None:
    assert run("rate", "USD", "CAD", "--bips", "--on", "2026-10-30").stdout == "13969\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("USD", "CAX"), "unknown currency 'CAX'"),
        (("USD", "AED"), "ecb has no AED"),
        (("USD", "CAD", "--on", "1900-01-01"), "before the first day"),
        (("USD", "CAD", "--on", "2999-01-01"), "in the future"),
        (("USD", "HRK"), "1 EUR = 7.53450 HRK from 2023-01-01"),
        (("USD", "CAD", "--driver", "ebc"), "did you mean 'ecb'"),
        (("USD", "CAD", "-p", "no:ecb"), "the driver 'ecb' is blocked"),
        (("USD", "CAD", "-p", "nowhere"), "No module named 'nowhere'"),
        (("USD", "CAD", "-p", "raising"), "no disk"),
        (("USD", "CAD", "-p", "exiting"), "SystemExit: 3"),
        (("USD", "CAD", "-p", "hookless"), "implements no hook"),
        (("USD", "CAD", "-p", "misspelt"), "did you mean 'forex_driver_name'"),
    ],
)
def test_an_error_is_one_line_on_stderr(run: Run, arguments: tuple[str, ...], says: str) -> None:
    done = run("rate", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("USD",), "Missing argument 'QUOTE'"),
        (("USD", "CAD", "--on", "2026-13-01"), "write it like 2026-10-30"),
        (("USD", "CAD", "--on", ""), "write it like 2026-10-30"),
        (("USD", "CAD", "--on", "yesterday"), "'yesterday' is not a day"),
        (("USD", "CAD", "--bips", "--json"), "exclude each other"),
        (("USD", "CAD", "EUR"), "unexpected extra argument"),
        (("USD", "CAD", "--jsn"), "No such option"),
    ],
)
def test_wrong_usage(run: Run, arguments: tuple[str, ...], says: str) -> None:
    done = run("rate", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


def test_a_module_given_with_p_is_a_driver(run: Run) -> None:
    line = "1 USD = 1.5 CAD (2026-10-30, acme, direct)\n"
    day = ("--on", "2026-10-30", "--driver", "acme")
    assert run("rate", "USD", "CAD", *day, "-p", "raw_acme").stdout == line
    assert run("-p", "raw_acme", "rate", "USD", "CAD", *day).stdout == line
    assert run("-p", "no:ecb", "rate", "USD", "CAD").returncode == 1
    blocked = run("-p", "raw_acme", "rate", "USD", "CAD", *day, "-p", "no:acme")
    assert "the driver 'acme' is blocked" in blocked.stderr
    made = run(
        "rate", "CAD", "USD", "--driver", "made", "--on", "2026-11-01", "-p", "made_acme:Made",
        FOREXHOOKS_MADE_VALUE="2",
    )  # fmt: skip
    assert made.stdout == "1 CAD = 0.5 USD (2026-10-30, made, inverse)\n"


def test_settings_from_the_environment(run: Run) -> None:
    chosen = {"FOREXHOOKS_EXTENSIONS": "raw_acme", "FOREXHOOKS_DEFAULT_DRIVER": "acme"}
    assert "acme, direct" in run("rate", "USD", "CAD", "--on", "2026-10-30", **chosen).stdout
    twice = run("rate", "USD", "CAD", "-p", "raw_acme", **chosen)
    assert (twice.returncode, twice.stderr) == (0, "")
    wrong = run("rate", "USD", "CAD", FOREXHOOKS_OFFLINE="perhaps")
    assert (wrong.returncode, wrong.stderr.count("\n")) == (1, 1)
    assert "FOREXHOOKS_OFFLINE is 'perhaps'" in wrong.stderr
    nobody = run("rate", "USD", "CAD", FOREXHOOKS_DEFAULT_DRIVER="nobody")
    assert (nobody.returncode, nobody.stderr.count("\n")) == (1, 1)
    assert "unknown driver 'nobody'" in nobody.stderr


def test_settings_from_a_config_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('default_driver = "acme"\nextensions = ["raw_acme"]\n', encoding="utf-8")
    ask, config = ("rate", "USD", "CAD", "--on", "2026-10-30"), {"FOREXHOOKS_CONFIG": str(file)}
    assert "acme, direct" in run(*ask, **config).stdout
    assert "ecb, cross" in run(*ask, FOREXHOOKS_DEFAULT_DRIVER="ecb", **config).stdout
    assert "ecb, cross" in run(*ask, "--driver", "ecb", **config).stdout


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "mine.toml cannot be read"),
        ("default_driver = ", "mine.toml cannot be read"),
        ('default_drivr = "ecb"', "did you mean 'default_driver'"),
        ("extensions = 3", "mine.toml: extensions must be a list of names"),
        ('[drivers.ecb]\nbase_url = "nowhere"', "ecb: base_url is 'nowhere'"),
    ],
)
def test_a_config_file_that_is_wrong(
    run: Run, tmp_path: Path, content: str | None, says: str
) -> None:
    file = tmp_path / "mine.toml"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    done = run("rate", "USD", "CAD", FOREXHOOKS_CONFIG=str(file))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("Error: ")
    assert says in done.stderr
