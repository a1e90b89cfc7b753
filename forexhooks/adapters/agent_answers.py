"""The results of an agent's tools. Each is a model, so the agent gets its JSON schema.

Values are strings with all their digits. "There is no rate" is an answer: a `Problem`, not an
error of the protocol.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field

from forexhooks.currencies import name_of
from forexhooks.errors import ForexError
from forexhooks.rates.as_json import rate_as_json
from forexhooks.service.holdings import Held, held_by_currency
from forexhooks.support.phrases import in_options

if TYPE_CHECKING:
    from datetime import date

    from forexhooks import ForexService
    from forexhooks.plugins.listing import DriverInfo
    from forexhooks.rates.rate import Rate
    from forexhooks.service.compare import Compared

_ARGUMENTS = {"--max-gap", "--on", "--places", "--driver"}


def said(problem: object) -> str:
    """A problem on one line, reworded for the tools: their arguments instead of Python calls.

    Args:
        problem: An error, or a message of the library.

    Returns:
        The line.
    """

    def as_argument(found: re.Match[str]) -> str:
        is_one = found[0] in _ARGUMENTS
        return f"`{found[0][2:].replace('-', '_')}`" if is_one else found[0]

    text = in_options(" ".join(str(problem).split()), _ARGUMENTS)
    # Text in backticks is a command, for the person who runs the server.
    return re.sub(r"`[^`]*`|--[a-z-]+", as_argument, text)


class Problem(BaseModel):
    """Why there is no rate, or what is wrong with the question."""

    error: str = Field(description="The kind of problem, like RateUnavailableError.")
    message: str = Field(description="What is wrong, and what to do.")
    reason: str | None = Field(default=None, description="Why that day has no rate.")
    driver: str | None = None
    retry_after: float | None = Field(
        default=None, description="Ask again after this many seconds."
    )


class Leg(BaseModel):
    """A published observation that a rate is made of."""

    on: str
    until: str | None = None
    base: str
    quote: str
    value: str


class Passed(BaseModel):
    """A driver that was asked first, and why it gave no rate."""

    driver: str
    reason: str


class RateFields(BaseModel):
    """What 1 unit of `base` costs in `quote`."""

    base: str
    quote: str
    value: str
    bips: int | None = Field(description="Basis points: the value times 10,000.")
    on: str = Field(description="The day of the rate.")
    until: str | None = Field(description="The last day of its period, if it has one.")
    requested: str | None = Field(description="The day that was asked for.")
    driver: str
    series: str | None
    kind: str = Field(description="direct, inverse, cross, derived, adjusted or identity.")
    rule: str | None
    stale: str | None = Field(description="Which newer rate should be out but is missing.")
    legs: list[Leg]
    failures: list[Passed]


class RateAnswer(BaseModel):
    """A rate, or why there is none."""

    rate: RateFields | None = None
    problem: Problem | None = None


class ConvertAnswer(RateAnswer):
    """An amount in another currency, with the rate used."""

    amount: str
    result: str | None = None


class DayRate(BaseModel):
    """The rate of one day or period."""

    on: str
    until: str | None = None
    counts_for: str | None = Field(
        default=None, description="With a rule: the day that it applies to."
    )
    value: str


class HistoryAnswer(BaseModel):
    """Rates in order of their days; days without a publication are left out.

    If there is no rate at all, `problem` says why the last day has none.
    """

    driver: str | None = None
    rates: list[DayRate] = []
    stale: str | None = None
    problem: Problem | None = None


class ComparedDriver(BaseModel):
    """The answer of one driver."""

    driver: str
    value: str | None = None
    on: str | None = None
    off_by: str | None = Field(
        default=None, description="Basis points from the median of all drivers."
    )
    suspicion: str | None = None
    problem: Problem | None = None


class CompareAnswer(BaseModel):
    """The answers of several drivers for a pair."""

    drivers: list[ComparedDriver] = []
    problem: Problem | None = None


class ExplainAnswer(RateAnswer):
    """How a rate was found, or why there is none."""

    how: dict[str, list[str]] = Field(default={}, description="The explanation in words, by topic.")
    rule: str | None = Field(default=None, description="The rule, and its law.")
    near: list[DayRate] = Field(
        default=[], description="If there is no rate: observations near the day."
    )


class CurrencyFields(BaseModel):
    """A currency that can be asked for."""

    code: str
    name: str | None
    first: str | None = Field(default=None, description="The first day with a rate, if known.")
    last: str | None = Field(default=None, description="The last such day, if known.")


class CurrenciesAnswer(BaseModel):
    """The currencies of a driver, or of several in order."""

    currencies: list[CurrencyFields] = []
    problem: Problem | None = None


class DriverFields(BaseModel):
    """A driver, or a rule, which prescribes a source's rate for a day."""

    name: str = Field(description="The value for `driver`.")
    kind: str = Field(description="driver or rule.")
    title: str | None
    state: str
    country: str | None = None
    history_from: str | None = Field(default=None, description="The first day that it has.")
    series: list[str] = []
    purposes: list[str] = []
    law: str | None = None
    problem: str | None = Field(default=None, description="Why it cannot be used.")


