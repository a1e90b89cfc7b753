"""A fresh environment with the built wheel, and distributions of third parties built and installed.

What forexhooks depends on is lent by the environment that runs the tests: no index is asked.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest

from patience import CHILD_LIMIT

ROOT = Path(__file__).parent.parent.parent


class Environment:
    """A virtual environment, to install wheels into and run programs in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        _run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")])
        self.bin = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        [packages] = (folder / "env").glob("**/site-packages")
        # After the environment's own packages, those of the one that runs the tests.
        lent = sysconfig.get_paths()["purelib"]
        (packages / "lent.pth").write_text(lent, encoding="utf-8")

    def install(self, *wheels: Path) -> None:
        pip = [sys.executable, "-m", "pip", "--python", str(self.bin / "python"), "install"]
        options = ["--no-index", "--no-deps", "--quiet", "--disable-pip-version-check"]
        # Not without --force-reinstall: pip sees the package that is lent.
        _run([*pip, *options, "--force-reinstall", "--ignore-installed", *map(str, wheels)])

    def run(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        program = str(self.bin / command[0])
        return subprocess.run(
            [program, *command[1:]],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env={**_plain(), **variables},
            timeout=CHILD_LIMIT,
            check=False,
        )

    def python(self, code: str, **variables: str) -> str:
        """Run a program; what it printed."""
        done = self.run("python", "-c", textwrap.dedent(code), **variables)
        assert done.returncode == 0, done.stderr
        return done.stdout


def _plain() -> dict[str, str]:
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    return {name: value for name, value in os.environ.items() if name not in hidden}


def _run(command: list[str], folder: Path | None = None) -> None:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=folder,
        env=_plain(),
        timeout=CHILD_LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def build(project: Path, destination: Path) -> Path:
    """Build a wheel of a project."""
    before = set(destination.glob("*.whl"))
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(destination)]
    _run(command, project)
    [wheel] = set(destination.glob("*.whl")) - before
    return wheel


def third_party(
    folder: Path, distribution: str, entry: str, source: str, group: str = "forexhooks"
) -> Path:
    """Build a distribution of one module with one entry point, `name = module[:object]`."""
    name, target = entry.split(" = ")
    module = target.partition(":")[0]
    project = folder / distribution
    project.mkdir(parents=True)
    (project / f"{module}.py").write_text(textwrap.dedent(source), encoding="utf-8")
    (project / "pyproject.toml").write_text(
        textwrap.dedent(f"""
            [build-system]
            requires = ["hatchling"]
            build-backend = "hatchling.build"
            [project]
            name = "{distribution}"
            version = "1.2"
            [project.entry-points."{group}"]
            {name} = "{target}"
            [tool.hatch.build.targets.wheel]
            only-include = ["{module}.py"]
        """),
        encoding="utf-8",
    )
    return build(project, folder)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    """Nothing but the wheel."""
    environment = Environment(tmp_path_factory.mktemp("stock"))
    environment.install(wheel)
    return environment


RAW = """
    from datetime import date
    from decimal import Decimal
    import forexhooks

    @forexhooks.hookimpl
    def forex_driver_name():
        return {name!r}

    @forexhooks.hookimpl
    def forex_get_rate(driver, base, quote):
        if driver == {name!r}:
            return forexhooks.Rate(base, quote, Decimal("1.5"), date(2026, 10, 30), {name!r})
"""

INSTANCE = """
    from datetime import date
    from decimal import Decimal
    from forexhooks import Driver, Observation, Profile

    class Instance(Driver):
        name = "instance"
        profile = Profile(title="An instance")

        def observations(self, currencies, start, end):
            yield Observation(date(2026, 10, 30), "USD", "CAD", Decimal(3))

    driver = Instance()
"""

MADE = """
    from datetime import date
    from decimal import Decimal
    from forexhooks import Driver, Observation, Profile

    class Made(Driver):
        name = "made"
        profile = Profile(title="Made of settings")

        def __init__(self, *, app_id):
            self.app_id = app_id

        def observations(self, currencies, start, end):
            yield Observation(date(2026, 10, 30), "USD", "CAD", Decimal(len(self.app_id)))
"""

EXTENSION = """
    import forexhooks

    @forexhooks.hookimpl(wrapper=True)
    def forex_get_rate():
        rate = yield
        return rate and rate.adjusted(rate.value * 2)
"""


@pytest.fixture(scope="session")
def crowded(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    """The wheel, and drivers of third parties, good ones and bad ones."""
    folder = tmp_path_factory.mktemp("third")
    environment = Environment(tmp_path_factory.mktemp("crowded"))
    environment.install(
        wheel,
        third_party(folder, "acme-module", "acme = acme_module", RAW.format(name="acme")),
        third_party(folder, "acme-instance", "instance = acme_instance:driver", INSTANCE),
        third_party(folder, "acme-made", "made = acme_made:Made", MADE),
        third_party(folder, "acme-broken", "broken = acme_broken", "raise OSError('no disk')"),
        third_party(folder, "acme-exits", "exits = acme_exits", "raise SystemExit(3)"),
        third_party(folder, "acme-shadow", "ecb = acme_shadow", RAW.format(name="ecb")),
        third_party(folder, "acme-misnamed", "one = acme_misnamed", RAW.format(name="two")),
        third_party(
            folder, "acme-double", "double = acme_double", EXTENSION, "forexhooks.extensions"
        ),
    )
    return environment
