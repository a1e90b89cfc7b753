"""--explain: what a rate was made of, and why it is of that day and from that driver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from forexhooks.cli.printing import echo
from forexhooks.cli.wording import said

if TYPE_CHECKING:
    from forexhooks import ForexService, Rate

explain_option: Callable[[Any], Any] = click.option(
    "--explain",
    is_flag=True,
    help="Explain the result: which observations, day and driver, and why these.",
)


def echo_explained(
    rate: Rate, service: ForexService, max_gap: int | None, more: Sequence[tuple[str, str]] = ()
) -> None:
    """Print how a rate comes about.

    Args:
        rate: The rate.
        service: Who was asked.
        max_gap: The days that --max-gap allows; None: as many as the driver does.
        more: Further lines, each with the word before it.
    """
    from forexhooks.service.explained import explained

    for word, about in explained(rate, service, max_gap, said).items():
        lines = [(word, line) for line in about]
        for each, what in lines + (list(more) if word == "value" else []):
            echo(f"  {each:<10} {what}")
