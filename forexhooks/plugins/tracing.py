"""Tracing: which plugin was asked, what it said, and how long that took, as a log.

The log is that of `forexhooks.trace`, at the level INFO; each record's `msg` is a `Traced`. Plugins
are traced by what stands in for them in a catalog that is built while tracing is on: without it
nothing is there that could cost anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextvars import ContextVar
from functools import wraps
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from forexhooks.errors import ForexError
from forexhooks.plugins import hookspecs
from forexhooks.plugins.hooks import HookManager
from forexhooks.rates.profile import Profile
from forexhooks.rates.rate import Rate
from forexhooks.rates.table import RateTable

if TYPE_CHECKING:
    import pluggy

    from forexhooks.plugins.registration import Registration

LOG = "forexhooks.trace"

_MOST_SHOWN = 6
_log = logging.getLogger(LOG)


class Traced(NamedTuple):
    """One thing that happened while a hook was called; a text says it in a line.

    - `hook`, and the `driver` that was asked for, if the hook is about one
    - `plugin`: the name of the plugin that was asked; `None`: the call as a whole
    - `event`: `asked`; then `answered`, `declined` (None), `raised`, or `done` where no answer is
      expected
    - `wraps`: whether the plugin is around the answers of others
    - `detail`: the arguments, the answer or the error in words. Of an error that is none of
      forexhooks' own the type alone: its message may have a key in it
    - `seconds`: how long it took, with all that happened within it; `None` for `asked`
    - `depth`: within how many other calls and plugins it happened
    """

    hook: str
    driver: str | None
    plugin: str | None
    event: Literal["asked", "answered", "declined", "raised", "done"]
    wraps: bool
    detail: str
    seconds: float | None
    depth: int

    def __str__(self) -> str:
        who = self.plugin or self.hook
        if self.event == "asked":
            said = f"{self.hook}({self.detail})" if self.plugin is None else f"> {who}"
            said += " (wraps)" if self.wraps else ""
        else:
            detail = f" {self.detail}" if self.detail else ""
            arrow = "" if self.plugin is None else "< "
            took = (self.seconds or 0.0) * 1000
            said = f"{arrow}{who} {self.event}{detail} ({took:.2f} ms)"
        return f"{self.driver or '-'}: {'  ' * self.depth}{said}"


class _Place(NamedTuple):
    """Where in the calls we are: the hook, the driver asked for, and how deep."""

    hook: str
    driver: str | None
    depth: int


_OUTSIDE = _Place("", None, 0)
_place: ContextVar[_Place] = ContextVar("place", default=_OUTSIDE)


def traced(
    hook: str, registrations: Iterable[Registration], *, other_series: bool = False
) -> HookManager:
    """One hook of these plugins, of which each call is logged, as a whole and by plugin."""
    manager = HookManager(hook, registrations, StandIn, other_series=other_series)
    calls: ContextVar[tuple[tuple[_Place, float], ...]] = ContextVar("calls", default=())

    def before(hook: str, _: Sequence[object], asked: Mapping[str, object]) -> None:
        outer = _place.get()
        here = _Place(hook, _driver_in(asked), outer.depth)
        _place.set(here)
        _say(None, "asked", detail=_arguments(hook, asked))
        _place.set(here._replace(depth=here.depth + 1))
        calls.set((*calls.get(), (outer, perf_counter())))

    def after(outcome: pluggy.Result[Any], hook: str, *_: object) -> None:
        *earlier, (outer, began) = calls.get()
        calls.set(tuple(earlier))
        here = _place.get()
        _place.set(here._replace(depth=outer.depth))
        _say_outcome(None, began, error=outcome.exception, answer=_answer_of(outcome))
        _place.set(outer)

    manager.add_hookcall_monitoring(before, after)
    return manager


class StandIn:
    """What is registered in the place of a plugin: its implementations, each logged."""

    def __init__(self, registration: Registration) -> None:
        plugin, name = registration.plugin, registration.name
        if name == f"{id(plugin)}":  # as pluggy names an instance that was given none
            name = type(plugin).__name__
        for each in registration.implementations.values():
            implementation = getattr(plugin, each.attribute)
            setattr(self, each.attribute, _traced(implementation, name, each.options))


def _traced(
    implementation: Callable[..., Any], plugin: str, options: pluggy.HookimplOpts
) -> Callable[..., Any]:
    if options["wrapper"] or options["hookwrapper"]:

        @wraps(implementation)
        def around(*asked: object) -> Generator[Any, Any, Any]:
            began = _enter(plugin, wraps=True)
            try:
                answer = yield from implementation(*asked)
            except BaseException as error:
                _leave(plugin, began, wraps=True, error=error)
                raise
            _leave(plugin, began, wraps=True, answer=answer, is_done=options["hookwrapper"])
            return answer

        return around

    @wraps(implementation)
    def asked_itself(*asked: object) -> Any:
        began = _enter(plugin)
        try:
            answer = implementation(*asked)
        except BaseException as error:
            _leave(plugin, began, error=error)
            raise
        _leave(plugin, began, answer=answer)
        return answer

    return asked_itself


def _enter(plugin: str, *, wraps: bool = False) -> float:
    _say(plugin, "asked", wraps=wraps)
    here = _place.get()
    _place.set(here._replace(depth=here.depth + 1))
    return perf_counter()


def _leave(plugin: str, began: float, **outcome: Any) -> None:
    here = _place.get()
    _place.set(here._replace(depth=here.depth - 1))
    _say_outcome(plugin, began, **outcome)


def _say_outcome(
    plugin: str | None,
    began: float,
    *,
    answer: object = None,
    error: BaseException | None = None,
    wraps: bool = False,
    is_done: bool = False,
) -> None:
    seconds = perf_counter() - began
    # Of a call as a whole its plugins have said already what came of it.
    if error is not None:
        detail = type(error).__name__ if plugin is None else _error(error)
        _say(plugin, "raised", detail, seconds=seconds, wraps=wraps)
    elif answer is not None:
        detail = "" if plugin is None else _answer(answer)
        _say(plugin, "answered", detail, seconds=seconds, wraps=wraps)
    else:
        declined = not is_done and _place.get().hook in _FIRST_RESULT
        _say(plugin, "declined" if declined else "done", seconds=seconds, wraps=wraps)


def _say(
    plugin: str | None,
    event: Literal["asked", "answered", "declined", "raised", "done"],
    detail: str = "",
    *,
    seconds: float | None = None,
    wraps: bool = False,
) -> None:
    hook, driver, depth = _place.get()
    _log.info(Traced(hook, driver, plugin, event, wraps, detail, seconds, depth))


_FIRST_RESULT = frozenset(
    name
    for name, spec in vars(hookspecs).items()
    if name.startswith("forex_") and getattr(spec, f"{hookspecs.PROJECT}_spec")["firstresult"]
)


def _answer_of(outcome: pluggy.Result[Any]) -> Any:
    return None if outcome.exception is not None else outcome.get_result()


def _driver_in(asked: Mapping[str, object]) -> str | None:
    driver = asked.get("driver")
    return driver if isinstance(driver, str) else None


def _arguments(hook: str, asked: Mapping[str, object]) -> str:
    """What was asked, in the order of the hook's arguments, without what was left open."""
    code = getattr(hookspecs, hook).__code__
    said = [(name, asked.get(name)) for name in code.co_varnames[: code.co_argcount]]
    return ", ".join(
        f"{name}={_argument(value)}"
        for name, value in said
        if name != "driver" and value is not None
    )


def _argument(value: object) -> str:
    if isinstance(value, str | bool | int | float):
        return repr(value)
    if isinstance(value, Collection):
        codes = sorted(map(repr, value))
        more = f", … {len(codes)} of them" if len(codes) > _MOST_SHOWN else ""
        return f"{{{', '.join(codes[:_MOST_SHOWN])}{more}}}"
    return f"{value}" if type(value).__module__ == "datetime" else type(value).__name__


def _answer(answer: object) -> str:
    """An answer in words; it may be anything."""
    if isinstance(answer, RateTable):
        return f"with a table of {len(answer.currencies)} currencies up to {answer.newest}"
    if isinstance(answer, Profile):
        return f"with the profile of {answer.title!r}"
    if isinstance(answer, Rate):
        try:
            return " ".join(str(answer).split())
        except Exception as error:  # noqa: BLE001 - a driver may put anything into it
            return f"with a Rate that cannot be shown: {type(error).__name__}"
    if isinstance(answer, Collection) and not isinstance(answer, tuple):
        return f"with {len(answer)}"
    return f"with {type(answer).__name__}"


def _error(error: BaseException) -> str:
    if isinstance(error, ForexError):
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return type(error).__name__
