"""The open access rates of ExchangeRate-API: 160 currencies and more, the latest only, no key."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from forexhooks import Observation, Profile, every_day
from forexhooks.currencies import is_plausible
from forexhooks.errors import (
    AuthenticationError,
    QuotaError,
)
from forexhooks.http import HttpDriver, Rows, json_of, moment_of, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks.http import Reply

__all__ = ["ErApi"]

_BASE = "USD"
_BLOCKED_FOR = 20 * 60.0  # seconds: "you'll need to wait 20 minutes before trying again"


class _Published(NamedTuple):
    on: date
    rates: dict[str, Decimal]


class ErApi(HttpDriver):
    """What 1 USD costs in every other currency, once a day; there is no history.

    All pairs come out of that one answer. For settings and raises see `HttpDriver`. A past day
    raises `RateUnavailableError`.
    """

    name = "erapi"
    profile = Profile(
        title="ExchangeRate-API, open access",
        url="https://www.exchangerate-api.com/docs/free",
        publishes="mid rates, blended from several sources; the latest only",
        pivot=_BASE,
        latest_only=True,
        published_at=time(0, 0),
        grace=timedelta(minutes=30),
        publication_days=every_day,
        attribution="Rates By Exchange Rate API (https://www.exchangerate-api.com)",
        terms="free with the attribution shown; may be cached, not redistributed",
        verified=True,
    )
    all_at_once = True
    BASE_URL = "https://open.er-api.com"

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        """Yield the latest rates, whatever days are asked for: there are no others."""
        try:
            on, rates = self.http.fetch(f"/v6/latest/{_BASE}", parse=_published)
        except QuotaError as error:
            if error.retry_after is None:
                error.retry_after = _BLOCKED_FOR
            raise
        for code, value in rates.items():
            yield Observation(on, _BASE, code, value)


def _published(reply: Reply) -> _Published:
    body = json_of(reply)
    if body["result"] != "success":
        raise _refusal(str(body["error-type"]))
    if body["base_code"] != _BASE:
        raise ValueError(f"the base is {body['base_code']!r}, though {_BASE} was asked for")
    rows = Rows[tuple[str, Decimal]]("erapi")
    for name, value in body["rates"].items():
        with rows.of(name.upper()):
            rows.add(name.upper(), (name.upper(), value_of(value)))
    rates: dict[str, Decimal] = {}
    for code, rate in rows.sound():
        if rates.setdefault(code, rate) != rate:
            raise ValueError(f"there are two rates of {code}: {rates[code]} and {rate}")
    if rates.pop(_BASE, 1) != 1:
        raise ValueError(f"1 {_BASE} is not 1 {_BASE}")
    if not rates:
        raise ValueError("there are no rates in it")
    on = moment_of(body["time_last_update_unix"]).date()
    return _Published(on, {code: rates[code] for code in rates if is_plausible(code)})


def _refusal(kind: str) -> Exception:
    if kind == "quota-reached":
        return QuotaError(
            f"erapi: the limit is used up ({kind}): try again in 20 minutes, or ask another driver",
            driver="erapi",
            retry_after=_BLOCKED_FOR,
        )
    if kind in ("invalid-key", "inactive-account"):
        return AuthenticationError(
            f"erapi: the provider wants a key ({kind}), which it did not: ask another driver",
            driver="erapi",
        )
    return ValueError(f"it refuses: {kind}")
