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


@pytest.mark.parametrize("more", [("--places", "two"), ("--jsn",), ("EUR",)])
def test_wrong_usage(run: Run, more: tuple[str, ...]) -> None:
    done = run("convert", "1", "USD", "CAD", *more)
    assert (done.returncode, done.stdout) == (2, "")
    assert more[-1] in done.stderr


def test_more_places_than_can_be_kept(run: Run) -> None:
    done = run("convert", "1", "USD", "CAD", "--places", "1001")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
