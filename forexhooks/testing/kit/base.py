"""What the kit's tests share: the driver on trial, and what it returns if nothing is wrong."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, NoReturn
from urllib.parse import urlencode

import pytest

from forexhooks.http import HttpDriver
from forexhooks.rates.rate import Observation
from forexhooks.testing import bodies
from forexhooks.testing.kit.time_limit import OutOfTime, TimeLimit
from forexhooks.testing.local_server import (
    Answer,
    Asked,
    ForexServer,
    Misbehave,
    Reply,
    reply,
    serving,
)
from forexhooks.testing.replay import Given, Recorded
from forexhooks.testing.trial import SPAN, Trial, evening_of, isolate, telling, without_warnings

_THE_LATEST = "test_the_latest_is_answered"
REWRITE = (
    "write a method rewrite(self, body, number, day) in the test class: it returns the body "
    "with number(text) for each number, such as 1.23, and day(date) for each day"
)

MOST_REQUESTS = 200
"""How many requests one test may take: a pager that never ends would run for ever."""

Sample = tuple[str, str, date | None, str]


class Known(NamedTuple):
    """What the driver returns if nothing is wrong; `problem` is the error it raised instead.

    `is_made` is False if it could not even be made and registered. `history` is what it returns
    for the days up to the newest, and `no_history` the error it raised instead.
    """

    today: date
    observations: tuple[Observation, ...] = ()
    bodies: tuple[bytes, ...] = ()
    asked: tuple[Asked, ...] = ()
    problem: BaseException | None = None
    is_made: bool = True
    unanswered: tuple[str, ...] = ()
    history: tuple[Observation, ...] = ()
    no_history: Exception | None = None

    @property
    def newest(self) -> date:
        """The day of the newest observation."""
        return max(each.on for each in self.observations)

    @property
    def start(self) -> date:
        """The first of the days whose history is asked for; the newest is the last."""
        return self.newest - SPAN


def without_rates(test: Any) -> Any:
    """Mark a test that makes sense even if a driver returns no rates at all."""
    test.without_rates = True
    return test


class Base:
    """The driver on trial is `self.it`; what it returns if nothing is wrong is `self.known`."""

    replies: ClassVar[Mapping[str, Given]] = {}
    today: ClassVar[date | None] = None
    samples: ClassVar[Sequence[Sample]] = ()
    pairs: ClassVar[Sequence[tuple[str, str]]] = ()
    currencies: ClassVar[Collection[str]] = ()
    reference: ClassVar[Mapping[str, object]] = {}
    requests_latest: ClassVar[int] = 1
    requests_history: ClassVar[int | None] = None
    whole_history: ClassVar[bool] = False
    time_limit: ClassVar[float] = 180.0
    expected_failures: ClassVar[Mapping[str, str]] = {}
    key: ClassVar[str] = "s3cret/K&y-0123456789"

    it: Trial
    known: Known

    def make_driver(self, server: ForexServer) -> object:
        """Make the driver to test. It asks `server.url` instead of its provider."""
        raise NotImplementedError(
            f"{type(self).__name__} needs a method make_driver(self, server) that returns the "
            "driver, made with base_url=server.url"
        )

    def answer(self, asked: Asked) -> Reply | Misbehave:
        """Respond to a request as the healthy provider does; by default from `replies`."""
        return self._recorded(asked)

    def rewrite(
        self, body: bytes, number: Callable[[str], str], day: Callable[[date], date]
    ) -> bytes:
        """Rewrite a recorded body with what `number` and `day` return for its numbers and days.

        Override it if the kit cannot read the format, such as a spreadsheet.
        """
        return bodies.rewritten(body, number, day)

    @pytest.fixture(autouse=True)
    def _fixture(
        self,
        request: pytest.FixtureRequest,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> Iterator[None]:
        for name, why in self.expected_failures.items():
            if name in (request.node.name, request.node.originalname):
                request.node.add_marker(pytest.mark.xfail(reason=why, strict=True))
        with self.on_trial(request.function, monkeypatch, tmp_path):
            yield

    @contextmanager
    def on_trial(self, test: Any, monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[None]:
        """In this context a test can run: there is a server, and the driver that asks it.

        Args:
            test: The test function.
            monkeypatch: Removes the user's settings, and restores them.
            folder: An empty folder for the driver's files.
        """
        kind: Any = type(self)
        if "_shared" not in vars(kind):
            isolate(monkeypatch, folder / "learning")
            limit, code = TimeLimit(self.time_limit), Base._learnt.__code__
            try:
                with limit.spent_by(_THE_LATEST, code, kind.__name__):
                    known = self._learnt()
            except OutOfTime as error:
                known = Known(date.min, problem=error, is_made=False)
            kind._shared = known, limit  # noqa: SLF001 - by all tests of the class
        self.known, limit = kind._shared  # noqa: SLF001
        isolate(monkeypatch, folder)
        if test.__name__ == _THE_LATEST:
            self._check_expected()
        elif not self.known.is_made:
            pytest.skip(f"it cannot be made and asked: see {_THE_LATEST}")
        elif self.known.problem is not None and not hasattr(test, "without_rates"):
            pytest.skip(f"it gives no rates: see {_THE_LATEST}")
        elif limit.ended_in is not None:
            pytest.skip(f"the {limit.seconds:g} s of all tests are over: see {limit.ended_in}")
        if not self.known.is_made:
            yield
            return
        with serving() as server:
            server.answer = self._counted(server, self.answer)
            self.it = self._made(server)
            spent = limit.spent_by(test.__name__, test.__code__, self.it.name)
            with evening_of(self.known.today, self.it.profile), spent:
                for need in getattr(test, "needs", ()):
                    why = need(self)
                    if why is not None:
                        pytest.skip(why)
                yield
            self.it.close()
            if server.problems:
                self.fail(
                    f"answer() raised {server.problems[0]}",
                    "return a reply to every request, with status 404 for what the provider lacks",
                )

    def _check_expected(self) -> None:
        for name, why in self.expected_failures.items():
            if not (why.strip() and hasattr(self, name.partition("[")[0])):
                self.fail(
                    f"expected_failures has {name!r}: {why!r}",
                    "give the name of a test of the kit, and why it fails",
                )

    @staticmethod
    def _counted(server: ForexServer, answer: Answer) -> Answer:
        """The provider's responses, with an end to a test that makes requests without end."""

        def counted(asked: Asked) -> Reply | Misbehave:
            if len(server.asked) > MOST_REQUESTS:
                return reply(f"more than {MOST_REQUESTS} requests: does a pager never end?", 404)
            return answer(asked)

        return counted

    def _made(self, server: ForexServer) -> Trial:
        self._recorded = Recorded(self.replies, Path(inspect.getfile(type(self))).parent)
        return Trial(self.make_driver(server), server)

    def _learnt(self) -> Known:
        """Ask for the latest rates, on the day on which the replies were recorded."""
        with serving() as server:
            bodies: list[bytes] = []

            def listened(asked: Asked) -> Reply | Misbehave:
                given = self._counted(server, self.answer)(asked)
                if isinstance(given, Reply) and given.status == 200:
                    bodies.append(given.content)
                return given

            server.answer = listened
            try:
                it = self._made(server)
            except Exception as error:  # noqa: BLE001 - a test says it
                return Known(date.min, problem=error, is_made=False)
            today = self.today or date.today()  # noqa: DTZ011 - any day will do until it is known
            clock = nullcontext() if self.today is None else evening_of(today, it.profile)
            try:
                if any(isinstance(pair, str) for pair in self.pairs):
                    raise TypeError(f"`pairs` is a list: [('USD', 'CAD')], not {self.pairs!r}")
                with clock, without_warnings():
                    observations = tuple(it.observations(self.pairs, self.currencies))
                if observations:
                    today = self.today or max(each.on for each in observations)
                    known = Known(today, observations, tuple(bodies), tuple(server.asked))
                    return self._with_history(known, it)
                problem: Exception = LookupError("no observation at all")
            except Exception as error:  # noqa: BLE001 - a test says it
                problem = error
            finally:
                it.close()
            asked, unanswered = tuple(server.asked), tuple(self._unanswered())
            return Known(today, asked=asked, problem=problem, unanswered=unanswered)

    def _with_history(self, known: Known, it: Trial) -> Known:
        """What is known, with whether there is a history, too."""
        profile, (_, base, quote, *_) = it.profile, telling(known.observations)
        if profile.latest_only:
            return known
        if profile.history_from is not None and profile.history_from > known.newest:
            problem = LookupError(
                f"it has rates of {known.newest}, but history_from in its profile is "
                f"{profile.history_from}: set it to the first day that the provider has"
            )
            return known._replace(problem=problem)
        try:
            with evening_of(known.today, profile), without_warnings():
                it.fx.get_history(base, quote, known.start, known.newest)
                days = known.start, known.newest
                history = it.observations(self.pairs, self.currencies, days)
        except Exception as error:  # noqa: BLE001 - a test says it
            return known._replace(no_history=error)
        return known._replace(history=tuple(history))

    def fail(self, what: str, advice: str) -> NoReturn:
        """Fail the test, and say what to change."""
        name = self.it.name if hasattr(self, "it") else type(self).__name__
        if len(self.known.asked) > MOST_REQUESTS:
            advice = "end the pager where a page is empty, or the last"
        missing = list(dict.fromkeys([*self.known.unanswered, *self._unanswered()]))
        if missing:
            advice += f"; or is a reply missing? There is none for {', '.join(missing[:3])}"
        # Not pytest.fail(), which would also show the exception behind it.
        raise pytest.fail.Exception(f"{name}: {what}\n  → {advice}", pytrace=False) from None

    def missing(self) -> str:
        """The first few requests that have no reply."""
        return ", ".join(self._unanswered()[:3]) or "replies for those days"

    def _unanswered(self) -> list[str]:
        return self._recorded.unanswered if hasattr(self, "_recorded") else []

    @property
    def codes(self) -> list[str]:
        """A few of the observed codes, those with the most observations first."""
        codes = [code for each in self.known.observations for code in (each.base, each.quote)]
        return sorted(set(codes), key=lambda code: (-codes.count(code), code))[:6]

    @property
    def observation(self) -> Observation:
        """The observation to ask for again: the one with the most digits."""
        return telling(self.known.observations)

    @property
    def pair(self) -> tuple[str, str]:
        """The base and quote of that observation."""
        return self.observation.base, self.observation.quote

    def numbers(self) -> list[str]:
        """The numbers in the responses as they are written, with a point."""
        return [
            number for body in self.known.bodies for number in bodies.numbers_in(body, self.rewrite)
        ]

    @staticmethod
    def _texts(asked: Asked) -> list[str]:
        return [
            *asked.query.values(),
            *asked.headers.values(),
            asked.path,
            asked.content.decode(errors="replace"),
        ]

    def hurry(self, seconds: float) -> bool:
        """Give the driver a time limit, if it can have one; return whether it can."""
        is_http = isinstance(self.it.plugin, HttpDriver)
        if is_http:
            self.it.plugin.http.time_limit = seconds
        return is_http


def digits_of(text: str) -> str:
    """All digits and letters, for searching in what was published."""
    return re.sub(r"[.,]", "", text)


def shown(asked: Sequence[Asked]) -> str:
    """The first few of the requests, as a string."""
    texts = [each.path + (f"?{urlencode(each.query)}" if each.query else "") for each in asked]
    return ", ".join(list(dict.fromkeys(texts))[:3])
