"""Importing: each staged copy as a private package of its own, by the ordinary import system.

A copy becomes the package `forexhooks_gN`, and what is in it `forexhooks_gN.<name>`: two versions
never meet, neither in `sys.modules` nor in a cache by path.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.machinery
import itertools
import linecache
import logging
import os
import shutil
import sys
import typing
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_numbers = itertools.count(1)
_packages: dict[str, PrivatePackage] = {}  # by the folder of the copy


class PrivatePackage:
    """A staged copy, importable. It is forgotten when the last of its `users` has left."""

    def __init__(self, home: Path) -> None:
        self.name: str = f"forexhooks_g{next(_numbers)}"
        self.home: Path = home
        self.own: frozenset[str] = frozenset(each.name.partition(".")[0] for each in home.iterdir())
        self.users: int = 0
        self._leaving = Lock()
        module = ModuleType(self.name)
        module.__path__ = [str(home)]
        _packages[str(home)] = self
        sys.modules[self.name] = module

    def imported(self, module: str) -> ModuleType:
        """Import a module of the copy."""
        return importlib.import_module(f"{self.name}.{module}")

    def leave(self) -> None:
        """One user less; with the last of them everything of it goes."""
        with self._leaving:
            self.users -= 1
            is_last = self.users == 0
        if is_last:
            self.forget()

    def forget(self) -> None:
        """Take it out of all that the interpreter keeps by name or path, and remove the copy."""
        # Lists at once: others import meanwhile.
        for name in filter(self._is_of, list(sys.modules)):
            sys.modules.pop(name, None)
        _packages.pop(str(self.home), None)
        for path in list(sys.path_importer_cache):
            if path.startswith(str(self.home)):
                sys.path_importer_cache.pop(path, None)
        loggers = logging.root.manager.loggerDict
        for name in filter(self._is_of, list(loggers)):
            loggers.pop(name, None)
        # Generic types keep the classes they were subscribed with, and offer no other way.
        for clean in getattr(typing, "_cleanups", ()):
            clean()
        shutil.rmtree(self.home, ignore_errors=True)
        linecache.checkcache()

    def _is_of(self, name: str) -> bool:
        return name == self.name or name.startswith(f"{self.name}.")


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a module whose absolute imports of its own package stay within the copy."""

    def exec_module(self, module: ModuleType) -> None:
        package = module.__name__.partition(".")[0]
        own = next(each.own for each in list(_packages.values()) if each.name == package)

        def own_first(
            name: str,
            globals: Mapping[str, object] | None = None,  # noqa: A002 - as in builtins
            locals: Mapping[str, object] | None = None,  # noqa: A002
            fromlist: Sequence[str] = (),
            level: int = 0,
        ) -> Any:
            top = name.partition(".")[0]
            if level or top not in own:
                return builtins.__import__(name, globals, locals, fromlist, level)
            imported = builtins.__import__(f"{package}.{name}", globals, locals, fromlist, 0)
            return imported if fromlist else sys.modules[f"{package}.{top}"]

        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": own_first}
        super().exec_module(module)


_finder_of = importlib.machinery.FileFinder.path_hook(
    (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
    (_Loader, importlib.machinery.SOURCE_SUFFIXES),
)


def _path_hook(path: str) -> Any:
    if any(path == home or path.startswith(home + os.sep) for home in list(_packages)):
        return _finder_of(path)
    raise ImportError


sys.path_hooks.insert(0, _path_hook)
