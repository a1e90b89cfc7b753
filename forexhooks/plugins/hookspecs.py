"""The hooks: what a plugin may implement. Write `@forexhooks.hookimpl` above the implementation.

`None` means "not mine" and lets the next plugin answer; a failure raises. An implementation may
declare fewer arguments than its spec. `driver` is the name that the question is for: a driver
answers to its own name only.
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
"""Marks a function or method as the implementation of the hook it is named after."""

hookspec: pluggy.HookspecMarker = pluggy.HookspecMarker(PROJECT)


@hookspec
def forex_driver_name() -> str:  # type: ignore[empty-body]
    """Name the driver: what makes a plugin one. Asked once, when the plugin is registered.

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

    `on=None` asks for the latest. The rate's own day is never after `on`, and at most `max_gap`
    days before it (`None`: what is usual for the driver). Codes are upper case. `series` names one
    of those that the profile lists (`None`: the first): an implementation that does not declare it
    is asked for the first alone, and `Rate.series` must be the one asked for. Raises `RateError`
    where there is no such rate, `DriverError` where the provider failed.

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
    """Return all that was observed for `currencies` from `start` to `end`, both included.

    Optional: it makes a batch and a history one request. `start` and `end` both `None` ask for the
    latest. The table may hold more than was asked for. `series` is as for `forex_get_rate`.

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
    """Say what the driver covers, needs and asks of its users.

    ::

        @forexhooks.hookimpl
        def forex_driver_profile(driver):
            return forexhooks.Profile(title="Acme Bank", pivot="USD") if driver == "acme" else None
    """


@hookspec(firstresult=True)
def forex_driver_rule(driver: str) -> Rule | None:
    """Give the rule of that name: it says which day's rate of which source counts.

    It makes a plugin a rule, which needs no `forex_get_rate`: the service that `open()` returns
    asks the source. Hooks that are called plainly for its name give None.

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
    """List the codes that the driver knows; those that ISO 4217 lacks too.

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
    """Bring the driver's local store up to date, and say what came of it.

    Optional: for drivers that keep one. `full` asks for all of it anew, else for what is missing.
    `progress(done, total)` is to be called with bytes while something large is fetched (`total`
    is None where it is not known). `time_limit` is in seconds for all of it (`None`: as the driver
    sees fit). Raises `DriverError`; the store is then as it was.

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
    """Be told what came into a driver's store: for extensions that hand it on.

    Called once for each update that was full or brought something, whoever asked for it, in a
    thread of its own: nobody waits for it but the end of the program, for 10 seconds. What it
    raises is warned of with `ExtensionWarning`. `table` holds the observations of the days that are
    new, as `driver` published them; all that there are, after one that was full or corrected some.

    ::

        @forexhooks.hookimpl
        def forex_rates_arrived(driver, table):
            for observed in table.observations():
                send_to_warehouse(driver, *observed)
    """


@hookspec
def forex_close() -> None:
    """Give back what the plugin holds: connections, files, threads.

    Called on the departing plugin alone, once, after its last call has left.

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
