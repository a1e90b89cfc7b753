"""Measure forexhooks against its goals and a peer: `python benchmarks/run.py`.

Everything is a ratio within one run: what is compared is measured in turns, and the median counts.
Makes an environment of its own, or takes the one of `--python`, installs the wheel of this checkout
and CurrencyConverter into it, prints a table, and puts it into README.md beside this file.
`--csv eurofxref-hist.zip`, as the ECB publishes it, checks random answers as well.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from figures import Figure, listed, put

HERE = Path(__file__).parent
TURNS = 31


class Environment:
    """An environment with forexhooks and the peer installed; commands run in the folder `cwd`."""

    def __init__(self, scripts: Path, cwd: Path) -> None:
        self.bin = scripts
        self.cwd = cwd
        # Compiled modules may be written: a start that compiles is not what users see.
        hidden = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "FOREXHOOKS_")
        self.variables = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}

    def command(self, *words: str) -> list[str]:
        return [str(self.bin / words[0]), *words[1:]]

    def seconds(self, *words: str) -> float:
        start = time.perf_counter()
        self._run(*words)
        return time.perf_counter() - start

    def ratio(self, one: tuple[str, ...], other: tuple[str, ...]) -> float:
        """How many times as long one command takes as another, measured in turns."""
        self._run(*one), self._run(*other)
        return statistics.median(self.seconds(*one) / self.seconds(*other) for _ in range(TURNS))

    def peak_mib(self, *words: str) -> float:
        """The most memory that a command held."""
        command = (str(HERE / "memory.py"), *self.command(*words))
        return statistics.median(self.inside(*command)["mib"] for _ in range(5))

    def inside(self, *words: str) -> dict[str, float]:
        """What a program of this folder measured, as it printed it."""
        printed = self._run("python", *words)
        content: dict[str, float] = json.loads(printed.splitlines()[-1])
        return content

    def version(self) -> str:
        return self._run(
            "python", "-c", "import platform; print(platform.python_version())"
        ).strip()

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            self.command(*words),
            env=self.variables,
            capture_output=True,
            text=True,
            cwd=self.cwd,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{' '.join(words)} failed ({done.returncode}):\n{done.stderr}")
        return done.stdout


def starts(environment: Environment) -> list[Figure]:
    empty = ("python", "-c", "pass")
    rate = ("forexhooks", "rate", "USD", "CAD", "--offline")
    peer = ("currency_converter", "100", "USD", "--to", "CAD")
    memory = environment.peak_mib(*rate)
    by_empty = environment.ratio(rate, empty)
    by_peer = environment.ratio(peer, rate)
    package = environment.ratio(("python", "-c", "import forexhooks"), empty)
    pluggy = environment.ratio(("python", "-c", "import pluggy"), empty)
    first, construction = [], []
    for _ in range(TURNS):
        first.append(environment.inside(str(HERE / "first.py"), "forexhooks")["seconds"])
        construction.append(environment.inside(str(HERE / "first.py"), "peer")["seconds"])
    once = statistics.median(c / f for c, f in zip(construction, first, strict=True))
    return [
        Figure("`forexhooks rate USD CAD --offline`, to `python -c pass`", "≤ 6", f"{by_empty:.2f}",
               by_empty <= 6),
        Figure("the same, to `currency_converter 100 USD --to CAD`", "≤ 1/5", f"1/{by_peer:.1f}",
               by_peer >= 5),
        Figure("its memory", "≤ 25 MiB", f"{memory:.1f} MiB", memory <= 25),
        Figure("`import forexhooks`, to `python -c pass`", "≤ 3.9", f"{package:.2f}",
               package <= 3.9),
        Figure("`import pluggy` alone, to `python -c pass`", "", f"{pluggy:.2f}", None),
        Figure("open and first rate, to CurrencyConverter's construction", "≤ 1/40",
               f"1/{once:.1f}", once >= 40),
    ]  # fmt: skip


def calls(environment: Environment) -> list[Figure]:
    runs = [environment.inside(str(HERE / "calls.py")) for _ in range(5)]
    of = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    flat = of["of 100"] / of["of 1"]
    return [
        Figure("`get_rate` on a day, asked again, to a bare pluggy call", "≤ 3",
               f"{of['again']:.2f}", of["again"] <= 3),
        Figure("with 100 registered drivers, to the same with 1", "0.8 to 1.2", f"{flat:.2f}",
               0.8 <= flat <= 1.2),
        Figure("on random days, to a bare pluggy call", "", f"{of['random']:.1f}", None),
        Figure("the latest (the clock is looked at), to a bare pluggy call", "",
               f"{of['latest']:.1f}", None),
        Figure("`convert`, to a bare pluggy call", "", f"{of['convert']:.1f}", None),
        Figure("a bare pluggy call", "", f"{of['bare us']:.2f} µs", None),
        Figure("registering one more plugin, beside 9 and beside 100", "≤ 2.5 ms",
               f"{of['register 9 ms']:.2f} ms, {of['register 100 ms']:.2f} ms",
               of["register 100 ms"] <= 2.5),
        Figure("the first plain call of a hook after that, beside 100", "",
               f"{of['first plain ms']:.2f} ms", None),
        Figure("`get_rate` on a day, asked again, calls a second by 1 thread and by 16", "",
               f"{of['1 thread']:,.0f}, {of['16 threads']:,.0f}", None),
    ]  # fmt: skip


def providers(environment: Environment) -> list[Figure]:
    of = environment.inside(str(HERE / "providers.py"))
    connections = of["connections of 16"]
    return [
        Figure("a driver over HTTP: requests for 50 quotes of one day", "1",
               f"{of['requests for 50']:.0f}", of["requests for 50"] == 1),
        Figure("the same question again: requests, and time", "0, ≤ 10 µs",
               f"{of['requests when warm']:.0f}, {of['warm us']:.1f} µs",
               of["requests when warm"] == 0 and of["warm us"] <= 10),
        Figure("20 answers 304: bodies that are parsed", "0", f"{of['parses of 304s']:.0f}",
               of["304s"] == 20 and of["parses of 304s"] == 0),
        Figure("16 threads, 320 requests: connections", "≤ 16", f"{connections:.0f}",
               connections <= 16),
    ]  # fmt: skip


def swaps(environment: Environment) -> list[Figure]:
    of = environment.inside(str(HERE / "swaps.py"))
    hammered = f"{of['calls']:,.0f} calls, {of['swaps']:.0f} swaps, {of['refused']:.0f} refused"
    return [
        Figure("what a lease adds to a call", "≤ 30 ns", f"{of['lease ns']:.0f} ns",
               of["lease ns"] <= 30),
        Figure("an idle swap of a driver from a path, without preflight and with", "≤ 10, 250 ms",
               f"{of['swap ms']:.1f}, {of['swap with preflight ms']:.0f} ms",
               of["swap ms"] <= 10 and of["swap with preflight ms"] <= 250),
        Figure("16 busy threads, to idle: `load`, and `replace` with `drain=None`", "≤ 6, ≤ 3",
               f"{of['load, busy to idle']:.1f}, {of['replace, busy to idle']:.1f}",
               of["load, busy to idle"] <= 6 and of["replace, busy to idle"] <= 3),
        Figure("100 swaps a minute: calls that 16 busy threads lose", "≤ 5 %",
               f"{of['share lost']:.1%}", of["share lost"] <= 0.05),
        Figure("watching 500 files, of one core", "≤ 1 %", f"{of['watch share']:.1%}",
               of["watch share"] <= 0.01),
        Figure(f"the hammer ({hammered}): calls failed, modules left", "0, 0",
               f"{of['failed']:.0f}, {of['left']:.0f}", of["failed"] == of["left"] == 0),
    ]  # fmt: skip


def server(environment: Environment, wheel: Path) -> list[Figure]:
    pip = environment.command("python", "-m", "pip", "--disable-pip-version-check", "-q")
    subprocess.run([*pip, "install", f"{wheel}[server]"], check=True)
    of = environment.inside(str(HERE / "server.py"))
    grown = of["late MiB"] / of["early MiB"]
    load = f"{of['requests']:,.0f} requests of 32 clients in {of['seconds']:.0f} s"
    slower = of["p99 ms"] / of["p99 ms, calm"]
    wrong = (of["failed"], of["mixed"], of["older"])
    return [
        Figure("`/v1/latest`, requests a second, to a bare Starlette endpoint with the same bytes",
               "≥ 60 %", f"{of['of bare']:.0%} ({of['a second']:,.0f})", of["of bare"] >= 0.6),
        Figure("the server's memory after 20,000 requests and after 100,000", "≤ 1.05 times",
               f"{of['early MiB']:.1f}, {of['late MiB']:.1f} MiB", grown <= 1.05),
        Figure(f"a driver swapped 100 times, and 20 bad versions, under load ({load}): failed, "
               "of two versions, of an older one than before", "0, 0, 0",
               ", ".join(f"{each:.0f}" for each in wrong), not any(wrong)),
        Figure("the same: 99th percentile of latency, to that without swaps", "≤ 3",
               f"{slower:.1f} ({of['p99 ms']:.0f} ms)", slower <= 3),
    ]  # fmt: skip


def columns(environment: Environment, wheel: Path, rows: str, beyond: str) -> list[Figure]:
    """The figures of columns; their tables and the chart are put into the README there."""
    with_peers = ("pandas", "polars", "duckdb", "dask[dataframe]", "matplotlib")
    pip = environment.command("python", "-m", "pip", "--disable-pip-version-check", "-q")
    subprocess.run([*pip, "install", f"{wheel}[frames,files]", *with_peers], check=True)
    options = ("--rows", rows, "--beyond", beyond, "--write")
    printed = environment.inside(str(HERE / "columns.py"), *options)
    return [Figure(*each) for each in printed["figures"]]  # type: ignore[attr-defined]


def answers(environment: Environment, history: str | None) -> list[Figure]:
    if history is None:
        print("No --csv given: the answers are not checked.")
        return []
    found = environment.inside(str(HERE / "answers.py"), str(Path(history).absolute()))
    observed, other = int(found["observed"]), int(found["other"])
    right, other_right = observed - int(found["wrong"]), other - int(found["other wrong"])
    return [
        Figure("random pairs on days of both: equal to the quotient of the ECB's own file, "
               "to 34 digits", f"{observed:,}", f"{right:,}", right == observed == 20_000),
        Figure("random pairs on other days: the newest day of both within 7 days, or refused",
               f"{other:,}", f"{other_right:,} ({int(found['refused']):,} refused)",
               other_right == other),
    ]  # fmt: skip


def size(wheel: Path) -> Figure:
    with zipfile.ZipFile(wheel) as archive:
        kilobytes = archive.getinfo("forexhooks_ecb/eurofxref.store").compress_size / 1000
    return Figure("the ECB's history in the wheel", "≤ 500 KB", f"{kilobytes:.0f} KB",
                  kilobytes <= 500)  # fmt: skip


def scripts_of(python: str | None, new: Path) -> Path:
    """Where the scripts of the given interpreter's environment are, or those of a new one."""
    if python is not None:
        return Path(python).absolute().parent
    subprocess.run([sys.executable, "-m", "venv", str(new)], check=True)
    return new / ("Scripts" if os.name == "nt" else "bin")


