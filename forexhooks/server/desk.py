"""Asks the routes' questions: in threads, within a time limit, equal questions only once."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import weakref
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import forexhooks
from forexhooks.plugins.breaker import bare
from forexhooks.server.answer import SHORTLY, Answer
from forexhooks.server.held import HeldManager
from forexhooks.server.limiter import MOST_OF_A_DRIVER, DriverLimiter, TooSlowError
from forexhooks.server.problems import status_of
from forexhooks.server.threads import DaemonThreads
from forexhooks.service.fallback import FallbackService
from forexhooks.support.context import limited_by

if TYPE_CHECKING:
    from datetime import date

    from forexhooks import ForexManager, ForexService, Rate
    from forexhooks.runtime import Event
    from forexhooks.server.metrics import Metrics
    from forexhooks.service.compare import Compared
    from forexhooks.support.settings import Refresh

log: logging.Logger = logging.getLogger("forexhooks.server")

MOST_THREADS = 64 * MOST_OF_A_DRIVER
"""How many threads there are at most: enough even if no provider responds."""

FRESH_FOR = 1.0
"""Seconds for which a question gets the same answer; after that, swaps and updates show."""

_MOST_KEPT = 2_000
_LOOK_AGAIN = 60.0
"""Seconds after which the server looks again for a driver that is gone, if no plugin changed."""
_LOG_EVERY = 60.0
"""Seconds after which a driver that keeps failing is logged again."""
_LARGEST_KEPT = 64_000

# A question for more rates than this is large: thirty years of thirty currencies are 200,000 rates,
# a few seconds and 100 MB.
_LARGE = 20_000
_LARGE_AT_ONCE = 2
_LARGE_WAITING = 6  # each takes a thread, and other questions need threads, too

Asked = Callable[[], Answer]
_Gone = tuple[Callable[[], object], float, dict[str, forexhooks.ForexError]]


class Desk:
    """Opens services for the routes, and asks them in threads.

    Args:
        manager: Where to look up drivers.
        drivers: The drivers to ask, in order, if a question names none.
        refresh: What to do if a store is not up to date, as for `forexhooks.open`.
        time_limit: How many seconds a question may take.
    """

    def __init__(
        self,
        manager: ForexManager,
        drivers: Sequence[str] = (),
        *,
        refresh: Refresh = "background",
        time_limit: float = 30.0,
    ) -> None:
        self.manager = manager
        self.drivers: tuple[str, ...] = tuple(drivers)
        """The drivers to ask if a question names none."""
        self.refresh: Refresh = refresh
        self.time_limit = time_limit
        self.metrics: Metrics | None = None
        """Counts answers and failures."""
        self.events: deque[Event] = deque(maxlen=50)
        """The last events in the watched folder."""
        self._threads = DaemonThreads(MOST_THREADS)
        self._limiter = DriverLimiter()
        self._kept: OrderedDict[object, tuple[float, Answer]] = OrderedDict()
        self._large = threading.BoundedSemaphore(_LARGE_AT_ONCE)
        self._may_wait = threading.BoundedSemaphore(_LARGE_AT_ONCE + _LARGE_WAITING)
        self._flights: dict[object, asyncio.Future[Answer]] = {}
        self._here = threading.local()
        self._gone: _Gone = (lambda: None, 0.0, {})
        self._log_again: dict[tuple[str, str], float] = {}

    def open(self, drivers: Sequence[str] = ()) -> ForexService:
        """The service of these drivers, by default of the server's.

        During a question it uses the versions of drivers that existed when the question began.
        """
        manager = getattr(self._here, "manager", self.manager)
        names = drivers or self.drivers
        if drivers or len(names) < 2:
            return forexhooks.open(*names, manager=manager, refresh=self.refresh)
        looked_in, until, gone = self._gone
        if looked_in() is not manager.catalog or time.monotonic() >= until:
            try:
                return forexhooks.open(*names, manager=manager, refresh=self.refresh)
            except forexhooks.PluginError:
                # Finding out costs more than asking, so the result is kept until a plugin changes.
                gone = self._look_for_gone(manager)
                self._gone = weakref.ref(manager.catalog), time.monotonic() + _LOOK_AGAIN, gone
        # One of the server's own is gone, or cannot be used: the others answer, and say so.
        return FallbackService(manager, names, refresh=self.refresh, unusable=gone)

    def _look_for_gone(self, manager: ForexManager) -> dict[str, forexhooks.ForexError]:
        """The server's drivers that cannot be opened. Raises if none can."""
        gone: dict[str, forexhooks.ForexError] = {}
        for name in self.drivers:
            try:
                forexhooks.open(name, manager=manager, refresh=self.refresh)
            except forexhooks.ForexError as error:
                gone[name] = bare(error)
        if len(gone) == len(self.drivers):
            raise next(iter(gone.values()))
        return gone

    def happened(self, event: Event) -> None:
        """Note an event in the watched folder."""
        log.log(logging.INFO if event.reason is None else logging.WARNING, "%s", event)
        self.events.append(event)
        if self.metrics is not None:
            self.metrics.happened(event)

    def count(self, rate: Rate | forexhooks.ForexError) -> None:
        """Count an answer for the metrics."""
        if isinstance(rate, forexhooks.Rate):
            if self.metrics is not None:
                self.metrics.answered(rate.driver)
                getattr(self._here, "asked", set[str]()).add(rate.driver)
            failures = rate.failures
        elif isinstance(rate, forexhooks.NoDriverAnsweredError):
            failures = tuple(rate.failures.items())
        else:
            failures = ((getattr(rate, "driver", None) or "none", rate),)
        for driver, error in failures:
            self.count_failure(driver, error)

    def count_failure(self, driver: str, error: forexhooks.ForexError) -> None:
        """Count a driver that was asked and failed."""
        key = driver, type(error).__name__
        now = time.monotonic()
        if status_of(error) >= 500 and now >= self._log_again.get(key, now):
            self._log_again[key] = now + _LOG_EVERY
            log.warning("%s: %s: %s", *key, error)
        if self.metrics is not None:
            self.metrics.failed(driver, error)
            getattr(self._here, "asked", set[str]()).add(driver)

    def compared(
        self, base: str, quote: str, on: date | None, drivers: Sequence[str]
    ) -> list[Compared]:
        """The rates of these drivers for a pair, as `forexhooks.compare` returns them."""
        rows = forexhooks.compare(
            base, quote, on, drivers=drivers, manager=self.manager, refresh=self.refresh
        )
        for row in rows:
            if row.rate is not None:
                self.count(row.rate)
            elif row.error is not None:  # which need not name the driver
                self.count_failure(row.driver, row.error)
            if self.metrics is not None:
                self.metrics.took(row.driver, row.seconds)
        getattr(self._here, "asked", set[str]()).clear()  # each question is timed separately
        return rows

    @contextmanager
    def slot(self, rates: int) -> Iterator[None]:
        """A context to ask for so many rates in: only a few large questions run at a time.

        Raises:
            TooSlowError: Too many are waiting, or none has finished within the time limit.
        """
        if rates <= _LARGE:
            yield
            return
        is_waiting = self._may_wait.acquire(blocking=False)
        try:
            if not (is_waiting and self._large.acquire(timeout=self.time_limit)):
                raise TooSlowError(
                    "the server is busy with other large questions: ask again, or for less",
                    retry_after=5.0,
                )
            try:
                yield
            finally:
                self._large.release()
        finally:
            if is_waiting:
                self._may_wait.release()

    async def answer(self, question: object, ask: Asked) -> Answer:
        """The answer to a question; the same for all who ask it within a second.

        Args:
            question: What is asked, as a key.
            ask: Asks it; called in a thread.

        Returns:
            What `ask` returned.

        Raises:
            TooSlowError: It took longer than the time limit.
            Exception: What `ask` raised.
        """
        kept = self._kept.get(question)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]
        flight = self._flights.get(question)
        if flight is None:
            flight = asyncio.ensure_future(self._asked(question, ask))
            self._flights[question] = flight
            flight.add_done_callback(lambda _: self._flights.pop(question, None))
        try:
            return await asyncio.shield(flight)  # others may wait for it after this caller has left
        except asyncio.CancelledError:
            if not flight.cancelled():
                raise
            raise TooSlowError("the server is shutting down: ask again", retry_after=5.0) from None

    async def in_thread(self, ask: Callable[[], Answer]) -> Answer:
        """Call `ask` in a thread. Raises what it raises, or `TooSlowError` after too long."""
        asked = asyncio.get_running_loop().run_in_executor(self._threads, self._held, ask)
        try:
            return await asyncio.wait_for(asyncio.shield(asked), self.time_limit)
        except TimeoutError:
            with suppress(Exception):
                asked.add_done_callback(lambda done: done.cancelled() or done.exception())
            raise TooSlowError(
                f"no answer within {self.time_limit:g} s: ask for fewer days or currencies",
                retry_after=self.time_limit,
            ) from None

    def _held(self, ask: Asked) -> Answer:
        """Ask with the current drivers: an answer never mixes two versions of one."""
        here = self._here
        here.manager, here.asked = HeldManager(self.manager), set()
        began = time.perf_counter()
        try:
            with limited_by(self._limiter.place):
                return ask()
        finally:
            here.manager.let_go()
            if self.metrics is not None:
                for driver in here.asked:
                    self.metrics.took(driver, time.perf_counter() - began)
            del here.manager, here.asked

    async def _asked(self, question: object, ask: Asked) -> Answer:
        answer = await self.in_thread(ask)
        is_kept = answer.headers.get("cache-control") in (None, SHORTLY)
        if len(answer.body) <= _LARGEST_KEPT and is_kept:
            self._kept[question] = time.monotonic() + FRESH_FOR, answer
            self._kept.move_to_end(question)
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        return answer

    def give_up(self) -> None:
        """Respond with 503 to all questions in progress: the server is shutting down."""
        for flight in list(self._flights.values()):
            flight.cancel()

    def close(self) -> None:
        """Accept no more questions; those in progress end by themselves."""
        self._threads.shutdown()
