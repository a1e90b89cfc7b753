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
    """The day that a rate stands for in a history: its own; for a rule, the day asked for."""
    return rate.on if rate.rule is None or rate.requested is None else rate.requested


class History(Sequence[Rate]):
    """The rates of one pair, one for each day that was observed, in order. Immutable.

    `stale` says which of the days you asked for should be published by now but are missing; else
    it is `None`. The history of a rule has every calendar day: the day of a row is `requested`;
    otherwise it is `on`. A slice is a History. It equals any list, tuple or History with the same
    rates. A notebook shows it as a table.

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
        """The name of the driver that answered; of several, the first that has any of the days."""
        return self._driver

    @property
    def drivers(self) -> tuple[str, ...]:
        """The names of all drivers, or rules, that gave one of the rates, in order of the days."""
        return tuple(dict.fromkeys(each.rule or each.driver for each in self)) or (self._driver,)

    @property
    def stale(self) -> str | None:
        """What should be published by now but is missing, in words; None if nothing is."""
        return self._stale

    def every(self, period: Period, take: Take = "last") -> History:
        """Return one rate for each week (from Monday), month, quarter or year that has any.

        A period that the history covers only in part is included: the first begins where the
        history does, and the last may not be over.

        Args:
            period: `week`, `month`, `quarter` or `year`.
            take: the `first` or the `last` rate of each period, unchanged, or their `mean`: one
                division of published numbers, rounded once.

        Returns:
            A history with a rate for each period. A mean has the day of the last rate in it, and
            its `kind` is `adjusted`.

        Raises:
            DateError: `period` or `take` is unknown.
        """
        for word, known in ((period, _PERIODS), (take, _TAKES)):
            if not isinstance(word, str) or word not in known:
                raise DateError(
                    f"every({period!r}, {take!r}): {word!r} is unknown"
                    f"{did_you_mean(f'{word}', known)}; the period must be one of "
                    f"{', '.join(_PERIODS)}, and take one of {', '.join(_TAKES)}"
                )
        of_period, taken = _PERIODS[period], _TAKES[take]
        groups = groupby(self._rates, lambda rate: of_period(day_of(rate)))
        return self._with(taken(list(group)) for _, group in groups)

    def in_subunits(self, base: str, quote: str) -> History:
        """Return the history in subunits.

        Args:
            base: the base or one of its subunits: GBX for GBP.
            quote: the same for the quote.

        Returns:
            The same rates between these two codes.
        """
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
        """Plot it, as `forexhooks.plotting.plot` does. A notebook shows the figure.

        Args:
            onto: A file to write, by its name or open, or matplotlib's axes; None: a new figure.
            format: png, svg or pdf; None: the suffix of the file's name, else png.
            note: More words for the title.

        Returns:
            matplotlib's figure.

        Raises:
            MissingExtraError: matplotlib is not installed.
            RateError: It is empty.
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
        """A table for notebooks; only the first and last days of a long history."""
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
