"""Class labels: names become numbers, and integers beyond 2**53 stay exact."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property

import numpy as np

from losscli.errors import UsageError, option, short_name, show
from losscli.readers.numerals import EXACT, is_word
from losscli.readers.source import Array

_NAMED = 5
_LONGEST = 1 << 24
"""Characters of a file of class names."""


class ClassNames:
    """The classes that a header names, in order; empty for a file without a header."""

    def __init__(
        self, names: tuple[str, ...] = (), label: str = "the input", base: int = 0
    ) -> None:
        self.names = names
        self.label = label
        self.base = base
        """The number of the first class."""

    @cached_property
    def _indices(self) -> dict[str, int]:
        counts = Counter(self.names)
        numbered = enumerate(self.names, self.base)
        return {name: number for number, name in numbered if counts[name] == 1}

    def index(self, word: str) -> int | None:
        """Return the number of a class; None for any other word, or a name that appears twice."""
        return self._indices.get(word)

    def refusal(self, word: str) -> str:
        """Return why a word is not a label here, and the fix."""
        if not self.names:
            return (
                f"{show(word)} is a word, but {self.label} has no header; use "
                f"{option('classes', 'cat,dog,...')} or indices from 0"
            )
        if word in self.names:
            return f"{show(word)} appears twice in the header of {self.label}; rename one"
        known = name_list(self.names)
        return f"{show(word)} is not a class name of {self.label}; write one of {known}"


def parse_classes(given: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return the names in `cat,dog`, in a file with one name per line, or in a list; () for None.

    UsageError for a name that is missing or appears twice.
    """
    if given is None:
        return ()
    place = option("classes")
    if not isinstance(given, Iterable):
        raise UsageError(f"{place}: {show(given)} is not a list of names; give one")
    names = given.split(",") if isinstance(given, str) else [*map(str, given)]
    text = ",".join(names)
    if len(names) == 1 and os.path.isfile(text):
        place = f"{option('classes')} {short_name(text)}"
        try:
            with open(text, encoding="utf-8-sig") as file:
                names = file.read(_LONGEST).splitlines()
        except (OSError, UnicodeDecodeError):
            raise UsageError(f"{place}: not readable as UTF-8; save one name per line") from None
    names = [name.strip() for name in names]
    counts = Counter(names)
    if "" in counts:
        raise UsageError(f"{place}: name {names.index('') + 1} is empty; write every class's name")
    name, count = counts.most_common(1)[0] if names else ("", 0)
    if count > 1:
        raise UsageError(f"{place}: {show(name)} appears twice; give every class its own name")
    if len(names) < 2:
        raise UsageError(
            f"{place}: expected the names of all classes, or a file with one per line, found "
            f"{show(text)}"
        )
    return tuple(names)


def name_list(names: tuple[str, ...]) -> str:
    """Return names in quotes; only the first ones if there are many."""
    more = f", ... ({len(names)})" if len(names) > _NAMED else ""
    return ", ".join(map(show, names[:_NAMED])) + more


class LabelRangeError(Exception):
    """A label that fits no 64-bit dtype together with the others; `index` is its place."""

    def __init__(self, index: int, label: int) -> None:
        super().__init__(f"label {label} is out of range: expected a 64-bit integer; correct it")
        self.index = index


def exact_labels(values: Array, written: Mapping[int, int]) -> Array:
    """Return labels as 64-bit integers if float64 would round one of them, else as they are.

    `written` maps the flat index of each integer beyond 2**53 to the integer in the file. Values
    that are not all integers (class probabilities) stay float64. LabelRangeError where an integer
    does not fit.
    """
    if not written:
        return values
    small = values.ravel().copy()
    small[list(written)] = 0
    if not np.all(np.abs(small) < EXACT) or np.any(small != np.floor(small)):
        return values
    low = min(int(small.min()), *written.values())
    kind = np.int64 if low < 0 or max(written.values()) <= np.iinfo(np.int64).max else np.uint64
    limits = np.iinfo(kind)
    labels = small.astype(kind)
    for index, label in written.items():
        if not limits.min <= label <= limits.max:
            raise LabelRangeError(index, label)
        labels[index] = label
    return labels.reshape(values.shape)


class Words(ClassNames):
    """Any words: each gets its own number when it first appears."""

    FIRST = 2**52
    """The numbers of words begin here, above any usual label."""

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[str, int] = {}
        self._words: list[str] = []

    def index(self, word: str) -> int | None:
        """Return the number of a word, known or new; None for a text that is not a word."""
        number = self._known.get(word)
        if number is None and is_word(word):
            number = self._known[word] = self.FIRST + len(self._words)
            self._words.append(word)
        return number

    def name(self, label: float) -> str | int | float:
        """Return the word of a number, or the number itself."""
        at = int(label) - self.FIRST
        if 0 <= at < len(self._words):
            return self._words[at]
        return int(label) if label == int(label) else label

    def is_header(self, labels: Array) -> bool:
        """Tell whether the first label is a word that does not appear again."""
        return bool(labels[0] >= self.FIRST) and not bool((labels[1:] == labels[0]).any())
