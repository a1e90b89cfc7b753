"""The live rates of the Free Forex API: USD against everything, the latest only, no key."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from forexhooks import Observation, Profile
from forexhooks.errors import MalformedResponseError
from forexhooks.http import HttpDriver, Rows, json_of, moment_of, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Set

    from forexhooks.http import Reply

__all__ = ["FreeForex"]

_QUOTED_IN_USD = frozenset({"AUD", "EUR", "GBP", "NZD"})
_OK, _PAIRS_MISSING, _PAIR_UNKNOWN = 200, 1001, 1002
_LEAST_MILLISECONDS = 10**11  # as seconds the year 5138, as milliseconds 1973


class _Live(NamedTuple):
    """The rates of the pairs asked for, or, where one of them is unknown, all pairs there are."""

    rates: dict[str, Observation]
    supported: frozenset[str]
    bad: frozenset[str] = frozenset()


class FreeForex(HttpDriver):
    """Live rates of USD against every other currency; there is no history.

    All pairs of a question come in one request, by crosses where need be. For settings and raises
    see `HttpDriver`. A past day raises `RateUnavailableError`.
    """

    name = "freeforex"
    profile = Profile(
        title="Free Forex API",
        url="https://www.freeforexapi.com/Home/Api",
        publishes="live rates; the latest only",
        pivot="USD",
        latest_only=True,
        time_to_live=timedelta(minutes=5),
        terms="free of charge; whether the service is still up is not known",
    )
    BASE_URL = "https://www.freeforexapi.com"

    _supported: frozenset[str] = frozenset()  # empty until the provider has told us

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Collection[Observation]:
        """Yield the latest rates, whatever days are asked for: there are no others."""
        return self._rates(_pairs(currencies))

    def currencies(self) -> Collection[str]:
        """The codes among the pairs that the provider lists."""
        if not self._supported:
            live = self._ask(())
            self._supported = live.supported or frozenset(live.rates)
        return {code for pair in self._supported for code in (pair[:3], pair[3:])}

    def _rates(self, pairs: Set[str]) -> list[Observation]:
        """The rates of those of these pairs that there are."""
        if self._supported:
            pairs &= self._supported
        if not pairs:
            return []
        rates, supported, bad = self._ask(pairs)
        if not supported:
            return self._wanted(pairs - bad, rates)
        if pairs <= supported:
            raise self._malformed(f"refuses {_listed(pairs)}, which it lists as supported")
        # It answers for all pairs or for none; from now on, the supported pairs are known.
        self._supported = supported
        return self._rates(pairs)

    def _wanted(self, pairs: Set[str], rates: dict[str, Observation]) -> list[Observation]:
        missing = pairs - rates.keys()
        if missing:
            raise self._malformed(f"left out {_listed(missing)}, though it did not refuse")
        return [rates[pair] for pair in sorted(pairs)]

    def _ask(self, pairs: Collection[str]) -> _Live:
        params = {"pairs": ",".join(sorted(pairs))} if pairs else None
        return self.http.fetch("/api/live", params, parse=_live, also=(400, 404))

    def _malformed(self, what: str) -> MalformedResponseError:
        return MalformedResponseError(
            f"freeforex: {self.base_url} {what}: ask another driver, or try again later",
            driver=self.name,
        )


def _pairs(currencies: Collection[str]) -> Set[str]:
    pairs = {
        f"{code}USD" if code in _QUOTED_IN_USD else f"USD{code}"
        for code in currencies
        if code != "USD"
    }
    return pairs | {"EURGBP"} if {"EUR", "GBP"} <= set(currencies) else pairs


def _listed(pairs: Collection[str]) -> str:
    return ", ".join(sorted(pairs)[:5])


def _live(reply: Reply) -> _Live:
    body = json_of(reply)
    if body["code"] in (_PAIRS_MISSING, _PAIR_UNKNOWN):
        supported = frozenset(pair for pair in body["supportedPairs"] if len(pair) == 6)
        if not supported:
            raise ValueError("it supports no pairs")
        return _Live({}, supported)
    if body["code"] != _OK:
        raise ValueError(f"it refuses with code {body['code']}: {body.get('message')}")
    rows = Rows[tuple[str, Observation]]("freeforex")
    for pair, row in body["rates"].items():
        with rows.of(pair):
            rows.add(pair, (pair, _rate(pair, row)))
    return _Live(dict(rows.sound()), frozenset(), rows.bad)


def _rate(pair: str, row: dict[str, Decimal]) -> Observation:
    value, timestamp = value_of(row["rate"]), row["timestamp"]
    # The documentation shows milliseconds, but some live responses had seconds.
    in_milliseconds = isinstance(timestamp, Decimal) and timestamp >= _LEAST_MILLISECONDS
    on = moment_of(timestamp, milliseconds=in_milliseconds).date()
    return Observation(on, pair[:3], pair[3:], value)
