"""What both versions of Frankfurter's API have in common: the question, and whom it is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import forexhooks
from forexhooks.currencies import is_currency, name_of
from forexhooks.rates.history import History
from forexhooks.rates.profile import CORRECTED_WITHIN, latest_today
from forexhooks.server.problems import BadRequestError

if TYPE_CHECKING:
    from forexhooks import ForexError, ForexService, Rate
    from forexhooks.server.desk import Desk

LOOK_BACK = 14
"""Days that Frankfurter looks back for a rate."""

MOST_CURRENCIES = 400
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def looks_like_a_day(text: str) -> bool:
    """Whether a text is written as days are, as 2026-10-30."""
    return _DAY.fullmatch(text) is not None


def day_of(text: str) -> date:
    """The day that is written so. Raises `BadRequestError`."""
    try:
        if looks_like_a_day(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise BadRequestError("invalid date", 422)


def codes_of(text: str | None) -> list[str] | None:
    """The codes in a list with commas, in upper case; None where there is no list."""
    if text is None:
        return None
    codes = [code.strip().upper() for code in text.split(",") if code.strip()]
    if len(codes) > MOST_CURRENCIES:
        raise BadRequestError(f"too many currencies: give at most {MOST_CURRENCIES}", 422)
    return list(dict.fromkeys(codes))


def is_known(code: str, service: ForexService) -> bool:
    """Whether a driver has the currency, so that none is asked for what none has."""
    listed = service.currencies()
    return code in listed if listed else code.isascii() and is_currency(code)


def not_found() -> BadRequestError:
    """There is no such rate, or page."""
    return BadRequestError("not found", 404)


def named(code: str) -> str:
    """The English name of a currency, else its code."""
    return name_of(code) or code


def rates_on(
    desk: Desk, service: ForexService, base: str, quotes: Sequence[str], on: date | None
) -> list[Rate]:
    """The rates of some currencies on a day, or the latest; those that have none are left out.

    Args:
        desk: Counts the answers.
        service: Who is asked.
        base: The base of all.
        quotes: The quotes.
        on: The day; None: the latest.

    Returns:
        The rates there are, in the order of `quotes`.

    Raises:
        ForexError: A driver failed, so that it is not known what is lacking.
    """
    found: list[Rate] = []
    # A rule says itself which day counts.
    gap = None if on is None or service.rule is not None else LOOK_BACK
    for answer in service.rates_or_errors(base, quotes, on, max_gap=gap):
        desk.count(answer)
        if isinstance(answer, forexhooks.Rate):
            found.append(answer)
        elif not is_no_rate(answer):
            raise answer
    return found


def is_no_rate(error: ForexError) -> bool:
    """Whether an error says that there is no such rate; else that a driver failed."""
    if isinstance(error, forexhooks.NoDriverAnsweredError):
        return all(map(is_no_rate, error.failures.values()))
    return isinstance(
        error,
        forexhooks.UnsupportedPairError
        | forexhooks.RateUnavailableError
        | forexhooks.CurrencyError
        | forexhooks.NotLockedError,
    )


def histories(
    desk: Desk,
    service: ForexService,
    base: str,
    quotes: Sequence[str],
    start: date,
    end: date,
    *,
    carried: bool = True,
) -> list[History]:
    """The rates of each quote that has any, from `start` to `end`.

    One that begins on a day without rates begins with the newest rate before it, as Frankfurter's,
    where it may be `carried`.
    """
    quotes = [quote for quote in quotes if quote != base]
    begun = rates_on(desk, service, base, quotes, start) if carried else []
    first = {rate.quote: rate for rate in begun}
    found = []
    with desk.slot((end - start).days * len(quotes)):
        for quote in quotes:
            try:
                history = service.quiet_history(base, quote, start, end)
            except forexhooks.ForexError as error:
                if not is_no_rate(error):
                    raise
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
            if history:
                found.append(history)
    return found


def today_of(service: ForexService) -> date:
    """The latest day that it is today, for the provider or anyone."""
    return max(service.profile.today(), latest_today())


def come(day: date, service: ForexService) -> date | None:
    """The day, if it has come; None, the latest, for one in the future, as Frankfurter has it."""
    return day if day <= today_of(service) else None


def is_final(desk: Desk, service: ForexService, last: date, stale: Iterable[str | None]) -> bool:
    """Whether answers up to a day will be the same for ever: it is past all corrections.

    Not those of several drivers, of which another may answer next time, and not those of one that
    came from a path, and may be swapped.
    """
    if len(service.drivers) > 1:
        return False
    if any(each.name == service.driver for each in desk.manager.generations()):
        return False
    is_past = last < latest_today() - CORRECTED_WITHIN - timedelta(days=LOOK_BACK)
    return is_past and not any(stale)
