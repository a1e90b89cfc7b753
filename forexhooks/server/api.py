"""forexhooks' own API: everything about a rate, with values as strings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, get_args

import forexhooks
from forexhooks.rates.as_json import rate_as_json
from forexhooks.rates.history import Period, Take
from forexhooks.server.answer import Answer, json_answer
from forexhooks.server.frankfurter import is_final, looks_like_a_day
from forexhooks.server.problems import BadRequestError, reason, shown, status_of
from forexhooks.server.query import Query
from forexhooks.service.rule_service import days_without

if TYPE_CHECKING:
    from forexhooks import DriverInfo, ForexService, Rate
    from forexhooks.server.desk import Desk
    from forexhooks.service.compare import Compared

MOST_DAYS = 40 * 366
"""How many days a history may have."""

_MOST_NAMES = 20
_ASKABLE = ("registered", "available", "unconfigured")


def rate(desk: Desk, query: Mapping[str, str]) -> Answer:
    """What 1 unit of a currency costs in another."""
    _check(query, ("base", "quote"), ("on", "driver", "max_gap"))
    found = _asked(desk, query)
    return json_answer(rate_as_json(found, reason), is_final=_is_final(desk, query, found))


def convert(desk: Desk, query: Mapping[str, str]) -> Answer:
    """An amount in another currency, rounded to its minor unit."""
    _check(query, ("amount", "base", "quote"), ("on", "driver", "max_gap", "places"))
    found = _asked(desk, query)
    places = None if "places" not in query else _whole(query, "places")
    result = found.convert(query["amount"], places=places)
    content = {
        "amount": query["amount"],
        "base": found.base,
        "quote": found.quote,
        "result": f"{result:f}",
        "rate": rate_as_json(found, reason),
    }
    return json_answer(content, is_final=_is_final(desk, query, found))


def history(desk: Desk, query: Mapping[str, str]) -> Answer:
    """The rates of a pair from one day to another."""
    _check(query, ("base", "quote", "start", "end"), ("driver", "every", "take"))
    start, end = _day(query, "start"), _day(query, "end")
    if (end - start).days > MOST_DAYS:
        raise BadRequestError(f"a history has at most {MOST_DAYS} days: ask for fewer")
    service = _opened(desk, query)
    pair = _code(query, "base", service), _code(query, "quote", service)
    found = service.quiet_history(*pair, start, end)
    if not found:
        why = service.rate_or_error(*pair, end)
        if isinstance(why, forexhooks.ForexError):  # nothing was published on this single day
            desk.count(why)
            raise why
    lacking = [found.stale, days_without(service, found, start, end)]
    if "every" in query:
        period, take = _period(query["every"]), _take(query.get("take", "last"))
        found = found.every(period, take)
    elif "take" in query:
        raise BadRequestError("take chooses a rate of each period: give every, too")
    content = {
        "base": found.base,
        "quote": found.quote,
        "driver": found.driver,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "stale": found.stale and reason(found.stale),
        "rates": [
            {
                "on": each.on.isoformat(),
                "until": each.until and each.until.isoformat(),
                "requested": each.requested and each.requested.isoformat(),
                "value": f"{each.value:f}",
                "driver": each.driver,
                "kind": each.kind,
            }
            for each in found
        ],
    }
    return json_answer(content, is_final=is_final(desk, service, end, lacking))


def compare(desk: Desk, query: Mapping[str, str]) -> Answer:
    """The rates of several drivers for a pair."""
    _check(query, ("base", "quote"), ("on", "drivers"))
    on = _day(query, "on") if "on" in query else None
    names = _names(query.get("drivers")) or drivers_of(desk)
    service = desk.open(names[:1])
    base, quote = _code(query, "base", service), _code(query, "quote", service)
    rows = desk.compared(base, quote, on, names)
    return json_answer([row_as_json(row) for row in rows])


def drivers(desk: Desk, query: Mapping[str, str]) -> Answer:
    """The drivers that you can ask."""
    _check(query)
    return json_answer([_driver_as_json(each) for each in desk.manager.drivers()])


def rules(desk: Desk, query: Mapping[str, str]) -> Answer:
    """The rules that you can ask: which rate a law prescribes."""
    _check(query)
    content = [
        {
            "name": each.name,
            "title": each.rule.title,
            "source": each.rule.source,
            "country": each.rule.country,
            "purposes": list(each.rule.purposes),
            "home": each.rule.home,
            "statute": each.rule.statute,
            "url": each.rule.url,
            "valid_from": each.rule.valid_from and each.rule.valid_from.isoformat(),
            "valid_until": each.rule.valid_until and each.rule.valid_until.isoformat(),
            "verified": each.rule.verified,
            "exceptions": list(each.rule.exceptions),
        }
        for each in desk.manager.rules()
        if each.rule is not None
    ]
    return json_answer(content)


def drivers_of(desk: Desk) -> list[str]:
    """The names of the drivers that can be asked."""
    return [each.name for each in desk.manager.drivers() if each.state in _ASKABLE]


def row_as_json(row: Compared) -> dict[str, object]:
    """The answer of one driver, compared with the others."""
    error = row.error and {
        "type": type(row.error).__name__,
        "message": shown(row.error, status_of(row.error)),
    }
    return {
        "driver": row.driver,
        "rate": row.rate and rate_as_json(row.rate, reason),
        "error": error,
        "milliseconds": f"{row.seconds * 1000:.1f}",
        "off_by": None if row.off_by is None else f"{row.off_by:f}",
        "suspicion": row.suspicion and reason(row.suspicion),
    }


def _driver_as_json(driver: DriverInfo) -> dict[str, object]:
    profile = driver.profile
    return {
        "name": driver.name,
        "state": driver.state,
        "origin": driver.origin if driver.source.path is None else driver.source.version,
        "title": profile and profile.title,
        "publishes": profile and profile.publishes,
        "pivot": profile and profile.pivot,
        "frequency": profile and profile.frequency,
        "history_from": profile and profile.history_from and profile.history_from.isoformat(),
        "series": [each.name for each in profile.series] if profile else [],
        "attribution": profile and profile.attribution,
        "terms": profile and profile.terms,
        "url": profile and profile.url,
    }


def _asked(desk: Desk, query: Mapping[str, str]) -> Rate:
    service = _opened(desk, query)
    on = _day(query, "on") if "on" in query else None
    max_gap = _whole(query, "max_gap") if "max_gap" in query else None
    base, quote = _code(query, "base", service), _code(query, "quote", service)
    answer = service.rate_or_error(base, quote, on, max_gap=max_gap)
    desk.count(answer)
    if isinstance(answer, forexhooks.ForexError):
        raise answer
    return answer


def _is_final(desk: Desk, query: Mapping[str, str], found: Rate) -> bool:
    if "on" not in query or found.failures:
        return False
    return is_final(desk, _opened(desk, query), _day(query, "on"), [found.stale])


def _opened(desk: Desk, query: Mapping[str, str]) -> ForexService:
    return desk.open(_names(query.get("driver")))


def _names(text: str | None) -> list[str]:
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    if len(names) > _MOST_NAMES:
        raise BadRequestError(f"at most {_MOST_NAMES} drivers can be named")
    return list(dict.fromkeys(names))


def _code(query: Mapping[str, str], name: str, service: ForexService) -> str:
    """The code; unknown ones are refused before any driver is asked."""
    return service.check_code(query[name].strip())


def _day(query: Mapping[str, str], name: str) -> date:
    with suppress(ValueError):
        if looks_like_a_day(query[name]):
            return date.fromisoformat(query[name])
    raise BadRequestError(f"{name} is {query[name]!r}: give a day like 2026-10-30")


def _whole(query: Mapping[str, str], name: str) -> int:
    text = query[name]
    if text.isascii() and text.isdigit() and len(text) <= 4:
        return int(text)
    raise BadRequestError(f"{name} is {text!r}: give a whole number like 7")


def _period(text: str) -> Period:
    for period in get_args(Period):
        if text == period:
            return text  # type: ignore[return-value]
    raise BadRequestError(f"every is {text!r}: give one of {', '.join(get_args(Period))}")


def _take(text: str) -> Take:
    for take in get_args(Take):
        if text == take:
            return text  # type: ignore[return-value]
    raise BadRequestError(f"take is {text!r}: give one of {', '.join(get_args(Take))}")


def _check(query: Mapping[str, str], needed: Iterable[str] = (), more: Iterable[str] = ()) -> None:
    needed = tuple(needed)
    lacking = [name for name in needed if not query.get(name)]
    if lacking:
        example = "&".join(map(_example, needed))
        raise BadRequestError(f"give {' and '.join(lacking)}, as in ?{example}")
    if isinstance(query, Query) and query.repeated:
        raise BadRequestError(f"{query.repeated[0]} is given more than once: give it once")
    known = {*needed, *more}
    unknown = [name for name in query if name not in known]
    if unknown:
        listed = ", ".join(sorted(known)) or "none"
        raise BadRequestError(f"unknown parameter {unknown[0]!r}; the parameters are: {listed}")


def _example(name: str) -> str:
    examples = {"base": "USD", "quote": "CAD", "amount": "100", "start": "2026-10-01"}
    return f"{name}={examples.get(name, '2026-10-30')}"
