"""Measure forexhooks against its goals and a peer: `python benchmarks/run.py`.

Everything is a ratio within one run: what is compared is measured in turns, and the median counts.
Makes an environment of its own with the wheel of this checkout and CurrencyConverter in it, prints
a table, and puts it into README.md beside this file. `--csv eurofxref-hist.zip`, as the ECB
publishes it, checks 20,000 random answers as well.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
TURNS = 31


class Figure(NamedTuple):
    what: str
    goal: str
    measured: str
    met: bool | None

    def row(self) -> str:
        met = {True: "yes", False: "**no**", None: ""}[self.met]
        return f"| {self.what} | {self.goal} | {self.measured} | {met} |"


class Environment:
    """The interpreter of an environment with forexhooks and the peer installed."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / ("Scripts" if os.name == "nt" else "bin")
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
        child = subprocess.Popen(
            self.command(*words),
            env=self.variables,
            stdout=-3,
            stderr=-3,
            cwd=tempfile.gettempdir(),
        )
        _, _, usage = os.wait4(child.pid, 0)
        child.returncode = 0
        return usage.ru_maxrss / 1024

    def inside(self, *words: str) -> dict[str, float]:
        """What a program of this folder measured, as it printed it."""
        printed = self._run("python", *words)
        content: dict[str, float] = json.loads(printed.splitlines()[-1])
        return content

    def _run(self, *words: str) -> str:
        done = subprocess.run(
            self.command(*words),
            env=self.variables,
            capture_output=True,
            text=True,
            cwd=tempfile.gettempdir(),
            check=True,
        )
        return done.stdout


def starts(environment: Environment) -> list[Figure]:
    empty = ("python", "-c", "pass")
    rate = ("forexhooks", "rate", "USD", "CAD", "--offline")
    peer = ("currency_converter", "100", "USD", "--to", "CAD")
    memory = environment.peak_mib(*rate)
    by_empty = environment.ratio(rate, empty)
    by_peer = environment.ratio(peer, rate)
    package = environment.ratio(("python", "-c", "import forexhooks"), empty)
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
        Figure("`import forexhooks`, to `python -c pass`", "≤ 4", f"{package:.2f}", package <= 4),
        Figure("open and first rate, to CurrencyConverter's construction", "≤ 1/30",
               f"1/{once:.0f}", once >= 30),
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
        Figure("registering one more plugin, beside 9 and beside 100", "",
               f"{of['register 9 ms']:.2f} ms, {of['register 100 ms']:.2f} ms", None),
    ]  # fmt: skip


def answers(environment: Environment, history: str | None) -> list[Figure]:
    if history is None:
        return []
    found = environment.inside(str(HERE / "answers.py"), os.path.abspath(history))
    right = found["wrong"] == 0 and found["asked"] == 20_000
    what = "random questions that equal the quotient of the ECB's own file, to 34 digits"
    measured = f"{found['asked'] - found['wrong']:,.0f}, {found['refused']:,.0f} of them refusals"
    return [Figure(what, "20,000", measured, right)]


def size(wheel: Path) -> Figure:
    with zipfile.ZipFile(wheel) as archive:
        kilobytes = archive.getinfo("forexhooks_ecb/eurofxref.store").compress_size / 1000
    return Figure("the ECB's history in the wheel", "≤ 500 KB", f"{kilobytes:.0f} KB",
                  kilobytes <= 500)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", help="eurofxref-hist.zip, as the ECB publishes it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True)
        environment = Environment(folder / "env")
        pip = environment.command("python", "-m", "pip", "--disable-pip-version-check", "-q")
        subprocess.run(
            [*pip, "wheel", "--no-deps", "-w", str(folder), str(HERE.parent)], check=True
        )
        [wheel] = folder.glob("forexhooks-*.whl")
        subprocess.run([*pip, "install", str(wheel), "CurrencyConverter"], check=True)
        figures = [
            *starts(environment),
            *calls(environment),
            *answers(environment, options.csv),
            size(wheel),
        ]
    heading = ["| what | goal | measured | met |", "|---|---|---|---|"]
    table = "\n".join([*heading, *(figure.row() for figure in figures)])
    when = (
        f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d}, Python {platform.python_version()}, "
        f"{os.cpu_count()} processors:"
    )
    print(f"{when}\n\n{table}")
    readme = HERE / "README.md"
    between = r"(?<=<!-- figures -->\n).*(?=<!-- end -->)"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(
        re.sub(between, lambda _: f"\n{when}\n\n{table}\n\n", text, flags=re.DOTALL),
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
