"""Codes of three letters, numbered by their bytes without looking any text up."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from forexhooks.currencies import CODES
from forexhooks.frames.arrays import CHUNK, Array, in_spans

if TYPE_CHECKING:
    from collections.abc import Callable

_LENGTH = 3
_BYTES = (1 << 8 * _LENGTH) - 1
_SLOTS_IN_BITS = 14
_MOST_WORDS = 1_000
_LOOKED_AT = 256
# Odd numbers that spread the words over the slots. Where two words of a column fall into one slot,
# the next is tried.
_SPREADING = 0x9E3779B97F4A7C15
_STANDARD = sorted(CODES)
_STANDARD_SHIFT = np.uint64(64 - _SLOTS_IN_BITS)
_MULTIPLIERS = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F)

FEW = 3_000
"""Rows: so many are not worth a table of the words that they have."""

Coded = tuple[Array, list[str]]


def letters_of_view(views: Array) -> Coded | None:
    """The codes and the texts of a column of string views, two uint64 each.

    None where not all of them are of three bytes, or too many are different.
    """
    # A view begins with the length, and the bytes that it has room for.
    first = views[:, 0]
    if len(views) <= FEW:
        return _published(first)
    return _coded(len(views), lambda part: first[part], 32, lambda key: key & 0xFFFFFFFF == _LENGTH)


def letters_of_offsets(offsets: Array, content: Any) -> Coded | None:
    """The codes and the texts of a column by its offsets, one more than rows, and its bytes.

    None where not all of them are of three bytes, or too many are different.
    """
    count, first, last = len(offsets) - 1, int(offsets[0]), int(offsets[-1])
    if last - first != _LENGTH * count:
        return None
    if not (offsets[1:] - offsets[:-1] == _LENGTH).all():
        return None
    # Four bytes are read at once: behind the last word there may be none.
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

    if count <= FEW:
        return _published((keys(slice(count)).astype(np.uint64) << 32) | _LENGTH)
    return _coded(count, keys, 0, lambda _: True)


def _coded(
    count: int, keys: Callable[[slice], Array], shift: int, is_word: Callable[[int], bool]
) -> Coded | None:
    """Number the words whose bytes are in `keys` from the bit `shift` on."""
    for multiplier in _MULTIPLIERS:
        table = _Table(count, keys, multiplier, is_word)
        # There are few words, and the first rows have most of them.
        if table.add(keys(slice(_LOOKED_AT))) and all(in_spans(count, table.fill)):
            texts = [(key >> shift).to_bytes(_LENGTH, "little").decode() for key in table.known]
            return table.codes, texts
        if not table.has_collision:
            break
    return None


def _published(keys: Array) -> Coded | None:
    """Number words that are all codes of the standard; a key is a length, and the bytes above it.

    None where some are not.
    """
    multiplier, key_of_slot, code_of_slot = _standard()
    slots = (keys * multiplier >> _STANDARD_SHIFT).view(np.int64)
    if not (key_of_slot.take(slots) == keys).all():
        return None
    codes = code_of_slot.take(slots)
    seen = np.bincount(codes).nonzero()[0]
    rank_of_code = np.zeros(len(_STANDARD), np.int16)
    rank_of_code[seen] = np.arange(len(seen))
    return rank_of_code.take(codes), [_STANDARD[code] for code in seen.tolist()]


@cache
def _standard() -> tuple[np.uint64, Array, Array]:
    """A factor that gives each code a slot of its own, and for each slot its key and code."""
    listed = [int.from_bytes(code.encode(), "little") << 32 | _LENGTH for code in _STANDARD]
    keys = np.array(listed, np.uint64)
    multiplier = np.uint64(_SPREADING)
    while True:
        slots = keys * multiplier >> _STANDARD_SHIFT
        if len(np.unique(slots)) == len(keys):
            break
        multiplier += np.uint64(2)
    nothing = np.iinfo(np.uint64).max  # no text has this key
    key_of_slot = np.full(1 << _SLOTS_IN_BITS, nothing, np.uint64)
    code_of_slot = np.zeros(1 << _SLOTS_IN_BITS, np.int16)
    key_of_slot[slots] = keys
    code_of_slot[slots] = np.arange(len(keys))
    return multiplier, key_of_slot, code_of_slot


class _Table:
    """The words of a column by their hashes, as they occur."""

    def __init__(
        self,
        count: int,
        keys: Callable[[slice], Array],
        multiplier: int,
        is_word: Callable[[int], bool],
    ) -> None:
        self.codes: Array = np.empty(count, np.int16)
        self.known: list[int] = []
        self.has_collision: bool = False
        self._keys, self._is_word = keys, is_word
        kind = keys(slice(0)).dtype
        self._multiplier, self._shift = kind.type(multiplier), 8 * kind.itemsize - _SLOTS_IN_BITS
        self._nothing: int = np.iinfo(kind).max  # no text has this key
        self._key_of_slot = np.full(1 << _SLOTS_IN_BITS, self._nothing, kind)
        self._code_of_slot = np.zeros(1 << _SLOTS_IN_BITS, np.int16)
        self._adding = Lock()

    def fill(self, first: int, last: int) -> bool:
        """Number these rows; False where that is not possible."""
        for start in range(first, last, CHUNK):
            part = slice(start, min(start + CHUNK, last))
            key = self._keys(part)
            slots = self._slots(key)
            while True:
                is_known = np.take(self._key_of_slot, slots, mode="clip") == key
                if is_known.all():
                    break
                if not self.add(key[~is_known][:_LOOKED_AT]):
                    return False
            np.take(self._code_of_slot, slots, out=self.codes[part], mode="clip")
        return True

    def _slots(self, key: Array) -> Array:
        slots: Array = key * self._multiplier
        slots >>= self._shift
        return slots.view(np.int64) if slots.dtype == np.uint64 else slots.astype(np.intp)

    def add(self, some: Array) -> bool:
        """Number these words; False where that is not possible."""
        keys = np.unique(some).tolist()
        with self._adding:
            if len(self.known) + len(keys) > _MOST_WORDS:
                return False
            kind = self._key_of_slot.dtype
            for key, slot in zip(keys, self._slots(np.array(keys, kind)).tolist(), strict=True):
                before = int(self._key_of_slot[slot])
                if before == key:  # the other thread was faster
                    continue
                self.has_collision = before != self._nothing
                if self.has_collision or not self._is_word(key):
                    return False
                self._code_of_slot[slot] = len(self.known)
                self._key_of_slot[slot] = key
                self.known.append(key)
        return True
