"""The rates that Frankfurter blends of more than eighty central banks, or those of some of them.

Frankfurter is open source: `base_url` asks your own in place of the public one.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from forexhooks import Observation, Profile
from forexhooks.currencies import CODES, is_plausible
from forexhooks.errors import DriverError, SettingsError
from forexhooks.http import HttpDriver, Rows, json_of, value_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from forexhooks.http import Reply

__all__ = ["Frankfurter"]

# The latest rates of Frankfurter have a newest day for each currency, at most this long ago.
# A cross needs a day that both currencies have, so all these days are requested.
_LATEST_WITHIN = timedelta(days=14)
# Frankfurter blends a choice of providers on request: at most five years, except for five quotes
# of five providers.
_LONGEST_BLEND = 5 * 365
_FEW = 5


class Frankfurter(HttpDriver):
    """Frankfurter's rates: all that its answers have, in the direction published.

    `version` is `v2`, the blend, or `v1`, the ECB's rates alone; `providers` names those that v2
    is to blend in place of all, by their keys in `/v2/providers`, separated by commas.

    Frankfurter passes on the digits of a single provider in that provider's own base, and rounds
    all else, to about five digits. So the ECB's rates, by `version="v1"` or `providers="ECB"`, are
    asked for in EUR and are as exact as the ECB's own. A blend is made in USD: in USD it is
    rounded, but not converted to another base before, and what is pegged to USD is exact.

    Raises `SettingsError` for another version, and for providers that v1 does not have.
    """

    name = "frankfurter"
    BASE_URL = "https://api.frankfurter.dev"
    profile = Profile(
        title="Frankfurter",
        url="https://frankfurter.dev",
        publishes="a blend of central banks' reference rates",
        pivot="USD",
        history_from=date(1948, 1, 1),
        terms="the central banks' own terms: each provider's terms_url in /v2/providers",
        verified=True,
    )

    def __init__(
        self,
        *,
        providers: str = "",
        version: str = "v2",
        base_url: str | None = None,
        time_limit: float | str | None = None,
    ) -> None:
        chosen = [each.strip().upper() for each in providers.split(",") if each.strip()]
        if version not in ("v1", "v2"):
            raise SettingsError(f"{self.name}: version is {version!r}: write v2, or v1")
        if version == "v1" and chosen not in ([], ["ECB"]):
            raise SettingsError(
                f"{self.name}: providers is {providers!r}, but v1 has only the ECB: "
                "leave out version, or providers"
            )
        self._is_v1 = version == "v1"
        self._providers = chosen
        if self._is_v1 or chosen == ["ECB"]:
            self.profile = self.profile._replace(
                publishes="the ECB's reference rates",
                pivot="EUR",
                history_from=date(1999, 1, 4),
                published_at=time(16, 0),
                zone="Europe/Berlin",
                grace=timedelta(hours=2),
                attribution="Source: European Central Bank",
            )
        super().__init__(base_url=base_url, time_limit=time_limit)

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        """Yield the latest of all currencies; of past days those asked for, in one request."""
        if start is None or end is None:
            yield from self._latest()
            return
        every = CODES.issubset({*currencies, self.profile.pivot})
        quotes = frozenset() if every else frozenset(currencies) - {self.profile.pivot}
        if self._is_v1:
            params = self._params(symbols=quotes)
            parse = partial(self._v1_rows, start, end)
            path = f"/v1/{start}..{end}"
            yield from self.http.fetch(path, params, parse=parse, end=end, also=(404,))
            return
        is_capped = len(self._providers) > _FEW or not 0 < len(quotes) <= _FEW
        days = _LONGEST_BLEND if self._providers and is_capped else (end - start).days + 1
        for first, last in self.windows(start, end, days):
            yield from self._v2(quotes, first, last)

    def _latest(self) -> list[Observation]:
        today = self.profile.today()
        latest: list[Observation]
        if self._is_v1:
            parse = partial(self._v1_rows, None, today)
            latest = self.http.fetch("/v1/latest", self._params(), parse=parse)
        else:
            latest = self._v2(frozenset(), today - _LATEST_WITHIN, today, is_latest=True)
        if not latest:
            which = f" of the providers {','.join(self._providers)}" if self._providers else ""
            raise DriverError(
                f"{self.name} at {self.base_url} has no rates{which} in the last "
                f"{_LATEST_WITHIN.days} days: check the settings providers and base_url; "
                "/v2/providers lists the providers",
                driver=self.name,
            )
        return latest

    def _v2(
        self, quotes: frozenset[str], start: date, end: date, *, is_latest: bool = False
    ) -> list[Observation]:
        params = self._params(quotes=quotes, providers=self._providers)
        rows: list[Observation] | frozenset[str]
        rows = self.http.fetch(
            "/v2/rates",
            {**params, "from": str(start), "to": str(end)},
            parse=partial(self._v2_rows, quotes, start, end),
            end=None if is_latest else end,
            also=() if is_latest else (404, 422),
        )
        if not isinstance(rows, frozenset):
            return rows
        known = quotes - rows
        return self._v2(known, start, end) if known else []

    def _params(self, **lists: Collection[str]) -> dict[str, str]:
        params = {name: ",".join(sorted(codes)) for name, codes in lists.items() if codes}
        return {"base": str(self.profile.pivot), **params}

    def _v1_rows(self, start: date | None, end: date, reply: Reply) -> list[Observation]:
        if reply.status == 404:  # nothing on these days
            return []
        body = json_of(reply)
        if body["amount"] != 1:
            raise ValueError(f"the amount is {body['amount']}, and 1 was asked for")
        days = {body["date"]: body["rates"]} if start is None else body["rates"]
        rows = (
            (day, body["base"], quote, value)
            for day, rates in days.items()
            for quote, value in rates.items()
        )
        return self._checked(rows, start or date.min, end)

    def _v2_rows(
        self, quotes: frozenset[str], start: date, end: date, reply: Reply
    ) -> list[Observation] | frozenset[str]:
        """The rows; or, where Frankfurter refused codes that it has never heard of, those."""
        if reply.status == 404:
            return []
        body = json_of(reply)
        if reply.status == 422:
            refused, _, codes = str(body["message"]).partition(": ")
            unheard_of = quotes.intersection(codes.split(","))
            if refused != "invalid currency" or not unheard_of:
                raise ValueError("the question was refused: check the settings providers, version")
            return unheard_of
        rows = ((row["date"], row["base"], row["quote"], row["rate"]) for row in body)
        return self._checked(rows, start, end)

    def _checked(
        self, rows: Iterable[tuple[str, str, str, Any]], start: date, end: date
    ) -> list[Observation]:
        sound = Rows[Observation](self.name)
        for day, base, quote, value in rows:
            on = date.fromisoformat(day)
            if base != self.profile.pivot:
                raise ValueError(f"{base} is the base, and {self.profile.pivot} was asked for")
            if on > end:
                raise ValueError(f"a row is of {on}, and none after {end} was asked for")
            if base == quote and value != 1:
                raise ValueError(f"{base}/{base} is {value} on {on}, but must be 1")
            # If nothing was published on the first day, Frankfurter adds the day before.
            if base != quote and on >= start:
                with sound.of(quote):
                    if not is_plausible(quote):
                        raise ValueError(f"{quote!r} is not a currency code")
                    code = quote.upper()
                    sound.add(quote, Observation(on, base, code, value_of(value)))
        return sound.sound()
