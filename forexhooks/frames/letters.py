"""Codes of three letters, numbered by their bytes without looking any text up."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

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
_MULTIPLIERS = (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F)

Coded = tuple[Array, list[str]]


def letters_of_view(views: Array) -> Coded | None:
    """The codes and the texts of a column of string views, two uint64 each.

    None where not all of them are of three bytes, or too many are different.
    """
    # A view begins with the length, and the bytes that it has room for.
    first = views[:, 0]
    return _coded(len(views), lambda part: first[part], 32, lambda key: key & 0xFFFFFFFF == _LENGTH)


def letters_of_offsets(offsets: Array, content: Any) -> Coded | None:
    """The codes and the texts of a column by its offsets, one more than rows, and its bytes.

    None where not all of them are of three bytes, or too many are different.
    """
    count, first, last = len(offsets) - 1, int(offsets[0]), int(offsets[-1])
    if last - first != _LENGTH * count:
        return None
    # Four bytes are read at once, so that there must be one more after the last word.
    if content.size <= last:
        content = bytes(memoryview(content)[first:last]) + b"\0"
        first = 0
    words: Array = np.ndarray(
        (count,), np.dtype("<u4"), buffer=content, offset=first, strides=(_LENGTH,)
    )
    if not (np.diff(offsets) == _LENGTH).all():
        return None
    return _coded(count, lambda part: words[part] & _BYTES, 0, lambda _: True)


def _coded(
    count: int, keys: Callable[[slice], Array], shift: int, is_word: Callable[[int], bool]
) -> Coded | None:
    """Number the words whose bytes are in `keys` from the bit `shift` on."""
    for multiplier in _MULTIPLIERS:
        table = _Table(count, keys, multiplier, is_word)
        if all(in_spans(count, table.fill)):
            texts = [(key >> shift).to_bytes(_LENGTH, "little").decode() for key in table.known]
            return table.codes, texts
        if not table.has_collision:
            break
    return None


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
                # There are few words, and the first rows have most of them.
                if not self._add(np.unique(key[~is_known][:_LOOKED_AT]).tolist()):
                    return False
            np.take(self._code_of_slot, slots, out=self.codes[part], mode="clip")
        return True

    def _slots(self, key: Array) -> Array:
        slots: Array = key * self._multiplier
        slots >>= self._shift
        return slots.view(np.int64) if slots.dtype == np.uint64 else slots.astype(np.intp)

    def _add(self, keys: list[int]) -> bool:
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
