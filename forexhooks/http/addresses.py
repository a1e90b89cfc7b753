"""Addresses that an `HttpDriver` declares, and which of them a question is asked of."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.currencies import is_currency

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks.http.http_driver import HttpDriver

_FIRST_DAYS = timedelta(days=10)


class Address(NamedTuple):
    """A path to ask, and the days that may be in its answer; None: any."""

    path: str
    start: date | None = None
    end: date | None = None
    may_lack: bool = False
    """Whether a 404 says no more than that it is not there yet."""
    is_for_lack: bool = False
    """Whether it is asked only where the others lack a day that should be out."""


class _Codes(frozenset[str]):
    """Codes in a template: `{codes:+}` is USD+EUR."""

    def __format__(self, separator: str) -> str:
        return (separator or ",").join(sorted(self))


def declares_any(driver: type[HttpDriver]) -> bool:
    """Whether a driver has an address that its latest rates are asked of."""
    return any((driver.latest, driver.recent, driver.between, driver.yearly))


def addresses(
    driver: HttpDriver, currencies: Collection[str], start: date | None, end: date | None
) -> Iterator[Address]:
    """Yield what is to be asked for these currencies and days, in order."""
    codes = _Codes(filter(is_currency, set(currencies) - {driver.profile.pivot}))
    for address in _declared(driver, start, end):
        if codes or "{codes" not in address.path:
            days = address.start, address.end
            yield address._replace(path=_filled(address.path, codes, *days, driver.profile.today()))


def _filled(path: str, codes: _Codes, start: date | None, end: date | None, today: date) -> str:
    day = today if end is None else end
    return path.format(codes=codes, start=start, end=end, day=day, year=day.year)


def _declared(driver: HttpDriver, start: date | None, end: date | None) -> Iterator[Address]:
    today = driver.profile.today()
    if start is None or end is None:
        if driver.latest is not None:
            yield Address(driver.latest)
            return
        end, start = today, today - timedelta(days=driver.profile.max_gap)
    recent, days = driver.recent or ("", 0)
    oldest = today - timedelta(days=days)
    if recent and start > oldest:
        yield Address(recent)
        return
    if driver.between is not None:
        path, most = driver.between if isinstance(driver.between, tuple) else (driver.between, 0)
        for first, last in driver.windows(start, end, most or (end - start).days + 1):
            yield Address(path, first, last)
    elif driver.yearly is not None:
        for first, last in driver.years(start, end):
            yield Address(driver.yearly, first, last, first <= today < first + _FIRST_DAYS)
    elif driver.daily is not None:
        for day, _ in driver.windows(start, end, 1):
            yield Address(driver.daily, None, day)
    elif driver.latest is not None:
        yield Address(driver.latest)
    if recent and end > oldest:
        yield Address(recent, is_for_lack=True)
