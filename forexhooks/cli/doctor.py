"""`forexhooks doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from forexhooks.cli.options import (
    State,
    common_options,
    drivers_option,
)
from forexhooks.cli.printing import echo, echo_json, echo_table, rate_as_json
from forexhooks.cli.wording import said
from forexhooks.errors import did_you_mean
from forexhooks.service.doctor import CHECKS, Examined, examine
from forexhooks.support.settings import variable_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forexhooks import ForexManager

_MOVED = "upgrade the driver, or tell its author: the old address may stop working"
_DRIFT = "the provider may be changing its format: upgrade the driver, or tell its author"
_MISSED = "the driver does not know a holiday, or the provider was late: tell the driver's author"
_MARKS = {True: "yes", False: "NO", None: ""}


@click.command("doctor")
@drivers_option
@click.option(
    "--all",
    "is_thorough",
    is_flag=True,
    help="Also check each series, and list the days that the provider missed in the last month.",
)
@common_options
@click.pass_context
def command(
    ctx: click.Context, *, drivers: tuple[str, ...], is_thorough: bool, as_json: bool
) -> None:
    """Check the drivers: importable, configured, reachable, well-formed, fresh.

    Also says if rows of a response could not be read, or if the provider has moved to another
    host, and what to do about each fault. The exit code is 1 if there is a fault. A driver that
    only lacks its key counts only if you name it with --driver.
    """
    state = State.of(ctx)
    manager = state.manager(leniently=True)
    _mend_caches(drivers)
    results = examine(drivers, thorough=is_thorough, manager=manager)
    _warn_of_settings(manager)
    if as_json:
        echo_json([_as_json(each) for each in results])
    else:
        rows = [(each.driver, *map(_MARKS.get, each.checks.values())) for each in results]
        echo_table(("Driver", *(check.capitalize() for check in CHECKS)), rows)
        for each in results:
            if each.problem is not None:
                echo(f"\n{said(each.problem)}\n  -> {each.advice}")
            for problem, advice in _besides(each):
                echo(f"\n{problem}\n  -> {advice}")
    ctx.exit(1 if state.failed or any(_counts(each, drivers) for each in results) else 0)


def _mend_caches(drivers: tuple[str, ...]) -> None:
    """Replace damaged cache files, and say so."""
    from forexhooks.http.cache import cached_drivers, mend

    for name in drivers or cached_drivers():
        path = mend(name)
        if path is not None:
            echo(
                f"Warning: the cache {path} was damaged; it was replaced by an empty one", err=True
            )


def _warn_of_settings(manager: ForexManager) -> None:
    """Warn of settings that nothing reads: of unknown drivers, or with unknown names."""
    known = {each.name: each.source.settings for each in manager.drivers()}
    for name in manager.settings.drivers():
        if name not in known:
            hint = did_you_mean(name, known)
            echo(
                f"Warning: the settings [drivers.{name}]: there is no driver {name!r}{hint}",
                err=True,
            )
    for variable, driver in manager.settings.misnamed(known):
        settings = [variable_of(driver, each) for each in known[driver] or ()]
        hint = did_you_mean(variable, settings)
        there_is = f"it has: {', '.join(settings)}" if settings else "it has no settings"
        echo(f"Warning: {variable} is not a setting of {driver}{hint}; {there_is}", err=True)


def _besides(examined: Examined) -> Iterator[tuple[str, str]]:
    """Further findings that are not faults, each with advice."""
    for hosts in examined.moved:
        yield f"{examined.driver}: the provider has moved from {hosts}", _MOVED
    for rows in examined.bad_rows:
        yield said(rows), _DRIFT
    if examined.missed:
        days = ", ".join(map(str, examined.missed))
        yield f"{examined.driver}: the provider has no rates for {days}", _MISSED


def _counts(examined: Examined, drivers: tuple[str, ...]) -> bool:
    if examined.failed == "configured":
        return examined.driver in drivers
    return not examined.is_well


def _as_json(examined: Examined) -> dict[str, object]:
    return {
        "driver": examined.driver,
        "checks": examined.checks,
        "failed": examined.failed,
        "problem": examined.problem and said(examined.problem),
        "advice": examined.advice,
        "rate": examined.rate and rate_as_json(examined.rate),
        "moved": list(examined.moved),
        "bad_rows": [said(each) for each in examined.bad_rows],
        "missed": [day.isoformat() for day in examined.missed],
    }
