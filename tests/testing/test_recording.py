"""record(): what a provider really answers, saved as replies with which the kit runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import time_machine

import forexhooks
from broken.well import Acme, answer
from forexhooks.testing import ForexServer, record, reply

KEY = "s3cret/K&y 17"

_KIT = """
    from broken.well import TODAY, Acme
    from forexhooks.testing import DriverTests

    class TestAcme(DriverTests):
        today = TODAY
        replies = {replies!r}

        def make_driver(self, server):
            return Acme(app_id=self.key, base_url=server.url)
"""


def make(server: ForexServer) -> Acme:
    return Acme(app_id=KEY, base_url=server.url)


@pytest.mark.one_python
def test_the_replies_are_those_that_the_kit_asks_for(
    provider: ForexServer, pytester: pytest.Pytester
) -> None:
    provider.answer = lambda asked: answer(asked)._replace(
        headers={"Content-Type": "application/json"}
    )
    with time_machine.travel("2026-10-30T20:00Z", tick=False):
        replies = record(provider.url, pytester.path, make, keys=[KEY])
    assert all(name.endswith(".json") for name in replies.values())
    pytester.makepyfile(_KIT.format(replies=replies))
    outcome = pytester.inline_run("-p", "no:randomly", "-p", "no:cacheprovider").countoutcomes()
    assert outcome[0] > 40 and outcome[2] == 0


def test_no_key_is_saved(provider: ForexServer, tmp_path: Path) -> None:
    provider.answer = lambda asked: reply(
        {"asked_by": asked.query["key"], "rate": 1.4}, content_type="application/json"
    )
    folder = tmp_path / "replies"

    def ask(fx: forexhooks.ForexService) -> None:
        fetch = driver.fetch_json
        fetch("/rates", {"key": driver.key("app_id", KEY), "page": "1"})
        fetch("/rates", {"key": driver.key("app_id", KEY), "page": "2"})
        fetch(f"/of/{driver.key('app_id', 'plain17')}", {"key": "plain17"})

    driver: Acme

    def make_driver(server: ForexServer) -> Acme:
        nonlocal driver
        driver = make(server)
        return driver

    replies = record(provider.url, folder, make_driver, ask=ask, keys=[KEY, "plain17"])
    assert replies == {
        "/rates?page=1": "rates.json",
        "/rates?page=2": "rates-2.json",
        "/of/*": "of.json",
    }
    assert {*os.listdir(folder)} == {*replies.values()}
    for name in replies.values():
        text = (folder / name).read_text(encoding="utf-8")
        assert '"asked_by": "KEY"' in text


def test_nothing_is_saved_of_what_failed(provider: ForexServer, tmp_path: Path) -> None:
    provider.answer = lambda asked: reply("down", 503)
    folder = tmp_path / "replies"
    with pytest.raises(forexhooks.TransientError):
        record(provider.url, folder, make, keys=[KEY])
    with pytest.raises(forexhooks.DriverError, match="it sent no request to"):
        record(provider.url, folder, make, ask=lambda fx: None)
    with pytest.raises(forexhooks.SettingsError, match="less than 4 characters"):
        record(provider.url, folder, make, keys=["abc"])
    assert not folder.exists()


def test_what_is_kept_of_before_is_asked_for_anew(provider: ForexServer, tmp_path: Path) -> None:
    provider.answer = lambda asked: answer(asked)._replace(headers={"ETag": '"1"'})

    def ask(fx: forexhooks.ForexService) -> None:
        fx.get_rate("USD", "CAD")

    for _ in range(2):
        assert record(provider.url, tmp_path, make, ask=ask) == {"/rates": "rates.txt"}
    assert len(provider.asked) == 2


def test_names_are_short_and_a_body_is_trimmed_before_the_driver_reads_it(
    provider: ForexServer, tmp_path: Path
) -> None:
    provider.answer = lambda asked: reply(f"{asked.path}\n" + "x" * 1000)
    read = []

    def ask(fx: forexhooks.ForexService) -> None:
        paths = ("/v1/" + "long-" * 9 + ".csv", "/a/rates", "/b/rates", "/", "/rates/*")
        read.extend(driver.http.fetch(path, parse=lambda reply: reply.text) for path in paths)

    driver: Acme

    def make_driver(server: ForexServer) -> Acme:
        nonlocal driver
        driver = make(server)
        return driver

    def trim(path: str, body: bytes) -> bytes:
        return body.partition(b"\n")[0]

    replies = record(provider.url, tmp_path, make_driver, ask=ask, trim=trim)
    names = ["long-long-long-long-long.txt", "rates.txt", "rates-2.txt", "root.txt", "rates-3.txt"]
    assert list(replies.values()) == names
    assert [(tmp_path / name).read_text(encoding="utf-8") for name in names] == read
    assert read == list(replies)
