"""Programs that carry forexhooks along: an app made by PyInstaller, and a zipapp."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipapp
import zipfile
from pathlib import Path

import pytest

from patience import CHILD_LIMIT

from .conftest import Environment

PROGRAM = """
import sys
import forexhooks_ecb
from forexhooks.cli import main

if sys.argv[1:] == ["where"]:
    print(forexhooks_ecb.__file__)
else:
    main()
"""
DAY = "--on", "2026-10-30"
LINE = "1 USD = 1.39689 CAD (2026-10-30, ecb, cross)\n"
# What is installed for other tests would come along, and make the build take minutes.
NOT_NEEDED = (
    *("numpy", "pandas", "polars", "pyarrow", "duckdb", "dask", "matplotlib", "PIL", "narwhals"),
    *("cryptography", "hypothesis", "pytest", "_pytest", "sphinx", "docutils", "setuptools"),
    *("beancount", "mypy", "jinja2", "babel", "unittest", "pip", "trustme", "plotext"),
)


def ran(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(each) for each in command],
        capture_output=True,
        text=True,
        timeout=CHILD_LIMIT,
        check=False,
    )


def test_a_zipapp_has_the_store_and_the_drivers(
    wheel: Path, stock: Environment, tmp_path: Path
) -> None:
    folder = tmp_path / "app"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    (folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    app = tmp_path / "app.pyz"
    zipapp.create_archive(folder, app)
    shutil.rmtree(folder)

    def run(*arguments: str) -> str:
        done = stock.run("python", str(app), *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert run("where").startswith(str(app))
    assert run("rate", "USD", "CAD", *DAY) == LINE
    assert "nbp" in run("drivers")
    assert run("currencies").splitlines()[1].split()[:2] == ["AUD", "Australian"]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A one-folder app, made by PyInstaller as it is called by anyone."""
    pytest.importorskip("PyInstaller")
    folder = tmp_path_factory.mktemp("pyinstaller")
    (folder / "app.py").write_text(PROGRAM, encoding="utf-8")
    left_out = [f"--exclude-module={each}" for each in NOT_NEEDED]
    places = [f"--{each}path={folder / each}" for each in ("dist", "work", "spec")]
    done = ran(
        *(sys.executable, "-m", "PyInstaller", "--onedir", "--log-level=ERROR"),
        *(*places, *left_out, folder / "app.py"),
    )
    assert done.returncode == 0, done.stderr
    return folder / "dist" / "app" / "app"


@pytest.mark.one_python
def test_an_app_has_the_store_the_drivers_and_the_commands(app: Path) -> None:
    assert str(app.parent) in ran(app, "where").stdout
    assert ran(app, "rate", "USD", "CAD", *DAY).stdout == LINE
    assert ran(app, "--version").stdout == "forexhooks, version 0.1.0\n"
    listed = ran(app, "drivers").stdout
    assert "nbp" in listed and "broken" not in listed
    assert ran(app, "currencies").stdout.splitlines()[1].split()[:2] == ["AUD", "Australian"]
    assert "2026-10-30  1.39689" in ran(app, "history", "USD", "CAD").stdout
