"""The notation of amounts in a file: read into plain numbers, and written back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forexhooks.cli.files.formats import Style
from forexhooks.currencies import minor_units, parse_code
from forexhooks.errors import AmountError, CurrencyError
from forexhooks.rates.decimals import is_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from forexhooks.cli.files.formats import Columns, Texts

SPACES = " \u00a0\u2007\u2009\u202f"
"""Characters that look like a space between thousands: no-break, figure and thin spaces."""
_APOSTROPHES = "'\u2019"
_MINUS = "-\u2212"
_SCALE_WRITTEN_PLAINLY = 6

_BLANK = f"[{SPACES}]*"
# In a cell: a sign like US$ or €, and a mark for debit or credit after an amount.
# Python's expressions have no \p{Sc}.
_SYMBOLS = (
    "$\u00a2-\u00a5\u058f\u060b\u07fe-\u07ff\u09f2-\u09f3\u09fb\u0af1\u0bf9\u0e3f\u17db\u20a0-\u20c0"
    "\ua838\ufdfc\ufe69\uff04\uffe0-\uffe1\uffe5-\uffe6\U00011fdd-\U00011fe0\U0001e2ff\U0001ecb0"
)
_CURRENCY = rf"(?:[A-Z]{{0,3}}[{_SYMBOLS}])?"
_SIDE = r"(?:[DdCc][Rr]\.?|[SHDC])?"
_SIGN = f"[{_MINUS}+]?"
_ACCOUNTING = (
    rf"^(?P<open>\(?){_BLANK}(?P<before>{_SIGN}){_BLANK}{_CURRENCY}{_BLANK}(?P<inner>{_SIGN})"
    rf"{_BLANK}(?P<number>[0-9.,](?:[0-9.,{_APOSTROPHES}{SPACES}]*[0-9.,])?){_BLANK}"
    rf"(?P<after>{_SIGN}){_BLANK}{_CURRENCY}{_BLANK}(?P<close>\)?){_BLANK}(?P<side>{_SIDE})$"
)
_PARTS = ("open", "before", "inner", "number", "after", "close", "side")
_DEBIT = ("S", "SOLL", "D", "DR", "DR.", "DEBIT", "DBIT")
_CREDIT = ("H", "HABEN", "C", "CR", "CR.", "CREDIT", "CRDT")
_CODE = r"(?P<left>^|[^\p{L}])(?P<code>[A-Za-z]{3})(?P<right>[^\p{L}]|$)"
_CODE_IN_CELL = re.compile(r"(?<![^\W\d_])[A-Za-z]{3}(?![^\W\d_])")
_LIKE_A_NUMBER = rf"[+-]?[\d.,{_APOSTROPHES}{SPACES}]*\d[\d.,{_APOSTROPHES}{SPACES}]*"
_MARKS = ("open", "before", "inner", "after", "side")
_MARK_BEFORE = re.compile(r"([DdCc][Rr]\.?|[SHDC])[^A-Za-z]")
# 12.500 may have thousands or decimals; 0.125 can only have decimals.
_GROUPED = r"^[+-]?(?:0|[1-9][0-9]{0,2}(?:\.[0-9]{3})?)$"


class NumberFormat:
    """Reads the amounts of one file by its style, batch after batch."""

    def __init__(self, style: Style, columns: Columns, check_code: Callable[[str], str]) -> None:
        self.style: Style = style
        self._check_code = check_code
        self._codes: dict[str, str | None] = {}
        self.has_code: bool = columns.has_code
        self._is_beside_code = columns.has_code and columns.currency == columns.amount
        self._is_default = not columns.has_code and style[2:5] == Style()[2:5]
        self._look_grouped: bool | None = None
        thousands = _class_of(style.thousands)
        grouped = ""
        if thousands:  # as most do, or as in India
            grouped = f"[0-9]{{1,3}}(?:{thousands}[0-9]{{3}})+|"
            grouped += f"[0-9]{{1,2}}(?:{thousands}[0-9]{{2}})+{thousands}[0-9]{{3}}|"
        self._thousands = thousands
        point = re.escape(style.decimal)
        self._in_style = rf"^[+-]?(?:(?:{grouped}[0-9]+)(?:{point}[0-9]*)?|{point}[0-9]+)$"

    def read(self, columns: Texts, plain: Any = None) -> tuple[Texts, dict[int, str]]:
        """The columns with plain amounts, and the rows whose amounts cannot be read, with why.

        The columns are `trimmed`. The array `plain` is true for amounts that are written as
        programs write them, whatever the style.
        """
        texts = original = columns["amount"]
        if self._is_default:
            self._look_at(texts if plain is None else texts.filter(pc.invert(plain)))
            return columns, {}
        columns = dict(columns)
        ambiguous: dict[int, str] = {}
        if self.has_code:
            columns["currency"], rest, ambiguous = self._coded(columns["currency"], original)
            if self._is_beside_code:
                texts = rest
        texts, fits = self._plain(texts)
        if plain is not None:
            texts, fits = pc.if_else(plain, original, texts), pc.or_(plain, fits)
        reasons = {
            row: self.reason(original[row].as_py())
            for row in pc.indices_nonzero(pc.invert(fits)).to_pylist()
        }
        if "sign" in columns:
            texts, others = self._signed(texts, columns.pop("sign"))
            reasons = others | reasons
        reasons |= ambiguous
        if reasons:
            mask = np.zeros(len(texts), bool)
            mask[list(reasons)] = True
            texts = pc.if_else(pa.array(mask), None, texts)
        return columns | {"amount": texts}, reasons

    def reason(self, text: str, error: AmountError | None = None) -> str:
        """Why an amount cannot be read or converted, in the file's notation."""
        if error is not None and is_number(text):
            return str(error)
        style = self.style
        like = f"1{style.thousands}234{style.decimal}56"
        signs = f"--signs {style.signs or 'accounting'}"
        hints, bare = "", text
        if self._is_beside_code:
            _, bare = self._split(text)
        elif not self.has_code and re.search(r"\d", text) and _CODE_IN_CELL.search(text):
            hints = "; --currency-from reads cells like EUR 12.50"
            bare = _CODE_IN_CELL.sub("", text, count=1).strip()
        number, count = _number_in(bare)
        if count > 1:
            return f"the amount {text!r} has two signs: is it negative?"
        mark = _MARK_BEFORE.match(bare)
        moved = "" if mark is None else f"{bare[mark.end(1) :].strip()} {mark[1]}"
        if _number_in(moved)[1] == 1:
            hints += f"; {signs} reads a mark after the amount, like {moved}"
        elif style.signs is None and number != bare.lstrip("+-"):
            hints += f"; {signs} reads (5), 5-, 5 CR and currency signs"
        if hints or not re.fullmatch(_LIKE_A_NUMBER, number):
            hints = hints or ", without a currency sign"
            return f"the amount {text!r} is not a number: write it like {like}{hints}"
        how = "--thousands and --decimal"
        if re.search(f"[{SPACES}]", number) and style.thousands != " ":
            how += "; --thousands ' ' stands for any kind of space"
        return f"the amount {text!r} is not written like {like}: give its notation with {how}"

    def _coded(self, cells: Any, amounts: Any) -> tuple[Any, Any, dict[int, str]]:
        """The codes in the cells, the cells without them, and the rows with several codes."""
        codes = pc.struct_field(pc.extract_regex(cells, _CODE), "code")
        rest = pc.replace_substring_regex(cells, _CODE, r"\1\3", max_replacements=1)
        rest = pc.utf8_trim_whitespace(rest)
        has_more = pc.fill_null(pc.match_substring_regex(rest, _CODE), False)
        rows = pc.indices_nonzero(has_more).to_pylist()
        reasons, found = {}, []
        for row in rows:
            cell = cells[row].as_py()
            named, bare = self._split(cell)
            found.append((next(iter(named), None), bare))
            if len(named) > 1 and amounts[row].is_valid:
                reasons[row] = (
                    f"the cell {cell!r} names {len(named)} currencies: {', '.join(named)}; leave "
                    "only that of the amount"
                )
        if rows:
            codes, rest = (
                pc.replace_with_mask(column, has_more, pa.array(values, pa.string()))
                for column, values in zip((codes, rest), zip(*found, strict=True), strict=True)
            )
        return codes, rest, reasons

    def _split(self, cell: str) -> tuple[list[str], str]:
        """The known codes in a cell, or else its first word that looks like one; and the rest."""
        words = _CODE_IN_CELL.findall(cell)
        named = list(dict.fromkeys(code for word in words if (code := self._code_of(word))))
        if not named:
            return words[:1], _CODE_IN_CELL.sub("", cell, count=1).strip()
        rest = _CODE_IN_CELL.sub(lambda word: "" if self._code_of(word[0]) else word[0], cell)
        return named, rest.strip()

    def _code_of(self, word: str) -> str | None:
        if word not in self._codes:
            try:
                self._codes[word] = self._check_code(word)
            except CurrencyError:
                self._codes[word] = None
        return self._codes[word]

    def note(self) -> str | None:
        """A note if the amounts that were read may mean something else."""
        if not self._look_grouped:
            return None
        return (
            "all amounts are like 12.500, which was read as 12.5: if the point is between "
            "thousands, give --decimal , --thousands ."
        )

    def _look_at(self, texts: Any) -> None:
        if self._look_grouped is False:
            return
        texts = texts.drop_null()
        if not pc.all(pc.match_substring_regex(texts, _GROUPED), min_count=0).as_py():
            self._look_grouped = False
        elif pc.any(pc.match_substring(texts, "."), min_count=0).as_py():
            self._look_grouped = True

    def _plain(self, texts: Any) -> tuple[Any, Any]:
        """The amounts as plain numbers, and which of them are written in this style."""
        fits = pc.fill_null(pc.match_substring_regex(texts, self._in_style), True)
        if self.style.signs is not None:
            odd = pc.indices_nonzero(pc.invert(fits))
            if len(odd):
                texts = pc.replace_with_mask(
                    texts, pc.invert(fits), self._without_signs(texts.take(odd))
                )
                fits = pc.fill_null(pc.match_substring_regex(texts, self._in_style), True)
        if self._thousands:
            texts = pc.replace_substring_regex(texts, self._thousands, "")
        return pc.replace_substring(texts, self.style.decimal, "."), fits

    def _without_signs(self, texts: Any) -> Any:
        """Amounts with the signs of accounts; others stay as they are."""
        found = pc.extract_regex(texts, _ACCOUNTING)
        parts = {name: pc.struct_field(found, name) for name in _PARTS}
        open_, side = parts["open"], pc.utf8_upper(parts["side"])
        marks = [pc.not_equal(open_, ""), pc.not_equal(side, "")]
        negative = [marks[0], pc.is_in(side, pa.array(self._negative()))]
        for place in ("before", "inner", "after"):
            marks.append(pc.not_equal(parts[place], ""))
            negative.append(pc.is_in(parts[place], pa.array(list(_MINUS))))
        count = sum(np.asarray(pc.fill_null(each, False), np.int8) for each in marks)
        is_negative = np.any([np.asarray(pc.fill_null(each, False)) for each in negative], axis=0)
        # Two signs are ambiguous.
        is_one = pa.array(count <= 1)
        is_whole = pc.equal(pc.equal(open_, ""), pc.equal(parts["close"], ""))
        minus = pc.if_else(pa.array(is_negative), "-", "")
        signed = pc.binary_join_element_wise(minus, parts["number"], "")
        good = pc.fill_null(pc.and_(is_one, is_whole), False)
        return pc.if_else(good, signed, texts)

    def _negative(self) -> tuple[str, ...]:
        return _DEBIT if self.style.signs == "bank" else _CREDIT

    def _signed(self, texts: Any, signs: Any) -> tuple[Any, dict[int, str]]:
        """Amounts with the signs from the sign column."""
        upper = pc.utf8_upper(signs)
        negative = pa.array((*self._negative(), *_MINUS))
        known = pa.array((*_DEBIT, *_CREDIT, "+", *_MINUS))
        is_known = pc.is_in(upper, known)
        has_sign = pc.fill_null(pc.match_substring_regex(texts, "^[+-]"), False)
        wrong = pc.and_(pc.is_valid(texts), pc.or_(pc.invert(is_known), has_sign))
        reasons = {}
        for row in pc.indices_nonzero(wrong).to_pylist():
            said, amount = signs[row].as_py(), texts[row].as_py()
            if said is None:
                reasons[row] = "the sign is missing"
            elif is_known[row].as_py():
                reasons[row] = (
                    f"the amount {amount!r} has a sign besides the one in its column, {said!r}"
                )
            else:
                reasons[row] = (
                    f"the sign {said!r} is neither debit (S, D, DR) nor credit (H, C, CR)"
                )
        minus = pc.if_else(pc.is_in(upper, negative), "-", "")
        return pc.binary_join_element_wise(minus, texts, ""), reasons


