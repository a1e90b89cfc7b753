"""Loading: from a path to registrations, in an order that leaves nothing behind on failure."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from forexhooks.plugins.loading.generations import LoadedRegistration, registrations_of
from forexhooks.plugins.loading.preflight import preflight as tried
from forexhooks.plugins.loading.staging import new_home, remove, staged_by
from forexhooks.plugins.loading.targets import Order

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from importlib.metadata import Distribution

    from forexhooks.plugins.registration import Registration
    from forexhooks.support.settings import Settings


def loaded(
    path: str | os.PathLike[str],
    settings: Settings,
    *,
    name: str | None,
    sha256: str | None,
    preflight: float | None,
    root: Path | None,
    serving: Iterable[Registration],
    extensions: Collection[str],
    blocked: Collection[str],
) -> tuple[list[LoadedRegistration], frozenset[str]]:
    """Check, stage, try and import what is at `path`; empty if the same is already loaded.

    Args:
        path: The file or folder.
        settings: The settings of drivers.
        name: Another name for the plugin; None: its own.
        sha256: The digest it must have; None: any.
        preflight: How many seconds a trial in a child process may take; None: no trial.
        root: A folder that links must not lead out of; None: anywhere.
        serving: The current registrations.
        extensions: If a wheel has drivers, which of its extensions to load.
        blocked: Names to leave out.

    Returns:
        The new registrations, and the sources of the earlier versions that they succeed.

    Raises:
        PluginLoadError: It cannot be loaded.
        SettingsError: A setting of a driver is missing or invalid.
    """
    earlier = [
        each.generation
        for each in serving
        if isinstance(each, LoadedRegistration)
        and (each.sources if name is None else each.name == name)
    ]
    order = Order(
        Path(os.path.abspath(path)),
        name=name,
        sha256=sha256,
        root=root,
        serving=tuple((str(each.path), each.digest) for each in earlier),
        extensions=frozenset(extensions),
        blocked=frozenset() if name is not None else frozenset(blocked),
    )
    registrations = _carried_out(order, settings, preflight)
    if registrations is None:
        return [], frozenset()
    # Of its path even if there is no registration, as all are blocked.
    of_path = frozenset(() if name is not None else (str(order.path),))
    return registrations, of_path.union(*(each.sources for each in registrations))


def loaded_distribution(
    distribution: Distribution, settings: Settings, *, preflight: float | None
) -> list[LoadedRegistration]:
    """Stage, try and import the plugins of an installed distribution. Raises as `loaded` does."""
    name, version = distribution.name, distribution.version
    order = Order(Path(f"{name} {version}"), distribution=name)
    return _carried_out(order, settings, preflight) or []


def _carried_out(
    order: Order, settings: Settings, preflight: float | None
) -> list[LoadedRegistration] | None:
    home = new_home()
    try:
        if preflight is None:
            staged = staged_by(order, home)
        else:
            staged = tried(order, home, settings, preflight)
        if staged is None:
            remove(home)
            return None
    except BaseException:
        remove(home)
        raise
    return registrations_of(staged, settings, order.name)
