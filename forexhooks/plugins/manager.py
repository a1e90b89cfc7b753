"""ForexManager: owns the current catalog; every change publishes a new one.

One class, as pluggy's `PluginManager` is: it is the public face, its methods are short, and half of
the file is what they promise. What they do is in `publishing`, `discovery`, `listing`, `draining`
and `loading/`.
"""

from __future__ import annotations

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
    """A set of plugins that can be changed while it is used.

    Empty at first. With `discover` it finds drivers that are installed when they are asked for.
    `settings` are those of the environment and the config file unless given. Each change builds a
    new catalog and publishes it by one assignment: calls under way end on the catalog they began
    with, a change that fails leaves everything as it was. All methods may be called by any thread.

    The methods known from `pluggy.PluginManager` mean what they mean there. A manager is a context
    manager; `close` closes its plugins.
    """

    project_name: str = PROJECT

    def __init__(self, *, discover: bool = False, settings: Settings | None = None) -> None:
        self._settings = settings
        # What the environment says of it the transport reads itself, at any time anew.
        self.is_offline: bool = settings is not None and settings.offline
        """Whether the settings that it was made with switch the network off."""
        self._discover = discover
        self._publisher = Publisher(self._finder if discover else None)
        self._breakers: Breakers | None = None

    @property
    def settings(self) -> Settings:
        """The settings, read when they are first needed. Raises `SettingsError`."""
        if self._settings is None:
            self._settings = read_settings()
        return self._settings

    @property
    def breakers(self) -> Breakers:
        """The circuit breakers of the drivers: which are not asked where there are others."""
        if self._breakers is None:
            from forexhooks.plugins.breaker import Breakers

            self._breakers = Breakers()
        return self._breakers

    @property
    def catalog(self) -> Catalog:
        """The current catalog. Whoever keeps it keeps its plugins from being closed."""
        return self._publisher.catalog

    @property
    def hook(self) -> Any:
        """The hooks, to be called plainly: `manager.hook.forex_get_rate(driver="ecb", …)`."""
        return CurrentHooks(lambda: self.catalog)

    def register(self, plugin: object, name: str | None = None) -> str | None:
        """Register a module or an instance and return its name; `None` if that is blocked.

        A driver's name is the one it declares. Given another `name` it is an alias: open to
        `open(name)`, left out of plain hook calls. Raises `PluginLoadError` for what is no plugin
        or does not fit the hooks, `PluginConflictError` for a name or plugin that is there already.
        """
        return self._add(Registration(plugin, name))

    def unregister(
        self, plugin: object = None, name: str | None = None, *, drain: float | None = DRAIN
    ) -> Any:
        """Remove a plugin, wait until its last call has left, close it, and return it.

        `drain` is how many seconds to wait at most; `None`: not at all. Past them a `DrainWarning`
        is given, and the plugin is closed in the background when its last call returns. The call
        that it is called from inside of, if there is one, is not waited for. Raises `PluginError`
        for a plugin that is not registered.
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
        """Put a plugin in the place of the one of the same name, without a call failing.

        New calls go to the new plugin at once. Then it waits for the old one as `unregister` does.
        Raises `PluginLoadError`, `PluginConflictError`, and `UnknownDriverError` where there is
        nothing of that name to be replaced; the old one then stays.
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
        """Load what is at `path`, and return the names of its plugins: docs/runtime.md.

        It may be a `.py` file, a package's folder, a wheel, or a compiled extension. `name` is an
        alias. `replace` swaps those of the same names out, as `replace()` does, or only those that
        it names; where the same content serves from there already, nothing happens. `sha256` is the
        digest it must have.
        `preflight` is how many seconds it may take to be tried in a child process first; `None`:
        it is not tried. With `root` a link must not lead out of that folder. Of a wheel that has
        drivers the extensions named in `extensions` are loaded with them, and no others; of one
        that has none, all. What is blocked is left out.

        Raises `PluginLoadError` naming the file and why, `PluginConflictError`, `SettingsError`;
        all is then as it was. It runs the code: only what you trust is to be loaded.
        """
        from forexhooks.plugins.loading.load import loaded

        arriving = loaded(
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
        return self._swap(wanted, drain=drain, replace=replace)

    def unload(self, name: str, *, drain: float | None = DRAIN) -> None:
        """Remove what was loaded, as `unregister` does; the last of it is forgotten altogether.

        Raises `PluginError` for a plugin that is not registered.
        """
        departed = self._publisher.change(departing=[name])
        if not departed:
            raise PluginError(f"not registered: {name}")
        self._retire(departed, drain)

    def generations(self) -> list[Generation]:
        """What is loaded from paths: each that serves, and each that calls are still in."""
        serving = list(self.catalog.registrations.values())
        draining = [each for each in list(self._publisher.departing) if each not in serving]
        listed = [getattr(each, "generation", None) for each in (*serving, *draining)]
        return [
            each._replace(state="draining") if index >= len(serving) else each
            for index, each in enumerate(listed)
            if each is not None
        ]

    def refresh(self, *, drain: float | None = DRAIN, preflight: float | None = 10.0) -> list[str]:
        """Look anew at what is pip-installed; return the names of the plugins swapped.

        What was installed meanwhile is found when it is asked for; what was upgraded is swapped as
        `load` swaps. Raises as `load` does; what serves then goes on.
        """
        from forexhooks.plugins.discovery import forget_installed, upgraded
        from forexhooks.plugins.loading.load import loaded_distribution

        forget_installed()
        swapped: list[str] = []
        for distribution in upgraded(self.catalog.registrations.values()):
            origin = f"{distribution.name} {distribution.version}"
            arriving = loaded_distribution(distribution, self.settings, preflight=preflight)
            mine = [each for each in arriving if self.has_plugin(each.name)]
            for each in arriving:
                each.origin = origin
                if each not in mine:
                    each.close()
            swapped += self._swap(mine, drain=drain, replace=True)
        return swapped

    def _swap(
        self,
        arriving: Sequence[Registration],
        *,
        drain: float | None,
        replace: bool | Collection[str],
    ) -> list[str]:
        names = [each.name for each in arriving]
        departing = names
        if replace is not True:
            departing = [each for each in names if each in (replace or ())]
        try:
            departed = self._publisher.change(arriving, departing=departing)
        except BaseException:
            for each in arriving:
                each.close()
            raise
        self._retire(departed, drain, is_swap=True, stacklevel=5)
        return names

    def set_blocked(self, name: str, *, drain: float | None = DRAIN) -> None:
        """Switch a name off: it is unregistered, refused by `register`, and not found any more."""
        self._retire(self._publisher.change(departing=[name], blocking={name}), drain)

    def unblock(self, name: str) -> bool:
        """Switch a name on again; whether it was blocked."""
        was_blocked = self.is_blocked(name)
        self._publisher.change(unblocking={name})
        return was_blocked

    def is_blocked(self, name: str) -> bool:
        """Whether that name is blocked."""
        return name in self.catalog.blocked

    def find(self, name: str) -> None:
        """See to it that the driver of that name is in the catalog, finding it if need be.

        Raises `UnknownDriverError` where there is none or it is blocked; `PluginLoadError` where
        it is installed and cannot be used.
        """
        if not isinstance(name, str):
            raise UnknownDriverError(f"a driver is named by a text, not by {name!r}")
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
            # With a module, another thread that was faster has found the same plugin.
            if self.get_plugin(name) is not registration.plugin:
                registration.close()
            if not (isinstance(error, PluginConflictError) and self.has_plugin(name)):
                raise

    def add_extension(self, name: str) -> None:
        """Register the extension of that name: an entry point, or a module. Once is enough.

        Raises `PluginLoadError`, `PluginConflictError`.
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
            # By the name it was chosen by, so that this name blocks it too.
            registration = Registration(registration.plugin, name, registration.origin)
        if not self.is_registered(registration.plugin):
            self._add(registration)

    def drivers(self) -> list[DriverInfo]:
        """List the drivers: those registered, and if this manager discovers, those installed.

        Imports what is installed, to see whether it can be: what cannot is listed as broken.
        """
        return [each for each in self._listed() if each.rule is None]

    def rules(self) -> list[DriverInfo]:
        """List the rules: each says which day's rate of which driver counts."""
        return [each for each in self._listed() if each.rule is not None]

    def _listed(self) -> list[DriverInfo]:
        from forexhooks.plugins.listing import listed_drivers

        return listed_drivers(self.catalog, self._installed(), self.settings)

    def extensions(self) -> list[ExtensionInfo]:
        """List the extensions: those registered, and those that can be chosen by their names.

        These are installed, if this manager discovers, or in a wheel whose drivers were loaded.
        Nothing is imported.
        """
        from forexhooks.plugins.listing import listed_extensions

        chosen_by_name = installed_extensions() if self._discover and self._autoload else ()
        return listed_extensions(self.catalog, chosen_by_name)

    def unknown_driver(self, name: str) -> UnknownDriverError:
        """The error to raise for a driver that is not there: it lists those that are."""
        from forexhooks.plugins.listing import unknown_driver

        if self._publisher.is_closed:
            return UnknownDriverError(f"no driver {name!r}: the manager is closed")
        remedy = AUTOLOAD_IS_OFF if self._discover and not self._autoload else None
        return unknown_driver(name, self.catalog, self._installed(), remedy)

    def get_plugin(self, name: str) -> Any | None:
        """The plugin of that name."""
        registration = self.catalog.registrations.get(name)
        return None if registration is None else registration.plugin

    def has_plugin(self, name: str) -> bool:
        """Whether there is a plugin of that name."""
        return name in self.catalog.registrations

    def get_name(self, plugin: object) -> str | None:
        """The name that the plugin is registered under."""
        return next((name for name, each in self.list_name_plugin() if each is plugin), None)

    def get_plugins(self) -> set[Any]:
        """All plugins."""
        return {plugin for _, plugin in self.list_name_plugin()}

    def is_registered(self, plugin: object) -> bool:
        """Whether the plugin is registered."""
        return self.get_name(plugin) is not None

    def list_name_plugin(self) -> list[tuple[str, Any]]:
        """All plugins with their names, in order of registration."""
        return [(name, each.plugin) for name, each in self.catalog.registrations.items()]

    def get_canonical_name(self, plugin: object) -> str:
        """The name that an extension gets where none is given: a module's own, else a number."""
        return canonical_name(plugin)

    def get_hookcallers(self, plugin: object) -> list[CurrentHook] | None:
        """The hooks that the plugin takes part in; `None` if it is not registered.

        As attributes of `hook` they follow the manager: kept, they keep no plugin from leaving.
        """
        name = self.get_name(plugin)
        registration = None if name is None else self.catalog.registrations.get(name)
        if registration is None:
            return None
        hooks = () if registration.is_alias else registration.hooks()
        return [getattr(self.hook, hook) for hook in hooks]

    def check_pending(self) -> None:
        """Nothing ever is: each plugin is checked against the hooks when it is registered."""

    def enable_tracing(self) -> Callable[[], None]:
        """Log what each plugin is asked and says from now on; return what ends that.

        The log is that of `forexhooks.trace`, at the level INFO: `forexhooks.tracing.Traced` says
        what is in it. Calls under way are not in it.
        """
        return self._publisher.trace()

    def close(self, *, drain: float | None = DRAIN) -> None:
        """Remove and close all plugins; nothing can be registered any more."""
        self._retire(self._publisher.end(), drain)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def _autoload(self) -> bool:
        return not self.settings.disable_plugin_autoload

    def _installed(self) -> Iterable[Found]:
        """The drivers that this manager can find."""
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
