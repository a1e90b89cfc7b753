"""What a new driver's files say, whatever it is called; and that nothing else is touched."""

from __future__ import annotations

import errno
import json
import keyword
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import forexhooks
from forexhooks import PluginConflictError, PluginError, SettingsError
from forexhooks.cli.scaffold import Written, new_extension, new_file, new_package
from patience import CHILD_LIMIT

ROOT = Path(__file__).parents[3]
LONG = "abcdefgh234567-89012345-678012"
NEW = pytest.mark.parametrize("new", [new_package, new_extension, new_file])
New = Callable[..., Written]

LETTERS = "abz19-_"
NAMES = st.text(LETTERS, max_size=8) | st.text(max_size=5) | st.sampled_from(keyword.kwlist)
TITLES = st.text(max_size=12) | st.text("\"'\\ ${}#\n é", max_size=6)


def imported(file: Path) -> ModuleType:
    module = ModuleType("module")
    exec(compile(file.read_text(encoding="utf-8"), file, "exec"), vars(module))  # noqa: S102
    return module


def driver_of(folder: Path) -> type[forexhooks.HttpDriver]:
    [file] = folder.glob("src/*/__init__.py")
    module = imported(file)
    [name] = module.__all__
    driver: type[forexhooks.HttpDriver] = getattr(module, name)
    return driver


@given(name=NAMES)
def test_a_package_of_any_name_is_right_or_refused(name: str) -> None:
    with tempfile.TemporaryDirectory() as into:
        try:
            written = new_package(name, into=into)
        except PluginError as error:
            assert repr(name) in str(error) or "there is a driver" in str(error)  # noqa: PT017
            assert os.listdir(into) == []
            return
        project = tomllib.loads((written.path / "pyproject.toml").read_text(encoding="utf-8"))
        [(declared, target)] = project["project"]["entry-points"]["forexhooks"].items()
        driver = driver_of(written.path)
        module = next((written.path / "src").iterdir()).name
        assert (declared, target) == (name, f"{module}:{driver.__name__}")
        assert name == driver.name
        assert module.isidentifier()
        assert written.path.name == project["project"]["name"] == module.replace("_", "-")
        assert os.listdir(into) == [written.path.name]
        for file in written.files:
            assert Path(into, file).is_file()


@given(name=NAMES)
def test_a_file_of_any_name_answers_or_is_refused(name: str) -> None:
    with tempfile.TemporaryDirectory() as into:
        try:
            [file] = new_file(name, into=into).files
        except PluginError:
            assert os.listdir(into) == []
            return
        assert os.listdir(into) == [file]
        manager = forexhooks.ForexManager()
        manager.register(imported(Path(into, file)))
        day = date(2020, 2, 1)
        rate = forexhooks.open(name, manager=manager).get_rate("USD", "CAD", day)
        assert (rate.value, rate.on, rate.driver) == (Decimal("1.40"), day, name)
        assert Path(file).stem.isidentifier()


@given(title=TITLES)
def test_any_title_is_in_the_profile_or_refused(title: str) -> None:
    with tempfile.TemporaryDirectory() as into:
        try:
            written = new_package("acme", title=title, into=into)
        except PluginError as error:
            assert repr(title) in str(error)  # noqa: PT017
            assert os.listdir(into) == []
            return
        assert driver_of(written.path).profile.title == title.strip() != ""
        project = tomllib.loads((written.path / "pyproject.toml").read_text(encoding="utf-8"))
        assert title.strip() in project["project"]["description"]


