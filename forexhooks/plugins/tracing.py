"""Tracing: which plugin was asked, what it said, and how long that took, as a log.

The log is that of `forexhooks.trace`, at the level INFO; each record's `msg` is a `Traced`. Plugins
are traced by what stands in for them in a catalog that is built while tracing is on: without it
nothing is there that could cost anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

from forexhooks.errors import ForexError
from forexhooks.plugins import hookspecs
from forexhooks.plugins.hooks import HookManager
from forexhooks.rates.profile import Profile
from forexhooks.rates.rate import Rate
from forexhooks.rates.table import RateTable

if TYPE_CHECKING:
    import pluggy

    from forexhooks.plugins.implementations import Implementation
    from forexhooks.plugins.registration import Registration

LOG = "forexhooks.trace"

_MOST_SHOWN = 6
_log = logging.getLogger(LOG)
Event = Literal["asked", "answered", "declined", "raised", "done"]


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
    event: Event
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


@dataclass
class _Call:
    """A call that is logged: of a hook as a whole, or of one plugin within it.

    `answer` is for what it comes to. Where that is None a plugin that `may_decline` gave no answer,
    and another is done.
    """

    hook: str
    driver: object
    plugin: str | None = None
    is_wrapper: bool = False
    may_decline: bool = True
    arguments: str = ""
    answer: object = None

    def __enter__(self) -> Self:
        self._outer = _current.get()
        self._depth: int = 0 if self._outer is None else self._outer._depth + 1  # noqa: SLF001
        self._say("asked", self.arguments)
        _current.set(self)
        self._began = perf_counter()
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        seconds = perf_counter() - self._began
        _current.set(self._outer)
        is_whole = self.plugin is None  # then its plugins have said already what came of it
        if error is not None:
            self._say("raised", type(error).__name__ if is_whole else _error(error), seconds)
        elif self.answer is not None:
            self._say("answered", "" if is_whole else _answer(self.answer), seconds)
        else:
            declined = self.may_decline and _has_one_answer(self.hook)
            self._say("declined" if declined else "done", "", seconds)

    def _say(self, event: Event, detail: str, seconds: float | None = None) -> None:
        driver = self.driver if isinstance(self.driver, str) else None
        about = self.hook, driver, self.plugin, event, self.is_wrapper
        _log.info(Traced(*about, detail, seconds, self._depth))


_current: ContextVar[_Call | None] = ContextVar("current", default=None)


def traced(
    hook: str, registrations: Iterable[Registration], *, other_series: bool = False
) -> HookManager:
    """One hook of these plugins, of which each call is logged, as a whole and by plugin."""
    manager = HookManager(hook, registrations, StandIn, other_series=other_series)

    def before(hook: str, _: object, asked: Mapping[str, object]) -> None:
        _Call(hook, asked.get("driver"), arguments=_arguments(hook, asked)).__enter__()

    def after(outcome: pluggy.Result[Any], *_: object) -> None:
        call, error = _current.get(), outcome.exception
        assert call is not None  # noqa: S101 - that of `before`: those within it have ended
        call.answer = None if error is not None else outcome.get_result()
        call.__exit__(type(error), error, None)

    manager.add_hookcall_monitoring(before, after)
    return manager


class StandIn:
    """What is registered in the place of a plugin: its implementations, each logged."""

    def __init__(self, registration: Registration) -> None:
        plugin, name = registration.plugin, registration.name
        if name == f"{id(plugin)}":  # as pluggy names an instance that was given none
            name = type(plugin).__name__
        for each in registration.implementations.values():
            setattr(self, each.attribute, _logged(getattr(plugin, each.attribute), name, each))


def _logged(
    implementation: Callable[..., Any], plugin: str, of: Implementation
) -> Callable[..., Any]:
    def call() -> _Call:
        whole = _current.get()
        driver = None if whole is None else whole.driver
        return _Call(of.hook, driver, plugin, of.wraps, not of.options["hookwrapper"])

    @wraps(implementation)
    def around(*asked: object) -> Generator[Any, Any, Any]:
        with call() as logged:
            logged.answer = yield from implementation(*asked)
        return logged.answer

    @wraps(implementation)
    def asked_itself(*asked: object) -> Any:
        with call() as logged:
            logged.answer = implementation(*asked)
        return logged.answer

    return around if of.wraps else asked_itself


def _has_one_answer(hook: str) -> bool:
    spec = vars(hookspecs).get(hook)
    return spec is not None and getattr(spec, f"{hookspecs.PROJECT}_spec")["firstresult"]


def _arguments(hook: str, asked: Mapping[str, object]) -> str:
    """What was asked, in the order of the hook's arguments, without what was left open."""
    spec = vars(hookspecs).get(hook)
    names = asked if spec is None else spec.__code__.co_varnames
    said = [(name, asked[name]) for name in names if name != "driver" and name in asked]
    return ", ".join(f"{name}={_argument(value)}" for name, value in said if value is not None)


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
