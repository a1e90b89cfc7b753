"""Your own rates: files as spreadsheets, books and our own history write them, and bad ones."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest
import time_machine
from click.testing import CliRunner

import forexhooks
from forexhooks import (
    DriverError,
    ForexError,
    ForexManager,
    ForexService,
    MalformedResponseError,
    Observation,
    Profile,
    RateUnavailableError,
    Series,
    SettingsError,
    UnknownSeriesError,
    frames,
)
from forexhooks.cli import cli
from forexhooks.service.opening import default_manager
from forexhooks.testing import DriverTests, ForexServer
from forexhooks_file import RatesFile

TODAY = date(2026, 10, 30)
DAY = date(2026, 10, 1)
HEADER = "on,base,quote,value"
ROWS = f"""{HEADER}
2026-10-29,EUR,USD,1.1153
2026-10-30,EUR,USD,1.1172
2026-10-30,EUR,CAD,1.5606
2026-10-30,EUR,JPY,175.68
"""

Opened = Callable[[str | bytes], ForexService]


class TestRatesFile(DriverTests):
    today = TODAY
    samples = (
        ("EUR", "USD", None, "1.1172"),
        ("USD", "CAD", None, "1.5606/1.1172"),
        ("USD", "EUR", date(2026, 10, 29), "1/1.1153"),
    )
    expected_failures: ClassVar = {
        "test_the_profile_says_what_users_need_to_know": "there is no provider, so it has no url"
    }
    path: Path

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _file(cls, tmp_path_factory: pytest.TempPathFactory) -> None:
        cls.path = tmp_path_factory.mktemp("rates") / "rates.csv"
        # Not all of one pivot: whatever a user has.
        cls.path.write_text(f"{ROWS}2026-10-30,GBP,CHF,1.07\n", encoding="utf-8")

    def make_driver(self, server: ForexServer) -> RatesFile:
        return RatesFile(path=str(self.path))


@pytest.fixture(autouse=True)
def now() -> object:
    with time_machine.travel(datetime(2026, 10, 30, 20, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Write a file, and open it as the setting says."""
    path = tmp_path / "rates.csv"
    monkeypatch.setenv("FOREXHOOKS_FILE_PATH", str(path))
    with ForexManager(discover=True) as manager, default_manager(manager):

        def written(content: str | bytes) -> ForexService:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            return forexhooks.open("file")

        yield written


def said(opened: Opened, content: str | bytes, kind: type[ForexError] = DriverError) -> str:
    """The error of a file that cannot be used, after its name; by the hook, and by the command."""
    fx = opened(content)
    with pytest.raises(kind) as failure:
        fx.get_rate("EUR", "USD")
    with pytest.raises(kind):
        fx.currencies()
    done = CliRunner().invoke(cli, ["rate", "EUR", "USD", "--driver", "file"])
    assert (done.stdout, done.stderr) == ("", f"Error: {failure.value}\n")
    before, _, problem = str(failure.value).partition("rates.csv ")
    assert before.startswith("file: ")
    return problem


def test_every_entrance(opened: Opened, tmp_path: Path) -> None:
    fx = opened(ROWS)
    rate = fx.get_rate("USD", "CAD")
    assert str(rate).endswith("(2026-10-30, file:mid, cross)")
    assert fx.convert("100", "EUR", "USD", on=TODAY) == Decimal("111.72")
    assert fx.currencies() == {"EUR", "USD", "CAD", "JPY"}
    assert [str(each.value) for each in fx.get_history("EUR", "USD", DAY, TODAY)] == [
        "1.1153",
        "1.1172",
    ]
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame({"amount": ["100"], "currency": ["EUR"]})
    converted = frames.convert(
        frame, amount="amount", currency="currency", to="CAD", on=TODAY, driver="file"
    )
    assert converted["amount_CAD"].to_list() == [Decimal("156.06")]
    lock = tmp_path / "report.lock"
    with forexhooks.locking(lock, "file") as locking:
        locking.get_rate("EUR", "USD", TODAY)
    opened(f"{HEADER}\n")
    locked = forexhooks.open(lock=lock)
    assert locked.get_rate("EUR", "USD", TODAY).value == Decimal("1.1172")


