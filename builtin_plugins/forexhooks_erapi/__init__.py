"""The open access rates of ExchangeRate-API: 160 currencies and more, the latest only, no key."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

from forexhooks import Profile, every_day
from forexhooks.currencies import is_plausible
from forexhooks.errors import AuthenticationError, QuotaError
from forexhooks.http import HttpDriver, moment_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import date

    from forexhooks import Observation
    from forexhooks.http import Row

__all__ = ["ErApi"]

_BASE = "USD"
_BLOCKED_FOR = 20 * 60.0  # seconds: "you'll need to wait 20 minutes before trying again"


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
    BASE_URL = "https://open.er-api.com"
    all_at_once = beyond_iso = True
    latest = f"/v6/latest/{_BASE}"

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        """Yield the latest rates, whatever days are asked for: there are no others."""
        try:
            yield from super().observations(currencies, start, end)
        except QuotaError as error:
            if error.retry_after is None:
                error.retry_after = _BLOCKED_FOR
            raise

    def read(self, document: Any) -> Iterator[Row]:
        """Yield the rates, of the day of the last update."""
        if document["result"] != "success":
            raise _refusal(str(document["error-type"]))
        if document["base_code"] != _BASE:
            raise ValueError(f"the base is {document['base_code']!r}, though {_BASE} was asked")
        on = moment_of(document["time_last_update_unix"]).date()
        for code, value in document["rates"].items():
            if is_plausible(code):
                yield on, _BASE, code.upper(), value


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
