"""`forexhooks drivers`."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import click

from forexhooks.cli.state import State, echo_json, echo_table, json_option, plugin_option

if TYPE_CHECKING:
    from forexhooks import Profile


@click.command("drivers")
@json_option
@plugin_option
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """List the drivers: those registered and those installed, broken ones with the reason."""
    drivers = State.of(ctx).manager().drivers()
    if as_json:
        echo_json(
            [
                {
                    "name": each.name,
                    "state": each.state,
                    "origin": each.origin,
                    "reason": each.reason,
                    "profile": each.profile and _profile_as_json(each.profile),
                }
                for each in drivers
            ]
        )
        return
    columns = ("Name", "State", "Origin", "What it is, or what is wrong")
    echo_table(
        columns,
        [
            (
                each.name,
                each.state,
                each.origin,
                each.reason or (each.profile and each.profile.title),
            )
            for each in drivers
        ],
    )


def _profile_as_json(profile: Profile) -> dict[str, object]:
    values = profile._asdict()
    del values["publication_days"]
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: object) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, date | time):
        return value.isoformat()
    return value
