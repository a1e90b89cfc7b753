"""A manager whose plugins do not change during one question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forexhooks import ForexManager

if TYPE_CHECKING:
    from forexhooks.plugins.catalog import Catalog


class HeldManager(ForexManager):
    """A manager that keeps its current catalog until it is let go.

    Code that asks several times then gets its answers from one version of each driver: a swap in
    the meantime affects the next question only. It holds a lease; after `let_go` it follows the
    manager.

    Args:
        manager: The manager whose plugins these are.
    """

    def __init__(self, manager: ForexManager) -> None:
        _ = manager.breakers  # created on first use: both managers must share them
        self.__dict__.update(vars(manager))
        self._manager = manager
        self._held: Catalog | None = manager.catalog

    @property
    def catalog(self) -> Catalog:
        """The catalog that it holds."""
        return self._manager.catalog if self._held is None else self._held

    def find(self, name: str) -> None:
        """As the manager's `find`; if that registers the driver, hold the newer catalog."""
        if name in self.catalog.drivers():
            return
        self._manager.find(name)
        if self._held is not None:
            self._held = self._manager.catalog

    def let_go(self) -> None:
        """Release the catalog."""
        self._held = None
