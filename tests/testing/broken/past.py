"""Drivers that are broken for one currency, and only in a history: its latest rate is right."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from broken.well import TODAY, Acme, Breakage, answer
from forexhooks import Observation
from forexhooks.rates.decimals import multiply
from forexhooks.testing import Asked, Reply

_HUNDRED = Decimal(100)
_CODE = "SEK"
_A_DAY = TODAY - timedelta(days=2)


class Past(Acme):
    """What it says of the past of one currency is another thing."""

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        for each in super().observations(currencies, start, end):
            if start is None or each.quote != _CODE:
                yield each
            else:
                yield from self.past(each)

    def past(self, it: Observation) -> Iterator[Observation]:
        yield it


class NoPast(Past):
    def past(self, it: Observation) -> Iterator[Observation]:
        yield from ()


class PastUpsideDown(Past):
    def past(self, it: Observation) -> Iterator[Observation]:
        yield it._replace(base=it.quote, quote=it.base)


class PastPerHundred(Past):
    def past(self, it: Observation) -> Iterator[Observation]:
        yield it._replace(value=multiply(it.value, _HUNDRED))


class DayPerHundred(Past):
    def past(self, it: Observation) -> Iterator[Observation]:
        is_wrong = it.on == _A_DAY
        yield it._replace(value=multiply(it.value, _HUNDRED)) if is_wrong else it


def with_a_gap(asked: Asked) -> Reply:
    """The answer of a provider that did not quote the currency on a day."""
    given = answer(asked)
    row = rf'{{"day":"{_A_DAY}","base":"USD","code":"{_CODE}","rate":[0-9.]+}},?'
    return given._replace(content=re.sub(row.encode(), b"", given.content).replace(b",]", b"]"))


def _one(name: str, driver: Any, says: str, *found_by: str, **given: Any) -> Breakage:
    return Breakage(name, driver, frozenset(found_by), says, given)


_CROSSED = "test_crosses_are_consistent"
_UNITS = "test_no_rate_is[off by a power of ten]"

ALL = (
    _one("no past", NoPast, "SEK", "test_every_currency_that_was_sent_is_in_a_history"),
    _one(
        "a past upside down", PastUpsideDown, "swap base", "test_no_rate_is[upside down]", _CROSSED
    ),
    _one("a past per hundred", PastPerHundred, "look at what reads a range", _UNITS, _CROSSED),
    _one("a day per hundred", DayPerHundred, f"SEK on {_A_DAY} is off by 100", _UNITS),
    _one("a day not quoted", Acme, "", answer=staticmethod(with_a_gap)),
)
