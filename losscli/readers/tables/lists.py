"""Lists as text in a cell: `[0.1, 0.9]`, NumPy's `[0.1 0.9]`, `tensor([0.1, 0.9])`."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from losscli.errors import show
from losscli.readers.class_names import ClassNames
from losscli.readers.numerals import parse_number
from losscli.readers.source import Array
from losscli.readers.tables.plain import read_plain

_CALL = re.compile(
    r"(?:np\.|numpy\.|torch\.)?(?:array|tensor|Tensor|list|tuple)\((.*)\)", re.DOTALL
)
_ARGUMENTS = re.compile(r",\s*(?:dtype|device|requires_grad|grad_fn|shape)\s*=.*", re.DOTALL)
_SCALAR = re.compile(r"(?:np|numpy)\.\w+\(([^()]*)\)")
"""How NumPy 2 shows a number in a list: `np.float64(0.1)`."""
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_WHOLE = "save whole lists, e.g. of x.tolist()"


class ListError(Exception):
    """A cell that is not a list of numbers; the message is what follows the place."""

    row = 0
    """Which of the cells it is."""


def read_lists(cells: Sequence[str], width: int, classes: ClassNames | None) -> Array | None:
    """Return lists of plain decimals as shape (len(cells), width), fast.

    None where they are anything else, or not that long: `read_list` tells.
    """
    if classes is not None or not all(c[:1] == "[" and c[-1:] == "]" for c in cells):
        return None
    text = "\n".join([cell[1:-1] for cell in cells])
    if "," in text:
        return read_plain(text.replace(" ", "").encode(errors="replace"), ",", width)
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return read_plain("\n".join(lines).encode(errors="replace"), " ", width)


def read_list(cell: str, classes: ClassNames | None) -> list[float]:
    """Return the numbers of a list, or the numbers of its class names; ListError otherwise."""
    text = cell.strip()
    call = _CALL.fullmatch(text)
    if call is not None:
        text = _ARGUMENTS.sub("", call[1]).strip()
    if text[:1] + text[-1:] not in ("[]", "()"):
        raise ListError(
            f"{show(cell)} is not a list of numbers as in the first row; write '[0.1, 0.9]'"
        )
    if "..." in text:
        raise ListError(f"{show(cell)} was shortened with '...'; {_WHOLE}")
    text = _SCALAR.sub(r"\1", text[1:-1]).strip()
    if any(char in text for char in "[]{}("):
        raise ListError(f"{show(cell)} is a list in a list; expected numbers, save it as NPY")
    parts = text.split(",") if "," in text else text.split()
    if parts and not parts[-1].strip():
        parts.pop()
    if not parts:
        raise ListError(f"{show(cell)} is an empty list; remove the row")
    return [_entry(part.strip(), cell, classes) for part in parts]


def _entry(part: str, cell: str, classes: ClassNames | None) -> float:
    value: float | None = parse_number(part)
    quoted = _QUOTED.fullmatch(part)
    if value is None and classes is not None:
        word = (quoted[1] or quoted[2] or "") if quoted else part
        value = classes.index(word)
        if value is None:
            raise ListError(f"{show(cell)}: {classes.refusal(word)}")
    if value is None:
        raise ListError(f"{show(part)} in the list {show(cell)} is not a number; correct it")
    return value


def lists_of(cells: Sequence[str], width: int, classes: ClassNames | None) -> Array:
    """Return lists as shape (len(cells), width); ListError for the first that is at fault."""
    fast = read_lists(cells, width, classes)
    # A list without numbers leaves an empty line, which may end the text.
    if fast is not None and len(fast) == len(cells):
        return fast
    rows = np.empty((len(cells), width))
    for row, cell in enumerate(cells):
        try:
            numbers = read_list(cell, classes)
            if len(numbers) != width:
                raise ListError(
                    f"{show(cell)} has length {len(numbers)}, expected {width} as in the first "
                    "row; give every list the same length"
                )
        except ListError as error:
            error.row = row
            raise
        rows[row] = numbers
    return rows
