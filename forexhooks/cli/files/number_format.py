"""Amounts as text: read without a float in between, and written as people write money."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from forexhooks.currencies import minor_units
from forexhooks.errors import AmountError, CurrencyError
from forexhooks.rates.decimals import exact_amount

if TYPE_CHECKING:
    from forexhooks.cli.files.formats import Style

SPACES = " \u00a0\u2007\u2009\u202f"
"""The signs that look like a space between thousands: no-break ones, those of a figure, thin."""

_PLAIN = r"^[+-]?[0-9]{1,28}(\.[0-9]{0,9})?$"
_MOST_PLACES = 40
_KINDS = (
    *(pa.decimal128(38, scale) for scale in (2, 4, 9, 18)),
    pa.decimal256(76, _MOST_PLACES),
)
_SCALE_WRITTEN_PLAINLY = 6


def amounts_of(texts: Any, style: Style, plain: Any = None) -> tuple[Any, dict[int, str]]:
    """Decimals of an array of texts, and why some are none. An empty text is a missing amount.

    `plain` is an array that is true where a text is written as programs do, whatever the style.
    """
    texts = pc.utf8_trim_whitespace(texts)
    texts = pc.if_else(pc.equal(texts, ""), None, texts)
    reasons: dict[int, str] = {}
    original = texts
    if (style.decimal, style.thousands) != (".", ""):
        texts, fits = _as_programs_write(texts, style)
        if plain is not None:
            texts, fits = pc.if_else(plain, original, texts), pc.or_(plain, fits)
        reasons = {
            row: _not_understood(original[row].as_py(), style)
            for row in pc.indices_nonzero(pc.invert(fits)).to_pylist()
        }
    is_plain = pc.fill_null(pc.match_substring_regex(texts, _PLAIN), True)
    odd = pc.indices_nonzero(pc.invert(is_plain)).to_pylist()
    if odd or reasons:
        column = texts.to_pylist()
        for row in odd:
            if row in reasons:
                continue
            try:
                column[row] = _plain(column[row])
            except AmountError as error:
                reasons[row] = _said(error, column[row], original[row].as_py(), style)
        for row in reasons:
            column[row] = None
        texts = pa.array(column, pa.string())
    for kind in _KINDS[:-1]:
        try:
            return texts.cast(kind), reasons
        except pa.ArrowInvalid:
            continue  # it has more digits
    return texts.cast(_KINDS[-1]), reasons


def _plain(text: str) -> str:
    exact = exact_amount(text)
    exponent = exact.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > _MOST_PLACES:
        raise AmountError(
            f"the amount {text!r} has {-exponent} decimal places: {_MOST_PLACES} at most"
        )
    return f"{exact:f}"


def _said(error: AmountError, read: str, text: str, style: Style) -> str:
    """What is wrong with an amount, told of the `text` in the file and not of what was `read`."""
    try:
        Decimal(read)
    except InvalidOperation:
        return _not_understood(text, style)
    return str(error).replace(repr(read), repr(text))


def _not_understood(text: str, style: Style) -> str:
    like = f"1{style.thousands}234{style.decimal}56"
    if not re.fullmatch(rf"[+-]?[\d.,'{SPACES}]*\d[\d.,'{SPACES}]*", text):
        return f"the amount {text!r} is not a number: write it like {like}, without a currency sign"
    how = "--thousands and --decimal"
    if re.search(f"[{SPACES}]", text):
        how += "; --thousands ' ' is a space of any kind"
    return f"the amount {text!r} is not written like {like}: say how it is, with {how}"


def _as_programs_write(texts: Any, style: Style) -> tuple[Any, Any]:
    """With a point, and nothing between thousands; and which of them are in the style."""
    decimal = re.escape(style.decimal)
    thousands = f"[{SPACES}]" if style.thousands == " " else re.escape(style.thousands)
    grouped = rf"[0-9]{{1,3}}(?:{thousands}[0-9]{{3}})+|" if style.thousands else ""
    in_style = rf"^[+-]?(?:{grouped}[0-9]+)?(?:{decimal}[0-9]*)?$"
    fits = pc.fill_null(pc.match_substring_regex(texts, in_style), True)
    if style.thousands:
        texts = pc.replace_substring_regex(texts, thousands, "")
    return pc.replace_substring(texts, style.decimal, "."), fits


def texts_of(values: Any, targets: Any | None) -> Any:
    """Decimals as texts, without exponents; of each row of `targets` with that code's places."""
    kind = values.type
    if targets is None or not pa.types.is_decimal(kind):
        return _written(values)
    written = None
    for code in pc.unique(targets).to_pylist():
        try:
            places = minor_units((code or "").upper())
        except CurrencyError:
            continue  # none of its rows has a value
        if places >= kind.scale:
            continue
        own = pc.equal(targets, code)
        short = pc.if_else(own, values, None).cast(pa.decimal128(kind.precision, places))
        written = pc.coalesce(_written(short), _written(values) if written is None else written)
    return _written(values) if written is None else written


def _written(values: Any) -> Any:
    if pa.types.is_decimal(values.type) and values.type.scale > _SCALE_WRITTEN_PLAINLY:
        column = [None if each is None else f"{each:f}" for each in values.to_pylist()]
        return pa.array(column, pa.string())
    return values.cast(pa.string())


def style_of(decimal: str, thousands: str, delimiter: str | None) -> Style:
    """The style with these signs. Raises `AmountError` for signs that make no sense.

    A space between thousands is one of any kind, as `SPACES` has them.
    """
    from forexhooks.cli.files.formats import Style

    if decimal not in (".", ","):
        raise AmountError(f"the decimal sign is a point or a comma, not {decimal!r}")
    if len(thousands) > 1 or thousands.isalnum() or thousands in ("+", "-", decimal):
        raise AmountError(
            f"the sign between thousands is one like , . ' or a space, not {thousands!r}"
            f"{', which is the decimal sign' if thousands == decimal else ''}"
        )
    return Style(delimiter, decimal, " " if thousands and thousands in SPACES else thousands)