def test_in_a_chain_the_next_one_has_what_the_file_lacks(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(ROWS)
    fx = forexhooks.open("file", "ecb")
    assert fx.get_rate("EUR", "USD", TODAY).driver == "file"
    other = fx.get_rate("EUR", "GBP", TODAY)
    assert other.driver == "ecb" and [name for name, _ in other.failures] == ["file"]
    monkeypatch.setenv("FOREXHOOKS_FILE_PATH", "/gone/rates.csv")
    with ForexManager(discover=True) as manager:
        chain = forexhooks.open("file", "ecb", manager=manager)
        # A path that leads nowhere is a mistake, and not for another driver to cover.
        with pytest.raises(SettingsError, match=r"no file .*gone.*FOREXHOOKS_FILE_PATH"):
            chain.get_rate("EUR", "USD", TODAY)


def test_without_a_path_it_is_unconfigured(monkeypatch: pytest.MonkeyPatch) -> None:
    with ForexManager(discover=True) as manager:
        with pytest.raises(SettingsError, match="FOREXHOOKS_FILE_PATH"):
            forexhooks.open("file", manager=manager)
        info = next(each for each in manager.drivers() if each.name == "file")
    assert info.state == "unconfigured" and "FOREXHOOKS_FILE_PATH" in str(info.reason)
    with pytest.raises(SettingsError, match="FOREXHOOKS_FILE_PATH"):
        RatesFile(path=" ")


@pytest.mark.parametrize(
    "content",
    [
        ROWS,
        ROWS.replace("\n", "\r\n"),
        ROWS.replace("\n", "\r"),
        "\ufeff" + ROWS,
        ROWS.replace(",", ";"),
        ROWS.replace(",", "\t"),
        ROWS.replace("on,", "Date,").replace("value", "RATE").replace("EUR,", "eur,"),
        ROWS.replace("\n", "\n\n") + ",,,\n",
        "".join(f'{line},"a,\nb"\n' for line in ROWS.splitlines()),
        ROWS.replace("2026-10-", "2026/10/").replace("1.1172", "11172E-4"),
        "option \"title\" \"x\"\n" + "".join(
            f"{on} price {base} {value} {quote} ; c\n  source: 1\n"
            for on, base, quote, value in (line.split(",") for line in ROWS.splitlines()[1:])
        ) + '2026-10-30 * "price"\n2026-10-30 price ACME 12,5 USD\n',
        "; prices\n" + "".join(
            f'P {on.replace("-", "/")} 00:00:00 "{base}" {quote} {value}\n'
            for on, base, quote, value in (line.split(",") for line in ROWS.splitlines()[1:])
        ) + "P 2026-10-30 ACME $12.50\n",
    ],
    ids=lambda content: repr(content[:24]),
)  # fmt: skip
def test_forms_that_are_read(opened: Opened, content: str) -> None:
    fx = opened(content)
    assert list(fx.get_table(["EUR"]).observations()) == [
        Observation(date(2026, 10, 29), "EUR", "USD", Decimal("1.1153")),
        Observation(TODAY, "EUR", "USD", Decimal("1.1172")),
        Observation(TODAY, "EUR", "CAD", Decimal("1.5606")),
        Observation(TODAY, "EUR", "JPY", Decimal("175.68")),
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("2026-10-01,EUR,USD,\"1,08\"", "line 3: the value '1,08' has a comma: write a point"),
        ("2026-10-01,EUR,USD,1,08", "line 3: it has 5 fields, but the header has 4"),
        ("2026-10-01,EUR,USD", "line 3: it has 3 fields"),
        ("01.10.2026,EUR,USD,1.08", "line 3: the day '01.10.2026' is not a day: write it"),
        ("2026-02-30,EUR,USD,1.08", "line 3: the day '2026-02-30' is not a day"),
        ("2026-10-01,€,USD,1.08", "line 3: € is not a currency code: write one like USD"),
        ("2026-10-01,Euro,USD,1.08", "line 3: 'Euro' mixes upper and lower case"),
        ("2026-10-01,GBp,USD,1.08", "line 3: GBp is a part of GBP: give the rate of 1 GBP"),
        ("2026-10-01,,USD,1.08", "line 3: '' is not a currency code"),
        ("2026-10-01,USD,USD,1", "line 3: base and quote are both USD"),
        ("2026-10-01,EUR,USD,", "line 3: the value '' is not a number: write it like 1.0875"),
        ("2026-10-01,EUR,USD,#N/A", "line 3: the value '#N/A' is not a number"),
        ("2026-10-01,EUR,USD,NaN", "line 3: the value 'NaN' is not a number"),
        ("2026-10-01,EUR,USD,1_0", "line 3: the value '1_0' is not a number"),
        ("2026-10-01,EUR,USD,0.0", "line 3: the value 0.0 is not above 0"),
        ("2026-10-01,EUR,USD,-1", "line 3: the value -1 is not above 0"),
        ("2026-10-01,EUR,USD,1E+99", "line 3: its value Decimal('1E+99') is too large or"),
        ("2026-10-30,EUR,USD,1.5", "lines 2 and 3: two values of EUR/USD on 2026-10-30"),
        ("2026-10-30,USD,EUR,1.5", "lines 2 and 3: EUR/USD = 1.1172 and USD/EUR = 1.5"),
        ('2026-10-01,"EUR,USD,1.5', "line 3: unexpected end of data: is a quote not closed?"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named(opened: Opened, row: str, problem: str) -> None:
    content = f"{HEADER}\n2026-10-30,EUR,USD,1.1172\n{row}\n"
    assert said(opened, content, MalformedResponseError).startswith(f"cannot be used: {problem}")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "it is empty: begin with the header"),
        ("\n \n", "it is empty"),
        (f"{HEADER}\n", "it has no rates"),
        (ROWS.encode("utf-16"), "it is in UTF-16, or not text: save it as UTF-8"),
        (ROWS.encode("utf-16-le"), "it is in UTF-16"),
        (f"{HEADER},note\n2026-10-01,EUR,USD,1,é\n".encode("cp1252"), "line 2: it is not in UTF-8"),
        ("2026-10-01,EUR,USD,1.1\n", "its header has no on or date: the first line names the"),
        ("day,base,quote,value\n", "its header has no on or date"),
        ("on,date,base,quote,value\n", "its header names on and date: keep one of them"),
        (f"{HEADER},until\n2026-10-01,EUR,USD,1,2026-09-30\n", "line 2: until, 2026-09-30, is"),
        (f"{HEADER},until\n2026-10-01,EUR,USD,1,2026-10-31\n2026-10-09,EUR,USD,2,\n",
         "lines 2 and 3: EUR/USD for 2026-10-01 to 2026-10-31 and for 2026-10-09, which overlap"),
        (f"{HEADER},side\n2026-10-01,EUR,USD,1,sell\n", "line 2: the side 'sell' is unknown"),
        (f"{HEADER},side\n2026-10-01,EUR,USD,2,bid\n2026-10-01,EUR,USD,1,ask\n",
         "lines 2 and 3: EUR/USD on 2026-10-01 with the bid 2 above the ask 1"),
        ("\n".join([HEADER, *["2026-10-01,EUR,USD,x"] * 5]),
         "line 2: " + "; line 3: ".join(["the value 'x' is not a number: write it like 1.0875"] * 2)
         ),
    ],
)  # fmt: skip
def test_a_bad_file_is_named(opened: Opened, content: str | bytes, problem: str) -> None:
    said_of_it = said(opened, content, MalformedResponseError)
    assert said_of_it.startswith(f"cannot be used: {problem}")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("nothing of that kind\n", "it has neither a header with on, base, quote and value, nor"),
        ("P 30.10.2026 EUR 1.1 USD\n", "line 1: the day '30.10.2026' is not a day"),
        ("\nP 2026-10-30 € $1.1\n", "line 2: the price '$1.1' is not written like 1.0875 USD"),
        ("2026-10-30 price EUR 1,1 USD\n", "line 1: the value '1,1' has a comma"),
        ("2026-10-30 price EUR\n", "line 1: the price is not written like 2026-10-30 price EUR"),
    ],
)
def test_prices_that_cannot_be_read(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "rates.csv.book").write_text(content, encoding="utf-8")
    driver = RatesFile(path=str(tmp_path / "rates.csv.book"))
    with pytest.raises(MalformedResponseError) as failure:
        driver.table()
    assert str(failure.value).partition(" cannot be used: ")[2].startswith(problem)


