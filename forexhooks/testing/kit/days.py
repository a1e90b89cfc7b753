"""Days: in the provider's time zone, carried forward within limits, never from the future."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from forexhooks.errors import (
    DateError,
    ForexError,
    RateError,
    RateUnavailableError,
    UnavailableReason,
)
from forexhooks.testing import bodies
from forexhooks.testing.faults import other
from forexhooks.testing.kit.base import REWRITE, Base, shown
from forexhooks.testing.kit.needs import days_of_its_own, history, needs, network, numbers, tables
from forexhooks.testing.trial import hole_in, isolate, without_warnings

if TYPE_CHECKING:
    from pathlib import Path

    from forexhooks.rates.rate import Rate
    from forexhooks.testing.local_server import Asked

_LONG = 400
_YEARS = timedelta(days=800)
_DAY_OF_ANSWER = "take the day from the answer, in the provider's zone, not from the clock"


class Days(Base):
    """On which day a rate is."""

    def test_the_day_is_that_of_the_provider(self) -> None:
        rate = self.it.fx.get_rate(*self.pair)
        if type(rate.on) is not date or rate.on != self.known.newest:
            self.fail(
                f"the latest rate is of {rate.on!r}, but was observed on {self.known.newest}",
                _DAY_OF_ANSWER,
            )
        if rate.stale is not None:
            self.fail(
                f"on the evening of {self.known.today} it is stale: {rate.stale}",
                "correct published_at, zone and publication_days in the profile, or set `today` "
                "to the newest day in the replies, or a day soon after",
            )

    @needs(network)
    def test_a_stale_day_is_not_taken_for_today(self) -> None:
        if not any(bodies.days_in(body, self.rewrite) for body in self.known.bodies):
            why = numbers(self)
            if why is not None:
                pytest.skip(why)
            self.fail(
                "the responses have no day like 2026-10-30 or 30.10.2026",
                f"{REWRITE}; if its provider sends none, say so in expected_failures",
            )
        earlier = other(day=lambda on: on - timedelta(days=_LONG))
        self.it.server.answer = earlier(self.answer, self.rewrite)
        try:
            with without_warnings():
                rate = self.it.fx.get_rate(*self.pair)
        except ForexError:
            return
        if rate.on > self.known.newest - timedelta(days=_LONG // 2):
            self.fail(
                f"a response that is {_LONG} days old was taken for one of {rate.on}",
                _DAY_OF_ANSWER,
            )
        if rate.stale is None:
            self.fail(
                f"on {self.known.today} it gave a rate of {rate.on} that is not marked stale",
                "give the table a profile with its publication days: a subclass of Driver does",
            )

    def test_a_history_is_answered(self) -> None:
        if self.known.no_history is not None:
            self.fail(
                f"for the days from {self.known.start} to {self.known.newest} it gave "
                f"{self.known.no_history}",
                "record a reply for these days, or say latest_only in the profile",
            )

    @needs(history)
    def test_a_day_that_was_observed(self) -> None:
        latest = self.it.fx.get_rate(*self.pair)
        rate = self._of(self.known.newest)
        if (rate.on, rate.value) != (latest.on, latest.value):
            self.fail(
                f"for {self.known.newest} it gave {rate.value} of {rate.on}, but as the latest "
                f"{latest.value}",
                "yield the observations of the days from start to end, both included",
            )

    @needs(history)
    def test_a_day_without_an_observation_is_carried_forward(self) -> None:
        history = self._history()
        if any(rate.until is not None for rate in history):
            pytest.skip("a rate of a period is never carried")
        hole = hole_in([rate.on for rate in history])
        if hole is None:
            pytest.skip("every day of the history was observed: record one with a weekend in it")
        before = max((rate for rate in history if rate.on < hole), key=lambda rate: rate.on)
        if (hole - before.on).days <= self.it.profile.max_gap:
            rate = self._of(hole)
            if (rate.on, rate.value) != (before.on, before.value):
                self.fail(
                    f"for {hole} it gave {rate.value} of {rate.on}, but the rate of {before.on} is "
                    f"{before.value}",
                    "carry the observation before the day forward, never a later one: Driver does",
                )
        try:
            answer: object = self.it.fx.get_rate(*self.pair, hole, max_gap=0)
        except RateUnavailableError:
            return
        except ForexError as error:
            answer = error
        self.fail(
            f"for {hole}, a day without an observation, it gave {answer!r} with max_gap=0",
            "raise RateUnavailableError if there is nothing within max_gap days",
        )

    def test_before_the_first_day(self) -> None:
        profile = self.it.profile
        first = (
            self.known.newest if profile.latest_only else profile.history_from or date(1900, 1, 1)
        )
        on = first - timedelta(days=max(1, profile.max_gap + 1 if profile.latest_only else 1))
        try:
            answer: object = self.it.fx.get_rate(*self.pair, on)
        except (RateUnavailableError, DateError):
            return
        except ForexError as error:
            answer = error
        self.fail(
            f"for {on}, before its first day, it gave {answer!r}",
            "raise RateUnavailableError, or correct latest_only or history_from in the profile",
        )

    def test_a_day_that_has_not_come_costs_no_request(self) -> None:
        on = self.known.today + timedelta(days=30)
        try:
            answer: object = self.it.fx.get_rate(*self.pair, on)
        except RateUnavailableError as error:
            if error.reason is not UnavailableReason.IN_THE_FUTURE:
                self.fail(f"for {on} it said {error}", "say IN_THE_FUTURE: Driver does")
            if self.it.server.asked:
                self.fail(
                    f"for {on} it asked its provider", "check the day before you use the network"
                )
            return
        except RateError as error:
            answer = error
        self.fail(f"for {on}, in the future, it gave {answer!r}", "raise RateUnavailableError")

    @needs(history)
    def test_a_history_has_the_days_observed_in_order(self) -> None:
        history = self._history()
        days = [rate.on for rate in history]
        if days != sorted(set(days)) or not days:
            self.fail(
                f"the history from {self.known.start} to {self.known.newest} has the days "
                f"{', '.join(map(str, days)) or 'none'}",
                "yield every observation from start to end, both included",
            )
        first, newest = self.known.start, self.known.newest
        outside = [
            rate.on for rate in history if (rate.until or rate.on) < first or rate.on > newest
        ]
        if outside:
            self.fail(f"the history has {outside[0]}, which was not asked for", "use RateTable")
        if days[-1] != self.known.newest:
            self.fail(
                f"the history up to {self.known.newest} ends on {days[-1]}",
                "yield the last day too: start and end are both included",
            )
        for rate in history:
            alone = self.it.fx.get_rate(*self.pair, rate.on, max_gap=0)
            if alone.value != rate.value:
                self.fail(
                    f"{rate.on} is {rate.value} in the history, and {alone.value} alone",
                    "let one method produce both: a subclass of Driver does",
                )

    @needs(history, tables, network, days_of_its_own)
    def test_the_days_asked_for_are_those_wanted(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        # In different years, as the provider may have a file for each.
        earlier = max(self.it.profile.history_from or date.min, self.known.newest - _YEARS)
        if earlier == self.known.newest:
            return
        asked = []
        for day in (self.known.newest, earlier):
            isolate(monkeypatch, tmp_path / str(day))  # start with an empty cache
            asked.append(self._requests_of(day))
        these, those = asked
        if not (these and those):
            pytest.skip("it asked nobody for days: leave history_from out if it has but the latest")
        if these != those or earlier.year == self.known.newest.year:  # a year may be one file
            return
        self.fail(
            f"for {self.known.newest} and for {earlier} it sent the same requests: {shown(these)}",
            "request the days from start to end; if the provider has only one file of all days, "
            "set whole_history = True in the test class",
        )

    @needs(history, tables)
    def test_the_first_day_is_included(self) -> None:
        # The days that are asked for around the newest one: there are replies for these.
        first = self.known.newest - timedelta(days=self.it.profile.max_gap)
        expected = next((rate.value for rate in self._history() if rate.on == first), None)
        if expected is None:
            pytest.skip(f"{first} was not observed: record a longer history, with that day in it")
        again = self._made(self.it.server)
        found: object
        try:
            table = again.fx.get_table(self.pair, first, self.known.newest)
            found = table.get_rate(*self.pair, first, max_gap=0).value
        except ForexError as error:
            found = error
        finally:
            again.close()
        if found != expected:
            self.fail(
                f"for {first} it gave {found} if asked for the days from then on, but {expected} "
                f"if asked for those from {self.known.start}",
                "yield the observations of the days from start to end, both included",
            )

    def _requests_of(self, day: date) -> list[Asked]:
        """What a new driver requests for one day, whatever the response."""
        again = self._made(self.it.server)
        self.it.server.asked.clear()
        try:
            with suppress(ForexError):
                again.fx.get_table(self.pair, day, day)
        finally:
            again.close()
        return [each._replace(headers={}) for each in self.it.server.asked]

    @needs(history, tables)
    def test_a_history_takes_no_more_requests_than_promised(self) -> None:
        self.it.server.asked.clear()
        self._history()
        days = (self.known.newest - self.known.start).days + 1
        promised = self.requests_history
        if promised is None:
            promised = days if self.it.profile.day_by_day else self.requests_latest
        if len(self.it.server.asked) > promised:
            self.fail(
                f"a history of {days} days took {len(self.it.server.asked)} requests, "
                f"not {promised}",
                "request all days at once, say day_by_day in the profile, or allow more with "
                "requests_history",
            )

    def _history(self) -> list[Rate]:
        return list(self.it.fx.get_history(*self.pair, self.known.start, self.known.newest))

    def _of(self, on: date) -> Rate:
        try:
            return self.it.fx.get_rate(*self.pair, on)
        except ForexError as error:
            self.fail(
                f"for {on} it gave {error}",
                "record a reply for that day, or say latest_only in the profile",
            )
