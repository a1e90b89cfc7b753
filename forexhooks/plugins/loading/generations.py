"""Generations: the versions of a plugin that was loaded from a path."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from forexhooks.errors import ForexError, PluginLoadError, SettingsError
from forexhooks.plugins.driver import Driver, made
from forexhooks.plugins.hookspecs import PROJECT
from forexhooks.plugins.loading.importing import PrivatePackage
from forexhooks.plugins.output import output_of_plugins
from forexhooks.plugins.registration import Registration

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from forexhooks.plugins.loading.targets import Staged, Target
    from forexhooks.support.settings import Settings


class Generation(NamedTuple):
    """One version of a plugin that was loaded from a path.

    - `name`: the name it is registered under
    - `version`: the version of its distribution, else its module's `__version__`, if there is one
    - `path`, `digest`: what was loaded, and its SHA-256
    - `since`: when it was loaded, in UTC
    - `state`: `serving`, or `draining` if it was replaced or unloaded but still has calls in
      progress
    """

    name: str
    version: str | None
    path: Path
    digest: str
    since: datetime
    state: Literal["serving", "draining"] = "serving"


class LoadedRegistration(Registration):
    """A registration of a plugin in a private package, which it leaves when it is closed."""

    if_taken: ClassVar[str] = (
        "load(path, replace=True) swaps it, load(path, name=…) loads it under another name"
    )

    def __init__(
        self, plugin: object, name: str | None, staged: Staged, package: PrivatePackage
    ) -> None:
        super().__init__(plugin, name, origin=str(staged.path))
        self._package = package
        self.offered: tuple[str, ...] = staged.offered
        """The other extensions of its distribution, which were not chosen."""
        # For a Driver subclass: the class, or its module.
        of = (plugin, sys.modules.get(type(plugin).__module__))
        said = next(filter(None, (getattr(each, "__version__", None) for each in of)), None)
        self.generation: Generation = Generation(
            self.name, staged.version or said, staged.path, staged.digest, datetime.now(UTC)
        )

    def close(self, *, in_background: bool = False) -> None:
        """Close the plugin, unless it was closed before, and let go of it."""
        if self.plugin is None:
            return
        super().close()
        self.let_go()
        self._package.leave(self, in_background=in_background)


def registrations_of(
    staged: Staged, settings: Settings, name: str | None = None
) -> list[LoadedRegistration]:
    """Import a staged copy and make its registrations, which then own it.

    If this fails, nothing is left behind.

    Args:
        staged: The copy.
        settings: The settings of drivers.
        name: Another name for the only plugin in it; None: its own.

    Returns:
        The registrations.

    Raises:
        PluginLoadError: It cannot be used; the message names the file.
        SettingsError: A setting of a driver is missing or invalid.
    """
    package = PrivatePackage(staged.home, staged.files)
    try:
        with output_of_plugins():
            plugins = [
                (target, plugin)
                for target in staged.targets
                for plugin in _plugins(target, package, settings)
            ]
        if name is not None and len(plugins) != 1:
            raise PluginLoadError(
                f"{staged.path}: has {len(plugins)} plugins, and only one can be called {name!r}"
            )
        registrations = []
        for target, plugin in plugins:
            given = name
            if name is None and not hasattr(plugin, "forex_driver_name"):
                given = target.name  # an extension has the name under which it was found
            registrations.append(LoadedRegistration(plugin, given, staged, package))
        package.users.update(registrations)
    except (Exception, SystemExit) as error:
        package.forget()
        if isinstance(error, ForexError) and str(staged.path) in str(error):
            raise
        if isinstance(error, SettingsError):
            raise SettingsError(f"{staged.path}: {error}") from error
        if isinstance(error, ForexError):
            raise PluginLoadError(f"{staged.path}: {error}") from error
        raise PluginLoadError(f"{staged.path}: {_where(error, staged)}") from error
    except BaseException:
        package.forget()
        raise
    return registrations


def _plugins(target: Target, package: PrivatePackage, settings: Settings) -> Iterator[object]:
    """The plugins that a target names; a `Driver` subclass is instantiated."""
    module = package.imported(target.module)
    found: object = module
    for attribute in filter(None, target.attribute.split(".")):
        found = getattr(found, attribute)
    if found is module and not any(_is_marked(value) for value in vars(module).values()):
        drivers = list(_drivers_in(module))
        if not drivers:
            raise PluginLoadError(
                f"{target.module} is not a plugin: it has neither hooks (functions marked "
                "with @forexhooks.hookimpl) nor a subclass of forexhooks.Driver"
            )
        yield from (made(each, settings) for each in drivers)
    elif isinstance(found, type) and issubclass(found, Driver):
        yield made(found, settings)
    else:
        yield found


def _is_marked(value: object) -> bool:
    return callable(value) and hasattr(value, f"{PROJECT}_impl")


def _drivers_in(module: ModuleType) -> Iterator[type[Driver]]:
    for value in vars(module).values():
        if (
            isinstance(value, type)
            and issubclass(value, Driver)
            and value.__module__ == module.__name__
            and not getattr(value, "__abstractmethods__", None)
        ):
            yield value


def _where(error: BaseException, staged: Staged) -> str:
    """What happened, and in which line of the plugin's own files."""
    line = None
    traceback = error.__traceback__
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if file.startswith(str(staged.home)):
            line = f"{file.removeprefix(str(staged.home)).lstrip('/')}, line {traceback.tb_lineno}"
        traceback = traceback.tb_next
    if isinstance(error, SyntaxError):
        line = None  # the error names it itself
    return f"{type(error).__name__}: {error}" + (f" ({line})" if line else "")
