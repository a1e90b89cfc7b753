"""The file of kept answers: whose it is, what of it is read, and how long it is good."""

from __future__ import annotations

import json
import os
import pickle
import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import time_machine

import forexhooks
from faults import RATE, Acme, well
from forexhooks import Observation, TrustWarning
from forexhooks.http.cache import kept_answers
from providers import Asked, Provider, Reply, reply

posix = pytest.mark.skipif(os.name == "nt", reason="files have no owner's number on Windows")
as_root = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0, reason="only root can give a file to somebody else"
)
SOMEBODY_ELSE = 12345


@pytest.fixture
def acme(provider: Provider) -> Iterator[Acme]:
    provider.answer = well
    driver = Acme(base_url=provider.url)
    yield driver
    driver.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "forexhooks" / "acme.sqlite"


class Attack:
    """A pickle that runs code where it is read."""

    def __init__(self, trace: Path) -> None:
        self.trace = str(trace)

    def __reduce__(self) -> object:
        return os.mkdir, (self.trace,)


def test_a_pickle_is_a_miss_and_is_not_run(
    acme: Acme, provider: Provider, file: Path, tmp_path: Path
) -> None:
    acme.fetch_json("/latest")
    acme.close()
    with sqlite3.connect(file) as rows:
        rows.execute("UPDATE responses SET value = ?", (pickle.dumps(Attack(tmp_path / "ran")),))
    rows.close()
    for _ in range(2):  # it is asked for again, and kept
        assert acme.fetch_json("/latest")["rate"] == Decimal(RATE)
    assert len(provider.asked) == 2
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("value", ["null", "5", "{}", '{"status_code": []}', "[" * 100_000])
def test_json_that_is_no_answer_is_a_miss(
    value: str, acme: Acme, provider: Provider, file: Path
) -> None:
    acme.fetch_json("/latest")
    acme.close()
    with sqlite3.connect(file) as rows:
        rows.execute("UPDATE responses SET value = ?", (value,))
    rows.close()
    for _ in range(2):
        assert acme.fetch_json("/latest")["rate"] == Decimal(RATE)
        acme.http._parsed.clear()
    assert len(provider.asked) == 2


def test_what_is_kept_has_its_bytes_and_its_headers(acme: Acme, provider: Provider) -> None:
    content = "Zürich\r\n\0ÿ".encode("latin-1") + bytes(range(256))
    provider.answer = lambda asked: reply(content, Content_Type="text/csv; charset=latin-1")
    replies = []
    for _ in range(2):
        replies.append(acme.http.fetch("/latest", parse=lambda each: (each.content, each.headers)))
        acme.close()
        acme.http._parsed.clear()
    assert len(provider.asked) == 1
    assert [each[0] for each in replies] == [content, content]
    assert {each[1]["content-type"] for each in replies} == {"text/csv; charset=latin-1"}


@as_root
@pytest.mark.parametrize("part", ["acme.sqlite", ".", ".."])
def test_what_another_user_put_there_is_not_believed(
    part: str, acme: Acme, provider: Provider, file: Path
) -> None:
    acme.fetch_json("/latest")
    acme.close()
    content = file.read_bytes()
    os.chown(file.parent / part, SOMEBODY_ELSE, -1)
    provider.answer = lambda asked: reply({"rate": 2, "day": "2026-10-30", "code": "CAD"})
    acme.http._parsed.clear()
    with pytest.warns(TrustWarning, match=f"belongs to the user {SOMEBODY_ELSE}, not to you"):
        assert acme.fetch_json("/latest")["rate"] == 2
    acme.close()
    assert acme.fetch_json("/latest")["rate"] == 2  # it is said once
    assert file.read_bytes() == content


