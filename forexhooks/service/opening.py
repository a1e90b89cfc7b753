"""open(), and the process's default manager."""

from __future__ import annotations

import atexit
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from forexhooks.errors import ForexError, PluginError, PluginLoadError, SettingsError
from forexhooks.plugins.manager import ForexManager
from forexhooks.service.driver_service import check_series, service_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from forexhooks.plugins.listing import DriverInfo
    from forexhooks.service.locks.lock import Lock
    from forexhooks.service.service import ForexService
    from forexhooks.support.settings import Refresh

_default: ForexManager | None = None
_making = threading.RLock()  # an extension may ask for the manager while it is imported


def plugin_manager(blocked: Collection[str] = ()) -> ForexManager:
    """Return the process's default manager.

    It is made at first use, and closed when the interpreter exits. It discovers drivers, and has
    the extensions that the settings list; if the settings say `trace`, it is traced.

    Args:
        blocked: names of plugins to block; they matter only when the manager is made.

    Returns:
        The same manager each time.

    Raises:
        SettingsError: a setting is invalid.
        PluginLoadError: an extension that the settings list cannot be used.
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
                    f"{error}; FOREXHOOKS_EXTENSIONS or the config file names it"
                ) from error
            except BaseException:
                _default = None
                raise
            atexit.register(_close_at_exit, _default, os.getpid())
    return _default


def _close_at_exit(manager: ForexManager, process: int) -> None:
    # A fork's child ends without its parent's plugins, which the parent still uses.
    if os.getpid() == process:
        manager.close(drain=0.5)


def _renew_after_fork() -> None:
    global _default, _making
    if not _making.acquire(blocking=False):
        _default = None  # a thread of the parent's was making it, and is not here
    _making = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_after_fork)


@contextmanager
def default_manager(manager: ForexManager) -> Iterator[None]:
    """Make a manager the default one within a `with` block, in all threads.

    Args:
        manager: the manager; it is not closed when the block ends.

    Returns:
        A context manager.
    """
    global _default
    with _making:
        before, _default = _default, manager
    try:
        yield
    finally:
        with _making:
            _default = before


def drivers() -> list[DriverInfo]:
    """List the drivers that are registered or installed.

    Every installed driver is imported, to see whether it works.

    Returns:
        One entry for each driver; a broken one says why.
    """
    return plugin_manager().drivers()


def rules() -> list[DriverInfo]:
    """List the rules that are registered or installed.

    Returns:
        One entry for each rule; `DriverInfo.rule` is the rule itself.
    """
    return plugin_manager().rules()


def load(
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    replace: bool = False,
    sha256: str | None = None,
) -> list[str]:
    """Load a plugin from a path into the default manager.

    Args:
        path: a module, a package folder, a wheel or a zip file, as for `ForexManager.load`.
        name: another name for the plugin.
        replace: whether this is the next version: plugins of the same names are replaced, and those
            that an earlier version of the file had and this one has not are removed.
        sha256: the expected digest of the file.

    Returns:
        The names of the plugins that were loaded.

    Raises:
        PluginError: as `ForexManager.load` does.
    """
    return plugin_manager().load(path, name=name, replace=replace, sha256=sha256)


def unload(name: str) -> None:
    """Unload a plugin from the default manager.

    Args:
        name: the name that `load` returned.

    Raises:
        PluginError: no such plugin was loaded.
    """
    plugin_manager().unload(name)


def open(  # noqa: A001 - the name that database drivers are opened by
    *drivers: str,
    manager: ForexManager | None = None,
    refresh: Refresh | None = None,
    lock: str | os.PathLike[str] | None = None,
) -> ForexService:
    """Open a driver, a series of one (`"bcb:ask"`) or a rule (`"pl-vat"`) by its name.

    Nobody is asked yet. If you name several drivers, the first that can answer wins. One that
    cannot be used, because its key is missing, say, is skipped; `Rate.failures` says why.

    Args:
        drivers: the names; by default those in the setting `default_driver`, else `ecb`.
        manager: where the names are looked up; by default `plugin_manager()`.
        refresh: what to do if a driver's store lacks what should have been published by now.
            `True` waits for an update, at most 3 seconds; `"background"` answers at once and
            updates in the background; `False` does neither. By default as the setting `refresh`
            says, else `False`. Updates are at least 15 minutes apart. What is still missing is
            said in `Rate.stale`.
        lock: a file that `locking()` or `forexhooks lock` wrote. It alone answers, and no driver
            is looked up; without names, it answers for the drivers that were locked. By default
            the file in the environment variable `FOREXHOOKS_LOCK`.

    Returns:
        A service of these drivers.

    Raises:
        UnknownDriverError: no driver or rule of that name is registered or installed.
        PluginLoadError: the driver is installed, but cannot be used.
        SettingsError: a setting is missing or invalid.
        LockError: the file is not a lock, or was changed after it was written.
    """
    folder = os.environ.get("FOREXHOOKS_RECORD")
    if folder:
        from forexhooks.service.locks.journals import recorder

        recording = recorder(folder)
        return _recorded(recording, drivers, manager, refresh)
    path = os.environ.get("FOREXHOOKS_LOCK") if lock is None else os.fspath(lock)
    if path:
        from forexhooks.service.locks.lock import Lock
        from forexhooks.service.locks.locked import LockedService
        from forexhooks.support.folders import user_path

        return LockedService(Lock.read(user_path(path) if lock is None else path), drivers)
    return _opened(drivers, manager, refresh)


@contextmanager
def locking(
    path: str | os.PathLike[str],
    *drivers: str,
    update: bool = False,
    manager: ForexManager | None = None,
    refresh: Refresh | None = None,
) -> Iterator[ForexService]:
    """Open drivers as `open` does, and write the questions and answers into a lock.

    The file is written as a whole when the `with` block ends; after an exception it is not
    written. `open(lock=path)` then answers the same questions.

    Args:
        path: the file to write.
        drivers: as for `open`.
        update: whether to add to a lock that exists. Questions it answers are not asked again,
            unless the answer was stale or missing.
        manager: as for `open`.
        refresh: as for `open`, but `"background"` means `True`: what is short is not locked.

    Returns:
        A context manager that gives the service to ask.

    Raises:
        LockError: the file exists and `update` is False, an observation differs from the lock, or
            the driver's store is short for a question; otherwise as `open`.
    """
    from forexhooks.service.locks.lock import Lock

    lock = Lock.to_record(os.fspath(path), update=update)
    yield _recorded(lock, drivers, manager, refresh)
    lock.save()


def _recorded(
    lock: Lock, drivers: tuple[str, ...], manager: ForexManager | None, refresh: Refresh | None
) -> ForexService:
    from forexhooks.service.locks.locked import LockedService

    known = lock.drivers()
    if not drivers and len(known) == 1:
        drivers = known[0]
    manager = plugin_manager() if manager is None else manager
    refresh = manager.settings.refresh if refresh is None else refresh
    source = _opened(drivers, manager, bool(refresh))
    return LockedService(lock, source=source, manager=manager)


def _opened(
    drivers: tuple[str, ...], manager: ForexManager | None, refresh: Refresh | None
) -> ForexService:
    manager = plugin_manager() if manager is None else manager
    for name in drivers:
        if not isinstance(name, str):
            manager.find(name)  # which says what a name is
    names: dict[str, None] = {}
    unusable: dict[str, ForexError] = {}
    for name in drivers or manager.settings.default_drivers:
        try:
            manager.find(name.partition(":")[0])
        except (SettingsError, PluginLoadError) as error:
            unusable[name] = error
            names[name] = None
        else:
            names[check_series(manager, name)] = None
    if len(unusable) == len(names):
        raise next(iter(unusable.values()))
    if refresh is None:
        refresh = manager.settings.refresh or False
    if not isinstance(refresh, bool) and refresh != "background":
        raise SettingsError(f"refresh must be True, False or 'background', not {refresh!r}")
    if len(names) == 1:
        return service_of(manager, next(iter(names)), refresh=refresh)
    from forexhooks.service.fallback import FallbackService

    return FallbackService(manager, tuple(names), refresh=refresh, unusable=unusable)
