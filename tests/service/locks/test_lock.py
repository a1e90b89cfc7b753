"""A lock answers what was asked while it was recorded, exactly, and nothing else."""

from __future__ import annotations

import contextlib
import json
import random
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
import time_machine
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

import forexhooks
from forexhooks import ForexManager, ForexService, NotLockedError, Observation, Profile, Rate
from forexhooks.cli.lock import command as lock_command
from forexhooks.rates.rate import Input
from forexhooks.service.locks.entries import LockedQuestion, Subject
from forexhooks.service.locks.file import read_lines, write_lines
from forexhooks.service.locks.lock import Lock
from forexhooks.testing import FixedRates

DAY = date(2026, 10, 30)
SUNDAY = date(2026, 11, 1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rates.lock"


@pytest.fixture(autouse=True)
def at_the_time(bundle_is_fresh: time_machine.Traveller) -> time_machine.Traveller:
    return bundle_is_fresh


def one(value: str = "1.40", name: str = "fixed", on: date = DAY) -> ForexManager:
    manager = ForexManager()
    manager.register(FixedRates({"USD/CAD": value, "USD/JPY": "151.2"}, on=on, name=name))
    return manager


def record(path: Path, manager: ForexManager, *drivers: str, update: bool = False) -> Any:
    return forexhooks.locking(path, *(drivers or ("fixed",)), manager=manager, update=update)


def ask_all(fx: ForexService) -> list[object]:
    span = date(2026, 9, 1), DAY
    return [
        fx.get_rate("USD", "CAD", DAY),
        fx.get_rate("usd", "cad", date(2026, 10, 25)),
        fx.get_rate("USD", "CAD", max_gap=3),
        fx.get_rate("CAD", "USD", max_age=timedelta(days=4)),
        fx.get_rate("EUR", "EUR"),
        fx.get_rates("USD", ["CAD", "JPY", "GBP"], DAY),
        fx.get_history("CHF", "JPY", *span),
        fx.get_history("EUR", "EUR", *span),
        fx.convert("1234567.89", "GBP", "SEK", DAY),
        fx.currencies(),
        fx.driver,
        fx.drivers,
        fx.profile.title,
        fx.profile.attribution,
        fx.profile.max_gap,
    ]


def test_it_answers_as_the_driver_did(path: Path) -> None:
    with forexhooks.locking(path, "ecb") as fx:
        recorded = ask_all(fx)
    assert recorded == ask_all(forexhooks.open("ecb"))
    assert ask_all(forexhooks.open(lock=path)) == recorded
    assert ask_all(forexhooks.open("ecb", lock=str(path))) == recorded


def test_the_latest_stays_what_it_was(path: Path) -> None:
    with record(path, one()) as fx:
        first = fx.get_rate("USD", "CAD"), fx.get_rate("CAD", "CAD")
    with time_machine.travel(date(2031, 1, 1)):
        fx = forexhooks.open(lock=path)
        assert (fx.get_rate("USD", "CAD"), fx.get_rate("CAD", "CAD")) == first
    assert first[1].on == DAY


def test_a_part_of_a_locked_history_is_locked(path: Path) -> None:
    with forexhooks.locking(path, "ecb") as fx:
        fx.get_history("USD", "CAD", date(2026, 10, 1), date(2026, 10, 15))
        fx.get_history("USD", "CAD", date(2026, 10, 16), DAY)
    part = date(2026, 10, 10), date(2026, 10, 20)
    locked = forexhooks.open(lock=path)
    assert locked.get_history("USD", "CAD", *part) == forexhooks.open("ecb").get_history(
        "USD", "CAD", *part
    )
    with pytest.raises(NotLockedError, match=r"history from 2026-09-30 .* --from 2026-09-30 --to"):
        locked.get_history("USD", "CAD", date(2026, 9, 30), DAY)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("USD", "CAD", SUNDAY), r"USD/CAD --on 2026-11-01 --driver fixed --update -o "),
        (("USD", "JPY", DAY), r"no USD/JPY, on 2026-10-30, of fixed; add it with"),
        (("CAD", "USD", DAY), r"no CAD/USD"),
        (("USD", "CAD", None), r"no USD/CAD, latest, of fixed; .*`forexhooks lock USD/CAD --dri"),
    ],
)
def test_what_was_not_asked_is_not_in_it(
    path: Path, asked: tuple[str, str, date | None], message: str
) -> None:
    with record(path, one()) as fx:
        fx.get_rate("USD", "CAD", DAY)
    with pytest.raises(NotLockedError, match=message) as raised:
        forexhooks.open(lock=path).get_rate(*asked)
    error = raised.value
    assert (error.driver, error.base, error.quote, error.on) == ("fixed", *asked)
    assert str(path) in str(error)