def test_sides_are_series(opened: Opened) -> None:
    fx = opened(
        "date,base,quote,rate,side\n2026-10-30,EUR,USD,1.10,bid\n2026-10-30,EUR,USD,1.12,ASK\n"
    )
    with pytest.raises(DriverError, match="has no rates of the side mid: ask file:bid and file:a"):
        fx.get_rate("EUR", "USD")
    assert forexhooks.open("file:bid").get_rate("EUR", "USD").value == Decimal("1.10")
    back = forexhooks.open("file:bid").get_rate("USD", "EUR")
    assert (back.fraction(), back.series) == ((Decimal(1), Decimal("1.12")), "bid")
    with pytest.raises(UnknownSeriesError):
        forexhooks.open("file:average")


def test_periods(opened: Opened) -> None:
    fx = opened(
        f"{HEADER},until\n2026-10-01,EUR,USD,1.1,2026-10-31\n2026-09-28,EUR,USD,1.2,\n"
        "2026-11-01,EUR,USD,1.3,2026-11-30\n"
    )
    rate = fx.get_rate("EUR", "USD", date(2026, 10, 17))
    assert (rate.value, rate.on, rate.until) == (Decimal("1.1"), DAY, date(2026, 10, 31))
    assert fx.get_rate("EUR", "USD").until == date(2026, 10, 31)
    assert fx.get_rate("EUR", "USD", date(2026, 9, 30)).value == Decimal("1.2")


