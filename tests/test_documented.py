"""Nothing is left out of the docs, nothing in them is gone, and the site can be built from them."""

from __future__ import annotations

import ast
import html
import importlib
import importlib.util
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote

import click
import pytest
from markdown_it import MarkdownIt

import forexhooks
from forexhooks import errors, hookspecs
from forexhooks.cli import cli
from forexhooks.plugins.built_ins import BUILT_INS
from patience import CHILD_LIMIT
from providers import DRIVERS, OWN
from test_docs import DOCUMENTS, ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
LEAST_DESCRIPTION = 60


def text_of(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def rows_of(page: str) -> list[list[str]]:
    """The cells of all tables in a page."""
    lines = text_of(page).splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if line.startswith("|")
    ]


# The hooks.


HOOKS = {name: spec for name, spec in vars(hookspecs).items() if name.startswith("forex_")}


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_and_its_arguments_are_described(hook: str) -> None:
    described = inspect.getdoc(HOOKS[hook]) or ""
    about_all = inspect.getdoc(hookspecs) or ""
    prose = re.sub(r"::\n\n(    .*\n|\n)+", "", described + "\n" + about_all)
    words = {word for code in re.findall(r"`([^`]+)`", prose) for word in re.findall(r"\w+", code)}
    assert set(inspect.signature(HOOKS[hook]).parameters) <= words
    assert f"## {hook}\n" in text_of("hooks.md")


@pytest.mark.parametrize("hook", HOOKS)
def test_the_table_of_hooks_for_authors_is_right(hook: str) -> None:
    arguments = ", ".join(inspect.signature(HOOKS[hook]).parameters)
    assert [f"`{hook}`", arguments and f"`{arguments}`"] in [r[:2] for r in rows_of("drivers.md")]


def test_the_profiles_fields_are_described() -> None:
    described = {name for row in rows_of("drivers.md") for name in re.findall(r"`(\w+)`", row[0])}
    assert set(forexhooks.Profile._fields) <= described


# The command line.


def option_rows() -> list[list[str]]:
    """The rows of the table of options."""
    table = text_of("command-line.md").partition("| option | commands |")[2].partition("\n\n")[0]
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]
    ]


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """All commands, those within groups too, by their full names; the first is the group's own."""
    yield " ".join(path), group
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def documented_for(cell: str, command: str) -> bool:
    """Whether the second cell of the options' table names a command: "all but drivers"."""
    named, _, but = cell.partition(" but ")
    names = re.split(r", | and |, or ", named)
    if not command:
        return "before the command" in named
    return ("all" in names or command in names) and command not in re.split(r", | and ", but)


def options_of(command: click.Command) -> list[click.Option]:
    """The options of a command, --help too."""
    root = click.Context(cli, **cli.context_settings)
    context = click.Context(command, parent=root)
    return [each for each in command.get_params(context) if isinstance(each, click.Option)]


COMMANDS = dict(commands(cli))
OPTIONS = [
    (command, name)
    for command, what in COMMANDS.items()
    for option in options_of(what)
    for name in option.opts + option.secondary_opts
]


@pytest.mark.parametrize("command", [name for name in COMMANDS if name])
def test_a_command_is_documented(command: str) -> None:
    in_options = any(command in row[1].split(", ") for row in option_rows())
    assert in_options or re.search(rf"`forexhooks {command}\b", text_of("command-line.md"))
    assert re.search(rf"^  {command.split()[0]} ", text_of("command-line.md"), flags=re.M)


@pytest.mark.parametrize(("command", "option"), OPTIONS, ids=str)
def test_an_option_is_documented_for_its_command(command: str, option: str) -> None:
    assert any(
        re.search(rf"`{option}[ `]", row[0]) and documented_for(row[1], command)
        for row in option_rows()
    ), f"docs/command-line.md: no row of the options' table has {option} for {command or 'all'}"


def test_an_option_that_is_documented_is_there() -> None:
    for first, second, *_ in option_rows():
        for option in re.findall(r"`(--?[a-z][\w-]*)", first):
            mine = [command for command, each in OPTIONS if each == option]
            assert mine, option
            for name in re.split(r", | and ", re.sub(r" but .*|,? ?or before .*", "", second)):
                if name not in ("all", "before the command"):
                    assert name in mine, f"{option} of {name}"


@pytest.mark.parametrize("command", COMMANDS)
def test_each_option_says_in_its_help_what_it_does(command: str) -> None:
    assert all(option.help for option in options_of(COMMANDS[command]))


