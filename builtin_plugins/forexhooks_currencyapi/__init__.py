"""The free currency API of fawazahmed0: a file a day since 2024-03-02, coins and metals too.

Two hosts have the files. Of the files of a day the one in USD is asked for, always: every pair
comes out of it, so that one request serves all questions of that day, and a rate is the same
whether it is asked for alone, in a batch or in a history.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from forexhooks import Observation, Profile, every_day
from forexhooks.currencies import CODES, EUR, USD, is_plausible
from forexhooks.errors import DriverError
from forexhooks.http import HttpClient, HttpDriver, Rows, json_of, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from forexhooks.http import Reply

__all__ = ["CurrencyApi"]

_FIRST_DAY = date(2024, 3, 2)
_FILE = "/v1/currencies/usd.min.json"


class _Published(NamedTuple):
    on: date
    rates: dict[str, Decimal]


_Host = tuple[HttpClient, str]


class CurrencyApi(HttpDriver):
    """Daily rates of the currencies, and of coins and metals, each day in a file of its own.

    `SECOND_URL` is the host that is asked where the first fails or lacks a day; each has half of
    `time_limit`. With `base_url` set no other host is asked. For settings and raises see
    `HttpDriver`. A history costs a request for each day.
    """

    name = "currencyapi"
    profile = Profile(
        title="Free Currency Exchange Rates API (fawazahmed0)",
        url="https://github.com/fawazahmed0/exchange-api",
        publishes="daily rates from public sources, including cryptocurrencies and metals",
        pivot=USD,
        history_from=_FIRST_DAY,
        day_by_day=True,
        publication_days=every_day,
        terms="public domain (CC0 1.0), no rate limit",
        verified=True,
    )
    BASE_URL = "https://cdn.jsdelivr.net/npm"
    SECOND_URL = "https://{day}.currency-api.pages.dev"

    def __init__(
        self, *, base_url: str | None = None, time_limit: float | str | None = None
    ) -> None:
        super().__init__(base_url=base_url, time_limit=time_limit)
        self._hosts: list[_Host] = [(self.http, "/@fawazahmed0/currency-api@{day}" + _FILE)]
        if base_url is None:
            half = self.http.time_limit = self.http.time_limit / 2
            # The day is part of the second host's name, so its addresses have no common prefix.
            second = HttpClient(self.name, self.profile, "", time_limit=half, beside=self.http)
            self._hosts.append((second, self.SECOND_URL + _FILE))

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        """Yield what was published in USD. Raises `DriverError` where both hosts failed."""
        # USD alone: any other currency shows the days there are.
        wanted = set(currencies) - {USD} or {EUR}
        hosts = list(self._hosts)
        for day in self._days(start, end):
            published = self._published(day, hosts)
            if published is not None:
                for code in wanted & published.rates.keys():
                    yield Observation(published.on, USD, code, published.rates[code])

    def _days(self, start: date | None, end: date | None) -> Iterable[date | None]:
        if start is None or end is None:
            return [None]
        return (day for day, _ in self.windows(max(start, _FIRST_DAY), end, 1))

    def currencies(self) -> Collection[str]:
        """The codes in the latest file."""
        latest = self._published(None, list(self._hosts))
        return {USD, *(latest.rates if latest is not None else ())}

    def _published(self, day: date | None, hosts: list[_Host]) -> _Published | None:
        """The file of a day (None: the latest) from the first host that has it; None: neither.

        A host that fails moves to the end of `hosts`, so that a history waits for it once.
        """
        newest: _Published | None = None
        faults: dict[HttpClient, DriverError] = {}
        for client, path in tuple(hosts):
            try:
                found = client.fetch(
                    path.format(day=day or "latest"),
                    parse=partial(_published, day, self.profile.today()),
                    end=day,
                    also=() if day is None else (404,),
                )
            except DriverError as fault:
                faults[client] = fault
                hosts.sort(key=lambda host: host[0] in faults)
                continue
            if found is not None and (newest is None or newest.on < found.on):
                newest = found
            # If the latest file is late, the other host may have a newer one.
            if newest is not None and (day is not None or newest.on >= self.profile.newest_due()):
                break
        # The first host has everything that was published; the second may drop old days.
        if newest is None and self.http in faults:
            raise _joined(list(faults.values()))
        return newest

    def close(self) -> None:
        """Close the connections to both hosts."""
        for client, _ in self._hosts:
            client.close()


def _published(day: date | None, today: date, reply: Reply) -> _Published | None:
    if reply.status == 404:
        return None
    body = json_of(reply)
    on = date.fromisoformat(body["date"])
    if day is not None and on != day:
        raise ValueError(f"it is of {on}, though {day} was asked for")
    if on > today:
        raise ValueError(f"it is of {on}, which is in the future")
    rows = Rows[tuple[str, Decimal]]("currencyapi")
    for name, value in body["usd"].items():
        code = name.upper()
        # A coin that became worthless needs no warning.
        with rows.of(code) if code in CODES else suppress(ValueError):
            rows.add(code, (code, value_of(value)))
    rates: dict[str, Decimal] = {}
    for code, rate in rows.sound():
        if rates.setdefault(code, rate) != rate:
            raise ValueError(f"there are two rates of {code}: {rates[code]} and {rate}")
    if rates.pop(USD, 1) != 1:
        raise ValueError("1 USD is not 1 USD")
    if not rates:
        raise ValueError("there are no rates in it")
    return _Published(on, {code: rates[code] for code in rates if is_plausible(code)})


def _joined(faults: list[DriverError]) -> DriverError:
    """One error of the first's kind that says them all."""
    first = faults[0]
    first.args = ("; ".join(dict.fromkeys(map(str, faults))),)
    return first