def test_another_gap_is_another_question(path: Path) -> None:
    with record(path, one()) as fx:
        fx.get_rate("USD", "CAD", DAY, max_gap=2)
    locked = forexhooks.open(lock=path)
    with pytest.raises(NotLockedError):
        locked.get_rate("USD", "CAD", DAY)
    with pytest.raises(NotLockedError, match="--max-gap 3"):
        locked.get_rate("USD", "CAD", DAY, max_gap=3)


def test_that_there_is_no_rate_is_an_answer_too(path: Path) -> None:
    def reasons(fx: ForexService) -> list[tuple[type[BaseException], str, object]]:
        found: list[tuple[type[BaseException], str, object]] = []
        for asked in (
            ("HRK", "USD", date(2023, 5, 1)),
            ("USD", "CAD", date(1990, 1, 1)),
            ("USD", "VND", DAY),
            ("USD", "CAD", date(2026, 12, 1)),
        ):
            with pytest.raises(forexhooks.RateError) as raised:
                fx.get_rate(*asked)
            found.append((raised.type, str(raised.value), vars(raised.value)))
        with pytest.raises(forexhooks.CurrencyError):
            fx.get_rate("USD", "XYW")
        return found

    with forexhooks.locking(path, "ecb") as fx:
        recorded = reasons(fx)
    with time_machine.travel(date(2031, 1, 1)):
        assert reasons(forexhooks.open(lock=path)) == recorded


def test_a_driver_that_fails_is_no_answer(path: Path) -> None:
    class Down(FixedRates):
        def table(self, *_: Any) -> Any:
            raise forexhooks.TransientError("down", driver="fixed")

    manager = ForexManager()
    manager.register(Down({"USD/CAD": "1.4"}, on=DAY))
    with record(path, manager) as fx, pytest.raises(forexhooks.TransientError):
        fx.get_rate("USD", "CAD", DAY)
    with pytest.raises(NotLockedError):
        forexhooks.open("fixed", lock=path).get_rate("USD", "CAD", DAY)


@pytest.mark.parametrize("options", [{}, {"max_age": timedelta(days=3)}])
def test_what_is_stale_is_not_locked(path: Path, options: dict[str, Any]) -> None:
    with (
        time_machine.travel(date(2026, 11, 20)),
        pytest.raises(forexhooks.LockError, match="forexhooks update ecb"),
        forexhooks.locking(path, "ecb") as fx,
    ):
        fx.get_rate("USD", "CAD", **options)
    assert not path.exists()


STALE = date(2026, 11, 20)


def lock_with_a_stale_rate(path: Path) -> forexhooks.Rate:
    """As they were written once."""
    with warnings.catch_warnings(), time_machine.travel(date(2026, 11, 24)):
        warnings.simplefilter("ignore")
        rate = forexhooks.open("ecb").get_rate("EUR", "USD", STALE, max_gap=60)
    assert rate.stale
    lock = Lock(str(path))
    lock.add(LockedQuestion.rate(Subject(("ecb",), "EUR", "USD"), STALE, 60, None), rate)
    lock.save()
    return rate


def test_a_rate_that_was_locked_stale_stays_so_and_is_warned_of(path: Path) -> None:
    rate = lock_with_a_stale_rate(path)
    locked = forexhooks.open(lock=path)
    with pytest.warns(forexhooks.StaleRateWarning, match="should be out") as warned:
        assert locked.get_rate("EUR", "USD", STALE, max_gap=60) == rate
    assert len(warned) == 1 and warned[0].filename == __file__


