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
    """Within it, in all threads, this manager is the default one, and is not closed at its end."""
    global _default
    with _making:
        before, _default = _default, manager
    try:
        yield
    finally:
        with _making:
            _default = before


def drivers() -> list[DriverInfo]:
    """List the drivers that are registered or installed, broken ones with the reason.

    Imports what is installed, to see whether it can be.
    """
    return plugin_manager().drivers()


def rules() -> list[DriverInfo]:
    """List the rules that are registered or installed: `DriverInfo.rule` is what each says."""
    return plugin_manager().rules()


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
    *drivers: str,
    manager: ForexManager | None = None,
    refresh: Refresh | None = None,
    lock: str | os.PathLike[str] | None = None,
) -> ForexService:
    """Open a driver by its name; by default the one that the settings name, else `ecb`.

    Several names are asked in order: the first that can answers (`FallbackService`); one of them
    that cannot be used, for want of a key say, is passed over with that reason. `manager` is
    where they are looked up, by default `plugin_manager()`. `refresh` is for drivers that keep a
    store, where it lacks what should have been published by now: `True` waits for an update, for 3
    seconds at most, `"background"` answers at once and updates behind, `False` does neither; by
    default as the setting `refresh` says, else `False`. None is made again for 15 minutes. What is
    short after that says so, as `Rate.stale` does.

    `lock` names a file that `locking()` or `forexhooks lock` wrote: it answers, alone, and no
    driver is looked up; without names the drivers that it has answers of. By default the one that
    `FOREXHOOKS_LOCK` names in the environment.

    Raises `UnknownDriverError` where there is none of that name, `PluginLoadError` where it is
    installed and cannot be used, `SettingsError`; `LockError` for a lock that is none.
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
    """Open drivers as `open` does, and write what they are asked, with the answers, into a lock.

    The file is written, whole, when the block ends; after an exception it is not. With `update`
    what is there is added to: what it answers is not asked again, but for what was stale, or not
    there. `open(lock=path)` answers the same questions then. `refresh` is as for `open`, but for
    `"background"`, which counts as `True`: what is short is not locked.

    Raises `LockError` where there is a file and `update` is not given, where an observation has
    another value than in the lock, and for a question that the driver's store is short of; else as
    `open` does.
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
        raise SettingsError(f"refresh is True, False or 'background', not {refresh!r}")
    if len(names) == 1:
        return service_of(manager, next(iter(names)), refresh=refresh)
    from forexhooks.service.fallback import FallbackService

    return FallbackService(manager, tuple(names), refresh=refresh, unusable=unusable)
