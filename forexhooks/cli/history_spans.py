"""Which days `forexhooks history` shows, and its notes about days that are missing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from forexhooks import ForexError, Rate, RateError
from forexhooks.cli.printing import echo, note_stale
from forexhooks.cli.progress import progress_bar
from forexhooks.cli.wording import said
from forexhooks.currencies import ENDED, SUSPENDED
from forexhooks.rates.history import day_of

if TYPE_CHECKING:
    from forexhooks import ForexService, History
    from forexhooks.rates.history import Period

_SPAN = timedelta(days=30)
_ONE_DAY = timedelta(days=1)
_LONG_SPAN = timedelta(days=365)


def histories_of(
    service: ForexService,
    base: str,
    quotes: tuple[str, ...],
    start: date | None,
    end: date | None,
    every: Period | None,
) -> list[History]:
    """The histories that have a rate. Raises the first reason if none has."""
    with progress_bar(service.driver, "days") as progress:
        if end is None:
            end = _newest(service, base, quotes)
            end = end if start is None else max(start, end)
        first = _default_start(end, every) if start is None else start
        found: list[History] = []
        problems: list[RateError] = []
        for quote in quotes:
            try:
                history = service.get_history(base, quote, first, end, progress=progress)
            except RateError as error:
                problems.append(error)
                continue
            if history:
                found.append(history)
            else:
                problems.append(_nothing(service, history, first, end))
    if not found:
        raise problems[0]
    for problem in problems:
        echo(f"Note: {said(problem)}", err=True)
    for history in found:
        _note_ends(service, history, first, end)
    return found


def _note_ends(service: ForexService, history: History, start: date, end: date) -> None:
    """Note why rates are missing at the start or the end of the days asked for."""
    from forexhooks.service.rule_service import days_without

    if service.rule is not None:  # it has a row for each day
        lacking = days_without(service, history, start, end)
        if lacking is not None and history.stale is None:
            echo(f"Note: {said(lacking)}", err=True)
        return
    gap = timedelta(days=service.profile.max_gap)
    may_end = any(code in ENDED or code in SUSPENDED for code in (history.base, history.quote))
    for on, is_short in (
        (start, day_of(history[0]) - start > gap),
        (end, end - day_of(history[-1]) > (_ONE_DAY if may_end else gap)),
    ):
        reason = service.rate_or_error(history.base, history.quote, on) if is_short else None
        if isinstance(reason, RateError) and reason.stale is None:
            echo(f"Note: {said(reason)}", err=True)


def _default_start(end: date, every: Period | None) -> date:
    span = _SPAN if every is None else _LONG_SPAN
    start = max(date.min + span, end) - span
    if every is None:
        return start
    from forexhooks.rates.history import first_day

    return first_day(every, start)  # the first period should be whole


def note_parts(
    service: ForexService,
    histories: list[History],
    every: Period,
    start: date | None,
    end: date | None,
) -> None:
    """Note if the first or the last period lacks days on which rates are published."""
    from forexhooks.rates.history import first_day

    first = min(day_of(history[0]) for history in histories)
    last = max(day_of(history[-1]) for history in histories)
    publishes = service.profile.publication_days
    parts = []
    if start is not None and first_day(every, start) == first_day(every, first):
        begins, day = first_day(every, start), start - _ONE_DAY
        while day >= begins and not publishes(day):
            day -= _ONE_DAY
        if day >= begins:
            parts.append(f"the first {every} from {start}")
    if end is None or first_day(every, end) == first_day(every, last):
        ends, day = first_day(every, last), (end or last) + _ONE_DAY
        while first_day(every, day) == ends and not publishes(day):
            day += _ONE_DAY
        if first_day(every, day) == ends:
            parts.append(f"the last {every} to {end or last}")
    if parts:
        echo(f"Note: incomplete: {', '.join(parts)}", err=True)


def _newest(service: ForexService, base: str, quotes: tuple[str, ...]) -> date:
    """The day of the newest rate, or today if there is none."""
    answers = service.rates_or_errors(base, quotes)
    for answer in answers:
        if isinstance(answer, ForexError) and not isinstance(answer, RateError):
            raise answer
    rates = [answer for answer in answers if isinstance(answer, Rate)]
    for rate in [rate for rate in rates if rate.stale is not None][:1]:
        note_stale(rate.stale)
    days = (rate.on for rate in rates)
    return max(days, default=service.profile.today())


def _nothing(service: ForexService, history: History, start: date, end: date) -> RateError:
    what = f"no {history.base}/{history.quote} from {service.driver} between {start} and {end}"
    try:
        service.get_rate(history.base, history.quote, end, max_gap=0)
    except RateError as reason:
        what += f": {said(reason)}"
    return RateError(what, driver=history.driver, base=history.base, quote=history.quote)
