from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner

from fakes import currencyapi
from forexhooks.cli import cli
from forexhooks.http.cache import path_of
from forexhooks_currencyapi import CurrencyApi
from providers import Provider, reply

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
DAYS = [date(2026, 10, 26), date(2026, 10, 27)]


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def asked(provider: Provider) -> Iterator[CurrencyApi]:
    """A driver that has asked for two days and the latest."""
    provider.answer = currencyapi.answer
    driver = CurrencyApi(base_url=provider.url)
    for day in DAYS:
        driver.table(["USD", "CAD"], day, day)
    driver.currencies()
    driver.close()
    driver._tables.held = ()
    driver.http._parsed.clear()
    yield driver
    driver.close()


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["cache", *arguments], catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


@pytest.mark.usefixtures("provider")
def test_nothing_is_kept() -> None:
    assert (run(), run("--json"), run("--drop")) == ("", "[]\n", "0 responses deleted\n")
    assert run("--driver", "nbp") == ""


@pytest.mark.usefixtures("provider")
def test_a_driver_that_does_not_exist() -> None:
    done = CliRunner().invoke(cli, ["cache", "--driver", "nbpp"])
    assert done.output.startswith("Error: unknown driver 'nbpp' (did you mean 'nbp'?)")


@pytest.mark.usefixtures("asked")
def test_what_is_kept_is_listed() -> None:
    lines = run().splitlines()
    assert lines[0].split() == [
        "Driver",
        "Days",
        "Fetched",
        "Expires",
        "Bytes",
        "Address",
    ]
    assert sum(" 2026-10-26 " in line and " never " in line for line in lines) == 1
    assert sum(" the latest " in line for line in lines) == 1
    found = json.loads(run("--json", "--driver", "currencyapi"))
    assert {(each["first"], each["last"]) for each in found} == {
        ("2026-10-26", "2026-10-26"),
        ("2026-10-27", "2026-10-27"),
        (None, None),
    }
    assert {each["driver"] for each in found} == {"currencyapi"}
    assert {each["fetched"] for each in found} == {NOW.isoformat()}


def test_a_wrong_day_is_dropped_and_asked_again(asked: CurrencyApi, provider: Provider) -> None:
    assert run("--driver", "nbp", "--on", "2026-10-26", "--drop") == "0 responses deleted\n"
    assert run("--on", "2026-10-26", "--drop") == "2 responses deleted\n"  # the latest too
    assert run("--on", "2026-10-26") == ""
    provider.answer = lambda asked: currencyapi.file("2026-10-26", '"cad":1.25,"usd":1')
    before = len(provider.asked)
    values = [asked.table(["USD", "CAD"], day, day).get_rate("USD", "CAD", day, 0) for day in DAYS]
    assert [str(each.value) for each in values] == ["1.25", "1.39600001"]
    assert len(provider.asked) == before + 1


def test_doctor_says_that_the_cache_was_damaged(
    asked: CurrencyApi, provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOREXHOOKS_CURRENCYAPI_BASE_URL", provider.url)
    file = tmp_path / "cache" / "forexhooks" / "currencyapi.sqlite"
    file.write_bytes(b"garbage" * 1000)
    for expected in (1, 0):
        done = CliRunner().invoke(cli, ["doctor", "--driver", "currencyapi"])
        said = f"Warning: the cache {file} was damaged; it was replaced by an empty one"
        assert done.output.count(said) == expected


@pytest.mark.usefixtures("asked")
def test_an_address_with_a_key_is_not_shown(provider: Provider) -> None:
    from faults import KEY, Acme

    provider.answer = lambda asked: reply("{}")
    acme = Acme(base_url=provider.url)
    acme.fetch_json("/latest", acme.asking)
    acme.close()
    output = run("--driver", "acme")
    assert "app_id=-app_id-" in output and KEY not in output


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize("options", [(), ("--driver", "currencyapi", "--drop")])
def test_a_damaged_cache_holds_nothing(
    options: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    file = Path(path_of("currencyapi"))
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    assert run(*options) in ("", "0 responses deleted\n")
    assert f"the cache {file} was damaged" in caplog.text
    assert not file.exists()
