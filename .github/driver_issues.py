"""Open, update and close one issue for each driver, by what `forexhooks doctor --all --json` found.

    forexhooks doctor --all --json > drivers.json
    python .github/driver_issues.py drivers.json

It runs `gh`, which needs `GH_TOKEN` and the repository it is run in.
"""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

LABEL = "driver"


def problems(found: dict[str, Any]) -> list[str]:
    """What is wrong with one driver, or one series of it, a line each."""
    lines = []
    # A key that this workflow does not have says nothing about the driver.
    if found["failed"] not in (None, "configured"):
        lines.append(f"not {found['failed']}: {found['problem']}")
    lines += [f"the provider has moved from {hosts}" for hosts in found["moved"]]
    lines += found["bad_rows"]
    if found["missed"]:
        lines.append(f"the provider has no rates for {', '.join(found['missed'])}")
    return [f"- `{found['driver']}`: {line}" for line in lines]


def main(path: str) -> None:
    """Bring the issues up to date with what the file says."""
    results = json.loads(Path(path).read_text(encoding="utf-8"))
    fields = ("--state", "open", "--label", LABEL, "--limit", "500", "--json", "number,title,body")
    issues = {each["title"]: each for each in json.loads(_gh("issue", "list", *fields))}
    _gh("label", "create", LABEL, "--force", "--description", "A provider, and what reads it")
    for driver, found in groupby(results, lambda each: each["driver"].partition(":")[0]):
        title = f"Driver {driver}"
        body = "\n".join(line for each in found for line in problems(each))
        issue = issues.get(title)
        if issue is None:
            if body:
                _gh("issue", "create", "--title", title, "--label", LABEL, "--body", body)
        elif not body:
            _gh("issue", "close", str(issue["number"]), "--comment", "It works again.")
        elif body != issue["body"].replace("\r\n", "\n"):
            _gh("issue", "comment", str(issue["number"]), "--body", body)
            _gh("issue", "edit", str(issue["number"]), "--body", body)


def _gh(*arguments: str) -> str:
    done = subprocess.run(["gh", *arguments], check=True, capture_output=True, text=True)  # noqa: S603, S607
    return done.stdout


if __name__ == "__main__":
    main(sys.argv[1])
