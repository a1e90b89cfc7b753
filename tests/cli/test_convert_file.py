"""convert-file: each row as `convert` gives it, all else untouched, whole or not at all."""

from __future__ import annotations

import bz2
import gzip
import json
import lzma
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from converted_files import ROLES, TO_EUR, Convert, names
from patience import CHILD_LIMIT, HEARING

from .conftest import Run

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
pacsv = pytest.importorskip("pyarrow.csv")


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"", TO_EUR, "a.csv is empty: it has no header"),
        (b"\n\n", TO_EUR, "a.csv is empty"),
        (b"amont,ccy,day\n", TO_EUR, "no column 'amount' of amounts (did you mean 'amont'?)"),
        (b"amount;ccy;day\n", TO_EUR, "separated by ';'? then give --delimiter"),
        (b"amount,ccy,day,ccy\n", TO_EUR, "2 columns 'ccy': name one by its number, 2 and 4"),
        (b"amount,,day\n", TO_EUR, "give the number of a column without a name"),
        (b"amount,ccy,day,amount_EUR\n", TO_EUR, "has a column 'amount_EUR' already"),
        (b"amount,c,day\n", TO_EUR, "no column 'ccy' of codes, nor is it a code"),
        (b"amount,ccy,d\n", TO_EUR, "its columns are 'amount', 'ccy', 'd'"),
        (b"amount,ccy,day\n", (*ROLES, "--to", "EURO"), "no column 'EURO' of codes"),
        (b"amount,\0ccy,day\n", TO_EUR, "is not text: save it as CSV in UTF-8"),
        ("amount,ccy,day\n".encode("utf-16")[:-1], TO_EUR, "begins in UTF-16, but does not stay"),
        (b"sep=.\namount.ccy.day\n", TO_EUR, "'.' cannot be a delimiter"),
        (b"\namount,ccy,day\n", (*TO_EUR, "--skip", "3"), "--skip leaves out 3 lines, and "),
        (b"amount,ccy,day,\xe9\n", (*TO_EUR, "--into", "\u5143"), "which cannot write '\u5143'"),
        (b"amount,ccy,day\n", (*TO_EUR, "--delimiter", ", "), "a delimiter is one character"),
        (b"amount,ccy,day\n", (*TO_EUR, "--delimiter", "."), "cannot be a delimiter"),
        (b"amount,ccy,day\n", (*TO_EUR, "--thousands", "."), "is the decimal sign"),
        (b"amount,ccy,day\n", (*TO_EUR, "--rejects", "b.csv"), "a file of its own"),
        (b"amount,ccy,day\n", (*TO_EUR, "--rejects", "a.csv"), "a file of its own"),
        (b"amount,ccy,day\n", (*TO_EUR, "-o", "b.parquet"), "has the format of a.csv, csv"),
        (b"amount,ccy,day\n", TO_EUR[2:], "Missing option '--amount'"),
        (b"amount,ccy,day\n", (*TO_EUR[:2], *TO_EUR[4:]), "give either --currency COLUMN|CODE or"),
        (b"amount,ccy,day\n", (*TO_EUR, "--currency-from", "amount"), "give either --currency"),
        (b"amount,ccy,day\n", (*TO_EUR, "--sign-column", "ccy"), "--sign-column needs --signs"),
        (b"amount,ccy,day\n", (*TO_EUR, "--days", "%d"), "must have a day (%d) and a month"),
        (b"amount,ccy,day\n", (*TO_EUR, "--days", "%d%m"), "or give it, --year 2026"),
        (b"amount,ccy,day\n", (*TO_EUR, "--year", "2020"), "--year 2020 is for days that are"),
        (
            b"amount,ccy,day\n",
            (*TO_EUR, "--days", "%d.%m.%Y", "--year", "2020"),
            "--year 2020 is for days that are written without a year: --days '%d.%m.%Y' has one",
        ),
        (
            b"amount,ccy,day\n",
            (*TO_EUR, "--days", "%d.%m.%y", "--year", "2020"),
            "--days '%d.%m.%y' has one",
        ),
        (
            b"amount,ccy,day\n",
            (*TO_EUR, "--on", "2026-10-30", "--days", "%d.%m.%Y"),
            "'ccy', 'day'; and '2026-10-30' is not a day in the format --days '%d.%m.%Y'",
        ),
        (
            b"amount,ccy,day\n",
            (*TO_EUR, "--on", "2026-10-30T23:30:00Z"),
            "and '2026-10-30T23:30:00Z' has a zone: give --zone Europe/Berlin",
        ),
        (b"amount,ccy,day\n", (*TO_EUR, "--zone", "Mars"), "--zone Mars is not a time zone"),
    ],
)
def test_wrong_usage(
    convert: Convert, tmp_path: Path, content: bytes, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    code, out, err = convert("a.csv", "-o", "b.csv", *options)
    assert (code, out) == (2, "")
    assert message in " ".join(err.split())
    assert names(tmp_path) == {"a.csv"}


@pytest.mark.parametrize("kind", ["ndjson", "parquet"])
@pytest.mark.parametrize("option", [("--skip", "1"), ("--delimiter", "tab")])
def test_options_of_csv_are_for_csv(
    convert: Convert, tmp_path: Path, kind: str, option: tuple[str, str]
) -> None:
    table = pa.table({"amount": ["1"], "ccy": ["USD"], "day": ["2026-10-30"]})
    if kind == "parquet":
        pq.write_table(table, tmp_path / "a.parquet")
    else:
        (tmp_path / "a.ndjson").write_text(json.dumps(table.to_pylist()[0]))
    asked = (f"a.{kind}", *TO_EUR, "-o", f"b.{kind}")
    code, _, err = convert(*asked, *option)
    assert code == 2
    said = f"{option[0]} is for csv files, and a.{kind} is {kind}: leave it out"
    assert said in " ".join(err.split())
    assert names(tmp_path) == {f"a.{kind}"}
    assert convert(*asked)[0] == 0


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("-", (), "stdin has no file name: give its format, like --format csv"),
        ("a.txt", (), "does not end in .csv, .tsv, .ndjson, .jsonl, .parquet: give its format"),
        ("a.xlsx", (), "a.xlsx is a workbook: save its sheet as CSV UTF-8"),
        ("A.XLS", (), "A.XLS is a workbook"),
        (
            "a.parquet",
            (),
            "Parquet needs files, not stdin or stdout: name the FILE",
        ),
        (
            "-",
            ("--format", "parquet", "-o", "b.parquet"),
            "Parquet needs files, not stdin or",
        ),
        ("a.csv.gz", (), "gzip -dc a.csv.gz | forexhooks convert-file - --format csv"),
        ("a.ndjson.zst", (), "zstd -dc a.ndjson.zst | forexhooks convert-file - --format ndjson"),
        ("a.parquet.xz", (), "is compressed with xz: unpack it first, with xz -dk a.parquet.xz"),
        (
            "a.csv",
            ("-o", "b.csv.gz"),
            "the output is never compressed: write to stdout and pipe it, … | gzip > b",
        ),
        ("a.parquet", ("-o", "b.parquet"), "a.parquet is not a Parquet file"),
    ],
)
def test_formats_that_cannot_be(
    convert: Convert, tmp_path: Path, source: str, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / "a.parquet").write_text("amount,ccy,day\n")
    code, _, err = convert(source, *TO_EUR, *options)
    assert code == 2
    assert message in " ".join(err.split())


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (gzip.compress(b"amount,ccy,day\n", mtime=0), "is compressed with gzip: unpack it"),
        (bz2.compress(b"amount,ccy,day\n"), "is compressed with bzip2"),
        (lzma.compress(b"amount,ccy,day\n"), "is compressed with xz"),
        (b"PK\x03\x04\x14\x00", "is a zip file, as workbooks of Excel are"),
    ],
)
@pytest.mark.parametrize("name", ["a.csv", "a.ndjson", "a.parquet"])
def test_packed_files_are_known_by_what_is_in_them(
    convert: Convert, tmp_path: Path, packed: bytes, message: str, name: str
) -> None:
    (tmp_path / name).write_bytes(packed)
    code, _, err = convert(name, *TO_EUR, "-o", name.replace("a", "b"))
    assert code == 2
    assert f"{name} {message}" in " ".join(err.split())
    assert names(tmp_path) == {name}


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("no.csv", (), "no.csv cannot be read: no such file or directory"),
        ("folder", ("--format", "csv"), "folder cannot be read: is a directory"),
        ("a.csv", ("-o", "no/b.csv"), "no/b.csv cannot be written: there is no folder no: create"),
        ("a.csv", ("-o", "a.csv/b"), "a.csv/b cannot be written: there is no folder a.csv: create"),
        ("a.csv", ("-o", "folder"), "folder cannot be written: it is a folder: give a file with"),
        (
            "a.csv",
            ("-o", "b.csv", "--rejects", "no/r.csv"),
            "no/r.csv cannot be written: there is no folder no: create it first; nothing was",
        ),
        pytest.param(
            "a.csv",
            ("-o", "/sys/b.csv"),
            "/sys/b.csv cannot be written: the folder /sys is not writable: write elsewhere",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="not even root writes there"),
        ),
        pytest.param(
            "a.csv",
            ("-o", "/dev/full"),
            "/dev/full cannot be written: the disk is full: free some space, or write "
            "elsewhere with -o",
            marks=pytest.mark.skipif(sys.platform != "linux", reason="a device of Linux"),
        ),
    ],
)
def test_files_that_cannot_be_read_or_written(
    run: Run, tmp_path: Path, source: str, options: tuple[str, ...], message: str
) -> None:
    (tmp_path / "a.csv").write_text("amount,ccy,day\n1,USD,2026-10-30\n")
    (tmp_path / "folder").mkdir()
    done = run("convert-file", source, *TO_EUR, *options)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {message}")
    assert ".part" not in done.stderr
    assert names(tmp_path) == {"a.csv"}


@pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_write_that_fails_half_way(
    environment: dict[str, str], tmp_path: Path, kind: str
) -> None:
    import resource

    table = pa.table({"amount": [f"{n}.5" for n in range(50_000)], "ccy": ["USD"] * 50_000})
    if kind == "csv":
        pacsv.write_csv(table, tmp_path / "a.csv")
    else:
        pq.write_table(table, tmp_path / "a.parquet")
    (tmp_path / f"b.{kind}").write_text("before")
    asked = (f"a.{kind}", *TO_EUR[:4], "--on", "2026-10-30", "--to", "EUR", "-o", f"b.{kind}")
    done = subprocess.run(
        # -B, or modules are compiled onto that disk, and Python 3.11 takes what fits for whole.
        [sys.executable, "-B", "-m", "forexhooks", "convert-file", *asked],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        timeout=CHILD_LIMIT,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert (done.returncode, done.stderr) == (
        1,
        f"Error: b.{kind} cannot be written: file too large; nothing was written\n",
    )
    assert (tmp_path / f"b.{kind}").read_text() == "before"
    assert names(tmp_path) == {f"a.{kind}", f"b.{kind}"}


def test_who_reads_stdout_goes(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("amount,ccy,day\n" + "1,USD,2026-10-30\n" * 300_000)
    with subprocess.Popen(
        [sys.executable, "-m", "forexhooks", "convert-file", "a.csv", *TO_EUR],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == b"amount,ccy,day,amount_EUR\n"
        process.stdout.close()
        err = process.stderr.read()
    assert (process.returncode, err) == (
        1,
        b"Error: stdout cannot be written: the program that reads it has closed it\n",
    )


def test_from_stdin_to_stdout(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "forexhooks", "convert-file", "-", "--format", "csv", *TO_EUR],
        input=b"amount,ccy,day\r\n1,USD,2026-10-30\r\n",
        capture_output=True,
        env=environment,
        timeout=CHILD_LIMIT,
        check=False,
    )
    assert done.stdout == b"amount,ccy,day,amount_EUR\r\n1,USD,2026-10-30,0.90\r\n"
    assert (done.returncode, done.stderr) == (0, b"1 row converted\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "stdin is empty: it has no header"),
        (b"amount,ccy,day\nx,USD,2026-10-30\n", "stdin has rows that cannot be converted: row 1"),
        (
            gzip.compress(b"amount", mtime=0),
            "stdin is compressed with gzip: unpack it on the way, with … | gzip",
        ),
    ],
)
def test_errors_about_stdin(environment: dict[str, str], content: bytes, message: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "forexhooks", "convert-file", "-", "--format", "csv", *TO_EUR],
        input=content,
        capture_output=True,
        env=environment | {"PYTHONIOENCODING": "utf-8"},
        timeout=CHILD_LIMIT,
        check=False,
    )
    assert done.returncode in (1, 2)
    assert message in " ".join(done.stderr.decode().split())


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        ("a.csv -o b.csv >&- <&-", 0, "1 row converted: b.csv"),
        ("a.csv >&-", 2, "stdout is closed: write with -o FILE"),
        ("- --format csv <&-", 2, "stdin is closed: name a FILE"),
    ],
)
def test_streams_that_are_closed(
    environment: dict[str, str], tmp_path: Path, asked: str, code: int, message: str
) -> None:
    (tmp_path / "a.csv").write_text("amount,ccy,day\n1,USD,2026-10-30\n")
    command = f"{shlex.quote(sys.executable)} -m forexhooks convert-file {' '.join(TO_EUR)} {asked}"
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env=environment,
        timeout=CHILD_LIMIT,
        check=False,
    )
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr


