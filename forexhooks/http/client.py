"""HttpClient: one provider over HTTP, bounded, cached, with its faults as typed errors.

One class, as a session of requests is: `fetch`, and the way that each request takes through it.
What it needs is in `connections`, `cache`, `request`, `provider_errors` and `question_budget`.
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
from forexhooks.support.context import how, note_contact
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
"""Seconds that a question may take, unless told otherwise: with retries, redirects and bodies."""

MOST_BYTES = 32 * 1024 * 1024
"""How large a body may be, after decompression."""

LISTED_FOR = 24 * 60 * 60
"""Seconds that a list of codes is kept: what is not in it is not asked for."""

_LOOKED_UP_WITHIN = 0.5
_READ_WITHIN = 1.0  # seconds, at the least
_KEPT_FOR = 30.0


class HttpClient(ProviderErrors):
    """One provider over HTTP: bounded, cached, with its faults as typed errors.

    `driver` and `profile` are those of the driver it serves, `base_url` the address that paths
    are appended to, `own_host` whether no other host may be asked, by a redirect either.
    `time_limit` is in seconds for all requests of a question. `beside` is the client of another
    host of the same driver, which has part in the same questions. May be shared by threads.
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
        # The provider's limits are not those of another host.
        limits = () if own_host else profile.request_limits
        self._limits = RequestLimits(driver, limits) if limits else None
        self.own_host: bool = own_host
        self.transport: Transport | None = None
        """What carries each request in the place of the network; None: the network."""
        self.sign: Sign | None = None
        """What gives the headers that each request is signed with, as it is sent."""
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
        """A text to write where the key belongs, in `params` or `headers`.

        The key takes its place in the bytes sent and nowhere else: no log, error or cache has it.
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
        """Get `base_url` + `path` and return what `parse` makes of it.

        `method="POST"` sends `content`, text as UTF-8; say what it is in `headers`. An answer to it
        is kept as any other is, by its address and content: it is for questions, and may be sent
        again where it fails.

        `end` is the last day that was asked for: what is a week past is kept for good, the latest
        (None) for the profile's time to live; with `revalidate` the provider is asked in any case,
        and a kept answer is used only where it says that nothing has changed. `also` are statuses
        besides 200 that `parse` understands; for an answer that is not what was promised it raises
        `ValueError`, or an error of this package. A body that was parsed is not parsed again.
        Parsing counts for the time limit.

        Raises `AuthenticationError` (401, 403), `QuotaError` (429), `TransientError` (no
        connection, no answer in time, 5xx), `MalformedResponseError`, `DriverError`.
        """
        address = self.base_url + path
        if params:
            address += ("&" if "?" in path else "?") + urlencode(params, safe=",:+")
        deadline = monotonic() + self._within(time_limit)
        body = content.encode() if isinstance(content, str) else content
        question = Request(address, {**self._authorization, **(headers or {})}, method, body)
        answer = self._answer(question, end, time_limit, progress, revalidate=revalidate)
        self._questions.got(answer)
        # A kept answer may have come after all the time was spent on asking for another.
        deadline = max(deadline, monotonic() + _READ_WITHIN)
        reply = _reply(answer)
        failure: ForexError
        try:
            if reply.status != 200 and reply.status not in also:
                raise self.refusal(reply, address)
            with reading_until(deadline):
                parsed = self._parsed.get((address, body), reply, parse)
            if parsed is None or (isinstance(parsed, Sized) and not len(parsed)):
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
        """The body of the last answer to the question under way."""
        budget = self._questions.budget
        return budget.answers[-1].content if budget is not None and budget.answers else None

    @contextmanager
    def question(self) -> Iterator[list[AnyResponse]]:
        """Within it all requests have one time limit, and an error makes forget what they got.

        It gives the answers so far.
        """
        with self._questions.begun(self.time_limit) as budget:
            try:
                yield budget.answers
            except Exception:
                self.forget(budget.answers)
                raise

    def without_rates(self) -> set[tuple[object, ...]]:
        """What the question under way has asked for that there was nothing of; to be added to."""
        budget = self._questions.budget
        return set() if budget is None else budget.without_rates

    def go_on(self) -> None:
        """Give the question under way its time limit anew: it has come a part of its way."""
        if self._questions.budget is not None:
            self._questions.budget.deadline = monotonic() + self.time_limit

    def forget(self, answers: Iterable[AnyResponse]) -> None:
        """Keep these answers no longer: they are worth nothing."""
        for answer in answers:
            self._connected().forget(answer)

    def doubt(self, answers: Iterable[AnyResponse]) -> None:
        """Keep these answers no longer than the latest: that nothing is there may be a fault."""
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
                # It says which codes there are; as rates it is worth nothing from now on.
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
                raise fault from None  # its text may have the key
        self._breaker.report(fault)
        failure = None if anew or first_hand else self._breaker.open()
        kept = None if failure is None else self._kept(question, failure)
        if kept is None:
            raise fault from None
        log().warning("%s; its response from before is used", fault)
        return kept

    def _kept(self, question: Request, failure: Failure | None) -> AnyResponse | None:
        """What was kept of the question, however old, as its provider is not asked."""
        kept = self._connected().kept(self._attempt(question, None))
        if kept is not None:
            self._questions.is_second_hand(
                SecondHand("the network is switched off", _KEPT_FOR)
                if failure is None
                else SecondHand(in_short(failure.error), failure.remaining())
            )
        return kept

    def second_hand(self) -> SecondHand | None:
        """Why the question under way was answered by what was kept; None where it was not."""
        budget = self._questions.budget
        return None if budget is None else budget.second_hand

    def _within(self, time_limit: float | None) -> float:
        """Seconds that one answer may take: what it is given, and what is left of the question."""
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
        """An attempt to ask; where `revalidate` is None, to find what is kept."""
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
            # A fork: connections and the file of kept answers are the parent's.
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
