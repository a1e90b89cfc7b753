"""Tracing: which plugin was asked, what it returned, and how long that took, as a log.

Messages go to the logger `forexhooks.trace` at the level INFO; each record's `msg` is a `Traced`.
While tracing is on, catalogs are built with stand-ins for plugins. While it is off, there are no
stand-ins, and tracing costs nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import suppress
from contextvars import ContextVar
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

_log = logging.getLogger(LOG)
Event = Literal["asked", "answered", "declined", "raised", "done"]


class Traced(NamedTuple):
    """One event while a hook was called; `str` makes a line of it.

    - `hook`, and the `driver` that was asked for, if the hook has that argument
    - `plugin`: the name of the plugin that was asked; `None`: the call as a whole
    - `event`: `asked`; then `answered`, `declined` (None), `raised`, or `done` if no answer is
      expected
    - `wraps`: whether the plugin is a wrapper around other answers
    - `detail`: the arguments, the answer or the error in words. For errors from outside forexhooks
      it is the type only, as the message may contain a key
    - `seconds`: how long it took, with everything inside; `None` for `asked`
    - `depth`: how many other calls and plugins it is inside of
    """

    hook: str
    driver: str | None
    plugin: str | None
    event: Event
    wraps: bool = False
    detail: str = ""
    seconds: float | None = None
    depth: int = 0

    def __str__(self) -> str:
        who = self.plugin or self.hook
        if self.event == "asked":
            said = f"> {who}" if self.plugin else f"{who}({self.detail})"
            said += " (wraps)" if self.wraps else ""
        else:
            detail = f" {self.detail}" if self.detail else ""
            took = (self.seconds or 0.0) * 1000
            said = f"{'< ' if self.plugin else ''}{who} {self.event}{detail} ({took:.2f} ms)"
        return f"{self.driver or '-'}: {'  ' * self.depth}{said}"


class _Call:
    """A call that is logged from its creation: of a hook as a whole, or of one plugin within it.

    `answer` takes the result. If that is None, a plugin that `may_decline` has declined, and
    another one is done.
    """

    answer: object = None

    def __init__(self, asked: Traced, *, may_decline: bool = True) -> None:
        outer = self._outer = _current.get()
        if outer is not None:
            driver = asked.driver if asked.plugin is None else outer.asked.driver
            asked = asked._replace(driver=driver, depth=outer.asked.depth + 1)
        self.asked: Traced = asked
        self._if_none: Event = "declined" if may_decline and _has_one(asked.hook) else "done"
        _log.info(self.asked)
        _current.set(self)
        self._began = perf_counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        seconds = perf_counter() - self._began
        _current.set(self._outer)
        is_whole = self.asked.plugin is None  # then its plugins have logged the result already
        event, detail = self._if_none, ""
        if error is not None:
            event, detail = "raised", type(error).__name__
            if isinstance(error, ForexError) and not is_whole:
                detail += f": {' '.join(str(error).split())}"
        elif self.answer is not None:
            event, detail = "answered", "" if is_whole else _answer(self.answer)
        _log.info(self.asked._replace(event=event, detail=detail, seconds=seconds))


_current: ContextVar[_Call | None] = ContextVar("current", default=None)


def traced(
    hook: str, registrations: Iterable[Registration], *, other_series: bool = False
) -> HookManager:
    """One hook of these plugins; each call is logged, as a whole and by plugin."""
    manager = HookManager(hook, registrations, StandIn, other_series=other_series)

    def before(hook: str, _: object, asked: Mapping[str, object]) -> None:
        driver = asked.get("driver")
        about = hook, driver if isinstance(driver, str) else None, None
        _Call(Traced(*about, "asked", detail=_arguments(hook, asked)))

    def after(outcome: pluggy.Result[Any], *_: object) -> None:
        call, error = _current.get(), outcome.exception
        assert call is not None  # noqa: S101 - that of `before`: those within it have ended
        call.answer = None if error is not None else outcome.get_result()
        call.__exit__(type(error), error, None)

    manager.add_hookcall_monitoring(before, after)
    return manager


class StandIn:
    """Registered instead of a plugin: its implementations, with logging."""

    def __init__(self, registration: Registration) -> None:
        plugin, name = registration.plugin, registration.name
        if name == f"{id(plugin)}":  # pluggy's name for an instance without one
            name = type(plugin).__name__
        for each in registration.implementations.values():
            setattr(self, each.attribute, _logged(getattr(plugin, each.attribute), name, each))


def _logged(implementation: Any, plugin: str, of: Implementation) -> Any:
    asked = Traced(of.hook, None, plugin, "asked", of.wraps)
    may_decline = not of.options["hookwrapper"]

    @wraps(implementation)
    def around(*arguments: object) -> Generator[Any, Any, Any]:
        with _Call(asked, may_decline=may_decline) as logged:
            logged.answer = yield from implementation(*arguments)
        return logged.answer

    @wraps(implementation)
    def asked_itself(*arguments: object) -> Any:
        with _Call(asked, may_decline=may_decline) as logged:
            logged.answer = implementation(*arguments)
        return logged.answer

    return around if of.wraps else asked_itself


def _has_one(hook: str) -> bool:
    spec = vars(hookspecs).get(hook)
    return spec is not None and getattr(spec, f"{hookspecs.PROJECT}_spec")["firstresult"]


def _arguments(hook: str, asked: Mapping[str, object]) -> str:
    """What was asked, in the order of the hook's arguments, without those left at None."""
    spec = vars(hookspecs).get(hook)
    names = asked if spec is None else spec.__code__.co_varnames
    said = [(name, asked[name]) for name in names if name != "driver" and name in asked]
    return ", ".join(f"{name}={_argument(value)}" for name, value in said if value is not None)


def _argument(value: object) -> str:
    if isinstance(value, str | bool | int | float):
        return repr(value)
    if isinstance(value, Collection):
        codes = sorted(map(repr, value))
        more = f", … {len(codes)} of them" if len(codes) > 6 else ""
        return f"{{{', '.join(codes[:6])}{more}}}"
    return f"{value}" if type(value).__module__ == "datetime" else type(value).__name__


def _answer(answer: object) -> str:
    """An answer in words; it may be any object."""
    if isinstance(answer, RateTable):
        return f"with a table of {len(answer.currencies)} currencies up to {answer.newest}"
    if isinstance(answer, Profile):
        return f"with the profile of {answer.title!r}"
    if isinstance(answer, Rate):
        with suppress(Exception):  # a driver may return anything
            return " ".join(str(answer).split())
    if isinstance(answer, Collection) and not isinstance(answer, tuple):
        return f"with {len(answer)}"
    return f"with {type(answer).__name__}"
