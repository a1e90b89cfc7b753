"""POST: the body is part of the question, for the cache, the parsed and the recorded. Pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

import forexhooks
from forexhooks import MalformedResponseError, Observation, Profile
from forexhooks.http import HttpDriver, Row
from forexhooks.support import user_folder
from forexhooks.testing import record
from forexhooks.testing.replay import Recorded
from providers import Asked, Provider, Reply, reply

DAY = date(2026, 10, 30)
KEY = "s3cret/K&y 17, and longer than its stand-in"


class Poster(HttpDriver):
    name = "poster"
    profile = Profile(title="Poster Bank", pivot="USD", history_from=date(2020, 1, 1))
    BASE_URL = "https://rates.poster.example"

    def __init__(self, *, app_id: str | None = None, **settings: Any) -> None:
        super().__init__(**settings)
        self.app_id = self.key("app_id", app_id) if app_id else ""

    def observations(self, currencies: Any, start: date | None, end: date | None) -> Any:
        asked = {"key": self.app_id, "from": str(start), "to": str(end or DAY)}
        return self.fetch_rows(
            "/data",
            end=end,
            method="POST",
            content=json.dumps(asked),
            headers={"Content-Type": "application/json"},
        )

    def read(self, document: Any) -> Iterator[Row]:
        for code, value in document["rates"].items():
            yield document["day"], "USD", code, value


def answer(asked: Asked) -> Reply:
    day = json.loads(asked.content)["to"]
    return reply({"day": day, "rates": {"CAD": f"1.{day[-2:]}", "EUR": "0.9"}})


@pytest.fixture
def fx(provider: Provider) -> Iterator[forexhooks.ForexService]:
    provider.answer = answer
    with forexhooks.ForexManager() as manager:
        manager.register(Poster(base_url=provider.url, app_id=KEY))
        yield forexhooks.open("poster", manager=manager)


def test_answers_are_kept_by_what_was_sent(fx: forexhooks.ForexService, provider: Provider) -> None:
    def ask() -> list[str]:
        with forexhooks.ForexManager() as manager:  # as another program would
            manager.register(Poster(base_url=provider.url, app_id=KEY))
            fx = forexhooks.open("poster", manager=manager)
            return [str(fx.get_rate("USD", "CAD", date(2026, 9, d)).value) for d in (14, 15)]

    assert ask() == ask() == ["1.14", "1.15"]
    assert [json.loads(asked.content)["to"][-2:] for asked in provider.asked] == ["14", "15"]
    assert {asked.method for asked in provider.asked} == {"POST"}


def test_a_key_in_the_body_is_sent_and_nowhere_shown(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    fx.get_rate("USD", "CAD", DAY)
    assert json.loads(provider.asked[0].content)["key"] == KEY
    kept = b"".join(path.read_bytes() for path in Path(user_folder("cache")).iterdir())
    assert b"/data" in kept and KEY.encode() not in kept and b"s3cret" not in kept
    provider.answer = lambda asked: reply(asked.content, 400)
    with pytest.raises(MalformedResponseError) as error:
        fx.get_rate("USD", "CAD", DAY - timedelta(90))
    assert KEY not in str(error.value)


def test_a_post_is_sent_again_where_it_failed(
    fx: forexhooks.ForexService, provider: Provider
) -> None:
    provider.answer = lambda asked: (
        reply("busy", 503) if len(provider.asked) == 1 else answer(asked)
    )
    assert str(fx.get_rate("USD", "CAD", DAY).value) == "1.30"
    assert len(provider.asked) == 2 and len({asked.content for asked in provider.asked}) == 1


def test_recorded_answers_are_told_apart_by_what_was_sent(
    provider: Provider, tmp_path: Path
) -> None:
    provider.answer = answer
    days = [date(2026, 9, 14), date(2026, 9, 15)]
    replies = record(
        provider.url,
        tmp_path,
        lambda server: Poster(base_url=server.url, app_id=KEY),
        ask=lambda fx: [fx.get_rate("USD", "CAD", day) for day in days],
        keys=[KEY],
    )
    assert len(replies) == 2 and len(set(replies.values())) == 2
    assert all(KEY not in pattern for pattern in replies)
    provider.answer = recorded = Recorded(replies, tmp_path)
    with forexhooks.ForexManager() as manager:
        manager.register(Poster(base_url=provider.url, app_id="another key"))
        fx = forexhooks.open("poster", manager=manager)
        assert [str(fx.get_rate("USD", "CAD", day).value) for day in days] == ["1.14", "1.15"]
        with pytest.raises(forexhooks.ForexError):
            fx.get_rate("USD", "CAD", date(2026, 9, 22))
    assert "2026-09-22" in recorded.unanswered[0]


class Pager(HttpDriver):
    name = "pager"
    profile = Profile(title="Pager Bank", pivot="USD", latest_only=True)
    BASE_URL = "https://rates.pager.example"
    all_at_once = True

    def observations(
        self, currencies: object, start: date | None, end: date | None
    ) -> Iterator[Observation]:
        for page in self.pages(most=20):
            yield from self.fetch_rows("/rates", {"page": str(page)})

    def read(self, document: Any) -> Iterator[Row]:
        for code, value in document.items():
            yield DAY, "USD", code, value


@pytest.fixture
def pager(provider: Provider) -> Iterator[forexhooks.ForexService]:
    with forexhooks.ForexManager() as manager:
        manager.register(Pager(base_url=provider.url))
        yield forexhooks.open("pager", manager=manager)


def test_pages_are_one_answer(pager: forexhooks.ForexService, provider: Provider) -> None:
    pages = [{"CAD": 1.4, "EUR": 0.9}, {"JPY": 157, "GBP": 0.8}, {"PLN": 4}, {}]
    provider.answer = lambda asked: reply(pages[int(asked.query["page"])])
    assert pager.currencies() == {"USD", "CAD", "EUR", "JPY", "GBP", "PLN"}
    assert len(provider.asked) == 4


BAD: dict[str, object] = {"NOK": 10, "SEK": 10, "DKK": "?"}
UNKNOWN: dict[str, object] = {"XXA": 1, "XXB": 2}


@pytest.mark.parametrize("rows", [BAD, UNKNOWN], ids=["a bad row", "unknown codes"])
@pytest.mark.parametrize("end", [reply({}), reply("", 204), reply("page?", 404)])
@pytest.mark.filterwarnings("ignore::forexhooks.MalformedRowWarning")
def test_a_page_with_fewer_rates_is_not_the_last(
    pager: forexhooks.ForexService,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    rows: dict[str, object],
    end: Reply,
) -> None:
    monkeypatch.setattr(Pager, "no_data", "")
    pages = [reply({"CAD": 1.4, "EUR": 0.9, "CHF": 1}), reply(rows), reply({"JPY": 157}), end]
    provider.answer = lambda asked: pages[int(asked.query["page"])]
    assert {"CAD", "EUR", "CHF", "JPY"} <= pager.currencies()
    assert len(provider.asked) == 4


def test_pages_without_any_rate_are_an_error(
    pager: forexhooks.ForexService, provider: Provider
) -> None:
    pages: list[dict[str, object]] = [UNKNOWN, {}]
    provider.answer = lambda asked: reply(pages[int(asked.query["page"])])
    with pytest.raises(MalformedResponseError, match="there are no rates in it"):
        pager.get_rate("USD", "CAD")
    assert len(provider.asked) == 2


def test_days_that_were_not_asked_for_do_not_end_the_pages(provider: Provider) -> None:
    class History(Pager):
        profile = Pager.profile._replace(latest_only=False)

        def observations(
            self, currencies: object, start: date | None, end: date | None
        ) -> Iterator[Observation]:
            for page in self.pages():
                yield from self.fetch_rows("/", {"page": str(page)}, start=start, end=end)

        def read(self, document: Any) -> Iterator[Row]:
            for day in document:
                yield day, "USD", "CAD", "1.4"

    pages = [["2026-09-30", "2026-10-01"], ["2026-10-02"], []]
    provider.answer = lambda asked: reply(pages[int(asked.query["page"])])
    with forexhooks.ForexManager() as manager:
        manager.register(History(base_url=provider.url))
        fx = forexhooks.open("pager", manager=manager)
        history = fx.get_history("USD", "CAD", date(2026, 10, 1), date(2026, 10, 2))
    assert [rate.on.day for rate in history] == [1, 2]


def test_an_endless_pager_is_an_error(pager: forexhooks.ForexService, provider: Provider) -> None:
    provider.answer = lambda asked: reply({"CAD": 1.4, "EUR": 0.9})
    with pytest.raises(MalformedResponseError, match=r"pager: .*page 2 is the same") as error:
        pager.get_rate("USD", "CAD")
    assert error.value.driver == "pager" and len(provider.asked) == 2
    provider.answer = lambda asked: reply({"CAD": "1.4", "EUR": f"0.9{asked.query['page']}1"})
    with pytest.raises(MalformedResponseError, match="more than 20 pages"):
        pager.get_rate("USD", "CAD")
