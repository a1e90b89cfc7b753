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
    """What a value was computed from: observations of one pair, from day `first` to day `last`.

    `source` is the driver they are from, `series` its series, if it has any, `observations` their
    number.
    """

    source: str
    series: str | None
    first: date
    last: date
    observations: int


class Observation(NamedTuple):
    """One published fact: `on` this day, 1 unit of `base` cost `value` units of `quote`.

    It is in the direction, and has the digits, that the provider published. If `until` is given,
    it applies to a period: to each day from `on` to `until`, both included; `date.max` if the end
    is open. `inputs` says what it was computed from, if it was not published.
    """

    on: date
    base: str
    quote: str
    value: Decimal
    until: date | None = None
    inputs: tuple[Input, ...] = ()


class Rate(NamedTuple):
    """One answer: 1 unit of `base` costs `value` units of `quote`, and where that comes from.

    - `on`: the day of the observations that it was made of
    - `driver`: the name of the driver that answered
    - `legs`: these observations: one, several for a cross rate, or none
    - `requested`: the day you asked for; `None`: the latest
    - `stale`: says in words that the provider should have a newer rate by now; else `None`
    - `adjustment`: the value that an extension gave instead of that of the legs
    - `failures`: the drivers that were asked before this one, and why each gave no answer
    - `series`: the series of the driver that answered, if it has several
    - `until`: the last day of the period that the rate applies to, which begins at `on`; `None`:
      it is the rate of one day
    - `inputs`: what the legs were computed from, if they were not published
    - `rule`: the name of the rule that chose or rounded the rate

    The first five fields are enough to make one.

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
        - `direct`: published in this direction
        - `inverse`: published in the opposite direction
        - `cross`: through a third currency
        - `adjusted`: changed by an extension
        - `derived`: computed from several observations, or rounded, as `inputs` and `rule` say

        A leg between a currency and its subunit, as 1 GBP = 100 GBX, does not count.
        """
        if self.adjustment is not None:
            return "adjusted"
        if self.inputs or self.rule is not None:
            return "derived"
        legs = [leg for leg in self.legs if not is_by_definition(leg)]
        if self.base == self.quote or (self.legs and not legs):
            return "identity"
        if len(legs) > 1:
            return "cross"
        base = SUBUNITS[self.base].parent if self.base in SUBUNITS else self.base
        return "inverse" if legs and legs[0].base != base else "direct"

    @property
    def unadjusted(self) -> Decimal | None:
        """The value before an extension changed it; None if none did."""
        if self.adjustment is None:
            return None
        return divide(*fraction(self.base, self.quote, self.legs))

    @property
    def bips(self) -> int:
        """Basis points: `value` x 10,000, rounded once, half-even.

        Raises:
            RateError: the rate is so small that this would be 0.
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
        """Return what 1 unit of `quote` costs in `base`.

        Returns:
            The inverse, computed from the legs, so that nothing is rounded twice.
        """
        numerator, denominator = self.fraction()
        value = divide(denominator, numerator)
        adjustment = self.adjustment
        if adjustment is not None and self.base == self.quote:  # it has no direction
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

        Args:
            amount: a finite number below 1e30.
            places: decimal places of the result; by default those of the quote currency's minor
                unit.
            rounding: one of the modes of the `decimal` module.

        Returns:
            The amount in `quote`.

        Raises:
            AmountError: the amount, `places` or `rounding` is invalid.
            CurrencyError: `places` is not given, and the quote currency has no minor unit.
        """
        exact = exact_amount(amount)
        check_rounding(rounding)
        if places is None:
            places = minor_units(self.quote)
        elif not is_whole(places) or abs(places) > _MOST_PLACES:
            raise AmountError(
                f"places must be a whole number of decimal places, at most 1000, not {places!r}"
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
        """Refuse: a rate is neither a number nor a plain tuple."""
        raise TypeError("rates cannot be added: add the results of rate.convert(amount)")

    def __mul__(self, other: object) -> NoReturn:
        """Refuse: a rate is not a number."""
        raise TypeError("a rate cannot be multiplied: use rate.convert(amount), or rate.value")

    def __radd__(self, other: object) -> NoReturn:
        """Refuse what `sum` begins with."""
        self.__add__(other)

    def __rmul__(self, other: object) -> NoReturn:
        """Refuse: a rate is not a number."""
        self.__mul__(other)

    def adjusted(self, value: Decimal) -> Self:
        """Return the same rate with another value; for extensions that add a spread or a fee.

        Args:
            value: what 1 unit of `base` costs in `quote` now.

        Returns:
            A rate of kind `adjusted` with the same legs; its `unadjusted` is the original value.

        Raises:
            InvalidRateError: `value` is not a finite Decimal above 0.
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
        """Return the value as a numerator and a denominator, made of published numbers.

        Returns:
            Both of them, exact.

        Raises:
            InvalidRateError: the legs do not lead from `base` to `quote`.
        """
        if self.adjustment is not None:
            return fraction(self.base, self.quote, (self.adjustment,))
        return fraction(self.base, self.quote, self.legs) if self.legs else (self.value, ONE)

    def own_legs(self) -> tuple[Observation, ...]:
        """Return the legs.

        Returns:
            `legs`; for a rate that was made without them, the rate itself as one leg.
        """
        if self.legs or self.base == self.quote:
            return self.legs
        return (Observation(self.on, self.base, self.quote, self.value),)


def is_by_definition(leg: Observation) -> bool:
    """Whether a leg is between a currency and its subunit, as 1 GBP = 100 GBX."""
    return leg.quote in SUBUNITS and SUBUNITS[leg.quote].parent == leg.base


def fraction(base: str, quote: str, legs: tuple[Observation, ...]) -> tuple[Decimal, Decimal]:
    """What 1 unit of `base` costs in `quote` along `legs`, as an exact numerator and denominator.

    Raises:
        InvalidRateError: the legs do not lead from one to the other.
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
