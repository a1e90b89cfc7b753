"""The docs as a site, made by Sphinx: `tox -e docs` builds it, with the network or without."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "forexhooks"
author = "the authors of forexhooks"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
napoleon_numpy_docstring = False
exclude_patterns = ["*.py"]

html_theme = "furo"
html_title = "forexhooks"
html_copy_source = False
html_show_sphinx = False

# Links lead to headings as they do on GitHub.
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # the hooks' page begins each hook at the same level

# The docstrings are plain text with `code` in it.
default_role = "code"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88

ROOT = Path(__file__).parent.parent
INCLUDE = re.compile(r"```\{include\} \.\./(\S+)\n```\n")


def elsewhere() -> dict[str, str]:
    """The pages that live outside `docs/`: where they are in the repository, and on the site."""
    found: dict[str, str] = {}
    for page in sorted((ROOT / "docs").rglob("*.md")):
        included = INCLUDE.fullmatch(page.read_text(encoding="utf-8"))
        if included:
            found[included[1]] = page.name
    return found


def with_links_led(app: Sphinx, name: str, content: list[str]) -> None:
    """Put in what a page includes, and let the links lead to where the pages are on the site."""
    pages = elsewhere()
    source = {page: source for source, page in pages.items()}.get(f"{name}.md", f"docs/{name}.md")
    text = (ROOT / source).read_text(encoding="utf-8")

    def led(link: re.Match[str]) -> str:
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), link[1]))
        # A page has its place on the site; a picture stays where it is.
        target = pages.get(path) or posixpath.relpath(path, "docs")
        return f"]({posixpath.relpath(target, posixpath.dirname(name) or '.')}{link[2] or ''})"

    content[0] = re.sub(r"\]\((?!\w+:)([^)#\s]+)(#[^)\s]*)?\)", led, text)


def is_left_out(
    app: Sphinx, what: str, name: str, member: Any, skip: bool, options: Any
) -> bool | None:
    """Leave out what the page of the hooks has, and what Python says of a tuple's fields."""
    documentation = getattr(member, "__doc__", None) or ""
    if name.startswith("forex_") or documentation.startswith("Alias for field number"):
        return True
    return None


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", with_links_led)
    app.connect("autodoc-skip-member", is_left_out)