def test_an_age_limit_has_the_same_outcome(path: Path) -> None:
    limit = timedelta(days=3)
    with time_machine.travel(date(2026, 11, 20)), forexhooks.locking(path, "ecb") as fx:
        fx.get_rate("USD", "JPY", DAY)
    locked = forexhooks.open(lock=path)
    # What was not stale is young enough for any limit.
    assert locked.get_rate("USD", "JPY", DAY, max_age=limit).on == DAY


def test_an_age_limit_without_a_calendar_is_another_question(path: Path) -> None:
    """A driver without a profile refuses what is older: its lock may not give it."""

    class Bare:
        @forexhooks.hookimpl
        def forex_driver_name(self) -> str:
            return "bare"

        @forexhooks.hookimpl
        def forex_get_rate(self, driver: str, base: str, quote: str) -> Rate | None:
            return Rate(base, quote, Decimal("1.4"), DAY, "bare") if driver == "bare" else None

    manager = ForexManager()
    manager.register(Bare())
    with record(path, manager, "bare") as fx:
        fx.get_rate("USD", "CAD")
    locked = forexhooks.open(lock=path)
    assert locked.profile.title == "bare"
    with pytest.raises(NotLockedError):
        locked.get_rate("USD", "CAD", max_age=timedelta(0))


class Spread:
    @forexhooks.hookimpl(wrapper=True)
    def forex_get_rate(self) -> Iterator[Any]:
        rate = yield
        return rate.adjusted(rate.value * Decimal("1.01"))


def test_adjusted_rates_and_rates_without_legs(path: Path) -> None:
    class Raw:
        @forexhooks.hookimpl
        def forex_driver_name(self) -> str:
            return "raw"

        @forexhooks.hookimpl
        def forex_get_rate(self, driver: str, base: str, quote: str) -> Rate | None:
            if driver != "raw":
                return None
            return Rate(base, quote, Decimal("1.4E+3"), DAY, "raw")

    manager = one()
    manager.register(Raw())
    manager.register(Spread())
    locks = path.with_name("fixed.lock"), path.with_name("raw.lock")
    for lock, name in zip(locks, ("fixed", "raw"), strict=True):
        with record(lock, manager, name) as fx:
            recorded = fx.get_rate("CAD", "USD", DAY), fx.get_rates("USD", ["CAD", "JPY"])
        locked = forexhooks.open(lock=lock)
        again = locked.get_rate("CAD", "USD", DAY), locked.get_rates("USD", ["CAD", "JPY"])
        assert again == recorded
        assert again[0].kind == "adjusted"
        assert again[0].unadjusted == recorded[0].unadjusted
        assert again[0].requested == recorded[0].requested
        assert again[0].inverse() == recorded[0].inverse()


def test_a_lock_has_every_field_of_a_rate(path: Path) -> None:
    """Also what a rate is of: its series, its period, its rule, and what it was computed from."""
    inputs = (
        Input("fixed", None, date(2026, 10, 1), DAY, 22),
        Input("fixed", "bid", date(2026, 10, 1), DAY, 22),
    )
    leg = Observation(DAY, "USD", "CAD", Decimal("1.4"), DAY + timedelta(days=30), inputs)

    class Derived:
        @forexhooks.hookimpl
        def forex_driver_name(self) -> str:
            return "derived"

        @forexhooks.hookimpl
        def forex_driver_profile(self, driver: str) -> Profile | None:
            series = (forexhooks.Series("ask", side="ask"),)
            return Profile(title="Derived", series=series) if driver == "derived" else None

        @forexhooks.hookimpl
        def forex_get_rate(self, driver: str, base: str, quote: str) -> Rate | None:
            if driver != "derived":
                return None
            more: Any = {"series": "ask", "until": leg.until, "inputs": inputs, "rule": "vat"}
            return Rate(base, quote, leg.value, DAY, driver, (leg,), DAY, **more)

    manager = ForexManager()
    manager.register(Derived())
    with record(path, manager, "derived") as fx:
        recorded = fx.get_rate("USD", "CAD", DAY)
    assert recorded.inputs == inputs
    assert forexhooks.open(lock=path).get_rate("USD", "CAD", DAY) == recorded


