"""What ledger and hledger make of a history, where they are installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from patience import CHILD_LIMIT

from .conftest import Run

pytestmark = pytest.mark.one_python

EURO = ("history", "EUR", "CAD", "--from", "2026-10-29", "--to", "2026-10-30", "--offline")
DOLLAR = ("history", "USD", "CAD", *EURO[3:])
BOOK = """
2026-10-30 Salary
  Assets  €10.00
  Assets  $1000.00
  Assets  5.00 CAD
  Equity
"""


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


def balance(program: str, book: str, tmp_path: Path, *options: str) -> str:
    """The total of the assets in CAD, as the program shows it."""
    (tmp_path / "book").write_text(book, encoding="utf-8")
    command = [program, *options, "-f", "book", "balance", "Assets", "-X", "CAD"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=CHILD_LIMIT, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[0].removesuffix("Assets").strip()


def prices(run: Run, program: str, *options: str) -> str:
    """Of the euro and the dollar, by the names that the book has for them."""
    names = ("--commodity", "EUR=€"), ("--commodity", "USD=$")
    asked = zip((EURO, DOLLAR), names, strict=True)
    return "".join(run(*pair, "--format", program, *name, *options).stdout for pair, name in asked)


@needs("ledger")
def test_ledger_shows_the_digits_of_the_book(run: Run, tmp_path: Path) -> None:
    written = prices(run, "ledger")
    assert "P 2026-10-30 00:00:00 $ 1.396885069817400644468313641245972 CAD\n" in written
    assert balance("ledger", written + BOOK, tmp_path) == "1417.49 CAD"
    comma = prices(run, "ledger", "--decimal", ",") + BOOK.replace(".", ",")
    assert balance("ledger", comma, tmp_path, "--decimal-comma") == "1417,49 CAD"


@needs("hledger")
def test_hledger_shows_the_digits_of_the_prices_unless_the_book_says_otherwise(
    run: Run, tmp_path: Path
) -> None:
    written = prices(run, "hledger")
    assert len(balance("hledger", written + BOOK, tmp_path).partition(".")[2]) > 30
    settled = "commodity 1000.00 CAD\n" + written + BOOK
    assert balance("hledger", settled, tmp_path) == "1417.49 CAD"
    comma = prices(run, "hledger", "--decimal", ",", "--places", "4") + BOOK.replace(".", ",")
    assert balance("hledger", "decimal-mark ,\n" + comma, tmp_path) == "1417,5060 CAD"
