"""Build a release, check it, and write its notes: what the workflow publishes, and CI tries.

    python .ci/release.py dist              # build, check, install, run; notes as they stand
    python .ci/release.py dist --tag v0.1.0 # and the tag, the version and CHANGELOG.md must agree

The wheel is built from the sdist. Both are checked by twine; the wheel is installed into a bare
environment, where the first command of the README must give a rate without the network.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEADING = re.compile(r"^## (?P<version>\S+) \((?P<day>[^)]+)\)$", re.MULTILINE)


def notes(version: str, *, is_released: bool) -> str:
    """The section of the version in CHANGELOG.md; of a release it must have a day."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = list(HEADING.finditer(text))
    for number, heading in enumerate(headings):
        if heading["version"] == version:
            if is_released and not re.fullmatch(r"\d{4}-\d\d-\d\d", heading["day"]):
                sys.exit(f"CHANGELOG.md says {heading[0]!r}: write the day of the release")
            end = headings[number + 1].start() if number + 1 < len(headings) else len(text)
            return text[heading.end() : end].strip() + "\n"
    sys.exit(f"CHANGELOG.md has no section for {version}")


def run(*command: str | Path) -> str:
    """Run a command, whose output is shown where it fails."""
    done = subprocess.run(  # noqa: S603
        [str(part) for part in command], capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def main() -> None:
    """Do it all; the first fault ends it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dist", type=Path, help="the folder for wheel, sdist and notes.md")
    parser.add_argument("--tag", help="the tag that is released, as v0.1.0")
    options = parser.parse_args()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = project["version"]
    if options.tag not in (None, f"v{version}"):
        sys.exit(f"the tag is {options.tag}, and pyproject.toml says {version}")
    said = notes(version, is_released=options.tag is not None)

    dist = options.dist.resolve()
    run(sys.executable, "-m", "build", "--outdir", dist, ".")
    wheel, sdist = (
        dist / f"forexhooks-{version}-py3-none-any.whl",
        dist / f"forexhooks-{version}.tar.gz",
    )
    run(sys.executable, "-m", "twine", "check", "--strict", wheel, sdist)
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        scripts = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin")
        run(scripts / "python", "-m", "pip", "install", "--quiet", wheel)
        rate = run(scripts / "forexhooks", "rate", "USD", "CAD", "--offline")
        if not re.match(r"1 USD = 1\.\d+ CAD \(\d{4}-\d\d-\d\d, ecb, cross\)\n", rate):
            sys.exit(f"the first command says {rate!r}")
        if (shown := run(scripts / "forexhooks", "--version").split()[-1]) != version:
            sys.exit(f"--version says {shown}, and pyproject.toml {version}")
    (dist / "notes.md").write_text(said, encoding="utf-8")
    sys.stdout.write(f"{wheel.name}, {wheel.stat().st_size:,} bytes: {rate}")


if __name__ == "__main__":
    main()
