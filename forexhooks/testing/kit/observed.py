"""Observations, compared with the responses that they were read from."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from forexhooks.currencies import ENDED, is_currency
from forexhooks.errors import DriverError, UnsupportedPairError
from forexhooks.rates.rate import Input
from forexhooks.testing.faults import HTML, always, status
from forexhooks.testing.kit.base import Base
from forexhooks.testing.kit.needs import driver, history, needs, network, tables
from forexhooks.testing.local_server import reply
from forexhooks.testing.trial import isolate, without_warnings

if TYPE_CHECKING:
    from pathlib import Path

_ILL = {
    "404": status(404),
    "500": status(500),
    "HTML with 200": always(reply(HTML, content_type="text/html")),
    "an error with 200": always(
        reply({"error": "no such series"}, content_type="application/json")
    ),
}


class Observed(Base):
    """What a driver yields."""

    @needs(driver)
    def test_no_observation_comes_twice(self) -> None:
        codes = frozenset(self.currencies or self.it.fx.currencies())
        series = self.it.profile.series
        named = {"series": series[0].name} if series else {}
        rows = [tuple(each)[:3] for each in self.it.plugin.observations(codes, None, None, **named)]
        twice = [row for row, times in Counter(rows).items() if times > 1]
        if twice:
            on, base, quote = twice[0]
            self.fail(
                f"it yields {base}/{quote} of {on} more than once; {len(twice)} such in all",
                "yield each pair and day once: leave out the rows of other series",
            )

    def test_codes_are_of_money_in_use(self) -> None:
        for each in self.known.observations:
            on = each.on
            for code in (each.base, each.quote):
                if code in ENDED and ENDED[code].converted_on <= on:
                    self.fail(
                        f"it yields {code} on {on}, but {code} ended on {ENDED[code].converted_on}",
                        "leave out rows of currencies that have ended",
                    )
                if not is_currency(code) and "_" in code:
                    self.fail(f"{code!r} is not a currency", "leave out indices and other series")

    @pytest.mark.parametrize("ill", list(_ILL))
    @needs(history, tables, network)
    def test_fault_in_a_history(
        self, ill: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        error = self._error_of_a_history(ill)
        if not self.it.server.asked:  # the latest was in the same response: nothing of it is cached
            isolate(monkeypatch, tmp_path / "anew")
            error = self._error_of_a_history(ill)
        if not self.it.server.asked:
            pytest.skip("it requested no history: say latest_only if it has none")
        if not isinstance(error, DriverError) or isinstance(error, UnsupportedPairError):
            self.fail(
                f"its provider answered a history with {ill}, but it gave {error!r}",
                "do not catch the error: a failure is not a response without rates. If 404 "
                'says that there are none on these days, tell it from others: no_data = "its text"',
            )

    def _error_of_a_history(self, ill: str) -> Exception | None:
        """The error of a new driver if a history's response has a fault."""
        again = self._made(self.it.server)
        self.it.server.asked.clear()
        self.it.server.answer = _ILL[ill](self.answer)
        try:
            with without_warnings():
                again.fx.get_table(self.pair, self.known.start, self.known.newest)
        except Exception as raised:  # noqa: BLE001 - it is looked at
            return raised
        finally:
            again.close()
        return None

    def test_computed_values_say_of_what(self) -> None:
        for each in self.known.observations:
            for part in each.inputs:
                if not (
                    isinstance(part, Input)
                    and part.source
                    and part.observations >= 1
                    and part.first <= part.last <= (each.until or each.on)
                ):
                    self.fail(
                        f"the {each.base}/{each.quote} of {each.on} was computed from {part}",
                        "give Input the source, the first day, the last day (not after that of the "
                        "value), and the number of observations",
                    )
