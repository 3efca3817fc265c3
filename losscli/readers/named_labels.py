"""Labels that are numbers, of classes whose names are numbers: `10` may be a name or an index."""

from __future__ import annotations

from collections.abc import Collection
from typing import NoReturn

import numpy as np

from losscli.errors import DataError, option, show
from losscli.readers.class_names import ClassNames
from losscli.readers.numerals import parse_integer
from losscli.readers.source import Array, DerivedSource, Source

LABELS_ARE = ("names", "indices")
"""What labels that are numbers may be said to be."""
_BLOCK = 1 << 16
_MOST = 1 << 20
"""Different labels that are collected: more are not labels of named classes."""


class NumberedClasses(ClassNames):
    """Classes of which some are named by numbers that are not their indices.

    A label that is a word stays apart from the numbers, as `FIRST` and its index, until all labels
    are known.
    """

    FIRST = 2**52

    def index(self, word: str) -> int | None:
        """Return the code of a class name that is a word."""
        found = super().index(word)
        return None if found is None else self.FIRST + found

    @property
    def numbers(self) -> dict[int, int]:
        """The index of each class that is named by an integer."""
        found = {}
        for index, name in enumerate(self.names, self.base):
            number = parse_integer(name)
            if number is not None and str(number) == name:
                found[number] = index
        return found


def class_names(names: tuple[str, ...], label: str, base: int) -> ClassNames:
    """Return the classes of a header; by kind, depending on whether numbers among them mislead."""
    numbered = NumberedClasses(names, label, base)
    displaced = any(number != index for number, index in numbered.numbers.items())
    return numbered if displaced else ClassNames(names, label, base)


def resolve(
    source: Source, classes: NumberedClasses, labels_are: str | None, ignored: Collection[int]
) -> tuple[Source, str]:
    """Return labels as class indices, and a note if they were taken for names.

    DataError where both readings are possible and differ, or a label is not a name.
    """
    seen = _seen(source)
    if seen is None:
        return _Indices(source, classes, {}), ""
    seen -= set(ignored)
    names = {number: at for number, at in classes.numbers.items() if number not in ignored}
    plain = {label for label in seen if label < classes.FIRST}
    fits_index = plain == seen and all(0 <= n - classes.base < len(classes.names) for n in plain)
    fits_name = plain <= names.keys()
    other = [label for label in sorted(plain) if names.get(label) != label]
    if labels_are is None and fits_index and fits_name and other:
        label = other[0]
        raise DataError(
            f"{source.label}: label {label} may be a name ({_column(classes, names[label])}) or an "
            f"index ({_column(classes, label)}); use "
            f"{option('labels_are', 'names')} or {option('labels_are', 'indices')}"
        )
    if labels_are == "indices" or (labels_are is None and plain == seen and not fits_name):
        return _Indices(source, classes, {}), ""
    if not fits_name:
        _refuse_unknown(source, classes, plain - names.keys())
    if clash := sorted({names[label] for label in plain} & set(ignored)):
        raise DataError(
            f"{source.label}: index {clash[0]} is ignored, and it is that of a class that counts "
            f"({_column(classes, clash[0])}); ignore a number that is not an index"
        )
    note = ""
    if other:
        note = (
            f"{source.label}: label {other[0]} is treated as a name, not an index: "
            f"{_column(classes, names[other[0]])}; use "
            f"{option('labels_are', 'indices')} if it is one"
        )
    return _Indices(source, classes, names), note


def _column(classes: ClassNames, index: int) -> str:
    """Name a class and the column that holds its numbers."""
    at = index - classes.base
    return f"class {show(classes.names[at])}, column {at + 1}"


def _refuse_unknown(source: Source, classes: ClassNames, labels: set[int]) -> NoReturn:
    """Refuse the first label that is not a class name."""
    for start in range(0, source.shape[0], _BLOCK):
        block = source.read(start, start + _BLOCK)
        found = np.argwhere(np.isin(block, list(labels)))
        if len(found):
            index = (start + int(found[0][0]), *map(int, found[0][1:]))
            word = str(int(block[tuple(found[0])]))
            raise DataError(f"{source.locate(index)}: {classes.refusal(word)}")
    raise AssertionError(labels)


def _seen(source: Source) -> set[int] | None:
    """Return the different labels; None where the numbers are not labels."""
    found: set[int] = set()
    for start in range(0, source.shape[0], _BLOCK):
        block = source.read(start, start + _BLOCK)
        if block.dtype.kind not in "iuf" or not np.array_equal(block, np.floor(block)):
            return None
        found.update(map(int, np.unique(block).tolist()))
        if len(found) > _MOST:
            return None
    return found


class _Indices(DerivedSource):
    """Labels as class indices."""

    def __init__(self, source: Source, classes: NumberedClasses, names: dict[int, int]) -> None:
        super().__init__(source)
        every = range(classes.base, classes.base + len(classes.names))
        known = names | {classes.FIRST + index: index for index in every}
        self._labels = np.array(sorted(known), np.int64)
        self._indices = np.array([known[label] for label in sorted(known)], np.int64)

    def read(self, start: int, stop: int) -> Array:
        """Return labels start to stop as class indices; others stay as they are."""
        block = self._source.read(start, stop)
        at = np.searchsorted(self._labels, block).clip(0, len(self._labels) - 1)
        return np.where(self._labels[at] == block, self._indices[at], block).astype(block.dtype)
