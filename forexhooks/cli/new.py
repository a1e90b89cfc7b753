"""`forexhooks new NAME`."""

from __future__ import annotations

import click

from forexhooks.cli import completion
from forexhooks.cli.options import json_option
from forexhooks.cli.printing import echo_json


@click.command("new")
@click.argument("name")
@click.option("--minimal", is_flag=True, help="One short file, NAME.py, in place of a package.")
@click.option("--title", metavar="TEXT", help="The provider's name.  [default: made of NAME]")
@click.option("--base-url", metavar="URL", help="The provider's address.")
@click.option(
    "--pivot",
    metavar="CODE",
    shell_complete=completion.codes,
    help="The currency that is in each of its rates.  [default: USD]",
)
@click.option(
    "--foreign-units",
    is_flag=True,
    help="It says what 1 unit of each other currency costs in the pivot: 1 USD = 3.7 ILS.",
)
@click.option("--key", is_flag=True, help="The provider needs a key.")
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
    title: str | None,
    base_url: str | None,
    pivot: str | None,
    foreign_units: bool,
    key: bool,
    into: str,
    as_json: bool,
) -> None:
    """Write a package with a driver NAME: forexhooks-NAME, with tests and recorded replies.

    It works as it is, with a format that is made up; what to change for the real provider is
    marked TODO. What is there already is left alone.
    """
    from forexhooks.cli import scaffold

    if minimal:
        for option, value in (
            ("--base-url", base_url),
            ("--pivot", pivot),
            ("--foreign-units", foreign_units),
            ("--key", key),
        ):
            if value:
                raise click.UsageError(f"{option} is for a package: leave it out, or --minimal.")
        written = scaffold.new_file(name, title=title, into=into)
    else:
        written = scaffold.new_package(
            name,
            title=title,
            base_url=base_url,
            pivot=pivot or "USD",
            foreign_units=foreign_units,
            key=key,
            into=into,
        )
    if as_json:
        echo_json({"driver": name, "path": str(written.path), "files": written.files})
        return
    click.echo(f"Wrote {written.path}. Next:\n\n{written.next_steps}", nl=False)
