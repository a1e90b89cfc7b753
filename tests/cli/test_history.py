"""`history`, as a process of its own."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pexpect
import pyarrow.parquet as pq
import pytest
import time_machine
from click.testing import CliRunner

import forexhooks
from forexhooks.cli import cli
from patience import CHILD_LIMIT

from .conftest import Run

WEEK = ("--from", "2026-10-26", "--to", "2026-10-30", "--offline")
USD_CAD = ("history", "USD", "CAD", *WEEK)
FORMATS = ["csv", "json", "ndjson", "beancount", "ledger", "hledger", "gnucash-sql", "parquet"]

MANY = """
from datetime import UTC, date, datetime
from decimal import Decimal
import time
import forexhooks
from forexhooks.cli import cli

@forexhooks.hookimpl
def forex_driver_name():
    return "many"

@forexhooks.hookimpl
def forex_currencies(driver):
    return ["USD", "CAD", "1INCH", "B"]

@forexhooks.hookimpl
def forex_get_rate(driver, base, quote, on):
    if driver == "many":
        time.sleep(0.01)
        value = Decimal("0.00004") if base == "B" else Decimal("2.50")
        return forexhooks.Rate(base, quote, value, on or date(2026, 10, 30), "many")
"""


@pytest.fixture(scope="module")
def usd_cad() -> forexhooks.History:
    history = forexhooks.open("ecb").get_history(
        "USD", "CAD", date(2026, 10, 26), date(2026, 10, 30)
    )
    assert len(history) == 5
    return history


@pytest.fixture
def many(plugins: Path) -> tuple[str, ...]:
    """The options for a raw driver that is asked day by day."""
    (plugins / "many.py").write_text(MANY, encoding="utf-8")
    return ("-p", "many", "--driver", "many")


def table_of(printed: str) -> tuple[str, list[list[str]]]:
    title, _, *rows = printed.splitlines()
    return title, [row.split() for row in rows]


def test_for_people_a_table(run: Run) -> None:
    done = run("history", "usd", "CAD", "jpy", *WEEK)
    assert (done.returncode, done.stderr) == (0, "")
    title, rows = table_of(done.stdout)
    assert title == "1 USD in CAD, JPY (ecb, cross)"
    assert rows[0] == ["Day", "CAD", "JPY"]
    assert rows[1] == ["2026-10-26", "1.40284", "157.445"]
    assert [row[0] for row in rows[1:]] == [f"2026-10-{day}" for day in range(26, 31)]


def test_a_quote_that_is_given_twice_is_shown_once(run: Run) -> None:
    done = run("history", "USD", "cad", "CAD", *WEEK, "--json")
    assert len(json.loads(done.stdout)) == 5


def test_the_first_day_there_is(run: Run) -> None:
    for every in ([], ["--every", "month"]):
        done = run("history", "USD", "CAD", "--to", "0001-01-05", *every, "--offline")
        assert done.returncode == 1
        assert done.stderr.startswith(
            "Error: no USD/CAD from ecb between 0001-01-01 and 0001-01-05: "
        )


def test_the_newest_30_days_unless_told_otherwise(run: Run) -> None:
    done = run("history", "EUR", "USD", "--offline")
    _, rows = table_of(done.stdout)
    assert (rows[1][0], rows[-1][0]) == ("2026-09-30", "2026-10-30")
    assert done.stderr.startswith("Note: stale: ecb holds rates up to 2026-10-30")
    assert done.stderr.count("\n") == 1
    _, rows = table_of(run("history", "EUR", "USD", "--to", "2024-03-10").stdout)
    assert (rows[1][0], rows[-1][0]) == ("2024-02-09", "2024-03-08")
    _, rows = table_of(run("history", "EUR", "USD", "--from", "2026-10-28", "--offline").stdout)
    assert [row[0][-2:] for row in rows[1:]] == ["28", "29", "30"]
    _, rows = table_of(run("history", "EUR", "USD", "--every", "month", "--offline").stdout)
    assert (rows[1][0], rows[-1][0], len(rows)) == ("2025-10-31", "2026-10-30", 14)


def test_a_currency_that_ended_is_shown_up_to_its_end(run: Run) -> None:
    done = run("history", "EUR", "HRK", "--from", "2022-12-29", "--offline")
    _, rows = table_of(done.stdout)
    assert rows[1:] == [["2022-12-29", "7.5365"], ["2022-12-30", "7.5365"]]


@pytest.mark.parametrize("take", ["first", "last", "mean"])
@pytest.mark.parametrize("every", ["week", "month"])
def test_every_week_and_month(run: Run, every: Any, take: Any) -> None:
    done = run(
        "history", "USD", "CAD", "--from", "2026-08-05", "--to", "2026-10-30", "--json",
        "--every", every, "--take", take,
    )  # fmt: skip
    expected = (
        forexhooks.open("ecb")
        .get_history("USD", "CAD", date(2026, 8, 5), date(2026, 10, 30))
        .every(every, take)
    )
    shown = [(each["on"], Decimal(each["value"]), each["kind"]) for each in json.loads(done.stdout)]
    assert shown == [(f"{rate.on}", rate.value, rate.kind) for rate in expected]
    title, _ = table_of(run("history", "USD", "CAD", "--to", "2026-10-30", "--every", every,
                            "--take", take).stdout)  # fmt: skip
    assert title == f"1 USD in CAD (ecb, {take} of each {every})"


@pytest.mark.parametrize(
    ("every", "end", "first", "part"),
    [
        ("week", "2026-10-30", "2025-10-27", ""),
        ("week", "2026-10-28", "2025-10-27", "the last week to 2026-10-28"),
        ("month", "2026-10-30", "2025-10-01", ""),
        ("month", "2026-08-12", "2025-08-01", "the last month to 2026-08-12"),
        ("quarter", "2026-09-30", "2025-07-01", ""),
        ("year", "2025-12-31", "2024-01-02", ""),
        ("year", "2026-10-30", "2025-01-02", "the last year to 2026-10-30"),
    ],
)
def test_the_first_period_is_whole_and_a_running_one_is_noted(
    run: Run, every: Any, end: str, first: str, part: str
) -> None:
    done = run("history", "EUR", "USD", "--every", every, "--take", "first", "--to", end, "--json")
    assert json.loads(done.stdout)[0]["on"] == first
    assert done.stderr == (f"Note: incomplete: {part}\n" if part else "")


@pytest.mark.parametrize(
    ("span", "note"),
    [
        (("2026-08-05", "2026-10-30"), "the first month from 2026-08-05"),
        (("2026-08-05", "2026-10-29"), "the first month from 2026-08-05, the last month to"),
        (("2026-08-03", "2026-10-31"), ""),  # the 1st and the 2nd were a weekend
        (("1999-01-01", "1999-02-26"), ""),
        (("1998-12-15", "1999-02-26"), ""),  # nothing of that month is shown
    ],
)
def test_parts_of_periods_that_were_asked_for_are_noted(
    run: Run, span: tuple[str, str], note: str
) -> None:
    start, end = span
    done = run("history", "EUR", "USD", "--from", start, "--to", end, "--every", "month")
    assert done.returncode == 0
    parts = [line for line in done.stderr.splitlines() if "incomplete:" in line]
    assert [line.startswith(f"Note: incomplete: {note}") for line in parts] == [True] * bool(note)


def test_csv(run: Run, usd_cad: forexhooks.History) -> None:
    rows = list(csv.DictReader(io.StringIO(run(*USD_CAD, "--format", "csv").stdout)))
    assert list(rows[0]) == ["on", "base", "quote", "value", "driver", "kind"]
    assert rows[4] == {
        "on": "2026-10-30",
        "base": "USD",
        "quote": "CAD",
        "value": "1.396885069817400644468313641245972",
        "driver": "ecb",
        "kind": "cross",
    }
    assert [Decimal(row["value"]) for row in rows] == [rate.value for rate in usd_cad]


def test_json_and_ndjson(run: Run) -> None:
    listed = json.loads(run(*USD_CAD, "--json").stdout)
    rate = json.loads(run("rate", "USD", "CAD", "--on", "2026-10-30", "--json").stdout)
    assert listed[4] == rate and len(listed) == 5
    assert json.loads(run(*USD_CAD, "--format", "json").stdout) == listed
    lines = run("history", "USD", "CAD", "JPY", *WEEK, "--format", "ndjson").stdout.splitlines()
    assert [json.loads(line) for line in lines[:5]] == listed
    assert len(lines) == 10


@pytest.mark.parametrize(
    ("named", "line"),
    [
        ("beancount", "2026-10-30 price USD 1.3969 CAD"),
        ("ledger", "P 2026-10-30 00:00:00 USD 1.3969 CAD"),
        ("hledger", "P 2026-10-30 USD 1.3969 CAD"),
        ("csv", "2026-10-30,USD,CAD,1.3969,ecb,cross"),
    ],
)
def test_price_lines(run: Run, named: str, line: str) -> None:
    exact = line.replace("1.3969", "1.396885069817400644468313641245972")
    assert run(*USD_CAD, "--format", named).stdout.splitlines()[-1] == exact
    assert run(*USD_CAD, "--format", named, "--places", "4").stdout.splitlines()[-1] == line


def test_a_name_that_is_not_letters_alone_is_quoted_or_refused(
    run: Run, many: tuple[str, ...]
) -> None:
    def last(base: str, named: str) -> str:
        done = run("history", base, "USD", *WEEK, *many, "--format", named)
        return done.stdout.splitlines()[-1] if done.returncode == 0 else done.stderr

    assert last("1INCH", "ledger") == 'P 2026-10-30 00:00:00 "1INCH" 2.50 USD'
    assert last("1INCH", "hledger") == 'P 2026-10-30 "1INCH" 2.50 USD'
    assert "beancount cannot write the currency '1INCH'" in last("1INCH", "beancount")
    assert "'B'" in last("B", "beancount")
    assert "--commodity CODE=NAME" in last("B", "beancount")
    assert "GnuCash has no currency '1INCH'" in last("1INCH", "gnucash-sql")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (("ledger", "--commodity", "usd=$"), "P 2026-10-30 00:00:00 $ 1.3969 CAD"),
        (("ledger", "--commodity", "CAD=€"), "P 2026-10-30 00:00:00 USD 1.3969 €"),
        (("hledger", "--commodity", "CAD=C$", "--decimal", ","), 'P 2026-10-30 USD 1,3969 "C$"'),
        (("beancount", "--commodity", "USD=US.CASH"), "2026-10-30 price US.CASH 1.3969 CAD"),
        (("csv", "--delimiter", ";", "--decimal", ","), "2026-10-30;USD;CAD;1,3969;ecb;cross"),
        (("csv", "--delimiter", "tab"), "2026-10-30\tUSD\tCAD\t1.3969\tecb\tcross"),
        (("csv", "--decimal", ","), '2026-10-30,USD,CAD,"1,3969",ecb,cross'),
    ],
)
@pytest.mark.one_python
def test_names_and_numbers_as_a_book_writes_them(
    run: Run, tmp_path: Path, options: tuple[str, ...], line: str
) -> None:
    prices = tmp_path / "prices"
    if options[0] != "csv":
        prices.write_text(f"{line}\n", encoding="utf-8")  # prices alone, which may be replaced
    assert run(*USD_CAD, "--places", "4", "--format", *options, "-o", "prices").returncode == 0
    written = prices.read_text(encoding="utf-8").splitlines()
    assert written[-1] == line and len(written) >= 5


def test_beancount_reads_what_is_written(
    run: Run, tmp_path: Path, usd_cad: forexhooks.History
) -> None:
    loader = pytest.importorskip("beancount.loader", reason="beancount is not installed")
    assert run(*USD_CAD, "-o", "prices.beancount").returncode == 0
    entries, errors, _ = loader.load_file(str(tmp_path / "prices.beancount"))
    assert not errors
    read = [
        (each.date, each.currency, each.amount.number, each.amount.currency) for each in entries
    ]
    assert read == [(rate.on, "USD", rate.value, "CAD") for rate in usd_cad]


# As GnuCash 5 makes them.
BOOK = """
CREATE TABLE commodities(guid text(32) PRIMARY KEY NOT NULL, namespace text(2048) NOT NULL,
    mnemonic text(2048) NOT NULL, fullname text(2048), cusip text(2048), fraction integer NOT NULL,
    quote_flag integer NOT NULL, quote_source text(2048), quote_tz text(2048));
