"""Acme, a driver that is well: what is broken is made of it.

Its provider has two weeks of 2010, and the last three.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from forexhooks import HttpDriver, MalformedResponseError, Observation, Profile, weekdays
from forexhooks.testing import Asked, DriverTests, ForexServer, Reply, reply

TODAY = date(2026, 10, 30)
FIRST = date(2010, 1, 4)
DAYS = [
    *(FIRST + timedelta(days=each) for each in range(12)),
    *(TODAY - timedelta(days=each) for each in range(20, -1, -1)),
]
RATES = {"CAD": "1.3969", "EUR": "0.89510", "JPY": "153.41", "SEK": "9.5120"}


class Breakage(NamedTuple):
    """A broken driver, and the names of the tests that fail of it: all others pass."""

    name: str
    driver: Any
    found_by: frozenset[str]
    says: str
    given: Mapping[str, Any] = {}

    @property
    def tests(self) -> type[DriverTests]:
        """The kit's tests of it."""

        class TestBroken(DriverTests):
            today = TODAY

            def answer(self, asked: Asked) -> Reply:
                return answer(asked)

            def make_driver(this, server: ForexServer) -> Any:  # noqa: N805
                return self.driver(app_id=this.key, base_url=server.url)

        return type("TestBroken", (TestBroken,), dict(self.given))

    def is_tried_by(self, test: str) -> bool:
        """Whether a test is run of it: those of faults only where one of them finds it.

        These cost as much as all others together.
        """
        costly = ("test_fault[", "test_an_update_that_fails")
        return not test.startswith(costly) or any(each.startswith(costly) for each in self.found_by)


def rows_of(days: Iterable[date]) -> str:
    """The rows of the days among these on which something is published."""
    return ",".join(
        f'{{"day":"{day}","base":"USD","code":"{code}","rate":{rate}}}'
        for day in days
        if weekdays(day)
        for code, rate in RATES.items()
    )


def answer(asked: Asked) -> Reply:
    """Answer as the provider does: `/rates?from=…&to=…`, by default the last day."""
    start = date.fromisoformat(asked.query.get("from", str(TODAY)))
    end = date.fromisoformat(asked.query.get("to", str(TODAY)))
    rows = rows_of(day for day in DAYS if start <= day <= end)
    if asked.path == "/rates" and asked.headers.get("x-key", "").startswith("s3cret"):
        return reply(f"[{rows}]")
    return reply("No.", 404 if asked.path != "/rates" else 401)


class Acme(HttpDriver):
    """Acme Bank, as it should be."""

    name = "acme"
    all_at_once = True
    profile = Profile(
        title="Acme Bank",
        url="https://acme.example",
        publishes="mid rates",
        pivot="USD",
        history_from=FIRST,
        key="app_id: https://acme.example/signup",
    )
    BASE_URL = "https://rates.acme.example"

    def __init__(self, *, app_id: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.headers = {"X-Key": self.key("app_id", app_id)}

    def malformed(self, what: str) -> MalformedResponseError:
        return MalformedResponseError(f"acme: {what}", driver=self.name)

    def rows(self, start: date | None, end: date | None) -> list[dict[str, Any]]:
        """What the provider sends."""
        params = {"from": str(start), "to": str(end)} if start and end else {}
        rows: list[dict[str, Any]] = self.fetch_json(
            "/rates", params, end=end, headers=self.headers
        )
        if any(row["base"] != "USD" for row in rows):
            raise self.malformed("another base than USD")
        return rows

    def observed(self, row: dict[str, Any]) -> Observation:
        """The observation that a row is."""
        value = row["rate"]
        if not isinstance(value, Decimal):
            raise self.malformed(f"{value!r} is no rate")
        return Observation(date.fromisoformat(row["day"]), "USD", row["code"], value)

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        """Yield what came."""
        rows = self.rows(start, end)
        if not rows and start is None:
            raise self.malformed("no rates")
        yield from map(self.observed, rows)
