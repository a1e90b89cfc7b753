"""Frankfurter's API, version 2: a record for each rate."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

import forexhooks
from forexhooks.rates.decimals import ONE
from forexhooks.rates.history import History, first_day
from forexhooks.server.answer import Answer, json_answer
from forexhooks.server.exact_json import dumped
from forexhooks.server.frankfurter import (
    Asked,
    code_of,
    codes_of,
    come,
    day_of,
    named,
    today_of,
)
from forexhooks.server.problems import BadRequestError
from forexhooks.service.holdings import Held, held_by, held_by_currency, publishes_missed

if TYPE_CHECKING:
    from forexhooks import ForexService, Rate
    from forexhooks.server.desk import Desk
    from forexhooks.server.query import Query

Format = Literal["json", "csv", "ndjson"]

_OF_RATES = ("date", "from", "to", "base", "quotes", "providers", "group", "expand")
_CADENCE = {"day": "daily", "week": "weekly", "month": "monthly"}


class _Record(NamedTuple):
    date: date
    base: str
    quote: str
    rate: Decimal
    driver: str | None = None

    def content(self, *, with_providers: bool = False) -> dict[str, object]:
        content: dict[str, object] = {
            "date": self.date.isoformat(),
            "base": self.base,
            "quote": self.quote,
            "rate": self.rate,
        }
        if with_providers and self.driver is not None:
            own = {"key": self.driver.upper(), "date": content["date"], "rate": self.rate}
            content["providers"] = [own]
        return content


def rates(desk: Desk, query: Query, *, form: Format = "json") -> Answer:
    """The rates of a base: the latest, of a day, or of the days from one to another."""
    _check(query, _OF_RATES)
    drivers = _asked(desk, query)
    service = drivers.service
    base = _code(query.get("base", "EUR"), drivers)
    codes = codes_of(query.get("quotes"))
    quotes = (
        sorted({base, *drivers.currencies})
        if codes is None
        else [_code(code, drivers) for code in codes]
    )
    group, expand = query.get("group"), query.get("expand")
    if group not in (None, "week", "month"):
        raise BadRequestError("invalid group", 422)
    if expand not in (None, "providers"):
        raise BadRequestError(f"invalid expand: {expand}", 422)
    if "date" in query and ("from" in query or "to" in query):
        raise BadRequestError("conflicting params", 422)
    first, last = _days(query, service)
    if first is None:
        others = [quote for quote in quotes if quote != base]
        records = [_record(rate) for rate in drivers.rates(base, others, last)]
    else:
        last = last or first
        if group is not None:  # whole weeks or months, as in Frankfurter's API
            first, last = _whole(_period(group), first, last)
        spans = drivers.histories(base, quotes, first, last, carried=group is None)
        records = [record for history in spans for record in _grouped(history, group)]
    if base in quotes and (records or quotes == [base]):
        days = {record.date for record in records} or {last or service.profile.today()}
        of_base = sorted(days) if first is not None else [max(days)]
        records += [_Record(day, base, base, ONE) for day in of_base]
    if not records:
        raise drivers.not_found()
    records.sort(key=lambda each: (each.date, each.quote) if first is not None else each.quote)
    if query.wants_lines and form == "json":
        form = "ndjson"
    written = _written(records, form, with_providers=expand == "providers")
    headers = {"vary": "Accept", **drivers.headers()}
    return written._replace(is_final=drivers.is_final(last), headers=headers)


def no_csv(desk: Desk, query: Mapping[str, str], *, path: str) -> Answer:
    """Say that only rates are available as CSV."""
    raise BadRequestError(f"/v2/{path} is not available as csv: only /v2/rates.csv is", 406)


def rate(desk: Desk, query: Mapping[str, str], *, base: str, quote: str) -> Answer:
    """The rate of one pair."""
    _check(query, ("date", "providers"))
    drivers = _asked(desk, query)
    service = drivers.service
    base, quote = _code(base, drivers), _code(quote, drivers)
    on = come(day_of(query["date"]), service) if "date" in query else None
    if base == quote:
        return json_answer(_Record(on or service.profile.today(), base, quote, ONE).content())
    found = drivers.rates(base, [quote], on)
    if not found:
        raise drivers.not_found()
    return json_answer(
        _record(found[0]).content(), is_final=drivers.is_final(on), headers=drivers.headers()
    )


def currency(desk: Desk, query: Mapping[str, str], *, code: str) -> Answer:
    """One currency, and the drivers that have it."""
    _check(query, ())
    code = code_of(code)
    drivers = Asked(desk, desk.open())
    if not drivers.is_known(code):
        raise drivers.not_found()
    keys = [key for key, each in _services(desk, drivers) if code in each.currencies()]
    if not keys:
        raise drivers.not_found()
    content = {**_named(code, Held()), "providers": keys}
    del content["start_date"], content["end_date"]  # Frankfurter's API does not have them either
    return json_answer(content, headers=drivers.headers())


def currencies(desk: Desk, query: Mapping[str, str]) -> Answer:
    """The currencies; with `scope=all`, also those without a rate today."""
    _check(query, ("scope", "providers"))
    scope = query.get("scope")
    if scope not in (None, "all"):
        raise BadRequestError(f"invalid scope: {scope}", 422)
    drivers = _asked(desk, query)
    latest = drivers.current() if scope is None else {}
    held = held_by_currency(each for _, each in _services(desk, drivers))
    content = [
        _named(code, held.get(code, Held()).joined(Held(None, latest.get(code))))
        for code in sorted(latest or drivers.currencies)
    ]
    return json_answer(content, headers=drivers.headers())


def providers(desk: Desk, query: Mapping[str, str]) -> Answer:
    """The drivers that the server asks."""
    _check(query, ())
    drivers = Asked(desk, desk.open())
    with suppress(forexhooks.ForexError):
        _ = drivers.currencies  # drivers that fail are noted
    content = []
    for name in drivers.service.drivers:
        with suppress(forexhooks.PluginError):  # it is gone
            content.append(_provider(name.upper(), desk.open([name])))
    return json_answer(content, headers=drivers.headers())


def _provider(key: str, service: ForexService) -> dict[str, object]:
    profile = service.profile
    held = held_by(service)
    terms = profile.terms
    currencies: list[str] = []
    with suppress(forexhooks.DriverError):  # its currencies are unknown while it is down
        currencies = sorted(service.currencies())
    return {
        "key": key,
        "name": profile.title,
        "country_code": profile.country,
        "rate_type": profile.publishes,
        "pivot_currency": profile.pivot,
        "data_url": profile.url,
        "terms_url": terms if terms and terms.startswith("https://") and " " not in terms else None,
        "start_date": held.first and held.first.isoformat(),
        "end_date": held.last and held.last.isoformat(),
        "publish_cadence": _CADENCE.get(profile.frequency),
        "publishes_missed": publishes_missed(service, held.last),
        "currencies": currencies,
    }


def _services(desk: Desk, drivers: Asked) -> list[tuple[str, ForexService]]:
    """The services of the single drivers that can list their currencies."""
    _ = drivers.currencies  # drivers that fail are noted
    return [(name.upper(), desk.open([name])) for name in drivers.answering]


def _named(code: str, held: Held) -> dict[str, object]:
    from iso4217 import Currency

    number = next((each.number for each in Currency if each.value == code), None)
    return {
        "iso_code": code,
        "iso_numeric": None if number is None else f"{number:03}",
        "name": named(code),
        "symbol": None,
        "start_date": held.first and held.first.isoformat(),
        "end_date": held.last and held.last.isoformat(),
    }


def _check(query: Mapping[str, str], known: Sequence[str]) -> None:
    unknown = [name for name in query if name not in known]
    if unknown:
        raise BadRequestError(f"unknown parameter: {', '.join(unknown)}", 422)


def _asked(desk: Desk, query: Mapping[str, str]) -> Asked:
    """The question, to the providers that it names."""
    asked = query.get("providers")
    if asked is None:
        return Asked(desk, desk.open())
    names = [name.strip().lower() for name in asked.split(",") if name.strip()]
    try:
        return Asked(desk, desk.open(names))
    except (forexhooks.UnknownDriverError, forexhooks.UnknownSeriesError):
        raise BadRequestError(f"invalid provider: {asked}", 422) from None


def _code(text: str, drivers: Asked) -> str:
    code = code_of(text)
    if not drivers.is_known(code):
        raise BadRequestError(f"invalid currency: {text}", 422)
    return code


def _days(query: Mapping[str, str], service: ForexService) -> tuple[date | None, date | None]:
    """The first day of a range (None if it is not one), and the last or only day."""
    if "from" in query:
        first = day_of(query["from"])
        last = min(day_of(query["to"]) if "to" in query else date.max, today_of(service))
        if first > last:
            raise BadRequestError("not found", 404)
        return first, last
    if "to" in query:
        day_of(query["to"])  # Frankfurter checks it but does not use it
    return None, come(day_of(query["date"]), service) if "date" in query else None


def _record(rate: Rate) -> _Record:
    return _Record(rate.on, rate.base, rate.quote, rate.value, rate.driver)


def _period(group: str) -> Literal["week", "month"]:
    return "week" if group == "week" else "month"


def _whole(period: Literal["week", "month"], first: date, last: date) -> tuple[date, date]:
    """The first day of the period that contains `first`, and the last day of that of `last`."""
    following = first_day(period, first_day(period, last) + timedelta(days=31))
    if period == "week":
        following = first_day(period, last) + timedelta(days=7)
    return first_day(period, first), following - timedelta(days=1)


def _grouped(history: History, group: str | None) -> Iterable[_Record]:
    """A record for each rate, or the mean of each week or month, dated on its first day."""
    if group is None:
        return map(_record, history)
    period = _period(group)
    return [
        _record(rate)._replace(date=first_day(period, rate.on))
        for rate in history.every(period, "mean")
    ]


def _written(records: Sequence[_Record], form: Format, *, with_providers: bool) -> Answer:
    if form == "json":
        return json_answer([each.content(with_providers=with_providers) for each in records])
    if form == "ndjson":
        contents = (each.content(with_providers=with_providers) for each in records)
        lines = "".join(f"{dumped(content)}\n" for content in contents)
        return Answer(200, lines.encode(), "application/x-ndjson")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("date", "base", "quote", "rate", *(("providers",) if with_providers else ())))
    for each in records:
        row = [each.date.isoformat(), each.base, each.quote, f"{each.rate:f}"]
        if with_providers:
            row.append("" if each.driver is None else f"{each.driver.upper()}:{each.rate:f}")
        writer.writerow(row)
    return Answer(200, text.getvalue().encode(), "text/csv; charset=utf-8")
