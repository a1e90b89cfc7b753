"""Options that the commands share, and the plugins and services that they select."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

import forexhooks
from forexhooks import ForexError, Rate, RateError
from forexhooks.cli import completion
from forexhooks.cli.printing import echo
from forexhooks.cli.wording import said
from forexhooks.plugins.output import keep_stdout
from forexhooks.support.text import in_lines

if TYPE_CHECKING:
    from forexhooks import ForexManager, ForexService

Decorator = Callable[[Any], Any]


class State:
    """The plugins given with -p, before or after the command, and the manager with them."""

    def __init__(self) -> None:
        self.plugins: list[str] = []
        self._loaded = 0
        self.failed: list[str] = []
        """Plugins that could not be loaded, where that is not an error."""

    @classmethod
    def of(cls, ctx: click.Context) -> State:
        """The state of this run of the command line."""
        root = ctx.find_root()
        if root.obj is None:
            root.obj = cls()
        state: State = root.obj
        return state

    def manager(self, *, leniently: bool = False) -> ForexManager:
        """The default manager, with the plugins given so far.

        `leniently`: a plugin that cannot be loaded is noted on stderr, and is in `failed`.
        """
        keep_stdout()
        switched_off = [name[3:] for name in self.plugins if name.startswith("no:")]
        manager = forexhooks.plugin_manager(blocked=switched_off)
        if manager.settings.trace:
            _show_trace()
        asked, self._loaded = self.plugins[self._loaded :], len(self.plugins)
        paths = [name for name in asked if _is_path(name)]
        named = [name for name in self.plugins if not (name.startswith("no:") or _is_path(name))]
        for name in asked:
            if name.startswith("no:"):
                manager.set_blocked(name.removeprefix("no:"))
        came: list[str] = []
        # Paths first: one of them may hold an extension that is named.
        for name in (*paths, *(each for each in asked if each in named)):
            try:
                if name in paths:
                    # No trial in another process: if it crashes, nothing else is lost yet.
                    came += manager.load(name, preflight=None, extensions=named)
                elif name not in came:
                    manager.add_extension(name)
            except (forexhooks.PluginError, forexhooks.SettingsError) as error:
                if not leniently:
                    raise
                self.failed.append(name)
                echo(f"Note: -p {name}: {said(error)}", err=True)
        for name in asked:
            # With a path, the name may be of a plugin in it that was left out.
            if name.startswith("no:") and not any(map(_is_path, self.plugins)):
                self._note_if_unknown(name.removeprefix("no:"), manager)
        return manager

    def _note_if_unknown(self, name: str, manager: ForexManager) -> None:
        """Print a note if no plugin has the name that is switched off."""
        from forexhooks.errors import did_you_mean
        from forexhooks.plugins.built_ins import BUILT_INS
        from forexhooks.plugins.discovery import installed_drivers, installed_extensions

        named = (each for each in self.plugins if not each.startswith("no:"))
        known = {*BUILT_INS, *manager.settings.extensions, *named}
        if name not in known:
            installed = (*installed_drivers(), *installed_extensions())
            known.update(each.name for each in installed)
            known.update(registered for registered, _ in manager.list_name_plugin())
        if name not in known:
            hint = did_you_mean(name, known)
            echo(f"Note: -p no:{name}: there is no plugin {name!r}{hint}", err=True)


def _show_trace() -> None:
    """Show the trace on stderr."""
    import logging

    log = logging.getLogger("forexhooks.trace")
    if not log.handlers:

        class _Shown(logging.Formatter):
            def format(self, record: logging.LogRecord) -> str:
                return in_lines(super().format(record))

        handler = logging.StreamHandler()
        handler.setFormatter(_Shown("trace: %(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False


def _is_path(plugin: str) -> bool:
    return os.sep in plugin or plugin.endswith((".py", ".whl", ".zip", ".so", ".pyd"))


def _remember_plugins(ctx: click.Context, _: click.Parameter, names: tuple[str, ...]) -> None:
    State.of(ctx).plugins += names


plugin_option: Decorator = click.option(
    "-p",
    "plugins",
    metavar="PLUGIN",
    shell_complete=completion.files,
    multiple=True,
    is_eager=True,  # before --help, which lists plugins' commands
    expose_value=False,
    callback=_remember_plugins,
    help="Load a plugin: a path, a module, or an installed extension by its name. no:NAME switches "
    "one off. May be given several times.",
)

json_option: Decorator = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, for programs."
)


def _asking(text: str) -> Decorator:
    return click.option(
        "--driver",
        "drivers",
        metavar="NAME",
        shell_complete=completion.drivers,
        multiple=True,
        help=text,
    )


driver_option: Decorator = _asking(
    "The driver to ask. If you give several, they are asked in this order until one answers.  "
    "[default: from the settings, else ecb]"
)

drivers_option: Decorator = _asking(
    "A driver to ask. May be given several times.  [default: all of them]"
)


def _switch(name: str, text: str) -> Decorator:
    """An option that sets a setting, through the environment, so child processes see it too."""

    def switch_on(_: click.Context, option: click.Parameter, value: bool) -> None:
        if value:
            os.environ[f"FOREXHOOKS_{option.name}".upper()] = "1"

    # Eager: before anything reads the settings.
    return click.option(
        name, is_flag=True, is_eager=True, expose_value=False, callback=switch_on, help=text
    )


offline_option: Decorator = _switch("--offline", "Do not use the network.")

trace_option: Decorator = _switch(
    "--trace", "Show on stderr which plugin is asked, what it answers, and how long that takes."
)


class Day(click.ParamType[date]):
    """A day, written 2026-10-30."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """Parse it, or fail as wrong usage."""
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day: write it like 2026-10-30", param, ctx)


on_option: Decorator = click.option(
    "--on", type=Day(), metavar="DAY", help="The day, like 2026-10-30.  [default: the latest]"
)


max_gap_option: Decorator = click.option(
    "--max-gap",
    type=click.IntRange(0),
    metavar="DAYS",
    help="How many days a rate is carried forward at most.  [default: the driver's own number]",
)


def grouped(argument: str, make: Callable[..., Any], *options: Decorator) -> Decorator:
    """Options that a command receives as one `argument`, which `make` makes of them."""

    def decorator(function: Any) -> Any:
        def holder() -> None: ...

        for option in reversed(options):
            option(holder)
        found: list[click.Parameter] = vars(holder)["__click_params__"]
        names = [each.name for each in found if each.expose_value]

        @wraps(function)
        def command(*arguments: Any, **named: Any) -> Any:
            made = make(**{name: named.pop(name) for name in names})
            return function(*arguments, **named, **{argument: made})

        vars(command)["__click_params__"] = [*getattr(function, "__click_params__", ()), *found]
        return command

    return decorator


def common_options(function: Any) -> Any:
    """Add the options of most commands: --json, --offline, -p and --trace."""
    for option in (trace_option, plugin_option, offline_option, json_option):
        function = option(function)
    return function


def asks_a_driver(function: Callable[..., None]) -> Any:
    """Add the options of commands that ask one driver about a pair on a day."""
    for option in (common_options, max_gap_option, on_option, driver_option):
        function = option(function)
    return function


def opened(ctx: click.Context, drivers: tuple[str, ...]) -> ForexService:
    """Open the drivers that were given. Stale rates are refreshed unless the settings forbid it."""
    manager = State.of(ctx).manager()
    refresh = manager.settings.refresh is not False
    return forexhooks.open(*drivers, manager=manager, refresh=refresh)


def rates_of(
    service: ForexService,
    base: str,
    quotes: tuple[str, ...],
    on: date | None,
    max_gap: int | None,
) -> list[Rate]:
    """Ask for the rate of each quote; if some have none, note them on stderr.

    Args:
        service: The service to ask.
        base: The base of all pairs.
        quotes: The quotes.
        on: The day; None: the latest.
        max_gap: Days that a rate is carried forward at most; None: the driver's own number.

    Returns:
        The rates, at least one.

    Raises:
        ForexError: No quote has a rate, for this reason; or the question makes no sense.
    """
    if len(quotes) == 1:
        answers = [service.rate_or_error(base, quotes[0], on, max_gap=max_gap)]
    else:
        answers = service.rates_or_errors(base, quotes, on, max_gap=max_gap)
    rates = [answer for answer in answers if isinstance(answer, Rate)]
    reasons = [answer for answer in answers if isinstance(answer, ForexError)]
    for reason in reasons:
        if not rates or not isinstance(reason, RateError):
            raise reason
        echo(f"Note: {said(reason)}", err=True)
    return rates
