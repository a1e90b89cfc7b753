"""The command line: `forexhooks COMMAND`. One file per command, imported when it is called."""

from __future__ import annotations

import io
import os
import sys
import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from forexhooks import DrainWarning, ForexError, PluginError, RetiredHookWarning, StaleRateWarning
from forexhooks.cli.options import State, plugin_option, trace_option
from forexhooks.cli.printing import echo
from forexhooks.cli.wording import in_words_of, said
from forexhooks.support.text import in_one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

# The help lines are here so that --help imports no command.
COMMANDS = {
    "rate": "What 1 unit of a currency costs in another.",
    "convert": "Convert an amount from one currency into another.",
    "convert-file": "Convert the amounts in a csv, ndjson or Parquet file.",
    "history": "Show what a currency cost, day by day, or plot it.",
    "compare": "Compare the rates of all drivers for a pair.",
    "currencies": "List the currencies that a driver knows.",
    "serve": "Serve rates over HTTP: Frankfurter's API and forexhooks' own.",
    "mcp": "Give rates to an AI agent, over the Model Context Protocol.",
    "watch": "Show the rates of the drivers in a folder as they come and go.",
    "lock": "Write rates to a file that always gives the same answers.",
    "update": "Bring a driver's store of rates up to date.",
    "cache": "List the cached responses of the providers, or delete them.",
    "install": "Install plugins into forexhooks' environment.",
    "uninstall": "Uninstall plugins.",
    "drivers": "List the drivers, where they come from, and whether they work.",
    "doctor": "Check the drivers, and say what to do about those that fail.",
    "new": "Write a package with a driver of your own.",
}


_FAILED = 1


class Commands(click.Group):
    """The commands of COMMANDS, and those that plugins add."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands, ours first."""
        return [*COMMANDS, *self._added(ctx).commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command of ours, or get one that a plugin added."""
        if cmd_name not in COMMANDS:
            return self._added(ctx).commands.get(cmd_name)
        command: click.Command = import_module(
            f"forexhooks.cli.{cmd_name.replace('-', '_')}"
        ).command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error message speaks of its options."""
        try:
            return super().invoke(ctx)
        except ForexError as error:
            command = self.get_command(ctx, ctx.invoked_subcommand or "")
            words = in_words_of(" ".join(str(error).split()), command)
            echo(f"Error: {words}", err=True)
            return _FAILED

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help lines without importing a command."""
        lines = list(COMMANDS.items())
        try:
            added = self._added(ctx).commands.items()
        except ForexError as error:  # --help must work with a broken plugin
            echo(f"Note: the commands of plugins are not listed: {said(error)}", err=True)
        else:
            lines += [
                (in_one_line(name), in_one_line(each.get_short_help_str())) for name, each in added
            ]
        with formatter.section("Commands"):
            formatter.write_dl(lines)

    @staticmethod
    def _added(ctx: click.Context) -> click.Group:
        group = click.Group()
        if ctx.resilient_parsing:  # shell completion must not run plugins' code
            return group
        try:
            State.of(ctx).manager().hook.forex_add_commands(cli=group)
        except ForexError:
            raise
        except Exception as error:
            raise PluginError(
                f"a plugin failed to add its commands: {type(error).__name__}: {error}"
            ) from error
        for name in COMMANDS:
            group.commands.pop(name, None)  # a plugin cannot replace a built-in command
        return group


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(None, "-V", "--version", package_name="forexhooks")
@plugin_option
@trace_option
def cli() -> None:
    """Exchange rates through drivers that are plugins.

    This works offline, with the ECB rates that come with the package:

        forexhooks rate USD CAD
    """


def _show_warning(
    message: Warning | str, category: type[Warning], file: str, line: int, *_: object
) -> None:
    of_a_plugin = issubclass(category, RetiredHookWarning)
    where = f" ({os.path.basename(file)}, line {line})" if of_a_plugin else ""
    echo(f"Warning: {message}{where}", err=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit: 0, 1 for an error, 2 for wrong usage, 130 for Ctrl-C."""
    # The commands print a note of their own about stale rates.
    warnings.simplefilter("ignore", StaleRateWarning)
    # Python hides deprecations by default; the author of a driver needs to see this one.
    warnings.simplefilter("default", RetiredHookWarning)
    warnings.showwarning = _show_warning  # type: ignore[assignment]
    # On Windows, files and pipes are written in a code page: escape what it lacks.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.exit(cli.main(arguments, prog_name="forexhooks", standalone_mode=False))
    except click.ClickException as error:
        shown = io.StringIO()
        error.show(shown)
        echo(shown.getvalue(), err=True, nl=False)
        sys.exit(error.exit_code)
    except ForexError as error:
        echo(f"Error: {said(error)}", err=True)
        sys.exit(1)
    except OSError as error:
        echo(f"Error: {in_one_line(error)}", err=True)
        # stdout is broken: the interpreter must not flush it again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        warnings.simplefilter("ignore", DrainWarning)  # Ctrl-C abandons calls on purpose
        sys.exit(130)
