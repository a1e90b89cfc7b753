"""The hooks: what a plugin may implement. Write `@forexhooks.hookimpl` above the implementation.

Return `None` for "not mine": the next plugin is then asked. Raise an error if you fail. An
implementation may declare fewer arguments than its spec. `driver` is the name of the driver that is
asked: answer only if it is yours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    import click

    from forexhooks.rates.profile import Profile
    from forexhooks.rates.rate import Rate
    from forexhooks.rates.rule import Rule
    from forexhooks.rates.table import RateTable
    from forexhooks.rates.update import Update
    from forexhooks.support.context import Progress

PROJECT = "forexhooks"


hookimpl: pluggy.HookimplMarker = pluggy.HookimplMarker(PROJECT)
"""Mark a function or method as the implementation of the hook of the same name."""

hookspec: pluggy.HookspecMarker = pluggy.HookspecMarker(PROJECT)


@hookspec
def forex_driver_name() -> str:  # type: ignore[empty-body]
    """Return the driver's name; a plugin with this hook is a driver. Called once, at registration.

    ::

        @forexhooks.hookimpl
        def forex_driver_name():
            return "acme"
    """


@hookspec(firstresult=True)
def forex_get_rate(
    driver: str,
    base: str,
    quote: str,
    on: date | None = None,
    max_gap: int | None = None,
    series: str | None = None,
) -> Rate | None:
    """Return what 1 unit of `base` costs in `quote`: the one hook a driver must have.

    `on=None` asks for the latest rate. The day of the rate is never after `on`, and at most
    `max_gap` days before it (`None`: what is usual for the driver). Codes are in upper case.
    `series` is one of those that the profile lists (`None`: the first), and `Rate.series` must be
    the same. An implementation without this argument is asked for the first series only. Raise
    `RateError` if there is no such rate, `DriverError` if the provider failed.

    ::

        @forexhooks.hookimpl
        def forex_get_rate(driver, base, quote):
            if driver != "acme":
                return None
            value = Decimal(ask_acme(base, quote))
            return forexhooks.Rate(base, quote, value, on=date.today(), driver="acme")

    An extension wraps it::

        @forexhooks.hookimpl(wrapper=True)
        def forex_get_rate(base, quote):
            rate = yield
            logging.info("%s", rate)
            return rate
    """


@hookspec(firstresult=True)
def forex_get_table(
    driver: str,
    currencies: Collection[str],
    start: date | None,
    end: date | None,
    series: str | None = None,
) -> RateTable | None:
    """Return everything that was published for `currencies` from `start` to `end`, both included.

    Optional: with it, a batch or a history takes one request. If `start` and `end` are `None`,
    return the latest. The table may contain more than was asked for. `series` is as for
    `forex_get_rate`.

    ::

        @forexhooks.hookimpl
        def forex_get_table(driver, currencies, start, end):
            if driver != "acme":
                return None
            observed = (
                forexhooks.Observation(day, "USD", code, Decimal(text))
                for day, code, text in ask_acme_for_all(start, end)
            )
            return forexhooks.RateTable(observed, driver="acme")
    """


@hookspec(firstresult=True)
def forex_driver_profile(driver: str) -> Profile | None:
    """Return the profile: what the driver covers, what it needs, what it asks of its users.

    ::

        @forexhooks.hookimpl
        def forex_driver_profile(driver):
            return forexhooks.Profile(title="Acme Bank", pivot="USD") if driver == "acme" else None
    """


@hookspec(firstresult=True)
def forex_driver_rule(driver: str) -> Rule | None:
    """Return the rule of that name: it says which day's rate of which source counts.

    A plugin with this hook is a rule. It needs no `forex_get_rate`, as the service that `open()`
    returns asks the source. Direct hook calls with the rule's name return None.

    ::

        @forexhooks.hookimpl
        def forex_driver_rule(driver):
            if driver != "contract":
                return None
            return forexhooks.Rule(
                title="NBP table A of the day before", source="nbp", home="PLN", direction="before"
            )
    """


@hookspec(firstresult=True)
def forex_currencies(driver: str) -> Collection[str] | None:
    """List the codes that the driver knows, including those that ISO 4217 lacks.

    ::

        @forexhooks.hookimpl
        def forex_currencies(driver):
            return {"USD", "CAD", "BTC"} if driver == "acme" else None
    """


@hookspec(firstresult=True)
def forex_update(
    driver: str,
    full: bool = False,
    progress: Progress | None = None,
    time_limit: float | None = None,
) -> Update | None:
    """Bring the driver's local store up to date, and return what changed.

    Optional: for drivers that keep a store. With `full`, download everything again, otherwise what
    is missing. During a large download, call `progress(done, total)` with bytes (`total` is None
    if it is unknown). `time_limit` is in seconds for the whole update (`None`: as long as you
    like). If it fails, raise `DriverError` and leave the store as it was.

    ::

        @forexhooks.hookimpl
        def forex_update(driver, full):
            if driver != "acme":
                return None
            before, after, added = fetch_into_store(everything=full)
            return forexhooks.Update("acme", before, after, source="rates.csv", added=added)
    """


@hookspec
def forex_rates_arrived(driver: str, table: RateTable) -> None:
    """Receive what has newly arrived in a driver's store: for extensions that pass it on.

    Called once for each update that was full or brought anything, whichever caller started it, in a
    thread of its own. No caller waits for it; only the end of the program does, for 10 seconds. An
    exception that it raises becomes an `ExtensionWarning`. `table` has the new days' observations
    as `driver` published them; after an update that was full or corrected some, all observations.

    ::

        @forexhooks.hookimpl
        def forex_rates_arrived(driver, table):
            for observed in table.observations():
                send_to_warehouse(driver, *observed)
    """


@hookspec
def forex_close() -> None:
    """Release what the plugin holds: connections, files, threads.

    Called once, on the plugin that is removed only, after its last call has returned.

    ::

        @forexhooks.hookimpl
        def forex_close():
            session.close()
    """


@hookspec
def forex_add_commands(cli: click.Group) -> None:
    """Add subcommands to the command line: `cli` is its click group.

    ::

        @forexhooks.hookimpl
        def forex_add_commands(cli):
            @cli.command()
            def report():
                click.echo("…")
    """
