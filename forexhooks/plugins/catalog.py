"""Catalog: one immutable set of plugins, and the hooks over them.

Holding a catalog means holding a *lease* on every plugin in it. Each registration has a token that
only catalogs hold. Once the last catalog with it is gone, no call can reach the plugin any more: it
has *drained*. This is exact because the interpreter frees a catalog with its last reference;
nothing in a catalog may therefore refer back to it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from forexhooks.plugins.hooks import Hooks
from forexhooks.plugins.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from forexhooks.plugins.registration import Registration, Token

    MakeFinder = Callable[[Collection[str]], Registration]


class Catalog:
    """One immutable set of plugins, in the order of their registration.

    `before` is the previous catalog. A plugin that stays keeps its token, and if the extensions
    stay, too, its relay. `make_finder` makes the finder, which takes part in direct hook calls
    only, not in relays; it gets the names of those that take part already. In a traced catalog,
    each call is logged.
    """

    __slots__ = (
        "__weakref__",
        "_relays",
        "_tokens",
        "blocked",
        "hook",
        "is_traced",
        "registrations",
    )

    def __init__(
        self,
        registrations: Iterable[Registration] = (),
        blocked: frozenset[str] = frozenset(),
        before: Catalog | None = None,
        make_finder: MakeFinder | None = None,
        *,
        is_traced: bool = False,
    ) -> None:
        self.registrations: dict[str, Registration] = {each.name: each for each in registrations}
        self.blocked: frozenset[str] = blocked
        self.is_traced: bool = is_traced
        tokens = {} if before is None else before._tokens  # noqa: SLF001 - its own kind
        self._tokens: dict[Registration, Token] = {
            each: tokens.get(each) or each.token() for each in self.registrations.values()
        }
        asked = [each for each in self.registrations.values() if not each.is_alias]
        finder = (
            None if make_finder is None else partial(make_finder, {each.name for each in asked})
        )
        self.hook: Hooks = Hooks(asked, finder, is_traced=is_traced)
        """The hooks, called plainly: all plugins but aliases are asked."""
        self._relays: dict[str, Relay] = {} if before is None else self._relays_kept(before)

    def _relays_kept(self, before: Catalog) -> dict[str, Relay]:
        if before.is_traced is not self.is_traced or before._extensions() != self._extensions():
            return {}
        return {
            name: relay
            for name, relay in before._relays.copy().items()
            if before.registrations[of := name.partition(":")[0]] is self.registrations.get(of)
        }

    def _extensions(self) -> list[Registration]:
        return [each for each in self.registrations.values() if each.driver is None]

    def drivers(self) -> list[str]:
        """The names of its drivers."""
        return [name for name, each in self.registrations.items() if each.driver is not None]

    def relay(self, key: str) -> Relay | None:
        """The relay of `driver` or `driver:series`; None if there is no driver of that name."""
        relay = self._relays.get(key)
        if relay is not None:
            return relay
        name, colon, of = key.partition(":")
        series = of if colon else None
        driver = self.registrations.get(name)
        if driver is None or driver.driver is None:
            return None
        # Two threads may each make one; either will do.
        relay = Relay(driver, self._extensions(), is_traced=self.is_traced, series=series)
        return self._relays.setdefault(key, relay)


class CurrentHooks:
    """The hooks of the current catalog, for direct calls. Holding it does not hold a lease."""

    __slots__ = ("_current",)

    def __init__(self, current: Callable[[], Catalog]) -> None:
        self._current = current

    def __getattr__(self, name: str) -> CurrentHook:
        hook = CurrentHook(self._current, name)
        hook.spec  # noqa: B018 - an AttributeError for what is no hook, here and not in the call
        return hook


class CurrentHook:
    """One hook of the current catalog; its other attributes are pluggy's."""

    __slots__ = ("_current", "_name")

    def __init__(self, current: Callable[[], Catalog], name: str) -> None:
        self._current = current
        self._name = name

    def __call__(self, **arguments: Any) -> Any:
        """Call the hook, holding a lease on the current catalog."""
        catalog = self._current()
        try:
            hook, asked = catalog.hook.to_call(self._name, arguments)
            return hook(**asked)
        finally:
            del catalog  # a kept traceback must not keep the lease

    def call_extra(
        self, methods: Sequence[Callable[..., object]], kwargs: Mapping[str, object]
    ) -> Any:
        """Call the hook and these functions, too, as in pluggy, with the same lease."""
        catalog = self._current()
        try:
            hook, asked = catalog.hook.to_call(self._name, kwargs)
            return hook.call_extra(methods, asked)
        finally:
            del catalog  # a kept traceback must not keep the lease

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(self._current().hook, self._name), name)
