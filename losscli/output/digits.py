"""How many digits of a number are shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from losscli.output.page import Column, Form, Kind, Number, Phrase, parts_of

LARGEST = 1e9
"""Numbers of this size or more are written as powers of ten."""
MOST = 99
"""More decimals than a page has."""
SMALLEST_SCALE = 8
"""A column with more zeros after the decimal point than this is written in powers of ten."""


def shown(value: float, digits: int) -> str:
    """Return a number with fixed decimals, or as a power of ten where those would hide it."""
    if not math.isfinite(value):
        return str(value)
    text = f"{value:.{digits}f}"
    if value and ((digits and float(text) == 0) or abs(value) >= LARGEST):
        return f"{value:.{max(digits - 1, 0)}e}"
    return text


def exact(value: float) -> str:
    """Return the shortest digits that read back as the same number."""
    return repr(value if isinstance(value, int) else float(value))


def written(number: Number, digits: int) -> str:
    """Return a number as a terminal shows it."""
    return bracketed(number, _formed(number, digits))


def bracketed(number: Number, text: str) -> str:
    """Return a number's text, in brackets where its minus needs them."""
    return f"({text})" if number.bracketed and text.startswith("-") else text


def _formed(number: Number, digits: int) -> str:
    value, form = number.value, number.form
    if isinstance(value, int):
        return str(value)
    if form is Form.SHORT:
        return f"{value:.{max(digits, 1)}g}"
    if form is Form.GENERAL:
        return f"{value:.12g}"
    if form is Form.GIVEN:
        return shown(value, decimals_of([number], digits))
    if form is Form.SIGNED:
        return f"{value:+.1e}"
    return shown(value, digits)


def decimals_of(numbers: Sequence[Number], digits: int) -> int:
    """Return the decimals of a column: those that its numbers have, or `digits` if computed."""
    if any(number.form is not Form.GIVEN for number in numbers):
        return digits
    return max((min(digits, _own_decimals(number.value)) for number in numbers), default=0)


def _own_decimals(value: float) -> int:
    if not math.isfinite(value):
        return 0
    text = shortest(value)
    return MOST if "e" in text else len(text.partition(".")[2])


def shortest(value: float) -> str:
    """Return the shortest digits that read back the same number, a whole one without a point."""
    return exact(value).removesuffix(".0")


def scaled(values: Sequence[float], digits: int) -> list[str]:
    """Return numbers with the same number of decimals: enough for the largest of them."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    zeros = -math.floor(math.log10(largest)) - 1 if largest else 0
    if zeros > SMALLEST_SCALE:
        return [f"{value:.{digits}g}" for value in values]
    return [shown(value, digits + max(0, zeros)) for value in values]


def rounded(column: Column, digits: int) -> list[Phrase | None]:
    """Return a column's cells with their bare numbers as text, by its form and the decimals."""
    if column.kind is Kind.BAR:
        return list(column.cells)
    phrases = [[] if cell is None else list(parts_of(cell)) for cell in column.cells]
    if column.form is Form.SCALED:
        first = [phrase for phrase in phrases if phrase and isinstance(phrase[0], float)]
        values = [x for phrase in first if isinstance(x := phrase[0], float)]
        for phrase, text in zip(first, scaled(values, digits), strict=True):
            phrase[0] = text
    return [
        [written(Number(x, column.form), digits) if isinstance(x, float) else x for x in phrase]
        or None
        for phrase in phrases
    ]
