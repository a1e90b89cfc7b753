"""SdmxDriver: a driver for a provider of SDMX; you declare its dimensions and addresses.

It is one class because authors subclass it: everything they declare or override is on this page.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from forexhooks.errors import PluginError
from forexhooks.http.addresses import addresses, declares_any, wanted_codes
from forexhooks.http.declared import declared_observations
from forexhooks.http.http_driver import HttpDriver
from forexhooks.http.replies import csv_of, document_of, no_rate, value_of
from forexhooks.http.sdmx_messages import MISSING, TimePeriod, rows_of_json
from forexhooks.plugins.driver import with_or_without_series

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import date
    from decimal import Decimal

    from forexhooks.http.addresses import Address, Codes
    from forexhooks.http.bad_rows import Row
    from forexhooks.http.replies import Reply
    from forexhooks.rates.profile import Profile
    from forexhooks.rates.rate import Observation

_FREQUENCIES = {"day": "D", "week": "W", "month": "M", "quarter": "Q", "year": "A"}
_FIELDS = ("{base}", "{quote}", "{frequency}", "{statistic}")


class SdmxDriver(HttpDriver):
    """An `HttpDriver` for a provider of SDMX: declare its dimensions and addresses.

    It reads SDMX-CSV and SDMX-JSON. An address may contain `{key}`. `{start}` and `{end}` are
    written as the frequency of the series requires: `2026-10-30`, `2026-W44`, `2026-10`, `2026-Q4`
    or `2026`.

    Averages and other values of a period apply to all its days. Values for the end of a period are
    of its last day. Rates that are missing, confidential or empty are left out.

    >>> from forexhooks import Profile, Series
    >>> class Acme(SdmxDriver):
    ...     name = "acme"
    ...     profile = Profile(
    ...         title="Acme Bank",
    ...         pivot="EUR",
    ...         series=(Series("day"), Series("month-end", frequency="month", statistic="end")),
    ...     )
    ...     BASE_URL = "https://sdmx.acme.example"
    ...     dimensions = {
    ...         "FREQ": "{frequency}",
    ...         "CURRENCY": "{quote}",
    ...         "CURRENCY_DENOM": "EUR",
    ...         "EXR_SUFFIX": "{statistic}",
    ...     }
    ...     latest = "/data/EXR/{key}?format=csvdata&lastNObservations=1"
    ...     between = "/data/EXR/{key}?format=csvdata&startPeriod={start}&endPeriod={end}"
    """

    dimensions: ClassVar[Mapping[str, str]]
    """The dimensions of the provider's key, in order, each with the code to ask for.

    `""` is any code. `"{base}"` or `"{quote}"` marks the dimension of the currency: as base or as
    quote, with the pivot on the other side. `"{frequency}"` becomes D, W, M, Q or A.
    `"{statistic}"` becomes E for a series of period ends, else A.
    """

    dimensions_of_series: ClassVar[Mapping[str, Mapping[str, str]]] = {}
    """Other codes for the keys of some series: `{"ask": {"EXR_TYPE": "SP01"}}`."""

    empty_means_no_data = True
    unit_mult: ClassVar[Literal["base", "value"] | None] = None
    """What UNIT_MULT scales: how many units of `base` a rate is for, or the units of its `value`.

    If it is set, each row must have a UNIT_MULT.
    """

    def __init_subclass__(cls, **more: Any) -> None:
        """Check what the class declares.

        Raises:
            PluginError: A declaration is wrong; the message says which.
        """
        super().__init_subclass__(**more)
        problem = _problem(cls)
        if problem is not None:
            raise PluginError(f"{getattr(cls, 'name', cls.__name__)}: {problem}")

    def parse(self, reply: Reply) -> Any:
        """Parse a response: SDMX-JSON or SDMX-CSV, depending on its first characters.

        Args:
            reply: The response.

        Returns:
            The document of SDMX-JSON, or the rows of SDMX-CSV.

        Raises:
            ValueError: It is neither. SDMX-ML is not supported.
        """
        head = reply.content.partition(b"\n")[0]
        if b";" in head and b"," not in head:
            return csv_of(reply, delimiter=";")
        document = document_of(reply)
        if not isinstance(document, list | dict):
            raise ValueError(
                "it is SDMX-ML: ask for csvdata or jsondata, by format= or the header Accept"
            )
        return document

    def rows(self, document: Any) -> Iterable[Mapping[str, Any]]:
        """Return the rows of a document; override it to leave some out.

        Args:
            document: What `parse` returned.

        Returns:
            The rows, each with its dimensions, attributes, TIME_PERIOD and OBS_VALUE by name.
        """
        return document if isinstance(document, list) else rows_of_json(document)

    def read(self, document: Any) -> Iterator[Row]:
        """Yield the rows of a document, each with the series that its key belongs to.

        Args:
            document: What `parse` returned.

        Returns:
            The rows, as for `HttpDriver.read`.
        """
        return self._read(None, document)

    @with_or_without_series
    def observations(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str | None = None,
    ) -> Iterator[Observation]:
        """Yield the observations of all periods that include one of these days.

        Args:
            currencies: The codes, in upper case.
            start: The first day; None: the latest observations.
            end: The last day, included; None: the latest observations.
            series: One of the series that the profile lists; None: it lists none.

        Yields:
            The observations.

        Raises:
            DriverError: The provider failed.
        """
        yield from declared_observations(
            self,
            currencies,
            start,
            end,
            series,
            asked=self._asked(wanted_codes(self, currencies), start, end, series),
            read=self._read,
        )

    def _asked(
        self, codes: Codes, start: date | None, end: date | None, series: str | None
    ) -> Iterator[Address]:
        of = self.profile.of_series(series)
        is_any = self.all_at_once or start is None
        if start is None and self.latest is None:
            # Far enough back for a whole period to be over, even if nothing is carried forward.
            end = of.today()
            start = end - timedelta(days=of._replace(series=()).max_gap)
        if start is not None and end is not None:
            end = _last_day(of, end)
            if start > end or not (codes or is_any):
                return
        wanted = "" if is_any else f"{codes:+}"
        key = (wanted if _side(code) else code for code in self._key_of(series).values())
        yield from addresses(
            self, codes, start, end, series, key=".".join(key), day_as=partial(_period_of, of)
        )

    def _key_of(self, series: str | None) -> dict[str, str]:
        """The key of a series: each dimension with its code; the currency's is as declared."""
        of = self.profile.of_series(series)
        filled = {
            "{frequency}": _FREQUENCIES[of.frequency],
            "{statistic}": "E" if _is_end(of) else "A",
        }
        key = {**self.dimensions, **self.dimensions_of_series.get(series or "", {})}
        return {each: filled.get(code, code) for each, code in key.items()}

    def _read(self, series: str | None, document: Any) -> Iterator[Row]:
        """The rows of one series; None: of all series, recognized by their keys."""
        listed: list[str | None] = [each.name for each in self.profile.series]
        names = [series] if series else listed or [None]
        keys = {name: self._key_of(name) for name in names}
        fixed = [
            each for each in self.dimensions if all(_is_fixed(key[each]) for key in keys.values())
        ]
        by_key = {
            tuple(key[each] for each in fixed): (name, self.profile.of_series(name))
            for name, key in keys.items()
        }
        [(named, side)] = (
            (each, _side(code)) for each, code in self.dimensions.items() if _side(code)
        )
        pivot = f"{self.profile.pivot}"
        for row in self.rows(document):
            code = row[named]
            found = by_key.get(tuple(row[each] for each in fixed))
            if found is None:
                key_of_row = ".".join(f"{row.get(each, '')}" for each in self.dimensions)
                raise ValueError(f"the series {key_of_row!r:.60} was not asked for")
            if _is_missing(row):
                continue
            name, of = found
            on, until = _days_of(row["TIME_PERIOD"], of)
            base, quote = (code, pivot) if side == "base" else (pivot, code)
            yield on, base, quote, self._value(row), until, name

    def _value(self, row: Mapping[str, Any]) -> Decimal:
        value = row["OBS_VALUE"]
        # If it is declared, a row without it is malformed: it is not a rate of 1 unit.
        units = (row["UNIT_MULT"] if self.unit_mult else row.get("UNIT_MULT")) or "0"
        if units == "0":
            return value_of(value)
        if self.unit_mult == "base":
            return value_of(value, per=f"1e{units}")
        if self.unit_mult == "value":
            return value_of(value, per=f"1e-{units}".replace("--", ""))
        return no_rate(
            f"its UNIT_MULT is {units:.10}: declare unit_mult, as the units of the base that a "
            'rate is for ("base"), or of its value ("value")'
        )


