"""`forexhooks drivers`."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING

import click

from forexhooks.cli.options import State, json_option, plugin_option
from forexhooks.cli.printing import echo, echo_json, echo_table
from forexhooks.cli.wording import said
from forexhooks.errors import SettingsError, did_you_mean
from forexhooks.plugins.discovery import AUTOLOAD_IS_OFF

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from forexhooks import DriverInfo, ExtensionInfo, Profile, Rule

# What holds in the European Union holds in each of its member states.
_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"


@click.command("drivers")
@click.option(
    "--verbose", "-v", is_flag=True, help="Say where each comes from, and which settings it has."
)
@click.option(
    "--rules", "is_of_rules", is_flag=True, help="List the rules: which rate a law prescribes."
)
@click.option(
    "--country",
    metavar="CODE",
    help="List the rules and authorities of one country, like PL; "
    "for EU members, also those of the EU.",
)
@click.option(
    "--purpose", metavar="WORD", help="List the rules for one purpose, like vat, and their sources."
)
@json_option
@plugin_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    verbose: bool,
    is_of_rules: bool,
    country: str | None,
    purpose: str | None,
    as_json: bool,
) -> None:
    """List the drivers that are registered or installed, and why broken ones fail.

    The extensions follow: those that run, and those you can choose with -p NAME.
    """
    manager = State.of(ctx).manager(leniently=True)
    if country is not None or purpose is not None:
        found = _chosen(manager.rules(), manager.drivers(), country, purpose)
        if is_of_rules:
            found = [each for each in found if each.rule is not None]
        if not found:
            echo(f"Note: {_none_of(country, purpose, is_of_rules)}", err=True)
        if found or as_json:
            _echo_official(found, verbose=verbose, as_json=as_json)
    elif is_of_rules:
        _echo_rules(manager.rules(), verbose=verbose, as_json=as_json)
    else:
        _echo_drivers(manager.drivers(), manager.extensions(), verbose=verbose, as_json=as_json)
    if manager.settings.disable_plugin_autoload:
        echo(f"Note: {AUTOLOAD_IS_OFF}", err=True)


def _chosen(
    rules: list[DriverInfo], drivers: list[DriverInfo], country: str | None, purpose: str | None
) -> list[DriverInfo]:
    """The rules of a country or for a purpose, their sources, and the country's authorities.

    A country's own rules come before those of the European Union. Only rules have purposes; a
    driver is listed for a purpose if such a rule uses it.
    """
    places = {each.rule.country for each in rules if each.rule}
    places |= {each.profile.country for each in drivers if each.profile}
    purposes = {word for each in rules if each.rule for word in each.rule.purposes}
    here = _one_of("country", country and country.upper(), {*places, *_EU.split()} - {None})
    wanted = _one_of("purpose", purpose and purpose.lower(), purposes)

    def is_here(place: str | None) -> bool:
        return here is None or place == here or (place == "EU" and here in _EU.split())

    laws = [
        each
        for each in rules
        if each.rule and is_here(each.rule.country) and wanted in (None, *each.rule.purposes)
    ]
    laws.sort(key=lambda each: each.rule is not None and each.rule.country != here)
    sources = {each.rule.source.partition(":")[0] for each in laws if each.rule}
    return laws + [
        each
        for each in drivers
        if each.name in sources
        or (
            wanted is None
            and each.profile
            and each.profile.country
            and is_here(each.profile.country)
        )
    ]


def _one_of(option: str, given: str | None, known: Iterable[str | None]) -> str | None:
    """Check that the value of an option is a known one. Raises `SettingsError`."""
    names = sorted(filter(None, known))
    if given is None or given in names:
        return given
    hint = did_you_mean(given, names)
    raise SettingsError(
        f"--{option} {given!r}: no rule or driver has this {option}{hint}; choose one of: "
        f"{', '.join(names)}"
    )


def _none_of(country: str | None, purpose: str | None, is_of_rules: bool) -> str:
    what = "rule" if is_of_rules else "rule or driver"
    of = f" of {country.upper()}" if country else ""
    meant = f" for {purpose.lower()}" if purpose else ""
    return f"there is no {what}{of}{meant}"


def _echo_official(found: list[DriverInfo], *, verbose: bool, as_json: bool) -> None:
    if as_json:
        echo_json([_as_json(each) for each in found])
    elif verbose:
        echo(
            "\n\n".join(
                _rule_in_full(each, each.rule) if each.rule else _in_full(each) for each in found
            )
        )
    else:
        columns = ("Name", "Country", "Purpose", "What it is", "Law")
        echo_table(columns, map(_official, found))


def _official(each: DriverInfo) -> tuple[str | None, ...]:
    if each.rule is not None:
        rule = each.rule
        return each.name, rule.country, ", ".join(rule.purposes), _said(each), rule.statute
    return each.name, each.profile and each.profile.country, None, _said(each), None


def _echo_drivers(
    drivers: list[DriverInfo], extensions: list[ExtensionInfo], *, verbose: bool, as_json: bool
) -> None:
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
        ("purpose", ", ".join(rule.purposes)),
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
    if type(value) is tuple:  # a named tuple has a text of its own
        return [_plain(each) for each in value]
    return value
