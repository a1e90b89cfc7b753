"""FixedRates: a driver with rates that your test chooses."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from forexhooks.plugins.driver import Driver
from forexhooks.rates.decimals import exact_amount
from forexhooks.rates.profile import Profile
from forexhooks.rates.publication_days import every_day
from forexhooks.rates.rate import Observation
from forexhooks.rates.table import RateTable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

Value = Decimal | str | int | float
Days = Mapping[date, Mapping[str, Value]]


class FixedRates(Driver):
    """A driver with rates that you give it: for each pair one value, or a value for each day.

    The driver is never stale. Cross rates, inverse rates, history and batches come with it, as with
    any driver.

    >>> from datetime import date
    >>> import forexhooks
    >>> from forexhooks.testing import FixedRates
    >>> manager = forexhooks.ForexManager()
    >>> manager.register(FixedRates({"USD/CAD": "1.40"}, on=date(2026, 10, 30)))
    'fixed'
    >>> fx = forexhooks.open("fixed", manager=manager)
    >>> print(fx.get_rate("CAD", "USD"))
    1 CAD = 0.714286 USD (2026-10-30, fixed, inverse)

    Args:
        rates: The values by pair, such as `{"USD/CAD": "1.40"}`, or a dictionary from each day to
            such values. A value is a `Decimal`, `str`, `int` or `float`, which counts as its
            shortest repr.
        on: The day of rates without a day; None: today.
        name: The driver's name.

    Raises:
        ValueError: A pair is not written like `"USD/CAD"`.
        AmountError: A value is not a number.
        MalformedResponseError: A value is not above 0.
    """

    def __init__(
        self,
        rates: Mapping[str, Value] | Days,
        *,
        on: date | None = None,
        name: str = "fixed",
    ) -> None:
        self.name = name
        self.profile: Profile = Profile(
            title="Fixed rates",
            publishes="what a test chose",
            publication_days=every_day,
        )
        self._observations = list(_observations(rates, on or self.profile.today()))
        self._table: RateTable = RateTable(
            self._observations, driver=name, profile=self.profile, complete_to=date.max
        )

    def table(
        self,
        currencies: Collection[str] = (),
        start: date | None = None,
        end: date | None = None,
        series: str | None = None,
    ) -> RateTable:
        """Return the table of all the rates, whatever is asked for.

        Args:
            currencies: Ignored.
            start: Ignored.
            end: Ignored.
            series: Ignored.

        Returns:
            The table.
        """
        return self._table

    def observations(
        self, currencies: Collection[str], start: date | None, end: date | None
    ) -> Iterator[Observation]:
        """Yield all the rates, whatever is asked for.

        Args:
            currencies: Ignored.
            start: Ignored.
            end: Ignored.

        Yields:
            The rates, as observations.
        """
        yield from self._observations

    def currencies(self) -> Collection[str]:
        """List the codes that occur in the rates.

        Returns:
            The codes.
        """
        return self._table.currencies


def _observations(rates: Mapping[str, Value] | Days, on: date) -> Iterator[Observation]:
    for key, value in rates.items():
        if isinstance(key, date) and isinstance(value, Mapping):
            yield from _observations(value, key)
        elif isinstance(key, str) and not isinstance(value, Mapping):
            base, slash, quote = key.partition("/")
            if not (base and slash and quote):
                raise ValueError(f"the pair {key!r} is not written like 'USD/CAD'")
            yield Observation(on, base.upper(), quote.upper(), exact_amount(value))
        else:
            raise ValueError(f"{key!r}: give rates by pair, or by day and then by pair")
