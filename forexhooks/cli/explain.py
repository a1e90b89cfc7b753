"""--explain: which observations a rate is made of, and why of this day and driver."""

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
    help="Explain the result: which observations, day and driver it uses, and why.",
)


def echo_explained(
    rate: Rate, service: ForexService, max_gap: int | None, more: Sequence[tuple[str, str]] = ()
) -> None:
    """Print how a rate was found.

    Args:
        rate: The rate.
        service: The service that answered.
        max_gap: The days that --max-gap allows; None: the driver's own number.
        more: Further lines, each with its label.
    """
    from forexhooks.service.explained import explained

    for word, about in explained(rate, service, max_gap, said).items():
        lines = [(word, line) for line in about]
        for each, what in lines + (list(more) if word == "value" else []):
            echo(f"  {each:<10} {what}")
