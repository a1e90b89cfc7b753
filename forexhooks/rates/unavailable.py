"""The errors for missing rates: each says what is missing, why, and what to do next."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from forexhooks.currencies import SUSPENDED, ended_currency, is_currency
from forexhooks.errors import (
    CurrencyError,
    ForexError,
    RateUnavailableError,
    UnavailableReason,
    UnsupportedPairError,
)
from forexhooks.rates.profile import latest_today
from forexhooks.rates.routes import common_day

if TYPE_CHECKING:
    from collections.abc import Collection

    from forexhooks.currencies import EndedCurrency
    from forexhooks.rates.profile import Profile
    from forexhooks.rates.routes import Route


def in_the_future(
    driver: str, base: str, quote: str, on: date, today: date
) -> RateUnavailableError:
    """The error for a day in the future."""
    return RateUnavailableError(
        f"{driver} has no {base}/{quote} for {on}, which is in the future: today is {today} at "
        f"the provider, and {latest_today()} at most elsewhere; leave the day out for the latest",
        reason=UnavailableReason.IN_THE_FUTURE,
        driver=driver,
        base=base,
        quote=quote,
        on=on,
    )


def unsupported(
    driver: str,
    base: str,
    quote: str,
    on: date | None,
    known: Collection[str],
    stale: str | None = None,
) -> ForexError:
    """The error for a pair with a code that the driver does not know or has no data for."""
    code = quote if base in known else base
    ended = ended_currency(code)
    if ended is not None and (on is None or on >= ended.converted_on):
        return RateUnavailableError(
            f"{driver} has no {base}/{quote}: {_end(ended, on, has_it=False)}",
            reason=_reason(ended),
            driver=driver,
            base=base,
            quote=quote,
            on=on,
        )
    if not is_currency(code):
        return CurrencyError(
            f"unknown currency {code!r}: give an ISO 4217 code, or one that {driver} lists"
        )
    return UnsupportedPairError(
        f"{driver} has no {code}: ask another driver, or list what it has with currencies()",
        driver=driver,
        base=base,
        quote=quote,
        on=on,
        stale=stale,
    )


def unconnected(driver: str, base: str, quote: str, on: date | None) -> UnsupportedPairError:
    """The error for a pair whose codes both have rates, but none that connect them."""
    return UnsupportedPairError(
        f"{driver} has rates for {base} and for {quote}, but none that connect them: "
        "ask another driver",
        driver=driver,
        base=base,
        quote=quote,
        on=on,
    )


def unavailable(
    *,
    driver: str,
    profile: Profile,
    base: str,
    quote: str,
    on: date | None,
    asked: date,
    gap: int,
    route: Route | None,
    complete_to: date | None,
    is_extract: bool,
    unread: Collection[str] = (),
    stale: str | None = None,
) -> RateUnavailableError:
    """The error for a pair that the driver knows, but not on the day asked for.

    `on` is the day the user gave, `asked` the day that was looked up, `gap` how many days back.
    `route` is the way that would have led from base to quote. The data is complete up to
    `complete_to`; an extract says nothing about where a pair begins or ends. `unread` are
    those of the two codes that lack observations because those could not be read. `stale` says what
    should be held but is not.
    """
    reason, because = (
        _unread(unread)
        or _ended(base, quote, asked, route, profile)
        or (route and not is_extract and _missing(route, asked, profile, complete_to))
        or _unseen(asked, profile, complete_to)
    )
    is_of_periods = route is not None and all(link.has_periods for link in route)
    carried = f" nor in the {gap} days before" if gap and not is_of_periods else ""
    return RateUnavailableError(
        f"{driver} has no {base}/{quote} on {asked}{carried}: {reason.value}; {because}",
        reason=reason,
        driver=driver,
        base=base,
        quote=quote,
        on=on,
        stale=stale,
    )


Explanation = tuple[UnavailableReason, str]


def _unread(codes: Collection[str]) -> Explanation | None:
    """What to do about currencies with rows that could not be read."""
    if not codes:
        return None
    return UnavailableReason.HOLE, (
        f"the provider has {' and '.join(sorted(codes))}, but not all of it can be read (a "
        "warning said so): ask again later, or ask another driver"
    )


def _ended(
    base: str, quote: str, asked: date, route: Route | None, profile: Profile
) -> Explanation | None:
    """How a currency ended, if it ended before the day asked for."""
    for code, link in ((base, route and route[0]), (quote, route and route[-1])):
        last = link.last if link else 0
        ended = ended_currency(code)
        if ended and last < ended.converted_on.toordinal() <= asked.toordinal():
            begins = profile.history_from or date.min
            may_have = not profile.latest_only and begins < ended.converted_on
            ended_on = date.fromordinal(last) if last else None
            has_it = ended_on is not None or may_have
            return _reason(ended), _end(ended, asked, ended_on, has_it=has_it)
        suspended_on, why = SUSPENDED.get(code, (date.max, ""))
        if 0 < last < suspended_on.toordinal() <= asked.toordinal():
            return UnavailableReason.SUSPENDED, (
                f"{why} after {date.fromordinal(last)}; ask another driver"
            )
    return None


def _missing(route: Route, asked: date, profile: Profile, complete_to: date | None) -> Explanation:
    """Which link of the route lacks the day, and whether it is before, after or in between."""
    day = asked.toordinal()
    starts_late = next((link for link in route if day < link.first), None)
    if starts_late is not None and profile.latest_only:
        first = date.fromordinal(starts_late.first)
        return UnavailableReason.BEFORE_FIRST_DAY, (
            f"it has only the latest rate, for {first}; leave the day out, or ask a driver with a "
            "history, like ecb"
        )
    if starts_late is not None:
        first = date.fromordinal(starts_late.first)
        return UnavailableReason.BEFORE_FIRST_DAY, (
            f"{starts_late.pair} begins on {first}; ask for that day or a later one"
        )
    ended = next((link for link in route if link.last < day), None)
    if ended is None and any(link.has_periods for link in route):
        return UnavailableReason.HOLE, (
            f"{' and '.join(link.pair for link in route)} {'has' if len(route) == 1 else 'have'} "
            f"no {'' if len(route) == 1 else 'common '}period with that day; "
            "a history shows which there are"
        )
    if ended is None:
        newer = set.intersection(*(link.days(day + 1, link.last) for link in route))
        older = common_day(route, day, min(link.first for link in route))
        nearest = [date.fromordinal(each) for each in (older, min(newer, default=None)) if each]
        return UnavailableReason.HOLE, (
            f"the nearest days are {' and '.join(map(str, nearest))}; "
            "a larger max_gap carries an older rate"
            if nearest
            else f"{' and '.join(link.pair for link in route)} have no day in common"
        )
    last = date.fromordinal(ended.last)
    if complete_to is not None and last < complete_to and complete_to >= asked:
        return UnavailableReason.AFTER_LAST_DAY, f"the last day of {ended.pair} is {last}"
    return _not_held(asked, last, profile, is_period=ended.has_periods)


def _unseen(asked: date, profile: Profile, complete_to: date | None) -> Explanation:
    """Why a pair has no rate, if there are no observations of it at all."""
    if profile.history_from is not None and asked < profile.history_from:
        return UnavailableReason.BEFORE_FIRST_DAY, (
            f"{profile.title} begins on {profile.history_from}; ask for that day or a later one"
        )
    if complete_to is not None and asked <= complete_to and profile.frequency != "day":
        return UnavailableReason.HOLE, (
            f"there is no rate for that {profile.frequency}: a currency may have begun or ended "
            "during it"
        )
    if complete_to is not None and asked <= complete_to:
        return UnavailableReason.HOLE, (
            "no rate of this pair was published on these days; a larger max_gap carries an older "
            "one, if there is one"
        )
    if profile.frequency != "day" and complete_to is not None:
        return _not_held(asked, complete_to, profile, is_period=True)
    return _not_held(asked, None, profile)


def _not_held(
    asked: date, last: date | None, profile: Profile, *, is_period: bool = False
) -> Explanation:
    if last is not None and is_period:
        from forexhooks.rates.staleness import overdue_period

        late = overdue_period(profile, last, asked)
        if late is None:
            return UnavailableReason.NOT_PUBLISHED_YET, (
                f"the newest period ends on {last}; leave the day out for its rate"
            )
        return UnavailableReason.AFTER_LAST_DAY, (
            f"its rates end on {last}, though the rate of {late} should be out"
        )
    due = profile.newest_due(asked)
    if last is not None and due <= last:
        if profile.frequency == "day" and not profile.publication_days(asked):
            return UnavailableReason.HOLE, (
                "nothing is published on that day; a larger max_gap carries an older rate"
            )
        return UnavailableReason.NOT_PUBLISHED_YET, (
            f"the newest rate is for {last}; a larger max_gap carries it forward"
        )
    held = "it has no rates" if last is None else f"its rates end on {last}"
    return UnavailableReason.AFTER_LAST_DAY, f"{held}, though the rate of {due} should be out"


def _reason(ended: EndedCurrency) -> UnavailableReason:
    redenominated = UnavailableReason.REDENOMINATED
    return redenominated if ended.redenominated else UnavailableReason.RETIRED


def _end(
    ended: EndedCurrency, asked: date | None, last: date | None = None, *, has_it: bool
) -> str:
    """When a currency ended (on its `last` day, if known), and what to ask for instead.

    `has_it` says whether the driver has, or may have, the currency on earlier days.
    """
    successor, before = ended.successor_on(asked), f"a day before {ended.converted_on}"
    if successor is None:
        advice = f"ask for {before}" if has_it else f"ask another driver for {before}"
    else:
        advice = f"ask for {successor}" + (f", or for {before}" if has_it else "")
    return f"{ended.code} ended {last or ended.converted_on}; {ended}; {advice}"
