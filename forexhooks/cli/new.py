"""`forexhooks new NAME`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from forexhooks.cli import completion
from forexhooks.cli.options import json_option
from forexhooks.cli.printing import echo_json

if TYPE_CHECKING:
    from collections.abc import Mapping


@click.command("new")
@click.argument("name")
@click.option(
    "--minimal", is_flag=True, help="Write one short file, NAME.py, instead of a package."
)
@click.option(
    "--extension",
    is_flag=True,
    help="Write an extension instead: it observes the drivers' answers, and adds a command.",
)
@click.option("--title", metavar="TEXT", help="The provider's name.  [default: made from NAME]")
@click.option("--base-url", metavar="URL", help="The provider's address.")
@click.option(
    "--pivot",
    metavar="CODE",
    shell_complete=completion.codes,
    help="The currency on one side of all its rates.  [default: USD]",
)
@click.option(
    "--foreign-units",
    is_flag=True,
    help="The rates tell what 1 foreign unit costs in the pivot, like 1 USD = 3.7 ILS for ILS.",
)
@click.option("--key", is_flag=True, help="The provider needs an API key.")
@click.option("--author", metavar="TEXT", help="Your name, or 'Name <address>'.")
@click.option("--repository", metavar="URL", help="The address of the repository.")
@click.option(
    "--into",
    metavar="DIR",
    default=".",
    type=click.Path(exists=True, file_okay=False),
    help="The folder to write to.  [default: the current one]",
)
@json_option
def command(
    *,
    name: str,
    minimal: bool,
    extension: bool,
    title: str | None,
    base_url: str | None,
    pivot: str | None,
    foreign_units: bool,
    key: bool,
    author: str | None,
    repository: str | None,
    into: str,
    as_json: bool,
) -> None:
    """Write a package with a driver NAME: forexhooks-NAME, with tests and sample responses.

    The driver works at once, with an invented format; what to change for the real provider is
    marked TODO. Existing files are never changed.
    """
    from forexhooks.cli import scaffold

    of_a_driver: dict[str, object] = {
        "--base-url": base_url,
        "--pivot": pivot,
        "--foreign-units": foreign_units,
        "--key": key,
    }
    of_a_package: dict[str, object] = {"--author": author, "--repository": repository}
    if minimal:
        _refuse({"--extension": extension} | of_a_driver | of_a_package, "a package", "--minimal")
        written = scaffold.new_file(name, title=title, into=into)
    elif extension:
        _refuse(of_a_driver, "a driver", "--extension")
        written = scaffold.new_extension(
            name, title=title, author=author, repository=repository, into=into
        )
    else:
        written = scaffold.new_package(
            name,
            title=title,
            base_url=base_url,
            pivot=pivot or "USD",
            foreign_units=foreign_units,
            key=key,
            author=author,
            repository=repository,
            into=into,
        )
    if as_json:
        echo_json(
            {
                "extension" if extension else "driver": name,
                "path": str(written.path),
                "files": written.files,
            }
        )
        return
    click.echo(f"Wrote {written.path}. Next:\n\n{written.next_steps}", nl=False)


def _refuse(options: Mapping[str, object], kind: str, other: str) -> None:
    """Raise `click.UsageError` for an option that does not apply to what is written."""
    for option, value in options.items():
        if value:
            raise click.UsageError(
                f"{option} applies to {kind} only: leave out {option} or {other}"
            )
