"""A mistake of the author's is one short failure, and not one in every test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from patience import CHILD_LIMIT

_MOST_LINES = 18

_MODULE = dedent("""
    from datetime import date, time, timedelta

    from broken.well import TODAY, Acme as Well, answer
    from forexhooks import Profile, every_day
    from forexhooks.testing import DriverTests, reply


    class Acme(Well):
        profile = Profile(
            title="Acme Bank",
            url="https://acme.example",
            publishes="mid rates",
            pivot="USD",
            history_from=date(2010, 1, 4),
            key="app_id: https://acme.example/signup",
            frequency="day",
        )

        def rows(self, start, end):
            rows = super().rows(start, end)
            return [{**row, "code": row["code"]} for row in rows]


    class TestAcme(DriverTests):
        today = TODAY

        def answer(self, asked):
            return answer(asked)

        def make_driver(self, server):
            return Acme(app_id=self.key, base_url=server.url)
""")


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("title=", "titel=", "unexpected keyword argument 'titel'"),
        ('frequency="day"', 'frequency="dayly"', "not 'dayly'"),
        ('frequency="day"', 'zone="Europe/Bukarest"', "not 'Europe/Bukarest'"),
        ("date(2010, 1, 4)", '"2010-01-04"', "history_from must be a date"),
        ("date(2010, 1, 4)", "date(2027, 1, 4)", "history_from in its profile is 2027-01-04"),
        ('pivot="USD"', 'pivot="UDS"', "the pivot of its profile is UDS"),
        ('"https://acme', '"htps://acme', "no https address"),
        ('key="app_id', 'key="appid', "that key= names in the profile"),
        ('pivot="USD"', 'pivot="USD", latest_only=True', "contradict each other"),
        ('frequency="day"', 'frequency="month"', "its profile says one rate a month"),
        ('frequency="day"', "publication_days=every_day", "set publication_days=weekdays"),
        ('row["code"]}', 'row["cod"]}', "asked for the latest rate, it gave"),
        ("today = TODAY", 'today, pairs = TODAY, ("USD", "CAD")', "`pairs` is a list: [('USD', "),
        ("server.url", "server.ulr", "it cannot be made"),
        (
            "return answer(asked)",
            'return reply("", 404) if asked.query else answer(asked)',
            "record a reply for these days",
        ),
    ],
)
def test_a_mistake_is_one_short_failure(right: str, wrong: str, says: str, tmp_path: Path) -> None:
    assert right in _MODULE
    (tmp_path / "test_acme.py").write_text(_MODULE.replace(right, wrong), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    ended = subprocess.run(
        [*command, "test_acme.py"],
        capture_output=True,
        text=True,
        timeout=CHILD_LIMIT,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
    )
    lines = ended.stdout.splitlines()
    assert "1 failed" in lines[-1] or "1 error" in lines[-1], ended.stdout
    assert len(lines) <= _MOST_LINES and says in ended.stdout, ended.stdout
