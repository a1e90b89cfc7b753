"""A manager whose plugins do not change while one question is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forexhooks import ForexManager

if TYPE_CHECKING:
    from forexhooks.plugins.catalog import Catalog


class HeldManager(ForexManager):
    """A manager with the catalog of this moment, until it is let go.

    What asks several times gets its answers from one version of each driver: a swap meanwhile
    counts for the next question. It holds a lease; after `let_go` it follows the manager.

    Args:
        manager: The manager whose plugins these are.
    """

    def __init__(self, manager: ForexManager) -> None:
        _ = manager.breakers  # made when they are first needed: one for both
        self.__dict__.update(vars(manager))
        self._manager = manager
        self._held: Catalog | None = manager.catalog

    @property
    def catalog(self) -> Catalog:
        """The catalog that it holds."""
        return self._manager.catalog if self._held is None else self._held

    def find(self, name: str) -> None:
        """As the manager's; where the driver comes in only now, a newer catalog is held."""
        if name in self.catalog.drivers():
            return
        self._manager.find(name)
        if self._held is not None:
            self._held = self._manager.catalog

    def let_go(self) -> None:
        """Hold the catalog no longer."""
        self._held = None
