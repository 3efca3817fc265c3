"""Tables of plain decimals such as -1.25, a page at a time: four times as fast as np.loadtxt.

A decimal with k digits after the decimal point is an integer divided by 10**k. Where both are
exact doubles, their quotient is the double nearest to the decimal (Clinger, How to read floating
point numbers accurately, 1990, doi:10.1145/93542.93557). Where both are exact in the 64 bits of
x87's long double, rounding the quotient there to a double also gives the nearest one, unless the
quotient is halfway between two doubles.
Eight digits become an integer in one 64-bit word (Lemire, Number parsing at a gigabyte per second,
2021, doi:10.1002/spe.2984).
"""

from __future__ import annotations

import numpy as np

from losscli.readers.numerals import parse_number
from losscli.readers.source import Array

_WORD = 8
_LONGEST = 22
"""Digits after a decimal point: 10**22 is the last power of ten that is a double."""
_LARGEST = 1e18
"""The digits of a number as an integer: up to this one they certainly fit in 64 bits."""
_MOST_ODD = 1 / 16
"""Share of cells that may have another form: read one by one, they cost as much as the rest."""
_SAMPLE = 2048
_PADDING = b"0" * 3 * _WORD
_NEWLINE, _MINUS, _POINT, _ZERO = b"\n-.0"
_ONES = np.uint64(2**64 - 1)
# The last ones overflow as integers, but only zeros are multiplied by them.
_TENS = np.cumprod(np.array([1] + [10] * _LONGEST, np.uint64), dtype=np.uint64)
_POWERS = np.array([float(10**digits) for digits in range(_LONGEST + 1)])
_WIDE_POWERS = _POWERS.astype(np.longdouble)
_HAS_WIDE = np.finfo(np.longdouble).nmant == 63
# Adjacent digits, then pairs, then fours, are joined: 10 * left + right.
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

    None where a row has another width, a cell is not a number, or many cells are more than digits
    with an optional minus sign and decimal point.
    """
    if delimiter is None or not delimiter.isascii() or b'"' in data:
        return None
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
        if b"\r" in data:
            return None
    if not data.endswith(b"\n"):
        data += b"\n"
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
    middle = np.where(point, marks[at - 1], stop)
    before, after = middle - start - minus, stop - middle - point
    odd = np.diff(at, prepend=-1) - 1 != minus.astype(np.intp) + point
    odd |= (before + after < 1) | (before > _LONGEST) | (after > _LONGEST)
    if odd.any():
        before, after = np.where(odd, 0, before), np.where(odd, 0, after)
    whole, part = _integers(padded, middle, before), _integers(padded, stop, after)
    odd |= whole * _POWERS[after] + part > _LARGEST
    integers = whole * _TENS[after] + part
    numbers, unsure = _quotients(integers, after)
    np.negative(numbers, out=numbers, where=minus)
    odd |= unsure
    if np.count_nonzero(odd) > _MOST_ODD * odd.size:
        return None
    for cell in np.flatnonzero(odd):
        number = parse_number(padded[start[cell] : stop[cell]].decode(errors="replace").strip())
        if number is None:
            return None
        numbers[cell] = number
    return numbers.reshape(-1, width)


def _quotients(integers: Array, digits: Array) -> tuple[Array, Array]:
    """Return integers / 10**digits, and where these may not be the nearest doubles."""
    large = integers > 2**53
    if not (_HAS_WIDE and large.any()):
        return integers.astype(np.float64) / _POWERS[digits], large
    wide = integers.astype(np.longdouble) / _WIDE_POWERS[digits]
    numbers = wide.astype(np.float64)
    # Halfway is half a step away, or a quarter where the steps grow.
    steps = np.abs(wide - numbers) / np.spacing(numbers)
    return numbers, (steps == 0.5) | (steps == 0.25)


def _integers(padded: bytes, stop: Array, count: Array) -> Array:
    """Return the integers of the `count` digits before each place; huge ones come out too large."""
    words = np.ndarray((len(padded) - _WORD + 1,), "<u8", padded, strides=(1,))
    integers: Array = _joined(words[stop - _WORD], np.minimum(count, _WORD))
    for skipped in range(_WORD, int(count.max()), _WORD):
        digits = np.clip(count - skipped, 0, _WORD)
        upper = _joined(words[stop - skipped - _WORD], digits)
        if skipped == 2 * _WORD:
            # What exceeds _LARGEST still does, and fits in 64 bits.
            upper = np.minimum(upper, 101)
        integers += upper * _TENS[skipped]
    return integers


def _joined(words: Array, count: Array) -> Array:
    """Return the integers in 8-byte words of text, of which the last `count` bytes are digits."""
    # NumPy shifts by 64 to 0: without digits, nothing is left of the word.
    words &= _ONES << (np.uint64(8 * _WORD) - np.uint64(8) * count.astype(np.uint64))
    words &= np.uint64(0x0F0F0F0F0F0F0F0F)
    for factor, shift, mask in _JOINS:
        words *= factor
        words >>= shift
        words &= mask
    return words
