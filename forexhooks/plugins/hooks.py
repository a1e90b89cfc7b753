"""Hooks of some plugins: pluggy builds each when it is first called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

from forexhooks.errors import did_you_mean
from forexhooks.plugins import hookspecs
from forexhooks.rates.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from forexhooks.plugins.registration import Registration


class HookManager(pluggy.PluginManager):
    """pluggy's manager for one hook, with implementations that were parsed at registration."""

    def __init__(
        self,
        hook: str,
        registrations: Iterable[Registration],
        stand_in: Callable[[Registration], object] | None = None,
        *,
        other_series: bool = False,
    ) -> None:
        super().__init__(hookspecs.PROJECT)
        self._only = hook
        self._other_series = other_series
        self._parsed: Registration | None = None
        if hasattr(hookspecs, hook):
            self.add_hookspecs(hookspecs)
        for registration in registrations:
            self._parsed = registration
            plugin = registration.plugin if stand_in is None else stand_in(registration)
            self.register(plugin, registration.name)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> pluggy.HookimplOpts | None:
        """Return the options that were parsed when the plugin was registered."""
        found = None if self._parsed is None else self._parsed.implementations.get(name)
        if self._parsed is None or found is None or found.hook != self._only:
            return None
        asked = found.takes_part_in(self._parsed.plugin, other_series=self._other_series)
        return found.options if asked else None

    def parse_hookspec_opts(self, module_or_class: Any, name: str) -> pluggy.HookspecOpts | None:
        """Return the spec's options without its warnings: registration issues them, once."""
        if name != self._only:
            return None
        options = super().parse_hookspec_opts(module_or_class, name)
        return options and {**options, "warn_on_impl": None, "warn_on_impl_args": None}


class Hooks:
    """The hooks of these plugins, as attributes: each is a `pluggy.HookCaller`.

    The last registered plugin is asked first, the `finder` last. If the plugins are traced, each
    call is logged. With `other_series`, plugins that do not handle series return no rates.
    """

    def __init__(
        self,
        registrations: Sequence[Registration],
        finder: Callable[[], Registration] | None = None,
        *,
        is_traced: bool = False,
        other_series: bool = False,
    ) -> None:
        self._other_series = other_series
        self._registrations = registrations
        self._finder = finder
        self.is_traced: bool = is_traced

    def __getattr__(self, name: str) -> pluggy.HookCaller:
        taking_part = [each for each in self._registrations if each.implements(name)]
        specs = [each for each in vars(hookspecs) if each.startswith("forex_")]
        if name not in specs and not taking_part:
            raise AttributeError(f"there is no hook {name!r}{did_you_mean(name, specs)}")
        if self._finder is not None:
            taking_part.insert(0, self._finder())
        make: Callable[..., HookManager] = HookManager
        if self.is_traced:
            from forexhooks.plugins.tracing import traced as make
        # Two threads may each make one; either will do.
        manager = make(name, taking_part, other_series=self._other_series)
        caller: pluggy.HookCaller = getattr(manager.hook, name)
        self.__dict__[name] = caller
        return caller

    def to_call(self, name: str, asked: Mapping[str, Any]) -> tuple[pluggy.HookCaller, Any]:
        """The hook and its arguments for a call: the first series is passed as None."""
        series = asked.get("series")
        if series is None:
            return getattr(self, name), asked
        profile = self.forex_driver_profile(driver=asked.get("driver"))
        listed = profile.series if isinstance(profile, Profile) else ()
        if listed and listed[0].name == series:
            return getattr(self, name), {**asked, "series": None}
        if not self._other_series:
            others = Hooks(
                self._registrations, self._finder, is_traced=self.is_traced, other_series=True
            )
            return getattr(others, name), asked
        return getattr(self, name), asked
