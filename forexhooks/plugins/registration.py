"""Registration: one plugin under its name, checked against the hooks before anybody calls it."""

from __future__ import annotations

import inspect
import warnings
from threading import TIMEOUT_MAX, Lock
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, TypeGuard

import pluggy

from forexhooks.errors import PluginLoadError, did_you_mean
from forexhooks.plugins import hookspecs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def _specs() -> dict[str, frozenset[str]]:
    """What an implementation may be named, and which arguments it may declare."""
    return {
        name: frozenset(spec.__code__.co_varnames[: spec.__code__.co_argcount])
        for name, spec in vars(hookspecs).items()
        if name.startswith("forex_")
    }


# Where a plugin comes from, in words, if not from a distribution of a version or from a path.
BUILT_IN = "built-in"
UNKNOWN = "an unknown distribution"


class Token:
    """Held by catalogs alone; says so when the last of them is gone."""

    __slots__ = ("_say",)

    def __init__(self, say: Callable[[], None]) -> None:
        self._say = say

    def __del__(self) -> None:
        self._say()


class _Implementation(NamedTuple):
    """One hook as a plugin implements it: the attribute, the hook, and pluggy's options."""

    attribute: str
    hook: str
    options: pluggy.HookimplOpts

    @property
    def wraps(self) -> bool:
        """Whether it is around other answers, and gives none itself."""
        return bool(self.options["wrapper"] or self.options["hookwrapper"])


class CheckedPluginManager(pluggy.PluginManager):
    """pluggy's, with the hookspecs, and with implementations parsed once per registration."""

    def __init__(
        self,
        registrations: Iterable[Registration],
        stand_in: Callable[[Registration], object] | None = None,
    ) -> None:
        super().__init__(hookspecs.PROJECT)
        self.add_hookspecs(hookspecs)
        self._parsed: dict[str, _Implementation] = {}
        for registration in registrations:
            self._parsed = registration.implementations
            plugin = registration.plugin if stand_in is None else stand_in(registration)
            self.register(plugin, registration.name)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        """Give the options that were parsed when the plugin was registered."""
        found = self._parsed.get(name)
        return None if found is None else found.options

    def parse_hookspec_opts(self, module_or_class: Any, name: str) -> pluggy.HookspecOpts | None:
        """Give the options of a spec, without its warnings: registration says them, once."""
        options = super().parse_hookspec_opts(module_or_class, name)
        return options and {**options, "warn_on_impl": None, "warn_on_impl_args": None}


class Registration:
    """A plugin under its name. Without a `driver` name of its own it is an extension.

    Raises `PluginLoadError` for what is no plugin: None, a class, no hooks, a hook or an argument
    that is misspelt, a driver without a name. Warns (`RetiredHookWarning`) of a hook or an argument
    that is on its way out, with the file and line of the implementation.
    """

    if_taken: ClassVar[str] = (
        "replace(plugin) swaps it, register(plugin, name=…) adds it under another name"
    )
    """What to do where its name is taken."""

    def __init__(self, plugin: object, name: str | None = None, origin: str = "registered") -> None:
        if name is not None and not _is_name(name):
            raise PluginLoadError(f"a plugin's name is a text without spaces around, not {name!r}")
        self.plugin: Any = plugin
        self.origin = origin
        self.implementations: dict[str, _Implementation] = _implementations(plugin)
        self.driver: str | None = self._driver_name()
        self.name: str = name or self.driver or _canonical_name(plugin)
        self._in_use = Lock()
        self._in_use.acquire()
        self._closed = False
        try:
            CheckedPluginManager([self])
        except pluggy.PluginValidationError as error:
            raise PluginLoadError(f"{_shown(plugin)}: {error}") from error
        for each in self.implementations.values():
            _warn_of_what_is_retired(getattr(plugin, each.attribute), each.hook)

    @property
    def is_alias(self) -> bool:
        """Whether this is a driver under another name than its own: in its own relay alone."""
        return self.driver is not None and self.driver != self.name

    def implements(self, hook: str) -> bool:
        """Whether the plugin has a part in this hook."""
        return any(each.hook == hook for each in self.implementations.values())

    def token(self) -> Token:
        """Make the token; once."""
        # Releasing a lock runs no Python code and waits for nothing, so it may be done wherever
        # the token happens to die.
        return Token(self._in_use.release)

    def drained(self, timeout: float | None) -> bool:
        """Wait until no call can reach the plugin any more; False if that takes longer."""
        bounded = -1 if timeout is None else min(max(timeout, 0), TIMEOUT_MAX)
        return self._in_use.acquire(timeout=bounded)

    def close(self) -> None:
        """Call the plugin's `forex_close`, the first time; what that raises is logged."""
        if self._closed:
            return
        self._closed = True
        try:
            self._called("forex_close")
        except Exception:
            import logging

            logging.getLogger("forexhooks").exception("%s: forex_close failed", self.name)

    def let_go(self) -> None:
        """Hold the plugin no longer, so that it can be forgotten."""
        self.plugin = None

    def _called(self, hook: str) -> list[object]:
        """Call the plugin's own implementations of a hook without arguments, and no other's."""
        mine = [each for each in self.implementations.values() if each.hook == hook]
        return [getattr(self.plugin, each.attribute)() for each in mine]

    def _rate_givers(self) -> list[pluggy.HookimplOpts]:
        """The options of those implementations that give rates of their own."""
        mine = self.implementations.values()
        return [each.options for each in mine if each.hook == "forex_get_rate" and not each.wraps]

    def _driver_name(self) -> str | None:
        if not self.implements("forex_driver_name"):
            # Asked first or last it may be an extension: a cache, a fallback.
            if any(not (each["tryfirst"] or each["trylast"]) for each in self._rate_givers()):
                raise PluginLoadError(
                    f"{_shown(self.plugin)} is a driver without a name: implement "
                    "forex_driver_name; if it is an extension, mark its forex_get_rate as "
                    "wrapper=True, tryfirst=True or trylast=True"
                )
            return None
        try:
            [name] = self._called("forex_driver_name")
        except Exception as error:
            raise PluginLoadError(
                f"{_shown(self.plugin)}: forex_driver_name failed: {error}"
            ) from error
        if not _is_name(name):
            raise PluginLoadError(
                f"{_shown(self.plugin)}: forex_driver_name must return a name, not {name!r}"
            )
        if not self._rate_givers():
            raise PluginLoadError(
                f"{_shown(self.plugin)}: the driver {name!r} must implement forex_get_rate"
            )
        return name