def _number_in(text: str) -> tuple[str, int]:
    """The number in an amount as accounts write it, and how many signs it has.

    What they do not write stays as it is, without signs.
    """
    found = re.match(_ACCOUNTING, text)
    if found is None or not re.search("[0-9]", text) or bool(found["open"]) != bool(found["close"]):
        return text.lstrip("+-"), 0
    return found["number"], sum(bool(found[mark]) for mark in _MARKS)


def trimmed(texts: Any) -> Any:
    """Strings without spaces around them; empty ones become null."""
    texts = pc.utf8_trim_whitespace(texts)
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _class_of(thousands: str) -> str:
    alike = next((each for each in (SPACES, _APOSTROPHES) if thousands and thousands in each), "")
    return f"[{alike}]" if alike else re.escape(thousands)


def content_of(texts: Any) -> memoryview:
    """The bytes of an array of strings, one after the other, without a copy."""
    _, offsets, content = texts.buffers()
    if content is None:
        return memoryview(b"")
    first, last = np.frombuffer(offsets, np.int32, len(texts) + 1, texts.offset * 4)[[0, -1]]
    return memoryview(content)[first:last]


def texts_of(values: Any, targets: Any | None) -> Any:
    """Decimals as strings without exponents, each with the places of its code in `targets`."""
    kind = values.type
    if targets is None or not pa.types.is_decimal(kind):
        return _written(values)
    written = None
    for code in pc.unique(targets).to_pylist():
        try:
            places = minor_units(parse_code(code or ""))
        except CurrencyError:
            continue  # no row has a value
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
