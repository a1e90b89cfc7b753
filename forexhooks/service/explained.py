"""explained(): where a rate comes from, in words: its observations, its day, its driver."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from forexhooks.rates.rate import is_by_definition
from forexhooks.service.opening import open as open_driver

if TYPE_CHECKING:
    from forexhooks.rates.rate import Observation, Rate
    from forexhooks.rates.rule import Rule
    from forexhooks.service.service import ForexService


def explained(
    rate: Rate, service: ForexService, max_gap: int | None, said: Callable[[object], str]
) -> dict[str, list[str]]:
    """Explain where a rate comes from.

    Args:
        rate: The rate.
        service: The service that returned it.
        max_gap: The `max_gap` it was asked with; None: the driver's own.
        said: Rewrites an error in the reader's terms.

    Returns:
        Lines of text under their headings, in reading order.
    """
    rule = rule_of(rate, service)
    lines = {
        "from": [
            f"1 {leg.base} = {leg.value:f} {leg.quote}, by definition"
            if is_by_definition(leg)
            else _published(leg)
            for leg in rate.legs
        ],
        "value": [_value(rate)],
        "day": [_day(rate, service, max_gap)],
        "stale": [] if rate.stale is None else [said(rate.stale)],
        "law": [] if rule is None else [law for law in (rule.statute, rule.url) if law is not None],
        "driver": [_driver(rate, service)],
        "before it": [said(error) for _, error in rate.failures],
    }
    return {word: about for word, about in lines.items() if about}


def rule_of(rate: Rate, service: ForexService) -> Rule | None:
    """The rule that determined the rate, if any; None under a lock, which has only its name."""
    if rate.rule is None or service.rule is not None:
        return service.rule
    return open_driver(rate.rule).rule


def _published(leg: Observation) -> str:
    how = "observed on" if leg.until is None else "for the days from"
    until = "" if leg.until is None else f" to {leg.until}"
    made_of = "; ".join(
        f"{each.observations} observations of {each.source} from {each.first} to {each.last}"
        for each in leg.inputs
    )
    computed = f", computed from {made_of}" if made_of else ""
    return f"1 {leg.base} = {leg.value:f} {leg.quote}, {how} {leg.on}{until}{computed}"


def _value(rate: Rate) -> str:
    rate = rate._replace(rule=None)  # a rule says which rate counts; it makes none
    value = f"{rate.value:f}"
    if rate.kind == "identity":
        return f"{value}, by definition" if rate.legs else f"{value}: a currency in itself"
    if rate.kind == "derived":
        return f"{value}, computed from what is above"
    if rate.kind == "adjusted":
        before = rate.unadjusted
        return f"{value}, adjusted by an extension; it was {before:f}"
    subunits = [leg for leg in rate.legs if is_by_definition(leg)]
    into = " and ".join(leg.quote for leg in subunits)
    converted = f", converted to {into}" if into else ""
    if rate.kind == "direct":
        return f"{value}, as it was published{converted}"
    if rate.kind == "inverse":
        return f"{value}, 1 divided by what was published{converted}"
    ends = {rate.base, rate.quote, *(leg.base for leg in subunits)}
    ways = {code for leg in rate.legs for code in (leg.base, leg.quote)} - ends
    return f"{value}, by way of {' and '.join(sorted(ways))}{converted}, rounded once to 34 digits"


def _day(rate: Rate, service: ForexService, max_gap: int | None) -> str:
    rule = rule_of(rate, service)
    if rule is not None:
        asked = rate.requested or "today"
        if rate._replace(rule=None).kind == "identity":
            return f"{asked}, which needs no rate"
        return f"{rate.on}, which counts for {asked} by {rate.rule}: {rule.title}"
    if rate.requested is None:
        period = "" if rate.until is None else f" to {rate.until}"
        return f"{rate.on}{period}, the latest there is"
    if rate.until is not None:
        return f"{rate.requested}, in the period from {rate.on} to {rate.until}"
    gap = (rate.requested - rate.on).days
    if gap == 0:
        return f"{rate.on}, the day that was asked for"
    allowed = _gap_allowed(rate, service) if max_gap is None else max_gap
    return (
        f"{rate.on}, the newest on or before {rate.requested}: carried forward "
        f"{_days(gap)} of at most {allowed}"
    )


def _gap_allowed(rate: Rate, service: ForexService) -> int:
    if rate.driver == service.driver:
        return service.profile.max_gap
    return open_driver(rate.driver).profile.max_gap


def _days(many: int) -> str:
    return f"{many} day{'s' * (many != 1)}"


def _driver(rate: Rate, service: ForexService) -> str:
    asked = service.drivers
    if len(asked) == 1:
        if rate.rule is not None:
            return f"{rate.driver}, the source of {rate.rule}"
        return f"{rate.driver}, the only one that was asked"
    place = "the first" if not rate.failures else "the first that could answer"
    return f"{rate.driver}, {place} of {', '.join(asked)}"
