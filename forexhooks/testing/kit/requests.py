"""Requests: as many as promised, with the key that nobody sees, and what happens if they fail."""

from __future__ import annotations

import io
import logging
import time
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from forexhooks.driver import Driver
from forexhooks.errors import DriverError, ForexError, SettingsError
from forexhooks.exact import ONE, divide
from forexhooks.testing.faults import FAULTS, Fault
from forexhooks.testing.kit.base import Base, without_rates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from forexhooks.testing.server import Asked, Misbehave, Reply

_IN_A_HURRY = 0.3
_PATIENT = 5.0
_UNKNOWN = 10.0
SLACK = 15.0
"""Seconds that a slow machine may add to a time limit."""


@contextmanager
def _logged() -> Iterator[io.StringIO]:
    """All that is logged within it, and kept from the report of a failure, which it would fill."""
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

    def test_many_quotes_take_no_more_requests_than_promised(self) -> None:
        self.goes_over_http()
        self.has_tables()
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
                    "ask for all at once, or promise more with requests_latest",
                )
            again.fx.get_rates(base, quotes)
            again.fx.get_rate(base, quotes[0])
            if len(self.it.server.asked) > asked:
                self.fail(
                    f"the same question again took {len(self.it.server.asked) - asked} requests",
                    "keep the latest for the profile's time_to_live: a subclass of Driver does",
                )
        finally:
            again.close()

    def test_offline_nobody_is_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.goes_over_http()
        monkeypatch.setenv("FOREXHOOKS_OFFLINE", "1")
        error = self._raised()
        if self.it.server.asked:
            self.fail(
                "it asked its provider though FOREXHOOKS_OFFLINE is set",
                "fetch with HttpDriver, or look at forexhooks.read_settings().offline first",
            )
        if not isinstance(error, DriverError):
            self.fail(f"offline it gave {error!r}", "raise DriverError where the network is off")

    def test_the_key_is_sent_to_the_provider_and_shown_to_nobody(self) -> None:
        if self.it.profile.key is None:
            pytest.skip("its profile names no key")
        with _logged() as log:
            rate = self.it.fx.get_rate(*self.pair)
        sent = [*self.it.server.asked, *self.known.asked]
        if sent and not any(self.key in text for asked in sent for text in self._texts(asked)):
            self.fail("the key never reached the provider", "give self.key in make_driver")
        self._check_hidden(f"{rate!r} {self.it.plugin!r} {vars(self.it.plugin)} {log.getvalue()}")

    @without_rates
    def test_a_missing_key_says_where_to_put_it(self) -> None:
        if self.it.profile.key is None or not isinstance(self.it.plugin, Driver):
            pytest.skip("its profile names no key")
        try:
            type(self.it.plugin)()
        except SettingsError as error:
            if f"FOREXHOOKS_{self.it.name.replace('-', '_')}_".upper() not in str(error):
                self.fail(f"without a key it says: {error}", "take the key by self.key(setting, …)")
            return
        except Exception as error:  # noqa: BLE001 - any other is wrong
            self.fail(
                f"without a key it raised {type(error).__name__}: {error}",
                "let the key be a keyword argument that may be None, taken by self.key(setting, …)",
            )
        self.fail("it can be made without its key", "take the key by self.key(setting, …)")

    @pytest.mark.parametrize("fault", [pytest.param(each, id=each.name) for each in FAULTS])
    def test_fault(self, fault: Fault) -> None:
        self.goes_over_http()
        limit = _IN_A_HURRY if fault.is_silent else _PATIENT
        if not self.hurry(limit):
            limit = _UNKNOWN
        self.it.server.answer, is_ill = self._ill(fault)
        began = time.monotonic()
        with _logged() as log:
            error = self._raised()
        took = time.monotonic() - began
        if not is_ill:
            pytest.skip(f"{fault.name}: what the provider sends has nothing of the kind in it")
        self._check_hidden(f"{self._shown(error)} {log.getvalue()}")
        if took > limit + SLACK:
            self.fail(f"it waited {took:.0f} s", fault.advice)
        self._check(fault, error)
        # Nothing of it was kept.
        self.it.server.answer = self.answer
        self.hurry(_PATIENT)
        try:
            value: object = self.it.fx.get_rate(*self.pair).value
        except ForexError as still:
            value = still
        if value != divide(self.observation.value, ONE):
            self.fail(
                f"once its provider was well again it gave {value!r}",
                "keep nothing of an answer that was refused",
            )

    def _ill(self, fault: Fault) -> tuple[Callable[[Asked], Reply | Misbehave], list[bool]]:
        """A provider with the fault; and whether it made a difference to any answer."""
        of_the_ill = fault.of(self.answer)
        is_ill: list[bool] = []

        def answer(asked: Asked) -> Reply | Misbehave:
            given = of_the_ill(asked)
            if given != self.answer(asked):
                is_ill.append(True)
            return given

        return answer, is_ill

    def _check(self, fault: Fault, error: BaseException | None) -> None:
        if error is None:
            self.fail(f"{fault.name}: it gave a rate all the same", fault.advice)
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
        if self.it.profile.key is not None and self.key in shown:
            at = shown.index(self.key)
            self.fail(
                f"the key is shown: …{shown[max(0, at - 60) : at]}<key>…",
                "write self.key(setting, value) where the key belongs: what it gives is not the "
                "key, which HttpDriver puts in as the bytes are sent",
            )

    @staticmethod
    def _shown(error: BaseException | None) -> str:
        shown = "" if error is None else "".join(traceback.format_exception(error))
        while error is not None:
            shown += f"{error!r} {vars(error)}"
            error = error.__cause__ or error.__context__
        return shown

    @staticmethod
    def _texts(asked: Asked) -> list[str]:
        return [
            *asked.query.values(),
            *asked.headers.values(),
            asked.path,
            asked.content.decode(errors="replace"),
        ]