def test_with_a_lock(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("amount,ccy,day\n1,USD,2026-10-30\n100,JPY,2026-10-25\n")
    ask = ("convert-file", "a.csv", *TO_EUR, "-o")
    command = (sys.executable, "-m", "forexhooks", *ask, "b.csv")
    done = run("lock", "-o", "rates.lock", "--", *command)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "rates.lock: 2 answers, 2 of them new\n"
    done = run(*ask, "c.csv", "--lock", "rates.lock")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "c.csv").read_text() == (tmp_path / "b.csv").read_text()
    (tmp_path / "a.csv").write_text("amount,ccy,day\n1,GBP,2026-10-30\n")
    done = run(*ask, "d.csv", "--lock", "rates.lock")
    assert done.returncode == 1
    assert "rates.lock has no GBP/EUR, on 2026-10-30" in done.stderr


def test_stale_rates_are_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "plugin.py").write_text(
        "from datetime import date, timedelta; import forexhooks\n"
        "from forexhooks.testing import FixedRates\n"
        "class Late(FixedRates):\n"
        "    name = 'late'\n"
        "    def __init__(self):\n"
        "        super().__init__({'USD/EUR': '2'}, on=date.today() - timedelta(5), name='late')\n"
        "        self._table = forexhooks.RateTable(\n"
        "            self._observations, driver='late', profile=self.profile)\n"
        "late = Late()\n"
    )
    today = date.today().isoformat()  # noqa: DTZ011 - as the plugin
    (tmp_path / "a.csv").write_text(f"amount,ccy,day\n1,USD,{today}\n")
    done = run("convert-file", "a.csv", *TO_EUR, "-p", "./plugin.py", "--driver", "late")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("Note: stale: late holds rates up to")