def _problem(driver: type[SdmxDriver]) -> str | None:
    """What is wrong with the declarations of a class; None: nothing."""
    declared = vars(driver)
    if declared.get("unit_mult") not in (None, "base", "value"):
        return f"unit_mult is {driver.unit_mult!r}: say 'base' or 'value'"
    if "dimensions" not in declared:
        return None
    dimensions = declared["dimensions"]
    example = '{"FREQ": "D", "CURRENCY": "{quote}"}'
    if not isinstance(dimensions, Mapping) or not all(
        isinstance(each, str) for each in (*dimensions, *dimensions.values())
    ):
        return f"dimensions is {dimensions!r}, not dimensions with their codes, like {example}"
    unknown = [code for code in dimensions.values() if "{" in code and code not in _FIELDS]
    if unknown:
        return f"dimensions is {dimensions!r}: {unknown[0]} is not one of {', '.join(_FIELDS)}"
    if len([code for code in dimensions.values() if _side(code)]) != 1:
        return (
            f"dimensions is {dimensions!r}: one of them must be the currency, {{base}} or {{quote}}"
        )
    if getattr(driver, "profile", None) is not None and driver.profile.pivot is None:
        return "name the pivot in its profile: the currency that all its rates share"
    if driver.observations is SdmxDriver.observations and not declares_any(driver):
        return 'it has no address: give the class one, as between = "/data/EXR/{key}?…"'
    return None


