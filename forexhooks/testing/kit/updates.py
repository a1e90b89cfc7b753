"""Drivers with a local store: what an update brings, and what it leaves unchanged."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from forexhooks.errors import DriverError, ForexError
from forexhooks.rates.update import Update
from forexhooks.testing.faults import FAULTS, Fault
from forexhooks.testing.kit.needs import needs, store
from forexhooks.testing.kit.requests import Requests
from forexhooks.testing.trial import evening_of, without_warnings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.rates.rate import Rate

_A_WEEK = timedelta(days=7)
_SOME_DAYS = timedelta(days=4)
_FAULTS = [each for each in FAULTS if each.name in ("reset", "truncation", "404", "500")]
_FAULTS += [each for each in FAULTS if each.name.endswith("with 200")]


class Updates(Requests):
    """What `forex_update` promises of a store."""

    @needs(store)
    def test_an_update_brings_what_the_provider_has(self) -> None:
        with self._later(_A_WEEK):
            before = self._latest()
            first = self._updated()
            after = self._latest()
            again = self._updated()
        if not self.it.server.asked:
            self.fail("its update requested nothing", "make the driver with base_url=server.url")
        if after.on < before.on:
            self.fail(
                f"its newest day was {before.on}, and after an update it is {after.on}",
                "merge new observations into the old ones",
            )
        said = first.driver, first.before, first.after
        if said != (self.it.name, before.on, after.on):
            self.fail(
                f"its update says {first!r}; its newest rate was of {before.on}, and is of "
                f"{after.on}",
                "put into Update the driver's name, and the newest day before and after",
            )
        if again.added or again.changed:
            self.fail(
                f"a second update returned {again!r}",
                "count only new observations, and store each one once",
            )

    @needs(store)
    def test_what_an_update_brought_is_there_for_the_next_driver(self) -> None:
        with self._later(_A_WEEK):
            self._updated()
            expected = self._latest()
            self.it.server.asked.clear()
            found = self._of_another()
        if found != expected or self.it.server.asked:
            self.fail(
                f"created again, it gave {found!r}, and before {expected!r}",
                "write the store to a file in the user's data folder",
            )

    @needs(store)
    def test_an_update_offline(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FOREXHOOKS_OFFLINE", "1")
        with self._later(_A_WEEK):
            error = self._raised_by_update()
        if self.it.server.asked or not isinstance(error, DriverError):
            self.fail(
                f"updated offline it made {len(self.it.server.asked)} requests, and gave {error!r}",
                "fetch with HttpDriver or HttpClient, which raise DriverError",
            )

    @needs(store)
    @pytest.mark.parametrize("fault", [pytest.param(each, id=each.name) for each in _FAULTS])
    def test_an_update_that_fails_changes_nothing(self, fault: Fault) -> None:
        with self._later(_A_WEEK):
            self._updated()
        answered: list[bool] = []
        self.it.server.answer = self.ill(fault, answered)
        with self._later(_A_WEEK + _SOME_DAYS):  # it has a reason to ask again
            before = self._latest(), self._of_another()
            error = self._raised_by_update()
            after = self._latest(), self._of_another()
        if not any(answered):
            return  # it asked whether anything had changed: nothing had
        if not isinstance(error, DriverError):
            self.fail(
                f"{fault.name}: its update ended with {error!r}",
                "do not catch the error: an update that failed is not an update without news",
            )
        if after != before:
            self.fail(
                f"{fault.name}: after a failed update it gave {after!r}, before {before!r}",
                "write the whole new store under another name, then rename it",
            )

    @contextmanager
    def _later(self, span: timedelta) -> Iterator[None]:
        with evening_of(self.known.today + span, self.it.profile), without_warnings():
            yield

    def _raised_by_update(self) -> Exception | None:
        try:
            self._update()
        except Exception as error:  # noqa: BLE001 - it is looked at
            return error
        return None

    def _of_another(self) -> object:
        """What a new driver returns from the same store."""
        again = self._made(self.it.server)
        try:
            return again.fx.get_rate(*self.pair)
        except ForexError as error:
            return error
        finally:
            again.close()

    def _update(self) -> object:
        return self.it.hook.forex_update(driver=self.it.name)

    def _updated(self) -> Update:
        try:
            update = self._update()
        except ForexError as error:
            if self._unanswered():
                pytest.skip(f"record what its update asks for: {self.missing()}")
            self.fail(f"its update failed: {error}", "check update() with what its provider sends")
        if not isinstance(update, Update):
            self.fail(f"forex_update returned {update!r}", "return an Update")
        return update

    def _latest(self) -> Rate:
        return self.it.fx.get_rate(*self.pair)
