"""Options for how a history is written for another program."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from forexhooks.cli.options import grouped

if TYPE_CHECKING:
    from forexhooks.cli.options import Decorator

_DELIMITER = re.compile(r"[^\w\s\".+-]|\t")


class Style(NamedTuple):
    """How fields and numbers are written, and the `names` of currencies that have another."""

    delimiter: str = ","
    decimal: str = "."
    names: Mapping[str, str] = {}

    def number(self, digits: str) -> str:
        """The number with this decimal mark."""
        return digits.replace(".", self.decimal)

    def check(self, written_as: str | None, takers: Mapping[str, Sequence[str]]) -> None:
        """Raise `click.UsageError` for an option that does not apply to the format.

        Args:
            written_as: The format; None: a table.
            takers: For each option, the formats it applies to.
        """
        plain = Style()
        for option, value, default in zip(_OPTIONS, self, plain, strict=True):
            if value != default and written_as not in takers[option]:
                raise click.UsageError(f"{option} needs --format {', '.join(takers[option])}")


def _delimiter(_: click.Context, __: click.Parameter, value: str) -> str:
    delimiter = "\t" if value == "tab" else value
    if not _DELIMITER.fullmatch(delimiter):
        raise click.BadParameter(f"{value!r} cannot separate fields: use a character like ; or tab")
    return delimiter


def _names(_: click.Context, __: click.Parameter, values: Sequence[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for value in values:
        code, equals, name = value.partition("=")
        if not (code and equals and name) or re.search(r"[\"\s]", name):
            raise click.BadParameter(
                f"{value!r} is not a currency and its name: write it like EUR=€"
            )
        names[code.upper() if code.islower() else code] = name
    return names


_OPTIONS = "--delimiter", "--decimal", "--commodity"

style_options: Decorator = grouped(
    "style",
    Style,
    click.option(
        "--delimiter",
        metavar="CHAR",
        default=",",
        callback=_delimiter,
        help="The character between the fields of a csv file; `tab` for a tab.  [default: ,]",
    ),
    click.option(
        "--decimal",
        type=click.Choice([".", ","]),
        default=".",
        help="The decimal mark.  [default: .]",
    ),
    click.option(
        "--commodity",
        "names",
        metavar="CODE=NAME",
        multiple=True,
        callback=_names,
        help="The name of a currency in your books, like EUR=€. May be given several times.",
    ),
)
