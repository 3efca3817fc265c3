"""Whether the first row of a table names its columns, or is data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from math import isfinite

from losscli.readers.numerals import is_sheet_error, is_spoiled, is_word
from losscli.readers.tables.cells import is_list

_DIGITS = re.compile(r"[0-9]+")
Parse = Callable[[str], float | None]


class FirstRow(Enum):
    """What the first row is."""

    HEADER = "a header"
    DATA = "data"
    DOUBTFUL = "a header or data"


def judge(cells: Sequence[str], below: Callable[[], list[list[str]]], parse: Parse) -> FirstRow:
    """Return what the first row is; `below` returns the next rows of the same width.

    A number with a typo is data, and refused there. A row of distinct integers above nothing but
    decimals may be either, and so may a lone 0: pandas gives that name to a column without one.
    """
    if any(is_list(cell) for cell in cells):
        return FirstRow.DATA
    words = [cell for cell in cells if is_word(cell)]
    if words:
        if not all(is_spoiled(word) for word in words):
            numbers = any(parse(cell) is not None for cell in cells)
            return FirstRow.DATA if numbers and _continues(cells, below()) else FirstRow.HEADER
        names = 1 < len(cells) == len(words) == len(set(words))
        return FirstRow.HEADER if names and not any(map(is_sheet_error, words)) else FirstRow.DATA
    named = cells[1:] if len(cells) > 1 and not cells[0] else cells
    whole = [cell.removesuffix(".0") for cell in named]
    if len(set(named)) < len(named) or not all(cell.isascii() and cell.isdigit() for cell in whole):
        return FirstRow.DATA
    rows = below()
    if not rows:
        return FirstRow.DATA
    if len(named) < len(cells):
        # A row of data would have a number there.
        return FirstRow.HEADER if all(all(row) for row in rows) else FirstRow.DATA
    if whole != cells and len(cells) > 1 and counts(whole):
        if all(_has_point(cell) for row in rows for cell in row):
            # Labels saved as floats may begin like this as well.
            return FirstRow.DOUBTFUL
        cells = whole
    if not all(map(_is_index, cells)):
        return FirstRow.DATA
    return _judge_indices(cells, rows, parse)


def _judge_indices(cells: Sequence[str], rows: list[list[str]], parse: Parse) -> FirstRow:
    """Judge a row of distinct integers by the rows below it."""
    texts = any(all(_is_name(cell) for cell in column) for column in zip(*rows, strict=True))
    if counts(cells) and texts:
        return FirstRow.HEADER
    decimals = [list(_decimals(row, parse)) for row in rows]
    if len(cells) > 1 and counts(cells) and all(any(row) for row in decimals):
        return FirstRow.HEADER
    if all(all(row) for row in decimals) or cells == ["0"]:
        return FirstRow.DOUBTFUL
    return FirstRow.DATA


def _continues(cells: Sequence[str], rows: list[list[str]]) -> bool:
    """Tell whether a column goes on as its first cell begins, `img_007` above `img_012`."""
    columns = zip(cells, *rows, strict=True) if rows else ()
    return any(
        is_word(first)
        and _DIGITS.search(first)
        and len({_DIGITS.sub("0", c) for c in rest}) == 1
        and _DIGITS.sub("0", first) == _DIGITS.sub("0", rest[0])
        for first, *rest in columns
    )


def counts(cells: Sequence[str]) -> bool:
    """Tell whether cells count 0, 1, 2, ..."""
    return list(cells) == list(map(str, range(len(cells))))


def _is_index(cell: str) -> bool:
    """Tell whether pandas gives such a name to a column without one."""
    return cell.isascii() and cell.isdigit() and (cell == "0" or cell[0] != "0")


def _has_point(cell: str) -> bool:
    """Tell whether a cell is a whole number written as a float, such as 1.0."""
    return cell.endswith(".0") and _is_index(cell.removesuffix(".0"))


def _is_name(cell: str) -> bool:
    return is_word(cell) and not is_spoiled(cell) and not is_list(cell)


def _decimals(row: list[str], parse: Parse) -> Iterator[bool]:
    """Tell of each cell whether it is a finite number that is not written as an integer."""
    for cell in row:
        number = parse(cell)
        yield number is not None and isfinite(number) and not cell.lstrip("+-").isdigit()
