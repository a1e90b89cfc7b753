"""What a shell completes, as it asks for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Run

Complete = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def complete(run: Run) -> Complete:
    def complete(line: str, **variables: str) -> list[tuple[str, str]]:
        words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
        done = run(_FOREXHOOKS_COMPLETE="bash_complete", **words, **variables)
        assert done.stderr == ""
        lines = (each.partition(",") for each in done.stdout.split())
        return [(kind, value) for kind, _, value in lines]

    return complete


@pytest.mark.parametrize(
    "line",
    [
        "convert-file am",
        "convert-file --lock ra",
        "convert-file --rejects ra",
        "convert-file a.csv -o ./",
        "history USD CAD -o pr",
        "history USD CAD --plot pi",
        "lock USD/CAD -o ra",
        "install ./di",
        "-p ./my",
        "rate USD CAD -p ./my",
    ],
)
def test_files(complete: Complete, line: str) -> None:
    assert complete(f"forexhooks {line}") == [("file", line.rpartition(" ")[2])]


@pytest.mark.parametrize("line", ["watch pl", "new acme --into pl"])
def test_folders(complete: Complete, line: str) -> None:
    assert complete(f"forexhooks {line}") == [("dir", "pl")]


@pytest.mark.parametrize(
    "line",
    ["rate USD CAD --driver n", "compare USD --driver n", "doctor --driver n", "update n"],
)
def test_drivers(complete: Complete, line: str) -> None:
    names = [value for _, value in complete(f"forexhooks {line}")]
    assert {"nbp", "norgesbank"} <= set(names) and all(name.startswith("n") for name in names)


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("rate us", "USD"),
        ("rate USD CA", "CAD"),
        ("rate usd/ca", "USD/CAD"),
        ("convert 100 ca", "CAD"),
        ("convert 100 USD --to ca", "CAD"),
        ("history USD ca", "CAD"),
        ("compare USD/CA", "USD/CAD"),
        ("lock USD/CA", "USD/CAD"),
        ("watch . us", "USD"),
        ("convert-file --to us", "USD"),
        ("new acme --pivot us", "USD"),
    ],
)
def test_codes(complete: Complete, line: str, first: str) -> None:
    assert complete(f"forexhooks {line}")[0] == ("plain", first)


def test_an_amount_is_no_code(complete: Complete) -> None:
    assert complete("forexhooks convert 1") == []


def test_no_plugin_runs(complete: Complete, plugins: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    source = f"import pathlib\npathlib.Path({str(ran)!r}).touch()\n"
    (plugins / "touching.py").write_text(source, encoding="utf-8")
    path = plugins / "touching.py"
    for line in (f"-p {path} hi", f"-p {path} rate U", f"rate -p {path} U", f"-p {path} hello "):
        complete(f"forexhooks {line}", FOREXHOOKS_EXTENSIONS="touching")
    assert not ran.exists()
