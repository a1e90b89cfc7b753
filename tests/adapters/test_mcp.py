"""The server for agents, asked by the SDK's own client: in the process, over stdio and HTTP."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import get_default_environment

import forexhooks
from forexhooks import ForexManager
from forexhooks.adapters.mcp import MOST_RATES, server
from forexhooks.testing import FixedRates
from patience import CHILD_LIMIT

pytestmark = pytest.mark.one_python

PAIR = {"base": "USD", "quote": "CAD"}
ON = {"on": "2026-10-30"}
VALUE = "1.396885069817400644468313641245972"

# A driver that prints to where agents read.
LOUD = """
import os
from datetime import date
from decimal import Decimal
from forexhooks import Driver, Observation, Profile

print("imported")

class Loud(Driver):
    name = "loud"
    profile = Profile(title="Loud")

    def observations(self, currencies, start, end):
        print("asked", flush=True)
        os.write(1, b"and again")
        yield Observation(date(2026, 10, 30), "USD", "CAD", Decimal("1.4"))
"""


def run(main: Callable[[Client], Awaitable[Any]], of: Any) -> Any:
    async def limited() -> Any:
        with anyio.fail_after(CHILD_LIMIT):
            async with Client(of) as client:
                return await main(client)

    return anyio.run(limited)


def asked(tool: str, arguments: dict[str, Any], of: Any = None) -> dict[str, Any]:
    async def main(client: Client) -> dict[str, Any]:
        result = await client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        assert result.structured_content is not None
        return result.structured_content

    found: dict[str, Any] = run(main, of or server("ecb"))
    return found


def test_the_tools_are_named_and_asked_as_the_library_is() -> None:
    async def main(client: Client) -> Any:
        return (await client.list_tools()).tools

    tools = {each.name: each for each in run(main, server("ecb"))}
    assert set(tools) == {
        "rate",
        "convert",
        "history",
        "compare",
        "explain",
        "currencies",
        "drivers",
    }
    fx = forexhooks.ForexService
    known = {
        name
        for each in (fx.get_rate, fx.convert, fx.get_history, forexhooks.compare)
        for name in inspect.signature(each).parameters
    } | {"driver", "every", "take"}
    for each in tools.values():
        assert each.annotations.read_only_hint
        assert each.description and each.output_schema["properties"]
        assert set(each.input_schema["properties"]) <= known
        assert each.input_schema["additionalProperties"] is False
        assert all(about.get("description") for about in each.input_schema["properties"].values())


def test_values_are_exact_strings_with_their_day_and_source(bundle_is_fresh: object) -> None:
    rate = asked("rate", {**PAIR, **ON})["rate"]
    assert (rate["value"], rate["bips"], rate["on"]) == (VALUE, 13969, "2026-10-30")
    assert (rate["driver"], rate["kind"], rate["stale"]) == ("ecb", "cross", None)
    assert [leg["value"] for leg in rate["legs"]] == ["1.1172", "1.5606"]
    assert asked("rate", PAIR)["rate"]["value"] == VALUE


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        ({"amount": "99.95"}, "139.62"),
        ({"amount": 0.1}, "0.14"),
        ({"amount": 100, "places": 4}, "139.6885"),
        ({"amount": "1e40"}, None),
        ({"amount": "much"}, None),
        ({"amount": "1", "places": 2_000}, None),
    ],
)
def test_amounts_are_converted_exactly(arguments: dict[str, Any], result: str | None) -> None:
    found = asked("convert", {**PAIR, **ON, **arguments})
    assert found["result"] == result
    assert (found["problem"] is None) == (result is not None)
    assert found["amount"] == str(arguments["amount"])


def test_a_history_is_of_days_or_periods_and_not_endless() -> None:
    span = {"start": "2026-10-01", "end": "2026-10-30"}
    days = asked("history", {**PAIR, **span})
    assert len(days["rates"]) == 22 and days["rates"][-1] == {
        "on": "2026-10-30",
        "until": None,
        "counts_for": None,
        "value": VALUE,
    }
    assert len(asked("history", {**PAIR, **span, "every": "week"})["rates"]) == 5
    whole = {**span, "start": "1999-01-04"}
    assert "`every`" in asked("history", {**PAIR, **whole})["problem"]["message"]
    assert len(asked("history", {**PAIR, **whole, "every": "month"})["rates"]) <= MOST_RATES
    assert (
        asked("history", {**PAIR, "start": "soon", "end": "x"})["problem"]["error"] == "DateError"
    )


@pytest.mark.parametrize(
    ("base", "start", "end", "reason"),
    [
        ("HRK", "2023-10-01", "2023-10-30", "retired"),
        ("USD", "1997-01-01", "1997-02-01", "before the first day"),
        ("USD", "2026-10-24", "2026-10-25", "hole"),
        ("USD", "2099-01-01", "2099-02-01", "in the future"),
    ],
)
def test_a_history_without_any_rate_says_why(base: str, start: str, end: str, reason: str) -> None:
    for every in ({}, {"every": "month"}):
        answer = asked(
            "history", {"base": base, "quote": "CAD", "start": start, "end": end, **every}
        )
        assert answer["rates"] == [] and answer["problem"]["reason"] == reason


def test_a_history_by_a_rule_says_which_day_each_rate_counts_for() -> None:
    asked_for = {"base": "USD", "quote": "EUR", "driver": "eu-customs"}
    rates = asked("history", {**asked_for, "start": "2026-01-31", "end": "2026-02-01"})["rates"]
    assert [(each["on"], each["counts_for"]) for each in rates] == [
        ("2025-12-24", "2026-01-31"),
        ("2026-01-21", "2026-02-01"),
    ]


def test_drivers_are_compared_and_who_fails_says_why() -> None:
    names = {"drivers": ["ecb", "nbp"]}
    ecb, nbp = asked("compare", {**PAIR, **ON, **names})["drivers"]
    assert (ecb["value"], ecb["problem"]) == (VALUE, None)
    assert nbp["value"] is None and "network is switched off" in nbp["problem"]["message"]
    wrong = asked("compare", {"base": "USD", "quote": "XXQ", "drivers": ["ecb"]})
    assert wrong["problem"]["error"] == "CurrencyError"


PROBLEMS: list[tuple[dict[str, Any], str, str]] = [
    ({"on": "1990-01-01"}, "RateUnavailableError", "begins on 1999-01-04"),
    ({"on": "2026-10-25", "max_gap": 0}, "RateUnavailableError", "a larger `max_gap`"),
    ({"on": "2099-01-01"}, "RateUnavailableError|DateError", "2099"),
    ({"on": "25.10.2026"}, "DateError", "2026-10-30"),
    ({"quote": "AED"}, "UnsupportedPairError", "another driver"),
    ({"quote": "XXQ"}, "CurrencyError", "XXQ"),
    ({"driver": "acme"}, "UnknownDriverError", "acme"),
    ({"driver": "ecb:ask"}, "UnknownSeriesError", "ask"),
    ({"driver": "ecb:"}, "UnknownSeriesError", "names no series"),
    ({"driver": "nbp"}, "DriverError", "network"),
    ({"driver": "openexchangerates"}, "SettingsError|PluginLoadError", "app_id"),
]
CALL = re.compile(r"(?<![\w`])[a-z_][\w.]*\([^)]*\)|\w=(?=…|'|True|False)")


@pytest.mark.parametrize(("arguments", "error", "said"), PROBLEMS)
def test_where_there_is_no_rate_the_answer_says_why(
    arguments: dict[str, Any], error: str, said: str
) -> None:
    for tool in ("rate", "explain"):
        answer = asked(tool, {**PAIR, **arguments})
        assert answer["rate"] is None
        problem = answer["problem"]
        assert re.fullmatch(error, problem["error"])
        assert said in problem["message"]
        assert not CALL.search(problem["message"])


def test_what_led_to_a_rate_is_explained() -> None:
    how = asked("explain", {**PAIR, "on": "2026-10-25"})["how"]
    assert how["from"][0] == "1 EUR = 1.1193 USD, observed on 2026-10-23"
    assert "carried forward 2 days of at most 7" in how["day"][0]


def test_where_there_is_none_the_days_around_it_and_the_rule_are_told() -> None:
    answer = asked("explain", {**PAIR, "on": "2026-10-25", "max_gap": 0})
    days = [each["on"] for each in answer["near"]]
    assert "2026-10-23" in days and "2026-10-26" in days
    answer = asked("explain", {"base": "EUR", "quote": "PLN", **ON, "driver": "pl-vat"})
    assert "art. 31a" in answer["rule"]


def test_currencies_are_listed_with_their_days() -> None:
    listed = {each["code"]: each for each in asked("currencies", {})["currencies"]}
    assert listed["HRK"] == {
        "code": "HRK",
        "name": "Croatian kuna",
        "first": "2005-04-01",
        "last": "2022-12-30",
    }
    assert "AED" not in listed
    several = asked("currencies", {}, server("ecb", "openexchangerates"))
    assert several["currencies"] == list(listed.values()) and "app_id" in str(several["problem"])
    assert asked("currencies", {"driver": "ebc"})["problem"]["error"] == "UnknownDriverError"


def test_drivers_and_rules_are_listed() -> None:
    listed = {each["name"]: each for each in asked("drivers", {})["drivers"]}
    assert listed["ecb"]["kind"] == "driver" and listed["ecb"]["title"]
    assert listed["ecb"]["history_from"] == "1999-01-04"
    assert listed["pl-vat"]["kind"] == "rule" and listed["pl-vat"]["law"]
    assert listed["openexchangerates"]["problem"]


def test_an_argument_that_there_is_not_is_refused() -> None:
    async def main(client: Client) -> Any:
        return await client.call_tool("rate", {**PAIR, "date": "2026-10-30"})

    refused = run(main, server("ecb"))
    assert refused.is_error and "date" in refused.content[0].text


def test_a_program_serves_its_own_drivers() -> None:
    with ForexManager() as manager:
        manager.register(FixedRates({"USD/CAD": "1.4"}))
        rate = asked("rate", PAIR, server("fixed", manager=manager))["rate"]
    assert (rate["value"], rate["driver"]) == ("1.4", "fixed")


# As agents start it.


async def _ask(client: Client) -> Any:
    await client.list_tools()
    rates = [await client.call_tool("rate", {**PAIR, **ON}) for _ in range(2)]
    return [each.structured_content["rate"]["driver"] for each in rates]


def test_over_stdio_also_with_a_driver_that_prints(tmp_path: Path) -> None:
    plugin = tmp_path / "loud.py"
    plugin.write_text(LOUD, encoding="utf-8")
    command = ["-m", "forexhooks", "mcp", "--driver", "loud", "--offline", "-p", str(plugin)]
    program = StdioServerParameters(
        command=sys.executable, args=command, env=get_default_environment()
    )
    assert run(_ask, program) == ["loud", "loud"]


def test_over_http() -> None:
    command = [
        sys.executable,
        "-m",
        "forexhooks",
        "mcp",
        "--driver",
        "ecb",
        "--http",
        "--port",
        "0",
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as started:
        try:
            assert started.stderr is not None
            address = re.search(r"http://\S+", started.stderr.readline())
            assert address is not None
            assert run(_ask, address[0]) == ["ecb", "ecb"]
        finally:
            started.terminate()
            _, logged = started.communicate(timeout=CHILD_LIMIT)
    if sys.platform != "win32":
        assert started.returncode == 0, logged
