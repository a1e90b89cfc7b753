"""open(), and the process's default manager."""

from __future__ import annotations

import atexit
import threading
from typing import TYPE_CHECKING

from forexhooks.asking import ForexService
from forexhooks.errors import ForexError, PluginError, PluginLoadError, SettingsError
from forexhooks.manager import ForexManager

if TYPE_CHECKING:
    import os
    from collections.abc import Collection

    from forexhooks.discovery import DriverInfo

_default: ForexManager | None = None
_making = threading.RLock()  # an extension may ask for the manager while it is imported


def plugin_manager(blocked: Collection[str] = ()) -> ForexManager:
    """The process's default manager, made at first use and closed when the interpreter exits.

    It discovers drivers, and holds the extensions that the settings list, but for those that are
    `blocked` when it is made; where the settings say `trace`, it is traced. Raises `SettingsError`,
    and `PluginLoadError` for such an extension that cannot be used.
    """
    global _default
    with _making:
        if _default is None:
            _default = ForexManager(discover=True)
            try:
                if _default.settings.trace:
                    _default.enable_tracing()
                for name in blocked:
                    _default.set_blocked(name)
                for extension in _default.settings.extensions:
                    _default.add_extension(extension)
            except PluginError as error:
                _default = None
                raise type(error)(
                    f"{error}; it is chosen by FOREXHOOKS_EXTENSIONS or by the config file"
                ) from error
            except BaseException:
                _default = None
                raise
            atexit.register(_default.close, drain=1)
    return _default


def drivers() -> list[DriverInfo]:
    """List the drivers that are registered or installed, broken ones with the reason.

    Imports what is installed, to see whether it can be.
    """
    return plugin_manager().drivers()


def load(
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    replace: bool = False,
    sha256: str | None = None,
) -> list[str]:
    """Load a plugin from a path into the default manager: `ForexManager.load`."""
    return plugin_manager().load(path, name=name, replace=replace, sha256=sha256)


def unload(name: str) -> None:
    """Remove what was loaded from the default manager: `ForexManager.unload`."""
    plugin_manager().unload(name)


def open(  # noqa: A001 - the name that database drivers are opened by
    *drivers: str, manager: ForexManager | None = None, refresh: bool | None = None
) -> ForexService:
    """Open a driver by its name; by default the one that the settings name, else `ecb`.

    Several names are asked in order: the first that can answers (`FallbackService`); one of them
    that cannot be used, for want of a key say, is passed over with that reason. `manager` is
    where they are looked up, by default `plugin_manager()`. `refresh` lets a driver that keeps a
    store fetch what it lacks when a rate is stale: for 3 seconds at most, and not again for 15
    minutes; by default as the setting `refresh` says, else never. Raises `UnknownDriverError` where
    there is none of that name, `PluginLoadError` where it is installed and cannot be used,
    `SettingsError`.
    """
    manager = plugin_manager() if manager is None else manager
    for name in drivers:
        if not isinstance(name, str):
            manager.find(name)  # which says what a name is
    names = tuple(dict.fromkeys(drivers or manager.settings.default_drivers))
    unusable: dict[str, ForexError] = {}
    for name in names:
        try:
            manager.find(name)
        except (SettingsError, PluginLoadError) as error:
            unusable[name] = error
    if len(unusable) == len(names):
        raise next(iter(unusable.values()))
    if refresh is None:
        refresh = manager.settings.refresh or False
    if len(names) == 1:
        return ForexService(manager, names[0], refresh=refresh)
    from forexhooks.fallback import FallbackService

    return FallbackService(manager, names, refresh=refresh, unusable=unusable)