def test_several_drivers(path: Path) -> None:
    manager = one("1.41", "b")
    manager.register(FixedRates({"USD/GBP": "0.8"}, name="a", on=DAY))

    def ask(fx: ForexService) -> list[Any]:
        return [
            fx.get_rate("USD", "CAD", DAY),
            fx.get_rates("USD", ["CAD", "GBP"], DAY),
            fx.get_history("USD", "CAD", date(2026, 10, 1), DAY),
            fx.drivers,
        ]

    with record(path, manager, "a", "b") as fx:
        recorded = ask(fx)
    locked = forexhooks.open(lock=path)
    again = ask(locked)
    assert repr(again) == repr(recorded)
    assert again[0].driver == "b"
    failures = dict(again[0].failures)
    assert type(failures["a"]) is type(dict(recorded[0].failures)["a"])
    with pytest.raises(NotLockedError, match="of a, only of a, b; add it with"):
        forexhooks.open("a", lock=path).get_rate("USD", "GBP", DAY)
    with pytest.raises(NotLockedError):  # another driver may have been the first with these days
        locked.get_history("USD", "CAD", date(2026, 10, 2), DAY)


def test_of_several_services_one_must_be_named(path: Path) -> None:
    manager = one("1.41", "b")
    manager.register(FixedRates({"USD/CAD": "1.42"}, name="a", on=DAY))
    with record(path, manager, "a") as fx:
        fx.get_rate("USD", "CAD")
    with record(path, manager, "b", update=True) as fx:
        fx.get_rate("USD", "CAD")
    with pytest.raises(forexhooks.LockError, match=r"open\('a', …\) or open\('b', …\)"):
        forexhooks.open(lock=path)
    assert forexhooks.open("a", lock=path).get_rate("USD", "CAD").value == Decimal("1.42")
    assert forexhooks.open("b", lock=path).get_rate("USD", "CAD").value == Decimal("1.41")


def test_an_update_asks_only_what_is_new(path: Path) -> None:
    with record(path, one("1.40")) as fx:
        fx.get_rate("USD", "CAD")
        with pytest.raises(forexhooks.UnsupportedPairError):
            fx.get_rate("USD", "GBP")
    later = ForexManager()
    monday = date(2026, 11, 2)
    rates = {"USD/CAD": "1.50", "USD/GBP": "0.80"}
    with time_machine.travel(monday):
        later.register(FixedRates(rates, on=monday))
        with record(path, later, update=True) as fx:
            assert fx.get_rate("USD", "CAD").value == Decimal("1.40")
            assert fx.get_rate("USD", "CAD", monday).value == Decimal("1.50")
            assert fx.get_rate("USD", "GBP").value == Decimal("0.80")  # there was none: asked anew
    locked = forexhooks.open(lock=path)
    assert locked.get_rate("USD", "CAD").value == Decimal("1.40")
    assert locked.get_rate("USD", "CAD", monday).value == Decimal("1.50")
    assert locked.get_rate("USD", "GBP").value == Decimal("0.80")


def test_an_update_without_news_leaves_the_file_alone(path: Path) -> None:
    with record(path, one()) as fx:
        fx.get_rate("USD", "CAD")
    before = path.read_bytes(), path.stat().st_ino
    with time_machine.travel(date(2026, 11, 2)), record(path, one(), update=True) as fx:
        fx.get_rate("USD", "CAD")
    assert (path.read_bytes(), path.stat().st_ino) == before


def test_a_corrected_observation_is_refused(path: Path) -> None:
    with record(path, one("1.40")) as fx:
        fx.get_rate("USD", "CAD", DAY)
    before = path.read_bytes()
    message = r"fixed has USD/CAD 1\.41 on 2026-10-30, and .* has 1\.40"
    update = record(path, one("1.41"), update=True)
    with pytest.raises(forexhooks.LockError, match=message), update as fx:
        fx.get_rate("CAD", "USD", DAY)
    assert path.read_bytes() == before


def test_within_a_recording_a_question_has_one_answer(path: Path) -> None:
    manager = one("1.40")
    with record(path, manager) as fx:
        first = fx.get_rate("USD", "CAD")
        tomorrow = FixedRates({"USD/CAD": "1.6"}, on=date(2026, 10, 29))
        manager.replace(tomorrow)
        assert fx.get_rate("USD", "CAD") == first


