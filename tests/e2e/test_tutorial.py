"""The tutorial, followed from its first line to its last in an environment of its own."""

from __future__ import annotations

import ast
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.conftest import Environment, build
from test_docs import ROOT, Example, calls_in, checked, examples_in, file_of

TUTORIAL = ROOT / "docs" / "tutorial.md"
PORT = "8808"
PATIENCE = 30


class Reader:
    """Does what the tutorial says, with a port of its own for the provider."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.folder = environment.folder
        self.recorded: dict[str, str] = {}
        self.made: list[Path] = []
        self._provider: subprocess.Popen[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]

    def follow(self, example: Example) -> None:
        """Do one example."""
        text = example.text.replace(PORT, str(self._port))
        example = example._replace(text=text)
        does: dict[str, Callable[[Example], None]] = {
            "python": self._python,
            "console": self._console,
            "toml": self._toml,
            "sh": self._sh,
            "text": lambda _: None,
        }
        does[example.language](example)

    def run(self, *command: str, **variables: str) -> str:
        """Run a program of the environment where the reader is; what it printed."""
        self.environment.folder = self.folder
        done = self.environment.run(*command, FOREXHOOKS_OFFLINE="", **variables)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout

    def _python(self, example: Example) -> None:
        name = file_of(example)
        if name is None:
            (self.folder / "example.py").write_text(checked(example.text), encoding="utf-8")
            self.run("python", "example.py")
            return
        (self.folder / name).write_text(checked(example.text), encoding="utf-8")
        if name == "test_acme.py":  # what it names is what was recorded
            [replies] = [
                ast.literal_eval(node.value)
                for node in ast.walk(ast.parse(example.text))
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "replies"
            ]
            assert replies == self.recorded
        elif name != "record_acme.py":  # that one needs a key in the provider
            self.run("python", "-c", f"import {name.removesuffix('.py')}")

    def _console(self, example: Example) -> None:
        for call in calls_in(example):
            self.environment.folder = self.folder
            done = self.environment.run(
                "forexhooks", *call.arguments, FOREXHOOKS_OFFLINE="", **call.variables
            )
            assert call.is_answered_by(done), f"{example}: {done.stdout}{done.stderr}"

    def _toml(self, example: Example) -> None:
        """Put everything in its place, as it is described."""
        project = self.folder / "forexhooks-acme"
        package = project / "src" / "forexhooks_acme"
        for folder in (package, project / "tests"):
            folder.mkdir(parents=True, exist_ok=True)
        (project / "pyproject.toml").write_text(example.text, encoding="utf-8")
        shutil.move(self.folder / "acme.py", package / "__init__.py")
        for reply in self.recorded.values():
            shutil.move(self.folder / reply, project / "tests")
        test = (self.folder / "test_acme.py").read_text(encoding="utf-8")
        assert "from acme import Acme" in test
        (project / "tests" / "test_acme.py").write_text(
            test.replace("from acme import Acme", "from forexhooks_acme import Acme"),
            encoding="utf-8",
        )

    def _sh(self, example: Example) -> None:
        for line in example.text.splitlines():
            self._command(line)

    def _command(self, line: str) -> None:
        program, *arguments = line.split()
        match program, *arguments:
            case ("python", "acme_bank.py", *_):
                self._start_provider(arguments)
            case ("python", "record_acme.py"):
                self.recorded = ast.literal_eval(self.run("python", "record_acme.py"))
            case ("python", "-m", "pytest"):
                said = self.run("python", "-m", "pytest", "-p", "no:cacheprovider")
                assert "passed" in said and "failed" not in said
            case ("python", "-m", "build"):
                self.made.append(build(self.folder, self._dist()))
            case ("cd", name):
                self.folder /= name
            case ("pip", "install", "-e", "."):
                self.environment.install(build(self.folder, self._dist()))
                shutil.rmtree(self._dist())
            case ("forexhooks", "-p", wheel, "drivers"):
                assert Path(wheel).name == self.made[0].name
                assert "acme" in self.run(program, *arguments, FOREXHOOKS_ACME_API_KEY="x")
            case ("forexhooks", "new", "acme"):
                self.run(program, *arguments)
            case _:
                # What there is already, and what asks an index.
                assert line in {
                    'pip install "forexhooks[testing]"',
                    "pip install build",
                    "forexhooks install forexhooks-acme",
                }

    def _dist(self) -> Path:
        (self.folder / "dist").mkdir(exist_ok=True)
        return self.folder / "dist"

    def _start_provider(self, arguments: list[str]) -> None:
        self.stop_provider()
        self._provider = subprocess.Popen(
            [sys.executable, *arguments], cwd=self.folder, stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.05)
        pytest.fail("the provider does not start")

    def stop_provider(self) -> None:
        """End it, if it runs."""
        if self._provider is not None:
            self._provider.kill()
            self._provider.wait()


@pytest.fixture
def reader(tmp_path: Path, wheel: Path) -> Iterator[Reader]:
    environment = Environment(tmp_path)
    environment.install(wheel)
    reader = Reader(environment)
    yield reader
    reader.stop_provider()


def test_the_tutorial_is_followed_from_its_first_line_to_its_last(reader: Reader) -> None:
    steps = list(examples_in(TUTORIAL))
    assert len(steps) > 20
    for example in steps:
        reader.follow(example)
    assert [each.name for each in reader.made] == ["forexhooks_acme-0.1.0-py3-none-any.whl"]
