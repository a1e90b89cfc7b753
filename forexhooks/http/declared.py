"""Observations from the addresses that an `HttpDriver` declares."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from forexhooks.errors import MalformedResponseError
from forexhooks.http.addresses import addresses
from forexhooks.http.bad_rows import Rows, observations_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import date

    from forexhooks.http.addresses import Address
    from forexhooks.http.bad_rows import Row
    from forexhooks.http.http_driver import HttpDriver
    from forexhooks.http.replies import Reply
    from forexhooks.rates.rate import Observation

_MAY_SAY_NO_DATA = (400, 404)
_OK = 200
_NO_CONTENT = 204


class BySeries(dict["str | None", "list[Observation]"]):
    """The observations of a response by series, and how many rows it had, bad ones included."""

    rows = 0


def declared_observations(
    driver: HttpDriver,
    currencies: Collection[str],
    start: date | None,
    end: date | None,
    series: str | None,
    *,
    asked: Iterable[Address] | None = None,
    read: Callable[[str | None, Any], Iterable[Row]] | None = None,
) -> Iterator[Observation]:
    """Yield the observations of these currencies, days and one series from the declared addresses.

    `asked` replaces the driver's addresses. `read` replaces its method `read`; it gets the series
    of a response, or None if it may be any.
    """
    newest: date | None = None
    is_only = len(driver.profile.series) == 1
    if asked is None:
        asked = addresses(driver, currencies, start, end, series)
    for address in asked:
        if address.is_for_lack and newest and newest >= driver.profile.newest_due(end):
            continue
        unnamed = series if address.is_of_series or is_only else None
        content = driver.content(currencies, address.start, address.end)
        # A 404 for several series at once is not cached.
        nothing, question = driver.http.without_rates(), (address.path, content)
        if question in nothing:
            continue
        by_series = fetched_rows(
            driver,
            address.path,
            None,
            start=address.start,
            end=address.end,
            unnamed=unnamed,
            read=None if read is None else partial(read, unnamed),
            no_data="" if address.may_lack else driver.no_data,
            method="GET" if content is None else "POST",
            content=content,
        )
        if not by_series:
            nothing.add(question)
        found = by_series.get(series, [])
        newest = max(filter(None, (newest, *(each.on for each in found))), default=None)
        yield from found


def fetched_rows(
    driver: HttpDriver,
    path: str,
    params: Mapping[str, str] | None,
    *,
    start: date | None,
    end: date | None,
    unnamed: str | None,
    read: Callable[[Any], Iterable[Row]] | None = None,
    no_data: str | None = None,
    also: Collection[int] = (),
    headers: Mapping[str, str] | None = None,
    **options: Any,
) -> BySeries:
    """The observations of a response, by series. Rows that name no series belong to `unnamed`."""
    # They may have the key in them: a path like ".example" is appended to the host's name.
    if urlsplit(driver.base_url + path).netloc == urlsplit(driver.base_url).netloc:
        params = {**driver.params, **(params or {})}
        headers = {**driver.headers, **(headers or {})}
    parse = partial(_rows_of, driver, read or driver.read, start, end, no_data, unnamed, path)
    also = (*also, _NO_CONTENT)
    if no_data is not None:
        also = (*also, *_MAY_SAY_NO_DATA)
    found: BySeries
    try:
        found = driver.http.fetch(
            path, params, parse=parse, end=end, also=also, headers=headers, **options
        )
    except MalformedResponseError as error:
        if error not in driver.http.postponed():
            raise
        return BySeries()
    _count(driver, found.rows)
    return found


def _count(driver: HttpDriver, rows: int) -> None:
    driver.http.rows_read = (driver.http.rows_read or 0) + rows


def _counted(rows: Iterable[Row], found: BySeries) -> Iterator[Row]:
    for each in rows:
        found.rows += 1
        yield each


def _rows_of(
    driver: HttpDriver,
    read: Callable[[Any], Iterable[Row]],
    start: date | None,
    end: date | None,
    no_data: str | None,
    unnamed: str | None,
    path: str,
    reply: Reply,
) -> BySeries:
    found = BySeries()

    def missing(why: str) -> MalformedResponseError:
        # The format may have changed; or the currency is suspended, or an earlier page was the
        # last, and other responses have rates.
        excerpt = f": {driver.http.excerpt(reply)}"
        fault = driver.http.malformed(driver.base_url + path, ValueError(why), excerpt)
        driver.http.postponed().append(fault)
        _count(driver, found.rows)
        return fault

    if reply.status == _NO_CONTENT:
        return found
    if no_data is not None and reply.status in _MAY_SAY_NO_DATA:
        if no_data in reply.text and (no_data or reply.status == 404):
            if end is None:
                raise missing("nothing is there")
            return found
        raise (
            driver.refused(reply, reply.status)
            if reply.status == 400
            else ValueError("nothing is there")
        )
    if reply.status == _OK and not reply.content.strip() and not driver.empty_means_no_data:
        raise ValueError("the response is empty")
    found |= observations_of(
        _counted(read(driver.parse(reply)), found),
        Rows(driver.name, driver.http.scrubbed),
        profile=driver.profile,
        beyond_iso=driver.beyond_iso,
        start=start,
        end=end,
        unnamed=unnamed,
        begins_earlier=driver.begins_earlier,
    )
    if end is None and not found:
        raise missing("there are no rates in it")
    return found
