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
@click.option("--minimal", is_flag=True, help="One short file, NAME.py, instead of a package.")
@click.option(
    "--extension",
    is_flag=True,
    help="A package with an extension: it observes what drivers answer, and adds a command.",
)
@click.option("--title", metavar="TEXT", help="The provider's name.  [default: made of NAME]")
@click.option("--base-url", metavar="URL", help="The provider's address.")
@click.option(
    "--pivot",
    metavar="CODE",
    shell_complete=completion.codes,
    help="The currency that all its rates are in or from.  [default: USD]",
)
@click.option(
    "--foreign-units",
    is_flag=True,
    help="It publishes what 1 unit of each other currency costs in the pivot: 1 USD = 3.7 ILS.",
)
@click.option("--key", is_flag=True, help="The provider needs a key.")
@click.option("--author", metavar="TEXT", help="Your name, or 'Name <address>'.")
@click.option("--repository", metavar="URL", help="Where the source will be.")
@click.option(
    "--into",
    metavar="DIR",
    default=".",
    type=click.Path(exists=True, file_okay=False),
    help="The folder to write it into.  [default: where you are]",
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
    """Write a package with a driver NAME: forexhooks-NAME, with tests and recorded replies.

    The driver works as it is, with an invented format; what to change for the real provider is
    marked TODO. Existing files are not changed.
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
    """Raise `click.UsageError` where an option is given that is for a kind of driver or package."""
    for option, value in options.items():
        if value:
            raise click.UsageError(f"{option} is for {kind}: leave it out, or {other}.")
