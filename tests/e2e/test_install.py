"""`install` and `uninstall` in environments that venv, pipx and uv made; no index is asked."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from patience import CHILD_LIMIT
from plugins_on_disk import raw
from plugins_on_disk import wheel as plain_wheel

pytestmark = pytest.mark.one_python  # it is pip, pipx and uv that are tried

NEEDS_US = ("Requires-Dist: forexhooks",)
AUDIT = """
import forexhooks

@forexhooks.hookimpl(wrapper=True)
def forex_get_rate():
    return (yield)
"""


_RULE_WITHOUT_ITS_SOURCE = """
import forexhooks

@forexhooks.hookimpl
def forex_driver_name():
    return "lost"

@forexhooks.hookimpl
def forex_driver_rule(driver):
    return forexhooks.Rule(title="Lost", source="acme:ask", home="PLN", direction="at or before")
"""


class Made:
    """An environment with forexhooks in it, as one kind of program makes it."""

    def __init__(self, kind: str, folder: Path, house: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.house = house
        self.variables = _plain(folder)
        self.scripts = Path()
        self.homes: dict[str, str] = {}

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return _done([str(self.scripts / "forexhooks"), *arguments], self.variables, **more)

    def install(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        # As its users would, who know nothing of where these wheels are, but for --no-index.
        return self.run("install", *arguments, f"--pip-args=--no-index --find-links '{self.house}'")

    def run_what_is_named(self, *arguments: str) -> None:
        """Refused, with a command that does it: run that."""
        refused = self.run(*arguments)
        assert (refused.returncode, refused.stdout) == (1, "")
        [line] = re.findall(r"made this environment; run: (.*)", refused.stderr)
        assert self.kind in line
        source = {
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.house),
            "UV_FIND_LINKS": str(self.house),
            "UV_NO_INDEX": "1",
        }
        done = _done(shlex.split(line), {**self.variables, **self.homes}, **source)
        assert done.returncode == 0, done.stderr

    def drivers(self) -> dict[str, str]:
        """The drivers that are installed, and where each comes from."""
        done = self.run("drivers", "--json")
        assert done.returncode == 0, done.stderr
        listed = json.loads(done.stdout)
        return {each["name"]: each["origin"] for each in listed if each["origin"] != "built-in"}

    def plugins(self) -> list[str]:
        """The packages of plugins that are there."""
        folders = self.folder.glob("**/site-packages/forexhooks_*.dist-info")
        return sorted(each.name.partition("-")[0] for each in folders)


def _plain(folder: Path) -> dict[str, str]:
    """Nothing of the person who runs the tests, nor of this environment but its programs."""
    kept = ("SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LANG")
    scripts = str(Path(sys.executable).parent)
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", "")]),
        "HOME": str(folder / "home"),
        "COLUMNS": "300",
        "UV_CACHE_DIR": str(folder / "uv-cache"),
        "UV_OFFLINE": "1",
        "UV_PYTHON": sys.executable,
        "PIPX_DEFAULT_BACKEND": "uv",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_COMPILE": "1",
        "FOREXHOOKS_OFFLINE": "1",
    }


def _done(
    command: list[str], variables: Mapping[str, str], stdin: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        input=stdin,
        capture_output=True,
        text=True,
        env={**variables, **more},
        cwd=variables["HOME"],
        timeout=CHILD_LIMIT,
        check=False,
    )


def _dependencies(name: str, found: dict[str, str]) -> dict[str, str]:
    """What a distribution needs, and what that needs: versions by name."""
    for text in distribution(name).requires or ():
        needed = Requirement(text)
        if needed.name not in found and (not needed.marker or needed.marker.evaluate()):
            found[needed.name] = distribution(needed.name).version
            _dependencies(needed.name, found)
    return found


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """A folder of wheels: forexhooks, plugins, and stand-ins for what forexhooks needs.

    With the first of the stand-ins comes a line that lends the real packages, but for pip.
    """
    house = tmp_path_factory.mktemp("house")
    lent = tmp_path_factory.mktemp("lent")
    for each in Path(sysconfig.get_paths()["purelib"]).iterdir():
        if not re.match(r"_*(pip|uv|forexhooks)\b|pip|forexhooks|.*\.pth$", each.name):
            (lent / each.name).symlink_to(each)
    for name, version in _dependencies("forexhooks", {}).items():
        files = {"lent.pth": str(lent)} if name == "pluggy" else {}
        spelt = re.sub(r"[-.]+", "_", name)
        plain_wheel(house, files, {}, version=version, distribution=spelt)
    shutil.copy(wheel, house)
    for version in ("1.0", "1.1"):
        # Files in a wheel have one time, and uv leaves bytecode behind: by its size the source is
        # known to be another one.
        longer = "\n" * (version == "1.1")
        plain_wheel(
            house,
            {"acme.py": raw(version) + longer},
            {"acme": "acme"},
            version=version,
            distribution="forexhooks_acme",
            metadata=NEEDS_US,
        )
    plain_wheel(
        house,
        {"fx_audit.py": AUDIT},
        {"audit": "fx_audit"},
        group="forexhooks.extensions",
        distribution="forexhooks_audit",
        metadata=NEEDS_US,
    )
    broken = {"fx_broken.py": "raise OSError('no disk')"}
    plain_wheel(house, broken, {"broken": "fx_broken"}, distribution="forexhooks_broken")
    lost = {"fx_lost.py": _RULE_WITHOUT_ITS_SOURCE}
    plain_wheel(house, lost, {"lost": "fx_lost"}, distribution="forexhooks_lost")
    plain_wheel(house, {"plain.py": ""}, {}, distribution="plain")
    return house


def _with_venv(made: Made) -> None:
    home = made.folder / "env"
    command = [sys.executable, "-m", "venv", "--without-pip", str(home)]
    assert _done(command, made.variables).returncode == 0
    made.scripts = home / ("Scripts" if os.name == "nt" else "bin")
    pip = [sys.executable, "-m", "pip", "--python", str(made.scripts / "python"), "install"]
    done = _done(
        [*pip, "--no-index", "--find-links", str(made.house), "forexhooks"], made.variables
    )
    assert done.returncode == 0, done.stderr
    if made.kind == "pip":
        [packages] = home.glob("**/site-packages")
        for each in Path(sysconfig.get_paths()["purelib"]).glob("pip*"):
            if re.match(r"pip(-[\d.]+\.dist-info)?$", each.name):
                (packages / each.name).symlink_to(each)


def _with_pipx(made: Made) -> None:
    homes = made.homes = {
        "PIPX_HOME": str(made.folder / "pipx"),
        "PIPX_BIN_DIR": str(made.folder / "bin"),
    }
    [wheel] = made.house.glob("forexhooks-*.whl")
    options = f"--pip-args=--no-index --find-links '{made.house}'"
    done = _done(["pipx", "install", str(wheel), options], {**made.variables, **homes})
    assert done.returncode == 0, done.stderr
    made.scripts = made.folder / "bin"


def _with_uv(made: Made) -> None:
    homes = made.homes = {
        "UV_TOOL_DIR": str(made.folder / "tools"),
        "UV_TOOL_BIN_DIR": str(made.folder / "bin"),
    }
    command = ["uv", "tool", "install", "--no-index", "--find-links", str(made.house), "forexhooks"]
    done = _done(command, {**made.variables, **homes})
    assert done.returncode == 0, done.stderr
    made.scripts = made.folder / "bin"


MAKERS: Mapping[str, tuple[tuple[str, ...], Callable[[Made], None]]] = {
    "pip": ((), _with_venv),
    "uv pip": (("uv",), _with_venv),
    "pipx": (("pipx", "uv"), _with_pipx),
    "uv tool": (("uv",), _with_uv),
}


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory, house: Path) -> Callable[[str], Made]:
    """Make an environment of a kind, once."""
    made: dict[str, Made] = {}

    def make(kind: str) -> Made:
        if kind not in made:
            folder = tmp_path_factory.mktemp("made")
            (folder / "home").mkdir()
            environment = Made(kind, folder, house)
            programs, maker = MAKERS[kind]
            for program in programs:
                if shutil.which(program, path=environment.variables["PATH"]) is None:
                    pytest.skip(f"{program} is not installed here")
            maker(environment)
            made[kind] = environment
        return made[kind]

    return make


@pytest.fixture
def pip(make: Callable[[str], Made]) -> Iterator[Made]:
    environment = make("pip")
    yield environment
    left = environment.plugins()
    for each in left:
        environment.run("uninstall", "--yes", each)
    assert left == []


def test_a_plugin_comes_is_upgraded_and_goes(pip: Made) -> None:
    done = pip.install("forexhooks-acme<1.1")
    assert (done.returncode, done.stdout) == (0, "forexhooks_acme 1.0: the driver acme\n")
    assert re.search(r"^Running: .* -P -m pip install ", done.stderr)
    assert "Warning" not in done.stderr
    assert pip.plugins() == ["forexhooks_acme"]
    rate = pip.run("rate", "USD", "CAD", "--driver", "acme")
    assert rate.stdout == "1 USD = 1 CAD (2026-10-30, acme, direct)\n"
    upgraded = pip.install("--upgrade", "forexhooks-acme")
    assert (upgraded.returncode, upgraded.stdout) == (0, "forexhooks_acme 1.1: the driver acme\n")
    assert pip.drivers() == {"acme": "forexhooks_acme 1.1"}
    gone = pip.run("uninstall", "--yes", "Forexhooks.Acme")
    assert (gone.returncode, gone.stdout) == (0, "Removed: forexhooks_acme 1.1: the driver acme\n")
    assert pip.plugins() == []
    assert pip.run("rate", "EUR", "USD").stdout.startswith("1 EUR = 1.1172 USD")


def test_several_at_once_from_paths_too_and_one_goes_while_the_other_stays(
    pip: Made,
) -> None:
    [audit] = pip.house.glob("forexhooks_audit*.whl")
    done = pip.install(str(audit), "forexhooks-acme", "plain")
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [
        "forexhooks_acme 1.1: the driver acme",
        "forexhooks_audit 1.0: the extension audit",
    ]
    refused = pip.run("uninstall", "--yes", "forexhooks-audit", "plain")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Error: no package plain with plugins" in refused.stderr
    assert pip.run("uninstall", "-y", "forexhooks-acme").returncode == 0
    assert pip.plugins() == ["forexhooks_audit"]
    audited = pip.run("rate", "EUR", "USD", "-p", "audit")
    assert (audited.returncode, audited.stdout[:15]) == (0, "1 EUR = 1.1172 ")
    assert pip.run("uninstall", "-y", "forexhooks-audit").returncode == 0
    assert pip.run("rate", "EUR", "USD", "-p", "audit").returncode == 1


def test_what_cannot_be_installed_is_the_programs_error(pip: Made) -> None:
    done = pip.install("forexhooks-nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    last = done.stderr.splitlines()[-1]
    assert re.fullmatch(r"Error: pip failed with exit code \d; its output is above", last)
    assert "forexhooks-nowhere" in done.stderr.partition("Running: ")[2].partition("\n")[2]
    assert pip.plugins() == []


def test_what_is_broken_is_said_at_once(pip: Made) -> None:
    done = pip.install("forexhooks-broken", "forexhooks-lost", "--json")
    assert done.returncode == 0
    installed, rule = json.loads(done.stdout)
    assert rule["broken"] == {"lost": "its source, the driver 'acme:ask', does not exist"}
    assert f"Warning: lost cannot be used: {rule['broken']['lost']}" in done.stderr
    assert (installed["distribution"], installed["drivers"]) == ("forexhooks_broken", ["broken"])
    assert "OSError: no disk" in installed["broken"]["broken"]
    assert "Warning: broken cannot be used: the plugin 'broken' of forexhooks_broken" in done.stderr
    gone = pip.run("uninstall", "forexhooks-broken", "forexhooks-lost", "--yes", "--json")
    assert [each["drivers"] for each in json.loads(gone.stdout)] == [["broken"], ["lost"]]


def test_a_folder_is_installed_as_it_is(pip: Made, tmp_path: Path) -> None:
    (tmp_path / "acme_source.py").write_text(raw(3, "source"), encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text(
        """
        [build-system]
        requires = ["hatchling"]
        build-backend = "hatchling.build"
        [project]
        name = "acme-source"
        version = "3"
        entry-points.forexhooks.source = "acme_source"
        [tool.hatch.build.targets.wheel]
        only-include = ["acme_source.py"]
        """,
        encoding="utf-8",
    )
    done = pip.install(f"{tmp_path}", "--pip-args=--no-deps --no-build-isolation")
    assert (done.returncode, done.stdout) == (0, "acme-source 3: the driver source\n"), done.stderr
    assert pip.run("uninstall", "-y", "acme-source").returncode == 0


def test_before_anything_is_removed_it_asks(pip: Made) -> None:
    assert pip.install("forexhooks-acme").stdout == "forexhooks_acme 1.1: the driver acme\n"
    again = pip.install("forexhooks-acme")
    assert (again.returncode, again.stdout) == (0, "")
    assert "Warning: pip added no driver and no extension" in again.stderr
    by_driver = pip.run("uninstall", "--yes", "acme")
    assert (by_driver.returncode, by_driver.stdout) == (1, "")
    assert (
        "acme is a plugin, not a package: uninstall forexhooks_acme, which has it"
        in by_driver.stderr
    )
    answers = {"n\n": "nothing was removed", "": "stdin is not a terminal, so confirm with --yes"}
    for answer, says in answers.items():
        kept = pip.run("uninstall", "forexhooks-acme", stdin=answer)
        assert (kept.returncode, kept.stdout) == (1, "")
        assert "This will remove:\n  forexhooks_acme 1.1: the driver acme\n" in kept.stderr
        assert says in kept.stderr
        assert pip.plugins() == ["forexhooks_acme"]
    # Nothing that is broken stands in the way.
    settings = {"FOREXHOOKS_EXTENSIONS": "no_such_module"}
    gone = pip.run("uninstall", "forexhooks-acme", stdin="y\n", **settings)
    assert gone.stdout == "Removed: forexhooks_acme 1.1: the driver acme\n"
    assert pip.plugins() == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("forexhooks", "no package forexhooks with plugins is installed; installed: none"),
        ("ForexHooks", "no package forexhooks with plugins"),
        ("click", "no package click with plugins"),
        ("nothing-there", "no package nothing-there with plugins is installed"),
        ("ecb", "no package ecb with plugins"),
    ],
)
def test_nothing_but_plugins_is_removed(name: str, says: str, pip: Made) -> None:
    done = pip.run("uninstall", "--yes", name)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert says in done.stderr
    assert pip.run("--version").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("./nowhere.whl",), "its output is above"),
        (("two words",), "its output is above"),
        (("--", "--index-url=x"), "its output is above"),
        (("acme", "--pip-args='"), "--pip-args cannot be read: No closing quotation"),
    ],
)
def test_what_makes_no_sense(arguments: tuple[str, ...], says: str, pip: Made) -> None:
    done = pip.run("install", *arguments, PIP_NO_INDEX="1")
    assert (done.returncode, done.stdout) == (1, "")
    assert says in done.stderr.splitlines()[-1]


def test_a_wheel_that_was_built_anew_in_one_version_replaces_the_old_one(
    pip: Made, tmp_path: Path
) -> None:
    for value in (1, 22):
        built = plain_wheel(
            tmp_path, {"again.py": raw(value, "again")}, {"again": "again"},
            distribution="forexhooks_again",
        )  # fmt: skip
        done = pip.install(str(built))
        assert done.stdout == "forexhooks_again 1.0: the driver again\n", done.stderr
        rate = pip.run("rate", "USD", "CAD", "--driver", "again")
        assert rate.stdout.startswith(f"1 USD = {value} CAD"), rate.stderr
    assert pip.run("uninstall", "-y", "forexhooks-again").returncode == 0


def test_a_password_in_an_address_is_not_shown(pip: Made) -> None:
    address = "https://user:s3cret@127.0.0.1:9/simple"
    done = pip.run("install", "acme", f"--pip-args=--index-url {address} --retries 0")
    assert done.returncode == 1
    assert "--index-url https://…@127.0.0.1:9/simple" in done.stderr
    assert "s3cret" not in done.stderr


@pytest.mark.parametrize("kind", ["pipx", "uv tool", "uv pip"])
def test_where_another_program_made_the_environment_its_command_is_named(
    kind: str, make: Callable[[str], Made]
) -> None:
    environment = make(kind)
    environment.run_what_is_named("install", "forexhooks-acme")
    assert environment.drivers() == {"acme": "forexhooks_acme 1.1"}
    environment.run_what_is_named("install", "forexhooks-audit")
    assert environment.plugins() == ["forexhooks_acme", "forexhooks_audit"]
    environment.run_what_is_named("uninstall", "forexhooks-acme")
    assert environment.plugins() == ["forexhooks_audit"]
