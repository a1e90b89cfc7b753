"""Requests: no more than promised, with a key that never leaks, and what happens if they fail."""

from __future__ import annotations

import io
import logging
import time
import traceback
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from forexhooks.errors import DriverError, ForexError, SettingsError, TransientError
from forexhooks.rates.decimals import ONE, divide
from forexhooks.testing import bodies
from forexhooks.testing.faults import FAULTS, Fault
from forexhooks.testing.kit.base import Base, shown, without_rates
from forexhooks.testing.kit.needs import (
    THE_DIGITS,
    days_of_its_own,
    disk_cache,
    driver,
    history,
    key,
    needs,
    network,
    tables,
)
from forexhooks.testing.local_server import Reply
from forexhooks.testing.trial import evening_of, without_warnings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forexhooks.testing.local_server import Asked, Misbehave

_IN_A_HURRY = 0.3
_PATIENT = 5.0
_UNKNOWN = 10.0
_TRIES = 3
_ONE_DAY = timedelta(days=1)
_LONG_AGO = timedelta(days=400)
_FORTNIGHT = timedelta(days=14)
SLACK = 15.0
"""Seconds that a slow machine may add to a time limit."""


@contextmanager
def _logged() -> Iterator[io.StringIO]:
    """Everything logged in this context. It is kept out of failure reports, which it would fill."""
    root, log = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    root.handlers = [logging.StreamHandler(log)]
    root.setLevel(logging.NOTSET + 1)
    try:
        yield log
    finally:
        root.handlers = handlers
        root.setLevel(level)


