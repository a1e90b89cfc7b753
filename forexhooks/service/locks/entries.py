"""The contents of a lock: questions and answers, each as the JSON object of a line."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from forexhooks import errors
from forexhooks.errors import ForexError, RateUnavailableError, UnavailableReason
from forexhooks.rates.decimals import ONE, divide, is_positive_decimal, subtract
from forexhooks.rates.profile import Profile
from forexhooks.rates.rate import Input, Observation, Rate
from forexhooks.rates.series import Series, key_of

LATEST = "latest"
_PRECISION = Decimal("1e-15")  # relative: computed values may have fewer digits
_DEFAULTS = Profile(title="")

_OF_SERIES = ("name", "side", "frequency", "statistic", "max_gap")

Fields = dict[str, Any]
Span = tuple[date, date]
"""The first and the last day, both included."""


Drivers = tuple[str, ...]


class Subject(NamedTuple):
    """What is asked about: two currencies, and the drivers that are asked in this order."""

    drivers: Drivers
    base: str
    quote: str

    @classmethod
    def of(cls, fields: Fields) -> Subject:
        """The subject of a line."""
        base, quote = _strings(fields, "pair")
        return cls(_drivers(fields), base, quote)

    def source_of(self, rate: Rate) -> str:
        """Which driver returned a rate, as it was opened: with its series, if named."""
        key = key_of(rate.driver, rate.series)
        return key if key in self.drivers else rate.driver

    def fields(self) -> Fields:
        """Its fields in a line."""
        return {"drivers": list(self.drivers), "pair": [self.base, self.quote]}


class LockedQuestion(NamedTuple):
    """One question. `what` is `latest` or a day, with the options that were given, as a string."""

    subject: Subject
    what: str

    @classmethod
    def rate(
        cls, subject: Subject, on: date | None, max_gap: int | None, max_age: timedelta | None
    ) -> LockedQuestion:
        """The question that a call of `get_rate` asks."""
        what = LATEST if on is None else on.isoformat()
        if max_gap is not None:
            what += f" max_gap={max_gap}"
        if max_age is not None:
            what += f" max_age={max_age.total_seconds():g}"
        return cls(subject, what)

    @classmethod
    def in_history(cls, subject: Subject, on: date, span: Span) -> LockedQuestion:
        """The question which rate the history of these days has on one of them."""
        what = f"{on} in a history"
        if len(subject.drivers) > 1:  # which of them answers may depend on the other days
            what += f" from {span[0]} to {span[1]}"
        return cls(subject, what)

    def is_of_a_history(self) -> bool:
        """Whether it asks which rate a history has on a day."""
        return " in a history" in self.what

    def requested(self) -> date | None:
        """The day that was asked for."""
        day = self.what.partition(" ")[0]
        return None if day == LATEST else date.fromisoformat(day)


Answer = Rate | ForexError


def answer_fields(question: LockedQuestion, answer: Answer) -> Fields:
    """The fields of an answer, with those of the question that it needs."""
    fields = question.subject.fields()
    if isinstance(answer, ForexError):
        return fields | _error_fields(answer)
    left_out = {**Rate._field_defaults, "requested": question.requested()}
    for name, value in answer._asdict().items():
        if name not in ("base", "quote") and value != left_out.get(name, ...):
            fields[name] = _plain(value)
    return fields


def answer_of(fields: Fields, question: LockedQuestion) -> Answer:
    """The answer with these fields. Raises `ValueError`, `KeyError` and the like."""
    drivers, base, quote = question.subject
    if "error" in fields:
        return _error(fields, question, drivers[0])
    values: Fields = {"base": base, "quote": quote, "requested": question.requested()}
    for name in Rate._fields:
        if name in fields:
            values[name] = _READ[name](fields[name]) if name in _READ else fields[name]
    values["failures"] = tuple(
        (name, _error(error, question, name)) for name, error in fields.get("failures", ())
    )
    return Rate(**values)


def contradiction_in(rate: Rate) -> str | None:
    """In which way a rate's day or value contradicts its legs or its adjustment, in words.

    Raises:
        InvalidRateError: The legs do not lead from base to quote.
    """
    if not rate.legs and rate.adjustment is None and rate.base != rate.quote:
        return None  # a rate that its driver returned without legs
    for leg in rate.legs:
        if not leg.on <= rate.on <= (leg.until or leg.on):
            return f"{leg.base}/{leg.quote} of {leg.on} in it"
    value = divide(*rate.fraction()) if rate.legs or rate.adjustment is not None else ONE
    if abs(divide(subtract(rate.value, value), value)) <= _PRECISION:
        return None
    return f"the value {rate.value}, but its legs give {value}"


SOURCE, CODES = 0, 1


def fact_key(fields: Fields) -> tuple[int, Any]:
    """The subject of a line that is about no pair: a driver's profile, or the codes drivers list.

    Raises `ValueError`, `KeyError` and the like for a line of another kind.
    """
    if "source" in fields:
        profile_of(fields)
        return SOURCE, str(fields["source"])
    _strings(fields, "currencies")
    return CODES, _drivers(fields)


def _drivers(fields: Fields) -> Drivers:
    first, *others = _strings(fields, "drivers")
    return first, *others


def _strings(fields: Fields, name: str) -> list[str]:
    found = fields[name]
    if isinstance(found, list) and all(isinstance(each, str) for each in found):
        return found
    raise ValueError(f"{name} must be a list of strings, not {found!r}")


def profile_fields(profile: Profile) -> Fields:
    """What a lock keeps of a profile: strings, days, booleans, and its series."""
    fields = {
        name: _plain(value)
        for name, value in profile._asdict().items()
        if isinstance(value, str | date | bool) and value != getattr(_DEFAULTS, name)
    }
    if profile.series:
        fields["series"] = [[getattr(each, name) for name in _OF_SERIES] for each in profile.series]
    return fields


def profile_of(fields: Fields) -> Profile | None:
    """The profile with these fields, as far as it was kept; None if there are none."""
    kept = {name: fields[name] for name in Profile._fields if name in fields}
    if "cadence" in fields:  # its name in old locks
        kept["frequency"] = {"weekly": "week", "monthly": "month"}[fields["cadence"]]
    if "history_from" in kept:
        kept["history_from"] = date.fromisoformat(kept["history_from"])
    if "series" in kept:
        named = (dict(zip(_OF_SERIES, each, strict=True)) for each in fields["series"])
        kept["series"] = tuple(Series(**each) for each in named)
    return Profile(**{"title": "", **kept}) if kept else None


def _plain(value: object) -> Any:
    """A value for JSON: a tuple becomes a list, without empty items at its end."""
    if isinstance(value, tuple):
        items = [_plain(each) for each in value]
        while items and items[-1] in (None, []):
            items.pop()
        return items
    if isinstance(value, ForexError):
        return _error_fields(value)
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _observation(fields: list[Any]) -> Observation:
    on, base, quote, value, *more = fields
    until, inputs = [*more, None, None][:2]
    read = date.fromisoformat(on), base, quote, _decimal(value)
    return Observation(*read, _day_or_none(until), _inputs(inputs or ()))


def _inputs(fields: Iterable[list[Any]]) -> tuple[Input, ...]:
    return tuple(
        Input(source, series, date.fromisoformat(first), date.fromisoformat(last), count)
        for source, series, first, last, count in fields
    )


def _day_or_none(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _decimal(text: str) -> Decimal:
    value = Decimal(text)  # this never rounds, whatever the context
    if not is_positive_decimal(value):
        raise ValueError(f"the value {text!r} is not a number above 0")
    return value


_READ: dict[str, Callable[[Any], object]] = {
    "value": _decimal,
    "on": date.fromisoformat,
    "requested": _day_or_none,
    "until": _day_or_none,
    "legs": lambda legs: tuple(map(_observation, legs)),
    "adjustment": _observation,
    "inputs": _inputs,
}
"""How the fields of a rate are read that JSON has otherwise."""


def _error_fields(error: ForexError) -> Fields:
    """The class of an error, if it is one of this package, and its message."""
    kind = next(each for each in type(error).__mro__ if each.__module__ == errors.__name__)
    fields = {"error": kind.__name__, "message": str(error)}
    if isinstance(error, RateUnavailableError):
        fields["reason"] = error.reason.value
    return fields


def _error(fields: Fields, question: LockedQuestion, driver: str) -> ForexError:
    kind = getattr(errors, fields["error"])
    more: Fields = {}
    if issubclass(kind, errors.RateError | errors.DriverError):
        more["driver"] = driver
    if issubclass(kind, errors.RateError):
        _, base, quote = question.subject
        more |= {"base": base, "quote": quote, "on": question.requested()}
    if issubclass(kind, RateUnavailableError):
        more["reason"] = UnavailableReason(fields["reason"])
    if issubclass(kind, errors.NoDriverAnsweredError):
        more["failures"] = {}
    error: ForexError = kind(fields["message"], **more)
    return error
