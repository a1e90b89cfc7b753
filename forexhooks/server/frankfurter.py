"""What both versions of Frankfurter's API share: reading the question, and asking drivers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import forexhooks
from forexhooks.currencies import is_currency, name_of
from forexhooks.rates.history import History
from forexhooks.rates.profile import CORRECTED_WITHIN, latest_today
from forexhooks.server.answer import SHORTLY, said_header
from forexhooks.server.problems import BadRequestError, reason
from forexhooks.service.rule_service import days_without

if TYPE_CHECKING:
    from forexhooks import ForexError, ForexService, Rate
    from forexhooks.server.desk import Desk

LOOK_BACK = 14
"""How many days Frankfurter looks back for a rate."""

MOST_CURRENCIES = 400
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def looks_like_a_day(text: str) -> bool:
    """Whether a string has the form of a day, as 2026-10-30."""
    return _DAY.fullmatch(text) is not None


def day_of(text: str) -> date:
    """The day in a string. Raises `BadRequestError` if it is not a day."""
    try:
        if looks_like_a_day(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadRequestError("invalid date", 422)


def code_of(text: str) -> str:
    """The code in upper case; mixed case is kept and matches no code, as GBp is pence."""
    code = text.strip()
    return code.upper() if code.islower() else code


def codes_of(text: str | None) -> list[str] | None:
    """The codes in a comma-separated list, in upper case; None if there is no list."""
    if text is None:
        return None
    codes = [code_of(code) for code in text.split(",") if code.strip()]
    if len(codes) > MOST_CURRENCIES:
        raise BadRequestError(f"too many currencies: give at most {MOST_CURRENCIES}", 422)
    return list(dict.fromkeys(codes))


def named(code: str) -> str:
    """The English name of a currency, or else its code."""
    return name_of(code) or code


class Asked:
    """What a request asks the drivers, and what to say about their answers.

    Args:
        desk: Counts the answers.
        service: The service that is asked.
    """

    def __init__(self, desk: Desk, service: ForexService) -> None:
        self.service = service
        self._desk = desk
        self._stale: list[str | None] = []
        self._lacking: list[str | None] = []  # what a rule may still get, though it is not due
        self._failed: dict[str, ForexError] = {}
        self._is_short = False

    @cached_property
    def currencies(self) -> frozenset[str]:
        """The codes that the drivers have; empty if they do not list them.

        Raises:
            ForexError: None of several drivers can be asked.
        """
        known, failures = self.service.currencies_or_errors()
        for name, error in failures.items():
            self._desk.count_failure(name, error)
        self._failed |= failures
        self._is_short |= bool(failures)
        if failures and not known:
            raise next(iter(failures.values()))
        return known

    @property
    def answering(self) -> list[str]:
        """The drivers that did not fail."""
        return [name for name in self.service.drivers if name not in self._failed]

    def is_known(self, code: str) -> bool:
        """Whether a driver has the currency; if none has it, none is asked."""
        if code in self.currencies:
            return True
        is_all = self.currencies and not self._failed  # otherwise another driver may have it
        return not is_all and code.isascii() and is_currency(code)

    def rates(self, base: str, quotes: Sequence[str], on: date | None) -> list[Rate]:
        """The rates of some currencies on a day, or the latest; those without one are left out.

        Args:
            base: The base of all pairs.
            quotes: The quotes.
            on: The day; None: the latest.

        Returns:
            The rates that exist, in the order of `quotes`.

        Raises:
            ForexError: A driver failed, and no other has any rate.
        """
        found, errors = self._rates(base, quotes, on)
        self._raise_or_note(errors, found)
        return found

    def _rates(
        self, base: str, quotes: Sequence[str], on: date | None
    ) -> tuple[list[Rate], list[ForexError]]:
        """The rates that exist, and the errors of drivers."""
        found: list[Rate] = []
        errors: list[ForexError] = []
        # A rule decides itself which day counts.
        gap = None if on is None or self.service.rule is not None else LOOK_BACK
        for answer in self.service.rates_or_errors(base, quotes, on, max_gap=gap):
            self._desk.count(answer)
            if isinstance(answer, forexhooks.Rate):
                found.append(answer)
                self._note_failures(answer.failures)
                self._stale.append(answer.stale)
                continue
            self._stale.append(getattr(answer, "stale", None))
            if not is_no_rate(answer):
                errors.append(answer)
        return found, errors

    def current(self) -> dict[str, date]:
        """The codes that have a rate today, each with the day of its latest rate."""
        pivot = self.service.profile.pivot or "EUR"
        found = self.rates(pivot, sorted(self.currencies - {pivot}), None)
        days = {rate.quote: rate.on for rate in found}
        return {**days, pivot: max(days.values(), default=self.service.profile.today())}

    def histories(
        self, base: str, quotes: Sequence[str], start: date, end: date, *, carried: bool = True
    ) -> list[History]:
        """The rates of each quote that has any, from `start` to `end`.

        If `start` is a day without a rate, a history begins with the newest rate before it, as
        Frankfurter's does, unless `carried` is False. Raises as `rates` does.
        """
        quotes = [quote for quote in quotes if quote != base]
        begun, errors = self._rates(base, quotes, start) if carried else ([], [])
        first = {rate.quote: rate for rate in begun}
        found: list[History] = []
        with self._desk.slot((end - start).days * len(quotes)):
            histories = self.service.histories_or_errors(base, quotes, start, end)
            for quote, history in zip(quotes, histories, strict=True):
                if isinstance(history, forexhooks.ForexError):
                    self._desk.count(history)
                    if not is_no_rate(history):
                        errors.append(history)
                    continue
                before = first.get(quote)
                if before is not None and before.on < start:
                    history = History(
                        [before, *history],
                        base=base,
                        quote=quote,
                        driver=before.driver,
                        stale=history.stale,
                    )
                self._stale.append(history.stale)
                self._lacking.append(days_without(self.service, history, start, end))
                if history:
                    found.append(history)
                    self._note_failures(history[0].failures)
                    self._note_failures(history[-1].failures)
        self._raise_or_note(errors, found)
        return found

    def not_found(self) -> BadRequestError:
        """The error for a rate that does not exist, or is missing from a store."""
        return BadRequestError("not found", 404, self.headers())

    def is_final(self, last: date | None) -> bool:
        """Whether answers for days up to this one will never change."""
        return last is not None and is_final(
            self._desk, self.service, last, self._stale + self._lacking
        )

    def headers(self) -> dict[str, str]:
        """Headers that say what is missing and who failed, for bodies that have no room for it."""
        stale = (said and reason(said) for said in self._stale)
        headers = said_header("forexhooks-stale", stale)
        failed = [f"{name} ({type(error).__name__})" for name, error in self._failed.items()]
        headers |= said_header("forexhooks-failed", failed)
        if self._is_short:
            headers["cache-control"] = SHORTLY
        return headers

    def _note_failures(self, failures: Iterable[tuple[str, ForexError]]) -> None:
        self._failed |= {name: error for name, error in failures if not is_no_rate(error)}

    def _raise_or_note(self, errors: Sequence[ForexError], found: Sequence[object]) -> None:
        """Raise the first of the errors if nothing was found, else note which drivers failed."""
        if errors and not found:
            raise errors[0]
        for error in errors:
            if not isinstance(error, forexhooks.NoDriverAnsweredError):
                raise error  # the only driver failed: what is missing is unknown
            self._note_failures(error.failures.items())
            self._is_short = True


def is_no_rate(error: ForexError) -> bool:
    """Whether an error says that there is no such rate; otherwise a driver failed."""
    if isinstance(error, forexhooks.NoDriverAnsweredError):
        return all(map(is_no_rate, error.failures.values()))
    return type(error) is forexhooks.RateError or isinstance(
        error,
        forexhooks.UnsupportedPairError
        | forexhooks.RateUnavailableError
        | forexhooks.CurrencyError
        | forexhooks.NotLockedError,
    )


def today_of(service: ForexService) -> date:
    """Today's date, in the provider's time zone or in the easternmost, whichever is later."""
    return max(service.profile.today(), latest_today())


def come(day: date, service: ForexService) -> date:
    """The day, unless it is in the future: then today, as in Frankfurter's API."""
    return min(day, today_of(service))


def is_final(desk: Desk, service: ForexService, last: date, stale: Iterable[str | None]) -> bool:
    """Whether answers for days up to `last` will never change: all corrections are past.

    That is not so for several drivers, another of which may answer next time, nor for a driver that
    was loaded from a path, which may be replaced.
    """
    if len(service.drivers) > 1:
        return False
    if any(each.name == service.driver for each in desk.manager.generations()):
        return False
    is_past = last < latest_today() - CORRECTED_WITHIN - timedelta(days=LOOK_BACK)
    return is_past and not any(stale)
