"""SdmxDriver: what a provider of SDMX may send, in CSV and JSON, and what a class may declare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar

import pytest
import time_machine

import forexhooks
from forexhooks import MalformedResponseError, MalformedRowWarning, PluginError, Profile, Series
from forexhooks.http import SdmxDriver
from providers import Provider, reply

pytestmark = pytest.mark.one_python

SERIES = (
    Series("day"),
    Series("week", frequency="week", statistic="average", max_gap=0),
    Series("month-average", frequency="month", statistic="average", max_gap=0),
    Series("month-end", frequency="month", statistic="end"),
)
HEADER = (
    "FREQ,CURRENCY,CURRENCY_DENOM,EXR_SUFFIX,TIME_PERIOD,OBS_VALUE,OBS_STATUS,OBS_CONF,UNIT_MULT"
)


class Bank(SdmxDriver):
    name = "bank"
    profile = Profile(title="Bank", pivot="EUR", history_from=date(2020, 1, 1), series=SERIES)
    BASE_URL = "https://sdmx.bank.example"
    dimensions: ClassVar[Mapping[str, str]] = {
        "FREQ": "{frequency}",
        "CURRENCY": "{quote}",
        "CURRENCY_DENOM": "EUR",
        "EXR_SUFFIX": "{statistic}",
    }
    between: ClassVar[Any] = "/data/{key}?startPeriod={start}&endPeriod={end}"


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 10, 16, 22, tzinfo=UTC), tick=False):
        yield


class Asking:
    """A provider that answers everything with one body, and a driver that asks it."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def open(
        self, body: Any, kind: type[SdmxDriver] = Bank, series: str = "day"
    ) -> forexhooks.ForexService:
        self.provider.answer = lambda asked: reply(body)
        manager = forexhooks.ForexManager()
        manager.register(kind(base_url=self.provider.url))
        return forexhooks.open(f"{kind.name}:{series}", manager=manager)


@pytest.fixture
def bank(provider: Provider) -> Asking:
    return Asking(provider)


def rows(*lines: str, header: str = HEADER) -> str:
    return "\n".join([header, *lines, ""])


def day(value: str, more: str = "A,F,0", at: str = "2026-10-09", code: str = "USD") -> str:
    return f"D,{code},EUR,A,{at},{value},{more}"


ON = date(2026, 10, 9)


def test_a_period_is_asked_for_and_applies_as_a_whole(bank: Asking) -> None:
    week = "W,USD,EUR,A,2026-W40,1.13,A,F,0"
    rate = bank.open(rows(week), series="week").get_rate("EUR", "USD", date(2026, 10, 1))
    assert (rate.on, rate.until) == (date(2026, 9, 28), date(2026, 10, 4))
    assert bank.provider.asked[0].query == {"startPeriod": "2026-W40", "endPeriod": "2026-W40"}


def test_the_latest_without_an_address_of_its_own_is_of_a_period_that_is_over(bank: Asking) -> None:
    fx = bank.open(rows("M,USD,EUR,A,2026-09,1.15,A,F,0"), series="month-average")
    assert fx.get_rate("EUR", "USD").on == date(2026, 9, 1)
    assert bank.provider.asked[0].query == {"startPeriod": "2026-09", "endPeriod": "2026-10"}


@pytest.mark.parametrize(("series", "suffix"), [("month-average", "A"), ("month-end", "E")])
def test_parts_of_a_long_span_are_whole_periods(bank: Asking, series: str, suffix: str) -> None:
    class Parts(Bank):
        between = ("/data/{key}?startPeriod={start}&endPeriod={end}", 40)

    months = [f"M,USD,EUR,{suffix},2026-0{each},1.1{each},A,F,0" for each in range(1, 5)]
    fx = bank.open(rows(*months), Parts, series)
    history = fx.get_history("EUR", "USD", date(2026, 1, 1), date(2026, 4, 30))
    assert [str(rate.value) for rate in history] == ["1.11", "1.12", "1.13", "1.14"]
    asked = [each.query for each in bank.provider.asked]
    assert [(each["startPeriod"], each["endPeriod"]) for each in asked] == [
        ("2026-01", "2026-02"),
        ("2026-02", "2026-03"),
        ("2026-03", "2026-04"),
    ]


