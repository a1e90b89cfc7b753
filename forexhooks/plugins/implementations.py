"""Implementations: which hooks a plugin implements, checked against their specs."""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, Any

import pluggy

from forexhooks.errors import PluginLoadError, did_you_mean
from forexhooks.plugins import hookspecs

if TYPE_CHECKING:
    from collections.abc import Iterable

# It only reads markers: no plugin is ever registered with it.
_MARKERS = pluggy.PluginManager(hookspecs.PROJECT)


GIVING_RATES = ("forex_get_rate", "forex_get_table")
"""The hooks that are asked for a series."""


class Implementation:  # not a NamedTuple: defining one would slow down every start
    """One hook as a plugin implements it: the attribute, the hook, and pluggy's options."""

    __slots__ = ("attribute", "hook", "options")

    def __init__(self, attribute: str, hook: str, options: pluggy.HookimplOpts) -> None:
        self.attribute: str = attribute
        self.hook: str = hook
        self.options: pluggy.HookimplOpts = options

    def takes_part_in(self, plugin: object, *, other_series: bool) -> bool:
        """Whether it is asked for series other than the first: it must know of series for that."""
        if not other_series or self.wraps or self.hook not in GIVING_RATES:
            return True
        return "series" in _plain_arguments(getattr(plugin, self.attribute))

    @property
    def wraps(self) -> bool:
        """Whether it is a wrapper, which returns no answer of its own."""
        return bool(self.options["wrapper"] or self.options["hookwrapper"])


def implementations_of(plugin: object) -> dict[str, Implementation]:
    """The hooks that a plugin implements, by attribute. Raises `PluginLoadError`."""
    if plugin is None or isinstance(plugin, type):
        raise PluginLoadError(
            f"{'None' if plugin is None else shown(plugin)} is not a plugin: register "
            "a module or an instance"
            + ("" if plugin is None else f", {plugin.__name__}() instead of {plugin.__name__}")
        )
    found: dict[str, Implementation] = {}
    specs = _specs()
    idle = []
    for attribute in dir(plugin):
        if attribute.startswith("__"):
            continue
        options = _MARKERS.parse_hookimpl_opts(plugin, attribute)  # it does not evaluate properties
        if options is not None:
            hook = options["specname"] or attribute
            if hook in specs or not options["optionalhook"]:
                _check(plugin, attribute, hook, options, specs)
            found[attribute] = Implementation(attribute, hook, options)
        elif attribute in specs:
            idle += _why_never_called(plugin, attribute)
    if idle:
        raise PluginLoadError(f"{shown(plugin)}: {'; '.join(idle)}")
    if not found:
        raise PluginLoadError(
            f"{shown(plugin)} implements no hook: "
            "a driver needs forex_driver_name and forex_get_rate"
        )
    return found


def canonical_name(plugin: object) -> str:
    """The name that pluggy gives to a plugin without one: a module's own name, else a number."""
    return _MARKERS.get_canonical_name(plugin)


def shown(plugin: object) -> str:
    """The plugin, in words."""
    if inspect.ismodule(plugin):
        return f"the module {plugin.__name__}"
    kind = plugin if isinstance(plugin, type) else type(plugin)
    return f"{'the class' if isinstance(plugin, type) else 'an instance of'} {kind.__qualname__}"


def warn_of_what_is_retired(plugin: object, implementations: Iterable[Implementation]) -> None:
    """Warn of hooks and arguments that will be removed: where they are, and what to use instead."""
    for each in implementations:
        options = _MARKERS.parse_hookspec_opts(hookspecs, each.hook)
        if options is None or not (options["warn_on_impl"] or options["warn_on_impl_args"]):
            continue
        implementation = getattr(plugin, each.attribute)
        # Our own code, as in `Driver`, passes on retired arguments: authors cannot change that.
        if str(implementation.__module__).partition(".")[0] == hookspecs.PROJECT:
            continue
        retired = options["warn_on_impl_args"] or {}
        declared = inspect.signature(implementation).parameters
        for warning in (options["warn_on_impl"], *map(retired.get, declared)):
            if warning is not None:
                code = inspect.unwrap(implementation).__code__
                file, line = code.co_filename, code.co_firstlineno
                warnings.warn_explicit(warning, type(warning), file, line)


def _why_never_called(plugin: object, attribute: str) -> list[str]:
    """Why an attribute with the name of a hook is not an implementation of it."""
    value = inspect.getattr_static(plugin, attribute, None)
    if not (callable(value) or isinstance(value, classmethod)):
        return []  # set to None, say, to disable a base class's hook
    if hasattr(value, f"{hookspecs.PROJECT}_impl"):
        kind = type(value).__name__
        return [f"{attribute} is a {kind}, and only functions and methods are called as hooks"]
    return [f"{attribute} would never be called: write @forexhooks.hookimpl above {attribute}"]


def _specs() -> dict[str, frozenset[str]]:
    """The names that implementations may have, and the arguments each may declare."""
    return {
        name: frozenset(spec.__code__.co_varnames[: spec.__code__.co_argcount])
        for name, spec in vars(hookspecs).items()
        if name.startswith("forex_")
    }


def _check(
    plugin: object,
    attribute: str,
    hook: str,
    options: pluggy.HookimplOpts,
    specs: dict[str, frozenset[str]],
) -> None:
    """Raise for what pluggy would refuse, or would accept but never call as intended."""
    if hook not in specs:
        raise PluginLoadError(
            f"{shown(plugin)}: there is no hook {hook!r}{did_you_mean(hook, specs)}"
        )
    implementation = getattr(plugin, attribute)
    if options["wrapper"] and options["hookwrapper"]:
        raise PluginLoadError(
            f"{shown(plugin)}: {attribute} is marked both wrapper and hookwrapper: "
            "mark it with wrapper alone"
        )
    wraps = options["wrapper"] or options["hookwrapper"]
    if wraps and not inspect.isgeneratorfunction(implementation):
        raise PluginLoadError(
            f"{shown(plugin)}: {attribute} is marked as a wrapper, but is not a generator "
            "function: it needs a yield, which returns the result that it wraps"
        )
    known = specs[hook]
    if _plain_arguments(implementation) <= known:
        return
    # pluggy accepts an unknown argument with a default, but then never passes it.
    for name, parameter in inspect.signature(implementation).parameters.items():
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            raise PluginLoadError(
                f"{shown(plugin)}: {hook} is called with the arguments it names: "
                f"{parameter.replace(annotation=parameter.empty)} cannot be one; "
                f"it may declare {_listed(known)}"
            )
        if name not in known:
            raise PluginLoadError(
                f"{shown(plugin)}: {hook} has no argument {name!r}"
                f"{did_you_mean(name, known)}; it may declare {_listed(known)}"
            )


def _plain_arguments(implementation: Any) -> set[str]:
    """The arguments of an ordinary function or method, without the cost of a signature.

    For any other object, something that is not an argument of a hook.
    """
    function = getattr(implementation, "__func__", implementation)
    code = getattr(function, "__code__", None)
    special = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
    if code is None or code.co_flags & special or code.co_kwonlyargcount:
        return {"*"}
    return set(code.co_varnames[function is not implementation : code.co_argcount])


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
