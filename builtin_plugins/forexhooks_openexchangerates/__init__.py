"""The rates of Open Exchange Rates, blended of many sources: today's, and each day since 1999."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from forexhooks import Profile, every_day
from forexhooks.errors import (
    AuthenticationError,
    DriverError,
    MalformedResponseError,
    QuotaError,
    RateUnavailableError,
    UnavailableReason,
)
from forexhooks.http import HttpDriver, json_of, moment_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks import Observation
    from forexhooks.http import Reply, Row

__all__ = ["OpenExchangeRates"]

_BASE = "USD"  # the only one that every plan has
_FIRST_DAY = date(1999, 1, 1)
_ONE_DAY = timedelta(days=1)

_REFUSALS: dict[int | Decimal, tuple[type[DriverError], str]] = {
    401: (AuthenticationError, "check the setting app_id"),
    403: (
        AuthenticationError,
        "the plan of this app_id does not include it, or was used too much: see your account there",
    ),
    429: (QuotaError, "the requests of the plan are used up: ask again later, or another driver"),
}
_ELSE = (MalformedResponseError, "check the setting base_url, or ask another driver")


class OpenExchangeRates(HttpDriver):
    """Open Exchange Rates: 1 USD in all other currencies, for users with an `app_id`.

    A past day is one request, of all currencies, and is asked for once. Raises `SettingsError`
    where there is no `app_id`.
    """

    name = "openexchangerates"
    BASE_URL = "https://openexchangerates.org/api"
    all_at_once = beyond_iso = True
    profile = Profile(
        title="Open Exchange Rates",
        url="https://openexchangerates.org",
        publishes="mid rates, blended of several sources; of past days those at the end of the day",
        pivot=_BASE,
        history_from=_FIRST_DAY,
        day_by_day=True,
        publication_days=every_day,
        key="app_id: get one at https://openexchangerates.org/signup",
        terms="no resale, no warranty: https://openexchangerates.org/license",
        verified=True,
    )

    def __init__(
        self,
        *,
        app_id: str | None = None,
        base_url: str | None = None,
        time_limit: float | str | None = None,
    ) -> None:
        super().__init__(base_url=base_url, time_limit=time_limit)
        self.params = {"app_id": self.key("app_id", app_id)}

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        """Yield the latest of all currencies; of past days all as well, one request for each."""
        if start is None or end is None:
            yield from self._asked("/latest.json", None)
            return
        if end < _FIRST_DAY:
            raise RateUnavailableError(
                f"{self.name} has no rates of {end}: it begins on {_FIRST_DAY}; "
                "ask for that day or a later one",
                reason=UnavailableReason.BEFORE_FIRST_DAY,
                driver=self.name,
                on=end,
            )
        today = self.profile.today()
        for day, _ in self.windows(max(start, _FIRST_DAY), end, 1):
            if day == today:
                yield from (each for each in self._asked("/latest.json", None) if each.on == day)
            else:
                yield from self._asked(f"/historical/{day}.json", day)

    def _asked(self, path: str, day: date | None) -> list[Observation]:
        statuses = (400, 401, 403, 404)
        read = partial(self._rows, day)
        return self.fetch_rows(path, self.params, end=day, read=read, also=statuses)

    def parse(self, reply: Reply) -> Any:
        """Give the document; None where it says that there is none of that day."""
        try:
            body = json_of(reply)
        except ValueError:
            if reply.status == 200:
                raise
            body = None
        error = body if isinstance(body, dict) else {}
        if reply.status == 200 and not error.get("error"):
            return body
        if error.get("message") == "not_available":
            return None
        said = error.get("status")  # an error may come with the status 200
        status = said if isinstance(said, Decimal) else reply.status
        kind, advice = _REFUSALS.get(status, _ELSE)
        raise kind(
            f"{self.name} answered {status}: {self.http.excerpt(reply)}; {advice}",
            driver=self.name,
        )

    def _rows(self, day: date | None, document: Any) -> Iterator[Row]:
        if document is None:
            return
        if document["base"] != _BASE:
            raise ValueError(f"its base is not {_BASE}")
        if not document["rates"]:
            raise ValueError("it has no rates")
        on = _day_of(document["timestamp"], day)
        for code, value in document["rates"].items():
            yield on, _BASE, code.upper(), value


def _day_of(timestamp: Any, day: date | None) -> date:
    moment = moment_of(timestamp)
    on = moment.date()
    if day is None or on == day:
        return on
    if moment == datetime.combine(day + _ONE_DAY, time(), UTC):
        return day  # the midnight that ends it
    raise ValueError(f"it is of {on}, and {day} was asked for")
