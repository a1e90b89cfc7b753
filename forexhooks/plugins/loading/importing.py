"""Importing: each staged copy is a private package, loaded by the ordinary import system.

A copy becomes the package `forexhooks_gN`, and its contents `forexhooks_gN.<name>`: two versions
never meet, neither in `sys.modules` nor in a cache by path.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.machinery
import importlib.util
import itertools
import linecache
import logging
import os
import sys
import typing
from _thread import start_new_thread
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any

from forexhooks.plugins.loading.staging import remove

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_numbers = itertools.count(1)
_packages: dict[str, PrivatePackage] = {}  # by the folder of the copy


class PrivatePackage:
    """A staged copy, importable. It is forgotten when the last of its `users` has left."""

    def __init__(self, home: Path, files: Iterable[str]) -> None:
        self.name: str = f"forexhooks_g{next(_numbers)}"
        self.home: Path = home
        self.own: frozenset[str] = frozenset(
            file.partition(os.sep)[0].partition(".")[0] for file in files
        )
        self.files: frozenset[str] = frozenset(os.path.join(home, file) for file in files)
        self.users: set[object] = set()
        module = ModuleType(self.name)
        module.__path__ = [str(home)]
        _packages[str(home)] = self
        sys.modules[self.name] = module

    def imported(self, module: str) -> ModuleType:
        """Import a module of the copy."""
        return importlib.import_module(f"{self.name}.{module}")

    def leave(self, user: object, *, in_background: bool) -> None:
        """Remove a user; with the last one the whole package goes."""
        self.users.discard(user)
        if not self.users:
            self.forget(in_background=in_background)

    def forget(self, *, in_background: bool = False) -> None:
        """Remove the package from everything that the interpreter keeps, and delete the copy.

        The copy may be deleted `in_background`. That takes many system calls, each of which makes
        the caller wait if other threads are busy.
        """
        # Copied to lists, as other threads import modules in the meantime.
        for name in filter(self.holds, list(sys.modules)):
            sys.modules.pop(name, None)
        _packages.pop(str(self.home), None)
        for path in list(sys.path_importer_cache):
            if path.startswith(str(self.home)):
                sys.path_importer_cache.pop(path, None)
        loggers = logging.root.manager.loggerDict
        for name in filter(self.holds, list(loggers)):
            loggers.pop(name, None)
        # Generic types cache the classes they were subscripted with; there is no other way.
        for clean in getattr(typing, "_cleanups", ()):
            clean()
        if not in_background:
            self._remove()
            return
        with suppress(RuntimeError):  # the interpreter is ending, and will remove it
            start_new_thread(self._remove, ())

    def _remove(self) -> None:
        remove(self.home)
        linecache.checkcache()

    def holds(self, name: str) -> bool:
        """Whether a module of this name is in the copy."""
        return name == self.name or name.startswith(f"{self.name}.")


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a module; absolute imports of its own package stay within the copy."""

    def path_stats(self, path: str | bytes) -> Mapping[str, Any]:
        """Always the same: the copy does not change, and looking takes a system call."""
        return {"mtime": 0, "size": 0}

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


class _Finder(importlib.machinery.FileFinder):
    """Finds source modules in the copy's list of files, and looks on disk only for others."""

    def __init__(self, package: PrivatePackage, path: str) -> None:
        super().__init__(
            path,
            (importlib.machinery.ExtensionFileLoader, importlib.machinery.EXTENSION_SUFFIXES),
            (_Loader, importlib.machinery.SOURCE_SUFFIXES),
        )
        self._files = package.files

    def find_spec(
        self, fullname: str, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module, as any finder does."""
        base = os.path.join(self.path, fullname.rpartition(".")[2])
        for file, search in ((os.path.join(base, "__init__.py"), [base]), (f"{base}.py", None)):
            if file in self._files:
                return importlib.util.spec_from_file_location(
                    fullname,
                    file,
                    loader=_Loader(fullname, file),
                    submodule_search_locations=search,
                )
        return super().find_spec(fullname, target)


def _path_hook(path: str) -> _Finder:
    for home, package in list(_packages.items()):
        if path == home or path.startswith(home + os.sep):
            return _Finder(package, path)
    raise ImportError


sys.path_hooks.insert(0, _path_hook)
