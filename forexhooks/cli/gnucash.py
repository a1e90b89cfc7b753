"""Histories as SQL for a GnuCash book in SQLite, PostgreSQL or MySQL."""

# ruff: noqa: S608 - the statements contain ISO 4217 codes and strings of our own

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from forexhooks.currencies import is_currency, minor_units, name_of
from forexhooks.errors import CurrencyError
from forexhooks.rates.decimals import round_quotient
from forexhooks.rates.history import day_of
from forexhooks.rates.series import key_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forexhooks import History, Rate

_OURS = uuid5(NAMESPACE_URL, "https://pypi.org/project/forexhooks/")
_LARGEST = 2**63 - 1
_DIGITS = 18  # these always fit into 64 bits
_TIME = "10:59:00"  # UTC, as GnuCash does: then it is the same day nearly everywhere


def statements(histories: Sequence[History], period: str = "") -> Iterator[str]:
    """Yield the statements, in one transaction that can be run again.

    They add currencies that the book lacks, and replace prices that they wrote before for the
    same day and period. The value is an exact fraction if it fits into 64 bits, else it has 18
    digits, rounded half-even.

    Args:
        histories: The rates.
        period: How periods were summed up, such as "mean of each month"; empty for days.

    Yields:
        The statements, and a comment before them.

    Raises:
        CurrencyError: A code is not in ISO 4217.
    """
    for code in dict.fromkeys(code for each in histories for code in (each.base, each.quote)):
        if not is_currency(code):
            raise CurrencyError(
                f"GnuCash has no currency {code!r}: it knows those of ISO 4217 alone"
            )
    yield "-- Before you run this: close the book in GnuCash, and make a copy of it."
    yield "BEGIN;"
    for code in dict.fromkeys(code for each in histories for code in (each.base, each.quote)):
        yield _currency(code)
    for history in histories:
        for rate in history:
            yield from _price(rate, period)
    yield "COMMIT;"


def _currency(code: str) -> str:
    fields = (
        _guid(f"currency/{code}"),
        "CURRENCY",
        code,
        name_of(code) or code,
        _number(code),
    )
    texts = ", ".join(map(_quoted, fields))
    return (
        "INSERT INTO commodities (guid, namespace, mnemonic, fullname, cusip, fraction, "
        f"quote_flag, quote_source, quote_tz) SELECT {texts}, {_fraction(code)}, 0, NULL, NULL "
        f"WHERE NOT EXISTS ({_guid_of(code)});"
    )


def _price(rate: Rate, period: str) -> Iterator[str]:
    source = rate.rule or key_of(rate.driver, rate.series)
    name = f"price/{source}/{rate.base}/{rate.quote}/{day_of(rate)}"
    # The mean of a month must not replace the price of its last day.
    guid = _quoted(_guid(f"{name}/{period}" if period else name))
    value = _value(rate)
    # The parts are digits, dates and codes: none of them has a quote that could end a string.
    yield f"DELETE FROM prices WHERE guid = {guid};"  # nosec B608
    yield (
        "INSERT INTO prices (guid, commodity_guid, currency_guid, date, source, type, value_num, "  # nosec B608
        f"value_denom) VALUES ({guid}, ({_guid_of(rate.base)}), ({_guid_of(rate.quote)}), "
        f"'{day_of(rate)} {_TIME}', 'user:price', 'last', {value.numerator}, {value.denominator});"
    )


def _value(rate: Rate) -> Fraction:
    numerator, denominator = rate.fraction()
    exact = Fraction(numerator) / Fraction(denominator)
    if max(exact.numerator, exact.denominator) <= _LARGEST:
        return exact
    places = _DIGITS - max(1, rate.value.adjusted() + 1)
    return Fraction(round_quotient(Decimal(exact.numerator), Decimal(exact.denominator), places))


def _guid_of(code: str) -> str:
    where = f"namespace = 'CURRENCY' AND mnemonic = {_quoted(code)}"
    return f"SELECT guid FROM commodities WHERE {where}"  # nosec B608


def _guid(name: str) -> str:
    return uuid5(_OURS, name).hex


def _number(code: str) -> str:
    """The currency's number in ISO 4217, for the column that identifies a security."""
    import iso4217

    try:
        return f"{iso4217.Currency(code).number:03}"
    except ValueError:  # a currency that ended
        return ""


def _fraction(code: str) -> int:
    """How many of the smallest unit make one unit."""
    try:
        return int(10 ** minor_units(code))
    except CurrencyError:  # gold has no minor unit
        return 1


def _quoted(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))