def test_what_is_missing_or_confidential_is_no_rate(bank: Asking) -> None:
    lines = [
        day("1.12"),
        *(day("1.5", f"{each},F,0", f"2026-10-0{n}") for n, each in enumerate("HKLMOQ", 1)),
        day("", at="2026-10-07"),
        day("1.5", "A,C,0", "2026-10-08"),
        day(".", "K,,", "2026-10-06", "JPY"),
        day("NaN", "M,,", "2026-10-06", "JPY"),
        day("1.11", "P,,", "2026-10-05", "JPY"),
    ]
    fx = bank.open(rows(*lines))
    assert [rate.on for rate in fx.get_history("EUR", "USD", date(2026, 10, 1), ON)] == [ON]
    assert str(fx.get_rate("EUR", "JPY", date(2026, 10, 6)).value) == "1.11"


@pytest.mark.parametrize("value", ["NaN", ".", "0", "-1", "n/a", "1,5"])
def test_a_value_that_is_none_and_not_said_to_be_missing_costs_its_currency(
    bank: Asking, value: str
) -> None:
    body = rows(day("1.12"), day("1.13", at="2026-10-08"), day(f'"{value}"', code="JPY"))
    fx = bank.open(body)
    with pytest.warns(MalformedRowWarning, match="left out: JPY"):
        assert str(fx.get_rates("EUR", ["USD"], ON)["USD"].value) == "1.12"


@pytest.mark.parametrize(
    ("counts", "units", "value"),
    [("base", "2", "0.0112"), ("value", "2", "112"), ("base", "-2", "112"),
     ("value", "-2", "0.0112"), ("base", "0", "1.12"), (None, "0", "1.12"), (None, "", "1.12")],
)  # fmt: skip
def test_unit_mult_counts_what_the_class_says(
    bank: Asking, counts: Any, units: str, value: str
) -> None:
    class Counts(Bank):
        unit_mult = counts

    rate = bank.open(rows(day("1.12", f"A,F,{units}")), Counts).get_rate("EUR", "USD", ON)
    assert str(rate.value) == value or rate.value == int(value)


@pytest.mark.parametrize(
    ("units", "says"), [("2", "declare unit_mult"), ("two", "is not a rate|per")]
)
def test_a_unit_mult_that_means_nothing_is_no_rate(bank: Asking, units: str, says: str) -> None:
    kind = Bank if units == "2" else type("Counts", (Bank,), {"unit_mult": "base"})
    with pytest.raises(MalformedResponseError, match=f"(?s)bank.*({says})"):
        bank.open(rows(day("1.12", f"A,F,{units}")), kind).get_rate("EUR", "USD", ON)


def test_csv_may_have_semicolons(bank: Asking) -> None:
    fx = bank.open("\ufeff" + rows(day("1.12")).replace(",", ";"))
    assert str(fx.get_rate("EUR", "USD", ON).value) == "1.12"


def message(values: list[Any], *, attributes: Any = (None, 0), status: str = "A") -> Any:
    """A message of SDMX-JSON of three days: it names by indices, as the ECB's has it."""
    at = ["2026-10-07", "2026-10-08", "2026-10-09"]
    names = ("FREQ", "D"), ("CURRENCY", "USD"), ("CURRENCY_DENOM", "EUR"), ("EXR_SUFFIX", "A")
    observations = {f"{n}": value for n, value in enumerate(values)}
    return {
        "header": {"id": "1", "test": False},
        "dataSets": [
            {
                "action": "Replace",
                "series": {
                    "0:0:0:0": {"attributes": list(attributes), "observations": observations}
                },
            }
        ],
        "structure": {
            "dimensions": {
                "series": [{"id": each, "values": [{"id": code}]} for each, code in names],
                "observation": [
                    {"id": "TIME_PERIOD", "role": "time", "values": [{"id": each} for each in at]}
                ],
            },
            "attributes": {
                "series": [
                    {"id": "TITLE", "values": [{"name": "US dollar/Euro"}]},
                    {"id": "UNIT_MULT", "values": [{"id": "0", "name": "Units"}]},
                ],
                "observation": [
                    {"id": "OBS_STATUS", "values": [{"id": "A"}, {"id": status}]},
                    {"id": "OBS_CONF", "values": [{"id": "F"}]},
                ],
            },
        },
    }


def test_json_has_the_digits_that_were_sent(bank: Asking) -> None:
    body = message([[1.1177, 0, None], [1.1186, 1], [1.0000000000000002, 0, 0]], status="M")
    fx = bank.open(body)
    history = fx.get_history("EUR", "USD", date(2026, 10, 7), ON)
    assert [str(rate.value) for rate in history] == ["1.1177", "1.0000000000000002"]


