"""What a provider published, and the rate that was made of it."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple, NoReturn, Self

from forexhooks.currencies import SUBUNITS, minor_units
from forexhooks.errors import AmountError, ForexError, InvalidRateError, RateError
from forexhooks.rates.decimals import (
    ONE,
    check_rounding,
    divide,
    exact_amount,
    is_positive_decimal,
    is_whole,
    multiply,
    round_quotient,
    shown,
)

if TYPE_CHECKING:
    from babel import Locale

_MOST_PLACES = 1000

Kind = Literal["identity", "direct", "inverse", "cross", "adjusted", "derived"]


class Input(NamedTuple):
    """What a computed value was made of: so many observations of one pair, `first` to `last`.

    `source` is the driver that gave them, `series` the series they are of, if it lists any.
    """

    source: str
    series: str | None
    first: date
    last: date
    observations: int


class Observation(NamedTuple):
    """One published fact: `on` this day, 1 unit of `base` cost `value` units of `quote`.

    In the direction the provider published it, with the digits it published. With `until` it
    applies to a period: to each day from `on` to `until`, both included; `date.max` where its end
    is open. `inputs` are what it was made of, where it was computed rather than published.
    """

    on: date
    base: str
    quote: str
    value: Decimal
    until: date | None = None
    inputs: tuple[Input, ...] = ()


class Rate(NamedTuple):
    """One answer: 1 unit of `base` costs `value` units of `quote`, and where that comes from.

    `on` is the day of the observations it was made of (`legs`: none, one, or several for a
    cross rate), `requested` the day that was asked for (`None`: the latest), `driver` who answered.
    `stale` says in words that the provider should have something newer by now; `None`: it should
    not. `adjustment` is what an extension put in the place of the legs' value. `failures` are the
    drivers that were asked before this one, and why they gave no answer. `series` names the series
    of the driver that answered, where it lists several. `until` is the last day of the period that
    the rate applies to, of which `on` is the first; `None`: it is the rate of one day. `inputs` say
    what computed legs were made of, `rule` names the rule that chose or rounded the rate. The first
    five fields make a rate.

    >>> from datetime import date
    >>> from decimal import Decimal
    >>> rate = Rate("EUR", "USD", Decimal("1.1172"), date(2026, 10, 30), "ecb")
    >>> rate.bips
    11172
    >>> rate.convert("9.99")
    Decimal('11.16')
    """

    base: str
    quote: str
    value: Decimal
    on: date
    driver: str
    legs: tuple[Observation, ...] = ()
    requested: date | None = None
    stale: str | None = None
    adjustment: Observation | None = None
    failures: tuple[tuple[str, ForexError], ...] = ()
    series: str | None = None
    until: date | None = None
    inputs: tuple[Input, ...] = ()
    rule: str | None = None

    @property
    def kind(self) -> Kind:
        """How the value was made.

        - `identity`: base and quote are the same
        - `direct`: published so
        - `inverse`: published the other way round
        - `cross`: by way of a third currency
        - `adjusted`: changed by an extension
        - `derived`: computed from several observations, or rounded, as `inputs` and `rule` say

        The leg between a currency and its subunit, as 1 GBP = 100 GBX, does not count.
        """
        if self.adjustment is not None:
            return "adjusted"
        if self.inputs or self.rule is not None:
            return "derived"
        legs = [leg for leg in self.legs if not _is_of_a_subunit(leg)]
        if self.base == self.quote or (self.legs and not legs):
            return "identity"
        if len(legs) > 1:
            return "cross"
        base = SUBUNITS[self.base].parent if self.base in SUBUNITS else self.base
        return "inverse" if legs and legs[0].base != base else "direct"

    @property
    def unadjusted(self) -> Decimal | None:
        """The value before an extension changed it; None where none did."""
        if self.adjustment is None:
            return None
        return divide(*fraction(self.base, self.quote, self.legs))

    @property
    def bips(self) -> int:
        """Basis points: `value` x 10,000, rounded once, half-even.

        Raises `RateError` for a rate so small that it would be 0.
        """
        numerator, denominator = self.fraction()
        bips = int(round_quotient(multiply(numerator, Decimal(10_000)), denominator, 0))
        if bips == 0:
            raise RateError(
                f"1 {self.base} = {shown(self.value)} {self.quote} rounds to 0 basis "
                "points: use the rate's value instead of bips",
                driver=self.driver,
                base=self.base,
                quote=self.quote,
                on=self.requested,
            )
        return bips

    def inverse(self) -> Self:
        """The rate of 1 unit of `quote` in `base`, computed from the legs, not from the value."""
        numerator, denominator = self.fraction()
        value = divide(denominator, numerator)
        adjustment = self.adjustment
        if adjustment is not None and self.base == self.quote:  # it has no direction to be read in
            adjustment = adjustment._replace(value=value)
        return self._replace(
            base=self.quote,
            quote=self.base,
            value=value,
            legs=self.own_legs()[::-1],
            adjustment=adjustment,
        )

    def convert(
        self,
        amount: Decimal | int | str | float,
        *,
        places: int | None = None,
        rounding: str = ROUND_HALF_EVEN,
    ) -> Decimal:
        """Convert `amount` units of `base` into `quote`: one division, rounded once.

        The result has `places` decimal places; by default those of the quote currency's minor
        unit. `rounding` is one of the `decimal` module's modes. Raises `AmountError` for an
        amount that is not a finite number below 1e30, `CurrencyError` where `places` is not given
        and the quote currency has no minor unit.
        """
        exact = exact_amount(amount)
        check_rounding(rounding)
        if places is None:
            places = minor_units(self.quote)
        elif not is_whole(places) or abs(places) > _MOST_PLACES:
            raise AmountError(
                f"places is a whole number of decimal places, 1000 at most, not {places!r}"
            )
        numerator, denominator = self.fraction()
        return round_quotient(multiply(exact, numerator), denominator, int(places), rounding)

    def format(
        self,
        amount: Decimal | int | str | float | None = None,
        *,
        locale: str | Locale,
        places: int | None = None,
    ) -> str:
        """Write the rate, or an amount converted at it, as the people of a place write money.

        Args:
            amount: Units of `base`; None: 1, and what it costs with six digits.
            locale: As `de_DE` or `pt-BR`, or one of Babel's.
            places: Decimal places of the result; by default those of the quote currency.

        Returns:
            In German `9,99 $ = 13,95 CA$`, each sign after a space that no line is broken at.

        Raises:
            SettingsError: There is no such locale.
            MissingExtraError: Babel is not installed: `pip install 'forexhooks[babel]'`.
            AmountError: As `convert` does.
        """
        from forexhooks.rates.money import equation

        return equation(self, amount, locale, places)

    def __add__(self, other: object) -> NoReturn:
        """A rate is no number, and no tuple to be joined to another."""
        raise TypeError("rates cannot be added: add what rate.convert(amount) returns")

    def __mul__(self, other: object) -> NoReturn:
        """A rate is no number."""
        raise TypeError("a rate cannot be multiplied: use rate.convert(amount), or rate.value")

    def __radd__(self, other: object) -> NoReturn:
        """As `sum` begins."""
        self.__add__(other)

    def __rmul__(self, other: object) -> NoReturn:
        """A rate is no number."""
        self.__mul__(other)

    def adjusted(self, value: Decimal) -> Self:
        """The same rate with another value, for extensions: a spread, a fee, a fixing of one's own.

        Its kind is `adjusted`, its legs stay, and `unadjusted` is the value there was at first.
        Raises `InvalidRateError` unless `value` is a finite Decimal above 0.
        """
        if not is_positive_decimal(value):
            raise InvalidRateError(
                f"a rate of {self.base}/{self.quote} cannot be adjusted to {value!r}: "
                "give a finite Decimal above 0",
                driver=self.driver,
                base=self.base,
                quote=self.quote,
                on=self.requested,
            )
        adjustment = Observation(self.on, self.base, self.quote, value)
        return self._replace(value=value, legs=self.own_legs(), adjustment=adjustment)

    def __str__(self) -> str:
        driver = self.driver if self.series is None else f"{self.driver}:{self.series}"
        days = f"{self.on}" if self.until is None else f"{self.on} to {self.until}"
        if self.until == date.max:
            days = f"since {self.on}"
        how = self.rule or self.kind
        return f"1 {self.base} = {shown(self.value)} {self.quote} ({days}, {driver}, {how})"

    def fraction(self) -> tuple[Decimal, Decimal]:
        """Numerator and denominator of the value, both exact, in published numbers.

        Raises `InvalidRateError` where the legs do not lead from `base` to `quote`.
        """
        if self.adjustment is not None:
            return fraction(self.base, self.quote, (self.adjustment,))
        return fraction(self.base, self.quote, self.legs) if self.legs else (self.value, ONE)

    def own_legs(self) -> tuple[Observation, ...]:
        """The legs; of a rate that was given without, the rate itself as it was given."""
        if self.legs or self.base == self.quote:
            return self.legs
        return (Observation(self.on, self.base, self.quote, self.value),)


def _is_of_a_subunit(leg: Observation) -> bool:
    return leg.quote in SUBUNITS and SUBUNITS[leg.quote].parent == leg.base


def fraction(base: str, quote: str, legs: tuple[Observation, ...]) -> tuple[Decimal, Decimal]:
    """What 1 unit of `base` costs in `quote` along `legs`, as an exact numerator and denominator.

    Raises `InvalidRateError` where the legs do not lead from one to the other.
    """
    numerator = denominator = ONE
    reached = base
    for leg in legs:
        if leg.base == reached:
            numerator, reached = multiply(numerator, leg.value), leg.quote
        elif leg.quote == reached:
            denominator, reached = multiply(denominator, leg.value), leg.base
        else:
            break
    else:
        if reached == quote:
            return numerator, denominator
    path = ", ".join(f"{leg.base}/{leg.quote}" for leg in legs)
    raise InvalidRateError(
        f"the legs {path} do not lead from {base} to {quote}", base=base, quote=quote
    )
