"""HttpClient: one provider over HTTP, with limits, a cache, and typed errors.

It is one class, as a session of requests is: `fetch`, and what happens to each request on its way.
It uses `connections`, `cache`, `request`, `provider_errors` and `question_budget`.
"""

from __future__ import annotations

import os
import threading
from base64 import b64decode
from collections.abc import Collection, Iterator, Mapping, Sized
from contextlib import contextmanager
from datetime import date, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Literal, TypeVar
from urllib.parse import urlencode

from forexhooks.errors import (
    DriverError,
    ForexError,
    QuotaError,
    TransientError,
    in_short,
)
from forexhooks.http.api_keys import Keys
from forexhooks.http.deadline import OutOfTimeError, reading_until
from forexhooks.http.parsed_replies import ParsedReplies
from forexhooks.http.provider_errors import ProviderErrors
from forexhooks.http.question_budget import Questions
from forexhooks.http.replies import Reply
from forexhooks.http.request import Request, Sign, Transport
from forexhooks.http.request_limits import RequestLimits
from forexhooks.plugins.breaker import Breaker
from forexhooks.plugins.table_cache import SecondHand
from forexhooks.support.context import collecting_unread, how, note_contact
from forexhooks.support.logs import log
from forexhooks.support.outside import raise_from_outside
from forexhooks.support.settings import read_settings, without_user

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from requests_cache import AnyResponse

    from forexhooks.http.session import Attempt, Wire
    from forexhooks.plugins.breaker import Failure
    from forexhooks.rates.profile import Profile
    from forexhooks.support.context import Progress

T = TypeVar("T")

TIME_LIMIT = 10.0
"""How many seconds a question may take by default, with retries, redirects and bodies."""

MOST_BYTES = 32 * 1024 * 1024
"""How many bytes a body may have after decompression."""

LISTED_FOR = 24 * 60 * 60
"""Seconds that a list of codes is cached; codes that are not in it are not requested."""

_LOOKED_UP_WITHIN = 0.5
_READ_WITHIN = 1.0  # seconds, at the least
_KEPT_FOR = 30.0


