"""Values: exact, in the direction in which they were published, consistent with each other."""

from __future__ import annotations

from decimal import Context, Decimal, localcontext
from fractions import Fraction
from itertools import permutations

import pytest

from forexhooks.errors import ForexError, UnsupportedPairError
from forexhooks.testing import bodies
from forexhooks.testing.faults import other
from forexhooks.testing.kit.base import REWRITE, Base, digits_of
from forexhooks.testing.kit.needs import needs, network, numbers, tables
from forexhooks.testing.references import reference, suspects

_MORE = "000000000000000000123"
_ADVICE = {
    "upside down": "swap base and quote in Observation: 1 unit of base costs `value` units of "
    "quote",
    "off by a power of ten": "divide by the number of units that the provider quotes (100 JPY, "
    "say)",
    "far off": "is it the value of another currency, or of another unit (a gram of gold, not an "
    "ounce)? If the rate is right, add a reference: reference = {…}",
}
_OF_A_DAY = "the latest rates have nothing like that: look at what reads a range of days; "
_EQUAL = Fraction(1, 10**9)
_SPREAD = Fraction(1, 5)


class Values(Base):
    """What a rate is."""

    def test_values_are_exact_decimals(self) -> None:
        for each in self.known.observations:
            if type(each.value) is not Decimal or not each.value > 0:
                self.fail(
                    f"it yields {each}", "yield Decimals above 0, made from the received text"
                )
        why = network(self) or numbers(self)
        if why is not None:
            pytest.skip(why)
        texts = [bodies.text_of(body) for body in self.known.bodies if bodies.is_text(body)]
        published = digits_of(" ".join(texts + self.numbers()))
        for each in self.known.observations:
            if each.inputs:
                continue  # it says that it was computed
            digits = "".join(map(str, each.value.as_tuple().digits)).strip("0")
            if digits not in published:
                self.fail(
                    f"the digits of {each.value} ({each.base}/{each.quote}) are nowhere in the "
                    "responses",
                    "yield what was published, as it was published: do not invert, multiply or "
                    "round it, and parse numbers as Decimal (fetch_json does), never as float; "
                    "give computed values, such as a mid of two sides, their inputs",
                )

    @needs(network)
    def test_digits_that_no_float_has(self) -> None:
        if not self.numbers():
            self.fail(
                "the responses have no number with decimals like 1.23 or 1,23",
                f"{REWRITE}; if its provider has none, say so in expected_failures",
            )
        more = other(lambda number: number if float(number) == 1 else number + _MORE)
        self.it.server.answer = more(self.answer, self.rewrite)
        try:
            observed = self.it.observations(self.pairs, self.currencies)
        except ForexError as error:
            self.fail(
                f"with {len(_MORE)} more digits in each number it gave {error}",
                f"read them; if the kit changed something that is not a number, {REWRITE}",
            )
        known = {each.value for each in self.known.observations}
        if not any(
            str(each.value).rstrip("0").endswith(_MORE.strip("0"))
            or (each.inputs and each.value not in known)
            for each in observed
        ):
            self.fail(
                f"with {len(_MORE)} more digits in a rate it yields only {observed[0].value}",
                "parse numbers as Decimal, not as float: with fetch_json, or "
                "json.loads(text, parse_float=Decimal)",
            )

    def test_samples(self) -> None:
        if not self.samples:
            base, quote = self.pair
            pytest.skip(
                f'give rates that the replies have: samples = [("{base}", "{quote}", None, "…")]'
            )
        for base, quote, on, expected in self.samples:
            day = "" if on is None else f" on {on}"
            try:
                value = self.it.fx.get_rate(base, quote, on).value
            except ForexError as error:
                self.fail(
                    f"for {base}/{quote}{day} it gave {error}",
                    "give samples that the replies have; the request for a day includes days "
                    "before it, from which a rate may be carried forward",
                )
            numerator, _, denominator = expected.partition("/")
            if value != Context(34).divide(Decimal(numerator), Decimal(denominator or 1)):
                self.fail(
                    f"{base}/{quote}{day} is {value}, not {expected}",
                    "look into the recorded replies which of the two is right",
                )

    @pytest.mark.parametrize("how", ["upside down", "off by a power of ten", "far off"])
    def test_no_rate_is(self, how: str) -> None:
        of = reference(self.known.newest, self.reference)
        past = [each for each in self.known.history if each.on != self.known.newest]
        for observations, day in ((self.known.observations, False), (past, True)):
            found = suspects(observations, of)
            wrong = [each for each in found if each[2].startswith(how[:6])]
            if wrong:
                seen, expected, what = wrong[0]
                self.fail(
                    f"1 {seen.base} = {seen.value} {seen.quote}{f' on {seen.on}' if day else ''} "
                    f"is {what}: it should be around {expected:.6g}; {len(wrong)} such in all",
                    f"{_OF_A_DAY if day else ''}{_ADVICE[how]}",
                )

    def test_every_currency_can_be_held_against_another_source(self) -> None:
        of = reference(self.known.newest, self.reference)
        unheld = [each for each in self.known.observations if of(each.base, each.quote) is None]
        if unheld:
            seen = [code for each in self.known.observations for code in each[1:3]]
            codes = sorted({min(each[1:3], key=seen.count) for each in unheld})
            pytest.skip(
                f"whether {', '.join(codes)} are upside down is not known, as the ECB lacks them: "
                f'say what they cost, reference = {{"USD/{codes[0]}": "…"}}'
            )

    def test_a_currency_costs_one_of_itself(self) -> None:
        for code in self.codes:
            rate = self.it.fx.get_rate(code, code)
            if rate.value != 1 or rate.kind != "identity":
                self.fail(
                    f"{code}/{code} is {rate.value}, {rate.kind}",
                    "return 1 without legs: a subclass of Driver does",
                )

    def test_the_inverse_of_the_inverse(self) -> None:
        base, quote = self.pair
        rate = self.it.fx.get_rate(base, quote)
        if rate.legs and rate.inverse().inverse() != rate:
            self.fail(
                f"the inverse of the inverse of {rate!r} is {rate.inverse().inverse()!r}",
                "give Rate its legs: the observations as published",
            )
        try:
            back = self.it.fx.get_rate(quote, base)
        except UnsupportedPairError:
            return  # a driver may have one direction only
        gain = Fraction(back.value) * Fraction(rate.value) - 1
        profile = self.it.profile
        if profile.opposite() is not None:  # a round trip costs the spread between both sides
            gain *= -1 if profile.series[0].side == "ask" else 1
            is_right = -_SPREAD < gain <= 0
        else:
            is_right = abs(gain) <= _EQUAL
        if not is_right:
            self.fail(
                f"{base}/{quote} is {rate.value}, and {quote}/{base} {back.value}",
                "answer one direction and let the library invert it: a subclass of Driver does",
            )

    @needs(tables)
    def test_crosses_are_consistent(self) -> None:
        pivot, *codes = self.codes
        tolerance = Fraction(1, 100) if self.it.profile.opposite() is None else _SPREAD
        for base, quote in permutations(codes, 2):
            try:
                cross = self.it.fx.get_rate(base, quote)
                to_base, to_quote = (
                    Fraction(self.it.fx.get_rate(pivot, code, cross.on, max_gap=0).value)
                    for code in (base, quote)
                )
            except ForexError:
                continue
            if (
                cross.kind == "cross"
                and abs(Fraction(cross.value) * to_base / to_quote - 1) > tolerance
            ):
                self.fail(
                    f"{base}/{quote} is {cross.value}, but via {pivot} it is "
                    f"{float(to_quote / to_base):.6g}",
                    "yield what was published and leave crosses to the library",
                )

    def test_the_callers_decimal_context_changes_nothing(self) -> None:
        expected = self.it.fx.get_rate(*self.pair).value
        again = self._made(self.it.server)
        value: object
        try:
            with localcontext(Context(prec=3)):
                value = again.fx.get_rate(*self.pair).value
        except ForexError as error:
            value = error
        finally:
            again.close()
        if value != expected:
            self.fail(
                f"with decimal.getcontext().prec = 3 the rate is {value}, not {expected}",
                "do not calculate in the caller's context: value_of(text, per=100) uses its own",
            )
