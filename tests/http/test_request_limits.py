"""Limits that a profile states: kept by threads and processes, within the caller's time limit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import time_machine

from forexhooks import Profile, QuotaError
from forexhooks.http import HttpDriver, Row
from forexhooks.support import user_folder
from patience import CHILD_LIMIT
from providers import Provider, reply

A_DAY = timedelta(days=1)


def limited(url: str, *limits: tuple[int, timedelta], **settings: Any) -> HttpDriver:
    class Acme(HttpDriver):
        name = "acme"
        profile = Profile(
            title="Acme", pivot="USD", history_from=date(2000, 1, 1), request_limits=limits
        )
        BASE_URL = url
        latest, daily = "/latest", "/day/{day}"

        def read(self, document: Any) -> Iterator[Row]:
            yield document["day"], "USD", "CAD", document["rate"]

    return Acme(**settings)


@pytest.fixture
def days(provider: Provider) -> Provider:
    provider.answer = lambda asked: reply({"day": asked.path[-10:], "rate": "1.4"})
    return provider


def rows_of(driver: HttpDriver, day: int) -> list[Any]:
    on = date(2020, 1, day)
    return list(driver.table({"CAD"}, on, on).observations())


def test_what_is_used_up_is_a_quota_error_at_once(days: Provider) -> None:
    driver = limited(days.url, (10, timedelta(hours=1)), (3, A_DAY))
    for day in (1, 2, 3):
        assert rows_of(driver, day)
    says = (
        r"^acme: the provider allows 10 requests in 3600 s and 3 requests in 86400 s, and they are "
        "used up: ask again in"
    )
    with pytest.raises(QuotaError, match=says) as error:
        rows_of(driver, 4)
    assert error.value.driver == "acme"
    assert error.value.retry_after is not None and 80_000 < error.value.retry_after <= 86_400
    assert len(days.paths) == 3
    assert rows_of(limited(days.url, (3, A_DAY)), 2)  # the cache answers, and nobody is asked
    with pytest.raises(QuotaError):  # another driver of the same user counts on
        rows_of(limited(days.url, (3, A_DAY)), 5)


def test_a_request_waits_for_its_turn_where_there_is_time(days: Provider) -> None:
    driver = limited(days.url, (2, timedelta(seconds=0.3)), time_limit=60)
    began = monotonic()
    for day in range(1, 6):
        rows_of(driver, day)
    assert monotonic() - began >= 0.6
    assert len(days.paths) == 5


def test_retries_count(provider: Provider) -> None:
    provider.answer = lambda asked: reply("later", 503)
    with pytest.raises(QuotaError):
        rows_of(limited(provider.url, (2, A_DAY)), 1)
    assert len(provider.paths) == 2


def test_a_response_from_before_answers_where_the_limit_is_used_up(days: Provider) -> None:
    now = datetime.now(UTC)
    days.answer = lambda asked: reply({"day": str(now.date()), "rate": "1.4"})
    assert limited(days.url, (1, A_DAY)).table({"CAD"}, None, None).newest == now.date()
    with time_machine.travel(now + timedelta(hours=3)):
        again = limited(days.url, (1, A_DAY)).table({"CAD"}, None, None)
    assert again.newest == now.date()
    assert len(days.paths) == 1


def test_threads_share_the_limits(days: Provider) -> None:
    driver = limited(days.url, (5, A_DAY))
    failed: list[Exception] = []

    def ask(day: int) -> None:
        try:
            rows_of(driver, day)
        except QuotaError as error:
            failed.append(error)

    threads = [threading.Thread(target=ask, args=(day,)) for day in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(days.paths), len(failed)) == (5, 3)


CHILD = """
import sys
sys.path[:0] = sys.argv[2:]
from test_request_limits import A_DAY, QuotaError, limited, rows_of
driver, done = limited(sys.argv[1], (5, A_DAY)), 0
for day in range(1, 5):
    try:
        rows_of(driver, day + 10)
        done += 1
    except QuotaError:
        pass
print(done)
"""


def test_processes_share_the_limits(days: Provider) -> None:
    here = Path(__file__).parent
    rows_of(limited(days.url, (5, A_DAY)), 1)
    rows_of(limited(days.url, (5, A_DAY)), 2)
    done = subprocess.run(
        [sys.executable, "-c", CHILD, days.url, str(here), str(here.parent)],
        capture_output=True, text=True, timeout=CHILD_LIMIT, check=False,
    )  # fmt: skip
    assert (done.stdout.strip(), done.returncode) == ("3", 0), done.stderr
    assert len(days.paths) == 5


def test_another_host_has_no_limits(days: Provider) -> None:
    driver = limited("https://rates.acme.example", (1, A_DAY), base_url=days.url)
    assert all(rows_of(driver, day) for day in (1, 2, 3))


@pytest.mark.parametrize("content", ["", "{", "[1, 2", '{"a": 1}', '["x"]', "null", "[1e400]"])
def test_a_count_that_cannot_be_read_is_begun_anew(days: Provider, content: str) -> None:
    file = Path(user_folder("cache")) / "requests" / "acme.json"
    file.parent.mkdir(parents=True)
    file.write_text(content)
    assert rows_of(limited(days.url, (2, A_DAY)), 1)
    assert len(json.loads(file.read_text())) == 1


@pytest.mark.skipif(os.name == "nt", reason="a folder of POSIX")
def test_without_a_folder_the_process_counts(
    days: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file" / "there"))
    driver = limited(days.url, (1, A_DAY))
    assert rows_of(driver, 1)
    with pytest.raises(QuotaError):
        rows_of(driver, 2)
