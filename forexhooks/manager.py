"""ForexManager: owns the current catalog; every change publishes a new one."""

from __future__ import annotations

import threading
import warnings
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

from forexhooks.catalog import Catalog, CurrentHooks
from forexhooks.discovery import (
    DriverInfo,
    find_driver,
    find_extension,
    installed_drivers,
    registered_driver,
)
from forexhooks.errors import (
    DrainWarning,
    PluginConflictError,
    PluginError,
    UnknownDriverError,
    did_you_mean,
)
from forexhooks.finder import Finder
from forexhooks.registration import Registration
from forexhooks.resting import Resting
from forexhooks.settings import read_settings

if TYPE_CHECKING:
    from collections.abc import Collection

    from forexhooks.settings import Settings

DRAIN = 30.0
"""Seconds that a change waits, unless told otherwise, for a departing plugin's last call."""


class ForexManager:
    """A set of plugins that can be changed while it is used.

    Empty at first. With `discover` it finds drivers that are installed when they are asked for.
    `settings` are those of the environment and the config file unless given. Each change builds a
    new catalog and publishes it by one assignment: calls under way end on the catalog they began
    with, a change that fails leaves everything as it was. All methods may be called by any thread.

    The methods known from `pluggy.PluginManager` mean what they mean there. A manager is a context
    manager; `close` closes its plugins.
    """

    def __init__(self, *, discover: bool = False, settings: Settings | None = None) -> None:
        self._settings = settings
        self._discover = discover
        self._finder = Registration(Finder(self), "forexhooks.finder") if discover else None
        self._writing = threading.Lock()
        self._is_closed = False
        # Plugins that left and are not closed yet: they must not come back before that.
        self._departing: set[Registration] = set()
        self.resting: Resting = Resting()
        """The drivers that are not asked for a while, where there are others to ask."""
        self.catalog: Catalog = Catalog(finder=self._finder)
        """The current catalog. Whoever keeps it keeps its plugins from being closed."""

    @property
    def settings(self) -> Settings:
        """The settings, read when they are first needed. Raises `SettingsError`."""
        if self._settings is None:
            self._settings = read_settings()
        return self._settings

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
        self, plugin: object = None, name: str | None = None, *, drain: float = DRAIN
    ) -> Any:
        """Remove a plugin, wait until its last call has left, close it, and return it.

        `drain` is how many seconds to wait at most. Past them a `DrainWarning` is given, and the
        plugin is closed in the background when its last call returns. Do not call it from inside
        a hook of the same manager: the call that waits is one that must leave. Raises
        `PluginError` for a plugin that is not registered.
        """
        if name is None:
            name = self.get_name(plugin)
        departed = None if name is None else self._publish(departing=name)
        if departed is None:
            raise PluginError(f"not registered: {name if plugin is None else plugin!r}")
        self._retire(departed, drain)
        return departed.plugin

    def replace(self, plugin: object, name: str | None = None, *, drain: float = DRAIN) -> str:
        """Put a plugin in the place of the one of the same name, without a call failing.

        New calls go to the new plugin at once. Then it waits for the old one as `unregister` does.
        Raises `PluginLoadError`, `PluginConflictError`, and `UnknownDriverError` where there is
        nothing of that name to be replaced; the old one then stays.
        """
        arriving = Registration(plugin, name)
        departed = self._publish(arriving, departing=arriving.name)
        if departed is None:
            raise self.unknown_driver(arriving.name)
        self._retire(departed, drain)
        return arriving.name

    def set_blocked(self, name: str, *, drain: float = DRAIN) -> None:
        """Switch a name off: it is unregistered, refused by `register`, and not found any more."""
        departed = self._publish(departing=name, blocking={name})
        if departed is not None:
            self._retire(departed, drain)

    def unblock(self, name: str) -> bool:
        """Switch a name on again; whether it was blocked."""
        was_blocked = self.is_blocked(name)
        self._publish(unblocking={name})
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
            found = find_driver(name)
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
        registration = find_extension(name).registration(self.settings)
        if registration.driver is None:
            # By the name it was chosen by, so that this name blocks it too.
            registration = Registration(registration.plugin, name, registration.origin)
        if not self.is_registered(registration.plugin):
            self._add(registration)

    def drivers(self) -> list[DriverInfo]:
        """List the drivers: those registered, and if this manager discovers, those installed.

        Imports what is installed, to see whether it can be: what cannot is listed as broken.
        """
        catalog = self.catalog
        listed = [registered_driver(catalog.registrations[name]) for name in catalog.drivers()]
        for found in installed_drivers() if self._discover else ():
            first = next((each for each in listed if each.name == found.name), None)
            if first is None:
                is_blocked = found.name in catalog.blocked
                listed.append(found.blocked() if is_blocked else found.inspected())
            elif first.origin != found.origin:
                listed.append(found.shadowed_by(first))
        return listed

    def unknown_driver(self, name: str) -> UnknownDriverError:
        """The error to raise for a driver that is not there: it lists those that are."""
        if self._is_closed:
            return UnknownDriverError(f"no driver {name!r}: the manager is closed")
        if self.is_blocked(name):
            return UnknownDriverError(
                f"the driver {name!r} is blocked: unblock it, or leave out -p no:{name}"
            )
        known = set(self.catalog.drivers())
        if self._discover:
            known |= {found.name for found in installed_drivers()} - self.catalog.blocked
        return UnknownDriverError(
            f"unknown driver {name!r}{did_you_mean(name, known)}; "
            f"there {'are' if known else 'is'}: {', '.join(sorted(known)) or 'none'}; a driver is "
            "installed with pip, or registered with register(plugin): was that forgotten?"
        )

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

    def check_pending(self) -> None:
        """Nothing ever is: each plugin is checked against the hooks when it is registered."""
        self.catalog.plugin_manager.check_pending()

    def close(self, *, drain: float = DRAIN) -> None:
        """Remove and close all plugins; nothing can be registered any more."""
        with self._writing:
            departing = list(self.catalog.registrations.values())
            self._is_closed = True
            self._departing.update(departing)
            self.catalog = Catalog()
        with ExitStack() as closing:  # each, whatever happens with the others
            for registration in reversed(departing):
                closing.callback(self._retire, registration, drain)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _add(self, arriving: Registration) -> str | None:
        return arriving.name if self._publish(arriving) else None

    def _publish(
        self,
        arriving: Registration | None = None,
        *,
        departing: str | None = None,
        blocking: Collection[str] = (),
        unblocking: Collection[str] = (),
    ) -> Registration | None:
        """Publish a catalog with these changes, and return who departed, else who arrived.

        None, and nothing is published, where `departing` is not there to be replaced, or the name
        that arrives is blocked.
        """
        with self._writing:
            if self._is_closed:
                raise PluginError("the manager is closed: make another")
            before = self.catalog
            try:
                registrations = dict(before.registrations)
                departed = None if departing is None else registrations.get(departing)
                if departing is not None and departed is None and not blocking:
                    return None
                if arriving is not None:
                    if arriving.name in before.blocked:
                        return None
                    self._check_free(arriving, registrations, departed)
                    registrations[arriving.name] = arriving  # a replacement keeps its place
                elif departed is not None:
                    del registrations[departed.name]
                blocked = (before.blocked | frozenset(blocking)) - frozenset(unblocking)
                catalog = Catalog(registrations.values(), blocked, before, self._finder)
                if departed is not None:
                    self._departing.add(departed)
                    self.resting.note(departed.name, None)
                self.catalog = catalog
                return departed or arriving
            finally:
                del before  # a kept traceback must not keep the lease

    def _check_free(
        self,
        arriving: Registration,
        registrations: dict[str, Registration],
        departed: Registration | None,
    ) -> None:
        for name, each in registrations.items():
            if each.plugin is arriving.plugin:
                raise PluginConflictError(f"the plugin is registered already, as {name!r}")
            if name == arriving.name and each is not departed:
                raise PluginConflictError(
                    f"the name {name!r} is taken by a plugin that is {each.origin}: "
                    "replace(plugin) swaps it, register(plugin, name=…) adds it under another name"
                )
        if any(each.plugin is arriving.plugin for each in list(self._departing)):
            raise PluginConflictError(
                f"the plugin {arriving.name!r} is still leaving: "
                "register it again once it has been closed, or register another instance"
            )

    def _retire(self, departed: Registration, drain: float) -> None:
        """Wait for the departed plugin's last call, then close it; past `drain` in a thread."""
        if departed.drained(drain):
            self._close(departed)
            return

        def close_later() -> None:
            departed.drained(None)
            self._close(departed)

        try:
            threading.Thread(target=close_later, name=f"drain {departed.name}", daemon=True).start()
        except RuntimeError:  # the interpreter is ending, and a daemon thread is in the plugin
            return
        warnings.warn(
            f"{departed.name} is still in use after {drain:g} s: "
            "it will be closed when its last call returns",
            DrainWarning,
            stacklevel=3,
        )

    def _close(self, departed: Registration) -> None:
        try:
            departed.close()
        finally:
            self._departing.discard(departed)
