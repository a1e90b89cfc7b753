"""Make `hooks.md` from the specs and their docstrings: run it to write the page."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from forexhooks.plugins import hookspecs

_ON_ONE_LINE = 2
PAGE = Path(__file__).with_name("hooks.md")

_HEAD = """\
# The hooks

{about}

If this is your first plugin, begin with the [tutorial](tutorial.md). \
[How the hooks may change](hook-policy.md) says what a later release may do. This page is made \
from the specs in `forexhooks/plugins/hookspecs.py` by `docs/make_hooks.py`.

"""

_OVERVIEW = """\
| hook | arguments | which plugin answers |
|---|---|---|
"""


def page() -> str:
    """The text of the page."""
    hooks = {name: each for name, each in vars(hookspecs).items() if name.startswith("forex_")}
    about = (inspect.getdoc(hookspecs) or "").replace("The hooks: w", "W", 1)
    rows = [_row(name, each) for name, each in hooks.items()]
    sections = [_section(name, each) for name, each in hooks.items()]
    return _HEAD.format(about=_flowing(about)) + _OVERVIEW + "".join(rows) + "".join(sections)


def _row(name: str, spec: Callable[..., Any]) -> str:
    arguments = ", ".join(f"`{each}`" for each in inspect.signature(spec).parameters)
    return f"| [`{name}`](#{name}) | {arguments} | {_answered_by(spec)} |\n"


def _answered_by(spec: Callable[..., Any]) -> str:
    options = spec.forexhooks_spec  # type: ignore[attr-defined]
    return "the first that does not return `None`" if options["firstresult"] else "all"


def _section(name: str, spec: Callable[..., Any]) -> str:
    return f"\n## {name}\n\n{_signature(name, spec)}\n{_described(inspect.getdoc(spec) or '')}"


def _signature(name: str, spec: Callable[..., Any]) -> str:
    signature = inspect.signature(spec)
    # The annotations are strings, which a signature would show in quotes.
    arguments = [str(each).replace("'", "") for each in signature.parameters.values()]
    listed = ", ".join(arguments)
    if len(arguments) > _ON_ONE_LINE:
        listed = "".join(f"\n    {each}," for each in arguments) + "\n"
    return f"```text\n{name}({listed}) -> {signature.return_annotation}\n```\n"


def _described(documentation: str) -> str:
    """The docstring as Markdown: its examples fenced."""
    text = ""
    for part in re.split(r"((?:^|\s?):: *\n\n(?:    .*\n|\n)+)", documentation + "\n"):
        example = re.match(r"\s*::\n\n((?:    .*\n|\n)+)", part)
        if example:
            text = text.rstrip()
            if text and text[-1].isalnum():
                text += ":"
            text += f"\n\n```python\n{inspect.cleandoc(example[1])}\n```\n\n"
        else:
            text += _flowing(part)
    return text.rstrip() + "\n"


def _flowing(text: str) -> str:
    """Paragraphs as one line each, as in the other pages."""
    return re.sub(r"(?<=\S)\n(?=\S)", " ", text)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
