"""Plain lists of numbers or class names in a binary file, as an array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np

from losscli.errors import DataError, show
from losscli.readers.binary.stored import MOST_AXES
from losscli.readers.binary.values import Leaf, is_list, kind_of
from losscli.readers.class_names import ClassNames, LabelRangeError, exact_labels
from losscli.readers.numerals import EXACT
from losscli.readers.source import Array, ArraySource, array_place


def read_list(
    value: Sequence[Any], label: str, classes: ClassNames | None, most: int
) -> ArraySource:
    """Return a list as an array of at most `most` numbers; DataError with the first fault.

    Class names become numbers where `classes` is given.
    """
    shape, items = _flat(value, label, most)
    kinds = set(map(type, items))
    if kinds == {bool}:
        return ArraySource(np.array(items).reshape(shape), label)
    numbers: list[float] = items
    if not kinds <= {int, float}:
        numbers = [_number(item, i, shape, label, classes) for i, item in enumerate(items)]
    values: Array = np.array(numbers, np.float64).reshape(shape)
    if classes is not None and int in kinds:
        written = {i: n for i, n in enumerate(numbers) if type(n) is int and abs(n) >= EXACT}
        try:
            values = exact_labels(values, written)
        except LabelRangeError as error:
            _fail(label, _index(error.index, shape), str(error))
    return ArraySource(values, label)


def _flat(value: Sequence[Any], label: str, most: int) -> tuple[tuple[int, ...], list[Any]]:
    """Return the shape of nested lists by their first items, and all items in order."""
    shape: tuple[int, ...] = ()
    size, first = 1, value
    while is_list(first):
        shape = (*shape, len(first))
        size *= len(first)
        if not size:
            raise DataError(f"{label}: the list is empty; write numbers into it")
        if len(shape) > MOST_AXES:
            raise DataError(
                f"{label}: nested deeper than {MOST_AXES} levels, or a list that contains itself; "
                "save a list of rows"
            )
        if size > most:
            raise DataError(
                f"{label}: the list repeats itself to {size} numbers, more than a file of this "
                "size can hold; save an array"
            )
        first = first[0]
    items: list[Any] = list(value)
    for axis in range(1, len(shape)):
        for i, item in enumerate(items):
            if not is_list(item):
                _fail(label, _index(i, shape[:axis]), f"expected a list, found {kind_of(item)}")
            if len(item) != shape[axis]:
                _fail(
                    label,
                    _index(i, shape[:axis]),
                    f"a list of {len(item)}, expected {shape[axis]} as in the first one (ragged); "
                    "give every list the same length, or choose one by its index, e.g. ::0",
                )
        items = [item for row in items for item in row]
    return shape, items


def _number(
    item: Any, position: int, shape: tuple[int, ...], label: str, classes: ClassNames | None
) -> float:
    """Return an item as a number; DataError where it is neither a number nor a class name."""
    if type(item) in (int, float):
        return float(item) if isinstance(item, float) else int(item)
    text = item.decode("utf-8", "replace") if isinstance(item, bytes) else item
    index = _index(position, shape)
    if isinstance(item, Leaf):
        _fail(
            label,
            index,
            "an array in a list; choose one, e.g. ::0, or join them first (torch.cat, "
            "numpy.concatenate)",
        )
    if not isinstance(text, str):
        _fail(label, index, f"expected a number, found {kind_of(item)}; write one number")
    number = classes.index(text) if classes is not None else None
    if number is None:
        problem = f"{show(text)} is text, not a number; save numbers"
        _fail(label, index, problem if classes is None else classes.refusal(text))
    return number


def _index(position: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(position, shape))


def _fail(label: str, index: Sequence[int], problem: str) -> NoReturn:
    raise DataError(f"{label} {array_place(index)}: {problem}")