def test_json_may_be_in_an_envelope_with_values_as_text(bank: Asking) -> None:
    body = {"meta": {"id": "1"}, "data": message([["1.10"], ["1.11"], ["1.1200", 0]])}
    fx = bank.open(body)
    history = fx.get_history("EUR", "USD", date(2026, 10, 7), ON)
    assert [str(rate.value) for rate in history] == ["1.10", "1.11", "1.1200"]


@pytest.mark.parametrize(
    "body",
    [
        message([[1.12, 7]]),
        message([[1.12, -1]]),
        message([[1.12]], attributes=[None, 1]),
        message([1.12]),
        {**message([[1.12]]), "structure": {}},
        {"errors": [{"code": 404}]},
        message([[True]]),
    ],
)
def test_json_of_another_shape_is_a_fault(bank: Asking, body: Any) -> None:
    with pytest.raises(MalformedResponseError, match="bank"):
        bank.open(body).get_rate("EUR", "USD", ON)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (rows(day("1.12").replace("EUR", "USD")), "D.USD.USD.A' was not asked for"),
        (rows(day("1.12").replace("D,", "M,", 1)), "M.USD.EUR.A' was not asked for"),
        (rows(day("1.12", at="2026-10")), "'2026-10' is no day"),
        (rows(day("1.12", at="tomorrow")), "'tomorrow' is no TIME_PERIOD"),
        (rows("D,1.12", header="FREQ,OBS_VALUE"), "KeyError: 'CURRENCY'"),
        ('<?xml version="1.0"?><message:GenericData xmlns:message="m"/>', "it is SDMX-ML: ask for"),
        ("<html>Moved</html>", "a page of HTML"),
    ],
)
def test_an_answer_of_something_else_is_a_fault(bank: Asking, body: str, says: str) -> None:
    with pytest.raises(MalformedResponseError, match=f"(?s)bank.*{says}"):
        bank.open(body).get_rate("EUR", "USD", ON)


def test_one_answer_may_have_several_series(bank: Asking) -> None:
    class All(Bank):
        profile = Bank.profile._replace(
            series=(Series("ask", side="ask"), Series("bid", side="bid"))
        )
        dimensions_of_series: ClassVar = {"bid": {"EXR_SUFFIX": "B"}}
        between = "/all?from={start}"

    body = rows(day("1.13"), day("1.11").replace(",A,", ",B,", 1))
    for series, value in (("ask", "1.13"), ("bid", "1.11")):
        assert str(bank.open(body, All, series).get_rate("EUR", "USD", ON).value) == value
    other = rows(day("1.1", at="2026-10-08").replace(",A,", ",C,", 1))
    with pytest.raises(MalformedResponseError, match=r"D\.USD\.EUR\.C' was not asked for"):
        bank.open(other, All, "ask").get_rate("EUR", "USD", date(2026, 10, 8))


def test_rows_may_be_left_out(bank: Asking) -> None:
    class Some(Bank):
        def rows(self, document: Any) -> Iterator[Mapping[str, Any]]:
            return (row for row in super().rows(document) if row["OBS_CONF"] == "F")

    body = rows(day("1.12"), day("1.13", "A,,0"))
    assert str(bank.open(body, Some).get_rate("EUR", "USD", ON).value) == "1.12"


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        ({"dimensions": "FREQ"}, "dimensions is 'FREQ', not dimensions with their codes"),
        ({"dimensions": {"FREQ": "D"}}, "one of them must be the currency"),
        ({"dimensions": {"A": "{base}", "B": "{quote}"}}, "one of them must be the currency"),
        ({"dimensions": {"A": "{quote}", "B": "{stat}"}}, "{stat} is not one of {base}, {quote}"),
        ({"unit_mult": "100"}, "unit_mult is '100': say 'base' or 'value'"),
        ({"between": "/data/{keys}"}, "{keys} is unknown: it may name {codes}, {end}, {key}"),
        (
            {"dimensions": Bank.dimensions, "profile": Bank.profile._replace(pivot=None)},
            "name the pivot in its profile",
        ),
        ({"dimensions": Bank.dimensions, "between": None}, "it has no address: give the class one"),
    ],
)
def test_what_a_class_declares_is_checked(declared: Any, says: str) -> None:
    with pytest.raises(PluginError, match=says.replace("{", r"\{")):
        type("Wrong", (Bank,), declared)
