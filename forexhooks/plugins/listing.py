"""Listing: the drivers and extensions that a manager has or can find, and why some are broken.

It is imported only when needed: a first rate does without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from forexhooks.errors import PluginError, SettingsError, UnknownDriverError, did_you_mean
from forexhooks.plugins.driver import Driver, made
from forexhooks.plugins.registration import Registration
from forexhooks.plugins.relay import Relay
from forexhooks.plugins.sources import Source, source_of, source_of_registered
from forexhooks.rates.profile import Profile
from forexhooks.rates.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from forexhooks.plugins.catalog import Catalog
    from forexhooks.plugins.discovery import Found
    from forexhooks.support.settings import Settings

State = Literal["registered", "available", "unconfigured", "blocked", "shadowed", "broken"]


class DriverInfo(NamedTuple):
    """One driver, as `drivers()` lists it.

    `origin` says where it comes from: "built-in", a distribution and its version, the path it was
    loaded from, "module" if you named a module, or "registered"; `source` has the details. `state`
    is

    - `registered`: in the catalog, ready
    - `available`: installed; found when you ask for it
    - `unconfigured`: installed, but a setting such as its API key is missing; `reason` says which
    - `blocked`: switched off with `set_blocked` or `-p no:NAME`
    - `shadowed`: installed, but another driver of this name comes first
    - `broken`: installed, but it cannot be used; `reason` says why

    `rule` is its rule, if it is a rule and not a driver.
    """

    name: str
    state: State
    origin: str
    source: Source
    profile: Profile | None = None
    reason: str | None = None
    rule: Rule | None = None


class ExtensionInfo(NamedTuple):
    """One extension, as `ForexManager.extensions()` lists it; fields are as in `DriverInfo`.

    Its state is `registered`, `available` (you may choose it) or `blocked`.
    """

    name: str
    state: State
    origin: str


def listed_drivers(
    catalog: Catalog, installed: Iterable[Found], settings: Settings
) -> list[DriverInfo]:
    """List the drivers and rules in a catalog, and installed ones that are not in it."""
    listed = [registered_driver(catalog.registrations[name]) for name in catalog.drivers()]
    for found in installed:
        first = next((each for each in listed if each.name == found.name), None)
        if first is None:
            is_blocked = found.name in catalog.blocked
            listed.append(_listed(found, "blocked") if is_blocked else _inspected(found, settings))
        elif first.origin != found.origin:
            listed.append(_listed(found, "shadowed", reason=f"{first.origin} comes first"))
    drivers = {each.name for each in listed if each.rule is None}
    return [_with_its_source(each, drivers) for each in listed]


def _with_its_source(driver: DriverInfo, drivers: Collection[str]) -> DriverInfo:
    """If a rule's source is missing, give that as the reason; not registered, it is broken."""
    if driver.rule is None or driver.rule.source.partition(":")[0] in drivers:
        return driver
    return driver._replace(
        state="broken" if driver.state == "available" else driver.state,
        reason=f"its source, the driver {driver.rule.source!r}, does not exist",
    )


def listed_extensions(catalog: Catalog, installed: Iterable[Found]) -> list[ExtensionInfo]:
    """List the extensions in a catalog, and those that can be chosen by name."""
    listed = {
        name: ExtensionInfo(name, "registered", each.origin)
        for name, each in catalog.registrations.items()
        if each.driver is None
    }
    found = [
        (name, each.origin)
        for each in catalog.registrations.values()
        for name in getattr(each, "offered", ())
    ]
    for name, origin in (*found, *((each.name, each.origin) for each in installed)):
        state: State = "blocked" if name in catalog.blocked else "available"
        listed.setdefault(name, ExtensionInfo(name, state, origin))
    return list(listed.values())


def unknown_driver(
    name: str, catalog: Catalog, installed: Iterable[Found], remedy: str | None
) -> UnknownDriverError:
    """Make the error for a driver that does not exist: its message lists those that do."""
    if name in catalog.blocked:
        return UnknownDriverError(
            f"the driver {name!r} is blocked: unblock it, or leave out -p no:{name}"
        )
    known = {found.name for found in installed} - catalog.blocked
    known |= set(catalog.drivers())
    if name in known:  # it was unloaded, or has not been asked for yet
        return UnknownDriverError(f"the driver {name!r} is not loaded: open it again")
    parts = name.replace(",", " ").replace(";", " ").split()
    if len(parts) > 1 and known.issuperset(parts):
        return UnknownDriverError(f"{name!r} names {len(parts)} drivers: give each name by itself")
    what_to_do = (
        "install the driver with pip, or register it with register(plugin)"
        if remedy is None
        else f"{remedy}; or register a driver with register(plugin)"
    )
    return UnknownDriverError(
        f"unknown driver {name!r}{did_you_mean(name, known)}; "
        f"there {'are' if known else 'is'}: {', '.join(sorted(known)) or 'none'}; {what_to_do}"
    )


def registered_driver(registration: Registration) -> DriverInfo:
    """List a registered driver; if its profile fails, the reason says why."""
    profile = reason = rule = None
    try:
        relay = Relay(registration, [])
        profile = relay.profile()
        rule = _rule_of(registration, relay)
    except Exception as error:  # noqa: BLE001 - one broken plugin must not hide the others
        what = "rule" if registration.is_rule else "profile"
        reason = f"its {what} cannot be read: {type(error).__name__}: {error}"
    return DriverInfo(
        registration.name,
        "registered",
        registration.origin,
        source_of_registered(registration),
        profile,
        reason,
        rule,
    )


def _rule_of(registration: Registration, relay: Relay) -> Rule | None:
    """The plugin's rule, if it is a rule. Raises `PluginError` if it returns None."""
    rule = relay.rule() if registration.is_rule else None
    if rule is None and registration.is_rule:
        raise PluginError("its forex_driver_rule returned None")
    return rule


def _inspected(found: Found, settings: Settings) -> DriverInfo:
    """List it as available or unconfigured, with its profile, or as broken, with the reason."""
    name: str | None
    profile: Profile | None
    rule: Rule | None = None
    plugin: object = None
    try:
        plugin = found.plugin()
        if isinstance(plugin, type) and issubclass(plugin, Driver):
            name, profile = plugin.name, plugin.profile
        else:
            registration = Registration(plugin)
            relay = Relay(registration, [])
            name, profile = registration.driver, relay.profile()
            rule = _rule_of(registration, relay)
        found.check_name(name)
    except Exception as error:  # noqa: BLE001 - one broken plugin must not hide the others
        return _listed(found, "broken", reason=str(error), plugin=plugin)
    if profile is not None and profile.key and isinstance(plugin, type):
        try:
            made(plugin, settings).close()
        except SettingsError as error:
            return _listed(found, "unconfigured", profile=profile, reason=str(error), plugin=plugin)
        except Exception as error:  # noqa: BLE001 - as above
            return _listed(found, "broken", reason=str(error), plugin=plugin)
    return _listed(found, "available", profile=profile, plugin=plugin, rule=rule)


def _listed(
    found: Found,
    state: State,
    *,
    profile: Profile | None = None,
    reason: str | None = None,
    plugin: object = None,
    rule: Rule | None = None,
) -> DriverInfo:
    source = source_of(found.origin, found.target, plugin)
    return DriverInfo(found.name, state, found.origin, source, profile, reason, rule)
