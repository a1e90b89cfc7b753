"""Shell completion of drivers, codes and files. It imports no plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem


def files(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Let the shell complete a file."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(begun, type="file")]


def drivers(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    """Complete the name of a driver that is built in or installed."""
    from forexhooks.plugins.discovery import installed_drivers
    from forexhooks.support.settings import read_settings

    found = installed_drivers(autoload=not read_settings().disable_plugin_autoload)
    names = dict.fromkeys(each.name for each in found)
    return [name for name in names if name.startswith(begun)]


def codes(_: click.Context, __: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete a code, or the second of a pair like USD/CAD."""
    from click.shell_completion import CompletionItem

    from forexhooks.currencies import CODES, name_of

    before, slash, code = begun.upper().rpartition("/")
    return [
        CompletionItem(f"{before}{slash}{each}", help=name_of(each))
        for each in sorted(CODES)
        if each.startswith(code)
    ]


def codes_after_the_first(
    ctx: click.Context, param: click.Parameter, begun: str
) -> list[CompletionItem]:
    """Complete a code, except for the first word, which is an amount."""
    return codes(ctx, param, begun) if ctx.params.get(param.name or "") else []
