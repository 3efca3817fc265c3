"""Tables of decimals, a page at a time: -1.25 and 1.25e-03, many times as fast as np.loadtxt.

A decimal is an integer divided by a power of ten. Where both are exact doubles, their quotient is
the double nearest to the decimal (Clinger, How to read floating point numbers accurately, 1990,
doi:10.1145/93542.93557). Otherwise both are sums of two doubles, and the quotient of the first
ones is corrected by what remains. Where the same double is nearest to all sums that the
correction's error allows, it is right (Ziv, Fast evaluation of elementary mathematical functions
with correctly rounded last bit, 1991, doi:10.1145/114697.116813).
Eight digits become an integer in one 64-bit word (Lemire, Number parsing at a gigabyte per second,
2021, doi:10.1002/spe.2984).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from losscli.readers.numerals import parse_number
from losscli.readers.source import Array

_WORD = 8
_LONGEST = 22
"""Digits of a number."""
_EXACT_POWER, _LAST_POWER = 22, 45
"""The last power of ten that is a double, and the last one that is the sum of two doubles."""
_LARGEST = 1.8e19
"""The digits of a number as an integer: up to this one they fit in 64 bits."""
_FIT_DOUBLE, _FIT_INTEGER = 15, 19
"""How many digits are certainly an exact double, and how many fit in 64 bits."""
_MOST_ODD = 1 / 16
"""Share of cells that may have another form: read one by one, they cost as much as the rest."""
_PADDING = b"0" * _WORD + b"\n"
_NEWLINE, _PLUS, _MINUS, _POINT, _ZERO, _EXPONENT = b"\n+-.0e"
_TO_LOWER = np.uint8(ord("e") ^ ord("E"))
_LONG_EXPONENT = 3
# The last ones overflow as integers, but only zeros are multiplied by them.
_TENS = np.cumprod(np.array([1] + [10] * _LONGEST, np.uint64), dtype=np.uint64)
_POWERS = np.array([float(10**power) for power in range(_LAST_POWER + 1)])
_REST_POWERS = np.array([float(10**n - int(power)) for n, power in enumerate(_POWERS.tolist())])
_UPPER = np.uint64(2**64 - 2**27)
"""What leaves the upper 26 of a double's 53 bits."""
_UPPER_POWERS = (_POWERS.view(np.uint64) & _UPPER).view(np.float64)
_LOWER_POWERS = _POWERS - _UPPER_POWERS
_SLACK = 2.0**-74
"""Above the error of a correction, which is below 2**-76 of its quotient."""
_SIGNS = np.array([1.0, -1.0])
_LAST_DIGITS = np.array([0x0F0F0F0F0F0F0F0F << 64 - 8 * n & 2**64 - 1 for n in range(9)], np.uint64)
"""What leaves the values of the last n digits of a word."""
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

    None where a row has another width, a cell is not a number, or many cells have another form:
    digits with an optional minus sign, decimal point and exponent (with its sign).
    """
    if delimiter is None or not delimiter.isascii() or b'"' in data:
        return None
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
        if b"\r" in data:
            return None
    if not data.endswith(b"\n"):
        data += b"\n"
    return _numbers(_PADDING + data, ord(delimiter), width)


class _Cells(NamedTuple):
    """Where the parts of each cell are, and how many digits they have."""

    start: Array
    minus: Array
    """1 where a minus sign comes first, else 0."""
    before: Array
    """How many digits its integer part has; 0 in odd cells."""
    middle: Array
    """Where the integer part ends."""
    after: Array
    end: Array
    """Where the digits after the point end."""
    power: Array
    """The power of ten that the digits are divided by: `after` less the exponent, or 0."""
    zeros: Array | None
    """How many zeros follow the digits, for the rest of the exponent; None without exponents."""
    stop: Array
    longest: int
    """The most digits that a number has as an integer."""
    exact: bool
    """Whether all these integers, and the powers, are doubles."""
    odd: Array
    """Where a cell has another form."""


def _find_cells(text: bytes, delimiter: int, width: int) -> _Cells | None:
    """Return the cells after the padding; None where a row has another width, or many are odd."""
    codes = np.frombuffer(text, np.uint8)
    marks = np.flatnonzero(codes - np.uint8(_ZERO) > 9)
    kinds = codes.take(marks)
    newline = kinds == _NEWLINE
    # The first end is that of the padding.
    at = np.flatnonzero((kinds == delimiter) | newline)
    rows, rest = divmod(at.size - 1, width)
    if rest or np.count_nonzero(newline) != rows + 1 or not newline.take(at[::width]).all():
        return None
    ends, last = marks.take(at), at[1:] - 1
    start, stop = ends[:-1] + 1, ends[1:]
    minus = (codes.take(start) == _MINUS).astype(np.intp)
    end, powers = stop, None
    if np.count_nonzero(kinds | _TO_LOWER == _EXPONENT) > _MOST_ODD * stop.size:
        powers = _Powers.find(text, marks, kinds, last, stop)
        end, last = powers.end, last - powers.marks
    has_point = kinds.take(last) == _POINT
    middle = np.where(has_point, marks.take(last), end)
    point = has_point.astype(np.intp)
    before, after = middle - start, end - middle
    before -= minus
    after -= point
    digits = before + after
    odd = (digits < 1) | (digits > _LONGEST)
    power, zeros, known = after, None, minus + point
    if powers is not None:
        power = np.maximum(after - powers.exponent, 0)
        zeros = power - after + powers.exponent
        digits += zeros
        odd |= (digits > _LONGEST) | (power > _LAST_POWER)
        known += powers.marks
    if marks.size > at.size + known.sum():
        odd |= np.diff(at) - 1 != known
    if many := np.count_nonzero(odd):
        if many > _MOST_ODD * odd.size:
            return None
        before[odd] = after[odd] = power[odd] = digits[odd] = 0
        if zeros is not None:
            zeros[odd] = 0
    longest = digits.max()
    exact = longest <= _FIT_DOUBLE and power.max() <= _EXACT_POWER
    return _Cells(start, minus, before, middle, after, end, power, zeros, stop, longest, exact, odd)


class _Powers(NamedTuple):
    """Exponents such as e-05 at the end of cells."""

    exponent: Array
    """0 where there is none."""
    marks: Array
    """How many marks it has: two, or none."""
    end: Array
    """Where the digits before it end."""

    @staticmethod
    def find(text: bytes, marks: Array, kinds: Array, last: Array, stop: Array) -> _Powers:
        """Look at the last two marks of each cell."""
        sign, letter = marks.take(last), marks.take(last - 1)
        minus = kinds.take(last) == _MINUS
        length = stop - sign - 1
        found = (kinds.take(last - 1) | _TO_LOWER == _EXPONENT) & (letter + 1 == sign)
        found &= (minus | (kinds.take(last) == _PLUS)) & (length > 0) & (length <= _LONG_EXPONENT)
        size = _integers(text, stop, np.where(found, length, 0)).view(np.int64)
        two = 2 * found.astype(np.intp)
        return _Powers(np.where(minus, -size, size), two, np.where(found, letter, stop))


def _numbers(text: bytes, delimiter: int, width: int) -> Array | None:
    """Return the numbers of the rows after the padding as shape (rows, width), or None."""
    cells = _find_cells(text, delimiter, width)
    if cells is None:
        return None
    after, odd = cells.after, cells.odd
    whole = _integers(text, cells.middle, cells.before)
    part = _integers(text, cells.end, after)
    if cells.longest > _FIT_INTEGER:
        large = whole * _POWERS.take(after) + part
        if cells.zeros is not None:
            large *= _POWERS.take(cells.zeros)
        whole[large > _LARGEST] = part[large > _LARGEST] = 0
        odd |= large > _LARGEST
    integers = whole * _TENS.take(after) + part
    if cells.zeros is not None:
        integers *= _TENS.take(cells.zeros)
    if cells.exact:
        numbers: Array = integers.astype(np.float64) / _POWERS.take(cells.power)
    else:
        numbers, unsure = _quotients(integers, cells.power)
        odd |= unsure
    numbers *= _SIGNS.take(cells.minus)
    if np.count_nonzero(odd) > _MOST_ODD * odd.size:
        return None
    for cell in np.flatnonzero(odd):
        digits = text[cells.start[cell] : cells.stop[cell]]
        number = parse_number(digits.decode(errors="replace").strip())
        if number is None:
            return None
        numbers[cell] = number
    return numbers.reshape(-1, width)


def _quotients(integers: Array, power: Array) -> tuple[Array, Array]:
    """Return integers / 10**power, and where these may not be the nearest doubles."""
    high = integers.astype(np.float64)
    low = (integers - high.astype(np.uint64)).view(np.int64)
    divisors = _POWERS.take(power)
    quotients = high / divisors
    # high - quotients * divisors, in products of halves, most of which are exact.
    upper = (quotients.view(np.uint64) & _UPPER).view(np.float64)
    remainder = high - upper * _UPPER_POWERS.take(power)
    remainder -= upper * _LOWER_POWERS.take(power)
    remainder -= (quotients - upper) * divisors
    rest = low - quotients * _REST_POWERS.take(power)
    correction = (remainder + rest) / divisors
    slack = quotients * _SLACK
    numbers = quotients + (correction + slack)
    return numbers, numbers != quotients + (correction - slack)


def _integers(text: bytes, stop: Array, count: Array) -> Array:
    """Return the integers of the `count` digits before each place; huge ones come out too large."""
    if count.max() <= 1:
        digits = np.frombuffer(text, np.uint8).take(stop - 1) - np.uint8(_ZERO)
        return digits * count.view(np.uint64)
    words = np.ndarray((len(text) - _WORD + 1,), "<u8", text, strides=(1,))
    integers: Array = words[stop - _WORD]
    integers &= _LAST_DIGITS.take(count, mode="clip")
    for factor, shift, mask in _JOINS:
        integers *= factor
        integers >>= shift
        integers &= mask
    more = np.flatnonzero(count > _WORD)
    if more.size:
        upper = _integers(text, stop.take(more) - _WORD, count.take(more) - _WORD)
        # What exceeds _LARGEST still does, and fits in 64 bits.
        integers[more] += np.minimum(upper, 181 * 10**9) * _TENS[_WORD]
    return integers
