from __future__ import annotations

import json

import pytest

from .conftest import Run

DAY = ("--on", "2026-10-30")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("100", "USD", "CAD"), "100 USD = 139.69 CAD (2026-10-30, ecb, cross)"),
        (("-100", "eur", "jpy"), "-100 EUR = -17568 JPY (2026-10-30, ecb, direct)"),
        (("1e3", "CAD", "CAD"), "1000 CAD = 1000.00 CAD (2026-10-30, ecb, identity)"),
        (("-.5", "USD", "CAD"), "-0.5 USD = -0.70 CAD (2026-10-30, ecb, cross)"),
        (("--", "-5", "USD", "CAD"), "-5 USD = -6.98 CAD (2026-10-30, ecb, cross)"),
        (
            ("12345", "USD", "JPY", "--places", "-3"),
            "12345 USD = 1941000 JPY (2026-10-30, ecb, cross)",
        ),
        (("1", "USD", "CAD", "--places", "6"), "1 USD = 1.396885 CAD (2026-10-30, ecb, cross)"),
    ],
)
def test_for_people_one_line(run: Run, arguments: tuple[str, ...], line: str) -> None:
    done = run("convert", *DAY, *arguments)
    assert (done.stdout, done.stderr, done.returncode) == (line + "\n", "", 0)


def test_json(run: Run) -> None:
    content = json.loads(run("convert", "9.99", "EUR", "USD", "--json", *DAY).stdout)
    assert (content["amount"], content["converted"]) == ("9.99", "11.16")
    assert content["rate"]["value"] == "1.1172"
    assert set(content) == {"amount", "converted", "rate"}
    assert content["rate"] == json.loads(run("rate", "EUR", "USD", "--json", *DAY).stdout)
    large = json.loads(run("convert", "1e3", "EUR", "USD", "--json", *DAY).stdout)
    assert (large["amount"], large["converted"]) == ("1000", "1117.20")


@pytest.mark.parametrize("amount", ["abc", "NaN", "inf", "-inf", "1e400", "", "1,000"])
def test_an_amount_that_is_none(run: Run, amount: str) -> None:
    done = run("convert", amount, "USD", "CAD")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"the amount {amount!r}" in done.stderr


def test_a_stale_rate_is_noted(run: Run) -> None:
    assert run("convert", "1", "USD", "CAD").stderr.startswith("Note: stale")


@pytest.mark.parametrize("more", [("--places", "two"), ("--jsn",), ("-x",), ("EUR/JPY",)])
def test_wrong_usage(run: Run, more: tuple[str, ...]) -> None:
    done = run("convert", "1", "USD", "CAD", *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert more[-1].partition("/")[0] in done.stderr


def test_more_places_than_can_be_kept(run: Run) -> None:
    done = run("convert", "1", "USD", "CAD", "--places", "1001")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


@pytest.mark.parametrize(
    "words",
    [
        ("100", "USD", "CAD", "JPY"),
        ("100", "USD/CAD", "JPY"),
        ("100", "usd", "--to", "CAD", "--to", "jpy"),
        ("100", "usd", "--to", "CAD", "JPY"),
        ("100", "--to=CAD", "usd", "jpy"),
        ("100", "usd", "CAD", "--to", "jpy"),
    ],
)
def test_the_ways_to_name_what_into(run: Run, words: tuple[str, ...]) -> None:
    assert run("convert", *words, *DAY).stdout.splitlines() == [
        "100 USD = 139.69 CAD (2026-10-30, ecb, cross)",
        "100 USD = 15725 JPY (2026-10-30, ecb, cross)",
    ]
    listed = json.loads(run("convert", *words, *DAY, "--json").stdout)
    assert [each["converted"] for each in listed] == ["139.69", "15725"]


def test_explain_says_how_it_is_rounded(run: Run) -> None:
    printed = run("convert", "100", "USD", "CAD", *DAY, "--explain").stdout
    assert "  rounded    once, half-even, to the minor unit of CAD\n" in printed
    printed = run("convert", "100", "USD", "CAD", *DAY, "--explain", "--places", "4").stdout
    assert "  rounded    once, half-even, to 4 places\n" in printed


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("100",), "a base and a quote are missing"),
        (("100", "USD"), "a quote is missing after USD"),
        ((), "AMOUNT BASE QUOTE"),
    ],
)
def test_what_is_missing_is_said(run: Run, words: tuple[str, ...], says: str) -> None:
    done = run("convert", *words)
    assert (done.returncode, done.stdout) == (2, "") and says in done.stderr


def test_nothing_is_ever_minus_nothing(run: Run) -> None:
    assert run("convert", "-0.001", "USD", "CAD", *DAY).stdout.startswith("-0.001 USD = 0.00 CAD")
    assert run("convert", "-0", "USD", "CAD", *DAY).stdout.startswith("0 USD = 0.00 CAD")


@pytest.mark.one_python
def test_money_as_it_is_written_somewhere(run: Run) -> None:
    day = ("--on", "2026-10-30")
    done = run("convert", "1234.5", "USD", "CAD", *day, "--locale", "fr_CA")
    assert done.stdout == "1 234,50 $ US = 1 724,45 $ (2026-10-30, ecb, cross)\n"
    assert run("rate", "USD", "CAD", *day, "--locale", "ar").stdout.startswith("1 US$ = 1.39689")
    for wrong in (("rate", "USD", "CAD", "--bips"), ("convert", "5", "USD", "CAD", "--json")):
        refused = run(*wrong, "--locale", "de")
        assert refused.returncode == 2 and ", not both" in refused.stderr
    unknown = run("convert", "5", "USD", "CAD", *day, "--locale", "nope")
    assert unknown.stderr.startswith("Error: unknown locale 'nope': write one like de_DE")
