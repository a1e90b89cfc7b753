"""Drivers that do not keep to the hooks' contracts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import forexhooks
from broken.well import Acme, Breakage
from forexhooks import Profile, Rate, RateTable, RateUnavailableError, UnavailableReason


class AnswersToAnyName(Acme):
    @forexhooks.hookimpl
    def forex_currencies(self, driver: str) -> Collection[str]:
        return self.currencies()


class RatesToAnyName(Acme):
    @forexhooks.hookimpl
    def forex_get_rate(
        self, driver: str, base: str, quote: str, on: date | None, max_gap: int | None
    ) -> Rate | None:
        return super().forex_get_rate(self.name, base, quote, on, max_gap)


class BareProfile(Acme):
    profile = Profile(title="Acme Bank", pivot="USD", history_from=date(2010, 1, 4), key="app_id")


class OddZone(Acme):
    profile = Acme.profile._replace(latest_only=True)

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)


class TwoCurrencies(Acme):
    def currencies(self) -> Collection[str]:
        return {"USD", "CAD"}


class SilentOnWhatItLacks(Acme):
    """It has a rate for whatever it is asked."""

    @forexhooks.hookimpl
    def forex_get_rate(
        self, driver: str, base: str, quote: str, on: date | None, max_gap: int | None
    ) -> Rate | None:
        try:
            return super().forex_get_rate(driver, base, quote, on, max_gap)
        except forexhooks.UnsupportedPairError:
            return (
                super()
                .forex_get_rate(driver, "USD", "CAD", on, max_gap)
                ._replace(  # type: ignore[union-attr]
                    base=base, quote=quote
                )
            )


class ClosesTwiceBadly(Acme):
    is_closed = False

    def close(self) -> None:
        if self.is_closed:
            raise RuntimeError("closed already")
        super().close()
        self.is_closed = True


class FromTheFuture(Acme):
    """It answers for a day that has not come with the newest that it has."""

    @forexhooks.hookimpl
    def forex_get_rate(
        self, driver: str, base: str, quote: str, on: date | None, max_gap: int | None
    ) -> Rate | None:
        if driver == self.name and on is not None and on > self.profile.today():
            on, max_gap = None, None
        return super().forex_get_rate(driver, base, quote, on, max_gap)


class CarriesForEver(Acme):
    """It knows nothing of max_gap."""

    @forexhooks.hookimpl
    def forex_get_rate(
        self, driver: str, base: str, quote: str, on: date | None, max_gap: int | None
    ) -> Rate | None:
        if driver == self.name and max_gap == 0:
            max_gap = 7
        return super().forex_get_rate(driver, base, quote, on, max_gap)


class TellsNoReason(Acme):
    """Before its first day it is said to fail, in the place of having no rate."""

    @forexhooks.hookimpl
    def forex_get_rate(
        self, driver: str, base: str, quote: str, on: date | None, max_gap: int | None
    ) -> Rate | None:
        try:
            return super().forex_get_rate(driver, base, quote, on, max_gap)
        except RateUnavailableError as error:
            if error.reason is UnavailableReason.BEFORE_FIRST_DAY:
                raise forexhooks.DriverError("acme: no such day", driver="acme") from error
            raise


class TableOfAnotherProfile(Acme):
    """Its rates are never stale, since its table knows nothing of the profile."""

    def table(
        self, currencies: Collection[str] = (), start: date | None = None, end: date | None = None
    ) -> RateTable:
        table = super().table(currencies, start, end)
        timeless = self.profile._replace(publication_days=lambda day: day.year < 2000)
        return RateTable(
            table.observations(), driver=self.name, profile=timeless, currencies=table.currencies
        )


ALL = (
    Breakage(
        "currencies to any name",
        AnswersToAnyName,
        frozenset({"test_it_answers_to_its_own_name_only[forex_currencies]"}),
        "return None unless",
    ),
    Breakage(
        "rates to any name",
        RatesToAnyName,
        frozenset({"test_it_answers_to_its_own_name_only[forex_get_rate]"}),
        "return None unless",
    ),
    Breakage(
        "a bare profile",
        BareProfile,
        frozenset({"test_the_profile_says_what_users_need_to_know"}),
        "it has no url; it has no publishes",
    ),
    Breakage(
        "a profile at odds with itself",
        OddZone,
        frozenset({"test_the_profile_says_what_users_need_to_know"}),
        "latest_only and history_from contradict",
    ),
    Breakage(
        "two currencies of five",
        TwoCurrencies,
        frozenset({"test_currencies_are_listed"}),
        "list every code",
    ),
    Breakage(
        "a rate for whatever is asked",
        SilentOnWhatItLacks,
        frozenset({"test_a_currency_that_it_lacks"}),
        "UnsupportedPairError",
    ),
    Breakage(
        "closing twice",
        ClosesTwiceBadly,
        frozenset({"test_it_can_be_closed_twice_and_made_again"}),
        "if everything is closed",
    ),
    Breakage(
        "from the future",
        FromTheFuture,
        frozenset({"test_a_day_that_has_not_come_costs_no_request"}),
        "before you use the network",
    ),
    Breakage(
        "carried for ever",
        CarriesForEver,
        frozenset({"test_a_day_without_an_observation_is_carried_forward"}),
        "within max_gap days",
    ),
    Breakage(
        "no reason before the first day",
        TellsNoReason,
        frozenset({"test_before_the_first_day"}),
        "history_from",
    ),
    Breakage(
        "never stale",
        TableOfAnotherProfile,
        frozenset({"test_a_stale_day_is_not_taken_for_today"}),
        "is not marked stale",
    ),
)
