"""`install` and `uninstall` in environments that venv, pipx and uv made; no index is asked."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from plugins_on_disk import raw
from plugins_on_disk import wheel as plain_wheel

KINDS = ("pip", "uv pip", "pipx", "uv tool")
NEEDS_US = ("Requires-Dist: forexhooks",)
AUDIT = """
import forexhooks

@forexhooks.hookimpl(wrapper=True)
def forex_get_rate():
    return (yield)
"""


class Made:
    """An environment with forexhooks in it, as one kind of program makes it."""

    def __init__(self, kind: str, folder: Path, house: Path) -> None:
        self.kind = kind
        self.folder = folder
        self.house = house
        self.variables = _plain(folder)
        self.scripts = Path()

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return _done([str(self.scripts / "forexhooks"), *arguments], self.variables, **more)

    def install(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        # As its users would, who know nothing of where these wheels are, but for --no-index.
        return self.run("install", *arguments, f"--pip-args=--no-index --find-links '{self.house}'")

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
        timeout=120,
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
    homes = {
        "PIPX_HOME": str(made.folder / "pipx"),
        "PIPX_BIN_DIR": str(made.folder / "bin"),
    }
    [wheel] = made.house.glob("forexhooks-*.whl")
    options = f"--pip-args=--no-index --find-links '{made.house}'"
    done = _done(["pipx", "install", str(wheel), options], {**made.variables, **homes})
    assert done.returncode == 0, done.stderr
    made.scripts = made.folder / "bin"


def _with_uv(made: Made) -> None:
    homes = {
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


@pytest.fixture(params=KINDS)
def environment(request: pytest.FixtureRequest, make: Callable[[str], Made]) -> Iterator[Made]:
    """An environment of each kind, without plugins in the end."""
    environment = make(request.param)
    yield environment
    left = environment.plugins()
    for each in left:  # it is one test's fault, and not to be that of the next
        environment.run("uninstall", "--yes", each)
    assert left == []


@pytest.fixture
def pip(make: Callable[[str], Made]) -> Iterator[Made]:
    environment = make("pip")
    yield environment
    left = environment.plugins()
    for each in left:
        environment.run("uninstall", "--yes", each)
    assert left == []


def test_a_plugin_comes_is_upgraded_and_goes(environment: Made) -> None:
    done = environment.install("forexhooks-acme<1.1")
    assert (done.returncode, done.stdout) == (0, "forexhooks_acme 1.0: the driver acme\n")
    assert re.search(rf"^Running: .*{environment.kind} ", done.stderr)
    assert "Warning" not in done.stderr
    assert environment.plugins() == ["forexhooks_acme"]
    rate = environment.run("rate", "USD", "CAD", "--driver", "acme")
    assert rate.stdout == "1 USD = 1 CAD (2026-10-30, acme, direct)\n"
    upgraded = environment.install("--upgrade", "forexhooks-acme")
    assert (upgraded.returncode, upgraded.stdout) == (0, "forexhooks_acme 1.1: the driver acme\n")
    assert environment.drivers() == {"acme": "forexhooks_acme 1.1"}
    gone = environment.run("uninstall", "--yes", "Forexhooks.Acme")
    assert (gone.returncode, gone.stdout) == (0, "Removed: forexhooks_acme 1.1: the driver acme\n")
    assert environment.plugins() == []
    assert environment.run("rate", "EUR", "USD").stdout.startswith("1 EUR = 1.1172 USD")


def test_several_at_once_from_paths_too_and_one_goes_while_the_other_stays(
    environment: Made,
) -> None:
    [audit] = environment.house.glob("forexhooks_audit*.whl")
    done = environment.install(str(audit), "forexhooks-acme", "plain")
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [
        "forexhooks_acme 1.1: the driver acme",
        "forexhooks_audit 1.0: the extension audit",
    ]
    assert "Warning: no driver and no extension came with plain\n" in done.stderr
    refused = environment.run("uninstall", "--yes", "forexhooks-audit", "plain")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Error: plain 1.0 is no plugin" in refused.stderr
    assert environment.run("uninstall", "-y", "forexhooks-acme").returncode == 0
    assert environment.plugins() == ["forexhooks_audit"]
    audited = environment.run("rate", "EUR", "USD", "-p", "audit")
    assert (audited.returncode, audited.stdout[:15]) == (0, "1 EUR = 1.1172 ")
    assert environment.run("uninstall", "-y", "forexhooks-audit").returncode == 0
    assert environment.run("rate", "EUR", "USD", "-p", "audit").returncode == 1


def test_what_cannot_be_installed_is_the_programs_error(environment: Made) -> None:
    done = environment.install("forexhooks-nowhere")
    assert (done.returncode, done.stdout) == (1, "")
    last = done.stderr.splitlines()[-1]
    assert re.fullmatch(
        rf"Error: {environment.kind} ended with the exit code \d; it says above why", last
    )
    assert "forexhooks-nowhere" in done.stderr.partition("Running: ")[2].partition("\n")[2]
    assert environment.plugins() == []


def test_what_is_broken_is_said_at_once(pip: Made) -> None:
    done = pip.install("forexhooks-broken", "--json")
    assert done.returncode == 0
    [installed] = json.loads(done.stdout)
    assert (installed["distribution"], installed["drivers"]) == ("forexhooks_broken", ["broken"])
    assert "OSError: no disk" in installed["broken"]["broken"]
    assert "Warning: broken cannot be used: the plugin 'broken' of forexhooks_broken" in done.stderr
    gone = pip.run("uninstall", "forexhooks-broken", "--yes", "--json")
    assert [each["drivers"] for each in json.loads(gone.stdout)] == [["broken"]]


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
    for _ in range(2):  # where it is there already, it says so again
        assert pip.install("forexhooks-acme").stdout == "forexhooks_acme 1.1: the driver acme\n"
    by_driver = pip.run("uninstall", "--yes", "acme")
    assert (by_driver.returncode, by_driver.stdout) == (1, "")
    assert "acme is no package: it came with forexhooks_acme; name that" in by_driver.stderr
    answers = {"n\n": "nothing was removed", "": "nobody is there to ask, give --yes"}
    for answer, says in answers.items():
        kept = pip.run("uninstall", "forexhooks-acme", stdin=answer)
        assert (kept.returncode, kept.stdout) == (1, "")
        assert "To be removed:\n  forexhooks_acme 1.1: the driver acme\n" in kept.stderr
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
        ("forexhooks", "forexhooks itself is no plugin: remove it as you installed it"),
        ("ForexHooks", "forexhooks itself is no plugin"),
        ("click", "is no plugin, as it has neither drivers nor extensions"),
        ("nothing-there", "nothing-there is not installed; there is: none"),
        ("ecb", "ecb is not installed"),
    ],
)
def test_nothing_but_plugins_is_removed(name: str, says: str, pip: Made) -> None:
    done = pip.run("uninstall", "--yes", name)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert says in done.stderr
    assert pip.run("--version").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("./nowhere.whl",), 1, "./nowhere.whl cannot be installed: there is no such file"),
        (("two words",), 1, "'two words' cannot be installed"),
        (("forexhooks",), 1, "forexhooks is no plugin"),
        (("forexhooks[frames]>=1",), 1, "forexhooks is no plugin"),
        (("--", "--index-url=x"), 1, "give an option of pip's as --pip-args=--index-url=x"),
        (("acme", "--pip-args='"), 1, "--pip-args cannot be read: No closing quotation"),
        ((), 2, "Missing argument 'PLUGIN...'"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_runs(
    arguments: tuple[str, ...], code: int, says: str, pip: Made
) -> None:
    done = pip.run("install", *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert says in done.stderr
    assert "Running" not in done.stderr


def test_a_password_in_an_address_is_not_shown(pip: Made) -> None:
    address = "https://user:s3cret@127.0.0.1:9/simple"
    done = pip.run("install", "acme", f"--pip-args=--index-url {address} --retries 0")
    assert done.returncode == 1
    assert "--index-url https://…@127.0.0.1:9/simple" in done.stderr
    assert "s3cret" not in done.stderr


@pytest.mark.parametrize("kind", ["pipx", "uv tool", "uv pip"])
def test_a_program_that_is_missing_is_named(kind: str, make: Callable[[str], Made]) -> None:
    environment = make(kind)
    done = environment.run("install", "forexhooks-acme", PATH="/nowhere")
    program = kind.partition(" ")[0]
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert f"{program} is not on the PATH: put it there" in done.stderr
