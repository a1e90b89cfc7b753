"""The docs as a site, made by Sphinx: `tox -e docs` builds it, with the network or without."""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "forexhooks"
author = "the authors of forexhooks"
extensions = [
    "myst_parser",
    "notfound.extension",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinxext.opengraph",
]
napoleon_numpy_docstring = False
exclude_patterns = ["*.py"]

html_theme = "furo"
html_title = "forexhooks"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/favicon.svg"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
pygments_dark_style = "monokai"  # furo's own underlines the name of each module

# Where the site is served, as Read the Docs says it: links to it and the page for 404 need that.
html_baseurl = os.environ.get("READTHEDOCS_CANONICAL_URL", "")
notfound_urls_prefix = urlsplit(html_baseurl).path or "/"
notfound_context = {
    "title": "Page not found",
    "body": """
<h1>Page not found</h1>
<p>There is no page at this address. The <a href="index.html">start page</a> lists all pages by
what you want to do, and the search box looks through all of them.</p>
""",
}
ogp_site_url = html_baseurl
ogp_site_name = project
ogp_social_cards = {"enable": False}

# A button copies a command without its prompt, and without what it prints.
copybutton_prompt_text = "$ "

# Links lead to headings as they do on GitHub.
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # the hooks' page begins each hook at the same level

# The docstrings are plain text with `code` in it.
default_role = "code"
add_module_names = False
toc_object_entries_show_parents = "hide"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True}
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 88

LONG = 7  # sections
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


def with_contents(app: Sphinx, name: str, content: list[str]) -> None:
    """Begin a long page with links to its sections: on a phone the theme's own are hidden."""
    head, *sections = re.split(r"^(?=## )", content[0], flags=re.M)
    if len(sections) >= LONG:
        # The theme warns of a second table of contents unless it has this class.
        meant = "this-will-duplicate-information-and-it-is-still-useful-here"
        contents = f"```{{contents}}\n:local:\n:depth: 1\n:class: {meant}\n```\n\n"
        content[0] = "".join([head, contents, *sections])


def with_first_line_whole(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]
) -> None:
    """Break the line of an attribute at its colon: napoleon takes what is before it for a type."""
    if what in ("attribute", "property") and lines:
        lines[:1] = re.split(r"(?<=:) ", lines[0], maxsplit=1)


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
    app.connect("source-read", with_contents)
    app.connect("autodoc-process-docstring", with_first_line_whole, priority=400)
    app.connect("autodoc-skip-member", is_left_out)
