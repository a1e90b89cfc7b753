"""An environment that `uv tool install` made: what it was made with, to be given to uv again.

uv has no command that adds a package to a tool: the tool is installed again, with one more.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from forexhooks.errors import PluginError

RECEIPT = "uv-receipt.toml"
"""The file that uv leaves in an environment of its own."""

_UNDERSTOOD = {"requirements", "entrypoints", "options", "python"}
_ADDRESSES = ("url", "path", "directory", "git")


def canonical(name: str) -> str:
    """The name of a distribution, as all its spellings are compared."""
    from packaging.utils import canonicalize_name

    return str(canonicalize_name(name))


def environment() -> dict[str, str]:
    """The variables that tell uv where this environment is, and the programs that come of it."""
    variables = {"UV_TOOL_DIR": str(Path(sys.prefix).parent)}
    for each in _receipt().get("entrypoints", [])[:1]:
        variables["UV_TOOL_BIN_DIR"] = str(Path(each["install-path"]).parent)
    return variables


def made_with(but: Collection[str | None], anew: Sequence[str]) -> list[str]:
    """What `uv tool install` is to be given to make this environment as it is.

    Without the packages of the names in `but`, and without the options that are given `anew`.
    Raises `PluginError` where the receipt has what cannot be given again.
    """
    receipt = _receipt()
    tool = Path(sys.prefix).name
    unknown = receipt.keys() - _UNDERSTOOD
    if unknown:
        raise PluginError(
            f"uv made this environment with {', '.join(sorted(unknown))}, which cannot be "
            f"given again: run `uv tool install {tool} --with …` with all it was made with"
        )
    named_anew = {each.partition("=")[0] for each in anew}
    options = receipt.get("options", {}).items()
    given = _options({key: value for key, value in options if f"--{key}" not in named_anew})
    if "python" in receipt:
        given += ["--python", receipt["python"]]
    others = {each.get("from") for each in receipt.get("entrypoints", [])} - {None, tool, *but}
    given += [f"--with-executables-from={name}" for name in sorted(others)]
    for each in receipt["requirements"]:
        name, folder = canonical(each["name"]), each.get("editable")
        if name == tool:
            given += ["--editable", folder] if folder else [_asked(each)]
        elif name not in but:
            given += ["--with-editable", folder] if folder else ["--with", _asked(each)]
    return given


def _receipt() -> dict[str, Any]:
    import tomllib

    path = Path(sys.prefix, RECEIPT)
    try:
        receipt: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))["tool"]
        receipt["requirements"]
    except (OSError, ValueError, KeyError) as error:
        raise PluginError(f"{path} cannot be read: {error}") from error
    return receipt


def _asked(requirement: Mapping[str, Any]) -> str:
    """A requirement of a receipt as it would be asked for."""
    extras = f"[{','.join(requirement['extras'])}]" if requirement.get("extras") else ""
    name = f"{requirement['name']}{extras}"
    kind = next((each for each in _ADDRESSES if each in requirement), None)
    if kind is None:
        return f"{name}{requirement.get('specifier', '')}"
    address = requirement[kind]
    if kind in ("path", "directory"):
        address = Path(address).as_uri()
    elif kind == "git":
        base, _, query = address.partition("?")
        revision = re.search(r"(?:rev|tag|branch)=([^&#]+)", query)
        folder = re.search(r"subdirectory=[^&#]+", query)
        address = f"git+{base}" + (f"@{revision[1]}" if revision else "")
        address += f"#{folder[0]}" if folder else ""
    return f"{name} @ {address}"


def _options(options: Mapping[str, Any]) -> list[str]:
    """The options of a receipt, as uv is given them."""
    given: list[str] = []
    for name, value in options.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):  # an index
                given.append(f"--{'default-index' if each.get('default') else name}={each['url']}")
            elif each is True:
                given.append(f"--{name}")
            elif each is not False:
                given.append(f"--{name}={each}")
    return given