def test_commands_in_the_docs_are_there() -> None:
    named = {
        (page.name, found)
        for page in DOCUMENTS
        for found in re.findall(
            r"(?:^|[`$;] ?)(?:\w+=\S+ )*forexhooks ([a-z][a-z-]+)\b",
            page.read_text(encoding="utf-8"),
            flags=re.M,
        )
    }
    assert {(page, name) for page, name in named if name not in COMMANDS} == set()


# The settings.


def test_the_settings_are_documented() -> None:
    with pytest.raises(forexhooks.SettingsError) as refused:
        forexhooks.Settings({}, {"nonsense": 1})
    known = str(refused.value).rpartition("settings: ")[2].split(", ")
    assert "default_driver" in known
    page = text_of("command-line.md")
    for key in set(known) - {"drivers"}:
        assert f"`{key}`" in page
    assert "`[drivers.DRIVER]`" in page


def test_variables_that_the_code_reads_are_documented() -> None:
    variables = {
        found
        for folder in ("forexhooks", "builtin_plugins")
        for file in (ROOT / folder).rglob("*.py")
        for found in re.findall(r"\"(FOREXHOOKS_[A-Z_]+)\"", file.read_text(encoding="utf-8"))
    }
    assert "FOREXHOOKS_CONFIG" in variables
    assert {each for each in variables if f"`{each}" not in text_of("command-line.md")} == set()


@pytest.mark.parametrize("driver", [*DRIVERS, *OWN])
def test_a_drivers_own_settings_are_documented(driver: str) -> None:
    module, _, name = BUILT_INS[driver].partition(":")
    made = inspect.signature(getattr(importlib.import_module(module), name)).parameters.values()
    own = {each.name for each in made if each.kind is each.KEYWORD_ONLY}
    in_table = {row[1].strip("`") for row in rows_of("command-line.md") if row[0] == f"`{driver}`"}
    assert own - {"base_url", "time_limit"} == in_table
    assert "two settings: `base_url`" in text_of("command-line.md")


# The public names.


def public_modules() -> list[ModuleType]:
    """Those that say what of them is public."""
    found = [
        importlib.import_module(each.name)
        for each in pkgutil.walk_packages(forexhooks.__path__, "forexhooks.")
        if not each.name.endswith("__main__")
    ]
    inside = {"forexhooks.http.session", "forexhooks.testing.kit", "forexhooks.cli.scaffold"}
    return [forexhooks] + [
        each for each in found if hasattr(each, "__all__") and each.__name__ not in inside
    ]


def test_each_public_name_is_in_the_reference() -> None:
    listed = set(re.findall(r"^\.\. auto\w+:: (\S+)$", text_of("api.md"), flags=re.M))
    public = {f"{each.__name__}.{name}" for each in public_modules() for name in each.__all__}
    again = {f"forexhooks.http.{name}" for name in forexhooks.__all__}  # one place is enough
    assert public - again - listed == set()
    assert listed - public == set()


def of_errors(kind: type) -> list[str]:
    return [
        name
        for name, each in vars(errors).items()
        if isinstance(each, type) and issubclass(each, kind) and not name.startswith("_")
    ]


@pytest.mark.parametrize("name", [*of_errors(forexhooks.ForexError), *of_errors(Warning)])
def test_an_error_is_explained(name: str) -> None:
    if name in ("ForexError", "PluginError", "RateError"):  # explained by those below them
        assert name in text_of("errors.md")
    else:
        assert any(row[0] == f"`{name}`" and all(row) for row in rows_of("errors.md"))


@pytest.mark.parametrize("reason", forexhooks.UnavailableReason)
def test_a_reason_is_explained(reason: forexhooks.UnavailableReason) -> None:
    assert any(row[0] == f"`{reason.name}`" and all(row) for row in rows_of("errors.md"))


# Installing.


def test_each_extra_is_on_the_page_about_installing() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [row[0].strip("`") for row in rows_of("install.md")[2:]]
    assert sorted(listed) == sorted(project["optional-dependencies"])
    named = {
        extra
        for page in PAGES
        for extras in re.findall(r"forexhooks\[([\w,]+)\]", page.read_text(encoding="utf-8"))
        for extra in extras.split(",")
    }
    assert named <= set(listed)


def test_a_page_that_installs_says_first_how_to_get_forexhooks() -> None:
    for page in PAGES:
        head, installs, _ = page.read_text(encoding="utf-8").partition("\npip install 'forexhooks[")
        assert not installs or "install.md" in head or page.name == "install.md", page.name


