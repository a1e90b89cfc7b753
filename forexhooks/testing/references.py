"""Reference rates, to find rates that are upside down or wrong by a power of ten."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING

from forexhooks.currencies import CODES
from forexhooks.errors import ForexError
from forexhooks.plugins.manager import ForexManager

if TYPE_CHECKING:
    from forexhooks.rates.rate import Observation

_YEAR = 366
_NEAR = 0.15
_APART, _SAME = 0.05, 0.02  # to find currencies that are swapped and near each other
_MOST_ZEROS = 5

Reference = Callable[[str, str], float | None]


def reference(on: date, further: Mapping[str, object]) -> Reference:
    """What a pair costs around a day, by `further` (`"USD/CAD"`) and by the ECB; None: unknown.

    A pair in `further` works in both directions, and in cross rates with what the ECB has.
    """
    # Its table, not a service: a test's clock may be before its newest day.
    ecb = ForexManager(discover=True).hook.forex_get_table(
        driver="ecb", currencies=CODES, start=None, end=None
    )

    def by_the_ecb(base: str, quote: str) -> float | None:
        try:
            return float(ecb.get_rate(base, quote, min(on, ecb.newest), max_gap=_YEAR).value)
        except ForexError:
            return None

    # A currency that the ECB does not have (any more): what 1 unit of it costs in another.
    given: dict[str, tuple[str, float]] = {}
    for pair, value in further.items():
        base, _, quote = pair.partition("/")
        for code, other, price in (
            (base, quote, float(str(value))),
            (quote, base, 1 / float(str(value))),
        ):
            if by_the_ecb(code, "EUR") is None:
                given[code] = other, price

    def of(base: str, quote: str) -> float | None:
        if f"{base}/{quote}" in further:
            return float(str(further[f"{base}/{quote}"]))
        known = by_the_ecb(base, quote)
        if known is not None:
            return known
        by_base, of_base = given.get(base, (base, 1.0))
        by_quote, of_quote = given.get(quote, (quote, 1.0))
        between = 1.0 if by_base == by_quote else by_the_ecb(by_base, by_quote)
        return None if between is None else of_base * between / of_quote

    return of


def suspects(
    observations: Iterable[Observation], of: Reference
) -> list[tuple[Observation, float, str]]:
    """The observations that look wrong, each with the value expected and what may have happened.

    That is `"upside down"` or `"off by 100"`, whichever explains the value best, or `"far off"`.
    """
    found = []
    near: list[tuple[Observation, float]] = []
    for observation in observations:
        expected = of(observation.base, observation.quote)
        if expected is None:
            continue
        ratio = math.log(float(observation.value) / expected)
        if abs(ratio) < _NEAR:
            if abs(ratio) > _APART:
                near.append((observation, expected))
            continue
        inverted = math.log(float(observation.value) * expected)
        powers = [zeros for zeros in range(-_MOST_ZEROS, _MOST_ZEROS + 1) if zeros]
        # How far each explanation is from the value.
        explained = {
            "upside down": abs(inverted),
            **{f"off by {10.0**n:g}": abs(ratio - n * math.log(10)) for n in powers},
        }
        how = min(explained, key=lambda each: explained[each])
        found.append((observation, expected, how if explained[how] < _NEAR else "far off"))
    found += [(seen, expected, "far off") for seen, expected in near if _is_swapped(seen, near)]
    return found


def _is_swapped(seen: Observation, near: list[tuple[Observation, float]]) -> bool:
    """Whether another currency has the value that this one should have, and this one has its."""
    of_seen = next(expected for each, expected in near if each is seen)
    return any(
        (each.base == seen.base) != (each.quote == seen.quote)
        and abs(math.log(float(each.value) / of_seen)) < _SAME
        and abs(math.log(float(seen.value) / expected)) < _SAME
        for each, expected in near
    )
