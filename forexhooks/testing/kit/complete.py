"""Nothing is lost between what the provider sends and what the driver yields."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from forexhooks.currencies import CODES, ENDED
from forexhooks.errors import ForexError, RateUnavailableError
from forexhooks.rates.decimals import ONE, divide
from forexhooks.testing import bodies
from forexhooks.testing.faults import status
from forexhooks.testing.kit.base import Base, shown
from forexhooks.testing.kit.needs import days_of_its_own, history, needs, network, tables
from forexhooks.testing.local_server import Reply
from forexhooks.testing.trial import isolate, without_warnings

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from forexhooks.testing.local_server import Answer, Asked, Misbehave

_CODE = re.compile(r"(?<![A-Za-z_])[A-Z]{3}(?![A-Za-z_])")
_A_WEEK = timedelta(days=7)


class Complete(Base):
    """All currencies, days, pages and years."""

    def test_every_currency_that_was_sent_is_observed(self) -> None:
        table = self.it.table(self.currencies)
        if table is not None:  # otherwise each pair is a request of its own
            self._check_sent("the responses", self.known.bodies, table.observed)

    @needs(history, tables, network)
    def test_every_currency_that_was_sent_is_in_a_history(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        _, sent = self._watched()
        table = self._history_anew(monkeypatch, tmp_path)
        days = f"the days from {self.known.start} to {self.known.newest}"
        if any(code in bodies.text_of(body) for body in sent for code in table.observed):
            self._check_sent(f"the responses for {days}", sent, table.observed)
            return
        # The provider has other names for currencies.
        lost = sorted({code for each in self.known.observations for code in each[1:3]})
        lost = [code for code in lost if code not in table.observed]
        if lost:
            self.fail(
                f"the latest rates have {', '.join(lost[:5])}, but {days} do not; "
                f"{len(lost)} such in all",
                "ask for every currency, and yield every row; if the provider has no history of "
                "some, say so in expected_failures",
            )

    def _history_anew(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Any:
        """The table of the days up to the newest, of a new driver without a cache."""
        isolate(monkeypatch, folder / "anew")
        again = self._made(self.it.server)
        try:
            with without_warnings():
                return again.table(self.currencies, self.known.start, self.known.newest)
        finally:
            again.close()

    def _check_sent(self, said: str, sent: Iterable[bytes], observed: Collection[str]) -> None:
        codes = {
            code
            for body in sent
            if bodies.is_text(body) and bodies.may_have_rates(body)
            for code in _CODE.findall(bodies.text_of(body))
            if code in CODES and not code.startswith("X") and code not in ENDED
        }
        lost = sorted((codes | {*self.currencies}).difference(observed))
        if lost:
            self.fail(
                f"{said} have {', '.join(lost[:5])}, which it lost; {len(lost)} such in all",
                "yield every row of every page, whatever was asked for; if you leave some out on "
                "purpose, or some are not currencies, say so in expected_failures",
            )

    def test_what_was_asked_before_changes_nothing(self) -> None:
        again = self._made(self.it.server)
        listed = self.it.fx.currencies()
        known = [each for each in self.known.observations if listed.issuperset(each[1:3])]
        try:
            for each in known[-1:] + known[:6]:
                try:
                    found: object = again.fx.get_rate(each.base, each.quote).value
                except ForexError as error:
                    found = error
                if found != divide(each.value, ONE):
                    self.fail(
                        f"asked for {each.base}/{each.quote} after others it returned {found!r}, "
                        f"but the observation is {each.value}",
                        "store nothing about a question on the driver: the next one may differ",
                    )
        finally:
            again.close()

    @needs(history, network)
    def test_a_history_has_the_days_of_publication(self) -> None:
        if self.it.profile.frequency != "day":
            return
        start = max(self.known.start, self.it.profile.history_from or date.min)
        newest = self.known.newest
        days = [start + timedelta(days=each) for each in range((newest - start).days + 1)]
        due = [day for day in days if self.it.profile.publication_days(day)]
        found = {rate.on for rate in self.it.fx.get_history(*self.pair, start, newest)}
        has = [day for day in due if day in found]
        said = f"of the {len(due)} days of publication from {start} to {newest} it has {len(has)}"
        if len(has) * 3 >= len(due) * 2:
            return
        if has != due[-len(has) :] or self.it.profile.day_by_day:
            pytest.skip(f"{said}: record a longer history, so that days that are lost are missed")
        self.fail(
            f"{said}, the last of them",
            "request every page and every part of a history; if the replies have no more days, "
            "record a longer history",
        )

    @needs(history, tables, network, days_of_its_own)
    def test_every_year_of_a_history_is_asked_for(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        year = self.known.newest.year
        old, new = date(year - 1, 12, 20), date(year, 1, 10)
        if new > self.known.newest or old < (self.it.profile.history_from or date.min):
            return  # there is only one year
        asked = []
        for start, end in ((old, date(year - 1, 12, 31)), (date(year, 1, 1), new), (old, new)):
            isolate(monkeypatch, tmp_path / f"{start}{end}")
            asked.append(self._requests_for(start, end))
        of_old, of_new, of_both = asked
        if self._unanswered():
            pytest.skip(f"asked for days of two years it gave an error: record {self.missing()}")
        if of_old != of_new and of_both in (of_old, of_new):
            self.fail(
                f"for the days from {old} to {new}, in two years, it requested no more than for "
                f"one year: {shown(of_both)}",
                "request each year from start to end: years(start, end) yields them",
            )

    @needs(history, tables, network, days_of_its_own)
    def test_a_part_of_a_history_that_fails(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        first = self.it.profile.history_from or date.min
        spans = [self.known.start, max(first, self.known.newest - timedelta(days=370))]
        for start in spans:
            isolate(monkeypatch, tmp_path / str(start))
            parts = list(dict.fromkeys(map(_place, self._requests_for(start, self.known.newest))))
            if len(parts) < 2 or self._unanswered():
                continue
            isolate(monkeypatch, tmp_path / f"{start}-ill")
            ill = status(500)(self.answer)
            last = parts[-1]

            def answer(asked: Asked, last: object = last, ill: Answer = ill) -> Reply | Misbehave:
                return ill(asked) if _place(asked) == last else self.answer(asked)

            self.it.server.answer = answer
            if self._requests_for(start, self.known.newest) and self.raised is None:
                self.fail(
                    f"of the {len(parts)} requests for the days from {start} on the last was "
                    "answered with 500, but it returned a history",
                    "do not catch the error: a part that failed is not a part without rates",
                )
            return
        if self._unanswered():
            pytest.skip(f"asked for a year it gave an error: record {self.missing()}")

    @needs(history, tables, network, days_of_its_own)
    def test_the_first_day_is_that_of_the_profile(self) -> None:
        first = self.it.profile.history_from
        if first is None:
            pytest.skip("its profile has no history_from: write the first day that it has")
        codes = frozenset(self.currencies or self.it.fx.currencies())
        until = first if self.it.profile.day_by_day else first + _A_WEEK
        refused, sent = self._watched()
        again = self._made(self.it.server)
        try:
            with without_warnings():
                table = again.hook.forex_get_table(
                    driver=again.name, currencies=codes, start=first, end=until
                )
            observed = [each.on for each in table.observations()]
        except RateUnavailableError:
            observed = []
        except ForexError as error:
            pytest.skip(f"record the replies for {first} to {until}: it gave {error}")
        finally:
            again.close()
        if refused:
            pytest.skip(f"record the replies for {first} to {until}: {shown(refused)}")
        days = [on for body in sent for on in bodies.days_in(body, self.rewrite)]
        if (days or observed) and not any(first <= on <= until for on in [*days, *observed]):
            pytest.skip(f"record replies for {first} to {until}: there are none but of other days")
        if not observed:
            self.fail(
                f"history_from in its profile is {first}, but from then to {until} it has no rate",
                "set it to the first day that the provider has",
            )

    raised: Exception | None = None

    def _watched(self) -> tuple[list[Asked], list[bytes]]:
        """The requests without a good response from now on, and the bodies of the others."""
        refused: list[Asked] = []
        sent: list[bytes] = []

        def answer(asked: Asked) -> Reply | Misbehave:
            given = self.answer(asked)
            if isinstance(given, Reply) and given.status == 200:
                sent.append(given.content)
            else:
                refused.append(asked)
            return given

        self.it.server.answer = answer
        return refused, sent

    def _requests_for(self, start: date, end: date) -> list[Asked]:
        """What a new driver requests for these days; `raised` is its error, if any."""
        again = self._made(self.it.server)
        self.it.server.asked.clear()
        self.raised = None
        try:
            with without_warnings():
                again.fx.get_table(self.pair, start, end)
        except ForexError as error:
            self.raised = error
        finally:
            again.close()
        return [each._replace(headers={}) for each in self.it.server.asked]


def _place(asked: Asked) -> tuple[object, ...]:
    return asked.path, tuple(asked.query.items()), asked.content
