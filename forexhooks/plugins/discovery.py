"""Finding drivers and extensions by name: first in the table of built-ins, then entry points.

Only what you ask for is imported: a broken plugin does not affect others.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from forexhooks.errors import PluginLoadError, SettingsError
from forexhooks.plugins.built_ins import BUILT_INS
from forexhooks.plugins.driver import Driver, made
from forexhooks.plugins.hookspecs import PROJECT
from forexhooks.plugins.output import output_of_plugins
from forexhooks.plugins.registration import BUILT_IN, Registration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import Distribution, EntryPoint

    from forexhooks.support.settings import Settings

DRIVERS = "forexhooks"
EXTENSIONS = "forexhooks.extensions"
AUTOLOAD_IS_OFF = (
    "installed drivers and extensions are ignored, because "
    "FOREXHOOKS_DISABLE_PLUGIN_AUTOLOAD, or disable_plugin_autoload in the config file, is set"
)

_imported_from: set[str] = set()  # distributions and their versions, in words
_damaged: set[str] = set()  # those that were warned of


class Found:  # not a NamedTuple: defining one would slow down every start
    """A plugin that is installed but not imported yet."""

    __slots__ = ("name", "origin", "target")

    def __init__(self, name: str, target: str, origin: str) -> None:
        self.name: str = name
        self.target: str = target
        self.origin: str = origin

    def registration(self, settings: Settings) -> Registration:
        """Import the plugin, make it, and check it against the hooks.

        Raises:
            PluginLoadError: It cannot be used; the message says which plugin, from where, and why.
            SettingsError: A setting of the driver is missing or invalid.
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
        """As `registration`, for a plugin that must be the driver of its name."""
        registration = self.registration(settings)
        try:
            self.check_name(registration.driver)
        except PluginLoadError:
            registration.close()
            raise
        return registration

    def plugin(self) -> object:
        """Import the object that the entry point names. Raises `PluginLoadError` if that fails."""
        module, _, attributes = self.target.partition(":")
        try:
            with output_of_plugins():
                plugin: object = import_module(module)
                for attribute in filter(None, attributes.split(".")):
                    plugin = getattr(plugin, attribute)
        # Any failure of an import, even sys.exit(), must affect this plugin only.
        except (Exception, SystemExit) as error:
            raise PluginLoadError(
                f"{self} cannot be imported: {type(error).__name__}: {error}"
            ) from error
        _imported_from.add(self.origin)
        return plugin

    def _made(self, driver: type[Driver], settings: Settings) -> Driver:
        try:
            with output_of_plugins():
                return made(driver, settings)
        except SettingsError:
            raise
        except Exception as error:
            raise PluginLoadError(
                f"{self} cannot be created: {type(error).__name__}: {error}"
            ) from error

    def check_name(self, driver: str | None) -> None:
        """Raise `PluginLoadError` if the entry point names another driver than this one."""
        if driver != self.name:
            raise PluginLoadError(
                f"{self} names the driver {driver!r}: "
                "an entry point in group forexhooks must have the name of its driver"
            )

    def __str__(self) -> str:
        whose = "" if self.origin == "module" else f" of {self.origin}"
        return f"the plugin {self.name!r}{whose}"


def find_driver(name: str, *, autoload: bool = True) -> Found | None:
    """Find a driver: a built-in one, or with `autoload` the first entry point of that name."""
    if name in BUILT_INS:
        return Found(name, BUILT_INS[name], BUILT_IN)
    return next(_entry_points(DRIVERS, name), None) if autoload else None


def find_extension(name: str, *, autoload: bool = True) -> Found:
    """Find an extension: an entry point of that name, or a module to import."""
    found = next(_entry_points(EXTENSIONS, name), None) if autoload else None
    return found or Found(name, name, "module")


def installed_drivers(*, autoload: bool = True) -> Iterator[Found]:
    """All drivers that can be found, built-ins first. The first of each name is used."""
    for name, target in BUILT_INS.items():
        yield Found(name, target, BUILT_IN)
    if autoload:
        yield from _entry_points(DRIVERS)


def installed_extensions() -> Iterator[Found]:
    """All extensions that are installed."""
    return _entry_points(EXTENSIONS)


def _entry_points(group: str, name: str | None = None) -> Iterator[Found]:
    import importlib.metadata

    found: dict[str, list[tuple[EntryPoint, str]]] = {}
    for distribution in importlib.metadata.distributions():
        try:
            mine = [each for each in distribution.entry_points if each.group == group]
            if mine and distribution.name != PROJECT:
                origin = f"{distribution.name} {distribution.version}"
                # If it is installed twice, the first on the path is used.
                found.setdefault(distribution.name, [(each, origin) for each in mine])
        except Exception as error:  # noqa: BLE001 - what is damaged harms itself alone
            _say_damaged(distribution, error)
    # Distributions come in directory order: without sorting, their order would be arbitrary.
    pairs = [pair for pairs in found.values() for pair in pairs]
    for entry, origin in sorted(pairs, key=lambda pair: (pair[0].name, pair[1])):
        if name in (None, entry.name):
            yield Found(entry.name, entry.value.replace(" ", ""), origin)


def _say_damaged(distribution: Distribution, error: Exception) -> None:
    import logging

    try:
        which = distribution.name
    except Exception:  # noqa: BLE001 - its name is in what is damaged
        which = None
    which = which or f"a distribution in {distribution.locate_file('')}"
    if which not in _damaged:
        _damaged.add(which)
        why = " ".join(f"{type(error).__name__}: {error}".split())
        log = logging.getLogger(PROJECT)
        log.warning("%s is damaged, and its plugins are left out: %s; reinstall it", which, why)


def forget_installed() -> None:
    """Look again at what is installed, and import again what has another version by now."""
    import importlib
    import importlib.metadata
    import sys

    importlib.invalidate_caches()
    if sys.version_info < (3, 12):  # where the former does not clear this cache
        importlib.metadata.MetadataPathFinder.invalidate_caches(None)  # type: ignore[call-arg]
    for origin in list(_imported_from):
        for distribution in _other_version(origin):
            _imported_from.discard(origin)
            forget_modules(distribution)


def forget_modules(distribution: Distribution) -> None:
    """Remove the modules of a distribution from `sys.modules`, as its code has changed."""
    import sys

    tops = {file.parts[0].removesuffix(".py") for file in distribution.files or () if file.parts}
    for name in list(sys.modules):
        if name.partition(".")[0] in tops:
            sys.modules.pop(name, None)


def upgraded(registrations: Iterable[Registration]) -> list[Distribution]:
    """The distributions of these plugins that are installed in another version by now."""
    origins = {registration.origin for registration in registrations}
    return [distribution for origin in origins for distribution in _other_version(origin)]


def comes_from(distribution: Distribution, registration: Registration) -> bool:
    """Whether a plugin is of this distribution, in whatever version."""
    return registration.origin.rpartition(" ")[0] == distribution.name


def _other_version(origin: str) -> Iterator[Distribution]:
    """The distribution that this origin describes, if another version of it is installed."""
    import importlib.metadata

    name, _, version = origin.rpartition(" ")
    with suppress(importlib.metadata.PackageNotFoundError, ValueError):
        distribution = importlib.metadata.distribution(name)
        if distribution.version != version:
            yield distribution