# The pages.


def test_each_page_is_in_a_table_of_contents_once() -> None:
    listed = [
        entry
        for tree in re.findall(r"```\{toctree\}\n(.*?)```", text_of("index.md"), flags=re.S)
        for entry in tree.split("\n")
        if entry and not entry.startswith(":")
    ]
    pages = [page.relative_to(DOCS).with_suffix("").as_posix() for page in PAGES]
    assert sorted(listed) == sorted(set(pages) - {"index"})


def slugs(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    tokens = MarkdownIt().parse(page.read_text(encoding="utf-8"))
    titles = [after.content for before, after in pairwise(tokens) if before.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.is_file(), target
        assert not anchor or anchor in slugs(there), target


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if importlib.util.find_spec("sphinx") is None:
        pytest.skip("the site is built where the group docs is installed: tox -e docs")
    folder = tmp_path_factory.mktemp("site")
    options = ["--fail-on-warning", "--keep-going", "--quiet", "-d", str(folder / "trees")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, "docs", str(folder / "out")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=CHILD_LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder / "out"


def test_the_site_is_built_and_each_page_is_in_it(site: Path) -> None:
    for page in PAGES:
        assert (site / page.relative_to(DOCS).with_suffix(".html")).is_file()
    assert "Decimal('13.95')" in re.sub(
        r"<[^>]+>", "", (site / "index.html").read_text(encoding="utf-8")
    ).replace("&#39;", "'")


def test_the_site_asks_nobody_else(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"([^\"]+)\"", text)
        loaded += [
            found
            for link in re.findall(r"<link\b[^>]*>", text)
            if re.search(r"stylesheet|preload|icon", link)
            for found in re.findall(r"href=\"([^\"]+)\"", link)
        ]
        assert loaded
        assert [each for each in loaded if re.match(r"(https?:)?//", each)] == []
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import )[\"']?(https?:)?//", sheet.read_text("utf-8"))


def test_the_site_leads_to_its_own_pages_and_their_sections(site: Path) -> None:
    written = {page: page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    anchors = {page: set(re.findall(r"\bid=\"([^\"]+)\"", text)) for page, text in written.items()}
    for page, text in written.items():
        for link in set(re.findall(r"<a\b[^>]*href=\"([^\"]+)\"", text)):
            path, _, anchor = html.unescape(link).partition("#")
            if not re.match(r"\w+:", path):
                # The page for 404 is shown at any address, so its links begin at the root.
                root = site if path.startswith("/") else page.parent
                there = root.joinpath(path.lstrip("/")).resolve() if path else page
                assert there.is_file(), f"{page.name}: {link}"
                assert not anchor or unquote(anchor) in anchors[there], f"{page.name}: {link}"


def test_each_page_of_the_site_says_what_it_is_and_leads_on(site: Path) -> None:
    descriptions = {}
    for page in PAGES:
        text = (site / page.relative_to(DOCS).with_suffix(".html")).read_text(encoding="utf-8")
        [described] = re.findall(r"<meta name=\"description\" content=\"([^\"]+)\"", text)
        assert len(described) > LEAST_DESCRIPTION, f"{page.name}: {described}"
        descriptions[page] = described
        assert 'class="next-page"' in text or 'class="prev-page"' in text
    assert len(set(descriptions.values())) == len(PAGES)


def test_the_site_describes_each_public_name(site: Path) -> None:
    written = (site / "api.html").read_text(encoding="utf-8")
    documented: dict[str, Any] = {
        f"{each.__name__}.{name}": getattr(each, name)
        for each in public_modules()
        for name in each.__all__
    }
    for name, value in documented.items():
        if callable(value) and f"forexhooks.{name.rpartition('.')[2]}" not in documented:
            assert f'id="{name}"' in written


# The promises.


def promises() -> list[list[str]]:
    return [row for row in rows_of("promises.md") if row[0] != "promise" and "---" not in row[0]]


@pytest.mark.parametrize("promise", promises(), ids=lambda row: row[0])
def test_a_promise_names_a_test_that_there_is(promise: list[str]) -> None:
    file, _, name = promise[1].strip("`").partition("::")
    tests = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
    assert name in {each.name for each in tests if isinstance(each, ast.FunctionDef)}


def test_each_section_of_promises_has_some() -> None:
    sections = re.split(r"^## ", text_of("promises.md"), flags=re.M)[1:]
    assert [each.splitlines()[0] for each in sections if "| `tests/" not in each] == [
        "Not promised"
    ]
