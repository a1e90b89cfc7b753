"""Publishing: one catalog after another, each in one assignment."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from os import getpid
from typing import TYPE_CHECKING

from forexhooks.errors import PluginConflictError, PluginError
from forexhooks.plugins.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from forexhooks.plugins.catalog import MakeFinder
    from forexhooks.plugins.registration import Registration


class Publisher:
    """Owns the current catalog. Each change builds a new one and publishes it in one assignment.

    `make_finder` makes the finder that takes part in direct hook calls of every catalog.
    """

    def __init__(self, make_finder: MakeFinder | None) -> None:
        self._make_finder = make_finder
        self.is_closed: bool = False
        self.departing: set[Registration] = set()
        """Plugins that left and are not closed yet: they must not come back before that."""
        self.catalog: Catalog = Catalog(make_finder=make_finder)
        """The current catalog. Holding it keeps its plugins from being closed."""
        self._tracing: set[object] = set()
        self._is_changing = False
        self._process = getpid()
        # One for each process: after a fork, it may be held by a thread that no longer exists.
        self._writing: dict[int, threading.RLock] = {}

    def change(
        self,
        arriving: Sequence[Registration] = (),
        *,
        departing: Collection[str] | Callable[[Registration], bool] = (),
        blocking: Collection[str] = (),
        unblocking: Collection[str] = (),
    ) -> list[Registration]:
        """Publish a catalog with these changes, and return the plugins that were removed.

        `departing`: their names, or what says so of each.

        Raises:
            PluginError: A change is impossible; nothing is published.
        """
        with self._changing():
            if self.is_closed:
                raise PluginError("the manager is closed: create another")
            before = self.catalog
            try:
                registrations = dict(before.registrations)
                departed = [
                    each
                    for name, each in registrations.items()
                    if (departing(each) if callable(departing) else name in departing)
                ]
                if not (arriving or departed or blocking or unblocking):
                    return []
                for each in arriving:
                    if each.name in before.blocked:
                        raise PluginError(f"the name {each.name!r} is blocked: unblock it first")
                    self._check_free(each, registrations, departed)
                    registrations[each.name] = each  # a replacement keeps its place
                for gone in departed:
                    if registrations[gone.name] is gone:
                        del registrations[gone.name]
                blocked = (before.blocked | frozenset(blocking)) - frozenset(unblocking)
                self._publish(registrations.values(), blocked, before, departed)
                return departed
            finally:
                del before  # a kept traceback must not keep the lease

    def trace(self) -> Callable[[], None]:
        """Publish traced catalogs from now on; return a function that ends that."""
        wish = object()
        self._trace(self._tracing.add, wish)
        return lambda: self._trace(self._tracing.discard, wish)

    def end(self) -> list[Registration]:
        """Publish an empty catalog, the last one; return the plugins that were removed."""
        with self._changing():
            departing = list(self.catalog.registrations.values())
            self.is_closed = True
            self._make_finder = None
            self._publish((), frozenset(), None, departing)
        return departing

    def _trace(self, change: Callable[[object], None], wish: object) -> None:
        with self._changing():
            change(wish)
            before = self.catalog
            if not self.is_closed and before.is_traced is not bool(self._tracing):
                self._publish(before.registrations.values(), before.blocked, before)

    def _publish(
        self,
        registrations: Iterable[Registration],
        blocked: frozenset[str],
        before: Catalog | None,
        departed: Sequence[Registration] = (),
    ) -> None:
        is_traced = bool(self._tracing)
        catalog = Catalog(registrations, blocked, before, self._make_finder, is_traced=is_traced)
        self.departing.update(departed)
        self.catalog = catalog

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Allow one change at a time. Raises `PluginError` for a change inside another."""
        process = getpid()
        with self._writing.setdefault(process, threading.RLock()):
            if self._is_changing and process == self._process:
                # A signal handler may run anywhere; it would wait for ever for the change that it
                # interrupts.
                raise PluginError(
                    "this thread is already changing the plugins, and a signal handler interrupted "
                    "it: let the handler start a thread that makes the change, or set a flag"
                )
            if process != self._process:
                self._renew(process)
            self._is_changing = True
            try:
                yield
            finally:
                self._is_changing = False

    def _renew(self, process: int) -> None:
        """Start anew after a fork: calls of the parent's threads would never give up leases."""
        self.departing.clear()  # the parent closes them
        before = self.catalog
        for each in before.registrations.values():
            each.renew()
        self._publish(before.registrations.values(), before.blocked, None)
        self._process = process

    def _check_free(
        self,
        arriving: Registration,
        registrations: dict[str, Registration],
        departed: Collection[Registration],
    ) -> None:
        for name, each in registrations.items():
            stays = each not in departed
            # pluggy refuses a second plugin that is equal.
            if each.plugin is arriving.plugin or (stays and each.plugin == arriving.plugin):
                raise PluginConflictError(f"the plugin is already registered, as {name!r}")
            if name == arriving.name and stays:
                raise PluginConflictError(
                    f"the name {name!r} is taken by a plugin that is {each.origin}: "
                    + arriving.if_taken
                )
        if any(each.plugin is arriving.plugin for each in list(self.departing)):
            raise PluginConflictError(
                f"the plugin {arriving.name!r} is still leaving: "
                "register it again once it has been closed, or register another instance"
            )
