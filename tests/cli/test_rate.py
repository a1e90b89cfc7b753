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
        "until": None,
        "requested": "2026-10-31",
        "driver": "ecb",
        "series": None,
        "kind": "cross",
        "unadjusted": None,
        "stale": None,
        "failures": [],
        "rule": None,
        "inputs": [],
        "legs": [
            {"on": "2026-10-30", "until": None, "base": "EUR", "quote": "USD", "value": "1.1172"},
            {"on": "2026-10-30", "until": None, "base": "EUR", "quote": "CAD", "value": "1.5606"},
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
        (("USD",), "a quote is missing after USD: write USD CAD, or USD/CAD"),
        (("USDCAD",), "write USD CAD, or USD/CAD"),
        (("USD/CAD/EUR",), "'USD/CAD/EUR' is not a pair"),
        (("USD/",), "'USD/' is not a pair"),
        (("USD/CAD", "EUR/JPY"), "one base at a time, not USD and EUR"),
        (("USD", "CAD", "--max-gap", "-1"), "-1"),
        (("USD", "CAD", "--explain", "--json"), ", not both"),
        (("USD", "CAD", "--on", "2026-13-01"), "write it like 2026-10-30"),
        (("USD", "CAD", "--on", ""), "write it like 2026-10-30"),
        (("USD", "CAD", "--on", "yesterday"), "'yesterday' is not a day"),
        (("USD", "CAD", "--bips", "--json"), ", not both"),
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


@pytest.mark.parametrize(
    "words", [("USD", "CAD", "JPY"), ("usd/cad", "JPY"), ("USD/CAD", "usd/jpy")]
)
def test_several_quotes(run: Run, words: tuple[str, ...]) -> None:
    done = run("rate", *words, "--on", "2026-10-30")
    assert done.stdout.splitlines() == [
        "1 USD = 1.39689 CAD (2026-10-30, ecb, cross)",
        "1 USD = 157.250 JPY (2026-10-30, ecb, cross)",
    ]
    listed = json.loads(run("rate", *words, "--on", "2026-10-30", "--json").stdout)
    assert [each["quote"] for each in listed] == ["CAD", "JPY"]


def test_a_quote_without_a_rate_is_noted_and_the_others_are_given(run: Run) -> None:
    day = ("--on", "2026-10-30")
    done = run("rate", "USD", "CAD", "AED", *day)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert done.stderr.startswith("Note: ecb has no AED")
    alone = json.loads(run("rate", "USD", "CAD", "AED", *day, "--json").stdout)
    assert [each["quote"] for each in alone] == ["CAD"]  # a list, as several were asked for
    none = run("rate", "USD", "AED", "AFN", *day)
    assert (none.returncode, none.stdout) == (1, "") and none.stderr.startswith("Error: ")
    unknown = run("rate", "USD", "CAD", "XXQ", *day)
    assert (unknown.returncode, unknown.stdout) == (1, "")


def test_max_gap(run: Run) -> None:
    sunday = ("rate", "USD", "CAD", "--on", "2026-10-25")
    assert "2026-10-23" in run(*sunday, "--max-gap", "2").stdout
    done = run(*sunday, "--max-gap", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nor in the 1 days before" in done.stderr


def lines_of(printed: str) -> dict[str, str]:
    return {line[2:12].strip(): line[13:] for line in printed.splitlines()[1:]}


def test_explain_says_which_observations_day_and_driver(run: Run) -> None:
    printed = run("rate", "USD", "CAD", "--on", "2026-10-31", "--explain").stdout
    assert printed.splitlines()[:3] == [
        "1 USD = 1.39689 CAD (2026-10-30, ecb, cross)",
        "  from       1 EUR = 1.1172 USD, observed on 2026-10-30",
        "  from       1 EUR = 1.5606 CAD, observed on 2026-10-30",
    ]
    lines = lines_of(printed)
    assert lines["value"].startswith("1.39688506981740") and "by way of EUR" in lines["value"]
    assert "carried forward 1 day of at most 7" in lines["day"]
    assert lines["driver"] == "ecb, the only one that was asked"
    latest = lines_of(run("rate", "USD", "EUR", "--offline", "--explain").stdout)
    assert latest["day"] == "2026-10-30, the latest there is"
    assert latest["stale"].startswith("ecb holds rates up to 2026-10-30")
    assert latest["value"].endswith("1 divided by what was published")
    asked = lines_of(run("rate", "EUR", "USD", "--on", "2026-10-30", "--explain").stdout)
    assert (asked["day"], asked["value"]) == (
        "2026-10-30, the day that was asked for",
        "1.1172, as it was published",
    )


@pytest.mark.parametrize(
    ("pair", "how"),
    [
        ("EUR/EUR", "1: a currency in itself"),
        ("GBX/GBX", "1: a currency in itself"),
        ("GBP/GBX", "100, by definition"),
        ("GBX/GBP", "0.01, by definition"),
        ("ZAC/ZAR", "0.01, by definition"),
        ("ILS/ILA", "100, by definition"),
        ("EUR/GBX", "83.3800, as it was published, converted to GBX"),
        ("EUX/USX", "1.1172, as it was published, converted to EUX and USX"),
        ("GBX/EUR", ", 1 divided by what was published, converted to GBX"),
        ("ZAC/GBP", ", by way of EUR, converted to ZAC, rounded once to 34 digits"),
        ("GBX/ZAC", ", by way of EUR, converted to GBX and ZAC, rounded once to 34 digits"),
    ],
)
def test_explain_says_what_is_so_by_definition(run: Run, pair: str, how: str) -> None:
    base, quote = pair.split("/")
    day = ("--on", "2026-10-30", "--explain")
    value = lines_of(run("rate", base, quote, *day).stdout)["value"]
    assert value == how or (how[0] == "," and value.endswith(how))
    assert lines_of(run("convert", "3", base, quote, *day).stdout)["value"] == value


def test_explain_says_what_kept_the_other_drivers(run: Run) -> None:
    chosen = ("--driver", "nbp", "--driver", "ecb", "--offline", "--on", "2026-10-31")
    printed = run("rate", "USD", "CAD", *chosen, "--explain").stdout
    assert "  driver     ecb, the first that could answer of nbp, ecb\n" in printed
    assert "  before it  nbp: the network is switched off" in printed
    assert "of at most 7" in printed