class Requests(Base):
    """How the provider is asked."""

    @needs(network, tables)
    def test_many_quotes_take_no_more_requests_than_promised(self) -> None:
        base, *quotes = self.codes
        again = self._made(self.it.server)
        self.it.server.asked.clear()
        try:
            again.fx.get_rates(base, quotes)
            asked = len(self.it.server.asked)
            if asked > self.requests_latest:
                self.fail(
                    f"the latest of {len(quotes)} quotes took {asked} requests, not "
                    f"{self.requests_latest}",
                    "request all at once, or allow more with requests_latest",
                )
            again.fx.get_rates(base, quotes)
            again.fx.get_rate(base, quotes[0])
            if len(self.it.server.asked) > asked:
                self.fail(
                    f"the same question again took {len(self.it.server.asked) - asked} requests",
                    "cache the latest for the profile's time_to_live: a subclass of Driver does",
                )
        finally:
            again.close()

    @needs(network)
    def test_offline_nobody_is_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FOREXHOOKS_OFFLINE", "1")
        error = self._raised()
        if self.it.server.asked:
            self.fail(
                "it asked its provider though FOREXHOOKS_OFFLINE is set",
                "fetch with HttpDriver, or check forexhooks.read_settings().offline first",
            )
        if not isinstance(error, DriverError):
            self.fail(f"offline it gave {error!r}", "raise DriverError if the network is off")

    @needs(key)
    def test_the_key_is_sent_to_the_provider_and_shown_to_nobody(self) -> None:
        with _logged() as log:
            rate = self.it.fx.get_rate(*self.pair)
        sent = [*self.it.server.asked, *self.known.asked]
        if sent and not any(self.key in text for asked in sent for text in self._texts(asked)):
            self.fail(
                "the key never reached the provider as it is",
                "pass self.key in make_driver; in an address, escape it, as `self.params` does",
            )
        self._check_hidden(f"{rate!r} {self.it.plugin!r} {vars(self.it.plugin)} {log.getvalue()}")

    @without_rates
    @needs(key, driver)
    def test_a_missing_key_says_where_to_put_it(self) -> None:
        try:
            type(self.it.plugin)()
        except SettingsError as error:
            setting = str(self.it.profile.key).partition(":")[0]
            variable = f"FOREXHOOKS_{self.it.name}_{setting}".replace("-", "_").upper()
            if variable not in str(error):
                self.fail(
                    f"without a key it says: {error}",
                    "get the key with self.key(setting, …), with the setting that key= names in "
                    f"the profile: {setting!r}",
                )
            return
        except Exception as error:  # noqa: BLE001 - any other is wrong
            self.fail(
                f"without a key it raised {type(error).__name__}: {error}",
                "make the key a keyword argument, by default None; get it by self.key(setting, …)",
            )
        self.fail("it can be made without its key", "get the key with self.key(setting, …)")

    @needs(history, network, tables, disk_cache, days_of_its_own)
    def test_a_past_day_is_asked_for_once(self) -> None:
        # By then its year is over, too, in case the provider has a file for each year.
        if self._asked_for_history(self.known.newest + _LONG_AGO) is None:
            pytest.skip(f"asked a year later it gave an error: record {self.missing()}")
        again = [
            asked
            for asked in self._asked_for_history(self.known.newest + 2 * _LONG_AGO) or ()
            if self._is_kept(asked)
        ]
        if again:
            self.fail(
                f"it requested days again that were more than a year ago: {shown(again)}",
                "give each fetch its `end`, the last day that the response can have: once that is "
                "past, the response is cached for good; if the provider has only one file of all "
                "days, set whole_history = True in the test class",
            )

    @needs(network)
    def test_the_latest_is_asked_for_again(self) -> None:
        after = _FORTNIGHT + timedelta(days=self.it.profile.time_to_live.days)
        # Responses fetched with an `end` are cached for good only if that is long past.
        for times in (1, 2):
            with evening_of(self.known.today + times * after, self.it.profile), without_warnings():
                again = self._made(self.it.server)
                self.it.server.asked.clear()
                try:
                    with suppress(ForexError):
                        again.fx.get_rate(*self.pair)
                finally:
                    again.close()
        if not self.it.server.asked:
            self.fail(
                f"asked for the latest rate {after.days} days later, it sent no request",
                "fetch the latest without an `end`: with one it is cached for good",
            )

    @needs(history, network, tables, disk_cache)
    def test_days_that_came_since_are_asked_for(self) -> None:
        ttl = self.it.profile.time_to_live
        then = self.known.newest + self.it.profile.corrected_within + 2 * _ONE_DAY
        later = then + _ONE_DAY + timedelta(days=ttl.days + 1)
        if self._asked_for_history(then) is None:
            pytest.skip(f"asked some days later it gave an error: record {self.missing()}")
        if self._asked_for_history(later, self.known.newest + _ONE_DAY, later) == []:
            self.fail(
                f"asked for the days since {self.known.newest}, it sent no request: the response "
                f"of {then} is cached for good",
                "give fetch as `end` the last day that the response can ever have (for a file of "
                "a year, December 31), not the last day asked for",
            )

    def _is_kept(self, asked: Asked) -> bool:
        """Whether the response is cached for good; an empty one is not."""
        given = self.answer(asked)
        return (
            isinstance(given, Reply)
            and given.status == 200
            and bodies.may_have_rates(given.content)
        )

    def _asked_for_history(
        self, today: date, start: date | None = None, end: date | None = None
    ) -> list[Asked] | None:
        """What a new driver requests on a day for other days, by default the known ones.

        None if it fails; days after the known ones need no response.
        """
        with evening_of(today, self.it.profile), without_warnings():
            again = self._made(self.it.server)
            self.it.server.asked.clear()
            try:
                again.fx.get_table(self.pair, start or self.known.start, end or self.known.newest)
            except ForexError:
                return list(self.it.server.asked) if start else None
            finally:
                again.close()
        return list(self.it.server.asked)

    @pytest.mark.parametrize("fault", [pytest.param(each, id=each.name) for each in FAULTS])
    @needs(network)
    def test_fault(self, fault: Fault) -> None:
        limit = _IN_A_HURRY if fault.is_silent else _PATIENT
        answered: list[bool] = []
        self.it.server.answer = self.ill(fault, answered)
        for _ in range(_TRIES):
            if not self.hurry(limit):
                limit = _UNKNOWN
            began = time.monotonic()
            with _logged() as log:
                error = self._raised()
            took = time.monotonic() - began
            if self.it.server.asked or not isinstance(error, TransientError):
                break
            limit *= 10  # on a busy machine the time was up before the first request
        # The server may still be busy when the driver's time is up.
        deadline = time.monotonic() + SLACK
        while len(answered) < len(self.it.server.asked) and time.monotonic() < deadline:
            time.sleep(0.01)
        if not any(answered):
            if not self.numbers():
                pytest.skip(f"{fault.name}: the kit finds no numbers in it: see {THE_DIGITS}")
            return  # the provider's responses contain nothing like that
        self._check_hidden(f"{self._shown(error)} {log.getvalue()}")
        if took > limit + SLACK:
            self.fail(f"it waited {took:.0f} s", fault.advice)
        self._check(fault, error)
        # Nothing of it was cached.
        self.it.server.answer = self.answer
        self.hurry(_PATIENT)
        try:
            value: object = self.it.fx.get_rate(*self.pair).value
        except ForexError as still:
            value = still
        if value != divide(self.observation.value, ONE):
            self.fail(
                f"once its provider worked again, it gave {value!r}",
                f"{fault.advice}; cache nothing of a response that was refused",
            )

    def ill(self, fault: Fault, answered: list[bool]) -> Callable[[Asked], Reply | Misbehave]:
        """A provider with the fault; `answered` gets whether the fault changed each response."""
        of_the_ill = fault.of(self.answer, self.rewrite)

        def answer(asked: Asked) -> Reply | Misbehave:
            is_ill = False
            try:
                given = of_the_ill(asked)
                is_ill = given != self.answer(asked)
            finally:
                answered.append(is_ill)
            return given

        return answer

    def _check(self, fault: Fault, error: BaseException | None) -> None:
        if error is None:
            self.fail(f"{fault.name}: it still gave a rate", fault.advice)
        if not isinstance(error, fault.errors) or type(error) is DriverError:
            kinds = " or ".join(kind.__name__ for kind in fault.errors)
            self.fail(
                f"{fault.name}: it raised {type(error).__name__}, not {kinds}: {error}",
                fault.advice,
            )
        if self.it.name not in str(error):
            self.fail(f"{fault.name}: the error does not name the driver: {error}", fault.advice)
        if fault.retry_after is not None:
            least, most = fault.retry_after
            retry_after = getattr(error, "retry_after", None)
            if retry_after is None or not least <= retry_after <= most:
                self.fail(f"{fault.name}: retry_after is {retry_after}", fault.advice)

    def _raised(self) -> BaseException | None:
        try:
            self.it.fx.get_rate(*self.pair)
        except Exception as error:  # noqa: BLE001 - it is looked at
            return error
        return None

    def _check_hidden(self, shown: str) -> None:
        if self.key in shown:
            at = shown.index(self.key)
            self.fail(
                f"the key is shown: …{shown[max(0, at - 60) : at]}<key>…",
                "write self.key(setting, value) where the key belongs: it returns a placeholder, "
                "and HttpDriver inserts the key when it sends the bytes",
            )

    @staticmethod
    def _shown(error: BaseException | None) -> str:
        shown = "" if error is None else "".join(traceback.format_exception(error))
        while error is not None:
            shown += f"{error!r} {vars(error)}"
            error = error.__cause__ or error.__context__
        return shown
