"""The open access rates of ExchangeRate-API: 160 currencies and more, the latest only, no key."""

from __future__ import annotations

from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

from forexhooks import Profile, every_day
from forexhooks.currencies import is_plausible
from forexhooks.http import HttpDriver, json_of, moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.http import Reply, Row

__all__ = ["ErApi"]

_BASE = "USD"
_REFUSALS = {"quota-reached": 429, "invalid-key": 401, "inactive-account": 401}


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

    blocked_for = 20 * 60.0  # "you'll need to wait 20 minutes before trying again"

    def parse(self, reply: Reply) -> Any:
        """Give the document; one that refuses is an error of its own."""
        document = json_of(reply)
        if document["result"] != "success":
            raise self.refused(reply, _REFUSALS.get(document["error-type"], 400))
        return document

    def read(self, document: Any) -> Iterator[Row]:
        """Yield the rates, of the day of the last update."""
        if document["base_code"] != _BASE:
            raise ValueError(f"the base is {document['base_code']!r}, though {_BASE} was asked")
        on = moment_of(document["time_last_update_unix"]).date()
        for code, value in document["rates"].items():
            if is_plausible(code):
                yield on, _BASE, code.upper(), value
