"""RuleAnswers: which day a rule maps to, and whether the source's answer is the one it means."""

from __future__ import annotations

from copy import copy
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP
from typing import TYPE_CHECKING, Any

from forexhooks.errors import (
    DateError,
    ForexError,
    InvalidRateError,
    RateUnavailableError,
    UnavailableReason,
    UnsupportedPairError,
)
from forexhooks.rates.decimals import ONE, divide, mean, round_quotient
from forexhooks.rates.profile import latest_today
from forexhooks.rates.rate import Rate, fraction
from forexhooks.support.zones import zone_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from forexhooks.rates.observations import Pair
    from forexhooks.rates.rate import Observation
    from forexhooks.rates.rule import Rule
    from forexhooks.service.driver_service import DriverService
    from forexhooks.support.context import Progress

_ONE_DAY = timedelta(days=1)


class RuleAnswers:
    """A rule and the service of its source, for one call."""

    def __init__(self, name: str, rule: Rule, source: DriverService, daily: DriverService) -> None:
        self.name = name
        self.rule = rule
        self.source = source
        self._daily = daily
        self._means: dict[Observation, Observation] = {}
        self._profile = source.profile
        self._searches = rule.direction in ("at or after", "nearest")

    def answer(self, pair: Pair, on: date | None) -> Rate | ForexError:
        """The rate of a day, or why there is none."""
        if on is None:
            on = datetime.now(zone_of(self.rule.zone)).date()
        refused = self._refused(pair, on)
        if refused is not None:
            return refused
        day = self.rule.source_day(on)
        if pair[0] == pair[1]:
            return self._identity(pair, min(day, on))
        if self._searches:
            return self._searched(pair, on, day)
        return self._judged(pair, on, day, self.source.rate_or_error(*pair, day))

    def answers(
        self, questions: Mapping[Pair, Sequence[date]], progress: Progress | None
    ) -> dict[tuple[Pair, date], Rate | ForexError]:
        """The rate of each pair on each of its days, or why there is none."""
        asked = [(pair, on) for pair, days in questions.items() for on in days]
        if self._searches:
            return {question: self.answer(*question) for question in asked}
        found: dict[tuple[Pair, date], Rate | ForexError] = {
            (pair, on): self.answer(pair, on) for pair, on in asked if pair[0] == pair[1]
        }
        mapped: dict[Pair, dict[date, None]] = {}
        for pair, on in asked:
            if (pair, on) in found:
                continue
            refused = self._refused(pair, on)
            if refused is not None:
                found[pair, on] = refused
            else:
                mapped.setdefault(pair, {})[self.rule.source_day(on)] = None
        of_source = self.source.answers(
            {pair: list(days) for pair, days in mapped.items()}, None, progress
        )
        for pair, on in asked:
            if (pair, on) not in found:
                day = self.rule.source_day(on)
                found[pair, on] = self._judged(pair, on, day, of_source[pair, day])
        return found

    def _refused(self, pair: Pair, on: date) -> ForexError | None:
        """Why the rule does not cover the pair or the day, or what is not published yet."""
        rule, is_identity = self.rule, pair[0] == pair[1]
        if rule.home not in pair:
            return UnsupportedPairError(
                f"{self.name} has no {'/'.join(pair)}: it is a rule for rates of {rule.home}",
                **self._question(pair, on),
            )
        if not is_identity and rule.valid_from is not None and on < rule.valid_from:
            return self._unavailable(
                pair,
                on,
                f"the rule is in force from {rule.valid_from}",
                UnavailableReason.BEFORE_FIRST_DAY,
            )
        if not is_identity and rule.valid_until is not None and on > rule.valid_until:
            why = f"the rule ended on {rule.valid_until}"
            return self._unavailable(pair, on, why, UnavailableReason.AFTER_LAST_DAY)
        try:
            day = rule.source_day(on)
        except DateError as error:
            return error
        needed = min(day, on) if is_identity else day  # 1 does not wait for a rate
        return self._not_yet(pair, on, day) if needed > latest_today() else None

    def _identity(self, pair: Pair, day: date) -> Rate:
        """The rate of the home currency in itself, which needs no source."""
        return Rate(*pair, ONE, day, self.source.driver, (), day, series=self.source.series)

    def _judged(
        self, pair: Pair, on: date, day: date, answer: Rate | ForexError
    ) -> Rate | ForexError:
        """The source's answer for its day, unless it carries forward an earlier rate."""
        if isinstance(answer, ForexError):
            if isinstance(answer, RateUnavailableError):
                counts = "" if day == on else f"for {on}, the rate of {day} counts; "
                # Without a day, a rule means today: the advice to leave it out is for the source.
                said = f"{answer}".replace("; leave the day out for its rate", "")
                answer = copy(answer)  # several days may have this one
                answer.args = (f"{self.name}: {counts}{said}", *answer.args[1:])
            return answer
        if self.rule.direction == "period" and (answer.until is None or answer.until < day):
            return InvalidRateError(
                f"{self.name}: {self.source.driver} returned a rate for {answer.on}, not for a "
                f"period with {day} in it: the source of the rule must publish periods",
                **self._question(pair, on),
            )
        if answer.until is not None or answer.on == day:
            return self._rounded(answer)
        if answer.stale is not None:
            return self._unavailable(
                pair, on, answer.stale, UnavailableReason.AFTER_LAST_DAY, answer.stale
            )
        if any(map(self._is_to_come, _days(answer.on + _ONE_DAY, day))):
            return self._not_yet(pair, on, day)
        return answer

    def _rounded(self, rate: Rate) -> Rate:
        """The rate, with means rounded as the rule says."""
        if not self.rule.places or rate.adjustment is not None:
            return rate
        legs = tuple(map(self._rounded_leg, rate.legs))
        if legs == rate.legs:
            return rate
        return rate._replace(legs=legs, value=divide(*fraction(rate.base, rate.quote, legs)))

    def _rounded_leg(self, leg: Observation) -> Observation:
        """A computed observation, rounded from the exact mean and not from a rounded one."""
        places = dict(self.rule.places).get(leg.quote)
        if places is None or not leg.inputs:
            return leg
        if leg not in self._means:
            [made_of] = leg.inputs
            days = self._daily.quiet_history(leg.base, leg.quote, made_of.first, made_of.last)
            exact = mean([rate.fraction() for rate in days])
            value = round_quotient(*exact, places, ROUND_HALF_UP)
            self._means[leg] = leg._replace(value=value)
        return self._means[leg]

    def _searched(self, pair: Pair, on: date, day: date) -> Rate | ForexError:
        """The first rate on or after a day, or the nearest one."""
        gap = timedelta(days=self._profile.max_gap)
        begins = max(day.toordinal() - gap.days, 1)
        first = day if self.rule.direction == "at or after" else date.fromordinal(begins)
        last = min(day + gap, max(self._profile.today(), day))
        try:
            history = self.source.quiet_history(*pair, first, last)
        except ForexError as error:
            return error
        found = min(history, key=lambda rate: (abs(rate.on - day), rate.on), default=None)
        # A nearer rate may not be published yet, or be missing from the store.
        end = last if found is None else day + abs(found.on - day) - _ONE_DAY
        if found is None or found.on < day:
            if history.stale is not None:
                return self._short(pair, on, history.stale)
            if any(map(self._is_to_come, _days(day, max(end, day)))):
                return self._not_yet(pair, on, day)
        if found is not None:
            return found
        if day + gap > last:
            return self._not_yet(pair, on, day)
        why = f"{self.source.driver} has no rate from {first} to {last}"
        return self._unavailable(pair, on, why, UnavailableReason.HOLE)

    def _is_to_come(self, day: date) -> bool:
        """Whether the source will still publish on a day after its latest rates."""
        return day >= self._profile.today() and self._profile.publication_days(day)

    def _short(self, pair: Pair, on: date, stale: str) -> RateUnavailableError:
        """The error if the source's store is not up to date: the right day may be what it lacks."""
        return self._unavailable(pair, on, stale, UnavailableReason.AFTER_LAST_DAY, stale)

    def _not_yet(self, pair: Pair, on: date, day: date) -> RateUnavailableError:
        return self._unavailable(
            pair,
            on,
            f"the rate of {day} counts, but {self.source.driver} has not published it",
            UnavailableReason.NOT_PUBLISHED_YET,
        )

    def _unavailable(
        self,
        pair: Pair,
        on: date,
        why: str,
        reason: UnavailableReason,
        stale: str | None = None,
    ) -> RateUnavailableError:
        return RateUnavailableError(
            f"{self.name} has no {'/'.join(pair)} for {on}; {reason.value}: {why}",
            reason=reason,
            stale=stale,
            **self._question(pair, on),
        )

    def _question(self, pair: Pair, on: date) -> dict[str, Any]:
        return {"driver": self.name, "base": pair[0], "quote": pair[1], "on": on}


def _days(first: date, last: date) -> Iterator[date]:
    """The days from the first to the last."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