def _side(code: str) -> str | None:
    return code[1:-1] if code in ("{base}", "{quote}") else None


def _is_fixed(code: str) -> bool:
    return bool(code) and _side(code) is None


def _is_end(of: Profile) -> bool:
    return bool(of.series) and of.series[0].statistic == "end"


def _period_of(of: Profile, day: date) -> TimePeriod:
    return TimePeriod.with_day(day, of.frequency)


def _last_day(of: Profile, end: date) -> date:
    """The last day of the period with `end` in it; of period ends, the last that is over."""
    period = _period_of(of, end)
    if _is_end(of) and period.last > end:
        return period.first - timedelta(days=1)
    return period.last


def _days_of(text: str, of: Profile) -> tuple[date, date | None]:
    """The day of a rate, and if it applies to a period, the last day of that."""
    period = TimePeriod.of(text)
    if period.frequency == "day" or (period.frequency == of.frequency and _is_end(of)):
        return period.last, None
    if period.frequency != of.frequency:
        raise ValueError(f"{text!r:.40} is no {of.frequency}")
    return period.first, period.last


def _is_missing(row: Mapping[str, Any]) -> bool:
    """Whether a row has no rate, or one that may not be published."""
    return (
        row["OBS_VALUE"] in (None, "")
        or row.get("OBS_STATUS") in MISSING
        or not {row.get("OBS_CONF") or "F", row.get("CONF_STATUS") or "F"} <= {"F"}
    )