def _is_name(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and name != "" and name == name.strip()


def _canonical_name(plugin: object) -> str:
    return pluggy.PluginManager(hookspecs.PROJECT).get_canonical_name(plugin)


def _shown(plugin: object) -> str:
    if inspect.ismodule(plugin):
        return f"the module {plugin.__name__}"
    kind = plugin if isinstance(plugin, type) else type(plugin)
    return f"{'the class' if isinstance(plugin, type) else 'an instance of'} {kind.__qualname__}"


def _implementations(plugin: object) -> dict[str, _Implementation]:
    if plugin is None or isinstance(plugin, type):
        raise PluginLoadError(
            f"{'None' if plugin is None else _shown(plugin)} is no plugin: register "
            "a module or an instance"
            + ("" if plugin is None else f", {plugin.__name__}() instead of {plugin.__name__}")
        )
    parser = pluggy.PluginManager(hookspecs.PROJECT)
    found: dict[str, _Implementation] = {}
    specs = _specs()
    for attribute in dir(plugin):
        # A property may do anything: it is looked at, and not evaluated.
        of_class = getattr(type(plugin), attribute, None)
        if attribute.startswith("__") or (of_class is not None and not callable(of_class)):
            continue
        options = parser.parse_hookimpl_opts(plugin, attribute)
        if options is not None:
            hook = options["specname"] or attribute
            _check_signature(plugin, attribute, hook, specs)
            found[attribute] = _Implementation(attribute, hook, options)
    if not found:
        marked = ", ".join(sorted(name for name in dir(plugin) if name in specs))
        raise PluginLoadError(
            f"{_shown(plugin)} implements no hook: "
            + (
                f"write @forexhooks.hookimpl above {marked}"
                if marked
                else "a driver needs forex_driver_name and forex_get_rate"
            )
        )
    return found


def _check_signature(
    plugin: object, attribute: str, hook: str, specs: dict[str, frozenset[str]]
) -> None:
    if hook not in specs:
        raise PluginLoadError(
            f"{_shown(plugin)}: there is no hook {hook!r}{did_you_mean(hook, specs)}"
        )
    known = specs[hook]
    implementation = getattr(plugin, attribute)
    if _plain_arguments(implementation) <= known:
        return
    # pluggy lets an unknown argument pass if it has a default, and then never gives it.
    for name, parameter in inspect.signature(implementation).parameters.items():
        if parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            raise PluginLoadError(
                f"{_shown(plugin)}: {hook} is called with the arguments it names: "
                f"{parameter.replace(annotation=parameter.empty)} cannot be one; "
                f"it may declare {_listed(known)}"
            )
        if name not in known:
            raise PluginLoadError(
                f"{_shown(plugin)}: {hook} has no argument {name!r}"
                f"{did_you_mean(name, known)}; it may declare {_listed(known)}"
            )


def _warn_of_what_is_retired(implementation: Any, hook: str) -> None:
    options = pluggy.PluginManager(hookspecs.PROJECT).parse_hookspec_opts(hookspecs, hook)
    assert options is not None  # noqa: S101 - there is such a hook
    retired = options["warn_on_impl_args"] or {}
    # Our own, as in `Driver`, hand on what is retired until it goes: no author can change that.
    is_ours = str(implementation.__module__).partition(".")[0] == hookspecs.PROJECT
    if is_ours or not (retired or options["warn_on_impl"]):
        return
    declared = inspect.signature(implementation).parameters
    for warning in (options["warn_on_impl"], *(retired.get(name) for name in declared)):
        if warning is not None:
            code = inspect.unwrap(implementation).__code__
            warnings.warn_explicit(warning, type(warning), code.co_filename, code.co_firstlineno)


def _plain_arguments(implementation: Any) -> set[str]:
    """The arguments of an ordinary function or method, without the cost of a signature.

    Of anything else something that is no argument of a hook.
    """
    function = getattr(implementation, "__func__", implementation)
    code = getattr(function, "__code__", None)
    special = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
    if code is None or code.co_flags & special or code.co_kwonlyargcount:
        return {"*"}
    return set(code.co_varnames[function is not implementation : code.co_argcount])


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
