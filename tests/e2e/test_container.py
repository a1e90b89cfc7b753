"""The container file: linted, its command run as it stands, and built where a builder is there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from patience import CHILD_LIMIT

ROOT = Path(__file__).parents[2]
FILE = ROOT / "Dockerfile"
TEXT = FILE.read_text(encoding="utf-8").replace("\\\n", " ")
BUILDER = next(filter(shutil.which, ("docker", "podman")), None)

pytestmark = pytest.mark.one_python


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name}\s+(.+)$", TEXT, re.MULTILINE)


def ran(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=CHILD_LIMIT, check=False
    )


def test_it_is_linted() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        pytest.skip("there is no hadolint for this system")
    done = ran(str(hadolint), "--failure-threshold", "style", str(FILE))
    assert (done.returncode, done.stdout) == (0, "")


def test_it_serves_without_rights_from_a_base_that_is_named() -> None:
    assert all(re.match(r"python:\d+\.\d+-slim-\w+", base) for base in instructions("FROM"))
    assert instructions("USER")[-1] not in ("root", "0")
    assert TEXT.rindex("USER") < TEXT.rindex("ENTRYPOINT")


def test_all_that_the_package_is_built_of_is_in_the_image() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert "*" in ignored
    assert let_in == {
        *("LICENSE", "README.md", "hatch_build.py", "pyproject.toml"),
        *("forexhooks", "builtin_plugins"),
    }
    assert all((ROOT / name).exists() for name in let_in)


def test_its_command_serves_and_its_check_says_so() -> None:
    program, *arguments = json.loads(instructions("ENTRYPOINT")[-1])
    [check] = re.findall(r"CMD (\[.*\])", instructions("HEALTHCHECK")[-1])
    python, option, code = json.loads(check)
    assert (program, python, option) == ("forexhooks", "python", "-c")
    command = [sys.executable, "-m", program, *arguments, "--port", "0", "--host", "127.0.0.1"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        port = re.search(r":(\d+) ", process.stderr.readline())
        assert port is not None
        until = time.monotonic() + CHILD_LIMIT
        while ran(sys.executable, "-c", code.replace(":8000", f":{port[1]}")).returncode != 0:
            assert process.poll() is None and time.monotonic() < until
        process.terminate()
        assert process.wait(CHILD_LIMIT) == 0
    finally:
        process.kill()
        process.communicate()
    assert ran(sys.executable, "-c", code.replace(":8000", f":{port[1]}")).returncode != 0


@pytest.mark.skipif(BUILDER is None, reason="there is no docker or podman")
def test_it_is_built() -> None:
    assert BUILDER is not None
    if ran(BUILDER, "info").returncode != 0:
        pytest.skip(f"{BUILDER} has no daemon that answers")
    base = instructions("FROM")[-1]
    if ran(BUILDER, "image", "inspect", base).returncode != 0:
        pytest.skip(f"{base} is not here: {BUILDER} pull {base}")
    built = ran(BUILDER, "build", "--tag", "forexhooks-test", ".")
    assert built.returncode == 0, built.stderr
    shown = ran(
        BUILDER, "run", "--rm", "--entrypoint", "forexhooks", "forexhooks-test", "--version"
    )
    assert shown.returncode == 0, shown.stderr
