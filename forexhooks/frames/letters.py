"""Codes of three letters, numbered by those letters without looking any text up."""

from __future__ import annotations

from threading import Lock
from typing import Any

import numpy as np

from forexhooks.frames.arrays import CHUNK, Array, in_spans

_HASHES = 1 << 15  # five bits a letter
_LENGTH = 3
_BYTES = (1 << 8 * _LENGTH) - 1


def _words() -> Array:
    """For each hash the word it stands for, as its bytes; of those with other letters, none."""
    hashes = np.arange(_HASHES, dtype=np.uint32)
    letters = (hashes >> 10, hashes >> 5 & 31, hashes & 31)
    words: Array = np.zeros(_HASHES, np.uint32)
    for at, each in enumerate(letters):
        words |= (64 + each) << np.uint32(8 * at)
    for each in letters:
        words = np.where((each > 0) & (each <= 26), words, 0)
    return words.astype(np.uint32)


_WORD_OF_HASH = _words()


def letters_of_view(views: Array) -> tuple[Array, list[str]] | None:
    """The codes and the texts of a column of string views, four uint32 each.

    None where not all of them are three letters from A to Z.
    """
    lengths, words = views[:, 0], views[:, 1]
    return _coded(len(views), lambda part: words[part], lambda part: lengths[part])


def letters_of_offsets(offsets: Array, content: Any) -> tuple[Array, list[str]] | None:
    """The codes and the texts of a column by its offsets, one more than rows, and its bytes.

    None where not all of them are three letters from A to Z.
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
    return _coded(
        count,
        lambda part: words[part] & _BYTES,
        lambda part: np.diff(offsets[part.start : part.stop + 1]),
    )


def _coded(count: int, words: Any, lengths: Any) -> tuple[Array, list[str]] | None:
    codes = np.empty(count, np.int16)
    code_of_hash = np.full(_HASHES, -1, np.int16)
    known: list[int] = []
    finding = Lock()

    def task(first: int, last: int) -> bool:
        for start in range(first, last, CHUNK):
            part = slice(start, min(start + CHUNK, last))
            word: Array = words(part)
            out: Array = codes[part]
            # Five bits of each letter; that they are letters is told by the word they stand for.
            hashed = (word & 31) << 10
            hashed |= word >> 3 & 31 << 5
            hashed |= word >> 16 & 31
            hashed = hashed.astype(np.intp)
            is_of_words = np.array_equal(np.take(_WORD_OF_HASH, hashed, mode="clip"), word)
            if not is_of_words or not (lengths(part) == _LENGTH).all():
                return False
            np.take(code_of_hash, hashed, out=out, mode="clip")
            if out.min() < 0:
                with finding:
                    for each in np.flatnonzero(np.bincount(hashed)).tolist():
                        if code_of_hash[each] < 0:
                            known.append(each)
                            code_of_hash[each] = len(known) - 1
                np.take(code_of_hash, hashed, out=out, mode="clip")
        return True

    if not all(in_spans(count, task)):
        return None
    return codes, [int(_WORD_OF_HASH[each]).to_bytes(_LENGTH, "little").decode() for each in known]
