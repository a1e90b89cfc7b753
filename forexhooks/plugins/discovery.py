"""Finding drivers and extensions by name: the built-ins' table first, then entry points.

Only what is asked for is imported, so that a broken plugin harms only those who ask for it.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Literal, NamedTuple

from forexhooks.errors import PluginLoadError, SettingsError
from forexhooks.plugins.built_ins import BUILT_INS
from forexhooks.plugins.driver import Driver, made
from forexhooks.plugins.hookspecs import PROJECT
from forexhooks.plugins.registration import BUILT_IN, UNKNOWN, Registration
from forexhooks.plugins.relay import Relay
from forexhooks.rates.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import Distribution, EntryPoint

    from forexhooks.plugins.sources import Source  # noqa: TC004 - asked for when drivers are listed
    from forexhooks.support.settings import Settings

DRIVERS = "forexhooks"
EXTENSIONS = "forexhooks.extensions"

_imported_from: set[str] = set()  # distributions and their versions, in words


State = Literal["registered", "available", "unconfigured", "blocked", "shadowed", "broken"]


class DriverInfo(NamedTuple):
    """One driver as `drivers()` lists it.

    `origin` says where it comes from: "built-in", a distribution and its version, the path it was
    loaded from, "module" for one that was named, or "registered"; `source` says it in full.
    `state` is

    - `registered`: in the catalog, ready
    - `available`: installed; found when it is asked for
    - `unconfigured`: installed, and it lacks a setting, as its key; `reason` says which
    - `blocked`: switched off with `set_blocked` or `-p no:NAME`
    - `shadowed`: installed, but another driver of this name comes first
    - `broken`: installed, but it cannot be used; `reason` says why
    """

    name: str
    state: State
    origin: str
    source: Source
    profile: Profile | None = None
    reason: str | None = None


class ExtensionInfo(NamedTuple):
    """One extension as `ForexManager.extensions()` lists it; the words are those of `DriverInfo`.

    It is `registered`, `available` where it is not chosen, or `blocked`.
    """

    name: str
    state: State
    origin: str


class Found(NamedTuple):
    """A plugin that is installed, and not imported yet."""

    name: str
    target: str
    origin: str

    def registration(self, settings: Settings) -> Registration:
        """Import it, make it, and check it against the hooks.

        Raises `PluginLoadError` saying which plugin, where from and why; `SettingsError`.
        """
        plugin = self.plugin()
        if isinstance(plugin, type) and issubclass(plugin, Driver):
            plugin = self._made(plugin, settings)
        try:
            registration = Registration(plugin, origin=self.origin)
        except PluginLoadError as error:
            raise PluginLoadError(f"{self}: {error}") from error
        return registration

    def driver_registration(self, settings: Settings) -> Registration:
        """As `registration`, of a plugin that must be the driver of its name."""
        registration = self.registration(settings)
        try:
            self._check_name(registration.driver)
        except PluginLoadError:
            registration.close()
            raise
        return registration

    def plugin(self) -> object:
        """Import what the entry point names. Raises `PluginLoadError` where that fails."""
        module, _, attributes = self.target.partition(":")
        try:
            plugin: object = import_module(module)
            for attribute in filter(None, attributes.split(".")):
                plugin = getattr(plugin, attribute)
        # Whatever an import may run into, sys.exit() too, is this plugin's and nobody else's.
        except (Exception, SystemExit) as error:
            raise PluginLoadError(
                f"{self} cannot be imported: {type(error).__name__}: {error}"
            ) from error
        _imported_from.add(self.origin)
        return plugin

    def _made(self, driver: type[Driver], settings: Settings) -> Driver:
        try:
            return made(driver, settings)
        except SettingsError:
            raise
        except Exception as error:
            raise PluginLoadError(
                f"{self} cannot be made: {type(error).__name__}: {error}"
            ) from error

    def _check_name(self, driver: str | None) -> None:
        if driver != self.name:
            raise PluginLoadError(
                f"{self} names the driver {driver!r}: "
                "an entry point in group forexhooks must have the name of its driver"
            )

    def inspected(self, settings: Settings) -> DriverInfo:
        """List it as available or unconfigured, with its profile, or as broken, with the reason."""
        name: str | None
        profile: Profile | None
        plugin: object = None
        try:
            plugin = self.plugin()
            if isinstance(plugin, type) and issubclass(plugin, Driver):
                name, profile = plugin.name, plugin.profile
            else:
                registration = Registration(plugin)
                name, profile = registration.driver, Relay(registration, []).profile()
            self._check_name(name)
        except Exception as error:  # noqa: BLE001 - one broken plugin must not hide the others
            return self._listed("broken", reason=str(error), plugin=plugin)
        if profile is not None and profile.key and isinstance(plugin, type):
            try:
                made(plugin, settings).close()
            except SettingsError as error:
                return self._listed(
                    "unconfigured", profile=profile, reason=str(error), plugin=plugin
                )
            except Exception as error:  # noqa: BLE001 - as above
                return self._listed("broken", reason=str(error), plugin=plugin)
        return self._listed("available", profile=profile, plugin=plugin)

    def blocked(self) -> DriverInfo:
        """List it as blocked, without importing it."""
        return self._listed("blocked")

    def shadowed_by(self, first: DriverInfo) -> DriverInfo:
        """List it as shadowed, without importing it."""
        return self._listed("shadowed", reason=f"{first.origin} comes first")

    def _listed(
        self,
        state: State,
        *,
        profile: Profile | None = None,
        reason: str | None = None,
        plugin: object = None,
    ) -> DriverInfo:
        from forexhooks.plugins.sources import source_of

        source = source_of(self.origin, self.target, plugin)
        return DriverInfo(self.name, state, self.origin, source, profile, reason)

    def __str__(self) -> str:
        whose = "" if self.origin == "module" else f" of {self.origin}"
        return f"the plugin {self.name!r}{whose}"


def registered_driver(registration: Registration) -> DriverInfo:
    """List a driver that is registered; the reason is why its profile cannot be had, if so."""
    from forexhooks.plugins.sources import source_of_registered

    profile = reason = None
    try:
        profile = Relay(registration, []).profile()
    except Exception as error:  # noqa: BLE001 - one broken plugin must not hide the others
        reason = f"its profile cannot be had: {type(error).__name__}: {error}"
    return DriverInfo(
        registration.name,
        "registered",
        registration.origin,
        source_of_registered(registration),
        profile,
        reason,
    )


def find_driver(name: str, *, autoload: bool = True) -> Found | None:
    """Find the driver of that name: the built-in, else, with `autoload`, the first entry point."""
    if name in BUILT_INS:
        return Found(name, BUILT_INS[name], BUILT_IN)
    return next(_entry_points(DRIVERS, name), None) if autoload else None


def find_extension(name: str, *, autoload: bool = True) -> Found:
    """Find the extension of that name: an entry point, else a module to be imported."""
    found = next(_entry_points(EXTENSIONS, name), None) if autoload else None
    return found or Found(name, name, "module")


def installed_drivers(*, autoload: bool = True) -> Iterator[Found]:
    """All drivers that can be found, built-ins first; of one name the first is the one in use."""
    for name, target in BUILT_INS.items():
        yield Found(name, target, BUILT_IN)
    if autoload:
        yield from _entry_points(DRIVERS)


def installed_extensions() -> Iterator[Found]:
    """All extensions that are installed."""
    return _entry_points(EXTENSIONS)


def _entry_points(group: str, name: str | None = None) -> Iterator[Found]:
    import importlib.metadata

    found = importlib.metadata.entry_points(group=group)
    # The order of distributions is that of a directory listing: theirs would be anybody's guess.
    for entry in sorted(found, key=lambda each: (each.name, _distribution(each))):
        is_own = entry.dist is not None and entry.dist.name == PROJECT
        if name in (None, entry.name) and not is_own:
            yield Found(entry.name, entry.value.replace(" ", ""), _distribution(entry))


def _distribution(entry: EntryPoint) -> str:
    dist = entry.dist
    return UNKNOWN if dist is None else f"{dist.name} {dist.version}"


def forget_installed() -> None:
    """Look anew at what is installed, and import anew what is another version by now."""
    import importlib
    import importlib.metadata
    import sys

    importlib.invalidate_caches()
    if sys.version_info < (3, 12):  # where the former does not reach this cache
        importlib.metadata.MetadataPathFinder.invalidate_caches(None)  # type: ignore[call-arg]
    for origin in list(_imported_from):
        for distribution in _other_version(origin):
            _imported_from.discard(origin)
            forget_modules(distribution)


def forget_modules(distribution: Distribution) -> None:
    """Take the modules of a distribution out of `sys.modules`: its code is another by now."""
    import sys

    tops = {file.parts[0].removesuffix(".py") for file in distribution.files or () if file.parts}
    for name in list(sys.modules):
        if name.partition(".")[0] in tops:
            sys.modules.pop(name, None)


def upgraded(registrations: Iterable[Registration]) -> list[Distribution]:
    """The distributions of these plugins of which another version is installed by now."""
    origins = {registration.origin for registration in registrations}
    return [distribution for origin in origins for distribution in _other_version(origin)]


def _other_version(origin: str) -> Iterator[Distribution]:
    """The distribution that is said in words, if another version of it is installed."""
    import importlib.metadata

    name, _, version = origin.rpartition(" ")
    with suppress(importlib.metadata.PackageNotFoundError, ValueError):
        distribution = importlib.metadata.distribution(name)
        if distribution.version != version:
            yield distribution