class DriversAnswer(BaseModel):
    """The drivers, and the rules."""

    drivers: list[DriverFields]


def problem_of(error: ForexError) -> Problem:
    """An error as a problem."""
    reason = getattr(error, "reason", None)
    return Problem(
        error=type(error).__name__,
        message=said(error),
        reason=None if reason is None else str(getattr(reason, "value", reason)),
        driver=getattr(error, "driver", None),
        retry_after=getattr(error, "retry_after", None),
    )


def rate_answer(found: Rate | ForexError) -> RateAnswer:
    """A rate or an error as an answer."""
    if isinstance(found, ForexError):
        return RateAnswer(problem=problem_of(found))
    return RateAnswer(rate=RateFields.model_validate(rate_as_json(found, said)))


def day_rates(rates: Iterable[Rate]) -> list[DayRate]:
    """Rates of one pair, each with its day and value."""
    return [
        DayRate(
            on=f"{each.on}",
            until=None if each.until is None else f"{each.until}",
            counts_for=None if each.rule is None else f"{each.requested}",
            value=f"{each.value:f}",
        )
        for each in rates
    ]


def compare_answer(rows: Iterable[Compared]) -> CompareAnswer:
    """The drivers' answers for a pair."""
    return CompareAnswer(
        drivers=[
            ComparedDriver(
                driver=each.driver,
                value=each.rate and f"{each.rate.value:f}",
                on=each.rate and f"{each.rate.on}",
                off_by=None if each.off_by is None else f"{each.off_by}",
                suspicion=each.suspicion,
                problem=None if each.error is None else problem_of(each.error),
            )
            for each in rows
        ]
    )


def currencies_answer(fx: ForexService, singly: Iterable[ForexService]) -> CurrenciesAnswer:
    """The currencies of a service, with the days that its drivers have at hand."""
    codes, failures = fx.currencies_or_errors()
    held = held_by_currency(singly)
    found = []
    for code in sorted(codes):
        days = held.get(code, Held())
        found.append(
            CurrencyFields(
                code=code, name=name_of(code), first=_iso(days.first), last=_iso(days.last)
            )
        )
    return CurrenciesAnswer(
        currencies=found, problem=next(map(problem_of, failures.values()), None)
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def drivers_answer(listed: Iterable[DriverInfo]) -> DriversAnswer:
    """The list of drivers and rules."""
    found = []
    for each in listed:
        profile, rule = each.profile, each.rule
        found.append(
            DriverFields(
                name=each.name,
                kind="driver" if rule is None else "rule",
                title=rule.title if rule else profile and profile.title,
                state=each.state,
                country=rule.country if rule else profile and profile.country,
                history_from=_iso(profile.history_from if profile else None),
                series=[series.name for series in profile.series] if profile else [],
                purposes=list(rule.purposes) if rule else [],
                law=rule and rule.statute,
                problem=each.reason and said(each.reason),
            )
        )
    return DriversAnswer(drivers=found)