@as_root
def test_a_link_of_another_user_is_not_followed(
    acme: Acme, provider: Provider, file: Path, tmp_path: Path
) -> None:
    file.parent.mkdir(parents=True)
    victim = tmp_path / "victim"
    victim.write_bytes(b"")
    file.symlink_to(victim)
    os.chown(file, SOMEBODY_ELSE, -1, follow_symlinks=False)
    with pytest.warns(TrustWarning, match="the link .* belongs to the user"):
        acme.fetch_json("/latest")
    assert victim.read_bytes() == b""


@posix
def test_nobody_else_may_read_it(acme: Acme, file: Path) -> None:
    before = os.umask(0o022)
    try:
        acme.fetch_json("/latest")
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (file.parent, file)]
    assert modes == [0o700, 0o600]


@posix
def test_a_file_of_an_earlier_version_is_closed_to_others(acme: Acme, file: Path) -> None:
    acme.fetch_json("/latest")
    acme.close()
    file.chmod(0o644)
    file.parent.chmod(0o755)
    acme.fetch_json("/other")
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (file.parent, file)]
    assert modes == [0o700, 0o600]


@as_root
@pytest.mark.parametrize("part", ["forexhooks.toml", "."])
def test_settings_of_another_user_are_not_read(
    part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config" / "forexhooks" / "forexhooks.toml"
    config.parent.mkdir(parents=True)
    config.write_text('default_driver = "evil"\n')
    os.chown(config.parent / part, SOMEBODY_ELSE, -1)
    with pytest.warns(TrustWarning, match=r"forexhooks.toml is ignored: .* belongs to the user"):
        assert forexhooks.read_settings().default_drivers == ("ecb",)
    monkeypatch.setenv("FOREXHOOKS_CONFIG", str(config))  # it is named: it is what was meant
    assert forexhooks.read_settings().default_drivers == ("evil",)


def test_a_mark_is_not_written_through_a_link(tmp_path: Path) -> None:
    from forexhooks.service.refresh import refreshed

    victim = tmp_path / "victim"
    victim.write_text("precious")
    mark = tmp_path / "cache" / "forexhooks" / "refreshed" / "acme.json"
    mark.parent.mkdir(parents=True)
    mark.symlink_to(victim)
    assert refreshed("acme", lambda within: None, how=True)
    assert victim.read_text() == "precious"
    assert json.loads(mark.read_text())["failure"] is None
    assert not mark.is_symlink()


@as_root
def test_a_mark_of_another_user_says_nothing(tmp_path: Path) -> None:
    from forexhooks.service.refresh import refreshed

    mark = tmp_path / "cache" / "forexhooks" / "refreshed" / "acme.json"
    mark.parent.mkdir(parents=True)
    mark.write_text(json.dumps({"at": datetime.now(UTC).timestamp(), "failure": "never"}))
    os.chown(mark, SOMEBODY_ELSE, -1)
    done: list[float] = []
    with pytest.warns(TrustWarning, match="acme.json is ignored"):
        refreshed("acme", done.append, how=True)
    assert len(done) == 1


# How long it is good


class Days(Acme):
    """Acme with past days, each a file of its own."""

    def currencies(self) -> set[str]:
        return {"USD", "CAD"}

    def observations(  # type: ignore[override]
        self, currencies: object, start: object, end: date | None
    ) -> list[Observation]:
        rows = self.fetch_csv(f"/{end or 'latest'}.csv", end=end)
        return [
            Observation(date.fromisoformat(row["day"]), "USD", row["code"], Decimal(row["rate"]))
            for row in rows
        ]


DAY = date(2026, 9, 1)
LONG_AFTER = datetime(2026, 10, 30, 20, 0, tzinfo=UTC)


def row_of(asked: Asked) -> Reply:
    return reply(f"day,code,rate\n{asked.path[1:11]},CAD,1.25\n")


@pytest.fixture
def days(provider: Provider) -> Iterator[Days]:
    driver = Days(base_url=provider.url)
    yield driver
    driver.close()


@pytest.mark.parametrize("body", ["", "day,code,rate\n"])
def test_that_nothing_is_there_is_not_kept_for_good(
    body: str, days: Days, provider: Provider
) -> None:
    provider.answer = lambda asked: reply(body)
    with time_machine.travel(LONG_AFTER, tick=False) as clock:
        for _ in range(2):
            assert days.table(["USD", "CAD"], DAY, DAY).newest is None
            days.close()
            days._tables.held = ()
        assert len(provider.asked) == 1  # for the profile's time to live it is
        clock.shift(days.profile.time_to_live + timedelta(minutes=1))
        provider.answer = row_of
        assert days.table(["USD", "CAD"], DAY, DAY).newest == DAY
        clock.shift(timedelta(days=300))
        days._tables.held = ()
        assert days.table(["USD", "CAD"], DAY, DAY).newest == DAY
        assert len(provider.asked) == 2


def test_a_table_without_a_rate_is_not_held_for_good(days: Days, provider: Provider) -> None:
    provider.answer = row_of
    with time_machine.travel(LONG_AFTER, tick=False):
        later = DAY + timedelta(days=1)
        assert days.table(["USD", "CAD"], later, later).newest == later
        provider.answer = lambda asked: reply("")
        days.table(["USD", "CAD"], DAY, DAY)
        assert days._tables.held[0].expires < float("inf")


def test_it_is_kept_for_good_only_after_it_may_still_be_corrected(
    days: Days, provider: Provider
) -> None:
    provider.answer = row_of
    asked_on = datetime.combine(DAY, datetime.min.time(), UTC)
    with time_machine.travel(asked_on + timedelta(days=6), tick=False) as clock:
        for after in (0, 3, 300):
            clock.shift(timedelta(days=after))
            days._tables.held = ()
            days.table(["USD", "CAD"], DAY, DAY)
    assert len(provider.asked) == 2


@pytest.mark.parametrize("path", ["/latest", "/2026-09-01"])
def test_a_clock_that_was_a_year_ahead_does_not_keep_answers(
    path: str, acme: Acme, provider: Provider
) -> None:
    end = None if path == "/latest" else DAY
    with time_machine.travel(LONG_AFTER + timedelta(days=365), tick=False) as clock:
        acme.fetch_json(path, end=end)
        acme.close()
        clock.move_to(LONG_AFTER)
        acme.fetch_json(path, end=end)
    assert len(provider.asked) == 2


@pytest.mark.parametrize("when", ["opened", "used"])
def test_a_damaged_file_is_made_anew_and_said(
    when: str, acme: Acme, provider: Provider, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    acme.fetch_json("/latest")
    acme.close()
    content = file.read_bytes()
    whole = 4096 if when == "used" else 0
    file.write_bytes(content[:whole] + b"\xde\xad" * (len(content[whole:]) // 2))
    acme.fetch_json("/latest")
    assert f"the cache {file} was damaged; it was replaced by an empty one" in caplog.text
    for _ in range(2):
        acme.http._parsed.clear()
        acme.fetch_json("/other")
        acme.close()
    assert provider.paths == ["/latest", "/latest", "/other"]


def test_what_is_kept_is_listed_and_dropped_by_its_day(days: Days, provider: Provider) -> None:
    provider.answer = row_of
    other = DAY + timedelta(days=1)
    with time_machine.travel(LONG_AFTER, tick=False):
        for day in (DAY, other):
            days.table(["USD", "CAD"], day, day)
        days.fetch_csv("/latest.csv")
        days.close()
        found = kept_answers("acme")
        assert {(each.first, each.last) for each in found} == {
            (DAY, DAY),
            (other, other),
            (None, None),
        }
        assert {each.until for each in found} == {None, LONG_AFTER + days.profile.time_to_live}
        dropped = kept_answers("acme", day=DAY, drop=True)
        assert {(each.first, each.last) for each in dropped} == {(DAY, DAY), (None, None)}
        assert [each.last for each in kept_answers("acme")] == [other]
        days._tables.held = ()
        for day in (DAY, other):
            days.table(["USD", "CAD"], day, day)
    assert provider.paths[3:] == [f"/{DAY}.csv"]
