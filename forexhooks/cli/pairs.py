"""Pairs of currencies as people write them: USD CAD, USD/CAD, USD CAD JPY."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from forexhooks.cli.completion import codes
from forexhooks.currencies import parse_code

_HOW = "write USD CAD, or USD/CAD"

pair_argument: Callable[[Any], Any] = click.argument(
    "codes", metavar="BASE QUOTE", nargs=-1, required=True, shell_complete=codes
)

quotes_argument: Callable[[Any], Any] = click.argument(
    "codes", metavar="BASE QUOTE...", nargs=-1, required=True, shell_complete=codes
)


def pairs_of(words: Sequence[str]) -> list[tuple[str, str]]:
    """Read pairs of codes.

    Args:
        words: Codes and pairs. The first code, or the base of a pair, is the base of the codes
            after it.

    Returns:
        The base and quote of each pair; codes in lower case become upper case.

    Raises:
        click.UsageError: A word is not a pair, or a base stands alone.
    """
    pairs: list[tuple[str, str]] = []
    base = ""
    for word in words:
        parts = [_code(part) for part in word.split("/")]
        if not all(parts) or len(parts) > 2:
            raise click.UsageError(f"{word!r} is not a pair: {_HOW}")
        if len(parts) == 2:
            base = parts[0]
            pairs.append((base, parts[1]))
        elif base:
            pairs.append((base, parts[0]))
        else:
            base = parts[0]
    if not pairs:
        what = f"a quote is missing after {base}" if base else "a base and a quote are missing"
        raise click.UsageError(f"{what}: {_HOW}")
    return list(dict.fromkeys(pairs))


def base_and_quotes(words: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Read pairs that have one base.

    Args:
        words: As for `pairs_of`.

    Returns:
        The base, and the quotes.

    Raises:
        click.UsageError: The words are not pairs, or have several bases.
    """
    pairs = pairs_of(words)
    bases = list(dict.fromkeys(base for base, _ in pairs))
    if len(bases) > 1:
        raise click.UsageError(f"ask for one base at a time, not {' and '.join(bases)}")
    return bases[0], tuple(quote for _, quote in pairs)


def base_and_quote(words: Sequence[str]) -> tuple[str, str]:
    """Read a single pair.

    Args:
        words: As for `pairs_of`.

    Returns:
        The base, and the quote.

    Raises:
        click.UsageError: The words are not exactly one pair.
    """
    base, quotes = base_and_quotes(words)
    if len(quotes) > 1:
        raise click.UsageError(f"ask for one quote, not {' and '.join(quotes)}")
    return base, quotes[0]


def _code(word: str) -> str:
    code = word.strip()
    return parse_code(code) if code else code
