"""History: one pair's rates, day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, overload

from forexhooks.errors import DateError, did_you_mean
from forexhooks.rates.decimals import divide, mean, shown
from forexhooks.rates.rate import Rate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from forexhooks.plotting import Onto

Period = Literal["week", "month", "quarter", "year"]
Take = Literal["first", "last", "mean"]

_PERIODS: dict[str, Callable[[date], date]] = {
    "week": lambda day: date.fromordinal(day.toordinal() - day.weekday()),
    "month": lambda day: day.replace(day=1),
    "quarter": lambda day: date(day.year, 1 + (day.month - 1) // 3 * 3, 1),
    "year": lambda day: date(day.year, 1, 1),
}
_SHOWN_ROWS = 10


def first_day(period: Period, day: date) -> date:
    """The first day of the week (Monday), month, quarter or year that a day is in."""
    return _PERIODS[period](day)


def day_of(rate: Rate) -> date:
    """The day that a rate stands for in a history: its own, and of a rule's the day asked for."""
    return rate.on if rate.rule is None or rate.requested is None else rate.requested


class History(Sequence[Rate]):
    """The rates of one pair on the days that were observed, in order of their days. Immutable.

    `base`, `quote` and `driver` are known when it is empty too. `stale` says
    what should be out by now and is not held, of the days asked for; `None` where nothing is
    lacking. A rule's has each calendar day, `requested`; else `on` is the day of a row. A slice is
    a History; it equals
    any list, tuple or History with the same rates. A notebook shows it as a table.

    >>> import forexhooks
    >>> from datetime import date
    >>> fx = forexhooks.open("ecb")
    >>> history = fx.get_history("EUR", "USD", date(2026, 10, 1), date(2026, 10, 30))
    >>> history
    <History of EUR/USD, ecb: 22 rates from 2026-10-01 to 2026-10-30>
    >>> [f"{rate.on} {rate.value}" for rate in history.every("week", "last")[-2:]]
    ['2026-10-23 1.1193', '2026-10-30 1.1172']
    """

    __slots__ = ("_base", "_driver", "_quote", "_rates", "_stale")

    def __init__(
        self,
        rates: Iterable[Rate],
        *,
        base: str,
        quote: str,
        driver: str,
        stale: str | None = None,
    ) -> None:
        self._rates = tuple(rates)
        self._stale = stale
        self._base = base
        self._quote = quote
        self._driver = driver

    @property
    def base(self) -> str:
        """The currency of which 1 unit is priced."""
        return self._base

    @property
    def quote(self) -> str:
        """The currency that it is priced in."""
        return self._quote

    @property
    def driver(self) -> str:
        """The name of the driver who answered; of several the first in order that has any day."""
        return self._driver

    @property
    def drivers(self) -> tuple[str, ...]:
        """The names of all drivers, or rules, that its rates are of, in the order of their days."""
        return tuple(dict.fromkeys(each.rule or each.driver for each in self)) or (self._driver,)

    @property
    def stale(self) -> str | None:
        """What should be out by now and is not held, in words; None where nothing is lacking."""
        return self._stale

    def every(self, period: Period, take: Take = "last") -> History:
        """Return one rate for each week (from Monday), month, quarter or year that has any.

        `take` is the `first` or the `last` of its rates, as it is, or their `mean`: one division
        of published numbers, rounded once, given as the last rate adjusted to it, so that `on` is
        the last day that is in it and `kind` is `adjusted`. A period that the history has in part
        counts with the part: the first begins where the history does, and the last may be running.
        Raises `DateError` for another period or take.
        """
        for word, known in ((period, _PERIODS), (take, _TAKES)):
            if not isinstance(word, str) or word not in known:
                raise DateError(
                    f"every({period!r}, {take!r}): {word!r} is unknown"
                    f"{did_you_mean(f'{word}', known)}; a period is one of "
                    f"{', '.join(_PERIODS)}, and what is taken one of {', '.join(_TAKES)}"
                )
        of_period, taken = _PERIODS[period], _TAKES[take]
        groups = groupby(self._rates, lambda rate: of_period(day_of(rate)))
        return self._with(taken(list(group)) for _, group in groups)

    def in_subunits(self, base: str, quote: str) -> History:
        """The history of the parents of these codes, as one of these: GBX for GBP."""
        from forexhooks.rates.subunits import in_subunits

        rates = [in_subunits(rate, base, quote) for rate in self._rates]
        return History(rates, base=base, quote=quote, driver=self._driver, stale=self._stale)

    def plot(
        self,
        onto: Onto | None = None,
        *,
        format: str | None = None,  # noqa: A002 - matplotlib's word
        note: str = "",
    ) -> Figure:
        """Plot it: `forexhooks.plotting.plot`. A notebook shows the figure.

        Args:
            onto: A file to write, by its name or open, or matplotlib's axes; None: a new figure.
            format: png, svg or pdf; None: the suffix of the file's name, else png.
            note: Further words for the title.

        Returns:
            matplotlib's figure.

        Raises:
            MissingExtraError: matplotlib is not installed.
            RateError: There is no rate in it.
            SettingsError: matplotlib does not know the format.
        """
        from forexhooks.plotting import plot

        return plot(self, onto=onto, format=format, note=note)

    def _with(self, rates: Iterable[Rate]) -> History:
        return History(
            rates, base=self._base, quote=self._quote, driver=self._driver, stale=self._stale
        )

    @overload
    def __getitem__(self, index: int) -> Rate: ...
    @overload
    def __getitem__(self, index: slice) -> History: ...
    def __getitem__(self, index: int | slice) -> Rate | History:
        found = self._rates[index]
        return found if isinstance(found, Rate) else self._with(found)

    def __len__(self) -> int:
        return len(self._rates)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, History):
            return self._rates == other._rates
        return self._rates == tuple(other) if isinstance(other, list | tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._rates)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self._rates, self._base, self._quote, self._driver, self._stale)

    def __repr__(self) -> str:
        many = f"{len(self)} rate{'s' * (len(self) != 1)}"
        span = f" from {day_of(self[0])} to {day_of(self[-1])}" if self else ""
        return f"<History of {self._base}/{self._quote}, {', '.join(self.drivers)}: {many}{span}>"

    def _repr_html_(self) -> str:
        """A table for notebooks: of a long history the first and the last days."""
        from html import escape

        half = _SHOWN_ROWS // 2
        rates: list[Rate | None] = list(self._rates)
        if len(rates) > _SHOWN_ROWS:
            rates[half:-half] = [None]
        rows = [
            ("⋮", "⋮", "⋮") if rate is None else (f"{day_of(rate)}", shown(rate.value), rate.kind)
            for rate in rates
        ]
        head = "".join(f"<th>{escape(name)}</th>" for name in ("Day", self._quote, "Kind"))
        body = "".join(
            f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows
        )
        return (
            f"<table><caption>{escape(repr(self)[1:-1])}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )


def _rebuilt(
    rates: tuple[Rate, ...], base: str, quote: str, driver: str, stale: str | None = None
) -> History:
    return History(rates, base=base, quote=quote, driver=driver, stale=stale)


def _mean(rates: list[Rate]) -> Rate:
    last = rates[-1]
    value = divide(*mean([rate.fraction() for rate in rates]))
    return last if value == last.value else last.adjusted(value)


_TAKES: dict[str, Callable[[list[Rate]], Rate]] = {
    "first": lambda rates: rates[0],
    "last": lambda rates: rates[-1],
    "mean": _mean,
}
