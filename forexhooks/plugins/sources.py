"""Where a driver's code is: its distribution, its file, and its settings."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

from forexhooks.plugins.driver import Driver, settings_of
from forexhooks.plugins.hookspecs import PROJECT
from forexhooks.plugins.registration import BUILT_IN, UNKNOWN

if TYPE_CHECKING:
    from forexhooks.plugins.registration import Registration


class Source(NamedTuple):
    """Where a driver's code is.

    - `distribution`, `version`: what was installed; `distribution` is `None` if it was loaded from
      a path or registered, but it may have a version nevertheless
    - `target`: the module, and after a colon the object in it, as in an entry point
    - `path`: the file; `None` if there is none or it was not found
    - `settings`: the names of the driver's settings; `None` if they are unknown
    """

    distribution: str | None = None
    version: str | None = None
    target: str | None = None
    path: str | None = None
    settings: tuple[str, ...] | None = None


def source_of(origin: str, target: str, plugin: object) -> Source:
    """The source of an installed plugin; `plugin` is the imported object, None if not imported."""
    module = target.partition(":")[0]
    return Source(*_installed(origin), target, _file_of(module), _settings(plugin))


def source_of_registered(registration: Registration) -> Source:
    """The source of a registered driver."""
    plugin = registration.plugin
    settings = _settings(plugin)
    generation = getattr(registration, "generation", None)
    if generation is not None:
        return Source(version=generation.version, path=str(generation.path), settings=settings)
    distribution, version = _installed(registration.origin)
    is_module = isinstance(plugin, ModuleType)
    module = plugin.__name__ if is_module else type(plugin).__module__
    target = module if is_module else f"{module}:{type(plugin).__qualname__}"
    said = getattr(sys.modules.get(module), "__version__", None)
    return Source(distribution, version or said, target, _file_of(module), settings)


def _settings(plugin: object) -> tuple[str, ...] | None:
    kind = plugin if isinstance(plugin, type) else type(plugin)
    return tuple(sorted(settings_of(kind))) if issubclass(kind, Driver) else None


def _installed(origin: str) -> tuple[str | None, str | None]:
    if origin == BUILT_IN:
        import importlib.metadata

        return PROJECT, importlib.metadata.version(PROJECT)
    distribution, _, version = origin.rpartition(" ")
    return (distribution, version) if distribution and origin != UNKNOWN else (None, None)


def _file_of(module: str) -> str | None:
    """The file of a module; if it is not imported, the file of its package."""
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is not None:
        return str(file)
    from importlib.util import find_spec

    try:
        spec = find_spec(module.partition(".")[0])
    except (ImportError, ValueError, AttributeError):
        return None
    return None if spec is None else spec.origin