def test_there_is_one_already(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(forexhooks.LockError, match=r"already exists: add to it with .*update=True"):
        record(path, one()).__enter__()
    with pytest.raises(forexhooks.LockError, match="is not a lock"):
        record(path, one(), update=True).__enter__()
    assert path.read_text() == "mine"


def test_after_an_exception_nothing_is_written(path: Path) -> None:
    with pytest.raises(ZeroDivisionError), record(path, one()) as fx:
        fx.get_rate("USD", "CAD")
        raise ZeroDivisionError
    assert list(path.parent.iterdir()) == []


def test_two_that_write_at_once(path: Path) -> None:
    mine = record(path, one())
    with (
        pytest.raises(forexhooks.LockError, match="written by another process meanwhile"),
        mine as fx,
    ):
        with record(path, one()) as other:
            other.get_rate("USD", "CAD")
        fx.get_rate("USD", "JPY")


@pytest.mark.parametrize("change", ["value", "order", "cut", "line", "digest"])
def test_a_changed_lock_is_refused(path: Path, change: str) -> None:
    with record(path, one()) as fx:
        fx.get_rates("USD", ["CAD", "JPY"], DAY)
    lines = path.read_text().split("\n")
    if change == "value":
        lines = [line.replace("151.2", "152.1") for line in lines]
    elif change == "order":
        lines[1:3] = lines[2:0:-1]
    elif change == "cut":
        lines = lines[:-2]
    elif change == "line":
        lines[1:1] = ["{}"]
    else:
        lines[0] = lines[0].replace(lines[0][-20:-10], "0123456789")
    path.write_text("\n".join(lines))
    with pytest.raises(forexhooks.LockError, match=r"changed since it was written|no lock"):
        forexhooks.open(lock=path)


@pytest.mark.parametrize("first", [0, 1])
def test_a_lock_with_a_merge_conflict(path: Path, first: int) -> None:
    with record(path, one()) as fx:
        fx.get_rates("USD", ["CAD", "JPY"], DAY)
    head, *lines = path.read_text().splitlines()
    both = ["<<<<<<< HEAD", head, "=======", head, ">>>>>>> other"]
    path.write_text("\n".join([*([head] if first else []), *both, *lines]))
    with pytest.raises(forexhooks.LockError, match=r"merge conflict: .*--ours .*lock --update -o"):
        forexhooks.open(lock=path)
    with (
        pytest.raises(forexhooks.LockError, match="merge conflict"),
        record(path, one(), update=True),
    ):
        pass


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, r"there is no lock .*: write it with `forexhooks lock"),
        (b"", "is not a lock"),
        (b"\xff\xfe", "is not a lock"),
        (b"[1]", "is not a lock"),
        (b'{"forexhooks_lock": 3, "sha256": ""}', "format 3, .* upgrade"),
    ],
)
def test_what_is_no_lock(path: Path, content: bytes | None, message: str) -> None:
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(forexhooks.LockError, match=message):
        forexhooks.open(lock=path)


def test_a_lock_with_a_digest_and_no_sense(path: Path) -> None:
    for line in ("[]", "{}", '{"drivers": ["a"], "pair": ["A"], "asked": ["latest"]}', "-"):
        write_lines(str(path), [line])
        with pytest.raises(forexhooks.LockError, match="an invalid line"):
            forexhooks.open("a", lock=path)


@pytest.mark.parametrize("head", ["[" * 100_000, '{"a":' * 100_000])
def test_a_lock_of_brackets(path: Path, head: str) -> None:
    path.write_text(head)
    with pytest.raises(forexhooks.LockError, match="is not a lock"):
        forexhooks.open(lock=path)
    write_lines(str(path), [head])
    with pytest.raises(forexhooks.LockError, match="an invalid line") as raised:
        forexhooks.open(lock=path)
    assert len(str(raised.value)) < 1000


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ('"value": "1.40"', '"value": "1.41"'),
        ('"value": "1.40"', '"value": "14.0"'),
        ('"USD", "CAD", "1.40"]', '"USD", "CAD", "1.39"]'),
        ('"USD", "CAD", "1.40"]', '"USD", "JPY", "1.40"]'),
        ('"legs": [[', '"legs": [["2026-10-30", "CAD", "EUR", "2"], ['),
        ('"on": "2026-10-30"', '"on": "2026-10-29"'),
    ],
)
def test_a_lock_whose_value_disagrees_with_its_legs(path: Path, written: str, instead: str) -> None:
    with record(path, one()) as fx:
        fx.get_rate("USD", "CAD", DAY)
    lines = read_lines(str(path))
    assert any(written in line for line in lines)
    write_lines(str(path), [line.replace(written, instead) for line in lines])
    with pytest.raises(forexhooks.LockError, match=r"legs give|do not lead from|2026-10-30 in it"):
        forexhooks.open(lock=path)


