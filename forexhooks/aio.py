"""The same API with `await`: each question is asked in a thread, on asyncio or on trio.

Do not await `open`, as it uses no network: `fx = forexhooks.aio.open("ecb")`, then `await
fx.get_rate("USD", "CAD")`. Nothing here is a second implementation: each method calls the one of
`ForexService`, with the same arguments, result and errors.

Needs the extra `aio`: `pip install forexhooks[aio]`.
"""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial, wraps
from typing import TYPE_CHECKING, Any, Concatenate, Final, ParamSpec, TypeVar

from forexhooks.errors import StaleRateWarning
from forexhooks.service import compare as comparing
from forexhooks.service import doctor, opening
from forexhooks.service.service import ForexService
from forexhooks.support.context import collecting_stale
from forexhooks.support.optional import imported

imported("anyio", "'forexhooks[aio]'")

from anyio import CapacityLimiter, RunFinishedError, from_thread, to_thread  # noqa: E402
from anyio.lowlevel import RunVar, current_token  # noqa: E402

if TYPE_CHECKING:
    import os

    from forexhooks.plugins.manager import ForexManager
    from forexhooks.rates.profile import Profile
    from forexhooks.rates.rule import Rule
    from forexhooks.support.context import Progress
    from forexhooks.support.settings import Refresh

__all__ = [
    "AsyncForexService",
    "compare",
    "drivers",
    "examine",
    "load",
    "locking",
    "open",
    "rules",
    "unload",
]

AT_ONCE = 40
"""How many questions the same drivers are asked at once in an event loop; others wait."""

P = ParamSpec("P")
T = TypeVar("T")

# One limiter for each set of drivers: a provider that hangs does not block the others. anyio's own
# limiter is not used, as the rest of the program may need it, for reading files, say.
_limiters: RunVar[dict[tuple[str, ...], CapacityLimiter]] = RunVar("forexhooks")


async def _asked(of: tuple[str, ...], ask: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Call `ask` in a thread. A task that is cancelled stops waiting; the thread carries on."""
    try:
        limiters = _limiters.get()
    except LookupError:
        _limiters.set(limiters := {})
    limiter = limiters.get(of) or limiters.setdefault(of, CapacityLimiter(AT_ONCE))
    with _in_the_loop(kwargs.get("progress")) as progress, collecting_stale() as stale:
        if progress is not None:
            kwargs["progress"] = progress
        call = partial(ask, *args, **kwargs)
        async with limiter:  # trio would hold a cancelled task's place until its thread ends
            own = CapacityLimiter(1)
            answer = await to_thread.run_sync(call, abandon_on_cancel=True, limiter=own)
    for each in stale:  # here: the warning then names the line that awaits
        warnings.warn(each, StaleRateWarning, stacklevel=3)
    return answer


@contextmanager
def _in_the_loop(progress: Progress | None) -> Iterator[Progress | None]:
    """In this context, a function that calls `progress` in the event loop from any thread."""
    listening, token = progress, current_token()

    def report(done: int, total: int | None) -> None:
        if listening is not None:
            with suppress(RunFinishedError):
                from_thread.run_sync(listening, done, total, token=token)

    try:
        yield None if progress is None else report
    finally:
        listening = None


def _method(
    method: Callable[Concatenate[ForexService, P], T],
) -> Callable[Concatenate[AsyncForexService, P], Coroutine[Any, Any, T]]:
    @wraps(method)
    async def call(self: AsyncForexService, /, *args: P.args, **kwargs: P.kwargs) -> T:
        ask = getattr(self.service, method.__name__)
        answer: T = await _asked(self.drivers, ask, *args, **kwargs)
        return answer

    return call


def _function(function: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    @wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        return await _asked((), function, *args, **kwargs)

    return call


class AsyncForexService:
    """Rates of one driver, of several in order, or of a lock, with `await`. Made by `aio.open()`.

    Its methods are those of `ForexService`. Any number of tasks may call them at once. A task that
    is cancelled, by a timeout say, returns at once. Its request still ends within the driver's own
    time limit, and the response is cached. A function given as `progress` is called in the event
    loop.
    """

    def __init__(self, service: ForexService) -> None:
        self.service: ForexService = service
        """The service without `await`, for `forexhooks.frames`, say."""
        self.drivers: tuple[str, ...] = service.drivers
        """The names of the drivers, in order of preference."""
        self.driver: str = service.driver
        """The name of the first driver."""

    @property
    def profile(self) -> Profile:
        """What the driver covers, what it needs, and what it asks of its users."""
        return self.service.profile

    @property
    def series(self) -> str | None:
        """The series that the service uses; None if the driver does not list several."""
        return self.service.series

    @property
    def rule(self) -> Rule | None:
        """The rule that computes the rates; None for a driver, for several, and for a lock."""
        return self.service.rule

    currencies: Final = _method(ForexService.currencies)
    currencies_or_errors: Final = _method(ForexService.currencies_or_errors)
    profiles: Final = _method(ForexService.profiles)
    get_rate: Final = _method(ForexService.get_rate)
    get_rates: Final = _method(ForexService.get_rates)
    get_history: Final = _method(ForexService.get_history)
    convert: Final = _method(ForexService.convert)
    get_table: Final = _method(ForexService.get_table)
    update: Final = _method(ForexService.update)
    rate_or_error: Final = _method(ForexService.rate_or_error)
    rates_or_errors: Final = _method(ForexService.rates_or_errors)
    quiet_history: Final = _method(ForexService.quiet_history)
    histories_or_errors: Final = _method(ForexService.histories_or_errors)
    check_code: Final = _method(ForexService.check_code)

    def __repr__(self) -> str:
        return f"<AsyncForexService of {', '.join(self.drivers)}>"


def open(  # noqa: A001 - as forexhooks.open
    *drivers: str,
    manager: ForexManager | None = None,
    refresh: Refresh | None = None,
    lock: str | os.PathLike[str] | None = None,
) -> AsyncForexService:
    """Open drivers, as `forexhooks.open` does. Do not await it: it uses no network.

    Args:
        *drivers: The names of the drivers, in order of preference.
        manager: Where to look them up; None: `forexhooks.plugin_manager()`.
        refresh: As for `forexhooks.open`.
        lock: The path of a lock to answer from.

    Returns:
        The service.

    Raises:
        ForexError: What `forexhooks.open` raises.
    """
    return AsyncForexService(opening.open(*drivers, manager=manager, refresh=refresh, lock=lock))


@asynccontextmanager
async def locking(
    path: str | os.PathLike[str],
    *drivers: str,
    update: bool = False,
    manager: ForexManager | None = None,
    refresh: Refresh | None = None,
) -> AsyncIterator[AsyncForexService]:
    """Record questions and answers in a lock, as `forexhooks.locking` does. Use it in `async with`.

    Args:
        path: The path of the lock.
        *drivers: The names of the drivers, in order of preference.
        update: Whether to add to a lock that exists.
        manager: Where to look up drivers; None: `forexhooks.plugin_manager()`.
        refresh: As for `forexhooks.locking`.

    Yields:
        The service whose answers are recorded.

    Raises:
        ForexError: What `forexhooks.locking` raises.
    """
    with opening.locking(
        path, *drivers, update=update, manager=manager, refresh=refresh
    ) as service:
        yield AsyncForexService(service)


compare: Final = _function(comparing.compare)
examine: Final = _function(doctor.examine)
drivers: Final = _function(opening.drivers)
rules: Final = _function(opening.rules)
load: Final = _function(opening.load)
unload: Final = _function(opening.unload)