Running = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def running(environment: dict[str, str], tmp_path: Path) -> Iterator[Running]:
    """The command, which has begun to write and waits for more to read."""
    with ExitStack() as stack:

        def running(*prefix: str) -> subprocess.Popen[bytes]:
            read, write = os.pipe()
            stack.callback(os.close, write)
            files = ("-", "--format", "csv", "-o", "b.csv", "--rejects", "r.csv")
            command = (*prefix, sys.executable, "-m", "forexhooks", "convert-file", *files, *TO_EUR)
            process = subprocess.Popen(
                [*HEARING, *command],
                stdin=read,
                stderr=subprocess.PIPE,
                cwd=tmp_path,
                env=environment,
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            os.close(read)
            # More than the command reads at once, so that it has begun to write.
            os.write(write, b"amount,ccy,day\n")
            for _ in range(3000):
                os.write(write, b"1,USD,2026-10-30\n" * 200)
            return process

        yield running


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
@pytest.mark.parametrize(
    ("names_of_signals", "code"),
    [
        (["SIGINT"], 130),
        (["SIGTERM"], 143),
        (["SIGHUP"], 129),
        (["SIGQUIT"], 131),
        (["SIGTERM"] * 2, 143),
    ],
)
def test_a_signal_leaves_nothing(
    running: Running, tmp_path: Path, names_of_signals: list[str], code: int
) -> None:
    process = running()
    assert {name.rpartition(".")[2] for name in names(tmp_path)} == {"part"}
    for name in names_of_signals:
        process.send_signal(getattr(signal, name))
    _, err = process.communicate(timeout=CHILD_LIMIT)
    assert (process.returncode, err.strip()) == (code, b"")
    assert names(tmp_path) == set()


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_nohup_is_heeded(running: Running, tmp_path: Path) -> None:
    process = running("nohup")
    process.send_signal(signal.SIGHUP)  # of two it would be the first to be heard
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=CHILD_LIMIT)
    assert (process.returncode, names(tmp_path)) == (143, set())