CREATE TABLE prices(guid text(32) PRIMARY KEY NOT NULL, commodity_guid text(32) NOT NULL,
    currency_guid text(32) NOT NULL, date text(19) NOT NULL, source text(2048), type text(2048),
    value_num bigint NOT NULL, value_denom bigint NOT NULL);
INSERT INTO commodities VALUES('the book''s own', 'CURRENCY', 'USD', 'US Dollar', '840', 100, 1,
    'currency', '');
INSERT INTO prices VALUES('another', 'x', 'y', '2026-10-30 10:59:00', 'user:price', 'last', 1, 1);
"""


def test_gnucash_takes_it_and_takes_it_again(run: Run, usd_cad: forexhooks.History) -> None:
    sql = run(*USD_CAD, "--format", "gnucash-sql").stdout
    assert run(*USD_CAD, "--format", "gnucash-sql").stdout == sql
    book = sqlite3.connect(":memory:", isolation_level=None)
    book.executescript(BOOK)
    for _ in range(2):
        book.executescript(sql)
        added = book.execute(
            "SELECT mnemonic, fullname, cusip, fraction FROM commodities ORDER BY mnemonic"
        ).fetchall()
        assert added == [
            ("CAD", "Canadian Dollar", "124", 100),
            ("USD", "US Dollar", "840", 100),
        ]
        rows = book.execute(
            "SELECT date, base.guid, quote.mnemonic, source, type, value_num, value_denom "
            "FROM prices JOIN commodities base ON base.guid = commodity_guid "
            "JOIN commodities quote ON quote.guid = currency_guid ORDER BY date"
        ).fetchall()
        assert len(rows) == 5 and book.execute("SELECT count(*) FROM prices").fetchone() == (6,)
        assert rows[-1] == (
            "2026-10-30 10:59:00", "the book's own", "CAD", "user:price", "last", 2601, 1862
        )  # fmt: skip
        for rate, (*_, numerator, denominator) in zip(usd_cad, rows, strict=True):
            assert numerator * rate.legs[0].value == denominator * rate.legs[1].value
    guids = [guid for (guid,) in book.execute("SELECT guid FROM prices WHERE guid != 'another'")]
    assert all(re.fullmatch("[0-9a-f]{32}", guid) for guid in guids)
    book.close()


def test_the_mean_of_a_month_does_not_replace_the_price_of_its_last_day(run: Run) -> None:
    book = sqlite3.connect(":memory:", isolation_level=None)
    book.executescript(BOOK)
    for every in ((), ("--every", "month", "--take", "mean"), ("--every", "week")):
        for _ in range(2):
            done = run(*USD_CAD, *every, "--format", "gnucash-sql")
            assert done.returncode == 0, done.stderr
            book.executescript(done.stdout)
    ours = book.execute("SELECT date FROM prices WHERE guid != 'another'").fetchall()
    assert len(ours) == 5 + 1 + 1
    assert ours.count(("2026-10-30 10:59:00",)) == 3
    book.close()


LEDGER = 'option "title" "Mine"\n2026-10-30 price USD 1.3969 CAD\n'


@pytest.mark.parametrize(
    ("name", "content", "options", "says"),
    [
        (
            "book.gnucash",
            b"SQLite format 3\0\x10",
            ("--format", "gnucash-sql"),
            "SQL statements, not a book",
        ),
        ("book.gnucash", b"\x1f\x8b\x08", ("--format", "csv"), "more than prices"),
        ("book", b"SQLite format 3\0\x10", ("--format", "gnucash-sql"), "more than prices"),
        ("book.sql", b"<?xml version", (), "more than prices"),
        ("dump.sql", b"CREATE TABLE prices(", (), "more than prices"),
        ("main.beancount", LEDGER.encode(), (), "more than prices"),
        ("main.ledger", b"2026-10-30 Shop\n  Food  1 EUR\n  Cash\n", (), "more than prices"),
        ("main.journal", b"account assets\n", (), "more than prices"),
    ],
)
def test_a_book_is_not_replaced(
    run: Run, tmp_path: Path, name: str, content: bytes, options: tuple[str, ...], says: str
) -> None:
    (tmp_path / name).write_bytes(content)
    done = run(*USD_CAD, *options, "-o", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert name in done.stderr and says in " ".join(done.stderr.split())
    assert (tmp_path / name).read_bytes() == content


@pytest.mark.parametrize("named", [each for each in FORMATS if each != "parquet"])
def test_prices_of_before_are_replaced(run: Run, tmp_path: Path, named: str) -> None:
    for _ in range(2):
        done = run(*USD_CAD, "--format", named, "-o", "prices")
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "prices").stat().st_size


def test_gnucash_gets_18_digits_of_what_has_more(run: Run) -> None:
    arguments = ("--every", "month", "--take", "mean", "--format", "gnucash-sql")
    spans = [
        ("USD", "CAD", "--from", "2026-09-01", "--to", "2026-09-30"),
        ("TRL", "USD", "--from", "2001-09-01", "--to", "2001-09-30"),
        ("USD", "IDR", "--from", "2026-09-01", "--to", "2026-09-30"),
    ]
    for base, quote, *span in spans:
        found = run("history", base, quote, *span, *arguments).stdout
        [pair] = re.findall(r"'last', (\d+), (\d+)\)", found)
        numerator, denominator = map(int, pair)
        assert 0 < numerator < 2**63 and 0 < denominator < 2**63
        days = [date.fromisoformat(day) for day in span if day[0] == "2"]
        [mean] = forexhooks.open("ecb").get_history(base, quote, *days).every("month", "mean")
        off = abs(Decimal(numerator) / Decimal(denominator) - mean.value)
        assert off <= Decimal("5e-18") * max(1, mean.value)
    ended = run("history", "EUR", "TRL", "--from", "2001-09-01", "--to", "2001-09-03",
                     "--format", "gnucash-sql").stdout  # fmt: skip
    assert "'TRL', 'Turkish lira (old)', '', 1, " in ended


def test_parquet(run: Run, tmp_path: Path, usd_cad: forexhooks.History) -> None:
    assert run("history", "USD", "CAD", "JPY", *WEEK, "-o", "rates.parquet").returncode == 0
    table = pq.read_table(tmp_path / "rates.parquet")
    assert str(table.schema.field("value").type).startswith("decimal128(")
    assert str(table.schema.field("on").type).startswith("date32")
    assert table["value"].to_pylist()[:5] == [rate.value for rate in usd_cad]
    assert table["quote"].to_pylist() == ["CAD"] * 5 + ["JPY"] * 5


@pytest.mark.parametrize("named", FORMATS)
def test_a_file_is_what_would_be_printed(
    environment: dict[str, str], tmp_path: Path, named: str
) -> None:
    def call(*more: str) -> bytes:
        return subprocess.run(
            [sys.executable, "-m", "forexhooks", *USD_CAD, "--format", named, *more],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            check=True,
            timeout=CHILD_LIMIT,
        ).stdout

    printed = call()
    assert call("-o", "file") == b""
    assert (tmp_path / "file").read_bytes() == printed
    assert os.listdir(tmp_path / "plugins") and not list(tmp_path.glob(".*"))


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("a.CSV", "on,base"),
        ("a.json", "[\n"),
        ("a.jsonl", '{"base"'),
        ("a.bean", "2026-10-26 price"),
        ("a.ledger", "P 2026-10-26 00:00:00"),
        ("a.journal", "P 2026-10-26 USD"),
        ("a.sql", "--"),
    ],
)
def test_the_files_name_says_the_format(run: Run, tmp_path: Path, name: str, begins: str) -> None:
    assert run(*USD_CAD, "-o", name).returncode == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(begins)


def test_a_file_is_written_whole_or_not_at_all(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rates.csv"
    file.write_text("before", encoding="utf-8")
    file.chmod(0o600)
    (tmp_path / "link.csv").symlink_to(file)
    for arguments in (
        ("history", "USD", "CAX", *WEEK),
        ("history", "TRL", "USD", "--to", "2001-10-30", "--places", "2"),
        ("history", "USD", "CAD", "--from", "2026-10-24", "--to", "2026-10-25"),
    ):
        done = run(*arguments, "-o", "link.csv")
        assert (done.returncode, done.stdout) == (1, "")
        assert file.read_text(encoding="utf-8") == "before"
    assert run(*USD_CAD, "-o", "link.csv").returncode == 0
    assert file.read_text(encoding="utf-8").startswith("on,base")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and (tmp_path / "link.csv").is_symlink()
    missing = run(*USD_CAD, "-o", "nowhere/rates.csv")
    assert missing.returncode == 1 and "nowhere/rates.csv" in missing.stderr
    assert not list(tmp_path.glob("**/*.part"))
    assert run(*USD_CAD, "-o", "/dev/stdout", "--format", "csv").stdout.startswith("on,base")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--take", "mean"), "--take needs --every"),
        (("--json", "--format", "csv"), ", not both"),
        (("--plot", "--json"), "--plot cannot be used with"),
        (("--plot", "a.png", "-o", "a.csv"), "--plot cannot be used with"),
        (("--plot", "--places", "2"), "--plot cannot be used with"),
        (("--plot", "a.gif"), "'a.gif' is not a .png, .svg or .pdf file"),
        (("--places", "2", "--json"), "json always has all digits"),
        (("--format", "xml"), "'xml'"),
        (("--every", "day"), "'day'"),
        (("-o", "rates.xlsx"), "add --format"),
        (("--commodity", "USD=$"), "--commodity needs --format beancount, ledger, hledger"),
        (("--format", "json", "--decimal", ","), "--decimal needs --format csv, ledger"),
        (("--format", "ledger", "--delimiter", ";"), "--delimiter needs --format csv"),
        (("--format", "csv", "--delimiter", "x"), "'x' cannot separate fields"),
        (("--format", "ledger", "--commodity", "USD"), "write it like EUR=€"),
        (("--format", "ledger", "--commodity", "EUR=€"), "--commodity EUR: you asked for USD, CAD"),
        (("--from", "soon"), "'soon' is not a day"),
    ],
)
def test_wrong_usage(run: Run, arguments: tuple[str, ...], says: str, tmp_path: Path) -> None:
    before = sorted(os.listdir(tmp_path))
    done = run("history", "USD", "CAD", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert sorted(os.listdir(tmp_path)) == before


def test_plot_before_the_currencies_says_where_to_put_it(run: Run) -> None:
    assert "put --plot last" in run("history", "--plot", "USD", "CAD").stderr
    assert run("history", "--plot", "--offline", "USD", "CAD").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("USD", "CAX"), "unknown currency 'CAX'"),
        (("USD", "AED", "--to", "2026-10-30"), "ecb has no AED"),
        (("USD", "CAD", "--from", "2026-10-24", "--to", "2026-10-25"), "hole"),
        (("EUR", "HRK", "--offline"), "HRK ended 2022-12-30"),
        (("USD", "CAD", "--from", "2026-10-30", "--to", "2026-10-01"), "before its start"),
        (("USD", "CAD", "--from", "2990-01-01", "--to", "2990-02-01"), "in the future"),
        (("USD", "CAD", "--driver", "ebc"), "did you mean 'ecb'"),
    ],
)
def test_an_error_is_one_line_on_stderr(run: Run, arguments: tuple[str, ...], says: str) -> None:
    done = run("history", *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("Error: ") and says in last


def test_a_quote_without_rates_is_noted_and_the_others_are_shown(run: Run) -> None:
    done = run("history", "EUR", "USD", "HRK", *WEEK)
    title, rows = table_of(done.stdout)
    assert (done.returncode, title, len(rows)) == (0, "1 EUR in USD (ecb, direct)", 6)
    assert done.stderr.startswith("Note: no EUR/HRK from ecb") and done.stderr.count("\n") == 1


def test_several_drivers_are_asked_in_order(run: Run, plugins: Path, many: tuple[str, ...]) -> None:
    source = MANY.replace('"many"', '"dead"').replace(
        "time.sleep(0.01)", 'raise forexhooks.TransientError("dead is not there", driver="dead")'
    )
    (plugins / "dead.py").write_text(source, encoding="utf-8")
    done = run("history", "USD", "CAD", *WEEK, "-p", "dead", "--driver", "dead", *many)
    assert (done.returncode, done.stderr) == (0, "Note: dead is not there\n")
    assert table_of(done.stdout)[0] == "1 USD in CAD (many, direct)"


@pytest.mark.parametrize(
    ("missing", "arguments", "install"),
    [
        ("plotext", ("--plot",), "'forexhooks[plot]'"),
        ("matplotlib", ("--plot", "a.png"), "'forexhooks[plot]'"),
        ("narwhals", ("--format", "parquet"), "'forexhooks[frames]'"),
        ("pyarrow", ("--format", "parquet"), "'forexhooks[frames]' pyarrow"),
    ],
)
def test_a_missing_extra_is_named(
    run: Run, plugins: Path, tmp_path: Path, missing: str, arguments: tuple[str, ...], install: str
) -> None:
    (plugins / f"{missing}.py").write_text(f"raise ImportError('no {missing}')", encoding="utf-8")
    done = run(*USD_CAD, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1
    assert done.stderr.endswith(f"pip install {install}\n")
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize(("name", "begins"), [("a.png", b"\x89PNG"), ("a.SVG", b"<?xml")])
def test_a_picture_in_a_file(run: Run, tmp_path: Path, name: str, begins: bytes) -> None:
    done = run(*USD_CAD, "--every", "week", "--plot", name, MPLBACKEND="module://nothing")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    content = (tmp_path / name).read_bytes()
    assert content.startswith(begins)
    if name == "a.SVG":
        assert b"USD/CAD, ecb, last of each week" in content


def test_a_picture_that_is_piped_has_no_colours(run: Run) -> None:
    drawn = run(*USD_CAD, "--plot").stdout
    assert "USD/CAD, ecb" in drawn and "●" in drawn and "\x1b" not in drawn


Shown = Callable[..., str]


@pytest.fixture
def at_a_terminal(environment: dict[str, str]) -> Shown:
    def shown(*arguments: str, size: tuple[int, int] = (40, 100), **variables: str) -> str:
        variables = {"TERM": "xterm-256color", **variables}
        child = pexpect.spawn(
            sys.executable,
            ["-m", "forexhooks", *arguments],
            env={key: environment[key] for key in environment.keys() - {"COLUMNS", "LINES"}}
            | variables,
            dimensions=size,
            encoding="utf-8",
            timeout=CHILD_LIMIT,
        )
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0, child.before
        return child.before or ""

    return shown


needs_a_terminal = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo-terminal is needed")


def uncoloured(text: str) -> list[str]:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()


@needs_a_terminal
@pytest.mark.parametrize("size", [(24, 80), (40, 45), (50, 200), (12, 60)])
def test_a_picture_in_a_real_terminal(at_a_terminal: Shown, size: tuple[int, int]) -> None:
    lines, columns = size
    printed = at_a_terminal(*USD_CAD, "--plot", size=size)
    assert "\x1b[" in printed
    drawn = uncoloured(printed)
    assert drawn[0].strip() == "USD/CAD, ecb"
    assert len(drawn) < lines and max(map(len, drawn)) <= columns
    assert "2026-10-" in drawn[-1]
    assert [line for line in drawn if line.endswith("├1.39689") and "●" in line]


@needs_a_terminal
def test_a_terminal_without_colours(at_a_terminal: Shown) -> None:
    assert "\x1b[" not in at_a_terminal(*USD_CAD, "--plot", NO_COLOR="1")


@needs_a_terminal
def test_parquet_is_not_for_a_terminal(environment: dict[str, str]) -> None:
    child = pexpect.spawn(
        sys.executable,
        ["-m", "forexhooks", *USD_CAD, "--format", "parquet"],
        env=environment,
        encoding="utf-8",
        timeout=CHILD_LIMIT,
    )
    child.expect("parquet is binary: write it with -o FILE")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 2


@needs_a_terminal
def test_a_long_question_shows_how_far_it_is(at_a_terminal: Shown, many: tuple[str, ...]) -> None:
    span = ("--from", "2026-01-01", "--to", "2026-06-30")
    printed = at_a_terminal("history", "USD", "CAD", *span, *many, "--every", "month")
    assert re.search(r"many .*/181 ?\x1b?.*days", printed)
    assert "2026-06-30" in uncoloured(printed)[-1]
    quiet = at_a_terminal(*USD_CAD)
    assert "2026-10-30" in uncoloured(quiet)[-1]


def test_progress_is_for_terminals_alone(run: Run, many: tuple[str, ...]) -> None:
    assert run("history", "USD", "CAD", *WEEK, *many).stderr == ""


@pytest.mark.parametrize("named", ["csv", "ndjson", "parquet"])
def test_a_closed_pipe_is_silent(environment: dict[str, str], named: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "forexhooks", *USD_CAD, "--format", named],
            stdout=writer,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            timeout=CHILD_LIMIT,
            check=False,
        )
    finally:
        os.close(writer)
    assert done.stderr == ""


QUOTES = ("CAD", "JPY", "GBP", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "AUD", "NZD", "SGD")
WIDE = ("history", "USD", *QUOTES, "--from", "2026-10-30", "--to", "2026-10-30")


def test_a_wide_table_is_not_broken_for_a_program(run: Run) -> None:
    _, rows = table_of(run(*WIDE, COLUMNS="40").stdout)
    assert rows[0] == ["Day", *QUOTES]
    assert rows[1][:2] == ["2026-10-30", "1.39689"]


@needs_a_terminal
def test_a_table_that_is_too_wide_for_a_terminal_says_so(at_a_terminal: Shown) -> None:
    note = "Note: the table is wider than the terminal; ask for fewer quotes, or use --format csv"
    assert note in at_a_terminal(*WIDE, size=(40, 60))
    assert note not in at_a_terminal(*WIDE, size=(40, 200))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("HRK", "EUR", "--from", "2022-11-01", "--to", "2023-06-30"), "HRK ended 2022-12-30"),
        (("USD", "CAD", "HRK", "--from", "2022-12-29", "--to", "2023-01-03"), "HRK ended"),
        (("RUB", "EUR", "--from", "2022-02-20", "--to", "2022-03-10"), "suspended"),
        (("USD", "CAD", "--from", "1990-12-01", "--to", "1999-01-05"), "begins on 1999-01-04"),
    ],
)
def test_days_without_rates_at_either_end_are_noted(
    run: Run, arguments: tuple[str, ...], says: str
) -> None:
    done = run("history", *arguments)
    assert done.returncode == 0
    [note] = [line for line in done.stderr.splitlines() if line.startswith("Note: ")]
    assert says in note


def test_a_day_whose_rate_is_not_due_is_not_called_stale() -> None:
    asked = ["history", "EUR", "USD", "--driver", "oss", "--offline"]
    with time_machine.travel(datetime(2026, 11, 1, 12, tzinfo=UTC), tick=False):
        done = CliRunner().invoke(cli, [*asked, "--from", "2026-09-29", "--to", "2026-10-02"])
    assert "2026-09-30" in done.stdout and "2026-10-01" not in done.stdout
    assert done.stderr.startswith("Note: no rate for 2 days from 2026-10-01 to 2026-10-02: oss has")
    assert "stale" not in done.stderr and done.stderr.count("\n") == 1
