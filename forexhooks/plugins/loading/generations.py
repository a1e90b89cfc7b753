"""Generations: the versions of a plugin that was loaded from a path."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from forexhooks.errors import ForexError, PluginLoadError, SettingsError
from forexhooks.plugins.driver import Driver, made
from forexhooks.plugins.hookspecs import PROJECT
from forexhooks.plugins.implementations import shown
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
        self,
        plugin: object,
        target: Target,
        name: str | None,
        staged: Staged,
        package: PrivatePackage,
    ) -> None:
        # An extension has the name under which it was found.
        own = None if hasattr(plugin, "forex_driver_name") else target.name
        super().__init__(plugin, name or own, origin=str(staged.path))
        self._package = package
        is_other = self.name != (self.driver or own)
        self.sources: frozenset[str] = frozenset(
            () if is_other else filter(None, (str(staged.path), staged.distribution))
        )
        """Its path, and its distribution: what comes from there later succeeds it.

        A plugin under another name than its own has none: it was put beside the others.
        """
        self.offered: tuple[str, ...] = staged.offered
        """The other extensions of its distribution, which were not chosen."""
        # For a Driver subclass: the class, its module, or a package that the module is in.
        names = [*accumulate(type(plugin).__module__.split("."), "{}.{}".format)]
        of = (plugin, *map(sys.modules.get, reversed(names)))
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
    registrations: list[LoadedRegistration] = []
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
        for target, plugin in plugins:
            registrations.append(LoadedRegistration(plugin, target, name, staged, package))
            package.users.add(registrations[-1])
        _check_names(registrations)
    except BaseException as error:
        for each in registrations:
            each.close()
        package.forget()
        is_said = isinstance(error, ForexError) and str(staged.path) in str(error)
        if is_said or not isinstance(error, (Exception, SystemExit)):
            raise
        if isinstance(error, SettingsError):
            raise SettingsError(f"{staged.path}: {error}") from error
        if isinstance(error, ForexError):
            raise PluginLoadError(f"{staged.path}: {error}") from error
        raise PluginLoadError(f"{staged.path}: {_where(error, staged)}") from error
    if not registrations:
        package.forget()  # all of them are blocked
    return registrations


def _check_names(registrations: list[LoadedRegistration]) -> None:
    """Raise `PluginLoadError` if two have one name."""
    of: dict[str, LoadedRegistration] = {}
    for each in registrations:
        other = of.setdefault(each.name, each)
        if other is not each:
            kind = "plugins" if None in (each.driver, other.driver) else "drivers"
            raise PluginLoadError(
                f"it has two {kind} named {each.name!r}, {shown(other.plugin)} and "
                f"{shown(each.plugin)}: rename one of them, or remove it"
            )


def _plugins(target: Target, package: PrivatePackage, settings: Settings) -> Iterator[object]:
    """The plugins that a target names; a `Driver` subclass is instantiated."""
    module = package.imported(target.module)
    found: object = module
    for attribute in filter(None, target.attribute.split(".")):
        found = getattr(found, attribute)
    if found is module and not any(_is_marked(value) for value in vars(module).values()):
        plugins = _drivers_in(module, package)
        if not plugins:
            is_package = hasattr(module, "__path__")
            raise PluginLoadError(
                f"{target.module} is not a plugin: it has neither hooks (functions marked "
                "with @forexhooks.hookimpl) nor a subclass of forexhooks.Driver with a name"
                + (": if a submodule has one, import it in __init__.py" if is_package else "")
            )
    else:
        plugins = [found]
    for plugin in plugins:
        if isinstance(plugin, type) and issubclass(plugin, Driver):
            yield made(plugin, settings)
        else:
            yield plugin


def _is_marked(value: object) -> bool:
    return callable(value) and hasattr(value, f"{PROJECT}_impl")


def _drivers_in(module: ModuleType, package: PrivatePackage) -> list[object]:
    """The drivers in a module's namespace, if their classes are defined in the package.

    They are classes and instances; an instance stands for its class. A class without a name is
    there for others to derive from.
    """
    found: dict[int, object] = {}  # one may have several names in the module
    for value in list(vars(module).values()):
        kind = value if isinstance(value, type) else type(value)
        if (
            issubclass(kind, Driver)
            and package.holds(kind.__module__)
            and hasattr(value, "name")
            and not getattr(kind, "__abstractmethods__", None)
        ):
            found[id(value)] = value
    made_already = {type(each) for each in found.values()}
    return [
        each for each in found.values() if not (isinstance(each, type) and each in made_already)
    ]


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