@NEW
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "small letters and digits"),
        ("Acme Bank", "like acme-bank"),
        ("acme.bank", "like acme-bank"),
        ("../acme", "like acme"),
        ("-acme", "like acme"),
        ("1forge", "a letter first"),
        ("a" * 31, "at most 30"),
        ("forexhooks-acme", "alone, like acme"),
        ("ecb", "there is a driver 'ecb' already \\(built-in\\)"),
    ],
)
def test_a_name_that_will_not_do(new: New, name: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=says):
        new(name, into=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["none", "profile", "http-driver", "driver-tests", "path", "testbank"]
)
def test_a_class_that_would_be_taken_for_another(name: str, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="would need a class"):
        new_package(name, into=tmp_path)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("class", "a keyword of Python"),
        ("json", r"a module 'json' already .*json"),
        ("sys", "a module 'sys' already .*built-in"),
        ("pytest", r"a module 'pytest' already .*site-packages"),
    ],
)
def test_a_file_that_would_hide_a_module(name: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=says):
        new_file(name, into=tmp_path)
    assert new_package(name, into=tmp_path).path.name == f"forexhooks-{name}"


def test_a_module_of_its_package_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "forexhooks_acme.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PluginConflictError, match="a module 'forexhooks_acme' already"):
        new_package("acme", into=tmp_path)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        (None, "https://rates.acme-bank.example"),
        ("https://api.acme.com/v1/", "https://api.acme.com/v1"),
        ("http://localhost:8000", "http://localhost:8000"),
    ],
)
def test_the_address(given: str | None, written: str, tmp_path: Path) -> None:
    package = new_package("acme-bank", base_url=given, into=tmp_path)
    assert written == driver_of(package.path).BASE_URL


@pytest.mark.parametrize(
    "address",
    [
        "acme.com",
        'https://acme.com/"',
        "https://acme.com/\\",
        "https://acme.com/a b",
        "https://me:secret@acme.com",
        "https://acme.com/?key=secret",
        "https://acme.com/é",
        "https://acme.com/" + "x" * 60,
    ],
)
def test_an_address_that_will_not_do(address: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="acme") as refused:
        new_package("acme", base_url=address, into=tmp_path)
    assert "secret" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("pivot", ["USD", "eur", "JPY", "ZAR"])
def test_the_replies_are_the_rates_of_the_ecb(pivot: str, tmp_path: Path) -> None:
    package = new_package("acme", pivot=pivot, into=tmp_path).path
    latest, history = (
        json.loads((package / "tests" / name).read_text(encoding="utf-8"), parse_float=Decimal)
        for name in ("latest.json", "history.json")
    )
    assert latest["base"] == history["base"] == pivot.upper()
    [(day, rates)] = latest["rates"].items()
    assert rates == history["rates"][day]
    assert len(history["rates"]) == 11
    fx = forexhooks.open("ecb")
    for day, rates in history["rates"].items():
        assert len(rates) >= 5
        for code, value in rates.items():
            exact = fx.get_rate(pivot, code, on=date.fromisoformat(day), max_gap=0).value
            assert abs(value / exact - 1) < Decimal("0.00001")


def test_a_bank_that_quotes_foreign_units(tmp_path: Path) -> None:
    package = new_package("bog", pivot="ils", foreign_units=True, into=tmp_path).path
    history = json.loads(
        (package / "tests" / "history.json").read_text(encoding="utf-8"), parse_float=Decimal
    )
    assert history["quote"] == "ILS" and len(history["rates"]) == 11
    fx = forexhooks.open("ecb")
    for day, rates in history["rates"].items():
        for code, value in rates.items():
            exact = fx.get_rate(code, "ILS", on=date.fromisoformat(day), max_gap=0).value
            assert abs(value / exact - 1) < Decimal("0.00001")
    tests = (package / "tests" / "test_bog.py").read_text(encoding="utf-8")
    assert '("CAD", "ILS", None, "2.23952")' in tests
    assert driver_of(package).profile.pivot == "ILS"


@pytest.mark.parametrize("options", [{}, {"key": True}, {"pivot": "ILS", "foreign_units": True}])
def test_a_hook_that_will_change_fails_its_tests(options: dict[str, Any], tmp_path: Path) -> None:
    package = new_package("acme", into=tmp_path, **options).path
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["pytest"]["ini_options"]["filterwarnings"] == [
        "error::forexhooks.RetiredHookWarning"
    ]
    (package / "tests" / "test_acme.py").write_text(
        "import warnings\nimport forexhooks\n\n"
        "def test_it():\n    warnings.warn('one day', forexhooks.RetiredHookWarning)\n"
    )
    tried = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        cwd=package,
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.returncode == 1 and "RetiredHookWarning: one day" in tried.stdout


