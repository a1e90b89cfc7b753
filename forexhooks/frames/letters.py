"""Codes of three letters, numbered by their bytes without looking up a string."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from forexhooks.currencies import CODES
from forexhooks.frames.arrays import CHUNK, Array

if TYPE_CHECKING:
    from collections.abc import Callable

_LENGTH = 3
_BYTES = (1 << 8 * _LENGTH) - 1
_SLOTS_IN_BITS = 14
_MOST_WORDS = 1_000
_LOOKED_AT = 256
_SHIFT = np.uint32(32 - _SLOTS_IN_BITS)
_STANDARD = sorted(CODES)
# Anything but a word of three bytes has the key _NO_WORD; an empty slot has _NOTHING.
_NO_WORD, _NOTHING = 0xFFFFFFFE, 0xFFFFFFFF
# Odd numbers that spread the words over the slots. If two words of a column share a slot, the next
# number is tried.
_MULTIPLIERS = tuple(map(np.uint32, (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F)))

FEW = 3_000
"""For so few rows, a table of their words does not pay."""

Coded = tuple[Array, list[str]]


def letters_of_view(views: Array) -> Coded | None:
    """The codes and strings of a column of string views, each of four uint32.

    None if not all have three bytes, or too many are different.
    """
    # A view begins with the length, then as many bytes as fit.
    lengths, words = views[:, 0], views[:, 1]

    def keys(part: slice) -> Array:
        found: Array = words[part].copy()
        is_other = lengths[part] != _LENGTH
        if is_other.any():
            found[is_other] = _NO_WORD
        return found

    return _numbered(len(views), keys)


def letters_of_offsets(offsets: Array, content: Any) -> Coded | None:
    """The codes and strings of a column, from its offsets, one more than rows, and its bytes.

    None if not all have three bytes, or too many are different.
    """
    count, first, last = len(offsets) - 1, int(offsets[0]), int(offsets[-1])
    if last - first != _LENGTH * count or not (offsets[1:] - offsets[:-1] == _LENGTH).all():
        return None
    # Four bytes are read at once: there may be none after the last word.
    words: Array = np.ndarray(
        (count - 1,), np.dtype("<u4"), buffer=content, offset=first, strides=(_LENGTH,)
    )
    last_word = int.from_bytes(memoryview(content)[last - _LENGTH : last], "little")

    def keys(part: slice) -> Array:
        start, end, _ = part.indices(count)
        found = np.empty(end - start, np.uint32)
        if end == count and start < end:
            found[-1] = last_word
            end -= 1
        np.bitwise_and(words[start:end], _BYTES, out=found[: end - start])
        return found

    return _numbered(count, keys)


def _numbered(count: int, keys: Callable[[slice], Array]) -> Coded | None:
    """Number the words of a column; `keys` returns the bytes of some rows."""
    if count <= FEW:
        return _published(keys(slice(count)))
    for multiplier in _MULTIPLIERS:
        table = _Table(count, keys, multiplier)
        # There are few distinct words, and the first rows contain most of them.
        if table.add(keys(slice(_LOOKED_AT))) and table.fill():
            return table.codes, [key.to_bytes(_LENGTH, "little").decode() for key in table.known]
        if not table.has_collision:
            break
    return None


def _published(keys: Array) -> Coded | None:
    """Number words that are all ISO 4217 codes; None if some are not."""
    multiplier, key_of_slot, code_of_slot = _standard()
    slots = _slots(keys, multiplier)
    if not (key_of_slot.take(slots) == keys).all():
        return None
    codes = code_of_slot.take(slots)
    rank_of_code, words = _ranked(np.bincount(codes).nonzero()[0].tobytes())
    return rank_of_code.take(codes), words.copy()


@lru_cache(1000)
def _ranked(seen: bytes) -> tuple[Array, list[str]]:
    """The ranks of codes by their number, and the codes by rank; frames have the same ones."""
    numbers = np.frombuffer(seen, np.intp)
    rank_of_code = np.zeros(len(_STANDARD), np.int16)
    rank_of_code[numbers] = np.arange(len(numbers))
    return rank_of_code, [_STANDARD[code] for code in numbers.tolist()]


@cache
def _standard() -> tuple[np.uint32, Array, Array]:
    """A factor that maps each code to a slot of its own, and the key and code of each slot."""
    keys = np.array([int.from_bytes(code.encode(), "little") for code in _STANDARD], np.uint32)
    multiplier = _MULTIPLIERS[0]
    while len(np.unique(_slots(keys, multiplier))) < len(keys):
        multiplier += np.uint32(2)
    slots = _slots(keys, multiplier)
    key_of_slot = np.full(1 << _SLOTS_IN_BITS, _NOTHING, np.uint32)
    code_of_slot = np.zeros(1 << _SLOTS_IN_BITS, np.int16)
    key_of_slot[slots] = keys
    code_of_slot[slots] = np.arange(len(keys))
    return multiplier, key_of_slot, code_of_slot


def _slots(keys: Array, multiplier: np.uint32) -> Array:
    return (keys * multiplier >> _SHIFT).astype(np.intp)


class _Table:
    """The words of a column by hash, in the order in which they occur."""

    def __init__(self, count: int, keys: Callable[[slice], Array], multiplier: np.uint32) -> None:
        self.codes: Array = np.empty(count, np.int16)
        self.known: list[int] = []
        self.has_collision: bool = False
        self._keys, self._multiplier = keys, multiplier
        self._key_of_slot = np.full(1 << _SLOTS_IN_BITS, _NOTHING, np.uint32)
        self._code_of_slot = np.zeros(1 << _SLOTS_IN_BITS, np.int16)

    def fill(self) -> bool:
        """Number all rows; return False if that is impossible."""
        for start in range(0, len(self.codes), CHUNK):
            part = slice(start, start + CHUNK)
            key = self._keys(part)
            slots = _slots(key, self._multiplier)
            while True:
                is_known = self._key_of_slot.take(slots, mode="clip") == key
                if is_known.all():
                    break
                if not self.add(key[~is_known][:_LOOKED_AT]):
                    return False
            self._code_of_slot.take(slots, out=self.codes[part], mode="clip")
        return True

    def add(self, some: Array) -> bool:
        """Number these words; return False if that is impossible."""
        keys = np.unique(some).tolist()
        if len(self.known) + len(keys) > _MOST_WORDS:
            return False
        slots = _slots(np.array(keys, np.uint32), self._multiplier)
        for key, slot in zip(keys, slots.tolist(), strict=True):
            self.has_collision = int(self._key_of_slot[slot]) != _NOTHING
            if self.has_collision or key > _BYTES:
                return False
            self._code_of_slot[slot] = len(self.known)
            self._key_of_slot[slot] = key
            self.known.append(key)
        return True
