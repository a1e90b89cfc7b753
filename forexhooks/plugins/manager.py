"""ForexManager: owns the current catalog; each change publishes a new one.

It is one class, as pluggy's `PluginManager` is, because it is the public face. Its methods are
short: the work is done in `publishing`, `discovery`, `listing`, `draining` and `loading/`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Self

from forexhooks.errors import (
    PluginConflictError,
    PluginError,
    PluginLoadError,
    UnknownDriverError,
)
from forexhooks.plugins.catalog import CurrentHooks
from forexhooks.plugins.discovery import (
    AUTOLOAD_IS_OFF,
    find_driver,
    find_extension,
    installed_drivers,
    installed_extensions,
)
from forexhooks.plugins.draining import DRAIN, retire
from forexhooks.plugins.hookspecs import PROJECT
from forexhooks.plugins.implementations import canonical_name
from forexhooks.plugins.publishing import Publisher
from forexhooks.plugins.registration import Registration
from forexhooks.support.settings import read_settings

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from forexhooks.plugins.breaker import Breakers
    from forexhooks.plugins.catalog import Catalog, CurrentHook
    from forexhooks.plugins.discovery import Found
    from forexhooks.plugins.listing import DriverInfo, ExtensionInfo
    from forexhooks.plugins.loading.generations import Generation
    from forexhooks.support.settings import Settings


class ForexManager:
    """A set of plugins that you can change while it is in use.

    It is empty at first. Each change builds a new catalog and publishes it in one assignment: calls
    in progress finish with the catalog they began with, and a change that fails leaves everything
    as it was. All methods are thread-safe.

    Methods that `pluggy.PluginManager` has do the same here. A manager is a context manager:
    leaving the block closes it.

    Args:
        discover: Whether to find installed drivers when you ask for them.
        settings: The settings; None: those of the environment and the config file.
    """

    project_name: str = PROJECT

    def __init__(self, *, discover: bool = False, settings: Settings | None = None) -> None:
        self._settings = settings
        # The HTTP client checks the environment itself, for each request.
        self.is_offline: bool = settings is not None and settings.offline
        """Whether the settings given to the constructor switch the network off."""
        self._discover = discover
        self._publisher = Publisher(self._finder if discover else None)
        self._breakers: Breakers | None = None

    @property
    def settings(self) -> Settings:
        """The settings, read when they are first needed.

        Raises:
            SettingsError: A setting is invalid.
        """
        if self._settings is None:
            self._settings = read_settings()
        return self._settings

    @property
    def breakers(self) -> Breakers:
        """The circuit breakers: a driver that failed is skipped while others can answer."""
        if self._breakers is None:
            from forexhooks.plugins.breaker import Breakers

            self._breakers = Breakers()
        return self._breakers

    @property
    def catalog(self) -> Catalog:
        """The current catalog. Its plugins are not closed as long as you hold it."""
        return self._publisher.catalog

    @property
    def hook(self) -> Any:
        """The hooks, for direct calls: `manager.hook.forex_get_rate(driver="ecb", …)`."""
        return CurrentHooks(lambda: self.catalog)

    def register(self, plugin: object, name: str | None = None) -> str | None:
        """Register a plugin: a module or an instance.

        Args:
            plugin: The plugin. A driver declares its own name.
            name: Another name for it. A driver then becomes an alias: `open(name)` finds it, and
                direct hook calls leave it out. None: the driver's own name, or for an extension
                that of its module.

        Returns:
            The name; None: that name is blocked, and nothing was registered.

        Raises:
            PluginLoadError: It is not a plugin, or does not fit the hooks.
            PluginConflictError: The name or the plugin is already registered.
        """
        return self._add(Registration(plugin, name))

    def unregister(
        self, plugin: object = None, name: str | None = None, *, drain: float | None = DRAIN
    ) -> Any:
        """Remove a plugin, wait until its last call has returned, and close it.

        Give the plugin or its name. If you call this from inside one of the plugin's calls, it does
        not wait for that call.

        Args:
            plugin: The plugin.
            name: Its name.
            drain: How many seconds to wait at most; None: do not wait. After that time you get a
                `DrainWarning`, and the plugin is closed in the background when its last call
                returns.

        Returns:
            The plugin.

        Raises:
            PluginError: The plugin is not registered.
        """
        if name is None:
            name = self.get_name(plugin)
        departed = [] if name is None else self._publisher.change(departing=[name])
        if not departed:
            raise PluginError(f"not registered: {name if plugin is None else plugin!r}")
        gone = departed[0].plugin
        self._retire(departed, drain)
        return gone

    def replace(
        self, plugin: object, name: str | None = None, *, drain: float | None = DRAIN
    ) -> str:
        """Replace the plugin of the same name, without failing a single call.

        New calls go to the new plugin at once. Then it waits for the old one, as `unregister` does.

        Args:
            plugin: The new plugin.
            name: Another name for it, as for `register`.
            drain: How many seconds to wait for the old plugin; None: do not wait.

        Returns:
            The name.

        Raises:
            PluginLoadError: It is not a plugin, or does not fit the hooks. The old one stays.
            PluginConflictError: The plugin is already registered under another name. The old one
                stays.
            UnknownDriverError: There is no plugin of that name to replace.
        """
        arriving = Registration(plugin, name)
        if not self.has_plugin(arriving.name):
            raise self.unknown_driver(arriving.name)
        departed = self._publisher.change([arriving], departing=[arriving.name])
        self._retire(departed, drain, is_swap=True)
        return arriving.name

    def load(
        self,
        path: str | os.PathLike[str],
        *,
        name: str | None = None,
        replace: bool | Collection[str] = False,
        sha256: str | None = None,
        drain: float | None = DRAIN,
        preflight: float | None = 10.0,
        root: Path | None = None,
        extensions: Collection[str] = (),
    ) -> list[str]:
        """Load a plugin from a path. This runs its code: load only code you trust.

        docs/runtime.md has the details. If loading fails, everything stays as it was.

        Args:
            path: A `.py` file, the folder of a package, a wheel, or a compiled extension module.
            name: Another name for the plugin, as for `register`.
            replace: Replace plugins of the same names, as `replace()` does, and remove those that
                an earlier version of the file had and this one has not: True for all, or the
                names of those to replace. Nothing happens if the same content is already loaded.
            sha256: The digest that the file must have, in hex; None: any.
            drain: How many seconds to wait for a plugin that is replaced; None: do not wait.
            preflight: How many seconds a first trial in a child process may take; None: no trial.
            root: A folder that links at `path` must not lead out of; None: anywhere.
            extensions: If a wheel has drivers, the names of those of its extensions to load with
                them. If it has none, all its extensions are loaded.

        Returns:
            The names of the plugins, without those that are blocked.

        Raises:
            PluginLoadError: The file cannot be loaded; the message says why.
            PluginConflictError: A name is already taken.
            SettingsError: A setting of the driver is missing or invalid.
        """
        from forexhooks.plugins.loading.load import loaded

        arriving, sources = loaded(
            path,
            self.settings,
            name=name,
            sha256=sha256,
            preflight=preflight,
            root=root,
            serving=self.catalog.registrations.values() if replace else (),
            extensions={*extensions, *(self.catalog.registrations if replace else ())},
            blocked=self.catalog.blocked,
        )
        wanted = []
        for each in arriving:
            if self.is_blocked(each.name):
                each.close()
            else:
                wanted.append(each)
        names = [each.name for each in wanted]

        def is_departing(each: Registration) -> bool:
            is_earlier = not sources.isdisjoint(getattr(each, "sources", ()))
            is_meant = replace is True or each.name in (replace or ())
            return is_meant and (is_earlier or each.name in names)

        self._swap(wanted, is_departing, drain)
        return names

    def unload(self, name: str, *, drain: float | None = DRAIN) -> None:
        """Remove a loaded plugin, as `unregister` does, and its modules with the last one of them.

        Args:
            name: The plugin's name.
            drain: How many seconds to wait for its last call; None: do not wait.

        Raises:
            PluginError: The plugin is not registered.
        """
        departed = self._publisher.change(departing=[name])
        if not departed:
            raise PluginError(f"not registered: {name}")
        self._retire(departed, drain)

    def generations(self) -> list[Generation]:
        """List what was loaded from paths, with replaced versions that are still in use.

        Returns:
            The generations that are in use, then those that are `draining`.
        """
        serving = list(self.catalog.registrations.values())
        draining = [each for each in list(self._publisher.departing) if each not in serving]
        listed = [getattr(each, "generation", None) for each in (*serving, *draining)]
        return [
            each._replace(state="draining") if index >= len(serving) else each
            for index, each in enumerate(listed)
            if each is not None
        ]

    def refresh(self, *, drain: float | None = DRAIN, preflight: float | None = 10.0) -> list[str]:
        """Look again at what pip has installed, and replace plugins that were upgraded.

        Plugins that the new version of their package no longer has are removed. Newly installed
        drivers are found when you ask for them.

        Args:
            drain: How many seconds to wait for a plugin that is replaced; None: do not wait.
            preflight: As for `load`, in seconds.

        Returns:
            The names of the plugins that were replaced.

        Raises:
            PluginLoadError: An upgraded plugin cannot be loaded. The old one stays.
            PluginConflictError: A name is already taken. The old one stays.
            SettingsError: A setting of the driver is missing or invalid. The old one stays.
        """
        from forexhooks.plugins.discovery import comes_from, forget_installed, upgraded
        from forexhooks.plugins.loading.load import loaded_distribution

        forget_installed()
        swapped: list[str] = []
        for distribution in upgraded(self.catalog.registrations.values()):
            origin = f"{distribution.name} {distribution.version}"
            arriving = loaded_distribution(distribution, self.settings, preflight=preflight)
            is_departing = partial(comes_from, distribution)
            used = {each.name for each in self.catalog.registrations.values() if is_departing(each)}
            mine = [each for each in arriving if each.name in used]
            for each in arriving:
                each.origin = origin
                each.sources = frozenset()
                if each not in mine:
                    each.close()
            self._swap(mine, is_departing, drain)
            swapped += [each.name for each in mine]
        return swapped

    def _swap(
        self,
        arriving: Sequence[Registration],
        is_departing: Callable[[Registration], bool],
        drain: float | None,
    ) -> None:
        try:
            departed = self._publisher.change(arriving, departing=is_departing)
        except BaseException:
            for each in arriving:
                each.close()
            raise
        self._retire(departed, drain, is_swap=True, stacklevel=5)

    def set_blocked(self, name: str, *, drain: float | None = DRAIN) -> None:
        """Block a name: its plugin is unregistered, and can be neither registered nor found again.

        Args:
            name: The name.
            drain: How many seconds to wait for the plugin's last call; None: do not wait.
        """
        self._retire(self._publisher.change(departing=[name], blocking={name}), drain)

    def unblock(self, name: str) -> bool:
        """Allow a blocked name again.

        Args:
            name: The name.

        Returns:
            Whether it was blocked.
        """
        was_blocked = self.is_blocked(name)
        self._publisher.change(unblocking={name})
        return was_blocked

    def is_blocked(self, name: str) -> bool:
        """Whether a name is blocked.

        Args:
            name: The name.

        Returns:
            True if `set_blocked` blocks it.
        """
        return name in self.catalog.blocked

    def find(self, name: str) -> None:
        """Make sure that a driver is registered, finding it among those installed if needed.

        Args:
            name: The driver's name.

        Raises:
            UnknownDriverError: There is no such driver, or it is blocked.
            PluginLoadError: It is installed but cannot be used.
            SettingsError: A setting of the driver is missing or invalid.
        """
        if not isinstance(name, str):
            raise UnknownDriverError(f"the name of a driver must be a string, not {name!r}")
        if name in self.catalog.drivers():
            return
        found = None
        if self._discover and not self.is_blocked(name):
            found = find_driver(name, autoload=self._autoload)
        if found is None:
            raise self.unknown_driver(name)
        registration = found.driver_registration(self.settings)
        try:
            if self._add(registration) is None:
                raise self.unknown_driver(name)
        except BaseException as error:
            # If it is a module, another thread may have registered the same plugin first.
            if self.get_plugin(name) is not registration.plugin:
                registration.close()
            if not (isinstance(error, PluginConflictError) and self.has_plugin(name)):
                raise

    def add_extension(self, name: str) -> None:
        """Register an extension, unless it is already registered.

        Args:
            name: The name of its entry point, or of a module.

        Raises:
            PluginLoadError: There is no such extension, or it cannot be used.
            PluginConflictError: Another plugin has that name.
        """
        if self.is_blocked(name):
            return
        try:
            registration = find_extension(name, autoload=self._autoload).registration(self.settings)
        except PluginLoadError as error:
            if self._autoload:
                raise
            raise PluginLoadError(f"{error}; {AUTOLOAD_IS_OFF}") from error
        if registration.driver is None:
            # Under the name by which it was chosen, which can then also block it.
            registration = Registration(registration.plugin, name, registration.origin)
        if not self.is_registered(registration.plugin):
            self._add(registration)

    def drivers(self) -> list[DriverInfo]:
        """List the drivers that are registered and, with `discover`, those installed.

        It imports installed drivers to find out whether they work.

        Returns:
            The drivers; those that cannot be imported are listed as `broken`.
        """
        return [each for each in self._listed() if each.rule is None]

    def rules(self) -> list[DriverInfo]:
        """List the rules: each says which day's rate of which driver counts.

        Returns:
            The rules that are registered and, with `discover`, those installed.
        """
        return [each for each in self._listed() if each.rule is not None]

    def _listed(self) -> list[DriverInfo]:
        from forexhooks.plugins.listing import listed_drivers

        return listed_drivers(self.catalog, self._installed(), self.settings)

    def extensions(self) -> list[ExtensionInfo]:
        """List the extensions that are registered and those that you can choose by name.

        The latter are installed (with `discover`) or in a wheel whose drivers were loaded. Nothing
        is imported.

        Returns:
            The extensions.
        """
        from forexhooks.plugins.listing import listed_extensions

        chosen_by_name = installed_extensions() if self._discover and self._autoload else ()
        return listed_extensions(self.catalog, chosen_by_name)

    def unknown_driver(self, name: str) -> UnknownDriverError:
        """Make the error for a driver that does not exist: its message lists those that do.

        Args:
            name: The name that was asked for.

        Returns:
            The error, for you to raise.
        """
        from forexhooks.plugins.listing import unknown_driver

        if self._publisher.is_closed:
            return UnknownDriverError(f"no driver {name!r}: the manager is closed")
        remedy = AUTOLOAD_IS_OFF if self._discover and not self._autoload else None
        return unknown_driver(name, self.catalog, self._installed(), remedy)

    def get_plugin(self, name: str) -> Any | None:
        """Return the plugin of a name.

        Args:
            name: The name.

        Returns:
            The plugin; None: there is none.
        """
        registration = self.catalog.registrations.get(name)
        return None if registration is None else registration.plugin

    def has_plugin(self, name: str) -> bool:
        """Whether a plugin of that name is registered.

        Args:
            name: The name.

        Returns:
            True if there is one.
        """
        return name in self.catalog.registrations

    def get_name(self, plugin: object) -> str | None:
        """Return the name that a plugin is registered under.

        Args:
            plugin: The plugin.

        Returns:
            Its name; None: it is not registered.
        """
        return next((name for name, each in self.list_name_plugin() if each is plugin), None)

    def get_plugins(self) -> set[Any]:
        """Return all plugins.

        Returns:
            The plugins, without their names.
        """
        return {plugin for _, plugin in self.list_name_plugin()}

    def is_registered(self, plugin: object) -> bool:
        """Whether a plugin is registered.

        Args:
            plugin: The plugin.

        Returns:
            True if it is.
        """
        return self.get_name(plugin) is not None

    def list_name_plugin(self) -> list[tuple[str, Any]]:
        """List all plugins with their names.

        Returns:
            Pairs of name and plugin, in order of registration.
        """
        return [(name, each.plugin) for name, each in self.catalog.registrations.items()]

    def get_canonical_name(self, plugin: object) -> str:
        """Return the name that an extension gets if you give none.

        Args:
            plugin: The extension.

        Returns:
            A module's own name; for other objects, a number.
        """
        return canonical_name(plugin)

    def get_hookcallers(self, plugin: object) -> list[CurrentHook] | None:
        """List the hooks that a plugin implements.

        They follow the manager, as the attributes of `hook` do: you may hold them, and plugins can
        still be removed.

        Args:
            plugin: The plugin.

        Returns:
            The hooks; None: it is not registered.
        """
        name = self.get_name(plugin)
        registration = None if name is None else self.catalog.registrations.get(name)
        if registration is None:
            return None
        hooks = () if registration.is_alias else registration.hooks()
        return [getattr(self.hook, hook) for hook in hooks]

    def check_pending(self) -> None:
        """Do nothing: each plugin is checked against the hooks when it is registered."""

    def enable_tracing(self) -> Callable[[], None]:
        """Log what each plugin is asked and what it returns, from now on.

        Messages go to the logger `forexhooks.trace` at the level INFO; `forexhooks.tracing.Traced`
        describes them. Calls already in progress are not logged.

        Returns:
            A function that ends the tracing.
        """
        return self._publisher.trace()

    def close(self, *, drain: float | None = DRAIN) -> None:
        """Remove and close all plugins. After that you cannot register any.

        Args:
            drain: How many seconds to wait for calls in progress; None: do not wait.
        """
        self._retire(self._publisher.end(), drain)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _autoload(self) -> bool:
        return not self.settings.disable_plugin_autoload

    def _installed(self) -> Iterable[Found]:
        """The installed drivers that this manager can find."""
        return installed_drivers(autoload=self._autoload) if self._discover else ()

    def _finder(self, known: Collection[str]) -> Registration:
        from forexhooks.plugins.finder import Finder

        finder = Finder(self.find, lambda: self._publisher.catalog, known)
        return Registration(finder, "forexhooks.finder")

    def _retire(
        self,
        departed: Sequence[Registration],
        drain: float | None,
        *,
        is_swap: bool = False,
        stacklevel: int = 4,
    ) -> None:
        departing = self._publisher.departing
        retire(departed, drain, departing, is_swap=is_swap, stacklevel=stacklevel)

    def _add(self, arriving: Registration) -> str | None:
        if self.is_blocked(arriving.name):
            return None
        self._publisher.change([arriving])
        return arriving.name