def test_what_is_ahead_waits_for_its_day(opened: Opened, now: time_machine.Coordinates) -> None:
    fx = opened(f"{ROWS}2026-11-03,EUR,USD,1.2\n2026-11-03,EUR,SEK,11\n")
    assert fx.get_rate("EUR", "USD").on == TODAY
    assert "SEK" in fx.currencies()
    with pytest.raises(RateUnavailableError):
        fx.get_rate("EUR", "SEK")
    now.move_to(datetime(2026, 11, 3, 12, tzinfo=UTC))
    assert fx.get_rate("EUR", "USD").value == Decimal("1.2")


def test_nothing_is_stale(opened: Opened, now: time_machine.Coordinates) -> None:
    fx = opened(ROWS)
    now.move_to(datetime(2027, 10, 30, tzinfo=UTC))
    rate = fx.get_rate("EUR", "USD", max_age=timedelta(1))
    assert (rate.on, rate.stale) == (TODAY, None)
    with pytest.raises(RateUnavailableError, match="after the last day"):
        fx.get_rate("EUR", "USD", date(2026, 11, 7))


def test_it_is_read_again_when_it_changes(opened: Opened, tmp_path: Path) -> None:
    fx = opened(ROWS)
    path = tmp_path / "rates.csv"
    assert fx.get_rate("EUR", "USD").value == Decimal("1.1172")
    table = fx.get_table(["EUR"])
    assert fx.get_table(["EUR"]) is table
    # One that has the same time and size, renamed over it.
    other, found = tmp_path / "other.csv", path.stat()
    other.write_text(ROWS.replace("1.1172", "1.1199"), encoding="utf-8")
    os.utime(other, ns=(found.st_atime_ns, found.st_mtime_ns))
    other.replace(path)
    assert fx.get_rate("EUR", "USD").value == Decimal("1.1199")
    # One that is wrong is never answered with what was there before; nor is one that is gone.
    path.write_text(ROWS + "2026-10-30,EUR,USD,1,2\n", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(MalformedResponseError, match="line 6"):
            fx.get_rate("EUR", "USD")
    path.unlink()
    with pytest.raises(SettingsError, match="there is no file"):
        fx.get_rate("EUR", "USD")
    path.mkdir()
    with pytest.raises(DriverError, match=r"rates\.csv cannot be read: .*irectory|is not a file"):
        fx.get_rate("EUR", "USD")
    path.rmdir()
    path.write_text(ROWS, encoding="utf-8")
    assert fx.get_rate("EUR", "USD").value == Decimal("1.1172")
    assert table.get_rate("EUR", "USD").value == Decimal("1.1172")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DriverError, match="is not a file: name the file that has the rates"):
        RatesFile(path=str(tmp_path / "pipe")).table()


