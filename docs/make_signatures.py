"""Make `signatures.md`, the public names with their signatures: run it to write the page.

The names are those of `api.md`; what the site shows of them is here for those who read without it.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
PAGE = _FOLDER / "signatures.md"
_LONGEST = 90

_HEAD = """\
# Signatures

The functions and classes of [the public names](api.md), without their descriptions. This page is \
made by `docs/make_signatures.py`.
"""


def page() -> str:
    """The text of the page."""
    text = _HEAD
    for heading, body in re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", _api(), re.M | re.S):
        lines = [
            line
            for kind, name in re.findall(r"^\.\. auto(function|class):: (\S+)", body, re.M)
            for line in _lines(kind, name, found(name))
        ]
        if lines:
            text += f"\n## {heading}\n\n```text\n" + "\n".join(lines) + "\n```\n"
    return text


def found(name: str) -> Any:
    """What the dotted name is of."""
    parent, _, last = name.rpartition(".")
    return getattr(import_module(parent), last)


def _api() -> str:
    return (_FOLDER / "api.md").read_text(encoding="utf-8")


def _lines(kind: str, name: str, what: Any) -> Iterator[str]:
    if kind == "function":
        yield signature(name, what)
        return
    if issubclass(what, Enum):
        yield f"{name}: {', '.join(what.__members__)}"
        return
    # What a test class of the kit has are its tests, and attributes that its page tells.
    is_kit = name.endswith(".DriverTests")
    yield name if is_kit else signature(name, what)
    for member, value in ({} if is_kit else _members(what)).items():
        if isinstance(value, property):
            yield f"    .{member}"
        elif callable(value):
            yield "    " + signature(f".{member}", value, bound=True)


def _members(kind: type) -> dict[str, Any]:
    """The public methods and properties, those of public bases too, in order of definition."""
    members: dict[str, Any] = {}
    for each in reversed(kind.__mro__):
        if each.__module__.partition(".")[0] == "forexhooks" and not each.__name__.startswith("_"):
            members.update(vars(each))
    return {
        name: getattr(value, "__func__", value)
        for name, value in members.items()
        if not name.startswith(("_", "forex_")) and not isinstance(value, type)
    }


def signature(name: str, of: Any, *, bound: bool = False) -> str:
    """`name(arguments) -> result`, on several lines where it is long."""
    described = inspect.signature(of)
    arguments = list(described.parameters.values())[int(bound) :]
    parts: list[str] = []
    for before, each in zip([None, *arguments], arguments, strict=False):
        if each.kind is each.KEYWORD_ONLY and (
            before is None or before.kind not in (each.KEYWORD_ONLY, each.VAR_POSITIONAL)
        ):
            parts.append("*")
        parts.append(_argument(each))
    result = described.return_annotation
    ending = "" if result is inspect.Signature.empty or isinstance(of, type) else f" -> {result}"
    line = f"{name}({', '.join(parts)}){ending}"
    if len(line) <= _LONGEST:
        return line
    indent = "    " if bound else ""
    return f"{name}(\n" + "".join(f"{indent}    {part},\n" for part in parts) + f"{indent}){ending}"


def _argument(parameter: inspect.Parameter) -> str:
    stars = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
    kind = parameter.annotation
    text = f"{stars}{parameter.name}"
    if kind is not parameter.empty:
        text += f": {getattr(kind, '__forward_arg__', kind)}"
    if parameter.default is parameter.empty:
        return text
    default = parameter.default
    shown = default.__name__ if inspect.isfunction(default) else repr(default)
    return f"{text} = {shown}" if kind is not parameter.empty else f"{text}={shown}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
