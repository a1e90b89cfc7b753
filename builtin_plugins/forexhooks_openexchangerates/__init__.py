"""The rates of Open Exchange Rates, blended of many sources: today's, and each day since 1999."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from forexhooks import Profile, every_day
from forexhooks.http import HttpDriver, json_of, moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks.http import Reply, Row

__all__ = ["OpenExchangeRates"]

_BASE = "USD"  # the only one that every plan has


class OpenExchangeRates(HttpDriver):
    """Open Exchange Rates: 1 USD in all other currencies, for users with an `app_id`.

    A past day is one request, of all currencies, and is asked for once. Raises `SettingsError`
    where there is no `app_id`.
    """

    name = "openexchangerates"
    profile = Profile(
        title="Open Exchange Rates",
        url="https://openexchangerates.org",
        publishes="mid rates, blended from several sources; for past days, end-of-day rates",
        pivot=_BASE,
        history_from=date(1999, 1, 1),
        day_by_day=True,
        publication_days=every_day,
        key="app_id: get one at https://openexchangerates.org/signup",
        terms="no resale, no warranty: https://openexchangerates.org/license",
        verified=True,
    )
    BASE_URL = "https://openexchangerates.org/api"
    all_at_once = beyond_iso = True
    latest, daily, no_data = "/latest.json", "/historical/{day}.json", "not_available"

    def __init__(self, *, app_id: str | None = None, **settings: Any) -> None:
        super().__init__(**settings)
        self.params = {"app_id": self.key("app_id", app_id)}

    def parse(self, reply: Reply) -> Any:
        """Give the document; an error may come with the status 200."""
        document = json_of(reply)
        if isinstance(document, dict) and document.get("error"):
            said = document.get("status")
            raise self.refused(reply, int(said) if isinstance(said, Decimal) else 400)
        return document

    def read(self, document: Any) -> Iterator[Row]:
        """Yield the rates, of the day of the last update, or the one that midnight ends."""
        if document["base"] != _BASE:
            raise ValueError(f"its base is not {_BASE}")
        on = (moment_of(document["timestamp"]) - timedelta(seconds=1)).date()
        for code, value in document["rates"].items():
            yield on, _BASE, code.upper(), value
