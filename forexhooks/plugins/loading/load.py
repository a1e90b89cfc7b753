"""Loading: from a path to registrations, in the order that leaves nothing behind if it fails."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from forexhooks.plugins.loading.generations import registrations_of
from forexhooks.plugins.loading.preflight import preflight as tried
from forexhooks.plugins.loading.staging import stage
from forexhooks.plugins.loading.trust import check_trust

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from forexhooks.plugins.loading.generations import LoadedRegistration
    from forexhooks.plugins.loading.staging import Staged
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
) -> list[LoadedRegistration]:
    """What is at `path`, checked, staged, tried and imported; empty where it serves already.

    `serving` are the registrations there are, `extensions` the names of extensions to be taken from
    a wheel with drivers, `blocked` those that are left out. Raises `PluginLoadError` and
    `SettingsError`.
    """
    whole = Path(os.path.abspath(path))
    check_trust(whole, root)
    staged = stage(whole, sha256).chosen(extensions, blocked if name is None else ())
    generations = [getattr(each, "generation", None) for each in serving]
    same = [
        each.name
        for each in generations
        if each is not None and (each.path, each.digest) == (staged.path, staged.digest)
    ]
    if (name in same) if name is not None else len(same) >= len(staged.targets):
        shutil.rmtree(staged.home, ignore_errors=True)
        return []
    return imported(staged, settings, name=name, preflight=preflight)


def imported(
    staged: Staged, settings: Settings, *, name: str | None, preflight: float | None
) -> list[LoadedRegistration]:
    """Try a staged copy, unless `preflight` is None, and import it. Raises `PluginLoadError`."""
    if preflight is not None:
        try:
            tried(staged, settings, name, preflight)
        except BaseException:
            shutil.rmtree(staged.home, ignore_errors=True)
            raise
    return registrations_of(staged, settings, name)
