"""The addresses that an `HttpDriver` declares, and which of them a question needs."""

from __future__ import annotations

from datetime import date, timedelta
from string import Formatter
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.currencies import is_currency
from forexhooks.errors import PluginError, SettingsError
from forexhooks.support.settings import checked_base_url

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from forexhooks.http.http_driver import HttpDriver

_FIRST_DAYS = timedelta(days=10)
_FIELDS = {
    "latest": {"codes", "day", "series"},
    "recent": {"codes", "day", "series"},
    "between": {"start", "end", "codes", "series"},
    "yearly": {"year", "start", "end", "codes", "series"},
    "daily": {"day", "end", "codes", "series"},
}


class Address(NamedTuple):
    """A path to request, and the days that may be in the response; None: any."""

    path: str
    start: date | None = None
    end: date | None = None
    may_lack: bool = False
    """Whether a 404 means only that it is not there yet."""
    is_for_lack: bool = False
    """Whether it is requested only if the others lack a day that should be published."""
    is_of_series: bool = False
    """Whether it names a series: rows that name none then belong to that series."""


class Codes(frozenset[str]):
    """Currency codes in a template: `{codes:+}` becomes USD+EUR."""

    def __format__(self, separator: str) -> str:
        return (separator or ",").join(sorted(self))


def wanted_codes(driver: HttpDriver, currencies: Collection[str]) -> Codes:
    """The currencies that an address may name."""
    return Codes(filter(is_currency, set(currencies) - {driver.profile.pivot}))


def declares_any(driver: type[HttpDriver]) -> bool:
    """Whether a driver has an address for its latest rates."""
    return any((driver.latest, driver.recent, driver.between, driver.yearly))


def check_declared(driver: type[HttpDriver]) -> None:
    """Check what a class declares. Raises `PluginError`, naming the attribute that is wrong."""
    declared = vars(driver)
    name = getattr(driver, "name", driver.__name__)
    base = declared.get("BASE_URL")
    if isinstance(base, str):  # it may be a property
        try:
            checked_base_url(base, name)
        except SettingsError:
            raise PluginError(
                f"{name}: BASE_URL is {base!r}: write an address like https://rates.example.com"
            ) from None
    for attribute, fields in _FIELDS.items():
        template = declared.get(attribute)
        if template is None or isinstance(template, property):
            continue
        if hasattr(driver, "dimensions_of_series"):  # an SdmxDriver
            fields = fields | {"key"}
        problem = _problem(attribute, template, fields)
        if problem is not None:
            raise PluginError(f"{name}: {attribute} is {template!r}: {problem}")


def _problem(attribute: str, template: object, fields: set[str]) -> str | None:
    """What is wrong with a declaration; None: nothing."""
    path, days = template if isinstance(template, tuple) else (template, None)
    if isinstance(template, tuple) and attribute not in ("recent", "between"):
        return "give it only a path"
    if (attribute == "recent" or isinstance(template, tuple)) and not _is_number_of_days(days):
        return 'give it a path and a number of days, ("/rates", 90)'
    if not isinstance(path, str):
        return 'give it a path, "/rates"'
    return _problem_of_path(path, fields)


def _is_number_of_days(days: object) -> bool:
    return type(days) is int and days > 0


def _problem_of_path(path: str, fields: set[str]) -> str | None:
    if not path.startswith(("/", "?")):
        return "a path is appended to BASE_URL, so it must begin with / or ?"
    if any(not each.isprintable() or each.isspace() for each in path):
        return "write %20 for a space"
    day = date(2000, 1, 1)
    try:
        named = {field for _, field, _, _ in Formatter().parse(path) if field is not None}
        if named <= fields:
            path.format(
                codes=Codes(), start=day, end=day, day=day, year=day.year, series="", key=""
            )
    except (ValueError, LookupError) as error:
        return f"it is not a template: {error}; write {{{{ for a brace"
    if not named <= fields:
        unknown = ", ".join(sorted(f"{{{each}}}" for each in named - fields))
        there = ", ".join(sorted(f"{{{each}}}" for each in fields))
        return f"{unknown} is unknown: it may name {there}"
    return None


def addresses(
    driver: HttpDriver,
    currencies: Collection[str],
    start: date | None,
    end: date | None,
    series: str | None = None,
    *,
    key: str = "",
    day_as: Callable[[date], object] = lambda day: day,
) -> Iterator[Address]:
    """Yield what to request for these currencies and days, in order.

    `key` is the key of an SDMX series. `day_as` formats the first and last day for the path.
    """
    codes = wanted_codes(driver, currencies)
    today = driver.profile.today()
    for address in _declared(driver, start, end):
        path = address.path
        if codes or "{codes" not in path:
            day = today if address.end is None else address.end
            yield address._replace(
                path=path.format(
                    codes=codes,
                    key=key,
                    start=address.start and day_as(address.start),
                    end=address.end and day_as(address.end),
                    day=day,
                    year=day.year,
                    series=series,
                ),
                is_of_series="{series" in path or "{key" in path,
            )


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