class HttpClient(ProviderErrors):
    """One provider over HTTP, with limits, a cache, and typed errors. Threads may share it.

    Args:
        driver: The name of the driver it serves.
        profile: The driver's profile.
        base_url: The address that paths are appended to.
        own_host: Whether redirects to other hosts are refused.
        time_limit: How many seconds all requests of a question may take.
        beside: The client of another host of the same driver, which shares the same questions.
    """

    def __init__(
        self,
        driver: str,
        profile: Profile,
        base_url: str,
        *,
        own_host: bool = False,
        time_limit: float = TIME_LIMIT,
        beside: HttpClient | None = None,
    ) -> None:
        address, user = without_user(base_url)
        self.base_url: str = address
        """The address that paths are appended to, without a user and password."""
        # Another host does not have the provider's limits.
        limits = () if own_host else profile.request_limits
        self._limits = RequestLimits(driver, limits) if limits else None
        self.own_host: bool = own_host
        self.transport: Transport | None = None
        """Carries each request instead of the network; None: use the network."""
        self.sign: Sign | None = None
        """Returns the headers that sign each request when it is sent."""
        self.time_limit: float = time_limit
        super().__init__(driver, profile, Keys())
        self._authorization = {}
        if user is not None:
            name_and_password = b64decode(user).decode()
            name, _, password = name_and_password.partition(":")
            self._authorization["Authorization"] = self._keys.hide(
                "user", f"Basic {user}", (user, name_and_password, password, name)
            )
        self._breaker = Breaker()
        self._wire: Wire | None = None
        self._making = threading.Lock()
        self._process = os.getpid()
        self._questions: Questions = (
            Questions() if beside is None else beside._questions  # noqa: SLF001 - its own kind
        )
        self._parsed = ParsedReplies()

    def hide(self, name: str, key: str) -> str:
        """Return a placeholder to put in `params` or `headers` where the user's key belongs.

        The key itself is in the bytes sent only, never in a log, an error or a cache.

        Args:
            name: A name for the key, such as that of its setting.
            key: The key.

        Returns:
            The placeholder.
        """
        return self._keys.hide(name, key)

    def fetch(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        parse: Callable[[Reply], T],
        end: date | None = None,
        also: Collection[int] = (),
        headers: Mapping[str, str] | None = None,
        method: Literal["GET", "POST"] = "GET",
        content: str | bytes | None = None,
        time_limit: float | None = None,
        progress: Progress | None = None,
        revalidate: bool = False,
    ) -> T:
        """Request `base_url` + `path` and return what `parse` makes of the response.

        Parsing counts towards the time limit. A body that was parsed before is not parsed again.
        Use POST for questions only: its responses are cached by address and content, and a request
        that failed may be sent again.

        Args:
            path: The path, appended to `base_url`.
            params: Query parameters.
            parse: Makes the result of a response. It raises `ValueError`, or an error of this
                package, if the response is malformed.
            end: The last day that was asked for. If it is more than a week ago, the response is
                cached for good. None: the latest rates, cached for the profile's time to live.
            also: Statuses besides 200 that `parse` handles.
            headers: Headers of the request.
            method: `"GET"`, or `"POST"` to send `content`.
            content: The body to send; a string is sent as UTF-8. Give its type in `headers`.
            time_limit: How many seconds this request may take; None: as long as the question.
            progress: Called with the bytes received and their total.
            revalidate: Ask the provider even if the response is cached; the cached one is used only
                if the provider says that nothing has changed.

        Returns:
            What `parse` returned.

        Raises:
            AuthenticationError: The status is 401 or 403.
            QuotaError: The status is 429: a limit was reached.
            TransientError: There was no connection, no response in time, or a status of 5xx.
            MalformedResponseError: `parse` failed.
            DriverError: The provider refused for another reason, or the network is switched off.
        """
        address = self.base_url + path
        if params:
            address += ("&" if "?" in path else "?") + urlencode(params, safe=",:+")
        deadline = monotonic() + self._within(time_limit)
        body = content.encode() if isinstance(content, str) else content
        question = Request(address, {**self._authorization, **(headers or {})}, method, body)
        answer = self._answer(question, end, time_limit, progress, revalidate=revalidate)
        self._questions.got(answer)
        # A cached response may be used after all the time was spent on asking the provider.
        deadline = max(deadline, monotonic() + _READ_WITHIN)
        reply = _reply(answer)
        failure: ForexError
        try:
            if reply.status != 200 and reply.status not in also:
                raise self.refusal(reply, address)
            with reading_until(deadline), collecting_unread() as unread:
                parsed = self._parsed.get((address, body), reply, parse)
            if unread:
                self._parsed.forget((address, body))  # each reading says so anew
                self.unread().update(unread)
            if unread or parsed is None or (isinstance(parsed, Sized) and not len(parsed)):
                self.doubt([answer])
            return parsed
        except ForexError:
            self.forget([answer])
            raise
        except OutOfTimeError as error:
            self.forget([answer])
            failure = self._fault(error, address, None)
        except Exception as error:  # noqa: BLE001 - raised again below, in our words
            raise_from_outside(error)
            self.forget([answer])
            failure = self.malformed(address, error, f": {self.excerpt(reply)}")
        raise failure

    def last_content(self) -> bytes | None:
        """Return the body of the last response to the current question.

        Returns:
            The body; None: there was no response yet.
        """
        budget = self._questions.budget
        return budget.answers[-1].content if budget is not None and budget.answers else None

    @property
    def rows_read(self) -> int | None:
        """How many rows responses had in this thread, bad ones included, since it was None.

        None: no response was read row by row.
        """
        return self._questions.rows_read

    @rows_read.setter
    def rows_read(self, rows: int | None) -> None:
        self._questions.rows_read = rows

    @contextmanager
    def question(self) -> Iterator[list[AnyResponse]]:
        """In this context all requests share one time limit. On error, drop the cached responses.

        Yields:
            The responses so far.
        """
        with self._questions.begun(self.time_limit) as budget:
            try:
                yield budget.answers
            except Exception:
                self.forget(budget.answers)
                raise

    def without_rates(self) -> set[tuple[object, ...]]:
        """Requests of the current question that had no rates.

        Returns:
            The set, for you to add to.
        """
        budget = self._questions.budget
        return set() if budget is None else budget.without_rates

    def unread(self) -> set[str]:
        """Currencies for which a response to the current question has rows that cannot be read.

        Returns:
            The set, for you to add to.
        """
        budget = self._questions.budget
        return set() if budget is None else budget.unread

    @contextmanager
    def postponing(self) -> Iterator[list[DriverError]]:
        """In this context, of the current question, a response without rates need not be a fault.

        Yields:
            The errors for such responses so far: to raise if no response has any rates.
        """
        budget, faults = self._questions.budget, list[DriverError]()
        if budget is not None:
            budget.postponed = faults
        try:
            yield faults
        finally:
            if budget is not None:
                budget.postponed = None

    def postponed(self) -> list[DriverError]:
        """Return the errors that are postponed, to add to: see `postponing`.

        Returns:
            The errors. Outside of `postponing`, what is added to them has no effect.
        """
        budget = self._questions.budget
        return [] if budget is None or budget.postponed is None else budget.postponed

    def go_on(self) -> None:
        """Start the time limit of the current question anew, as part of its work is done."""
        if self._questions.budget is not None:
            self._questions.budget.deadline = monotonic() + self.time_limit

    def forget(self, answers: Iterable[AnyResponse]) -> None:
        """Remove responses from the cache, as they are useless.

        Args:
            answers: The responses.
        """
        for answer in answers:
            self._connected().forget(answer)

    def doubt(self, answers: Iterable[AnyResponse]) -> None:
        """Cache responses no longer than the latest rates: what they lack may be a mistake.

        Args:
            answers: The responses.
        """
        for answer in answers:
            self._connected().keep_for(answer, self._profile.time_to_live.total_seconds())

    def _answer(
        self,
        question: Request,
        end: date | None,
        time_limit: float | None,
        progress: Progress | None,
        *,
        revalidate: bool,
    ) -> AnyResponse:
        from forexhooks.http.session import FAULTS_THAT_MAY_PASS

        wire = self._connected()
        anew, first_hand = revalidate or how().anew, how().first_hand
        is_offline = how().offline or read_settings().offline
        if how().listing and not anew:
            listed = self._connected().kept(self._attempt(question, None), stale_by=LISTED_FOR)
            if listed is not None:
                # It is good for the list of codes, but not for rates from now on.
                self._questions.is_second_hand(SecondHand("its codes alone were asked for", 0))
                return listed
        failure = None if anew or first_hand else self._breaker.open()
        if not anew and not how().listing and (is_offline or failure is not None):
            kept = self._kept(question, failure)
            if kept is not None:
                return kept
        if is_offline:
            raise DriverError(
                f"{self._driver}: the network is switched off: leave out --offline, or unset "
                "FOREXHOOKS_OFFLINE and the setting offline",
                driver=self._driver,
            )
        fault: ForexError
        attempt = self._attempt(question, end, time_limit, progress, revalidate=anew)
        try:
            answer = wire.get(attempt)
            if answer.status_code not in FAULTS_THAT_MAY_PASS:
                self._breaker.report(None)
                note_contact(self._driver, attempt.moved)
                return answer
            fault = self.refusal(_reply(answer), question.url)
        except Exception as error:  # noqa: BLE001 - raised again below, in our words
            raise_from_outside(error)
            fault = self._fault(error, question.url, attempt.proxy)
            if not isinstance(fault, TransientError | QuotaError):
                raise fault from None  # its message may contain the key
        self._breaker.report(fault)
        failure = None if anew or first_hand else self._breaker.open()
        kept = None if failure is None else self._kept(question, failure)
        if kept is None:
            raise fault from None
        log().warning("%s; its response from before is used", fault)
        return kept

    def _kept(self, question: Request, failure: Failure | None) -> AnyResponse | None:
        """The cached response to a request, however old, as the provider is not asked."""
        kept = self._connected().kept(self._attempt(question, None))
        if kept is not None:
            self._questions.is_second_hand(
                SecondHand("the network is switched off", _KEPT_FOR)
                if failure is None
                else SecondHand(in_short(failure.error), failure.remaining())
            )
        return kept

    def second_hand(self) -> SecondHand | None:
        """Return why the current question was answered from the cache, without the provider.

        Returns:
            The reason; None: the provider was asked.
        """
        budget = self._questions.budget
        return None if budget is None else budget.second_hand

    def _within(self, time_limit: float | None) -> float:
        """How many seconds a response may take: its own limit, or the rest of the question's."""
        within = self.time_limit if time_limit is None else time_limit
        return min(within, self._questions.seconds_left())

    def _attempt(
        self,
        question: Request,
        end: date | None,
        time_limit: float | None = None,
        progress: Progress | None = None,
        *,
        revalidate: bool | None = None,
    ) -> Attempt:
        """An attempt at a request; if `revalidate` is None, only to look it up in the cache."""
        from forexhooks.http.session import Attempt

        profile = self._profile
        is_past = end is not None and end < profile.today() - profile.corrected_within
        time_to_live = timedelta(0) if revalidate else self._profile.time_to_live
        within = _LOOKED_UP_WITHIN
        if revalidate is not None:
            within = self._within(time_limit)
        return Attempt(
            question,
            within=within,
            most_bytes=MOST_BYTES,
            keep=None if is_past and not revalidate else time_to_live.total_seconds(),
            last_day=end,
            keys=self._keys,
            own_host=self.own_host,
            transport=self.transport,
            sign=self.sign,
            limits=self._limits,
            progress=progress,
            may_send=revalidate is not None,
        )

    def _connected(self) -> Wire:
        if self._process != os.getpid():
            # After a fork, connections and the cache file are the parent's.
            self._wire, self._making, self._process = None, threading.Lock(), os.getpid()
            self._parsed = ParsedReplies()
        with self._making:
            if self._wire is None:
                from importlib.metadata import version

                from forexhooks.http.cache import path_of
                from forexhooks.http.session import Wire

                self._wire = Wire(
                    f"forexhooks/{version('forexhooks')} (driver {self._driver})",
                    path_of(self._driver),
                )
            return self._wire

    def close(self) -> None:
        """Close the connections."""
        with self._making:
            if self._wire is not None:
                self._wire.close()
                self._wire = None


def _reply(answer: AnyResponse) -> Reply:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(answer.status_code, headers, answer.content or b"")
