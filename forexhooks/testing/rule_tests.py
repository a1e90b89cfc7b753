"""RuleTests: tests of a rule, with a table of days."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import time_machine

from forexhooks.errors import UnsupportedPairError
from forexhooks.plugins.manager import ForexManager
from forexhooks.service.opening import open as opened
from forexhooks.testing.fixed import FixedRates

if TYPE_CHECKING:
    from forexhooks.rates.rule import Rule
    from forexhooks.service.service import ForexService

# How many days before and after those of the table the source has.
_BEFORE, _AFTER = timedelta(days=800), timedelta(days=40)


class RuleTests:
    """Tests of a rule: subclass it, and give the plugin and a table of days.

    - `rule`: the plugin, a module or an instance
    - `days`: a dictionary from the day asked for to the day whose rate counts
    - `closed`: days on which the source publishes nothing, besides weekends

    Instead of the source, the rule asks a driver that has a rate for each weekday that is not
    `closed`. Each day of the table is asked for when all of them are past.
    """

    rule: ClassVar[Any]
    days: ClassVar[Mapping[date, date]]
    closed: ClassVar[Collection[date]] = ()

    def test_each_day_gets_the_rate_of_the_day_that_counts(self) -> None:
        """Each day of the table gets the rate of the day given for it."""
        if not self.days:
            pytest.fail("set days = {the day asked for: the day whose rate counts}")
        fx, rule, now = self._opened()
        with time_machine.travel(now, tick=False):
            found = {day: fx.get_rate(rule.home, _other(rule), on=day).on for day in self.days}
        wrong = [
            f"for {day} the rate of {found[day]} counts, but the table says {wanted}"
            for day, wanted in self.days.items()
            if found[day] != wanted
        ]
        if wrong:
            pytest.fail("\n".join(wrong))

    def test_a_pair_without_the_currency_of_the_country_is_refused(self) -> None:
        """A rule has no rates for pairs without its own country's currency."""
        fx, rule, now = self._opened()
        base, quote, *_ = (code for code in ("CHF", "JPY", "USD") if code != rule.home)
        with time_machine.travel(now, tick=False), pytest.raises(UnsupportedPairError):
            fx.get_rate(base, quote, on=max(self.days))

    def _opened(self) -> tuple[ForexService, Rule, datetime]:
        manager = ForexManager()
        name = str(manager.register(type(self).rule))
        rule: Rule = manager.hook.forex_driver_rule(driver=name)
        every = [*self.days, *self.days.values()]
        first, last = min(every) - _BEFORE, max(every) + _AFTER
        pair = f"{rule.home}/{_other(rule)}"
        days = (first + timedelta(days=number) for number in range((last - first).days))
        rates = {
            day: {pair: "1.25"} for day in days if day.weekday() < 5 and day not in self.closed
        }
        manager.register(FixedRates(rates, name=rule.source.partition(":")[0]))
        return opened(name, manager=manager), rule, datetime.combine(last, time(12), UTC)


def _other(rule: Rule) -> str:
    return "USD" if rule.home != "USD" else "EUR"