# Not what getrusage says, which a process takes over from the one that started it.
MEASURE = """
import re, sys
from forexhooks.cli import main
try:
    main(sys.argv[1:])
except SystemExit as ended:
    assert not ended.code
with open("/proc/self/status") as status:
    print(1024 * int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read())[1]))
"""


@pytest.mark.one_python
@pytest.mark.skipif(sys.platform != "linux", reason="measured as Linux does")
@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, kind: str) -> None:
    def peak(rows: int) -> int:
        source = tmp_path / f"{rows}.{kind}"
        if kind == "csv":
            line = b"%.2f,USD,2026-10-30," % 123456.78 + b"x" * 60 + b"\n"
            source.write_bytes(b"amount,ccy,day,note\n" + line * rows)
        elif kind == "ndjson":
            record = {"amount": 1.25, "ccy": "USD", "day": "2026-10-30", "note": "x" * 60}
            source.write_bytes((json.dumps(record) + "\n").encode() * rows)
        else:
            table = pa.table(
                {
                    "amount": pa.array([Decimal("1.25")] * 1000),
                    "ccy": ["USD"] * 1000,
                    "day": [date(2026, 10, 30)] * 1000,
                    "note": [os.urandom(40).hex() for _ in range(1000)],
                }
            )
            with pq.ParquetWriter(source, table.schema) as writer:
                for _ in range(rows // 100_000):
                    writer.write_table(pa.concat_tables([table] * 100))
        done = subprocess.run(
            [
                sys.executable,
                "-c",
                MEASURE,
                "convert-file",
                str(source),
                *TO_EUR,
                "-o",
                f"b.{kind}",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            timeout=CHILD_LIMIT,
        )
        return int(done.stdout)

    few, many = (300_000, 900_000) if kind != "ndjson" else (100_000, 300_000)
    assert peak(many) - peak(few) < 40 << 20
    assert peak(many) < 400 << 20
