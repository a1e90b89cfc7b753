"""What was observed, held against the profile and the answers that it was read from."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from forexhooks.currencies import ENDED, is_currency
from forexhooks.errors import DriverError, ForexError, UnsupportedPairError
from forexhooks.plugins.driver import Driver
from forexhooks.testing.faults import HTML, always, status
from forexhooks.testing.kit.base import Base
from forexhooks.testing.local_server import reply
from forexhooks.testing.trial import without_warnings

_FEW = 3
_LONGEST_KEPT = timedelta(days=7)
_ILL = {
    "500": status(500),
    "HTML with 200": always(reply(HTML, content_type="text/html")),
    "an error with 200": always(
        reply({"error": "no such series"}, content_type="application/json")
    ),
}


class Observed(Base):
    """What a driver yields, and what its profile says of it."""

    def test_no_observation_comes_twice(self) -> None:
        if not isinstance(self.it.plugin, Driver):
            pytest.skip("it is no Driver: it has no observations() to count")
        codes = frozenset(self.currencies or self.it.fx.currencies())
        series = self.it.profile.series
        named = {"series": series[0].name} if series else {}
        rows = [tuple(each)[:3] for each in self.it.plugin.observations(codes, None, None, **named)]
        twice = [row for row, times in Counter(rows).items() if times > 1]
        if twice:
            on, base, quote = twice[0]
            self.fail(
                f"it observed {base}/{quote} of {on} more than once; {len(twice)} such in all",
                "yield each pair and day once: leave out the rows of other series",
            )

    def test_codes_are_of_money_in_use(self) -> None:
        for each in self.known.observations:
            on = each.on
            for code in (each.base, each.quote):
                if code in ENDED and ENDED[code].converted_on <= on:
                    self.fail(
                        f"it observed {code} on {on}, which ended on {ENDED[code].converted_on}",
                        "leave out rows of currencies that have ended",
                    )
                if not is_currency(code) and "_" in code:
                    self.fail(f"{code!r} is no currency", "leave out indices and other series")

    def test_the_pivot_is_the_currency_that_all_rates_share(self) -> None:
        pairs = {(each.base, each.quote) for each in self.known.observations}
        if len(pairs) < _FEW:
            pytest.skip("there are too few pairs to tell: record an answer with more currencies")
        shared = set.intersection(*map(set, pairs))
        if shared and self.it.profile.pivot not in shared:
            [code] = shared
            self.fail(
                f"all its rates have {code}, and the pivot of its profile is "
                f"{self.it.profile.pivot}",
                f'say pivot="{code}" in the profile',
            )

    def test_the_latest_is_not_kept_too_long(self) -> None:
        profile = self.it.profile
        if profile.frequency == "day" and profile.time_to_live > _LONGEST_KEPT:
            self.fail(
                f"its latest is kept for {profile.time_to_live.days} days, and it has one a day",
                "give the profile a time_to_live of hours",
            )

    def test_days_are_observed_as_the_profile_says(self) -> None:
        self.has_history()
        profile, start, newest = self.it.profile, self.known.start, self.known.newest
        try:
            history = self.it.fx.get_history(*self.pair, start, newest)
        except ForexError as error:
            pytest.skip(f"it gives no history ({error}): see the tests of histories")
        observed = {rate.on for rate in history}
        if len(observed) < _FEW:
            pytest.skip("fewer than three days: record a longer history to have them compared")
        if profile.frequency != "day" and len(observed) * 2 > (newest - start).days:
            self.fail(
                f"its profile says one a {profile.frequency}, and {len(observed)} days from "
                f"{start} to {newest} were observed",
                'say frequency="day" in the profile',
            )
        if profile.frequency != "day":
            return
        days = [start + timedelta(days=each) for each in range((newest - start).days + 1)]
        weekend = [day for day in days if day.weekday() > 4]
        if weekend and all(map(profile.publication_days, weekend)) and not observed & {*weekend}:
            self.fail(
                f"its profile says that it publishes on {weekend[0]}, a day of a weekend, and no "
                "such day was observed",
                "say publication_days=weekdays in the profile",
            )

    @pytest.mark.parametrize("ill", list(_ILL))
    def test_fault_in_a_history(self, ill: str) -> None:
        self.has_history()
        self.has_tables()
        self.goes_over_http()
        again = self._made(self.it.server)
        self.it.server.asked.clear()
        self.it.server.answer = _ILL[ill](self.answer)
        error: Exception | None = None
        try:
            with without_warnings():
                again.fx.get_table(self.pair, self.known.start, self.known.newest)
        except Exception as raised:  # noqa: BLE001 - it is looked at
            error = raised
        finally:
            again.close()
        if not self.it.server.asked:
            pytest.skip("it asks nobody for a history")
        if not isinstance(error, DriverError) or isinstance(error, UnsupportedPairError):
            self.fail(
                f"asked for a history, its provider answered with {ill}, and it gave {error!r}",
                "let the error through: an answer that failed is not one without rates",
            )

    def test_the_profile_names_the_key(self) -> None:
        sent = any(self.key in text for asked in self.known.asked for text in self._texts(asked))
        if sent and self.it.profile.key is None:
            self.fail(
                "its provider was sent the key, and its profile names none",
                "write key= in the profile: the setting, and where to get one",
            )
