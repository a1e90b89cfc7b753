"""`forexhooks drivers`."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import click

from forexhooks.cli.options import State, json_option, plugin_option
from forexhooks.cli.printing import echo, echo_json, echo_table
from forexhooks.cli.wording import said
from forexhooks.plugins.discovery import AUTOLOAD_IS_OFF

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forexhooks import DriverInfo, ExtensionInfo, Profile, Rule


@click.command("drivers")
@click.option(
    "--verbose", "-v", is_flag=True, help="With where each comes from, and what it can be told."
)
@click.option(
    "--rules", "is_of_rules", is_flag=True, help="List the rules: which rate a law prescribes."
)
@json_option
@plugin_option
@click.pass_context
def command(ctx: click.Context, *, verbose: bool, is_of_rules: bool, as_json: bool) -> None:
    """List the drivers: those registered and those installed, broken ones with the reason.

    Then the extensions: those that run, and those that can be chosen with -p NAME.
    """
    manager = State.of(ctx).manager(leniently=True)
    if is_of_rules:
        _echo_rules(manager.rules(), verbose=verbose, as_json=as_json)
        return
    drivers, extensions = manager.drivers(), manager.extensions()
    if as_json:
        echo_json([_as_json(each) for each in drivers])
    elif verbose:
        blocks = [*map(_in_full, drivers), *map(_extension_in_full, extensions)]
        echo("\n\n".join(blocks))
    else:
        columns = ("Name", "State", "Origin", "What it is, or what is wrong")
        echo_table(columns, [(each.name, each.state, each.origin, _said(each)) for each in drivers])
        if extensions:
            echo()
            echo_table(("Extension", "State", "Origin"), extensions)
    if manager.settings.disable_plugin_autoload:
        echo(f"Note: {AUTOLOAD_IS_OFF}", err=True)


def _echo_rules(rules: list[DriverInfo], *, verbose: bool, as_json: bool) -> None:
    if as_json:
        echo_json([_as_json(each) for each in rules])
    elif verbose:
        blocks = [_rule_in_full(each, each.rule) for each in rules if each.rule is not None]
        echo("\n\n".join(blocks))
    else:
        columns = ("Name", "Country", "Which rate", "Law")
        echo_table(
            columns,
            [
                (each.name, each.rule.country, _said(each), each.rule.statute)
                for each in rules
                if each.rule
            ],
        )


def _rule_in_full(driver: DriverInfo, rule: Rule) -> str:
    since = f"from {rule.valid_from}" if rule.valid_from else ""
    until = f"to {rule.valid_until}" if rule.valid_until else ""
    lines = (
        ("reason", driver.reason and said(driver.reason)),
        ("country", rule.country),
        ("source", rule.source),
        ("law", rule.statute),
        ("", rule.url),
        ("in force", " ".join(filter(None, (since, until)))),
        ("checked", rule.verified),
        *(("besides", each) for each in rule.exceptions),
    )
    return "\n".join(
        [f"{driver.name}: {rule.title}"] + [f"  {word:<12}{what}" for word, what in lines if what]
    )


def _said(driver: DriverInfo) -> str | None:
    told = driver.rule or driver.profile
    return (driver.reason and said(driver.reason)) or (told and told.title)


def _in_full(driver: DriverInfo) -> str:
    source = driver.source
    settings = source.settings and ", ".join(source.settings)
    installed = " ".join(filter(None, (source.distribution, source.version)))
    is_said = driver.origin in (installed, source.path)
    lines = (
        ("what it is", driver.profile and driver.profile.title),
        ("reason", driver.reason and said(driver.reason)),
        ("from", driver.origin),
        ("version" if source.distribution is None else "installed", not is_said and installed),
        ("code", source.target),
        ("file", source.path),
        ("settings", settings),
    )
    return "\n".join(
        [f"{driver.name}: {driver.state}"]
        + [f"  {word:<12}{' '.join(said.split())}" for word, said in lines if said]
    )


def _extension_in_full(extension: ExtensionInfo) -> str:
    said = ("what it is", "an extension"), ("from", extension.origin)
    return "\n".join(
        [f"{extension.name}: {extension.state}"] + [f"  {word:<12}{what}" for word, what in said]
    )


def _as_json(driver: DriverInfo) -> dict[str, object]:
    return {
        "name": driver.name,
        "state": driver.state,
        "origin": driver.origin,
        **driver.source._asdict(),
        "reason": driver.reason and said(driver.reason),
        "profile": driver.profile and _profile_as_json(driver.profile),
        **({} if driver.rule is None else {"rule": _rule_as_json(driver.rule)}),
    }


def _profile_as_json(profile: Profile) -> dict[str, object]:
    values = _without_functions(profile._asdict())
    return {**values, "series": [_without_functions(each._asdict()) for each in profile.series]}


def _without_functions(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: _plain(each) for name, each in fields.items() if name != "publication_days"}


def _rule_as_json(rule: Rule) -> dict[str, object]:
    values = {name: _plain(value) for name, value in rule._asdict().items()}
    return {**values, "anchor": rule.anchor._asdict()}


def _plain(value: object) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, date | time):
        return value.isoformat()
    return value
