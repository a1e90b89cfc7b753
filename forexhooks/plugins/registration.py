"""Registration: one plugin under its name, checked against the hooks before the first call."""

from __future__ import annotations

from inspect import unwrap
from threading import TIMEOUT_MAX, Lock
from typing import TYPE_CHECKING, Any, ClassVar, TypeGuard

from forexhooks.errors import PluginLoadError
from forexhooks.plugins.implementations import (
    canonical_name,
    implementations_of,
    shown,
    warn_of_what_is_retired,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    import pluggy

    from forexhooks.plugins.implementations import Implementation

# Where a plugin comes from, in words, if not from a distribution or a path.
BUILT_IN = "built-in"
UNKNOWN = "an unknown distribution"


class Token:
    """Held by catalogs only; reports when the last of them is gone."""

    __slots__ = ("_say",)

    def __init__(self, say: Callable[[], None]) -> None:
        self._say = say

    def __del__(self) -> None:
        self._say()


class Registration:
    """A plugin under its name. If it declares no `driver` name, it is an extension.

    It warns with `RetiredHookWarning` of hooks and arguments that will be removed, with the file
    and line of the implementation.

    Raises:
        PluginLoadError: It is not a plugin: None, a class, an object without hooks, with a
            misspelled hook or argument, or a driver without a name.
    """

    if_taken: ClassVar[str] = (
        "replace(plugin) swaps it, register(plugin, name=…) adds it under another name"
    )
    """What to do if its name is already taken."""

    def __init__(self, plugin: object, name: str | None = None, origin: str = "registered") -> None:
        if name is not None and not _is_name(name):
            raise PluginLoadError(
                f"a plugin's name must be a string without outer spaces, not {name!r}"
            )
        self.plugin: Any = plugin
        self.origin = origin
        self.implementations: dict[str, Implementation] = implementations_of(plugin)
        self.driver: str | None = self._driver_name()
        self.name: str = name or self.driver or canonical_name(plugin)
        if self.driver is not None:
            _check_colon(plugin, self.name)
        self._closed = False
        self.renew()
        warn_of_what_is_retired(plugin, self.implementations.values())

    @property
    def is_alias(self) -> bool:
        """Whether it is a driver under another name than its own: it is in its own relay only."""
        return self.driver is not None and self.driver != self.name

    @property
    def is_rule(self) -> bool:
        """Whether it defines a rule, not rates."""
        return self.implements("forex_driver_rule") and not self._rate_givers()

    def hooks(self) -> list[str]:
        """The hooks that the plugin implements."""
        return list(dict.fromkeys(each.hook for each in self.implementations.values()))

    def implements(self, hook: str) -> bool:
        """Whether the plugin implements this hook."""
        return any(each.hook == hook for each in self.implementations.values())

    def gives_other_series(self, hook: str) -> bool:
        """Whether the plugin has other series than its first in this hook."""
        return any(
            each.hook == hook and each.takes_part_in(self.plugin, other_series=True)
            for each in self.implementations.values()
        )

    def renew(self) -> None:
        """Count the leases anew, with the next token."""
        self._in_use = Lock()
        self._in_use.acquire()

    def implementing_code(self) -> list[CodeType]:
        """The code of its implementations."""
        found = [unwrap(getattr(self.plugin, attribute)) for attribute in self.implementations]
        return [each.__code__ for each in found]

    def token(self) -> Token:
        """Make the token; this is possible once, and once more after `renew`."""
        # Releasing a lock runs no Python code and waits for nothing, so it may be done wherever
        # the token happens to die.
        return Token(self._in_use.release)

    def drained(self, timeout: float | None) -> bool:
        """Wait until no call can reach the plugin any more; False if that takes longer."""
        bounded = -1 if timeout is None else min(max(timeout, 0), TIMEOUT_MAX)
        return self._in_use.acquire(timeout=bounded)

    def close(self, *, in_background: bool = False) -> None:
        """Call the plugin's `forex_close`, once; log any exception it raises.

        Other resources may be removed by a thread, `in_background`.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self._called("forex_close")
        except Exception:
            import logging

            logging.getLogger("forexhooks").exception("%s: forex_close failed", self.name)

    def let_go(self) -> None:
        """Drop the reference to the plugin, which allows it to be freed."""
        self.plugin = None

    def _called(self, hook: str) -> list[object]:
        """Call a hook without arguments on this plugin only."""
        mine = [each for each in self.implementations.values() if each.hook == hook]
        return [getattr(self.plugin, each.attribute)() for each in mine]

    def _rate_givers(self) -> list[pluggy.HookimplOpts]:
        """The options of the implementations that return rates of their own."""
        mine = self.implementations.values()
        return [each.options for each in mine if each.hook == "forex_get_rate" and not each.wraps]

    def _driver_name(self) -> str | None:
        if not self.implements("forex_driver_name"):
            # With tryfirst or trylast it may be an extension: a cache, a fallback.
            if any(not (each["tryfirst"] or each["trylast"]) for each in self._rate_givers()):
                raise PluginLoadError(
                    f"{shown(self.plugin)} is a driver without a name: implement "
                    "forex_driver_name; if it is an extension, mark its forex_get_rate as "
                    "wrapper=True, tryfirst=True or trylast=True"
                )
            return None
        try:
            [name] = self._called("forex_driver_name")
        except Exception as error:
            raise PluginLoadError(
                f"{shown(self.plugin)}: forex_driver_name failed: {error}"
            ) from error
        if not _is_name(name):
            raise PluginLoadError(
                f"{shown(self.plugin)}: forex_driver_name must return a name, not {name!r}"
            )
        _check_colon(self.plugin, name)
        if not self._rate_givers() and not self.implements("forex_driver_rule"):
            raise PluginLoadError(
                f"{shown(self.plugin)}: the driver {name!r} must implement forex_get_rate, "
                "or forex_driver_rule"
            )
        return name


def _check_colon(plugin: object, name: str) -> None:
    if ":" in name:
        raise PluginLoadError(
            f"{shown(plugin)}: the name {name!r} has a colon, which separates the name of a "
            "driver from that of a series: choose another"
        )


def _is_name(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and name != "" and name == name.strip()
