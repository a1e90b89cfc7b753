"""Machines that lack what most have: a home folder, data of time zones, a place for the cache."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from patience import CHILD_LIMIT
from providers import Provider, reply

ASK = ("rate", "USD", "CAD", "--on", "2026-10-30")
NBP = '[{"table":"A","no":"1","effectiveDate":"2026-10-30","rates":[%s]}]'
ROWS = ",".join(f'{{"currency":"x","code":"{code}","mid":{mid}}}' for code, mid in
                (("USD", 3.6), ("CAD", 2.6)))  # fmt: skip

HOMELESS = """
import pwd

def nobody(*_):
    raise KeyError

pwd.getpwuid = nobody
from forexhooks.cli import main
main()
"""


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment without any folder of the user's, or setting."""
    gone = ("XDG_", "FOREXHOOKS_", "HOME", "PYTHONPATH")
    return {name: each for name, each in os.environ.items() if not name.startswith(gone)}


def run(
    environment: dict[str, str], folder: Path, *arguments: str, code: str = ""
) -> subprocess.CompletedProcess[str]:
    how = ["-c", code] if code else ["-m", "forexhooks"]
    return subprocess.run(
        [sys.executable, *how, *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=CHILD_LIMIT,
        check=False,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="a user without an entry is Linux's")
def test_without_a_home_folder_there_are_rates_and_no_folder_called_tilde(
    bare: dict[str, str], tmp_path: Path, provider: Provider
) -> None:
    def homeless(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run(bare, tmp_path, *arguments, code=HOMELESS)

    provider.answer = lambda asked: reply(NBP % ROWS)
    done = homeless(*ASK)
    assert (done.returncode, done.stderr) == (0, "")
    bare["FOREXHOOKS_NBP_BASE_URL"] = bare["FOREXHOOKS_ECB_BASE_URL"] = provider.url
    fetched = homeless(*ASK, "--driver", "nbp")
    assert fetched.stdout == "1 USD = 1.38462 CAD (2026-10-30, nbp, cross)\n", fetched.stderr
    assert homeless("lock", "USD/CAD", "--on", "2026-10-30", "-o", "a.lock").returncode == 0
    update = homeless("update")
    assert update.returncode == 1 and "no-home-folder" in update.stderr
    assert "FOREXHOOKS_ECB_STORE" in update.stderr
    lacks = homeless(*ASK, "--driver", "openexchangerates")
    assert "FOREXHOOKS_OPENEXCHANGERATES_APP_ID" in lacks.stderr
    assert "no-home-folder" not in lacks.stderr
    assert os.listdir(tmp_path) == ["a.lock"]


def test_without_data_of_time_zones_that_is_said(
    bare: dict[str, str], tmp_path: Path, provider: Provider
) -> None:
    hiding = tmp_path / "hiding"
    hiding.mkdir()
    (hiding / "tzdata.py").write_text("raise ImportError('hidden')", encoding="utf-8")
    bare |= {"HOME": str(tmp_path), "PYTHONPATH": str(hiding), "PYTHONTZPATH": ""}
    done = run(bare, tmp_path, *ASK)
    assert (done.returncode, done.stderr) == (0, "")  # a day long past needs no zone
    provider.answer = lambda asked: reply(NBP % ROWS)
    bare["FOREXHOOKS_NBP_BASE_URL"] = provider.url
    for arguments in (("rate", "USD", "USD"), (*ASK, "--driver", "nbp")):
        lacking = run(bare, tmp_path, *arguments)
        assert (lacking.returncode, lacking.stderr.count("\n")) == (1, 1)
        assert "reinstall the package tzdata" in lacking.stderr
        assert "format" not in lacking.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a file is no folder there either, but else")
def test_a_cache_that_cannot_be_made_costs_no_answer(
    bare: dict[str, str], tmp_path: Path, provider: Provider
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    provider.answer = lambda asked: reply(NBP % ROWS)
    bare |= {"XDG_CACHE_HOME": str(tmp_path / "file"), "FOREXHOOKS_NBP_BASE_URL": provider.url}
    done = run(bare, tmp_path, *ASK, "--driver", "nbp")
    assert done.returncode == 0 and "format" not in done.stderr, done.stderr


def test_a_tilde_in_a_setting_is_the_home_folder(
    bare: dict[str, str], tmp_path: Path, provider: Provider
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    (home / "mine.toml").write_text('[drivers.ecb]\nstore = "~/rates/ecb.store"', encoding="utf-8")
    bare |= {"HOME": str(home), "USERPROFILE": str(home), "FOREXHOOKS_CONFIG": "~/mine.toml"}
    bare["FOREXHOOKS_ECB_BASE_URL"] = provider.url  # which has nothing of the ECB's
    assert run(bare, elsewhere, "update").returncode == 1
    assert (home / "rates").is_dir() and os.listdir(elsewhere) == []
    if sys.platform == "linux":
        bare["FOREXHOOKS_CONFIG"] = str(home / "mine.toml")
        homeless = run({**bare, "HOME": "~"}, elsewhere, *ASK)
        assert (homeless.returncode, homeless.stdout, os.listdir(elsewhere)) == (1, "", [])
        assert "~/rates/ecb.store is in a home folder that does not exist" in homeless.stderr
