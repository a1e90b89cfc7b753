from __future__ import annotations

import copy
import inspect
import pickle
import re
from datetime import date
from typing import Any

import pytest

import forexhooks
from forexhooks import errors

MORE = {
    "reason": forexhooks.UnavailableReason.HOLE,
    "failures": {"ecb": forexhooks.TransientError("down", driver="ecb", retry_after=3)},
    "retry_after": 2.5,
    "count": 2,
    "driver": "ecb",
    "base": "USD",
    "quote": "CAD",
    "on": date(2026, 10, 30),
}
KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, forexhooks.ForexError)
]


def drawn() -> dict[str, str]:
    """The tree in the docstring, as child: parent."""
    parents: dict[str, str] = {}
    path = ["ForexError"]
    for line in inspect.getdoc(errors).split("\n"):  # type: ignore[union-attr]
        found = re.match(r"(?:    )?((?:│   |    )*)[├└]── (\w+)", line)
        if found:
            depth = len(found[1]) // 4 + 1
            path[depth:] = [found[2]]
            parents[found[2]] = path[depth - 1]
    return parents


def test_the_tree_is_as_it_is_drawn() -> None:
    actual = {
        kind.__name__: next(
            base.__name__ for base in kind.__mro__[1:] if not base.__name__.startswith("_")
        )
        for kind in KINDS
        if not kind.__name__.startswith("_") and kind is not forexhooks.ForexError
    }
    assert actual == drawn()
    assert len(actual) == 25


def test_all_are_public() -> None:
    public = {kind.__name__ for kind in KINDS if not kind.__name__.startswith("_")}
    assert public <= set(forexhooks.__all__)
    assert issubclass(forexhooks.StaleRateWarning, UserWarning)
    assert issubclass(forexhooks.DrainWarning, RuntimeWarning)


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_survives_the_border_of_a_process(kind: type[forexhooks.ForexError]) -> None:
    accepted: set[str] = set()
    for each in kind.__mro__:
        if each in KINDS and "__init__" in vars(each):
            accepted |= set(inspect.signature(each.__init__).parameters)  # type: ignore[misc]
    more = {name: value for name, value in MORE.items() if name in accepted}
    error = kind("what was wrong", **more)  # type: ignore[arg-type]
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert type(again) is kind
    assert str(again) == "what was wrong"
    assert {name: repr(getattr(again, name)) for name in more} == {
        name: repr(value) for name, value in more.items()
    }


def test_some_are_builtin_errors_too() -> None:
    assert issubclass(forexhooks.UnknownDriverError, LookupError)
    for kind in (forexhooks.AmountError, forexhooks.CurrencyError, forexhooks.DateError):
        assert issubclass(kind, ValueError)


def test_a_rate_error_says_which_rate_and_by_default_nothing() -> None:
    assert vars(forexhooks.RateError("x")) == dict.fromkeys(
        ("driver", "base", "quote", "on", "stale")
    )
    assert vars(forexhooks.QuotaError("x")) == {"driver": None, "retry_after": None}
    assert forexhooks.DriverError("x", driver="ecb").driver == "ecb"


def test_pickling_keeps_what_was_added_and_copies_are_independent() -> None:
    failures = {"ecb": forexhooks.ForexError("down")}
    error = forexhooks.NoDriverAnsweredError("nobody", failures=failures)
    failures.clear()
    assert list(error.failures) == ["ecb"]
    error.add_note("while booking")
    for again in (copy.deepcopy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own
        assert again.__notes__ == ["while booking"]
        assert str(again.failures["ecb"]) == "down"
        assert again.failures is not error.failures


def test_every_reason_is_said_in_words() -> None:
    assert {reason.name: reason.value for reason in forexhooks.UnavailableReason} == {
        "BEFORE_FIRST_DAY": "before the first day",
        "HOLE": "hole",
        "AFTER_LAST_DAY": "after the last day",
        "SUSPENDED": "suspended",
        "REDENOMINATED": "redenominated",
        "RETIRED": "retired",
        "NOT_PUBLISHED_YET": "not published yet",
        "IN_THE_FUTURE": "in the future",
    }


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("ECB", ["nbp", "ecb"], "ecb"),
        ("Ecb", ["ecb"], "ecb"),
        ("ebc", ["ecb", "nbp"], "ecb"),
        ("BankOfCanda", ["ecb", "bankofcanada"], "bankofcanada"),
        ("amount", ["Amount", "Currency"], "Amount"),
    ],
)
def test_what_was_meant_is_found_whatever_the_case(word: str, known: list[str], meant: str) -> None:
    assert errors.did_you_mean(word, known) == f" (did you mean {meant!r}?)"
    assert errors.did_you_mean(word, iter(known)) == f" (did you mean {meant!r}?)"


def test_nothing_is_suggested_where_nothing_is_near() -> None:
    assert errors.did_you_mean("ECB", ["frankfurter"]) == ""
    assert errors.did_you_mean("ECB", ()) == ""


@pytest.mark.parametrize(
    ("said", "held"),
    [
        (5, 5.0),
        (0, 0.0),
        (999_999_999, 86_400.0),
        (float("inf"), 86_400.0),
        (float("nan"), None),
        (-1, None),
        ("soon", None),
        (None, None),
    ],
)
def test_a_driver_is_left_alone_for_a_day_at_most(said: Any, held: float | None) -> None:
    for kind in (forexhooks.QuotaError, forexhooks.TransientError):
        error = kind("busy", driver="acme", retry_after=said)
        assert error.retry_after == held
        error.retry_after = said
        for each in (error, copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301
            assert each.retry_after == held
