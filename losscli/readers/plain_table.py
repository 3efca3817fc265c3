"""Tables of plain decimals such as -1.25, all numbers of a page at once: four times np.loadtxt.

A decimal of d digits, k of them behind the point, is an integer over 10**k. Where both are exact
doubles their quotient is the nearest double of the decimal (Clinger, How to read floating point
numbers accurately, 1990, doi:10.1145/93542.93557). Eight digits become an integer in one 64-bit
word (Lemire, Number parsing at a gigabyte per second, 2021, doi:10.1002/spe.2984).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from losscli.readers.source import Array

_WORD = 8
_LONGEST = 18
"""Digits whose integer fits in 64 bits, whatever they are."""
_SAMPLE = 2048
_PADDING = b"0" * 2 * _WORD
_NEWLINE, _MINUS, _POINT, _ZERO = b"\n-.0"
_ONES = np.uint64(2**64 - 1)
_TENS = 10 ** np.arange(_LONGEST + 1, dtype=np.uint64)
_POWERS = _TENS.astype(np.float64)
# Neighbouring digits, then pairs, then fours, are joined: 10 * left + right.
_JOINS = [
    (np.uint64(factor), np.uint64(shift), np.uint64(mask))
    for factor, shift, mask in (
        (10 * 2**8 + 1, 8, 0x00FF00FF00FF00FF),
        (100 * 2**16 + 1, 16, 0x0000FFFF0000FFFF),
        (10_000 * 2**32 + 1, 32, 0x00000000FFFFFFFF),
    )
]


def read_plain(data: bytes, delimiter: str | None, width: int) -> Array | None:
    """Return the numbers of whole rows as shape (rows, width).

    None where a cell is anything but digits with perhaps a minus before them and a point among
    them, has more digits than a double is sure to hold, or a row is of another width.
    """
    if delimiter is None or not delimiter.isascii():
        return None
    if not data.endswith((b"\n", b"\r")):
        data += b"\n"
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    sample = data[: data.find(b"\n", _SAMPLE) + 1]
    if sample and _numbers(sample, ord(delimiter), width) is None:
        return None
    return _numbers(data, ord(delimiter), width)


def _numbers(data: bytes, delimiter: int, width: int) -> Array | None:
    padded = _PADDING + data
    codes = np.frombuffer(padded, np.uint8)
    marks = np.flatnonzero(codes - np.uint8(_ZERO) > 9)
    kinds = codes[marks]
    at = np.flatnonzero((kinds == delimiter) | (kinds == _NEWLINE))
    if at.size % width:
        return None
    breaks = (kinds[at] == _NEWLINE).reshape(-1, width)
    if not breaks[:, -1].all() or breaks[:, :-1].any():
        return None
    stop = marks[at]
    start = np.concatenate(([len(_PADDING)], stop[:-1] + 1))
    minus = codes[start] == _MINUS
    point = kinds[at - 1] == _POINT
    if np.any(np.diff(at, prepend=-1) - 1 != minus.astype(np.intp) + point):
        return None
    middle = np.where(point, marks[at - 1], stop)
    before, after = middle - start - minus, stop - middle - point
    count = before + after
    longest = max(int(before.max()), int(after.max()))
    if count.min() < 1 or count.max() > _LONGEST or longest > 2 * _WORD:
        return None
    integers = _integers(padded, middle, before) * _TENS[after] + _integers(padded, stop, after)
    if integers.max() > 2**53:
        return None
    numbers: Array = integers.astype(np.float64)
    numbers /= _POWERS[after]
    np.negative(numbers, out=numbers, where=minus)
    return numbers.reshape(-1, width)


def _integers(padded: bytes, stop: Array, count: Array) -> Array:
    """Return the integers of the `count` digits, at most 16, before each place."""
    words = np.ndarray((len(padded) - _WORD + 1,), "<u8", padded, strides=(1,))
    low: Array = _joined(words[stop - _WORD], np.minimum(count, _WORD))
    if count.max() <= _WORD:
        return low
    high = _joined(words[stop - 2 * _WORD], np.maximum(count - _WORD, 0))
    low += high * _TENS[_WORD]
    return low


def _joined(words: Array, count: Array) -> Array:
    """Return the integers of words of text, of which the last `count` bytes are digits."""
    # NumPy shifts by 64 to 0: where there are no digits, nothing is left of the word.
    words &= _ONES << (np.uint64(8 * _WORD) - np.uint64(8) * count.astype(np.uint64))
    words &= np.uint64(0x0F0F0F0F0F0F0F0F)
    for factor, shift, mask in _JOINS:
        words *= factor
        words >>= shift
        words &= mask
    return words