def install(environment: Environment, folder: Path) -> Path:
    """Build the wheel of this checkout and install it, also over one of the same version."""
    pip = environment.command("python", "-m", "pip", "--disable-pip-version-check", "-q")
    subprocess.run([*pip, "wheel", "--no-deps", "-w", str(folder), str(HERE.parent)], check=True)
    [wheel] = folder.glob("forexhooks-*.whl")
    subprocess.run([*pip, "install", str(wheel), "CurrencyConverter"], check=True)
    again = ["install", "--force-reinstall", "--no-deps", str(wheel)]
    subprocess.run([*pip, *again], check=True)
    return wheel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", help="eurofxref-hist.zip, as the ECB publishes it")
    parser.add_argument("--python", help="of an environment to install into and measure in")
    parser.add_argument("--rows", default="1e3,1e5,1e6,1e7", help="of the columns")
    parser.add_argument("--beyond", default="5e6", help="rows of a file beyond memory; 0: none")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cwd = folder / "cwd"
        cwd.mkdir()
        environment = Environment(scripts_of(options.python, folder / "env"), cwd)
        wheel = install(environment, folder)
        figures = [
            *starts(environment),
            *calls(environment),
            *providers(environment),
            *swaps(environment),
            *answers(environment, options.csv),
            size(wheel),
            *server(environment, wheel),
        ]
        figures += columns(environment, wheel, options.rows, options.beyond)
        version = environment.version()
    table = listed(figures)
    when = (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, Python {version}, "
        f"{os.cpu_count()} processors:"
    )
    print(f"{when}\n\n{table}")
    put("figures", f"{when}\n\n{table}")


if __name__ == "__main__":
    main()