def test_a_driver_whose_value_disagrees_with_its_legs_is_not_locked(path: Path) -> None:
    class Wrong:
        @forexhooks.hookimpl
        def forex_driver_name(self) -> str:
            return "wrong"

        @forexhooks.hookimpl
        def forex_get_rate(self, driver: str, base: str, quote: str) -> forexhooks.Rate:
            legs = (forexhooks.Observation(DAY, base, quote, Decimal(2)),)
            return forexhooks.Rate(base, quote, Decimal(3), DAY, driver, legs)

    manager = ForexManager()
    manager.register(Wrong())
    with (
        pytest.raises(forexhooks.LockError, match="give 2: tell the author of the driver"),
        record(path, manager, "wrong") as fx,
    ):
        fx.get_rate("USD", "CAD", DAY)
    assert not path.exists()


LINES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(
        ["latest", "2026-10-30", "USD", "1.40", "RateError", "ForexError", "fixed"]
    ),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["drivers", "pair", "asked", "driver", "on", "value", "legs", "requested", "stale",
             "adjustment", "failures", "error", "message", "reason", "source", "currencies",
             "history", "title", "history_from"]
        ),
        inner,
        max_size=10,
    ),
    max_leaves=20,
)  # fmt: skip


@given(st.lists(LINES.map(json.dumps) | st.text(max_size=40), max_size=3), st.booleans())
@example(['{"drivers": "", "currencies": ""}'], True)
@example(['{"drivers": [], "currencies": []}'], True)
@example(['{"drivers": [["ecb"]], "pair": "AB", "history": ["2026-10-30"]}'], True)
def test_any_lines_are_a_lock_or_a_lock_error(lines: list[str], is_digest_right: bool) -> None:
    lines = [line.replace("\n", " ").replace("\r", " ") for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/rates.lock"
        if is_digest_right:
            write_lines(path, lines)
        else:
            Path(path).write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        with contextlib.suppress(forexhooks.LockError):
            forexhooks.open(lock=path)


def test_line_ends_of_another_system_do_no_harm(path: Path) -> None:
    with record(path, one()) as fx:
        fx.get_rate("USD", "CAD")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert forexhooks.open(lock=path).get_rate("USD", "CAD").value == Decimal("1.40")


def test_the_file_does_not_depend_on_the_order_of_questions(path: Path) -> None:
    questions = [
        (base, quote, day)
        for base, quote in (("USD", "CAD"), ("EUR", "JPY"))
        for day in (None, DAY, SUNDAY - timedelta(days=7), date(2026, 10, 23))
    ]
    contents = set()
    for seed in range(5):
        random.Random(seed).shuffle(questions)  # noqa: S311 - an order
        lock = path.with_name(f"{seed}.lock")
        with forexhooks.locking(lock, "ecb") as fx:
            for question in questions:
                fx.get_rate(*question)
        contents.add(lock.read_text())
    (content,) = contents
    lines = [json.loads(line) for line in content.splitlines()]
    assert lines[1]["source"] == "ecb"
    assert lines[1]["title"] == forexhooks.open("ecb").profile.title
    assert lines[1]["recorded"] == "2026-10-30T20:00:00+00:00"
    saturday_and_sunday = [each["asked"] for each in lines[2:] if each["on"] == "2026-10-23"]
    assert saturday_and_sunday == [["2026-10-23", "2026-10-25"]] * 2


def test_it_needs_no_driver_no_network_and_no_context(path: Path) -> None:
    with record(path, one("1.3968850698174006444683136412459721")) as fx:
        recorded = fx.get_rate("USD", "CAD"), fx.convert("1e20", "USD", "CAD")
    with localcontext(prec=3):
        locked = forexhooks.open("fixed", lock=path)  # which nobody has installed
        assert (locked.get_rate("USD", "CAD"), locked.convert("1e20", "USD", "CAD")) == recorded
    assert locked.update().path is None


def test_the_environment_may_name_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with record(path, one()) as fx:
        fx.get_rate("USD", "CAD")
    monkeypatch.setenv("FOREXHOOKS_LOCK", str(path))
    assert forexhooks.open("fixed").get_rate("USD", "CAD").value == Decimal("1.40")
    monkeypatch.setenv("FOREXHOOKS_LOCK", "")
    assert repr(forexhooks.open("ecb")) == "<ForexService of ecb>"
    monkeypatch.setenv("FOREXHOOKS_RECORD", str(path))
    with pytest.raises(forexhooks.LockError, match="unset it"):
        forexhooks.open("ecb")


def test_threads_have_one_answer_each_question(path: Path) -> None:
    days = [DAY - timedelta(days=n) for n in range(40)]
    with forexhooks.locking(path, "ecb") as fx, ThreadPoolExecutor(8) as threads:
        asked = list(threads.map(lambda n: fx.get_rate("USD", "CAD", days[n % 40]), range(800)))
    locked = forexhooks.open(lock=path)
    with ThreadPoolExecutor(8) as threads:
        again = list(threads.map(lambda n: locked.get_rate("USD", "CAD", days[n % 40]), range(800)))
    assert again == asked


def test_columns(path: Path) -> None:
    import pyarrow as pa

    from forexhooks import frames

    days = [DAY - timedelta(days=n) for n in range(90)]
    table = pa.table(
        {
            "amount": [Decimal(n * n * 7919) / 100 for n in range(90)],
            "currency": (["USD", "JPY", "GBP"] * 30),
            "day": days,
        }
    )
    asked = {"amount": "amount", "currency": "currency", "to": "CAD", "on": "day"}
    plain = frames.convert(table, driver="ecb", **asked)
    with forexhooks.locking(path, "ecb") as fx:
        assert frames.convert(table, driver=fx, **asked) == plain
    locked = forexhooks.open(lock=path)
    assert frames.convert(table, driver=locked, **asked) == plain
    assert locked.get_rate("JPY", "CAD", days[1]).on == days[1]
    for errors in ("raise", "null"):
        with pytest.raises(forexhooks.NotLockedError, match="has no JPY/CHF"):
            frames.convert(
                table.take(list(range(1, 90, 3)) * 3),
                driver=locked,
                **asked | {"to": "CHF"},
                errors=errors,  # type: ignore[arg-type]
            )


SPAN = date(2026, 10, 1), DAY
FILLS = [True, False, 3, 0]


def listed(fx: ForexService | str, fill: bool | int, *quotes: str) -> list[list[Any]]:
    from forexhooks import frames

    frame = frames.rates(quotes or ["USD", "EUR"], *SPAN, base="EUR", driver=fx, fill=fill)
    rows: list[list[Any]] = frame.to_numpy().tolist()
    return rows


@pytest.mark.parametrize("fill", FILLS)
def test_rates_as_a_frame(path: Path, fill: bool | int) -> None:
    with forexhooks.locking(path, "ecb") as fx:
        assert listed(fx, fill) == listed("ecb", fill)
    assert listed(forexhooks.open(lock=path), fill) == listed("ecb", fill)


@pytest.mark.parametrize("fill", [False, 0])
def test_a_locked_history_says_what_was_observed(path: Path, fill: bool | int) -> None:
    with forexhooks.locking(path, "ecb") as fx:
        fx.get_history("EUR", "USD", *SPAN)
    fx = forexhooks.open(lock=path)
    assert listed(fx, fill, "USD") == listed("ecb", fill, "USD")
    assert fx.get_rate("EUR", "USD", DAY, max_gap=0) == forexhooks.open("ecb").get_rate(
        "EUR", "USD", DAY, max_gap=0
    )
    with pytest.raises(NotLockedError):
        fx.get_rate("EUR", "USD", date(2026, 10, 25), max_gap=0)  # the reason is not in it
    with pytest.raises(NotLockedError):
        listed(fx, True, "USD")


@pytest.mark.parametrize("fill", FILLS)
def test_rates_that_a_lock_lacks_are_not_left_out(path: Path, fill: bool | int) -> None:
    gap = [] if fill is True else ["--max-gap", f"{int(fill)}"]
    with forexhooks.locking(path, "ecb") as fx:
        for day in (SPAN[0], DAY):
            fx.get_rate("EUR", "USD", day, max_gap=None if fill is True else int(fill))
    with pytest.raises(NotLockedError) as raised:
        listed(forexhooks.open(lock=path), fill, "USD", "CAD")
    command = ["EUR/USD", "EUR/CAD", "--from", "2026-10-01", "--to", "2026-10-30", *gap]
    assert "has no EUR/USD, EUR/CAD, 58 rates from 2026-10-01 to 2026-10-30" in str(raised.value)
    assert f"`forexhooks lock {' '.join(command)} --driver ecb --update -o" in str(raised.value)
    run = CliRunner().invoke(lock_command, [*command, "--update", "-o", str(path)])
    assert run.exit_code == 0, run.output
    assert listed(forexhooks.open(lock=path), fill, "USD", "CAD") == listed(
        "ecb", fill, "USD", "CAD"
    )


def test_one_day_that_a_lock_lacks(path: Path) -> None:
    with forexhooks.locking(path, "ecb") as fx:
        listed(fx, True, "USD")
    write_lines(
        str(path), [line for line in read_lines(str(path)) if '"asked": ["2026-10-30"]' not in line]
    )
    with pytest.raises(NotLockedError, match=r"has no EUR/USD, on 2026-10-30, .*--on 2026-10-30"):
        listed(forexhooks.open(lock=path), True, "USD")


def test_of_several_drivers_a_history_says_nothing_of_a_day(path: Path) -> None:
    manager = one()
    manager.register(FixedRates({"USD/CAD": "1.5"}, on=date(2026, 10, 1), name="other"))
    with record(path, manager, "fixed", "other") as fx:
        fx.get_history("USD", "CAD", *SPAN)
    with pytest.raises(NotLockedError):
        forexhooks.open(lock=path).get_rate("USD", "CAD", DAY, max_gap=0)


@pytest.mark.parametrize("is_stale", [True, False])
def test_columns_of_stale_rates_are_warned_of(path: Path, is_stale: bool) -> None:
    stale = STALE if is_stale else DAY
    if is_stale:
        lock_with_a_stale_rate(path)
    else:
        with forexhooks.locking(path, "ecb") as fx:
            fx.get_rate("EUR", "USD", stale, max_gap=60)
    from forexhooks import frames

    with (
        time_machine.travel(date(2026, 12, 24)),
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        fx = forexhooks.open(lock=path)
        frames.rates(["USD"], stale, stale, base="EUR", driver=fx, fill=60)
    assert len(caught) == is_stale


days = st.dates(date(2026, 8, 1), DAY) | st.none()
codes = st.sampled_from(["USD", "CAD", "EUR", "JPY", "BGN", "VND"])


@given(st.lists(st.tuples(codes, codes, days, st.none() | st.integers(0, 3)), max_size=12))
@settings(max_examples=30)
def test_whatever_is_asked_is_answered_the_same(
    tmp_path_factory: pytest.TempPathFactory, asked: list[Any]
) -> None:
    def outcome(fx: ForexService, question: Any) -> object:
        base, quote, on, max_gap = question
        try:
            return fx.get_rate(base, quote, on, max_gap=max_gap)
        except forexhooks.RateError as error:
            return type(error), str(error), vars(error)

    path = tmp_path_factory.mktemp("locks") / "rates.lock"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with forexhooks.locking(path, "ecb") as fx:
            recorded = [outcome(fx, question) for question in asked]
        plain = forexhooks.open("ecb")
        assert [outcome(plain, question) for question in asked] == recorded
        locked = forexhooks.open("ecb", lock=path)
        assert [outcome(locked, question) for question in asked] == recorded