@pytest.mark.parametrize("pivot", ["KES", "HRK"])
def test_a_pivot_that_the_ecb_does_not_have(pivot: str, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=f"lack {pivot} on 2026-10-30"):
        new_package("acme", pivot=pivot, into=tmp_path)
    with pytest.raises(forexhooks.CurrencyError):
        new_package("acme", pivot="dollars", into=tmp_path)
    assert list(tmp_path.iterdir()) == []


@NEW
@pytest.mark.parametrize("kind", ["folder", "full folder", "file", "dangling link"])
def test_what_is_there_is_left_alone(new: New, kind: str, tmp_path: Path) -> None:
    target = tmp_path / ("acme.py" if new is new_file else "forexhooks-acme")
    if kind == "file":
        target.write_text("mine", encoding="utf-8")
    elif kind == "dangling link":
        target.symlink_to(tmp_path / "nowhere")
    else:
        target.mkdir()
        if kind == "full folder":
            (target / "mine").touch()
    before = os.lstat(target)
    with pytest.raises(PluginConflictError, match="exists already, and was not changed"):
        new("acme", into=tmp_path)
    assert os.lstat(target) == before
    assert list(tmp_path.iterdir()) == [target]


@NEW
def test_what_comes_meanwhile_is_left_alone(
    new: New, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / ("acme.py" if new is new_file else "forexhooks-acme")
    mkdtemp = tempfile.mkdtemp

    def another_comes_first(**options: object) -> str:
        if new is not new_file:
            (target / "mine").mkdir(parents=True)
        else:
            target.write_text("mine", encoding="utf-8")
        return mkdtemp(**options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(tempfile, "mkdtemp", another_comes_first)
    with pytest.raises(PluginConflictError, match="was not changed"):
        new("acme", into=tmp_path)
    assert list(tmp_path.iterdir()) == [target]
    kept = [path.name for path in target.iterdir()] if target.is_dir() else [target.read_text()]
    assert kept == ["mine"]


@NEW
def test_of_several_at_once_one_writes(new: New, tmp_path: Path) -> None:
    def attempt(_: int) -> Written | PluginConflictError:
        try:
            return new("acme", into=tmp_path)
        except PluginConflictError as error:
            return error

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(attempt, range(8)))
    [written] = [each for each in outcomes if isinstance(each, Written)]
    assert list(tmp_path.iterdir()) == [written.path]
    assert all((tmp_path / file).is_file() for file in written.files)
    assert (tmp_path / written.files[0]).stat().st_size > 0


@pytest.mark.parametrize(
    ("new", "step"),
    [
        (new_package, "write_text"),
        (new_package, "rename"),
        (new_file, "write_text"),
        (new_file, "replace"),
    ],
)
def test_a_full_disk_leaves_nothing_behind(
    new: New, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    method, calls = getattr(Path, step), []

    def failing(path: Path, *arguments: object, **options: object) -> object:
        calls.append(path)
        if step != "write_text" or path.name in ("README.md", "acme.py"):
            raise OSError(errno.ENOSPC, "No space left on device")
        return method(path, *arguments, **options)

    monkeypatch.setattr(Path, step, failing)
    with pytest.raises(PluginError, match=r"acme.* cannot be written: .*No space left"):
        new("acme", into=tmp_path)
    assert calls
    assert list(tmp_path.iterdir()) == []


@NEW
def test_a_folder_that_is_not_there(new: New, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match=r"cannot be written: .*No such file"):
        new("acme", into=tmp_path / "nowhere")


def run(*command: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "MYPYPATH": "src"},
        check=False,
        timeout=CHILD_LIMIT,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("author", "written"),
    [
        (None, {"name": "the forexhooks-acme authors"}),
        ("Ada Lovelace", {"name": "Ada Lovelace"}),
        (" Ada <ada@acme.example>", {"name": "Ada", "email": "ada@acme.example"}),
    ],
)
@pytest.mark.parametrize("new", [new_package, new_extension])
def test_who_writes_it_and_where(
    new: New, author: str | None, written: dict[str, str], tmp_path: Path
) -> None:
    package = new("acme", author=author, repository="https://git.example/a/", into=tmp_path).path
    project = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["authors"] == [written]
    assert project["urls"]["Changelog"] == "https://git.example/a/blob/HEAD/CHANGELOG.md"
    assert f" {written['name']}\n" in (package / "LICENSE").read_text(encoding="utf-8")
    assert "Programming Language :: Python :: 3.14" in project["classifiers"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"author": "Ada <nowhere>"}, "cannot be an author: write a name"),
        ({"author": 'Ada "the" Countess'}, "cannot be an author"),
        ({"author": "Ada\nLovelace"}, "cannot be an author"),
        ({"repository": "git@acme.example:ada"}, "the repository is not valid"),
        ({"repository": "https://ada:secret@acme.example"}, "without user, password or query"),
    ],
)
def test_an_author_or_repository_that_will_not_do(
    given: dict[str, str], says: str, tmp_path: Path
) -> None:
    with pytest.raises(forexhooks.ForexError, match=says) as refused:
        new_extension("acme", into=tmp_path, **given)
    assert "secret" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_the_workflows_use_what_is_pinned_and_publish_without_a_token(tmp_path: Path) -> None:
    folder = new_package("acme", into=tmp_path).path / ".github"
    tests, publish = (
        yaml.safe_load((folder / "workflows" / name).read_text(encoding="utf-8"))["jobs"]
        for name in ("tests.yml", "publish.yml")
    )
    assert yaml.safe_load((folder / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    matrix = tests["tests"]["strategy"]["matrix"]
    assert {each.partition("-")[0] for each in matrix["os"]} == {"ubuntu", "windows", "macos"}
    assert matrix["python"] == ["3.11", "3.12", "3.13", "3.14"]
    steps = [
        step
        for job in (*tests.values(), *publish.values())
        for step in job.get("steps", ())
        if "uses" in step
    ]
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"]) for step in steps)
    assert publish["publish"]["permissions"] == {"id-token": "write"}
    assert steps[-1]["with"] == {"attestations": True}


@pytest.fixture(params=["plain", "with all options", "extension"])
def package(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "plain":
        return new_package("acme", into=tmp_path).path
    if request.param == "extension":
        return new_extension("audit", title="x" * 40, into=tmp_path).path
    address = "https://api.acme.com/".ljust(70, "x")
    title = "Banque de l'Acmé ".ljust(40, "x")
    return new_package(
        LONG, title=title, base_url=address, pivot="JPY", key=True, into=tmp_path
    ).path


@pytest.mark.one_python
def test_ruff_and_mypy_find_nothing_in_a_package(package: Path) -> None:
    for ours in ([], ["--config", str(ROOT / "pyproject.toml"), "--config", 'src = ["src"]']):
        # The kit is given lists and dicts that nobody changes: the package's own exception.
        run("ruff", "check", *ours, *(["--ignore", "RUF012"] if ours else []), folder=package)
        run("ruff", "format", "--check", *ours, folder=package)
    run("mypy", "src", "tests", folder=package)


@pytest.mark.one_python
@pytest.mark.parametrize("name", ["acme", LONG])
def test_ruff_and_mypy_find_nothing_in_a_file(name: str, tmp_path: Path) -> None:
    new_file(name, title="x" * 40, into=tmp_path)
    for config in ("--isolated", f"--config={ROOT / 'pyproject.toml'}"):
        run("ruff", "check", config, folder=tmp_path)
        run("ruff", "format", "--check", config, folder=tmp_path)
    run("mypy", "--strict", ".", folder=tmp_path)
