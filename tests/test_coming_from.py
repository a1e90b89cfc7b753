"""The page for those who come from another library: each line of ours is run."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
from click.testing import CliRunner

from forexhooks.cli import cli
from test_docs import ROOT

pytestmark = pytest.mark.one_python

PAGE = (ROOT / "docs/howto/coming-from.md").read_text(encoding="utf-8")
TASKS = dict(
    re.findall(r"^\d+\. (.+)\n((?:.*\n)*)", section)[0]
    for section in re.split(r"^## ", PAGE, flags=re.M)
    if re.match(r"\d+\. ", section)
)
THEY = ["CurrencyConverter", "forex-python", "frankfurter", "pricehist", "forexhooks"]


def test_there_are_ten_tasks_of_all_five() -> None:
    assert len(TASKS) == 10
    for text in TASKS.values():
        assert re.findall(r"^\| (\w[\w-]*) \|", text, flags=re.M) == THEY


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.usefixtures("bundle_is_fresh")
def test_our_lines_are_run(task: str) -> None:
    text = TASKS[task]
    names: dict[str, Any] = {}
    [before] = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.M | re.S)
    exec(before, names)  # noqa: S102 - our own documentation
    exec("from decimal import Decimal", names)  # noqa: S102
    ours = text[text.index("| forexhooks |") :]
    lines = re.findall(r"^\| (?:forexhooks)? ?\| `(.+?)`(?: gives `(.+)`)? \|$", ours, flags=re.M)
    assert lines and len(lines) == len(re.findall(r"^\|", ours, flags=re.M))
    for line, gives in lines:
        if line.startswith("forexhooks "):
            done = CliRunner().invoke(cli, shlex.split(line)[1:])
            assert done.exit_code == 0 and done.stdout, done.output
        else:
            value = eval(line, names)  # noqa: S307
            assert not gives or value == eval(gives, names)  # noqa: S307
