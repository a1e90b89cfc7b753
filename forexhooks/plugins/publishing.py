"""Publishing: one catalog after the other, and what becomes of the plugins that depart."""

from __future__ import annotations

import threading
import warnings
from contextlib import ExitStack
from time import monotonic
from typing import TYPE_CHECKING

from forexhooks.errors import DrainWarning, PluginConflictError, PluginError
from forexhooks.plugins.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from forexhooks.plugins.registration import Registration


class Publisher:
    """Owns the current catalog. Each change builds a new one and publishes it by one assignment.

    The `finder` takes part in plain calls of every catalog.
    """

    def __init__(self, finder: Registration | None) -> None:
        self._finder = finder
        self._writing = threading.Lock()
        self._is_closed = False
        self._tracing: set[object] = set()
        # Plugins that left and are not closed yet: they must not come back before that.
        self._departing: set[Registration] = set()
        self.catalog: Catalog = Catalog(finder=finder)
        """The current catalog. Whoever keeps it keeps its plugins from being closed."""

    def _publish(
        self,
        arriving: Sequence[Registration] = (),
        *,
        departing: Collection[str] = (),
        blocking: Collection[str] = (),
        unblocking: Collection[str] = (),
    ) -> list[Registration]:
        """Publish a catalog with these changes, by one assignment, and return who departed.

        Raises `PluginError`, and nothing is published then.
        """
        with self._writing:
            if self._is_closed:
                raise PluginError("the manager is closed: make another")
            before = self.catalog
            try:
                registrations = dict(before.registrations)
                departed = [registrations[each] for each in departing if each in registrations]
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
                catalog = self._catalog_of(registrations.values(), blocked, before)
                self._departing.update(departed)
                self.catalog = catalog
                return departed
            finally:
                del before  # a kept traceback must not keep the lease

    def _catalog_of(
        self, registrations: Iterable[Registration], blocked: frozenset[str], before: Catalog
    ) -> Catalog:
        is_traced = bool(self._tracing)
        return Catalog(registrations, blocked, before, self._finder, is_traced=is_traced)

    def enable_tracing(self) -> Callable[[], None]:
        """Log what each plugin is asked and says from now on; return what ends that.

        The log is that of `forexhooks.trace`, at the level INFO: `forexhooks.tracing.Traced` says
        what is in it. Calls under way are not in it.
        """
        wish = object()
        self._trace(self._tracing.add, wish)
        return lambda: self._trace(self._tracing.discard, wish)

    def _trace(self, change: Callable[[object], None], wish: object) -> None:
        with self._writing:
            change(wish)
            before = self.catalog
            if not self._is_closed and before.is_traced is not bool(self._tracing):
                self.catalog = self._catalog_of(
                    before.registrations.values(), before.blocked, before
                )

    def _end(self) -> list[Registration]:
        """Publish an empty catalog, the last; return who departed."""
        with self._writing:
            departing = list(self.catalog.registrations.values())
            self._is_closed = True
            self._departing.update(departing)
            self.catalog = Catalog()
        return departing

    def _check_free(
        self,
        arriving: Registration,
        registrations: dict[str, Registration],
        departed: Collection[Registration],
    ) -> None:
        for name, each in registrations.items():
            if each.plugin is arriving.plugin:
                raise PluginConflictError(f"the plugin is registered already, as {name!r}")
            if name == arriving.name and each not in departed:
                raise PluginConflictError(
                    f"the name {name!r} is taken by a plugin that is {each.origin}: "
                    + arriving.if_taken
                )
        if any(each.plugin is arriving.plugin for each in list(self._departing)):
            raise PluginConflictError(
                f"the plugin {arriving.name!r} is still leaving: "
                "register it again once it has been closed, or register another instance"
            )

    def _retire(self, departed: Sequence[Registration], drain: float, stacklevel: int = 3) -> None:
        """Wait for the departed plugins' last calls, then close each; past `drain` in a thread."""
        deadline = monotonic() + drain
        late: list[Registration] = []
        with ExitStack() as retiring:  # each, whatever happens with the others
            for each in departed:
                retiring.callback(self._retire_one, each, deadline, late)
        for each in late:
            warnings.warn(
                f"{each.name} is still in use after {drain:g} s: "
                "it will be closed when its last call returns",
                DrainWarning,
                stacklevel,
            )

    def _retire_one(
        self, departed: Registration, deadline: float, late: list[Registration]
    ) -> None:
        if departed.drained(deadline - monotonic()):
            self._close(departed)
            return

        def close_later() -> None:
            departed.drained(None)
            self._close(departed)

        try:
            threading.Thread(target=close_later, name=f"drain {departed.name}", daemon=True).start()
        except RuntimeError:  # the interpreter is ending, and a daemon thread is in the plugin
            return
        late.append(departed)

    def _close(self, departed: Registration) -> None:
        try:
            departed.close()
        finally:
            self._departing.discard(departed)
