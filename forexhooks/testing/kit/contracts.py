"""What the hooks promise: names, profile, currencies, threads, closing."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from forexhooks.currencies import CODES
from forexhooks.errors import (
    ForexError,
    RateError,
    UnknownDriverError,
    UnsupportedPairError,
)
from forexhooks.rates.profile import Profile
from forexhooks.testing.kit.base import Base, without_rates
from forexhooks.testing.kit.time_limit import OutOfTime

if TYPE_CHECKING:
    from forexhooks.testing.trial import Trial

_SUBCLASS = "a subclass of Driver has it right"
_OTHERS = ("someone_else", "")


def _at_once(threads: int, ask: Callable[[int], object]) -> list[object]:
    """What so many threads return; they end with the program, even those that hang."""
    answers: list[object] = [None] * threads

    def run(number: int) -> None:
        answers[number] = ask(number)

    running = [Thread(target=run, args=(number,), daemon=True) for number in range(threads)]
    for each in running:
        each.start()
    for each in running:
        each.join()
    return answers


class Contracts(Base):
    """What the hooks promise."""

    @without_rates
    def test_the_latest_is_answered(self) -> None:
        problem = self.known.problem
        if isinstance(problem, OutOfTime):
            raise problem
        if problem is not None:
            if isinstance(problem, ForexError):
                said = str(problem)
            else:
                said = f"{type(problem).__name__}: {problem}"
            if not self.known.is_made:
                self.fail(
                    f"it cannot be made and registered: {said}",
                    "return from make_driver(self, server) an instance of a Driver, made with "
                    "base_url=server.url, or a module with hooks",
                )
            self.fail(
                f"asked for the latest rate, it gave {said}",
                "check observations() with the body that the provider sends: each value has the "
                "day in its row, not the clock's; set `today` if the driver asks for days, and "
                "`pairs` if it has no tables",
            )

    @without_rates
    @pytest.mark.parametrize(
        "hook", ["forex_get_rate", "forex_get_table", "forex_currencies", "forex_driver_profile"]
    )
    def test_it_answers_to_its_own_name_only(self, hook: str) -> None:
        base, quote = ("USD", "CAD") if self.known.problem else self.pair
        of_hook: dict[str, dict[str, Any]] = {
            "forex_get_rate": {"base": base, "quote": quote, "on": None, "max_gap": None},
            "forex_get_table": {"currencies": {base, quote}, "start": None, "end": None},
        }
        arguments = of_hook.get(hook, {})
        for other in (*_OTHERS, self.it.name.swapcase()):
            try:
                answer = getattr(self.it.hook, hook)(driver=other, **arguments)
            except Exception as error:  # noqa: BLE001 - any is wrong
                answer = error
            if answer is not None or self.it.server.asked:
                self.fail(
                    f"asked for the driver {other!r}, {hook} returned {answer!r}",
                    f"return None unless driver == {self.it.name!r}: {_SUBCLASS}",
                )

    @without_rates
    def test_the_profile_says_what_users_need_to_know(self) -> None:
        profile = self.it.hook.forex_driver_profile(driver=self.it.name)
        if not isinstance(profile, Profile):
            self.fail(
                f"forex_driver_profile returned {profile!r}",
                "return a Profile with at least a title",
            )
        wrong = [f"it has no {field}" for field in ("title", "url", "publishes")
                 if not getattr(profile, field)]  # fmt: skip
        if profile.url and not profile.url.startswith("https://"):
            wrong.append(f"its url {profile.url!r} is no https address")
        if profile.latest_only and profile.history_from is not None:
            wrong.append("latest_only and history_from contradict each other")
        try:
            ZoneInfo(profile.zone)
            profile.max_gap  # noqa: B018 - raises for a frequency that is none
        except (ZoneInfoNotFoundError, ValueError) as error:
            wrong.append(str(error))
        if wrong:
            self.fail(f"its profile: {'; '.join(wrong)}", "correct the driver's profile")

    def test_currencies_are_listed(self) -> None:
        listed = self.it.fx.currencies()
        observed = set(self.codes)
        if not observed <= listed:
            self.fail(
                f"forex_currencies lacks {', '.join(sorted(observed - listed))}, but it has rates "
                "for it",
                f"list every code that it knows: {_SUBCLASS}",
            )
        odd = [code for code in listed if not isinstance(code, str) or code != code.upper()]
        if odd:
            self.fail(f"forex_currencies lists {odd[:3]}", "list codes in upper case")

    def test_a_currency_that_it_lacks(self) -> None:
        listed = self.it.fx.currencies()
        lacking = [code for code in sorted(CODES) if code not in listed]
        if not lacking:
            return
        known = self.codes[0]
        for base, quote in ((lacking[0], known), (known, lacking[0])):
            try:
                answer: object = self.it.fx.get_rate(base, quote)
            except UnsupportedPairError as error:
                if lacking[0] not in str(error) or self.it.name not in str(error):
                    self.fail(
                        f"the error for {base}/{quote} says: {error}",
                        "name the driver and the pair in the message",
                    )
                continue
            except RateError as error:
                answer = error
            except ForexError as error:
                answer = error
            self.fail(
                f"asked for {base}/{quote}, though it lacks {lacking[0]}, it gave {answer!r}",
                f"raise UnsupportedPairError: {_SUBCLASS}",
            )

    def test_threads_get_the_answers_of_one(self) -> None:
        pairs = list(dict.fromkeys((one.base, one.quote) for one in self.known.observations))[:4]
        pairs += [self.pair[::-1]] if self._has_inverse() else []
        again = self._made(self.it.server)
        try:
            answers = _at_once(32, lambda number: self._asked(pairs[number % len(pairs)], again))
        finally:
            again.close()
        for number, answer in enumerate(answers):
            alone = self._asked(pairs[number % len(pairs)])
            if answer != alone:
                self.fail(
                    f"one of 32 threads got {answer!r}, but alone it is {alone!r}",
                    "store nothing about a question on the driver, or guard it with a lock",
                )

    def test_it_can_be_closed_twice_and_made_again(self) -> None:
        before = self._asked(self.pair)
        for _ in range(2):
            try:
                self.it.hook.forex_close()
            except Exception as error:  # noqa: BLE001 - any is wrong
                self.fail(
                    f"forex_close raised {type(error).__name__}: {error}",
                    "make forex_close do nothing if everything is closed already",
                )
        again = self._made(self.it.server)
        try:
            rate = again.fx.get_rate(*self.pair)
        except ForexError as error:
            self.fail(
                f"created again after it was closed, it raised {error}",
                "keep connections and files on the instance, not on the class or module",
            )
        finally:
            again.close()
        if rate != before:
            self.fail(
                f"created again, it returned {rate!r}, before {before!r}",
                "store nothing on the class",
            )

    def test_it_leaves_a_manager_like_any_other(self) -> None:
        self._asked(self.pair)
        self.it.manager.unregister(name=self.it.name)
        with pytest.raises(UnknownDriverError):
            self.it.fx.get_rate(*self.pair)

    def _has_inverse(self) -> bool:
        try:
            self.it.fx.get_rate(*self.pair[::-1])
        except UnsupportedPairError:
            return False
        return True

    def _asked(self, pair: tuple[str, str], of: Trial | None = None) -> object:
        """The answer, or the error if that is the answer."""
        try:
            return (of or self.it).fx.get_rate(*pair)
        except Exception as error:  # noqa: BLE001 - it is compared
            return f"{type(error).__name__}: {error}"