def test_lines_that_contradict_are_found_in_large_files(tmp_path: Path) -> None:
    rng = random.Random(19)  # noqa: S311
    days = [date(2010, 1, 1) + timedelta(each) for each in range(3000)]
    lines = [f"{day},EUR,USD,{1 + rng.random():.4f}" for day in days]
    rng.shuffle(lines)
    first, last = sorted(rng.sample(range(len(lines)), 2))
    lines[last] = f"{lines[first][:10]},EUR,USD,9"
    path = tmp_path / "rates.csv"
    path.write_text("\n".join([HEADER, *lines]), encoding="utf-8")
    with pytest.raises(MalformedResponseError, match=f"lines {first + 2} and {last + 2}: two val"):
        RatesFile(path=str(path)).table()


def test_a_history_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "eur.csv"
    asked = ["history", "USD", "EUR", "CAD", "--from", "2026-10-01", "--to", "2026-10-30"]
    done = CliRunner().invoke(cli, [*asked, "-o", str(path)])
    assert done.exit_code == 0
    own = RatesFile(path=str(path)).table()
    ecb = forexhooks.open("ecb")
    for quote in ("EUR", "CAD"):
        history = ecb.get_history("USD", quote, DAY, TODAY)
        assert [(each.on, each.value) for each in own.history("USD", quote, DAY, TODAY)] == [
            (each.on, each.value) for each in history
        ]
    for suffix in ("beancount", "ledger", "hledger"):
        book = tmp_path / f"prices.{suffix}"
        assert CliRunner().invoke(cli, [*asked, "-o", str(book)]).exit_code == 0
        assert list(RatesFile(path=str(book)).table().observations()) == list(own.observations())


class Bank(forexhooks.Driver):
    """One that buys and sells, and has a rate for each month."""

    name = "bank"
    profile = Profile(
        title="Bank",
        series=(
            Series("monthly", frequency="month", statistic="average"),
            Series("buying", side="bid"),
            Series("selling", side="ask"),
        ),
    )

    def observations(
        self,
        currencies: Collection[str],
        start: date | None,
        end: date | None,
        series: str | None = None,
    ) -> Iterator[Observation]:
        value = {"monthly": "1.11", "buying": "1.10", "selling": "1.12"}[series or "monthly"]
        for month in (8, 9):
            until = date(2026, month + 1, 1) - timedelta(1) if series == "monthly" else None
            yield Observation(date(2026, month, 1), "EUR", "USD", Decimal(value), until)


@pytest.mark.parametrize(
    ("series", "side", "header"),
    [
        ("monthly", "mid", "until,series"),
        ("buying", "bid", "series,side"),
        ("selling", "ask", "series,side"),
    ],
)
def test_periods_and_sides_of_a_history_are_read_as_they_were_written(
    opened: Opened, tmp_path: Path, series: str, side: str, header: str
) -> None:
    opened(ROWS)
    forexhooks.plugin_manager().register(Bank())
    path, span = tmp_path / "rates.csv", (date(2026, 7, 1), date(2026, 9, 30))
    for pair in (("EUR", "USD"), ("USD", "EUR")):
        asked = ["history", *pair, "--from", f"{span[0]}", "--to", f"{span[1]}", "-o", str(path)]
        done = CliRunner().invoke(cli, [*asked, "--driver", f"bank:{series}"])
        assert done.exit_code == 0, done.output
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0] == f"on,base,quote,value,driver,kind,{header}" and len(lines) == 3
        written = forexhooks.open(f"bank:{series}").get_history(*pair, *span)
        read = forexhooks.open(f"file:{side}").get_history(*pair, *span)
        assert [(each.on, each.until, each.value) for each in read] == [
            (each.on, each.until, each.value) for each in written
        ]
    polars = pytest.importorskip("polars")
    frame = frames.from_history(written, "polars")
    assert frame.columns[6:] == [name for name in header.split(",") if name != "side"]
    assert frame["series"].to_list() == [series, series] and isinstance(frame, polars.DataFrame)
    assert list(frames.from_history(written, "pandas").columns) == frame.columns
