"""Rows of many numbers as text, each number as `repr` writes it.

The numbers of a tile are laid out at once, six words of eight bytes for each, with zero bytes where
a number has no character; the zero bytes are then removed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from losscli.output.arrays import Array
from losscli.output.shortest_digits import PRECISIONS, WIDTH, shortest_digits
from losscli.output.strict_json import numbers

TILE = 8192
"""Numbers that are laid out at once: what is computed of them fits into the cache."""
FEW = 200
"""Fewer numbers are written faster one by one."""
FOURS = range(4)
WORDS = 2 + len(FOURS)
"""Sign, zeros and the first digit; four times four digits; exponent and separator."""
FIRST_DIGIT, FIRST_POINT, SEPARATOR = 6, 7, 5
"""Bytes of the first word, and of the last."""
FIXED = range(-3, 17)
"""Where the point is, counted from the first digit, in a number without an exponent."""
NONE = 330
"""The index in a table by point of a point before the first digit."""


def number_rows(values: Array, separator: str, write: Callable[[Any], str] = repr) -> str:
    """Return numbers (n, c) as text: a character between those of a row, a newline after each row.

    `write` returns the text of a number that is not finite, or of no type that is laid out here.
    """
    if values.dtype not in PRECISIONS or values.size < FEW:
        return "".join([separator.join(map(write, row)) + "\n" for row in numbers(values)])
    flat, c = values.reshape(-1), values.shape[1]
    texts = []
    for start in range(0, flat.size, TILE):
        tile = flat[start : start + TILE]
        ends = np.full(len(tile), ord(separator) << (8 * SEPARATOR), "<u8")
        ends[(-start - 1) % c :: c] = ord("\n") << (8 * SEPARATOR)
        texts.append(_laid_out(tile, ends, write).tobytes().translate(None, b"\0"))
    return b"".join(texts).decode("ascii")


def _laid_out(tile: Array, ends: Array, write: Callable[[Any], str]) -> Array:
    """Return the words of numbers and the separators after them, (n, WORDS)."""
    digits, count, point, negative, unknown = shortest_digits(tile)
    tables = _tables()
    place = point + NONE
    words = np.empty((len(tile), WORDS), "<u8")
    top, low = _divided(digits.view(np.uint64), 10**8)
    first, high = _divided(top.astype(np.uint32), 10**8)
    words[:, 0] = tables.lead.take(place) | tables.signs.take(negative.view(np.int8))
    words[:, 0] |= (first.astype(np.uint64) + ord("0")) << np.uint64(8 * FIRST_DIGIT)
    kept = np.maximum(count, tables.least.take(place))
    alone = np.flatnonzero(kept == 1)
    words[alone, 0] &= np.uint64((1 << (8 * FIRST_POINT)) - 1)
    fours = (*_divided(high, 10**4), *_divided(low.astype(np.uint32), 10**4))
    for group, four in enumerate(fours):
        text = tables.fours.take(four) & tables.masks[group].take(kept)
        words[:, 1 + group] = text | tables.points[group].take(place)
    words[:, -1] = tables.exponents.take(place) | ends
    if len(unknown):
        cells = [write(number).encode("ascii") for number in numbers(tile[unknown])]
        words[unknown, :-1] = np.array(cells, (np.bytes_, 40)).view("<u8").reshape(-1, WORDS - 1)
        words[unknown, -1] = ends[unknown]
    return words


def _divided(values: Array, by: int) -> tuple[Array, Array]:
    quotient = values // by
    return quotient, values - quotient * by


class _Tables(NamedTuple):
    """Words by what they show; "by point" is by where the decimal point is, plus NONE."""

    signs: Array
    lead: Array
    """By point: the zeros before the first digit, and a point after it."""
    least: Array
    """By point: the digits that are written even if they are zeros."""
    fours: Array
    """By four digits: a byte for each, and one for a point after each."""
    masks: list[Array]
    """By place of the four and number of digits kept."""
    points: list[Array]
    """By place of the four and by point."""
    exponents: Array


@cache
def _tables() -> _Tables:
    points = range(-NONE, NONE)
    digits = np.arange(10_000)[:, np.newaxis] // (1000, 100, 10, 1) % 10 + ord("0")
    return _Tables(
        signs=_words(("", "-")),
        lead=_words(_lead(point) for point in points),
        least=np.array([max(1, point + 1) if point in FIXED else 1 for point in points]),
        fours=(digits.astype("<u8") << np.array([0, 16, 32, 48], "<u8")).sum(axis=1, dtype="<u8"),
        masks=[_words("\xff\0" * (kept - 1 - 4 * i) for kept in range(WIDTH + 1)) for i in FOURS],
        points=[_words(_point(point, 2 + 4 * i) for point in points) for i in FOURS],
        exponents=_words("" if point in FIXED else f"e{point - 1:+03d}" for point in points),
    )


def _words(texts: Iterable[str]) -> Array:
    """Return the first eight characters of each text as a word."""
    return np.array([int.from_bytes(text[:8].encode("latin-1"), "little") for text in texts], "<u8")


def _lead(point: int) -> str:
    """Return the zeros before the first digit, from the second byte on, and a point after it."""
    if point in FIXED and point < 1:
        return "\0" + "0." + "0" * -point
    return "\0" * FIRST_POINT + "." if point == 1 or point not in FIXED else ""


def _point(point: int, first: int) -> str:
    """Return a point behind its digit, if that is one of the four that begin with `first`."""
    return (
        "\0" * (2 * (point - first) + 1) + "." if point in FIXED and 0 <= point - first < 4 else ""
    )
