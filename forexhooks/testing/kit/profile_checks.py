"""The profile, compared with the observations and with where its currency is used."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from forexhooks.plugins.driver import Driver
from forexhooks.testing.kit.base import Base
from forexhooks.testing.kit.needs import history, needs, network, tables
from forexhooks.testing.trial import isolate

if TYPE_CHECKING:
    from pathlib import Path

    from forexhooks.testing.local_server import Asked

_FEW = 3
_LONGEST_KEPT = timedelta(days=7)
_MORNING = time(6)
# Currency codes begin with the country's code, except these.
_AT_HOME = {
    "EUR": ("BE", "FI", "PT"),
    "XAF": ("CM",),
    "XOF": ("SN",),
    "XPF": ("NC",),
    "XCD": ("KN",),
}


class ProfileChecks(Base):
    """What the profile says of the provider."""

    def test_the_pivot_is_the_currency_that_all_rates_share(self) -> None:
        pairs = {(each.base, each.quote) for each in self.known.observations}
        if len(pairs) < _FEW:
            pytest.skip("there are too few pairs to tell: record an answer with more currencies")
        shared = set.intersection(*map(set, pairs))
        if shared and self.it.profile.pivot not in shared:
            [code] = shared
            self.fail(
                f"all its rates have {code}, but the pivot of its profile is "
                f"{self.it.profile.pivot}",
                f'set pivot="{code}" in the profile',
            )

    def test_the_latest_is_not_kept_too_long(self) -> None:
        profile = self.it.profile
        if profile.frequency == "day" and profile.time_to_live > _LONGEST_KEPT:
            self.fail(
                f"its latest rates are cached for {profile.time_to_live.days} days, but it "
                "publishes daily",
                "set time_to_live in the profile to some hours",
            )

    def test_it_publishes_by_day_where_its_currency_is(self) -> None:
        profile = self.it.profile
        if profile.zone == "UTC" and profile.published_at in (None, time(0)):
            return  # a worldwide service, whose days are UTC days
        at_home = _zones_of(profile.pivot or "")
        days = [date(self.known.newest.year, month, 15) for month in (1, 7)]
        if at_home and all(
            [_offset(profile.zone, day) for day in days] != [_offset(zone, day) for day in days]
            for zone in at_home
        ):
            self.fail(
                f"its zone is {profile.zone}, but its pivot {profile.pivot} is used in "
                f"{', '.join(at_home[:3])}",
                "set zone in the profile to the time zone of the provider; if it is right, say "
                "why in expected_failures",
            )
        if profile.published_at is not None and profile.published_at < _MORNING:
            self.fail(
                f"it publishes at {profile.published_at:%H:%M} in {profile.zone}, at night",
                "set published_at in the profile to the local time in its zone; if it is right, "
                "say why in expected_failures",
            )

    @needs(history)
    def test_days_are_observed_as_the_profile_says(self) -> None:
        profile, start, newest = self.it.profile, self.known.start, self.known.newest
        history = self.it.fx.get_history(*self.pair, start, newest)
        observed = {rate.on for rate in history}
        if len(observed) < _FEW:
            pytest.skip("fewer than three days: record a longer history to have them compared")
        if profile.frequency != "day" and len(observed) * 2 > (newest - start).days:
            self.fail(
                f"its profile says one rate a {profile.frequency}, but there are observations of "
                f"{len(observed)} days from {start} to {newest}",
                'set frequency="day" in the profile',
            )
        if profile.frequency != "day":
            return
        days = [start + timedelta(days=each) for each in range((newest - start).days + 1)]
        weekend = [day for day in days if day.weekday() > 4]
        if weekend and all(map(profile.publication_days, weekend)) and not observed & {*weekend}:
            self.fail(
                f"its profile says that it publishes on {weekend[0]}, but it has no observation "
                "of a weekend",
                "set publication_days=weekdays in the profile",
            )

    @needs(history, tables)
    def test_a_history_that_takes_one_request_is_not_day_by_day(self) -> None:
        if not self.it.profile.day_by_day:
            return
        self.it.server.asked.clear()
        history = self.it.fx.get_history(*self.pair, self.known.start, self.known.newest)
        if len(history) >= _FEW and len(self.it.server.asked) == 1:
            self.fail(
                f"its profile says day_by_day, but {len(history)} days took one request",
                "leave day_by_day out of the profile",
            )

    @needs(network)
    def test_one_answer_for_all_currencies_is_asked_for_once(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        driver = self.it.plugin
        quotes = [code for code in self.codes if code != self.codes[0]]
        if not isinstance(driver, Driver) or driver.all_at_once or len(quotes) < _FEW:
            return
        has_past = not self.it.profile.latest_only and self.known.no_history is None
        spans = [(None, None), *[(self.known.newest, self.known.newest)] * has_past]
        asked: list[list[Asked]] = []
        listed, seen = self.it.fx.currencies(), set[str]()
        for number in range(2):
            # The second is missing from the first response, if there is such a currency.
            quote = min(listed - seen, default=quotes[1]) if number else quotes[0]
            isolate(monkeypatch, tmp_path / quote)  # start with an empty cache
            again = self._made(self.it.server)
            self.it.server.asked.clear()
            wanted = frozenset({self.codes[0], quote})
            several = self.it.profile.series
            named = {"series": several[0].name} if several else {}
            for start, end in spans:
                rows = again.plugin.observations(wanted, start, end, **named)
                yielded = {code for each in rows for code in each[1:3]}
                seen |= yielded
                if yielded <= wanted:
                    return
            again.close()
            asked.append([each._replace(headers={}) for each in self.it.server.asked])
        if asked[0] == asked[1] != []:
            self.fail(
                "it sends the same requests for all currencies, and yields all rows",
                "set all_at_once = True in the driver: then one table serves every pair",
            )

    def test_the_profile_names_the_key(self) -> None:
        sent = any(self.key in text for asked in self.known.asked for text in self._texts(asked))
        if sent and self.it.profile.key is None:
            self.fail(
                "it sends a key, but its profile names none",
                "set key= in the profile: the setting, and where to get a key",
            )


def _zones_of(code: str) -> list[str]:
    """The time zones of the countries that use the currency; empty if they are not known."""
    countries = _AT_HOME.get(code, (code[:2],))
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return [row[2] for row in rows if row[0] in countries]


def _offset(zone: str, day: date) -> timedelta | None:
    return datetime.combine(day, time(12), ZoneInfo(zone)).utcoffset()
